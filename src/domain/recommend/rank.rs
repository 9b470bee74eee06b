//! Ranking: features, scores, one total order, variety. And the desk on which that is done, which is used again and again.

use std::{cell::Cell, cmp::Ordering};

use crate::domain::{
    catalog::ProductIx,
    recommend::{
        Model, Moment, Signals,
        candidates::Candidates,
        features::{self, NAMES, SOURCES},
        vary::{self, Kind},
    },
};

/// Memory of one request at work.
#[derive(Debug, Default)]
pub struct Desk {
    /// What the sources brought.
    pub candidates: Candidates,
    source_scores: Vec<f32>,
    features: Vec<f32>,
    scores: Vec<f32>,
}

impl Desk {
    /// Computes the features and the score of each product, in place of those that were there.
    pub fn score(&mut self, moment: &Moment<'_>, signals: &Signals, model: &Model, products: &[ProductIx]) {
        self.source_scores.clear();
        self.features.clear();
        self.scores.clear();
        self.candidates.scores(moment, model, products, &mut self.source_scores);
        for (product, source_scores) in products.iter().zip(self.source_scores.chunks_exact(SOURCES.len())) {
            features::extract(moment, signals, *product, source_scores, &mut self.features);
        }
        let rows = self.features.chunks_exact(NAMES.len());
        self.scores.extend(rows.map(|features| model.scorer.score(features)));
    }

    /// The score of a product, by its place in the list that was scored.
    #[must_use]
    pub fn score_of(&self, place: usize) -> f32 {
        self.scores.get(place).copied().filter(|score| !score.is_nan()).unwrap_or(f32::MIN)
    }

    /// The features of a product, by its place in the list that was scored.
    #[must_use]
    pub fn features_of(&self, place: usize) -> &[f32] {
        self.features.get(place * NAMES.len()..(place + 1) * NAMES.len()).unwrap_or(&[])
    }

    /// The order to show the scored products in, as places in their list: by score, then varied. What she sent back goes
    /// behind all that she did not: it may be offered again, but nothing weaker than her own word speaks for it.
    #[must_use]
    pub fn order(&self, products: &[ProductIx], moment: &Moment<'_>) -> Vec<u32> {
        let (catalog, ids, profile) = (moment.catalog, moment.ids, moment.profile);
        let sent_back =
            |place: &u32| profile.owned(products[*place as usize]).is_some_and(|owned| owned.sent_back.is_some());
        let mut places: Vec<u32> = (0..u32::try_from(products.len()).unwrap_or(u32::MAX)).collect();
        places.sort_unstable_by(|a, b| {
            let (a, b) = (*a as usize, *b as usize);
            by_score(self.scores[a], self.scores[b]).then_with(|| {
                // Numbers follow arrival, which is not the same in every run: only ids make the order one for all.
                ids.product_id(products[a]).cmp(&ids.product_id(products[b]))
            })
        });
        let kind = |place: &u32| {
            catalog
                .get(products[*place as usize])
                .map_or(Kind::default(), |row| Kind { category: row.category, brand: row.brand })
        };
        let kinds: Vec<Kind> = places.iter().map(kind).collect();
        let varied: Vec<u32> = vary::varied(&kinds).into_iter().map(|at| places[at as usize]).collect();
        let (last, first): (Vec<u32>, Vec<u32>) = varied.into_iter().partition(sent_back);
        first.into_iter().chain(last).collect()
    }
}

/// The larger first; what is no number last.
fn by_score(a: f32, b: f32) -> Ordering {
    a.is_nan().cmp(&b.is_nan()).then_with(|| b.total_cmp(&a))
}

thread_local! {
    static FREE: Cell<Option<Box<Desk>>> = const { Cell::new(None) };
}

/// The free desk of this thread, or a new one.
#[must_use]
pub fn desk() -> Box<Desk> {
    FREE.take().unwrap_or_default()
}

/// For the next request, on whichever thread this one ends. A desk that is not given back is only made anew.
pub fn give_back(desk: Box<Desk>) {
    FREE.set(Some(desk));
}
