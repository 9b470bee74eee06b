//! From the log to a model: count, ask, learn, judge, count again.
//!
//! The log is cut in time. Sources counted before the first cut answer the questions between the cuts, from which the
//! weights are learned; sources counted before the second answer the questions after it, by which all is judged, once. What
//! is served is counted over the whole log, with the weights that were judged.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::{IdOrder, Model, Source, WrongWidth, features};
use crate::domain::rules::Rules;
use crate::domain::store::StoreError;
use crate::models::{
    after,
    data::{
        interactions::{EventLog, Interactions},
        item_index::{Item, ItemIndex},
    },
    ranking::{LearnError, Objective, Ranker, learn},
    registry::model_card::{Against, Card, FORMAT},
    retrieval::popularity,
    training::{
        offline_eval,
        past_queries::{AnsweredQuery, Asking, Histories, Question, ask_as_strangers, choose, lessons},
        source_set::Counts,
    },
};

/// Shares of the acts before the first and the second cut.
const CUTS: [f64; 2] = [0.8, 0.9];
/// How many questions are asked: time grows with them, and the width of intervals with the root of their number.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// To learn from.
    pub learn_from: usize,
    /// To judge by.
    pub judge_by: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { learn_from: 1_500, judge_by: 1_500 }
    }
}

/// Why there is no new model. What is served stays.
#[derive(Debug, Error, Clone)]
pub enum TrainError {
    /// More history is needed.
    #[error(transparent)]
    Learn(#[from] LearnError),
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a training is to be beside its data.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Of every choice by lot.
    pub seed: u64,
    /// The model in service, whose ranking the new one is measured against.
    pub incumbent: Option<&'a Trained>,
    /// How many questions are asked.
    pub budget: Budget,
}

/// A model that can be served, saved and told of.
#[derive(Debug, Clone)]
pub struct Trained {
    pub(in crate::models) counts: Counts,
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
        self.counts.model(catalog, self.card.version.clone(), Some(&self.ranking))
    }
}

