//! Which sources a ranking rests on, what they count in what was done before a moment, and the model that they make.
//!
//! Kept is what can't be read off again quickly: visits and orders without a name, and weights that take long to fit. What
//! follows from those in a moment is made anew when a model is loaded. Only what a source of the set reads is counted.

use std::{panic::resume_unwind, sync::Arc, thread};

use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::catalog::Snapshot;
use crate::domain::recommend::{
    ByPopularity, HistoryBand, IdOrder, Model, Ranking, Scenario, Scorer, Source, WrongWidth, features,
};
use crate::models::{
    data::{
        baskets::Baskets,
        interactions::Interactions,
        item_index::{Item, ItemIndex},
        neighbours::Neighbours,
        session_index::SessionIndex,
        sessions::SessionLog,
        user_items::UserItems,
    },
    ranking::{LearnedRanking, Linear, Ranker},
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::{
        affinity::Affinity,
        als::{self, Als, Factors},
        bought_together::{self, GoesWith},
        cart_items::{self, CartItems, CartTables},
        come_upon,
        demand::{Demand, InDemand},
        due_again::DueAgain,
        ease::{self, Time},
        habits::Habits,
        item2vec::{Embeddings, Nearness},
        markov::{Follows, Transitions},
        nearest_orders::{self, NearestOrders},
        new_arrivals::NewArrivals,
        next_basket::{ComesNext, NextOrder},
        popular_in_segment::{PopularInSegment, SegmentPopularity},
        popularity::{Popular, Popularity},
        repurchase::Repeats,
        rhythm::Rhythm,
        session_features::ThisVisit,
        session_knn::{NearestSessions, Settings},
        text_similarity::{Worded, Wording},
        tifu_knn::{Alike, CustomersAlike},
        trend::{Trend, Trends},
        user_features::ProfileFacts,
        viewed_together::{self, Similar},
        visited::Visited,
    },
    size_fit::size_bias::Running,
};

/// Every source by its name, in the order of their features.
pub const SOURCES: [&str; 26] = [
    "nearest_sessions",
    "transitions",
    "embeddings",
    "this_visit",
    "visited",
    "repeats",
    "alike",
    "comes_next",
    "in_demand",
    "ease",
    "come_upon",
    "trend",
    "factors",
    "habits",
    "ease_steady",
    "wording",
    "cart_items",
    "nearest_orders",
    "goes_with",
    "similar",
    "affinity",
    "popular",
    "popular_in_segment",
    "new_arrivals",
    "due_again",
    "profile",
];
/// Those that answer "what next" from a visit alone.
const OF_A_VISIT: &[&str] = &["nearest_sessions", "transitions", "embeddings", "this_visit", "visited"];
/// Those that foretell the next order from the former ones.
const OF_ORDERS: &[&str] = &["repeats", "alike", "comes_next", "in_demand"];
/// Those that find what a customer does not have yet from what the customer has.
const OF_HOLDINGS: &[&str] = &["ease", "come_upon", "trend", "factors", "habits", "ease_steady", "wording"];
/// Those that find what belongs to a cart, or to the product in view, by what was ordered together.
const OF_A_CART: &[&str] = &[cart_items::NAME, nearest_orders::NAME];
/// What helps them: what sells, and what is worded alike.
const BESIDE_A_CART: &[&str] = &["in_demand", "trend", "wording"];

/// Of what begins by lot.
const SEED: u64 = 1;
/// Half-life of purchases, in units of the log's time, when their words are compared.
const WORDS: f64 = 2.0;

/// A name that no source bears.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("there is no source {0:?}; known are {known}", known = SOURCES.join(", "))]
pub struct UnknownSource(pub String);

/// The sources of one ranking, in the order of [`SOURCES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSet(Vec<&'static str>);

impl SourceSet {
    /// All that a shop's event log can feed.
    pub fn all() -> Self {
        Self(SOURCES.to_vec())
    }

