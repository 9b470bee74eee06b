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

/// Counts the model anew as the shop grows and takes up models as they are saved, until it is dropped.
pub async fn refresh(shop: Arc<Shop>, store: Arc<Embedded>, settings: Arc<Settings>, counts: Counts) {
    let mut served = Served { counts, saved: state::newest_saved(&settings) };
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let (shop, store, settings, before) =
            (Arc::clone(&shop), Arc::clone(&store), Arc::clone(&settings), served.clone());
        let due = last.elapsed() >= settings.refresh;
        let renewed = tokio::task::spawn_blocking(move || renew(&shop, &store, &settings, &before, due)).await;
        match renewed {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(now))) => (served, last) = (now, Instant::now()),
            Ok(Err(error)) => tracing::error!(%error, "the model could not be counted anew"),
            Err(error) => tracing::error!(%error, "the model could not be counted anew"),
        }
    }
}

/// What the model that serves rests on.
#[derive(Clone, PartialEq)]
struct Served {
    counts: Counts,
    /// The newest version in the folder of models.
    saved: Option<String>,
}

/// Gives what was counted, where it was.
fn renew(
    shop: &Shop,
    store: &Embedded,
    settings: &Settings,
    before: &Served,
    due: bool,
) -> Result<Option<Served>, StartError> {
    let now = Served { counts: store.counts()?, saved: state::newest_saved(settings) };
    // Twice as many: while a shop is filled, all counting together costs about as much as the last.
    let grown = |before: u64, now: u64| now > 2 * before;
    let more = now.saved != before.saved
        || grown(before.counts.events, now.counts.events)
        || grown(before.counts.products, now.counts.products);
    if !more && (!due || now == *before) {
        return Ok(None);
    }
    let began = Instant::now();
    shop.serve(state::recounted(store, &shop.catalog, settings)?);
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let Counts { events, products } = now.counts;
    tracing::info!(ms, events, products, model = %shop.model.load().version, "the model is counted anew");
    Ok(Some(now))
}
