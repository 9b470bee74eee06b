//! The columns of CSV files that a protocol asks for, kept by column in a few bytes a field.
//!
//! A file is plain or gzip, with or without a byte order mark, with line feeds of either kind. What can't be read is counted
//! and told of by its line, the rest goes in. Several files are one table, rows numbered on. Nothing here knows what a
//! column means, and no column is read that nobody asked for.

mod columns;

use std::path::{Path, PathBuf};

use csv::ByteRecord;

use crate::{
    domain,
    eval::error::EvaluateError,
    tabular::{input, records::Records},
};

use self::columns::Column;
pub use self::columns::{Numbered, Texts};

/// Troubles that are told of in full; the others are counted.
const SHOWN: usize = 10;

/// As what a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text, byte for byte; each distinct one is kept once.
    Text,
    /// A whole number. A row with anything else is refused.
    Whole,
    /// A number that may be missing: empty is missing, and what is no finite number is told of and taken as missing.
    Real,
}

/// A column that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// As in the header.
    pub name: String,
    /// As what to read it.
    pub kind: Kind,
    /// Whether its absence is an error.
    pub must: bool,
}

impl Wanted {
    /// A column of texts that must be there.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Text, must: true }
    }

    /// A column of whole numbers that must be there.
    pub fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Whole, must: true }
    }

    /// A column of numbers that must be there, though its fields may be empty.
    pub fn real(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Real, must: true }
    }

    /// The same, read where it is there.
    pub fn if_there(mut self) -> Self {
        self.must = false;
        self
    }
}

/// Columns of equal length, by name.
#[derive(Debug, Clone, Default)]
pub struct Table {
    paths: Vec<PathBuf>,
    /// Of the first file, and of a joined one.
    header: Vec<String>,
    columns: Vec<(String, Column)>,
    /// The number of each kept row among all rows of the files, from 0, those refused among them.
    rows: Vec<u32>,
    /// Where rows of another table begin, if such were appended.
    appended_at: Option<usize>,
    /// The files of those.
    appended_paths: Vec<PathBuf>,
    notes: Vec<String>,
}

