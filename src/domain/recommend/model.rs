//! The seams of ranking: where candidates come from, and what orders them. One immutable value, swapped in one step.
//!
//! What implements them is trained elsewhere; nothing here knows how.

use std::{fmt, ops::Add, sync::Arc};

use rustc_hash::FxHashSet;
use thiserror::Error;

use crate::domain::{
    Timestamp,
    catalog::{Ids, ProductIx, Snapshot, VariantIx},
    customer::Profile,
    event::Channel,
    recommend::{Evidence, NewInteraction, Placement, Ranking, ReasonCode, Scenario, UserHistory},
};

/// All that a source may look at: the customer and the shop at one moment.
#[derive(Debug, Clone, Copy)]
pub struct RequestContext<'a> {
    /// The moment.
    pub now: Timestamp,
    /// What the shop sells.
    pub catalog: &'a Snapshot,
    /// Numbers for names.
    pub ids: &'a Ids,
    /// The customer, as far as she may be read.
    pub profile: &'a Profile,
    /// What she did, in the shape that models read.
    pub history: &'a UserHistory,
    /// Where the products are to be shown.
    pub placement: Placement,
    /// Where she meets the shop.
    pub channel: Option<Channel>,
    /// The product on the page.
    pub in_view: Option<ProductIx>,
    /// What the cart holds.
    pub cart: &'a [(ProductIx, Option<VariantIx>)],
}

/// What one source says: products, and for each as many numbers as the source has signals.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Each once.
    pub products: Vec<ProductIx>,
    /// Row-major: a row of [`Source::signals`] for each product.
    pub signals: Vec<f32>,
}

impl Found {
    /// Says something of one more product.
    pub fn push(&mut self, product: ProductIx, signals: &[f32]) {
        self.products.push(product);
        self.signals.extend_from_slice(signals);
    }

    /// As if nothing had been said.
    pub fn clear(&mut self) {
        self.products.clear();
        self.signals.clear();
    }
}

/// What a candidate rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Rationale {
    /// In general.
    pub code: ReasonCode,
    /// The product of hers that contributes most, where one does.
    pub product: Option<ProductIx>,
    /// The brand or category behind it.
    pub subject: Option<Arc<str>>,
    /// When she had to do with that one.
    pub time: Option<Timestamp>,
}

impl Rationale {
    /// Without a product, a subject or a time.
    pub const fn of(code: ReasonCode) -> Self {
        Self { code, product: None, subject: None, time: None }
    }
}

/// A source could not answer. The answer is made without it and says so.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Somewhere that candidates, or facts of candidates, come from.
pub trait Source: Send + Sync {
    /// Stable: it stands in answers, metrics and feature names.
    fn name(&self) -> &'static str;

    /// The names of the numbers that it gives a product. The first of them orders what it brings.
    fn signals(&self) -> &'static [&'static str];

    /// The segment of customers that it puts this one into, where it knows any.
    fn segment(&self, _context: &RequestContext<'_>) -> Option<String> {
        None
    }

    /// Whether it brings candidates; else it only says something of those that others bring.
    fn brings(&self) -> bool {
        true
    }

    /// Whether what it brings answers to this visit: to the product in view, the cart, or what was just looked at. Beside a product
    /// or a cart such sources bring the candidates, as long as they know enough; what all others say of them is heard.
    fn answers_context(&self) -> bool {
        false
    }

    /// Whether what it brings rests on what was done, looked at or asked for, and not on the catalogue alone.
    fn rests_on_history(&self) -> bool {
        true
    }

    /// Appends every product that it can say something of at no extra cost, in any order: at least the `most` best by the
    /// first signal, larger first. Zero is nothing, no signal is NaN. Does not look at eligibility, which comes after.
    /// Of its own it appends nothing, as a source that brings no candidates may.
    fn collect(
        &self,
        _context: &RequestContext<'_>,
        _most: usize,
        _found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        Ok(())
    }

    /// Sets the signals of products that `collect` did not append, in rows that are zeroed: what it would have said of them.
    fn fill(
        &self,
        _context: &RequestContext<'_>,
        _products: &[ProductIx],
        _rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        Ok(())
    }

    /// What it says of a product rests on: the fact of hers that contributes most. `parts` are those of its features in the
    /// score, as [`features`] orders them; of those that are not read they are zero. Asked for what is shown only.
    fn because(
        &self,
        _context: &RequestContext<'_>,
        _product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        None
    }

    /// Takes in what was just done. Called by whoever writes, so it MUST be quick.
    fn observe(&self, _happened: &NewInteraction<'_>) {}

    /// Of visits that go on it remembers at most so many, those that began last.
    fn limit_visits(&self, _most: usize) {}

    /// What it takes in memory, about.
    fn weight(&self) -> Weight {
        Weight::default()
    }
}

