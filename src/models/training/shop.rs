//! The shop's own training: one task over its event log.
//!
//! The log is cut in time. Sources counted before the first cut answer the queries between the cuts, from which the
//! weights are learned; sources counted before the second answer the queries after it, by which all is judged, once. What
//! is served is counted over the whole log, with the weights that were judged.

use std::sync::Arc;

use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::IdOrder;
use crate::domain::rules::Rules;
use crate::domain::store::StoreError;
use crate::models::{
    after,
    data::interactions::{EventLog, Interactions},
    ranking::{LearnError, Objective},
    training::{
        past_queries::{Episode, Known, Offered, ShopView},
        shop_queries::{Histories, choose},
        source_set::SourceSet,
        train::{self, Task, Trained},
    },
};

/// Shares of the acts before the first and the second cut.
const CUTS: [f64; 2] = [0.8, 0.9];

/// How many queries are asked: time grows with them, and the width of intervals with the root of their number.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// To learn from.
    pub learn_from: usize,
    /// To judge by.
    pub judge_by: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { learn_from: 3_000, judge_by: 1_500 }
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
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Of every choice by lot.
    pub seed: u64,
    /// The model in service, whose ranking the new one is measured against.
    pub incumbent: Option<&'a Trained>,
    /// How many queries are asked.
    pub budget: Budget,
    /// The sources that may serve; of all others the card says that they were left out.
    pub sources: SourceSet,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Self { seed: 1, incumbent: None, budget: Budget::default(), sources: SourceSet::all() }
    }
}

/// Trains on all of the log. The same log, catalogue, rules and run give the same model to the byte. `progress` is told what
/// begins.
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
    let Run { seed, budget, incumbent, sources } = run;
    progress("reading the log");
    let (interactions, items) = Interactions::read(log, catalog, ids)?;
    let items = Arc::new(items);
    let by_id = IdOrder::new(items.products().iter().copied());
    let shop = ShopView { catalog, ids, items: &items, by_id: &by_id, idle_ms: rules.session_idle_ms };
    let [first, second] = cuts(&interactions);
    let end = after(&interactions);
    let moments = |slice, most| choose(&interactions, slice, most, seed, shop.idle_ms);
    let (teaching, judging) = (moments((first, second), budget.learn_from), moments((second, end), budget.judge_by));
    progress("reading histories");
    let histories = Histories::read(log, &interactions, teaching.iter().chain(&judging))?;
    let known = |before| Known { interactions: &interactions, before };
    let episode = |before, queries| Episode { known: known(before), queries, offered: Offered::Eligible };
    let task = Task {
        without: SourceSet::all().only(|name| !sources.names().contains(&name)).names().to_vec(),
        sources,
        objective: Objective::Ndcg10,
        shop,
        episodes: vec![episode(first, histories.queries_and_strangers(&teaching, &shop))],
        known: known(end),
        judging: Some(episode(second, histories.queries(&judging, &shop))),
        seed,
    };
    drop(histories);
    Ok(train::train(&task, incumbent, progress)?)
}

/// The moments before which the shares of acts of [`CUTS`] lie.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
fn cuts(interactions: &Interactions) -> [Timestamp; 2] {
    let mut times: Vec<Timestamp> = interactions.all().iter().map(|interaction| interaction.time).collect();
    times.sort_unstable();
    CUTS.map(|share| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default())
}
