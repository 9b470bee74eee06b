//! The sources that answer "what next" from a visit alone: those of the protocol `sessions`, and of the shop's own model.

use std::sync::Arc;

use crate::domain::recommend::Source;
use crate::models::{
    data::{item_index::ItemIndex, session_index::SessionIndex, sessions::SessionLog},
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::{
        item2vec::{Embeddings, Nearness},
        markov::{Follows, Transitions},
        session_features::ThisVisit,
        session_knn::{NearestSessions, Settings},
        visited::Visited,
    },
};

/// What they are made of: visits without a name, and what takes long to learn from them.
#[derive(Debug, Clone)]
pub struct ForSessions {
    visits: SessionLog,
    embeddings: Arc<Embeddings>,
}

impl ForSessions {
    /// Learns from visits of a vocabulary of so many items.
    #[must_use]
    pub fn learn(visits: SessionLog, items: usize, seed: u64) -> Self {
        let embeddings = Arc::new(Embeddings::learn(visits.iter(), items, seed));
        Self { visits, embeddings }
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        self.visits.write(draft);
        self.embeddings.write(draft);
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let embeddings = Arc::new(Embeddings::read(tensors, items)?);
        Ok(Self { visits: SessionLog::read(tensors, items)?, embeddings })
    }

    /// In the order of their features. While they serve, a visit without a named session ends after `idle_ms`.
    #[must_use]
    pub fn sources(&self, vocabulary: &Arc<ItemIndex>, settings: Settings, idle_ms: i64) -> Vec<Box<dyn Source>> {
        let (visits, items) = (&self.visits, vocabulary.len());
        let known = || Arc::clone(vocabulary);
        vec![
            Box::new(NearestSessions::new(known(), SessionIndex::new(visits.iter(), items), settings, idle_ms)),
            Box::new(Follows::new(known(), Transitions::count(visits.iter(), items), idle_ms)),
            Box::new(Nearness::new(known(), Arc::clone(&self.embeddings))),
            Box::new(ThisVisit),
            Box::new(Visited::count(visits, vocabulary)),
        ]
    }
}
