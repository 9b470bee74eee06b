//! The head of a catalogue: the products that most had, so few that the square of their number fits.

use crate::models::{data::item_index::Item, retrieval::regression::Sample};

/// Products by their places in the head, which keep the order of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    items: Vec<Item>,
    /// By item.
    places: Vec<Option<Item>>,
}

impl Head {
    /// The `most` products that stand most often in `had`, of `items` in all; of equals those of the smaller items.
    pub fn new(had: impl IntoIterator<Item = Item>, items: usize, most: usize) -> Self {
        let mut times = vec![0_u32; items];
        had.into_iter().for_each(|item| times[item as usize] += 1);
        let mut order: Vec<Item> = (0..).take(items).collect();
        // Stable: equals stay in the order of items.
        order.sort_by_key(|item| std::cmp::Reverse(times[*item as usize]));
        order.truncate(most);
        order.sort_unstable();
        let mut places = vec![None; items];
        for (place, item) in (0..).zip(&order) {
            places[*item as usize] = Some(place);
        }
        Self { items: order, places }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// The place of a product, where it belongs to the head.
    pub fn place(&self, item: Item) -> Option<Item> {
        self.places.get(item as usize).copied().flatten()
    }

    /// The product at a place.
    ///
    /// # Panics
    /// Where there are fewer places.
    pub fn item(&self, place: Item) -> Item {
        self.items[place as usize]
    }

    /// What of a sample is of the head, by places.
    pub fn only(&self, sample: &Sample) -> Sample {
        let side = |side: &[(Item, f32)]| -> Vec<(Item, f32)> {
            side.iter().filter_map(|(item, value)| Some((self.place(*item)?, *value))).collect()
        };
        Sample { from: side(&sample.from), to: sample.to.as_deref().map(side), weight: sample.weight }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_most_had_in_the_order_of_items() {
        let head = Head::new([4, 2, 4, 0, 2, 4, 1], 6, 3);
        assert_eq!(head.len(), 3);
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 9].map(|item| head.place(item)),
            [Some(0), None, Some(1), None, Some(2), None, None]
        );
        assert_eq!([0, 1, 2].map(|place| head.item(place)), [0, 2, 4]);
        let sample =
            Sample { from: vec![(0, 1.0), (1, 1.0), (4, 0.5)], to: Some(vec![(3, 1.0), (2, 2.0)]), weight: 3.0 };
        let only = Sample { from: vec![(0, 1.0), (2, 0.5)], to: Some(vec![(1, 2.0)]), weight: 3.0 };
        assert_eq!(head.only(&sample), only);
        assert_eq!(Head::new([], 0, 3).len(), 0);
    }
}
