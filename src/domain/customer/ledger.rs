//! What a customer bought and sent back: every line of every order once, however often and in whatever order it was told.
//!
//! A line of an order is known by the order, the product, the variant and its position among equal lines. Told again, it
//! stays one line: it happened when it was first told to have happened, and its quantity is what the newest telling says
//! (of two at one moment, the larger). A telling without a variant is the same line as one with a variant of the same
//! order and product, which says more. Without an order's id the event is the order. Returns are told, and told again, in
//! the same way: two partial returns of one line of an order count as one, since counting less sent back hides a product
//! that could be offered, and counting more would offer one that the customer has.
//!
//! Nothing is forgotten that decides what she kept: a line takes 48 bytes. What history needs beside it, when and where
//! and in which order, is kept of the newest lines alone. What she kept of a product is worked out in `settle`.

mod lines;
mod settle;

use std::{cmp::Ordering, mem};

use rustc_hash::{FxHashMap, FxHashSet};

use lines::Line;
pub use lines::{Deal, OrderLine, order_lines};

use crate::domain::{
    Timestamp,
    catalog::{Ids, ProductIx},
    customer::facts::{Owned, Side, Stamp, Trade},
    event::{Event, EventKind},
};

/// The newest lines, of which history is kept. Whoever has more is known well enough.
pub(super) const NEWEST_TRADES: usize = 2_000;

/// All that was bought and sent back.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    /// Each line once, sorted by what it is known by.
    lines: Vec<Line>,
    /// Orders that went back whole, and when.
    whole: FxHashMap<Deal, Timestamp>,
    owned: FxHashMap<ProductIx, Owned>,
    /// The newest lines, by product, then by stamp and line.
    trades: Vec<Trade>,
    /// Whether `trades` is not all.
    truncated: bool,
    bought: FxHashSet<Deal>,
    returned: FxHashSet<Deal>,
}

/// Two ledgers are one where they say the same, however often each was told it.
impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        self.owned == other.owned
            && self.trades == other.trades
            && self.whole == other.whole
            && self.bought == other.bought
            && self.returned == other.returned
            && self.span() == other.span()
    }
}

/// What events say of goods, gathered before it is taken in.
#[derive(Debug, Default)]
pub(super) struct News {
    trades: Vec<Trade>,
    whole: Vec<(Deal, Timestamp)>,
}

impl News {
    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.trades.is_empty() && self.whole.is_empty()
    }

    /// Gathers what an event says; false where it is about something else.
    pub(super) fn gather(&mut self, event: &Event, ids: &Ids) -> bool {
        let (order, items, side) = match &event.kind {
            EventKind::Purchased { order, items } => (order.as_ref(), items, Side::Bought),
            EventKind::Returned { order, items, reason } => (order.as_ref(), items, Side::Returned(*reason)),
            _ => return false,
        };
        let deal = Deal::new(order, &event.id);
        if items.is_empty() && side != Side::Bought && order.is_some() {
            self.whole.push((deal, event.time));
        }
        let stamp = Stamp { time: event.time, event: event.id.clone() };
        self.trades.extend((0..).zip(order_lines(items, ids)).map(|(line, item)| Trade {
            stamp: stamp.clone(),
            line,
            product: item.product,
            variant: item.variant,
            position: item.position,
            quantity: item.quantity,
            kept_quantity: 0,
            side,
            deal,
            order: order.cloned(),
            session: event.session.clone(),
            channel: event.channel,
        }));
        true
    }
}

