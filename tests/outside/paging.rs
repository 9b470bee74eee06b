//! Feeds over the wire: which page tokens have expired, and what is said of it.

use std::time::Duration;

use outfitter::{
    domain::{
        Id, Timestamp,
        event::Who,
        recommend::{Asked, Context, Filter, Placement, Query, Steering},
    },
    proto::{RecommendRequest, RecommendResponse},
};
use tonic::{Code, Status};

use crate::shop::{Shop, customer, now_ms, shoes};

/// A minute before nobody can turn a page any more, and a minute after it.
const STILL: Duration = Duration::from_mins(29);
const TOO_LATE: Duration = Duration::from_mins(31);

async fn filled() -> Shop {
    let shop = Shop::new().await;
    shop.stock(["p", "q", "r", "s"].map(shoes)).await;
    shop
}

async fn ask(shop: &Shop, page_token: &str) -> Result<RecommendResponse, Status> {
    let request = RecommendRequest {
        who: Some(customer("c")),
        page_size: 1,
        page_token: page_token.into(),
        ..RecommendRequest::default()
    };
    shop.recommendations().recommend(request).await.map(tonic::Response::into_inner)
}

/// The token of the next page, for who asked the same so long ago.
async fn asked_before(shop: &Shop, page_token: Option<String>, ago: Duration) -> String {
    let now = Timestamp(now_ms() - i64::try_from(ago.as_millis()).unwrap());
    let who = Who::customer(Id::new("c").unwrap());
    let asked = Asked { who, placement: Placement::Home, context: Context::default(), now };
    let page_token = page_token.map(Into::into);
    let query = Query {
        asked,
        filter: Filter::default(),
        steering: Steering::default(),
        page_size: 1,
        page_token,
        explain: false,
    };
    shop.inside().recommend(&query).await.unwrap().next_page_token.unwrap()
}

async fn expired(shop: &Shop, page_token: &str) {
    let status = ask(shop, page_token).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert_eq!(status.message(), "this page token has expired: start the feed anew");
}

#[tokio::test]
async fn a_feed_that_nobody_reads_on_expires() {
    let shop = filled().await;
    let tokens = async |ago| {
        let second = asked_before(&shop, None, ago).await;
        let third = asked_before(&shop, Some(second), ago).await;
        // The second page makes the feed, so a token of its own is one that was never turned.
        [asked_before(&shop, None, ago).await, third]
    };
    for token in tokens(STILL).await {
        assert_eq!(ask(&shop, &token).await.unwrap().products.len(), 1);
    }
    for token in tokens(TOO_LATE).await {
        expired(&shop, &token).await;
    }
}

#[tokio::test]
async fn a_restart_ends_every_feed_and_says_so() {
    let mut shop = filled().await;
    let second = ask(&shop, "").await.unwrap().next_page_token;
    let third = ask(&shop, &second).await.unwrap().next_page_token;
    ask(&shop, &third).await.unwrap();
    shop.restart().await;
    expired(&shop, &second).await;
    expired(&shop, &third).await;
    assert!(!ask(&shop, "").await.unwrap().next_page_token.is_empty(), "she starts anew");
}
