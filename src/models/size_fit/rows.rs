//! Fit feedback as columns: who had which size of what on, what is known of her body, and how it felt.
//!
//! Numbers may be missing (NaN), whole columns too; what is missing says nothing and costs nothing. Not here: where rows come
//! from, and what is made of them.

/// How a thing felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Felt {
    /// She needs a larger one.
    Small = 0,
    /// It fits.
    Fits = 1,
    /// She needs a smaller one.
    Large = 2,
}

/// A column of names, as numbers from zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// By row.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: usize,
}

/// Fit feedback, column by column, each as long as there are rows.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Who.
    pub customer: Levels,
    /// What, without its size.
    pub item: Levels,
    /// The size as it is written.
    pub label: Levels,
    /// The size as a number that grows with it; NaN where it can't be read as one.
    pub size: Vec<f32>,
    /// Kinds of thing: category, brand.
    pub kinds: Vec<Levels>,
    /// What is said of her body in words; a level of its own where nothing is.
    pub shapes: Vec<Levels>,
    /// What is measured of her body; NaN where it is not.
    pub measures: Vec<Vec<f32>>,
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.size.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.size.is_empty()
    }
}
