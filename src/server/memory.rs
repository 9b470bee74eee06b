//! Where the memory of the process is: what each part holds, beside what the system says of all.
//!
//! Each part is bounded by a setting, or as large as the shop. Parts are counted in bytes of what they hold, about; what remains
//! of the whole is the program itself, what calls work with, and what the allocators keep for later.

use std::{fs, sync::Arc};

use super::{online_updates::Live, transport::Connections};
use crate::domain::shop::Shop;
use crate::store::{Embedded, HotFeeds, HotProfiles};

/// Whatever grows.
pub struct Memory {
    pub shop: Arc<Shop>,
    pub store: Arc<Embedded>,
    pub profiles: Arc<HotProfiles>,
    pub feeds: Arc<HotFeeds>,
    pub live: Arc<Live>,
    pub connections: Arc<Connections>,
}

impl Memory {
    /// One line: each part, and what remains.
    pub fn log(&self) {
        let (stats, model) = (self.profiles.stats(), self.shop.model.load().weight());
        let (catalogue, (kept_events, order_lines)) = (self.shop.catalog.snapshot().weight(), self.live.counts());
        let (feeds, database, unread) =
            (self.feeds.weight(), self.store.cache_bytes(), self.connections.waiting_bytes());
        let counted = [catalogue, model.counted, model.observed, unread].map(|bytes| bytes as u64);
        let known: u64 = counted.iter().sum::<u64>() + stats.bytes + stats.owner_bytes + feeds + database;
        let resident = resident();
        tracing::info!(
            resident_bytes = resident,
            catalogue_bytes = catalogue,
            profile_bytes = stats.bytes,
            owner_bytes = stats.owner_bytes,
            feed_bytes = feeds,
            model_bytes = model.counted,
            observed_bytes = model.observed,
            ongoing_visits = model.visits,
            kept_events,
            order_lines,
            unread_bytes = unread,
            database_bytes = database,
            other_bytes = resident.map(|resident| resident.saturating_sub(known)),
            "memory"
        );
    }
}

/// Bytes of memory that the process has, where the system says it.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
