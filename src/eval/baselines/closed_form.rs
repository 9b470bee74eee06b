//! EASE as published (Steck, "Embarrassingly shallow autoencoders for sparse data", 2019): all purchases alike, the whole matrix,
//! or where the catalogue is too large for that, the matrix of its head.

use faer::{Mat, Side, linalg::solvers::DenseSolveCore};

use crate::eval::baselines::head;
use crate::models::{data::item_index::Item, retrieval::regression::Head};

/// The weights of products in products; row-major by the product that the customer has.
#[derive(Debug, Clone)]
pub struct Ease {
    head: Head,
    weights: Vec<f32>,
}

impl Ease {
    /// Fits the weights; none where the matrix can't be inverted.
    pub fn fit(histories: &[Vec<Item>], items: usize, penalty: f32) -> Self {
        let head = head::of(histories, items);
        let (histories, items) = (head::only(&head, histories), head.len());
        let mut gram = vec![0.0_f32; items * items];
        for own in &histories {
            for from in own {
                let row = &mut gram[*from as usize * items..][..items];
                for to in own {
                    row[*to as usize] += 1.0;
                }
            }
        }
        let ridge = |row: usize, column: usize| if row == column { penalty } else { 0.0 };
        let matrix = Mat::from_fn(items, items, |row, column| gram[row * items + column] + ridge(row, column));
        let Ok(cholesky) = matrix.llt(Side::Lower) else { return Self { head, weights: vec![0.0; items * items] } };
        let inverse = cholesky.inverse();
        for from in 0..items {
            for to in 0..items {
                let weight = -inverse[(from, to)] / inverse[(to, to)];
                gram[from * items + to] = if from == to { 0.0 } else { weight };
            }
        }
        Self { head, weights: gram }
    }

    /// Adds the score of every product.
    pub fn add(&self, own: &[Item], scores: &mut [f32]) {
        if self.head.len() == scores.len() {
            return self.add_by_place(own, scores);
        }
        let mut of_head = vec![0.0; self.head.len()];
        let own: Vec<Item> = own.iter().filter_map(|item| self.head.place(*item)).collect();
        self.add_by_place(&own, &mut of_head);
        for (place, score) in (0..).zip(of_head) {
            scores[self.head.item(place) as usize] += score;
        }
    }

    fn add_by_place(&self, own: &[Item], scores: &mut [f32]) {
        for place in own {
            let row = &self.weights[*place as usize * scores.len()..][..scores.len()];
            scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_part_of_the_catalogue_it_is_what_it_is_of_that_part_alone() {
        let histories = [vec![0, 2], vec![0, 2, 3], vec![2, 3], vec![0, 3], vec![1]];
        let whole = Ease::fit(&histories, 4, 1.0);
        let head = Head::new(histories.concat(), 4, 3);
        let part = Ease { weights: Ease::fit(&head::only(&head, &histories), 3, 1.0).weights, head };
        let scores = |ease: &Ease| {
            let mut scores = vec![0.0; 4];
            ease.add(&[0, 1], &mut scores);
            scores
        };
        // Product 1 goes with nothing, so that leaving it out changes nothing but its own score.
        let (whole, part) = (scores(&whole), scores(&part));
        assert!(whole.iter().zip(&part).all(|(whole, part)| (whole - part).abs() < 1e-5), "{whole:?} {part:?}");
        assert!(part[2] > 0.0 && part[1] == 0.0, "{part:?}");
    }
}
