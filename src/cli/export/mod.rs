//! `sealstone export`

mod bundle;
mod gather;
#[cfg(feature = "parquet")]
mod parquet;
mod sink;
mod target;

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use sealstone::{
    export::{Selection, Tools, manifest},
    json,
    window::Window,
    witness::Standing,
};

#[cfg(feature = "parquet")]
use self::parquet::Parquet;
use self::{
    gather::{Gathered, Refusal, Request},
    sink::{Csv, Lines},
    target::Target,
};
use super::{
    exit::Exit,
    out::{Out, Tone},
    verify::plural,
    witness,
};

/// How many fields with characters that nobody sees are named.
const INVISIBLE_NAMED: usize = 5;

/// Write a log's records as a table, with a manifest
///
/// Verifies the log and writes a row for each record, or for those of a time or a tool, and a manifest: which log, which
/// head, which records, who is the source of each column (FORMAT.md, "Export"). The log is read once, so that the rows are
/// of the bytes that were verified. Files get their names when they are whole; of a log that does not verify nothing is
/// written. What an export does not prove is in LIMITS.md.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone export ~/.halo/audit.jsonl
  sealstone export --from 2026-11-01 --to 2026-11-30 --tool Bash -o november.csv log.jsonl
  sealstone export --bundle evidence.zip log.jsonl
  duckdb -c \"select tool, count(*) from 'evidence.parquet' group by tool\"

Statuses: 0 written; 1 the log does not verify, is of another subject or is not complete, or the
witness cannot be asked; 2 the log or the witness file cannot be read, a file cannot be written, or
wrong arguments; 3 the log is empty, or written and the witness has no checkpoint of it")]
pub(super) struct Args {
    /// The log; `-` is standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// Only records of this time or later: a date or a time (ISO 8601), in UTC if it names no zone. The whole log is
    /// verified all the same
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,

    /// Only records of this time or earlier; a date means all of that day
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,

    /// Where to write; `evidence` with the format's ending if left out
    #[arg(short, long, value_name = "OUT")]
    out: Option<PathBuf>,

    /// Only records of this tool, in upper or lower case; may be repeated, or name several with commas
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,

    /// Where to write the manifest; OUT with `.manifest.json` behind it if left out
    #[arg(long, value_name = "MANIFEST")]
    manifest: Option<PathBuf>,

    /// Refuse a log in which a record is of another subject than this, or of none
    #[arg(long, value_name = "SUBJECT")]
    expect_subject: Option<String>,

    #[command(flatten)]
    witness: witness::Args,

    /// What to write (FORMAT.md, "Export")
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    format: Format,

    /// Write a ZIP file instead, with all that a third party needs to check it: the records, the table, the manifest,
    /// a verifier in Python and how to use it
    #[arg(long, value_name = "ZIP", conflicts_with_all = ["out", "manifest", "format"])]
    bundle: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for spreadsheets, in which no cell is a formula
    Csv,
    /// The records themselves, byte for byte, one a line
    Jsonl,
    /// A table for databases, with types, and the records in its last column
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    const fn default_name(self) -> &'static str {
        match self {
            Self::Csv => "evidence.csv",
            Self::Jsonl => "evidence.jsonl",
            #[cfg(feature = "parquet")]
            Self::Parquet => "evidence.parquet",
        }
    }
}

pub(super) fn run(out: &mut Out, args: &Args) -> anyhow::Result<Exit> {
    let request = Request {
        log: args.log.clone(),
        selection: Selection {
            window: Window::new(args.from.as_deref(), args.to.as_deref())?,
            tools: Tools::new(&args.tool),
        },
        expected_subject: args.expect_subject.clone(),
        witness: args.witness.clone(),
        draws: out.wants_progress(),
    };
    let exported = match &args.bundle {
        Some(path) => bundled(path, &request),
        None => table(args, &request),
    };
    Ok(match exported {
        Ok(exported) => {
            tell(out, &exported);
            let witnessed = exported.gathered.witnessed.as_ref();
            witnessed.map_or(Exit::Done, |witnessed| {
                witness::exit(&witnessed.completeness)
            })
        }
        Err(refusal) => refuse(out, &refusal),
    })
}

/// What was written, and where.
struct Exported {
    gathered: Gathered,
    out: String,
    /// None if it is in the same file.
    manifest: Option<String>,
    /// Why there is no page where one belongs.
    no_page: Option<String>,
}

/// Writes the records in one form, and the manifest beside them.
fn table(args: &Args, request: &Request) -> Result<Exported, Refusal> {
    let default = Path::new(args.format.default_name());
    let path = args.out.as_deref().unwrap_or(default);
    let inputs = inputs(request);
    let target = Target::new(path, &inputs).map_err(Refusal::unable)?;
    let beside = with_suffix(path, ".manifest.json");
    let beside = args.manifest.as_deref().unwrap_or(&beside);
    let manifest = Target::new(beside, &inputs).map_err(Refusal::unable)?;
    if target.is_same(&manifest) {
        let name = target.name();
        let why = format!("cannot write {name}: it is to be the manifest as well");
        return Err(Refusal::unable(why));
    }
    let gathered = write(args.format, request, &target)?;
    write_manifest(request, &gathered, &manifest)?;
    let exported = Exported {
        gathered,
        out: target.name(),
        manifest: Some(manifest.name()),
        no_page: None,
    };
    keep([target, manifest])?;
    Ok(exported)
}

