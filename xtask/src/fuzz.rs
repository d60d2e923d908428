//! `cargo xtask fuzz`: builds the targets in `fuzz/` and runs each for a while.
//!
//! It builds them as cargo-fuzz does, with the stable compiler: the flags that let libFuzzer see what a run
//! reaches are unstable, but are there. What a run finds is kept in `fuzz/artifacts/`, what it learns in
//! `fuzz/corpus/`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

use crate::run::{Run, cargo, clock, root, target};

/// The platform the flags below are for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// What cargo-fuzz gives the compiler.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing";

/// Folders whose files are good to begin with.
const SEEDS: &[&str] = &["conformance/vectors", "testdata"];

/// How long one input may take, and how much memory; a record takes microseconds and kilobytes.
const TIMEOUT_SECONDS: u64 = 20;
const MEMORY_MB: u64 = 2048;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these targets
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// How long to run each
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if env::consts::OS != "linux" || env::consts::ARCH != "x86_64" {
        println!("SKIP fuzz: it is set up for {PLATFORM}");
        return Ok(());
    }
    let mut targets = targets()?;
    if !args.targets.is_empty() {
        for name in &args.targets {
            ensure!(targets.contains(name), "there is no target `{name}`");
        }
        targets.clone_from(&args.targets);
    }
    let programs = build()?;
    let mut failed = Vec::new();
    for name in &targets {
        let clock = clock();
        let problem = fuzz(&programs.join(name), name, args.seconds)?;
        let seconds = clock.elapsed().as_secs();
        match problem {
            Ok(inputs) => println!("ok    {name}: {inputs} inputs in {seconds} s"),
            Err(problem) => {
                println!("FAIL  {name}: after {seconds} s\n{problem}");
                failed.push(name.as_str());
            }
        }
    }
    println!(
        "{} passed, {} failed",
        targets.len() - failed.len(),
        failed.len()
    );
    if !failed.is_empty() {
        bail!("found something: {}", failed.join(", "));
    }
    Ok(())
}

/// Returns the names of all targets.
fn targets() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        names.push(name.into_owned());
    }
    names.sort();
    ensure!(!names.is_empty(), "there are no targets");
    Ok(names)
}

/// Builds all targets and returns the folder they are in.
fn build() -> anyhow::Result<PathBuf> {
    let folder = target()?.join("fuzz");
    let mut flags = FLAGS.to_owned();
    if has_address_sanitizer()? {
        flags.push_str(" -Zsanitizer=address");
    }
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--locked", "--release", "--bins"])
        .args(["--manifest-path", "fuzz/Cargo.toml", "--target", PLATFORM])
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let status = build.status().context("cannot run cargo")?;
    ensure!(status.success(), "the fuzz targets do not build");
    Ok(folder.join(PLATFORM).join("release"))
}

/// Whether the toolchain has the library that finds wrong memory accesses.
fn has_address_sanitizer() -> anyhow::Result<bool> {
    let run = Run::of(Command::new("rustc").args(["--print", "sysroot"]), b"")?;
    let library = Path::new(run.stdout.trim())
        .join("lib/rustlib")
        .join(PLATFORM)
        .join("lib");
    let names = fs::read_dir(library).into_iter().flatten().flatten();
    Ok(names
        .map(|entry| entry.file_name())
        .any(|name| name.to_string_lossy().ends_with("_rt.asan.a")))
}

/// Runs a target. Returns how many inputs it took, or what it found.
fn fuzz(program: &Path, name: &str, seconds: u64) -> anyhow::Result<Result<u64, String>> {
    let fuzz = root().join("fuzz");
    let (corpus, artifacts) = (
        fuzz.join("corpus").join(name),
        fuzz.join("artifacts").join(name),
    );
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let own_seeds = fuzz.join("seeds").join(name);
    let seeds = SEEDS.iter().map(|folder| root().join(folder));
    let mut command = Command::new(program);
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={TIMEOUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-dict={}", fuzz.join("json.dict").display()))
        .args(["-max_len=16384", "-print_final_stats=1"])
        .arg(corpus)
        .args(seeds.chain([own_seeds]).filter(|folder| folder.exists()))
        .current_dir(&fuzz)
        .env("ASAN_OPTIONS", "detect_odr_violation=0:detect_leaks=0");
    let run = Run::of(&mut command, b"")?;
    let inputs = run
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .and_then(|count| count.trim().parse().ok());
    Ok(match inputs {
        Some(inputs) if run.status == Some(0) => Ok(inputs),
        _ => Err(tail(&run.stderr)),
    })
}

/// Returns the last lines of what a target said: the panic, the stack and where the input is.
fn tail(text: &str) -> String {
    const LINES: usize = 60;
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
