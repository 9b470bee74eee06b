//! How good an order is, and how sure that is: NDCG@10 and hit rate@10 over the full catalogue, with bootstrap intervals.
//!
//! The interval resamples customers, not questions: the questions of one customer are not independent of one another.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::domain::recommend::Scorer;
use crate::models::{dataset::Answered, vocabulary::Item};

/// How far down is looked.
const TOP: usize = 10;
const RESAMPLES: usize = 1_000;

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Over all questions.
    pub mean: f64,
    /// 2.5th percentile of the resampled means.
    pub low: f64,
    /// 97.5th percentile of the resampled means.
    pub high: f64,
}

/// How one way of ordering did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// "blend", or a source.
    pub model: String,
    /// Normalised discounted cumulative gain of the first ten, each wanted product a gain of one.
    pub ndcg_at_10: Measure,
    /// Share of questions with a wanted product among the first ten.
    pub hr_at_10: Measure,
    /// NDCG@10 of the blend less that of this one, paired by question; of the blend itself, zero.
    pub blend_gains: Measure,
}

/// Two figures of one question: NDCG@10, and whether anything was hit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Figures {
    ndcg: f64,
    hit: f64,
}

/// Judges an order by what was wanted.
fn figures(order: &[Item], wanted: &[Item]) -> Figures {
    let discount = |place: usize| 1.0 / f64::from(u8::try_from(place + 2).unwrap_or(u8::MAX)).log2();
    let found = order.iter().take(TOP).enumerate().filter(|(_, item)| wanted.binary_search(item).is_ok());
    let gain: f64 = found.map(|(place, _)| discount(place)).sum();
    let ideal: f64 = (0..wanted.len().min(TOP)).map(discount).sum();
    if ideal == 0.0 {
        return Figures::default();
    }
    Figures { ndcg: gain / ideal, hit: f64::from(u8::from(gain > 0.0)) }
}

/// The candidates by a score, the largest first, then by id.
#[must_use]
pub fn order(answered: &Answered, scorer: &dyn Scorer) -> Vec<Item> {
    let mut scores = Vec::with_capacity(answered.candidates.len());
    scorer.score(&answered.features, &mut scores);
    let mut order: Vec<(Item, f32)> = answered.candidates.iter().copied().zip(scores).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(item, _)| item).collect()
}

/// The blend and each source alone, on the same questions. None where nothing was asked. `sources` are names by place.
#[must_use]
pub fn judge(answered: &[Answered], blend: &dyn Scorer, sources: &[(usize, &str)], seed: u64) -> Vec<Judged> {
    if answered.is_empty() {
        return Vec::new();
    }
    let of_blend: Vec<Figures> = answered.iter().map(|one| figures(&order(one, blend), &one.wanted)).collect();
    let alone = sources.iter().map(|(source, name)| {
        (*name, answered.iter().map(|one| figures(&one.by_source[*source], &one.wanted)).collect::<Vec<_>>())
    });
    std::iter::once(("blend", of_blend.clone()))
        .chain(alone)
        .map(|(model, own)| {
            let measure = |figure: &dyn Fn(usize) -> f64| interval(answered, figure, seed);
            Judged {
                model: model.to_owned(),
                ndcg_at_10: measure(&|n| own[n].ndcg),
                hr_at_10: measure(&|n| own[n].hit),
                blend_gains: measure(&|n| of_blend[n].ndcg - own[n].ndcg),
            }
        })
        .collect()
}

/// NDCG@10 of one order less that of another on the same questions, paired. `None` where nothing was asked.
#[must_use]
pub fn gains(answered: &[Answered], of: &dyn Scorer, over: &dyn Scorer, seed: u64) -> Option<Measure> {
    let ndcg = |scorer, one| figures(&order(one, scorer), &one.wanted).ndcg;
    let gained: Vec<f64> = answered.iter().map(|one| ndcg(of, one) - ndcg(over, one)).collect();
    (!answered.is_empty()).then(|| interval(answered, &|n| gained[n], seed))
}

