//! How long a hook makes an agent wait: whole processes, from their start to their end.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use sealstone::system;

/// What the hook may take beyond starting a program that does nothing, in milliseconds: twice what it may on a
/// quiet machine.
const OVERHEAD_MS_MAX: f64 = 6.0;

/// How many times as fast as the reference's hook it has to be: half of what it has to be on a quiet machine.
const TIMES_MIN: f64 = 12.5;

/// An answer as Claude Code's Bash gives it, with what has to be masked in it.
const EVENT: &str = r#"{"session_id":"8b1f4c52-0d7e-4c1b-9a53-2f6f6a1c9e10","transcript_path":"/home/ada/.claude/projects/shop/8b1f4c52.jsonl","cwd":"/home/ada/shop","permission_mode":"default","hook_event_name":"PostToolUse","tool_name":"Bash","tool_use_id":"toolu_01A","duration_ms":812,"tool_input":{"command":"cargo test --workspace && curl -H 'Authorization: Bearer abcdef0123456789abcdef0123456789' https://example.com/","description":"Run the tests"},"tool_response":{"stderr":"","interrupted":false,"isImage":false,"stdout":"OUTPUT"}}"#;
const START: &str = r#"{"session_id":"8b1f4c52-0d7e-4c1b-9a53-2f6f6a1c9e10","transcript_path":"/t","cwd":"CWD","hook_event_name":"SessionStart","source":"startup"}"#;

const LOADED: &str = r#"{"session_id":"8b1f4c52-0d7e-4c1b-9a53-2f6f6a1c9e10","transcript_path":"/t","cwd":"/","hook_event_name":"InstructionsLoaded","file_path":"PATH"}"#;

/// A program that is timed.
struct Row {
    what: &'static str,
    program: PathBuf,
    args: Vec<String>,
    log: PathBuf,
    milliseconds: Vec<f64>,
}

/// The rows, in the order in which they are reported.
pub(super) struct Hooks(Vec<Row>);

const NOTHING: &str = "`/bin/true`";
const NEVER: &str = "`sealstone hook --sync never`, a new log";
const LONG: &str = "the same, a log of as many records as above";
const SESSION: &str = "the same, in a session with 60 instructions on record";
const REFERENCE: &str = "the reference's hook, a new log";

impl Hooks {
    /// Times every program `rounds` times in turn. `chain` is a log with records in it.
    pub(super) fn run(
        sealstone: &Path,
        reference: Option<&Path>,
        chain: &Path,
        rounds: usize,
    ) -> anyhow::Result<Self> {
        let folder = chain.with_file_name("hook");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let event = folder.join("event.json");
        let output = "test verify::it_holds ... ok, by bob@example.com\\n".repeat(40);
        fs::write(&event, EVENT.replace("OUTPUT", &output))?;
        let mut hooks = Self(rows(sealstone, reference, &folder));
        let long = folder.join("long.jsonl");
        fs::copy(chain, &long).context("cannot copy a chain")?;
        begin_session(sealstone, &folder)?;
        for _ in 0..=rounds {
            for row in &mut hooks.0 {
                row.time(&event)?;
            }
        }
        for row in &mut hooks.0 {
            // The first one fills the caches.
            row.milliseconds.remove(0);
            row.milliseconds.sort_by(f64::total_cmp);
        }
        fs::remove_file(&long)?;
        Ok(hooks)
    }

    /// Returns the table.
    pub(super) fn table(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        writeln!(
            text,
            "| process | median | 9 of 10 | beyond `/bin/true` | the reference takes |\n|---|---|---|---|---|"
        )?;
        let nothing = self.median(NOTHING).unwrap_or(f64::NAN);
        for row in &self.0 {
            let median = row.quantile(0.5);
            let times = match self.median(REFERENCE) {
                Some(reference) => format!("{:.0} times as long", reference / median),
                None => "not run".to_owned(),
            };
            writeln!(
                text,
                "| {} | {median:.2} ms | {:.2} ms | {:.2} ms | {times} |",
                row.what,
                row.quantile(0.9),
                median - nothing,
            )?;
        }
        Ok(text)
    }

    /// # Errors
    /// When the hook makes an agent wait too long.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let nothing = self.median(NOTHING).unwrap_or_default();
        for what in [NEVER, LONG, SESSION] {
            let over = self.median(what).unwrap_or(f64::INFINITY) - nothing;
            ensure!(
                over <= OVERHEAD_MS_MAX,
                "{what}: {over:.1} ms more than starting a program"
            );
        }
        let hook = self.median(NEVER).unwrap_or(f64::INFINITY);
        let times = self.median(REFERENCE).unwrap_or_default() / hook;
        ensure!(
            times >= TIMES_MIN,
            "the hook is only {times:.0} times as fast as the reference's"
        );
        Ok(())
    }

    fn median(&self, what: &str) -> Option<f64> {
        let row = self.0.iter().find(|row| row.what == what)?;
        Some(row.quantile(0.5))
    }
}

fn rows(sealstone: &Path, reference: Option<&Path>, folder: &Path) -> Vec<Row> {
    let row = |what, program: &Path, sync: Option<&str>, log: &str| {
        let args = sync.map_or_else(Vec::new, |sync| {
            ["hook", "--sync", sync].map(str::to_owned).to_vec()
        });
        Row {
            what,
            program: program.to_owned(),
            args,
            log: folder.join(log),
            milliseconds: Vec::new(),
        }
    };
    let never = Some("never");
    let mut rows = vec![
        row(NOTHING, Path::new("/bin/true"), None, "none.jsonl"),
        row(NEVER, sealstone, never, "new.jsonl"),
        row(LONG, sealstone, never, "long.jsonl"),
        row(SESSION, sealstone, never, "session.jsonl"),
        row(
            "the same, on the disk (`--sync batch`, the default)",
            sealstone,
            Some("batch"),
            "durable.jsonl",
        ),
    ];
    if let Some(halo) = reference {
        let mut row = row(REFERENCE, halo, None, "reference.jsonl");
        row.args.push("hook".to_owned());
        rows.push(row);
    }
    rows
}

/// Puts a session's start on record, so that what follows carries what was in force.
fn begin_session(sealstone: &Path, folder: &Path) -> anyhow::Result<()> {
    let start = folder.join("start.json");
    fs::write(folder.join("CLAUDE.md"), "Be kind.\n")?;
    fs::write(&start, START.replace("CWD", &folder.to_string_lossy()))?;
    let mut row = Row {
        what: "",
        program: sealstone.to_owned(),
        args: vec!["hook".to_owned()],
        log: folder.join("session.jsonl"),
        milliseconds: Vec::new(),
    };
    row.time(&start)?;
    let loaded = folder.join("loaded.json");
    for number in 0..60 {
        let instructions = folder.join(format!("{number}.md"));
        fs::write(&instructions, number.to_string())?;
        fs::write(
            &loaded,
            LOADED.replace("PATH", &instructions.to_string_lossy()),
        )?;
        row.time(&loaded)?;
    }
    Ok(())
}

impl Row {
    fn time(&mut self, event: &Path) -> anyhow::Result<()> {
        let event = File::open(event)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env("HALO_LOG", &self.log)
            .stdin(event)
            .stdout(Stdio::null());
        let start = system::start();
        let status = command.status()?;
        self.milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        ensure!(status.success(), "{command:?} ended with {status}");
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is an index"
    )]
    fn quantile(&self, part: f64) -> f64 {
        let last = self.milliseconds.len().saturating_sub(1);
        let at = (last as f64 * part).round() as usize;
        self.milliseconds.get(at).copied().unwrap_or(f64::NAN)
    }
}
