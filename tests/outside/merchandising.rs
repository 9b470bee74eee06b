//! Rules that the shop's merchandisers keep on the server: put, listed, deleted, obeyed at once and after a restart.

use outfitter::proto::{merchandising_rule::Action, merchandising_service_client::MerchandisingServiceClient, *};
use tonic::{Code, Status, transport::Channel};

use crate::shop::{Shop, customer, event, now_ms, price, purchased, refused, shoes, stock};

fn rules(shop: &Shop) -> MerchandisingServiceClient<Channel> {
    MerchandisingServiceClient::new(shop.channel.clone())
}

fn rule(id: &str, action: Action) -> MerchandisingRule {
    MerchandisingRule { id: id.into(), action: Some(action), ..MerchandisingRule::default() }
}

fn pin(id: &str, product: &str, position: i32) -> MerchandisingRule {
    rule(id, Action::Pin(Pin { product_id: product.into(), position }))
}

fn brand(name: &str) -> Filter {
    Filter { brands: vec![name.into()], ..Filter::default() }
}

fn weighting(filter: Filter, factor: f64) -> Boost {
    Boost { filter: Some(filter), factor }
}

async fn put(shop: &Shop, rule: MerchandisingRule) -> Result<PutRuleResponse, Status> {
    let request = PutRuleRequest { rule: Some(rule), validate_only: false };
    Ok(rules(shop).put_rule(request).await?.into_inner())
}

async fn delete(shop: &Shop, id: &str) -> Result<(), Status> {
    rules(shop).delete_rule(DeleteRuleRequest { id: id.into() }).await.map(|_| ())
}

async fn page(shop: &Shop, page_size: i32, page_token: &str) -> (Vec<MerchandisingRule>, String) {
    let request = ListRulesRequest { page_size, page_token: page_token.into() };
    let answer = rules(shop).list_rules(request).await.unwrap().into_inner();
    (answer.rules, answer.next_page_token)
}

fn at(placement: Placement) -> RecommendRequest {
    RecommendRequest {
        who: Some(customer("c")),
        placement: placement.into(),
        page_size: 100,
        ..RecommendRequest::default()
    }
}

async fn answer(shop: &Shop, request: RecommendRequest) -> RecommendResponse {
    shop.recommendations().recommend(request).await.unwrap().into_inner()
}

async fn order(shop: &Shop, placement: Placement) -> Vec<String> {
    answer(shop, at(placement)).await.products.into_iter().map(|one| one.product_id).collect()
}

fn removed(answer: &RecommendResponse, reason: Ineligibility) -> i64 {
    answer.removed.iter().find(|one| one.reason() == reason).map_or(0, |one| one.count)
}

/// Six pairs of shoes, one in two of Quill, the others of Fawn.
async fn filled() -> Shop {
    let shop = Shop::new().await;
    let brands = ["Fawn", "Quill", "Fawn", "Quill", "Fawn", "Quill"];
    let made = |(n, brand): (usize, &str)| Product { brand: brand.into(), ..shoes(&format!("p{n}")) };
    shop.stock(brands.into_iter().enumerate().map(made)).await;
    shop
}

#[tokio::test]
async fn a_rule_is_obeyed_at_once_and_after_a_restart_until_it_is_deleted() {
    let mut shop = filled().await;
    let usual = order(&shop, Placement::Home).await;
    assert_eq!(usual.len(), 6);
    let pinned = usual[5].clone();
    assert!(put(&shop, pin("top", &pinned, 1)).await.unwrap().created);
    assert_eq!(order(&shop, Placement::Home).await[0], pinned);
    // Sent again it changes nothing.
    assert!(!put(&shop, pin("top", &pinned, 1)).await.unwrap().created);
    put(&shop, pin("top", &pinned, 3)).await.unwrap();
    assert_eq!(order(&shop, Placement::Home).await[2], pinned);
    shop.restart().await;
    let found = answer(&shop, at(Placement::Home)).await;
    assert_eq!(found.products[2].product_id, pinned);
    let told = &found.products[2].steered_by[0];
    assert_eq!((told.kind(), told.rule_id.as_str(), told.position), (SteeringKind::Pin, "top", 3));
    delete(&shop, "top").await.unwrap();
    assert_eq!(order(&shop, Placement::Home).await.len(), 6);
    assert!(answer(&shop, at(Placement::Home)).await.products.iter().all(|one| one.steered_by.is_empty()));
    let gone = delete(&shop, "top").await.unwrap_err();
    assert_eq!((gone.code(), gone.message()), (Code::NotFound, "no rule has the id \"top\""));
}

