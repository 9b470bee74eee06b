//! What came to the shop lately, her categories and brands before the others.

use std::{cmp::Reverse, sync::Arc};

use crate::domain::Timestamp;
use crate::domain::catalog::{ProductIx, Row, Snapshot};
use crate::domain::recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError};
use crate::models::{data::item_index::ItemIndex, retrieval::tastes::Tastes};

/// Days after which a product is new no longer.
const NEW_DAYS: f64 = 60.0;
/// Days after which it is half as new.
const HALF_LIFE_DAYS: f64 = 20.0;
/// What a new product has where nothing says that it is for her.
const FOR_ANYONE: f32 = 0.2;
/// Arrivals that are looked at for one answer. A shop that replaces all its goods at once shows the newest of them.
const LOOKED_AT: usize = 1_000;

/// New products.
#[derive(Debug)]
pub struct NewArrivals {
    vocabulary: Arc<ItemIndex>,
    /// With a known date, the newest first, then by id.
    arrivals: Vec<(Timestamp, ProductIx)>,
    /// Products from here on came after the model was made.
    bound: u32,
}

impl NewArrivals {
    /// Sorts the catalogue by the date of arrival.
    pub fn new(vocabulary: Arc<ItemIndex>, catalog: &Snapshot) -> Self {
        let since = |product: &ProductIx| catalog.get(*product).map_or(Timestamp(0), |row| row.product.available_since);
        let mut arrivals: Vec<(Timestamp, ProductIx)> = vocabulary
            .products()
            .iter()
            .map(|product| (since(product), *product))
            .filter(|(since, _)| since.0 > 0)
            .collect();
        // Stable: equals stay in the order of ids.
        arrivals.sort_by_key(|(since, _)| Reverse(*since));
        let bound = vocabulary.products().iter().map(|product| product.0 + 1).max().unwrap_or(0);
        Self { vocabulary, arrivals, bound }
    }

    fn score(context: &RequestContext<'_>, tastes: &Tastes, row: &Row) -> f32 {
        let since = row.product.available_since;
        let age = context.now.days_since(since);
        if since.0 <= 0 || !(0.0..=NEW_DAYS).contains(&age) {
            return 0.0;
        }
        let (category, brand) = tastes.shares(row);
        let hers = (category + 0.5 * brand).min(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits")]
        let newness = (-age / HALF_LIFE_DAYS).exp2() as f32;
        newness * (FOR_ANYONE + (1.0 - FOR_ANYONE) * hers)
    }
}

impl Source for NewArrivals {
    fn name(&self) -> &'static str {
        "new_arrivals"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn rests_on_history(&self) -> bool {
        false
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let tastes = &*evidence.get_or_make(|| Tastes::of(context, &self.vocabulary));
        let from = self.arrivals.partition_point(|(since, _)| *since > context.now);
        let known = self.arrivals[from..].iter().map(|(_, product)| *product).take(LOOKED_AT);
        // Numbers are given in the order of meeting, so what came since the model has the last ones.
        let since_then = (self.bound..context.ids.products()).rev().take(LOOKED_AT).map(ProductIx);
        for product in since_then.chain(known) {
            let score = context.catalog.get(product).map_or(0.0, |row| Self::score(context, tastes, row));
            if score > 0.0 {
                found.push(product, &[score]);
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let tastes = &*evidence.get_or_make(|| Tastes::of(context, &self.vocabulary));
        for (product, row) in products.iter().zip(rows) {
            *row = context.catalog.get(*product).map_or(0.0, |product| Self::score(context, tastes, product));
        }
        Ok(())
    }

    /// What came with the bulk of the goods, as in a shop's first import, is not new to anybody.
    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let since = context.catalog.get(product)?.product.available_since;
        let is_young = (0.0..=NEW_DAYS).contains(&context.now.days_since(since)) && since.0 > 0;
        let is_new = is_young && context.catalog.is_newer_than_bulk(since);
        is_new.then_some(Rationale { time: Some(since), ..Rationale::of(ReasonCode::NewArrival) })
    }
}
