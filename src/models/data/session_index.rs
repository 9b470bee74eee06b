//! Sessions as the session models read them: which products stand in which session, and where in it they were touched last.
//!
//! What was there at training lies in flat arrays; what happened since lies beside it and counts at once. The number of a
//! session is its age: the larger, the newer. No scores here.

use std::mem;

use rustc_hash::FxHashMap;

use crate::models::data::item_index::Item;

/// Products of one session that are kept: those touched last. Bounds what one endless session can cost a question.
pub const LONGEST: usize = 200;

/// A product in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// Which.
    pub item: Item,
    /// Its last place in the session, from 0; repeats of all products count.
    pub at: u32,
}

/// All sessions, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct SessionIndex {
    /// Of the trained sessions, one after the other; within one by place, each product once.
    touches: Vec<Touch>,
    /// Where each trained session begins, and the end of the last.
    starts: Vec<u32>,
    /// By product, the trained sessions that hold it, the oldest first.
    holders: Vec<u32>,
    /// Where the holders of each product begin, and the end of the last.
    holder_starts: Vec<u32>,
    fresh: Vec<Fresh>,
    /// The fresh sessions that hold a product, by number, the oldest first.
    fresh_holders: FxHashMap<Item, Vec<u32>>,
}

/// A session since the training.
#[derive(Debug, Clone, Default)]
struct Fresh {
    touches: Vec<Touch>,
    length: u32,
}

impl SessionIndex {
    /// Takes sessions, the oldest first, each in the order of touch. Items MUST be below `items`.
    pub fn new<'a>(sessions: impl IntoIterator<Item = &'a [Item]>, items: usize) -> Self {
        let mut all = Self { starts: vec![0], holder_starts: vec![0; items + 1], ..Self::default() };
        let mut met = vec![0_u32; items];
        for session in sessions {
            let number = size(all.starts.len());
            let from = all.touches.len();
            for (at, item) in (0..size(session.len())).zip(session).rev() {
                if mem::replace(&mut met[*item as usize], number) != number {
                    all.touches.push(Touch { item: *item, at });
                    all.holder_starts[*item as usize + 1] += 1;
                    if all.touches.len() == from + LONGEST {
                        break;
                    }
                }
            }
            all.touches[from..].reverse();
            all.starts.push(size(all.touches.len()));
        }
        all.index();
        all
    }

    /// From which sessions hold a product how often, to where they are listed.
    fn index(&mut self) {
        for item in 1..self.holder_starts.len() {
            self.holder_starts[item] += self.holder_starts[item - 1];
        }
        let mut next = self.holder_starts.clone();
        self.holders = vec![0; self.touches.len()];
        for (number, ends) in (0..).zip(self.starts.windows(2)) {
            for touch in &self.touches[ends[0] as usize..ends[1] as usize] {
                let place = &mut next[touch.item as usize];
                self.holders[*place as usize] = number;
                *place += 1;
            }
        }
    }

    /// How many sessions there are, the fresh ones among them.
    pub const fn len(&self) -> usize {
        self.trained() + self.fresh.len()
    }

    /// How many there were at training; what has a larger number came since.
    pub const fn trained(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// What a session holds, by place; nothing for a number that is none.
    pub fn session(&self, number: u32) -> &[Touch] {
        let at = number as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.touches[*from as usize..*to as usize],
            _ => self.fresh.get(at.wrapping_sub(self.trained())).map_or(&[], |fresh| &fresh.touches),
        }
    }

    /// The sessions that hold a product, the newest first, each once.
    pub fn holding(&self, item: Item) -> impl Iterator<Item = u32> {
        self.fresh_holding(item).iter().rev().chain(self.trained_holding(item).iter().rev()).copied()
    }

    /// How many sessions hold a product.
    pub fn support(&self, item: Item) -> usize {
        self.fresh_holding(item).len() + self.trained_holding(item).len()
    }

    /// Bytes of what was there at training, and of what came since.
    pub fn weights(&self) -> (usize, usize) {
        let numbers = self.starts.len() + self.holders.len() + self.holder_starts.len();
        let trained = mem::size_of_val(&self.touches[..]) + numbers * mem::size_of::<u32>();
        let touches: usize = self.fresh.iter().map(|fresh| fresh.touches.capacity()).sum();
        let holders: usize = self.fresh_holders.values().map(Vec::capacity).sum();
        let fresh = self.fresh.capacity() * mem::size_of::<Fresh>()
            + touches * mem::size_of::<Touch>()
            + holders * mem::size_of::<u32>();
        (trained, fresh)
    }

    fn trained_holding(&self, item: Item) -> &[u32] {
        let at = item as usize;
        match (self.holder_starts.get(at), self.holder_starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.holders[*from as usize..*to as usize],
            _ => &[],
        }
    }

    fn fresh_holding(&self, item: Item) -> &[u32] {
        // Mostly there is none, and then the look-up is spared.
        if self.fresh.is_empty() { &[] } else { self.fresh_holders.get(&item).map_or(&[], Vec::as_slice) }
    }

    /// Begins a session. Returns its number.
    pub fn begin(&mut self) -> u32 {
        self.fresh.push(Fresh::default());
        size(self.len() - 1)
    }

    /// Adds a touch to a session begun with [`SessionIndex::begin`]; others are left as they are.
    pub fn append(&mut self, number: u32, item: Item) {
        let at = (number as usize).wrapping_sub(self.trained());
        let Some(session) = self.fresh.get_mut(at) else { return };
        let touch = Touch { item, at: session.length };
        session.length = session.length.saturating_add(1);
        if let Some(place) = session.touches.iter().position(|other| other.item == item) {
            session.touches.remove(place);
        } else {
            let holders = self.fresh_holders.entry(item).or_default();
            holders.insert(holders.partition_point(|holder| *holder < number), number);
            if session.touches.len() == LONGEST {
                let gone = session.touches.remove(0).item;
                if let Some(holders) = self.fresh_holders.get_mut(&gone) {
                    holders.retain(|holder| *holder != number);
                }
            }
        }
        session.touches.push(touch);
    }
}