#[tokio::test]
async fn a_pin_that_may_not_be_offered_is_left_out_and_counted() {
    let shop = filled().await;
    for (n, product) in ["p0", "p1", "p2"].into_iter().enumerate() {
        put(&shop, pin(product, product, i32::try_from(n).unwrap() + 1)).await.unwrap();
    }
    assert_eq!(order(&shop, Placement::Home).await[..3], ["p0", "p1", "p2"]);
    shop.happened([event(customer("c"), purchased("p0", "p0-41"))]).await;
    let mut changes = shop.catalog();
    for variant in ["p1-41", "p1-42"] {
        let change = ChangeStockRequest { change: Some(stock("p1", variant, 0)) };
        changes.change_stock(tokio_stream::iter([change])).await.unwrap().into_inner().message().await.unwrap();
    }
    let found = answer(&shop, at(Placement::Home)).await;
    // The places that are free go to those behind, and what may not be offered is counted once.
    assert_eq!(found.products.len(), 4);
    assert!(found.products.iter().any(|one| one.product_id == "p2"));
    assert_eq!((removed(&found, Ineligibility::Bought), removed(&found, Ineligibility::SoldOut)), (1, 1));
}

#[tokio::test]
async fn hidden_products_are_named_hidden_everywhere() {
    let shop = filled().await;
    put(&shop, rule("no-quill", Action::Hide(brand("quill")))).await.unwrap();
    let found = answer(&shop, at(Placement::Feed)).await;
    assert_eq!(found.products.len(), 3);
    assert_eq!(removed(&found, Ineligibility::Hidden), 3);
    assert_eq!(shop.ineligible(customer("c"), "p1").await, i32::from(Ineligibility::Hidden));
    assert_eq!(shop.ineligible(customer("c"), "p0").await, 0);
    let request =
        ExplainProductRequest { who: Some(customer("c")), product_id: "p1".into(), ..ExplainProductRequest::default() };
    let explained = shop.recommendations().explain_product(request).await.unwrap().into_inner();
    assert_eq!(explained.ineligible(), Ineligibility::Hidden);
    let verdict = explained.rules.iter().find(|one| one.rule() == Ineligibility::Hidden).unwrap();
    assert!(verdict.forbids);
    assert_eq!(verdict.facts, [Attribute { name: "rule".into(), value: "no-quill".into() }]);
    // A pin does not bring back what is hidden.
    put(&shop, pin("top", "p1", 1)).await.unwrap();
    let found = answer(&shop, at(Placement::Feed)).await;
    assert_eq!((found.products.len(), removed(&found, Ineligibility::Hidden)), (3, 3));
}

#[tokio::test]
async fn a_rule_applies_at_its_places_in_its_time_and_to_its_segments() {
    let shop = filled().await;
    let hide = || rule("r", Action::Hide(brand("Quill")));
    let counts =
        async |shop: &Shop| (order(shop, Placement::Home).await.len(), order(shop, Placement::Cart).await.len());
    put(&shop, MerchandisingRule { placements: vec![Placement::Cart.into()], ..hide() }).await.unwrap();
    assert_eq!(counts(&shop).await, (6, 3));
    let now = now_ms();
    put(&shop, MerchandisingRule { from_ms: now + 3_600_000, ..hide() }).await.unwrap();
    assert_eq!(counts(&shop).await, (6, 6));
    put(&shop, MerchandisingRule { until_ms: now - 1, ..hide() }).await.unwrap();
    assert_eq!(counts(&shop).await, (6, 6));
    put(&shop, MerchandisingRule { from_ms: now - 1, until_ms: now + 3_600_000, ..hide() }).await.unwrap();
    assert_eq!(counts(&shop).await, (3, 3));
    put(&shop, MerchandisingRule { segments: vec!["VIP".into(), "staff".into()], ..hide() }).await.unwrap();
    assert_eq!(counts(&shop).await, (6, 6));
    let segment = Trait { name: "segment".into(), value: "new, vip".into(), source: "crm".into(), ..Trait::default() };
    let request = SetTraitsRequest { who: Some(customer("c")), traits: vec![segment] };
    shop.profiles().set_traits(request).await.unwrap();
    assert_eq!(counts(&shop).await, (3, 3));
}

#[tokio::test]
async fn rules_boost_and_bury() {
    let shop = filled().await;
    put(&shop, rule("more", Action::Boost(weighting(brand("Quill"), 50.0)))).await.unwrap();
    let found = order(&shop, Placement::Home).await;
    assert!(found[..3].iter().all(|one| ["p1", "p3", "p5"].contains(&one.as_str())), "{found:?}");
    put(&shop, rule("more", Action::Bury(weighting(brand("Quill"), 50.0)))).await.unwrap();
    let found = order(&shop, Placement::Home).await;
    assert!(found[3..].iter().all(|one| ["p1", "p3", "p5"].contains(&one.as_str())), "{found:?}");
}

