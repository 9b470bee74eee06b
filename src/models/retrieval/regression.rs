//! Linear regressions of products on products in closed form: from what she has to what she will have.
//!
//! Each sample says that somebody who had some products had (or came to) others. Ridge regression over all samples gives a
//! weight for each pair: EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", 2019) where both sides are the
//! same and no product may stand for itself. Up to [`DENSE`] products one inverse of the Gram matrix gives all weights. A larger
//! catalogue has a [`Head`], the products that most had, among which the inverse still gives all weights; each product beyond it
//! has a regression of its own on its nearest products only, in time and memory that grow with those and not with the square:
//! the idea of Steck's Markov random fields ("Markov random fields for collaborative filtering", 2019) with one block a
//! product. Either way only the heaviest weights are kept for serving.

mod dense;
mod head;
mod local;

pub use head::Head;

use crate::models::data::{item_index::Item, neighbours::Neighbours};

/// Products up to which the whole matrix is inverted: its time grows with the cube, its memory with the square.
pub const DENSE: usize = 10_000;
/// Products of the head of a larger catalogue. What sells seldom is seldom what is foretold: the head of a grocer's 60,000
/// products holds nearly all that the whole matrix knows, in a seventh of the time of [`DENSE`].
pub const HEAD: usize = 6_000;

/// What somebody had, and what it should foretell. Both by item, each once.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The one side.
    pub from: Vec<(Item, f32)>,
    /// The other; `None` where it is the same, and a product may not foretell itself.
    pub to: Option<Vec<(Item, f32)>>,
    /// How much the sample counts.
    pub weight: f32,
}

/// How a regression is fitted and kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Of the ridge, in means of the diagonal of the Gram matrix, so that it fits few customers and many.
    pub penalty: f32,
    /// Weights that are kept for each product that she has.
    pub keep: usize,
    /// Products that a product is foretold from beyond [`DENSE`].
    pub nearest: usize,
}

/// The weights of each product in what it foretells, the heaviest first; they may be below zero. No product foretells itself.
pub fn regress(samples: &[Sample], items: usize, settings: &Settings) -> Neighbours {
    // Nothing was learned: to find that out by inverting a large matrix takes long.
    if samples.is_empty() {
        return Neighbours::from_lists((0..items).map(|_| Vec::new()));
    }
    if items <= DENSE {
        return dense::regress(samples, items, settings);
    }
    let had = samples.iter().flat_map(|sample| &sample.from).map(|(item, _)| *item);
    regress_with_head(samples, items, settings, &Head::new(had, items, HEAD))
}

/// All weights among the head; of products beyond it, what foretells them.
fn regress_with_head(samples: &[Sample], items: usize, settings: &Settings, head: &Head) -> Neighbours {
    let among_head = {
        let samples: Vec<Sample> = samples.iter().map(|sample| head.only(sample)).collect();
        dense::regress(&samples, head.len(), settings)
    };
    let beyond = local::regress(samples, items, settings, |item| head.place(item).is_none());
    let list = |from: Item| {
        let mut list: Vec<(Item, f32)> = beyond.of(from).collect();
        if let Some(place) = head.place(from) {
            list.extend(among_head.of(place).map(|(place, weight)| (head.item(place), weight)));
        }
        keep_heaviest(&mut list, settings.keep);
        list
    };
    Neighbours::from_lists((0..items).map(|item| list(Item::try_from(item).unwrap_or(Item::MAX))))
}

/// What is added to the diagonal. Above zero, so that products that nobody had do no harm.
fn ridge(diagonal: &[f32], settings: &Settings) -> f32 {
    let known = diagonal.iter().filter(|value| **value > 0.0).count();
    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more digits")]
    let mean = diagonal.iter().sum::<f32>() / known.max(1) as f32;
    (settings.penalty * mean).max(1e-3)
}

/// Leaves the heaviest, by absolute weight, then by item.
pub fn keep_heaviest(list: &mut Vec<(Item, f32)>, most: usize) {
    let order = |a: &(Item, f32), b: &(Item, f32)| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0));
    if list.len() > most && most > 0 {
        list.select_nth_unstable_by(most - 1, order);
    }
    list.truncate(most);
    list.sort_unstable_by(order);
}

#[cfg(test)]
mod tests;
