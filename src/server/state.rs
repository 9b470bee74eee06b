//! From a data folder to a shop that answers: what is read at start, and what that tells the operator.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use rand::{RngCore as _, rngs::OsRng};

use super::StartError;
use crate::config::Settings;
use crate::domain::catalog::{Catalog, Ids};
use crate::domain::recommend::{Model, Seal};
use crate::domain::shop::Shop;
use crate::domain::size::Sizes;
use crate::domain::store::{Counts, Store};
use crate::domain::text::{Texts, files_in};
use crate::models::{self, CountError, Registry, StoredLog, Trained};
use crate::store::{self, Embedded, HotFeeds, HotProfiles, Options};

/// Products that are taken into the catalogue at once: bounds what stands in memory twice.
const CHUNK: usize = 16_384;

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(1);

/// A shop and what is behind its seams.
pub struct State {
    /// What answers.
    pub shop: Arc<Shop>,
    /// To be closed at the end.
    pub store: Arc<Embedded>,
    /// For its figures.
    pub profiles: Arc<HotProfiles>,
    /// What there was at the start.
    pub counts: Counts,
}

/// Opens the data folder and reads what answers need. Blocks.
pub fn load(settings: &Settings) -> Result<State, StartError> {
    let began = Instant::now();
    let rules = settings.rules.clone();
    let own = settings.locales.as_deref().map(files_in).transpose()?.unwrap_or_default();
    let texts = Arc::new(Texts::new(&rules.default_locale, own)?);
    let ids = Arc::new(Ids::default());
    let catalog = Arc::new(Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &rules));
    let options = Options { profile_bytes: settings.profile_bytes, readers: settings.readers };
    let opened = store::open(&settings.data, options, ids, vec![Arc::clone(&catalog) as _])?;
    let counts = opened.store.counts()?;
    tracing::info!(events = counts.events, products = counts.products, "the data folder is open");
    read_catalog(&*opened.store, &catalog, counts.products)?;
    let model = model(&*opened.store, &catalog, settings)?;
    let mut key = [0; 32];
    OsRng.fill_bytes(&mut key);
    let idle = Duration::from_millis(rules.feed_idle_ms.unsigned_abs());
    let shop = Arc::new(Shop {
        rules,
        catalog,
        store: Arc::clone(&opened.store) as _,
        profiles: Arc::clone(&opened.profiles) as _,
        texts,
        model: ArcSwap::from_pointee(model),
        feeds: Arc::new(HotFeeds::new(settings.feed_bytes, idle)),
        seal: Seal::new(key),
    });
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ms, model = %shop.model.load().version, "the state is loaded");
    Ok(State { shop, store: opened.store, profiles: opened.profiles, counts })
}

/// Takes all products of the store into the catalogue, with progress in the log.
pub fn read_catalog(store: &dyn Store, catalog: &Catalog, all: u64) -> Result<(), StartError> {
    let mut waiting = Vec::with_capacity(CHUNK);
    let (mut read, mut told) = (0_u64, Instant::now());
    store.each_product(&mut |product| {
        waiting.push(product);
        if waiting.len() == CHUNK {
            read += waiting.len() as u64;
            catalog.load(waiting.drain(..));
            if told.elapsed() > EVERY {
                told = Instant::now();
                tracing::info!(read, all, "reading the catalogue");
            }
        }
    })?;
    catalog.load(waiting);
    Ok(())
}

/// The name that the shop's own model is saved under.
pub const MODEL: &str = "shop";

/// What ranks at the start: the newest saved model as it is, else what the log says.
fn model(store: &dyn Store, catalog: &Catalog, settings: &Settings) -> Result<Model, StartError> {
    match saved(catalog, settings) {
        Some(trained) => Ok(trained.model(&catalog.snapshot()).map_err(CountError::from)?),
        None => recounted(store, catalog, settings),
    }
}

/// What ranks later: the weights of the newest saved model, where there is one, over what the log says by now.
pub fn recounted(store: &dyn Store, catalog: &Catalog, settings: &Settings) -> Result<Model, StartError> {
    let (log, snapshot) = (StoredLog::new(store), catalog.snapshot());
    Ok(match saved(catalog, settings) {
        Some(trained) => models::recount(&trained, &log, &snapshot, catalog.ids(), &settings.rules)?,
        None => models::untrained(&log, &snapshot, catalog.ids(), &settings.rules)?,
    })
}

/// The newest version in the folder of models, whether it can be served or not.
pub fn newest_saved(settings: &Settings) -> Option<String> {
    Registry::new(&settings.models).versions(MODEL).ok()?.into_iter().next()
}

fn saved(catalog: &Catalog, settings: &Settings) -> Option<Trained> {
    match Registry::new(&settings.models).newest(MODEL, &catalog.snapshot(), catalog.ids()) {
        Ok(found) => found.model,
        Err(error) => {
            tracing::warn!(%error, "the folder of models can't be read");
            None
        }
    }
}
