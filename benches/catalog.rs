//! The catalogue and the verdicts, at 10 thousand and at a million products: `cargo bench --bench catalog`.
//!
//! Each figure is for one batch, one `get` or one verdict. `naive_verdict` is the baseline: the same rules asked of strings.

#![expect(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a bench; small numbers")]

use std::{
    collections::HashMap,
    hint::black_box,
    sync::{Arc, LazyLock},
};

use divan::{Bencher, counter::ItemsCount};
use outfitter::domain::{
    Id, Money, Timestamp,
    catalog::{Audience, Availability, Catalog, Garment, Ids, Product, ProductIx, SizeSystem, Text, Variant},
    customer::Profile,
    event::{Event, EventKind, LineItem, Who},
    recommend::{CompiledFilter, Eligibility, Filter, Placement, RequestContext, UserHistory},
    rules::Rules,
    sizing::{Sizes, Wardrobe},
    store::{Change, Observer, Seq},
};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp(1_717_200_000_000);
const SIZES: [usize; 2] = [10_000, 1_000_000];
const ASKED: usize = 10_000;

fn main() {
    divan::main();
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

/// Three sizes of shoes, each in stock seven times of eight.
fn product(n: usize) -> Product {
    let variant = |at: usize| Variant {
        id: id(&format!("sku-{n}-{at}")),
        size: (39 + at).to_string().into(),
        size_system: Some(SizeSystem::Eu),
        color: ["black", "brown", "red", "blue"][n % 4].into(),
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
        texts: vec![Text {
            locale: "en".parse().unwrap(),
            title: format!("Chelsea boots, model {n}").into(),
            description: "".into(),
        }],
        brand: format!("Brand {}", n % 500).into(),
        category_path: vec!["Women".into(), "Shoes".into(), format!("Kind {}", n % 200).into()],
        garment: Some(Garment::Shoes),
        audience: Some(Audience::Women),
        variants: (0..3).map(variant).collect(),
        image_uri: "".into(),
        replenish_days: None,
        available_since: NOW.plus_days(-100),
        attributes: Vec::new(),
    }
}

fn catalog(products: usize) -> Catalog {
    let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &Rules::default());
    catalog.load((0..products).map(product));
    catalog
}

/// Made once for all benches of a size.
fn shared(products: usize) -> &'static Catalog {
    static SMALL: LazyLock<Catalog> = LazyLock::new(|| catalog(SIZES[0]));
    static LARGE: LazyLock<Catalog> = LazyLock::new(|| catalog(SIZES[1]));
    if products == SIZES[0] { &SMALL } else { &LARGE }
}

/// Numbers of products, anywhere in the catalogue.
fn anywhere(products: usize) -> Vec<usize> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
    (0..ASKED).map(|_| dice.gen_range(0..products)).collect()
}

/// A size, sixty purchases of other kinds, forty looks, one cart.
fn history(products: usize) -> Vec<Event> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut kinds = vec![EventKind::SizeDeclared {
        garment: Garment::Shoes,
        audience: Some(Audience::Women),
        size: "40".into(),
        system: Some(SizeSystem::Eu),
    }];
    for _ in 0..60 {
        let product = id(&format!("product-{}", dice.gen_range(0..products)));
        let items = vec![LineItem { product, variant: None, quantity: 1, unit_price: None, position: 0 }];
        kinds.push(EventKind::Purchased { order: None, items });
    }
    for _ in 0..40 {
        let n = dice.gen_range(0..products);
        let variant = Some(id(&format!("sku-{n}-1")));
        kinds.push(EventKind::ProductViewed { product: id(&format!("product-{n}")), variant });
    }
    let event = |(n, kind): (usize, EventKind)| Event {
        id: id(&format!("e{n}")),
        who: Who::customer(id("she")),
        time: NOW.plus_days(-(n as i64) - 1),
        channel: None,
        session: None,
        attribution: None,
        kind,
    };
    kinds.into_iter().enumerate().map(event).collect()
}

#[divan::bench(args = SIZES, sample_count = 1, sample_size = 1)]
fn load(bencher: Bencher<'_, '_>, products: usize) {
    bencher
        .counter(ItemsCount::new(products))
        .with_inputs(|| (0..products).map(product).collect::<Vec<_>>())
        .bench_values(|made| {
            let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &Rules::default());
            catalog.load(made);
            catalog
        });
}

