//! Whole answers of a small shop, with sources and profiles that a test sets by hand.

mod answers;
mod paging;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{Arc, LazyLock},
    task::{Context as Polled, Poll, Waker},
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use parking_lot::Mutex;

use super::{fixture::NOW, *};
use crate::domain::{
    Id, Locale, Timestamp,
    catalog::{Product, ProductIx},
    customer::{Identifier, Profile},
    event::{Event, EventKind, Who},
    recommend::features::{NAMES, SOURCES},
    rules::Rules,
    shop::Shop,
    store::{Change, Counts, History, Observer, Profiles, Refusal, Seq, Store, StoreError, Write, Written},
    text::Texts,
};
use fixture::id;

/// Reading them takes longer than a test.
static TEXTS: LazyLock<Arc<Texts>> = LazyLock::new(|| Arc::new(Texts::new(&Locale::ENGLISH, []).unwrap()));

/// A source with fixed candidates.
#[derive(Debug, Clone, Default)]
struct Fixed {
    name: &'static str,
    brings: Vec<Candidate>,
    fails: bool,
}

impl Source for Fixed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn collect(&self, _: &Moment<'_>, most: usize, found: &mut Vec<Candidate>) -> Result<(), SourceError> {
        found.extend(self.brings.iter().take(most));
        if self.fails { Err(SourceError("broken by the test".into())) } else { Ok(()) }
    }

    fn score(&self, _: &Moment<'_>, products: &[ProductIx], scores: &mut Vec<f32>) -> Result<(), SourceError> {
        let score =
            |product: &ProductIx| self.brings.iter().find(|one| one.product == *product).map_or(0.0, |one| one.score);
        scores.extend(products.iter().map(score));
        Ok(())
    }
}

/// One weight for each feature.
struct Weights(Vec<f32>);

impl Scorer for Weights {
    fn score(&self, features: &[f32]) -> f32 {
        features.iter().zip(&self.0).map(|(value, weight)| value * weight).sum()
    }

    fn weights(&self, _: &[f32]) -> Vec<f32> {
        self.0.clone()
    }
}

/// Sources count ten, tastes five, the rest nothing.
fn weights() -> Weights {
    let weight = |name: &&str| match *name {
        name if SOURCES.contains(&name) => 10.0,
        "brand_seen" | "category_seen" | "brand_bought" | "category_bought" => 5.0,
        _ => 0.0,
    };
    Weights(NAMES.iter().map(weight).collect())
}

/// Profiles in memory. Nobody links them.
#[derive(Default)]
struct People(Mutex<BTreeMap<Identifier, Arc<Profile>>>);

#[async_trait]
impl Profiles for People {
    async fn of(&self, who: &Identifier) -> Result<Arc<Profile>, StoreError> {
        Ok(self.0.lock().get(who).cloned().unwrap_or_default())
    }
}

/// A store that nothing here reads.
struct Closed;

#[async_trait]
impl Store for Closed {
    async fn write(&self, _: Vec<Write>) -> Result<Vec<Result<Written, Refusal>>, StoreError> {
        Err(StoreError::Closed)
    }

    fn owner(&self, _: &Identifier) -> Result<Identifier, StoreError> {
        Err(StoreError::Closed)
    }

    fn history(&self, _: &Identifier) -> Result<History, StoreError> {
        Err(StoreError::Closed)
    }

    fn each_event(&self, _: Seq, _: &mut dyn FnMut(Seq, Event, Identifier)) -> Result<Seq, StoreError> {
        Err(StoreError::Closed)
    }

    fn each_product(&self, _: &mut dyn FnMut(Product)) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    fn products_page(&self, _: Option<&Id>, _: usize) -> Result<Vec<Product>, StoreError> {
        Err(StoreError::Closed)
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        Err(StoreError::Closed)
    }
}

/// Feeds that are never forgotten, unless a test does it.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<AnswerId, Arc<Feed>>>);

impl Feeds for Kept {
    fn get(&self, id: &AnswerId) -> Option<Arc<Feed>> {
        self.0.lock().get(id).cloned()
    }

    fn keep_first(&self, id: AnswerId, feed: Arc<Feed>) -> Arc<Feed> {
        Arc::clone(self.0.lock().entry(id).or_insert(feed))
    }

    fn grown(&self, _: AnswerId, _: Arc<Feed>) {}
}

