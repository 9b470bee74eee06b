//! Laws that every source keeps, over the demo shop and over hardly any shop at all.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use crate::demo::{self, DemoShop, Scale};
use crate::domain::catalog::{Catalog, ProductIx};
use crate::domain::customer::Profile;
use crate::domain::event::Event;
use crate::domain::recommend::fixture::{self, NOW, bought, moment, product, viewed};
use crate::domain::recommend::{Candidate, Moment, Placement, ReasonCode, features};
use crate::domain::store::Seq;

use super::*;

mod training;

pub(super) fn small_shop() -> (DemoShop, Arc<Catalog>) {
    let shop = demo::shop(7, Scale { products: 150, customers: 120, days: 90 }, NOW);
    let catalog = fixture::catalog(shop.products.clone());
    (shop, catalog)
}

fn untrained_of(events: &[Event], catalog: &Catalog) -> Model {
    untrained(events, &catalog.snapshot(), catalog.ids(), &Rules::default()).unwrap()
}

fn profile_of(events: &[Event], customer: &str, catalog: &Catalog) -> Profile {
    let hers = |event: &&Event| event.who.subject().is_some_and(|who| who.value.as_str() == customer);
    Profile::of(Vec::new(), events.iter().filter(hers), Seq(1), catalog.ids())
}

fn collect(source: &dyn Source, moment: &Moment<'_>, most: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    source.collect(moment, most, &mut found).unwrap();
    found
}

/// No candidate twice, the best first, at most as many as asked for, scores in 0..=1 and the same as of `score`.
fn keeps_the_laws(model: &Model, moment: &Moment<'_>) {
    for source in &model.sources {
        let found = collect(source.as_ref(), moment, 20);
        let name = source.name();
        assert!(found.len() <= 20, "{name}");
        assert!(found.is_sorted_by_key(|one| Reverse(one.score.to_bits())), "{name}: the best first");
        let products: Vec<ProductIx> = found.iter().map(|one| one.product).collect();
        assert_eq!(products.iter().collect::<HashSet<_>>().len(), products.len(), "{name}: twice");
        let mut scores = Vec::new();
        source.score(moment, &products, &mut scores).unwrap();
        let collected: Vec<f32> = found.iter().map(|one| one.score).collect();
        assert_eq!(scores, collected, "{name}: collect and score agree");
        assert!(scores.iter().all(|score| *score > 0.0 && *score <= 1.0), "{name}: {scores:?}");
        assert_eq!(found, collect(source.as_ref(), moment, 20), "{name}: the same again");
    }
}

#[test]
fn sources_are_named_as_their_features() {
    let (_, catalog) = small_shop();
    let names: Vec<&str> = untrained_of(&[], &catalog).sources.iter().map(|source| source.name()).collect();
    assert_eq!(names, features::SOURCES);
}

#[test]
fn every_source_keeps_the_laws_for_every_customer() {
    let (shop, catalog) = small_shop();
    let model = untrained_of(&shop.events, &catalog);
    let (snapshot, ids) = (catalog.snapshot(), catalog.ids());
    let customers: HashSet<_> = shop.events.iter().filter_map(|event| event.who.customer.clone()).collect();
    let mut brought = vec![0_usize; model.sources.len()];
    for customer in &customers {
        let profile = profile_of(&shop.events, customer.as_str(), &catalog);
        let in_view = profile.looks().last().map(|look| look.product);
        for (placement, in_view) in [(Placement::Home, None), (Placement::ProductPage, in_view)] {
            let moment = Moment { placement, in_view, ..moment(&snapshot, ids, &profile) };
            keeps_the_laws(&model, &moment);
            for (brought, source) in brought.iter_mut().zip(&model.sources) {
                *brought += collect(source.as_ref(), &moment, 20).len();
            }
        }
    }
    assert!(brought.iter().all(|n| *n > 0), "some source brings nothing to anybody: {brought:?}");
    assert_eq!(model.popular.order().len(), snapshot.len(), "every product has a place in the feed");
}

