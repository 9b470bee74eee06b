//! Features that foretell alike at all moments of a year, which trees of a few moments lean on.

use crate::models::ranking::{Linear, Objective, TrainingSet, objective::mean};

/// Who has what the customer has had this, whenever. Of all that is said it changes least with the season.
const STEADY: &str = "ease_steady.share";
/// The same where purchases age: what it is ahead by tells whether taste moves on.
const AGEING: &str = "ease.share";
/// An anchor beside the other where taste stands still: factors don't age either.
const BESIDE: &str = "factors.likely";
/// So many times the figure of the one that stands, the ageing one reaches where taste moves on. (Two shops, two cuts each inside
/// train: 1.006 and 1.010 where the second anchor raised the aim of the blend by .001, 1.084 and 1.086 where it cost .003.)
const MOVES_ON: f64 = 1.03;
/// What a whole of an anchor adds to a score, in logits: as much as parts a likely product from an unlikely one. At twelve cuts
/// inside the train of two shops trees alone lost NDCG@10 to their anchor at three, by up to .004; anchored at one, by .002. The
/// aim gained .0004 in the mean.
const WEIGHT: f32 = 1.0;

/// What is added to the score of trees that were grown without it.
pub struct Anchor {
    /// The features that it looks at; of those that are not there none has a weight.
    pub features: Vec<&'static str>,
    /// All features.
    pub weights: Linear,
}

/// The anchor of questions of these moments.
pub fn anchors(moments: &[TrainingSet], objective: Objective) -> Anchor {
    let figure = |feature: &str| {
        let of_moment = |one: &TrainingSet| objective.figures(one, 0..one.questions(), &one.column(feature));
        mean(&moments.iter().flat_map(of_moment).collect::<Vec<f64>>())
    };
    let moves_on = figure(AGEING) > MOVES_ON * figure(STEADY);
    let features = if moves_on { vec![STEADY] } else { vec![STEADY, BESIDE] };
    let names = moments.first().map_or(&[][..], |set| &set.names);
    Anchor { weights: Linear::of(names, &features, WEIGHT), features }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::HistoryBand;

    #[test]
    fn factors_are_an_anchor_where_taste_stands_still() {
        // Of four products the last is wanted, which the first of two features puts first in so many of a hundred questions.
        let moment = |found: u8| TrainingSet {
            names: [AGEING, STEADY].map(str::to_owned).to_vec(),
            rows: (0..100_u8)
                .flat_map(|n| {
                    let last = [f32::from(u8::from(n < found)), f32::from(u8::from(n < 50))];
                    [[0.5; 2], [0.4; 2], [0.3; 2], last].concat()
                })
                .collect(),
            wanted: [0.0, 0.0, 0.0, 1.0].repeat(100),
            ends: (1..=100).map(|n| 4 * n).collect(),
            missed: vec![0; 100],
            bands: vec![HistoryBand::Little; 100],
        };
        let features = |moments: &[TrainingSet]| anchors(moments, Objective::Discovery).features;
        assert_eq!(features(&[moment(50), moment(52)]), [STEADY, BESIDE]);
        assert_eq!(features(&[moment(50), moment(90)]), [STEADY]);
        assert_eq!(features(&[moment(20)]), [STEADY, BESIDE]);
        assert_eq!(anchors(&[moment(50)], Objective::Discovery).weights.weights(), [0.0, 1.0]);
    }
}
