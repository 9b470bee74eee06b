//! Texts as customers read them, out of what feeds hold: HTML that was escaped once, twice or not at all.
//!
//! Only what is HTML is taken for it: `<b>` is dropped, `sizes <40` and `&T` stay. Of an address nothing but its entities is read.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;

/// How often a text may have been escaped.
const ESCAPED: usize = 3;
/// No entity has a longer name.
const LONGEST: usize = 32;

/// Tags that stand between words; the others stand within them.
const BLOCKS: [&str; 29] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];
/// Tags within words and lines.
const INLINE: [&str; 37] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "big",
    "caption",
    "center",
    "cite",
    "code",
    "del",
    "em",
    "figcaption",
    "figure",
    "font",
    "html",
    "body",
    "head",
    "i",
    "iframe",
    "img",
    "ins",
    "label",
    "mark",
    "meta",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tbody",
    "th",
    "thead",
    "u",
];
/// Tags that are dropped with all that they hold.
const UNSEEN: [&str; 3] = ["script", "style", "title"];

/// The text without entities and tags, its blanks single and ordinary.
pub fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let decoded = decoded(text);
    let mut plain = String::with_capacity(decoded.len());
    drop_tags(&decoded, &mut plain);
    Cow::Owned(single_blanks(&plain))
}

/// Whether nothing is to be done, which most texts are: so bytes are looked at first, and letters only where one of them may
/// begin a blank or a sign that is not seen.
fn is_plain(text: &str) -> bool {
    let mut before = 0;
    let is_suspect = |byte: u8| {
        let is_double = byte == b' ' && before == b' ';
        before = byte;
        is_double || byte < b' ' || matches!(byte, b'&' | b'<' | 0x7f | 0xc2 | 0xe1..=0xe3 | 0xef)
    };
    if !text.bytes().any(is_suspect) {
        return true;
    }
    let mut before = 'x';
    text.chars().all(|letter| {
        let is_double = letter == ' ' && before == ' ';
        before = letter;
        !is_double && (letter == ' ' || !is_changed(letter))
    })
}

const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}' | '\u{feff}')
}

fn is_changed(letter: char) -> bool {
    matches!(letter, '&' | '<') || is_unseen(letter) || letter.is_whitespace() || letter.is_control()
}

/// An address with its entities read: "?a=1&amp;amp;b=2" is "?a=1&b=2". No blank and no tag is in it.
pub fn address(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains("&amp;") && !text.contains("&#") {
        return Cow::Borrowed(text);
    }
    let mut address = text.to_owned();
    for _ in 0..ESCAPED {
        address = address.replace("&amp;", "&").replace("&#38;", "&").replace("&#038;", "&").replace("&#x26;", "&");
    }
    Cow::Owned(address)
}

fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ESCAPED {
        let Some(next) = decoded_once(&text) else { break };
        text = Cow::Owned(next);
    }
    text
}

/// `None` where there is no entity.
fn decoded_once(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        decoded.push_str(before);
        let end = entity.bytes().take(LONGEST + 2).position(|byte| byte == b';');
        let character = end.and_then(|end| entity.get(1..end)).and_then(resolved);
        if let (Some(end), Some(character)) = (end, character) {
            decoded.push_str(&character);
            rest = &entity[end + 1..];
            found = true;
        } else {
            decoded.push('&');
            rest = &entity[1..];
        }
    }
    decoded.push_str(rest);
    found.then_some(decoded)
}

fn resolved(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else { return resolve_html5_entity(name).map(Cow::Borrowed) };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    match number.ok()? {
        // Browsers read these as the letters of Windows, and so do the shops.
        letter @ 0x80..=0x9f => {
            let byte = [u8::try_from(letter).ok()?];
            Some(Cow::Owned(WINDOWS_1252.decode_without_bom_handling(&byte).0.into_owned()))
        }
        0 => None,
        letter => char::from_u32(letter).map(|letter| Cow::Owned(letter.to_string())),
    }
}

