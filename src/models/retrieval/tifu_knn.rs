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
    neighbours::{Neighbours, keep_best},
    sparse_accumulator::SparseAccumulator,
};

/// What is said of a product: TIFU-KNN's score, its neighbours' part, and the part of those at the smallest angle.
pub const SIGNALS: [&str; 3] = ["tifu", "near", "same_tastes"];
/// How much an order counts against the next one.
const DECAY: f32 = 0.9;
/// Her own part in TIFU-KNN's score.
const OWN: f32 = 0.1;
/// Neighbours by distance, and by angle.
const NEAR: usize = 100;
const SAME_TASTES: usize = 50;
/// Products of a neighbour that count, the most frequent: the others were taken once, long ago, and are most of all.
const FOREMOST: usize = 50;
/// Of those who buy a product, the neighbours whose purchases are looked at for its reason.
const SPEAKING: usize = 4;
/// Customers kept for one product, those with the largest weights: bounds the time of a question in a large shop.
const HOLDERS: usize = 5_000;
/// Whoever is so like her says nothing that her own orders don't: it is she herself, as she was when the model was made.
const HERSELF: f32 = 0.999_9;

/// Decayed frequencies of every customer, and who holds what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alike {
    /// By customer, in the order of the products.
    frequencies: Neighbours,
    /// By customer, the most frequent first: what a neighbour says.
    foremost: Neighbours,
    /// Squares of the lengths of the vectors.
    norms: Vec<f32>,
    /// By product.
    holders: Neighbours,
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
        let numbers = (self.norms.len() + self.shortest.len()) * mem::size_of::<u32>();
        numbers + self.frequencies.weight() + self.foremost.weight() + self.holders.weight()
    }

    /// Makes the vectors and the index, for a vocabulary of so many products.
    pub fn train(orders: &Baskets, products: usize) -> Self {
        let vectors: Vec<Vec<(Item, f32)>> = orders.by_customer().map(|own| frequencies(&own)).collect();
        let mut holders: Vec<Vec<(u32, f32)>> = vec![Vec::new(); products];
        for (customer, own) in (0..).zip(&vectors) {
            for (item, weight) in own {
                holders[*item as usize].push((customer, *weight));
            }
        }
        let best = |mut list: Vec<(u32, f32)>, most: usize| {
            keep_best(&mut list, most);
            list
        };
        let norms: Vec<f32> = vectors.iter().map(|own| square(own)).collect();
        let short = (0..).zip(&norms).filter(|(_, norm)| **norm > 0.0).map(|(customer, norm)| (customer, -norm));
        Self {
            shortest: best(short.collect(), NEAR).into_iter().map(|(customer, _)| customer).collect(),
            norms,
            foremost: Neighbours::from_lists(vectors.iter().map(|own| best(own.clone(), FOREMOST))),
            frequencies: Neighbours::from_lists(vectors),
            holders: Neighbours::from_lists(holders.into_iter().map(|list| best(list, HOLDERS))),
        }
    }

    /// Who is nearest to a customer.
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    pub fn nearest(&self, hers: &[(Item, f32)]) -> Nearest {
        let mut dots = SparseAccumulator::<1>::new();
        for (item, weight) in hers {
            for (other, others) in self.holders.of(*item) {
                dots.of(other)[0] += weight * others;
            }
        }
        let norm = square(hers).max(f32::MIN_POSITIVE);
        let cosine = |dot: f32, other: u32| dot / (norm * self.norms[other as usize]).sqrt();
        let distance = |dot: f32, other: u32| 2.0 * dot - self.norms[other as usize];
        let (mut near, mut same_tastes) = (Vec::new(), Vec::new());
        for (other, [dot]) in dots.iter() {
            let cosine = cosine(*dot, other);
            if cosine < HERSELF {
                same_tastes.push((other, cosine));
                near.push((other, distance(*dot, other)));
            }
        }
        let strangers = self.shortest.iter().filter(|other| dots.get(**other) == [0.0]);
        near.extend(strangers.map(|other| (*other, distance(0.0, *other))));
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

    /// By product her own frequency, and what the neighbours of both kinds buy.
    fn sums(&self, hers: &[(Item, f32)], Nearest { near, same_tastes }: &Nearest) -> SparseAccumulator<3> {
        let mut sums = SparseAccumulator::new();
        for (item, frequency) in hers {
            sums.of(*item)[0] = *frequency;
        }
        for (kind, neighbours) in [(1, near), (2, same_tastes)] {
            for (other, weight) in neighbours {
                for (item, frequency) in self.foremost.of(*other) {
                    sums.of(item)[kind] += weight * frequency;
                }
            }
        }
        sums
    }

    /// Those of the neighbours who say most for a product, each with how much she says.
    fn buyers(&self, item: Item, nearest: &Nearest) -> Vec<(u32, f32)> {
        let mut weights = SparseAccumulator::<1>::new();
        for (other, weight) in nearest.near.iter().chain(&nearest.same_tastes) {
            weights.of(*other)[0] += weight;
        }
        let says = self.holders.of(item).map(|(other, frequency)| (other, weights.get(other)[0] * frequency));
        let mut buyers: Vec<(u32, f32)> = says.filter(|(_, says)| *says > 0.0).collect();
        keep_best(&mut buyers, SPEAKING);
        buyers
    }
}

/// The square of the length of a vector.
fn square(vector: &[(Item, f32)]) -> f32 {
    vector.iter().map(|(_, weight)| weight * weight).sum()
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
        let nearest = self.alike.nearest(&hers);
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
        for (item, [own, near, same_tastes]) in self.alike.sums(hers, nearest).iter() {
            let tifu = OWN * own + (1.0 - OWN) * near;
            found.push(self.vocabulary.product(item), &[tifu, *near, *same_tastes]);
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
        let Neighbourhood { hers, nearest } = evidence.get_or_make(|| self.neighbourhood(context));
        // Of her products, the one that brings the neighbours who buy this one nearest.
        let mut parts = vec![0.0_f32; hers.len()];
        for (other, weight) in self.alike.buyers(item, nearest) {
            let mut theirs = self.alike.frequencies.of(other).peekable();
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
        let hers = frequencies(&orders.of(0));
        let nearest = alike.nearest(&hers);
        assert_eq!(nearest.same_tastes, [(1, 1.0)], "of those who share something all but herself and her twin");
        // 3 - 2 * 2 below 3: the stranger is further away.
        assert_eq!(nearest.near, [(1, 0.5), (2, 0.5)]);
        let sums = alike.sums(&hers, &nearest);
        assert!([0, 2, 4].iter().all(|item| sums.get(*item)[1].to_bits() == 0.5_f32.to_bits()), "{sums:?}");
    }
}