    /// For the next item of a visit.
    pub fn of_a_visit() -> Self {
        Self(OF_A_VISIT.to_vec())
    }

    /// For the next order.
    pub fn of_orders() -> Self {
        Self(OF_ORDERS.to_vec())
    }

    /// For what is new to a customer.
    pub fn of_holdings() -> Self {
        Self(OF_HOLDINGS.to_vec())
    }

    /// For what else belongs into a cart.
    pub fn of_a_cart() -> Self {
        Self::all().only(|name| OF_A_CART.contains(&name) || BESIDE_A_CART.contains(&name))
    }

    /// The sources that bear these names.
    ///
    /// # Errors
    /// Where a name is none of a source.
    pub fn named(names: &[String]) -> Result<Self, UnknownSource> {
        names.iter().try_for_each(|name| known(name))?;
        Ok(Self::all().only(|source| names.iter().any(|name| name == source)))
    }

    /// Without some of them, which need not be among them.
    ///
    /// # Errors
    /// Where a name is none of a source.
    pub fn without(&self, names: &[String]) -> Result<Self, UnknownSource> {
        names.iter().try_for_each(|name| known(name))?;
        Ok(self.only(|source| !names.iter().any(|name| name == source)))
    }

    /// Those that are wanted.
    pub fn only(&self, mut is_wanted: impl FnMut(&str) -> bool) -> Self {
        Self(self.0.iter().copied().filter(|name| is_wanted(name)).collect())
    }

    /// By name.
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }

    fn has_any(&self, names: &[&str]) -> bool {
        self.0.iter().any(|own| names.contains(own))
    }
}

fn known(name: &str) -> Result<(), UnknownSource> {
    if SOURCES.contains(&name) { Ok(()) } else { Err(UnknownSource(name.to_owned())) }
}

/// What the sources of a set rest on beside the catalogue of the day.
#[derive(Debug, Clone)]
pub struct CountedSources {
    pub(in crate::models) set: SourceSet,
    pub(in crate::models) items: Arc<ItemIndex>,
    /// A visit without a session's id ends after so long.
    idle_ms: u32,
    sessions: Option<SessionLog>,
    embeddings: Option<Arc<Embeddings>>,
    baskets: Option<Baskets>,
    cart_tables: Option<CartTables>,
    pub(in crate::models) holdings: HoldingsTables,
    pub(in crate::models) goes_with: Option<Arc<Neighbours>>,
    pub(in crate::models) seen_with: Option<Arc<Neighbours>>,
    pub(in crate::models) popularity: Popularity,
    pub(in crate::models) by_segment: Option<SegmentPopularity>,
    running: Running,
}

