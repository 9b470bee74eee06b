//! What a product is called where only its variants have titles: the words that these share.
//!
//! "Sukienka Ola, red, size M" and "Sukienka Ola, blue, size L" are the "Sukienka Ola". A size or a colour at the end goes also
//! where a file has one variant of the product, or all in one colour.

use std::sync::Arc;

use crate::domain::catalog::Variant;

/// Words that stand before a size or a colour and say nothing without it.
const LABELS: [&str; 33] = [
    "size",
    "sizes",
    "sz",
    "rozmiar",
    "rozm",
    "roz",
    "r",
    "größe",
    "grösse",
    "groesse",
    "gr",
    "размер",
    "р",
    "р-р",
    "taille",
    "talla",
    "taglia",
    "velikost",
    "vel",
    "méret",
    "color",
    "colour",
    "kolor",
    "kol",
    "farbe",
    "цвет",
    "couleur",
    "colore",
    "barva",
    "in",
    "eu",
    "uk",
    "us",
];

/// The words that all titles so far have, in the order of the first.
#[derive(Debug, Default)]
pub(super) struct SharedTitle {
    first: Arc<str>,
    /// Where the words stand in the first title, and whether all have them. Empty while all titles are the same.
    words: Vec<Word>,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    from: usize,
    to: usize,
    is_shared: bool,
}

impl SharedTitle {
    /// One more variant.
    pub(super) fn take_in(&mut self, title: &Arc<str>) {
        if title.is_empty() || *title == self.first {
            return;
        }
        if self.first.is_empty() {
            self.first = Arc::clone(title);
            return;
        }
        if self.words.is_empty() {
            self.words = words(&self.first);
        }
        let others: Vec<String> = words(title).iter().map(|word| title[word.from..word.to].to_lowercase()).collect();
        for word in self.words.iter_mut().filter(|word| word.is_shared) {
            let text = self.first[word.from..word.to].to_lowercase();
            word.is_shared = others.contains(&text);
        }
    }

    /// What they share without the size and the colour, else the first without its own.
    pub(super) fn finish(self, variants: &[Variant]) -> Arc<str> {
        let shared = self.shared().filter(|shared| shared.chars().any(char::is_alphabetic));
        without_variant(&shared.map_or(self.first, Arc::from), variants)
    }

    /// `None` where all titles are the same.
    fn shared(&self) -> Option<String> {
        if self.words.is_empty() {
            return None;
        }
        let mut kept: Vec<Word> = Vec::with_capacity(self.words.len());
        for (i, word) in self.words.iter().enumerate() {
            let next_is_gone = self.words.get(i + 1).is_some_and(|next| !next.is_shared);
            let is_label = LABELS.contains(&self.text(*word).to_lowercase().as_str());
            if word.is_shared && !(is_label && next_is_gone) {
                kept.push(*word);
            }
        }
        let mut shared = String::with_capacity(self.first.len());
        for (i, word) in kept.iter().enumerate() {
            if i == 0 {
                // A quote or a bracket that opens the title.
                if self.words.first().is_some_and(|first| first.from == word.from) {
                    shared.push_str(self.first[..word.from].trim_start());
                }
            } else {
                let start = self.words.iter().map(|other| other.to).filter(|to| *to <= word.from).max().unwrap_or(0);
                let between = &self.first[start..word.from];
                let is_gap = kept[i - 1].to != start;
                shared.push_str(if is_gap && between.contains(['(', ')', '[', ']']) { " " } else { between });
            }
            shared.push_str(self.text(*word));
        }
        // What closes the last word: a quote, a bracket.
        let last = kept.last()?;
        let end = self.words.iter().map(|word| word.from).find(|from| *from >= last.to).unwrap_or(self.first.len());
        shared.extend(
            self.first[last.to..end].chars().take_while(|c| !c.is_whitespace() && !matches!(c, '(' | '[' | '<')),
        );
        Some(trim_signs(&shared).to_owned())
    }

    fn text(&self, word: Word) -> &str {
        &self.first[word.from..word.to]
    }
}

/// Runs of letters and digits with the signs within them: "t-shirt", "men's", "37.5".
fn words(title: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut from = None;
    let letters: Vec<(usize, char)> = title.char_indices().collect();
    for (i, (at, letter)) in letters.iter().enumerate() {
        let next_is_letter = letters.get(i + 1).is_some_and(|(_, next)| next.is_alphanumeric());
        let is_within = letter.is_alphanumeric()
            || (from.is_some() && next_is_letter && matches!(letter, '\'' | '’' | '.' | ','))
                && letters
                    .get(i.wrapping_sub(1))
                    .is_some_and(|(_, before)| before.is_numeric() || matches!(letter, '\'' | '’'));
        match (is_within, from) {
            (true, None) => from = Some(*at),
            (false, Some(start)) => {
                words.push(Word { from: start, to: *at, is_shared: true });
                from = None;
            }
            _ => {}
        }
    }
    words.extend(from.map(|from| Word { from, to: title.len(), is_shared: true }));
    words
}

