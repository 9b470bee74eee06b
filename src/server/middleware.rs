//! What a call passes through before it meets its service: one ordered list, each line with its reason.

use std::{
    any::Any,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Response, header},
    middleware::{Next, from_fn, from_fn_with_state},
};
use tokio::sync::Semaphore;
use tonic::{Code, Status, service::Routes};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
};
use tracing::Instrument as _;

use crate::config::Limits;
use crate::telemetry;

/// An answer that a deadline is up must be on its way before the caller stops listening, and before the transport, whose
/// own timer says CANCELLED. Of a shorter deadline it is the half.
const HEAD_START: Duration = Duration::from_millis(2);

/// Timers tell no shorter times apart.
const TICK: Duration = Duration::from_millis(1);

/// Wraps the services of the shop. What is written last is met first.
pub fn around(services: Routes, limits: &Limits, answers: &Arc<AtomicU64>) -> Routes {
    let in_flight = Arc::new(Semaphore::new(limits.in_flight));
    let router: Router = services
        .into_axum_router()
        // Innermost, next to the transport's own answers: the library's code for a message over the limit is not gRPC's.
        .layer(from_fn(name_oversize))
        // Inside the limit, so that what waits too long gives its place back.
        .layer(from_fn_with_state(limits.deadline, within_deadline))
        // Before any work: a server that is full says so at once, and the connection lives on. Health is outside of this.
        .layer(from_fn_with_state(in_flight, unless_full))
        // A bug in one call answers that call; without this it takes down all that share its connection.
        .layer(CatchPanicLayer::custom(panicked))
        // Outermost: its span holds all the others' lines, and every answer counts.
        .layer(from_fn_with_state(Arc::clone(answers), traced));
    router.into()
}

/// Which pages of which origins may call by gRPC-Web; `None`: any.
pub fn cors(origins: Option<&[String]>) -> CorsLayer {
    let origins = match origins {
        None => AllowOrigin::any(),
        Some(named) => AllowOrigin::list(named.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    let named = ["x-grpc-web", "x-user-agent", "grpc-timeout"].map(HeaderName::from_static);
    let told = ["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE].into_iter().chain(named).collect::<Vec<_>>())
        .expose_headers(told)
        .max_age(Duration::from_hours(24))
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

async fn unless_full(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response<Body> {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Status::resource_exhausted("the server is full: try again in a moment").into_http(),
    }
}

async fn within_deadline(State(most): State<Duration>, request: Request, next: Next) -> Response<Body> {
    let asked = request.headers().get("grpc-timeout").and_then(|value| grpc_timeout(value.to_str().ok()?));
    let allowed = asked.map_or(most, |asked| asked.saturating_sub(HEAD_START.min(asked / 2)).min(most));
    let mut call = pin!(next.run(request));
    let response = if allowed < TICK {
        // What can be answered from memory still is.
        poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await
    } else {
        tokio::time::timeout(allowed, call).await.map_or(Poll::Pending, Poll::Ready)
    };
    match response {
        Poll::Ready(response) => response,
        Poll::Pending => Status::deadline_exceeded(format!("not done within {allowed:?}")).into_http(),
    }
}

/// Up to eight digits and a unit, as in the gRPC protocol over HTTP/2.
fn grpc_timeout(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(grpc_timeout("100m"), Some(Duration::from_millis(100)));
        assert_eq!(grpc_timeout("1n"), Some(Duration::from_nanos(1)));
        assert_eq!(grpc_timeout("2H"), Some(Duration::from_hours(2)));
        for odd in ["", "m", "1", "1x", "123456789S", "-1S", "ż"] {
            assert_eq!(grpc_timeout(odd), None, "{odd}");
        }
    }
}