impl CountedSources {
    /// Counts what was done before a moment. Uses two cores.
    pub fn count(
        set: &SourceSet,
        interactions: &Interactions,
        items: &Arc<ItemIndex>,
        catalog: &Snapshot,
        (before, idle_ms): (Timestamp, i64),
    ) -> Self {
        let count = items.len();
        let has = |names: &[&str]| set.has_any(names);
        thread::scope(|scope| {
            let holdings = scope.spawn(|| HoldingsTables::fit(set, interactions, before, count));
            let sessions = has(&["nearest_sessions", "transitions", "embeddings", "visited"])
                .then(|| SessionLog::of(interactions, before, idle_ms));
            let baskets = (has(OF_ORDERS) || has(OF_A_CART)).then(|| Baskets::of_log(interactions, before));
            let of_carts = baskets.as_ref().filter(|_| has(&[cart_items::NAME]));
            let embeddings = sessions.as_ref().filter(|_| has(&["embeddings"]));
            Self {
                set: set.clone(),
                items: Arc::clone(items),
                idle_ms: u32::try_from(idle_ms).unwrap_or(u32::MAX),
                embeddings: embeddings.map(|sessions| Arc::new(Embeddings::learn(sessions.iter(), count, SEED))),
                sessions,
                cart_tables: of_carts.map(|baskets| CartTables::fit(baskets, count)),
                baskets,
                goes_with: has(&["goes_with"]).then(|| Arc::new(bought_together::count(interactions, count, before))),
                seen_with: has(&["similar"])
                    .then(|| Arc::new(viewed_together::count(interactions, count, before, idle_ms))),
                popularity: Popularity::count(interactions, items, catalog, before),
                by_segment: has(&["popular_in_segment"])
                    .then(|| SegmentPopularity::count(interactions, items, catalog, before)),
                running: Running::learn(interactions, items, catalog, before),
                holdings: holdings.join().unwrap_or_else(|panic| resume_unwind(panic)),
            }
        })
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.ids("products", self.items.ids());
        draft.u32("idle_ms", [self.idle_ms]);
        if let Some(sessions) = &self.sessions {
            sessions.write(draft);
        }
        if let Some(embeddings) = &self.embeddings {
            embeddings.write(draft);
        }
        if let Some(baskets) = &self.baskets {
            baskets.write(draft);
        }
        if let Some(tables) = &self.cart_tables {
            tables.write(draft);
        }
        self.holdings.write(draft);
        for (name, table) in [("goes_with", &self.goes_with), ("seen_with", &self.seen_with)] {
            if let Some(table) = table {
                draft.neighbours(name, table);
            }
        }
        self.popularity.write(draft);
        if let Some(by_segment) = &self.by_segment {
            by_segment.write(draft);
        }
        self.running.write(draft);
    }

