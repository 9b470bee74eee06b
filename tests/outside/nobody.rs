//! Ids that name nobody, and ids that are somebody's address: by call as by file.

use outfitter::proto::{event::Kind, *};

use crate::shop::{Shop, customer, event, item, refused, shoes, visitor};

fn both(customer_id: &str, visitor_id: &str) -> Who {
    Who { customer_id: customer_id.into(), visitor_id: visitor_id.into(), other: None }
}

fn added(product: &str) -> Kind {
    Kind::CartAdded(CartAdded { item: Some(item(product, "")) })
}

/// A shop that sells a to d.
async fn shop(flags: &[(&'static str, &'static str)]) -> Shop {
    let shop = Shop::with(flags).await;
    shop.stock(["a", "b", "c", "d"].map(shoes)).await;
    shop
}

async fn cart(shop: &Shop, who: Who) -> Vec<String> {
    let (profile, _) = shop.profile(who).await;
    let mut products: Vec<String> = profile.cart.into_iter().map(|line| line.product_id).collect();
    products.sort();
    products
}

#[tokio::test]
async fn a_placeholder_is_passed_over_where_somebody_else_is_named() {
    let shop = shop(&[]).await;
    shop.happened([
        event(both("undefined", "v1"), added("a")),
        event(both(" Undefined", "v2"), added("b")),
        event(both("00000000-0000-0000-0000-000000000000", "v1"), added("c")),
        event(both("ada", "null"), added("d")),
    ])
    .await;
    assert_eq!(cart(&shop, visitor("v1")).await, ["a", "c"]);
    assert_eq!(cart(&shop, visitor("v2")).await, ["b"]);
    assert_eq!(cart(&shop, both("[object Object]", "v2")).await, ["b"]);
    assert_eq!(cart(&shop, customer("ada")).await, ["d"]);
}

#[tokio::test]
async fn where_nobody_else_is_named_it_is_refused_with_field_and_value() {
    let shop = shop(&[]).await;
    let results = shop.write([event(both("undefined", "0"), added("a"))]).await;
    let error = results[0].error.as_ref().unwrap();
    assert!(error.message.contains("names nobody"), "{error:?}");

    let recommend = |who| RecommendRequest { who: Some(who), ..RecommendRequest::default() };
    let answer = shop.recommendations().recommend(recommend(both("undefined", "0"))).await;
    refused(answer.map(|_| ()), "who.customer_id", "\"undefined\"");
    let answer = shop.recommendations().recommend(recommend(both("", "(not set)"))).await;
    refused(answer.map(|_| ()), "who.visitor_id", "\"(not set)\"");
    shop.recommendations().recommend(recommend(both("undefined", "v"))).await.unwrap();

    let erase = EraseCustomerRequest { who: Some(customer("anonymous")), time_ms: 0 };
    refused(shop.profiles().erase_customer(erase).await, "who.customer_id", "\"anonymous\"");
    let link = |customer_id: &str, value: &str| LinkIdentifierRequest {
        customer_id: customer_id.into(),
        identifier: Some(Identifier { kind: IdentifierKind::Visitor.into(), value: value.into() }),
        cause: LinkCause::Login.into(),
        time_ms: 0,
    };
    refused(shop.profiles().link_identifier(link("ada", "nan")).await, "identifier.value", "\"nan\"");
    refused(shop.profiles().link_identifier(link("none", "v")).await, "customer_id", "\"none\"");
}

#[tokio::test]
async fn which_ids_name_nobody_is_configuration() {
    let shop = shop(&[("rules.placeholder_ids", "[\"kasa 1\"]")]).await;
    shop.happened([event(both("Kasa1", "v"), added("a")), event(customer("undefined"), added("b"))]).await;
    assert_eq!(cart(&shop, visitor("v")).await, ["a"]);
    assert_eq!(cart(&shop, customer("undefined")).await, ["b"]);
}

#[tokio::test]
async fn an_address_in_an_id_s_place_is_one_person_and_never_stands_in_clear() {
    let shop = shop(&[]).await;
    shop.happened([
        event(customer("Ada@Shop.example"), added("a")),
        event(both("ada@shop.example", "v"), added("b")),
        event(visitor("v"), added("c")),
    ])
    .await;
    let (profile, known) = shop.profile(customer("ADA@shop.example")).await;
    assert!(known && profile.customer_id.starts_with("email-"), "{profile:?}");
    assert_eq!(profile.cart.len(), 3);
    assert!(!format!("{profile:?}").to_lowercase().contains("ada@"));
    // Whoever sends the hash means her.
    let hash = profile.customer_id.strip_prefix("email-").unwrap();
    let other = Identifier { kind: IdentifierKind::EmailHash.into(), value: hash.into() };
    assert_eq!(cart(&shop, Who { other: Some(other), ..Who::default() }).await, ["a", "b", "c"]);
}
