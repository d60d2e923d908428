//! Halo Runtime Records: reading, sealing and verifying logs of what AI agents did.
//!
//! A log is a chain of records, one JSON object a line, in which each holds the hash of the one before
//! (FORMAT.md). This library makes such records, appends them, and judges whether a log is as it was written.
//!
//! ```
//! use sealstone::verify::{Code, Judgement, Verifier};
//!
//! let log = sealstone::sample::example();
//! let altered = log.replace("report.md", "salary.md");
//!
//! let mut verifier = Verifier::new();
//! verifier.log(altered.as_bytes());
//! let verdict = verifier.finish();
//! assert_eq!(verdict.judgement, Judgement::Broken);
//! assert_eq!((verdict.findings[0].code, verdict.first_break), (Code::HashMismatch, Some(2)));
//! ```
//!
//! Two tiers (ARCHITECTURE.md):
//!
//! - The core takes values and returns values. It opens no file, reads no clock and prints nothing: [`json`],
//!   [`canon`], [`digest`], [`time`], [`input_hash`], [`chain`], [`record`], [`redact`], [`hook`], [`verify`],
//!   [`compare`], [`damage`], [`calls`], [`policy`], [`report`], [`export`], [`witness`], [`window`], [`subjects`],
//!   [`sample`], [`settings`], [`tlog`].
//! - The outside: [`store`] reads and writes logs, [`surroundings`] reads what an agent starts with, [`system`]
//!   has the clock and the random bytes.
#![warn(missing_docs)]

pub mod calls;
pub mod canon;
pub mod chain;
pub mod compare;
pub mod damage;
pub mod digest;
pub mod export;
pub mod hook;
pub mod input_hash;
pub mod json;
mod longest;
mod parts;
pub mod policy;
pub mod record;
pub mod redact;
pub mod report;
pub mod sample;
pub mod settings;
mod simd;
pub mod store;
pub mod subjects;
pub mod surroundings;
pub mod system;
pub mod time;
pub mod tlog;
pub mod verify;
pub mod window;
pub mod witness;
