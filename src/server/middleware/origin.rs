//! Which pages may call: a browser says where a page is from, and no page can say otherwise.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse as _,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// What browsers may send beside what every page may: the protocol's own headers, who calls, and which trace it belongs to.
const SENT: [&str; 5] = ["x-grpc-web", "x-user-agent", "grpc-timeout", "traceparent", "tracestate"];

/// What pages may read of an answer.
const READ: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// Which pages of which origins may call by gRPC-Web; `None`: any.
pub fn cors(origins: Option<&[String]>) -> CorsLayer {
    let origins = match origins {
        None => AllowOrigin::any(),
        Some(named) => AllowOrigin::list(named.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    let sent = SENT.map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION].into_iter().chain(sent).collect::<Vec<_>>())
        .expose_headers(READ.map(HeaderName::from_static))
        .max_age(Duration::from_hours(24))
}

/// Refuses what a page of another origin sends. A browser asks before most calls, but not before a "simple" one of plain text,
/// which a proxy may hand on over HTTP/2, where the type of what is sent is not looked at.
pub async fn only_named(State(origins): State<Option<Arc<[String]>>>, request: Request, next: Next) -> Response<Body> {
    let named = |origin: &HeaderValue| {
        origins.as_ref().is_none_or(|origins| origins.iter().any(|named| named.as_bytes() == origin.as_bytes()))
    };
    match request.headers().get(header::ORIGIN) {
        Some(origin) if !named(origin) => {
            (StatusCode::FORBIDDEN, "pages of this origin may not call: web.origins does not name it\n").into_response()
        }
        _ => next.run(request).await,
    }
}
