//! One score for a candidate from all that the sources say of it, learned from questions with their answers.
//!
//! ```text
//! TrainingSet { names, rows, wanted, ends, missed }, ..  --learn(sets, ..)-->  Learned { ranking: Ranker, .. }
//! Ranker: Scorer (score, parts)    ranking.base()    ranking.to_arrays() <-> Ranker::from_arrays(arrays, width)
//! ```
//!
//! - Training sets stand in the order of time: ways are judged on the newest questions, then all are learned from. The rows
//!   of a question stand in the order of their ids, so that ties fall as they will when served.
//! - Learned are boosted trees, over a listwise linear score or alone, or that score; what is best on validation is kept.
//!
//! What is not here: where features come from (the sources), and how a whole protocol is judged (`eval`).

mod anchor;
pub mod gbdt;
mod linear;
mod model_selection;
mod objective;
mod training_set;

pub use linear::Linear;
pub use model_selection::{Learned, Tried, learn};
pub use objective::{Objective, clearly_larger};
pub use training_set::{LearnError, NEEDED, TrainingSet};

use std::borrow::Cow;

use crate::domain::recommend::{HistoryBand, Scorer};
use crate::models::ranking::gbdt::forest::{Arrays, Damaged, Forest, damaged};

/// What orders candidates.
#[derive(Debug, Clone, PartialEq)]
pub enum Ranker {
    /// A weight a feature.
    Linear(Linear),
    /// Trees on top of a linear score, whose weights may all be zero.
    Boosted(Linear, Forest),
}

impl Ranker {
    fn linear(&self) -> &Linear {
        match self {
            Self::Linear(linear) | Self::Boosted(linear, _) => linear,
        }
    }

    /// The same, led by a feature: it decides the first places, and the ranking what stands behind.
    pub fn led_by(&self, feature: usize) -> Self {
        let mut weights = self.linear().weights().to_vec();
        weights[feature] += LEAD;
        let linear = Linear::new(weights).unwrap_or_else(|| self.linear().clone());
        match self {
            Self::Linear(_) => Self::Linear(linear),
            Self::Boosted(_, forest) => Self::Boosted(linear, forest.clone()),
        }
    }

    /// What is the same in all scores: with [`Scorer::parts`] it adds up to the score.
    pub fn base(&self) -> f32 {
        match self {
            Self::Linear(_) => 0.0,
            Self::Boosted(_, forest) => forest.expected(0),
        }
    }

    /// How much each feature moves the scores of so many rows, in which it deviates by so much: the sum of the squared moves.
    pub fn gains(&self, rows: f64, deviations: &[f64]) -> Vec<f64> {
        let move_of = |(weight, deviation): (&f32, &f64)| rows * (f64::from(*weight) * deviation).powi(2);
        let mut gains: Vec<f64> = self.linear().weights().iter().zip(deviations).map(move_of).collect();
        if let Self::Boosted(_, forest) = self {
            gains.iter_mut().zip(forest.gains()).for_each(|(gain, more)| *gain += more);
        }
        gains
    }

    /// The same over wider rows, in which its features stand at these places. What stands elsewhere is not read.
    pub fn widened(&self, places: &[u32], width: usize) -> Self {
        let linear = self.linear().widened(places, width);
        match self {
            Self::Linear(_) => Self::Linear(linear),
            Self::Boosted(_, forest) => Self::Boosted(linear, forest.widened(places, width)),
        }
    }

    /// As flat arrays.
    pub fn to_arrays(&self) -> Arrays {
        let mut arrays = match self {
            Self::Linear(_) => Arrays::default(),
            Self::Boosted(_, forest) => forest.to_arrays(),
        };
        arrays.real.insert(WEIGHTS.to_owned(), self.linear().weights().to_vec());
        arrays
    }

    /// From flat arrays, for rows of so many features; everything is checked, and nothing may be left over.
    pub fn from_arrays(mut arrays: Arrays, width: usize) -> Result<Self, Damaged> {
        let linear = Linear::new(arrays.take_real(WEIGHTS)?).ok_or_else(|| damaged(WEIGHTS, "is not finite"))?;
        if linear.weights().len() != width {
            return Err(damaged(WEIGHTS, "has another length than there are features"));
        }
        if arrays.whole.is_empty() && arrays.real.is_empty() {
            return Ok(Self::Linear(linear));
        }
        let forest = Forest::from_arrays(&mut arrays)?;
        if forest.width() != width || forest.outputs() != 1 {
            return Err(damaged("shape", "is of another width, or of several outputs"));
        }
        if let Some(name) = arrays.whole.keys().chain(arrays.real.keys()).next() {
            return Err(damaged(name, "is not known"));
        }
        Ok(Self::Boosted(linear, forest))
    }
}

/// A ranker, and where the rank of a single source leads it.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedRanking {
    /// For everybody else.
    pub ranker: Ranker,
    /// The leading feature, by how much is known of the customer.
    pub floors: Vec<(HistoryBand, usize)>,
}

impl LearnedRanking {
    /// For customers of whom so much is known.
    pub fn of(&self, band: HistoryBand) -> Cow<'_, Ranker> {
        let floor = self.floors.iter().find(|(known, _)| *known == band);
        floor.map_or(Cow::Borrowed(&self.ranker), |(_, feature)| Cow::Owned(self.ranker.led_by(*feature)))
    }
}

const WEIGHTS: &str = "weights";
/// The weight of a leading rank, which is one over the place: far more than scores differ by, among the first places.
const LEAD: f32 = 1_000.0;

impl Scorer for Ranker {
    fn width(&self) -> usize {
        self.linear().weights().len()
    }

    fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
        let before = scores.len();
        scores.resize(before + rows.len() / self.width().max(1), 0.0);
        self.linear().add(rows, &mut scores[before..]);
        if let Self::Boosted(_, forest) = self {
            forest.add(rows, &mut scores[before..]);
        }
    }

    fn parts(&self, rows: &[f32]) -> Vec<f32> {
        let mut parts = self.linear().parts(rows);
        if let Self::Boosted(_, forest) = self {
            for (part, more) in parts.iter_mut().zip(forest.parts(rows, 0)) {
                *part += more;
            }
        }
        parts
    }

    /// Those that have a weight or that a tree splits on; the first of all where there are none, so that a row is one.
    fn reads(&self) -> Vec<usize> {
        let is_read = |(feature, weight): &(usize, &f32)| {
            **weight != 0.0 || matches!(self, Self::Boosted(_, forest) if forest.splits_on(*feature))
        };
        let mut read: Vec<usize> =
            self.linear().weights().iter().enumerate().filter(is_read).map(|(feature, _)| feature).collect();
        if read.is_empty() && self.width() > 0 {
            read.push(0);
        }
        read
    }

    fn narrowed(&self, features: &[usize]) -> Option<Box<dyn Scorer>> {
        let linear = self.linear().narrowed(features);
        Some(Box::new(match self {
            Self::Linear(_) => Self::Linear(linear),
            Self::Boosted(_, forest) => Self::Boosted(linear, forest.narrowed(features)),
        }))
    }
}

#[cfg(test)]
mod tests;
