//! From a data folder to a shop that answers: what is read at start, and what that tells the operator.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rand::{RngCore as _, rngs::OsRng};
use tokio::sync::Notify;

use super::{
    StartError,
    model_manager::{InService, Serving},
    online_updates::Live,
};
use crate::config::Settings;
use crate::domain::catalog::{Catalog, Ids};
use crate::domain::merchandising::Merchandising;
use crate::domain::recommend::{Model, Seal, Spread};
use crate::domain::shop::Shop;
use crate::domain::sizing::Sizes;
use crate::domain::store::{Counts, Store};
use crate::domain::text::{Texts, files_in};
use crate::models::{self, CountError, Found, Registry, StoredLog, Trained};
use crate::store::{self, Embedded, HotFeeds, HotProfiles, Opened, Options};

/// Products that are taken into the catalogue at once: bounds what stands in memory twice.
const CHUNK: usize = 16_384;

/// A log of so many events is counted before anybody is let in: it takes no time that somebody would notice.
const COUNTED_AT_ONCE: u64 = 5_000;

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(1);

/// A shop and what is behind its seams.
pub struct State {
    /// The shop that answers calls.
    pub shop: Arc<Shop>,
    /// To be closed at the end.
    pub store: Arc<Embedded>,
    /// The profiles in memory, which tell how many they are and what they weigh.
    pub profiles: Arc<HotProfiles>,
    /// The feeds in memory, which tell the same.
    pub feeds: Arc<HotFeeds>,
    /// What there was at the start.
    pub counts: Counts,
    /// Which model ranks, and who changes it.
    pub serving: Arc<Serving>,
}

/// A data folder that is this server's, and holds what can be read.
pub struct Folder {
    texts: Texts,
    catalog: Arc<Catalog>,
    live: Arc<Live>,
    merchandising: Arc<Merchandising>,
    opened: Opened,
    counts: Counts,
}

/// Takes the data folder and looks whether it can be read. What takes long is left to [`load`]. Blocks.
pub fn open(settings: &Settings) -> Result<Folder, StartError> {
    let rules = &settings.rules;
    let own = settings.locales.as_deref().map(files_in).transpose()?.unwrap_or_default();
    let texts = Texts::new(&rules.default_locale, own)?;
    let ids = Arc::new(Ids::default());
    let catalog = Arc::new(Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), rules));
    let options = Options {
        profile_bytes: settings.profile_bytes,
        readers: settings.readers,
        erasure: rules.erasure,
        identity_links: rules.identity_links,
    };
    let live = Arc::new(Live::new(Arc::clone(&ids), settings.ongoing_visits));
    let merchandising = Arc::<Merchandising>::default();
    let observers = vec![Arc::clone(&catalog) as _, Arc::clone(&live) as _, Arc::clone(&merchandising) as _];
    let opened = store::open(&settings.data, options, ids, observers)?;
    let counts = opened.store.counts()?;
    tracing::info!(events = counts.events, products = counts.products, "the data folder is open");
    Ok(Folder { texts, catalog, live, merchandising, opened, counts })
}

/// Reads what answers need. Blocks.
pub fn load(settings: &Settings, folder: Folder) -> Result<State, StartError> {
    let began = Instant::now();
    let Folder { texts, catalog, live, merchandising, opened, counts } = folder;
    let (rules, texts) = (settings.rules.clone(), Arc::new(texts));
    read_catalog(&*opened.store, &catalog, counts.products)?;
    merchandising.load(opened.store.merchandising_rules()?);
    let doubtful = catalog.ids().doubtful_products();
    if doubtful > 0 {
        tracing::warn!(
            doubtful,
            "products have the id of another product's variant: events that name it mean the product"
        );
    }
    let registry = Registry::new(&settings.models);
    let (model, trained) = model(&*opened.store, &catalog, settings, &registry, counts)?;
    let is_counted = *model.version != *models::UNCOUNTED;
    let counted = if is_counted { counts } else { Counts::default() };
    let mut key = [0; 32];
    OsRng.fill_bytes(&mut key);
    let idle = Duration::from_millis(rules.feed_idle_ms.unsigned_abs());
    let feeds = Arc::new(HotFeeds::new(settings.feed_bytes, idle));
    let shop = Arc::new(Shop {
        rules,
        catalog,
        merchandising,
        store: Arc::clone(&opened.store) as _,
        profiles: Arc::clone(&opened.profiles) as _,
        texts,
        model: ArcSwap::from_pointee(model),
        feeds: Arc::clone(&feeds) as _,
        spread: Spread::default(),
        seal: Seal::new(key),
    });
    live.of(&shop);
    let hurry = Notify::new();
    // What was counted when the model was trained is not what the log says by now.
    hurry.notify_one();
    let serving = Arc::new(Serving {
        shop: Arc::clone(&shop),
        store: Arc::clone(&opened.store),
        live,
        now: Mutex::new(InService::new(trained, counted, &registry)),
        registry,
        refresh: settings.refresh,
        refresh_events: settings.refresh_events,
        hurry,
    });
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(ms, model = %shop.model.load().version, "the state is loaded");
    Ok(State { shop, store: opened.store, profiles: opened.profiles, feeds, counts, serving })
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

/// What ranks at the start: the saved model in service as it is, where there is one; else what a small log says, or, until a
/// large one is counted beside the calls, the catalogue alone.
fn model(
    store: &dyn Store,
    catalog: &Catalog,
    settings: &Settings,
    registry: &Registry,
    counts: Counts,
) -> Result<(Model, Option<Trained>), CountError> {
    let snapshot = catalog.snapshot();
    let found = registry.active(MODEL, &snapshot, catalog.ids()).unwrap_or_else(|error| {
        tracing::warn!(%error, "the folder of models can't be read");
        Found::default()
    });
    let model = match &found.model {
        Some(trained) => trained.model(&snapshot)?,
        None if counts.events > COUNTED_AT_ONCE => models::uncounted(&snapshot, catalog.ids(), &settings.rules)?,
        None => models::untrained(&StoredLog::new(store), &snapshot, catalog.ids(), &settings.rules)?,
    };
    Ok((model, found.model))
}
