//! What customers with her history come upon lately: a regression of first purchases of the last weeks on all that was bought
//! before them.
//!
//! The log is cut at several recent moments. At each, what a customer had by then stands for what she bought for the first
//! time soon after, so that the weights speak of what is coming into the shop and into the season, and of the order in which
//! things are bought, where EASE speaks of what goes together. It is the shelf's own question, asked of the recent past; in a
//! shop whose range changes it is the strongest single source, in one that stands still it adds little.

use std::sync::Arc;

use crate::domain::{Timestamp, recommend::ReasonCode};
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

/// Moments at which the log is cut, and the time between two, in units of [`UserItems::unit_days`].
const CUTS: i32 = 8;
const STEP: f64 = 1.0 / 6.0;
/// What is bought within this time after a cut is what is foretold, in units.
const SPAN: f64 = 1.0 / 3.0;
/// An older cut counts half after so many units.
const HALF_LIFE: f64 = 0.25;
/// As [`Settings::penalty`].
const PENALTY: f32 = 30.0;
/// Weights kept of each product.
const KEEP: usize = 100;
/// Products that a product rests on in a large catalogue.
const NEAREST: usize = 80;

/// Fits the weights.
pub fn fit(holdings: &UserItems, items: usize) -> Neighbours {
    let mut samples = Vec::new();
    for cut in 0..CUTS {
        let age = f64::from(cut) * STEP * holdings.unit_days;
        let end = before(holdings.now, age);
        let from = before(end, SPAN * holdings.unit_days);
        let worth = aged(age, HALF_LIFE * holdings.unit_days);
        samples.extend(holdings.customers().filter_map(|own| sample(own, from, end, worth)));
    }
    regress(&samples, items, &Settings { penalty: PENALTY, keep: KEEP, nearest: NEAREST })
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds")]
fn before(moment: Timestamp, days: f64) -> Timestamp {
    Timestamp(moment.0.saturating_sub((days * 86_400_000.0) as i64))
}

/// What she had before `from`, and what she first bought from there until `end`. Somebody who buys much of either would drown
/// out all others, so both sides are damped by the root of their size.
fn sample(own: &[Held], from: Timestamp, end: Timestamp, worth: f32) -> Option<Sample> {
    let had: Vec<(Item, f32)> = own.iter().filter(|held| held.first < from).map(|held| (held.item, 1.0)).collect();
    let new: Vec<Item> = own.iter().filter(|held| (from..end).contains(&held.first)).map(|held| held.item).collect();
    if had.is_empty() || new.is_empty() {
        return None;
    }
    let damped = 1.0 / root(new.len());
    let weight = worth / root(had.len());
    Some(Sample { from: had, to: Some(new.into_iter().map(|item| (item, damped)).collect()), weight })
}

#[expect(clippy::cast_precision_loss, reason = "products of a customer")]
fn root(count: usize) -> f32 {
    (count as f32).sqrt()
}

/// The source that serves them. All that she has counts alike: that is what the regression was fitted on.
pub fn source(vocabulary: Arc<ItemIndex>, weights: Arc<Neighbours>) -> FromHistory {
    FromHistory::new("come_upon", vocabulary, weights, f64::INFINITY, ReasonCode::GoesWithPurchase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::InteractionKind;
    use crate::models::data::interactions::{Interaction, Interactions};

    fn interaction(owner: u32, item: Item, day: i64) -> Interaction {
        Interaction {
            time: Timestamp(day * Timestamp::DAY),
            owner,
            item,
            kind: InteractionKind::Bought,
            quantity: 1,
            group: 0,
        }
    }

    #[test]
    fn the_order_of_buying_counts() {
        // All buy 1 some time after 0; others buy 2 at any time before 1.
        let interactions: Vec<Interaction> = (0..30)
            .flat_map(|n| {
                let day = i64::from(n) * 3;
                [
                    interaction(n, 0, day),
                    interaction(n, 1, day + 7),
                    interaction(100 + n, 2, day),
                    interaction(100 + n, 3, day),
                ]
            })
            .collect();
        let holdings = UserItems::of(&Interactions::from_interactions(interactions), Timestamp(100 * Timestamp::DAY));
        let found = fit(&holdings, 4);
        let weight = |from, to| found.of(from).find(|(item, _)| *item == to).map_or(0.0, |(_, weight)| weight);
        assert!(weight(0, 1) > 0.005 && weight(1, 0) <= 0.0, "{found:?}");
        assert!(weight(0, 1) > weight(2, 1) && weight(2, 3) <= 0.0, "bought in one order: {found:?}");
    }

    #[test]
    fn an_empty_log_foretells_nothing() {
        assert_eq!(fit(&UserItems::of(&Interactions::default(), Timestamp(0)), 3).of(0).count(), 0);
    }
}
