//! `sealstone demo`

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use sealstone::{
    json::Object,
    record::{
        build::{Prepared, Summaries},
        draft::Draft,
    },
    store::{
        append::Durability,
        read::{self, Io},
        route::Router,
    },
    verify::Judgement,
};

use super::{
    exit::Exit,
    out::{Out, Tone},
    verify::{Report, described, summary},
};

/// Show what it does, in a minute and without an agent
///
/// Records a scripted session for two customers into a folder, verifies both logs, then alters copies of one
/// in three ways and shows that each is found, and one way that is not.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  sealstone demo

Statuses: 0 shown; 1 a log did not verify as it must; 2 the folder could not be written")]
pub(super) struct Args {
    /// The folder; `halo-demo`, or the first of `halo-demo-2` and so on that is not used, if left out
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// What the agent does in the demo: drafts, as `sealstone record` reads them.
const SESSION: &[&str] = &[
    r#"{"subject":{"id":"acme-corp"},"principal":{"human_id":"u_dana","role_scope":"support"},"action":{"type":"read","category":"privacy","tool":"mcp__crm__find_customer","authorization":{"scope":"mcp:crm"}},"input":{"email":"lee@acme.example"},"output":{"customer":"C-1009","plan":"team"}}"#,
    r#"{"subject":{"id":"acme-corp"},"action":{"type":"read","category":"privacy","tool":"Read","authorization":{"scope":"fs.read"}},"input":{"file_path":"policies/refunds.md"},"output":"Refunds above 200 EUR need a person."}"#,
    r#"{"subject":{"id":"initech"},"action":{"type":"network","category":"security","tool":"WebFetch","authorization":{"scope":"network"}},"input":{"url":"https://status.initech.example/api"},"output":{"status":"error","error":"502 Bad Gateway"}}"#,
    r#"{"subject":{"id":"acme-corp"},"action":{"type":"write","category":"safety","tool":"issue_refund","authorization":{"decision":"human_approved","approver":"u_dana","scope":"payments"}},"input":{"customer":"C-1009","amount_eur":240},"output":{"refund":"R-77","status":"ok"}}"#,
    r#"{"subject":{"id":"acme-corp"},"action":{"type":"tool_call","category":"security","tool":"Bash","authorization":{"scope":"exec"}},"input":{"command":"psql postgres://svc:hunter2@db.internal/crm -c 'select 1'"},"output":{"exit_code":0,"stdout":"1"}}"#,
    r#"{"subject":{"id":"initech"},"action":{"type":"agent_message","category":"reliability","tool":"notify","authorization":{"scope":"mail"}},"input":{"to":"ops@initech.example","text":"Your status page answers 502."},"output":"sent"}"#,
];

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => unused_folder()?,
    };
    record(out, &folder)?;
    let (acme, initech) = (folder.join("acme-corp.jsonl"), folder.join("initech.jsonl"));
    out.line(Tone::Plain, "");
    out.line(
        Tone::Plain,
        "2. Verify: is every record as it was written, and in its place?",
    );
    let mut as_expected = true;
    for log in [&acme, &initech] {
        as_expected &= show(out, log, Judgement::Intact)?;
    }
    out.line(Tone::Plain, "");
    out.line(Tone::Plain, "3. Tamper with copies. Three ways are found:");
    as_expected &= tamper(out, &acme)?;
    out.line(Tone::Plain, "");
    let log = acme.display();
    out.line(
        Tone::Plain,
        format!("Look around: the records are in {log}, one a line. `sealstone verify {log}` checks them."),
    );
    Ok(if as_expected {
        Exit::Done
    } else {
        Exit::Refuted
    })
}

fn unused_folder() -> anyhow::Result<PathBuf> {
    let is_unused = |folder: &PathBuf| match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    let names = (2..1000).map(|n| format!("halo-demo-{n}"));
    std::iter::once("halo-demo".to_owned())
        .chain(names)
        .map(PathBuf::from)
        .find(is_unused)
        .context("every demo folder up to `halo-demo-999` is in use; name another one")
}