/// What models take in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes of what was counted or trained. What several sources share is the weight of one.
    pub counted: usize,
    /// Bytes of what was taken in since then.
    pub observed: usize,
    /// Visits that go on: most of that.
    pub visits: usize,
}

impl Weight {
    /// Of a source that does not learn while it serves.
    pub fn of_counted(bytes: usize) -> Self {
        Self { counted: bytes, ..Self::default() }
    }
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            observed: self.observed + other.observed,
            visits: self.visits + other.visits,
        }
    }
}

/// Orders candidates by their rows of features.
pub trait Scorer: Send + Sync {
    /// How many features a row has.
    fn width(&self) -> usize;

    /// Appends one score for each row.
    fn score(&self, rows: &[f32], scores: &mut Vec<f32>);

    /// The part of each feature in the score of each row, a row of parts for each. With a base that is the same for all rows
    /// they add up to the score.
    fn parts(&self, rows: &[f32]) -> Vec<f32>;

    /// The features that can change a score, ascending: what has no weight and no split is not worth computing.
    fn reads(&self) -> Vec<usize> {
        (0..self.width()).collect()
    }

    /// The same scorer over rows of these features alone, which MUST hold all that it reads. `None` where it can't be told apart
    /// from what it is: it reads all of them.
    fn narrowed(&self, _features: &[usize]) -> Option<Box<dyn Scorer>> {
        None
    }
}

/// How a product turns out, beside what its size says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runs {
    /// Who takes her usual size finds it too small.
    Small,
    /// Who takes her usual size finds it too large.
    Large,
}

/// Knows how products turn out.
pub trait Fit: fmt::Debug + Send + Sync {
    /// None where nothing is known, or it is true to its size. One look-up.
    fn runs(&self, product: ProductIx) -> Option<Runs>;
}

/// The scorer was learned over other features than the sources give.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("the scorer is for {scorer} features, the sources give {sources}")]
pub struct WrongWidth {
    /// What the scorer takes.
    pub scorer: usize,
    /// What the sources give.
    pub sources: usize,
}

/// All that ranks, at one version: a ranking for each scenario, and the sources that they share.
pub struct Model {
    /// Stands in every answer.
    pub version: Arc<str>,
    /// Whether the weights were learned; without, answers carry `Fallback::NoModel`.
    pub trained: bool,
    /// Every product known when the model was made, by popularity: what a feed goes on with at its end.
    pub popular: Arc<ByPopularity>,
    personal: Ranking,
    others: Vec<(Scenario, Ranking)>,
    sources: Vec<Arc<dyn Source>>,
    fit: Option<Box<dyn Fit>>,
    bestsellers: Option<FxHashSet<ProductIx>>,
    by_id: IdOrder,
}

impl Model {
    /// Joins the rankings: the personal one, which also answers for the scenarios that have none of their own, and the others.
    /// `by_id` are the products that the model knows, in the order of their ids.
    pub fn new(
        version: Arc<str>,
        trained: bool,
        personal: Ranking,
        others: Vec<(Scenario, Ranking)>,
        popular: Arc<ByPopularity>,
        by_id: IdOrder,
    ) -> Self {
        let mut sources: Vec<Arc<dyn Source>> = Vec::new();
        for source in others.iter().map(|(_, ranking)| ranking).chain([&personal]).flat_map(Ranking::sources) {
            if !sources.iter().any(|known| Arc::ptr_eq(known, source)) {
                sources.push(Arc::clone(source));
            }
        }
        Self { version, trained, popular, personal, others, sources, fit: None, bestsellers: None, by_id }
    }

    /// With what may be called popular; without, all may.
    pub fn with_bestsellers(self, products: impl IntoIterator<Item = ProductIx>) -> Self {
        Self { bestsellers: Some(products.into_iter().collect()), ..self }
    }

    /// Whether a product may be called popular.
    pub fn is_bestseller(&self, product: ProductIx) -> bool {
        self.bestsellers.as_ref().is_none_or(|bestsellers| bestsellers.contains(&product))
    }

    /// With what knows how products turn out.
    pub fn with_fit(self, fit: Box<dyn Fit>) -> Self {
        Self { fit: Some(fit), ..self }
    }

    /// Knows how products turn out.
    pub fn fit(&self) -> Option<&dyn Fit> {
        self.fit.as_deref()
    }

    /// What answers this request.
    pub fn ranking(&self, context: &RequestContext<'_>) -> &Ranking {
        self.ranking_of(context.scenario())
    }

