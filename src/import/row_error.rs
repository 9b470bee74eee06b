//! What could not be taken from a file, and why: one line, or all that follows. Nothing here decides what to do about it.

use std::{borrow::Cow, io};

use thiserror::Error;

pub use crate::domain::nearest;
use crate::domain::{InvalidId, customer::reads_as_contact};

/// How much of a refused value is shown, in characters.
const SHOWN_CHARS: usize = 60;

/// What a parser gives for each thing it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// Where it begins in the file, from 1; after decompression.
    pub line: u64,
    /// How many rows of the file went into it.
    pub rows: u64,
    /// What the rows or lines mean.
    pub value: T,
    /// Details of them that were not understood: they are left out, and the rest goes in.
    pub warnings: Vec<LineError>,
}

impl<T> Parsed<T> {
    /// One row that says one thing.
    pub const fn row(line: u64, value: T) -> Self {
        Self::rows(line, 1, value)
    }

    /// So many rows that say one thing.
    pub const fn rows(line: u64, rows: u64, value: T) -> Self {
        Self { line, rows, value, warnings: Vec::new() }
    }

    /// The same with what was not understood of it.
    pub fn with_warnings(mut self, warnings: Vec<LineError>) -> Self {
        self.warnings = warnings;
        self
    }

    /// The same place with another value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed { line: self.line, rows: self.rows, value: make(self.value), warnings: self.warnings }
    }
}

/// What a parser gives instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// This row is wrong; the next ones are read.
    Refused(LineError),
    /// This row is wrong, and does not say which product it speaks of. The next ones are read.
    Nameless(LineError),
    /// This row is right and of no use here: what it is, for counting.
    LeftOut(Cow<'static, str>),
    /// Nothing after this can be read. What came before stands.
    Broken(Break),
}

impl From<LineError> for Unread {
    fn from(error: LineError) -> Self {
        Self::Refused(error)
    }
}

/// Why one row was refused, or one detail of it left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {field} {value:?} {reason}")]
pub struct LineError {
    /// From 1, after decompression.
    pub line: u64,
    /// The column, element or property, as the file calls it.
    pub field: String,
    /// What stands there, cut to what can be shown; empty where it is personal.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl LineError {
    /// Cuts the value to what can be shown. What reads as a mail address or a phone number is not, wherever it stands.
    pub fn new(line: u64, field: impl Into<String>, value: &str, reason: Reason) -> Self {
        let value = if reads_as_contact(value) { "" } else { value };
        Self { line, field: field.into(), value: value.chars().take(SHOWN_CHARS).collect(), reason }
    }
}

/// What was not understood of one row and is left out of it.
#[derive(Debug, Default)]
pub struct Warnings(Vec<LineError>);

impl Warnings {
    /// Adds a detail that was not understood.
    pub fn add(&mut self, warning: LineError) {
        self.0.push(warning);
    }

    /// Several more.
    pub fn extend(&mut self, warnings: impl IntoIterator<Item = LineError>) {
        self.0.extend(warnings);
    }

    /// A detail: where it can't be read, the rest of the row stands without it.
    pub fn detail<T>(&mut self, read: Result<Option<T>, LineError>) -> Option<T> {
        read.unwrap_or_else(|error| {
            self.0.push(error);
            None
        })
    }

    /// Units of a line of goods. What was bought stays bought where nobody can read how much of it: then it is one. What came
    /// back is not guessed at, for that would offer again what the customer may have kept.
    ///
    /// # Errors
    /// Where the quantity says that nothing was meant, or goods that came back have none that can be read.
    pub fn units(&mut self, quantity: Result<Option<u32>, LineError>, came_back: bool) -> Result<u32, LineError> {
        match quantity {
            Ok(quantity) => Ok(quantity.unwrap_or(1)),
            Err(error) if came_back || matches!(error.reason, Reason::BelowOne | Reason::NotBelowZero) => Err(error),
            Err(error) => {
                self.add(error);
                Ok(1)
            }
        }
    }

    /// One of several things: where it can't be read, the others stand.
    pub fn one<T>(&mut self, read: Result<T, LineError>) -> Option<T> {
        self.detail(read.map(Some))
    }

    /// What a row says with what was left out of it; where nothing is left of it, it is refused for that.
    ///
    /// # Errors
    /// Where nothing is left: the first that was not understood, else `none`.
    pub fn finish<T>(self, line: u64, said: Vec<T>, none: &'static str) -> Result<Parsed<Vec<T>>, Unread> {
        if !said.is_empty() {
            return Ok(Parsed::row(line, said).with_warnings(self.0));
        }
        Err(self.0.into_iter().next().map_or(Unread::LeftOut(none.into()), Unread::Refused))
    }

