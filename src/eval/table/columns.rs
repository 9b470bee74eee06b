//! One column in memory, and the numbering of its texts.

use std::{cmp::Ordering, fmt};

use rustc_hash::FxHashMap;

use crate::eval::table::Kind;

/// Why a field is not what its column wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The row can't be used.
    NotUtf8,
    /// The row can't be used.
    NotWhole,
    /// The row can't be used.
    TooLarge,
    /// The field is missing, then.
    NotReal,
}

impl Fault {
    /// Whether the row is lost with it.
    pub const fn refuses(self) -> bool {
        !matches!(self, Self::NotReal)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "is not valid UTF-8",
            Self::NotWhole => "is no whole number",
            Self::TooLarge => "is no number within 2^53",
            Self::NotReal => "is no finite number",
        })
    }
}

/// The fields of one column.
#[derive(Debug, Clone)]
pub enum Column {
    Text(Texts),
    Whole(Vec<i64>),
    Real(Vec<f32>),
}

impl Column {
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Texts::default()),
            Kind::Whole => Self::Whole(Vec::new()),
            Kind::Real => Self::Real(Vec::new()),
        }
    }

    /// Always appends something, so that columns stay of one length.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Text(texts) => {
                let text = str::from_utf8(bytes);
                texts.push(text.unwrap_or_default());
                text.map(|_| ()).map_err(|_| Fault::NotUtf8)
            }
            Self::Whole(values) => {
                let value = whole(bytes);
                values.push(value.unwrap_or_default());
                value.map(|_| ())
            }
            Self::Real(values) => {
                let value = real(bytes);
                values.push(value.unwrap_or(f32::NAN));
                value.map(|_| ()).ok_or(Fault::NotReal)
            }
        }
    }

    pub fn truncate(&mut self, length: usize) {
        match self {
            Self::Text(texts) => texts.codes.truncate(length),
            Self::Whole(values) => values.truncate(length),
            Self::Real(values) => values.truncate(length),
        }
    }

    pub fn retain(&mut self, kept: &[bool]) {
        match self {
            Self::Text(texts) => retain(&mut texts.codes, kept),
            Self::Whole(values) => retain(values, kept),
            Self::Real(values) => retain(values, kept),
        }
    }

    /// Appends another column of the same kind, or so many missing fields. False where that can't be.
    pub fn append(&mut self, other: Option<&Self>, rows: usize) -> bool {
        match (self, other) {
            (Self::Text(own), Some(Self::Text(theirs))) => {
                let codes: Vec<u32> = theirs.names.iter().map(|name| own.code(name)).collect();
                own.codes.extend(theirs.codes.iter().map(|code| codes[*code as usize]));
            }
            (Self::Text(own), None) => {
                let missing = own.code("");
                own.codes.resize(own.codes.len() + rows, missing);
            }
            (Self::Whole(own), Some(Self::Whole(theirs))) => own.extend(theirs),
            (Self::Real(own), Some(Self::Real(theirs))) => own.extend(theirs),
            (Self::Real(own), None) => own.resize(own.len() + rows, f32::NAN),
            _ => return false,
        }
        true
    }

    /// The fields of given rows, missing where there is none. None for whole numbers, which can't be missing.
    pub fn joined(&self, rows: &[Option<u32>]) -> Option<Self> {
        match self {
            Self::Text(texts) => {
                let mut joined = Texts { codes: Vec::with_capacity(rows.len()), ..texts.clone() };
                let missing = joined.code("");
                joined.codes.extend(rows.iter().map(|row| row.map_or(missing, |row| texts.codes[row as usize])));
                Some(Self::Text(joined))
            }
            Self::Real(values) => {
                Some(Self::Real(rows.iter().map(|row| row.map_or(f32::NAN, |row| values[row as usize])).collect()))
            }
            Self::Whole(_) => None,
        }
    }
}

/// Keeps the values that stand where `kept` is true.
pub fn retain<T>(values: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    values.retain(|_| kept.next().is_some_and(|keep| *keep));
}

/// So many either way: a decimal holds no more, and what is made of times has room.
const LARGEST: i64 = 1 << 53;

