//! Candidates: what every source brings, merged by product, and what all sources say of each. In memory that is used again.
//!
//! A source that fails is left out and reported; the answer goes on. Not here: what may be offered, and what is worth what.

use std::{mem, sync::Arc};

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, IdOrder, Layout, Model, RequestContext, Scenario, Source, SourceReport, pause},
};

/// Candidates of one source, of those that may be offered.
pub const MOST: usize = 100;

/// Candidates of all sources together.
pub const MOST_TOGETHER: usize = 200;
/// Candidates that sources of the context must bring so that they alone bring: a few pages.
const ENOUGH: usize = 60;
/// Purchases and looks from which on a history is long.
const LONG: usize = 1_000;
/// Ranks below this are told apart little where sources are fused.
const SMOOTHING: usize = 9;

/// Neither asked about nor a candidate.
const UNMET: u32 = u32::MAX;
/// Asked about, and not to be offered.
const REFUSED: u32 = u32::MAX - 1;
/// May be offered, and is not worth its features.
const DROPPED: u32 = u32::MAX - 2;

/// What the sources say for one request.
#[derive(Debug, Default)]
pub struct Candidates {
    /// By source.
    said: Vec<Said>,
    /// Each product once, in the order of first meeting.
    union: Vec<ProductIx>,
    /// All that `offer` was asked about, those that it refused among them.
    asked: Vec<ProductIx>,
    /// By product: its row in the list at hand, or why it has none.
    slots: Slots,
    reports: Vec<SourceReport>,
    keys: Vec<u64>,
    votes: Vec<f32>,
    lacking: Vec<u32>,
    wanted: Vec<ProductIx>,
    filled: Vec<f32>,
}

#[derive(Debug, Default)]
struct Said {
    found: Found,
    /// What it worked out for this request.
    evidence: Evidence,
    /// Of what was found, the best that may be offered, the best first.
    best: Vec<ProductIx>,
    failed: bool,
}

/// Beside a product or a cart those first that answer to it.
fn order_of_asking(context: &RequestContext<'_>, sources: &[Arc<dyn Source>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    if context.scenario() != Scenario::Personal {
        order.sort_by_key(|s| !sources[*s].answers_context());
    }
    order
}

/// A number for each product, of which only those touched are cleared.
#[derive(Debug, Default)]
struct Slots {
    of: Vec<u32>,
    touched: Vec<ProductIx>,
}

impl Candidates {
    /// Asks all sources of the model's ranking for the request anew, as [`Self::collect_from`]; where the history is long, which is
    /// when an answer takes milliseconds, other work of the runtime goes first between the sources.
    pub async fn collect(
        &mut self,
        context: &RequestContext<'_>,
        model: &Model,
        mut offer: impl FnMut(ProductIx) -> bool,
    ) {
        let is_long = context.history.bought.len() + context.history.looks.len() > LONG;
        let sources = model.ranking(context).sources();
        self.begin(sources.len());
        for s in order_of_asking(context, sources) {
            if is_long {
                pause().await;
            }
            self.ask(s, sources[s].as_ref(), context, model.by_id(), &mut offer);
        }
        self.fuse(model.by_id());
    }

    /// Asks all sources anew. `offer` is asked once for each product that is good enough to be a candidate; those that it
    /// refuses take nobody's place.
    pub fn collect_from(
        &mut self,
        context: &RequestContext<'_>,
        sources: &[Arc<dyn Source>],
        by_id: &IdOrder,
        mut offer: impl FnMut(ProductIx) -> bool,
    ) {
        self.begin(sources.len());
        for s in order_of_asking(context, sources) {
            self.ask(s, sources[s].as_ref(), context, by_id, &mut offer);
        }
        self.fuse(by_id);
    }

    fn begin(&mut self, sources: usize) {
        self.clear();
        self.said.resize_with(sources, Said::default);
    }

