//! TIFU-KNN: a customer's decayed item frequencies, blended with those of her nearest neighbours (Hu et al., "Modeling
//! personalized item frequency information for next-basket recommendation", SIGIR 2020).

use crate::models::data::{
    baskets::{Baskets, Order},
    item_index::Item,
};

/// How the vectors are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decays {
    /// Of an order against the next one.
    pub within: f32,
    /// Of a group of orders against the next one.
    pub between: f32,
    /// Groups that the orders are cut into.
    pub groups: usize,
}

/// How neighbours are taken in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// How many.
    pub neighbours: usize,
    /// Share of her own vector in the sum.
    pub own: f32,
}

/// The vectors of all customers.
#[derive(Debug, Clone)]
pub struct TifuKnn {
    decays: Decays,
    vectors: Vec<Vec<(Item, f32)>>,
    norms: Vec<f32>,
    holders: Vec<Vec<(u32, f32)>>,
}

impl TifuKnn {
    /// Makes the vectors.
    pub fn train(orders: &Baskets, products: usize, decays: Decays) -> Self {
        let vectors: Vec<Vec<(Item, f32)>> = orders.by_customer().map(|own| vector(&own, decays)).collect();
        let mut holders = vec![Vec::new(); products];
        for (customer, vector) in (0..).zip(&vectors) {
            for (item, weight) in vector {
                holders[*item as usize].push((customer, *weight));
            }
        }
        let norms = vectors.iter().map(|vector| vector.iter().map(|(_, weight)| weight * weight).sum()).collect();
        Self { decays, vectors, norms, holders }
    }

    /// All other customers by their distance from her, the nearest first: at least `most`, if there are.
    pub fn nearest(&self, customer: usize, own: &[Order<'_>], most: usize) -> Vec<u32> {
        let mut dots = vec![0.0_f32; self.vectors.len()];
        for (item, weight) in vector(own, self.decays) {
            for (other, others) in &self.holders[item as usize] {
                dots[*other as usize] += weight * others;
            }
        }
        let mut distances: Vec<(f32, u32)> = (0..)
            .zip(dots.iter().zip(&self.norms))
            .filter(|(other, _)| *other as usize != customer)
            .map(|(other, (dot, norm))| (norm - 2.0 * dot, other))
            .collect();
        let order = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if distances.len() > most && most > 0 {
            distances.select_nth_unstable_by(most - 1, order);
            distances.truncate(most);
        }
        distances.sort_unstable_by(order);
        distances.into_iter().map(|(_, other)| other).collect()
    }

    /// The vector of one who asks.
    pub fn vector(&self, own: &[Order<'_>]) -> Vec<(Item, f32)> {
        vector(own, self.decays)
    }

    /// The vector of a customer that was trained on.
    pub fn vector_of(&self, customer: u32) -> &[(Item, f32)] {
        &self.vectors[customer as usize]
    }

    /// Adds the score of each product, given the nearest in order.
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    pub fn add(&self, own: &[Order<'_>], nearest: &[u32], taken: Nearest, scores: &mut [f32]) {
        for (item, weight) in vector(own, self.decays) {
            scores[item as usize] += taken.own * weight;
        }
        let nearest = &nearest[..nearest.len().min(taken.neighbours)];
        let share = (1.0 - taken.own) / nearest.len().max(1) as f32;
        for (item, weight) in nearest.iter().flat_map(|other| &self.vectors[*other as usize]) {
            scores[*item as usize] += share * weight;
        }
    }
}

/// A customer's vector: the mean over groups of the mean of the decayed orders of each, by product.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "small counts"
)]
pub fn vector(own: &[Order<'_>], decays: Decays) -> Vec<(Item, f32)> {
    let groups = decays.groups.clamp(1, own.len().max(1));
    // The later groups hold one order more where they don't come out even.
    let (base, longer) = (own.len() / groups, own.len() % groups);
    let mut entries: Vec<(Item, f32)> = Vec::new();
    let mut at = 0;
    for group in 0..groups {
        let size = base + usize::from(group >= groups - longer);
        let age = (decays.groups - 1 - group) as i32;
        for (place, order) in own[at..at + size].iter().enumerate() {
            let later = (own.len() - 1 - at - place) as i32;
            let weight = decays.within.powi(later) * decays.between.powi(age) / (size * groups) as f32;
            entries.extend(order.items.iter().map(|item| (*item, weight)));
        }
        at += size;
    }
    entries.sort_by_key(|(item, _)| *item);
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn orders(baskets: &[&[Item]]) -> Baskets {
        let mut orders = Baskets::default();
        for items in baskets {
            orders.push(Timestamp(0), items.iter().copied());
        }
        orders.end_customer();
        orders
    }

    #[test]
    fn the_vector_is_the_one_worked_out_by_hand() {
        let orders = orders(&[&[1], &[1], &[2]]);
        let decays = |groups| Decays { within: 0.5, between: 0.1, groups };
        // One order, then two: (0.25 * 0.1) / 2, then (0.5 + 0) / 2 / 2 and 1 / 2 / 2.
        assert_eq!(vector(&orders.of(0), decays(2)), [(1, 0.0125 + 0.125), (2, 0.25)]);
        // More groups than orders: each order is one, of the first groups.
        assert_eq!(vector(&orders.of(0), decays(4)).len(), 2);
        assert!(vector(&[], decays(2)).is_empty());
    }

    #[test]
    fn the_nearest_are_by_distance_and_the_sum_is_shared() {
        let mut all = orders(&[&[0, 1]]);
        all.push(Timestamp(0), [0, 2]);
        all.end_customer();
        all.push(Timestamp(0), [3]);
        all.end_customer();
        let model = TifuKnn::train(&all, 4, Decays { within: 1.0, between: 1.0, groups: 1 });
        let nearest = model.nearest(0, &all.of(0), 2);
        assert_eq!(nearest, [1, 2]);
        let mut scores = [0.0; 4];
        model.add(&all.of(0), &nearest, Nearest { neighbours: 1, own: 0.5 }, &mut scores);
        assert!(scores.iter().zip([1.0_f32, 0.5, 0.5, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{scores:?}");
    }
}
