//! What customers near her buy: TIFU-KNN (Hu et al., "Modeling personalized item frequency information for next-basket
//! recommendation", SIGIR 2020) with one group of orders, answered from an inverted index.
//!
//! The nearest by Euclidean distance are few orders of common things, and say what is bought first; the nearest by angle
//! share her own products. Both were worth having on validation.

use std::{mem, sync::Arc};

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight},
};
use crate::models::data::{
    baskets::{Baskets, Order},
    item_index::{Item, ItemIndex},
    neighbours::keep_best,
    tally::{Tally, with_tallies},
};

/// What is said of a product: TIFU-KNN's score, its neighbours' part, and the part of those at the smallest angle.
pub const SIGNALS: [&str; 3] = ["tifu", "near", "same_tastes"];
/// How much an order counts against the next one.
const DECAY: f32 = 0.9;
/// Her own part in TIFU-KNN's score.
const OWN: f32 = 0.1;
/// Neighbours by distance, and by angle.
const NEAR: usize = 300;
const SAME_TASTES: usize = 100;
/// Of those who buy a product, the neighbours whose purchases are looked at for its reason.
const SPEAKING: usize = 4;
/// Customers kept for one product, those with the largest weights: bounds the time of a question in a large shop.
const HOLDERS: usize = 5_000;
/// Whoever is so like her says nothing that her own orders don't: it is she herself, as she was when the model was made.
const HERSELF: f32 = 0.999_9;

/// Decayed frequencies of every customer, and who holds what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alike {
    starts: Vec<u32>,
    entries: Vec<(Item, f32)>,
    norms: Vec<f32>,
    holder_starts: Vec<u32>,
    holders: Vec<(u32, f32)>,
    /// Customers with the shortest vectors, who are near to anybody.
    shortest: Vec<u32>,
}

/// The neighbours of a customer, each with a weight; the weights of a list add up to one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nearest {
    /// By distance, each counting alike.
    pub near: Vec<(u32, f32)>,
    /// By angle, each counting by its cosine.
    pub same_tastes: Vec<(u32, f32)>,
}

impl Alike {
    /// Bytes that it takes.
    pub fn weight(&self) -> usize {
        let numbers = self.starts.len() + self.norms.len() + self.holder_starts.len() + self.shortest.len();
        let entries = mem::size_of_val(&self.entries[..]) + mem::size_of_val(&self.holders[..]);
        numbers * mem::size_of::<u32>() + entries
    }

    /// Makes the vectors and the index, for a vocabulary of so many products.
    pub fn train(orders: &Baskets, products: usize) -> Self {
        let mut all = Self { starts: vec![0], holder_starts: vec![0], ..Self::default() };
        let mut holders: Vec<Vec<(u32, f32)>> = vec![Vec::new(); products];
        for (customer, own) in (0..).zip(orders.by_customer()) {
            let frequencies = frequencies(&own);
            for (item, weight) in &frequencies {
                holders[*item as usize].push((customer, *weight));
            }
            all.norms.push(frequencies.iter().map(|(_, weight)| weight * weight).sum());
            all.entries.extend(frequencies);
            all.starts.push(place(all.entries.len()));
        }
        for mut list in holders {
            keep_best(&mut list, HOLDERS);
            all.holders.extend(list);
            all.holder_starts.push(place(all.holders.len()));
        }
        let short = (0..).zip(&all.norms).filter(|(_, norm)| **norm > 0.0);
        let mut short: Vec<(u32, f32)> = short.map(|(customer, norm)| (customer, -norm)).collect();
        keep_best(&mut short, NEAR);
        all.shortest = short.into_iter().map(|(customer, _)| customer).collect();
        all
    }