/// Trains on all of the log. The same log, catalogue, rules, seed and incumbent give the same model to the byte; the weights
/// do not depend on the incumbent.
///
/// `progress` is told what begins.
///
/// # Errors
/// Where the log can't be read or says too little.
pub fn train(
    log: &(impl EventLog + ?Sized),
    catalog: &Snapshot,
    ids: &Ids,
    rules: &Rules,
    run: Run<'_>,
    progress: &mut dyn FnMut(&'static str),
) -> Result<Trained, TrainError> {
    let Run { seed, budget, incumbent } = run;
    progress("reading the log");
    let (acts, vocabulary) = Interactions::read(log, catalog, ids)?;
    let vocabulary = Arc::new(vocabulary);
    let [first, second] = cuts(&acts);
    let end = after(&acts);
    let questions = |slice, most| choose(&acts, slice, most, seed, rules.session_idle_ms);
    let (teaching, judging) =
        (questions((first, second), budget.learn_from), questions((second, end), budget.judge_by));
    progress("reading histories");
    let histories = Histories::read(log, &acts, teaching.iter().chain(&judging))?;
    let shop = Shop { acts: &acts, vocabulary: &vocabulary, catalog, ids, rules, histories: &histories };

    progress("asking past questions");
    let sources = shop.sources(first);
    let mut answered = shop.ask(&teaching, &sources);
    answered.extend(shop.asking(&sources, |asking| ask_as_strangers(&teaching, asking)));
    progress("learning weights");
    let names = features(&sources);
    let learned = learn(&lessons(&answered, &names), Objective::Ndcg10, seed)?;
    progress("measuring on the newest events");
    let sources = shop.sources(second);
    let answered = shop.ask(&judging, &sources);
    let bring: Vec<(usize, &str)> =
        sources.iter().enumerate().filter(|(_, one)| one.brings()).map(|(place, one)| (place, one.name())).collect();
    let figures = offline_eval::judge(&answered, &learned.ranking, &bring, seed);
    let popular = bring.iter().find(|(_, name)| *name == popularity::NAME).map(|(place, _)| *place);
    let cold_start = popular.map_or_else(Vec::new, |popular| {
        let known: FxHashSet<Item> = acts.all().iter().filter(|act| act.time < second).map(|act| act.item).collect();
        offline_eval::cold_start(&answered, &learned.ranking, popular, &|item| !known.contains(&item), seed)
    });
    progress("counting all events");
    let counts = Counts::of(&acts, &vocabulary, catalog, rules, end);
    let card = Card {
        format: FORMAT,
        version: "".into(),
        weights_blake3: String::new(),
        catalogue_blake3: catalogue_fingerprint(&vocabulary, catalog),
        seed,
        events: acts.events,
        acts: acts.all().len(),
        customers: acts.owners(),
        products: vocabulary.len(),
        first: acts.span.map_or(Timestamp(0), |(first, _)| first),
        last: acts.span.map_or(Timestamp(0), |(_, last)| last),
        learned_from: first,
        judged_from: second,
        learning_questions: learned.questions,
        learning_rows: learned.rows,
        learning_wanted: learned.wanted,
        parameters: learned.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        segments: counts.by_segment.segments.names(),
        judging_questions: answered.len(),
        sources: sources.iter().map(|source| source.name().to_owned()).collect(),
        features: names.iter().map(ToString::to_string).collect(),
        figures,
        cold_start,
        against: None,
    };
    let mut trained = Trained { counts, ranking: learned.ranking, card }.named();
    trained.card.against = incumbent.and_then(|other| against(&trained, other, &answered, seed));
    Ok(trained)
}

/// Measures the ranking of one model against that of another of the same features, on rows that both could have met.
fn against(trained: &Trained, other: &Trained, answered: &[AnsweredQuery], seed: u64) -> Option<Against> {
    // Trained again on the same log it is the same model, and nothing is to be told.
    let comparable = other.card.version != trained.card.version && other.card.features == trained.card.features;
    let gains = comparable.then(|| offline_eval::gains(answered, &trained.ranking, &other.ranking, seed))??;
    Some(Against { version: Arc::clone(&other.card.version), gains })
}

struct Shop<'a> {
    acts: &'a Interactions,
    vocabulary: &'a Arc<ItemIndex>,
    catalog: &'a Snapshot,
    ids: &'a Ids,
    rules: &'a Rules,
    histories: &'a Histories,
}

impl Shop<'_> {
    /// Sources that know nothing of what came from `before` on.
    fn sources(&self, before: Timestamp) -> Vec<Box<dyn Source>> {
        Counts::of(self.acts, self.vocabulary, self.catalog, self.rules, before).sources(self.catalog)
    }

    fn ask(&self, questions: &[Question], sources: &[Box<dyn Source>]) -> Vec<AnsweredQuery> {
        self.asking(sources, |asking| self.histories.ask(questions, asking))
    }

    fn asking<T>(&self, sources: &[Box<dyn Source>], ask: impl FnOnce(&Asking<'_>) -> T) -> T {
        let by_id = IdOrder::new(self.vocabulary.products().iter().copied());
        ask(&Asking {
            catalog: self.catalog,
            ids: self.ids,
            vocabulary: self.vocabulary,
            sources,
            by_id: &by_id,
            idle_ms: self.rules.session_idle_ms,
        })
    }
}

/// The moments before which the shares of acts of [`CUTS`] lie.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
fn cuts(acts: &Interactions) -> [Timestamp; 2] {
    let mut times: Vec<Timestamp> = acts.all().iter().map(|act| act.time).collect();
    times.sort_unstable();
    CUTS.map(|share| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default())
}

/// Of the ids of the products in the catalogue, in their order.
fn catalogue_fingerprint(vocabulary: &ItemIndex, catalog: &Snapshot) -> String {
    let mut hasher = blake3::Hasher::new();
    for (id, product) in vocabulary.ids().iter().zip(vocabulary.products()) {
        if catalog.contains(*product) {
            hasher.update(id.as_str().as_bytes());
            // No id holds a control character, so this ends one.
            hasher.update(&[0]);
        }
    }
    hasher.finalize().to_hex().to_string()
}