/// Sessions and touches are counted in 32 bits.
fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(sessions: &SessionIndex, number: u32) -> Vec<(Item, u32)> {
        sessions.session(number).iter().map(|touch| (touch.item, touch.at)).collect()
    }

    #[test]
    fn a_product_stands_where_it_was_touched_last() {
        let mut sessions = SessionIndex::new([&[2, 0, 2, 1][..], &[], &[0]], 3);
        assert_eq!(shown(&sessions, 0), [(0, 1), (2, 2), (1, 3)]);
        assert_eq!((sessions.len(), sessions.session(1), sessions.session(9)), (3, &[][..], &[][..]));
        assert_eq!(sessions.holding(0).collect::<Vec<_>>(), [2, 0]);
        let ongoing = sessions.begin();
        for item in [0, 7, 0] {
            sessions.append(ongoing, item);
        }
        sessions.append(0, 1);
        assert_eq!(shown(&sessions, ongoing), [(7, 1), (0, 2)]);
        assert_eq!(sessions.holding(0).collect::<Vec<_>>(), [3, 2, 0]);
        assert_eq!((sessions.support(7), sessions.support(1), sessions.support(8)), (1, 1, 0));
    }

    #[test]
    fn an_endless_session_keeps_its_end() {
        let endless: Vec<Item> = (0..1_000).collect();
        let mut sessions = SessionIndex::new([&endless[..]], 1_000);
        let fresh = sessions.begin();
        for item in &endless {
            sessions.append(fresh, *item);
        }
        assert_eq!(sessions.session(0), sessions.session(fresh));
        assert_eq!((sessions.session(0)[0].item, sessions.session(0).len()), (800, LONGEST));
        assert_eq!((sessions.support(799), sessions.support(800)), (0, 2));
    }

    proptest! {
        #[test]
        fn what_happens_counts_as_if_it_had_been_trained(
            all in proptest::collection::vec(proptest::collection::vec(0..12_u32, 0..9), 0..12),
            trained in 0..12_usize,
        ) {
            let whole = SessionIndex::new(all.iter().map(Vec::as_slice), 12);
            let trained = trained.min(all.len());
            let mut live = SessionIndex::new(all[..trained].iter().map(Vec::as_slice), 12);
            for session in &all[trained..] {
                let number = live.begin();
                for item in session {
                    live.append(number, *item);
                }
            }
            for number in 0..u32::try_from(all.len()).unwrap() {
                prop_assert_eq!(whole.session(number), live.session(number));
            }
            for item in 0..12 {
                prop_assert_eq!(whole.holding(item).collect::<Vec<_>>(), live.holding(item).collect::<Vec<_>>());
            }
        }
    }
}
