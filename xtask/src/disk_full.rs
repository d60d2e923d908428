//! `cargo xtask disk-full`: what becomes of records when there is no room for them, or no permission.
//!
//! What was acknowledged is in the log, what is not in it was refused by its line, and the log verifies at
//! every point. Needs root on Linux, for a small file system in a mount namespace of its own; elsewhere it
//! says that it was skipped.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use crate::{
    json::Json,
    run::{Profile, Run, Tally, sealstone},
};

/// Where the namespace has its file systems; outside of it nothing changes there.
const PLACE: &str = "/mnt";

/// How much fits into the small file system.
const SIZE: &str = "64k";

/// How many drafts are tried: more than fit.
const DRAFTS: u64 = 300;

/// The user and group that own nothing.
const NOBODY: &str = "65534";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The binary, when this already runs in a mount namespace of its own
    #[arg(long, hide = true, value_name = "BINARY")]
    inside: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(binary) = &args.inside {
        return inside(binary);
    }
    if let Some(reason) = obstacle() {
        println!("SKIP disk-full: {reason}");
        return Ok(());
    }
    let binary = sealstone(Profile::Dev)?;
    let status = Command::new("unshare")
        .args(["--mount", "--"])
        .arg(std::env::current_exe()?)
        .args(["disk-full", "--inside"])
        .arg(binary)
        .status()?;
    ensure!(status.success(), "the checks in the namespace failed");
    Ok(())
}

/// Returns what keeps this machine from giving a namespace of its own.
fn obstacle() -> Option<String> {
    let mount = format!("mount -t tmpfs -o size={SIZE} tmpfs {PLACE}");
    let args = ["--mount", "--", "sh", "-c", &mount];
    match Run::of(Command::new("unshare").args(args), b"") {
        Ok(run) if run.status == Some(0) => None,
        Ok(run) => Some(format!("no mount namespace: {}", run.last_words())),
        Err(error) => Some(format!("{error:#}")),
    }
}

fn inside(binary: &Path) -> anyhow::Result<()> {
    mount(&["-o", "size=512m,mode=755"], PLACE)?;
    let place = Path::new(PLACE);
    let bench = Bench {
        sealstone: place.join("sealstone"),
    };
    // The build folder may be nobody else's to read.
    fs::copy(binary, &bench.sealstone).context("cannot copy the binary")?;
    let mut tally = Tally::default();
    for sync in ["always", "batch", "never"] {
        full(&bench, &mut tally, sync)?;
    }
    full_for_commands(&bench, &mut tally)?;
    read_only(&bench, &mut tally)?;
    not_permitted(&bench, &mut tally)?;
    tally.close()
}

fn mount(options: &[&str], place: &str) -> anyhow::Result<()> {
    let mut command = Command::new("mount");
    command
        .args(["-t", "tmpfs"])
        .args(options)
        .args(["tmpfs", place]);
    let run = Run::of(&mut command, b"")?;
    ensure!(run.status == Some(0), "cannot mount: {}", run.last_words());
    Ok(())
}

struct Bench {
    sealstone: PathBuf,
}

/// What `record` did with some drafts.
struct Recorded {
    run: Run,
    /// Line, id and hash of what was acknowledged.
    acknowledged: Vec<(u64, String, String)>,
    /// The lines that standard error names.
    refused: BTreeSet<u64>,
}

impl Bench {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = crate::run::isolated(&self.sealstone, Path::new(PLACE));
        command.args(args);
        command
    }

    fn record(&self, log: &str, sync: &str, drafts: u64) -> anyhow::Result<Recorded> {
        recorded(
            &mut self.command(&["record", "--ack", "--sync", sync, "-o", log]),
            drafts,
        )
    }

    /// Returns what does not hold of a log that must verify and hold what was acknowledged.
    fn wrong(
        &self,
        log: &str,
        acknowledged: &[(u64, String, String)],
    ) -> anyhow::Result<Option<String>> {
        let run = Run::of(&mut self.command(&["verify", log]), b"")?;
        let expected = if acknowledged.is_empty() {
            [0, 3]
        } else {
            [0, 0]
        };
        if !run.status.is_some_and(|status| expected.contains(&status)) {
            return Ok(Some(format!("does not verify: {}", run.last_words())));
        }
        let text = fs::read_to_string(log)?;
        let kept: BTreeSet<(String, String)> = Json::read_lines(&text)?
            .iter()
            .filter_map(|record| {
                let text = |path| record.str(path).map(str::to_owned);
                Some((text("record_id")?, text("integrity.hash")?))
            })
            .collect();
        let lost: Vec<u64> = acknowledged
            .iter()
            .filter(|(_, id, hash)| !kept.contains(&(id.clone(), hash.clone())))
            .map(|(line, ..)| *line)
            .collect();
        Ok((!lost.is_empty()).then(|| format!("acknowledged and not there: lines {lost:?}")))
    }
}

