//! Rows of CSV and TSV files under a header, by column. Nothing here knows what a column means.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use crate::import::{
    input::{Input, explain},
    unread::{Break, LineError, Reason, SetupError, Unread, nearest},
};

/// How a file separates and quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: u8,
    /// Whether fields may stand in double quotes.
    pub quotes: bool,
}

impl Dialect {
    /// RFC 4180.
    pub const CSV: Self = Self { delimiter: b',', quotes: true };
    /// As Google Merchant Center writes it.
    pub const TSV: Self = Self { delimiter: b'\t', quotes: true };
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(usize);

/// Ends the last line where the file does not, so that every record ends with a line; a blank line more says nothing.
const LAST_FEED: &[u8] = b"\n";

/// What rows are read from.
struct Lines {
    bytes: Box<dyn Read + Send>,
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

/// A file with a header, read row by row.
pub struct Table {
    reader: csv::Reader<Lines>,
    header: Vec<String>,
    record: ByteRecord,
    /// Of the last whole record.
    line: u64,
    over: bool,
    carried: Option<Carried>,
}

/// Columns that are blank where they repeat what stood above.
struct Carried {
    /// The same on all rows that belong together.
    within: Column,
    columns: Vec<Column>,
    above: ByteRecord,
}

impl Carried {
    /// Fills in what the row leaves blank.
    fn fill(&mut self, record: &mut ByteRecord) {
        let group = |record: &ByteRecord| record.get(self.within.0).unwrap_or_default().trim_ascii().to_vec();
        let is_blank = |column: &Column| record.get(column.0).is_none_or(|text| text.trim_ascii().is_empty());
        let belongs = !group(record).is_empty() && group(record) == group(&self.above);
        if belongs && self.columns.iter().any(is_blank) {
            let field = |i: usize| {
                let repeats = self.columns.contains(&Column(i)) && is_blank(&Column(i));
                if repeats { self.above.get(i) } else { record.get(i) }
            };
            *record = (0..record.len()).map(|i| field(i).unwrap_or_default()).collect();
        }
        self.above.clone_from(record);
    }
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    /// Where there is none, or a name in it stands twice.
    pub fn new(input: Input, dialect: Dialect) -> Result<Self, SetupError> {
        // Rows end with a line feed alone and the carriage return is taken off here: so line numbers stay right with
        // Windows line ends, which the csv crate would count one too low.
        let mut reader = ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quoting(dialect.quotes)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(Lines { bytes: Box::new(input.chain(LAST_FEED)), is_over: false });
        let mut record = ByteRecord::new();
        let header = match next(&mut reader, &mut record) {
            Ok(true) => header_of(&record)?,
            Ok(false) => return Err(SetupError::Mapping("the file is empty: not even a header".to_owned())),
            Err(reason) => return Err(SetupError::Mapping(format!("the header can't be read: {reason}"))),
        };
        Ok(Self { reader, header, record, line: 1, over: false, carried: None })
    }

