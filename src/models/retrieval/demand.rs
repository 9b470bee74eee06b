//! What sells at a moment: each product's share of all purchases in several windows that end there.
//!
//! The windows are cut by the log itself, as the times that hold its last hundredths, so that they fit a shop with a thousand
//! orders a day and one with ten. A moment in the past is answered as it was then: learning from earlier orders sees no later
//! ones.

use std::sync::Arc;

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError},
};
use crate::models::data::{
    baskets::Baskets,
    item_index::{Item, ItemIndex},
    neighbours::keep_best,
};

/// What is said of a product: its share in each window, as a logarithm.
pub const SIGNALS: [&str; 4] = ["lately", "now", "season", "ever"];
/// Share of all purchases that each window holds at the end of the log.
const WINDOWS: [f64; SIGNALS.len()] = [0.1, 0.03, 0.3, 1.0];
/// Shares below one in so many are told apart little.
const SCALE: f32 = 10_000.0;
/// Moments for which the best are kept, with as many purchases between any two.
const MARKS: usize = 64;
/// Products kept for each.
const KEPT: usize = 400;

/// Purchases by product and time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Demand {
    starts: Vec<u32>,
    times: Vec<i64>,
    all: Vec<i64>,
    windows: [i64; WINDOWS.len()],
    marks: Vec<(i64, Vec<Item>)>,
    /// By product, the signals at the end of the log, which hold until the next counting: no question of today counts again.
    latest: Vec<[f32; SIGNALS.len()]>,
}

impl Demand {
    /// Sorts the purchases of a vocabulary of so many products.
    pub fn count(orders: &Baskets, products: usize) -> Self {
        let mut by_product: Vec<Vec<i64>> = vec![Vec::new(); products];
        for order in orders.all() {
            for item in order.items {
                by_product[*item as usize].push(order.time.0);
            }
        }
        let mut demand = Self { starts: vec![0], ..Self::default() };
        for mut times in by_product {
            times.sort_unstable();
            demand.times.extend(times);
            demand.starts.push(u32::try_from(demand.times.len()).unwrap_or(u32::MAX));
        }
        demand.all.clone_from(&demand.times);
        demand.all.sort_unstable();
        if let Some(last) = demand.all.last().copied() {
            demand.windows = WINDOWS.map(|share| last.saturating_sub(demand.all[behind(demand.all.len(), share)]) + 1);
            let mut moments: Vec<i64> = (1..MARKS).map(|mark| demand.all[demand.all.len() * mark / MARKS]).collect();
            moments.push(last.saturating_add(1));
            moments.dedup();
            demand.marks = moments.into_iter().map(|at| (at, demand.best(at))).collect();
        }
        let end = demand.at(Timestamp(i64::MAX));
        let products = 0..u32::try_from(products).unwrap_or(u32::MAX);
        demand.latest = products.map(|item| end.counted(item)).collect();
        demand
    }

    /// The best by the first signal as of a moment.
    fn best(&self, at: i64) -> Vec<Item> {
        let products = u32::try_from(self.starts.len() - 1).unwrap_or(u32::MAX);
        let sold = (0..products).map(|item| (item, self.sold(item, at, self.windows[0])));
        #[expect(clippy::cast_precision_loss, reason = "purchases of one product")]
        let mut list: Vec<(Item, f32)> = sold.filter(|(_, n)| *n > 0).map(|(item, n)| (item, n as f32)).collect();
        keep_best(&mut list, KEPT);
        list.into_iter().map(|(item, _)| item).collect()
    }

    fn sold(&self, item: Item, at: i64, window: i64) -> usize {
        let bounds = self.starts.get(item as usize).zip(self.starts.get(item as usize + 1));
        bounds.map_or(0, |(from, to)| within(&self.times[*from as usize..*to as usize], at, window))
    }

    /// What all purchases are in each window before a moment; after the end of the log, that is at its end.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    pub fn at(&self, now: Timestamp) -> At<'_> {
        let end = self.all.last().map_or(i64::MIN, |last| last.saturating_add(1));
        let at = now.0.min(end);
        let wholes = self.windows.map(|window| within(&self.all, at, window).max(1) as f32);
        At { demand: self, context: at, is_latest: at == end, wholes }
    }
}

