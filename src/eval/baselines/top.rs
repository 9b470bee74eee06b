//! The peers that count: what all buy, what she buys, and the one with the other behind it (GP-TopFreq; Li et al., "A next
//! basket recommendation reality check", 2023).

use crate::models::data::baskets::{Baskets, Order};

/// In how many orders each product stands, as a share of the most.
#[derive(Debug, Clone)]
pub struct GlobalTop {
    shares: Vec<f32>,
}

impl GlobalTop {
    /// Counts all orders of a vocabulary of so many products.
    #[expect(clippy::cast_precision_loss, reason = "orders are counted in millions at most")]
    pub fn count(orders: &Baskets, products: usize) -> Self {
        let mut counts = vec![0_u32; products];
        for item in orders.all().flat_map(|order| order.items) {
            counts[*item as usize] += 1;
        }
        // One more than the most, so that behind a count of hers a share never weighs a whole order.
        let most = counts.iter().max().map_or(1, |most| most + 1) as f32;
        Self { shares: counts.into_iter().map(|count| count as f32 / most).collect() }
    }

    /// Below one, by product.
    pub fn shares(&self) -> &[f32] {
        &self.shares
    }
}

/// Adds in how many of her orders each product stands.
pub fn add_personal(own: &[Order<'_>], scores: &mut [f32]) {
    for item in own.iter().flat_map(|order| order.items) {
        scores[*item as usize] += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn what_all_buy_never_weighs_an_order_of_hers() {
        let mut orders = Baskets::default();
        for items in [&[0_u32, 1][..], &[0], &[0]] {
            orders.push(Timestamp(0), items.iter().copied());
        }
        orders.end_customer();
        let top = GlobalTop::count(&orders, 3);
        assert_eq!(top.shares(), [0.75, 0.25, 0.0]);
        let mut scores = vec![0.0; 3];
        add_personal(&orders.of(0), &mut scores);
        assert_eq!(scores, [3.0, 1.0, 0.0]);
        assert_eq!(GlobalTop::count(&Baskets::default(), 1).shares(), [0.0]);
    }
}
