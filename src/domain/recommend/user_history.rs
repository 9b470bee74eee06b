//! What a customer did, as models read it: her visit, her orders, her earlier looks. Made once for a question.
//!
//! The server makes it of her profile, measuring makes it of rows of a file; what ranks can't tell the difference. Not here:
//! what she is and what she says of herself, which the profile holds.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::domain::{
    Id, Timestamp,
    catalog::ProductIx,
    customer::{Profile, Side, Trade},
};

/// What was done with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InteractionKind {
    /// Looked at, or clicked on.
    Looked,
    /// Put into the cart.
    PutInCart,
    /// Bought.
    Bought,
    /// Sent back.
    SentBack,
}

/// A line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The product.
    pub product: ProductIx,
    /// When.
    pub time: Timestamp,
    /// Units, at least one.
    pub quantity: u32,
}

/// The newest lines of orders, and the newest looks, that models are given: whoever has more is known well enough.
const LINES: usize = 10_000;
const LOOKS: usize = 200;

/// What a customer did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserHistory {
    /// This visit in the order of doing, the newest last; repeats stay. It ends with the product in view, where one is.
    pub visit: Vec<ProductIx>,
    /// What she bought and did not send back, by order, the oldest order first, each product once an order.
    pub bought: Vec<Bought>,
    /// Where each order ends in `bought`.
    pub ends: Vec<u32>,
    /// Looks before this visit, the newest last.
    pub looks: Vec<(ProductIx, Timestamp)>,
}

impl UserHistory {
    /// Her trail at a moment. The visit is what carries the session's id; without one, what was done without a pause of
    /// `idle_ms` up to now.
    pub fn of(
        profile: &Profile,
        now: Timestamp,
        session: Option<&Id>,
        in_view: Option<ProductIx>,
        idle_ms: i64,
    ) -> Self {
        let mut history = Self::default();
        history.take_looks(profile, now, session, idle_ms);
        history.take_orders(profile);
        if let Some(product) = in_view.filter(|product| history.visit.last() != Some(product)) {
            history.visit.push(product);
        }
        history
    }

    /// When the customer was here last, before this visit.
    pub fn last_visit(&self) -> Option<Timestamp> {
        let bought = self.bought.last().map(|line| line.time);
        bought.max(self.looks.last().map(|(_, time)| *time))
    }

    /// Each order's lines, the oldest order first.
    pub fn orders(&self) -> impl DoubleEndedIterator<Item = &[Bought]> + ExactSizeIterator {
        (0..self.ends.len()).map(|order| &self.bought[self.lines(order)])
    }

    /// Takes in an order that is newer than all before. Each product MUST stand in it once.
    pub fn push_order(&mut self, lines: impl IntoIterator<Item = Bought>) {
        self.bought.extend(lines);
        self.ends.push(u32::try_from(self.bought.len()).unwrap_or(u32::MAX));
    }

    fn lines(&self, order: usize) -> Range<usize> {
        let start = order.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[order] as usize
    }

    fn take_looks(&mut self, profile: &Profile, now: Timestamp, session: Option<&Id>, idle_ms: i64) {
        let looks = profile.looks().iter().map(|look| (look.stamp.time, look.product, look.session.as_ref()));
        let carted = profile.cart_changes().iter().filter(|change| change.quantity > 0);
        let carted = carted.map(|change| (change.stamp.time, change.product, change.session.as_ref()));
        let mut done: Vec<(Timestamp, ProductIx, Option<&Id>)> = looks.chain(carted).collect();
        // Stable: what has one time stays in the order in which the profile keeps it.
        done.sort_by_key(|(time, _, _)| *time);
        let mut from = done.len();
        let mut later = now;
        while from > 0 {
            let (time, _, of) = done[from - 1];
            let inside = match session {
                Some(session) => of == Some(session),
                None => later.0.saturating_sub(time.0) <= idle_ms,
            };
            if !inside {
                break;
            }
            later = time;
            from -= 1;
        }
        self.visit.extend(done[from..].iter().map(|(_, product, _)| *product));
        let first = from.saturating_sub(LOOKS);
        self.looks.extend(done[first..from].iter().map(|(time, product, _)| (*product, *time)));
    }

