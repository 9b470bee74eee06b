//! What of a customer's history the sources rest on: a bounded number of the newest facts, in an order of their own.
//!
//! A profile keeps what she owns in no order, and sums of floats depend on it: hence the sorting.

use std::cmp::Reverse;

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    customer::Profile,
    recommend::{ReasonCode, RequestContext},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    seeds::Seed,
};

/// The newest purchases that count.
pub const PURCHASES: usize = 60;
/// The newest looks that count.
pub const LOOKS: usize = 60;

/// Half after so many days, and never quite forgotten.
#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
pub fn recency(now: Timestamp, then: Timestamp, half_life_days: f64) -> f32 {
    const FLOOR: f32 = 0.05;
    let age = now.days_since(then).max(0.0);
    FLOOR + (1.0 - FLOOR) * (-age / half_life_days).exp2() as f32
}

/// Lines of a cart that count.
pub const LINES: usize = 100;

/// What lies in the cart, and the product in view as one more line of it, each once.
pub fn lines_of_cart(context: &RequestContext<'_>, vocabulary: &ItemIndex) -> Vec<Item> {
    let products = context.in_view.into_iter().chain(context.cart.iter().map(|(product, _)| *product));
    let mut lines: Vec<Item> = products.filter_map(|product| vocabulary.item(product)).take(LINES).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// What she bought and kept, the newest first.
pub fn kept(profile: &Profile, vocabulary: &ItemIndex) -> Vec<(ProductIx, Timestamp)> {
    let owned = profile.owned_lately().filter(|(_, owned)| owned.kept > 0);
    newest(owned.map(|(product, owned)| (product, owned.last_purchase)).collect(), vocabulary, PURCHASES)
}

/// What she looked at, each product once, the newest first.
pub fn looked_at(profile: &Profile, vocabulary: &ItemIndex) -> Vec<(ProductIx, Timestamp)> {
    let mut looks: Vec<(ProductIx, Timestamp)> = Vec::new();
    for look in profile.looks().iter().rev() {
        if looks.len() == LOOKS {
            break;
        }
        if !looks.iter().any(|(product, _)| *product == look.product) {
            looks.push((look.product, look.stamp.time));
        }
    }
    newest(looks, vocabulary, LOOKS)
}

fn newest(mut facts: Vec<(ProductIx, Timestamp)>, vocabulary: &ItemIndex, most: usize) -> Vec<(ProductIx, Timestamp)> {
    facts.sort_unstable_by_key(|(product, time)| {
        (Reverse(*time), vocabulary.item(*product).unwrap_or(u32::MAX), *product)
    });
    facts.truncate(most);
    facts
}

/// A seed for a product, where the model knows it.
pub fn seed(
    vocabulary: &ItemIndex,
    product: ProductIx,
    weight: f32,
    code: ReasonCode,
    time: Option<Timestamp>,
) -> Option<Seed> {
    let item = vocabulary.item(product)?;
    Some(Seed { item, weight, code, product, time })
}
