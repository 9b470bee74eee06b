//! Rows of CSV and TSV files under a header, by column. Nothing here knows what a column means.

mod columns;
mod composed;
mod delimiter;

use std::{cmp::Ordering, mem};

use csv::ByteRecord;

use crate::{
    import::row_error::{Break, LineError, Reason, SetupError, Unread, nearest},
    tabular::input::Input,
    tabular::records::Records,
};
pub use columns::Columns;
use composed::Composed;
pub use delimiter::Delimiter;

/// Where a column stands: in the file, or behind its last one where it is composed of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(usize);

/// A file with a header, read row by row.
pub struct Table {
    records: Records,
    /// The names of the file's columns, then those of composed ones.
    names: Vec<String>,
    /// How many columns the file has.
    width: usize,
    /// How many fields the row at hand has.
    fields: usize,
    composed: Vec<Composed>,
    /// Of each composed column what was put together for this row; empty where it stands in the row.
    joined: Vec<String>,
    carried: Option<CarriedDown>,
    over: bool,
}

/// Cells that are empty because the row above says the same.
struct CarriedDown {
    within: Column,
    columns: Vec<Column>,
    /// What the last row said of `within` and of each column.
    key: Vec<u8>,
    above: Vec<Vec<u8>>,
}

impl CarriedDown {
    fn take_in(&mut self, record: &ByteRecord) {
        let cell = |column: Column| record.get(column.0).unwrap_or_default();
        let is_new = cell(self.within).is_empty() || self.key != cell(self.within);
        if is_new {
            self.key = cell(self.within).to_vec();
        }
        for (column, above) in self.columns.iter().zip(&mut self.above) {
            let now = cell(*column);
            if is_new || !now.trim_ascii().is_empty() {
                above.clear();
                above.extend_from_slice(now);
            }
        }
    }

    fn cell(&self, column: usize) -> Option<&[u8]> {
        let place = self.columns.iter().position(|one| one.0 == column)?;
        self.above.get(place).map(Vec::as_slice)
    }
}

impl Table {
    /// Reads the header. Where no delimiter is given it is found there.
    ///
    /// # Errors
    /// Where there is no header, or a name in it stands twice.
    pub fn new(mut input: Input, delimiter: Delimiter) -> Result<Self, SetupError> {
        let delimiter = delimiter.or_found_in(input.head());
        let mut records = Records::new(input, delimiter);
        let header = loop {
            match records.advance() {
                Ok(true) if is_comment(records.record().get(0).unwrap_or_default()) => {}
                Ok(true) if delimiter::is_said(records.record().as_slice()) => {}
                Ok(true) => break header_of(records.record())?,
                Ok(false) => return Err(SetupError::Mapping("the file is empty: not even a header".to_owned())),
                Err(reason) => return Err(SetupError::Mapping(format!("the header can't be read: {reason}"))),
            }
        };
        Ok(Self {
            records,
            width: header.len(),
            fields: header.len(),
            names: header,
            composed: Vec::new(),
            joined: Vec::new(),
            carried: None,
            over: false,
        })
    }

    /// The names of the columns, in order.
    pub fn header(&self) -> &[String] {
        &self.names[..self.width]
    }

    /// The column of this name, letter case apart where none is written so.
    pub fn find(&self, name: &str) -> Option<Column> {
        let place = |is_it: &dyn Fn(&str) -> bool| self.header().iter().position(|known| is_it(known)).map(Column);
        place(&|known| known == name).or_else(|| place(&|known| known.to_lowercase() == name.to_lowercase()))
    }

    /// The column of this name.
    ///
    /// # Errors
    /// Where there is none; the nearest name is offered.
    pub fn column(&self, name: &str) -> Result<Column, SetupError> {
        self.find(name).ok_or_else(|| {
            let near = nearest(name, self.header().iter().map(String::as_str));
            let all = self.header().join(", ");
            SetupError::Mapping(format!("the file has no column {name:?}{near} (it has: {all})"))
        })
    }

    /// From now on an empty cell of these columns holds what the row above does, where both have the same in `within`.
    pub fn carry_down(&mut self, within: Column, columns: Vec<Column>) {
        let above = vec![Vec::new(); columns.len()];
        self.carried = Some(CarriedDown { within, columns, key: Vec::new(), above });
    }

    /// The next row, or why there is none. `None` at the end.
    pub fn next_row(&mut self) -> Option<Result<Row<'_>, Unread>> {
        if self.over {
            return None;
        }
        match self.records.advance() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(reason) => {
                self.over = true;
                let after_line = self.records.last_line();
                return Some(Err(Unread::Broken(Break { after_line, byte: None, reason })));
            }
        }
        self.fit();
        if let Some(carried) = &mut self.carried {
            carried.take_in(self.records.record());
        }
        self.join();
        Some(Ok(self.row(&self.joined)))
    }

    /// Spreadsheets cut blank fields at the end of a row, or add some: that is no mistake of the row's.
    fn fit(&mut self) {
        let is_blank = |field: &[u8]| field.trim_ascii().is_empty();
        let record = self.records.record();
        let has_surplus = record.iter().skip(self.width).any(|field| !is_blank(field));
        let lacks_named = self.header().iter().skip(record.len()).any(|name| !name.is_empty());
        self.fields = if has_surplus || lacks_named { record.len() } else { self.width };
        self.records.truncate(self.width);
    }

    fn row<'a>(&'a self, joined: &'a [String]) -> Row<'a> {
        Row { line: self.records.line(), table: self, joined }
    }

    /// Puts together what this row's composed columns hold that does not stand in it. Each is made of columns before it.
    fn join(&mut self) {
        if self.joined.is_empty() {
            return;
        }
        let mut joined = mem::take(&mut self.joined);
        for (i, composed) in self.composed.iter().enumerate() {
            let (before, rest) = joined.split_at_mut(i);
            composed.put_together(&self.row(before), &mut rest[0]);
        }
        self.joined = joined;
    }

    /// A column that is composed of others.
    fn compose(&mut self, name: String, composed: Composed) -> Column {
        self.names.push(name);
        self.composed.push(composed);
        if self.composed.iter().any(Composed::is_put_together) {
            self.joined.resize(self.composed.len(), String::new());
        }
        Column(self.names.len() - 1)
    }
}

