//! EASE as published (Steck, "Embarrassingly shallow autoencoders for sparse data", 2019): all purchases alike, the whole matrix.

use faer::{Mat, Side, linalg::solvers::DenseSolveCore};

use crate::models::data::item_index::Item;

/// The weights of products in products; row-major by the product that she has.
#[derive(Debug, Clone)]
pub struct Ease {
    items: usize,
    weights: Vec<f32>,
}

impl Ease {
    /// Fits the weights; none where the matrix can't be inverted.
    #[must_use]
    pub fn fit(histories: &[Vec<Item>], items: usize, penalty: f32) -> Self {
        let mut gram = vec![0.0_f32; items * items];
        for own in histories {
            for from in own {
                let row = &mut gram[*from as usize * items..][..items];
                for to in own {
                    row[*to as usize] += 1.0;
                }
            }
        }
        let ridge = |row: usize, column: usize| if row == column { penalty } else { 0.0 };
        let matrix = Mat::from_fn(items, items, |row, column| gram[row * items + column] + ridge(row, column));
        let Ok(cholesky) = matrix.llt(Side::Lower) else { return Self { items, weights: vec![0.0; items * items] } };
        let inverse = cholesky.inverse();
        for from in 0..items {
            for to in 0..items {
                let weight = -inverse[(from, to)] / inverse[(to, to)];
                gram[from * items + to] = if from == to { 0.0 } else { weight };
            }
        }
        Self { items, weights: gram }
    }

    /// Adds the score of every product.
    pub fn add(&self, own: &[Item], scores: &mut [f32]) {
        for item in own {
            let row = &self.weights[*item as usize * self.items..][..self.items];
            scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight);
        }
    }
}