    fn take_orders(&mut self, profile: &Profile) {
        // Of the product, not of the line: so training reads the log too.
        let kept = |trade: &&Trade| {
            trade.side == Side::Bought && profile.owned(trade.product).is_some_and(|owned| owned.kept > 0)
        };
        let mut trades: Vec<&Trade> = profile.trades().iter().filter(kept).collect();
        trades.sort_by(|a, b| a.stamp.cmp(&b.stamp).then(a.line.cmp(&b.line)));
        let surplus = trades.len().saturating_sub(LINES);
        let mut numbers: FxHashMap<&Id, usize> = FxHashMap::default();
        let mut orders: Vec<Vec<Bought>> = Vec::new();
        let mut latest: Option<(&Id, usize)> = None;
        for trade in &trades[surplus..] {
            // Lines without an order's id belong together where one event told them.
            let key = trade.order.as_ref().unwrap_or(&trade.stamp.event);
            // Mostly that of the line before.
            let same = latest.filter(|(known, _)| *known == key).map(|(_, number)| number);
            let number = same.unwrap_or_else(|| *numbers.entry(key).or_insert(orders.len()));
            latest = Some((key, number));
            if number == orders.len() {
                orders.push(Vec::new());
            }
            let lines = &mut orders[number];
            if let Some(line) = lines.iter_mut().find(|line| line.product == trade.product) {
                line.quantity = line.quantity.saturating_add(trade.quantity);
            } else {
                let (product, time, quantity) = (trade.product, trade.stamp.time, trade.quantity);
                lines.push(Bought { product, time, quantity });
            }
        }
        for lines in orders {
            self.push_order(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::EventKind,
        recommend::fixture::{self, NOW, bought, catalog, events, id, item, ix, product, returned, viewed},
    };

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_visit_ends_with_a_pause_and_with_what_is_in_view() {
        let catalog = catalog(["a", "b", "c"].map(|name| product(name, "", "", 100)));
        let mut list = events([(3, viewed("a")), (0, viewed("b")), (0, EventKind::CartAdded { item: item("c") })]);
        list[1].time = Timestamp(NOW.0 - HOUR);
        list[2].time = Timestamp(NOW.0 - 1);
        let mut profile = Profile::default();
        profile.fold(&list, catalog.ids());
        let history = |session: Option<&str>, in_view: Option<&str>, idle| {
            let in_view = in_view.map(|product| ix(&catalog, product));
            UserHistory::of(&profile, NOW, session.map(id).as_ref(), in_view, idle)
        };
        let names = |list: &[ProductIx]| {
            list.iter().map(|ix| catalog.ids().product_id(*ix).unwrap().to_string()).collect::<String>()
        };
        let looks =
            |history: &UserHistory| names(&history.looks.iter().map(|(product, _)| *product).collect::<Vec<_>>());
        let all = history(None, Some("a"), 2 * HOUR);
        assert_eq!((names(&all.visit).as_str(), looks(&all).as_str()), ("bca", "a"));
        let short = history(None, Some("c"), HOUR / 2);
        assert_eq!((names(&short.visit).as_str(), looks(&short).as_str()), ("c", "ab"), "in view already");
        let named = history(Some("s"), None, 2 * HOUR);
        assert_eq!((names(&named.visit).as_str(), looks(&named).as_str()), ("", "abc"), "none is of this session");
    }

    #[test]
    fn orders_hold_what_she_kept() {
        let catalog = catalog(["a", "b", "c"].map(|name| product(name, "", "", 100)));
        let both = EventKind::Purchased { order: Some(id("o")), items: vec![item("b"), item("a"), item("b")] };
        let profile = fixture::profile(&catalog, [(1, bought("a")), (9, both), (5, bought("c")), (4, returned("c"))]);
        let history = UserHistory::of(&profile, NOW, None, None, HOUR);
        let shown: Vec<Vec<(ProductIx, u32)>> =
            history.orders().map(|order| order.iter().map(|line| (line.product, line.quantity)).collect()).collect();
        let (a, b) = (ix(&catalog, "a"), ix(&catalog, "b"));
        assert_eq!(shown, [vec![(b, 2), (a, 1)], vec![(a, 1)]]);
    }
}
