//! What answers say of themselves, and filters that name what no product has.

use outfitter::proto::*;

use crate::shop::{Shop, customer, event, refused, shoes, viewed};

fn filtered(filter: Filter) -> RecommendRequest {
    RecommendRequest { who: Some(customer("c")), filter: Some(filter), ..RecommendRequest::default() }
}

fn with(name: &str) -> RecommendRequest {
    let attribute = AttributeFilter { name: name.into(), values: vec!["leather".into()] };
    filtered(Filter { attributes: vec![attribute], ..Filter::default() })
}

fn at_most(currency: &str) -> RecommendRequest {
    let at_most = Some(Money { minor: 99_999, currency: currency.into() });
    filtered(Filter { price: Some(PriceRange { at_least: None, at_most }), ..Filter::default() })
}

#[tokio::test]
async fn a_filter_on_what_no_product_has_is_refused_by_name() {
    let shop = Shop::new().await;
    let ask = async |request: RecommendRequest| shop.recommendations().recommend(request).await;
    // What is to come can't be known.
    for request in [with("material"), at_most("EUR")] {
        assert_eq!(ask(request).await.unwrap().into_inner().products, []);
    }
    let material = Attribute { name: "Material".into(), value: "Leather".into() };
    let mut boots = shoes("boots");
    boots.attributes.push(material.clone());
    let mut belt = shoes("belt");
    belt.variants[0].attributes.push(Attribute { name: "buckle".into(), value: "leather".into() });
    shop.stock([boots, belt, shoes("plain")]).await;

    for known in ["material", "MATERIAL", "buckle", "color", "Size", "audience"] {
        assert!(ask(with(known)).await.is_ok(), "{known}");
    }
    assert!(ask(at_most("PLN")).await.is_ok());
    let field = "filter.attributes[0].name";
    refused(ask(with("materail")).await, field, "\"materail\", did you mean \"material\"?");
    refused(ask(with("colour")).await, field, "\"colour\", did you mean \"color\"?");
    refused(ask(with("warehouse")).await, field, "no product has the attribute \"warehouse\"");
    refused(ask(at_most("EUR")).await, "filter.price.at_most.currency", "in \"EUR\", they are in PLN");
    let validated = RecommendRequest { validate_only: true, ..at_most("EUR") };
    refused(ask(validated).await, "filter.price.at_most.currency", "EUR");

    // They come and go with their products.
    let mut euros = shoes("abroad");
    for variant in &mut euros.variants {
        variant.price = Some(Money { minor: 100, currency: "EUR".into() });
    }
    shop.stock([euros]).await;
    assert!(ask(at_most("EUR")).await.is_ok());
    shop.catalog().delete_product(DeleteProductRequest { id: "abroad".into() }).await.unwrap();
    refused(ask(at_most("EUR")).await, "filter.price.at_most.currency", "EUR");
    shop.stock([shoes("boots")]).await;
    refused(ask(with("material")).await, field, "no product has the attribute");
}

#[tokio::test]
async fn a_feed_that_has_begun_outlives_what_its_filter_names() {
    let shop = Shop::new().await;
    let made = |id: &str| {
        let attributes = vec![Attribute { name: "material".into(), value: "leather".into() }];
        Product { attributes, ..shoes(id) }
    };
    shop.stock(["a", "b", "c"].map(made)).await;
    let first = RecommendRequest { page_size: 1, ..with("material") };
    let page = shop.recommendations().recommend(first.clone()).await.unwrap().into_inner();
    shop.stock(["a", "b", "c"].map(shoes)).await;
    let next = RecommendRequest { page_token: page.next_page_token, ..first };
    assert_eq!(shop.recommendations().recommend(next).await.unwrap().into_inner().products, []);
}

#[tokio::test]
async fn a_stranger_in_an_untrained_shop_is_told_both() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let both = vec![i32::from(Fallback::UnknownCustomer), i32::from(Fallback::NoModel)];
    let who = || Some(customer("c"));
    let answer = shop.recommendations().recommend(with("size")).await.unwrap().into_inner();
    assert_eq!((answer.fallback(), &answer.fallbacks), (Fallback::UnknownCustomer, &both));
    let request = ScoreProductsRequest { who: who(), product_ids: vec!["p".into()], ..ScoreProductsRequest::default() };
    let scores = shop.recommendations().score_products(request).await.unwrap().into_inner();
    assert_eq!((scores.fallback(), &scores.fallbacks), (Fallback::UnknownCustomer, &both));
    let request = ExplainProductRequest { who: who(), product_id: "p".into(), ..ExplainProductRequest::default() };
    let explained = shop.recommendations().explain_product(request).await.unwrap().into_inner();
    assert_eq!((explained.fallback(), &explained.fallbacks), (Fallback::UnknownCustomer, &both));
    let request = GetOpenerRequest { who: who(), ..GetOpenerRequest::default() };
    let opener = shop.openers().get_opener(request).await.unwrap().into_inner();
    assert_eq!((opener.fallback(), &opener.fallbacks), (Fallback::UnknownCustomer, &both));

    shop.happened([event(customer("c"), viewed("p"))]).await;
    let answer = shop.recommendations().recommend(with("size")).await.unwrap().into_inner();
    assert_eq!(answer.fallbacks, [i32::from(Fallback::NoModel)]);
}
