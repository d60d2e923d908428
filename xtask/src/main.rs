//! The upkeep of sealstone: `cargo xtask TASK`. Each task has a file of its own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a task prints is for the person who runs it"
)]

mod bench;
mod conformance;
mod disk_full;
mod duckdb;
mod fuzz;
mod generate;
mod json;
mod run;
mod tidy;
mod venv;

use std::process::ExitCode;

use clap::Parser;

/// Keep the repository in order
#[derive(Debug, Parser)]
enum Task {
    /// Measure how fast `verify`, `export` and `hook` are
    Bench(bench::Args),
    /// Compare with the reference, both ways
    Conformance(conformance::Args),
    /// Record until the disk is full, and without permission
    DiskFull(disk_full::Args),
    /// Have a database read the Parquet files
    Duckdb(duckdb::Args),
    /// Fuzz every target for a while
    Fuzz(fuzz::Args),
    /// Write man pages, completions and the Claude Code plugin
    Gen(generate::Args),
    /// Check what no compiler checks
    Tidy,
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Bench(args) => bench::run(&args),
        Task::Conformance(args) => conformance::run(&args),
        Task::DiskFull(args) => disk_full::run(&args),
        Task::Duckdb(args) => duckdb::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Gen(args) => generate::run(&args),
        Task::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
