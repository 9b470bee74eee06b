//! Pairs of products over orders, added up over a cart: the cosine of their orders, shrunk (Sarwar et al. 2001; Bell and Koren 2007),
//! and rules, whose confidence is divided by a power of how popular the other product is.

use crate::models::data::{item_index::Item, neighbours::Neighbours};

/// How many orders hold both of two products, for all pairs.
#[derive(Debug)]
pub struct OrderPairs {
    counts: Neighbours,
    /// Orders that hold a product.
    support: Vec<f32>,
}

/// What a pair is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Worth {
    /// The cosine, with this added below the line.
    Cosine {
        /// In orders.
        shrinkage: f32,
    },
    /// The confidence over the popularity of the other one to this power.
    Rule {
        /// Zero is the confidence itself.
        power: f32,
    },
}

impl OrderPairs {
    /// Counts them. Each product MUST stand in an order once.
    pub fn count(orders: &[Vec<Item>], items: usize) -> Self {
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); items];
        for (number, order) in (0..).zip(orders) {
            for item in order {
                holders[*item as usize].push(number);
            }
        }
        let mut sums = vec![0.0_f32; items];
        let mut touched: Vec<Item> = Vec::new();
        let list = |(item, holders): (Item, &Vec<u32>)| {
            for other in holders.iter().flat_map(|number| &orders[*number as usize]).filter(|other| **other != item) {
                if sums[*other as usize] == 0.0 {
                    touched.push(*other);
                }
                sums[*other as usize] += 1.0;
            }
            touched.sort_unstable();
            touched.drain(..).map(|other| (other, std::mem::take(&mut sums[other as usize]))).collect()
        };
        let counts = Neighbours::from_lists((0..).zip(&holders).map(list).collect::<Vec<_>>());
        #[expect(clippy::cast_precision_loss, reason = "orders")]
        let support = holders.iter().map(|holders| holders.len() as f32).collect();
        Self { counts, support }
    }

    /// Adds the score of every product.
    pub fn add(&self, cart: &[Item], worth: Worth, scores: &mut [f32]) {
        for item in cart {
            let own = self.support[*item as usize];
            for (other, count) in self.counts.of(*item) {
                let theirs = self.support[other as usize];
                scores[other as usize] += match worth {
                    Worth::Cosine { shrinkage } => count / ((own * theirs).sqrt() + shrinkage),
                    Worth::Rule { power } => count / own / theirs.powf(power),
                };
            }
        }
    }

    /// Orders that hold each product.
    pub fn support(&self) -> &[f32] {
        &self.support
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_and_rules_are_those_worked_out_by_hand() {
        let pairs = OrderPairs::count(&[vec![0, 1], vec![0, 1, 2], vec![0], vec![0, 2]], 4);
        assert_eq!(pairs.support(), [4.0, 2.0, 2.0, 0.0]);
        let check = |worth, cart: &[Item], expected: [f32; 4]| {
            let mut scores = [0.0; 4];
            pairs.add(cart, worth, &mut scores);
            let near = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-6);
            assert!(near, "{worth:?} {cart:?}: {scores:?}");
        };
        let half = 2.0 / (8.0_f32.sqrt() + 1.0);
        check(Worth::Cosine { shrinkage: 1.0 }, &[0], [0.0, half, half, 0.0]);
        check(Worth::Rule { power: 0.0 }, &[1, 2], [2.0, 0.5, 0.5, 0.0]);
        check(Worth::Rule { power: 0.5 }, &[1], [0.5, 0.0, 0.5 / 2.0_f32.sqrt(), 0.0]);
    }
}