    /// Who is nearest to a customer. `dots` is cleared before and after.
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    pub fn nearest(&self, hers: &[(Item, f32)], dots: &mut Tally) -> Nearest {
        dots.reserve(self.norms.len());
        for (item, weight) in hers {
            for (other, others) in of(&self.holders, &self.holder_starts, *item) {
                dots.add(*other, weight * others);
            }
        }
        let norm = hers.iter().map(|(_, weight)| weight * weight).sum::<f32>().max(f32::MIN_POSITIVE);
        let cosine = |(other, dot): (u32, f32)| (other, dot / (norm * self.norms[other as usize]).sqrt());
        let others = || dots.iter().filter(|one| cosine(*one).1 < HERSELF);
        let mut same_tastes: Vec<(u32, f32)> = others().map(cosine).collect();
        let distance = |(other, dot): (u32, f32)| (other, 2.0 * dot - self.norms[other as usize]);
        let strangers = self.shortest.iter().filter(|other| dots.get(**other) == 0.0).map(|other| (*other, 0.0));
        let mut near: Vec<(u32, f32)> = others().chain(strangers).map(distance).collect();
        dots.clear();
        keep_best(&mut same_tastes, SAME_TASTES);
        keep_best(&mut near, NEAR);
        let whole = same_tastes.iter().map(|(_, cosine)| cosine).sum::<f32>().max(f32::MIN_POSITIVE);
        for (_, weight) in &mut same_tastes {
            *weight /= whole;
        }
        let share = 1.0 / near.len().max(1) as f32;
        for (_, weight) in &mut near {
            *weight = share;
        }
        Nearest { near, same_tastes }
    }

    /// Those of the neighbours who say most for a product, each with how much she says.
    fn buyers(&self, item: Item, nearest: &Nearest) -> Vec<(u32, f32)> {
        let mut buyers: Vec<(u32, f32)> = with_tallies(|[weights, _, _]| {
            weights.reserve(self.norms.len());
            for (other, weight) in nearest.near.iter().chain(&nearest.same_tastes) {
                weights.add(*other, *weight);
            }
            let holders = of(&self.holders, &self.holder_starts, item).iter();
            let says = holders.map(|(other, frequency)| (*other, weights.get(*other) * frequency));
            says.filter(|(_, says)| *says > 0.0).collect()
        });
        keep_best(&mut buyers, SPEAKING);
        buyers
    }

    fn frequencies_of(&self, customer: u32) -> &[(Item, f32)] {
        of(&self.entries, &self.starts, customer)
    }

    /// Adds what the neighbours buy.
    pub fn add(&self, neighbours: &[(u32, f32)], sums: &mut Tally) {
        for (other, weight) in neighbours {
            for (item, frequency) in self.frequencies_of(*other) {
                sums.add(*item, weight * frequency);
            }
        }
    }
}

/// The part of a flat list that belongs to a number; nothing where it is not known.
fn of<'a, T>(list: &'a [T], starts: &[u32], number: u32) -> &'a [T] {
    let bounds = starts.get(number as usize).zip(starts.get(number as usize + 1));
    bounds.map_or(&[], |(from, to)| &list[*from as usize..*to as usize])
}

/// By product, how much of her orders it stands in, older ones counting less: TIFU-KNN's vector with one group.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub fn frequencies(own: &[Order<'_>]) -> Vec<(Item, f32)> {
    let mut entries: Vec<(Item, f32)> = Vec::new();
    let mut weight = 1.0 / own.len().max(1) as f32;
    for order in own.iter().rev() {
        entries.extend(order.items.iter().map(|item| (*item, weight)));
        weight *= DECAY;
    }
    entries.sort_by_key(|(item, _)| *item);
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    entries
}

