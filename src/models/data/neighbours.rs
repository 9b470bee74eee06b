//! Which products stand close to which: lists of neighbours in one flat piece of memory, and how they are counted.
//!
//! The similarity is the cosine over baskets with shrinkage (Sarwar et al., "Item-based collaborative filtering
//! recommendation algorithms", 2001; the shrinkage as in Bell and Koren, 2007), where two products of a basket count the
//! less the further apart they stand in it. What a basket is, is the caller's matter.

use std::mem;

use crate::models::data::item_index::Item;

/// For each product, its nearest, the nearest first: offsets and flat pairs. What is added up from a hundred lists waits for
/// memory, so that a product and its weight stand side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// One more than there are products; the list of `i` is from `offsets[i]` to `offsets[i + 1]`.
    pub(in crate::models) offsets: Vec<u32>,
    /// What is near, and how near.
    pub(in crate::models) links: Vec<(Item, f32)>,
}

impl Default for Neighbours {
    fn default() -> Self {
        Self { offsets: vec![0], links: Vec::new() }
    }
}

impl Neighbours {
    /// Joins lists, one for each product.
    pub fn from_lists(lists: impl IntoIterator<Item = Vec<(Item, f32)>>) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.links.extend(list);
            all.offsets.push(u32::try_from(all.links.len()).unwrap_or(u32::MAX));
        }
        all
    }

    /// Bytes that they take.
    pub fn weight(&self) -> usize {
        mem::size_of_val(&self.offsets[..]) + mem::size_of_val(&self.links[..])
    }

    /// The neighbours of a product, the nearest first. None where the product is not known.
    pub fn of(&self, item: Item) -> impl Iterator<Item = (Item, f32)> {
        self.list(item).iter().copied()
    }

    /// How near one product is to another; zero where it is none of its neighbours.
    pub fn weight_of(&self, item: Item, other: Item) -> f32 {
        // Each stands in the list once. Without an early end, several are looked at in one step.
        let bits = |(neighbour, weight): &(Item, f32)| if *neighbour == other { weight.to_bits() } else { 0 };
        f32::from_bits(self.list(item).iter().fold(0, |found, one| found | bits(one)))
    }

    fn list(&self, item: Item) -> &[(Item, f32)] {
        let at = item as usize;
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(from), Some(to)) => &self.links[*from as usize..*to as usize],
            _ => &[],
        }
    }
}

/// One product of a basket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Which.
    pub item: Item,
    /// Where it stands in the basket, in the caller's unit.
    pub at: f32,
    /// How much it counts, above zero.
    pub weight: f32,
}

/// Groups of products that belong together.
#[derive(Debug, Default)]
pub struct Baskets {
    starts: Vec<u32>,
    /// How much the whole basket counts: old ones less.
    worth: Vec<f32>,
    entries: Vec<Entry>,
}

impl Baskets {
    /// Takes in a basket. Each product may stand in it once.
    pub fn push(&mut self, worth: f32, entries: impl IntoIterator<Item = Entry>) {
        self.starts.push(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.worth.push(worth);
        self.entries.extend(entries);
    }

    fn basket(&self, basket: usize) -> &[Entry] {
        let to = self.starts.get(basket + 1).map_or(self.entries.len(), |start| *start as usize);
        &self.entries[self.starts[basket] as usize..to]
    }
}

/// How close two products of a basket are, and how many neighbours are kept.
#[derive(Debug, Clone, Copy)]
pub struct Closeness {
    /// In the unit of [`Entry::at`]: so far apart, a pair counts half.
    pub half_distance: f32,
    /// Added below the line, so that a pair seen once is not a certainty.
    pub shrinkage: f32,
    /// Neighbours of one product at most.
    pub keep: usize,
}

/// The neighbours of each of `items` products by the baskets that hold both.
///
/// Takes time in proportion to the sum of the squares of basket sizes, which the caller bounds.
pub fn neighbours(baskets: &Baskets, items: usize, closeness: Closeness) -> Neighbours {
    let mut norms = vec![0.0_f32; items];
    let mut holders: Vec<Vec<(u32, u32)>> = vec![Vec::new(); items];
    for (number, worth) in (0_u32..).zip(&baskets.worth) {
        let basket = baskets.basket(number as usize);
        let damped = damped(*worth, basket.len());
        for (place, entry) in (0_u32..).zip(basket) {
            norms[entry.item as usize] += damped * entry.weight * entry.weight;
            holders[entry.item as usize].push((number, place));
        }
    }
    let mut sums = vec![0.0_f32; items];
    let mut touched: Vec<Item> = Vec::new();
    Neighbours::from_lists((0_u32..).zip(&holders).map(|(item, holders)| {
        for (number, place) in holders {
            let basket = baskets.basket(*number as usize);
            let damped = damped(baskets.worth[*number as usize], basket.len());
            let own = basket[*place as usize];
            for other in basket.iter().filter(|other| other.item != item) {
                let apart = ((other.at - own.at) / closeness.half_distance).abs();
                let sum = &mut sums[other.item as usize];
                if *sum == 0.0 {
                    touched.push(other.item);
                }
                // The floor keeps a touched sum apart from an untouched one.
                *sum += (damped * own.weight * other.weight * (-apart).exp2()).max(f32::MIN_POSITIVE);
            }
        }
        let norm = norms[item as usize];
        let mut list: Vec<(Item, f32)> = touched
            .drain(..)
            .map(|other| {
                let shared = mem::take(&mut sums[other as usize]);
                (other, shared / ((norm * norms[other as usize]).sqrt() + closeness.shrinkage))
            })
            .collect();
        keep_best(&mut list, closeness.keep);
        list
    }))
}

/// Somebody who buys everything says little about what goes with what.
#[expect(clippy::cast_precision_loss, reason = "a basket has hundreds of products, not millions")]
fn damped(worth: f32, size: usize) -> f32 {
    worth / (1.0 + size as f32).ln()
}

/// Sorts by weight, the largest first, then by item, and cuts off.
pub fn keep_best(list: &mut Vec<(Item, f32)>, most: usize) {
    let order = |a: &(Item, f32), b: &(Item, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if list.len() > most && most > 0 {
        list.select_nth_unstable_by(most - 1, order);
    }
    list.truncate(most);
    list.sort_unstable_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSENESS: Closeness = Closeness { half_distance: 1.0, shrinkage: 0.5, keep: 2 };

    fn entry(item: Item, at: f32) -> Entry {
        Entry { item, at, weight: 1.0 }
    }

    #[test]
    fn what_stands_together_often_and_closely_comes_first() {
        let mut baskets = Baskets::default();
        baskets.push(1.0, [entry(0, 0.0), entry(1, 0.0), entry(2, 3.0)]);
        baskets.push(1.0, [entry(0, 0.0), entry(1, 0.0), entry(3, 0.0)]);
        let found = neighbours(&baskets, 5, CLOSENESS);
        let of_zero: Vec<Item> = found.of(0).map(|(item, _)| item).collect();
        assert_eq!(of_zero, [1, 3], "twice together, then once and close; the third is cut off");
        assert_eq!(found.of(4).count(), 0, "in no basket");
        assert_eq!(found.of(99).count(), 0, "not known");
        assert!(found.links.iter().all(|(_, weight)| (0.0..=1.0).contains(weight)));
    }

    #[test]
    fn ties_break_by_item() {
        let mut list = vec![(7, 0.5), (3, 0.5), (5, 0.5), (1, 0.1)];
        keep_best(&mut list, 2);
        assert_eq!(list, [(3, 0.5), (5, 0.5)]);
    }
}