    /// From now on these columns, where they are blank, say what they said on the row before, as long as `within` stays the
    /// same.
    ///
    /// # Errors
    /// Where the file lacks one of them.
    pub fn carry_down(&mut self, within: &str, columns: &[String]) -> Result<(), SetupError> {
        let within = self.column(within)?;
        let columns = columns.iter().map(|name| self.column(name)).collect::<Result<_, SetupError>>()?;
        self.carried = Some(Carried { within, columns, above: ByteRecord::new() });
        Ok(())
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The column of this name.
    ///
    /// # Errors
    /// Where there is none; the nearest name is offered.
    pub fn column(&self, name: &str) -> Result<Column, SetupError> {
        self.header.iter().position(|known| known == name).map(Column).ok_or_else(|| {
            let near = nearest(name, self.header.iter().map(String::as_str));
            let all = self.header.join(", ");
            SetupError::Mapping(format!("the file has no column {name:?}{near} (it has: {all})"))
        })
    }

    /// The next row, or why there is none. `None` at the end.
    pub fn next_row(&mut self) -> Option<Result<Row<'_>, Unread>> {
        loop {
            if self.over {
                return None;
            }
            match next(&mut self.reader, &mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(reason) => {
                    self.over = true;
                    return Some(Err(Unread::Broken(Break { after_line: self.line, byte: None, reason })));
                }
            }
            // The position that the csv crate gives a record is before the blank lines that precede it. So the line is
            // counted back from the record's end.
            self.line = self.reader.position().line() - 1;
            let line = self.line - feeds(self.record.as_slice());
            let row = Row { line, header: &self.header, record: &self.record };
            let blank = row.record.len() == 1 && row.bytes(Column(0)).is_empty();
            if blank {
                continue;
            }
            if row.record.len() != self.header.len() {
                let seen = format!("{} fields, the header has {}", row.record.len(), self.header.len());
                return Some(Err(LineError::new(line, "the row", &seen, Reason::FieldCount).into()));
            }
            if let Some(carried) = &mut self.carried {
                carried.fill(&mut self.record);
            }
            // The borrow checker does not see that `row` ends here on the other paths of the loop.
            return Some(Ok(Row { line, header: &self.header, record: &self.record }));
        }
    }
}

/// Reads the next record; false where there is none. The error is why nothing more can be read.
fn next(reader: &mut csv::Reader<Lines>, record: &mut ByteRecord) -> Result<bool, String> {
    let read = reader.read_byte_record(record).map_err(|error| broken(&error))?;
    if read && reader.get_ref().is_over {
        let inside = feeds(record.iter().next_back().unwrap_or_default());
        let line = reader.position().line().saturating_sub(inside);
        return Err(format!("the quote that opens in line {line} is never closed"));
    }
    Ok(read)
}

/// How many line feeds there are.
fn feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn header_of(record: &ByteRecord) -> Result<Vec<String>, SetupError> {
    let mut header: Vec<String> = Vec::with_capacity(record.len());
    for (i, name) in record.iter().enumerate() {
        let name = str::from_utf8(name)
            .map_err(|_| SetupError::Mapping(format!("name {} of the header is not valid UTF-8", i + 1)))?
            .trim();
        if !name.is_empty() && header.iter().any(|known| known == name) {
            return Err(SetupError::Mapping(format!("the header names {name:?} twice")));
        }
        header.push(name.to_owned());
    }
    Ok(header)
}

fn broken(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => explain(error),
        _ => error.to_string(),
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Where it begins, from 1; the header is there.
    pub line: u64,
    header: &'a [String],
    record: &'a ByteRecord,
}

impl<'a> Row<'a> {
    /// What stands in a column, trimmed.
    pub fn text(&self, column: Column) -> Result<&'a str, LineError> {
        let bytes = self.bytes(column);
        str::from_utf8(bytes)
            .map(str::trim)
            .map_err(|_| LineError::new(self.line, self.name(column), &String::from_utf8_lossy(bytes), Reason::NotUtf8))
    }

    /// As [`Row::text`]; empty where there is no such column.
    pub fn optional(&self, column: Option<Column>) -> Result<&'a str, LineError> {
        column.map_or(Ok(""), |column| self.text(column))
    }

    /// Every field in order, as it lies in the file.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.record.len()).map(|i| self.bytes(Column(i)))
    }

    /// What a column is called.
    #[must_use]
    pub fn name(&self, column: Column) -> &'a str {
        &self.header[column.0]
    }

    /// Why the value of a column is refused.
    #[must_use]
    pub fn refuse(&self, column: Column, reason: Reason) -> LineError {
        LineError::new(self.line, self.name(column), &String::from_utf8_lossy(self.bytes(column)), reason)
    }

    fn bytes(&self, column: Column) -> &'a [u8] {
        let bytes = self.record.get(column.0).unwrap_or_default();
        if column.0 + 1 < self.record.len() {
            return bytes;
        }
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }
}

/// The columns that a mapping names, by field.
#[derive(Debug, Default)]
pub struct Columns(BTreeMap<String, Column>);

impl Columns {
    /// Finds each column that `mapping` (field -> column) names.
    ///
    /// # Errors
    /// Where a field is none of `fields`, or a column is not in the file; the nearest name is offered.
    pub fn resolve(table: &Table, mapping: &BTreeMap<String, String>, fields: &[&str]) -> Result<Self, SetupError> {
        let mut found = BTreeMap::new();
        for (field, column) in mapping {
            if !fields.contains(&field.as_str()) {
                let near = nearest(field, fields.iter().copied());
                let all = fields.join(", ");
                let text = format!("the mapping names an unknown field {field:?}{near} (known are: {all})");
                return Err(SetupError::Mapping(text));
            }
            found.insert(field.clone(), table.column(column)?);
        }
        Ok(Self(found))
    }