/// What one commit of the store tells of so many products anywhere in the catalogue.
#[divan::bench(args = SIZES, consts = [1, 128])]
fn stock_changes<const BATCH: usize>(bencher: Bencher<'_, '_>, products: usize) {
    let catalog = shared(products);
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(3);
    let change = |n: usize, stock: u32| {
        let mut product = product(n);
        product.variants[1].stock = Some(stock);
        Change::Product(Arc::new(product))
    };
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| {
            (0..BATCH).map(|_| change(dice.gen_range(0..products), dice.gen_range(0..2))).collect::<Vec<_>>()
        })
        .bench_local_refs(|changes| catalog.committed(changes));
}

#[divan::bench(args = SIZES)]
fn get(bencher: Bencher<'_, '_>, products: usize) {
    let snapshot = shared(products).snapshot();
    let asked: Vec<_> = anywhere(products).into_iter().map(|n| ProductIx(u32::try_from(n).unwrap())).collect();
    bencher.counter(ItemsCount::new(ASKED)).bench(|| {
        let found = asked.iter().filter_map(|product| snapshot.get(*product));
        found.map(|row| u64::from(row.category.0)).sum::<u64>()
    });
}

/// Gathering what the verdicts of one request rest on.
#[divan::bench(args = SIZES)]
fn eligibility_new(bencher: Bencher<'_, '_>, products: usize) {
    with_eligibility(products, &Filter::default(), |context, rules, wardrobe, filter| {
        bencher.bench_local(|| black_box(Eligibility::new(context, rules, wardrobe, filter)).verdict(ProductIx(0)));
    });
}

#[divan::bench(args = SIZES)]
fn verdict(bencher: Bencher<'_, '_>, products: usize) {
    verdicts(bencher, products, &Filter::default());
}

#[divan::bench(args = SIZES)]
fn verdict_filtered(bencher: Bencher<'_, '_>, products: usize) {
    let filter = Filter {
        categories: vec![vec!["women".into(), "shoes".into()]],
        at_most: Some(Money { minor: 12_000, currency: "PLN".parse().unwrap() }),
        attributes: vec![("color".into(), vec!["black".into(), "red".into()])],
        ..Filter::default()
    };
    verdicts(bencher, products, &filter);
}

fn verdicts(bencher: Bencher<'_, '_>, products: usize, filter: &Filter) {
    let asked: Vec<_> = anywhere(products).into_iter().map(|n| ProductIx(u32::try_from(n).unwrap())).collect();
    with_eligibility(products, filter, |context, rules, wardrobe, filter| {
        let eligibility = Eligibility::new(context, rules, wardrobe, filter);
        bencher
            .counter(ItemsCount::new(ASKED))
            .bench_local(|| asked.iter().filter(|product| eligibility.verdict(**product).is_ok()).count());
    });
}

fn with_eligibility(
    products: usize,
    filter: &Filter,
    ask: impl FnOnce(&RequestContext<'_>, &Rules, &Wardrobe, &CompiledFilter),
) {
    let catalog = shared(products);
    let (snapshot, rules) = (catalog.snapshot(), Rules::default());
    let profile = Profile::of(Vec::new(), &history(products), Seq(1), catalog.ids());
    let context = RequestContext {
        now: NOW,
        catalog: &snapshot,
        ids: catalog.ids(),
        profile: &profile,
        history: &UserHistory::default(),
        placement: Placement::Home,
        channel: None,
        in_view: Some(ProductIx(5)),
        cart: &[(ProductIx(7), None)],
    };
    let wardrobe = Wardrobe::of(&profile, &snapshot, catalog.sizes(), &rules.size, NOW);
    ask(&context, &rules, &wardrobe, &CompiledFilter::new(filter, catalog.ids(), NOW));
}

/// The baseline: a map by id, the log read for each product, the declared size compared as text.
#[divan::bench(args = SIZES)]
fn naive_verdict(bencher: Bencher<'_, '_>, products: usize) {
    let by_id: HashMap<Id, Product> = (0..products).map(product).map(|one| (one.id.clone(), one)).collect();
    let events = history(products);
    let asked: Vec<Id> = anywhere(products).into_iter().map(|n| id(&format!("product-{n}"))).collect();
    let offered = |asked: &Id| {
        let product = by_id.get(asked)?;
        let bought = events.iter().any(|event| match &event.kind {
            EventKind::Purchased { items, .. } => items.iter().any(|item| item.product == *asked),
            _ => false,
        });
        let size = events.iter().find_map(|event| match &event.kind {
            EventKind::SizeDeclared { size, .. } => Some(size),
            _ => None,
        })?;
        let fits = |variant: &&Variant| variant.sellable() && variant.size == *size;
        if bought { None } else { product.variants.iter().find(fits) }
    };
    bencher
        .counter(ItemsCount::new(ASKED))
        .bench_local(|| asked.iter().filter(|product| offered(product).is_some()).count());
}
