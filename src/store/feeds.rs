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
    pub fn new(bytes: u64, idle: Duration) -> Self {
        let weigh = |_: &AnswerId, feed: &Arc<Feed>| u32::try_from(ENTRY + feed.weight()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).time_to_idle(idle).build())
    }
}

impl HotFeeds {
    /// Bytes that they take, about, as last counted.
    pub fn weight(&self) -> u64 {
        self.0.weighted_size()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Timestamp,
        catalog::ProductIx,
        recommend::feed::{Line, Rest},
    };

    fn feed(products: u32) -> Arc<Feed> {
        let line = Line::new((0..products).map(ProductIx).collect(), &[], Rest::Listed(Box::default()));
        Arc::new(Feed::new(1, line, Timestamp(0)))
    }

    #[test]
    fn the_first_of_one_id_stays() {
        let feeds = HotFeeds::new(1 << 20, Duration::from_mins(1));
        let (first, second) = (feed(1), feed(1));
        assert!(Arc::ptr_eq(&feeds.keep_first([1; 16], Arc::clone(&first)), &first));
        assert!(Arc::ptr_eq(&feeds.keep_first([1; 16], second), &first));
        feeds.grown([1; 16], Arc::clone(&first));
        assert!(Arc::ptr_eq(&feeds.get(&[1; 16]).unwrap(), &first));
        assert!(feeds.get(&[2; 16]).is_none());
    }

    #[test]
    fn memory_is_bounded_in_bytes() {
        let feeds = HotFeeds::new(100_000, Duration::from_mins(1));
        for number in 0..100 {
            feeds.keep_first([number; 16], feed(1_000));
        }
        feeds.0.run_pending_tasks();
        assert!(feeds.0.weighted_size() <= 100_000, "{}", feeds.0.weighted_size());
        assert!(feeds.0.entry_count() >= 5, "{}", feeds.0.entry_count());
    }
}
