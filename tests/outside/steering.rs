//! What a request steers: filters within filters, boosts and buries, and what gets a clear error.

use outfitter::proto::*;

use crate::shop::{Shop, customer, event, price, purchased, refused, shoes, viewed};

fn ask(filter: Filter) -> RecommendRequest {
    RecommendRequest { who: Some(customer("c")), filter: Some(filter), page_size: 100, ..RecommendRequest::default() }
}

/// The ids of what is recommended, sorted.
async fn found(shop: &Shop, filter: Filter) -> Vec<String> {
    let answer = shop.recommendations().recommend(ask(filter)).await.unwrap().into_inner();
    let mut ids: Vec<String> = answer.products.into_iter().map(|one| one.product_id).collect();
    ids.sort_unstable();
    ids
}

/// One variant, of a brand, in a category, at a price, with a weight.
fn bag(id: &str, brand: &str, category: &str, minor: i64, kilograms: &str) -> Product {
    let variant = Variant { id: format!("{id}-v"), price: Some(price(minor)), stock: Some(5), ..Variant::default() };
    Product {
        brand: brand.into(),
        category_path: vec!["Bags".into(), category.into()],
        variants: vec![variant],
        attributes: vec![Attribute { name: "Weight".into(), value: kilograms.into() }],
        ..shoes(id)
    }
}

async fn bags() -> Shop {
    let shop = Shop::new().await;
    let all = [
        bag("tote", "Fawn", "Totes", 10_000, "0.5"),
        bag("trunk", "Fawn", "Cases", 90_000, "4.5"),
        bag("case", "Quill", "Cases", 50_000, "3"),
        bag("pouch", "Quill", "Pouches", 4_000, "light"),
    ];
    shop.stock(all).await;
    shop
}

fn brand(name: &str) -> Filter {
    Filter { brands: vec![name.into()], ..Filter::default() }
}

fn category(name: &str) -> Filter {
    let path = CategoryPath { steps: vec!["Bags".into(), name.into()] };
    Filter { categories: vec![path], ..Filter::default() }
}

fn at_most(minor: i64) -> Filter {
    Filter { price: Some(PriceRange { at_least: None, at_most: Some(price(minor)) }), ..Filter::default() }
}

fn weight(at_least: Option<f64>, at_most: Option<f64>) -> Filter {
    Filter { ranges: vec![AttributeRange { name: "weight".into(), at_least, at_most }], ..Filter::default() }
}

fn any_of(any_of: impl IntoIterator<Item = Filter>) -> Filter {
    Filter { any_of: any_of.into_iter().collect(), ..Filter::default() }
}

fn none_of(none_of: impl IntoIterator<Item = Filter>) -> Filter {
    Filter { none_of: none_of.into_iter().collect(), ..Filter::default() }
}

#[tokio::test]
async fn filters_know_or_not_and_numbers() {
    let shop = bags().await;
    let check = async |filter: Filter, expected: &[&str]| {
        assert_eq!(found(&shop, filter.clone()).await, expected, "{filter:?}");
    };
    check(any_of([brand("Quill"), category("Totes")]), &["case", "pouch", "tote"]).await;
    check(none_of([brand("Quill"), category("Totes")]), &["trunk"]).await;
    check(Filter { none_of: vec![category("Cases")], ..brand("Fawn") }, &["tote"]).await;
    check(weight(Some(0.5), Some(3.0)), &["case", "tote"]).await;
    check(weight(Some(3.5), None), &["trunk"]).await;
    // What has no number is in no range, so it is not held back by one.
    check(none_of([weight(Some(1.0), None)]), &["pouch", "tote"]).await;
    check(Filter { product_ids: vec!["tote".into(), "nowhere".into()], ..Filter::default() }, &["tote"]).await;
    // Cheap, or of Fawn and not heavy.
    let light = Filter { none_of: vec![weight(Some(1.0), None)], ..brand("Fawn") };
    check(any_of([at_most(5_000), light]), &["pouch", "tote"]).await;
    // What is left out is accounted for.
    let answer = shop.recommendations().recommend(ask(none_of([brand("Quill")]))).await.unwrap().into_inner();
    let filtered = RemovedCount { reason: Ineligibility::Filtered.into(), count: 2 };
    assert!(answer.removed.contains(&filtered), "{:?}", answer.removed);
}

