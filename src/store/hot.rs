//! Profiles kept in memory, bounded by their weight, over any store.
//!
//! # Why no answer is stale
//! An identifier's *stripe* is one of 4,096 locks, chosen by its hash. Two rules hold for the cache of profiles (keyed by
//! owner) and, in the same way, for the cache of owners (keyed by alias):
//! 1. A value is loaded and put in while the key's stripe is held, and the store is read after the stripe was taken.
//! 2. The store tells of a change after it is committed and before it is acknowledged, and what is told is applied
//!    (folded in, or the value thrown out) while the key's stripe is held.
//!
//! Take a change and any value that is in the cache after it was told. If the value was put in before the stripe was taken
//! for the change, the change was applied to it. If it was put in later, its load began after the commit, and the store
//! showed the change to it: `as_of` says so, and the change is not folded in twice. So whoever starts to read after the
//! acknowledgement finds the change. A throw-out between a load and its use only costs another load.
//!
//! Two steps lead from an alias to a profile. When a link changes between them, the profile that was loaded says itself
//! whose it is ([`History::owner`](crate::domain::store::History)): it is answered, as the newest state, but not kept
//! under the former key. The catalogue is told of a commit before the profiles are: a profile says under which generation
//! of ids its products were found, read before the first was looked up, and is no answer under a later one. No two stripes
//! are ever held at once, so nothing can wait in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, RandomState},
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use moka::{notification::RemovalCause, sync::Cache};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use crate::domain::{
    catalog::Ids,
    customer::{Identifier, IdentifierKind, Profile},
    event::Event,
    store::{Change, Observer, Profiles, Seq, Store, StoreError},
};

const STRIPES: usize = 4_096;

/// What an identifier costs beside its text: the entry, counts and hash of a cache.
const ENTRY: usize = 160;

/// The caches. The store tells them of changes; they never ask the store by themselves.
pub(super) struct HotCache {
    ids: Arc<Ids>,
    profiles: Cache<Identifier, Arc<Profile>>,
    owners: Cache<Identifier, Identifier>,
    stripes: Box<[Mutex<()>]>,
    hasher: RandomState,
    hits: AtomicU64,
    misses: AtomicU64,
    loads: AtomicU64,
    evictions: Arc<AtomicU64>,
}

/// What the caches have done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HotStats {
    /// Answers from memory.
    pub hits: u64,
    /// Answers that had to wait for the store.
    pub misses: u64,
    /// Histories that were read. Fewer than misses where several waited for one.
    pub loads: u64,
    /// Profiles that were let go for want of room.
    pub evictions: u64,
    /// Profiles in memory, as last counted.
    pub profiles: u64,
    /// Bytes that they take, about, as last counted.
    pub bytes: u64,
    /// Bytes of whom identifiers lead to.
    pub owner_bytes: u64,
}

impl HotCache {
    /// Keeps profiles of up to `bytes`, and for a sixteenth of that on top whom identifiers lead to.
    pub(super) fn new(ids: Arc<Ids>, bytes: u64) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let evicted = Arc::clone(&evictions);
        let profiles = Cache::builder()
            .max_capacity(bytes)
            .weigher(|owner: &Identifier, profile: &Arc<Profile>| weight(&[owner], profile.weight()))
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    evicted.fetch_add(1, Ordering::Relaxed);
                }
            })
            .build();
        let owners = Cache::builder()
            .max_capacity(bytes / 16)
            .weigher(|alias: &Identifier, owner: &Identifier| weight(&[alias, owner], 0))
            .build();
        Self {
            ids,
            profiles,
            owners,
            stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            evictions,
        }
    }

    fn stripe(&self, who: &Identifier) -> MutexGuard<'_, ()> {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are as good as any")]
        let hash = self.hasher.hash_one(who) as usize;
        self.stripes[hash % STRIPES].lock()
    }

    /// From memory alone, without a lock.
    fn get(&self, who: &Identifier) -> Option<Arc<Profile>> {
        if who.kind == IdentifierKind::Customer {
            return self.current(who);
        }
        self.current(&self.owners.get(who)?)
    }

    /// Not one whose products were found before an id that it may name came to mean another product.
    fn current(&self, owner: &Identifier) -> Option<Arc<Profile>> {
        self.profiles.get(owner).filter(|profile| profile.generation == self.ids.generation())
    }

    /// From memory or the store. Blocks.
    fn load(&self, store: &dyn Store, who: &Identifier) -> Result<Arc<Profile>, StoreError> {
        let owner = self.owner(store, who)?;
        let _stripe = self.stripe(&owner);
        if let Some(profile) = self.current(&owner) {
            return Ok(profile);
        }
        self.loads.fetch_add(1, Ordering::Relaxed);
        let history = store.history(&owner)?;
        let profile = Arc::new(Profile::of(history.links, &history.events, history.as_of, &self.ids));
        if history.owner == owner {
            self.profiles.insert(owner.clone(), Arc::clone(&profile));
        }
        Ok(profile)
    }

    fn owner(&self, store: &dyn Store, who: &Identifier) -> Result<Identifier, StoreError> {
        if who.kind == IdentifierKind::Customer {
            return Ok(who.clone());
        }
        let _stripe = self.stripe(who);
        if let Some(owner) = self.owners.get(who) {
            return Ok(owner);
        }
        let owner = store.owner(who)?;
        self.owners.insert(who.clone(), owner.clone());
        Ok(owner)
    }

    fn fold(&self, owner: &Identifier, news: &[(Seq, &Event)]) {
        let _stripe = self.stripe(owner);
        let Some(mut profile) = self.current(owner) else { return };
        let unread = news.iter().filter(|(seq, _)| *seq > profile.as_of).map(|(_, event)| *event).collect::<Vec<_>>();
        let Some((last, _)) = news.last().filter(|_| !unread.is_empty()) else { return };
        let changed = Arc::make_mut(&mut profile);
        let exact = changed.fold(unread, &self.ids);
        changed.as_of = *last;
        if exact {
            self.profiles.insert(owner.clone(), profile);
        } else {
            self.profiles.invalidate(owner);
        }
    }
}

