//! The life of a customer, and that a restart forgets none of it.

use outfitter::proto::{event::Kind, *};

use crate::shop::{Shop, customer, event, item, purchased, shoes, stock, viewed, visitor};

async fn recommended(shop: &Shop, who: Who) -> Vec<String> {
    let request = RecommendRequest { who: Some(who), page_size: 50, ..RecommendRequest::default() };
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    answer.products.into_iter().map(|product| product.product_id).collect()
}

async fn change_stock(shop: &Shop, changes: impl IntoIterator<Item = StockChange>) {
    let messages: Vec<_> = changes.into_iter().map(|change| ChangeStockRequest { change: Some(change) }).collect();
    let mut replies = shop.catalog().change_stock(tokio_stream::iter(messages)).await.unwrap().into_inner();
    while let Some(reply) = replies.message().await.unwrap() {
        assert!(reply.applied, "{reply:?}");
    }
}

#[tokio::test]
async fn what_she_bought_is_gone_at_once_and_stays_gone() {
    let mut shop = Shop::new().await;
    let ids: Vec<String> = (0..12).map(|i| format!("p{i:02}")).collect();
    shop.stock(ids.iter().map(|id| shoes(id))).await;

    // Anonymous first: she looks at things and puts one into her cart.
    let added = Kind::CartAdded(CartAdded { item: Some(item("p01", "p01-41")) });
    shop.happened([event(visitor("v"), viewed("p01")), event(visitor("v"), viewed("p02")), event(visitor("v"), added)])
        .await;
    assert_eq!(shop.profile(visitor("v")).await.0.cart.len(), 1);
    // Then she logs in and buys.
    let both = Who { customer_id: "c".into(), visitor_id: "v".into(), other: None };
    shop.happened([event(both, purchased("p01", "p01-41"))]).await;
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!((profile.events, profile.cart.len(), profile.owned[0].product_id.as_str()), (4, 0, "p01"));

    let page = recommended(&shop, customer("c")).await;
    assert!(!page.contains(&"p01".to_owned()) && page.len() >= 10, "{page:?}");
    assert_eq!(shop.ineligible(customer("c"), "p01").await, i32::from(Ineligibility::Bought));

    // One of the rest sells out, in both sizes.
    change_stock(&shop, [stock("p02", "p02-41", 0), stock("p02", "p02-42", 0)]).await;
    assert_eq!(shop.ineligible(customer("c"), "p02").await, i32::from(Ineligibility::SoldOut));
    assert!(!recommended(&shop, customer("c")).await.contains(&"p02".to_owned()));

    shop.restart().await;
    let after = recommended(&shop, customer("c")).await;
    assert!(!after.contains(&"p01".to_owned()) && !after.contains(&"p02".to_owned()), "{after:?}");
    assert_eq!(shop.profile(customer("c")).await.0, profile);

    // All of it goes back: it may be offered again, and the other one is there again too.
    let items = vec![item("p01", "p01-41")];
    let returned = Kind::Returned(Returned { order_id: "o-1".into(), items, reason: ReturnReason::ChangedMind.into() });
    shop.happened([event(customer("c"), returned)]).await;
    assert_eq!(shop.ineligible(customer("c"), "p01").await, 0);
    change_stock(&shop, [stock("p02", "p02-42", 1)]).await;
    assert_eq!(shop.ineligible(customer("c"), "p02").await, 0);
}

#[tokio::test]
async fn a_feed_holds_everything_once() {
    let shop = Shop::new().await;
    shop.stock((0..53).map(|i| shoes(&format!("p{i:02}")))).await;
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let request = RecommendRequest {
            who: Some(customer("c")),
            placement: Placement::Feed.into(),
            page_size: 10,
            page_token: token.clone(),
            ..RecommendRequest::default()
        };
        let page = shop.recommendations().recommend(request).await.unwrap().into_inner();
        seen.extend(page.products.into_iter().map(|product| product.product_id));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, (0..53).map(|i| format!("p{i:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_deleted_product_is_offered_to_nobody() {
    let shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q")]).await;
    shop.catalog().delete_product(DeleteProductRequest { id: "p".into() }).await.unwrap();
    assert_eq!(shop.ineligible(customer("c"), "p").await, i32::from(Ineligibility::UnknownProduct));
    let again = shop.catalog().delete_product(DeleteProductRequest { id: "p".into() }).await;
    assert_eq!(again.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn an_explanation_names_every_rule() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    shop.happened([event(customer("c"), purchased("p", "p-41"))]).await;
    let request = ExplainProductRequest { who: Some(customer("c")), product_id: "p".into(), ..Default::default() };
    let answer = shop.recommendations().explain_product(request).await.unwrap().into_inner();
    assert_eq!(answer.ineligible(), Ineligibility::Bought);
    assert!(answer.rules.iter().any(|rule| rule.rule() == Ineligibility::Bought && rule.forbids), "{answer:?}");
}
