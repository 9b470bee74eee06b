//! What goes on beside the calls: figures for the operator every minute, and the model counted anew.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tonic_health::{ServingStatus, server::HealthReporter};

use super::{memory::Memory, model_manager::Serving};
use crate::store::Embedded;

/// How often figures are told.
const EVERY: Duration = Duration::from_mins(1);

/// How often it is looked whether another model is to serve, or the log is to be counted anew.
const LOOK: Duration = Duration::from_secs(5);

/// How often it is looked whether the data folder is still whole.
const GUARD: Duration = Duration::from_secs(1);

/// The name under which health says whether nothing remains on the disk of whoever was erased.
const ERASURES: &str = "outfitter.erasures";

/// Tells the figures until it is dropped.
pub async fn tell(memory: Arc<Memory>, answers: Arc<AtomicU64>) {
    let mut told = answers.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = answers.load(Ordering::Relaxed);
        log(&memory, now - told, EVERY);
        told = now;
    }
}

/// Tells health what becomes of the data folder, until it is dropped: a server whose folder was taken away or is damaged is not
/// to be called, and does not heal.
pub async fn guard(store: Arc<Embedded>, health: HealthReporter) {
    let mut complete = None;
    loop {
        let (checked, looked_at) = (Arc::clone(&store), store.unfinished_erasures() == 0);
        if complete.replace(looked_at) != Some(looked_at) {
            let status = if looked_at { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status(ERASURES, status).await;
        }
        // The store has said it in the log.
        if let Ok(Err(_)) = tokio::task::spawn_blocking(move || checked.check()).await {
            super::tell_health(&health, ServingStatus::NotServing).await;
            return;
        }
        tokio::time::sleep(GUARD).await;
    }
}

/// Figures: what the hot profiles did since the start, what was answered in the last while, and where the memory is.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn log(memory: &Memory, answers: u64, during: Duration) {
    let stats = memory.profiles.stats();
    let asked = (stats.hits + stats.misses).max(1);
    let thousandths = |figure: f64| (figure * 1e3).round() / 1e3;
    tracing::info!(
        answers_per_second = thousandths(answers as f64 / during.as_secs_f64().max(0.001)),
        profile_hit_ratio = thousandths(stats.hits as f64 / asked as f64),
        profile_loads = stats.loads,
        profile_evictions = stats.evictions,
        profiles = stats.profiles,
        unfinished_erasures = memory.store.unfinished_erasures(),
        "figures"
    );
    memory.log();
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