/// Writes everything into one file.
fn bundled(path: &Path, request: &Request) -> Result<Exported, Refusal> {
    let target = Target::new(path, &inputs(request)).map_err(Refusal::unable)?;
    let (gathered, no_page) = bundle::write(request, &target)?;
    let out = target.name();
    keep([target])?;
    Ok(Exported {
        gathered,
        out,
        manifest: None,
        no_page,
    })
}

/// Returns what is read, and must not be written over.
fn inputs(request: &Request) -> Vec<&Path> {
    let log = [request.log.as_path()];
    log.into_iter().chain(request.witness.file()).collect()
}

/// Gives files their names, once all of them are on the disk.
fn keep<const COUNT: usize>(targets: [Target; COUNT]) -> Result<(), Refusal> {
    let synced = targets.iter().try_for_each(Target::sync);
    let kept = synced.and_then(|()| targets.into_iter().try_for_each(Target::keep));
    kept.map_err(Refusal::unable)
}

fn write(format: Format, request: &Request, target: &Target) -> Result<Gathered, Refusal> {
    let name = target.name();
    let cannot = |error: std::io::Error| Refusal::unable(format!("cannot write {name}: {error}"));
    match format {
        Format::Csv => request.gather(Csv::of(target).map_err(cannot)?, None, &name),
        Format::Jsonl => request.gather(Lines::of(target).map_err(cannot)?, None, &name),
        #[cfg(feature = "parquet")]
        Format::Parquet => request.gather(Parquet::of(target).map_err(cannot)?, None, &name),
    }
}

fn write_manifest(request: &Request, gathered: &Gathered, target: &Target) -> Result<(), Refusal> {
    let write = || {
        let manifest = manifest(&request.facts(gathered, true)?);
        let text = json::to_document(&manifest);
        target.file()?.write_all(text.as_bytes())
    };
    let name = target.name();
    write().map_err(|error| Refusal::unable(format!("cannot write {name}: {error}")))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn tell(out: &mut Out, exported: &Exported) {
    let Exported {
        gathered,
        out: path,
        manifest,
        no_page,
    } = exported;
    let (chosen, records) = (gathered.census.chosen, gathered.records);
    if chosen == 0 {
        let text = format!(
            "NOTE: 0 of {records} records are of that time and tool; the manifest says so, and no row is written"
        );
        out.line(Tone::Odd, text);
    }
    let head = &gathered.head.to_string()[..16];
    let manifest = manifest.as_deref().unwrap_or("in it");
    let text = format!(
        "exported {chosen} of {records} records -> {path} (manifest: {manifest}; chain head {head}...)"
    );
    out.line(Tone::Good, text);
    if gathered.census.undated > 0 {
        let undated = plural(gathered.census.undated, "record");
        let text = format!("NOTE: {undated} left out, because their time cannot be read");
        out.line(Tone::Odd, text);
    }
    if let Some(why) = no_page {
        out.line(Tone::Odd, format!("NOTE: no page is in it: {why}"));
    }
    tell_invisible(out, gathered);
    tell_completeness(out, gathered);
}

/// Says what is known of what is missing, as the manifest does.
fn tell_completeness(out: &mut Out, gathered: &Gathered) {
    let Some(witnessed) = &gathered.witnessed else {
        let text = "NOTE: completeness NOT CHECKED: this attests what stands in the log, up to its head, and not that \
                    nothing is missing behind it";
        return out.line(Tone::Odd, text);
    };
    match witnessed.completeness.standing {
        Standing::Complete { .. } => out.line(
            Tone::Good,
            "COMPLETE — every checkpoint that the witness has of this log is a place in it; what follows the last one \
             was not witnessed",
        ),
        Standing::Undecided { .. } => out.line(
            Tone::Odd,
            format!(
                "UNDECIDED — {}; the manifest says so",
                witnessed.completeness.why().unwrap_or_default()
            ),
        ),
        Standing::Incomplete(_) | Standing::Unwitnessed => out.line(
            Tone::Odd,
            "UNWITNESSED — the witness has no checkpoint of this log, and the manifest says so",
        ),
    }
}

fn tell_invisible(out: &mut Out, gathered: &Gathered) {
    let census = &gathered.census;
    if census.invisible_fields == 0 {
        return;
    }
    let fields = plural(census.invisible_fields, "identifier field");
    let records = plural(census.invisible_records, "record");
    let named = census.invisible.iter().take(INVISIBLE_NAMED);
    let mut named: Vec<String> = named
        .map(|(id, invisible)| {
            let id = id.as_deref().unwrap_or("?");
            format!("{id} {} = {}", invisible.field, invisible.shown)
        })
        .collect();
    let more = census.invisible_fields.saturating_sub(named.len() as u64);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let named = named.join("; ");
    out.warning(format!(
        "{fields} in {records} hold characters that nobody sees, so that what looks the same may differ: {named}"
    ));
}

fn refuse(out: &mut Out, refusal: &Refusal) -> Exit {
    let text = format!("REFUSED: {}; no export written", refusal.why);
    if out.is_quiet() {
        out.error(&anyhow::Error::msg(text));
    } else {
        out.line(Tone::Bad, text);
    }
    refusal.exit
}
