//! What serves: the saved model in service, its weights over what the log says by now, and every change of it.
//!
//! Changes come one at a time. A counting takes long and holds no lock; where another model was put into service
//! meanwhile, what was counted for the former is dropped. The folder of models is looked at every few seconds: a training
//! beside the server points at its model there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{StartError, bootstrap::MODEL, online_updates::Live};
use crate::domain::recommend::Scenario;
use crate::domain::recommend::versions::{About, Comparison, Estimate, Figures, Version, VersionError, Versions};
use crate::domain::shop::Shop;
use crate::domain::store::{Counts, Store as _};
use crate::models::{self, Card, CountError, Interval, Judged, Registry, RegistryError, StoredLog, Trained};
use crate::store::Embedded;

/// The model in service and who changes it.
pub struct Serving {
    /// The shop whose model is swapped.
    pub shop: Arc<Shop>,
    /// Where the events are that a model is counted from.
    pub store: Arc<Embedded>,
    /// Who is told of events.
    pub live: Arc<Live>,
    /// Where models are saved.
    pub registry: Registry,
    /// How often the log is counted anew where it has hardly grown.
    pub refresh: Duration,
    /// After how many new events the log is counted anew whatever the time: what is learned between countings takes memory.
    pub refresh_events: u64,
    /// What is in service.
    pub now: Mutex<InService>,
    /// Told where a counting should not wait.
    pub hurry: Notify,
}

/// What the model that serves rests on.
pub struct InService {
    trained: Option<Arc<Trained>>,
    /// What the folder of models said when it was last looked at.
    pointed: Result<Option<String>, String>,
    /// Grows with every change of `trained`.
    turn: u64,
    /// The state that was counted last.
    counted: Counts,
    /// What is counted is what the file says, not what the log does.
    from_file: bool,
    since: Instant,
}

impl InService {
    /// As it is at the start.
    pub fn new(trained: Option<Trained>, counted: Counts, registry: &Registry) -> Self {
        let from_file = trained.is_some();
        let pointed = registry.pointed(MODEL).map_err(|error| error.to_string());
        Self { trained: trained.map(Arc::new), pointed, turn: 0, counted, from_file, since: Instant::now() }
    }

    fn version(&self) -> Option<&str> {
        self.trained.as_ref().map(|trained| &*trained.card.version)
    }

    fn is_due(&self, now: Counts, refresh: Duration, refresh_events: u64) -> bool {
        if self.from_file {
            // An empty log says less than the file.
            return now.events > 0;
        }
        // Four times as many: while a shop is filled, all counting together costs a third more than the last.
        let grown = |before: u64, now: u64| now > 4 * before;
        grown(self.counted.events, now.events)
            || grown(self.counted.products, now.products)
            || now.events.saturating_sub(self.counted.events) >= refresh_events
            || (now != self.counted && self.since.elapsed() >= refresh)
    }
}

impl Serving {
    /// Takes up what the folder of models points at, and counts the log anew where that is due. Blocks.
    pub fn renew(&self) -> Result<(), StartError> {
        self.take_up()?;
        let counts = self.store.counts()?;
        let (trained, turn) = {
            let now = self.now.lock();
            if !now.is_due(counts, self.refresh, self.refresh_events) {
                return Ok(());
            }
            (now.trained.clone(), now.turn)
        };
        self.live.counting();
        let counted = self.count_anew(trained.as_deref(), turn, counts);
        // Where a model came of it, nothing is kept any more.
        self.live.not_counted();
        Ok(counted?)
    }

    fn count_anew(&self, trained: Option<&Trained>, turn: u64, counts: Counts) -> Result<(), CountError> {
        let began = Instant::now();
        let (catalog, rules) = (&self.shop.catalog, &self.shop.rules);
        let (log, snapshot) = (StoredLog::new(&*self.store), catalog.snapshot());
        let model = match trained {
            Some(trained) => models::recount(trained, &log, &snapshot, catalog.ids(), rules)?,
            None => models::untrained(&log, &snapshot, catalog.ids(), rules)?,
        };
        let mut now = self.now.lock();
        if now.turn != turn {
            return Ok(());
        }
        let (version, end) = (Arc::clone(&model.version), log.end().unwrap_or_default());
        self.live.serve_counted(&self.shop, model, end);
        (now.counted, now.from_file, now.since) = (counts, false, Instant::now());
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Counts { events, products } = counts;
        tracing::info!(ms, events, products, model = %version, "the model is counted anew");
        Ok(())
    }