    fn ask(
        &mut self,
        s: usize,
        source: &dyn Source,
        context: &RequestContext<'_>,
        by_id: &IdOrder,
        offer: &mut impl FnMut(ProductIx) -> bool,
    ) {
        let mut said = mem::take(&mut self.said[s]);
        let asked = source.collect(context, MOST, &mut said.found, &mut said.evidence);
        if let Err(error) = &asked {
            tracing::warn!(source = source.name(), %error, "source failed, the answer goes on without it");
            said.found.clear();
            said.failed = true;
        }
        // Those that answer to the context were asked before.
        let is_enough = context.scenario() != Scenario::Personal && self.union.len() >= ENOUGH;
        if source.brings() && (source.answers_context() || !is_enough) {
            self.choose(&mut said, source.signals().len(), by_id, offer);
        }
        let candidates = u32::try_from(said.best.len()).unwrap_or(u32::MAX);
        if said.failed || candidates > 0 {
            self.reports.push(SourceReport { source: source.name(), candidates, failed: said.failed });
        }
        self.said[s] = said;
    }

    /// Leaves the products that sources put first, by the sum of reciprocal ranks (Cormack et al., "Reciprocal rank fusion",
    /// 2009). What is dropped is not worth its features: it stands far down in the lists of one source or two.
    fn fuse(&mut self, by_id: &IdOrder) {
        if self.union.len() <= MOST_TOGETHER {
            return;
        }
        self.votes.clear();
        self.votes.resize(self.union.len(), 0.0);
        for said in &self.said {
            for (rank, product) in said.best.iter().enumerate() {
                let slot = self.slots.get(*product);
                self.votes[slot as usize] += reciprocal(rank + SMOOTHING);
            }
        }
        let keyed = self.votes.iter().zip(&self.union).map(|(vote, product)| key(*vote, by_id.place(*product)));
        let mut best: Vec<(u64, usize)> = keyed.zip(0..).collect();
        best.select_nth_unstable_by(MOST_TOGETHER, |a, b| b.cmp(a));
        for (_, place) in best.drain(MOST_TOGETHER..) {
            self.slots.set(self.union[place], DROPPED);
        }
        best.sort_unstable_by_key(|(_, place)| *place);
        self.union = best.into_iter().map(|(_, place)| self.union[place]).collect();
    }

    /// The best of what a source found, down to the last that is a candidate.
    fn choose(&mut self, said: &mut Said, signals: usize, by_id: &IdOrder, offer: &mut impl FnMut(ProductIx) -> bool) {
        let scores = said.found.signals.iter().step_by(signals.max(1));
        let scored = said.found.products.iter().zip(scores).filter(|(_, score)| **score > 0.0);
        let mut keys = mem::take(&mut self.keys);
        keys.clear();
        // Turned over, so that the best comes first in the order of numbers.
        keys.extend(scored.map(|(product, score)| !key(*score, by_id.place(*product))));
        // As bestsellers are, which come in the same order to everybody.
        let ordered = keys.is_sorted();
        let mut from = 0;
        while said.best.len() < MOST && from < keys.len() {
            // A few more than are wanted: mostly the first round is enough.
            let to = (from + MOST + MOST / 4).min(keys.len());
            if to < keys.len() && !ordered {
                keys[from..].select_nth_unstable(to - from);
            }
            keys[from..to].sort_unstable();
            for key in &keys[from..to] {
                if said.best.len() == MOST {
                    break;
                }
                let product = by_id.product(place_of(!key));
                if self.admit(product, offer) {
                    said.best.push(product);
                }
            }
            from = to;
        }
        self.keys = keys;
    }

    fn admit(&mut self, product: ProductIx, offer: &mut impl FnMut(ProductIx) -> bool) -> bool {
        let met = self.slots.get(product);
        if met != UNMET {
            return met != REFUSED;
        }
        self.asked.push(product);
        let admitted = offer(product);
        if admitted {
            self.slots.set(product, u32::try_from(self.union.len()).unwrap_or(DROPPED));
            self.union.push(product);
        } else {
            self.slots.set(product, REFUSED);
        }
        admitted
    }

    /// Whether a product is a candidate, until rows are asked for.
    pub fn holds(&self, product: ProductIx) -> bool {
        self.slots.get(product) < DROPPED
    }

    /// Each product once, in an order that depends on the sources alone.
    pub fn products(&self) -> &[ProductIx] {
        &self.union
    }

