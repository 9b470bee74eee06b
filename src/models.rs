//! What ranks: the sources of candidates, one algorithm a file, and the weights that join them, learned from the log.
//!
//! Nothing here knows of the network or the database: a model is made from events and a catalogue, and served as
//! `domain::recommend::Model`.

mod affinity;
pub(crate) mod alike;
mod artifact;
pub mod blend;
pub mod boost;
mod card;
pub(crate) mod come_upon;
pub(crate) mod dataset;
pub(crate) mod demand;
mod due_again;
pub(crate) mod ease;
pub(crate) mod embeddings;
pub(crate) mod factors;
pub mod fit;
pub(crate) mod for_sessions;
mod from_history;
mod goes_with;
pub(crate) mod habits;
pub(crate) mod held;
mod history;
pub(crate) mod log;
pub(crate) mod measure;
pub(crate) mod nearest_sessions;
pub(crate) mod neighbours;
mod new_arrivals;
pub(crate) mod next_order;
pub(crate) mod ongoing;
pub(crate) mod orders;
pub(crate) mod pairs;
pub(crate) mod popular;
mod popular_in_segment;
mod profile;
mod registry;
pub(crate) mod regression;
pub(crate) mod repeats;
pub(crate) mod rhythm;
mod scratch;
mod segments;
pub(crate) mod sessions;
mod similar;
mod tally;
mod tastes;
pub(crate) mod tensors;
pub(crate) mod this_visit;
mod train;
pub(crate) mod transitions;
pub(crate) mod trend;
pub(crate) mod visited;
pub(crate) mod visits;
pub(crate) mod vocabulary;
pub(crate) mod wording;

use std::sync::Arc;

use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::{ByPopularity, IdOrder, Model, Source, WrongWidth, features};
use crate::domain::rules::Rules;
use crate::domain::store::StoreError;

use self::{
    affinity::Affinity,
    blend::{Linear, Ranking},
    due_again::DueAgain,
    fit::running::Running,
    goes_with::GoesWith,
    log::Acts,
    neighbours::Neighbours,
    new_arrivals::NewArrivals,
    popular::{Popular, Popularity},
    popular_in_segment::{PopularInSegment, SegmentPopularity},
    profile::ProfileFacts,
    similar::Similar,
    tensors::{Damaged, Draft, Tensors},
    vocabulary::Vocabulary,
};

pub use self::artifact::{LoadError, load};
pub use self::blend::LearnError;
pub use self::card::{Against, Card};
pub use self::log::{EventLog, StoredLog};
pub use self::measure::{Judged, Measure};
pub use self::registry::{Found, Registry, RegistryError};
pub use self::train::{Budget, Run, TrainError, Trained, train};

/// Why nothing was counted. What serves stays.
#[derive(Debug, Error, Clone)]
pub enum CountError {
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The weights are for other sources.
    #[error(transparent)]
    Width(#[from] WrongWidth),
}

/// What was counted in the log: all that the sources rest on beside the catalogue of the day.
#[derive(Debug, Clone)]
struct Counts {
    vocabulary: Arc<Vocabulary>,
    goes_with: Arc<Neighbours>,
    seen_with: Arc<Neighbours>,
    popularity: Popularity,
    by_segment: SegmentPopularity,
    running: Running,
}

impl Counts {
    /// Counts what was done before a moment.
    fn of(acts: &Acts, vocabulary: &Arc<Vocabulary>, catalog: &Snapshot, rules: &Rules, before: Timestamp) -> Self {
        let items = vocabulary.len();
        Self {
            vocabulary: Arc::clone(vocabulary),
            goes_with: Arc::new(goes_with::count(acts, items, before)),
            seen_with: Arc::new(similar::count(acts, items, before, rules.session_idle_ms)),
            popularity: Popularity::count(acts, vocabulary, catalog, before),
            by_segment: SegmentPopularity::count(acts, vocabulary, catalog, before),
            running: Running::learn(acts, vocabulary, catalog, before),
        }
    }

    /// As rows of a file.
    fn write(&self, draft: &mut Draft) {
        draft.ids("products", self.vocabulary.ids());
        draft.neighbours("goes_with", &self.goes_with);
        draft.neighbours("seen_with", &self.seen_with);
        self.popularity.write(draft);
        self.by_segment.write(draft);
        self.running.write(draft);
    }

