//! Whole answers of a small shop, with sources and profiles that a test sets by hand.

mod answers;
mod paging;
mod steering;

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
    merchandising::MerchandisingRule,
    rules::Rules,
    shop::Shop,
    store::{
        Change, Counts, ErasureReceipt, History, Observer, Profiles, Refusal, Seq, Store, StoreError, Write, Written,
    },
    text::Texts,
};
use fixture::id;

/// Reading them takes longer than a test.
static TEXTS: LazyLock<Arc<Texts>> = LazyLock::new(|| Arc::new(Texts::new(&Locale::ENGLISH, []).unwrap()));

/// The sources of the model under test; the last brings nothing and tells of looks.
const SOURCES: [&str; 4] = ["goes_with", "similar", "popular", "looks"];

/// A product with its score, and what it rests on.
type Brought = (ProductIx, f32, Rationale);

/// A source with fixed candidates.
#[derive(Debug, Clone, Default)]
struct Fixed {
    name: &'static str,
    brings: Vec<Brought>,
    fails: bool,
}

impl Source for Fixed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn collect(
        &self,
        _: &RequestContext<'_>,
        _: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        for (product, score, _) in &self.brings {
            found.push(*product, &[*score]);
        }
        if self.fails { Err(SourceError("broken by the test".into())) } else { Ok(()) }
    }

    fn because(
        &self,
        _: &RequestContext<'_>,
        product: ProductIx,
        _: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        self.brings.iter().find(|(brought, _, _)| *brought == product).map(|(_, _, because)| because.clone())
    }
}

/// How often she looked at the product.
struct Looks;

impl Source for Looks {
    fn name(&self) -> &'static str {
        "looks"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["seen"]
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        for (product, row) in products.iter().zip(rows) {
            *row = if context.profile.looks().iter().any(|look| look.product == *product) { 1.0 } else { 0.0 };
        }
        Ok(())
    }
}

/// One weight for each feature.
struct Weights(Vec<f32>);

impl Scorer for Weights {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
        scores.extend(rows.chunks_exact(self.0.len()).map(|row| self.parts(row).iter().sum::<f32>()));
    }

    fn parts(&self, rows: &[f32]) -> Vec<f32> {
        rows.iter().zip(self.0.iter().cycle()).map(|(value, weight)| value * weight).collect()
    }

    fn reads(&self) -> Vec<usize> {
        (0..self.0.len()).filter(|feature| self.0[*feature] != 0.0).collect()
    }

    fn narrowed(&self, features: &[usize]) -> Option<Box<dyn Scorer>> {
        Some(Box::new(Self(features.iter().map(|feature| self.0[*feature]).collect())))
    }
}

/// Scores count ten, looks five, ranks nothing.
fn weights() -> Weights {
    Weights(vec![10.0, 0.0, 10.0, 0.0, 10.0, 0.0, 5.0])
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

    fn product(&self, _: &Id) -> Result<Option<Product>, StoreError> {
        Err(StoreError::Closed)
    }

    fn products_page(&self, _: Option<&Id>, _: usize) -> Result<Vec<Product>, StoreError> {
        Err(StoreError::Closed)
    }

    fn merchandising_rules(&self) -> Result<Vec<MerchandisingRule>, StoreError> {
        Err(StoreError::Closed)
    }

    fn erasure(&self, _: &Id) -> Result<Option<ErasureReceipt>, StoreError> {
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
            merchandising: Arc::default(),
            store: Arc::new(Closed),
            profiles: Arc::clone(&people) as Arc<dyn Profiles>,
            model: ArcSwap::from_pointee(model([], [])),
            feeds: Arc::clone(&feeds) as Arc<dyn Feeds>,
            spread: Spread::default(),
            seal: Seal::new([3; 32]),
        };
        Self { shop, people, feeds, told: Mutex::new(0) }
    }

    fn ix(&self, product: &str) -> ProductIx {
        fixture::ix(&self.shop.catalog, product)
    }

    /// What a source brings: products, the first with the highest score.
    fn brings(&self, code: ReasonCode, products: &[&str]) -> Vec<Brought> {
        let score = |place: usize| 2.0 / f32::from(u16::try_from(place + 1).unwrap());
        let one = |(place, name): (usize, &&str)| (self.ix(name), score(place), Rationale::of(code));
        products.iter().enumerate().map(one).collect()
    }

    fn serve(&self, sources: impl IntoIterator<Item = (&'static str, Vec<Brought>)>, popular: &[&str]) {
        let popular: Vec<ProductIx> = popular.iter().map(|name| self.ix(name)).collect();
        self.shop.serve(model(sources, popular));
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
    sources: impl IntoIterator<Item = (&'static str, Vec<Brought>)>,
    popular: impl IntoIterator<Item = ProductIx>,
) -> Model {
    model_of(fixed(sources), weights(), true, popular)
}

fn fixed(sources: impl IntoIterator<Item = (&'static str, Vec<Brought>)>) -> Vec<Fixed> {
    let mut fixed: Vec<Fixed> = SOURCES[..3].iter().map(|name| Fixed { name, ..Fixed::default() }).collect();
    for (name, brings) in sources {
        fixed.iter_mut().find(|source| source.name == name).unwrap().brings = brings;
    }
    fixed
}

fn model_of(
    fixed: Vec<Fixed>,
    scorer: impl Scorer + 'static,
    trained: bool,
    popular: impl IntoIterator<Item = ProductIx>,
) -> Model {
    let fixed = fixed.into_iter().map(|source| Arc::new(source) as Arc<dyn Source>);
    let sources = fixed.chain([Arc::new(Looks) as Arc<dyn Source>]).collect();
    let popular = Arc::new(ByPopularity::new(popular));
    let personal = Ranking::new(sources, Box::new(scorer), Vec::new()).unwrap();
    Model::new("m1".into(), trained, personal, Vec::new(), popular, IdOrder::default())
}

fn anna() -> Who {
    Who::customer(id("anna"))
}

fn query(who: Who) -> Query {
    let asked = Asked { who, placement: Placement::Home, context: Context::default(), now: NOW };
    Query {
        asked,
        filter: Filter::default(),
        steering: Steering::default(),
        page_size: 3,
        page_token: None,
        explain: false,
    }
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.products.iter().map(|product| product.product.as_str()).collect()
}

/// Polls to the end: nothing here waits for anything but its own turn.
pub(super) fn done<T>(future: impl Future<Output = T>) -> T {
    in_turns(future).0
}

/// As [`done`], with how many turns it took.
fn in_turns<T>(future: impl Future<Output = T>) -> (T, usize) {
    let mut future = pin!(future);
    let mut turns = 1;
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Polled::from_waker(Waker::noop())) {
            return (value, turns);
        }
        turns += 1;
    }
}
