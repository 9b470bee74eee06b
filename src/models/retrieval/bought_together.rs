//! What is bought by those who bought what she has: for her kept purchases, and for what lies in her cart.

use std::{collections::BTreeMap, sync::Arc};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{
        Evidence, Found, InteractionKind, Placement, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight,
    },
};
use crate::models::data::{
    interactions::{Interaction, Interactions},
    item_index::{Item, ItemIndex},
    neighbours::{Baskets, Closeness, Entry, Neighbours, neighbours},
    recent_facts,
    seeds::{self, Seed},
};

/// Products of one customer that are counted: the newest. Bounds the time of counting.
const BASKET: usize = 200;
/// Days between two purchases after which the pair counts half.
const CLOSENESS: Closeness = Closeness { half_distance: 14.0, shrinkage: 1.5, keep: 50 };
/// Days after which a purchase says half as much of what goes with what.
const AGEING_DAYS: f64 = 270.0;
/// Days after which a purchase of hers counts half.
const HERS_DAYS: f64 = 60.0;
/// What is put into the cart and not bought says less than a purchase.
const CART_WEIGHT: f32 = 0.4;

/// Counts which products go together: in one order, or bought by one customer within some weeks. What was sent back is left out.
pub fn count(interactions: &Interactions, items: usize, before: Timestamp) -> Neighbours {
    let mut baskets = Baskets::default();
    for own in interactions.by_owner(before) {
        let mut entries = basket(own, before);
        let keep_from = entries.len().saturating_sub(BASKET);
        if entries.len() > 1 {
            baskets.push(1.0, entries.drain(keep_from..));
        }
    }
    neighbours(&baskets, items, CLOSENESS)
}

/// What one customer bought and kept, or at least put into the cart, the oldest first.
#[expect(clippy::cast_possible_truncation, reason = "days and weights need no more digits")]
fn basket(own: &[Interaction], before: Timestamp) -> Vec<Entry> {
    let mut held: BTreeMap<Item, (Timestamp, i64, bool)> = BTreeMap::new();
    for interaction in own {
        let (time, kept, bought) = held.entry(interaction.item).or_insert((interaction.time, 0, false));
        *kept += interaction.units().unwrap_or(0);
        *bought |= interaction.kind == InteractionKind::Bought;
        if matches!(interaction.kind, InteractionKind::PutInCart | InteractionKind::Bought) {
            *time = interaction.time;
        }
    }
    let carted =
        |item| own.iter().any(|interaction| interaction.item == item && interaction.kind == InteractionKind::PutInCart);
    let mut entries: Vec<(Timestamp, Entry)> = held
        .into_iter()
        .filter_map(|(item, (time, kept, bought))| {
            let weight = match (bought, kept > 0) {
                (true, true) => 1.0,
                (false, _) if carted(item) => CART_WEIGHT,
                _ => return None,
            };
            let age = before.days_since(time);
            let weight = weight * (-age / AGEING_DAYS).exp2() as f32;
            Some((time, Entry { item, at: -age as f32, weight }))
        })
        .collect();
    entries.sort_by_key(|(time, entry)| (*time, entry.item));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Products that go with what she has.
#[derive(Debug)]
pub struct GoesWith {
    vocabulary: Arc<ItemIndex>,
    neighbours: Arc<Neighbours>,
}

impl GoesWith {
    /// Serves what was counted.
    pub const fn new(vocabulary: Arc<ItemIndex>, neighbours: Arc<Neighbours>) -> Self {
        Self { vocabulary, neighbours }
    }

    fn seeds(&self, context: &RequestContext<'_>) -> Vec<Seed> {
        // The cart is what she is about now; elsewhere on the page it is one thing among others.
        let cart_weight = if context.placement == Placement::Cart { 2.0 } else { 0.5 };
        let cart = context.cart.iter().filter_map(|(product, _)| {
            recent_facts::seed(&self.vocabulary, *product, cart_weight, ReasonCode::GoesWithCart, None)
        });
        let purchases =
            recent_facts::kept(context.profile, &self.vocabulary).into_iter().filter_map(|(product, time)| {
                let weight = recent_facts::recency(context.now, time, HERS_DAYS);
                recent_facts::seed(&self.vocabulary, product, weight, ReasonCode::GoesWithPurchase, Some(time))
            });
        cart.chain(purchases).collect()
    }
}

impl Source for GoesWith {
    fn name(&self) -> &'static str {
        "goes_with"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        seeds::collect(&[&self.neighbours], evidence.get_or_make(|| self.seeds(context)), &self.vocabulary, found);
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let item = self.vocabulary.item(product)?;
        Some(seeds::strongest(&[&self.neighbours], evidence.get_or_make(|| self.seeds(context)), item)?.because())
    }

    fn weight(&self) -> Weight {
        Weight::of_counted(self.neighbours.weight())
    }
}