impl Ledger {
    /// What some of the trades come to by themselves.
    pub(super) fn of<'a>(trades: impl IntoIterator<Item = &'a Trade>) -> Self {
        let mut ledger = Self::default();
        ledger.take(News { trades: trades.into_iter().cloned().collect(), whole: Vec::new() });
        ledger
    }

    /// Takes in what is new. False where the newest lines can't be told from what is left of them: a line turned out to be
    /// older, or none, after others were let go for it. All must then be read anew.
    pub(super) fn take(&mut self, news: News) -> bool {
        let News { mut trades, whole } = news;
        let mut products = self.take_whole(whole);
        trades.sort_by(|a, b| a.identity().cmp(&b.identity()).then_with(|| a.telling().cmp(&b.telling())));
        let mut exact = true;
        let (mut new_lines, mut new_trades) = (Vec::new(), Vec::new());
        for tellings in trades.chunk_by(|a, b| a.identity() == b.identity()) {
            let line = Line::of(tellings);
            let first = &tellings[0];
            let side = tellings.iter().max_by_key(|telling| telling.newness()).map_or(first.side, |one| one.side);
            products.push(first.product);
            if let Ok(place) = self.lines.binary_search_by_key(&line.identity(), Line::identity) {
                exact &= self.retell(place, &line, first, side);
            } else {
                new_lines.push(line);
                new_trades.push(Trade { quantity: line.units, side, ..first.clone() });
            }
        }
        self.add(new_lines, new_trades);
        products.sort_unstable();
        products.dedup();
        for product in products {
            exact &= self.settle(product);
        }
        self.let_go();
        exact
    }

    /// Stable sorts find the sorted run that stood before, so it costs about as much as what is new.
    fn add(&mut self, lines: Vec<Line>, trades: Vec<Trade>) {
        for line in &lines {
            let deals = if line.went_back { &mut self.returned } else { &mut self.bought };
            deals.insert(line.deal);
        }
        self.lines.extend(lines);
        self.lines.sort_by_key(Line::identity);
        self.trades.extend(trades);
        self.trades.sort_by(|a, b| a.place().cmp(&b.place()));
    }

    /// Orders that went back whole. Returns the products of those that are news.
    fn take_whole(&mut self, whole: Vec<(Deal, Timestamp)>) -> Vec<ProductIx> {
        let mut news = FxHashSet::default();
        for (order, time) in whole {
            let known = self.whole.entry(order).or_insert(time);
            *known = time.min(*known);
            self.returned.insert(order);
            news.insert(order);
        }
        if news.is_empty() {
            return Vec::new();
        }
        self.lines.iter().filter(|line| news.contains(&line.deal)).map(|line| line.product).collect()
    }

    /// A line that is known is told again: `first` is the earliest of the new tellings, `side` what the newest says.
    fn retell(&mut self, place: usize, line: &Line, first: &Trade, side: Side) -> bool {
        let known = &mut self.lines[place];
        let order = line.newest().cmp(&known.newest());
        known.join(line);
        let units = known.units;
        let of_product = self.trades.partition_point(|trade| trade.product < line.product);
        let mut of_product = self.trades[of_product..].iter_mut().take_while(|trade| trade.product == line.product);
        // A line that was let go is at most older than was thought.
        let Some(trade) = of_product.find(|trade| trade.identity() == line.identity()) else { return true };
        trade.quantity = units;
        trade.side = match order {
            Ordering::Less => trade.side,
            Ordering::Equal => side.max(trade.side),
            Ordering::Greater => side,
        };
        if first.telling() >= trade.telling() {
            return true;
        }
        trade.stamp = first.stamp.clone();
        trade.line = first.line;
        trade.session.clone_from(&first.session);
        trade.channel = first.channel;
        let product = trade.product;
        let from = self.trades.partition_point(|trade| trade.product < product);
        let to = self.trades.partition_point(|trade| trade.product <= product);
        self.trades[from..to].sort_by(|a, b| a.telling().cmp(&b.telling()));
        !self.truncated
    }

    /// Works out what is left of one product.
    fn settle(&mut self, product: ProductIx) -> bool {
        let from = self.lines.partition_point(|line| line.product < product);
        let to = self.lines.partition_point(|line| line.product <= product);
        let lines = &mut self.lines[from..to];
        let settled = settle::settle(lines, &self.whole);
        for (line, left) in lines.iter_mut().zip(&settled.left) {
            line.is_double = left.is_none();
        }
        match settled.owned {
            Some(owned) => self.owned.insert(product, owned),
            None => self.owned.remove(&product),
        };
        let from = self.trades.partition_point(|trade| trade.product < product);
        let to = self.trades.partition_point(|trade| trade.product <= product);
        let mut doubles = Vec::new();
        for (place, trade) in (from..).zip(&mut self.trades[from..to]) {
            let found = lines.binary_search_by(|line| line.identity().cmp(&trade.identity()));
            match found.ok().and_then(|line| settled.left[line]) {
                Some(left) => trade.kept_quantity = if trade.side == Side::Bought { left } else { 0 },
                None => doubles.push(place),
            }
        }
        for place in doubles.iter().rev() {
            self.trades.remove(*place);
        }
        doubles.is_empty() || !self.truncated
    }

    fn let_go(&mut self) {
        let surplus = self.trades.len().saturating_sub(NEWEST_TRADES);
        if surplus == 0 {
            return;
        }
        self.truncated = true;
        self.trades.sort_by(|a, b| a.telling().cmp(&b.telling()));
        self.trades.drain(..surplus);
        self.trades.shrink_to(NEWEST_TRADES + 1);
        self.trades.sort_by(|a, b| a.place().cmp(&b.place()));
    }

    pub(super) fn trades(&self) -> &[Trade] {
        &self.trades
    }

    pub(super) const fn owned(&self) -> &FxHashMap<ProductIx, Owned> {
        &self.owned
    }

    /// Orders that were bought, and orders of which something went back; each counts as one event, however it was told.
    pub(super) fn deals(&self) -> u64 {
        (self.bought.len() + self.returned.len()) as u64
    }

    /// The earliest and the latest.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let lines = || self.lines.iter().filter(|line| !line.is_double);
        let times = || lines().map(|line| line.first).chain(self.whole.values().copied());
        times().min().zip(times().max())
    }

    /// About how many bytes of memory it takes beside itself.
    pub(super) fn weight(&self, id: usize) -> usize {
        self.lines.capacity() * mem::size_of::<Line>()
            + self.owned.capacity() * (mem::size_of::<Owned>() + 8)
            + self.trades.capacity() * (mem::size_of::<Trade>() + id)
            + (self.bought.capacity() + self.returned.capacity() + 2 * self.whole.capacity())
                * (mem::size_of::<Deal>() + 1)
    }
}

#[cfg(test)]
mod tests;
