//! The order of candidates: one linear score over the features.

use crate::domain::recommend::Scorer;

/// Weights by feature, in the order of the sources. A constant would order nothing, so there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear(Vec<f32>);

impl Linear {
    /// Takes one weight for each feature; `None` where one is not finite.
    #[must_use]
    pub fn new(weights: Vec<f32>) -> Option<Self> {
        weights.iter().all(|weight| weight.is_finite()).then_some(Self(weights))
    }

    /// What to do where nothing was learned: the sources vote with their first signals, those that know her before those
    /// that know the shop.
    ///
    /// These are no model and are not served as one: a model with them says that it is untrained.
    #[must_use]
    pub fn rule_of_thumb<T: AsRef<str>>(features: &[T]) -> Self {
        const VOTES: [(&str, f32); 6] = [
            ("due_again.score", 1.5),
            ("goes_with.score", 1.0),
            ("similar.score", 1.0),
            ("affinity.score", 0.7),
            ("popular.score", 0.4),
            ("new_arrivals.score", 0.2),
        ];
        let vote =
            |name: &T| VOTES.iter().find(|(voter, _)| *voter == name.as_ref()).map_or(0.0, |(_, weight)| *weight);
        Self(features.iter().map(vote).collect())
    }

    /// By feature.
    #[must_use]
    pub fn by_feature(&self) -> &[f32] {
        &self.0
    }
}

impl Scorer for Linear {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
        let score = |row: &[f32]| self.0.iter().zip(row).map(|(weight, value)| weight * value).sum::<f32>();
        scores.extend(rows.chunks_exact(self.0.len().max(1)).map(score));
    }

    fn parts(&self, row: &[f32]) -> Vec<f32> {
        self.0.iter().zip(row).map(|(weight, value)| weight * value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_finite_and_parts_add_up() {
        assert!(Linear::new(vec![f32::NAN; 3]).is_none());
        let linear = Linear::new(vec![1.0, -2.0]).unwrap();
        let mut scores = Vec::new();
        linear.score(&[1.0, 1.0, 0.5, 0.25], &mut scores);
        assert_eq!(scores, [-1.0, 0.0]);
        assert_eq!(linear.parts(&[0.5, 0.25]), [0.5, -0.5]);
    }
}
