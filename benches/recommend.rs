//! A whole answer and its stages, at 10 thousand and at a million products: `cargo bench --bench recommend`.
//!
//! The customer has 40 looks and 12 purchases; the sources are those of an untrained model over 200,000 events. One thread.

#![expect(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a bench; small numbers")]

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, LazyLock},
    task::{Context as Polled, Poll, Waker},
    time::Duration,
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use divan::Bencher;
use outfitter::{
    domain::{
        Id, Money, Timestamp,
        catalog::{Availability, Catalog, Ids, Product, ProductIx, Text, Variant},
        customer::{Identifier, Profile},
        event::{Event, EventKind, LineItem, Who},
        recommend::{
            Answer, Asked, CompiledFilter, Context, Eligibility, Filter, Model, Placement, Query, RequestContext, Seal,
            Spread, Steering, UserHistory,
            scoring::{self, Workspace},
        },
        rules::Rules,
        shop::Shop,
        sizing::{Sizes, Wardrobe},
        store::{Profiles, Seq, StoreError},
        text::Texts,
    },
    models,
    store::{self, HotFeeds},
};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp(1_717_200_000_000);
const SIZES: [usize; 2] = [10_000, 1_000_000];
const EVENTS: usize = 200_000;

fn main() {
    divan::main();
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

/// Four variants, each in stock seven times of eight.
fn product(n: usize) -> Product {
    let variant = |at: usize| Variant {
        id: id(&format!("sku-{n}-{at}")),
        size: "".into(),
        size_system: None,
        color: ["black", "brown", "red", "blue"][at].into(),
        price: Money { minor: 9_900 + (n % 50) as i64 * 100, currency: "PLN".parse().unwrap() },
        original_price: None,
        sale: None,
        stock: Some(u32::from(!(n + at).is_multiple_of(8))),
        availability: Availability::InStock,
        image_uri: "".into(),
        attributes: Vec::new(),
        changed: Timestamp(0),
        back_since: None,
    };
    Product {
        id: id(&format!("product-{n}")),
        texts: vec![Text { locale: "en".parse().unwrap(), title: format!("Model {n}").into(), description: "".into() }],
        brand: format!("Brand {}", n % 500).into(),
        category_path: vec!["Women".into(), "Shoes".into(), format!("Kind {}", n % 200).into()],
        garment: None,
        audience: None,
        variants: (0..4).map(variant).collect(),
        image_uri: "".into(),
        replenish_days: None,
        available_since: NOW.plus_days(-((n % 700) as i64)),
        attributes: Vec::new(),
    }
}

fn event(n: usize, who: Who, days_ago: i64, kind: EventKind) -> Event {
    let time = NOW.plus_days(-days_ago);
    Event { id: id(&format!("e{n}")), who, time, channel: None, session: None, attribution: None, kind }
}

/// Every product as often as any other, each customer near one place of the catalogue, a purchase in every tenth event.
fn events(products: usize) -> Vec<Event> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let one = |n: usize| {
        let customer = n / 20;
        let product = id(&format!("product-{}", (customer * 97 + rng.gen_range(0..50)) % products));
        let kind = if n.is_multiple_of(10) {
            let item = LineItem { product, variant: None, quantity: 1, unit_price: None, position: 0 };
            EventKind::Purchased { order: None, items: vec![item] }
        } else {
            EventKind::ProductViewed { product, variant: None }
        };
        event(n, Who::customer(id(&format!("c{customer}"))), rng.gen_range(1..90), kind)
    };
    (0..EVENTS).map(one).collect()
}

/// 40 looks and 12 purchases among the first thousand products.
fn history() -> Vec<Event> {
    let who = || Who::customer(id("anna"));
    let look =
        |n: usize| EventKind::ProductViewed { product: id(&format!("product-{}", n * 13 % 1_000)), variant: None };
    let buy = |n: usize| {
        let product = id(&format!("product-{}", n * 37 % 1_000));
        EventKind::Purchased {
            order: None,
            items: vec![LineItem { product, variant: None, quantity: 1, unit_price: None, position: 0 }],
        }
    };
    let looks = (0..40).map(|n| event(EVENTS + n, who(), n as i64 / 2, look(n)));
    let purchases = (40..52).map(|n| event(EVENTS + n, who(), n as i64, buy(n)));
    looks.chain(purchases).collect()
}