/// The demand of one moment.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    demand: &'a Demand,
    context: i64,
    is_latest: bool,
    wholes: [f32; WINDOWS.len()],
}

impl At<'_> {
    /// As [`SIGNALS`] names them.
    pub fn signals(&self, item: Item) -> [f32; SIGNALS.len()] {
        let latest = self.demand.latest.get(item as usize).filter(|_| self.is_latest);
        latest.copied().unwrap_or_else(|| self.counted(item))
    }

    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    fn counted(&self, item: Item) -> [f32; SIGNALS.len()] {
        let mut signals = [0.0; SIGNALS.len()];
        for ((signal, window), whole) in signals.iter_mut().zip(self.demand.windows).zip(self.wholes) {
            *signal = (self.demand.sold(item, self.context, window) as f32 / whole * SCALE).ln_1p();
        }
        signals
    }

    /// Those that sold most lately, as of a moment shortly before.
    pub fn best(&self) -> &[Item] {
        let marks = &self.demand.marks;
        let at = marks.partition_point(|(context, _)| *context <= self.context).max(1);
        marks.get(at - 1).map_or(&[], |(_, best)| best)
    }
}

/// How many of sorted times lie in the window that ends before a moment.
fn within(times: &[i64], at: i64, window: i64) -> usize {
    let from = at.saturating_sub(window);
    times.partition_point(|time| *time < at) - times.partition_point(|time| *time < from)
}

/// The place in a list of the last that a share of it goes back to.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
fn behind(len: usize, share: f64) -> usize {
    ((len.saturating_sub(1)) as f64 * (1.0 - share)) as usize
}

/// What sells.
#[derive(Debug)]
pub struct InDemand {
    vocabulary: Arc<ItemIndex>,
    demand: Arc<Demand>,
}

impl InDemand {
    /// Serves what was counted.
    pub const fn new(vocabulary: Arc<ItemIndex>, demand: Arc<Demand>) -> Self {
        Self { vocabulary, demand }
    }
}

impl Source for InDemand {
    fn name(&self) -> &'static str {
        "in_demand"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let at = self.demand.at(context.now);
        for item in at.best().iter().take(2 * most) {
            found.push(self.vocabulary.product(*item), &at.signals(*item));
        }
        Ok(())
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let at = self.demand.at(context.now);
        for (product, row) in products.iter().zip(rows.chunks_exact_mut(SIGNALS.len())) {
            if let Some(item) = self.vocabulary.item(*product) {
                row.copy_from_slice(&at.signals(item));
            }
        }
        Ok(())
    }

    fn because(
        &self,
        _context: &RequestContext<'_>,
        _product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        Some(Rationale::of(ReasonCode::Popular))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_as_it_was() {
        let mut orders = Baskets::default();
        for time in 0..100 {
            orders.push(Timestamp(time), [u32::from(time >= 50)]);
        }
        orders.end_customer();
        let demand = Demand::count(&orders, 3);
        let then = demand.at(Timestamp(50));
        assert_eq!((then.signals(1), then.signals(2)), ([0.0; 4], [0.0; 4]), "nothing of it was sold yet");
        assert!(then.signals(0)[0] > 9.0);
        assert_eq!(then.best().first(), Some(&0));
        let now = demand.at(Timestamp(1_000));
        assert_eq!(now.signals(1).map(f32::to_bits), now.counted(1).map(f32::to_bits), "kept as it is counted");
        assert_eq!(now.best(), [1]);
        assert!(now.signals(0)[0] == 0.0 && now.signals(0)[3] > 8.0, "{:?}", now.signals(0));
        assert!(demand.at(Timestamp(-5)).signals(0).iter().all(|signal| signal.abs() < 1e-9), "before all time");
        assert!(Demand::count(&Baskets::default(), 2).at(Timestamp(0)).best().is_empty());
    }
}
