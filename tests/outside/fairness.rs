//! Callers beside one another: who asks for much does not keep those waiting who ask for little, and nobody waits for an
//! answer that would come too late.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use outfitter::proto::{recommendation_service_client::RecommendationServiceClient, *};
use prost::bytes::Bytes;
use tokio::task::JoinSet;
use tonic::{Code, Request, transport::Channel};

use crate::{
    process::{Process, Rough, connect, framed},
    shop::{customer, shoes},
};

const PRODUCTS: usize = 1_000;

async fn shop() -> Process {
    let server = Process::start(&[]).await;
    let product = |number: usize| Some(shoes(&format!("p{number}")));
    let messages = (0..PRODUCTS)
        .map(move |number| UpsertProductsRequest { product: product(number), ..UpsertProductsRequest::default() });
    let mut client = catalog_service_client::CatalogServiceClient::new(server.channel.clone());
    let mut replies = client.upsert_products(tokio_stream::iter(messages)).await.unwrap().into_inner();
    while let Some(reply) = replies.message().await.unwrap() {
        assert_eq!(reply.error, None);
    }
    server
}

fn to_score(products: usize) -> ScoreProductsRequest {
    let product_ids = (0..products).map(|number| format!("p{number}")).collect();
    ScoreProductsRequest { who: Some(customer("c")), product_ids, ..ScoreProductsRequest::default() }
}

/// What an ordinary call takes, in the median: the tests share their processors with others.
async fn ordinary(channel: &Channel) -> Duration {
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        RecommendationServiceClient::new(channel.clone()).score_products(to_score(3)).await.unwrap();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_who_ask_for_much_hold_up_nobody_who_asks_for_little() {
    let server = shop().await;
    let little = connect(server.addr).await;
    let alone = ordinary(&little).await;
    let running = Arc::new(AtomicBool::new(true));
    let callers = callers(&Rough::connect(server.addr, 1 << 20).await, 50, PRODUCTS, &running);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let beside = ordinary(&little).await;
    running.store(false, Ordering::Relaxed);
    let done = answers(callers).await;
    assert!(done >= 50, "{done} of the heavy calls were answered");
    // Without turns it waits for some of them each time that it goes on: half a second in all, in a debug build.
    assert!(beside < alone * 5 + Duration::from_millis(100), "{beside:?} beside them, {alone:?} alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_with_many_calls_gets_no_more_than_one_with_a_few() {
    let server = shop().await;
    let (many, few) = (Rough::connect(server.addr, 1 << 20).await, Rough::connect(server.addr, 1 << 20).await);
    let running = Arc::new(AtomicBool::new(true));
    let (many, few) = (callers(&many, 64, 20, &running), callers(&few, 8, 20, &running));
    tokio::time::sleep(Duration::from_secs(3)).await;
    running.store(false, Ordering::Relaxed);
    // Those under way at the end are answered as well.
    let (many, few) = (answers(many).await - 64, answers(few).await - 8);
    // By the number of their calls it would be an eighth.
    assert!(few * 2 > many, "{few} answers beside {many}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ordinary_call_overtakes_those_of_its_own_connection_that_ask_for_much() {
    let server = shop().await;
    let rough = Rough::connect(server.addr, 1 << 20).await;
    // What it costs to score so many is known from then on.
    score(rough.clone(), framed(&to_score(PRODUCTS))).await;
    let done = Arc::new(AtomicUsize::new(0));
    let mut heavy = JoinSet::new();
    for _ in 0..50 {
        let (rough, done) = (rough.clone(), Arc::clone(&done));
        heavy.spawn(async move {
            score(rough, framed(&to_score(PRODUCTS))).await;
            done.fetch_add(1, Ordering::Relaxed);
        });
    }
    while done.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let product = framed(&GetProductRequest { id: "p1".into() });
    rough.clone().call_framed("CatalogService/GetProduct", product).await.unwrap();
    let before = done.load(Ordering::Relaxed);
    assert!(before < 40, "{before} of 50 went before it");
    heavy.join_all().await;
}

/// Scores products. Whether they were scored; the answer is not unpacked, since it is the server that is measured.
async fn score(mut rough: Rough, message: Bytes) -> bool {
    let answer = rough.call_framed("RecommendationService/ScoreProducts", message).await.unwrap();
    let is_scored = answer.headers().get("grpc-status").is_none();
    let mut body = answer.into_body();
    while let Some(data) = body.data().await {
        body.flow_control().release_capacity(data.unwrap().len()).unwrap();
    }
    is_scored
}

/// Callers on one connection, each of whom has products scored as long as they run. They count their answers.
fn callers(rough: &Rough, calls: usize, products: usize, running: &Arc<AtomicBool>) -> JoinSet<usize> {
    let message = framed(&to_score(products));
    let mut callers = JoinSet::new();
    for _ in 0..calls {
        let (rough, running, message) = (rough.clone(), Arc::clone(running), message.clone());
        callers.spawn(async move {
            let mut answers = 0;
            while running.load(Ordering::Relaxed) {
                answers += usize::from(score(rough.clone(), message.clone()).await);
            }
            answers
        });
    }
    callers
}

async fn answers(callers: JoinSet<usize>) -> usize {
    callers.join_all().await.into_iter().sum()
}

/// A call that costs the server much, and a refused one its caller nothing.
async fn list(channel: &Channel, within: Duration) -> Result<(), Code> {
    let page_size = i32::try_from(PRODUCTS).unwrap();
    let mut request = Request::new(ListProductsRequest { page_size, ..ListProductsRequest::default() });
    request.set_timeout(within);
    let listed = catalog_service_client::CatalogServiceClient::new(channel.clone()).list_products(request).await;
    listed.map(|_| ()).map_err(|status| status.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_t_be_answered_in_time_is_refused_before_it_is_worked_on() {
    let server = shop().await;
    let began = Instant::now();
    list(&server.channel, Duration::from_secs(10)).await.unwrap();
    // Room for some of them.
    let within = (began.elapsed() * 10).max(Duration::from_millis(200));
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let channel = connect(server.addr).await;
        calls.spawn(async move { list(&channel, within).await });
    }
    let (mut done, mut refused) = (0, 0);
    for answer in calls.join_all().await {
        match answer {
            Ok(()) => done += 1,
            Err(Code::ResourceExhausted) => refused += 1,
            Err(code) => assert!(matches!(code, Code::DeadlineExceeded | Code::Cancelled), "{code:?}"),
        }
    }
    assert!(done >= 1 && refused >= 50, "{done} were answered, {refused} refused at once");
}
