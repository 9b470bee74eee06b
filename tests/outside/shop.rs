//! A shop to test with: a server, clients of its services, and short ways to say products and events.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use outfitter::{
    config::{Given, Settings, load},
    proto::{
        Event, EventResult, GetProfileRequest, LineItem, Money, Product, ProductText, Profile, ScoreProductsRequest,
        StockChange, UpsertProductRequest, Variant, Who, WriteEventsRequest,
        catalog_service_client::CatalogServiceClient, event::Kind, event_service_client::EventServiceClient,
        model_service_client::ModelServiceClient, opener_service_client::OpenerServiceClient,
        profile_service_client::ProfileServiceClient, recommendation_service_client::RecommendationServiceClient,
    },
    server::{self, Running},
};
use tempfile::TempDir;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

/// A server and what is behind it.
pub struct Shop {
    folder: TempDir,
    flags: Vec<(&'static str, &'static str)>,
    running: Option<Running>,
    pub channel: Channel,
}

/// Settings of a server on any free port, with some keys set otherwise.
pub fn settings(folder: &TempDir, flags: &[(&str, &str)]) -> Settings {
    let data = folder.path().join("data").display().to_string();
    let models = folder.path().join("models").display().to_string();
    let own = [("listen", "127.0.0.1:0"), ("data", &*data), ("models", &*models), ("limits.drain_ms", "2000")];
    let flags = own.iter().chain(flags).map(|(key, value)| ("test".into(), (*key).into(), (*value).into()));
    load(&Given { flags: flags.collect(), ..Given::default() }).unwrap().settings
}

/// A connection to a server.
pub async fn connect(running: &Running) -> Channel {
    Channel::from_shared(format!("http://{}", running.addr)).unwrap().connect().await.unwrap()
}

impl Shop {
    /// A new one, empty.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A new one, with some keys of the configuration set.
    pub async fn with(flags: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = server::start(settings(&folder, flags)).await.unwrap();
        let channel = connect(&running).await;
        Self { folder, flags: flags.to_vec(), running: Some(running), channel }
    }

    /// What answers, from inside: for filling it fast.
    pub fn inside(&self) -> &outfitter::domain::shop::Shop {
        &self.running.as_ref().unwrap().shop
    }

    /// Where its data, its models and what else a test wants stand.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Where it listens.
    pub fn addr(&self) -> std::net::SocketAddr {
        self.running.as_ref().unwrap().addr
    }

    /// Stops the server; what it leaves stays for a while.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
    }

    /// Stops the server, where it runs, and starts another one on the same data.
    pub async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        let running = server::start(settings(&self.folder, &self.flags)).await.unwrap();
        self.channel = connect(&running).await;
        self.running = Some(running);
    }

    pub fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
    }

    pub fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel.clone())
    }

    pub fn profiles(&self) -> ProfileServiceClient<Channel> {
        ProfileServiceClient::new(self.channel.clone())
    }

    pub fn recommendations(&self) -> RecommendationServiceClient<Channel> {
        RecommendationServiceClient::new(self.channel.clone())
    }

    pub fn models(&self) -> ModelServiceClient<Channel> {
        ModelServiceClient::new(self.channel.clone())
    }

    pub fn openers(&self) -> OpenerServiceClient<Channel> {
        OpenerServiceClient::new(self.channel.clone())
    }

    /// Puts products into the catalogue.
    pub async fn stock(&self, products: impl IntoIterator<Item = Product>) {
        for product in products {
            let request = UpsertProductRequest { product: Some(product), validate_only: false };
            self.catalog().upsert_product(request).await.unwrap();
        }
    }

    /// Writes events and gives their results.
    pub async fn write(&self, events: impl IntoIterator<Item = Event>) -> Vec<EventResult> {
        let request = WriteEventsRequest { events: events.into_iter().collect(), validate_only: false };
        self.events().write_events(request).await.unwrap().into_inner().results
    }

    /// Writes events that must be accepted.
    pub async fn happened(&self, events: impl IntoIterator<Item = Event>) {
        for result in self.write(events).await {
            assert_eq!(result.error, None, "{}", result.event_id);
        }
    }

    /// The profile, and whether anything is known.
    pub async fn profile(&self, who: Who) -> (Profile, bool) {
        let answer = self.profiles().get_profile(GetProfileRequest { who: Some(who) }).await.unwrap().into_inner();
        let mut profile = answer.profile.unwrap();
        for size in &mut profile.known_sizes {
            // Evidence loses weight with every millisecond.
            size.weight = (size.weight * 1_000.0).round() / 1_000.0;
        }
        (profile, answer.known)
    }

    /// Why a product is not for her; zero where it is.
    pub async fn ineligible(&self, who: Who, product: &str) -> i32 {
        let request = ScoreProductsRequest {
            who: Some(who),
            product_ids: vec![product.into()],
            ..ScoreProductsRequest::default()
        };
        self.recommendations().score_products(request).await.unwrap().into_inner().products[0].ineligible
    }
}

/// A known customer.
pub fn customer(id: &str) -> Who {
    Who { customer_id: id.into(), ..Who::default() }
}

/// An anonymous visitor.
pub fn visitor(id: &str) -> Who {
    Who { visitor_id: id.into(), ..Who::default() }
}

/// Now, as a caller sees it.
pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// An event of this moment with an id that was never used.
pub fn event(who: Who, kind: Kind) -> Event {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = format!("e-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Event { id, who: Some(who), time_ms: now_ms(), kind: Some(kind), ..Event::default() }
}

/// She looks at a product.
pub fn viewed(product: &str) -> Kind {
    Kind::ProductViewed(outfitter::proto::ProductViewed { product_id: product.into(), variant_id: String::new() })
}

/// One of a variant.
pub fn item(product: &str, variant: &str) -> LineItem {
    LineItem { product_id: product.into(), variant_id: variant.into(), ..LineItem::default() }
}

/// She buys one of a variant.
pub fn purchased(product: &str, variant: &str) -> Kind {
    Kind::Purchased(outfitter::proto::Purchased { order_id: "o-1".into(), items: vec![item(product, variant)] })
}

/// A price in zloty.
pub fn price(minor: i64) -> Money {
    Money { minor, currency: "PLN".into() }
}

/// A pair of shoes in two sizes, five of each.
pub fn shoes(id: &str) -> Product {
    let variant = |size: &str| Variant {
        id: format!("{id}-{size}"),
        size: size.into(),
        price: Some(price(19_900)),
        stock: Some(5),
        ..Variant::default()
    };
    Product {
        id: id.into(),
        texts: vec![ProductText { locale: "en".into(), title: format!("Boots {id}"), description: String::new() }],
        brand: "Fawn".into(),
        category_path: ["Women", "Shoes", "Boots"].map(String::from).to_vec(),
        variants: vec![variant("41"), variant("42")],
        ..Product::default()
    }
}

/// A new number of units on hand.
pub fn stock(product: &str, variant: &str, stock: i64) -> StockChange {
    StockChange { product_id: product.into(), variant_id: variant.into(), stock: Some(stock), ..StockChange::default() }
}

/// That a call was refused for this field, and that the value was named.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, field: &str, value: &str) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_details_bad_request().expect("a BadRequest");
    let violation = details.field_violations.iter().find(|violation| violation.field == field);
    let violation = violation.unwrap_or_else(|| panic!("no {field:?} in {details:?}"));
    assert!(violation.description.contains(value), "{value:?} is not in {:?}", violation.description);
}