    /// Where the folder points elsewhere than when it was last looked at. What can't be served leaves all as it is.
    fn take_up(&self) -> Result<(), StartError> {
        let pointed = self.registry.pointed(MODEL).map_err(|error| error.to_string());
        let mut now = self.now.lock();
        if pointed == now.pointed {
            return Ok(());
        }
        if let Err(error) = &pointed {
            tracing::warn!(error, "the model in service stays");
        } else {
            let snapshot = self.shop.catalog.snapshot();
            match self.registry.active(MODEL, &snapshot, self.shop.catalog.ids()) {
                Err(error) => tracing::warn!(%error, "the model in service stays"),
                Ok(found) if !found.refused.is_empty() && now.trained.is_some() => {
                    tracing::warn!(model = now.version(), "the model in service stays");
                }
                Ok(found) => {
                    let other = found.model.filter(|model| now.version() != Some(&*model.card.version));
                    if let Some(trained) = other {
                        self.put(&mut now, trained)?;
                    }
                }
            }
        }
        now.pointed = pointed;
        Ok(())
    }

    /// Serves a saved model as it is; the log is counted soon after.
    fn put(&self, now: &mut InService, trained: Trained) -> Result<(), CountError> {
        let model = trained.model(&self.shop.catalog.snapshot())?;
        self.live.serve(&self.shop, model);
        tracing::info!(model = %trained.card.version, former = now.version(), "another model is in service");
        now.trained = Some(Arc::new(trained));
        now.turn += 1;
        now.from_file = true;
        self.hurry.notify_one();
        Ok(())
    }

    fn activate(&self, version: &str, force: bool) -> Result<Version, VersionError> {
        let mut now = self.now.lock();
        let (catalog, ids) = (self.shop.catalog.snapshot(), self.shop.catalog.ids());
        let trained = self.registry.load(MODEL, version, &catalog, ids)?;
        let card = trained.card.clone();
        let other = now.trained.as_ref().map(|trained| &trained.card).filter(|other| other.version != card.version);
        if let Some(worse) = other.and_then(|other| worse(&card, other)).filter(|_| !force) {
            return Err(worse);
        }
        self.registry.activate(MODEL, version, now.version())?;
        if now.version() != Some(version) {
            self.put(&mut now, trained).map_err(|error| VersionError::Failed(error.to_string()))?;
        }
        now.pointed = Ok(Some(version.to_owned()));
        Ok(Version { version: version.to_owned(), active: true, refused: None, about: Some(about(&card)) })
    }

    fn roll_back(&self) -> Result<Version, VersionError> {
        let mut now = self.now.lock();
        let (catalog, ids) = (self.shop.catalog.snapshot(), self.shop.catalog.ids());
        let trained = self.registry.roll_back(MODEL, now.version(), &catalog, ids)?;
        let card = trained.card.clone();
        self.put(&mut now, trained).map_err(|error| VersionError::Failed(error.to_string()))?;
        let version = card.version.to_string();
        now.pointed = Ok(Some(version.clone()));
        Ok(Version { version, active: true, refused: None, about: Some(about(&card)) })
    }

    fn list(&self, after: Option<&str>, most: usize) -> Result<(Vec<Version>, bool), VersionError> {
        let active = self.now.lock().version().map(str::to_owned);
        let versions = self.registry.versions(MODEL).map_err(RegistryError::from)?;
        let mut older = versions.into_iter().filter(|version| after.is_none_or(|after| version.as_str() < after));
        let (catalog, ids) = (self.shop.catalog.snapshot(), self.shop.catalog.ids());
        // The version stands beside it.
        let reason = |error| match error {
            RegistryError::Refused { error, .. } => error.to_string(),
            other => other.to_string(),
        };
        let told = |version: String| Version {
            active: active.as_ref() == Some(&version),
            refused: self.registry.load(MODEL, &version, &catalog, ids).err().map(reason),
            about: self.registry.card(MODEL, &version).ok().map(|card| about(&card)),
            version,
        };
        let page = older.by_ref().take(most).map(told).collect();
        Ok((page, older.next().is_some()))
    }
}

