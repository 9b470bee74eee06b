//! All products at once: one Cholesky inverse of the Gram matrix, in single precision.

use faer::{
    Mat, Side,
    linalg::solvers::{DenseSolveCore, Solve},
};

use crate::models::{
    data::{item_index::Item, neighbours::Neighbours},
    retrieval::regression::{Sample, Settings, keep_heaviest, ridge},
};

/// As `regression::regress`.
pub fn regress(samples: &[Sample], items: usize, settings: &Settings) -> Neighbours {
    let mut gram = Mat::<f32>::zeros(items, items);
    for sample in samples {
        add(&mut gram, &sample.from, &sample.from, sample.weight);
    }
    let diagonal: Vec<f32> = (0..items).map(|item| gram[(item, item)]).collect();
    let ridge = ridge(&diagonal, settings);
    for item in 0..items {
        gram[(item, item)] += ridge;
    }
    // The ridge keeps it positive definite; where rounding broke that, there is nothing to serve.
    let Ok(cholesky) = gram.llt(Side::Lower) else {
        return Neighbours::from_lists((0..items).map(|_| Vec::new()));
    };
    // Each matrix of a large catalogue takes hundreds of megabytes.
    drop(gram);
    let weights = if samples.iter().any(|sample| sample.to.is_some()) {
        let mut cross = Mat::<f32>::zeros(items, items);
        for sample in samples {
            add(&mut cross, &sample.from, sample.to.as_deref().unwrap_or(&sample.from), sample.weight);
        }
        cholesky.solve_in_place(&mut cross);
        cross
    } else {
        let mut inverse = cholesky.inverse();
        for to in 0..items {
            let own = inverse[(to, to)];
            for from in 0..items {
                inverse[(from, to)] /= -own;
            }
        }
        inverse
    };
    let list = |from: usize| {
        let others = (0..items).filter(|to| *to != from);
        let named = others.map(|to| (name(to), weights[(from, to)])).filter(|(_, weight)| *weight != 0.0);
        let mut list: Vec<(Item, f32)> = named.collect();
        keep_heaviest(&mut list, settings.keep);
        list
    };
    Neighbours::from_lists((0..items).map(list))
}

fn add(matrix: &mut Mat<f32>, from: &[(Item, f32)], to: &[(Item, f32)], weight: f32) {
    // Columns lie one behind the other.
    for (to, value) in to {
        let column = matrix.col_mut(*to as usize);
        let value = weight * value;
        if let Some(column) = column.try_as_col_major_mut() {
            let column = column.as_slice_mut();
            for (from, other) in from {
                column[*from as usize] += value * other;
            }
        }
    }
}

fn name(item: usize) -> Item {
    Item::try_from(item).unwrap_or(Item::MAX)
}