    /// What was written, of these products and sources.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(tensors: &Tensors<'_>, set: SourceSet, items: Arc<ItemIndex>) -> Result<Self, Damaged> {
        let count = items.len();
        let has = |names: &[&str]| set.has_any(names);
        let table = |source: &str, name: &str| {
            has(&[source]).then(|| tensors.neighbours(name, count).map(Arc::new)).transpose()
        };
        let sessions = has(&["nearest_sessions", "transitions", "embeddings", "visited"]);
        Ok(Self {
            idle_ms: tensors.one("idle_ms", Tensors::u32)?,
            sessions: sessions.then(|| SessionLog::read(tensors, count)).transpose()?,
            embeddings: has(&["embeddings"]).then(|| Embeddings::read(tensors, count).map(Arc::new)).transpose()?,
            baskets: (has(OF_ORDERS) || has(OF_A_CART)).then(|| Baskets::read(tensors, count)).transpose()?,
            cart_tables: has(&[cart_items::NAME]).then(|| CartTables::read(tensors, count)).transpose()?,
            holdings: HoldingsTables::read(tensors, &set, count)?,
            goes_with: table("goes_with", "goes_with")?,
            seen_with: table("similar", "seen_with")?,
            popularity: Popularity::read(tensors, count)?,
            by_segment: has(&["popular_in_segment"]).then(|| SegmentPopularity::read(tensors, count)).transpose()?,
            running: Running::read(tensors, count)?,
            set,
            items,
        })
    }

    /// The sources, in the order of their features.
    pub fn sources(&self, catalog: &Snapshot) -> Vec<Arc<dyn Source>> {
        let made = |name: &&'static str| {
            self.of_a_visit(name)
                .or_else(|| self.of_orders(name))
                .or_else(|| self.holdings.source(name, &self.items, catalog))
                .or_else(|| self.of_the_shop(name, catalog))
        };
        self.set.names().iter().filter_map(made).map(Arc::from).collect()
    }

    fn of_a_visit(&self, name: &str) -> Option<Box<dyn Source>> {
        let (items, idle_ms) = (Arc::clone(&self.items), i64::from(self.idle_ms));
        let sessions = || self.sessions.as_ref();
        Some(match name {
            "nearest_sessions" => {
                let index = SessionIndex::new(sessions()?.iter(), items.len());
                Box::new(NearestSessions::new(items, index, Settings::default(), idle_ms))
            }
            "transitions" => {
                let transitions = Transitions::count(sessions()?.iter(), items.len());
                Box::new(Follows::new(items, transitions, idle_ms))
            }
            "embeddings" => Box::new(Nearness::new(items, Arc::clone(self.embeddings.as_ref()?))),
            "this_visit" => Box::new(ThisVisit),
            "visited" => Box::new(Visited::count(sessions()?, &items)),
            _ => return None,
        })
    }

    fn of_orders(&self, name: &str) -> Option<Box<dyn Source>> {
        let (items, baskets) = (Arc::clone(&self.items), self.baskets.as_ref()?);
        let count = items.len();
        Some(match name {
            "repeats" => Box::new(Repeats::new(items, Arc::new(Rhythm::count(baskets, count)))),
            "alike" => Box::new(CustomersAlike::new(items, Arc::new(Alike::train(baskets, count)))),
            "comes_next" => Box::new(ComesNext::new(items, Arc::new(NextOrder::count(baskets, count)))),
            cart_items::NAME => Box::new(CartItems::new(items, self.cart_tables.clone()?, baskets)),
            nearest_orders::NAME => Box::new(NearestOrders::new(items, baskets)),
            "in_demand" => Box::new(InDemand::new(items, Arc::new(Demand::count(baskets, count)))),
            _ => return None,
        })
    }

    fn of_the_shop(&self, name: &str, catalog: &Snapshot) -> Option<Box<dyn Source>> {
        let items = Arc::clone(&self.items);
        Some(match name {
            "goes_with" => Box::new(GoesWith::new(items, Arc::clone(self.goes_with.as_ref()?))),
            "similar" => Box::new(Similar::new(items, Arc::clone(self.seen_with.as_ref()?), catalog)),
            "affinity" => Box::new(Affinity::new(items, &self.popularity, catalog)),
            "popular" => Box::new(Popular::new(items, &self.popularity, catalog)),
            "popular_in_segment" => Box::new(PopularInSegment::new(items, self.by_segment.as_ref()?)),
            "new_arrivals" => Box::new(NewArrivals::new(items, catalog)),
            "due_again" => Box::new(DueAgain),
            "profile" => Box::new(ProfileFacts),
            _ => return None,
        })
    }

    /// What serves: these rankings, the personal one first, each over sources of these names; where there are none, a rule of thumb
    /// for each scenario.
    ///
    /// # Errors
    /// Where the weights are for other sources.
    pub fn model(
        &self,
        catalog: &Snapshot,
        version: Arc<str>,
        learned: &[(Scenario, &[String], &LearnedRanking)],
        is_learned: bool,
    ) -> Result<Model, WrongWidth> {
        let sources = self.sources(catalog);
        let of_learned = |(scenario, names, learned): &(Scenario, &[String], &LearnedRanking)| {
            let LearnedRanking { ranker, floors } = learned;
            let led =
                |(band, feature): &(HistoryBand, usize)| (*band, Box::new(ranker.led_by(*feature)) as Box<dyn Scorer>);
            let floors = floors.iter().map(led).collect();
            Ok((*scenario, Ranking::new(of_set(&sources, names), Box::new(ranker.clone()), floors)?))
        };
        let by_rule = |scenario: Scenario| {
            let ranker = rule_of_thumb(&features(&sources), scenario);
            Ok((scenario, Ranking::new(sources.clone(), Box::new(ranker), Vec::new())?))
        };
        let mut rankings = if learned.is_empty() {
            Scenario::ALL.into_iter().map(by_rule).collect::<Result<Vec<_>, WrongWidth>>()?
        } else {
            learned.iter().map(of_learned).collect::<Result<Vec<_>, WrongWidth>>()?
        };
        let (_, personal) = rankings.remove(0);
        let by_id = IdOrder::new(self.items.products().iter().copied());
        let order = self.popularity.order();
        let popular = Arc::new(ByPopularity::new(order.into_iter().map(|(item, _)| self.items.product(item))));
        let model = Model::new(version, is_learned, personal, rankings, popular, by_id);
        let bestsellers = self.popularity.bestsellers().into_iter().map(|item| self.items.product(item));
        Ok(model.with_bestsellers(bestsellers).with_fit(self.running.fit(Arc::clone(&self.items))))
    }
}