#[tokio::test]
async fn a_condition_within_is_asked_of_the_variant_that_is_offered() {
    let shop = Shop::new().await;
    let mut boots = shoes("boots");
    boots.variants[1].price = Some(price(39_900));
    shop.stock([boots]).await;
    let size = |size: &str| AttributeFilter { name: "size".into(), values: vec![size.into()] };
    let sized = |value: &str| Filter { attributes: vec![size(value)], ..Filter::default() };
    let answer = shop.recommendations().recommend(ask(none_of([sized("41")]))).await.unwrap().into_inner();
    assert_eq!(answer.products[0].variant_id, "boots-42");
    let cheap_and_large = Filter { attributes: vec![size("42")], ..at_most(20_000) };
    assert_eq!(found(&shop, any_of([cheap_and_large])).await, [""; 0]);
    assert_eq!(found(&shop, any_of([at_most(20_000), sized("42")])).await, ["boots"]);
}

#[tokio::test]
async fn a_feed_is_bound_to_the_whole_filter() {
    let shop = bags().await;
    let first = RecommendRequest { page_size: 1, ..ask(weight(Some(0.0), None)) };
    let answer = shop.recommendations().recommend(first.clone()).await.unwrap().into_inner();
    let next =
        |filter| RecommendRequest { filter: Some(filter), page_token: answer.next_page_token.clone(), ..first.clone() };
    shop.recommendations().recommend(next(weight(Some(-0.0), None))).await.unwrap();
    for other in [weight(Some(0.1), None), any_of([weight(Some(0.0), None)]), none_of([weight(Some(0.0), None)])] {
        refused(shop.recommendations().recommend(next(other)).await, "page_token", "not given out for this request");
    }
}

#[tokio::test]
async fn a_filter_that_breaks_a_rule_is_refused_by_field_and_value() {
    let shop = bags().await;
    let check = async |filter: Filter, field: &str, value: &str| {
        refused(shop.recommendations().recommend(ask(filter)).await, field, value);
    };
    let mut deep = brand("Fawn");
    for _ in 0..5 {
        deep = none_of([deep]);
    }
    assert_eq!(found(&shop, deep.clone()).await, ["case", "pouch"], "five deep is allowed");
    let field = "filter.any_of[0].none_of[0].none_of[0].none_of[0].none_of[0].none_of";
    check(any_of([deep]), field, "at most 5 deep, this is the 6th").await;
    check(any_of([brand("Fawn"), Filter::default()]), "filter.any_of[1]", "it is empty").await;
    check(none_of([Filter::default()]), "filter.none_of[0]", "it is empty").await;
    check(any_of(vec![brand("Fawn"); 101]), "filter", "at most 100 filters within any_of and none_of, got 101").await;
    let many = Filter { brands: vec!["x".into(); 100], ..Filter::default() };
    check(any_of(vec![many; 11]), "filter", "at most 1000 conditions within any_of and none_of, got 1100").await;
    check(any_of([at_most(-1)]), "filter.any_of[0].price.at_most.minor", "-1").await;
    check(weight(None, None), "filter.ranges[0]", "needs at_least or at_most").await;
    check(weight(Some(f64::NAN), None), "filter.ranges[0].at_least", "NaN").await;
    check(weight(None, Some(f64::INFINITY)), "filter.ranges[0].at_most", "inf").await;
    check(weight(Some(2.0), Some(1.5)), "filter.ranges[0]", "2 > 1.5").await;
    let unnamed = AttributeRange { at_least: Some(1.0), ..AttributeRange::default() };
    check(Filter { ranges: vec![unnamed], ..Filter::default() }, "filter.ranges[0].name", "must not be empty").await;
    let ids = Filter { product_ids: vec!["p".into(); 1_001], ..Filter::default() };
    check(ids, "filter.product_ids", "got 1001").await;
    let ids = Filter { product_ids: vec!["p".into(), String::new()], ..Filter::default() };
    check(none_of([ids]), "filter.none_of[0].product_ids[1]", "must not be empty").await;
    // What no product has is named, however deep it stands, and with what is near.
    let height = AttributeRange { name: "wieght".into(), at_least: Some(1.0), at_most: None };
    let height = Filter { ranges: vec![height], ..Filter::default() };
    check(none_of([height]), "filter.none_of[0].ranges[0].name", "\"wieght\", did you mean \"weight\"?").await;
    let color = AttributeRange { name: "color".into(), at_least: Some(1.0), at_most: None };
    check(Filter { ranges: vec![color], ..Filter::default() }, "filter.ranges[0].name", "\"color\"").await;
}

fn boost(filter: Filter, factor: f64) -> Boost {
    Boost { filter: Some(filter), factor }
}

fn plain() -> RecommendRequest {
    RecommendRequest { who: Some(customer("c")), page_size: 100, ..RecommendRequest::default() }
}

