//! Sessions that are going on since the training: which one something that just happened belongs to, and what came before in it.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
    mem,
};

use rustc_hash::FxHashMap;

use crate::domain::{
    Timestamp,
    recommend::{InteractionKind, NewInteraction},
};
use crate::models::data::item_index::Item;

/// Touches of a visit that are remembered: no model looks further back.
const NEWEST: usize = 10;
/// Of those that may be remembered a part, from which on visits that are long over are forgotten.
const MANY: usize = 4;
/// Visits that each touch looks at to forget them: more than it can bring, so that forgetting keeps up, and a set number, so
/// that no touch waits longer where there are more.
const LOOKED_AT: usize = 3;

/// The newest visit of each customer, who is known by a keyed hash alone: of two in 64 bits one in billions of shops would be
/// taken for the other, and a visit takes a third of what it does with their names.
#[derive(Debug)]
pub struct Ongoing {
    visits: FxHashMap<u64, Visit>,
    /// Everybody in `visits`, each once, in the order in which they are looked at.
    round: VecDeque<u64>,
    hasher: RandomState,
    idle_ms: i64,
    /// Visits that are remembered at most: then those that began first are forgotten though they may go on.
    most: usize,
}

/// A visit.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// As its model numbers it.
    pub number: u32,
    length: u8,
    newest: [Item; NEWEST],
    session: Option<u64>,
    time: Timestamp,
}

impl Visit {
    const fn new(number: u32, time: Timestamp) -> Self {
        Self { number, length: 0, newest: [0; NEWEST], session: None, time }
    }

    /// What was touched last, the newest last.
    pub fn newest(&self) -> &[Item] {
        &self.newest[..usize::from(self.length)]
    }

    fn push(&mut self, item: Item) {
        let length = usize::from(self.length);
        if length == NEWEST {
            self.newest.rotate_left(1);
            self.newest[NEWEST - 1] = item;
            return;
        }
        self.newest[length] = item;
        self.length += 1;
    }
}

impl Ongoing {
    /// Where no session is named, a visit ends after `idle_ms` without a touch.
    pub fn new(idle_ms: i64) -> Self {
        let (visits, round) = (FxHashMap::default(), VecDeque::new());
        Self { visits, round, hasher: RandomState::new(), idle_ms, most: usize::MAX }
    }

    /// Remembers no more than so many from the next touch on.
    pub const fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// How many visits are remembered.
    pub fn count(&self) -> usize {
        self.visits.len()
    }

    /// Bytes that they take.
    pub fn weight(&self) -> usize {
        // A table of hashes is filled to seven eighths, and has a byte of its own for each place.
        let place = mem::size_of::<(u64, Visit)>() + 1;
        self.visits.capacity() * 8 / 7 * place + self.round.capacity() * mem::size_of::<u64>()
    }

    /// Takes in a touch of an item. Hands over the visit as it was before, one begun with `begin` where it is the first. None
    /// where what happened was no touch: those are looks and puts into the cart.
    pub fn take(&mut self, happened: &NewInteraction<'_>, item: Item, begin: impl FnOnce() -> u32) -> Option<Visit> {
        if !matches!(happened.kind, InteractionKind::Looked | InteractionKind::PutInCart) {
            return None;
        }
        self.forget(happened.time);
        let owner = self.hasher.hash_one(happened.owner);
        let session = happened.session.map(|session| self.hasher.hash_one(session));
        let idle_ms = self.idle_ms;
        let goes_on = |visit: &&Visit| match (visit.session, session) {
            (Some(one), Some(other)) => one == other,
            _ => happened.time.0.saturating_sub(visit.time.0) <= idle_ms,
        };
        let known = self.visits.get(&owner).filter(goes_on).copied();
        let former = known.unwrap_or_else(|| Visit::new(begin(), happened.time));
        let mut visit = Visit { time: happened.time, session: session.or(former.session), ..former };
        visit.push(item);
        if self.visits.insert(owner, visit).is_none() {
            self.round.push_back(owner);
        }
        Some(former)
    }

