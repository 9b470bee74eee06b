//! What stands between the fields of a row: said by a mapping, else found in the header line.

use serde::{Deserialize, Deserializer, de};

/// Delimiters that are looked for, the likelier first where two are met as often.
const KNOWN: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Between fields. Without one it is found in the header line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delimiter(Option<u8>);

impl Delimiter {
    /// The one that is given, else the known one that the first line holds most often outside of quotes.
    pub(super) fn or_found_in(self, head: &[u8]) -> u8 {
        let found = || {
            let mut counts = [0_usize; KNOWN.len()];
            let (mut is_quoted, mut line) = (false, 0);
            for (i, byte) in head.iter().enumerate() {
                match byte {
                    b'"' => is_quoted = !is_quoted,
                    // A comment above the header says nothing of it.
                    b'\n' if !is_quoted && is_comment(&head[line..]) => (counts, line) = ([0; KNOWN.len()], i + 1),
                    b'\n' if !is_quoted => break,
                    byte if !is_quoted => {
                        if let Some(place) = KNOWN.iter().position(|known| known == byte) {
                            counts[place] += 1;
                        }
                    }
                    _ => {}
                }
            }
            let most = counts.iter().max().copied().unwrap_or_default();
            counts.iter().position(|count| *count == most).map_or(b',', |place| KNOWN[place])
        };
        self.0.or_else(|| said(head)).unwrap_or_else(found)
    }
}

/// The delimiter that the first line says, for spreadsheets: "sep=;".
fn said(head: &[u8]) -> Option<u8> {
    let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
    let line = head[..end].strip_suffix(b"\r").unwrap_or(&head[..end]);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign] if is_delimiter(*sign) => Some(*sign),
        _ => None,
    }
}

/// Whether a row says the delimiter and names no columns. Where it is the one that it says, its sign is gone.
pub(super) fn is_said(row: &[u8]) -> bool {
    let row = row.trim_ascii_end();
    row.len() <= "sep=;".len() && row.to_ascii_lowercase().starts_with(b"sep=")
}

fn is_delimiter(sign: u8) -> bool {
    sign.is_ascii() && !matches!(sign, b'"' | b'\n' | b'\r')
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"# ") || line.starts_with(b"\"# ")
}

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(Self(Some(b'\t'))),
            [byte] if is_delimiter(*byte) => Ok(Self(Some(*byte))),
            _ => Err(de::Error::custom(format_args!("a delimiter is one sign, such as \";\" or \"\\t\": {text:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_says_a_delimiter_by_its_sign_or_its_name() {
        let read = |text: &str| {
            toml::from_str::<std::collections::BTreeMap<String, Delimiter>>(text).ok().map(|read| read["d"].0)
        };
        assert_eq!(read(r#"d = "tab""#), Some(Some(b'\t')));
        assert_eq!(read(r#"d = "\t""#), Some(Some(b'\t')));
        assert_eq!(read(r#"d = "\\t""#), Some(Some(b'\t')));
        assert_eq!(read(r#"d = ";""#), Some(Some(b';')));
        assert_eq!(read(r#"d = "comma""#), None);
        assert_eq!(read("d = '\"'"), None);
    }

    #[test]
    fn the_header_line_says_what_parts_its_names() {
        let check = |head: &str, expected: u8| {
            assert_eq!(Delimiter::default().or_found_in(head.as_bytes()), expected, "{head:?}");
        };
        check("a,b,c\n1;2;3;4;5\n", b',');
        check("a;b;c\n1,5;2,5\n", b';');
        check("a\tb, with a comma\tc", b'\t');
        check("a|b|c\n", b'|');
        check("\"a;b;c;d\",e\n", b',');
        check("\"a,\n,b\";e;f\n", b';');
        check("# a;b;c;d\n\"# e;f\"\nid,title\n", b',');
        check("one", b',');
        check("sep=;\r\na,b,c,d;e\n", b';');
        check("SEP=^\na,b,c,d^e\n", b'^');
        check("", b',');
        assert_eq!(Delimiter(Some(b'|')).or_found_in(b"a,b,c"), b'|');
    }
}