    /// Whether there are some, and each has this reason.
    pub fn are_all(&self, reason: Reason) -> bool {
        !self.0.is_empty() && self.0.iter().all(|warning| warning.reason == reason)
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<LineError> {
        self.0
    }
}

/// What is wrong with a value. Says no value itself, so that refusals can be counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Reason {
    #[error("is missing")]
    Missing,
    #[error("is not valid UTF-8")]
    NotUtf8,
    #[error("is longer than {0} characters")]
    TooManyChars(usize),
    #[error("has more than {0} entries")]
    TooMany(usize),
    #[error("takes letters, digits, '_' and '-', in names of traits also '.'")]
    NotName,
    #[error("has as many variants as a product may have ({0})")]
    TooManyVariants(usize),
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    #[error("is longer than an id may be (128 characters)")]
    IdTooLong,
    #[error("holds control characters, which an id may not")]
    IdControl,
    #[error("is not a JSON object")]
    NotJson,
    #[error("is not text")]
    NotText,
    #[error("is short: the fields that it lacks are taken as blank")]
    TooFewFields,
    #[error("is long: a separator may stand within one of its fields")]
    TooManyFields,
    #[error("is not a number")]
    NotNumber,
    #[error("is not a whole number")]
    NotWhole,
    #[error("is negative")]
    Negative,
    #[error("is below one")]
    BelowOne,
    #[error("is not below zero, as the mapping's negative_quantity says of such events")]
    NotBelowZero,
    #[error("is too large")]
    TooLarge,
    #[error("has no currency")]
    NoCurrency,
    #[error("names no currency of ISO 4217")]
    UnknownCurrency,
    #[error("is not a time")]
    NotTime,
    #[error("is not after 1970-01-01T00:00:00Z")]
    BeforeEpoch,
    #[error("is in the future")]
    InFuture,
    #[error("is none of the known values")]
    UnknownValue,
    #[error("is no availability that is known: the variant is not sold")]
    UnknownAvailability,
    #[error("is no number of units: the variant is not sold")]
    UnreadableStock,
    #[error("is zero, which is no sale: the price without it holds")]
    ZeroSale,
    #[error("is neither yes nor no")]
    NotYesNo,
    #[error("is neither yes nor no, and is taken as a refusal")]
    UnclearConsent,
    #[error("is no mail address")]
    NotEmail,
    #[error("is no phone number with its country's code")]
    NotPhone,
    #[error("is no purpose of consent that is known here")]
    UnknownPurpose,
    #[error("grants no purpose by its name: what is granted must be named")]
    UnnamedPurpose,
    #[error("is no field that is known here")]
    UnknownField,
    #[error("is not between 1 and 5")]
    NotStars,
    #[error("was there before: each variant of a product must have its own id")]
    RepeatedVariant,
    #[error("is another variant's too: its size and colour were added to it")]
    SharedId,
    #[error("has no variants")]
    NoVariants,
    #[error("was being read where the file breaks, and more of it may follow: it stays as it was")]
    CutOff,
    #[error("names no products")]
    NoItems,
    #[error("names no products and no order")]
    NoOrder,
    #[error("is a placeholder and names nobody")]
    Placeholder,
    #[error("can't be joined: no customer is named")]
    NoCustomer,
    #[error("names nobody: no customer and no visitor")]
    Nobody,
    #[error("is no attribution token of this service")]
    ForeignToken,
    #[error("is not a locale")]
    NotLocale,
}

impl From<InvalidId> for Reason {
    fn from(error: InvalidId) -> Self {
        match error {
            InvalidId::Empty => Self::Missing,
            InvalidId::TooLong(_) => Self::IdTooLong,
            InvalidId::Control(_) => Self::IdControl,
        }
    }
}

/// Where and why reading ended before the end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the input breaks after line {after_line}{}: {reason}; what stood before it went in, but for what was refused", at(*.byte))]
pub struct Break {
    /// The last line that was read whole.
    pub after_line: u64,
    /// The position after decompression, where it is known.
    pub byte: Option<u64>,
    /// What was found there.
    pub reason: String,
}

fn at(byte: Option<u64>) -> String {
    byte.map_or(String::new(), |byte| format!(", at byte {byte}"))
}

/// Why reading can't begin.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The file can't be opened or read.
    #[error("{0}")]
    Input(#[from] io::Error),
    /// The mapping, or the file's header, must be put right.
    #[error("{0}")]
    Mapping(String),
}
