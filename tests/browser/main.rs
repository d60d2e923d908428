//! The page of a report in a real browser: what it shows, and that nothing makes it lie.
//!
//! Each test drives a headless Chromium. `cargo test --test browser -- --ignored` runs them; `.ci/run` does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chromium;
mod hostile;
mod page;
mod reading;
mod scale;
mod tampering;
