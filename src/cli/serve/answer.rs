//! Answers.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sealstone::json::{self, Object};

/// Returns an answer in JSON. Everybody's pages may read it if it is `public`.
pub(in crate::cli) fn json(status: StatusCode, body: impl Into<Body>, public: bool) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    let mut response = (status, kind, body.into()).into_response();
    if public {
        let headers = response.headers_mut();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
    }
    response
}

/// Returns an answer that says why there is no other: the object `error`, with more in it if there is more to say.
pub(in crate::cli) fn refused(
    status: StatusCode,
    why: &str,
    more: Object,
    public: bool,
) -> Response {
    let mut body = Object::new();
    body.insert("error", why);
    for (key, value) in more {
        body.insert(key, value);
    }
    json(status, json::to_line(&body).trim_end().to_owned(), public)
}

/// Returns an answer in plain text.
pub(in crate::cli) fn text(status: StatusCode, body: impl Into<String>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, body.into()).into_response()
}
