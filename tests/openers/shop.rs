//! A small shop over a store of its own, at a fixed moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use outfitter::{
    domain::{
        Id, Locale, Money, Timestamp,
        catalog::{Audience, Availability, Catalog, Garment, Ids, Product, SizeSystem, Text, Variant},
        event::{Event, EventKind, LineItem, Who},
        opener::OpenerQuery,
        recommend::{Placement, Seal, Spread},
        rules::Rules,
        shop::Shop,
        sizing::Sizes,
        store::Write,
        text::Texts,
    },
    models,
    store::{self, HotFeeds, Options},
};

/// The 9th of November 2026, noon.
pub const NOW: Timestamp = Timestamp(1_794_225_600_000);
/// In milliseconds.
pub const HOUR: i64 = 3_600_000;

pub fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

pub fn item(product: &str, variant: &str) -> LineItem {
    LineItem { product: id(product), variant: Some(id(variant)), quantity: 1, unit_price: None, position: 0 }
}

pub fn query(customer: &str, conversation: Option<&str>) -> OpenerQuery {
    OpenerQuery {
        who: Who::customer(id(customer)),
        channel: None,
        locale: None,
        page: Placement::Home,
        product: None,
        conversation: conversation.map(id),
        now: NOW,
    }
}

/// A shop that is gone with it.
pub struct Fixture {
    pub shop: Shop,
    told: AtomicU64,
    _folder: tempfile::TempDir,
}

fn variant(name: &str, size: &str, minor: i64, stock: u32) -> Variant {
    Variant {
        id: id(name),
        size: size.into(),
        size_system: (!size.is_empty()).then_some(SizeSystem::Eu),
        color: "".into(),
        price: Money { minor, currency: "PLN".parse().unwrap() },
        original_price: None,
        sale: None,
        stock: Some(stock),
        availability: Availability::InStock,
        image_uri: "".into(),
        attributes: Vec::new(),
        changed: Timestamp(0),
        back_since: None,
    }
}

fn product(name: &str, title: &str, garment: Garment, variants: Vec<Variant>) -> Product {
    Product {
        id: id(name),
        texts: vec![Text { locale: "pl".parse().unwrap(), title: title.into(), description: "".into() }],
        brand: "".into(),
        category_path: Vec::new(),
        garment: Some(garment),
        audience: Some(Audience::Women),
        variants,
        image_uri: "".into(),
        replenish_days: None,
        available_since: NOW.plus_days(-400),
        attributes: Vec::new(),
    }
}

fn products() -> Vec<Product> {
    let mut back = variant("b43", "43", 129_900, 1);
    back.back_since = Some(NOW.plus_days(-2));
    let boots = vec![variant("b41", "41", 129_900, 5), variant("b42", "42", 129_900, 5), back];
    let coffee = product("coffee", "Kawa Lumen", Garment::None, vec![variant("k", "", 7_900, 9)]);
    vec![
        product("boots", "Sztyblety Trip", Garment::Shoes, boots),
        product("mug", "Kubek Lumen", Garment::None, vec![variant("m", "", 4_950, 9)]),
        product("lamp", "Lampa Nord", Garment::None, vec![variant("l", "", 19_900, 0)]),
        Product { replenish_days: Some(30), ..coffee },
    ]
}

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let polish: Locale = "pl".parse().unwrap();
        let rules = Rules { default_locale: polish.clone(), ..Rules::default() };
        let ids = Arc::new(Ids::default());
        let catalog = Arc::new(Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &rules));
        let opened = store::open(folder.path(), Options::default(), ids, vec![Arc::clone(&catalog) as _]).unwrap();
        catalog.load(products());
        let log = models::StoredLog::new(&*opened.store);
        let model = models::untrained(&log, &catalog.snapshot(), catalog.ids(), &rules).unwrap();
        let shop = Shop {
            texts: Arc::new(Texts::new(&polish, []).unwrap()),
            rules,
            catalog,
            merchandising: Arc::default(),
            store: opened.store,
            profiles: opened.profiles,
            model: arc_swap::ArcSwap::from_pointee(model),
            feeds: Arc::new(HotFeeds::new(1 << 20, Duration::from_mins(1))),
            spread: Spread::default(),
            seal: Seal::new([7; 32]),
        };
        Self { shop, told: AtomicU64::new(0), _folder: folder }
    }

    /// Counts anew what goes with what.
    pub fn learn(&self) {
        let log = models::StoredLog::new(&*self.shop.store);
        let catalog = &self.shop.catalog;
        let model = models::untrained(&log, &catalog.snapshot(), catalog.ids(), &self.shop.rules).unwrap();
        self.shop.model.store(Arc::new(model));
    }

    /// Each so many milliseconds ago.
    pub async fn tell(&self, customer: &str, events: Vec<(i64, EventKind)>) {
        for (ago, kind) in events {
            self.tell_at(customer, Timestamp(NOW.0 - ago), kind).await;
        }
    }

    pub async fn tell_at(&self, customer: &str, time: Timestamp, kind: EventKind) {
        self.tell_as(Who::customer(id(customer)), time, kind).await;
    }

    pub async fn tell_as(&self, who: Who, time: Timestamp, kind: EventKind) {
        let number = self.told.fetch_add(1, Ordering::Relaxed);
        let event =
            Event { id: id(&format!("e{number}")), who, time, channel: None, session: None, attribution: None, kind };
        let written = self.shop.store.write(vec![Write::Event(event)]).await.unwrap();
        assert!(written.iter().all(Result::is_ok), "{written:?}");
    }
}
