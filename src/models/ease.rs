//! What those have who have what she has: EASE (Steck 2019) over what customers hold, where old purchases count less.
//!
//! Ageing is what plain EASE lacks: where fashions change, a matrix of the last months foretells more than one of all time.
//! How fast it ages is chosen on validation, since a grocer's hardly does.

use std::sync::Arc;

use crate::domain::recommend::ReasonCode;
use crate::models::{
    from_history::FromHistory,
    held::{Held, Holdings, aged},
    neighbours::Neighbours,
    regression::{Sample, Settings, regress},
    vocabulary::{Item, Vocabulary},
};

/// What is chosen on validation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Of purchases, in units of [`Holdings::unit_days`]; infinite for none.
    pub half_life: f64,
    /// As [`Settings::penalty`].
    pub penalty: f32,
}

/// What is tried. The first is a fair start without a choice.
pub const CHOICES: [Choice; 6] = [
    Choice { half_life: 1.5, penalty: 10.0 },
    Choice { half_life: f64::INFINITY, penalty: 10.0 },
    Choice { half_life: 1.5, penalty: 3.0 },
    Choice { half_life: f64::INFINITY, penalty: 3.0 },
    Choice { half_life: 1.5, penalty: 30.0 },
    Choice { half_life: f64::INFINITY, penalty: 30.0 },
];

/// Half-life of her own purchases when she asks, in units.
const HERS: f64 = 3.0;
/// Weights kept of each product.
const KEEP: usize = 100;
/// Products that a product rests on in a large catalogue.
const NEAREST: usize = 80;

/// Fits the weights.
#[must_use]
pub fn fit(holdings: &Holdings, items: usize, choice: Choice) -> Neighbours {
    let half_life = choice.half_life * holdings.unit_days;
    let value = |held: &Held| (held.item, sure(held) * aged(holdings.now.days_since(held.last), half_life));
    let samples: Vec<Sample> = holdings
        .customers()
        .filter(|own| own.len() > 1)
        .map(|own| Sample { from: own.iter().map(value).collect::<Vec<(Item, f32)>>(), to: None, weight: 1.0 })
        .collect();
    regress(&samples, items, &Settings { penalty: choice.penalty, keep: KEEP, nearest: NEAREST })
}

/// What was bought once may have been a whim; what is bought again and again is no more hers for it.
#[expect(clippy::cast_precision_loss, reason = "orders of a customer")]
fn sure(held: &Held) -> f32 {
    let times = held.times as f32;
    2.0 * times / (times + 1.0)
}

/// The source that serves them. Her own purchases age where those that it was fitted on do.
#[must_use]
pub fn source(vocabulary: Arc<Vocabulary>, weights: Arc<Neighbours>, choice: Choice, unit_days: f64) -> FromHistory {
    let half_life = if choice.half_life.is_finite() { HERS * unit_days } else { f64::INFINITY };
    FromHistory::new("ease", vocabulary, weights, half_life, ReasonCode::GoesWithPurchase)
}

/// The source that serves weights in which nothing ages, beside those of [`source`].
#[must_use]
pub fn steady_source(vocabulary: Arc<Vocabulary>, weights: Arc<Neighbours>) -> FromHistory {
    FromHistory::new("ease_steady", vocabulary, weights, f64::INFINITY, ReasonCode::GoesWithPurchase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Timestamp, recommend::Deed};
    use crate::models::log::{Act, Acts};

    #[test]
    fn where_it_ages_the_newer_fashion_wins() {
        // Product 0 went with 1 long ago, with 2 of late, half as often.
        let act = |owner, item, day: i64| Act {
            time: Timestamp(day * Timestamp::DAY),
            owner,
            item,
            deed: Deed::Bought,
            quantity: 1,
            group: 0,
        };
        let old = (0..20).flat_map(|n| [act(n, 0, 1), act(n, 1, 1)]);
        let new = (20..30).flat_map(|n| [act(n, 0, 99), act(n, 2, 99)]);
        let holdings = Holdings::of(&Acts::from_acts(old.chain(new).collect()), Timestamp(100 * Timestamp::DAY));
        let weight = |half_life, to| {
            let found = fit(&holdings, 3, Choice { half_life, penalty: 1.0 });
            found.of(0).find(|(item, _)| *item == to).map_or(0.0, |(_, weight)| weight)
        };
        assert!(weight(f64::INFINITY, 1) > weight(f64::INFINITY, 2));
        assert!(weight(1.5, 2) > weight(1.5, 1));
    }
}
