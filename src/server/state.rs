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
use crate::models::{self, StoredLog};
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
    let model = untrained(&*opened.store, &catalog, settings)?;
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

fn read_catalog(store: &dyn Store, catalog: &Catalog, all: u64) -> Result<(), StartError> {
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

/// What ranks where nothing was trained.
pub fn untrained(store: &dyn Store, catalog: &Catalog, settings: &Settings) -> Result<Model, StartError> {
    let log = StoredLog::new(store);
    Ok(models::untrained(&log, &catalog.snapshot(), catalog.ids(), &settings.rules)?)
}
