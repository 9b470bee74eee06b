//! Memory that a thread uses again for every question: the sums that neighbours add up in.

use std::cell::RefCell;

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Found, Rationale, ReasonCode},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    neighbours::Neighbours,
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

/// Sums by product, of which only those touched are cleared.
#[derive(Debug, Default)]
pub struct Scratch {
    sums: Vec<f32>,
    touched: Vec<Item>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A sum at which the score is one half: about that of one strong neighbour of a recent product.
const HALF: f32 = 0.1;

/// From zero up, below one, and the steeper the smaller: the odds of a purchase grow with the logarithm of closeness.
fn squash(total: f32) -> f32 {
    total / (total + HALF)
}

/// Adds up the neighbours of the seeds, then hands the sums to `read`.
pub fn with_sums<R>(lists: &[&Neighbours], items: usize, seeds: &[Seed], read: impl FnOnce(&Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.sums.len() < items {
            scratch.sums.resize(items, 0.0);
        }
        for seed in seeds {
            for (item, weight) in lists.iter().flat_map(|list| list.of(seed.item)) {
                scratch.add(item, seed.weight * weight);
            }
        }
        let answer = read(scratch);
        scratch.clear();
        answer
    })
}

impl Scratch {
    fn add(&mut self, item: Item, part: f32) {
        if part <= 0.0 {
            return;
        }
        let sum = &mut self.sums[item as usize];
        if *sum == 0.0 {
            self.touched.push(item);
        }
        *sum += part;
    }

    fn clear(&mut self) {
        for item in self.touched.drain(..) {
            self.sums[item as usize] = 0.0;
        }
    }

    /// Appends all that a seed has as a neighbour: one signal, 0 to 1.
    pub fn all(&self, vocabulary: &ItemIndex, found: &mut Found) {
        for item in &self.touched {
            found.push(vocabulary.product(*item), &[squash(self.sums[*item as usize])]);
        }
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
