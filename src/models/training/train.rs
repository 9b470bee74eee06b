//! The one trainer: from queries of the past to rankings that can be served, saved and told of.
//!
//! ```text
//! Task { episodes, known, .. }
//!   each episode: count the sources by what was known then
//!   each scenario: ask its queries -> training sets
//!                  learn on all features, keep what moves scores, ask again of just those sources, learn again
//!   count the chosen sources by all that is known            -> Trained
//!   the judging episode, once                                -> Card
//! ```
//!
//! A task says which sources there are, what is known when, what was asked and what a good order is. Who makes one, from an
//! event log or from a file, decides nothing else.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::domain::Timestamp;
use crate::domain::catalog::Snapshot;
use crate::domain::recommend::{HistoryBand, Model, Scenario, Source, WrongWidth, features};
use crate::models::{
    data::item_index::{Item, ItemIndex},
    ranking::{LearnError, Learned, LearnedRanking, NEEDED, Objective, TrainingSet, clearly_larger, learn},
    registry::model_card::{Against, Card, FORMAT, RankingCard},
    retrieval::popularity,
    stats::bootstrap::Interval,
    training::{
        feature_selection::{Facts, Selection, select},
        offline_eval,
        past_queries::{AnsweredQuery, Episode, Known, PastQuery, ShopView, answer, training_set},
        source_set::{CountedSources, SourceSet, of_set, rule_of_thumb},
    },
};

/// So many standard errors of the validation the chosen sources may fall behind all of them.
const FALL: f64 = 2.0;

/// What is to be learned.
#[derive(Debug)]
pub struct Task<'a> {
    /// The sources that may serve.
    pub sources: SourceSet,
    /// Sources that might serve as well, and are left out on demand.
    pub without: Vec<&'static str>,
    /// What an order of products is to be good at.
    pub objective: Objective,
    /// The shop that is asked.
    pub shop: ShopView<'a>,
    /// What teaches, the oldest first.
    pub episodes: Vec<Episode<'a>>,
    /// What the served sources are counted from.
    pub known: Known<'a>,
    /// What is judged by, where the figures of the card are wanted.
    pub judging: Option<Episode<'a>>,
    /// Of every choice by lot.
    pub seed: u64,
}

/// A model that can be served, saved and told of.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The sources that any of the rankings reads.
    pub(in crate::models) counted: CountedSources,
    /// In the order of the card's.
    pub(in crate::models) rankings: Vec<LearnedRanking>,
    /// Data, seed, parameters and figures.
    pub card: Card,
}

impl Trained {
    /// What serves, over the catalogue of the day.
    ///
    /// # Errors
    /// Where the weights are for other sources.
    pub fn model(&self, catalog: &Snapshot) -> Result<Model, WrongWidth> {
        self.model_over(&self.counted, catalog, self.card.version.clone())
    }

    /// What serves over sources that were counted anew.
    ///
    /// # Errors
    /// Where the weights are for other sources.
    pub fn model_over(
        &self,
        counted: &CountedSources,
        catalog: &Snapshot,
        version: Arc<str>,
    ) -> Result<Model, WrongWidth> {
        let learned = self.card.rankings.iter().zip(&self.rankings);
        let learned = learned.map(|(card, ranking)| (card.scenario, card.sources.as_slice(), ranking));
        counted.model(catalog, version, &learned.collect::<Vec<_>>(), self.is_learned())
    }

    fn is_learned(&self) -> bool {
        self.card.rankings.iter().any(|card| card.learning_questions > 0)
    }
}

