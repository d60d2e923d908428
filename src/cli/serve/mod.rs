//! What everything shares that answers over HTTP: listening, limits, how it stops, and what it counts.
//!
//! A server here speaks HTTP/1.1 in the clear: encryption is the matter of a reverse proxy before it. It expects nothing
//! of those who connect: each limit below holds for the slowest and the worst of them.

mod answer;
mod body;
mod listen;
mod metrics;
mod rate;
mod secret;

pub(super) use self::{
    answer::{json, refused, text},
    body::body,
    listen::{Listener, Peer, listen},
    metrics::{Metrics, counted},
    rate::{Addresses, Window},
    secret::Secret,
};

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use tower_http::{set_header::SetResponseHeaderLayer, timeout::TimeoutLayer};

/// How long a request may take from the end of its headers to the beginning of its answer.
const MOST_FOR_A_REQUEST: Duration = Duration::from_secs(30);

/// Adds to routes what every answer has: a limit on its time, and headers for browsers and caches, which must not take
/// an answer for what it is not, or for the present one later.
pub(super) fn with_habits(routes: Router) -> Router {
    const SERVER: &str = concat!("sealstone/", env!("CARGO_PKG_VERSION"));
    let set = |name: HeaderName, value| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    routes
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            MOST_FOR_A_REQUEST,
        ))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .layer(set(header::SERVER, SERVER))
}
