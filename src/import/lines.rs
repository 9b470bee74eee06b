//! Lines of text with their numbers, for formats of one record a line. Blank lines are passed over.

use std::{
    borrow::Cow,
    io::{BufRead, Read as _},
};

use crate::import::row_error::{Break, LineError, Reason, Unread};
use crate::tabular::input::{Input, explain};

/// The longest line that is taken, in bytes: what has no line ends must not fill the memory.
pub const MAX_LINE: usize = 10 << 20;

/// Lines, from 1, without their ends.
pub struct Lines {
    input: Input,
    line: u64,
    buffer: Vec<u8>,
    over: bool,
}

impl Lines {
    /// From the first.
    pub fn new(input: Input) -> Self {
        Self { input, line: 0, buffer: Vec::new(), over: false }
    }

    /// The next line that is not blank, or why there is none. `None` at the end. What is no UTF-8 becomes U+FFFD, for whoever
    /// reads the fields to refuse: the others are as good as ever.
    pub fn next_line(&mut self) -> Option<Result<(u64, Cow<'_, str>), Unread>> {
        loop {
            if self.over {
                return None;
            }
            self.buffer.clear();
            match self.input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut self.buffer) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    self.over = true;
                    let reason = explain(&error);
                    return Some(Err(Unread::Broken(Break { after_line: self.line, byte: None, reason })));
                }
            }
            self.line += 1;
            if self.buffer.len() > MAX_LINE && self.buffer.last() != Some(&b'\n') {
                // An error met while skipping is met again by the next read.
                let _ = self.input.skip_until(b'\n');
                let error = LineError::new(self.line, "the line", "", Reason::TooLong(MAX_LINE));
                return Some(Err(error.into()));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        Some(Ok((self.line, String::from_utf8_lossy(self.buffer.trim_ascii()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::input::tests::{bytes, gzip};

    fn read(input: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(bytes(input));
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line() {
            seen.push(match line {
                Ok((line, text)) => format!("{line} {text}"),
                Err(Unread::Refused(error) | Unread::Nameless(error)) => error.to_string(),
                Err(Unread::Broken(error)) => error.to_string(),
                Err(Unread::LeftOut(what)) => what.into_owned(),
            });
        }
        seen
    }

    #[test]
    fn lines_keep_their_numbers() {
        assert_eq!(read(b"a\r\n\r\nb\n\xff\xfe!\nc"), ["1 a", "3 b", "4 \u{fffd}\u{fffd}!", "5 c"]);
        assert_eq!(read(b""), Vec::<String>::new());
    }

    #[test]
    fn of_a_truncated_file_every_whole_line_is_read_and_the_break_is_named() {
        let text = (1..=50_000).map(|i| format!("line number {i}\n")).collect::<Vec<_>>().concat();
        let packed = gzip(text.as_bytes());
        let seen = read(&packed[..packed.len() / 2]);
        let (last, whole) = seen.split_last().unwrap();
        assert!(whole.len() > 1_000);
        assert_eq!(whole.last().unwrap(), &format!("{0} line number {0}", whole.len()));
        assert_eq!(
            *last,
            format!(
                "the input breaks after line {}: the gzip stream is truncated; what stood before it went in, but for what was refused",
                whole.len()
            )
        );
    }

    #[test]
    fn a_line_without_end_is_refused_and_the_next_one_read() {
        let mut long = vec![b'x'; MAX_LINE + 10];
        long.extend(b"\nnext\n");
        assert_eq!(read(&long), ["line 1: the line \"\" is longer than 10485760 bytes", "2 next"]);
    }
}
