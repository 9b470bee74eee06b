//! What each customer bought and kept, as the closed-form models read it: a sparse matrix of customers and products with the
//! first and the last time of each. What was sent back is left out; looks and carts are another matter.

use crate::domain::Timestamp;
use crate::models::data::{interactions::Interactions, item_index::Item};

/// Share of all purchases, the newest, whose span is the unit of time of this log: about the time between two trainings that
/// matter. Windows in its parts fit a shop with a thousand orders a day and one with ten.
const UNIT_SHARE: f64 = 0.2;

/// A product of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub item: Item,
    /// When she first bought it.
    pub first: Timestamp,
    /// When she last did.
    pub last: Timestamp,
    /// At how many different times.
    pub times: u32,
}

/// The products of all customers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserItems {
    lines: Vec<Held>,
    ends: Vec<u32>,
    /// The moment after which nothing is known.
    pub now: Timestamp,
    /// The span of the newest fifth of all purchases, in days; at least one.
    pub unit_days: f64,
}

impl UserItems {
    /// Reads what was done before a moment.
    pub fn of(interactions: &Interactions, before: Timestamp) -> Self {
        let mut holdings = Self { now: before, ..Self::default() };
        let mut own: Vec<(Item, Timestamp, i64)> = Vec::new();
        let mut times: Vec<Timestamp> = Vec::new();
        for interactions in interactions.by_owner(before) {
            own.clear();
            own.extend(
                interactions
                    .iter()
                    .filter_map(|interaction| Some((interaction.item, interaction.time, interaction.units()?))),
            );
            times.extend(own.iter().filter(|(_, _, quantity)| *quantity > 0).map(|(_, time, _)| *time));
            // Stable: the acts of one product stay in the order of time.
            own.sort_by_key(|(item, _, _)| *item);
            holdings.lines.extend(own.chunk_by(|a, b| a.0 == b.0).filter_map(kept));
            holdings.ends.push(u32::try_from(holdings.lines.len()).unwrap_or(u32::MAX));
        }
        holdings.unit_days = unit_days(&mut times, before);
        holdings
    }

    /// The products of each customer, by item; of those who kept nothing, none.
    pub fn customers(&self) -> impl Iterator<Item = &[Held]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.lines[from as usize..*to as usize])
    }
}

/// What is left of one product of one customer.
fn kept(interactions: &[(Item, Timestamp, i64)]) -> Option<Held> {
    let units: i64 = interactions.iter().map(|(_, _, units)| units).sum();
    let mut bought = interactions.iter().filter(|(_, _, units)| *units > 0);
    let (item, first, _) = bought.next()?;
    let (mut last, mut times) = (*first, 1);
    for (_, time, _) in bought {
        times += u32::from(*time != last);
        last = *time;
    }
    (units > 0).then_some(Held { item: *item, first: *first, last, times })
}

/// The span in days of the newest fifth of these times, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
pub fn unit_days(times: &mut [Timestamp], now: Timestamp) -> f64 {
    times.sort_unstable();
    let place = (times.len() as f64 * (1.0 - UNIT_SHARE)) as usize;
    times.get(place).map_or(1.0, |from| now.days_since(*from).max(1.0))
}

/// What is left of a weight after some days; all of it where nothing ages.
#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
pub fn aged(days: f64, half_life: f64) -> f32 {
    if half_life.is_finite() { (-days.max(0.0) / half_life).exp2() as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::recommend::InteractionKind, models::data::interactions::Interaction};

    fn interaction(owner: u32, item: Item, day: i64, kind: InteractionKind) -> Interaction {
        Interaction { time: Timestamp(day * Timestamp::DAY), owner, item, kind, quantity: 1, group: 0 }
    }

    #[test]
    fn what_was_sent_back_or_comes_later_is_not_held() {
        let interactions = Interactions::from_interactions(vec![
            interaction(1, 5, 9, InteractionKind::Bought),
            interaction(1, 5, 2, InteractionKind::Bought),
            interaction(1, 3, 2, InteractionKind::Bought),
            interaction(1, 3, 4, InteractionKind::SentBack),
            interaction(1, 8, 3, InteractionKind::Looked),
            interaction(2, 5, 11, InteractionKind::Bought),
        ]);
        let holdings = UserItems::of(&interactions, Timestamp(10 * Timestamp::DAY));
        let day = |day| Timestamp(day * Timestamp::DAY);
        let found: Vec<&[Held]> = holdings.customers().collect();
        assert_eq!(found, [&[Held { item: 5, first: day(2), last: day(9), times: 2 }][..]]);
        assert!((holdings.unit_days - 1.0).abs() < 1e-9, "the newest of three is a day old: {}", holdings.unit_days);
    }

    #[test]
    fn an_empty_log_holds_nothing() {
        let holdings = UserItems::of(&Interactions::default(), Timestamp(7));
        assert_eq!((holdings.customers().count(), holdings.unit_days), (0, 1.0));
        assert_eq!((aged(10.0, 10.0), aged(10.0, f64::INFINITY), aged(-5.0, 1.0)), (0.5, 1.0, 1.0));
    }
}
