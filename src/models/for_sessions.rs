//! The sources that answer "what next" from a visit alone: those of the protocol `sessions`, in the order of their features.

use std::sync::Arc;

use crate::domain::recommend::Source;
use crate::models::{
    embeddings::{Embeddings, Nearness},
    nearest_sessions::{NearestSessions, Settings},
    sessions::Sessions,
    this_visit::ThisVisit,
    transitions::{Follows, Transitions},
    visited::Visited,
    visits::Visits,
    vocabulary::Vocabulary,
};

/// Trains all of them on visits. While they serve, a visit without a named session ends after `idle_ms`.
#[must_use]
pub fn sources(
    visits: &Visits,
    vocabulary: &Arc<Vocabulary>,
    settings: Settings,
    idle_ms: i64,
    seed: u64,
) -> Vec<Box<dyn Source>> {
    let items = vocabulary.len();
    let known = || Arc::clone(vocabulary);
    vec![
        Box::new(NearestSessions::new(known(), Sessions::new(visits.iter(), items), settings, idle_ms)),
        Box::new(Follows::new(known(), Transitions::count(visits.iter(), items), idle_ms)),
        Box::new(Nearness::new(known(), Embeddings::learn(visits.iter(), items, seed))),
        Box::new(ThisVisit),
        Box::new(Visited::count(visits, vocabulary)),
    ]
}