/// Of these sources those that bear the names, in the order of the sources.
pub fn of_set<T: AsRef<str>>(sources: &[Arc<dyn Source>], names: &[T]) -> Vec<Arc<dyn Source>> {
    sources.iter().filter(|source| names.iter().any(|name| name.as_ref() == source.name())).cloned().collect()
}

/// What is fitted to what customers hold.
#[derive(Debug, Clone, Default)]
pub struct HoldingsTables {
    pub(in crate::models) ease: Option<Arc<Neighbours>>,
    steady: Option<Arc<Neighbours>>,
    come_upon: Option<Arc<Neighbours>>,
    trends: Option<Arc<Trends>>,
    factors: Option<Arc<Als>>,
    /// The unit of time of the log.
    unit_days: f64,
}

impl HoldingsTables {
    fn fit(set: &SourceSet, interactions: &Interactions, before: Timestamp, items: usize) -> Self {
        if !set.has_any(OF_HOLDINGS) {
            return Self::default();
        }
        let holdings = UserItems::of(interactions, before);
        let has = |name: &str| set.has_any(&[name]);
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let factors = || {
                    let own = holdings.customers().map(|own| own.iter().map(|held| held.item).collect::<Vec<Item>>());
                    Arc::new(Als::fit(&own.collect::<Vec<_>>(), items, als::SERVED, SEED))
                };
                let come_upon = has("come_upon").then(|| Arc::new(come_upon::fit(&holdings, items)));
                (come_upon, has("factors").then(factors))
            });
            let ease = |name, time| has(name).then(|| Arc::new(ease::fit(&holdings, items, time)));
            let (ease, steady) = (ease("ease", Time::Ages), ease("ease_steady", Time::Stands));
            let trends = has("trend").then(|| Arc::new(Trends::count(&holdings, items)));
            let (come_upon, factors) = other.join().unwrap_or_else(|panic| resume_unwind(panic));
            Self { ease, steady, come_upon, trends, factors, unit_days: holdings.unit_days }
        })
    }

    fn write(&self, draft: &mut Draft) {
        for (name, table) in [("ease", &self.ease), ("ease_steady", &self.steady), ("come_upon", &self.come_upon)] {
            if let Some(table) = table {
                draft.neighbours(name, table);
            }
        }
        if let Some(trends) = &self.trends {
            trends.write(draft);
        }
        if let Some(factors) = &self.factors {
            factors.write(draft);
        }
        #[expect(clippy::cast_possible_truncation, reason = "days need no more digits")]
        draft.f32("unit_days", &[self.unit_days as f32]);
    }

    fn read(tensors: &Tensors<'_>, set: &SourceSet, items: usize) -> Result<Self, Damaged> {
        let has = |name: &str| set.has_any(&[name]);
        let table = |name: &str| has(name).then(|| tensors.neighbours(name, items).map(Arc::new)).transpose();
        let factors = || Als::read(tensors, items, als::SERVED.factors).map(Arc::new);
        Ok(Self {
            ease: table("ease")?,
            steady: table("ease_steady")?,
            come_upon: table("come_upon")?,
            trends: has("trend").then(|| Trends::read(tensors, items).map(Arc::new)).transpose()?,
            factors: has("factors").then(factors).transpose()?,
            unit_days: f64::from(tensors.one("unit_days", Tensors::f32)?),
        })
    }

    fn source(&self, name: &str, items: &Arc<ItemIndex>, catalog: &Snapshot) -> Option<Box<dyn Source>> {
        let own = || Arc::clone(items);
        let ease = |table: &Option<Arc<Neighbours>>, time| {
            Some(ease::source(own(), Arc::clone(table.as_ref()?), time, self.unit_days))
        };
        Some(match name {
            "ease" => Box::new(ease(&self.ease, Time::Ages)?),
            "ease_steady" => Box::new(ease(&self.steady, Time::Stands)?),
            "come_upon" => Box::new(come_upon::source(own(), Arc::clone(self.come_upon.as_ref()?))),
            "trend" => Box::new(Trend::new(own(), Arc::clone(self.trends.as_ref()?))),
            "factors" => Box::new(Factors::new(own(), Arc::clone(self.factors.as_ref()?))),
            "habits" => Box::new(Habits::new(self.unit_days)),
            "wording" => {
                let wording = Arc::new(Wording::of_catalog(items, catalog));
                Box::new(Worded::new(own(), wording, WORDS * self.unit_days))
            }
            _ => return None,
        })
    }
}