/// Trains. The same task gives the same model to the byte; the weights do not depend on the incumbent, against whose rankings
/// the new ones are measured. `progress` is told what begins. A scenario whose queries teach too little is ranked by a rule of
/// thumb.
///
/// # Errors
/// Where the queries of no scenario teach enough.
pub fn train(
    task: &Task<'_>,
    incumbent: Option<&Trained>,
    progress: &mut dyn FnMut(&'static str),
) -> Result<Trained, LearnError> {
    let ranked = rank(task, progress)?;
    progress("counting all that is known");
    let mut trained = finish(task, ranked);
    if let Some(judging) = &task.judging {
        progress("measuring on the newest events");
        judge(task, judging, incumbent, &mut trained);
    }
    Ok(trained)
}

/// The sources of the task with a rule of thumb, where its queries teach too little.
pub fn unlearned(task: &Task<'_>, why: &LearnError) -> Trained {
    let counted = count(task, &task.sources, task.known);
    let sources = counted.sources(task.shop.catalog);
    finish(task, vec![by_rule_of_thumb(task, &sources, Scenario::Personal, why)])
}

/// A ranking of the features of these sources for one scenario.
struct Ranked {
    scenario: Scenario,
    sources: SourceSet,
    learned: Learned,
}

fn by_rule_of_thumb(task: &Task<'_>, sources: &[Arc<dyn Source>], scenario: Scenario, why: &LearnError) -> Ranked {
    let parameters = [("ranking", format!("rule of thumb: {why}"))].into_iter().collect();
    let learned = Learned {
        ranking: rule_of_thumb(&features(sources), scenario),
        parameters,
        tried: Vec::new(),
        validation: Vec::new(),
        floors: Vec::new(),
        questions: 0,
        rows: 0,
        wanted: 0,
    };
    Ranked { scenario, sources: task.sources.clone(), learned }
}

/// The sources of one episode, counted by what was known before it.
type Sources = Vec<Arc<dyn Source>>;

fn count(task: &Task<'_>, set: &SourceSet, known: Known<'_>) -> CountedSources {
    let shop = &task.shop;
    CountedSources::count(set, known.interactions, shop.items, shop.catalog, (known.before, shop.idle_ms))
}

/// One ranking for each scenario that was asked about; the error of the first where none can be learned.
fn rank(task: &Task<'_>, progress: &mut dyn FnMut(&'static str)) -> Result<Vec<Ranked>, LearnError> {
    progress("counting what was known then");
    let counted: Vec<Sources> =
        task.episodes.iter().map(|one| count(task, &task.sources, one.known).sources(task.shop.catalog)).collect();
    let is_asked = |scenario: &Scenario| task.episodes.iter().any(|one| !one.of(&task.shop, *scenario).is_empty());
    let scenarios: Vec<Scenario> = Scenario::ALL.into_iter().filter(is_asked).collect();
    let mut ranked = Vec::new();
    let mut refused = None;
    for scenario in scenarios {
        match rank_scenario(task, scenario, &counted, progress) {
            Ok(one) => ranked.push(one),
            Err(why @ LearnError::TooLittle { .. }) => {
                let sources = counted.first().map_or(&[][..], Vec::as_slice);
                ranked.push(by_rule_of_thumb(task, sources, scenario, &why));
                refused.get_or_insert(why);
            }
            Err(error) => return Err(error),
        }
    }
    if ranked.iter().any(|one| one.learned.questions > 0) {
        return Ok(ranked);
    }
    Err(refused.unwrap_or(LearnError::TooLittle { found: 0, needed: NEEDED }))
}