    /// The candidates, and what would be one if it might be offered.
    pub fn asked(&self) -> &[ProductIx] {
        &self.asked
    }

    /// What each source brought, or that it failed; those that did neither are absent.
    pub fn reports(&self) -> &[SourceReport] {
        &self.reports
    }

    /// The places in the order of one source alone, the best first: of sources that bring.
    pub fn best_of(&self, source: usize) -> impl Iterator<Item = ProductIx> {
        self.said[source].best.iter().copied()
    }

    /// What may be offered of all that sources brought which rest on more than the catalogue; sorted.
    pub fn by_history(&self, sources: &[Arc<dyn Source>]) -> Vec<ProductIx> {
        let said = self.said.iter().zip(sources).filter(|(_, source)| source.rests_on_history());
        let mut brought: Vec<ProductIx> = said.flat_map(|(said, _)| said.best.iter().copied()).collect();
        brought.sort_unstable();
        brought.dedup();
        brought
    }

    /// What a source worked out for the request at hand.
    pub fn evidence(&mut self, source: usize) -> &mut Evidence {
        &mut self.said[source].evidence
    }

    /// Appends a row of all features for each product.
    pub fn rows(
        &mut self,
        context: &RequestContext<'_>,
        sources: &[Arc<dyn Source>],
        products: &[ProductIx],
        rows: &mut Vec<f32>,
    ) {
        self.rows_of(context, sources, &Layout::whole(sources), products, rows);
    }

    /// Appends a row of the features of a layout for each product, whether it is a candidate or not: what a source did not
    /// bring, it is asked for, so that a product has the same features whichever way it came. Each product MUST stand in the
    /// list once.
    pub fn rows_of(
        &mut self,
        context: &RequestContext<'_>,
        sources: &[Arc<dyn Source>],
        layout: &Layout,
        products: &[ProductIx],
        rows: &mut Vec<f32>,
    ) {
        let start = rows.len();
        rows.resize(start + products.len() * layout.width(), 0.0);
        self.slots.clear();
        for (row, product) in (0..).zip(products) {
            self.slots.set(*product, row);
        }
        for (s, source) in sources.iter().enumerate() {
            let place = Place::new(layout, s, source.signals().len());
            if self.said[s].failed {
                continue;
            }
            if !place.signals.is_empty() {
                self.copy(s, &place, &mut rows[start..]);
                self.fill(s, source.as_ref(), context, &place, products, &mut rows[start..]);
            }
            if let Some(rank) = place.rank {
                self.rank(s, rank, place.width_of_row, &mut rows[start..]);
            }
        }
    }

    /// What the source said already.
    fn copy(&mut self, s: usize, place: &Place<'_>, rows: &mut [f32]) {
        self.lacking.clear();
        self.lacking.resize(rows.len() / place.width_of_row.max(1), 1);
        let said = &self.said[s];
        for (product, signals) in said.found.products.iter().zip(said.found.signals.chunks_exact(place.all.max(1))) {
            let slot = self.slots.get(*product);
            if slot < DROPPED {
                self.lacking[slot as usize] = 0;
                place.set(slot, signals, rows);
            }
        }
    }

    /// The ranks of its best.
    fn rank(&self, s: usize, at: usize, width_of_row: usize, rows: &mut [f32]) {
        for (rank, product) in self.said[s].best.iter().enumerate() {
            let slot = self.slots.get(*product);
            if slot < DROPPED {
                rows[slot as usize * width_of_row + at] = reciprocal(rank);
            }
        }
    }