/// A title without the size and the colour at its end: "Teton Hoodie - M, Black" -> "Teton Hoodie".
pub(super) fn without_variant(title: &Arc<str>, variants: &[Variant]) -> Arc<str> {
    let Some(variant) = variants.first() else { return Arc::clone(title) };
    let mut left: &str = title;
    loop {
        let end = left.trim_end_matches(is_sign);
        let shorter = [&variant.size, &variant.color].into_iter().find_map(|part| without_last(end, part));
        match shorter.map(without_label) {
            // Nothing else left: the size or colour is the title.
            Some(shorter) if !shorter.trim().is_empty() => left = shorter,
            _ => break,
        }
    }
    if left.len() == title.len() { Arc::clone(title) } else { trim_signs(left).into() }
}

/// The text before `part`, where it ends with it as a word of its own.
fn without_last<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    if part.is_empty() {
        return None;
    }
    let at = text.len().checked_sub(part.len())?;
    let (before, end) = (text.get(..at)?, text.get(at..)?);
    let own_word = before.ends_with(|c| is_sign(c) || c == ':' || c == '.');
    (own_word && end.to_lowercase() == part.to_lowercase()).then_some(before)
}

/// Without a word such as "size" at the end, which stood before what was taken away.
fn without_label(text: &str) -> &str {
    let end = text.trim_end_matches(|c| is_sign(c) || c == ':' || c == '.');
    let at = end.rfind(is_sign).map_or(0, |at| at + end[at..].chars().next().map_or(1, char::len_utf8));
    if LABELS.contains(&end[at..].to_lowercase().as_str()) { &end[..at] } else { text }
}

const fn is_sign(c: char) -> bool {
    matches!(c, ' ' | '-' | '–' | '—' | ',' | '/' | '(' | ')' | '[' | ']' | '|' | ';')
}

/// Signs that stood before what was taken away.
fn trim_signs(text: &str) -> &str {
    let text = text
        .trim_end_matches(|c| (is_sign(c) && c != ')' && c != ']') || c == ':')
        .trim_start_matches([' ', ',', '-', '–', '|', ':', ';']);
    // "(red)" of which the colour was taken.
    text.strip_suffix("()").unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::products::group::tests::variant;

    #[test]
    fn titles_keep_what_all_variants_share() {
        let check = |titles: &[(&str, &str, &str)], expected: &str| {
            let mut shared = SharedTitle::default();
            let variants: Vec<Variant> = titles.iter().map(|(_, size, color)| variant("v", size, color, 1)).collect();
            for (title, ..) in titles {
                shared.take_in(&Arc::from(*title));
            }
            assert_eq!(&*shared.finish(&variants), expected, "{titles:?}");
        };
        check(
            &[("Sukienka Ola, red, size M", "M", "red"), ("Sukienka Ola, blue, size L", "L", "blue")],
            "Sukienka Ola",
        );
        check(&[("Sukienka Ola, red, size M", "M", "red"), ("Sukienka Ola, red, size L", "L", "red")], "Sukienka Ola");
        check(&[("Sukienka Ola, red, size M", "M", "red")], "Sukienka Ola");
        check(&[("Buty Kora r. 38", "38", ""), ("Buty Kora r. 39", "39", "")], "Buty Kora");
        check(&[("Buty Kora rozmiar: 38", "38", "")], "Buty Kora");
        check(&[("Red dress Ola", "", "Red"), ("Blue dress Ola", "", "Blue")], "dress Ola");
        check(&[("Ola (M) wool", "M", ""), ("Ola (L) wool", "L", "")], "Ola wool");
        check(&[("Ola [M]", "M", ""), ("Ola [L]", "L", "")], "Ola");
        check(&[("Ola - M / Black", "M", "Black"), ("Ola - L / Black", "L", "Black")], "Ola");
        check(&[("Men's T-shirt 37.5", "37.5", ""), ("Men's T-shirt 38", "38", "")], "Men's T-shirt");
        check(&[("Платье Ола, размер 46", "46", ""), ("Платье Ола, размер 48", "48", "")], "Платье Ола");
        check(
            &[("Teniski, białe (letnie) 40", "40", ""), ("Teniski, białe (letnie) 41", "41", "")],
            "Teniski, białe (letnie)",
        );
        check(&[("Ola long", "S", ""), ("Ola long", "M", "")], "Ola long");
        check(&[("Red", "", "Red"), ("Blue", "", "Blue")], "Red");
        check(&[("Ola", "S", ""), ("", "M", "")], "Ola");
        check(&[("", "S", "")], "");
    }

    #[test]
    fn titles_lose_size_and_colour_only_as_whole_words_at_the_end() {
        let check = |title: &str, size, color, expected: &str| {
            assert_eq!(&*without_variant(&title.into(), &[variant("v", size, color, 1)]), expected);
        };
        check("Tee-XS-Black", "XS", "Black", "Tee");
        check("Tee (Black, XS)", "XS", "Black", "Tee");
        check("Little Black Dress", "S", "Black", "Little Black Dress");
        check("Jeans", "S", "", "Jeans");
        check("Black", "", "Black", "Black");
        check("Buty zimowe – 41", "41", "", "Buty zimowe");
        check("Dress in red", "M", "red", "Dress");
    }
}
