//! Memory that a thread uses again for every question: the sums that neighbours add up in.

use std::cell::RefCell;

use crate::domain::recommend::{Because, Candidate};
use crate::models::{
    neighbours::{Neighbours, keep_best},
    vocabulary::{Item, Vocabulary},
};

/// A product of hers that others are close to.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Which.
    pub item: Item,
    /// How much it counts now, above zero.
    pub weight: f32,
    /// What a candidate rests on that this one contributes most to.
    pub because: Because,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: f32,
    largest: f32,
    seed: u32,
}

/// Sums by product, of which only those touched are cleared.
#[derive(Debug, Default)]
pub struct Scratch {
    sums: Vec<Sum>,
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
            scratch.sums.resize(items, Sum::default());
        }
        for (number, seed) in (0..).zip(seeds) {
            for (item, weight) in lists.iter().flat_map(|list| list.of(seed.item)) {
                scratch.add(item, seed.weight * weight, number);
            }
        }
        let answer = read(scratch);
        scratch.clear();
        answer
    })
}

impl Scratch {
    fn add(&mut self, item: Item, part: f32, seed: u32) {
        if part <= 0.0 {
            return;
        }
        let sum = &mut self.sums[item as usize];
        if sum.total == 0.0 {
            self.touched.push(item);
        }
        sum.total += part;
        if part > sum.largest {
            sum.largest = part;
            sum.seed = seed;
        }
    }

    fn clear(&mut self) {
        for item in self.touched.drain(..) {
            self.sums[item as usize] = Sum::default();
        }
    }

    /// 0 to 1; zero where no seed has the product as a neighbour.
    pub fn score(&self, item: Item) -> f32 {
        squash(self.sums[item as usize].total)
    }

    /// Appends the best, with the seed that contributes most.
    pub fn best(&self, most: usize, seeds: &[Seed], vocabulary: &Vocabulary, found: &mut Vec<Candidate>) {
        let mut list: Vec<(Item, f32)> = self.touched.iter().map(|item| (*item, self.score(*item))).collect();
        keep_best(&mut list, most);
        found.extend(list.into_iter().map(|(item, score)| Candidate {
            product: vocabulary.product(item),
            score,
            because: seeds[self.sums[item as usize].seed as usize].because,
        }));
    }
}
