//! What is said of products and variants: sales in their time, stock below zero.

use outfitter::proto::*;

use crate::shop::{Shop, customer, now_ms, price, shoes, stock};

const HOUR: i64 = 3_600_000;

fn on_sale(from_ms: i64, until_ms: i64) -> Product {
    let mut product = shoes("boots");
    for variant in &mut product.variants {
        variant.price = Some(price(10_000));
        variant.sale_price = Some(price(6_000));
        (variant.sale_from_ms, variant.sale_until_ms) = (from_ms, until_ms);
    }
    product
}

async fn read(shop: &Shop) -> Product {
    let answer = shop.catalog().get_product(GetProductRequest { id: "boots".into() }).await.unwrap();
    answer.into_inner().product.unwrap()
}

/// Whether boots are offered to whoever pays this at most.
async fn is_offered(shop: &Shop, at_most: i64) -> bool {
    let range = PriceRange { at_least: None, at_most: Some(price(at_most)) };
    let filter = Filter { price: Some(range), ..Filter::default() };
    let request = RecommendRequest { who: Some(customer("c")), filter: Some(filter), ..RecommendRequest::default() };
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    !answer.products.is_empty()
}

#[tokio::test]
async fn a_sale_is_looked_at_when_the_answer_is_made() {
    let mut shop = Shop::new().await;
    let now = now_ms();
    let cases = [
        (now - HOUR, now + HOUR, true),
        (now - HOUR, 0, true),
        (0, now + HOUR, true),
        (0, 0, true),
        (now + HOUR, 0, false),
        (0, now - HOUR, false),
        (now - HOUR, now - 1, false),
    ];
    for (from, until, holds) in cases {
        shop.stock([on_sale(from, until)]).await;
        let found = read(&shop).await;
        let seen = found.variants.iter().map(|one| (one.price.clone(), one.original_price.clone()));
        let expected = if holds { (Some(price(6_000)), Some(price(10_000))) } else { (Some(price(10_000)), None) };
        assert!(seen.into_iter().all(|prices| prices == expected), "{from} {until}: {found:?}");
        assert_eq!(is_offered(&shop, 7_000).await, holds, "{from} {until}");
        // What an answer gave can be sent back, and is the same afterwards.
        shop.stock([found.clone()]).await;
        assert_eq!(read(&shop).await, found);
    }
    // It outlives a restart, and ends with a new price.
    shop.stock([on_sale(now - HOUR, 0)]).await;
    shop.restart().await;
    assert!(is_offered(&shop, 7_000).await);
    let change = |variant: &str| StockChange { price: Some(price(8_000)), ..stock("boots", variant, 5) };
    let changes = ["boots-41", "boots-42"].map(|one| ChangeStockRequest { change: Some(change(one)) });
    let mut replies = shop.catalog().change_stock(tokio_stream::iter(changes)).await.unwrap().into_inner();
    while let Some(reply) = replies.message().await.unwrap() {
        assert!(reply.applied, "{reply:?}");
    }
    shop.restart().await;
    assert!(!is_offered(&shop, 7_000).await && is_offered(&shop, 8_000).await);
    assert_eq!(read(&shop).await.variants[0].sale_price, None);
}

#[tokio::test]
async fn stock_below_zero_is_zero() {
    let shop = Shop::new().await;
    let mut product = shoes("boots");
    product.variants.truncate(1);
    product.variants[0].stock = Some(-2);
    shop.stock([product.clone()]).await;
    assert_eq!(read(&shop).await.variants[0].stock, Some(0));
    assert_eq!(shop.ineligible(customer("c"), "boots").await, Ineligibility::SoldOut as i32);
    product.variants[0].stock = Some(2);
    shop.stock([product]).await;
    let change = ChangeStockRequest { change: Some(stock("boots", "boots-41", -7)) };
    let mut replies = shop.catalog().change_stock(tokio_stream::iter([change])).await.unwrap().into_inner();
    assert!(replies.message().await.unwrap().unwrap().applied);
    assert_eq!(shop.ineligible(customer("c"), "boots").await, Ineligibility::SoldOut as i32);
}

