//! What stands in the orders that are most like the cart: session-kNN (Jannach and Ludewig 2017) over orders as sets, where rare
//! products count more in the likeness (idf), which is the cosine of both.
//!
//! As with sessions only the newest orders of a product are looked at, so that a question has a bound. Nearness is all or nothing
//! in tables of pairs; here an order that shares three lines of the cart says more than three orders that share one each.

use std::{mem, sync::Arc};

use crate::domain::recommend::{Evidence, Found, RequestContext, Source, SourceError, Weight};
use crate::models::data::{
    baskets::Baskets,
    item_index::{Item, ItemIndex},
    recent_facts::lines_of_cart,
    session_index::SessionIndex,
    sparse_accumulator::SparseAccumulator,
};

/// Of the source.
pub const NAME: &str = "nearest_orders";

/// Likeness of the nearest orders that hold the product, gentle and steep, of newer ones, and how many they are, each as a share of
/// the largest; and the largest likeness itself.
const SIGNALS: [&str; 5] = ["near", "close", "recent", "orders", "strongest"];
const STRONGEST: usize = 4;

/// Newest orders of one line that are looked at.
const SAMPLE: usize = 3_000;
/// Most alike of them that vote.
const NEAREST: usize = 500;
/// Share of all orders that are newer, after which an order counts `1 / e`.
const AGE: f32 = 0.15;

/// All orders, ready to be compared with a cart.
#[derive(Debug)]
pub struct NearestOrders {
    vocabulary: Arc<ItemIndex>,
    /// The oldest first.
    orders: SessionIndex,
    /// By product, the square of how much its rarity says.
    rarity: Vec<f32>,
    /// By order, one over the length of its rarities.
    scales: Vec<f32>,
}

impl NearestOrders {
    /// Sorts the orders by time.
    #[expect(clippy::cast_precision_loss, reason = "orders")]
    pub fn new(vocabulary: Arc<ItemIndex>, orders: &Baskets) -> Self {
        let mut by_time: Vec<_> = orders.all().collect();
        by_time.sort_by_key(|order| order.time);
        let orders = SessionIndex::new(by_time.iter().map(|order| order.items), vocabulary.len());
        let all = by_time.len() as f32;
        let items = (0..).take(vocabulary.len());
        let rarity = items.map(|item| (1.0 + all / orders.support(item).max(1) as f32).ln().powi(2));
        let rarity: Vec<f32> = rarity.collect();
        let length = |number: u32| {
            let touches = orders.session(number).iter();
            touches.map(|touch| rarity[touch.item as usize]).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
        };
        let scales = (0..).take(by_time.len()).map(|number| length(number).recip()).collect();
        Self { vocabulary, orders, rarity, scales }
    }