    /// What was written, of these products.
    fn read(tensors: &Tensors<'_>, vocabulary: Arc<Vocabulary>) -> Result<Self, Damaged> {
        let items = vocabulary.len();
        Ok(Self {
            goes_with: Arc::new(tensors.neighbours("goes_with", items)?),
            seen_with: Arc::new(tensors.neighbours("seen_with", items)?),
            popularity: Popularity::read(tensors, items)?,
            by_segment: SegmentPopularity::read(tensors, items)?,
            running: Running::read(tensors, items)?,
            vocabulary,
        })
    }

    /// The sources, in the order of their features.
    fn sources(&self, catalog: &Snapshot) -> Vec<Box<dyn Source>> {
        let vocabulary = || Arc::clone(&self.vocabulary);
        vec![
            Box::new(GoesWith::new(vocabulary(), Arc::clone(&self.goes_with))),
            Box::new(Similar::new(vocabulary(), Arc::clone(&self.seen_with), catalog)),
            Box::new(Affinity::new(vocabulary(), &self.popularity, catalog)),
            Box::new(Popular::new(vocabulary(), &self.popularity, catalog)),
            Box::new(PopularInSegment::new(vocabulary(), &self.by_segment)),
            Box::new(NewArrivals::new(vocabulary(), catalog)),
            Box::new(DueAgain),
            Box::new(ProfileFacts),
        ]
    }

    /// Every product, the most popular first.
    fn popular(&self) -> Arc<ByPopularity> {
        let order = self.popularity.order();
        Arc::new(ByPopularity::new(order.into_iter().map(|(item, _)| self.vocabulary.product(item))))
    }

    /// Those that serve with these weights; with a rule of thumb where there are none.
    fn model(&self, catalog: &Snapshot, version: Arc<str>, ranking: Option<&Ranking>) -> Result<Model, WrongWidth> {
        let sources = self.sources(catalog);
        let scorer = ranking.cloned().unwrap_or_else(|| rule_of_thumb(&features(&sources)));
        let by_id = IdOrder::new(self.vocabulary.products().iter().copied());
        let model = Model::new(version, ranking.is_some(), sources, Box::new(scorer), self.popular(), by_id)?;
        Ok(model.with_fit(self.running.fit(Arc::clone(&self.vocabulary))))
    }
}

/// What to do where nothing was learned: the sources vote with their first signals, those that know her before those that know
/// the shop.
///
/// These are no model and are not served as one: a model with them says that it is untrained.
fn rule_of_thumb<T: AsRef<str>>(features: &[T]) -> Ranking {
    const VOTES: [(&str, f32); 6] = [
        ("due_again.score", 1.5),
        ("goes_with.score", 1.0),
        ("similar.score", 1.0),
        ("affinity.score", 0.7),
        ("popular.score", 0.4),
        ("new_arrivals.score", 0.2),
    ];
    let vote = |name: &T| VOTES.iter().find(|(voter, _)| *voter == name.as_ref()).map_or(0.0, |(_, weight)| *weight);
    Ranking::Linear(Linear::new(features.iter().map(vote).collect()).unwrap_or_else(|| Linear::zero(features.len())))
}

/// The model of a shop where nothing was trained: its sources count the log, and a rule of thumb joins them.
///
/// # Errors
/// Where the log can't be read.
pub fn untrained(
    log: &(impl EventLog + ?Sized),
    catalog: &Snapshot,
    ids: &Ids,
    rules: &Rules,
) -> Result<Model, CountError> {
    let (_, counts) = count(log, catalog, ids, rules)?;
    Ok(counts.model(catalog, "untrained".into(), None)?)
}

/// The weights of a trained model over what the log and the catalogue say by now.
///
/// # Errors
/// Where the log can't be read.
pub fn recount(
    trained: &Trained,
    log: &(impl EventLog + ?Sized),
    catalog: &Snapshot,
    ids: &Ids,
    rules: &Rules,
) -> Result<Model, CountError> {
    let (events, counts) = count(log, catalog, ids, rules)?;
    let version = format!("{}+{events}", trained.card.version);
    Ok(counts.model(catalog, version.into(), Some(&trained.ranking))?)
}

fn count(
    log: &(impl EventLog + ?Sized),
    catalog: &Snapshot,
    ids: &Ids,
    rules: &Rules,
) -> Result<(u64, Counts), StoreError> {
    let (acts, vocabulary) = Acts::read(log, catalog, ids)?;
    Ok((acts.events, Counts::of(&acts, &Arc::new(vocabulary), catalog, rules, after(&acts))))
}

/// The first moment after all acts.
fn after(acts: &Acts) -> Timestamp {
    acts.span.map_or(Timestamp(0), |(_, last)| Timestamp(last.0.saturating_add(1)))
}

#[cfg(test)]
mod tests;
