//! When an answer must be on its way.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::Response,
    middleware::Next,
};
use tokio::time::Instant;
use tonic::Status;

/// An answer that a deadline is up must be on its way before the caller stops listening. Of a shorter deadline it is the half.
const HEAD_START: Duration = Duration::from_millis(2);

/// Timers tell no shorter times apart.
const TICK: Duration = Duration::from_millis(1);

/// Of a call, among the extensions of its request.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// When its answer must be on its way.
    pub at: Instant,
    allowed: Duration,
}

impl Deadline {
    /// Of this request; one that has none is none of ours.
    pub fn of(request: &Request) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// How long it is until then.
    pub fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether it is long enough to be waited for.
    pub fn is_timed(self) -> bool {
        self.allowed >= TICK
    }

    /// What the caller is told when it is up.
    pub fn exceeded(self) -> Status {
        Status::deadline_exceeded(format!("not done within {:?}", self.allowed))
    }
}

/// Reads what the caller allows, and allows no more than the server does.
pub async fn set(State(most): State<Duration>, mut request: Request, next: Next) -> Response<Body> {
    let wished = request.headers().get("grpc-timeout").and_then(|value| grpc_timeout(value.to_str().ok()?));
    let allowed = wished.map_or(most, |wished| wished.saturating_sub(HEAD_START.min(wished / 2)).min(most));
    request.extensions_mut().insert(Deadline { at: Instant::now() + allowed, allowed });
    next.run(request).await
}

/// Ends what is not done in time.
pub async fn within(request: Request, next: Next) -> Response<Body> {
    let Some(deadline) = Deadline::of(&request) else { return next.run(request).await };
    let mut call = pin!(next.run(request));
    let response = if deadline.is_timed() {
        tokio::time::timeout_at(deadline.at, call).await.map_or(Poll::Pending, Poll::Ready)
    } else {
        // What can be answered from memory still is.
        poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await
    };
    match response {
        Poll::Ready(response) => response,
        Poll::Pending => deadline.exceeded().into_http(),
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
