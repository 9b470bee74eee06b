//! What models cost: each source's candidates and scores for one customer, counting the log, and a whole training.
//!
//! Run with `cargo bench --bench models`.

use std::sync::{Arc, LazyLock};

use divan::{Bencher, black_box};

use outfitter::demo::{self, Scale};
use outfitter::domain::Timestamp;
use outfitter::domain::catalog::{Catalog, Ids, ProductIx};
use outfitter::domain::customer::Profile;
use outfitter::domain::event::Event;
use outfitter::domain::recommend::{Evidence, Found, Model, Placement, RequestContext, Source, UserHistory};
use outfitter::domain::rules::Rules;
use outfitter::domain::sizing::Sizes;
use outfitter::domain::store::Seq;
use outfitter::models;

const NOW: Timestamp = Timestamp(1_704_067_200_000);
/// The sources of the shop's own model that bring candidates: without weights none of the others serves.
const SOURCES: [&str; 18] = [
    "nearest_sessions",
    "transitions",
    "this_visit",
    "visited",
    "repeats",
    "alike",
    "comes_next",
    "in_demand",
    "ease",
    "come_upon",
    "trend",
    "ease_steady",
    "goes_with",
    "similar",
    "affinity",
    "popular",
    "popular_in_segment",
    "new_arrivals",
];
const MANY: Scale = Scale { products: 5_000, customers: 5_000, days: 365 };

fn main() {
    divan::main();
}

struct Shop {
    catalog: Catalog,
    events: Vec<Event>,
}

fn shop(scale: Scale) -> Shop {
    let shop = demo::shop(7, scale, NOW);
    let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &Rules::default());
    catalog.load(shop.products);
    Shop { catalog, events: shop.events }
}

fn untrained(shop: &Shop) -> Model {
    let snapshot = shop.catalog.snapshot();
    models::untrained(&shop.events[..], &snapshot, shop.catalog.ids(), &Rules::default()).expect("events in memory")
}

/// The customer of the newest event with an account: somebody with a history.
fn somebody(shop: &Shop) -> Profile {
    let who = shop.events.iter().rev().find_map(|event| event.who.customer.clone());
    let hers = shop.events.iter().filter(|event| event.who.customer == who);
    Profile::of(Vec::new(), hers, Seq(1), shop.catalog.ids())
}

/// A shop with its model and somebody who asks: made once for all sources.
static ASKED: LazyLock<(Shop, Model, Profile)> = LazyLock::new(|| {
    let shop = shop(MANY);
    let (model, profile) = (untrained(&shop), somebody(&shop));
    (shop, model, profile)
});

fn with_source(source: &str, run: impl FnOnce(&dyn Source, &RequestContext<'_>, &[ProductIx])) {
    let (shop, model, profile) = &*ASKED;
    let snapshot = shop.catalog.snapshot();
    let in_view = profile.looks().last().map(|look| look.product);
    let history = UserHistory::of(profile, NOW, None, in_view, Rules::default().session_idle_ms);
    let context = RequestContext {
        now: NOW,
        catalog: &snapshot,
        ids: shop.catalog.ids(),
        profile,
        history: &history,
        placement: Placement::ProductPage,
        channel: None,
        in_view,
        cart: &[],
    };
    let source = model.sources().iter().find(|one| one.name() == source).expect("a known source");
    let list: Vec<ProductIx> = model.popular.order().iter().copied().take(300).collect();
    run(source.as_ref(), &context, &list);
}

#[divan::bench(args = SOURCES)]
fn collect_100_of_5_000(bencher: Bencher<'_, '_>, source: &str) {
    with_source(source, |source, context, _| {
        let mut found = Found::default();
        bencher.bench_local(|| {
            found.clear();
            source.collect(black_box(context), 100, &mut found, &mut Evidence::default()).is_ok()
        });
    });
}

#[divan::bench(args = SOURCES)]
fn fill_300_of_5_000(bencher: Bencher<'_, '_>, source: &str) {
    with_source(source, |source, context, list| {
        let mut rows = vec![0.0; list.len() * source.signals().len()];
        bencher.bench_local(|| {
            rows.fill(0.0);
            source.fill(black_box(context), list, &mut rows, &mut Evidence::default()).is_ok()
        });
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn count_the_log_of_the_demo_shop(bencher: Bencher<'_, '_>) {
    let shop = shop(Scale::default());
    bencher.bench_local(|| untrained(&shop));
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn train_the_demo_shop(bencher: Bencher<'_, '_>) {
    let shop = shop(Scale::default());
    let snapshot = shop.catalog.snapshot();
    bencher.bench_local(|| {
        let run = models::Run::default();
        models::train(&shop.events[..], &snapshot, shop.catalog.ids(), &Rules::default(), run, &mut |_| {}).is_ok()
    });
}
