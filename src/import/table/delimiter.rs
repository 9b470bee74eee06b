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
        self.0.unwrap_or_else(found)
    }
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"# ") || line.starts_with(b"\"# ")
}

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(Self(Some(*byte))),
            _ => Err(de::Error::custom(format_args!("a delimiter is one sign, such as \";\" or \"\\t\": {text:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check("", b',');
        assert_eq!(Delimiter(Some(b'|')).or_found_in(b"a,b,c"), b'|');
    }
}
