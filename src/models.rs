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
mod counts;
pub(crate) mod dataset;
pub(crate) mod demand;
mod due_again;
pub(crate) mod ease;
pub(crate) mod embeddings;
pub(crate) mod factors;
pub mod fit;
pub(crate) mod for_baskets;
pub(crate) mod for_discovery;
pub(crate) mod for_sessions;
mod from_history;
mod gathered;
mod goes_with;
pub(crate) mod habits;
pub(crate) mod held;
mod history;
pub(crate) mod log;
pub(crate) mod measure;
pub(crate) mod metrics;
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
pub(crate) mod sure;
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
use crate::domain::recommend::{Model, WrongWidth};
use crate::domain::rules::Rules;
use crate::domain::store::StoreError;

use self::{counts::Counts, log::Acts};

pub use self::artifact::{LoadError, load};
pub use self::blend::LearnError;
pub use self::card::{Against, Card};
pub use self::log::{EventLog, StoredLog};
pub use self::measure::Judged;
pub use self::registry::{Found, Registry, RegistryError};
pub use self::sure::Interval;
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

/// What ranks until the log is counted: it knows the catalogue alone.
///
/// # Errors
/// Where the rule of thumb is for other sources: a bug of ours.
pub fn uncounted(catalog: &Snapshot, ids: &Ids, rules: &Rules) -> Result<Model, CountError> {
    let (_, counts) = count(&[][..], catalog, ids, rules)?;
    Ok(counts.model(catalog, UNCOUNTED.into(), None)?)
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
