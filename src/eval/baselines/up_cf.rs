//! UP-CF@r: how much of her recent orders a product stands in, summed over the customers like her (Faggioli et al., "Recency
//! aware collaborative filtering for next basket recommendation", UMAP 2020).

use crate::models::data::{
    baskets::{Baskets, Order},
    item_index::Item,
};

/// How alike customers are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Exponent of her own norm; that of the other's is one less this.
    pub asymmetry: f32,
    /// The larger, the more only the nearest count.
    pub locality: f32,
}

/// The popularity of each product with each customer over her last orders.
#[derive(Debug, Clone)]
pub struct UpCf {
    recent: usize,
    vectors: Vec<Vec<(Item, f32)>>,
    norms: Vec<f32>,
    holders: Vec<Vec<(u32, f32)>>,
}

impl UpCf {
    /// Counts over so many of the last orders of each.
    pub fn train(orders: &Baskets, products: usize, recent: usize) -> Self {
        let vectors: Vec<Vec<(Item, f32)>> = orders.by_customer().map(|own| shares(&own, recent)).collect();
        let mut holders = vec![Vec::new(); products];
        for (customer, vector) in (0..).zip(&vectors) {
            for (item, share) in vector {
                holders[*item as usize].push((customer, *share));
            }
        }
        let norms = vectors.iter().map(|vector| squares(vector)).collect();
        Self { recent, vectors, norms, holders }
    }

    /// All customers who share a product with her, with the sum of products; she is one of them.
    pub fn alike(&self, own: &[Order<'_>]) -> (f32, Vec<(u32, f32)>) {
        let hers = shares(own, self.recent);
        let mut dots = vec![0.0_f32; self.vectors.len()];
        for (item, share) in &hers {
            for (other, others) in &self.holders[*item as usize] {
                dots[*other as usize] += share * others;
            }
        }
        (squares(&hers), (0..).zip(dots).filter(|(_, dot)| *dot > 0.0).collect())
    }

    /// Adds the score of each product, given who is alike.
    pub fn add(&self, alike: &(f32, Vec<(u32, f32)>), likeness: Likeness, scores: &mut [f32]) {
        let (norm, others) = alike;
        for (other, dot) in others {
            let below = norm.powf(likeness.asymmetry) * self.norms[*other as usize].powf(1.0 - likeness.asymmetry);
            let weight = (dot / below).powf(likeness.locality);
            for (item, share) in &self.vectors[*other as usize] {
                scores[*item as usize] += weight * share;
            }
        }
    }
}

/// Of her last orders, the share that each product stands in.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn shares(own: &[Order<'_>], recent: usize) -> Vec<(Item, f32)> {
    let last = &own[own.len().saturating_sub(recent)..];
    let mut items: Vec<Item> = last.iter().flat_map(|order| order.items).copied().collect();
    items.sort_unstable();
    items.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32 / last.len() as f32)).collect()
}

fn squares(vector: &[(Item, f32)]) -> f32 {
    vector.iter().map(|(_, weight)| weight * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn only_recent_orders_count_and_others_weigh_by_likeness() {
        let mut orders = Baskets::default();
        for own in [&[&[7_u32][..], &[0], &[0, 1]][..], &[&[0, 2]]] {
            for items in own {
                orders.push(Timestamp(0), items.iter().copied());
            }
            orders.end_customer();
        }
        let model = UpCf::train(&orders, 8, 2);
        let (norm, others) = model.alike(&orders.of(0));
        assert_eq!((norm, others.as_slice()), (1.25, &[(0, 1.25), (1, 1.0)][..]));
        let mut scores = [0.0; 8];
        model.add(&(norm, others), Likeness { asymmetry: 0.5, locality: 2.0 }, &mut scores);
        // 1 / sqrt(1.25 * 2), squared, is 0.4.
        assert!((scores[2] - 0.4).abs() < 1e-6 && (scores[0] - 1.4).abs() < 1e-6 && (scores[1] - 0.5).abs() < 1e-6);
        assert!(scores[7].abs() < 1e-9, "too long ago");
    }
}
