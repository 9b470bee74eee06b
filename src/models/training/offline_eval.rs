//! How good an order is, and how sure that is: NDCG@10 and hit rate@10 over the full catalogue, with intervals by customer.

use serde::{Deserialize, Serialize};

use crate::domain::recommend::{HistoryBand, Scorer};
use crate::models::{
    data::item_index::Item,
    stats::{
        bootstrap::{self, DRAWS, Interval, mean},
        metrics::{hit, ndcg},
    },
    training::past_queries::AnsweredQuery,
};

/// How far down is looked.
const TOP: usize = 10;

/// How one way of ordering did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// "blend", or a source.
    pub model: String,
    /// Normalised discounted cumulative gain of the first ten, each wanted product a gain of one.
    pub ndcg_at_10: Interval,
    /// Share of questions with a wanted product among the first ten.
    pub hr_at_10: Interval,
    /// NDCG@10 of the blend less that of this one, paired by question; of the blend itself, zero.
    pub blend_gains: Interval,
}

/// How the blend did beside what all buy, where little is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColdStart {
    /// Which questions.
    pub of: String,
    /// How many.
    pub questions: usize,
    /// NDCG@10 of the blend.
    pub blend: f64,
    /// NDCG@10 of the bestsellers.
    pub popular: f64,
    /// The difference, paired.
    pub gains: Interval,
}

/// How the blend did beside the best of its sources, where so much is known and so it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Which questions.
    pub of: String,
    /// How many.
    pub questions: usize,
    /// The source that is best there alone.
    pub source: String,
    /// NDCG@10 of the blend less that of this source, paired.
    pub gains: Interval,
}

impl Band {
    /// Whether the source alone is ahead beyond noise.
    pub fn is_source_ahead(&self) -> bool {
        self.gains.high < 0.0
    }
}

/// Questions of customers of whom so many interactions are known are looked at apart.
const FEW: [(&str, usize, usize); 3] = [
    ("customers without an interaction", 0, 0),
    ("customers with one interaction", 1, 1),
    ("customers with two to five interactions", 2, 5),
];

/// Two figures of one question: NDCG@10, and whether anything was hit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Figures {
    ndcg: f64,
    hit: f64,
}

fn of_orders(answered: &[AnsweredQuery], orders: &[Vec<Item>]) -> impl Iterator<Item = Figures> {
    answered.iter().zip(orders).map(|(one, order)| figures(order, &one.wanted))
}

/// Judges an order by what was wanted; nothing wanted is worth nothing.
fn figures(order: &[Item], wanted: &[Item]) -> Figures {
    if wanted.is_empty() {
        return Figures::default();
    }
    Figures { ndcg: ndcg(order, wanted, TOP), hit: hit(order, wanted, TOP) }
}

/// The candidates by a score, the largest first, then by id.
pub fn order(answered: &AnsweredQuery, scorer: &dyn Scorer) -> Vec<Item> {
    let mut scores = Vec::with_capacity(answered.candidates.len());
    scorer.score(&answered.features, &mut scores);
    let mut order: Vec<(Item, f32)> = answered.candidates.iter().copied().zip(scores).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(item, _)| item).collect()
}

/// The blend and each source alone, on the same questions. None where nothing was asked. `sources` are names by place.
pub fn judge(answered: &[AnsweredQuery], orders: &[Vec<Item>], sources: &[(usize, &str)], seed: u64) -> Vec<Judged> {
    if answered.is_empty() {
        return Vec::new();
    }
    let of_blend: Vec<Figures> = of_orders(answered, orders).collect();
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

/// The blend beside what all buy, an order for each question: of customers with few interactions, and of products that nobody had dealt
/// with before, which alone count as wanted there. What is not asked for is left out.
pub fn cold_start(
    answered: &[AnsweredQuery],
    orders: &[Vec<Item>],
    popular: &[Vec<Item>],
    is_new: &dyn Fn(Item) -> bool,
    seed: u64,
) -> Vec<ColdStart> {
    let slice = |of: &str, wanted: &dyn Fn(&AnsweredQuery) -> Vec<Item>| {
        let (mut owners, mut blend, mut gained, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((one, order), popular) in answered.iter().zip(orders).zip(popular) {
            let wanted = wanted(one);
            if !wanted.is_empty() {
                let (own, other) = (ndcg(order, &wanted, TOP), ndcg(popular, &wanted, TOP));
                owners.push(one.owner);
                blend.push(own);
                others.push(other);
                gained.push(own - other);
            }
        }
        let rounded = |values: &[f64]| (mean(values) * 1e6).round() / 1e6;
        (!owners.is_empty()).then(|| ColdStart {
            of: of.to_owned(),
            questions: owners.len(),
            blend: rounded(&blend),
            popular: rounded(&others),
            gains: bootstrap::interval(&gained, &owners, DRAWS, seed).rounded(),
        })
    };
    let few = FEW.iter().map(|(of, least, most)| {
        slice(of, &|one| if (*least..=*most).contains(&one.interactions) { one.wanted.clone() } else { Vec::new() })
    });
    let new = slice("products that nobody had dealt with", &|one| {
        one.wanted.iter().copied().filter(|item| is_new(*item)).collect()
    });
    few.chain([new]).flatten().collect()
}

/// The blend beside the best of its sources alone, by what is known of the customer.
pub fn bands(answered: &[AnsweredQuery], orders: &[Vec<Item>], sources: &[(usize, &str)], seed: u64) -> Vec<Band> {
    let figures_of_orders: Vec<Figures> = of_orders(answered, orders).collect();
    let band = |known: HistoryBand| {
        let is_own = |(one, _): &(&AnsweredQuery, &Figures)| HistoryBand::of(one.interactions) == known;
        let own: Vec<(&AnsweredQuery, &Figures)> = answered.iter().zip(&figures_of_orders).filter(is_own).collect();
        let alone = |(place, name): &(usize, &str)| {
            let ndcg = own.iter().map(|(one, _)| figures(&one.by_source[*place], &one.wanted).ndcg);
            ((*name).to_owned(), ndcg.collect::<Vec<f64>>())
        };
        let best = sources.iter().map(alone).max_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)));
        let (source, of_source) = best.filter(|_| !own.is_empty())?;
        let gained: Vec<f64> = own.iter().zip(&of_source).map(|((_, blend), source)| blend.ndcg - source).collect();
        let owners: Vec<u32> = own.iter().map(|(one, _)| one.owner).collect();
        let gains = bootstrap::interval(&gained, &owners, DRAWS, seed).rounded();
        Some(Band { of: known.name().to_owned(), questions: own.len(), source, gains })
    };
    HistoryBand::ALL.into_iter().filter_map(band).collect()
}