    /// Looks at a few visits, in turn, and drops those that are over.
    fn forget(&mut self, now: Timestamp) {
        for _ in 0..LOOKED_AT {
            if self.visits.len() < self.most / MANY {
                return;
            }
            let Some(owner) = self.round.pop_front() else { return };
            let is_over = self.visits.get(&owner).is_none_or(|visit| now.0.saturating_sub(visit.time.0) > self.idle_ms);
            if is_over || self.visits.len() >= self.most {
                self.visits.remove(&owner);
            } else {
                self.round.push_back(owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{catalog::ProductIx, customer::Identifier, recommend::fixture::id};

    const MOST: usize = 400_000;
    const MANY: usize = MOST / super::MANY;

    fn limited(idle_ms: i64) -> Ongoing {
        let mut ongoing = Ongoing::new(idle_ms);
        ongoing.limit(MOST);
        ongoing
    }

    #[test]
    fn a_visit_goes_on_in_its_session_or_without_a_pause() {
        let mut ongoing = Ongoing::new(10);
        let mut visits = 0;
        let mut take = |name: &str, time: i64, session: Option<&str>, kind: InteractionKind, item: Item| {
            let (owner, session) = (Identifier::visitor(id(name)), session.map(id));
            let product = ProductIx(item);
            let (session, time) = (session.as_ref(), Timestamp(time));
            let happened = NewInteraction { owner: &owner, time, product, kind, quantity: 1, session };
            let visit = ongoing.take(&happened, item, || {
                visits += 1;
                visits
            });
            visit.map(|visit| (visit.number, visit.newest().to_vec()))
        };
        assert_eq!(take("a", 0, None, InteractionKind::Looked, 5), Some((1, vec![])));
        assert_eq!(take("b", 1, Some("s"), InteractionKind::Looked, 9), Some((2, vec![])));
        assert_eq!(take("a", 10, None, InteractionKind::PutInCart, 6), Some((1, vec![5])));
        assert_eq!(take("a", 11, None, InteractionKind::Bought, 6), None);
        assert_eq!(take("b", 99, Some("s"), InteractionKind::Looked, 8), Some((2, vec![9])), "of one session");
        assert_eq!(take("b", 99, Some("t"), InteractionKind::Looked, 8), Some((3, vec![])));
        assert_eq!(take("a", 21, None, InteractionKind::Looked, 7), Some((4, vec![])), "after a pause");
    }

    /// One look each by so many visitors from a number on, `step` milliseconds apart.
    fn visitors(ongoing: &mut Ongoing, from: usize, count: usize, step: i64) {
        for number in from..from + count {
            let owner = Identifier::visitor(id(&number.to_string()));
            let time = Timestamp(i64::try_from(number).unwrap() * step);
            let (product, kind) = (ProductIx(0), InteractionKind::Looked);
            let happened = NewInteraction { owner: &owner, time, product, kind, quantity: 1, session: None };
            ongoing.take(&happened, 0, || 0);
        }
    }

    #[test]
    fn visits_that_are_over_go_and_those_that_go_on_stay() {
        // The newest half of those that are remembered are not over yet.
        let mut ongoing = limited(i64::try_from(MANY / 2).unwrap());
        visitors(&mut ongoing, 0, 3 * MANY, 1);
        assert!(ongoing.visits.len() <= MANY, "{}", ongoing.visits.len());
        assert_eq!(ongoing.visits.len(), ongoing.round.len());
        let goes_on = |number: usize| {
            let owner = ongoing.hasher.hash_one(Identifier::visitor(id(&number.to_string())));
            ongoing.visits.contains_key(&owner)
        };
        assert!((3 * MANY - MANY / 2..3 * MANY).all(goes_on));
        assert!(!(0..MANY).any(goes_on));
    }

    #[test]
    fn many_visits_are_bounded_though_none_is_over() {
        let mut ongoing = limited(i64::MAX);
        visitors(&mut ongoing, 0, MOST + 1_000, 0);
        assert_eq!((ongoing.visits.len(), ongoing.round.len()), (MOST, MOST));
    }

    #[test]
    fn a_touch_costs_the_same_beside_many_visits_as_beside_few() {
        // Of several rounds the quickest, so that a busy machine does not decide.
        let quickest = |ongoing: &mut Ongoing, from: usize| {
            let timed = |round: usize| {
                let began = std::time::Instant::now();
                visitors(ongoing, from + round * 500, 500, 0);
                began.elapsed()
            };
            (0..8).map(timed).min().unwrap()
        };
        let mut ongoing = limited(i64::MAX);
        visitors(&mut ongoing, 0, MANY / 2, 0);
        let few = quickest(&mut ongoing, MANY / 2);
        visitors(&mut ongoing, MANY, MANY / 2, 0);
        let many = quickest(&mut ongoing, 2 * MANY);
        assert!(many < 20 * few, "{many:?} beside many, {few:?} beside few");
    }
}