/// The answers to messages on one stream.
async fn upserted(shop: &Shop, messages: Vec<UpsertProductsRequest>) -> Vec<UpsertProductsResponse> {
    let mut replies = shop.catalog().upsert_products(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(reply) = replies.message().await.unwrap() {
        seen.push(reply);
    }
    seen
}

fn begin(limit_percent: i32) -> UpsertProductsRequest {
    UpsertProductsRequest { begin: Some(WholeCatalogueBegin { limit_percent }), ..Default::default() }
}

fn row(id: &str) -> UpsertProductsRequest {
    UpsertProductsRequest { product: Some(shoes(id)), ..Default::default() }
}

fn end(count: i64) -> UpsertProductsRequest {
    UpsertProductsRequest { end: Some(WholeCatalogueEnd { count }), ..Default::default() }
}

/// Which of the products are offered.
async fn offered(shop: &Shop, ids: &[&str]) -> Vec<String> {
    let mut offered = Vec::new();
    for id in ids {
        if shop.ineligible(customer("c"), id).await == 0 {
            offered.push((*id).to_owned());
        }
    }
    offered
}

#[tokio::test]
async fn a_whole_catalogue_takes_away_what_it_does_not_hold() {
    let mut shop = Shop::new().await;
    shop.stock(["a", "b", "c", "d"].map(shoes)).await;
    let replies = upserted(&shop, vec![begin(50), row("a"), row("b"), row("e"), end(3)]).await;
    let told: Vec<(i64, bool)> = replies.iter().map(|reply| (reply.retired, reply.error.is_some())).collect();
    assert_eq!(told, [(0, false), (0, false), (0, false), (0, false), (2, false)]);
    shop.restart().await;
    assert_eq!(offered(&shop, &["a", "b", "c", "d", "e"]).await, ["a", "b", "e"]);
    // They stay for the history of who bought them.
    let found = shop.catalog().get_product(GetProductRequest { id: "c".into() }).await.unwrap().into_inner();
    let variants = found.product.unwrap().variants;
    assert!(variants.iter().all(|one| one.availability() == Availability::OutOfStock && one.stock == Some(5)));
    // What comes again is sold again.
    upserted(&shop, vec![begin(0), row("a"), row("b"), row("c"), row("e"), end(4)]).await;
    assert_eq!(offered(&shop, &["a", "b", "c", "d", "e"]).await, ["a", "b", "c", "e"]);
}

#[tokio::test]
async fn a_catalogue_that_may_not_be_whole_takes_nothing_away() {
    let shop = Shop::new().await;
    let all = ["a", "b", "c", "d"];
    shop.stock(all.map(shoes)).await;
    let check = async |messages: Vec<UpsertProductsRequest>, part: &str| {
        let replies = upserted(&shop, messages).await;
        let error = replies.last().unwrap().error.clone().unwrap_or_default();
        assert!(error.message.contains(part), "{part}: {replies:?}");
        assert_eq!(offered(&shop, &all).await, all, "{part}");
        error.code
    };
    let precondition = tonic::Code::FailedPrecondition as i32;
    let over = "2 of 4 products that sell now would be taken away: 50 %, and the limit is 30 %";
    assert_eq!(check(vec![begin(0), row("a"), row("b"), end(2)], over).await, precondition);
    let lost = "2 products came since the beginning, not 3";
    assert_eq!(check(vec![begin(100), row("a"), row("b"), end(3)], lost).await, precondition);
    assert_eq!(check(vec![row("a"), end(1)], "no whole catalogue was begun").await, precondition);
    let invalid = tonic::Code::InvalidArgument as i32;
    assert_eq!(check(vec![begin(101)], "1 to 100 percent: 101").await, invalid);
    let both = UpsertProductsRequest { end: end(1).end, ..row("a") };
    assert_eq!(check(vec![begin(0), both], "a product, a begin or an end").await, invalid);
    // A stream that ends without its end, and a second begin.
    check(vec![begin(100), row("a")], "").await;
    check(vec![begin(100), row("a"), begin(100), row("b"), row("c"), row("d"), row("a"), end(4)], "").await;
}

#[tokio::test]
async fn a_whole_catalogue_spares_what_others_write_meanwhile_and_what_it_speaks_of() {
    let shop = Shop::new().await;
    shop.stock(["a", "b", "c", "d"].map(shoes)).await;
    let (send, receive) = tokio::sync::mpsc::channel(8);
    let messages = tokio_stream::wrappers::ReceiverStream::new(receive);
    let mut replies = shop.catalog().upsert_products(messages).await.unwrap().into_inner();
    for message in [begin(100), row("a")] {
        send.send(message).await.unwrap();
        replies.message().await.unwrap().unwrap();
    }
    // Somebody else brings a new product, and changes the stock of an old one.
    shop.stock([shoes("new")]).await;
    let change = ChangeStockRequest { change: Some(stock("b", "b-41", 9)) };
    let mut changed = shop.catalog().change_stock(tokio_stream::iter([change])).await.unwrap().into_inner();
    assert!(changed.message().await.unwrap().unwrap().applied);
    // A product that is refused stays as it was.
    let mut refused = row("c");
    refused.product.as_mut().unwrap().variants.clear();
    for message in [refused, end(2)] {
        send.send(message).await.unwrap();
    }
    assert!(replies.message().await.unwrap().unwrap().error.is_some());
    assert_eq!(replies.message().await.unwrap().unwrap().retired, 1);
    assert_eq!(offered(&shop, &["a", "b", "c", "d", "new"]).await, ["a", "b", "c", "new"]);
}
