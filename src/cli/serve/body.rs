//! The bodies of requests.

use std::{error::Error, iter::successors, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::StatusCode,
};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

/// How long the body of a request may take to arrive.
const MOST_FOR_A_BODY: Duration = Duration::from_secs(10);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Unread {
    /// It has more bytes than it may have.
    TooLong,
    /// It did not arrive in time.
    TooSlow,
    /// It did not arrive as a whole, or is not what its headers say.
    Broken,
}

impl Unread {
    pub(in crate::cli) const fn status(self) -> StatusCode {
        match self {
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    /// Says it in the reference's words, where it has some.
    pub(in crate::cli) const fn why(self) -> &'static str {
        match self {
            Self::TooLong => "payload too large",
            Self::TooSlow => "the body took too long",
            Self::Broken => "bad request",
        }
    }
}

/// Reads the body of a request, which may have so many bytes.
pub(in crate::cli) async fn body(body: Body, most_bytes: usize) -> Result<Bytes, Unread> {
    let arrived = timeout(MOST_FOR_A_BODY, to_bytes(body, most_bytes)).await;
    let arrived = arrived.map_err(|_of_no_use| Unread::TooSlow)?;
    arrived.map_err(|error| {
        if is_of_the_limit(&error) {
            Unread::TooLong
        } else {
            Unread::Broken
        }
    })
}

fn is_of_the_limit(error: &(dyn Error + 'static)) -> bool {
    let mut causes = successors(Some(error), |error| (*error).source());
    causes.any(<dyn Error>::is::<LengthLimitError>)
}
