//! The body of an answer with checkpoints, which is read from the file while it is sent: a log can have more of them than
//! should be in memory for each who asks and does not listen.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use sealstone::store::witness::Found;

/// How many bytes are in memory of an answer, but for what does not fit in them.
const PIECE: usize = 64 << 10;

/// Checkpoints, and the text before and behind them.
#[derive(Debug)]
pub(super) struct Checkpoints {
    before: Option<String>,
    found: Found,
    behind: Option<String>,
    /// How many bytes are left.
    left: u64,
}

impl Checkpoints {
    pub(super) fn new(before: String, found: Found, behind: String) -> Self {
        Self {
            left: before.len() as u64 + found.bytes() + behind.len() as u64,
            before: Some(before),
            found,
            behind: Some(behind),
        }
    }

    fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(before) = self.before.take() {
            return Ok(Some(before.into()));
        }
        let piece = self.found.next(PIECE)?;
        if !piece.is_empty() {
            return Ok(Some(piece.into()));
        }
        Ok(self.behind.take().map(Bytes::from))
    }
}

impl HttpBody for Checkpoints {
    type Data = Bytes;
    type Error = io::Error;

    /// Reads the next piece. What fails here cuts the answer off, which is shorter then than it said: nobody takes it
    /// for whole.
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        let piece = body.next().map(|piece| {
            let piece = piece?;
            body.left = body.left.saturating_sub(piece.len() as u64);
            Some(Frame::data(piece))
        });
        Poll::Ready(piece.transpose())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}
