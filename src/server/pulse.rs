//! What goes on beside the calls: figures for the operator every minute, and the model counted anew.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::versions::Serving;
use crate::store::{HotProfiles, HotStats};

/// How often figures are told.
const EVERY: Duration = Duration::from_mins(1);

/// How often it is looked whether another model is to serve, or the log is to be counted anew.
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
    let thousandths = |figure: f64| (figure * 1e3).round() / 1e3;
    tracing::info!(
        answers_per_second = thousandths(answers as f64 / during.as_secs_f64().max(0.001)),
        profile_hit_ratio = thousandths(stats.hits as f64 / asked as f64),
        profile_loads = stats.loads,
        profile_evictions = stats.evictions,
        profiles = stats.profiles,
        profile_bytes = stats.bytes,
        "figures"
    );
}

/// Takes models up as they are saved and counts the log anew as the shop grows, until it is dropped.
pub async fn refresh(serving: Arc<Serving>) {
    loop {
        // Whether it was told to hurry or not, it looks.
        let _ = tokio::time::timeout(LOOK, serving.hurry.notified()).await;
        let serving = Arc::clone(&serving);
        let renewed = tokio::task::spawn_blocking(move || serving.renew()).await;
        match renewed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the model could not be counted anew"),
            Err(error) => tracing::error!(%error, "the model could not be counted anew"),
        }
    }
}
