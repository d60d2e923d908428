//! `sealstone report`

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use sealstone::{
    policy::Policy,
    report::{Reader, Refusal},
    verify::{Judgement, Verdict},
    window::Window,
    witness::{Completeness, Expected},
};

use super::{
    exit::Exit,
    out::{Out, Tone},
    policy, reading, replaced,
    verify::{Report, plural, summary},
    witness,
};

/// Write a page that shows what a log says and verifies itself
///
/// The page is one HTML file that loads nothing from anywhere. It has the records' own bytes, and in the reader's
/// browser it computes every hash and link again before it shows them: what was done, by whom, what it found, which
/// calls have no outcome. A page that was changed says so; one that was made to lie cannot be found out by itself, so
/// it names the head to compare with `sealstone verify`. Without scripts it can be read, and checks nothing.
///
/// A log that does not verify gets no page. Of a window, only the records from the first to the last in it must hold,
/// and the page says that it is a window, and what is wrong elsewhere. LIMITS.md has what a page does not prove.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone report ~/.halo/audit.jsonl -o review.html
  sealstone report --from 2026-11-01 --to 2026-11-30 --policy owasp-starter log.jsonl

Statuses: 0 the page is written; 1 the log does not verify, is of another subject or cannot be
read, the witness cannot be asked or the policy is refused, or the page is written and the log is
not complete; 2 the witness file is missing or damaged, or wrong arguments; 3 the page is written,
and the log has no record or the witness no checkpoint of it")]
pub(super) struct Args {
    /// The log; `-` is standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// Where to write the page [default: beside the log, with the ending `.html`]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Begin with the first record of this time or later: a date or a time (ISO 8601), in UTC if it names no zone
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,

    /// End with the last record of this time or earlier; a date means all of that day
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,

    #[command(flatten)]
    witness: witness::Args,

    /// Hold the records against these rules too: a file, else the name of a bundled policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<PathBuf>,

    /// Refuse a log in which a record is of another subject than this, or of none
    #[arg(long, value_name = "SUBJECT")]
    expect_subject: Option<String>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let window = Window::new(args.from.as_deref(), args.to.as_deref())?;
    let target = match &args.output {
        Some(target) => target.clone(),
        None => beside(&args.log)?,
    };
    match written(out, args, window, &target) {
        Ok(exit) => Ok(exit),
        Err(error) => {
            out.error(&error);
            Ok(Exit::Refuted)
        }
    }
}

fn written(out: &mut Out, args: &Args, window: Window, target: &Path) -> anyhow::Result<Exit> {
    let held = args.policy.as_deref().map(Held::read).transpose()?;
    let name = args.log.file_name().map(OsStr::to_string_lossy);
    let reader = Reader {
        log: name.as_deref().unwrap_or("log.jsonl"),
        window,
        expected_subject: args.expect_subject.as_deref(),
        policy: held
            .as_ref()
            .map(|held| (&held.policy, held.name.as_str(), held.text.as_str())),
    };
    let source = match args.witness.read() {
        Ok(source) => source,
        Err(refused) => {
            out.error(&refused.error);
            return Ok(refused.exit);
        }
    };
    let mut report = sealstone::report::Report::new(reader);
    let verdict = reading::read(
        &args.log,
        out.wants_progress(),
        |line| reader.look(line),
        |_, seen| report.take(seen),
    );
    let verdict = verdict.map_err(anyhow::Error::msg)?;
    // Nobody is told of a log that is broken, and no page is written that does not say what a named witness has.
    if matches!(source, witness::Source::Url(_)) && verdict.judgement == Judgement::Broken {
        return Err(refused(&args.log, Refusal::NotIntact, verdict));
    }
    let kept = match source.kept(report.chain()) {
        Ok(kept) => kept,
        Err(refused) => {
            out.error(&refused.error);
            return Ok(refused.exit);
        }
    };
    let completeness = kept.as_ref().map(|kept| {
        let expected = Expected {
            subject: args.expect_subject.as_deref(),
            ..Expected::default()
        };
        Completeness::of(report.chain(), verdict.first_break, kept, expected)
    });
    let witness = kept.as_ref().zip(completeness.as_ref());
    let page = match report.finish(&verdict, witness) {
        Ok(page) => page,
        Err(refusal) => return Err(refused(&args.log, refusal, verdict)),
    };
    let exit = completeness.as_ref().map_or(Exit::Done, witness::exit);
    if window.is_bounded() && exit == Exit::Refuted {
        let line = completeness.as_ref().map(witness::line).unwrap_or_default();
        bail!("no page of a window of a log that is not what a witness saw: {line}");
    }
    replaced::write(target, &inputs(args), |file| {
        page.parts()
            .try_for_each(|part| file.write_all(part.as_bytes()))
    })?;
    let records = plural(page.records, "record");
    out.line(
        Tone::Plain,
        format!("wrote {} ({records})", target.display()),
    );
    if let Some(completeness) = completeness.as_ref().filter(|_| exit != Exit::Done) {
        out.aside(&witness::line(completeness));
    }
    if verdict.records == 0 {
        out.warning("the log has no record, so nothing is attested");
        return Ok(exit.worst(Exit::Nothing));
    }
    if page.records == 0 {
        out.warning("no record is in this window, so nothing is attested");
    }
    Ok(exit)
}

/// Returns why there is no page.
fn refused(log: &Path, refusal: Refusal, verdict: Verdict) -> anyhow::Error {
    match refusal {
        Refusal::NotIntact => {
            let report = Report::of(log.to_owned(), verdict);
            anyhow::anyhow!("no page: `{}` is {}", report.name(), summary(&report).1)
        }
        refusal => anyhow::Error::new(refusal).context("no page"),
    }
}

/// Returns what is read, and must not be written over.
fn inputs(args: &Args) -> Vec<&Path> {
    let log = [args.log.as_path()];
    let more = args
        .witness
        .file()
        .into_iter()
        .chain(args.policy.as_deref());
    log.into_iter().chain(more).collect()
}

/// A policy that records are held against.
struct Held {
    policy: Policy,
    name: String,
    text: String,
}

impl Held {
    fn read(name: &Path) -> anyhow::Result<Self> {
        let bytes = policy::find(name)?;
        let policy = Policy::read(&bytes).context("policy refused")?;
        Ok(Self {
            policy,
            name: name
                .file_name()
                .unwrap_or(name.as_os_str())
                .to_string_lossy()
                .into_owned(),
            text: String::from_utf8(bytes).context("policy refused")?,
        })
    }
}

/// Returns where the page of a log is written if nobody says.
fn beside(log: &Path) -> anyhow::Result<PathBuf> {
    if log.as_os_str() == "-" {
        bail!("where to write the page of standard input? Name it with --output");
    }
    Ok(log.with_extension("html"))
}
