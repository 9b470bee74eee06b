//! What models cost: each source's candidates and scores for one customer, counting the log, and a whole training.
//!
//! Run with `cargo bench --bench models`.

use std::sync::Arc;

use divan::{Bencher, black_box};

use outfitter::demo::{self, Scale};
use outfitter::domain::Timestamp;
use outfitter::domain::catalog::{Catalog, Ids, ProductIx};
use outfitter::domain::customer::Profile;
use outfitter::domain::event::Event;
use outfitter::domain::recommend::{Found, Model, Moment, Placement, Trail};
use outfitter::domain::rules::Rules;
use outfitter::domain::size::Sizes;
use outfitter::domain::store::Seq;
use outfitter::models;

const NOW: Timestamp = Timestamp(1_704_067_200_000);
/// The sources of the shop's own model.
const SOURCES: [&str; 7] = ["goes_with", "similar", "affinity", "popular", "new_arrivals", "due_again", "profile"];
const MANY: Scale = Scale { products: 10_000, customers: 5_000, days: 365 };

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

fn with_source(source: &str, run: impl FnOnce(&Model, usize, &Moment<'_>, &[ProductIx])) {
    let shop = shop(MANY);
    let (model, profile, snapshot) = (untrained(&shop), somebody(&shop), shop.catalog.snapshot());
    let in_view = profile.looks().last().map(|look| look.product);
    let trail = Trail::of(&profile, NOW, None, in_view, Rules::default().session_idle_ms);
    let moment = Moment {
        now: NOW,
        catalog: &snapshot,
        ids: shop.catalog.ids(),
        profile: &profile,
        trail: &trail,
        placement: Placement::ProductPage,
        channel: None,
        in_view,
        cart: &[],
    };
    let place = model.sources().iter().position(|one| one.name() == source).expect("a known source");
    let list: Vec<ProductIx> = model.popular.order().iter().copied().take(300).collect();
    run(&model, place, &moment, &list);
}

#[divan::bench(args = SOURCES)]
fn collect_100_of_10_000(bencher: Bencher<'_, '_>, source: &str) {
    with_source(source, |model, place, moment, _| {
        let mut found = Found::default();
        bencher.bench_local(|| {
            found.clear();
            model.sources()[place].collect(black_box(moment), 100, &mut found).is_ok()
        });
    });
}

#[divan::bench(args = SOURCES)]
fn fill_300_of_10_000(bencher: Bencher<'_, '_>, source: &str) {
    with_source(source, |model, place, moment, list| {
        let mut rows = vec![0.0; list.len() * model.sources()[place].signals().len()];
        bencher.bench_local(|| {
            rows.fill(0.0);
            model.sources()[place].fill(black_box(moment), list, &mut rows).is_ok()
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
        let run = models::Run { seed: 1, incumbent: None, budget: models::Budget::default() };
        models::train(&shop.events[..], &snapshot, shop.catalog.ids(), &Rules::default(), run, &mut |_| {}).is_ok()
    });
}
