//! What sells: buyers of each product, of all time or of a window before the moment.

use crate::domain::Timestamp;
use crate::models::data::{interactions::Interactions, item_index::Item};

/// Customers of each of `items` products in the last days before a moment; of all time where there are no days.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds")]
pub fn popularity(interactions: &Interactions, items: usize, now: Timestamp, days: Option<f64>) -> Vec<f32> {
    let from = days.map_or(i64::MIN, |days| now.0.saturating_sub((days * 86_400_000.0) as i64));
    let mut counts = vec![0.0_f32; items];
    let mut own: Vec<Item> = Vec::new();
    for done in interactions.by_owner(now) {
        own.clear();
        own.extend(done.iter().filter(|interaction| interaction.time.0 >= from).map(|interaction| interaction.item));
        own.sort_unstable();
        own.dedup();
        for item in &own {
            counts[*item as usize] += 1.0;
        }
    }
    counts
}

/// Customers of each product.
pub fn customers(histories: &[Vec<Item>], items: usize) -> Vec<f32> {
    let mut counts = vec![0.0_f32; items];
    for item in histories.iter().flatten() {
        counts[*item as usize] += 1.0;
    }
    counts
}