/// Meta's template says above the header what its columns take: "# Required | A unique id".
fn is_comment(first: &[u8]) -> bool {
    first.starts_with(b"# ")
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

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Where it begins, from 1; the header is there.
    pub line: u64,
    table: &'a Table,
    joined: &'a [String],
}

impl<'a> Row<'a> {
    /// What stands in a column, trimmed.
    pub fn text(&self, column: Column) -> Result<&'a str, LineError> {
        if let Some(place) = column.0.checked_sub(self.table.width) {
            return self.table.composed[place].text(self, self.joined.get(place));
        }
        let bytes = self.bytes(column);
        str::from_utf8(bytes)
            .map(str::trim)
            .map_err(|_| LineError::new(self.line, self.name(column), &String::from_utf8_lossy(bytes), Reason::NotUtf8))
    }

    /// As [`Row::text`]; empty where there is no such column.
    pub fn optional(&self, column: Option<Column>) -> Result<&'a str, LineError> {
        column.map_or(Ok(""), |column| self.text(column))
    }

    /// That it has fewer fields than the header, and is read as if the others were blank, or that it has more.
    pub fn misfit(&self) -> Option<LineError> {
        let Table { fields, width, .. } = self.table;
        let reason = match fields.cmp(width) {
            Ordering::Less => Reason::TooFewFields,
            Ordering::Equal => return None,
            Ordering::Greater => Reason::TooManyFields,
        };
        Some(LineError::new(self.line, "the row", &format!("{fields} fields, the header has {width}"), reason))
    }

    /// Every field in order, as it lies in the file.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.table.records.record().len()).map(|i| self.bytes(Column(i)))
    }

    /// What a column is called.
    pub fn name(&self, column: Column) -> &'a str {
        &self.table.names[column.0]
    }

    /// Why the value of a column is refused.
    pub fn refuse(&self, column: Column, reason: Reason) -> LineError {
        // What is no UTF-8 was refused as that.
        LineError::new(self.line, self.name(column), self.text(column).unwrap_or_default(), reason)
    }

    fn bytes(&self, column: Column) -> &'a [u8] {
        let bytes = self.table.records.record().get(column.0).unwrap_or_default();
        match &self.table.carried {
            Some(carried) if bytes.trim_ascii().is_empty() => carried.cell(column.0).unwrap_or(bytes),
            _ => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::input::tests::{bytes, gzip};

    fn rows(input: impl AsRef<[u8]>) -> Vec<String> {
        let mut table = Table::new(bytes(input), Delimiter::default()).unwrap();
        let mut seen = Vec::new();
        while let Some(row) = table.next_row() {
            let shown = match row {
                Ok(row) => {
                    let fields: Result<Vec<&str>, LineError> =
                        (0..table_width(&row)).map(|i| row.text(Column(i))).collect();
                    seen.extend(row.misfit().map(|misfit| misfit.to_string()));
                    fields.map_or_else(|error| error.to_string(), |fields| format!("{} {}", row.line, fields.join("|")))
                }
                Err(Unread::Refused(error) | Unread::Nameless(error)) => error.to_string(),
                Err(Unread::Broken(error)) => error.to_string(),
                Err(Unread::LeftOut(what)) => what.into_owned(),
            };
            seen.push(shown);
        }
        seen
    }

    fn table_width(row: &Row<'_>) -> usize {
        row.table.records.record().len()
    }

    #[test]
    fn rows_keep_their_lines_whatever_the_line_ends() {
        let text = "a,b\n1,\"x\ny\"\n\n2, z \n3\n4,5,6\n7,\"q\"\n8,9,, \n";
        let expected = [
            "2 1|x\ny",
            "5 2|z",
            "line 6: the row \"1 fields, the header has 2\" is short: the fields that it lacks are taken as blank",
            "6 3",
            "line 7: the row \"3 fields, the header has 2\" is long: a separator may stand within one of its fields",
            "7 4|5",
            "8 7|q",
            "9 8|9",
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
        let header = Table::new(bytes("a,\"b\n1,2\n"), Delimiter::default()).map(|_| ()).unwrap_err();
        assert_eq!(header.to_string(), "the header can't be read: the quote that opens in line 1 is never closed");
    }

    #[test]
    fn comments_above_the_header_are_passed_over() {
        let text = "# Required | a, b; c; d; e,# Optional\n\"# More\",x\na;b\n1;2\n";
        assert_eq!(rows(text), ["4 1|2"]);
    }

    #[test]
    fn a_first_line_that_says_the_delimiter_is_passed_over() {
        for (sign, end) in [(';', "\n"), (',', "\r\n"), ('\t', "\n"), ('|', "\n"), ('^', "\r\n")] {
            assert_eq!(rows(format!("sep={sign}{end}a{sign}b{end}1{sign}2{end}")), ["3 1|2"], "{sign:?}");
        }
        assert_eq!(rows("sep=;\r\na;b, c, d, e\r\n1;2\r\n"), ["3 1|2"]);
        assert_eq!(rows("\u{feff}\"sep=;\"\na;b\n1;2\n"), ["3 1|2"]);
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
}
