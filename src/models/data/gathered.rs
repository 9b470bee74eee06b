//! Several sums by product, of the products that a question meets: side by side in memory, since they are few of all, and a
//! table of all would be waited for at nearly each of them.

use crate::models::data::item_index::Item;

/// Sums of the products met so far, in the order of first meeting.
#[derive(Debug, Default)]
pub struct Gathered<const N: usize> {
    /// By product its place in the others, from one; zero where it was not met.
    places: Vec<u32>,
    items: Vec<Item>,
    sums: Vec<[f32; N]>,
}

impl<const N: usize> Gathered<N> {
    /// The sums of a product, which start at zero.
    #[inline]
    pub fn of(&mut self, item: Item) -> &mut [f32; N] {
        let at = item as usize;
        if at >= self.places.len() {
            self.places.resize(at + 1, 0);
        }
        let place = &mut self.places[at];
        if *place == 0 {
            self.items.push(item);
            self.sums.push([0.0; N]);
            *place = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        }
        &mut self.sums[*place as usize - 1]
    }

    /// All sums.
    pub fn sums(&self) -> &[[f32; N]] {
        &self.sums
    }

    /// Hands each product to `see` with its sums; none is left.
    pub fn hand_over(&mut self, mut see: impl FnMut(Item, &mut [f32; N])) {
        for (item, mut sums) in self.items.drain(..).zip(self.sums.drain(..)) {
            self.places[item as usize] = 0;
            see(item, &mut sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_in_the_order_of_meeting_and_leave_nothing() {
        let mut gathered = Gathered::<2>::default();
        for _ in 0..2 {
            for (item, part) in [(7, 1.0), (3, 2.0), (7, 4.0)] {
                gathered.of(item)[1] += part;
            }
            assert_eq!(gathered.sums(), [[0.0, 5.0], [0.0, 2.0]]);
            let mut all = Vec::new();
            gathered.hand_over(|item, sums| all.push((item, *sums)));
            assert_eq!(all, [(7, [0.0, 5.0]), (3, [0.0, 2.0])]);
        }
    }
}
