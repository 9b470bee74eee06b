//! Items of batches and streams that break a rule: each refused in its own answer, the others done.

use outfitter::proto::{event::Kind, *};
use tonic::Code;

use crate::shop::{Shop, customer, event, item, now_ms, price, purchased, shoes, stock, viewed};

#[tokio::test]
async fn a_bad_event_is_named_and_its_neighbours_are_kept() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let with = |kind: Kind, change: &dyn Fn(&mut Event)| {
        let mut event = event(customer("c"), kind);
        change(&mut event);
        event
    };
    let rated = |stars| Kind::Rated(Rated { product_id: "p".into(), stars });
    let purchase = |items| Kind::Purchased(Purchased { order_id: String::new(), items });
    let quantity = |quantity| vec![LineItem { quantity, ..item("p", "") }];
    let impression = |count| Kind::Impression(Impression { product_ids: vec!["p".into(); count] });
    let page = |steps, step: &str| {
        Kind::PageViewed(PageViewed { category_path: vec![step.into(); steps], ..PageViewed::default() })
    };
    let nobody = Some(Who::default());
    let cases: Vec<(Event, &str, &str)> = vec![
        (with(viewed("p"), &|e| e.id = String::new()), "id", "must not be empty"),
        (with(viewed("p"), &|e| e.id = "x".repeat(129)), "id", "129"),
        (with(viewed("p"), &|e| e.who = nobody.clone()), "who", "needs"),
        (with(viewed("p"), &|e| e.time_ms = 0), "time_ms", "after 1970"),
        (with(viewed("p"), &|e| e.time_ms = -86_400_000), "time_ms", "-86400000"),
        (with(viewed("p"), &|e| e.time_ms = now_ms() + 3_600_000), "time_ms", "is 60 minutes in the future, at most 5"),
        (with(viewed("p"), &|e| e.channel = 42), "channel", "42"),
        (with(viewed("p"), &|e| e.attribution_token = "rubbish".into()), "attribution_token", "\"rubbish\""),
        (with(viewed("p"), &|e| e.kind = None), "kind", "must be set"),
        (with(viewed(""), &|_| ()), "product_viewed.product_id", "must not be empty"),
        (with(impression(1_001), &|_| ()), "impression.product_ids", "got 1001"),
        (with(page(11, "x"), &|_| ()), "page_viewed.category_path", "11"),
        (with(page(1, &"x".repeat(257)), &|_| ()), "page_viewed.category_path[0]", "257"),
        (with(rated(6), &|_| ()), "rated.stars", "6"),
        (with(rated(0), &|_| ()), "rated.stars", "0"),
        (with(purchase(Vec::new()), &|_| ()), "purchased.items", "got 0"),
        (with(purchase(vec![item("p", ""); 501]), &|_| ()), "purchased.items", "got 501"),
        (with(purchase(quantity(-2)), &|_| ()), "purchased.items[0].quantity", "-2"),
        (with(Kind::CartAdded(CartAdded { item: None }), &|_| ()), "cart_added.item", "must be set"),
        (with(Kind::SurveyAnswered(SurveyAnswered::default()), &|_| ()), "survey_answered.survey_id", "empty"),
        (with(Kind::Returned(Returned { reason: 50, ..Returned::default() }), &|_| ()), "returned.reason", "50"),
    ];
    // Every bad one between two good ones.
    let mut events = Vec::new();
    for (bad, _, _) in &cases {
        events.extend([event(customer("c"), viewed("p")), bad.clone()]);
    }
    events.push(event(customer("c"), viewed("p")));
    let results = shop.write(events.clone()).await;
    assert_eq!(results.len(), events.len());
    for (result, sent) in results.iter().zip(&events) {
        assert_eq!(result.event_id, sent.id);
    }
    for (good, _) in results.iter().step_by(2).zip(0..) {
        assert_eq!((good.status(), &good.error), (EventStatus::Accepted, &None));
    }
    for (result, (_, field, value)) in results.iter().skip(1).step_by(2).zip(&cases) {
        let error = result.error.as_ref().unwrap_or_else(|| panic!("{field} was let pass"));
        assert_eq!(result.status(), EventStatus::Refused);
        assert_eq!((error.code, error.field.as_str()), (Code::InvalidArgument.into(), *field), "{}", error.message);
        assert!(error.message.contains(value), "{value:?} is not in {:?}", error.message);
    }
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!(profile.events, i64::try_from(cases.len()).unwrap() + 1);
}

#[tokio::test]
async fn a_token_goes_back_with_an_event_to_any_server_and_no_other_text_does() {
    let mut shop = Shop::new().await;
    shop.stock(["p", "q"].map(shoes)).await;
    let request = RecommendRequest { who: Some(customer("c")), page_size: 1, ..RecommendRequest::default() };
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    let opener = GetOpenerRequest { who: Some(customer("c")), ..GetOpenerRequest::default() };
    let opener = shop.openers().get_opener(opener).await.unwrap().into_inner();
    let with = |token: &str| Event { attribution_token: token.into(), ..event(customer("c"), viewed("p")) };
    // Another run of the server has another secret, which these tokens do not hang on.
    shop.restart().await;
    shop.happened([with(&answer.attribution_token), with(&opener.attribution_token)]).await;
    let (whole, page) = (answer.attribution_token.as_str(), answer.next_page_token.as_str());
    assert!(!page.is_empty());
    for foreign in [page, &whole[1..], &whole[..whole.len() - 1], &format!("{whole}\n"), "ż"] {
        let result = shop.write([with(foreign)]).await.remove(0);
        let error = result.error.unwrap_or_else(|| panic!("{foreign:?} was let pass"));
        assert_eq!((error.code, error.field.as_str()), (Code::InvalidArgument.into(), "attribution_token"));
    }
}