#[tokio::test]
async fn rules_are_listed_as_they_were_put_page_by_page() {
    let shop = filled().await;
    let within = Filter {
        any_of: vec![brand("Fawn"), Filter { product_ids: vec!["p1".into()], ..Filter::default() }],
        none_of: vec![Filter {
            price: Some(PriceRange { at_least: Some(price(100)), at_most: None }),
            ranges: vec![AttributeRange { name: "size".into(), at_least: Some(41.5), at_most: Some(50.0) }],
            ..Filter::default()
        }],
        categories: vec![CategoryPath { steps: vec!["Women".into()] }],
        attributes: vec![AttributeFilter { name: "size".into(), values: vec!["41".into()] }],
        exclude_product_ids: vec!["p2".into()],
        ..Filter::default()
    };
    let made = [
        MerchandisingRule {
            placements: vec![Placement::Home.into(), Placement::Chat.into()],
            segments: vec!["vip".into()],
            from_ms: 1,
            until_ms: 2,
            ..rule("a", Action::Hide(within.clone()))
        },
        rule("b", Action::Boost(weighting(within, 2.5))),
        pin("c", "p3", 100),
    ];
    for one in made.iter().rev() {
        assert_eq!(put(&shop, one.clone()).await.unwrap().rule.as_ref(), Some(one));
    }
    assert_eq!(page(&shop, 0, "").await, (made.to_vec(), String::new()));
    let (first, token) = page(&shop, 2, "").await;
    assert_eq!(first, made[..2]);
    delete(&shop, "b").await.unwrap();
    assert_eq!(page(&shop, 2, &token).await, (made[2..].to_vec(), String::new()));
    let validated = PutRuleRequest { rule: Some(pin("d", "p1", 1)), validate_only: true };
    assert!(rules(&shop).put_rule(validated).await.unwrap().into_inner().created);
    assert_eq!(page(&shop, 0, "").await.0.len(), 2);
}

#[tokio::test]
async fn a_rule_that_breaks_the_contract_is_refused_by_field_and_value() {
    let shop = filled().await;
    let check = async |rule: MerchandisingRule, field: &str, value: &str| refused(put(&shop, rule).await, field, value);
    let good = || pin("r", "p1", 1);
    check(MerchandisingRule { id: String::new(), ..good() }, "rule.id", "must not be empty").await;
    check(MerchandisingRule { action: None, ..good() }, "rule.action", "must be set: pin, hide, boost or bury").await;
    check(pin("r", "p1", 0), "rule.pin.position", "must be from 1 to 100: 0").await;
    check(pin("r", "p1", 101), "rule.pin.position", "101").await;
    check(pin("r", "p1", -1), "rule.pin.position", "-1").await;
    check(pin("r", "nowhere", 1), "rule.pin.product_id", "no product has the id \"nowhere\"").await;
    check(rule("r", Action::Hide(Filter::default())), "rule.hide", "it is empty").await;
    check(rule("r", Action::Bury(weighting(brand("x"), 1.0))), "rule.bury.factor", "at most 1000: 1").await;
    check(rule("r", Action::Boost(Boost::default())), "rule.boost.filter", "it is empty").await;
    let unknown = AttributeFilter { name: "colour".into(), values: vec!["red".into()] };
    let unknown = Filter { attributes: vec![unknown], ..Filter::default() };
    check(rule("r", Action::Hide(unknown)), "rule.hide.attributes[0].name", "did you mean \"color\"?").await;
    check(MerchandisingRule { placements: vec![99], ..good() }, "rule.placements[0]", "99").await;
    check(MerchandisingRule { placements: vec![0], ..good() }, "rule.placements[0]", "0").await;
    check(MerchandisingRule { segments: vec![" ".into()], ..good() }, "rule.segments[0]", "must not be empty").await;
    check(MerchandisingRule { segments: vec!["s".into(); 101], ..good() }, "rule.segments", "got 101").await;
    check(MerchandisingRule { from_ms: -1, ..good() }, "rule.from_ms", "-1").await;
    check(MerchandisingRule { from_ms: 9, until_ms: 9, ..good() }, "rule.until_ms", "must be after from_ms, 9: 9")
        .await;
    let none = PutRuleRequest::default();
    refused(rules(&shop).put_rule(none).await, "rule", "must be set");
    let listed = ListRulesRequest { page_size: -1, ..ListRulesRequest::default() };
    refused(rules(&shop).list_rules(listed).await, "page_size", "-1");
    let listed = ListRulesRequest { page_token: "x".repeat(999), ..ListRulesRequest::default() };
    refused(rules(&shop).list_rules(listed).await, "page_token", "999");
    refused(delete(&shop, "").await, "id", "must not be empty");
    assert_eq!(page(&shop, 0, "").await.0, []);
}