    fn fill(
        &mut self,
        s: usize,
        source: &dyn Source,
        context: &RequestContext<'_>,
        place: &Place<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
    ) {
        self.wanted.clear();
        self.wanted.extend(products.iter().zip(&self.lacking).filter(|(_, lacks)| **lacks == 1).map(|(one, _)| *one));
        if self.wanted.is_empty() {
            return;
        }
        self.filled.clear();
        self.filled.resize(self.wanted.len() * place.all, 0.0);
        if let Err(error) = source.fill(context, &self.wanted, &mut self.filled, &mut self.said[s].evidence) {
            tracing::warn!(source = source.name(), %error, "source could not say more, its part is nothing");
            self.said[s].failed = true;
            match self.reports.iter_mut().find(|report| report.source == source.name()) {
                Some(report) => report.failed = true,
                None => self.reports.push(SourceReport { source: source.name(), candidates: 0, failed: true }),
            }
            return;
        }
        // `wanted` is what lacks, in the order of `products`.
        let slots = (0_u32..).zip(&self.lacking).filter(|(_, lacks)| **lacks == 1).map(|(slot, _)| slot);
        for (slot, signals) in slots.zip(self.filled.chunks_exact(place.all.max(1))) {
            place.set(slot, signals, rows);
        }
    }

    /// As if no source had been asked.
    pub fn clear(&mut self) {
        for said in &mut self.said {
            said.found.clear();
            said.evidence.clear();
            said.best.clear();
            said.failed = false;
        }
        self.union.clear();
        self.asked.clear();
        self.slots.clear();
        self.reports.clear();
    }
}

/// Where the features of a source stand in the rows.
struct Place<'a> {
    /// Its signals that are kept.
    signals: &'a [usize],
    /// How many it has.
    all: usize,
    /// Where the first that is kept stands in a row.
    at: usize,
    /// Where its rank stands in a row, where that is kept.
    rank: Option<usize>,
    width_of_row: usize,
}

impl<'a> Place<'a> {
    fn new(layout: &'a Layout, source: usize, all: usize) -> Self {
        let (kept, at) = (layout.kept(source), layout.features_of(source).start);
        let (signals, rank) = kept.split_at(kept.partition_point(|feature| *feature < all));
        let rank = (!rank.is_empty()).then_some(at + signals.len());
        Self { signals, all, at, rank, width_of_row: layout.width() }
    }

    /// Puts what is kept of a source's signals into a row.
    fn set(&self, slot: u32, signals: &[f32], rows: &mut [f32]) {
        let from = slot as usize * self.width_of_row + self.at;
        let cells = &mut rows[from..from + self.signals.len()];
        if self.signals.len() == signals.len() {
            cells.copy_from_slice(signals);
            return;
        }
        for (cell, signal) in cells.iter_mut().zip(self.signals) {
            *cell = signals[*signal];
        }
    }
}

impl Slots {
    fn get(&self, product: ProductIx) -> u32 {
        self.of.get(product.index()).copied().unwrap_or(UNMET)
    }

    fn set(&mut self, product: ProductIx, slot: u32) {
        if self.of.len() <= product.index() {
            self.of.resize(product.index() + 1, UNMET);
        }
        let of = &mut self.of[product.index()];
        if *of == UNMET {
            self.touched.push(product);
        }
        *of = slot;
    }

    fn clear(&mut self) {
        for product in self.touched.drain(..) {
            self.of[product.index()] = UNMET;
        }
    }
}

/// One for the first, a half for the second.
#[expect(clippy::cast_precision_loss, reason = "ranks are in the hundreds at most")]
fn reciprocal(rank: usize) -> f32 {
    1.0 / (rank + 1) as f32
}

/// Larger for a larger score; among equals for the smaller place. What is no number comes last.
pub fn key(score: f32, place: u32) -> u64 {
    let bits = if score.is_nan() { f32::MIN.to_bits() } else { (score + 0.0).to_bits() };
    // Turns the order of floats into that of integers.
    let ordered = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(ordered) << 32 | u64::from(u32::MAX - place)
}

/// The place in a key.
#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
const fn place_of(key: u64) -> u32 {
    u32::MAX - key as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_by_score_then_by_place_and_what_is_no_number_sinks() {
        let mut list = [(0.5, 2), (f32::NAN, 0), (-1.0, 3), (0.5, 1), (0.0, 9), (-0.0, 8), (f32::INFINITY, 7)];
        list.sort_by_key(|(score, place)| std::cmp::Reverse(key(*score, *place)));
        assert_eq!(list.map(|(_, place)| place), [7, 1, 2, 8, 9, 3, 0]);
        assert_eq!(list.map(|(score, place)| place_of(key(score, place))), [7, 1, 2, 8, 9, 3, 0]);
    }
}