/// A shop with hands on it.
struct Small {
    shop: Shop,
    people: Arc<People>,
    feeds: Arc<Kept>,
    told: Mutex<u64>,
}

impl Small {
    /// The model is trained, all sources bring nothing, and knows no product by popularity.
    fn of(products: impl IntoIterator<Item = Product>) -> Self {
        Self::under(Rules::default(), products)
    }

    fn under(rules: Rules, products: impl IntoIterator<Item = Product>) -> Self {
        let catalog = fixture::catalog(products);
        let (people, feeds) = (Arc::<People>::default(), Arc::<Kept>::default());
        let shop = Shop {
            texts: Arc::clone(&TEXTS),
            rules,
            catalog,
            store: Arc::new(Closed),
            profiles: Arc::clone(&people) as Arc<dyn Profiles>,
            model: ArcSwap::from_pointee(model([], [])),
            feeds: Arc::clone(&feeds) as Arc<dyn Feeds>,
            seal: Seal::new([3; 32]),
        };
        Self { shop, people, feeds, told: Mutex::new(0) }
    }

    fn ix(&self, product: &str) -> ProductIx {
        fixture::ix(&self.shop.catalog, product)
    }

    /// What a source brings: products, the first with the highest score.
    fn brings(&self, code: ReasonCode, products: &[&str]) -> Vec<Candidate> {
        let because = Because { code, product: None, time: None };
        let score = |place: usize| 2.0 / f32::from(u16::try_from(place + 1).unwrap());
        let one = |(place, name): (usize, &&str)| Candidate { product: self.ix(name), score: score(place), because };
        products.iter().enumerate().map(one).collect()
    }

    fn serve(&self, sources: impl IntoIterator<Item = (&'static str, Vec<Candidate>)>, popular: &[&str]) {
        let popular: Vec<ProductIx> = popular.iter().map(|name| self.ix(name)).collect();
        self.shop.serve(model(sources, popular)).unwrap();
    }

    /// Events of a customer, each so many minutes before [`NOW`].
    fn happens(&self, who: &Who, events: impl IntoIterator<Item = (i64, EventKind)>) {
        for (minutes, kind) in events {
            let mut told = self.told.lock();
            *told += 1;
            let event = Event {
                id: id(&format!("e{told}")),
                who: who.clone(),
                time: Timestamp(NOW.0 - minutes * 60_000),
                channel: None,
                session: None,
                attribution: None,
                kind,
            };
            let mut people = self.people.0.lock();
            let profile = people.entry(who.subject().unwrap()).or_default();
            Arc::make_mut(profile).fold([&event], self.shop.catalog.ids());
        }
    }

    fn set_stock(&self, product: &str, stock: u32) {
        let snapshot = self.shop.catalog.snapshot();
        let mut product = (*snapshot.get(self.ix(product)).unwrap().product).clone();
        product.variants.iter_mut().for_each(|variant| variant.stock = Some(stock));
        self.put(product);
    }

    fn put(&self, product: Product) {
        self.shop.catalog.committed(&[Change::Product(Arc::new(product))]);
    }

    fn ask(&self, query: &Query) -> Result<Answer, crate::domain::shop::AskError> {
        done(self.shop.recommend(query))
    }
}

fn model(
    sources: impl IntoIterator<Item = (&'static str, Vec<Candidate>)>,
    popular: impl IntoIterator<Item = ProductIx>,
) -> Model {
    let mut fixed: Vec<Fixed> = SOURCES.into_iter().map(|name| Fixed { name, ..Fixed::default() }).collect();
    for (name, brings) in sources {
        fixed.iter_mut().find(|source| source.name == name).unwrap().brings = brings;
    }
    Model {
        version: "m1".into(),
        trained: true,
        sources: fixed.into_iter().map(|source| Box::new(source) as Box<dyn Source>).collect(),
        scorer: Box::new(weights()),
        popular: Arc::new(ByPopularity::new(popular)),
    }
}

fn anna() -> Who {
    Who::customer(id("anna"))
}

fn query(who: Who) -> Query {
    let asked = Asked { who, placement: Placement::Home, context: Context::default(), now: NOW };
    Query { asked, filter: Filter::default(), page_size: 3, page_token: None, explain: false }
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.products.iter().map(|product| product.product.as_str()).collect()
}

/// Polls to the end: nothing here waits for anything but its own turn.
fn done<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Polled::from_waker(Waker::noop())) {
            return value;
        }
    }
}
