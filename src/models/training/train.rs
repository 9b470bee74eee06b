//! The one trainer: from queries of the past to a ranking that can be served, saved and told of.
//!
//! ```text
//! Task { episodes, known, .. }
//!   each episode: count the sources by what was known then, ask its queries  -> training sets
//!   learn on all features, keep what moves scores, ask again of just those sources, learn again
//!   count the chosen sources by all that is known                            -> Trained
//!   the judging episode, once                                                -> Card
//! ```
//!
//! A task says which sources there are, what is known when, what was asked and what a good order is. Who makes one, from an
//! event log or from a file, decides nothing else.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::domain::Timestamp;
use crate::domain::catalog::Snapshot;
use crate::domain::recommend::{Model, Source, WrongWidth, features};
use crate::models::{
    data::item_index::{Item, ItemIndex},
    ranking::{LearnError, Learned, Objective, Ranker, TrainingSet, clearly_larger, learn},
    registry::model_card::{Against, Card, FORMAT},
    retrieval::popularity,
    training::{
        feature_selection::{Facts, Selection, select},
        offline_eval,
        past_queries::{AnsweredQuery, Episode, Known, ShopView, answer, training_set},
        source_set::{CountedSources, SourceSet, rule_of_thumb},
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
    pub(in crate::models) counted: CountedSources,
    pub(in crate::models) ranking: Ranker,
    /// Data, seed, parameters and figures.
    pub card: Card,
}

impl Trained {
    /// What serves, over the catalogue of the day.
    ///
    /// # Errors
    /// Where the weights are for other sources.
    pub fn model(&self, catalog: &Snapshot) -> Result<Model, WrongWidth> {
        let learned = (self.card.learning_questions > 0).then_some(&self.ranking);
        self.counted.model(catalog, self.card.version.clone(), learned)
    }
}

/// Trains. The same task gives the same model to the byte; the weights do not depend on the incumbent, against whose ranking
/// the new one is measured. `progress` is told what begins.
///
/// # Errors
/// Where the queries teach too little.
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
    let names = features(&counted.sources(task.shop.catalog));
    let parameters = [("ranking", format!("rule of thumb: {why}"))].into_iter().collect();
    let ranking = rule_of_thumb(&names);
    let (questions, rows, wanted) = (0, 0, 0);
    let learned = Learned { ranking, parameters, tried: Vec::new(), validation: Vec::new(), questions, rows, wanted };
    finish(task, Ranked { sources: task.sources.clone(), learned })
}

/// A ranking of the features of these sources.
struct Ranked {
    sources: SourceSet,
    learned: Learned,
}

/// The sources of one episode, counted by what was known before it.
type Sources = Vec<Box<dyn Source>>;

fn count(task: &Task<'_>, set: &SourceSet, known: Known<'_>) -> CountedSources {
    let shop = &task.shop;
    CountedSources::count(set, known.interactions, shop.items, shop.catalog, (known.before, shop.idle_ms))
}

fn rank(task: &Task<'_>, progress: &mut dyn FnMut(&'static str)) -> Result<Ranked, LearnError> {
    progress("asking past queries");
    let mut counted: Vec<Sources> =
        task.episodes.iter().map(|one| count(task, &task.sources, one.known).sources(task.shop.catalog)).collect();
    let sets = ask(task, &counted);
    let facts = counted.first().map_or_else(Facts::default, |sources| Facts::of(&sets, sources));
    progress("learning weights");
    let learned = learn_of(task, sets)?;
    let all = Ranked { sources: task.sources.clone(), learned };
    let Some(selection) = counted.first().and_then(|sources| select(&all.learned.ranking, &facts, sources)) else {
        return Ok(all);
    };
    progress("learning weights of what moves scores most");
    for sources in &mut counted {
        let mut places = 0..;
        sources.retain(|_| places.next().is_some_and(|place| selection.sources.contains(&place)));
    }
    again(task, &counted, &selection, all)
}

fn ask(task: &Task<'_>, counted: &[Sources]) -> Vec<TrainingSet> {
    task.episodes.iter().zip(counted).map(|(episode, sources)| training_set(&task.shop, episode, sources)).collect()
}

fn learn_of(task: &Task<'_>, sets: Vec<TrainingSet>) -> Result<Learned, LearnError> {
    let one_moment = task.episodes.iter().all(Episode::is_one_moment);
    learn(sets, one_moment, task.objective, task.seed)
}

/// Asks the chosen sources alone and learns of the chosen features. What falls behind beyond noise is not taken.
fn again(task: &Task<'_>, counted: &[Sources], selection: &Selection, all: Ranked) -> Result<Ranked, LearnError> {
    let columns: Vec<usize> = selection.features.iter().map(|place| *place as usize).collect();
    let full: Vec<TrainingSet> = ask(task, counted);
    let width = full.first().map_or(0, TrainingSet::width);
    let mut learned = learn_of(task, full.iter().map(|set| set.with_features(&columns)).collect())?;
    learned.ranking = learned.ranking.widened(&selection.features, width);
    if clearly_larger(&all.learned.validation, &learned.validation, FALL) {
        return Ok(all);
    }
    let mut places = 0..;
    let sources = task.sources.only(|_| places.next().is_some_and(|place| selection.sources.contains(&place)));
    Ok(Ranked { sources, learned })
}