fn record(out: &mut Out, folder: &Path) -> anyhow::Result<()> {
    out.line(
        Tone::Plain,
        format!(
            "1. Record: an agent works for two customers; one log each in {}",
            folder.display()
        ),
    );
    let agent: Object = [("id", "support-agent"), ("name", "Support Agent")]
        .into_iter()
        .collect();
    let mut defaults = Object::new();
    defaults.insert("session_id", "demo-1");
    defaults.insert("agent", agent);
    let mut router = Router::new(folder, Durability::Batch);
    for line in SESSION {
        let draft = Draft::read(line.as_bytes(), &defaults)
            .context("the demo's own session is not sealable")?;
        let (tool, subject) = (
            draft.tool().to_owned(),
            draft.subject_id().unwrap_or_default().to_owned(),
        );
        let receipt = router.append(Prepared::new(draft, Summaries::Keep))?;
        let hash = receipt.hash.to_string();
        out.line(
            Tone::Plain,
            format!("   {subject:<10} {tool:<24} sealed as {}…", &hash[..16]),
        );
    }
    router.sync()?;
    Ok(())
}

/// A way to tamper with a log, and what it does to its lines.
type Tampering = (&'static str, &'static str, fn(&mut Vec<String>));

const FOUND: &[Tampering] = &[
    (
        "altered",
        "one amount is changed, from 240 to 24:",
        |lines| {
            // The excerpt is JSON in a text of the record.
            lines[2] = lines[2].replace(r#"\"amount_eur\":240"#, r#"\"amount_eur\":24"#);
        },
    ),
    ("removed", "the refund is taken out:", |lines| {
        lines.remove(2);
    }),
    ("moved", "two records change places:", |lines| {
        lines.swap(0, 1);
    }),
];

fn tamper(out: &mut Out, log: &Path) -> anyhow::Result<bool> {
    let text =
        fs::read_to_string(log).with_context(|| format!("cannot read `{}`", log.display()))?;
    let mut as_expected = true;
    for (name, what, change) in FOUND {
        as_expected &= tamper_once(out, log, &text, (name, what, *change), Judgement::Broken)?;
    }
    out.line(Tone::Plain, "");
    out.line(
        Tone::Plain,
        "   One way nobody finds who holds only the log:",
    );
    let cut: Tampering = ("cut", "the last record is cut off:", |lines| {
        lines.pop();
    });
    as_expected &= tamper_once(out, log, &text, cut, Judgement::Intact)?;
    out.line(
        Tone::Plain,
        "   What is left is a sound chain. Only a copy of the head, held by somebody else, tells.",
    );
    Ok(as_expected)
}

fn tamper_once(
    out: &mut Out,
    log: &Path,
    text: &str,
    (name, what, change): Tampering,
    expected: Judgement,
) -> anyhow::Result<bool> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.len() < 3 {
        bail!(
            "`{}` holds fewer records than the demo wrote",
            log.display()
        );
    }
    change(&mut lines);
    // A folder below, so that the copies are not taken for customers' logs.
    let folder = log.with_file_name("tampered");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let copy = folder.join(format!("{name}.jsonl"));
    fs::write(&copy, lines.join("\n") + "\n")
        .with_context(|| format!("cannot write `{}`", copy.display()))?;
    out.line(Tone::Plain, format!("   - {what}"));
    show(out, &copy, expected)
}

/// Verifies a log and shows the verdict; returns whether it is the expected one.
fn show(out: &mut Out, log: &Path, expected: Judgement) -> anyhow::Result<bool> {
    let verdict = read::verify(log, Io::Read, |_| ())?;
    let as_expected = verdict.judgement == expected;
    let report = Report::of(log.to_owned(), verdict);
    for note in report.notes.iter().take(1) {
        out.line(Tone::Plain, format!("     {}", described(note)));
    }
    let (tone, text) = summary(&report);
    out.line(tone, format!("     {}: {text}", log.display()));
    Ok(as_expected)
}