async fn order(shop: &Shop, request: RecommendRequest) -> Vec<String> {
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    answer.products.into_iter().map(|one| one.product_id).collect()
}

#[tokio::test]
async fn a_request_boosts_and_buries() {
    let shop = bags().await;
    shop.happened([event(customer("c"), viewed("pouch")), event(customer("d"), viewed("trunk"))]).await;
    let boosted = RecommendRequest { boosts: vec![boost(category("Totes"), 1_000.0)], ..plain() };
    assert_eq!(order(&shop, boosted.clone()).await[0], "tote");
    let buried = RecommendRequest { bury: vec![boost(brand("Quill"), 1_000.0)], ..plain() };
    let last: Vec<String> = order(&shop, buried).await.split_off(2);
    assert!(last.iter().all(|one| one == "case" || one == "pouch"), "{last:?}");
    // Told with the product, and in its explanation.
    let answer = shop.recommendations().recommend(boosted.clone()).await.unwrap().into_inner();
    let told = &answer.products[0].steered_by;
    assert_eq!((told.len(), told[0].kind(), told[0].factor), (1, SteeringKind::Boost, 1_000.0));
    assert!(answer.products[1..].iter().all(|one| one.steered_by.is_empty()));
    let explain = ExplainProductRequest {
        who: Some(customer("c")),
        product_id: "tote".into(),
        boosts: boosted.boosts.clone(),
        ..ExplainProductRequest::default()
    };
    let explained = shop.recommendations().explain_product(explain).await.unwrap().into_inner();
    assert_eq!(&explained.steered_by, told);
    assert!(explained.features.iter().any(|one| one.feature == "boost" && one.contribution > 6.9), "{explained:?}");
    // A boost against a promise does nothing.
    shop.happened([event(customer("c"), purchased("tote", "tote-v"))]).await;
    assert!(!order(&shop, boosted.clone()).await.contains(&"tote".to_owned()));
    // The feed is bound to what steers it.
    let first = RecommendRequest { page_size: 1, ..boosted };
    let answer = shop.recommendations().recommend(first.clone()).await.unwrap().into_inner();
    let next = RecommendRequest { page_token: answer.next_page_token, ..first };
    shop.recommendations().recommend(next.clone()).await.unwrap();
    let other = RecommendRequest { boosts: vec![boost(category("Totes"), 999.0)], ..next.clone() };
    refused(shop.recommendations().recommend(other).await, "page_token", "not given out for this request");
    let other = RecommendRequest { bury: next.boosts.clone(), boosts: Vec::new(), ..next };
    refused(shop.recommendations().recommend(other).await, "page_token", "not given out for this request");
}

#[tokio::test]
async fn boosts_that_break_a_rule_are_refused_by_field_and_value() {
    let shop = bags().await;
    let check = async |request: RecommendRequest, field: &str, value: &str| {
        refused(shop.recommendations().recommend(request).await, field, value);
    };
    let boosts = |boosts: Vec<Boost>| RecommendRequest { boosts, ..plain() };
    let bury = |bury: Vec<Boost>| RecommendRequest { bury, ..plain() };
    for factor in [0.0, 1.0, 0.5, -2.0, 1_000.1, f64::NAN, f64::INFINITY] {
        let value = format!("must be above 1 and at most 1000: {factor}");
        check(boosts(vec![boost(brand("Fawn"), factor)]), "boosts[0].factor", &value).await;
    }
    check(bury(vec![boost(brand("Fawn"), 1.0)]), "bury[0].factor", "at most 1000: 1").await;
    check(boosts(vec![boost(Filter::default(), 2.0)]), "boosts[0].filter", "it is empty").await;
    check(bury(vec![Boost { filter: None, factor: 2.0 }]), "bury[0].filter", "it is empty").await;
    check(boosts(vec![boost(brand("Fawn"), 2.0); 21]), "boosts", "at most 20, got 21").await;
    check(bury(vec![boost(at_most(-5), 2.0)]), "bury[0].filter.price.at_most.minor", "-5").await;
    let range = AttributeRange { name: "wieght".into(), at_least: Some(1.0), at_most: None };
    let unknown = boost(Filter { ranges: vec![range], ..Filter::default() }, 2.0);
    check(boosts(vec![unknown.clone()]), "boosts[0].filter.ranges[0].name", "did you mean \"weight\"?").await;
    let scores = ScoreProductsRequest {
        who: Some(customer("c")),
        product_ids: vec!["tote".into()],
        boosts: vec![unknown],
        ..ScoreProductsRequest::default()
    };
    let field = "boosts[0].filter.ranges[0].name";
    refused(shop.recommendations().score_products(scores).await, field, "\"wieght\"");
}