fn rank_scenario(
    task: &Task<'_>,
    scenario: Scenario,
    counted: &[Sources],
    progress: &mut dyn FnMut(&'static str),
) -> Result<Ranked, LearnError> {
    progress(match scenario {
        Scenario::Personal => "asking past queries of customers",
        Scenario::ProductPage => "asking past queries beside products",
        Scenario::Cart => "asking past queries beside carts",
    });
    let sets = ask(task, scenario, counted);
    let facts = counted.first().map_or_else(Facts::default, |sources| Facts::of(&sets, sources));
    progress("learning weights");
    let learned = learn_of(task, sets)?;
    let all = Ranked { scenario, sources: task.sources.clone(), learned };
    let Some(selection) = counted.first().and_then(|sources| select(&all.learned.ranking, &facts, sources)) else {
        return Ok(all);
    };
    progress("learning weights of what moves scores most");
    let chosen = |sources: &Sources| selection.sources.iter().map(|place| Arc::clone(&sources[*place])).collect();
    again(task, &counted.iter().map(chosen).collect::<Vec<Sources>>(), &selection, all)
}

fn ask(task: &Task<'_>, scenario: Scenario, counted: &[Sources]) -> Vec<TrainingSet> {
    let set = |(episode, sources): (&Episode<'_>, &Sources)| {
        training_set(&task.shop, episode.offered, &episode.of(&task.shop, scenario), sources)
    };
    task.episodes.iter().zip(counted).map(set).collect()
}

fn learn_of(task: &Task<'_>, sets: Vec<TrainingSet>) -> Result<Learned, LearnError> {
    let one_moment = task.episodes.iter().all(Episode::is_one_moment);
    learn(sets, one_moment, task.objective, task.seed)
}

/// Asks the chosen sources alone and learns of the chosen features. What falls behind beyond noise is not taken.
fn again(task: &Task<'_>, counted: &[Sources], selection: &Selection, all: Ranked) -> Result<Ranked, LearnError> {
    let columns: Vec<usize> = selection.features.iter().map(|place| *place as usize).collect();
    let full: Vec<TrainingSet> = ask(task, all.scenario, counted);
    let width = full.first().map_or(0, TrainingSet::width);
    let mut learned = learn_of(task, full.iter().map(|set| set.with_features(&columns)).collect())?;
    learned.ranking = learned.ranking.widened(&selection.features, width);
    for (_, feature) in &mut learned.floors {
        *feature = columns[*feature];
    }
    if clearly_larger(&all.learned.validation, &learned.validation, FALL) {
        return Ok(all);
    }
    let mut places = 0..;
    let sources = task.sources.only(|_| places.next().is_some_and(|place| selection.sources.contains(&place)));
    Ok(Ranked { sources, learned, ..all })
}

/// Counts what serves.
fn finish(task: &Task<'_>, ranked: Vec<Ranked>) -> Trained {
    let serves = |name: &str| ranked.iter().any(|one| one.sources.names().contains(&name));
    let serving = task.sources.only(serves);
    let counted = count(task, &serving, task.known);
    let sources = counted.sources(task.shop.catalog);
    let (interactions, shop) = (task.known.interactions, &task.shop);
    let first_episode = task.episodes.first().map_or(task.known.before, |episode| episode.known.before);
    let card = Card {
        format: FORMAT,
        version: "".into(),
        weights_blake3: String::new(),
        catalogue_blake3: catalogue_fingerprint(shop.items, shop.catalog),
        seed: task.seed,
        events: interactions.events,
        interactions: interactions.all().len(),
        customers: interactions.owners(),
        products: shop.items.len(),
        first: interactions.span.map_or(Timestamp(0), |(first, _)| first),
        last: interactions.span.map_or(Timestamp(0), |(_, last)| last),
        learned_from: first_episode,
        judged_from: task.judging.as_ref().map_or(task.known.before, |episode| episode.known.before),
        segments: counted.by_segment.as_ref().map_or_else(Vec::new, |segments| segments.segments.names()),
        left_out: left_out(task, &serving),
        rankings: ranked.iter().map(|one| ranking_card(one, &sources)).collect(),
        against: None,
    };
    let rankings =
        ranked.into_iter().map(|one| LearnedRanking { ranker: one.learned.ranking, floors: one.learned.floors });
    Trained { rankings: rankings.collect(), counted, card }.named()
}

fn ranking_card(ranked: &Ranked, sources: &[Arc<dyn Source>]) -> RankingCard {
    let Ranked { scenario, sources: set, learned } = ranked;
    let names = features(&of_set(sources, set.names()));
    RankingCard {
        scenario: *scenario,
        learning_questions: learned.questions,
        learning_rows: learned.rows,
        learning_wanted: learned.wanted,
        parameters: learned.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        tried: learned.tried.iter().map(|one| format!("{}: {:.4}", one.what, one.figure)).collect(),
        judging_questions: 0,
        sources: set.names().iter().map(ToString::to_string).collect(),
        floors: learned.floors.iter().map(|(band, feature)| (*band, names[*feature].to_string())).collect(),
        features: names.iter().map(ToString::to_string).collect(),
        figures: Vec::new(),
        cold_start: Vec::new(),
        bands: Vec::new(),
    }
}

/// The sources that might serve and do not, with the reason.
fn left_out(task: &Task<'_>, serving: &SourceSet) -> Vec<String> {
    let on_demand = task.without.iter().map(|name| format!("{name} (on demand)"));
    let unchosen = task.sources.only(|name| !serving.names().contains(&name));
    on_demand.chain(unchosen.names().iter().map(|name| format!("{name} (moves no score enough)"))).collect()
}

/// Measures each ranking on queries after all that was learned from, asked of the sources as they were before them.
fn judge(task: &Task<'_>, judging: &Episode<'_>, incumbent: Option<&Trained>, trained: &mut Trained) {
    let sources = count(task, &trained.counted.set, judging.known).sources(task.shop.catalog);
    // Trained again on the same log it is the same model, and nothing is to be told.
    let other = incumbent.filter(|other| other.card.version != trained.card.version);
    let others = other.map(|other| count(task, &other.counted.set, judging.known).sources(task.shop.catalog));
    let mut gains = Vec::new();
    for (card, ranking) in trained.card.rankings.iter_mut().zip(&trained.rankings) {
        let queries = judging.of(&task.shop, card.scenario);
        let asked = Judging { task, episode: judging, queries: &queries };
        let answered = asked.answered(&of_set(&sources, &card.sources));
        let orders = orders(&answered, ranking);
        asked.write_figures(card, (&answered, &orders), &of_set(&sources, &card.sources));
        if let (Some(other), Some(others)) = (other, &others) {
            gains.extend(asked.gains_over(other, others, card.scenario, (&answered, &orders)));
        }
    }
    trained.card.against =
        other.filter(|_| !gains.is_empty()).map(|other| Against { version: Arc::clone(&other.card.version), gains });
}

/// The order of a ranking for each query.
fn orders(answered: &[AnsweredQuery], ranking: &LearnedRanking) -> Vec<Vec<Item>> {
    let of = |one: &AnsweredQuery| {
        let ranker = ranking.of(HistoryBand::of(one.interactions));
        offline_eval::order(one, ranker.as_ref())
    };
    answered.iter().map(of).collect()
}

/// The judging queries of one scenario.
struct Judging<'a> {
    task: &'a Task<'a>,
    episode: &'a Episode<'a>,
    queries: &'a [&'a PastQuery],
}

