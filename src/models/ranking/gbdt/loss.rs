//! What a forest is grown for: losses with their first and second derivative in each score.
//!
//! Of questions: the listwise softmax (`ListNet`, Cao et al. 2007; as `CatBoost`'s `QuerySoftMax`). Of single rows: the logistic
//! loss and the multinomial one.

use crate::models::ranking::gbdt::bins::Binned;

/// The derivatives of the loss of one row in one of its scores.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slope {
    /// First derivative.
    pub gradient: f32,
    /// Second derivative, at least zero.
    pub hessian: f32,
}

/// A loss to be made small.
pub trait Loss: Sync {
    /// Scores a row.
    fn outputs(&self) -> usize {
        1
    }

    /// The best scores that are the same for all rows, one an output.
    fn base(&self) -> Vec<f32> {
        vec![0.0; self.outputs()]
    }

    /// Writes the derivatives; both row-major, rows times outputs.
    fn derive(&self, scores: &[f32], slopes: &mut [Slope]);
}

/// Which rows belong together, and which of them were wanted.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'a> {
    /// Gain of each row; zero for those that were not wanted.
    pub wanted: &'a [f32],
    /// Where the rows of each question end, ascending.
    pub ends: &'a [u32],
}

impl<'a> Questions<'a> {
    /// The rows of each.
    pub fn ranges(self) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| *end as usize));
        starts.zip(self.ends).map(|(start, end)| start..*end as usize)
    }
}

/// The chance that a draw by the exponentials of the scores takes what was wanted; each question counts one.
#[derive(Debug, Clone, Copy)]
pub struct Softmax<'a>(pub Questions<'a>);

impl Loss for Softmax<'_> {
    fn derive(&self, scores: &[f32], slopes: &mut [Slope]) {
        for range in self.0.ranges() {
            let (scores, slopes, wanted) = (&scores[range.clone()], &mut slopes[range.clone()], &self.0.wanted[range]);
            let gains: f32 = wanted.iter().sum();
            if gains <= 0.0 {
                slopes.fill(Slope::default());
                continue;
            }
            let largest = scores.iter().copied().fold(f32::MIN, f32::max);
            let mut sum = 0.0;
            for (slope, score) in slopes.iter_mut().zip(scores) {
                slope.hessian = (score - largest).exp();
                sum += slope.hessian;
            }
            for (slope, gain) in slopes.iter_mut().zip(wanted) {
                let chance = slope.hessian / sum;
                *slope = Slope { gradient: chance - gain / gains, hessian: chance * (1.0 - chance) };
            }
        }
    }
}

/// Each row on its own: wanted or not.
#[derive(Debug, Clone, Copy)]
pub struct Logistic<'a> {
    /// Above zero where wanted.
    pub wanted: &'a [f32],
}

impl Loss for Logistic<'_> {
    fn base(&self) -> Vec<f32> {
        let (mut found, mut all) = (0.5_f32, 1.0_f32);
        for wanted in self.wanted {
            found += f32::from(u8::from(*wanted > 0.0));
            all += 1.0;
        }
        vec![(found / (all - found)).ln()]
    }

    fn derive(&self, scores: &[f32], slopes: &mut [Slope]) {
        for ((slope, score), wanted) in slopes.iter_mut().zip(scores).zip(self.wanted) {
            let chance = 1.0 / (1.0 + (-score).exp());
            let gradient = if *wanted > 0.0 { chance - 1.0 } else { chance };
            *slope = Slope { gradient, hessian: (chance * (1.0 - chance)).max(1e-9) };
        }
    }
}

/// One of several classes: softmax over the outputs of a row.
#[derive(Debug, Clone, Copy)]
pub struct Multinomial<'a> {
    /// Of each row, below `count`.
    pub classes: &'a [u8],
    /// How many there are.
    pub count: usize,
}

impl Loss for Multinomial<'_> {
    fn outputs(&self) -> usize {
        self.count
    }

    fn base(&self) -> Vec<f32> {
        let mut counts = vec![1.0_f32; self.count];
        for class in self.classes {
            counts[usize::from(*class)] += 1.0;
        }
        let all: f32 = counts.iter().sum();
        counts.into_iter().map(|count| (count / all).ln()).collect()
    }

    fn derive(&self, scores: &[f32], slopes: &mut [Slope]) {
        let rows = slopes.chunks_exact_mut(self.count).zip(scores.chunks_exact(self.count)).zip(self.classes);
        for ((slopes, scores), class) in rows {
            let largest = scores.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
            for (output, (slope, score)) in slopes.iter_mut().zip(scores).enumerate() {
                let chance = (score - largest).exp() / sum;
                let own = if output == usize::from(*class) { 1.0 } else { 0.0 };
                *slope = Slope { gradient: chance - own, hessian: (chance * (1.0 - chance)).max(1e-9) };
            }
        }
    }
}

/// Rows that a round is watched on, and what is made of their scores.
pub struct Held<'a> {
    /// Cut as those that are learned from.
    pub data: &'a Binned,
    /// Scores to begin with, row-major; empty for none.
    pub start: &'a [f32],
    /// From the scores, row-major; larger is better.
    pub judge: &'a dyn Fn(&[f32]) -> f64,
}