impl Table {
    /// Reads the wanted columns of some files, one file after another.
    ///
    /// # Errors
    /// Where a file can't be opened, has no header or not a column that must be there (or that another of the files has),
    /// or where no row of them all can be used.
    pub fn read<P: AsRef<Path>>(paths: &[P], wanted: &[Wanted]) -> Result<Self, EvaluateError> {
        let mut table = Self { paths: paths.iter().map(|path| path.as_ref().to_owned()).collect(), ..Self::default() };
        let mut seen = 0;
        for (n, path) in paths.iter().enumerate() {
            let file = File::open(path.as_ref())?;
            let places = file.places(wanted)?;
            if n == 0 {
                let there = wanted.iter().zip(&places).filter(|(_, place)| place.is_some());
                table.columns = there.map(|(one, _)| (one.name.clone(), Column::new(one.kind))).collect();
                table.header.clone_from(&file.header);
            }
            for (one, place) in wanted.iter().zip(&places) {
                if place.is_some() != table.has(&one.name) {
                    let (with, without) = if n > 0 && place.is_some() { (n, 0) } else { (0, n) };
                    let reason = format!("no column {:?}, though {} has one", one.name, paths[with].as_ref().display());
                    return Err(EvaluateError::file(paths[without].as_ref(), reason));
                }
            }
            let places: Vec<usize> = places.into_iter().flatten().collect();
            file.read(&places, &mut table, &mut seen)?;
        }
        if table.is_empty() {
            let path = table.paths.first().cloned().unwrap_or_default();
            let why = table.notes.first().map_or_else(|| "there is no row below the header".to_owned(), Clone::clone);
            return Err(EvaluateError::file(path, format!("no row can be used: {why}")));
        }
        Ok(table)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What was left out or taken as missing, one line each with its place in a file; the last lines count.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The number that each row has in the files, from 0 without the header; rows that were refused are counted, too.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The file and the line where a row stands. The files are read once more up to there: lines are seldom told, and to
    /// keep one a row would cost memory.
    pub fn place(&self, row: usize) -> String {
        let paths = if row < self.appended_at() { &self.paths } else { &self.appended_paths };
        place(paths, self.rows[row]).unwrap_or_else(|| format!("row {}", self.rows[row]))
    }

    /// Whether a column was asked for and found.
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(known, _)| known == name)
    }

    /// The end of an error about a column that is not there, as [`nearest`] has it.
    pub fn nearest(&self, name: &str) -> String {
        nearest(name, &self.header)
    }

    /// A column of texts.
    ///
    /// # Errors
    /// Where it was not read as such.
    pub fn texts(&self, name: &str) -> Result<&Texts, EvaluateError> {
        match self.column(name)? {
            Column::Text(texts) => Ok(texts),
            _ => Err(self.not_read(name, "texts")),
        }
    }

    /// A column of whole numbers.
    ///
    /// # Errors
    /// Where it was not read as such.
    pub fn wholes(&self, name: &str) -> Result<&[i64], EvaluateError> {
        match self.column(name)? {
            Column::Whole(values) => Ok(values),
            _ => Err(self.not_read(name, "whole numbers")),
        }
    }

    /// A column of numbers; NaN is missing.
    ///
    /// # Errors
    /// Where it was not read as such.
    pub fn reals(&self, name: &str) -> Result<&[f32], EvaluateError> {
        match self.column(name)? {
            Column::Real(values) => Ok(values),
            _ => Err(self.not_read(name, "numbers")),
        }
    }

    /// Appends the fields at some places, one a column. False where the row can't be used.
    fn push(&mut self, record: &ByteRecord, places: &[usize], troubles: &mut Troubles<'_>, line: u64) -> bool {
        let mut usable = true;
        for ((name, column), place) in self.columns.iter_mut().zip(places) {
            let bytes = &record[*place];
            let Err(fault) = column.push(bytes) else { continue };
            let reason = format!("{name} {:?} {fault}", String::from_utf8_lossy(bytes));
            if !fault.refuses() {
                troubles.amend(line, &reason);
            } else if usable {
                usable = false;
                troubles.refuse(line, &reason);
            }
        }
        usable
    }

    fn column(&self, name: &str) -> Result<&Column, EvaluateError> {
        let found = self.columns.iter().find(|(known, _)| known == name);
        found.map(|(_, column)| column).ok_or_else(|| self.not_read(name, "anything"))
    }

    fn not_read(&self, name: &str, kind: &str) -> EvaluateError {
        let path = self.paths.first().cloned().unwrap_or_default();
        EvaluateError::file(path, format!("the column {name:?} was not read as {kind}"))
    }

    /// Keeps the rows of which `keep`, asked with their places in order, says so.
    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let kept: Vec<bool> = (0..self.len()).map(&mut keep).collect();
        if kept.iter().all(|keep| *keep) {
            return;
        }
        for (_, column) in &mut self.columns {
            column.retain(&kept);
        }
        columns::retain(&mut self.rows, &kept);
        self.appended_at = self.appended_at.map(|at| kept[..at].iter().filter(|keep| **keep).count());
    }

    /// Where the rows of an appended table begin; behind the last row where none was.
    pub fn appended_at(&self) -> usize {
        self.appended_at.unwrap_or(self.len())
    }

    /// Appends the rows of another table, which keep their numbers. Columns that it has not are empty or missing there.
    ///
    /// # Errors
    /// Where a column that it has not is of whole numbers: those can't be missing.
    pub fn append(&mut self, other: &Self) -> Result<(), EvaluateError> {
        let (at, more) = (self.len(), other.len());
        for (name, column) in &mut self.columns {
            let theirs = other.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column);
            if !column.append(theirs, more) {
                return Err(other.not_read(name, "what it is before"));
            }
        }
        self.rows.extend(&other.rows);
        self.notes.extend(other.notes.iter().cloned());
        self.appended_at = Some(at);
        self.appended_paths.clone_from(&other.paths);
        Ok(())
    }

    /// Appends the columns of another table: to each row those of the row there that has the same text in `key`. A row
    /// without a fellow gets empty texts and missing numbers. Of rows there with the same key the first counts.
    ///
    /// # Errors
    /// Where either table has no column `key` of texts, or where whole numbers are to be joined: those can't be missing.
    pub fn join(&mut self, other: &Self, key: &str) -> Result<(), EvaluateError> {
        let (own, theirs) = (self.texts(key)?, other.texts(key)?);
        let place = theirs.first_places();
        let by_code: Vec<Option<u32>> = own.names().iter().map(|name| place.get(&**name).copied()).collect();
        let fellows: Vec<Option<u32>> = own.codes().iter().map(|code| by_code[*code as usize]).collect();
        if place.len() < other.len() {
            let repeats = other.len() - place.len();
            self.notes.push(format!("{repeats} rows of the joined file repeat a {key}: the first of each counts"));
        }
        self.header.extend(other.header.iter().cloned());
        self.notes.extend(other.notes.iter().cloned());
        for (name, column) in &other.columns {
            if name != key && !self.has(name) {
                let joined = column.joined(&fellows).ok_or_else(|| other.not_read(name, "something to join"))?;
                self.columns.push((name.clone(), joined));
            }
        }
        Ok(())
    }
}

/// The names in a file's header.
///
/// # Errors
/// Where it can't be opened or has none.
pub fn header(path: &Path) -> Result<Vec<String>, EvaluateError> {
    File::open(path).map(|file| file.header)
}

/// The end of an error about a name that is not there: what may have been meant, and what there is.
pub fn nearest(name: &str, known: &[impl AsRef<str>]) -> String {
    meant(&domain::nearest(name, known.iter().map(AsRef::as_ref)), known)
}

