//! Streams of writes: answered in order once durable, broken without loss, obeyed by the very next answer.

use std::time::Duration;

use outfitter::proto::*;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::shop::{Shop, connect, customer, event, purchased, shoes, viewed};

fn message(event: Event) -> StreamEventsRequest {
    StreamEventsRequest { event: Some(event) }
}

#[tokio::test]
async fn results_come_in_order_and_a_message_without_an_event_is_refused_alone() {
    let shop = Shop::new().await;
    let events: Vec<Event> = (0..500).map(|_| event(customer("c"), viewed("p"))).collect();
    let mut messages: Vec<_> = events.iter().cloned().map(message).collect();
    messages.insert(250, StreamEventsRequest { event: None });
    let mut results = shop.events().stream_events(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut ids = Vec::new();
    while let Some(reply) = results.message().await.unwrap() {
        let result = reply.result.unwrap();
        match result.error {
            Some(error) => assert_eq!((ids.len(), error.field.as_str()), (250, "event")),
            None => ids.push(result.event_id),
        }
    }
    assert_eq!(ids, events.into_iter().map(|event| event.id).collect::<Vec<_>>());
    assert_eq!(shop.profile(customer("c")).await.0.events, 500);
}

#[tokio::test]
async fn a_stream_broken_in_the_middle_keeps_what_was_acknowledged() {
    let shop = Shop::new().await;
    let events: Vec<Event> = (0..200).map(|_| event(customer("c"), viewed("p"))).collect();
    // A connection of its own, that goes down with all that is on it.
    let running = connect_anew(&shop).await;
    let mut client = event_service_client::EventServiceClient::new(running);
    let (send, receive) = mpsc::channel(16);
    let mut results = client.stream_events(ReceiverStream::new(receive)).await.unwrap().into_inner();
    let mut acknowledged = Vec::new();
    for event in &events[..100] {
        send.send(message(event.clone())).await.unwrap();
    }
    while acknowledged.len() < 60 {
        acknowledged.push(results.message().await.unwrap().unwrap().result.unwrap().event_id);
    }
    drop((results, send, client));

    let again = shop.write(events.clone()).await;
    for (result, sent) in again.iter().zip(&events) {
        assert_eq!(result.error, None);
        if acknowledged.contains(&sent.id) {
            assert_eq!(result.status(), EventStatus::Duplicate, "{} was lost", sent.id);
        }
    }
    assert_eq!(shop.profile(customer("c")).await.0.events, 200);
}

async fn connect_anew(shop: &Shop) -> tonic::transport::Channel {
    tonic::transport::Channel::from_shared(format!("http://{}", shop.addr())).unwrap().connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_after_the_acknowledgement_obeys_it_under_load() {
    let shop = Shop::new().await;
    let ids: Vec<String> = (0..40).map(|i| format!("p{i:02}")).collect();
    shop.stock(ids.iter().map(|id| shoes(id))).await;
    let bought: i32 = Ineligibility::Bought.into();
    let mut buyers = Vec::new();
    for buyer in 0..4 {
        let (events, recommendations) = (shop.events(), shop.recommendations());
        let ids = ids.clone();
        buyers.push(tokio::spawn(async move {
            let who = customer(&format!("c{buyer}"));
            let (mut events, mut recommendations) = (events, recommendations);
            for id in &ids {
                let purchase = event(who.clone(), purchased(id, ""));
                let request = WriteEventsRequest { events: vec![purchase], validate_only: false };
                events.write_events(request).await.unwrap();
                let product_ids = vec![id.clone()];
                let request = ScoreProductsRequest { who: Some(who.clone()), product_ids, ..Default::default() };
                let scored = recommendations.score_products(request).await.unwrap().into_inner();
                assert_eq!(scored.products[0].ineligible, bought, "{id} was offered after it was bought");
            }
        }));
    }
    for buyer in buyers {
        buyer.await.unwrap();
    }
}

#[tokio::test]
async fn a_stop_ends_open_streams_and_keeps_what_they_sent() {
    let folder = tempfile::tempdir().unwrap();
    let running = outfitter::server::start(crate::shop::settings(&folder, &[])).await.unwrap();
    let mut client = event_service_client::EventServiceClient::new(connect(&running).await);
    let (send, receive) = mpsc::channel(16);
    let mut results = client.stream_events(ReceiverStream::new(receive)).await.unwrap().into_inner();
    let sent = event(customer("c"), viewed("p"));
    send.send(message(sent.clone())).await.unwrap();
    assert_eq!(results.message().await.unwrap().unwrap().result.unwrap().status(), EventStatus::Accepted);
    // The stream stays open, and still the server comes to its end.
    tokio::time::timeout(Duration::from_secs(5), running.stop()).await.unwrap();
    assert_eq!(results.message().await.unwrap_err().code(), Code::Unavailable);
}