/// What a shop makes that sends one constant id for all visitors: so many purchases over a tenth of the catalogue.
fn kiosk(products: usize) -> Vec<Event> {
    let buy = |n: usize| {
        let item = LineItem {
            product: id(&format!("product-{}", n * 37 % (products / 10))),
            variant: Some(id(&format!("sku-{}-0", n * 37 % (products / 10)))),
            quantity: 1,
            unit_price: None,
            position: 0,
        };
        EventKind::Purchased { order: Some(id(&format!("order-{n}"))), items: vec![item] }
    };
    let one = |n: usize| event(2 * EVENTS + n, Who::customer(id(KIOSK)), 1 + n as i64 % 300, buy(n));
    (0..EVENTS).map(one).collect()
}

const KIOSK: &str = "kiosk";

/// One ordinary customer, and the one that everybody is.
struct Two([Arc<Profile>; 2]);

#[async_trait]
impl Profiles for Two {
    async fn of(&self, who: &Identifier) -> Result<Arc<Profile>, StoreError> {
        Ok(Arc::clone(&self.0[usize::from(who.value.as_str() == KIOSK)]))
    }
}

fn shop(products: usize) -> Shop {
    let rules = Rules::default();
    let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &rules);
    catalog.load((0..products).map(product));
    let model = models::untrained(events(products).as_slice(), &catalog.snapshot(), catalog.ids(), &rules).unwrap();
    let profiles =
        [history(), kiosk(products)].map(|events| Arc::new(Profile::of(Vec::new(), &events, Seq(1), catalog.ids())));
    let folder = tempfile::tempdir().unwrap();
    let opened = store::open(folder.path(), store::Options::default(), Arc::clone(catalog.ids()), Vec::new()).unwrap();
    Shop {
        texts: Arc::new(Texts::new(&rules.default_locale, []).unwrap()),
        rules,
        catalog: Arc::new(catalog),
        merchandising: Arc::default(),
        store: opened.store,
        profiles: Arc::new(Two(profiles)),
        model: ArcSwap::from_pointee(model),
        feeds: Arc::new(HotFeeds::new(64 << 20, Duration::from_mins(30))),
        spread: Spread::default(),
        seal: Seal::new([1; 32]),
    }
}

/// Made once for all benches of a size.
fn shared(products: usize) -> &'static Shop {
    static SMALL: LazyLock<Shop> = LazyLock::new(|| shop(SIZES[0]));
    static LARGE: LazyLock<Shop> = LazyLock::new(|| shop(SIZES[1]));
    if products == SIZES[0] { &SMALL } else { &LARGE }
}

fn asked() -> Asked {
    Asked { who: Who::customer(id("anna")), placement: Placement::Home, context: Context::default(), now: NOW }
}

fn query() -> Query {
    Query {
        asked: asked(),
        filter: Filter::default(),
        steering: Steering::default(),
        page_size: 20,
        page_token: None,
        explain: false,
    }
}

fn ask(shop: &Shop, query: &Query) -> Answer {
    done(shop.recommend(query)).unwrap()
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

#[divan::bench(args = SIZES)]
fn answer(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, query) = (shared(products), query());
    let first = ask(shop, &query);
    let brought: u32 = first.sources.iter().map(|source| source.candidates).sum();
    eprintln!("\n{products} products: {brought} candidates by all sources, {} shown", first.products.len());
    bencher.bench_local(|| ask(shop, &query));
}

#[divan::bench(args = SIZES)]
fn answer_with_sentences(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, query) = (shared(products), Query { explain: true, ..query() });
    bencher.bench_local(|| ask(shop, &query));
}

/// Of the customer with 200,000 purchases.
#[divan::bench(args = SIZES)]
fn answer_of_a_constant_visitor(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, mut query) = (shared(products), query());
    query.asked.who = Who::customer(id(KIOSK));
    bencher.bench_local(|| ask(shop, &query));
}

/// One more purchase of the same, as the cache of profiles takes it in.
#[divan::bench(args = SIZES)]
fn purchase_of_a_constant_visitor(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, profile) = (shared(products), done(shared(products).profiles.of(&Identifier::customer(id(KIOSK)))));
    let profile = profile.unwrap();
    eprintln!("\n{products} products: {EVENTS} purchases take {} kB", profile.weight() / 1024);
    let mut more = kiosk(products).swap_remove(0);
    more.id = id("more");
    if let EventKind::Purchased { order, .. } = &mut more.kind {
        *order = Some(id("one more"));
    }
    bencher.bench_local(|| Profile::clone(&profile).fold([&more], shop.catalog.ids()));
}

/// The second page for the first time: what makes the feed.
#[divan::bench(args = SIZES)]
fn second_page_first(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, query) = (shared(products), query());
    bencher
        .with_inputs(|| Query { page_token: ask(shop, &query).next_page_token.map(Into::into), ..query.clone() })
        .bench_local_values(|query| ask(shop, &query));
}

