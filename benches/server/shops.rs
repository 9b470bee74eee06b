//! The shops that are served: each is written into a data folder as imports write it, and trained as `outfitter train` does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use outfitter::{
    config::{Given, Settings, load},
    demo::{self, Scale},
    domain::{Timestamp, event::Event, store::Write},
    import::{
        Parsed,
        context::Context,
        events, mapping,
        products::{self, Feed, Format},
        timestamps::Clock,
    },
    models::{self, Registry, Run, StoredLog},
    server::{self, MODEL, Running},
    tabular::input,
};

/// Writes that go to the store at once.
const BATCH: usize = 4_096;
const DAY_MS: i64 = 86_400_000;

/// Customers of a shop that was made up for its size.
const CUSTOMERS: usize = 5_000;
const DAYS: u32 = 120;

/// A shop to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shop {
    /// That of `outfitter demo`.
    Demo,
    /// A made-up one of so many products.
    Sized(usize),
    /// UCI Online Retail, as the mappings of `deploy/mappings` read it.
    OnlineRetail,
}

impl Shop {
    /// "demo", "online-retail" or a number of products.
    pub fn from_name(name: &str) -> Self {
        match name {
            "demo" => Self::Demo,
            "online-retail" => Self::OnlineRetail,
            number => Self::Sized(number.parse().unwrap()),
        }
    }

    /// As [`Self::from_name`] reads it.
    pub fn name(&self) -> String {
        match self {
            Self::Demo => "demo".to_owned(),
            Self::Sized(products) => products.to_string(),
            Self::OnlineRetail => "online-retail".to_owned(),
        }
    }

    /// A file that is needed and is not there.
    pub fn missing(&self) -> Option<PathBuf> {
        let path = online_retail();
        (*self == Self::OnlineRetail && !path.exists()).then_some(path)
    }

    /// Fills a folder that [`start`] can serve from, with a trained model. Ids of customers go into a file beside it.
    pub async fn make(&self, folder: &Path) {
        let began = Instant::now();
        let running = start(folder).await;
        let mut writes = match self {
            Self::Demo => made_up(Scale::default()),
            Self::Sized(products) => made_up(Scale { products: *products, customers: CUSTOMERS, days: DAYS }),
            Self::OnlineRetail => imported(&running),
        };
        let customers: BTreeSet<String> = writes.iter().filter_map(customer).collect();
        fs::write(folder.join("customers"), customers.into_iter().collect::<Vec<_>>().join("\n")).unwrap();
        while !writes.is_empty() {
            let batch = writes.drain(..BATCH.min(writes.len())).collect();
            running.shop.store.write(batch).await.unwrap().into_iter().for_each(|written| drop(written.unwrap()));
        }
        let written = began.elapsed();
        let card = train(&running, folder);
        let learned = began.elapsed().saturating_sub(written);
        let personal = &card.rankings[0];
        let ndcg = personal.figures.first().map_or(0.0, |blend| blend.ndcg_at_10.mean);
        eprintln!(
            "{}: {} products, {} events, written in {written:.1?}, trained in {learned:.1?}: {} features of {} sources, \
             NDCG@10 {ndcg:.4}",
            self.name(),
            card.products,
            card.events,
            personal.features.len(),
            personal.sources.len(),
        );
        running.stop().await;
    }
}

/// The real server on a folder, everything as by default.
pub async fn start(folder: &Path) -> Running {
    server::start(settings(folder)).await.unwrap()
}

fn settings(folder: &Path) -> Settings {
    let flag = |key: &str, value: &str| ("bench".to_owned(), key.to_owned(), value.to_owned());
    let flags = vec![
        flag("listen", "127.0.0.1:0"),
        flag("data", folder.join("data").to_str().unwrap()),
        flag("models", folder.join("models").to_str().unwrap()),
    ];
    load(&Given { flags, ..Given::default() }).unwrap().settings
}

fn train(running: &Running, folder: &Path) -> models::Card {
    let shop = &running.shop;
    let (log, catalog) = (StoredLog::new(&*shop.store), shop.catalog.snapshot());
    let run = Run::default();
    let trained = models::train(&log, &catalog, shop.catalog.ids(), &shop.rules, run, &mut |_| {}).unwrap();
    Registry::new(folder.join("models")).adopt(MODEL, &trained, None, false).unwrap();
    trained.card
}

fn made_up(scale: Scale) -> Vec<Write> {
    let made = demo::shop(42, scale, now());
    let products = made.products.into_iter().map(Write::Upsert);
    products.chain(made.stock.into_iter().map(Write::Stock)).chain(made.events.into_iter().map(Write::Event)).collect()
}

fn online_retail() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online_retail_2010_2011.csv.gz")
}

/// What both imports read, moved by whole days so that the newest event is of the last one: the shop is a living one.
fn imported(running: &Running) -> Vec<Write> {
    let rules = &running.shop.rules;
    let clock = Clock { now: now(), future_skew_ms: rules.future_skew_ms, zone: rules.time_zone.clone() };
    let context =
        Context { file_time: clock.now, placeholder_ids: rules.placeholder_ids.clone(), clock: clock.clone() };
    let input = || input::open(&online_retail(), None).unwrap().0;
    let mapping = |name: &str| mapping::READY.iter().find(|(ready, _)| *ready == name).unwrap().1;
    let format = Format::Mapped(Box::new(mapping::parse(mapping("online-retail-products")).unwrap()));
    let feed = Feed::new(&format, None, None, clock.zone, clock.now);
    let listings = products::read(input(), format, feed.clone()).unwrap();
    let mut writes: Vec<Write> =
        listings.filter_map(Result::ok).flat_map(|listing| listing.value.into_writes(&feed)).collect();
    let layout = mapping::parse(mapping("online-retail-events")).unwrap();
    let events: Vec<Event> = events::read(input(), layout, context)
        .unwrap()
        .filter_map(Result::ok)
        .map(|Parsed { value, .. }| value)
        .collect();
    let newest = events.iter().map(|event| event.time).max().unwrap();
    let later = (clock.now.0 - newest.0) / DAY_MS * DAY_MS;
    for write in &mut writes {
        if let Write::Upsert(product) = write {
            product.available_since.0 += later;
        }
    }
    writes
        .extend(events.into_iter().map(|event| Write::Event(Event { time: Timestamp(event.time.0 + later), ..event })));
    writes
}

fn customer(write: &Write) -> Option<String> {
    let Write::Event(event) = write else { return None };
    event.who.customer.as_ref().map(ToString::to_string)
}

fn now() -> Timestamp {
    Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

/// Waits until the model that was loaded has given way to the same one over what the log says by now.
pub async fn recounted(running: &Running) {
    let loaded = running.shop.model.load_full();
    while Arc::ptr_eq(&loaded, &running.shop.model.load()) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