#[tokio::test]
async fn a_thousand_events_at_most() {
    let shop = Shop::new().await;
    let events = vec![event(customer("c"), viewed("p")); 1_001];
    let answer = shop.events().write_events(WriteEventsRequest { events, validate_only: false }).await;
    crate::shop::refused(answer, "events", "got 1001");
}

#[tokio::test]
async fn an_event_counts_once_and_its_id_stands_for_one_content() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let first = event(customer("c"), viewed("p"));
    let mut other = first.clone();
    other.kind = Some(viewed("q"));
    let results = shop.write([first.clone(), first.clone(), other.clone()]).await;
    let status: Vec<_> = results.iter().map(EventResult::status).collect();
    assert_eq!(status, [EventStatus::Accepted, EventStatus::Duplicate, EventStatus::Refused]);
    // And in another call.
    let again = shop.write([first.clone(), other]).await;
    assert_eq!(again[0].status(), EventStatus::Duplicate);
    let error = again[1].error.as_ref().unwrap();
    assert_eq!((error.code, error.field.as_str()), (Code::AlreadyExists.into(), "id"));
    assert!(error.message.contains(&first.id), "{}", error.message);
    assert_eq!(shop.profile(customer("c")).await.0.events, 1);
}

#[tokio::test]
async fn an_event_waits_for_its_product() {
    let shop = Shop::new().await;
    let result = shop.write([event(customer("c"), purchased("ghost", "ghost-41"))]).await.remove(0);
    assert_eq!((result.status(), result.pending_product_ids), (EventStatus::Accepted, vec!["ghost".to_owned()]));
    assert_eq!(shop.profile(customer("c")).await.0.pending_product_ids, ["ghost"]);
    let unknown: i32 = Ineligibility::UnknownProduct.into();
    assert_eq!(shop.ineligible(customer("c"), "ghost").await, unknown);
    shop.stock([shoes("ghost")]).await;
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!((profile.pending_product_ids.len(), profile.owned.len()), (0, 1));
    let bought: i32 = Ineligibility::Bought.into();
    assert_eq!(shop.ineligible(customer("c"), "ghost").await, bought);
}

#[tokio::test]
async fn an_impression_of_products_that_nobody_knows_names_each_once() {
    let shop = Shop::new().await;
    let ids: Vec<String> = (0..1_000).map(|i| format!("ghost-{}", i % 500)).collect();
    let shown = Kind::Impression(Impression { product_ids: ids.clone() });
    let result = shop.write([event(customer("c"), shown)]).await.remove(0);
    assert_eq!(result.pending_product_ids, ids[..500]);
}

#[tokio::test]
async fn changes_of_stock_are_answered_one_by_one() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let now = now_ms();
    let cases = [
        (stock("p", "p-41", 3), None),
        (stock("p", "p-41", -1), None),
        (stock("q", "q-41", 3), Some((Code::NotFound, "change.product_id"))),
        (stock("p", "p-99", 3), Some((Code::NotFound, "change.variant_id"))),
        (stock("", "p-41", 3), Some((Code::InvalidArgument, "change.product_id"))),
        (StockChange { stock: None, ..stock("p", "p-41", 0) }, Some((Code::InvalidArgument, "change"))),
        (
            StockChange { price: Some(Money { minor: 5, currency: String::new() }), ..stock("p", "p-41", 3) },
            Some((Code::InvalidArgument, "change.price.currency")),
        ),
        (
            StockChange { time_ms: now + 3_600_000, ..stock("p", "p-41", 3) },
            Some((Code::InvalidArgument, "change.time_ms")),
        ),
        (StockChange { price: Some(price(5)), ..stock("p", "p-42", 7) }, None),
    ];
    let messages: Vec<_> =
        cases.iter().map(|(change, _)| ChangeStockRequest { change: Some(change.clone()) }).collect();
    let mut replies = shop.catalog().change_stock(tokio_stream::iter(messages)).await.unwrap().into_inner();
    for (change, expected) in &cases {
        let reply = replies.message().await.unwrap().unwrap();
        assert_eq!((&reply.product_id, &reply.variant_id), (&change.product_id, &change.variant_id));
        assert_eq!(reply.applied, expected.is_none(), "{reply:?}");
        let error = reply.error.as_ref().map(|error| (Code::from(error.code), error.field.as_str()));
        assert_eq!(error, *expected, "{reply:?}");
    }
    assert_eq!(replies.message().await.unwrap(), None);
    let found = shop.catalog().get_product(GetProductRequest { id: "p".into() }).await.unwrap().into_inner();
    let variants = found.product.unwrap().variants;
    assert_eq!((variants[0].stock, variants[1].stock, variants[1].price.clone()), (Some(0), Some(7), Some(price(5))));
}

#[tokio::test]
async fn a_bad_product_does_not_end_the_stream() {
    let shop = Shop::new().await;
    let mut bare = shoes("bare");
    bare.variants.clear();
    let products = [Some(shoes("a")), Some(bare), None, Some(shoes("b")), Some(shoes("a"))];
    let messages: Vec<_> =
        products.into_iter().map(|product| UpsertProductsRequest { product, ..Default::default() }).collect();
    let mut replies = shop.catalog().upsert_products(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let expected = [
        ("a", true, None),
        ("bare", false, Some("product.variants")),
        ("", false, Some("product")),
        ("b", true, None),
        ("a", false, None),
    ];
    for (id, created, field) in expected {
        let reply = replies.message().await.unwrap().unwrap();
        let found = reply.error.as_ref().map(|error| error.field.as_str());
        assert_eq!((reply.product_id.as_str(), reply.created, found), (id, created, field));
    }
}