fn drop_tags(text: &str, plain: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let Some((name, is_end, behind)) = tag(rest) else {
            plain.push('<');
            rest = &rest[1..];
            continue;
        };
        rest = behind;
        if UNSEEN.contains(&name.as_str()) && !is_end {
            rest = behind_end_of(rest, &name);
        }
        if !INLINE.contains(&name.as_str()) {
            plain.push(' ');
        }
    }
    plain.push_str(rest);
}

/// The tag of HTML that the text begins with: its name, whether it is an end tag, and what stands behind it.
fn tag(text: &str) -> Option<(String, bool, &str)> {
    let inner = text.strip_prefix('<')?;
    let is_end = inner.starts_with('/');
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let length = inner.find(|c: char| !c.is_ascii_alphanumeric())?;
    let name = inner[..length].to_ascii_lowercase();
    let is_known = [&BLOCKS[..], &INLINE, &UNSEEN].iter().any(|names| names.contains(&name.as_str()));
    let end = inner.find('>').filter(|_| is_known)?;
    Some((name, is_end, &inner[end + 1..]))
}

fn behind_end_of<'a>(text: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let found = text.to_ascii_lowercase().find(&end);
    found.map_or("", |at| text[at..].split_once('>').map_or("", |(_, behind)| behind))
}

fn single_blanks(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if is_unseen(letter) => {}
            letter if letter.is_whitespace() || letter.is_control() => {
                if !single.is_empty() && !single.ends_with(' ') {
                    single.push(' ');
                }
            }
            letter => single.push(letter),
        }
    }
    single.truncate(single.trim_end().len());
    single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_customers_read_them() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected, "{text:?}");
        check("Men&#039;s Boots &amp; Care", "Men's Boots & Care");
        check("Men&amp;#39;s &amp;amp;amp; Care", "Men's & Care");
        check("Tom &amp;amp; Jerry&trade; &eacute;t&eacute;", "Tom & Jerry™ été");
        check("Bluzka&nbsp;Ola \u{a0} M", "Bluzka Ola M");
        check("a &ndash; b &#8211; c &#150; d &#x2013; e", "a – b – c – d – e");
        check("<b>Ola</b><br/>top", "Ola top");
        check("H<sub>2</sub>O <P class='x'>soft</p>", "H2O soft");
        check("&lt;p&gt;Soft &lt;strong&gt;wool&lt;/strong&gt;&lt;/p&gt;", "Soft wool");
        check("a<!-- hidden -->b<style>p { x: y }</style> c", "ab c");
        check("AT&T; R&D, sizes <40, a < b > c, <more>", "AT&T; R&D, sizes <40, a < b > c, <more>");
        check("sho\u{ad}es\u{200b}", "shoes");
        check("  two\n\t lines ", "two lines");
        check("&unknown; &#0; &#xd800; &", "&unknown; &#0; &#xd800; &");
        check("", "");
        check("&amp;", "&");
        check("<br>", "");
        check("żółć &oacute;", "żółć ó");
        check("wide\u{3000}blank\u{2003}and\u{1680}more", "wide blank and more");
        check("\u{feff}marked\u{85}line", "marked line");
    }

    #[test]
    fn what_is_plain_is_not_copied() {
        for text in ["Sukienka Ola, red", "a", "", "Żółta – bluzka", "£5 – 20°", "連衣裙", "\u{ff21}"] {
            assert!(matches!(plain(text), Cow::Borrowed(seen) if seen == text), "{text}");
        }
    }

    #[test]
    fn of_an_address_only_the_entities_are_read() {
        assert_eq!(address(" https://s.example/?a=1&amp;b=2 "), "https://s.example/?a=1&b=2");
        assert_eq!(address("https://s.example/?a=1&amp;amp;copy=2&lt=3"), "https://s.example/?a=1&copy=2&lt=3");
        assert!(matches!(address("https://s.example/?a=1&b=2"), Cow::Borrowed(_)));
    }
}
