//! What the next order holds after this one: first-order transitions from product to product between consecutive orders of
//! one customer (the counting form of Rendle et al., "Factorizing personalized Markov chains for next-basket
//! recommendation", WWW 2010), and what stands in one order with what.

use std::sync::Arc;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError},
};
use crate::models::data::{
    baskets::{Baskets, Order},
    item_index::{Item, ItemIndex},
    neighbours::{Neighbours, keep_best},
    sparse_accumulator::SparseAccumulator,
};

/// What is said of a product: how much of what follows her last orders it is, and of what follows the very last.
pub const SIGNALS: [&str; 2] = ["after_several", "after_last"];
/// Orders that count, and each against the next one.
const SEVERAL: usize = 10;
const DECAY: f32 = 0.8;

/// Orders of a product that its followers' shares are drawn to nothing by.
const DRAWN: f32 = 3.0;
/// Followers kept for one product.
const KEPT: usize = 100;
/// Products of an order that are looked at: bounds the pairs of one.
const WIDEST: usize = 100;
/// Orders ahead that count, and how much each against the one before.
const AHEAD: usize = 3;
const FURTHER: f32 = 0.6;

/// For each product, what follows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NextOrder {
    /// The share of orders after one with the product in which each follower stands, drawn to zero.
    followers: Neighbours,
}

impl NextOrder {
    /// Counts orders that come one after another, for a vocabulary of so many products.
    pub fn count(orders: &Baskets, products: usize) -> Self {
        let all: Vec<Vec<Order<'_>>> = orders.by_customer().collect();
        let mut leads: Vec<Vec<(u32, u32)>> = vec![Vec::new(); products];
        for (customer, own) in (0..).zip(&all) {
            for (number, order) in (1..own.len()).zip(own) {
                for item in order.items.iter().take(WIDEST) {
                    leads[*item as usize].push((customer, u32::try_from(number).unwrap_or(u32::MAX)));
                }
            }
        }
        let mut sums = SparseAccumulator::<1>::new();
        let followers = Neighbours::from_lists(leads.into_iter().map(|leads| {
            let mut whole = DRAWN;
            for (customer, next) in leads {
                let mut weight = 1.0;
                for order in all[customer as usize].iter().skip(next as usize).take(AHEAD) {
                    whole += weight;
                    for item in order.items.iter().take(WIDEST) {
                        sums.of(*item)[0] += weight;
                    }
                    weight *= FURTHER;
                }
            }
            let mut list: Vec<(Item, f32)> = sums.iter().map(|(item, [sum])| (item, sum / whole)).collect();
            sums.clear();
            keep_best(&mut list, KEPT);
            list
        }));
        Self { followers }
    }

    /// By product the mean share over the seeds of several orders, and over those of the last.
    fn shares(&self, seeds: &[Seed]) -> SparseAccumulator<2> {
        let mut sums = SparseAccumulator::new();
        for Seed { item, weights: [several, last] } in seeds {
            for (follower, share) in self.followers.of(*item) {
                let sums = sums.of(follower);
                sums[0] += several * share;
                sums[1] += last * share;
            }
        }
        sums
    }
}

/// A product of the last orders, with its weight among several of them and in the very last.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seed {
    item: Item,
    weights: [f32; 2],
}

/// The products of the last orders with weights that add up to one, each order counting less than the next.
fn seeds(own: &[Order<'_>], last: usize, decay: f32) -> Vec<Seed> {
    let mut weight = 1.0;
    let mut seeds: Vec<Seed> = Vec::new();
    for (back, order) in own.iter().rev().take(last).enumerate() {
        let weights = [weight, if back == 0 { 1.0 } else { 0.0 }];
        seeds.extend(order.items.iter().map(|item| Seed { item: *item, weights }));
        weight *= decay;
    }
    seeds.sort_by_key(|seed| seed.item);
    seeds.dedup_by(|next, kept| {
        let same = next.item == kept.item;
        if same {
            kept.weights.iter_mut().zip(next.weights).for_each(|(kept, next)| *kept += next);
        }
        same
    });
    let whole = |kind: usize| seeds.iter().map(|seed| seed.weights[kind]).sum::<f32>().max(f32::MIN_POSITIVE);
    let wholes = [whole(0), whole(1)];
    for seed in &mut seeds {
        seed.weights.iter_mut().zip(wholes).for_each(|(weight, whole)| *weight /= whole);
    }
    seeds
}

/// What comes after her last orders.
#[derive(Debug)]
pub struct ComesNext {
    vocabulary: Arc<ItemIndex>,
    next: Arc<NextOrder>,
}

impl ComesNext {
    /// Serves what was counted.
    pub const fn new(vocabulary: Arc<ItemIndex>, next: Arc<NextOrder>) -> Self {
        Self { vocabulary, next }
    }

    fn seeds(&self, context: &RequestContext<'_>) -> Vec<Seed> {
        seeds(&Baskets::of_trail(context.history, &self.vocabulary).of(0), SEVERAL, DECAY)
    }
}

impl Source for ComesNext {
    fn name(&self) -> &'static str {
        "comes_next"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let sums = self.next.shares(evidence.get_or_make(|| self.seeds(context)));
        for (item, shares) in sums.iter() {
            found.push(self.vocabulary.product(item), shares);
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let item = self.vocabulary.item(product)?;
        let mut best: Option<(Item, f32)> = None;
        for seed in evidence.get_or_make(|| self.seeds(context)) {
            let part = seed.weights[0] * self.next.followers.weight_of(seed.item, item);
            if part > best.map_or(0.0, |(_, largest)| largest) {
                best = Some((seed.item, part));
            }
        }
        let seed = self.vocabulary.product(best?.0);
        let time = context.history.bought.iter().rev().find(|line| line.product == seed).map(|line| line.time);
        Some(Rationale { product: Some(seed), time, ..Rationale::of(ReasonCode::GoesWithPurchase) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn shares_are_those_worked_out_by_hand() {
        let mut orders = Baskets::default();
        for items in [&[0_u32][..], &[1, 2], &[1]] {
            orders.push(Timestamp(0), items.iter().copied());
        }
        orders.end_customer();
        let next = NextOrder::count(&orders, 3);
        // After 0 come 1 and 2, then 1 again at 0.6; drawn by 3 orders.
        let of = |item: Item| next.followers.of(item).collect::<Vec<_>>();
        assert_eq!(of(0), [(1, 1.6 / 4.6), (2, 1.0 / 4.6)]);
        assert_eq!(of(2), [(1, 0.25)]);
        let seed = |item, last| Seed { item, weights: [0.5, last] };
        let [several, last] = next.shares(&[seed(0, 0.0), seed(2, 1.0)]).get(1);
        assert!((several - (0.8 / 4.6 + 0.125)).abs() < 1e-6 && (last - 0.25).abs() < 1e-6);
    }

    #[test]
    fn later_orders_weigh_more_and_all_weights_add_up_to_one() {
        let mut orders = Baskets::default();
        for items in [&[0_u32, 1][..], &[1]] {
            orders.push(Timestamp(0), items.iter().copied());
        }
        orders.end_customer();
        let seed = |item, weights| Seed { item, weights };
        assert_eq!(seeds(&orders.of(0), 5, 0.5), [seed(0, [0.25, 0.0]), seed(1, [0.75, 1.0])]);
        assert_eq!(seeds(&orders.of(0), 1, 0.5), [seed(1, [1.0, 1.0])]);
        assert_eq!(seeds(&[], 1, 0.5), []);
    }
}