impl Judging<'_> {
    fn answered(&self, sources: &[Arc<dyn Source>]) -> Vec<AnsweredQuery> {
        answer(&self.task.shop, self.episode.offered, self.queries, sources)
    }

    fn write_figures(
        &self,
        card: &mut RankingCard,
        (answered, orders): (&[AnsweredQuery], &[Vec<Item>]),
        sources: &[Arc<dyn Source>],
    ) {
        let seed = self.task.seed;
        let bring: Vec<(usize, &str)> = sources
            .iter()
            .enumerate()
            .filter(|(_, one)| one.brings())
            .map(|(place, one)| (place, one.name()))
            .collect();
        let known = self.known_items();
        let is_new = |item| !known.contains(&item);
        card.judging_questions = answered.len();
        card.figures = offline_eval::judge(answered, orders, &bring, seed);
        card.bands = offline_eval::bands(answered, orders, &bring, seed);
        card.cold_start = offline_eval::cold_start(answered, orders, &self.bestsellers(), &is_new, seed);
    }

    fn known_items(&self) -> FxHashSet<Item> {
        let known = self.episode.known;
        let before = known.interactions.all().iter().filter(|interaction| interaction.time < known.before);
        before.map(|interaction| interaction.item).collect()
    }

    /// What all buy, in its order for each query, whether or not it serves among the sources.
    fn bestsellers(&self) -> Vec<Vec<Item>> {
        let alone = SourceSet::all().only(|name| name == popularity::NAME);
        let sources = count(self.task, &alone, self.episode.known).sources(self.task.shop.catalog);
        let answered = self.answered(&sources);
        answered.into_iter().map(|one| one.by_source.into_iter().next().unwrap_or_default()).collect()
    }

    /// Against the ranking of another model for the same scenario, each over the candidates of its own sources.
    fn gains_over(
        &self,
        other: &Trained,
        sources: &[Arc<dyn Source>],
        scenario: Scenario,
        own: (&[AnsweredQuery], &[Vec<Item>]),
    ) -> Option<(Scenario, Interval)> {
        let place = other.card.rankings.iter().position(|card| card.scenario == scenario)?;
        let (card, ranking) = (&other.card.rankings[place], other.rankings.get(place)?);
        let answered = self.answered(&of_set(sources, &card.sources));
        let orders = orders(&answered, ranking);
        let gains = offline_eval::gains(own, (&answered, &orders), self.task.seed)?;
        Some((scenario, gains))
    }
}

/// Of the ids of the products in the catalogue, in their order.
fn catalogue_fingerprint(items: &ItemIndex, catalog: &Snapshot) -> String {
    let mut hasher = blake3::Hasher::new();
    for (id, product) in items.ids().iter().zip(items.products()) {
        if catalog.contains(*product) {
            hasher.update(id.as_str().as_bytes());
            // No id holds a control character, so this ends one.
            hasher.update(&[0]);
        }
    }
    hasher.finalize().to_hex().to_string()
}
