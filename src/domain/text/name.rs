//! Names as data: what of a product's or brand's name is taken into a sentence. Nothing is translated or inflected.
//!
//! A name comes from a feed that anybody may have written: it must not break the line, turn the reading direction of what
//! follows, hide text from the reader's eye, or push the sentence off the screen.

use unicode_segmentation::UnicodeSegmentation as _;

/// Graphemes of a product's name that are shown.
pub const MAX_NAME: usize = 60;
/// Graphemes of a brand or a category that are shown.
pub const MAX_SUBJECT: usize = 40;
/// Graphemes of a size that are shown.
pub const MAX_SIZE: usize = 16;
/// One grapheme may carry any number of combining marks: those behind the eighth character are dropped.
const MAX_GRAPHEME_CHARS: usize = 8;

/// The name on one line, free of what can't be seen, at most so many graphemes long. Cut at the end of a word where one
/// ends in the last third, else within the word; an ellipsis says so. Empty where nothing is left.
pub fn clean(name: &str, most: usize) -> String {
    let visible: String = name.chars().filter_map(visible).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let graphemes: Vec<&str> = line.graphemes(true).map(trim_marks).collect();
    if graphemes.len() <= most {
        return graphemes.concat();
    }
    let kept = &graphemes[..most.saturating_sub(1)];
    let word_end = graphemes[..most].iter().rposition(|grapheme| *grapheme == " ").filter(|end| *end * 3 >= most * 2);
    let mut short = kept[..word_end.unwrap_or(kept.len())].concat();
    short.truncate(short.trim_end_matches([' ', ',', ';', ':', '-', '–', '(', '/']).len());
    short.push('…');
    short
}

/// Separators become spaces; controls, direction marks and characters without a shape vanish.
fn visible(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // The joiner of emoji and of Indic and Arabic letters stays: without it they read differently.
        '\u{200d}' | '\u{200c}' => Some(c),
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width space, direction marks, word joiner and
        // invisible operators, isolates and deprecated format characters, byte order mark, annotation, tags.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn trim_marks(grapheme: &str) -> &str {
    grapheme.char_indices().nth(MAX_GRAPHEME_CHARS).map_or(grapheme, |(end, _)| &grapheme[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cleaned_and_cut() {
        let check = |name: &str, most: usize, expected: &str| assert_eq!(clean(name, most), expected, "{name:?}");
        check("Sztyblety Trip", 60, "Sztyblety Trip");
        check("  a\r\n\tb\u{2028}c  ", 60, "a b c");
        check("ab\u{202e}cd\u{2066}ef\u{0}", 60, "abcdef");
        check("hidden\u{e0041}\u{e0042}\u{200b}", 60, "hidden");
        check("{ $name } {\"x\"}", 60, "{ $name } {\"x\"}");
        check("Torba na ramię ze skóry", 18, "Torba na ramię ze…");
        check("Torba, skóra", 8, "Torba…");
        check("Donaudampfschifffahrt", 10, "Donaudamp…");
        check("\u{200b}\n", 10, "");
        check("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…");
        assert_eq!(clean(&format!("a{}", "\u{301}".repeat(500)), 60).chars().count(), MAX_GRAPHEME_CHARS);
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_short_line(name in "\\PC{0,90}|(?s:.{0,90})") {
            let clean = clean(&name, 20);
            prop_assert!(clean.graphemes(true).count() <= 20, "{clean:?}");
            prop_assert!(!clean.chars().any(char::is_control));
            prop_assert_eq!(clean.trim(), clean.as_str());
            prop_assert_eq!(super::clean(&clean, 20), clean);
        }
    }
}
