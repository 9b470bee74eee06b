//! Laws that every source keeps, over the demo shop and over hardly any shop at all.

use std::{collections::HashSet, sync::Arc};

use crate::demo::{self, DemoShop, Scale};
use crate::domain::catalog::{Catalog, ProductIx};
use crate::domain::customer::{Identifier, Profile};
use crate::domain::event::Event;
use crate::domain::recommend::fixture::{self, NOW, bought, context, product, viewed};
use crate::domain::recommend::{
    Evidence, Found, InteractionKind, NewInteraction, Placement, ReasonCode, RequestContext, Source, UserHistory,
};
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

fn collect(source: &dyn Source, context: &RequestContext<'_>) -> Found {
    let mut found = Found::default();
    source.collect(context, 20, &mut found, &mut Evidence::default()).unwrap();
    found
}

/// What a source found, the best first.
fn best(source: &dyn Source, context: &RequestContext<'_>) -> Vec<ProductIx> {
    let found = collect(source, context);
    let firsts = found.signals.iter().step_by(source.signals().len());
    let mut all: Vec<(f32, ProductIx)> = firsts.copied().zip(found.products).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    all.into_iter().map(|(_, product)| product).collect()
}

/// No product twice, no signal that is no number, of what is found and of all else, and the same again.
fn keeps_the_laws(model: &Model, context: &RequestContext<'_>) {
    for source in model.sources() {
        let (found, width, name) = (collect(source.as_ref(), context), source.signals().len(), source.name());
        assert_eq!(found.signals.len(), found.products.len() * width, "{name}");
        let distinct: HashSet<_> = found.products.iter().collect();
        assert_eq!(distinct.len(), found.products.len(), "{name}: twice");
        assert!(found.signals.iter().all(|signal| signal.is_finite()), "{name}: {:?}", found.signals);
        assert!(source.brings() || found.products.is_empty(), "{name} brings nothing");
        let others = model.popular.order().iter().copied().filter(|product| !distinct.contains(product));
        let others: Vec<ProductIx> = others.collect();
        let mut filled = vec![0.0; others.len() * width];
        source.fill(context, &others, &mut filled, &mut Evidence::default()).unwrap();
        assert!(filled.iter().all(|signal| signal.is_finite()), "{name}: fill");
        assert_eq!(found, collect(source.as_ref(), context), "{name}: the same again");
    }
}

#[test]
fn visits_of_newcomers_are_weighed_and_bounded() {
    let (shop, catalog) = small_shop();
    let model = untrained_of(&shop.events, &catalog);
    model.limit_visits(100);
    let product = catalog.snapshot().iter().next().unwrap().ix;
    let before = model.weight();
    assert!(before.counted > 0 && before.visits == 0, "{before:?}");
    for number in 0..1_000 {
        let owner = Identifier::visitor(fixture::id(&format!("newcomer-{number}")));
        let happened = NewInteraction {
            owner: &owner,
            time: NOW,
            product,
            kind: InteractionKind::Looked,
            quantity: 1,
            session: None,
        };
        model.sources().iter().for_each(|source| source.observe(&happened));
    }
    let after = model.weight();
    assert_eq!((after.counted, after.visits), (before.counted, 100));
    assert!(after.observed > before.observed + 100 * 64, "{after:?}");
}

#[test]
fn every_source_keeps_the_laws_for_every_customer() {
    let (shop, catalog) = small_shop();
    let model = untrained_of(&shop.events, &catalog);
    let (snapshot, ids) = (catalog.snapshot(), catalog.ids());
    let customers: HashSet<_> = shop.events.iter().filter_map(|event| event.who.customer.clone()).collect();
    let mut brought = vec![0_usize; model.sources().len()];
    for customer in &customers {
        let profile = profile_of(&shop.events, customer.as_str(), &catalog);
        let in_view = profile.looks().last().map(|look| look.product);
        for (placement, in_view) in [(Placement::Home, None), (Placement::ProductPage, in_view)] {
            let history = UserHistory::of(&profile, NOW, None, in_view, Rules::default().session_idle_ms);
            let context = RequestContext { placement, in_view, history: &history, ..context(&snapshot, ids, &profile) };
            keeps_the_laws(&model, &context);
            for (brought, source) in brought.iter_mut().zip(model.sources()) {
                *brought += collect(source.as_ref(), &context).products.len();
            }
        }
    }
    for (brought, source) in brought.iter().zip(model.sources()) {
        assert_eq!(*brought > 0, source.brings(), "{} brings something to somebody, if it brings", source.name());
    }
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
            keeps_the_laws(&model, &context(&snapshot, catalog.ids(), profile));
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
    let at = context(&snapshot, ids, &profile);
    let [goes_with, similar] = ["goes_with", "similar"].map(|name| source(&model, name));
    let [boots, socks, sandals] = ["boots", "socks", "sandals"].map(|name| fixture::ix(&catalog, name));
    assert_eq!(best(goes_with, &at)[0], socks);
    let because = goes_with.because(&at, socks, &[], &mut Evidence::default()).unwrap();
    assert_eq!((because.code, because.product), (ReasonCode::GoesWithPurchase, Some(boots)), "twenty against one");
    let (cart, nobody) = ([(boots, None)], Profile::default());
    let at = RequestContext { placement: Placement::Cart, cart: &cart, profile: &nobody, ..at };
    assert_eq!(goes_with.because(&at, socks, &[], &mut Evidence::default()).unwrap().code, ReasonCode::GoesWithCart);
    let at = RequestContext { in_view: Some(boots), cart: &[], ..at };
    assert_eq!(best(similar, &at)[0], sandals);
    assert_eq!(similar.because(&at, sandals, &[], &mut Evidence::default()).unwrap().code, ReasonCode::LikeInView);
}

fn source<'a>(model: &'a Model, name: &str) -> &'a dyn Source {
    model.sources().iter().find(|source| source.name() == name).unwrap().as_ref()
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
    let at =
        RequestContext { in_view: Some(fixture::ix(&catalog, "new")), ..context(&snapshot, catalog.ids(), &profile) };
    assert_eq!(best(source(&model, "similar"), &at), [fixture::ix(&catalog, "near"), fixture::ix(&catalog, "far")]);
}

#[test]
fn what_came_after_the_model_is_a_new_arrival() {
    let catalog = fixture::catalog([product("old", "", "", 100)]);
    let model = untrained_of(&[], &catalog);
    let mut fresh = product("fresh", "", "", 100);
    fresh.available_since = NOW.plus_days(-1);
    catalog.load([fresh]);
    let (snapshot, profile) = (catalog.snapshot(), Profile::default());
    let at = context(&snapshot, catalog.ids(), &profile);
    assert_eq!(best(source(&model, "new_arrivals"), &at), [fixture::ix(&catalog, "fresh")]);
}

#[test]
fn what_came_with_all_the_goods_is_not_told_as_new() {
    let since = |id: &str, days: i64| {
        let mut product = product(id, "", "", 100);
        product.available_since = NOW.plus_days(days);
        product
    };
    let catalog = fixture::catalog((0..9).map(|n| since(&n.to_string(), -20)).chain([since("later", -10)]));
    let model = untrained_of(&[], &catalog);
    let (snapshot, profile) = (catalog.snapshot(), Profile::default());
    let at = context(&snapshot, catalog.ids(), &profile);
    let reason = |id| {
        source(&model, "new_arrivals")
            .because(&at, fixture::ix(&catalog, id), &[], &mut Evidence::default())
            .map(|one| one.code)
    };
    assert_eq!((reason("0"), reason("later")), (None, Some(ReasonCode::NewArrival)));
}
