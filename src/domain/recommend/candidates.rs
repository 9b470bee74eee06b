//! Candidates: what every source brings, merged by product, in memory that is used again.
//!
//! A source that fails is left out and reported; the answer goes on. Not here: what may be offered, and what is worth what.

use std::mem;

use rustc_hash::FxHashMap;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Because, Candidate, Model, Moment, Source, SourceReport, features::SOURCES},
};

/// Candidates that one source may bring.
const MOST: usize = 300;
const NOT_BROUGHT: u16 = u16::MAX;

/// What the sources brought for one request.
#[derive(Debug, Default)]
pub struct Candidates {
    /// By source.
    found: Vec<Vec<Candidate>>,
    /// Each product once, in the order of first meeting.
    union: Vec<ProductIx>,
    numbers: FxHashMap<ProductIx, u32>,
    /// For each product of `union`, its place in what each source found.
    places: Vec<[u16; SOURCES.len()]>,
    reports: Vec<SourceReport>,
    wanted: Vec<ProductIx>,
    filled: Vec<f32>,
}

impl Candidates {
    /// Asks all sources anew.
    pub fn collect(&mut self, moment: &Moment<'_>, model: &Model) {
        self.clear();
        self.found.resize_with(model.sources.len(), Vec::new);
        for (s, source) in model.sources.iter().enumerate() {
            let mut found = mem::take(&mut self.found[s]);
            let asked = source.collect(moment, MOST, &mut found);
            if let Err(error) = &asked {
                tracing::warn!(source = source.name(), %error, "source failed, the answer goes on without it");
                found.clear();
            }
            found.truncate(MOST);
            let candidates = u32::try_from(found.len()).unwrap_or(u32::MAX);
            self.reports.push(SourceReport { source: source.name(), candidates, failed: asked.is_err() });
            for (place, candidate) in (0..).zip(&found) {
                self.merge(s, place, candidate.product);
            }
            self.found[s] = found;
        }
    }

    /// Each product once, in an order that depends on the sources alone.
    #[must_use]
    pub fn products(&self) -> &[ProductIx] {
        &self.union
    }

    /// What each source brought, or that it failed.
    #[must_use]
    pub fn reports(&self) -> &[SourceReport] {
        &self.reports
    }

    /// What the source says the product rests on, where it brought it.
    #[must_use]
    pub fn because(&self, product: ProductIx, source: usize) -> Option<Because> {
        self.brought(product, source).map(|candidate| candidate.because)
    }

    /// Appends a row of raw scores, one of each source, for each product. What a source did not bring, it is asked for, so
    /// that a product has the same features whichever way it came: training sees no less.
    pub fn scores(&mut self, moment: &Moment<'_>, model: &Model, products: &[ProductIx], rows: &mut Vec<f32>) {
        let start = rows.len();
        rows.resize(start + products.len() * SOURCES.len(), 0.0);
        for (s, source) in model.sources.iter().enumerate().take(SOURCES.len()) {
            if self.reports.get(s).is_some_and(|report| report.failed) {
                continue;
            }
            self.wanted.clear();
            for (row, product) in products.iter().enumerate() {
                match self.brought(*product, s) {
                    Some(candidate) => rows[start + row * SOURCES.len() + s] = candidate.score,
                    None => self.wanted.push(*product),
                }
            }
            self.fill(s, moment, source.as_ref(), products, &mut rows[start..]);
        }
    }

    fn fill(&mut self, s: usize, moment: &Moment<'_>, source: &dyn Source, products: &[ProductIx], rows: &mut [f32]) {
        if self.wanted.is_empty() {
            return;
        }
        self.filled.clear();
        if let Err(error) = source.score(moment, &self.wanted, &mut self.filled) {
            tracing::warn!(source = source.name(), %error, "source could not score, its part is nothing");
            if let Some(report) = self.reports.get_mut(s) {
                report.failed = true;
            }
            return;
        }
        // `wanted` is what was not brought, in the order of `products`.
        let mut filled = self.filled.iter();
        for (row, product) in products.iter().enumerate() {
            if self.brought(*product, s).is_none()
                && let Some(score) = filled.next()
            {
                rows[row * SOURCES.len() + s] = *score;
            }
        }
    }

    fn brought(&self, product: ProductIx, source: usize) -> Option<&Candidate> {
        let number = *self.numbers.get(&product)?;
        let place = *self.places[number as usize].get(source)?;
        self.found[source].get(usize::from(place))
    }

    fn merge(&mut self, source: usize, place: u16, product: ProductIx) {
        let next = u32::try_from(self.union.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(product).or_insert(next);
        if number == next {
            self.union.push(product);
            self.places.push([NOT_BROUGHT; SOURCES.len()]);
        }
        if let Some(slot) = self.places[number as usize].get_mut(source) {
            *slot = place;
        }
    }

    /// As if no source had been asked.
    pub fn clear(&mut self) {
        self.found.iter_mut().for_each(Vec::clear);
        self.union.clear();
        self.numbers.clear();
        self.places.clear();
        self.reports.clear();
    }
}
