//! Visits that are going on since the training: which one something that just happened belongs to, and what came before in it.

use rustc_hash::FxHashMap;

use crate::domain::{
    Id, Timestamp,
    customer::Identifier,
    recommend::{Deed, Happened},
};
use crate::models::vocabulary::Item;

/// Touches of a visit that are remembered: no model looks further back.
const NEWEST: usize = 10;
/// Visits at which those that are long over are forgotten.
const MANY: usize = 100_000;

/// The newest visit of each customer.
#[derive(Debug, Default)]
pub struct Ongoing {
    visits: FxHashMap<Identifier, Visit>,
    idle_ms: i64,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// As its model numbers it.
    pub number: u32,
    /// What was touched last, the newest last.
    pub newest: Vec<Item>,
    session: Option<Id>,
    time: Timestamp,
}

impl Ongoing {
    /// Where no session is named, a visit ends after `idle_ms` without a touch.
    #[must_use]
    pub fn new(idle_ms: i64) -> Self {
        Self { visits: FxHashMap::default(), idle_ms }
    }

    /// Takes in a touch of an item. Hands over the visit as it was before, one begun with `begin` where it is the first. None
    /// where what happened was no touch: those are looks and puts into the cart.
    pub fn take(&mut self, happened: &Happened<'_>, item: Item, begin: impl FnOnce() -> u32) -> Option<Visit> {
        if !matches!(happened.deed, Deed::Looked | Deed::PutInCart) {
            return None;
        }
        if self.visits.len() >= MANY {
            let now = happened.time.0;
            self.visits.retain(|_, visit| now.saturating_sub(visit.time.0) <= self.idle_ms);
        }
        let idle_ms = self.idle_ms;
        let goes_on = |visit: &&mut Visit| match (&visit.session, happened.session) {
            (Some(one), Some(other)) => one == other,
            _ => happened.time.0.saturating_sub(visit.time.0) <= idle_ms,
        };
        let former = if let Some(visit) = self.visits.get_mut(happened.owner).filter(goes_on) {
            visit.clone()
        } else {
            Visit { number: begin(), newest: Vec::new(), session: None, time: happened.time }
        };
        let mut visit = former.clone();
        if visit.newest.len() == NEWEST {
            visit.newest.remove(0);
        }
        visit.newest.push(item);
        visit.time = happened.time;
        visit.session = happened.session.cloned().or(visit.session);
        self.visits.insert(happened.owner.clone(), visit);
        Some(former)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{catalog::ProductIx, recommend::fixture::id};

    #[test]
    fn a_visit_goes_on_in_its_session_or_without_a_pause() {
        let mut ongoing = Ongoing::new(10);
        let mut visits = 0;
        let mut take = |name: &str, time: i64, session: Option<&str>, deed: Deed, item: Item| {
            let (owner, session) = (Identifier::visitor(id(name)), session.map(id));
            let product = ProductIx(item);
            let (session, time) = (session.as_ref(), Timestamp(time));
            let happened = Happened { owner: &owner, time, product, deed, quantity: 1, session };
            let visit = ongoing.take(&happened, item, || {
                visits += 1;
                visits
            });
            visit.map(|visit| (visit.number, visit.newest))
        };
        assert_eq!(take("a", 0, None, Deed::Looked, 5), Some((1, vec![])));
        assert_eq!(take("b", 1, Some("s"), Deed::Looked, 9), Some((2, vec![])));
        assert_eq!(take("a", 10, None, Deed::PutInCart, 6), Some((1, vec![5])));
        assert_eq!(take("a", 11, None, Deed::Bought, 6), None);
        assert_eq!(take("b", 99, Some("s"), Deed::Looked, 8), Some((2, vec![9])), "of one session");
        assert_eq!(take("b", 99, Some("t"), Deed::Looked, 8), Some((3, vec![])));
        assert_eq!(take("a", 21, None, Deed::Looked, 7), Some((4, vec![])), "after a pause");
    }
}
