//! Feeds between their pages, in memory: bounded by weight, and let go when nobody has turned a page for long.
//!
//! A feed that is gone has expired: its caller starts anew. Nothing is written down, so a restart ends all of them.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;

use crate::domain::recommend::{AnswerId, Feed, Feeds};

/// About what the cache itself spends on an entry.
const ENTRY: usize = 160;

/// The feeds of one shop.
#[derive(Debug)]
pub struct HotFeeds(Cache<AnswerId, Arc<Feed>>);

impl HotFeeds {
    /// Keeps feeds of up to `bytes`, each until it was idle for so long.
    #[must_use]
    pub fn new(bytes: u64, idle: Duration) -> Self {
        let weigh = |_: &AnswerId, feed: &Arc<Feed>| u32::try_from(ENTRY + feed.weight()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).time_to_idle(idle).build())
    }
}

impl Feeds for HotFeeds {
    fn get(&self, id: &AnswerId) -> Option<Arc<Feed>> {
        self.0.get(id)
    }

    fn keep_first(&self, id: AnswerId, feed: Arc<Feed>) -> Arc<Feed> {
        self.0.entry(id).or_insert(feed).into_value()
    }

    fn grown(&self, id: AnswerId, feed: Arc<Feed>) {
        // Weighed anew.
        self.0.insert(id, feed);
    }
}
