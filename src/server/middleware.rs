//! What a call passes through before it meets its service: one ordered list, each line with its reason.

mod deadline;
mod message;
mod origin;
mod turns;

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Response},
    middleware::{Next, from_fn, from_fn_with_state},
};
use tokio::sync::Semaphore;
use tonic::{Code, Status, service::Routes};
use tonic_web::GrpcWebLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use super::transport::Connection;
use crate::config::Settings;
use crate::grpc::Door;
use crate::telemetry;
use message::Receiving;
use turns::Turns;

/// Wraps the services of the shop. What is written last is met first.
pub fn around(services: Routes, settings: &Settings, door: &Door, answers: &Arc<AtomicU64>) -> Routes {
    let limit = settings.limits.in_flight;
    let in_flight = (Arc::new(Semaphore::new(limit)), limit);
    let receiving = Arc::new(Receiving::new(settings));
    let turns = Arc::new(Turns::new());
    let router: Router = services
        .into_axum_router()
        // Innermost, next to the transport's own answers: the library's code for a message over the limit is not gRPC's.
        .layer(from_fn(name_oversize))
        // Inside the deadline, which is what ends a call that waits for its turn.
        .layer(from_fn_with_state(turns, turns::in_turn))
        // Inside the limit, so that what waits too long gives its place back.
        .layer(from_fn(deadline::within))
        // Before any work: a server that is full says so at once, and the connection lives on. Health is outside of this.
        .layer(from_fn_with_state(in_flight, unless_full))
        // Before a place is taken: whoever does not read the answers that there are gets no more of them.
        .layer(from_fn(unless_unread))
        // Before a place is taken: a message that never comes to its end takes none.
        .layer(from_fn_with_state(receiving, message::received))
        // Before anything is waited for: the clock runs from the moment that the call came in.
        .layer(from_fn_with_state(settings.limits.deadline, deadline::set))
        // No work is begun that the end of the server would cut off.
        .layer(from_fn_with_state(door.clone(), unless_stopping))
        // A bug in one call answers that call; without this it takes down all that share its connection.
        .layer(CatchPanicLayer::custom(panicked))
        // Outermost: its span holds all the others' lines, and every answer counts.
        .layer(from_fn_with_state(Arc::clone(answers), traced));
    router.into()
}

/// Wraps all that is served: the services of the shop, health and reflection. What is written last is met first.
pub fn web(routes: Routes, settings: &Settings) -> Router {
    let origins = settings.web_origins.clone().map(Arc::from);
    routes
        .prepare()
        .into_axum_router()
        // From here on everything is gRPC.
        .layer(GrpcWebLayer::new())
        // A browser asks before it calls, and the answer to that is no gRPC.
        .layer(origin::cors(settings.web_origins.as_deref()))
        // A browser does not ask before every call: what comes from a page that may not call is refused in any case.
        .layer(from_fn_with_state(origins, origin::only_named))
}

async fn traced(State(answers): State<Arc<AtomicU64>>, request: Request, next: Next) -> Response<Body> {
    let span = tracing::debug_span!(telemetry::RPC, method = request.uri().path());
    let response = next.run(request).instrument(span).await;
    answers.fetch_add(1, Ordering::Relaxed);
    response
}

fn panicked(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(String::new, ToString::to_string),
    };
    tracing::error!(panic = text, "a call panicked");
    Status::internal("the call failed: see the server's log").into_http()
}

async fn unless_stopping(State(door): State<Door>, request: Request, next: Next) -> Response<Body> {
    if door.is_stopping() {
        return Status::unavailable("the server is going down: call another one, or again in a moment").into_http();
    }
    next.run(request).await
}

async fn unless_unread(request: Request, next: Next) -> Response<Body> {
    let connection = request.extensions().get::<Arc<Connection>>();
    if connection.is_some_and(|connection| connection.is_over()) {
        return unread().into_http();
    }
    next.run(request).await
}

fn unread() -> Status {
    Status::resource_exhausted("answers on this connection wait to be read: read them first")
}

/// A connection that has no more than its share under way gets in where others have filled the server, so that there are twice
/// as many calls at most.
async fn unless_full(
    State((places, limit)): State<(Arc<Semaphore>, usize)>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let place = places.try_acquire();
    let connection = request.extensions().get::<Arc<Connection>>();
    if place.is_err() && !connection.is_some_and(|connection| connection.is_within_share_of(limit)) {
        return Status::resource_exhausted("the server is full: try again in a moment").into_http();
    }
    next.run(request).await
}

/// No service of ours answers `OUT_OF_RANGE`: it is what the transport says of a message that is too large.
async fn name_oversize(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    if let Some(status) = response.headers_mut().get_mut("grpc-status")
        && *status == i32::from(Code::OutOfRange).to_string().as_str()
    {
        *status = HeaderValue::from(i32::from(Code::ResourceExhausted));
    }
    response
}
