//! Which categories and brands she favours: shares of what she bought, put into her cart and looked at.

use crate::domain::{
    catalog::{BrandIx, CategoryIx, Row},
    recommend::RequestContext,
};
use crate::models::data::{
    item_index::ItemIndex,
    recent_facts::{self, recency},
};

/// Categories, and brands, that count as favourites at most.
const FAVOURITES: usize = 5;
/// Days after which each counts half.
const BOUGHT_DAYS: f64 = 120.0;
const LOOKED_DAYS: f64 = 10.0;
/// What a look is worth beside a purchase.
const LOOK: f32 = 0.25;
/// Added below the line: one look is not a taste yet.
const DOUBT: f32 = 0.5;

/// Shares, the largest first; each list adds up to less than one.
#[derive(Debug, Default)]
pub struct Tastes {
    /// By the narrowest category.
    pub categories: Vec<(CategoryIx, f32)>,
    /// By brand; goods without one are left out.
    pub brands: Vec<(BrandIx, f32)>,
}

impl Tastes {
    /// Her tastes at a moment. What went back whole does not count.
    pub fn of(context: &RequestContext<'_>, vocabulary: &ItemIndex) -> Self {
        let (mut tastes, mut total) = (Self::default(), DOUBT);
        let bought = recent_facts::kept(context.profile, vocabulary)
            .into_iter()
            .map(|(product, time)| (product, recency(context.now, time, BOUGHT_DAYS)));
        let looked = recent_facts::looked_at(context.profile, vocabulary)
            .into_iter()
            .map(|(product, time)| (product, LOOK * recency(context.now, time, LOOKED_DAYS)));
        let in_cart = context.cart.iter().map(|(product, _)| (*product, 0.5));
        let in_view = context.in_view.map(|product| (product, 0.5));
        for (product, weight) in bought.chain(looked).chain(in_cart).chain(in_view) {
            let Some(row) = context.catalog.get(product) else { continue };
            total += weight;
            add(&mut tastes.categories, row.category, weight);
            if row.brand != BrandIx::default() {
                add(&mut tastes.brands, row.brand, weight);
            }
        }
        shares(&mut tastes.categories, total);
        shares(&mut tastes.brands, total);
        tastes
    }

    /// How much the product's category and its brand are hers, 0 to 1 each.
    pub fn shares(&self, row: &Row) -> (f32, f32) {
        (share(&self.categories, &row.category), share(&self.brands, &row.brand))
    }
}

fn add<K: PartialEq>(list: &mut Vec<(K, f32)>, key: K, weight: f32) {
    match list.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += weight,
        None => list.push((key, weight)),
    }
}

/// Stable: among equals the one met first stays first, which is the newest.
fn shares<K>(list: &mut Vec<(K, f32)>, total: f32) {
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list.truncate(FAVOURITES);
    for (_, share) in list {
        *share /= total;
    }
}

fn share<K: PartialEq>(list: &[(K, f32)], key: &K) -> f32 {
    list.iter().find(|(known, _)| known == key).map_or(0.0, |(_, share)| *share)
}
