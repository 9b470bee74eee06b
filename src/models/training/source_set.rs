//! What is counted in the log, and the sources that stand on it.
//!
//! Kept is what can't be read off again quickly: visits and orders without a name, and weights that take long to fit. What
//! follows from those in a moment is made anew when a model is loaded.

use std::{panic::resume_unwind, sync::Arc, thread};

use crate::domain::Timestamp;
use crate::domain::catalog::Snapshot;
use crate::domain::recommend::{ByPopularity, IdOrder, Model, Source, WrongWidth, features};
use crate::domain::rules::Rules;
use crate::models::{
    data::{
        baskets::Baskets, interactions::Interactions, item_index::ItemIndex, neighbours::Neighbours,
        sessions::SessionLog, user_items::UserItems,
    },
    ranking::{Linear, Ranker},
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::{
        affinity::Affinity,
        bought_together::{self, GoesWith},
        due_again::DueAgain,
        ease,
        new_arrivals::NewArrivals,
        popular_in_segment::{PopularInSegment, SegmentPopularity},
        popularity::{Popular, Popularity},
        session_knn::Settings,
        text_similarity::Wording,
        user_features::ProfileFacts,
        viewed_together::{self, Similar},
    },
    size_fit::size_bias::Running,
    training::{for_baskets, for_discovery::ForDiscovery, for_sessions::ForSessions},
};

/// Of what begins by lot.
const SEED: u64 = 1;

/// What was counted in the log: all that the sources rest on beside the catalogue of the day.
#[derive(Debug, Clone)]
pub struct Counts {
    pub(in crate::models) vocabulary: Arc<ItemIndex>,
    for_sessions: ForSessions,
    /// A visit without a session's id ends after so long.
    idle_ms: u32,
    orders: Baskets,
    for_discovery: ForDiscovery,
    pub(in crate::models) goes_with: Arc<Neighbours>,
    pub(in crate::models) seen_with: Arc<Neighbours>,
    pub(in crate::models) popularity: Popularity,
    pub(in crate::models) by_segment: SegmentPopularity,
    running: Running,
}

impl Counts {
    /// Counts what was done before a moment. Uses two cores.
    pub fn of(
        acts: &Interactions,
        vocabulary: &Arc<ItemIndex>,
        catalog: &Snapshot,
        rules: &Rules,
        before: Timestamp,
    ) -> Self {
        let items = vocabulary.len();
        thread::scope(|scope| {
            let other = scope.spawn(|| ForDiscovery::fit(&UserItems::of(acts, before), items, ease::FAIR, SEED));
            let counts = |for_discovery| Self {
                vocabulary: Arc::clone(vocabulary),
                for_sessions: ForSessions::learn(SessionLog::of(acts, before, rules.session_idle_ms), items, SEED),
                idle_ms: u32::try_from(rules.session_idle_ms).unwrap_or(u32::MAX),
                orders: Baskets::of_log(acts, before),
                for_discovery,
                goes_with: Arc::new(bought_together::count(acts, items, before)),
                seen_with: Arc::new(viewed_together::count(acts, items, before, rules.session_idle_ms)),
                popularity: Popularity::count(acts, vocabulary, catalog, before),
                by_segment: SegmentPopularity::count(acts, vocabulary, catalog, before),
                running: Running::learn(acts, vocabulary, catalog, before),
            };
            counts(other.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.ids("products", self.vocabulary.ids());
        self.for_sessions.write(draft);
        draft.u32("idle_ms", [self.idle_ms]);
        self.orders.write(draft);
        self.for_discovery.write(draft);
        draft.neighbours("goes_with", &self.goes_with);
        draft.neighbours("seen_with", &self.seen_with);
        self.popularity.write(draft);
        self.by_segment.write(draft);
        self.running.write(draft);
    }

    /// What was written, of these products.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(tensors: &Tensors<'_>, vocabulary: Arc<ItemIndex>) -> Result<Self, Damaged> {
        let items = vocabulary.len();
        Ok(Self {
            for_sessions: ForSessions::read(tensors, items)?,
            idle_ms: tensors.one("idle_ms", Tensors::u32)?,
            orders: Baskets::read(tensors, items)?,
            for_discovery: ForDiscovery::read(tensors, items)?,
            goes_with: Arc::new(tensors.neighbours("goes_with", items)?),
            seen_with: Arc::new(tensors.neighbours("seen_with", items)?),
            popularity: Popularity::read(tensors, items)?,
            by_segment: SegmentPopularity::read(tensors, items)?,
            running: Running::read(tensors, items)?,
            vocabulary,
        })
    }

    /// The sources, in the order of their features.
    pub fn sources(&self, catalog: &Snapshot) -> Vec<Box<dyn Source>> {
        let vocabulary = || Arc::clone(&self.vocabulary);
        let idle_ms = i64::from(self.idle_ms);
        let wording = Arc::new(Wording::of_catalog(&self.vocabulary, catalog));
        let mut sources = self.for_sessions.sources(&self.vocabulary, Settings::default(), idle_ms);
        sources.extend(for_baskets::sources(&self.orders, &self.vocabulary));
        sources.extend(self.for_discovery.sources(&self.vocabulary, Some(wording)));
        let of_the_shop: [Box<dyn Source>; 8] = [
            Box::new(GoesWith::new(vocabulary(), Arc::clone(&self.goes_with))),
            Box::new(Similar::new(vocabulary(), Arc::clone(&self.seen_with), catalog)),
            Box::new(Affinity::new(vocabulary(), &self.popularity, catalog)),
            Box::new(Popular::new(vocabulary(), &self.popularity, catalog)),
            Box::new(PopularInSegment::new(vocabulary(), &self.by_segment)),
            Box::new(NewArrivals::new(vocabulary(), catalog)),
            Box::new(DueAgain),
            Box::new(ProfileFacts),
        ];
        sources.extend(of_the_shop);
        sources
    }

    /// Every product, the most popular first.
    fn popular(&self) -> Arc<ByPopularity> {
        let order = self.popularity.order();
        Arc::new(ByPopularity::new(order.into_iter().map(|(item, _)| self.vocabulary.product(item))))
    }

    /// Those that serve with these weights; with a rule of thumb where there are none.
    ///
    /// # Errors
    /// Where the weights are for other sources.
    pub fn model(&self, catalog: &Snapshot, version: Arc<str>, ranking: Option<&Ranker>) -> Result<Model, WrongWidth> {
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
fn rule_of_thumb<T: AsRef<str>>(features: &[T]) -> Ranker {
    const VOTES: [(&str, f32); 8] = [
        ("due_again.score", 1.5),
        ("nearest_sessions.near", 1.0),
        ("goes_with.score", 1.0),
        ("similar.score", 1.0),
        ("ease.share", 0.7),
        ("affinity.score", 0.7),
        ("popular.score", 0.4),
        ("new_arrivals.score", 0.2),
    ];
    let vote = |name: &T| VOTES.iter().find(|(voter, _)| *voter == name.as_ref()).map_or(0.0, |(_, weight)| *weight);
    Ranker::Linear(Linear::new(features.iter().map(vote).collect()).unwrap_or_else(|| Linear::zero(features.len())))
}
