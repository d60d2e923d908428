//! Reads, seals and verifies Halo Runtime Records (FORMAT.md).
//!
//! Work in progress: see the modules.
#![warn(missing_docs)]

pub mod canon;
pub mod chain;
pub mod digest;
pub mod hook;
pub mod input_hash;
pub mod json;
pub mod record;
pub mod redact;
pub mod sample;
pub mod store;
pub mod system;
pub mod time;
pub mod verify;