    /// Where a field stands, if the file has it.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<Column> {
        self.0.get(field).copied()
    }

    /// Where a field stands.
    ///
    /// # Errors
    /// Where the mapping does not say.
    pub fn required(&self, field: &str) -> Result<Column, SetupError> {
        self.get(field)
            .ok_or_else(|| SetupError::Mapping(format!("the mapping does not say which column holds {field:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::input::tests::{bytes, gzip};

    fn rows(input: impl AsRef<[u8]>) -> Vec<String> {
        let mut table = Table::new(bytes(input), Dialect::CSV).unwrap();
        let mut seen = Vec::new();
        while let Some(row) = table.next_row() {
            seen.push(match row {
                Ok(row) => {
                    let fields: Result<Vec<&str>, LineError> =
                        (0..table_width(&row)).map(|i| row.text(Column(i))).collect();
                    fields.map_or_else(|error| error.to_string(), |fields| format!("{} {}", row.line, fields.join("|")))
                }
                Err(Unread::Refused(error)) => error.to_string(),
                Err(Unread::Broken(error)) => error.to_string(),
                Err(Unread::LeftOut(what)) => what.into_owned(),
            });
        }
        seen
    }

    fn table_width(row: &Row<'_>) -> usize {
        row.record.len()
    }

    #[test]
    fn rows_keep_their_lines_whatever_the_line_ends() {
        let text = "a,b\n1,\"x\ny\"\n\n2, z \n3\n4,5,6\n7,\"q\"\n";
        let expected = [
            "2 1|x\ny",
            "5 2|z",
            "line 6: the row \"1 fields, the header has 2\" does not fit the header: a row with too many or too few \
             fields, or a quote that is never closed",
            "line 7: the row \"3 fields, the header has 2\" does not fit the header: a row with too many or too few \
             fields, or a quote that is never closed",
            "8 7|q",
        ];
        assert_eq!(rows(text), expected);
        let windows: Vec<String> =
            rows(text.replace('\n', "\r\n")).iter().map(|row| row.replace("\r\n", "\n")).collect();
        assert_eq!(windows, expected);
        assert_eq!(rows(format!("\u{feff}{text}")), expected);
    }

    #[test]
    fn a_quote_that_is_never_closed_breaks_the_file_where_it_opens() {
        let check = |row: &str, line: u64| {
            for end in ["", "\n", "\r\n", "\n\n"] {
                let seen = rows(format!("a,b\n1,\"x\ny\"\n\n{row}4,5\n6,7{end}"));
                let break_ = format!(
                    "the input breaks after line 3: the quote that opens in line {line} is never closed; what stood before it went in, but for what was refused"
                );
                assert_eq!(seen, ["2 1|x\ny", &*break_], "{row}");
            }
        };
        check("2,\"z\n", 5);
        check("\"2,z\n", 5);
        check("\"2\n\n\",\"z\n", 7);
        assert_eq!(rows("a,b\n1,\"x\n\""), ["2 1|x"]);
        assert_eq!(rows("a,b\n1,5\"\""), ["2 1|5\"\""]);
        let header = Table::new(bytes("a,\"b\n1,2\n"), Dialect::CSV).map(|_| ()).unwrap_err();
        assert_eq!(header.to_string(), "the header can't be read: the quote that opens in line 1 is never closed");
    }

    #[test]
    fn a_field_that_is_not_utf_8_is_named() {
        assert_eq!(rows(b"a,b\n1,\xff\n2,ok"), ["line 2: b \"\u{fffd}\" is not valid UTF-8", "3 2|ok"]);
    }

    #[test]
    fn of_a_truncated_file_every_whole_row_is_read() {
        let text = (1..=50_000).map(|i| format!("{i},\"text\nof {i}\"\r\n")).collect::<Vec<_>>().concat();
        let packed = gzip(format!("a,b\r\n{text}").as_bytes());
        let seen = rows(&packed[..packed.len() / 2]);
        let (last, whole) = seen.split_last().unwrap();
        assert!(whole.len() > 1_000);
        let end = 1 + 2 * whole.len();
        assert_eq!(
            *last,
            format!(
                "the input breaks after line {end}: the gzip stream is truncated; what stood before it went in, but for what was refused"
            )
        );
    }

    #[test]
    fn columns_are_found_or_the_nearest_is_offered() {
        let refusal = |header: &str, mapping: &[(&str, &str)]| {
            let table = Table::new(bytes(header), Dialect::CSV)?;
            let mapping = mapping.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Columns::resolve(&table, &mapping, &["title", "price"]).map(|_| ())
        };
        let check = |header, mapping, message: &str| {
            let error = refusal(header, mapping).unwrap_err();
            assert_eq!(error.to_string(), message);
        };
        assert!(refusal("name,cost\n", &[("title", "name"), ("price", "cost")]).is_ok());
        check(
            "name,cost",
            &[("title", "nmae")],
            "the file has no column \"nmae\", did you mean \"name\"? (it has: name, cost)",
        );
        check(
            "name,cost",
            &[("titel", "name")],
            "the mapping names an unknown field \"titel\", did you mean \"title\"? (known are: title, price)",
        );
        check("a,a", &[], "the header names \"a\" twice");
        check("", &[], "the file is empty: not even a header");
    }
}
