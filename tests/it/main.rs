//! Tests of the built binary, as users and other programs meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "these names are ours"
)]

mod anchor;
mod command_line;
mod compare;
mod concurrency;
mod crash;
mod damage;
mod diff;
mod doctor;
mod events;
mod export;
mod faults;
mod gate;
mod harness;
mod hook;
mod install;
mod log;
mod memory;
mod moving;
mod outputs;
mod page;
mod policy;
mod properties;
mod readme;
mod record;
mod recover;
mod replay;
mod report;
mod run_command;
mod session;
mod spool;
mod stamp;
mod state;
mod vectors;
mod verify;
mod witness;
#[cfg(feature = "serve")]
mod witness_serve;