impl Observer for HotCache {
    fn committed(&self, changes: &[Change]) {
        let mut gone: BTreeSet<&Identifier> = BTreeSet::new();
        let mut news: BTreeMap<&Identifier, Vec<(Seq, &Event)>> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Event { seq, event, owner } => news.entry(owner).or_default().push((*seq, event)),
                Change::Identity { aliases, owners } => {
                    for alias in aliases {
                        let _stripe = self.stripe(alias);
                        self.owners.invalidate(alias);
                    }
                    gone.extend(owners);
                }
                Change::Product(_) | Change::ProductDeleted(_) | Change::Rule(_) | Change::RuleDeleted(_) => {}
            }
        }
        // All of the batch is in the store, so a profile that is thrown out needs none of it folded in.
        for owner in &gone {
            let _stripe = self.stripe(owner);
            self.profiles.invalidate(*owner);
        }
        for (owner, news) in news.into_iter().filter(|(owner, _)| !gone.contains(owner)) {
            self.fold(owner, &news);
        }
    }
}

/// Profiles of one shop: from memory, else from its store.
pub struct HotProfiles {
    cache: Arc<HotCache>,
    store: Arc<dyn Store>,
    /// As many loads at once as the store has use for: the others wait without a thread.
    loading: Semaphore,
}

impl HotProfiles {
    /// `cache` MUST be an observer of `store`.
    pub(super) fn new(cache: Arc<HotCache>, store: Arc<dyn Store>, at_once: usize) -> Self {
        Self { cache, store, loading: Semaphore::new(at_once.max(1)) }
    }

    /// What the caches have done until now.
    pub fn stats(&self) -> HotStats {
        let cache = &self.cache;
        HotStats {
            hits: cache.hits.load(Ordering::Relaxed),
            misses: cache.misses.load(Ordering::Relaxed),
            loads: cache.loads.load(Ordering::Relaxed),
            evictions: cache.evictions.load(Ordering::Relaxed),
            profiles: cache.profiles.entry_count(),
            bytes: cache.profiles.weighted_size(),
            owner_bytes: cache.owners.weighted_size(),
        }
    }
}

#[async_trait]
impl Profiles for HotProfiles {
    async fn of(&self, who: &Identifier) -> Result<Arc<Profile>, StoreError> {
        if let Some(profile) = self.cache.get(who) {
            self.cache.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(profile);
        }
        self.cache.misses.fetch_add(1, Ordering::Relaxed);
        let _turn = self.loading.acquire().await.map_err(|_| StoreError::Closed)?;
        let (cache, store, who) = (Arc::clone(&self.cache), Arc::clone(&self.store), who.clone());
        tokio::task::spawn_blocking(move || cache.load(store.as_ref(), &who))
            .await
            .map_err(|_| StoreError::Failed("a profile could not be loaded".into()))?
    }
}

fn weight(identifiers: &[&Identifier], more: usize) -> u32 {
    let texts: usize = identifiers.iter().map(|who| mem::size_of_val(*who) + who.value.as_str().len()).sum();
    u32::try_from(ENTRY + texts + more).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
