//! What a customer bought and sent back: every line of every order once, however often and in whatever order it was told.
//!
//! A line of an order is known by the order, the product, the variant and its position among equal lines. Told again, it
//! stays one line: it happened when it was first told to have happened, and its quantity is what the newest telling says
//! (of two at one moment, the larger). A telling without a variant is the same line as one with a variant of the same
//! order and product, which says more. Without an order's id the event is the order. Returns are told, and told again, in
//! the same way: two partial returns of one line of an order count as one, since counting less sent back hides a product
//! that could be offered, and counting more would offer one that the customer has.
//!
//! Nothing is forgotten that decides what she kept: a line takes 48 bytes, and each order 9. What history needs beside it, when
//! and where and in which order, is kept of the newest lines alone. What she kept of a product is worked out in `settle`.

mod lines;
mod settle;

use std::{cmp::Ordering, mem, ops::Range, sync::Arc};

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
    /// By product. Each is shared until it changes: a ledger of many products is copied by counting, not by copying lines.
    accounts: FxHashMap<ProductIx, Arc<Account>>,
    /// Orders that went back whole, and when.
    whole: FxHashMap<Deal, Timestamp>,
    /// The newest lines, by product, then by stamp and line.
    trades: Vec<Trade>,
    /// Whether `trades` is not all.
    truncated: bool,
    bought: FxHashSet<Deal>,
    returned: FxHashSet<Deal>,
}

/// What was bought and sent back of one product.
#[derive(Debug, Clone, Default)]
struct Account {
    /// Each line once, sorted by what it is known by.
    lines: Vec<Line>,
    owned: Option<Owned>,
}

/// Two ledgers are one where they say the same, however often each was told it.
impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        let same = |(product, account): (&ProductIx, &Arc<Account>)| {
            other.accounts.get(product).is_some_and(|other| other.owned == account.owned)
        };
        self.accounts.len() == other.accounts.len()
            && self.accounts.iter().all(same)
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
        let mut new_trades = Vec::new();
        for told in trades.chunk_by(|a, b| a.product == b.product) {
            products.push(told[0].product);
            exact &= self.take_product(told, &mut new_trades);
        }
        // A stable sort finds the sorted run that stood before.
        self.trades.extend(new_trades);
        self.trades.sort_by(|a, b| a.place().cmp(&b.place()));
        products.sort_unstable();
        products.dedup();
        for product in products {
            exact &= self.settle(product);
        }
        self.let_go();
        exact
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
        let of_orders = |account: &Account| account.lines.iter().any(|line| news.contains(&line.deal));
        self.accounts.iter().filter(|(_, account)| of_orders(account)).map(|(product, _)| *product).collect()
    }

    /// Takes in all that is told of one product, sorted by line and then by telling.
    fn take_product(&mut self, told: &[Trade], new_trades: &mut Vec<Trade>) -> bool {
        let account = Arc::make_mut(self.accounts.entry(told[0].product).or_default());
        let own = of_product(&self.trades, told[0].product);
        let own = &mut self.trades[own];
        let (mut exact, mut new_lines) = (true, Vec::new());
        for tellings in told.chunk_by(|a, b| a.identity() == b.identity()) {
            let line = Line::of(tellings);
            let first = &tellings[0];
            let side = tellings.iter().max_by_key(|telling| telling.newness()).map_or(first.side, |one| one.side);
            if let Ok(place) = account.lines.binary_search_by_key(&line.identity(), Line::identity) {
                exact &= retell(&mut account.lines[place], own, &line, first, side) || !self.truncated;
                continue;
            }
            let deals = if line.went_back { &mut self.returned } else { &mut self.bought };
            deals.insert(line.deal);
            new_lines.push(line);
            new_trades.push(Trade { quantity: line.units, side, ..first.clone() });
        }
        account.lines.reserve_exact(new_lines.len());
        account.lines.extend(new_lines);
        account.lines.sort_by_key(Line::identity);
        exact
    }

    /// Works out what is left of one product.
    fn settle(&mut self, product: ProductIx) -> bool {
        let Some(account) = self.accounts.get_mut(&product) else { return true };
        let account = Arc::make_mut(account);
        let settled = settle::settle(&account.lines, &self.whole);
        for (line, left) in account.lines.iter_mut().zip(&settled.left) {
            line.is_double = left.is_none();
        }
        account.owned = settled.owned;
        let own = of_product(&self.trades, product);
        let mut doubles = Vec::new();
        for (place, trade) in own.clone().zip(&mut self.trades[own]) {
            let line = account.lines.binary_search_by_key(&trade.line_identity(), Line::identity);
            match line.ok().and_then(|line| settled.left[line]) {
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

    pub(super) fn owned(&self, product: ProductIx) -> Option<&Owned> {
        self.accounts.get(&product)?.owned.as_ref()
    }

    pub(super) fn all_owned(&self) -> impl Iterator<Item = (ProductIx, &Owned)> {
        self.accounts.iter().filter_map(|(product, account)| Some((*product, account.owned.as_ref()?)))
    }

    /// Orders that were bought, and orders of which something went back; each counts as one event, however it was told.
    pub(super) fn deals(&self) -> u64 {
        (self.bought.len() + self.returned.len()) as u64
    }

    /// The earliest and the latest.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let lines = || self.accounts.values().flat_map(|account| &account.lines).filter(|line| !line.is_double);
        let times = || lines().map(|line| line.first).chain(self.whole.values().copied());
        times().min().zip(times().max())
    }

    /// About how many bytes of memory it takes beside itself.
    pub(super) fn weight(&self, id: usize) -> usize {
        let lines: usize = self.accounts.values().map(|account| account.lines.capacity()).sum();
        lines * mem::size_of::<Line>()
            + self.accounts.capacity() * (mem::size_of::<(ProductIx, Arc<Account>)>() + 1)
            + self.accounts.len() * (mem::size_of::<Account>() + 16)
            + self.trades.capacity() * (mem::size_of::<Trade>() + id)
            + (self.bought.capacity() + self.returned.capacity() + 2 * self.whole.capacity())
                * (mem::size_of::<Deal>() + 1)
    }
}

/// Where the trades of a product stand.
fn of_product(trades: &[Trade], product: ProductIx) -> Range<usize> {
    let from = trades.partition_point(|trade| trade.product < product);
    from..trades.partition_point(|trade| trade.product <= product)
}

/// A line that is known is told again: `first` is the earliest of the new tellings, `side` what the newest says. `own` are the
/// newest trades of the product. False where the line turned out to be older.
fn retell(known: &mut Line, own: &mut [Trade], line: &Line, first: &Trade, side: Side) -> bool {
    let order = line.newest().cmp(&known.newest());
    known.join(line);
    // A line that was let go is at most older than was thought.
    let Some(trade) = own.iter_mut().find(|trade| trade.identity() == first.identity()) else { return true };
    trade.quantity = known.units;
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
    own.sort_by(|a, b| a.telling().cmp(&b.telling()));
    false
}

#[cfg(test)]
pub(crate) mod tests;
