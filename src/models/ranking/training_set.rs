//! Questions with their answers, as the blend learns from them.

use std::ops::Range;

use thiserror::Error;

use crate::domain::recommend::HistoryBand;
use crate::models::ranking::gbdt::Rows;

/// Candidates of questions, and which of them were wanted. Questions stand in the order of time, the rows of each in the order
/// of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingSet {
    /// Of the features.
    pub names: Vec<String>,
    /// Row-major, finite.
    pub rows: Vec<f32>,
    /// Gain of each row: above zero where wanted, else zero.
    pub wanted: Vec<f32>,
    /// Where the rows of each question end.
    pub ends: Vec<u32>,
    /// How many were wanted and no candidates, of each question.
    pub missed: Vec<u32>,
    /// How much was known of who asked, of each question.
    pub bands: Vec<HistoryBand>,
}

/// Why no weights could be learned.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum LearnError {
    /// Keep what is served, and train again when there is more history.
    #[error(
        "too little to learn from: {found} questions with a wanted product among the candidates, {needed} are needed"
    )]
    TooLittle {
        /// In the log.
        found: usize,
        /// At least.
        needed: usize,
    },
    /// For whoever maintains the models.
    #[error("the set can't be learned: {0}")]
    Failed(String),
}

/// Questions that are needed at least: below it weights are noise.
pub const NEEDED: usize = 30;

impl TrainingSet {
    /// Without a question yet, over these features.
    pub fn new<T: AsRef<str>>(names: &[T]) -> Self {
        Self { names: names.iter().map(|name| name.as_ref().to_owned()).collect(), ..Self::default() }
    }

    /// Ends a question whose rows stand in the set: of its candidates those that are wanted (sorted) have a gain.
    pub fn end_question<T: Ord>(&mut self, candidates: &[T], wanted: &[T], band: HistoryBand) {
        let is_wanted = |item: &T| wanted.binary_search(item).is_ok();
        let found = candidates.iter().filter(|item| is_wanted(item)).count();
        self.wanted.extend(candidates.iter().map(|item| f32::from(u8::from(is_wanted(item)))));
        self.ends.push(u32::try_from(self.wanted.len()).unwrap_or(u32::MAX));
        self.missed.push(u32::try_from(wanted.len() - found).unwrap_or(u32::MAX));
        self.bands.push(band);
    }

    /// The same questions over some of the features only.
    pub fn with_features(&self, columns: &[usize]) -> Self {
        let rows = self.rows.chunks_exact(self.width().max(1));
        Self {
            names: columns.iter().map(|column| self.names[*column].clone()).collect(),
            rows: rows.flat_map(|row| columns.iter().map(|column| row[*column])).collect(),
            wanted: self.wanted.clone(),
            ends: self.ends.clone(),
            missed: self.missed.clone(),
            bands: self.bands.clone(),
        }
    }

    /// Features.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Questions.
    pub fn questions(&self) -> usize {
        self.ends.len()
    }

    /// Where the rows of a question are.
    pub fn range(&self, question: usize) -> Range<usize> {
        let start = if question == 0 { 0 } else { self.ends[question - 1] as usize };
        start..self.ends[question] as usize
    }

    /// All rows.
    pub fn table(&self) -> Rows<'_> {
        Rows { values: &self.rows, width: self.width() }
    }

    /// What one feature says of each row; nothing where none has the name.
    pub fn column(&self, feature: &str) -> Vec<f32> {
        let Some(at) = self.names.iter().position(|name| name == feature) else { return vec![0.0; self.wanted.len()] };
        self.rows.iter().skip(at).step_by(self.width()).copied().collect()
    }

    /// The standard deviation of each feature.
    pub fn deviations(&self) -> Vec<f64> {
        let width = self.width();
        let (mut sums, mut squares, mut rows) = (vec![0.0_f64; width], vec![0.0_f64; width], 0.0_f64);
        for row in self.rows.chunks_exact(width.max(1)) {
            rows += 1.0;
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
                *sum += f64::from(*value);
                *square += f64::from(*value) * f64::from(*value);
            }
        }
        let deviation = |(sum, square): (&f64, &f64)| (square / rows - (sum / rows).powi(2)).max(0.0).sqrt();
        sums.iter().zip(&squares).map(deviation).collect()
    }

    /// Of each feature the share of its variance that lies within questions: what is the same for all candidates of a question
    /// has none.
    pub fn shares_within(&self) -> Vec<f64> {
        let squares = |rows: std::ops::Range<usize>, feature: usize| {
            let (width, count) = (self.width(), rows.len());
            let values = rows.map(|row| f64::from(self.rows[row * width + feature]));
            let (sum, squares) =
                values.fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value));
            #[expect(clippy::cast_precision_loss, reason = "rows")]
            f64::max(squares - sum * sum / count.max(1) as f64, 0.0)
        };
        let share = |feature: usize| {
            let all = squares(0..self.wanted.len(), feature);
            let within: f64 = (0..self.questions()).map(|question| squares(self.range(question), feature)).sum();
            if all > 0.0 { within / all } else { 0.0 }
        };
        (0..self.width()).map(share).collect()
    }

    /// Whether the question teaches an order: something was wanted among the candidates, and something not.
    pub fn teaches(&self, question: usize) -> bool {
        let wanted = &self.wanted[self.range(question)];
        wanted.iter().any(|gain| *gain > 0.0) && wanted.iter().any(|gain| *gain <= 0.0)
    }

    /// Some of the questions, in the given order.
    pub fn only(&self, questions: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self { names: self.names.clone(), ..Self::default() };
        for question in questions {
            let range = self.range(question);
            set.rows.extend_from_slice(&self.rows[range.start * self.width()..range.end * self.width()]);
            set.wanted.extend_from_slice(&self.wanted[range]);
            set.ends.push(u32::try_from(set.wanted.len()).unwrap_or(u32::MAX));
            set.missed.push(self.missed[question]);
            set.bands.push(self.bands[question]);
        }
        set
    }

    /// Adds questions over the same features behind these.
    pub fn append(&mut self, other: Self) {
        let before = u32::try_from(self.wanted.len()).unwrap_or(u32::MAX);
        self.names = other.names;
        self.rows.extend(other.rows);
        self.wanted.extend(other.wanted);
        self.ends.extend(other.ends.into_iter().map(|end| end.saturating_add(before)));
        self.missed.extend(other.missed);
        self.bands.extend(other.bands);
    }

    /// The questions that teach an order.
    pub fn teaching(&self) -> Vec<usize> {
        (0..self.questions()).filter(|question| self.teaches(*question)).collect()
    }

    /// Lengths that fit, and numbers that are numbers.
    pub fn check(&self) -> Result<(), LearnError> {
        let failed = |what: String| Err(LearnError::Failed(what));
        let rows = self.wanted.len();
        if self.width() == 0
            || self.rows.len() != rows * self.width()
            || [self.missed.len(), self.bands.len()] != [self.ends.len(); 2]
        {
            return failed("the numbers of rows, features and questions don't fit together".to_owned());
        }
        if !self.ends.is_sorted() || self.ends.last().map_or(0, |end| *end as usize) != rows {
            return failed("the questions don't end where the rows do".to_owned());
        }
        if let Some(at) = self.rows.iter().position(|value| !value.is_finite()) {
            return failed(format!("`{}` is not a number in row {}", self.names[at % self.width()], at / self.width()));
        }
        if self.wanted.iter().any(|gain| !gain.is_finite() || *gain < 0.0) {
            return failed("a gain is below zero or not a number".to_owned());
        }
        Ok(())
    }
}
