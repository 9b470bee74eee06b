//! What ranks: the sources of candidates, one algorithm a file, and the weights that join them, learned from the log.
//!
//! Nothing here knows of the network or the database: a model is made from events and a catalogue, and served as
//! `domain::recommend::Model`.

pub(crate) mod data;
pub mod ranking;
mod registry;
pub(crate) mod retrieval;
pub mod size_fit;
pub(crate) mod stats;
pub(crate) mod training;

use std::sync::Arc;

use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::{Model, WrongWidth};
use crate::domain::rules::Rules;
use crate::domain::store::StoreError;

use self::{data::interactions::Interactions, training::source_set::CountedSources};

pub use self::data::interactions::{EventLog, StoredLog};
pub use self::ranking::LearnError;
pub use self::registry::artifact::{LoadError, load};
pub use self::registry::model_card::{Against, Card, RankingCard};
pub use self::registry::{Found, Registry, RegistryError};
pub use self::stats::bootstrap::Interval;
pub use self::training::offline_eval::Judged;
pub use self::training::shop::{Budget, Run, TrainError, train};
pub use self::training::source_set::{SOURCES, SourceSet, UnknownSource};
pub use self::training::train::Trained;

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
    let (_, counted) = count(&SourceSet::all(), log, catalog, ids, rules)?;
    Ok(counted.model(catalog, "untrained".into(), &[], false)?)
}

/// What ranks until the log is counted: it knows the catalogue alone.
///
/// # Errors
/// Where the rule of thumb is for other sources: a bug of ours.
pub fn uncounted(catalog: &Snapshot, ids: &Ids, rules: &Rules) -> Result<Model, CountError> {
    let (_, counted) = count(&SourceSet::all(), &[][..], catalog, ids, rules)?;
    Ok(counted.model(catalog, UNCOUNTED.into(), &[], false)?)
}

/// The version of the model that has not counted the log yet.
pub const UNCOUNTED: &str = "uncounted";

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
    let (events, counted) = count(&trained.counted.set, log, catalog, ids, rules)?;
    let version = format!("{}+{events}", trained.card.version);
    Ok(trained.model_over(&counted, catalog, version.into())?)
}

fn count(
    set: &SourceSet,
    log: &(impl EventLog + ?Sized),
    catalog: &Snapshot,
    ids: &Ids,
    rules: &Rules,
) -> Result<(u64, CountedSources), StoreError> {
    let (interactions, vocabulary) = Interactions::read(log, catalog, ids)?;
    let until = (after(&interactions), rules.session_idle_ms);
    Ok((interactions.events, CountedSources::count(set, &interactions, &Arc::new(vocabulary), catalog, until)))
}

/// The first moment after all acts.
pub(crate) fn after(interactions: &Interactions) -> Timestamp {
    interactions.span.map_or(Timestamp(0), |(_, last)| Timestamp(last.0.saturating_add(1)))
}

#[cfg(test)]
mod tests;
