//! What she bought before and may buy again: her products by habit, with all that is known of their rhythm.

use std::sync::Arc;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError},
};
use crate::models::{
    data::{baskets::Baskets, item_index::ItemIndex},
    retrieval::rhythm::{Rhythm, SIGNALS},
};

/// Her own products.
#[derive(Debug)]
pub struct Repeats {
    vocabulary: Arc<ItemIndex>,
    rhythm: Arc<Rhythm>,
}

impl Repeats {
    /// Serves what was counted.
    pub const fn new(vocabulary: Arc<ItemIndex>, rhythm: Arc<Rhythm>) -> Self {
        Self { vocabulary, rhythm }
    }
}

impl Source for Repeats {
    fn name(&self) -> &'static str {
        "repeats"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let own = &*evidence.get_or_make(|| Baskets::of_trail(context.history, &self.vocabulary));
        for repeat in self.rhythm.repeats(&own.of(0), context.now) {
            found.push(self.vocabulary.product(repeat.item), &repeat.signals);
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
        let own = &*evidence.get_or_make(|| Baskets::of_trail(context.history, &self.vocabulary));
        let new = self.rhythm.new_to_her(&own.of(0), context.now);
        for (product, row) in products.iter().zip(rows.chunks_exact_mut(SIGNALS.len())) {
            if let Some(item) = self.vocabulary.item(*product) {
                row.copy_from_slice(&new.signals(item));
            }
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let last = context.history.bought.iter().rev().find(|line| line.product == product)?;
        Some(Rationale { product: Some(product), time: Some(last.time), ..Rationale::of(ReasonCode::DueAgain) })
    }
}