/// What to do where nothing was learned: the sources vote with their first signals, those that know the customer before those
/// that know the shop; where none of the voters serves, with their ranks.
///
/// These are no model and are not served as one: a model with them says that it is untrained.
pub fn rule_of_thumb<T: AsRef<str>>(features: &[T], scenario: Scenario) -> Ranker {
    const PERSONAL: &[(&str, f32)] = &[
        ("due_again.score", 1.5),
        ("nearest_sessions.near", 1.0),
        ("goes_with.score", 1.0),
        ("similar.score", 1.0),
        ("ease.share", 0.7),
        ("affinity.score", 0.7),
        ("popular.score", 0.4),
        ("new_arrivals.score", 0.2),
    ];
    const BESIDE_PRODUCT: &[(&str, f32)] =
        &[("cart_items.ease", 1.0), ("similar.score", 1.0), ("nearest_sessions.near", 0.5), ("popular.score", 0.1)];
    const BESIDE_CART: &[(&str, f32)] = &[("cart_items.ease", 1.0), ("popular.score", 0.1)];
    let votes = match scenario {
        Scenario::Personal => PERSONAL,
        Scenario::ProductPage => BESIDE_PRODUCT,
        Scenario::Cart => BESIDE_CART,
    };
    let vote = |name: &T| votes.iter().find(|(voter, _)| *voter == name.as_ref()).map_or(0.0, |(_, weight)| *weight);
    let rank = |name: &T| f32::from(u8::from(name.as_ref().rsplit('.').next() == Some("rank")));
    let mut weights: Vec<f32> = features.iter().map(vote).collect();
    if weights.iter().all(|weight| *weight == 0.0) {
        weights = features.iter().map(rank).collect();
    }
    Ranker::Linear(Linear::new(weights).unwrap_or_else(|| Linear::zero(features.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_made_of_known_names_in_their_order() {
        let named = |names: &[&str]| SourceSet::named(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(named(&["popular", "ease"]).unwrap().names(), ["ease", "popular"]);
        let refused = named(&["eese"]).unwrap_err().to_string();
        assert!(refused.starts_with("there is no source \"eese\"; known are nearest_sessions, "), "{refused}");
        let without = SourceSet::of_orders().without(&["alike".to_owned(), "popular".to_owned()]).unwrap();
        assert_eq!(without.names(), ["repeats", "comes_next", "in_demand"]);
        assert_eq!(SourceSet::all().without(&["nobody".to_owned()]), Err(UnknownSource("nobody".to_owned())));
        let all = [OF_A_VISIT, OF_ORDERS, OF_HOLDINGS, OF_A_CART].concat();
        assert_eq!(SourceSet::all().names()[..all.len()], all);
    }

    #[test]
    fn without_a_voter_the_ranks_vote() {
        let weights = |features: &[&str]| match rule_of_thumb(features, Scenario::Personal) {
            Ranker::Linear(linear) => linear.weights().to_vec(),
            Ranker::Boosted(..) => Vec::new(),
        };
        assert_eq!(weights(&["popular.score", "popular.rank"]), [0.4, 0.0]);
        assert_eq!(weights(&["alike.tifu", "alike.rank"]), [0.0, 1.0]);
    }
}