#[test]
fn hardly_any_shop_is_served_all_the_same() {
    let one = || fixture::catalog([product("ż🥾", "", "", 100)]);
    let nobody = Profile::default();
    for (catalog, events) in [
        (fixture::catalog([]), vec![]),
        (fixture::catalog([]), fixture::events([(1, bought("unknown"))])),
        (one(), vec![]),
        (one(), fixture::events([(1, viewed("ż🥾")), (1, bought("ż🥾")), (0, bought("ż🥾"))])),
    ] {
        let model = untrained_of(&events, &catalog);
        let snapshot = catalog.snapshot();
        let profile = Profile::of(Vec::new(), &events, Seq(1), catalog.ids());
        for profile in [&nobody, &profile] {
            keeps_the_laws(&model, &moment(&snapshot, catalog.ids(), profile));
        }
        assert!(!model.trained);
    }
}

#[test]
fn candidates_rest_on_what_contributes_most() {
    let goods = ["boots", "socks", "sandals", "mug"].map(|name| product(name, "", "", 100));
    let catalog = fixture::catalog(goods);
    // Twenty buy boots with socks, and look at sandals before them; one buys a mug with socks.
    let mut log = Vec::new();
    for n in 0..21 {
        let with = if n == 20 { "mug" } else { "boots" };
        let mut events =
            fixture::events([(9, viewed("sandals")), (9, viewed(with)), (8, bought(with)), (8, bought("socks"))]);
        for event in &mut events {
            event.id = fixture::id(&format!("{n}-{}", event.id));
            event.who.customer = Some(fixture::id(&format!("c{n}")));
        }
        log.extend(events);
    }
    let model = untrained_of(&log, &catalog);
    let (snapshot, ids) = (catalog.snapshot(), catalog.ids());
    let profile = fixture::profile(&catalog, [(2, bought("boots")), (1, bought("mug"))]);
    let at = moment(&snapshot, ids, &profile);
    let goes_with = collect(model.sources[0].as_ref(), &at, 5);
    assert_eq!(goes_with[0].product, fixture::ix(&catalog, "socks"));
    assert_eq!(goes_with[0].because.code, ReasonCode::GoesWithPurchase);
    assert_eq!(goes_with[0].because.product, Some(fixture::ix(&catalog, "boots")), "twenty against one");
    let cart = [(fixture::ix(&catalog, "boots"), None)];
    let at = Moment { placement: Placement::Cart, cart: &cart, profile: &Profile::default(), ..at };
    assert_eq!(collect(model.sources[0].as_ref(), &at, 1)[0].because.code, ReasonCode::GoesWithCart);
    let at = Moment { in_view: Some(fixture::ix(&catalog, "boots")), cart: &[], ..at };
    let similar = collect(model.sources[1].as_ref(), &at, 1);
    assert_eq!(similar[0].product, fixture::ix(&catalog, "sandals"));
    assert_eq!(similar[0].because.code, ReasonCode::LikeInView);
}

#[test]
fn what_nobody_looked_at_is_found_by_what_it_is() {
    let catalog = fixture::catalog([
        product("new", "Acme", "Shoes/Boots", 1_000),
        product("near", "Acme", "Shoes/Boots", 1_100),
        product("far", "Brio", "Shoes/Boots", 9_000),
        product("other", "Acme", "Home/Mugs", 1_000),
    ]);
    let model = untrained_of(&[], &catalog);
    let profile = Profile::default();
    let snapshot = catalog.snapshot();
    let at = Moment { in_view: Some(fixture::ix(&catalog, "new")), ..moment(&snapshot, catalog.ids(), &profile) };
    let found: Vec<ProductIx> = collect(model.sources[1].as_ref(), &at, 9).iter().map(|one| one.product).collect();
    assert_eq!(found, [fixture::ix(&catalog, "near"), fixture::ix(&catalog, "far")]);
}

#[test]
fn what_came_after_the_model_is_a_new_arrival() {
    let catalog = fixture::catalog([product("old", "", "", 100)]);
    let model = untrained_of(&[], &catalog);
    let mut fresh = product("fresh", "", "", 100);
    fresh.available_since = NOW.plus_days(-1);
    catalog.load([fresh]);
    let (snapshot, profile) = (catalog.snapshot(), Profile::default());
    let found = collect(model.sources[4].as_ref(), &moment(&snapshot, catalog.ids(), &profile), 5);
    assert_eq!(found.iter().map(|one| one.product).collect::<Vec<_>>(), [fixture::ix(&catalog, "fresh")]);
}