    /// The orders that are most like a cart with how much they are, the oldest first: sums are the same in every run.
    fn nearest(&self, lines: &[Item]) -> Vec<(u32, f32)> {
        let length = lines.iter().map(|line| self.rarity[*line as usize]).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        let mut shared = SparseAccumulator::<1>::new();
        for line in lines {
            for order in self.orders.holding(*line).take(SAMPLE) {
                shared.of(order)[0] += self.rarity[*line as usize];
            }
        }
        let alike = |(order, [sum]): (u32, &[f32; 1])| (order, sum * self.scales[order as usize] / length);
        let mut near: Vec<(u32, f32)> = shared.iter().map(alike).collect();
        if near.len() > NEAREST {
            near.select_nth_unstable_by(NEAREST, |a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
            near.truncate(NEAREST);
        }
        near.sort_unstable_by_key(|(order, _)| *order);
        near
    }

    #[expect(clippy::cast_precision_loss, reason = "orders")]
    fn add_up(&self, near: &[(u32, f32)], sums: &mut SparseAccumulator<{ SIGNALS.len() }>) {
        let all = self.scales.len() as f32;
        for (order, alike) in near {
            let recent = alike * (-(all - *order as f32) / all / AGE).exp();
            for touch in self.orders.session(*order) {
                let sums = sums.of(touch.item);
                sums[0] += alike;
                sums[1] += alike * alike * alike;
                sums[2] += recent;
                sums[3] += 1.0;
                sums[STRONGEST] = sums[STRONGEST].max(*alike);
            }
        }
    }
}

impl Source for NearestOrders {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let lines = lines_of_cart(context, &self.vocabulary);
        if lines.is_empty() {
            return Ok(());
        }
        let near = self.nearest(&lines);
        let mut sums = SparseAccumulator::new();
        self.add_up(&near, &mut sums);
        // What lies in the cart is in most of them, and no measure of the others.
        let mut largest = [f32::MIN_POSITIVE; SIGNALS.len()];
        for (item, sums) in sums.iter().filter(|(item, _)| !lines.contains(item)) {
            largest.iter_mut().zip(sums).for_each(|(largest, sum)| *largest = largest.max(*sum));
            found.push(self.vocabulary.product(item), sums);
        }
        largest[STRONGEST] = 1.0;
        for signals in found.signals.chunks_exact_mut(SIGNALS.len()) {
            signals.iter_mut().zip(largest).for_each(|(signal, largest)| *signal /= largest);
        }
        Ok(())
    }

    fn weight(&self) -> Weight {
        let (orders, _) = self.orders.weights();
        Weight::of_counted(orders + mem::size_of_val(&self.rarity[..]) + mem::size_of_val(&self.scales[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id, Timestamp,
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::fixture,
    };

    #[test]
    fn an_order_that_shares_more_says_more_and_the_cart_itself_is_not_said() {
        let ids = Ids::default();
        let named = ["a", "b", "c", "d", "e"].map(|id| Id::new(id).unwrap()).to_vec();
        let vocabulary = Arc::new(ItemIndex::new(named, &ids));
        let mut orders = Baskets::default();
        for (time, items) in [(1, &[0, 1, 2][..]), (2, &[0, 3]), (3, &[4])] {
            orders.push(Timestamp(time), items.iter().copied());
        }
        orders.end_customer();
        let source = NearestOrders::new(Arc::clone(&vocabulary), &orders);
        let (catalog, profile) = (Snapshot::default(), Profile::default());
        let ask = |cart: &[Item], in_view: Option<Item>| {
            let cart: Vec<_> = cart.iter().map(|item| (vocabulary.product(*item), None)).collect();
            let in_view = in_view.map(|item| vocabulary.product(item));
            let context = RequestContext { cart: &cart, in_view, ..fixture::context(&catalog, &ids, &profile) };
            let mut found = Found::default();
            source.collect(&context, 10, &mut found, &mut Evidence::default()).unwrap();
            let items = found.products.iter().map(|product| vocabulary.item(*product).unwrap());
            items.zip(found.signals.chunks_exact(SIGNALS.len()).map(<[f32]>::to_vec)).collect::<Vec<_>>()
        };
        // Three orders: rarities are ln(2.5) squared of what stands in two, ln(4) squared of the others.
        let (often, rare) = (2.5_f32.ln().powi(2), 4.0_f32.ln().powi(2));
        let whole = (often + rare) / (often + 2.0 * rare).sqrt() / (often + rare).sqrt();
        let part = often / (often + rare);
        let found = ask(&[0, 1], None);
        assert_eq!(found.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [2, 3]);
        assert!((found[0].1[STRONGEST] - whole).abs() < 1e-6 && (found[1].1[STRONGEST] - part).abs() < 1e-6);
        assert!((found[1].1[0] - part / whole).abs() < 1e-6 && (found[0].1[0] - 1.0).abs() < 1e-6, "{found:?}");
        assert_eq!(ask(&[1], Some(0)), found, "what is in view is one more line");
        assert_eq!((ask(&[], None), ask(&[4], None)), (vec![], vec![]));
    }
}
