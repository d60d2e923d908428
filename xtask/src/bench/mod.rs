//! `cargo xtask bench`: how fast `verify`, `export` and `hook` are, against the reference and against what they cannot
//! be faster than.
//!
//! Everything is run in turn, round after round, and what is reported are medians of the ratios within a
//! round: the machine's own speed changes from one minute to the next.
#![expect(
    clippy::cast_precision_loss,
    reason = "the counts are small, and what is printed is rounded"
)]

mod chains;
mod export;
mod floors;
mod hook;
mod report;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use sealstone::system;

use self::{export::Exports, floors::Canonical, hook::Hooks, report::Pages};
use crate::{
    conformance,
    run::{self, Profile},
};

/// How many records of a chain the reference is given: it would take minutes for all.
const REFERENCE_RECORDS: usize = 50_000;

/// How often everything is exported, at most.
const EXPORT_ROUNDS: usize = 3;

/// How often each hook is run.
const HOOK_ROUNDS: usize = 101;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many records the chains have
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// How often everything is run
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Leave the reference out
    #[arg(long)]
    no_reference: bool,
    /// Write the tables to BENCHMARKS.md
    #[arg(long)]
    write: bool,
    /// Measure `verify` and nothing else; with `--write`, the other tables stay
    #[arg(long)]
    only_verify: bool,
    /// Fail if it is not so many times as fast as the reference, or takes more than 64 MiB
    #[arg(long, value_name = "TIMES", conflicts_with = "no_reference")]
    at_least: Option<f64>,
}

/// How much memory a chain of a million records may take.
const PEAK_MIB_MAX: f64 = 64.0;

/// A chain, and how long everything took on it, round by round.
struct Bench {
    name: &'static str,
    path: PathBuf,
    /// The first records of it, for the reference.
    beginning: PathBuf,
    canonical: Canonical,
    rounds: Vec<Round>,
}

/// Seconds.
struct Round {
    verify: f64,
    verify_on_one: f64,
    peak_kib: u64,
    hash: f64,
    find_lines: f64,
    /// For as many records as all.
    reference: Option<f64>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        return again_in_release();
    }
    let sealstone = run::sealstone(Profile::Release)?;
    let reference = if args.no_reference {
        None
    } else {
        Some(conformance::reference()?)
    };
    let folder = run::target()?.join("bench");
    fs::create_dir_all(&folder)?;
    let mut benches = Vec::new();
    for name in ["mixed", "hook-like"] {
        let path = folder.join(format!("{name}-{}.jsonl", args.records));
        match name {
            "mixed" => chains::make(&path, chains::mixed, args.records)?,
            _ => chains::make(&path, chains::hook_like, args.records)?,
        }
        let beginning = path.with_extension("beginning");
        write_beginning(&path, &beginning)?;
        let canonical = Canonical::of(&path)?;
        benches.push(Bench {
            name,
            path,
            beginning,
            canonical,
            rounds: Vec::new(),
        });
    }
    // The first round fills the caches and is not counted.
    for round in 0..=args.rounds {
        for bench in &mut benches {
            let times = bench.round(&sealstone, reference.as_deref(), args.records)?;
            if round > 0 {
                bench.rounds.push(times);
            }
        }
    }
    if args.only_verify {
        return only_verify(&benches, args);
    }
    let chain = &benches.last().context("there is no chain")?.path;
    let hooks = Hooks::run(&sealstone, reference.as_deref(), chain, HOOK_ROUNDS)?;
    let mixed = benches.first().context("there is no chain")?;
    let exports = Exports::run(
        &sealstone,
        reference.as_deref(),
        [&mixed.path, &mixed.beginning],
        args.records,
        args.rounds.min(EXPORT_ROUNDS),
    )?;
    let rounds = args.rounds.min(EXPORT_ROUNDS);
    let pages = Pages::run(&sealstone, reference.as_deref(), &mixed.beginning, rounds)?;
    let tables = [
        table(&benches, args.records)?,
        pages.table()?,
        exports.table()?,
        hooks.table()?,
    ];
    print!("{}", tables.join("\n"));
    if args.write {
        fs::write(run::root().join("BENCHMARKS.md"), document(&tables, args)?)?;
    }
    if let Some(at_least) = args.at_least {
        for bench in &benches {
            bench.check(at_least)?;
        }
        hooks.check()?;
        pages.check()?;
    }
    Ok(())
}