/// The percentile bootstrap over customers. The questions stand in the order of their owners.
fn interval(answered: &[Answered], figure: &dyn Fn(usize) -> f64, seed: u64) -> Measure {
    let mut customers: Vec<(f64, f64)> = Vec::new();
    for (n, one) in answered.iter().enumerate() {
        if n == 0 || answered[n - 1].owner != one.owner {
            customers.push((0.0, 0.0));
        }
        if let Some((sum, questions)) = customers.last_mut() {
            *sum += figure(n);
            *questions += 1.0;
        }
    }
    let mean = |drawn: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, questions) = drawn.fold((0.0, 0.0), |(a, b), (sum, questions)| (a + sum, b + questions));
        sum / questions
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| mean(&mut (0..customers.len()).map(|_| customers[rng.gen_range(0..customers.len())])))
        .collect();
    means.sort_by(f64::total_cmp);
    let whole = mean(&mut customers.iter().copied());
    // Six digits are more than the interval has, and survive being written and read.
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let (low, high) = (means[RESAMPLES * 25 / 1000], means[RESAMPLES * 975 / 1000 - 1]);
    Measure { mean: rounded(whole), low: rounded(low), high: rounded(high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let check = |order: &[Item], wanted: &[Item], ndcg: f64, hit: f64| {
            let found = figures(order, wanted);
            assert!((found.ndcg - ndcg).abs() < 1e-9 && (found.hit - hit).abs() < 1e-9, "{order:?}: {found:?}");
        };
        check(&[7, 1], &[7], 1.0, 1.0);
        check(&[1, 7], &[7], 1.0 / 3.0_f64.log2(), 1.0);
        check(&[1, 2], &[7], 0.0, 0.0);
        // Of two wanted, one in the first place: 1 / (1 + 1 / log2(3)).
        check(&[7, 1], &[7, 9], 1.0 / (1.0 + 1.0 / 3.0_f64.log2()), 1.0);
        let eleventh: Vec<Item> = (0..11).collect();
        check(&eleventh, &[10], 0.0, 0.0);
        check(&[1], &[], 0.0, 0.0);
    }

    #[test]
    fn an_interval_holds_its_mean_and_is_wide_where_customers_differ() {
        let answered = |owner| Answered {
            owner,
            time: crate::domain::Timestamp(0),
            wanted: vec![0],
            candidates: vec![],
            features: vec![],
            by_source: vec![],
        };
        let asked: Vec<Answered> = (0..40).map(answered).collect();
        let mixed = interval(&asked, &|n| f64::from(u8::from(n % 2 == 0)), 1);
        assert!(mixed.low < 0.5 && mixed.high > 0.5 && (mixed.mean - 0.5).abs() < 1e-9, "{mixed:?}");
        assert!(mixed.high - mixed.low > 0.2, "{mixed:?}");
        let same = interval(&asked, &|_| 0.3, 1);
        assert!((same.high - same.low).abs() < 1e-9, "{same:?}");
    }

    /// Orders by the only feature, or against it.
    struct By(f32);

    impl Scorer for By {
        fn width(&self) -> usize {
            1
        }

        fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
            scores.extend(rows.iter().map(|value| self.0 * value));
        }

        fn parts(&self, row: &[f32]) -> Vec<f32> {
            row.to_vec()
        }
    }

    #[test]
    fn what_orders_worse_gains_less_than_nothing() {
        let answered = |owner| Answered {
            owner,
            time: crate::domain::Timestamp(0),
            wanted: vec![u32::from(owner % 8 != 0)],
            candidates: vec![0, 1],
            features: vec![0.0, 1.0],
            by_source: vec![],
        };
        let asked: Vec<Answered> = (0..80).map(answered).collect();
        // Seven of eight in the first place instead of the second, one the other way round.
        let each = 1.0 - 1.0 / 3.0_f64.log2();
        let better = gains(&asked, &By(1.0), &By(-1.0), 1).unwrap();
        assert!((better.mean - 0.75 * each).abs() < 1e-5 && better.low > 0.0, "{better:?}");
        let worse = gains(&asked, &By(-1.0), &By(1.0), 1).unwrap();
        assert!(worse.high < 0.0, "{worse:?}");
        assert_eq!(gains(&[], &By(1.0), &By(-1.0), 1), None);
    }
}
