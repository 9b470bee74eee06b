//! Ranking: rows of features, scores, one total order, variety. And the workspace in which that is done, which is used again and
//! again.

use std::cell::Cell;

use crate::domain::{
    catalog::ProductIx,
    recommend::{
        Model, Reason, RequestContext,
        candidates::{self, Candidates, MOST_TOGETHER},
        complements,
        diversity::{self, Kind},
        explanation, pause, whats_new,
    },
};

/// Products that are scored before other work of the runtime goes first: all candidates of a page, which takes well under half
/// a millisecond.
const PART: usize = MOST_TOGETHER;

/// Memory of one request at work.
#[derive(Debug, Default)]
pub struct Workspace {
    /// What the sources say.
    pub candidates: Candidates,
    rows: Vec<f32>,
    width: usize,
    scores: Vec<f32>,
}

impl Workspace {
    /// Computes the features and the score of each product, in place of those that were there.
    pub fn score(&mut self, context: &RequestContext<'_>, model: &Model, products: &[ProductIx]) {
        self.rows.clear();
        self.scores.clear();
        let ranking = model.ranking(context);
        self.width = ranking.layout().width();
        self.candidates.rows_of(context, ranking.sources(), ranking.layout(), products, &mut self.rows);
        ranking.scorer(context).score(&self.rows, &mut self.scores);
    }

    /// As [`Self::score`]; of a long list, other work of the runtime goes first between its parts.
    pub async fn score_in_parts(&mut self, context: &RequestContext<'_>, model: &Model, products: &[ProductIx]) {
        self.rows.clear();
        self.scores.clear();
        let ranking = model.ranking(context);
        self.width = ranking.layout().width();
        for part in products.chunks(PART) {
            if !self.rows.is_empty() {
                pause().await;
            }
            let from = self.rows.len();
            self.candidates.rows_of(context, ranking.sources(), ranking.layout(), part, &mut self.rows);
            ranking.scorer(context).score(&self.rows[from..], &mut self.scores);
        }
    }

    /// Adds to the score of each product in the list that was scored.
    pub fn shift(&mut self, products: &[ProductIx], by: impl Fn(ProductIx) -> f32) {
        for (score, product) in self.scores.iter_mut().zip(products) {
            *score += by(*product);
        }
    }

    /// The score of a product, by its place in the list that was scored.
    pub fn score_of(&self, place: usize) -> f32 {
        self.scores.get(place).copied().filter(|score| !score.is_nan()).unwrap_or(f32::MIN)
    }

    /// The features of a product, by its place in the list that was scored.
    pub fn features_of(&self, place: usize) -> &[f32] {
        self.rows.get(place * self.width..(place + 1) * self.width).unwrap_or(&[])
    }

    /// The reasons for each of these products, which stand at these places in the list that was scored.
    pub fn reasons(
        &mut self,
        context: &RequestContext<'_>,
        model: &Model,
        shown: &[(usize, ProductIx)],
    ) -> Vec<Vec<Reason>> {
        let rows: Vec<f32> = shown.iter().flat_map(|(place, _)| self.features_of(*place)).copied().collect();
        let parts = model.ranking(context).scorer(context).parts(&rows);
        let parts_of = |at: usize| parts.get(at * self.width..(at + 1) * self.width).unwrap_or(&[]);
        let shown = shown.iter().enumerate();
        let reasons = |(at, (_, product)): (usize, &(usize, ProductIx))| {
            explanation::reasons(context, model, *product, parts_of(at), &mut self.candidates)
        };
        shown.map(reasons).collect()
    }

    /// The scored products by score, ties by id, as places in their list.
    pub fn by_score(&self, model: &Model, products: &[ProductIx]) -> Vec<u32> {
        let keys = products.iter().zip(&self.scores);
        let mut keys: Vec<(u64, u32)> =
            keys.map(|(product, score)| candidates::key(*score, model.by_id().place(*product))).zip(0..).collect();
        keys.sort_unstable_by(|a, b| b.cmp(a));
        keys.into_iter().map(|(_, place)| place).collect()
    }

    /// The order to show the scored products in, as places in their list: by score, then varied. What she sent back goes
    /// behind all that she did not: it may be offered again, but nothing weaker than her own word speaks for it.
    pub fn order(&self, context: &RequestContext<'_>, model: &Model, products: &[ProductIx]) -> Vec<u32> {
        let (catalog, profile) = (context.catalog, context.profile);
        let sent_back =
            |place: &u32| profile.owned(products[*place as usize]).is_some_and(|owned| owned.sent_back.is_some());
        let places = self.by_score(model, products);
        let kind = |place: &u32| {
            catalog
                .get(products[*place as usize])
                .map_or(Kind::default(), |row| Kind { category: row.category, brand: row.brand })
        };
        let kinds: Vec<Kind> = places.iter().map(kind).collect();
        let varied: Vec<u32> = diversity::varied(&kinds).into_iter().map(|at| places[at as usize]).collect();
        let varied = whats_new::first(context, products, complements::first(context, products, varied));
        let (last, first): (Vec<u32>, Vec<u32>) = varied.into_iter().partition(sent_back);
        first.into_iter().chain(last).collect()
    }
}

thread_local! {
    static FREE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

/// The free workspace of this thread, or a new one.
pub fn workspace() -> Box<Workspace> {
    FREE.take().unwrap_or_default()
}

/// For the next request, on whichever thread this one ends. A workspace that is not given back is only made anew.
pub fn give_back(workspace: Box<Workspace>) {
    FREE.set(Some(workspace));
}