/// Prints the table of `verify`, and puts it into the document if that is wanted.
fn only_verify(benches: &[Bench], args: &Args) -> anyhow::Result<()> {
    let verify = table(benches, args.records)?;
    print!("{verify}");
    if args.write {
        let path = run::root().join("BENCHMARKS.md");
        let old = fs::read_to_string(&path)?;
        let (_, rest) = old.split_once(METHOD).context("there is no other table")?;
        fs::write(&path, format!("{}{rest}", verified(&verify, args)?))?;
    }
    if let Some(at_least) = args.at_least {
        for bench in benches {
            bench.check(at_least)?;
        }
    }
    Ok(())
}

/// What is measured here must be built as the binary is.
fn again_in_release() -> anyhow::Result<()> {
    let mut cargo = run::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--release",
        "--package",
        "xtask",
        "--",
    ]);
    let status = cargo.args(std::env::args().skip(1)).status()?;
    ensure!(status.success(), "the benchmark failed");
    Ok(())
}

fn write_beginning(path: &Path, beginning: &Path) -> anyhow::Result<()> {
    let log = fs::read(path)?;
    let end = memchr::memchr_iter(b'\n', &log)
        .nth(REFERENCE_RECORDS - 1)
        .map_or(log.len(), |end| end + 1);
    fs::write(beginning, &log[..end]).context("cannot write a chain")
}

impl Bench {
    fn round(
        &self,
        sealstone: &Path,
        reference: Option<&Path>,
        records: u64,
    ) -> anyhow::Result<Round> {
        let threads = thread::available_parallelism()?.get();
        let reference = reference
            .map(|halo| {
                let mut command = Command::new(halo);
                let (seconds, _) = timed(command.arg("verify").arg(&self.beginning))?;
                anyhow::Ok(seconds * records as f64 / records.min(REFERENCE_RECORDS as u64) as f64)
            })
            .transpose()?;
        let verify = |threads: usize| {
            let mut command = Command::new(sealstone);
            command.env("RAYON_NUM_THREADS", threads.to_string());
            timed(command.arg("verify").arg(&self.path))
        };
        let (seconds, peak_kib) = verify(threads)?;
        Ok(Round {
            verify: seconds,
            hash: self.canonical.hash(threads),
            verify_on_one: verify(1)?.0,
            find_lines: floors::find_lines(&self.path, threads)?,
            peak_kib,
            reference,
        })
    }

    fn check(&self, at_least: f64) -> anyhow::Result<()> {
        let name = self.name;
        let times = self.of_reference().unwrap_or_default();
        ensure!(
            times >= at_least,
            "{name}: only {times:.0} times as fast as the reference"
        );
        let peak_mib = self.peak_mib().unwrap_or(f64::INFINITY);
        ensure!(peak_mib <= PEAK_MIB_MAX, "{name}: {peak_mib:.0} MiB");
        Ok(())
    }

    fn of_reference(&self) -> Option<f64> {
        self.median(|round| Some(round.reference? / round.verify))
    }

    fn peak_mib(&self) -> Option<f64> {
        self.median(|round| Some(round.peak_kib as f64 / 1024.0))
    }

    /// The median over the rounds.
    fn median(&self, of: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.rounds.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}

/// Runs a program that must succeed; returns the seconds it took, and the most memory it was seen to have.
fn timed(command: &mut Command) -> anyhow::Result<(f64, u64)> {
    let start = system::start();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let process = child.id();
    let watcher = thread::spawn(move || {
        let mut peak_kib = 0;
        while let Some(seen) = peak(process) {
            peak_kib = peak_kib.max(seen);
            thread::sleep(Duration::from_millis(5));
        }
        peak_kib
    });
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok((seconds, watcher.join().unwrap_or_default()))
}

/// Returns the most memory that a running program has had so far, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn table(benches: &[Bench], records: u64) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "| chain | `verify`, records a second | speed of `sha2` | of `halo verify` | time on one thread | \
         time to find the lines | peak memory |\n|---|---|---|---|---|---|---|"
    )?;
    for bench in benches {
        let median = |of: fn(&Round) -> Option<f64>| bench.median(of).unwrap_or(f64::NAN);
        let verify = median(|round| Some(round.verify));
        let of_hash = median(|round| Some(round.hash / round.verify));
        let reference = bench
            .of_reference()
            .map_or("not run".to_owned(), |ratio| format!("{ratio:.0} times"));
        let one = median(|round| Some(round.verify_on_one / round.verify));
        let lines = median(|round| Some(round.find_lines / round.verify));
        let peak_mib = bench.peak_mib().unwrap_or(f64::NAN);
        writeln!(
            text,
            "| {}: {:.2} GB, of which {:.2} GB are hashed | {:.2} million ({verify:.2} s) | {:.0} % | \
             {reference} | {one:.1} times | {:.0} % | {peak_mib:.0} MiB |",
            bench.name,
            fs::metadata(&bench.path)?.len() as f64 / 1e9,
            bench.canonical.len() as f64 / 1e9,
            records as f64 / verify / 1e6,
            of_hash * 100.0,
            lines * 100.0,
        )?;
    }
    Ok(text)
}

