//! What those have who have what she has: EASE (Steck 2019) over what customers hold, twice: once where old purchases count less,
//! once where all count alike.
//!
//! Ageing is what plain EASE lacks: where fashions change, a matrix of the last months foretells more than one of all time.
//! In a grocer's shop it is the other way about, and the ranking learns which to believe. How often she bought a product does
//! not count: what was weighted by it foretold less in both kinds of shop.

use std::sync::Arc;

use crate::domain::recommend::ReasonCode;
use crate::models::{
    data::{
        item_index::{Item, ItemIndex},
        neighbours::Neighbours,
        user_items::{Held, UserItems, aged},
    },
    retrieval::{
        item_to_item::FromHistory,
        regression::{Sample, Settings, regress},
    },
};

/// Whether purchases age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Old ones count less.
    Ages,
    /// All count alike.
    Stands,
}

/// As [`Settings::penalty`]; 5 and 20 did as well within noise on validation.
const PENALTY: f32 = 10.0;

/// Half-life of purchases in the matrix that ages, in units of [`UserItems::unit_days`].
const HALF_LIFE: f64 = 1.5;
/// Half-life of her own purchases when she asks that one, in units.
const HERS: f64 = 3.0;
/// Weights kept of each product. The light ones matter where customers have hundreds of products.
const KEEP: usize = 250;
/// Products that a product rests on in a large catalogue.
const NEAREST: usize = 80;

/// Fits the weights.
pub fn fit(holdings: &UserItems, items: usize, time: Time) -> Neighbours {
    let half_life = time.half_life(HALF_LIFE) * holdings.unit_days;
    let value = |held: &Held| (held.item, aged(holdings.now.days_since(held.last), half_life));
    let samples: Vec<Sample> = holdings
        .customers()
        .filter(|own| own.len() > 1)
        .map(|own| Sample { from: own.iter().map(value).collect::<Vec<(Item, f32)>>(), to: None, weight: 1.0 })
        .collect();
    regress(&samples, items, &Settings { penalty: PENALTY, keep: KEEP, nearest: NEAREST })
}

/// The source that serves them. Her own purchases age where those that it was fitted on do.
pub fn source(vocabulary: Arc<ItemIndex>, weights: Arc<Neighbours>, time: Time, unit_days: f64) -> FromHistory {
    let name = match time {
        Time::Ages => "ease",
        Time::Stands => "ease_steady",
    };
    FromHistory::new(name, vocabulary, weights, time.half_life(HERS) * unit_days, ReasonCode::GoesWithPurchase)
}

impl Time {
    const fn half_life(self, units: f64) -> f64 {
        match self {
            Self::Ages => units,
            Self::Stands => f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Timestamp, recommend::InteractionKind};
    use crate::models::data::interactions::{Interaction, Interactions};

    #[test]
    fn where_it_ages_the_newer_fashion_wins() {
        // Product 0 went with 1 long ago, with 2 of late, half as often.
        let interaction = |owner, item, day: i64| Interaction {
            time: Timestamp(day * Timestamp::DAY),
            owner,
            item,
            kind: InteractionKind::Bought,
            quantity: 1,
            group: 0,
        };
        let old = (0..20).flat_map(|n| [interaction(n, 0, 1), interaction(n, 1, 1)]);
        let new = (20..30).flat_map(|n| [interaction(n, 0, 99), interaction(n, 2, 99)]);
        let holdings =
            UserItems::of(&Interactions::from_interactions(old.chain(new).collect()), Timestamp(100 * Timestamp::DAY));
        let weight = |time, to| {
            let found = fit(&holdings, 3, time);
            found.of(0).find(|(item, _)| *item == to).map_or(0.0, |(_, weight)| weight)
        };
        assert!(weight(Time::Stands, 1) > weight(Time::Stands, 2));
        assert!(weight(Time::Ages, 2) > weight(Time::Ages, 1));
    }
}
