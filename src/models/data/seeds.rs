//! Products of a customer, and what is close to them.

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Found, Rationale, ReasonCode},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    neighbours::Neighbours,
    sparse_accumulator::SparseAccumulator,
};

/// A product of hers that others are close to.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Which.
    pub item: Item,
    /// How much it counts now, above zero.
    pub weight: f32,
    /// What a candidate rests on that this one contributes most to.
    pub code: ReasonCode,
    /// The product, as the shop numbers it.
    pub product: ProductIx,
    /// When she had to do with it.
    pub time: Option<Timestamp>,
}

impl Seed {
    /// Why a product is offered that is close to this one.
    pub fn because(&self) -> Rationale {
        Rationale { code: self.code, product: Some(self.product), subject: None, time: self.time }
    }
}

/// A sum at which the score is one half: about that of one strong neighbour of a recent product.
const HALF: f32 = 0.1;

/// From zero up, below one, and the steeper the smaller: the odds of a purchase grow with the logarithm of closeness.
fn squash(total: f32) -> f32 {
    total / (total + HALF)
}

/// Appends all that a seed has as a neighbour, by the sum over the seeds: one signal, 0 to 1.
pub fn collect(lists: &[&Neighbours], seeds: &[Seed], vocabulary: &ItemIndex, found: &mut Found) {
    let mut sums = SparseAccumulator::new();
    for seed in seeds {
        for (item, weight) in lists.iter().flat_map(|list| list.of(seed.item)).filter(|(_, weight)| *weight > 0.0) {
            sums.of(item)[0] += seed.weight * weight;
        }
    }
    for (item, [sum]) in sums.iter() {
        found.push(vocabulary.product(item), &[squash(*sum)]);
    }
}

/// The seed that contributes most to a product.
pub fn strongest<'a>(lists: &[&Neighbours], seeds: &'a [Seed], item: Item) -> Option<&'a Seed> {
    let part = |seed: &Seed| {
        let close = lists.iter().flat_map(|list| list.of(seed.item)).filter(|(other, _)| *other == item);
        seed.weight * close.map(|(_, weight)| weight).sum::<f32>()
    };
    let mut best: Option<(f32, &Seed)> = None;
    for seed in seeds {
        let part = part(seed);
        if part > best.map_or(0.0, |(largest, _)| largest) {
            best = Some((part, seed));
        }
    }
    best.map(|(_, seed)| seed)
}