/// NDCG@10 of one order less that of another on the same questions, paired; each has candidates of its own. `None` where
/// nothing was asked.
pub fn gains(
    (answered, orders): (&[AnsweredQuery], &[Vec<Item>]),
    (others, their_orders): (&[AnsweredQuery], &[Vec<Item>]),
    seed: u64,
) -> Option<Interval> {
    let both = of_orders(answered, orders).zip(of_orders(others, their_orders));
    let gained: Vec<f64> = both.map(|(own, other)| own.ndcg - other.ndcg).collect();
    (!answered.is_empty()).then(|| interval(answered, &|n| gained[n], seed))
}

/// By customer: what was asked of one is not independent.
fn interval(answered: &[AnsweredQuery], figure: &dyn Fn(usize) -> f64, seed: u64) -> Interval {
    let owners: Vec<u32> = answered.iter().map(|one| one.owner).collect();
    let values: Vec<f64> = (0..answered.len()).map(figure).collect();
    bootstrap::interval(&values, &owners, DRAWS, seed).rounded()
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
        let answered = |owner| AnsweredQuery {
            owner,
            interactions: 9,
            wanted: vec![0],
            candidates: vec![],
            features: vec![],
            by_source: vec![],
        };
        let asked: Vec<AnsweredQuery> = (0..40).map(answered).collect();
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
        let answered = |owner| AnsweredQuery {
            owner,
            interactions: 9,
            wanted: vec![u32::from(owner % 8 != 0)],
            candidates: vec![0, 1],
            features: vec![0.0, 1.0],
            by_source: vec![],
        };
        let asked: Vec<AnsweredQuery> = (0..80).map(answered).collect();
        // Seven of eight in the first place instead of the second, one the other way round.
        let each = 1.0 - 1.0 / 3.0_f64.log2();
        let orders = |by: f32| asked.iter().map(|one| order(one, &By(by))).collect::<Vec<_>>();
        let better = gains((&asked, &orders(1.0)), (&asked, &orders(-1.0)), 1).unwrap();
        assert!((better.mean - 0.75 * each).abs() < 1e-5 && better.low > 0.0, "{better:?}");
        let worse = gains((&asked, &orders(-1.0)), (&asked, &orders(1.0)), 1).unwrap();
        assert!(worse.high < 0.0, "{worse:?}");
        assert_eq!(gains((&[], &[]), (&[], &[]), 1), None);
    }

    #[test]
    fn where_little_is_known_the_blend_stands_beside_the_bestsellers() {
        // Of two products the second is wanted, which the blend puts first and the bestsellers second; it is new.
        let answered = |owner: u32| AnsweredQuery {
            owner,
            interactions: (owner % 10) as usize,
            wanted: vec![1],
            candidates: vec![0, 1],
            features: vec![0.0, 1.0],
            by_source: vec![vec![], vec![0, 1]],
        };
        let asked: Vec<AnsweredQuery> = (0..80).map(answered).collect();
        let popular = vec![vec![0, 1]; asked.len()];
        let orders = |by: f32| asked.iter().map(|one| order(one, &By(by))).collect::<Vec<_>>();
        let found = cold_start(&asked, &orders(1.0), &popular, &|item| item == 1, 1);
        let sizes: Vec<usize> = found.iter().map(|one| one.questions).collect();
        assert_eq!(sizes, [8, 8, 32, 80]);
        let second = 1.0 / 3.0_f64.log2();
        for one in &found {
            assert!((one.blend - 1.0).abs() < 1e-9 && (one.popular - second).abs() < 1e-6, "{one:?}");
            assert!((one.gains.low - (1.0 - second)).abs() < 1e-5, "{one:?}");
        }
        // The other source alone puts it where the blend does; where the blend errs it is ahead.
        let bands_of = |blend: f32| bands(&asked, &orders(blend), &[(0, "nobody"), (1, "popular")], 1);
        let found: Vec<(String, usize)> = bands_of(1.0).into_iter().map(|band| (band.of, band.questions)).collect();
        let wanted = [("no interaction", 8), ("1 or 2 interactions", 16), ("3 to 10 interactions", 56)];
        assert_eq!(found, wanted.map(|(of, questions)| (of.to_owned(), questions)));
        assert!(bands_of(1.0).iter().all(|band| band.source == "popular" && band.gains.low > 0.0));
        assert!(bands_of(-1.0).iter().all(|band| !band.is_source_ahead() && band.gains.mean.abs() < 1e-6));
        assert_eq!(cold_start(&asked[6..9], &orders(1.0)[6..9], &popular[6..9], &|_| false, 1), []);
    }
}