fn place(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What customers near her buy.
#[derive(Debug)]
pub struct CustomersAlike {
    vocabulary: Arc<ItemIndex>,
    alike: Arc<Alike>,
}

/// Who is near to whoever asks.
struct Neighbourhood {
    hers: Vec<(Item, f32)>,
    nearest: Nearest,
}

impl CustomersAlike {
    /// Serves what was trained.
    pub const fn new(vocabulary: Arc<ItemIndex>, alike: Arc<Alike>) -> Self {
        Self { vocabulary, alike }
    }

    fn neighbourhood(&self, context: &RequestContext<'_>) -> Neighbourhood {
        let own = Baskets::of_trail(context.history, &self.vocabulary);
        let hers = frequencies(&own.of(0));
        let nearest = with_tallies(|[dots, _, _]| self.alike.nearest(&hers, dots));
        Neighbourhood { hers, nearest }
    }
}

impl Source for CustomersAlike {
    fn name(&self) -> &'static str {
        "alike"
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
        let Neighbourhood { hers, nearest } = evidence.get_or_make(|| self.neighbourhood(context));
        with_tallies(|[_, near, same_tastes]| {
            let products = self.vocabulary.len();
            near.reserve(products);
            same_tastes.reserve(products);
            for (item, _) in &*hers {
                // So that what is hers alone is met below.
                near.add(*item, f32::MIN_POSITIVE);
            }
            self.alike.add(&nearest.near, near);
            self.alike.add(&nearest.same_tastes, same_tastes);
            let own = |item: Item| hers.binary_search_by_key(&item, |(item, _)| *item).map_or(0.0, |at| hers[at].1);
            for (item, sum) in near.iter() {
                let tifu = OWN * own(item) + (1.0 - OWN) * sum;
                found.push(self.vocabulary.product(item), &[tifu, sum, same_tastes.get(item)]);
            }
            for (item, sum) in same_tastes.iter().filter(|(item, _)| near.get(*item) == 0.0) {
                found.push(self.vocabulary.product(item), &[0.0, 0.0, sum]);
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
        let Neighbourhood { hers, nearest } = evidence.get_or_make(|| self.neighbourhood(context));
        // Of her products, the one that brings the neighbours who buy this one nearest.
        let mut parts = vec![0.0_f32; hers.len()];
        for (other, weight) in self.alike.buyers(item, nearest) {
            let mut theirs = self.alike.frequencies_of(other).iter().peekable();
            for (part, (mine, frequency)) in parts.iter_mut().zip(&*hers) {
                while theirs.next_if(|(item, _)| item < mine).is_some() {}
                let shared = theirs.peek().filter(|(item, _)| item == mine).map_or(0.0, |(_, shared)| *shared);
                *part += weight * frequency * shared;
            }
        }
        let best = (0..hers.len())
            .filter(|at| parts[*at] > 0.0)
            .max_by(|a, b| parts[*a].total_cmp(&parts[*b]).then(b.cmp(a)))?;
        let mine = self.vocabulary.product(hers[best].0);
        let time = context.history.bought.iter().rev().find(|line| line.product == mine).map(|line| line.time);
        Some(Rationale { product: Some(mine), time, ..Rationale::of(ReasonCode::GoesWithPurchase) })
    }

    fn weight(&self) -> Weight {
        Weight::of_counted(self.alike.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn orders(customers: &[&[&[Item]]]) -> Baskets {
        let mut orders = Baskets::default();
        for own in customers {
            own.iter().for_each(|items| orders.push(Timestamp(0), items.iter().copied()));
            orders.end_customer();
        }
        orders
    }

    #[test]
    fn frequencies_decay_order_by_order() {
        let orders = orders(&[&[&[1, 2], &[2]]]);
        assert_eq!(frequencies(&orders.of(0)), [(1, 0.45), (2, 0.95)]);
        assert_eq!(frequencies(&[]), []);
    }

    #[test]
    fn neighbours_share_her_products_or_stand_near_and_are_not_herself() {
        let orders = orders(&[&[&[0, 1]], &[&[0, 1, 2]], &[&[3, 4, 5]], &[], &[&[0, 1]]]);
        let alike = Alike::train(&orders, 6);
        let mut dots = Tally::default();
        let nearest = alike.nearest(&frequencies(&orders.of(0)), &mut dots);
        assert_eq!(nearest.same_tastes, [(1, 1.0)], "of those who share something all but herself and her twin");
        // 3 - 2 * 2 below 3: the stranger is further away.
        assert_eq!(nearest.near, [(1, 0.5), (2, 0.5)]);
        let mut sums = Tally::default();
        sums.reserve(6);
        alike.add(&nearest.near, &mut sums);
        assert_eq!((sums.get(0), sums.get(2), sums.get(4)), (0.5, 0.5, 0.5));
    }
}
