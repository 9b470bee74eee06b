//! Around the services: health, reflection, what a full server says.

use outfitter::{proto::WriteEventsRequest, server};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::shop::{Shop, customer, event, settings, viewed};

#[tokio::test]
async fn nobody_is_served_before_the_state_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let bound = server::bind(settings(&folder, &[])).await.unwrap();
    let channel = tonic::transport::Channel::from_shared(format!("http://{}", bound.addr)).unwrap();
    let channel = channel.connect().await.unwrap();
    let mut health = HealthClient::new(channel.clone());
    let mut check = async |service: &str| {
        health.check(HealthCheckRequest { service: service.into() }).await.unwrap().into_inner().status()
    };
    let mut events = outfitter::proto::event_service_client::EventServiceClient::new(channel);
    let request = WriteEventsRequest { events: vec![event(customer("c"), viewed("p"))], validate_only: false };

    for service in ["", "outfitter.v1.EventService"] {
        assert_eq!(check(service).await, ServingStatus::NotServing);
    }
    assert_eq!(events.write_events(request.clone()).await.unwrap_err().code(), Code::Unavailable);
    let running = bound.load().await.unwrap();
    for service in ["", "outfitter.v1.EventService"] {
        assert_eq!(check(service).await, ServingStatus::Serving);
    }
    events.write_events(request).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn reflection_names_every_service() {
    let shop = Shop::new().await;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(shop.channel.clone());
    let mut answers = client.server_reflection_info(tokio_stream::iter([ask])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    for service in outfitter::grpc::SERVICES.into_iter().chain(["grpc.health.v1.Health"]) {
        assert!(list.service.iter().any(|one| one.name == service), "{service} is not in {list:?}");
    }
}

#[tokio::test]
async fn a_full_server_says_so_and_is_still_alive() {
    let shop = Shop::with(&[("limits.in_flight", "1")]).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let mut events = shop.events();
        calls.spawn(async move {
            let request = WriteEventsRequest { events: vec![event(customer("c"), viewed("p"))], validate_only: false };
            events.write_events(request).await.map(|_| ())
        });
    }
    let (mut done, mut refused) = (0, 0);
    while let Some(call) = calls.join_next().await {
        match call.unwrap() {
            Ok(()) => done += 1,
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
                refused += 1;
            }
        }
    }
    assert!(done > 0 && refused > 0, "{done} done, {refused} refused");
    let mut health = HealthClient::new(shop.channel.clone());
    let health = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);
    assert_eq!(shop.profile(customer("c")).await.0.events, done);
}
