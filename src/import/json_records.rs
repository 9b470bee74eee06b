//! JSON records with their lines: one a line, or the elements of a list, however the file is broken into lines.

use std::{borrow::Cow, io::BufRead as _};

use serde_json::Value;

use crate::import::{
    lines::{Lines, MAX_LINE},
    row_error::{Break, LineError, Reason, Unread},
};
use crate::tabular::input::{Input, explain};

/// The value that a record's text means; `None` where it is no JSON, even without what other languages write into it.
pub fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&mended(text)).ok())
}

/// A number as it is written; a whole one without decimals, since tables of other languages make 17 to 17.0.
pub fn number(number: &serde_json::Number) -> String {
    let text = number.to_string();
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// What is not JSON and still means something: NaN and the like are null, a raw control character is a blank, half of a pair of
/// surrogates is no character.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_text = false;
    while let Some(next) = rest.chars().next() {
        let (written, length) = match next {
            '"' => {
                is_text = !is_text;
                ("\"", 1)
            }
            '\\' if is_text => escape(rest),
            next if is_text && next.is_control() => (" ", next.len_utf8()),
            _ if !is_text => {
                let word = ["-Infinity", "Infinity", "NaN", "undefined"].iter().find(|word| rest.starts_with(**word));
                word.map_or((&rest[..next.len_utf8()], next.len_utf8()), |word| ("null", word.len()))
            }
            next => (&rest[..next.len_utf8()], next.len_utf8()),
        };
        mended.push_str(written);
        rest = &rest[length..];
    }
    mended
}

/// An escape at the beginning of the text, and how long it stands there.
fn escape(text: &str) -> (&str, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&text[..12], 12),
        (Some(0xd800..=0xdfff), _) => ("\\ufffd", 6),
        (Some(_), _) => (&text[..6], 6),
        (None, _) => {
            let length = text.chars().take(2).map(char::len_utf8).sum();
            (&text[..length], length)
        }
    }
}

/// The records of a file, each as its text.
pub enum Records {
    /// One a line.
    Lines(Lines),
    /// Of lists, or written over several lines.
    Elements(Elements),
}

impl Records {
    /// A file is one of lines unless it begins with a list, or with a record that its first line does not end.
    pub fn new(mut input: Input) -> Self {
        let head = input.fill_buf().unwrap_or_default();
        if spans_lines(head) { Self::Elements(Elements::new(input)) } else { Self::Lines(Lines::new(input)) }
    }

    /// The next record and its line, or why there is none. `None` at the end.
    pub fn next_record(&mut self) -> Option<Result<(u64, Cow<'_, str>), Unread>> {
        match self {
            Self::Lines(lines) => lines.next_line(),
            Self::Elements(elements) => elements.next_element(),
        }
    }
}

fn spans_lines(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    if head.first() != Some(&b'{') {
        return head.first() == Some(&b'[');
    }
    let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return false };
    let is_cut = serde_json::from_slice::<Value>(&head[..end]).is_err_and(|error| error.is_eof());
    // A record begins the next line where the first one was cut short.
    is_cut && head[end..].trim_ascii_start().first().is_some_and(|next| *next != b'{')
}

/// Reads what lies in lists, one element after another, without the whole list in memory.
pub struct Elements {
    input: Input,
    line: u64,
    element: Vec<u8>,
    is_over: bool,
}

/// Where within an element reading is.
#[derive(Default)]
struct Place {
    depth: u32,
    is_text: bool,
    is_escaped: bool,
}

impl Elements {
    fn new(input: Input) -> Self {
        Self { input, line: 1, element: Vec::new(), is_over: false }
    }

    fn next_element(&mut self) -> Option<Result<(u64, Cow<'_, str>), Unread>> {
        self.element.clear();
        if self.is_over {
            return None;
        }
        let first = match self.first_byte() {
            Ok(first) => first?,
            Err(error) => return Some(Err(self.broken(&error))),
        };
        let line = self.line;
        let length = match self.read_rest(first) {
            Ok(Some(length)) => length,
            Ok(None) => return Some(Err(self.broken("the file ends within a record"))),
            Err(error) => return Some(Err(self.broken(&error))),
        };
        if length > MAX_LINE {
            return Some(Err(LineError::new(line, "the record", "", Reason::TooLong(MAX_LINE)).into()));
        }
        Some(Ok((line, String::from_utf8_lossy(&self.element))))
    }

