//! Streams that send as fast as they can, in frames as small as there are: they are slowed down, and nothing breaks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use outfitter::proto::*;
use prost::bytes::Bytes;
use tonic::transport::Channel;

use crate::{
    process::{Process, Rough, answers, framed},
    shop::{customer, event, shoes, stock, viewed},
};

/// Messages of a stream. Each is well below the 256 bytes that a frame costs in the memory of the server.
const MESSAGES: usize = 20_000;

async fn events(channel: Channel) -> usize {
    let messages = (0..MESSAGES).map(|_| StreamEventsRequest { event: Some(event(customer("c"), viewed("p"))) });
    let mut client = event_service_client::EventServiceClient::new(channel);
    let mut replies = client.stream_events(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut accepted = 0;
    while let Some(reply) = replies.message().await.unwrap() {
        accepted += usize::from(reply.result.unwrap().status() == EventStatus::Accepted);
    }
    accepted
}

async fn stocks(channel: Channel) -> usize {
    let change = |number: usize| Some(stock("p", "p-41", i64::try_from(number).unwrap()));
    let messages = (0..MESSAGES).map(move |number| ChangeStockRequest { change: change(number) });
    let mut client = catalog_service_client::CatalogServiceClient::new(channel);
    let mut replies = client.change_stock(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut done = 0;
    while let Some(reply) = replies.message().await.unwrap() {
        done += usize::from(reply.error.is_none());
    }
    done
}

/// Nothing but an id: refused, each on its own.
async fn products(channel: Channel) -> usize {
    let product = |number: usize| Some(Product { id: format!("x{number}"), ..Product::default() });
    let messages =
        (0..MESSAGES).map(move |number| UpsertProductsRequest { product: product(number), ..Default::default() });
    let mut client = catalog_service_client::CatalogServiceClient::new(channel);
    let mut replies = client.upsert_products(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut answered = 0;
    while let Some(reply) = replies.message().await.unwrap() {
        answered += usize::from(!reply.product_id.is_empty());
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_at_once_on_one_channel_live_and_so_do_other_calls() {
    let server = Process::start(&[]).await;
    let channel = server.channel.clone();
    let request = UpsertProductRequest { product: Some(shoes("p")), validate_only: false };
    catalog_service_client::CatalogServiceClient::new(channel.clone()).upsert_product(request).await.unwrap();

    let running = Arc::new(AtomicBool::new(true));
    let (beside, still) = (channel.clone(), Arc::clone(&running));
    let ordinary = tokio::spawn(async move {
        let mut count = 0;
        while still.load(Ordering::Relaxed) {
            assert!(answers(&beside).await, "after {count} answers");
            count += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        count
    });
    let streams = [
        tokio::spawn(events(channel.clone())),
        tokio::spawn(events(channel.clone())),
        tokio::spawn(stocks(channel.clone())),
        tokio::spawn(products(channel.clone())),
        tokio::spawn(products(channel)),
    ];
    for (number, stream) in streams.into_iter().enumerate() {
        assert_eq!(stream.await.unwrap(), MESSAGES, "stream {number}");
    }
    running.store(false, Ordering::Relaxed);
    assert!(ordinary.await.unwrap() > 5, "ordinary calls were made");
}

/// The most that h2 can charge: whole windows of frames of one byte that nobody reads, on as many streams as may be open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_full_of_frames_of_one_byte_end_nothing() {
    let server = Process::start(&["network.streams_per_connection=2", "network.send_ms=60000"]).await;
    let mut rough = Rough::connect(server.addr, 0).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let (answer, mut body) = rough.head("EventService/StreamEvents").await.unwrap();
        // Without an event, each is answered at once; nobody reads the answers, so the server stops to take messages in.
        let message = framed(&StreamEventsRequest { event: None });
        body.send_data(Bytes::from(message.repeat(4_000)), false).unwrap();
        open.push((answer.await.unwrap(), body));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    for (_, body) in &mut open {
        body.reserve_capacity(65_535);
        let mut sent = 0;
        // Until the window is full.
        while let Ok(Some(Ok(_))) =
            tokio::time::timeout(Duration::from_millis(500), std::future::poll_fn(|cx| body.poll_capacity(cx))).await
        {
            for _ in 0..body.capacity() {
                body.send_data(Bytes::from_static(&[0]), false).unwrap();
                sent += 1;
            }
            body.reserve_capacity(65_535);
        }
        assert!(sent > 30_000, "{sent} frames filled the window");
    }
    let message = GetProductRequest { id: "p".into() };
    for _ in 0..10 {
        let answer = rough.call("CatalogService/GetProduct", &message).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    // One stream more than there may be is told so, and costs the others nothing.
    let (answer, _body) = rough.head("EventService/StreamEvents").await.unwrap();
    assert_eq!(crate::process::status(&answer.await.unwrap()), tonic::Code::ResourceExhausted);
    assert!(rough.call("CatalogService/GetProduct", &message).await.is_ok());
}