/// A whole number, written as one or as a decimal without a fraction ("6.0").
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole, and what is too large stays so")]
fn whole(bytes: &[u8]) -> Result<i64, Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::NotWhole)?.trim();
    let decimal = || {
        let value: f64 = text.parse().ok()?;
        (value.fract() == 0.0).then_some(value as i64)
    };
    let value = text.parse().ok().or_else(decimal).ok_or(Fault::NotWhole)?;
    if (-LARGEST..=LARGEST).contains(&value) { Ok(value) } else { Err(Fault::TooLarge) }
}

/// A finite number; NaN where nothing stands.
fn real(bytes: &[u8]) -> Option<f32> {
    let text = str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() {
        return Some(f32::NAN);
    }
    text.parse().ok().filter(|value: &f32| value.is_finite())
}

/// A column of texts, each distinct one once.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    codes: Vec<u32>,
    names: Vec<Box<str>>,
    known: FxHashMap<Box<str>, u32>,
}

impl Texts {
    /// Of each row, which of [`Texts::names`] stands there.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Distinct texts in the order of first meeting. Some may be of rows that are no longer there.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// What stands in a row.
    pub fn get(&self, row: usize) -> &str {
        &self.names[self.codes[row] as usize]
    }

    /// Numbers the texts of the rows so that a smaller number is a smaller text: by value where all are whole numbers,
    /// else bytewise.
    pub fn numbered(&self) -> Numbered {
        let order = self.met();
        let are_numbers = order.iter().all(|code| digits(&self.names[*code as usize]).is_some());
        self.by_place(order, |a, b| if are_numbers { by_value(a, b) } else { a.cmp(b) })
    }

    /// The same bytewise, numbers or not.
    pub fn in_text_order(&self) -> Numbered {
        self.by_place(self.met(), Ord::cmp)
    }

    /// The codes that rows have.
    fn met(&self) -> Vec<u32> {
        let mut met = vec![false; self.names.len()];
        self.codes.iter().for_each(|code| met[*code as usize] = true);
        (0..).zip(&met).filter_map(|(code, met)| met.then_some(code)).collect()
    }

    fn by_place(&self, mut order: Vec<u32>, compare: impl Fn(&str, &str) -> Ordering) -> Numbered {
        let name = |code: &u32| &*self.names[*code as usize];
        order.sort_by(|a, b| compare(name(a), name(b)));
        let mut places = vec![0; self.names.len()];
        for (place, code) in (0..).zip(&order) {
            places[*code as usize] = place;
        }
        Numbered {
            of: self.codes.iter().map(|code| places[*code as usize]).collect(),
            names: order.iter().map(|code| name(code).into()).collect(),
        }
    }

    /// The first row of each text.
    pub(super) fn first_places(&self) -> FxHashMap<&str, u32> {
        let mut places = FxHashMap::default();
        for (row, code) in (0..).zip(&self.codes) {
            places.entry(&*self.names[*code as usize]).or_insert(row);
        }
        places
    }

    fn push(&mut self, text: &str) {
        // Neighbouring rows often say the same.
        let code = match self.codes.last() {
            Some(last) if *self.names[*last as usize] == *text => *last,
            _ => self.code(text),
        };
        self.codes.push(code);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        // There are fewer texts than rows, and those are counted in 32 bits.
        let code = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(text.into());
        self.known.insert(text.into(), code);
        code
    }
}

/// The texts of a column as dense numbers, the smaller text the smaller number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    /// By row.
    pub of: Vec<u32>,
    /// By number.
    pub names: Vec<Box<str>>,
}

impl Numbered {
    /// How many distinct ones there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The text that has this number.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }
}

/// The sign and the digits of a whole number without leading zeros.
fn digits(text: &str) -> Option<(bool, &str)> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| (negative, digits.trim_start_matches('0')))
}

/// Numbers of any length by value; equal ones ("7", "07") bytewise.
fn by_value(a: &str, b: &str) -> Ordering {
    let (Some((below_a, a_digits)), Some((below_b, b_digits))) = (digits(a), digits(b)) else { return a.cmp(b) };
    let size = a_digits.len().cmp(&b_digits.len()).then(a_digits.cmp(b_digits));
    let by_sign = below_b.cmp(&below_a);
    by_sign.then(if below_a { size.reverse() } else { size }).then(a.cmp(b))
}
