//! `EventService`: what customers do, durable once acknowledged.

use std::{collections::HashSet, sync::Arc};

use tonic::{Code, Request, Response, Status, Streaming};

use crate::domain::{
    event::Event,
    shop::Shop,
    store::{Refusal, Write, Written},
};
use crate::grpc::{
    Door,
    convert::{self, At, Clock, Violations},
    now,
    status::{item_error, out_of_step},
    write_stream::{self, Flow, Replies, Taken},
};
use crate::proto::{
    self, EventResult, EventStatus, StreamEventsRequest, StreamEventsResponse, WriteEventsRequest, WriteEventsResponse,
    event_service_server::EventService,
};

/// The most events of one batch.
const MAX_EVENTS: usize = 1_000;

/// Serves `EventService` over the shop behind the door.
pub struct Events(pub Door);

#[tonic::async_trait]
impl EventService for Events {
    async fn write_events(
        &self,
        request: Request<WriteEventsRequest>,
    ) -> Result<Response<WriteEventsResponse>, Status> {
        let shop = self.0.shop()?;
        let WriteEventsRequest { events, validate_only } = request.into_inner();
        let mut bad = Violations::default();
        convert::count(events.len(), 0, MAX_EVENTS, At::Request.field("events"), &mut bad);
        bad.accept(Some(()))?;
        let flow = Batch { shop: Arc::clone(shop), validate_only };
        let results = write_stream::commit(&flow, &*shop.store, events).await?;
        Ok(Response::new(WriteEventsResponse { results }))
    }

    type StreamEventsStream = Replies<StreamEventsResponse>;

    async fn stream_events(
        &self,
        request: Request<Streaming<StreamEventsRequest>>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let batch = Batch { shop: Arc::clone(self.0.shop()?), validate_only: false };
        Ok(Response::new(write_stream::run(Stream(batch), &self.0, request.into_inner())?))
    }
}

/// Events of one batch.
struct Batch {
    shop: Arc<Shop>,
    validate_only: bool,
}

/// What the result of an event needs.
struct Kept {
    event_id: String,
    pending_product_ids: Vec<String>,
    notes: Vec<String>,
}

impl Kept {
    fn nothing(event_id: String) -> Self {
        Self { event_id, pending_product_ids: Vec::new(), notes: Vec::new() }
    }
}

impl Flow for Batch {
    type Message = proto::Event;
    type Kept = Kept;
    type Reply = EventResult;

    fn take(&self, event: proto::Event) -> Taken<Kept, EventResult> {
        let event_id = event.id.clone();
        let clock = Clock { now: now(), skew_ms: self.shop.rules.future_skew_ms };
        let mut bad = Violations::default();
        let event = convert::event(event, At::Request, clock, &self.shop.rules.placeholder_ids, &mut bad);
        match bad.accept(event) {
            Ok(event) => {
                let (pending_product_ids, notes) = self.products(&event);
                let kept = Kept { event_id, pending_product_ids, notes };
                if self.validate_only {
                    Taken::AnsweredQuery(result(kept, EventStatus::Accepted, None))
                } else {
                    Taken::Write(Write::Event(event), kept)
                }
            }
            Err(bad) => {
                let kept = Kept::nothing(event_id);
                Taken::AnsweredQuery(result(kept, EventStatus::Refused, Some(bad.into_item_error())))
            }
        }
    }

    fn reply(&self, kept: Kept, written: Result<Written, Refusal>) -> Result<EventResult, Status> {
        Ok(match written {
            Ok(Written::Event { duplicate: false }) => result(kept, EventStatus::Accepted, None),
            Ok(Written::Event { duplicate: true }) => result(kept, EventStatus::Duplicate, None),
            Ok(other) => return Err(out_of_step(&other)),
            Err(refusal) => {
                let kept = Kept::nothing(kept.event_id);
                result(kept, EventStatus::Refused, Some(item_error(&refusal)))
            }
        })
    }
}

impl Batch {
    /// Products of the event that the catalogue doesn't know yet, and what is not sure of the others, each id once.
    fn products(&self, event: &Event) -> (Vec<String>, Vec<String>) {
        let ids = self.shop.catalog.ids();
        let mut seen = HashSet::new();
        let (mut pending, mut notes) = (Vec::new(), Vec::new());
        for product in event.kind.products().filter(|product| seen.insert(*product)) {
            if ids.find_listed(product).is_none() {
                pending.push(product.to_string());
            }
            notes.extend(ids.doubt(product).map(|doubt| doubt.about(product)));
        }
        (pending, notes)
    }
}

fn result(kept: Kept, status: EventStatus, error: Option<proto::ItemError>) -> EventResult {
    let Kept { event_id, pending_product_ids, notes } = kept;
    EventResult { event_id, status: status.into(), pending_product_ids, error, notes }
}

/// The same, one a message.
struct Stream(Batch);

impl Flow for Stream {
    type Message = StreamEventsRequest;
    type Kept = Kept;
    type Reply = StreamEventsResponse;

    fn take(&self, message: StreamEventsRequest) -> Taken<Kept, StreamEventsResponse> {
        let Some(event) = message.event else {
            let field = "event".to_owned();
            let error = proto::ItemError { code: Code::InvalidArgument.into(), message: "must be set".into(), field };
            let kept = Kept::nothing(String::new());
            let result = Some(result(kept, EventStatus::Refused, Some(error)));
            return Taken::AnsweredQuery(StreamEventsResponse { result });
        };
        match self.0.take(event) {
            Taken::Write(write, kept) => Taken::Write(write, kept),
            Taken::AnsweredQuery(result) => Taken::AnsweredQuery(StreamEventsResponse { result: Some(result) }),
        }
    }

    fn reply(&self, kept: Kept, written: Result<Written, Refusal>) -> Result<StreamEventsResponse, Status> {
        Ok(StreamEventsResponse { result: Some(self.0.reply(kept, written)?) })
    }
}
