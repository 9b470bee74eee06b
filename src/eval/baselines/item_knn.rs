//! Item-based nearest neighbours (Sarwar et al. 2001; Deshpande and Karypis 2004) with three weightings of the matrix: cosine,
//! tf-idf, BM25 (Robertson and Zaragoza 2009).

use crate::models::data::{
    item_index::Item,
    neighbours::{Neighbours, keep_best},
};

/// How a purchase is weighted before products are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// Rows of length one.
    Cosine,
    /// Customers with few products count more; then as cosine.
    TfIdf,
    /// Products of customers with few products count more, saturating.
    Bm25,
}

/// BM25: saturation, and how much the length counts.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// The nearest of each product.
#[expect(clippy::cast_precision_loss, reason = "customers and products")]
pub fn fit(histories: &[Vec<Item>], items: usize, weighting: Weighting, nearest: usize) -> Neighbours {
    let buyers: Vec<&Vec<Item>> = histories.iter().filter(|own| !own.is_empty()).collect();
    let support = super::popularity::customers(histories, items);
    let known = support.iter().filter(|count| **count > 0.0).count().max(1) as f32;
    let mean = support.iter().sum::<f32>() / known;
    let idf = |own: &[Item]| (known / (1.0 + own.len() as f32)).ln();
    // Of a customer and a product.
    let weight = |own: &[Item], item: Item| match weighting {
        Weighting::Cosine => 1.0,
        Weighting::TfIdf => idf(own),
        Weighting::Bm25 => {
            let length = (1.0 - B) + B * support[item as usize] / mean.max(1.0);
            (K1 + 1.0) / (K1 * length + 1.0) * idf(own)
        }
    };
    let mut norms = vec![0.0_f32; items];
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); items];
    for (number, own) in (0_u32..).zip(&buyers) {
        for item in *own {
            norms[*item as usize] += weight(own, *item).powi(2);
            holders[*item as usize].push(number);
        }
    }
    let norm = |item: Item| if weighting == Weighting::Bm25 { 1.0 } else { norms[item as usize].sqrt().max(1e-9) };
    let mut sums = vec![0.0_f32; items];
    let list = |item: Item| {
        sums.fill(0.0);
        for number in &holders[item as usize] {
            let own = buyers[*number as usize];
            let mine = weight(own, item);
            for other in own {
                sums[*other as usize] += mine * weight(own, *other);
            }
        }
        let named = (0..).zip(&sums).filter(|(other, sum)| *other != item && **sum > 0.0);
        let mut list: Vec<(Item, f32)> = named.map(|(other, sum)| (other, sum / norm(item) / norm(other))).collect();
        keep_best(&mut list, nearest);
        list
    };
    let count = u32::try_from(items).unwrap_or(u32::MAX);
    Neighbours::from_lists((0..count).map(list))
}

/// Adds the score of every product: what is near to what she has.
pub fn add(neighbours: &Neighbours, own: &[Item], scores: &mut [f32]) {
    for (other, weight) in own.iter().flat_map(|item| neighbours.of(*item)) {
        scores[other as usize] += weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bm25_is_the_one_worked_out_by_hand_and_does_not_count_products_that_nobody_has() {
        let histories = [vec![0, 1], vec![0, 2], vec![3, 4]];
        let near = fit(&histories, 5, Weighting::Bm25, 5);
        // Products have 1.2 customers in the mean, and customers two of the five products.
        let of = |support: f32| 2.2 / (1.2 * (0.25 + 0.75 * support / 1.2) + 1.0) * (5.0_f32 / 3.0).ln();
        let found: Vec<(Item, f32)> = near.of(1).collect();
        assert!(found.len() == 1 && found[0].0 == 0 && (found[0].1 - of(1.0) * of(2.0)).abs() < 1e-6, "{found:?}");
        let more = fit(&histories, 9, Weighting::Bm25, 5);
        assert!((0..5).all(|item| more.of(item).eq(near.of(item))));
    }
}