    /// What answers requests of a scenario.
    pub fn ranking_of(&self, scenario: Scenario) -> &Ranking {
        self.others.iter().find(|(own, _)| *own == scenario).map_or(&self.personal, |(_, ranking)| ranking)
    }

    /// The segment that the customer is in, where a source knows any.
    pub fn segment(&self, context: &RequestContext<'_>) -> Option<String> {
        self.sources.iter().find_map(|source| source.segment(context))
    }

    /// Those of all rankings, each once.
    pub fn sources(&self) -> &[Arc<dyn Source>] {
        &self.sources
    }

    /// Of visits that go on each source remembers at most so many.
    pub fn limit_visits(&self, most: usize) {
        for source in &self.sources {
            source.limit_visits(most);
        }
    }

    /// What its sources take in memory.
    pub fn weight(&self) -> Weight {
        self.sources.iter().map(|source| source.weight()).fold(Weight::default(), Add::add)
    }

    /// Breaks ties.
    pub fn by_id(&self) -> &IdOrder {
        &self.by_id
    }
}

/// The names of the features that sources give, in their order.
pub fn features(sources: &[Arc<dyn Source>]) -> Vec<Arc<str>> {
    let of = |source: &dyn Source| {
        let named = |signal: &&str| Arc::from(format!("{}.{signal}", source.name()));
        let mut names: Vec<Arc<str>> = source.signals().iter().map(named).collect();
        if source.brings() {
            names.push(format!("{}.rank", source.name()).into());
        }
        names
    };
    sources.iter().flat_map(|source| of(source.as_ref())).collect()
}

/// How many features a source gives.
pub fn width(source: &dyn Source) -> usize {
    source.signals().len() + usize::from(source.brings())
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("version", &self.version).field("trained", &self.trained).finish_non_exhaustive()
    }
}

const NOWHERE: u32 = u32::MAX;

/// The places of products in the order of their ids. The numbers of products follow their arrival, which is not the same in
/// every run; only ids make an order that is one for all.
#[derive(Debug, Default)]
pub struct IdOrder {
    sorted: Vec<ProductIx>,
    /// By product.
    places: Vec<u32>,
}

impl IdOrder {
    /// Takes products in the order of their ids.
    pub fn new(sorted: impl IntoIterator<Item = ProductIx>) -> Self {
        let (sorted, mut places): (Vec<ProductIx>, Vec<u32>) = (sorted.into_iter().collect(), Vec::new());
        for (place, product) in (0..).zip(&sorted) {
            if places.len() <= product.index() {
                places.resize(product.index() + 1, NOWHERE);
            }
            places[product.index()] = place;
        }
        Self { sorted, places }
    }

    /// What came after the model stands behind what it knows, in the order of arrival.
    pub fn place(&self, product: ProductIx) -> u32 {
        match self.places.get(product.index()) {
            Some(place) if *place != NOWHERE => *place,
            _ => (NOWHERE / 2).saturating_add(product.0),
        }
    }

    /// The product at a place that [`Self::place`] told.
    pub fn product(&self, place: u32) -> ProductIx {
        self.sorted.get(place as usize).copied().unwrap_or(ProductIx(place.saturating_sub(NOWHERE / 2)))
    }
}

/// Products in the order of their popularity, and the place of each.
#[derive(Debug, Default)]
pub struct ByPopularity {
    order: Vec<ProductIx>,
    places: Vec<u32>,
}

impl ByPopularity {
    /// The most popular first; of repeats the first counts.
    pub fn new(order: impl IntoIterator<Item = ProductIx>) -> Self {
        let mut popular = Self::default();
        for product in order {
            if popular.places.len() <= product.index() {
                popular.places.resize(product.index() + 1, NOWHERE);
            }
            let place = &mut popular.places[product.index()];
            if *place == NOWHERE {
                *place = u32::try_from(popular.order.len()).unwrap_or(NOWHERE);
                popular.order.push(product);
            }
        }
        popular
    }

    /// The most popular first, each once.
    pub fn order(&self) -> &[ProductIx] {
        &self.order
    }

    /// Where the product stands in the order.
    pub fn place(&self, product: ProductIx) -> Option<u32> {
        self.places.get(product.index()).copied().filter(|place| *place != NOWHERE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_back_to_its_product() {
        let order = IdOrder::new([5, 0, 3].map(ProductIx));
        let places = [5, 0, 3, 1, 9].map(|product| order.place(ProductIx(product)));
        assert!(places.is_sorted(), "what came after the model stands behind: {places:?}");
        assert_eq!(places.map(|place| order.product(place).0), [5, 0, 3, 1, 9]);
    }
}