fn recorded(command: &mut Command, drafts: u64) -> anyhow::Result<Recorded> {
    let draft = |n| format!(r#"{{"action":{{"tool":"t"}},"input":{{"n":{n}}}}}"#);
    let text = (1..=drafts).map(draft).collect::<Vec<_>>().join("\n");
    let run = Run::of(command, text.as_bytes())?;
    let acknowledged = Json::read_lines(&run.stdout)?
        .iter()
        .filter_map(|line| {
            let number = line.at("line")?.to_string().parse().ok()?;
            Some((
                number,
                line.str("record_id")?.to_owned(),
                line.str("hash")?.to_owned(),
            ))
        })
        .collect();
    let refused = run
        .stderr
        .lines()
        .filter_map(|line| {
            line.split_once(" is not recorded")?
                .0
                .rsplit(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    Ok(Recorded {
        run,
        acknowledged,
        refused,
    })
}

impl Recorded {
    /// Returns what does not hold: every line is acknowledged or refused, never both, and the status fits.
    fn wrong(&self, drafts: u64) -> Option<String> {
        let acknowledged: BTreeSet<u64> =
            self.acknowledged.iter().map(|(line, ..)| *line).collect();
        let both: Vec<_> = acknowledged.intersection(&self.refused).collect();
        let all: BTreeSet<_> = acknowledged.union(&self.refused).copied().collect();
        let neither: Vec<_> = (1..=drafts).filter(|line| !all.contains(line)).collect();
        let expected = i32::from(!self.refused.is_empty());
        if self.run.status != Some(expected) {
            Some(format!(
                "status {:?}: {}",
                self.run.status,
                self.run.last_words()
            ))
        } else if !both.is_empty() {
            Some(format!("acknowledged and refused: lines {both:?}"))
        } else if !neither.is_empty() {
            Some(format!(
                "neither acknowledged nor refused: lines {neither:?}"
            ))
        } else {
            None
        }
    }
}

fn full(bench: &Bench, tally: &mut Tally, sync: &str) -> anyhow::Result<()> {
    let folder = format!("{PLACE}/full-{sync}");
    fs::create_dir(&folder)?;
    mount(&["-o", &format!("size={SIZE}")], &folder)?;
    let (log, filler) = (format!("{folder}/log.jsonl"), format!("{folder}/filler"));
    fs::write(&filler, vec![b'x'; 16 << 10])?;
    let what = format!("disk full, --sync {sync}");
    let recorded = bench.record(&log, sync, DRAFTS)?;
    let mut acknowledged = recorded.acknowledged.clone();
    let counts = format!(
        "{} acknowledged, {} refused",
        acknowledged.len(),
        recorded.refused.len()
    );
    let is_full = !acknowledged.is_empty() && !recorded.refused.is_empty();
    tally.check(
        format!("{what}: {counts}"),
        (!is_full).then_some("it was not full"),
    );
    tally.check(
        format!("{what}: status 1, and a line for each that was refused"),
        recorded.wrong(DRAFTS),
    );
    tally.check(
        format!("{what}: the log verifies and holds what was acknowledged"),
        bench.wrong(&log, &acknowledged)?,
    );
    let again = bench.record(&log, sync, 5)?;
    tally.check(format!("{what}: still full, refused again"), again.wrong(5));
    acknowledged.extend(again.acknowledged);
    tally.check(
        format!("{what}: still full, the log verifies"),
        bench.wrong(&log, &acknowledged)?,
    );
    fs::remove_file(&filler)?;
    let after = bench.record(&log, sync, 5)?;
    let problem = after
        .wrong(5)
        .or_else(|| (!after.refused.is_empty()).then(|| format!("refused: {:?}", after.refused)));
    tally.check(format!("{what}: with room, recording goes on"), problem);
    acknowledged.extend(after.acknowledged);
    tally.check(
        format!("{what}: with room, the log verifies"),
        bench.wrong(&log, &acknowledged)?,
    );
    let count = fs::read_to_string(&log)?.lines().count();
    let problem = (count != acknowledged.len())
        .then(|| format!("{count} records for {}", acknowledged.len()));
    tally.check(
        format!("{what}: nothing is in the log that was not acknowledged"),
        problem,
    );
    Ok(())
}

/// A command is not run if its start cannot be recorded; if only its end cannot, its status stays its own.
fn full_for_commands(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let folder = format!("{PLACE}/full-command");
    fs::create_dir(&folder)?;
    mount(&["-o", &format!("size={SIZE}")], &folder)?;
    let log = format!("{folder}/log.jsonl");
    let fill = format!("cat /dev/zero > {folder}/filler 2> /dev/null; exit 7");
    let mut command = bench.command(&["record", "-o", &log, "--", "sh", "-c", &fill]);
    let run = Run::of(&mut command, b"")?;
    let problem = (run.status != Some(7)).then(|| run.last_words().to_owned());
    tally.check("a command that fills the disk: its status is kept", problem);
    tally.check(
        "a command that fills the disk: the log verifies",
        bench.wrong(&log, &[])?,
    );
    let (new, mark) = (format!("{folder}/new.jsonl"), format!("{PLACE}/was-run"));
    let run = Run::of(
        &mut bench.command(&["record", "-o", &new, "--", "touch", &mark]),
        b"",
    )?;
    let problem = (run.status != Some(2) || Path::new(&mark).exists())
        .then(|| format!("status {:?}: {}", run.status, run.last_words()));
    tally.check(
        "a command whose start cannot be recorded is not run",
        problem,
    );
    Ok(())
}

fn read_only(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let folder = format!("{PLACE}/read-only");
    fs::create_dir(&folder)?;
    mount(&[], &folder)?;
    let log = format!("{folder}/log.jsonl");
    let before = bench.record(&log, "batch", 3)?;
    remount(&folder, "ro")?;
    let refused = bench.record(&log, "batch", 3)?;
    let problem = refused.wrong(3).or_else(|| all_refused(&refused, 3));
    tally.check("read-only: status 1, and a line for each draft", problem);
    let fresh = bench.record(&format!("{folder}/new.jsonl"), "batch", 2)?;
    let problem = fresh.wrong(2).or_else(|| all_refused(&fresh, 2));
    tally.check(
        "read-only, a new log: status 1, and a line for each draft",
        problem,
    );
    tally.check(
        "read-only: the log verifies",
        bench.wrong(&log, &before.acknowledged)?,
    );
    remount(&folder, "rw")?;
    let after = bench.record(&log, "batch", 3)?;
    let all: Vec<_> = before
        .acknowledged
        .into_iter()
        .chain(after.acknowledged.clone())
        .collect();
    let problem = after.wrong(3).or(bench.wrong(&log, &all)?);
    tally.check(
        "writable again: recording goes on and the log verifies",
        problem,
    );
    Ok(())
}

fn remount(folder: &str, mode: &str) -> anyhow::Result<()> {
    let option = format!("remount,{mode}");
    let run = Run::of(Command::new("mount").args(["-o", &option, folder]), b"")?;
    ensure!(
        run.status == Some(0),
        "cannot remount: {}",
        run.last_words()
    );
    Ok(())
}

fn all_refused(recorded: &Recorded, drafts: usize) -> Option<String> {
    let count = recorded.refused.len();
    (count != drafts).then(|| format!("{count} refused"))
}

fn not_permitted(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let folder = format!("{PLACE}/root-only");
    fs::create_dir(&folder)?;
    let log = format!("{folder}/log.jsonl");
    let before = bench.record(&log, "batch", 3)?;
    for (what, mode) in [
        ("a folder that may be entered", 0o755),
        ("a folder that may not", 0o700),
    ] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode))?;
        for name in [&log, &format!("{folder}/new.jsonl")] {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"])
                .arg(&bench.sealstone)
                .args(["record", "--ack", "-o", name]);
            let refused = recorded(&mut command, 3)?;
            let problem = refused.wrong(3).or_else(|| all_refused(&refused, 3));
            let short = name.rsplit('/').next().unwrap_or_default();
            tally.check(
                format!("nobody, {what}, {short}: status 1, and a line for each draft"),
                problem,
            );
        }
    }
    tally.check("the log verifies", bench.wrong(&log, &before.acknowledged)?);
    Ok(())
}
