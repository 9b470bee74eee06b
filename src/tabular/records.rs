//! Records of CSV and TSV: fields of bytes and the lines on which they stand, whatever the line ends.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use crate::tabular::input::{Input, explain};

/// Ends the last line where the file does not, so that every record ends with a line; a blank line more says nothing.
const LAST_FEED: &[u8] = b"\n";

/// What records are read from.
struct Lines {
    bytes: io::Chain<Input, &'static [u8]>,
    /// Whether a read found nothing more. Since the last line has its line feed, a record that ends only here is one whose
    /// quote was never closed.
    is_over: bool,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.is_over = read == 0;
        Ok(read)
    }
}

/// The records of a file, of which one is at hand. Blank lines are none.
pub struct Records {
    reader: csv::Reader<Lines>,
    record: ByteRecord,
    line: u64,
    last_line: u64,
}

impl Records {
    /// Before the first.
    pub fn new(input: Input, delimiter: u8) -> Self {
        // Rows end with a line feed alone and the carriage return is taken off here: so line numbers stay right with
        // Windows line ends, which the csv crate would count one too low.
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(Lines { bytes: input.chain(LAST_FEED), is_over: false });
        Self { reader, record: ByteRecord::new(), line: 0, last_line: 0 }
    }

    /// Goes on to the next; false where there is none. The error is why nothing more can be read.
    pub fn advance(&mut self) -> Result<bool, String> {
        while self.reader.read_byte_record(&mut self.record).map_err(|error| broken(&error))? {
            let end = self.reader.position().line();
            if self.reader.get_ref().is_over {
                let inside = feeds(self.record.iter().next_back().unwrap_or_default());
                return Err(format!("the quote that opens in line {} is never closed", end.saturating_sub(inside)));
            }
            // The position that the csv crate gives a record is before the blank lines that precede it. So the line is
            // counted back from the record's end.
            self.last_line = end - 1;
            self.line = self.last_line - feeds(self.record.as_slice());
            self.drop_carriage_return();
            if self.record.len() != 1 || !self.record[0].is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the end of a Windows line off the last field.
    fn drop_carriage_return(&mut self) {
        let Some(last) = self.record.iter().next_back().and_then(|last| last.strip_suffix(b"\r")) else { return };
        let last = last.to_vec();
        self.record.truncate(self.record.len() - 1);
        self.record.push_field(&last);
    }

    /// The record at hand.
    pub const fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// Drops the fields behind the first ones of the record at hand.
    pub fn truncate(&mut self, fields: usize) {
        self.record.truncate(fields);
    }

    /// The line on which the record at hand begins, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The line on which the last whole record ends.
    pub const fn last_line(&self) -> u64 {
        self.last_line
    }
}

/// How many line feeds there are.
fn feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn broken(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => explain(error),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::input::tests::bytes;

    #[test]
    fn records_keep_their_lines_and_blank_lines_are_none() {
        let check = |text: &str, expected: &[(u64, u64, &[&str])]| {
            let mut records = Records::new(bytes(text), b';');
            let mut seen = Vec::new();
            while records.advance().unwrap() {
                let fields = records.record().iter().map(|field| String::from_utf8(field.to_vec()).unwrap());
                seen.push((records.line(), records.last_line(), fields.collect::<Vec<_>>()));
            }
            let expected = expected.iter().map(|(line, last, fields)| {
                (*line, *last, fields.iter().map(ToString::to_string).collect::<Vec<String>>())
            });
            assert_eq!(seen, expected.collect::<Vec<_>>(), "{text:?}");
        };
        for end in ["\n", "\r\n"] {
            let text = ["a;b", "", "1;\"x\"", ";", "\"\"", "2;z"].join(end);
            check(&text, &[(1, 1, &["a", "b"]), (3, 3, &["1", "x"]), (4, 4, &["", ""]), (6, 6, &["2", "z"])]);
            check(
                &(text + end + end),
                &[(1, 1, &["a", "b"]), (3, 3, &["1", "x"]), (4, 4, &["", ""]), (6, 6, &["2", "z"])],
            );
        }
        check("\"a\nb\";c\n\nd", &[(1, 2, &["a\nb", "c"]), (4, 4, &["d"])]);
        check("", &[]);
    }
}
