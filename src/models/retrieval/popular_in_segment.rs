//! What sells among customers like her: popularity within the learned segment that she belongs to today.

use std::sync::Arc;

use crate::domain::{
    Timestamp,
    catalog::{ProductIx, Row, Snapshot},
    customer::Side,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError},
};
use crate::models::{
    data::{interactions::Interactions, item_index::ItemIndex},
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::{
        popularity::{Counter, Ranked},
        segments::{Dealings, Segments},
    },
};

/// The seed of the clusters: they are stable, or they are not taken.
const SEED: u64 = 0x5e67;

/// The segments, and how popular each product is in each.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentPopularity {
    /// Of customers.
    pub segments: Segments,
    /// By segment and item.
    scores: Vec<Vec<f32>>,
}

impl SegmentPopularity {
    /// Learns the segments of what was done before a moment, and counts in each.
    pub fn count(interactions: &Interactions, vocabulary: &ItemIndex, catalog: &Snapshot, before: Timestamp) -> Self {
        let segments = Segments::learn(interactions, vocabulary, catalog, before, SEED);
        let mut counters: Vec<Counter> = (0..segments.len()).map(|_| Counter::new(vocabulary.len())).collect();
        for own in interactions.by_owner(before) {
            counters[segments.of(Dealings::of(own, vocabulary, catalog, before))].add(own, before);
        }
        Self { segments, scores: counters.into_iter().map(Counter::popularity).collect() }
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        self.segments.write(draft);
        for (segment, scores) in self.scores.iter().enumerate() {
            draft.f32(format!("segments.{segment}.popularity"), scores);
        }
    }

    /// What was written, of so many items.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let segments = Segments::read(tensors)?;
        let scores = |segment| tensors.of_items(&format!("segments.{segment}.popularity"), items, false);
        Ok(Self { scores: (0..segments.len()).map(scores).collect::<Result<_, _>>()?, segments })
    }
}

/// Serves them.
#[derive(Debug)]
pub struct PopularInSegment {
    vocabulary: Arc<ItemIndex>,
    segments: Segments,
    ranked: Vec<Ranked>,
}

impl PopularInSegment {
    /// Serves what was counted.
    pub fn new(vocabulary: Arc<ItemIndex>, counted: &SegmentPopularity) -> Self {
        let ranked = counted.scores.iter().cloned().map(Ranked::new).collect();
        Self { vocabulary, segments: counted.segments.clone(), ranked }
    }

    fn ranked(&self, context: &RequestContext<'_>, evidence: &mut Evidence) -> Option<&Ranked> {
        self.ranked.get(*evidence.get_or_make(|| self.segments.of(dealings(context))))
    }
}

/// The same of a customer today as [`Dealings::of`] is of her acts.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "logarithms are taken of it")]
fn dealings(context: &RequestContext<'_>) -> Dealings {
    let (history, profile) = (context.history, context.profile);
    let price =
        |product| context.catalog.get(product).and_then(Row::regular_price).map_or(0.0, |price| price.minor as f32);
    let looked = profile.looks().last().map(|look| look.stamp.time);
    let bought = history.bought.last().map(|line| line.time);
    let returned = profile.trades().iter().filter(|trade| matches!(trade.side, Side::Returned(_)));
    Dealings {
        days_since: looked.max(bought).map_or(0.0, |last| context.now.days_since(last).max(0.0) as f32),
        orders: history.ends.len() as f32,
        spent: history.bought.iter().map(|line| price(line.product) * line.quantity as f32).sum(),
        looks: profile.looks().len() as f32,
        returned: returned.map(|trade| trade.quantity as f32).sum(),
    }
}

impl Source for PopularInSegment {
    fn name(&self) -> &'static str {
        "popular_in_segment"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        if let Some(ranked) = self.ranked(context, evidence) {
            ranked.collect(&self.vocabulary, most, found);
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
        if let Some(ranked) = self.ranked(context, evidence) {
            ranked.fill(&self.vocabulary, products, rows);
        }
        Ok(())
    }

    /// Whoever did nothing yet is in none.
    fn segment(&self, context: &RequestContext<'_>) -> Option<String> {
        let unknown = context.profile.looks().is_empty() && context.profile.trades().is_empty();
        let place = (!unknown).then(|| self.segments.of(dealings(context)))?;
        self.segments.names().into_iter().nth(place).map(|(name, _)| name)
    }

    /// Whoever did nothing yet is like nobody.
    fn because(
        &self,
        context: &RequestContext<'_>,
        _product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let unknown = context.profile.looks().is_empty() && context.profile.trades().is_empty();
        let code = if unknown || self.segments.len() < 2 { ReasonCode::Popular } else { ReasonCode::PopularInSegment };
        Some(Rationale::of(code))
    }
}
