//! Which products stand near which in sequences: weighted counts of all pairs within a window, in flat rows.
//!
//! What a count means is the caller's matter: it says what a pair is worth by how many places lie between. Each product has
//! its row made on its own from where it stands, so no list of all pairs is ever held.

use std::mem;

use crate::models::data::item_index::Item;

/// By product a row of others, the smaller first, with `N` sums each.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs<const N: usize> {
    /// One more than there are products.
    starts: Vec<u32>,
    items: Vec<Item>,
    sums: Vec<[f32; N]>,
}

impl<const N: usize> Default for Pairs<N> {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new(), sums: Vec::new() }
    }
}

impl<const N: usize> Pairs<N> {
    /// Counts pairs at most `window` places apart. `worth` is asked for the number of places from the one whose row it is to
    /// the other: negative where the other stands before.
    pub fn count<'a>(
        sequences: impl IntoIterator<Item = &'a [Item]>,
        items: usize,
        window: usize,
        worth: impl Fn(isize) -> [f32; N],
    ) -> Self {
        let places = Places::of(sequences, items);
        let window = isize::try_from(window).unwrap_or(isize::MAX);
        let worths: Vec<(isize, [f32; N])> =
            (-window..=window).filter(|gap| *gap != 0).map(|gap| (gap, worth(gap))).collect();
        let mut all = Self::default();
        let mut sums = vec![[0.0; N]; items];
        let mut met = vec![false; items];
        let mut row: Vec<Item> = Vec::new();
        for item in 0..items {
            for place in places.of_item(item) {
                let (from, to) = places.around(place);
                for (gap, worth) in &worths {
                    let Some(at) = place.checked_add_signed(*gap).filter(|at| (from..to).contains(at)) else {
                        continue;
                    };
                    let other = places.touched[at] as usize;
                    if !mem::replace(&mut met[other], true) {
                        row.push(places.touched[at]);
                    }
                    sums[other].iter_mut().zip(worth).for_each(|(sum, worth)| *sum += worth);
                }
            }
            row.sort_unstable();
            for other in row.drain(..) {
                met[other as usize] = false;
                all.items.push(other);
                all.sums.push(mem::replace(&mut sums[other as usize], [0.0; N]));
            }
            all.starts.push(size(all.items.len()));
        }
        all
    }

    /// Bytes that they take.
    pub fn weight(&self) -> usize {
        mem::size_of_val(&self.starts[..]) + mem::size_of_val(&self.items[..]) + mem::size_of_val(&self.sums[..])
    }

    /// How many products have a row.
    pub const fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The row of a product: nothing for one that is not known.
    pub fn of(&self, item: Item) -> impl ExactSizeIterator<Item = (Item, &[f32; N])> {
        let at = item as usize;
        let row = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => *from as usize..*to as usize,
            _ => 0..0,
        };
        self.items[row.clone()].iter().copied().zip(&self.sums[row])
    }
}

/// Where each product stands in all sequences put one after the other.
struct Places {
    touched: Vec<Item>,
    /// The number of the sequence of each touch, and where each begins.
    sequence: Vec<u32>,
    starts: Vec<u32>,
    /// By product.
    by_item: Vec<u32>,
    item_starts: Vec<u32>,
}

impl Places {
    fn of<'a>(sequences: impl IntoIterator<Item = &'a [Item]>, items: usize) -> Self {
        let mut all = Self {
            touched: Vec::new(),
            sequence: Vec::new(),
            starts: vec![0],
            by_item: Vec::new(),
            item_starts: vec![0; items + 1],
        };
        for sequence in sequences {
            all.touched.extend_from_slice(sequence);
            all.sequence.resize(all.touched.len(), size(all.starts.len() - 1));
            all.starts.push(size(all.touched.len()));
        }
        for item in &all.touched {
            all.item_starts[*item as usize + 1] += 1;
        }
        for item in 0..items {
            all.item_starts[item + 1] += all.item_starts[item];
        }
        let mut next = all.item_starts.clone();
        all.by_item = vec![0; all.touched.len()];
        for (place, item) in (0..).zip(&all.touched) {
            let slot = &mut next[*item as usize];
            all.by_item[*slot as usize] = place;
            *slot += 1;
        }
        all
    }

    fn of_item(&self, item: usize) -> impl Iterator<Item = usize> {
        let places = &self.by_item[self.item_starts[item] as usize..self.item_starts[item + 1] as usize];
        places.iter().map(|place| *place as usize)
    }

    /// The sequence that a place is in.
    fn around(&self, place: usize) -> (usize, usize) {
        let sequence = self.sequence[place] as usize;
        (self.starts[sequence] as usize, self.starts[sequence + 1] as usize)
    }
}

fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_by_the_places_between_them_and_not_across_sequences() {
        #[expect(clippy::cast_precision_loss, reason = "a few places")]
        let worth = |gap: isize| [if gap > 0 { 1.0 / gap as f32 } else { 0.0 }, if gap == -1 { 1.0 } else { 0.0 }];
        let pairs = Pairs::<2>::count([&[0, 1, 0, 2][..], &[], &[1, 1, 0]], 4, 2, worth);
        let row = |item| pairs.of(item).map(|(other, sums)| (other, *sums)).collect::<Vec<_>>();
        assert_eq!(row(0), [(0, [0.5, 0.0]), (1, [1.0, 2.0]), (2, [1.0, 0.0])], "itself is two places off");
        assert_eq!(row(1), [(0, [2.5, 1.0]), (1, [1.0, 1.0]), (2, [0.5, 0.0])]);
        assert_eq!(row(2), [(0, [0.0, 1.0]), (1, [0.0, 0.0])]);
        assert_eq!((row(3), row(9), pairs.len()), (vec![], vec![], 4));
        assert_eq!(Pairs::<1>::count([], 0, 2, |_| [1.0]), Pairs::default());
    }
}