/// Counts what serves.
fn finish(task: &Task<'_>, ranked: Ranked) -> Trained {
    let Ranked { sources, learned } = ranked;
    let counted = count(task, &sources, task.known);
    let names = features(&counted.sources(task.shop.catalog));
    let (interactions, shop) = (task.known.interactions, &task.shop);
    let first_episode = task.episodes.first().map_or(task.known.before, |episode| episode.known.before);
    let tried = learned.tried.iter().map(|one| format!("{}: {:.4}", one.what, one.figure)).collect();
    let card = Card {
        format: FORMAT,
        version: "".into(),
        weights_blake3: String::new(),
        catalogue_blake3: catalogue_fingerprint(shop.items, shop.catalog),
        seed: task.seed,
        events: interactions.events,
        acts: interactions.all().len(),
        customers: interactions.owners(),
        products: shop.items.len(),
        first: interactions.span.map_or(Timestamp(0), |(first, _)| first),
        last: interactions.span.map_or(Timestamp(0), |(_, last)| last),
        learned_from: first_episode,
        judged_from: task.judging.as_ref().map_or(task.known.before, |episode| episode.known.before),
        learning_questions: learned.questions,
        learning_rows: learned.rows,
        learning_wanted: learned.wanted,
        parameters: learned.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        tried,
        segments: counted.by_segment.as_ref().map_or_else(Vec::new, |segments| segments.segments.names()),
        judging_questions: 0,
        left_out: left_out(task, &sources),
        sources: sources.names().iter().map(ToString::to_string).collect(),
        features: names.iter().map(ToString::to_string).collect(),
        figures: Vec::new(),
        cold_start: Vec::new(),
        bands: Vec::new(),
        against: None,
    };
    Trained { counted, ranking: learned.ranking, card }.named()
}

/// The sources that might serve and do not, with the reason.
fn left_out(task: &Task<'_>, serving: &SourceSet) -> Vec<String> {
    let on_demand = task.without.iter().map(|name| format!("{name} (on demand)"));
    let unchosen = task.sources.only(|name| !serving.names().contains(&name));
    on_demand.chain(unchosen.names().iter().map(|name| format!("{name} (moves no score enough)"))).collect()
}

/// Measures the ranking on queries after all that was learned from, asked of the sources as they were before them.
fn judge(task: &Task<'_>, judging: &Episode<'_>, incumbent: Option<&Trained>, trained: &mut Trained) {
    let (seed, ranking) = (task.seed, &trained.ranking);
    let sources = count(task, &trained.counted.set, judging.known).sources(task.shop.catalog);
    let answered = answer(&task.shop, judging, &sources);
    let bring: Vec<(usize, &str)> =
        sources.iter().enumerate().filter(|(_, one)| one.brings()).map(|(place, one)| (place, one.name())).collect();
    let figures = offline_eval::judge(&answered, ranking, &bring, seed);
    let before = judging.known.before;
    let interactions = judging.known.interactions.all().iter();
    let known: FxHashSet<Item> =
        interactions.filter(|interaction| interaction.time < before).map(|interaction| interaction.item).collect();
    let popular = bestsellers(task, judging);
    let cold_start = offline_eval::cold_start(&answered, ranking, &popular, &|item| !known.contains(&item), seed);
    let bands = offline_eval::bands(&answered, ranking, &bring, seed);
    let against = incumbent.and_then(|other| against(task, trained, other, &answered));
    let card = &mut trained.card;
    (card.figures, card.cold_start, card.bands, card.against) = (figures, cold_start, bands, against);
    card.judging_questions = answered.len();
}

/// What all buy, in its order for each query, whether or not it serves among the sources.
fn bestsellers(task: &Task<'_>, judging: &Episode<'_>) -> Vec<Vec<Item>> {
    let alone = SourceSet::all().only(|name| name == popularity::NAME);
    let sources = count(task, &alone, judging.known).sources(task.shop.catalog);
    let answered = answer(&task.shop, judging, &sources);
    answered.into_iter().map(|one| one.by_source.into_iter().next().unwrap_or_default()).collect()
}

/// Measures the ranking of one model against that of another on the same queries, each over the candidates of its own sources.
fn against(task: &Task<'_>, trained: &Trained, other: &Trained, answered: &[AnsweredQuery]) -> Option<Against> {
    // Trained again on the same log it is the same model, and nothing is to be told.
    let judging = task.judging.as_ref().filter(|_| other.card.version != trained.card.version)?;
    let sources = count(task, &other.counted.set, judging.known).sources(task.shop.catalog);
    let others = answer(&task.shop, judging, &sources);
    let gains = offline_eval::gains((answered, &trained.ranking), (&others, &other.ranking), task.seed)?;
    Some(Against { version: Arc::clone(&other.card.version), gains })
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
