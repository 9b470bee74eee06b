//! Products in the order of their popularity, kept in order while more is told.
//!
//! A product holds what was done with it as a sum; its share is the logarithm of that sum, as a part of the logarithm of
//! the largest when the board was made. Telling more of one product moves that one alone. So the largest may come to
//! stand above one; only where it is far above is the measure taken anew for all, which happens the less often the more
//! has been told.

use crate::models::data::neighbours::keep_best;

/// A share above which the measure is taken anew.
const ROOM: f32 = 1.25;
/// What the measure is at least: in a shop where hardly anything was done, little is much.
const LEAST: f32 = 0.1;

/// Products in the order of their popularity.
#[derive(Debug)]
pub struct Board {
    /// By slot.
    sums: Vec<f32>,
    /// By slot.
    shares: Vec<f32>,
    /// Slots with a share above zero, the largest share first, then the smaller slot.
    order: Vec<u32>,
    /// The logarithm that a share of one stands for.
    scale: f32,
}

impl Board {
    /// Takes shares, and the sum that a share of one stands for.
    pub fn new(shares: Vec<f32>, most: f32) -> Self {
        let scale = most.max(LEAST).ln_1p();
        let sums = shares.iter().map(|share| (share * scale).exp_m1()).collect();
        let order = ranked(&shares);
        Self { sums, shares, order, scale }
    }

    /// The largest share first.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Zero where nothing was told of it.
    pub fn share(&self, slot: u32) -> f32 {
        self.shares.get(slot as usize).copied().unwrap_or(0.0)
    }

    /// Tells of more, or of less, done with one product.
    pub fn add(&mut self, slot: u32, worth: f32) {
        let at = slot as usize;
        if at >= self.sums.len() {
            self.sums.resize(at + 1, 0.0);
            self.shares.resize(at + 1, 0.0);
        }
        self.sums[at] += worth;
        let share = self.sums[at].max(0.0).ln_1p() / self.scale;
        if share > ROOM {
            self.measure_anew();
            return;
        }
        if self.shares[at] > 0.0 {
            self.order.remove(self.place(self.shares[at], slot));
        }
        self.shares[at] = share;
        if share > 0.0 {
            self.order.insert(self.place(share, slot), slot);
        }
    }

    /// How many stand before a product of this share.
    fn place(&self, share: f32, slot: u32) -> usize {
        self.order.partition_point(|other| {
            let theirs = self.shares[*other as usize];
            theirs > share || (theirs >= share && *other < slot)
        })
    }

    fn measure_anew(&mut self) {
        let logs = || self.sums.iter().map(|sum| sum.max(0.0).ln_1p());
        self.scale = logs().fold(LEAST.ln_1p(), f32::max);
        self.shares = logs().map(|log| log / self.scale).collect();
        self.order = ranked(&self.shares);
    }
}

fn ranked(shares: &[f32]) -> Vec<u32> {
    let mut order: Vec<(u32, f32)> = (0..).zip(shares.iter().copied()).filter(|(_, share)| *share > 0.0).collect();
    let most = order.len();
    keep_best(&mut order, most);
    order.into_iter().map(|(slot, _)| slot).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_told_moves_one_product_and_ties_stand_by_slot() {
        let mut board = Board::new(vec![1.0, 0.5, 0.5, 0.0], 9.0);
        assert_eq!(board.order(), [0, 1, 2]);
        // Half of ln 10 is a sum of 2.16; one more is 3.16.
        board.add(2, 1.0);
        assert_eq!(board.order(), [0, 2, 1]);
        assert!((board.share(2) - 4.162_f32.ln() / 10.0_f32.ln()).abs() < 1e-3, "{}", board.share(2));
        board.add(5, 9.0);
        assert_eq!(board.order(), [0, 5, 2, 1], "as much as the largest, and later");
        board.add(5, -9.0);
        assert_eq!((board.order(), board.share(5), board.share(77)), (&[0, 2, 1][..], 0.0, 0.0));
        board.add(3, 1_000.0);
        assert_eq!((board.order()[0], board.share(3)), (3, 1.0), "measured anew");
        assert!(board.share(0) < 0.4);
    }

    proptest! {
        #[test]
        fn the_order_is_always_that_of_the_shares(acts in prop::collection::vec((0_u32..12, 0_u8..4), 0..200)) {
            let mut board = Board::new(vec![0.3, 0.0, 1.0], 0.0);
            for (slot, worth) in acts {
                board.add(slot, [0.1, 0.4, 1.0, -1.0][usize::from(worth)]);
                prop_assert_eq!(board.order(), ranked(&board.shares));
                prop_assert!(board.shares.iter().all(|share| (0.0..=ROOM).contains(share)));
            }
        }
    }
}
