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
    tally::{Tally, with_tallies},
};

/// What is said of a product: how much of what follows her last orders it is, and of what follows the very last.
pub const SIGNALS: [&str; 2] = ["after_several", "after_last"];
/// Orders that count, and each against the next one.
const SEVERAL: usize = 10;
const DECAY: f32 = 0.8;

/// Orders of a product that its followers' shares are drawn to nothing by.
const DRAWN: f32 = 3.0;
/// Followers kept for one product.
const KEPT: usize = 300;
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
        let mut sums = Tally::default();
        sums.reserve(products);
        let followers = Neighbours::from_lists(leads.into_iter().map(|leads| {
            let mut whole = DRAWN;
            for (customer, next) in leads {
                let mut weight = 1.0;
                for order in all[customer as usize].iter().skip(next as usize).take(AHEAD) {
                    whole += weight;
                    for item in order.items.iter().take(WIDEST) {
                        sums.add(*item, weight);
                    }
                    weight *= FURTHER;
                }
            }
            let mut list: Vec<(Item, f32)> = sums.iter().map(|(item, sum)| (item, sum / whole)).collect();
            sums.clear();
            keep_best(&mut list, KEPT);
            list
        }));
        Self { followers }
    }

    /// Adds the mean share over the seeds.
    pub fn add(&self, seeds: &[(Item, f32)], sums: &mut Tally) {
        for (item, weight) in seeds {
            for (follower, share) in self.followers.of(*item) {
                sums.add(follower, weight * share);
            }
        }
    }
}

/// The products of the last orders with weights that add up to one, each order counting less than the next.
pub fn seeds(own: &[Order<'_>], last: usize, decay: f32) -> Vec<(Item, f32)> {
    let mut weight = 1.0;
    let mut seeds: Vec<(Item, f32)> = Vec::new();
    for order in own.iter().rev().take(last) {
        seeds.extend(order.items.iter().map(|item| (*item, weight)));
        weight *= decay;
    }
    seeds.sort_by_key(|(item, _)| *item);
    seeds.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let whole = seeds.iter().map(|(_, weight)| weight).sum::<f32>().max(f32::MIN_POSITIVE);
    for (_, weight) in &mut seeds {
        *weight /= whole;
    }
    seeds
}

/// What comes after her last orders.
#[derive(Debug)]
pub struct ComesNext {
    vocabulary: Arc<ItemIndex>,
    next: Arc<NextOrder>,
}

/// The products of the last orders of whoever asks, with their weights.
struct LastOrders {
    several: Vec<(Item, f32)>,
    last: Vec<(Item, f32)>,
}

impl ComesNext {
    /// Serves what was counted.
    pub const fn new(vocabulary: Arc<ItemIndex>, next: Arc<NextOrder>) -> Self {
        Self { vocabulary, next }
    }

    fn last_orders(&self, context: &RequestContext<'_>) -> LastOrders {
        let orders = Baskets::of_trail(context.history, &self.vocabulary);
        let own = orders.of(0);
        LastOrders { several: seeds(&own, SEVERAL, DECAY), last: seeds(&own, 1, DECAY) }
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
        let LastOrders { several: of_several, last: of_last } = evidence.get_or_make(|| self.last_orders(context));
        with_tallies(|[several, last, _]| {
            several.reserve(self.vocabulary.len());
            last.reserve(self.vocabulary.len());
            self.next.add(of_several, several);
            self.next.add(of_last, last);
            // What follows the last order follows one of several.
            for (item, sum) in several.iter() {
                found.push(self.vocabulary.product(item), &[sum, last.get(item)]);
            }
        });
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
        let orders = evidence.get_or_make(|| self.last_orders(context));
        let mut best: Option<(Item, f32)> = None;
        for (seed, weight) in &orders.several {
            let share = self.next.followers.weight_of(*seed, item);
            if share > 0.0 && best.is_none_or(|(_, part)| weight * share > part) {
                best = Some((*seed, weight * share));
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
        let mut sums = Tally::default();
        sums.reserve(3);
        next.add(&[(0, 0.5), (2, 0.5)], &mut sums);
        assert!((sums.get(1) - (0.8 / 4.6 + 0.125)).abs() < 1e-6);
    }

    #[test]
    fn later_orders_weigh_more_and_all_weights_add_up_to_one() {
        let mut orders = Baskets::default();
        for items in [&[0_u32, 1][..], &[1]] {
            orders.push(Timestamp(0), items.iter().copied());
        }
        orders.end_customer();
        let found = seeds(&orders.of(0), 5, 0.5);
        assert_eq!(found, [(0, 0.25), (1, 0.75)]);
        assert_eq!(seeds(&orders.of(0), 1, 0.5), [(1, 1.0)]);
        assert_eq!(seeds(&[], 1, 0.5), []);
    }
}
