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