#[divan::bench(args = SIZES)]
fn second_page_again(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, query) = (shared(products), query());
    let query = Query { page_token: ask(shop, &query).next_page_token.map(Into::into), ..query };
    bencher.bench_local(|| ask(shop, &query));
}

/// One product of five hundred passes, and its list is short enough to be put in order.
#[divan::bench(args = SIZES)]
fn answer_of_one_brand(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, mut query) = (shared(products), query());
    query.filter.brands = vec!["Brand 77".into()];
    bencher.bench_local(|| ask(shop, &query));
}

/// Nothing passes: the whole catalogue is looked through.
#[divan::bench(args = SIZES, sample_count = 10)]
fn answer_of_no_price(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, mut query) = (shared(products), query());
    query.filter.at_most = Some(Money { minor: 1, currency: "PLN".parse().unwrap() });
    bencher.bench_local(|| ask(shop, &query));
}

#[divan::bench(args = SIZES)]
fn score_1000(bencher: Bencher<'_, '_>, products: usize) {
    let (shop, asked) = (shared(products), asked());
    let list: Vec<Id> = (0..1_000).map(|n| id(&format!("product-{}", n * 9))).collect();
    bencher.bench_local(|| done(shop.score(&asked, &Steering::default(), &list)).unwrap());
}

/// What the stages work on.
struct Staged {
    shop: &'static Shop,
    profile: Arc<Profile>,
}

impl Staged {
    fn at(products: usize) -> Self {
        let shop = shared(products);
        let profile = done(shop.profiles.of(&Identifier::customer(id("anna")))).unwrap();
        Self { shop, profile }
    }

    fn with<R>(&self, work: impl FnOnce(RequestContext<'_>) -> R) -> R {
        let (catalog, ids) = (self.shop.catalog.snapshot(), self.shop.catalog.ids());
        let (placement, profile) = (Placement::Home, &self.profile);
        let history = &UserHistory::of(profile, NOW, None, None, self.shop.rules.session_idle_ms);
        let (channel, in_view) = (None, None);
        work(RequestContext {
            now: NOW,
            catalog: &catalog,
            ids,
            profile,
            history,
            placement,
            channel,
            in_view,
            cart: &[],
        })
    }
}

fn collect(workspace: &mut Workspace, context: &RequestContext<'_>, model: &Model) {
    workspace.candidates.collect_from(context, model.ranking(context).sources(), model.by_id(), |_| true);
}

#[divan::bench(args = SIZES)]
fn stage_1_candidates(bencher: Bencher<'_, '_>, products: usize) {
    let staged = Staged::at(products);
    let model = staged.shop.model.load_full();
    let mut workspace = scoring::workspace();
    staged.with(|context| bencher.bench_local(|| collect(&mut workspace, &context, &model)));
}

#[divan::bench(args = SIZES)]
fn stage_2_eligibility(bencher: Bencher<'_, '_>, products: usize) {
    let staged = Staged::at(products);
    let (mut workspace, filter) = (scoring::workspace(), CompiledFilter::default());
    staged.with(|context| {
        let (sizes, rules) = (staged.shop.catalog.sizes(), &staged.shop.rules);
        let wardrobe = Wardrobe::of(&staged.profile, context.catalog, sizes, &rules.size, NOW);
        collect(&mut workspace, &context, &staged.shop.model.load());
        bencher.bench_local(|| {
            let eligibility = Eligibility::new(&context, rules, &wardrobe, &filter);
            workspace.candidates.products().iter().filter(|product| eligibility.verdict(**product).is_ok()).count()
        });
    });
}

#[divan::bench(args = SIZES)]
fn stage_3_features_and_scores(bencher: Bencher<'_, '_>, products: usize) {
    let staged = Staged::at(products);
    let model = staged.shop.model.load_full();
    let mut workspace = scoring::workspace();
    staged.with(|context| {
        collect(&mut workspace, &context, &model);
        let list: Vec<ProductIx> = workspace.candidates.products().to_vec();
        bencher.bench_local(|| workspace.score(&context, &model, &list));
    });
}

#[divan::bench(args = SIZES)]
fn stage_4_order_and_variety(bencher: Bencher<'_, '_>, products: usize) {
    let staged = Staged::at(products);
    let model = staged.shop.model.load_full();
    let mut workspace = scoring::workspace();
    staged.with(|context| {
        collect(&mut workspace, &context, &model);
        let list: Vec<ProductIx> = workspace.candidates.products().to_vec();
        workspace.score(&context, &model, &list);
        bencher.bench_local(|| workspace.order(&context, &model, &list));
    });
}