    /// The first byte of the next element. `None` at the end.
    fn first_byte(&mut self) -> Result<Option<u8>, String> {
        loop {
            match self.peek()? {
                None => return Ok(None),
                Some(byte) if byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']') => self.pass(byte),
                Some(byte) => return Ok(Some(byte)),
            }
        }
    }

    /// Up to where the element ends; its length in bytes, `None` where the file ends before.
    fn read_rest(&mut self, first: u8) -> Result<Option<usize>, String> {
        let (mut place, mut length) = (Place::default(), 0);
        let is_object = first == b'{';
        while let Some(byte) = self.peek()? {
            if !is_object && !place.is_text && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']')) {
                return Ok(Some(length));
            }
            self.pass(byte);
            length += 1;
            if length <= MAX_LINE {
                self.element.push(byte);
            }
            place.pass(byte);
            if is_object && place.depth == 0 {
                return Ok(Some(length));
            }
        }
        Ok(Some(length).filter(|_| !is_object))
    }

    fn peek(&mut self) -> Result<Option<u8>, String> {
        match self.input.fill_buf() {
            Ok(bytes) => Ok(bytes.first().copied()),
            Err(error) => Err(explain(&error)),
        }
    }

    fn pass(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\n');
        self.input.consume(1);
    }

    fn broken(&mut self, reason: &str) -> Unread {
        self.is_over = true;
        Unread::Broken(Break { after_line: self.line.saturating_sub(1), byte: None, reason: reason.to_owned() })
    }
}

impl Place {
    fn pass(&mut self, byte: u8) {
        if self.is_text {
            let ends = byte == b'"' && !self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            self.is_text = !ends;
            return;
        }
        match byte {
            b'"' => self.is_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tabular::input::tests::bytes;

    fn read(input: &str) -> Vec<String> {
        let mut records = Records::new(bytes(input));
        let mut seen = Vec::new();
        while let Some(record) = records.next_record() {
            seen.push(match record {
                Ok((line, text)) => format!("{line} {}", text.replace(char::is_whitespace, "")),
                Err(Unread::Refused(error) | Unread::Nameless(error)) => error.to_string(),
                Err(Unread::Broken(error)) => error.to_string(),
                Err(Unread::LeftOut(what)) => what.into_owned(),
            });
        }
        seen
    }

    #[test]
    fn records_are_one_a_line_or_elements_of_a_list() {
        let check = |input: &str, expected: &[&str]| assert_eq!(read(input), expected, "{input}");
        check("{\"a\":1}\n{\"a\":2}\n", &["1 {\"a\":1}", "2 {\"a\":2}"]);
        check("[{\"a\":1},{\"a\":2}]", &["1 {\"a\":1}", "1 {\"a\":2}"]);
        check("[\n  {\n    \"a\": 1\n  },\n  {\"a\": 2}\n]\n", &["2 {\"a\":1}", "5 {\"a\":2}"]);
        check("{\n  \"a\": [1, 2]\n}\n{\n  \"b\": 2\n}\n", &["1 {\"a\":[1,2]}", "4 {\"b\":2}"]);
        check(r#"[{"a":"]}\"{"},{"b":"\\"}]"#, &[r#"1 {"a":"]}\"{"}"#, r#"1 {"b":"\\"}"#]);
        check("[1, \"x y\", {}]", &["1 1", "1 \"xy\"", "1 {}"]);
        check("[{\"a\":1}]\n[{\"a\":2}]\n", &["1 {\"a\":1}", "2 {\"a\":2}"]);
        check("{\"a\":\n{\"a\":2}\n", &["1 {\"a\":", "2 {\"a\":2}"]);
        check("[]", &[]);
        check("", &[]);
        let cut = "the input breaks after line 1: the file ends within a record; what stood before it went in, but for what was refused";
        check("[{\"a\":1},\n{\"a\":", &["1 {\"a\":1}", cut]);
    }

    #[test]
    fn what_other_languages_write_into_json_is_mended() {
        let check = |text: &str, expected: Value| assert_eq!(value(text), Some(expected), "{text}");
        check(
            r#"{"a": NaN, "b": [-Infinity, Infinity], "c": undefined}"#,
            json!({"a": null, "b": [null, null], "c": null}),
        );
        check(r#"{"a": "NaN \" undefined", "b": NaN}"#, json!({"a": "NaN \" undefined", "b": null}));
        check("{\"a\": \"x\ty\", \"b\": 1}", json!({"a": "x y", "b": 1}));
        check(r#"{"a": "\ud83d x", "b": "\ud83d\ude00"}"#, json!({"a": "\u{fffd} x", "b": "\u{1f600}"}));
        for bad in ["{", "{\"a\": nope}", "{\"a\": \"\\", ""] {
            assert_eq!(value(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_record_that_never_ends_fills_no_memory() {
        let long = format!("[{{\"a\":\"{}\"}},\n{{\"b\":1}}]", "x".repeat(MAX_LINE));
        assert_eq!(read(&long), ["line 1: the record \"\" is longer than 10485760 bytes", "2 {\"b\":1}"]);
    }
}
