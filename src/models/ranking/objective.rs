//! What an order is judged by where settings are chosen: the figures of the protocols, over the candidates of a question.
//!
//! Wanted products that were no candidates count as not found. Intervals and reports are made elsewhere (`eval`).

use std::ops::Range;

use crate::models::{ranking::TrainingSet, stats::metrics::discount};

/// What the blend is to be good at. The larger the better, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// NDCG of the first ten.
    Ndcg10,
    /// One over the rank of the first that was wanted, of the first twenty.
    Mrr20,
    /// Share of what was wanted among the first ten.
    Recall10,
    /// Share of what was wanted among the first twenty.
    Recall20,
    /// Whether anything wanted is among the first twenty.
    Hit20,
    /// Mean of HR@20 and MRR@20.
    Sessions,
    /// One over the rank of the first that was wanted, of the first ten.
    Mrr10,
    /// Mean of recall@10 and MRR@10: where one product is wanted, recall is whether it is hit.
    Cart,
    /// Mean of recall@10 and NDCG@10.
    Baskets,
    /// Mean of recall@20 and NDCG@10.
    Discovery,
}

impl Objective {
    /// The figure of one question: ranks (from 0, ascending) of the wanted rows, and how many there were in all.
    fn of_ranks(self, ranks: &[usize], wanted: usize) -> f64 {
        if wanted == 0 {
            return 0.0;
        }
        let among = |top: usize| ranks.iter().take_while(|rank| **rank < top).count();
        match self {
            Self::Ndcg10 => {
                let gain: f64 = ranks[..among(10)].iter().map(|rank| discount(*rank)).sum();
                gain / (0..wanted.min(10)).map(discount).sum::<f64>()
            }
            Self::Mrr20 => ranks[..among(20)].first().map_or(0.0, |rank| 1.0 / count(rank + 1)),
            Self::Mrr10 => ranks[..among(10)].first().map_or(0.0, |rank| 1.0 / count(rank + 1)),
            Self::Recall10 => count(among(10)) / count(wanted),
            Self::Recall20 => count(among(20)) / count(wanted),
            Self::Hit20 => f64::from(u8::from(among(20) > 0)),
            Self::Sessions => Self::both([Self::Hit20, Self::Mrr20], ranks, wanted),
            Self::Cart => Self::both([Self::Recall10, Self::Mrr10], ranks, wanted),
            Self::Baskets => Self::both([Self::Recall10, Self::Ndcg10], ranks, wanted),
            Self::Discovery => Self::both([Self::Recall20, Self::Ndcg10], ranks, wanted),
        }
    }

    fn both(both: [Self; 2], ranks: &[usize], wanted: usize) -> f64 {
        both.into_iter().map(|aim| aim.of_ranks(ranks, wanted)).sum::<f64>() / 2.0
    }

    /// The mean over questions of the lessons, with the scores of just their rows; questions that wanted nothing don't count.
    pub fn figure(self, set: &TrainingSet, questions: Range<usize>, scores: &[f32]) -> f64 {
        mean(&self.figures(set, questions, scores))
    }

    /// The figure of each question that wanted something.
    pub fn figures(self, set: &TrainingSet, questions: Range<usize>, scores: &[f32]) -> Vec<f64> {
        let first = questions.clone().next().map_or(0, |question| set.range(question).start);
        let mut ranks = Vec::new();
        let figure = |question: usize| {
            let range = set.range(question);
            let scores = &scores[range.start - first..range.end - first];
            ranks_of(scores, &set.wanted[range], &mut ranks);
            let all = ranks.len() + set.missed[question] as usize;
            (all > 0).then(|| self.of_ranks(&ranks, all))
        };
        questions.filter_map(figure).collect()
    }
}

/// Zero of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / count(values.len()) }
}

/// Whether the first figures are larger than the second ones of the same questions by more than so many standard errors.
pub fn clearly_larger(figures: &[f64], others: &[f64], errors: f64) -> bool {
    let gains: Vec<f64> = figures.iter().zip(others).map(|(figure, other)| figure - other).collect();
    let gain = mean(&gains);
    let squares: f64 = gains.iter().map(|one| (one - gain) * (one - gain)).sum();
    gain > 0.0 && gain * count(gains.len()) > errors * squares.sqrt()
}

/// The ranks of the wanted rows, ascending: rows with a larger score, or an equal one and a smaller id, stand before.
fn ranks_of(scores: &[f32], wanted: &[f32], ranks: &mut Vec<usize>) {
    ranks.clear();
    for (row, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted > 0.0) {
        let own = scores[row];
        let before = scores[..row].iter().filter(|score| **score >= own).count();
        ranks.push(before + scores[row + 1..].iter().filter(|score| **score > own).count());
    }
    ranks.sort_unstable();
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 rows")]
const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::HistoryBand;

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let check = |aim: Objective, ranks: &[usize], wanted: usize, figure: f64| {
            let found = aim.of_ranks(ranks, wanted);
            assert!((found - figure).abs() < 1e-9, "{aim:?} {ranks:?} of {wanted}: {found}");
        };
        check(Objective::Ndcg10, &[0], 1, 1.0);
        check(Objective::Ndcg10, &[1, 12], 2, (1.0 / 3.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2()));
        check(Objective::Mrr20, &[3, 4], 5, 0.25);
        check(Objective::Mrr20, &[20], 1, 0.0);
        check(Objective::Recall10, &[0, 9, 10], 4, 0.5);
        check(Objective::Recall20, &[0, 9, 10], 4, 0.75);
        check(Objective::Hit20, &[19], 9, 1.0);
        check(Objective::Sessions, &[1], 1, 0.75);
        check(Objective::Discovery, &[], 0, 0.0);
        check(Objective::Cart, &[1], 1, 0.75);
        check(Objective::Cart, &[10], 1, 0.0);
    }

    #[test]
    fn a_gain_is_clear_beyond_its_standard_error() {
        // A mean of .25 with an error of .217; of .2 with one of .335.
        let lone = [1.0, 0.0, 0.0, 0.0];
        assert!(clearly_larger(&lone, &[0.0; 4], 1.0) && !clearly_larger(&lone, &[0.0; 4], 2.0));
        assert!(clearly_larger(&[0.5; 3], &[0.4; 3], 2.0));
        assert!(!clearly_larger(&lone, &[0.0, 0.0, 0.0, 1.0], 1.0));
        assert!(!clearly_larger(&[0.5; 3], &[0.5; 3], 1.0));
        assert!(!clearly_larger(&[1.0, 0.0, 0.0, 0.0, 1.0], &[0.0, 1.0, 0.0, 0.0, 0.0], 1.0));
    }

    #[test]
    fn ties_fall_to_the_smaller_row_and_missed_ones_count() {
        let set = TrainingSet {
            names: vec!["x".to_owned()],
            rows: vec![0.0; 5],
            wanted: vec![0.0, 1.0, 0.0, 0.0, 1.0],
            ends: vec![3, 5, 5],
            missed: vec![0, 1, 0],
            bands: vec![HistoryBand::Little; 3],
        };
        assert!((Objective::Mrr20.figure(&set, 0..3, &[0.5; 5]) - 0.5).abs() < 1e-9, "the third wanted nothing");
        assert!((Objective::Recall20.figure(&set, 1..2, &[0.5; 2]) - 0.5).abs() < 1e-9);
    }
}