/// A model of another is worse by its own card, or by that of the other.
fn worse(card: &Card, in_service: &Card) -> Option<VersionError> {
    let of = |scenario: Scenario, gains, than: &str| VersionError::Worse {
        version: card.version.to_string(),
        than: than.to_owned(),
        scenario,
        gains,
    };
    if let Some(against) = card.against.as_ref().filter(|against| against.is_worse()) {
        let (scenario, gains) = against.least()?;
        return Some(of(scenario, estimate(gains), &against.version));
    }
    let against = in_service.against.as_ref().filter(|against| against.version == card.version)?;
    let (scenario, Interval { mean, low, high }) = against.most()?;
    (low > 0.0).then(|| of(scenario, Estimate { mean: -mean, low: -high, high: -low }, &in_service.version))
}

fn about(card: &Card) -> About {
    About {
        seed: card.seed,
        events: card.events,
        interactions: card.interactions as u64,
        customers: card.customers as u64,
        products: card.products as u64,
        span: (card.first, card.last),
        learned_from: card.learned_from,
        judged_from: card.judged_from,
        learning_questions: card.rankings.iter().map(|one| one.learning_questions as u64).sum(),
        judging_questions: card.rankings.iter().map(|one| one.judging_questions as u64).sum(),
        figures: card
            .rankings
            .iter()
            .flat_map(|one| one.figures.iter().map(|judged| figures(one.scenario, judged)))
            .collect(),
        against: card.against.as_ref().and_then(|against| {
            let (scenario, gains) = against.least()?;
            Some(Comparison { version: Arc::clone(&against.version), scenario, gains: estimate(gains) })
        }),
    }
}

fn figures(scenario: Scenario, judged: &Judged) -> Figures {
    Figures {
        scenario,
        model: judged.model.clone(),
        ndcg_at_10: estimate(judged.ndcg_at_10),
        hr_at_10: estimate(judged.hr_at_10),
        blend_gains: (judged.model != "blend").then(|| estimate(judged.blend_gains)),
    }
}

const fn estimate(Interval { mean, low, high }: Interval) -> Estimate {
    Estimate { mean, low, high }
}

impl From<RegistryError> for VersionError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Unknown(version) => Self::Unknown(version),
            RegistryError::Refused { .. } => Self::Unfit(error.to_string()),
            RegistryError::NoneBefore => Self::NoneBefore,
            RegistryError::Io(error) => Self::Failed(error.to_string()),
        }
    }
}

/// The saved models, off the runtime's threads.
pub struct Saved(pub Arc<Serving>);

impl Saved {
    async fn off_the_runtime<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Serving) -> Result<T, VersionError> + Send + 'static,
    ) -> Result<T, VersionError> {
        let serving = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || what(&serving)).await;
        done.unwrap_or_else(|error| Err(VersionError::Failed(error.to_string())))
    }
}

#[async_trait]
impl Versions for Saved {
    async fn list(&self, after: Option<&str>, most: usize) -> Result<(Vec<Version>, bool), VersionError> {
        let after = after.map(str::to_owned);
        self.off_the_runtime(move |serving| serving.list(after.as_deref(), most)).await
    }

    async fn activate(&self, version: &str, force: bool) -> Result<Version, VersionError> {
        let version = version.to_owned();
        self.off_the_runtime(move |serving| serving.activate(&version, force)).await
    }

    async fn roll_back(&self) -> Result<Version, VersionError> {
        self.off_the_runtime(Serving::roll_back).await
    }

    fn serving(&self) -> Arc<str> {
        Arc::clone(&self.0.shop.model.load().version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_counted_anew_when_it_has_grown_or_the_time_has_come() {
        let folder = tempfile::tempdir().unwrap();
        let counted = Counts { events: 1_000, products: 10 };
        let service = InService::new(None, counted, &Registry::new(folder.path()));
        let check = |events, refresh, due| {
            let now = Counts { events, ..counted };
            assert_eq!(service.is_due(now, Duration::from_secs(refresh), 500), due, "{events} events, {refresh} s");
        };
        check(1_000, 0, false);
        check(1_001, 0, true);
        check(1_499, 60, false);
        check(1_500, 60, true);
        check(900, 60, false);
    }
}