/// The end of an error about an optional column that is not there though another name in the header is one slip away; none
/// where there is no such name. Further off it is a column of its own, as "time" is no "title". A wanted one is none either.
pub fn misspelt(name: &str, header: &[String], wanted: &[Wanted]) -> Option<String> {
    let slip = |other: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase()) <= 1;
    let others = header.iter().filter(|other| !wanted.iter().any(|one| one.name == **other));
    let near = domain::nearest(name, others.map(String::as_str).filter(|other| slip(other)));
    (!near.is_empty()).then(|| meant(&near, header))
}

fn meant(near: &str, known: &[impl AsRef<str>]) -> String {
    let all = known.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    format!("{near} (there are: {all})")
}

/// One file while it is read.
struct File {
    path: PathBuf,
    records: Records,
    header: Vec<String>,
}

impl File {
    fn open(path: &Path) -> Result<Self, EvaluateError> {
        let unreadable = |reason| EvaluateError::Unreadable { path: path.to_owned(), reason };
        let (input, _) = input::open_file(path, None).map_err(unreadable)?;
        let mut records = Records::new(input, b',');
        let header = match records.advance() {
            Ok(true) => records.record().iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
            Ok(false) => return Err(EvaluateError::file(path, "the file is empty: not even a header")),
            Err(reason) => return Err(EvaluateError::file(path, format!("the header can't be read: {reason}"))),
        };
        Ok(Self { path: path.to_owned(), records, header })
    }

    /// Where each wanted column stands; none of one that may be absent and is, unless it is only misspelt.
    fn places(&self, wanted: &[Wanted]) -> Result<Vec<Option<usize>>, EvaluateError> {
        let place = |one: &Wanted| {
            let mut found = (0..self.header.len()).filter(|i| self.header[*i] == one.name);
            let near = match (found.next(), found.next()) {
                (_, Some(_)) => {
                    return Err(EvaluateError::file(&self.path, format!("the header names {:?} twice", one.name)));
                }
                (None, _) if one.must => nearest(&one.name, &self.header),
                (None, _) => match misspelt(&one.name, &self.header, wanted) {
                    Some(near) => near,
                    None => return Ok(None),
                },
                (place, None) => return Ok(place),
            };
            Err(EvaluateError::file(&self.path, format!("no column {:?}{near}", one.name)))
        };
        wanted.iter().map(place).collect()
    }

    /// Reads all rows. `seen` counts them over the files.
    fn read(mut self, places: &[usize], table: &mut Table, seen: &mut u32) -> Result<(), EvaluateError> {
        let mut troubles = Troubles { path: &self.path, refused: 0, amended: 0, lines: Vec::new() };
        loop {
            match self.records.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(reason) => {
                    troubles.broken(self.records.last_line(), &reason);
                    break;
                }
            }
            let (record, line) = (self.records.record(), self.records.line());
            let row = *seen;
            *seen = seen.checked_add(1).ok_or_else(|| EvaluateError::file(&self.path, "more than 2^32 rows"))?;
            if record.len() != self.header.len() {
                let reason = format!("{} fields, the header has {}", record.len(), self.header.len());
                troubles.refuse(line, &reason);
            } else if table.push(record, places, &mut troubles, line) {
                table.rows.push(row);
            } else {
                let whole = table.rows.len();
                table.columns.iter_mut().for_each(|(_, column)| column.truncate(whole));
            }
        }
        table.notes.extend(troubles.told());
        Ok(())
    }
}

/// Where the row of this number stands. None where the files can't be read again, as pipes can't.
fn place(paths: &[PathBuf], number: u32) -> Option<String> {
    let mut seen = 0;
    for path in paths {
        let mut records = File::open(path).ok()?.records;
        // Of a file that breaks the rows before that were counted.
        while records.advance().unwrap_or(false) {
            if seen == number {
                return Some(format!("{} line {}", path.display(), records.line()));
            }
            seen += 1;
        }
    }
    None
}

/// What was wrong with a file.
struct Troubles<'a> {
    path: &'a Path,
    refused: u64,
    amended: u64,
    lines: Vec<String>,
}

impl Troubles<'_> {
    fn refuse(&mut self, line: u64, reason: &str) {
        self.refused += 1;
        self.tell(self.refused, line, reason, "the row is left out");
    }

    fn amend(&mut self, line: u64, reason: &str) {
        self.amended += 1;
        self.tell(self.amended, line, reason, "it is taken as missing");
    }

    fn tell(&mut self, number: u64, line: u64, reason: &str, what_then: &str) {
        if number <= SHOWN as u64 {
            self.lines.push(format!("{} line {line}: {reason}; {what_then}", self.path.display()));
        }
    }

    fn broken(&mut self, after: u64, reason: &str) {
        let path = self.path.display();
        self.lines.push(format!("{path} breaks after line {after}: {reason}; what stood before it went in"));
    }

    fn told(mut self) -> Vec<String> {
        let path = self.path.display();
        if self.refused > SHOWN as u64 {
            self.lines.push(format!("{path}: {} rows are left out in all", self.refused));
        }
        if self.amended > SHOWN as u64 {
            self.lines.push(format!("{path}: {} fields are taken as missing in all", self.amended));
        }
        self.lines
    }
}

#[cfg(test)]
mod tests;
