//! What goes on beside the calls: figures for the operator every minute, and the model counted anew.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{StartError, state};
use crate::config::Settings;
use crate::domain::shop::Shop;
use crate::domain::store::{Counts, Store as _};
use crate::store::{Embedded, HotProfiles, HotStats};

/// How often figures are told.
const EVERY: Duration = Duration::from_mins(1);

/// How often it is looked whether the model is to be counted anew.
const LOOK: Duration = Duration::from_secs(5);

/// Tells the figures until it is dropped.
pub async fn tell(profiles: Arc<HotProfiles>, answers: Arc<AtomicU64>) {
    let mut told = answers.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = answers.load(Ordering::Relaxed);
        log(profiles.stats(), now - told, EVERY);
        told = now;
    }
}

/// One line of figures: what the hot profiles did since the start, and what was answered in the last while.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn log(stats: HotStats, answers: u64, during: Duration) {
    let asked = (stats.hits + stats.misses).max(1);
    tracing::info!(
        answers_per_second = answers as f64 / during.as_secs_f64().max(0.001),
        profile_hit_ratio = stats.hits as f64 / asked as f64,
        profile_loads = stats.loads,
        profile_evictions = stats.evictions,
        profiles = stats.profiles,
        profile_bytes = stats.bytes,
        "figures"
    );
}

/// Counts the model anew as the shop grows, until it is dropped.
pub async fn refresh(shop: Arc<Shop>, store: Arc<Embedded>, settings: Arc<Settings>, mut counted: Counts) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let (shop, store, settings) = (Arc::clone(&shop), Arc::clone(&store), Arc::clone(&settings));
        let (before, due) = (counted, last.elapsed() >= settings.refresh);
        let renewed = tokio::task::spawn_blocking(move || renew(&shop, &store, &settings, before, due)).await;
        match renewed {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(now))) => (counted, last) = (now, Instant::now()),
            Ok(Err(error)) => tracing::error!(%error, "the model could not be counted anew"),
            Err(error) => tracing::error!(%error, "the model could not be counted anew"),
        }
    }
}

/// Gives what was counted, where it was.
fn renew(
    shop: &Shop,
    store: &Embedded,
    settings: &Settings,
    before: Counts,
    due: bool,
) -> Result<Option<Counts>, StartError> {
    let now = store.counts()?;
    let grown = |before: u64, now: u64| now > before + before / 10;
    let more = grown(before.events, now.events) || grown(before.products, now.products);
    if !more && (!due || now == before) {
        return Ok(None);
    }
    let began = Instant::now();
    shop.serve(state::recounted(store, &shop.catalog, settings)?)?;
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ms, events = now.events, products = now.products, "the model is counted anew");
    Ok(Some(now))
}
