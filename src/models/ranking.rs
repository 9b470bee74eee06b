//! The order of candidates: one linear score over the features.

use crate::domain::recommend::{Scorer, features};

/// Weights by feature, in the order of [`features::NAMES`]. A constant would order nothing, so there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear(Vec<f32>);

impl Linear {
    /// Takes one weight for each feature; `None` where their number differs or one is not finite.
    #[must_use]
    pub fn new(weights: Vec<f32>) -> Option<Self> {
        (weights.len() == features::NAMES.len() && weights.iter().all(|weight| weight.is_finite()))
            .then_some(Self(weights))
    }

    /// What to do where nothing was learned: the sources vote, those that know her before those that know the shop.
    ///
    /// These are no model and are not served as one: a model with them says that it is untrained.
    #[must_use]
    pub fn rule_of_thumb() -> Self {
        const VOTES: [(&str, f32); 6] = [
            ("due_again", 1.5),
            ("goes_with", 1.0),
            ("similar", 1.0),
            ("affinity", 0.7),
            ("popular", 0.4),
            ("new_arrivals", 0.2),
        ];
        let vote = |name: &&str| VOTES.iter().find(|(voter, _)| voter == name).map_or(0.0, |(_, weight)| *weight);
        Self(features::NAMES.iter().map(vote).collect())
    }

    /// By feature.
    #[must_use]
    pub fn by_feature(&self) -> &[f32] {
        &self.0
    }
}

impl Scorer for Linear {
    fn score(&self, features: &[f32]) -> f32 {
        self.0.iter().zip(features).map(|(weight, value)| weight * value).sum()
    }

    fn weights(&self, _features: &[f32]) -> Vec<f32> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_of_thumb_hears_every_source_and_nothing_else() {
        let rule = Linear::rule_of_thumb();
        let heard: Vec<&str> =
            features::NAMES.into_iter().zip(rule.by_feature()).filter(|(_, w)| **w > 0.0).map(|(n, _)| n).collect();
        assert_eq!(heard, features::SOURCES);
    }

    #[test]
    fn weights_are_one_for_each_feature_and_finite() {
        assert!(Linear::new(vec![0.0; 2]).is_none());
        assert!(Linear::new(vec![f32::NAN; features::NAMES.len()]).is_none());
        assert!(Linear::new(vec![1.0; features::NAMES.len()]).is_some());
    }
}
