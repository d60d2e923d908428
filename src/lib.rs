//! Reads, seals and verifies Halo Runtime Records (FORMAT.md).
//!
//! Work in progress: see the modules.
#![warn(missing_docs)]

pub mod json;
pub mod record;
pub mod redact;