fn document([verify, report, export, hook]: &[String; 4], args: &Args) -> anyhow::Result<String> {
    Ok(format!(
        "{}\n{}\n{report}\n{EXPORT}\n{export}\n{HOOK}\n{hook}{HOOK_METHOD}",
        verified(verify, args)?,
        Pages::introduction(),
    ))
}

/// Returns the document up to the other tables.
fn verified(verify: &str, args: &Args) -> anyhow::Result<String> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let field = |name: &str| {
        let line = processor.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": "))
            .map_or("unknown", |(_, value)| value)
    };
    let flags = field("flags");
    let has = |flag: &str| flags.split(' ').any(|found| found == flag);
    let instructions: Vec<_> = ["sha_ni", "avx2", "avx512bw"]
        .into_iter()
        .filter(|flag| has(flag))
        .collect();
    Ok(format!(
        "{INTRODUCTION}\n{verify}\n{records} records each, {rounds} rounds, files in the page cache, {threads} \
         threads of an {model} (family {family}, model {number}) with {instructions}.\n{METHOD}",
        records = args.records,
        rounds = args.rounds,
        threads = thread::available_parallelism()?,
        model = field("model name"),
        family = field("cpu family"),
        number = field("model\t"),
        instructions = instructions.join(", "),
    ))
}

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask bench --write`; do not edit. -->
# Benchmarks

Absolute times say more about the machine than about the program; the ratios are what counts. Everything is run in
turn, round after round; the figures are medians over the rounds, ratios taken within a round. `cargo xtask bench`
repeats it; `cargo bench` measures the parts.

## Verify

How fast `sealstone verify` is with all its checks, against the two things that matter: the reference, and what
it costs to hash the same bytes.
";

const EXPORT: &str = "\
## Export

How fast `sealstone export` makes evidence of the mixed chain, the files on the disk, at most three rounds. The reference
exports the first 50,000 records as CSV, and keeps all of them in memory: about 510 MiB for these.
";

const HOOK: &str = "\
## Hook

How long `sealstone hook` makes an agent wait for one tool call of 2 KB with an address and a token to be masked: whole
processes, from their start to their end.
";

const HOOK_METHOD: &str = "
101 rounds. What a session carries is read from beside the log and written as a reference. With `--sync batch` the disk
confirms the record before the hook ends, so that row measures the disk.
";

const METHOD: &str = "
- **mixed**: `sealstone sample --records`, in which every optional field occurs now and then, so that there are
  thousands of combinations; with everything that is not ASCII escaped, as the reference writes it.
- **hook-like**: what the hook makes of four of Claude Code's tools.
- **speed of `sha2`**: 100 % would be as fast as the `sha2` crate hashes the canonical bytes of all records,
  which lie in memory, on as many threads, and does nothing else.
- **of `halo verify`**: halo-record 0.2.46 on the first 50,000 records of the same file, per record; its start
  included, as ours is.
- **time to find the lines**: mapping the file and counting line feeds with `memchr`, of the time of `verify`.
- **peak memory**: the most that was resident, as the kernel counts it (`VmHWM`).

What grows with a log is the list of its ids: `verify` of a mixed chain of 8,800,000 records (10.9 GB) had at most
218 MiB resident (run once, by hand), which is 22 bytes a record above what the shorter chains take.

How fast `sealstone policy` is was measured by hand, while other programs had the machine too, so processor time is what counts: the
mixed chain against `owasp-starter` (13 rules) takes 8.6 s of it on two threads, verifying included, and 48 MiB at most (medians and maximum of 5
rounds). `halo policy` takes 9.8 s and 535 MiB for the first 50,000 records: 23 times as much time a record, and 28 times as long by the clock.
";
