//! `sealstone prove`

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail, ensure};
use sealstone::{
    digest::Digest,
    json,
    store::{lines, open},
    tlog::{Checkpoint, KeyFile, Looked, MAX_KEY_FILE_BYTES, Note, Proof, Tree},
};

use super::{
    exit::Exit,
    out::{Out, Tone},
    replaced::Target,
    tlog,
};

/// Show one record of a log to somebody, without the others
///
/// A proof (C2SP tlog-proof) shows that a record is in the log that was published, and where. Whoever is given the
/// record and the proof can check it with `sealstone verify-proof`, without asking anybody; of the other records it
/// holds hashes and nothing else. The record itself is not in it: `--record-out` writes that.
///
/// The log must have been published with `sealstone anchor --c2sp` since the record was written.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone prove audit.jsonl 3 -o three.tlog-proof --record-out three.jsonl
  sealstone verify-proof three.tlog-proof --record three.jsonl --log-key VKEY

Statuses: 0 written; 1 the log is broken or cannot be read, or is not what was published; 2 there is no such record, or it
is not published yet, or wrong arguments")]
pub(super) struct Args {
    /// The log, which is a file: it is read twice if `--record-out` is given
    #[arg(value_name = "LOG")]
    log: PathBuf,

    /// The record: its number, from 1, or its `record_id`
    #[arg(value_name = "RECORD")]
    record: String,

    /// Where to write the proof. It is its owner's only, unless there was one that others could read
    #[arg(short, long = "out", value_name = "FILE")]
    output: PathBuf,

    /// The published checkpoint; LOG.checkpoint if left out
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    /// Write the record there, as it stands in the log
    #[arg(long, value_name = "FILE")]
    record_out: Option<PathBuf>,

    /// Tell with the proof whom the log is of: what opens its origin, if that was bound to a subject
    #[arg(long, requires = "key_file")]
    open_subject: bool,

    /// The key of the log, which has what opens its origin
    #[arg(long, value_name = "FILE", requires = "open_subject")]
    key_file: Option<PathBuf>,
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    let wanted = Wanted::of(&args.record);
    let read = match read(out, &args.log, &wanted) {
        Ok(read) => read,
        Err(error) => {
            out.error(&error);
            return Exit::Refuted;
        }
    };
    match prove(out, args, &read) {
        Ok(exit) => exit,
        Err(error) => {
            out.error(&error);
            Exit::Unable
        }
    }
}

/// Which record is meant.
enum Wanted {
    Number(u64),
    Id(String),
}

impl Wanted {
    fn of(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Id(text.to_owned()),
        }
    }

    fn is(&self, number: u64, id: Option<&str>) -> bool {
        match self {
            Self::Number(wanted) => *wanted == number,
            Self::Id(wanted) => Some(&**wanted) == id,
        }
    }
}

struct Read {
    tree: Tree,
    /// The number and the hash of the record that is meant.
    record: Option<(u64, Digest)>,
}

fn read(out: &Out, log: &Path, wanted: &Wanted) -> anyhow::Result<Read> {
    let mut record = None;
    let (verdict, tree) = tlog::tree(log, out.wants_progress(), |number, looked: Looked| {
        if record.is_none() && wanted.is(number, looked.id.as_deref()) {
            record = looked.hash.map(|hash| (number, hash));
        }
    })?;
    tlog::ensure_intact(log, &verdict)?;
    Ok(Read { tree, record })
}

fn prove(out: &mut Out, args: &Args, read: &Read) -> anyhow::Result<Exit> {
    let (number, hash) = read.record.context("there is no such record in the log")?;
    let path = args.checkpoint.clone();
    let path = path.unwrap_or_else(|| tlog::checkpoint_of(&args.log));
    let name = path.display();
    let published = tlog::published(&path)?;
    let (note, checkpoint) = published.with_context(|| {
        format!("`{name}` does not exist: `sealstone anchor --c2sp` publishes a log")
    })?;
    if read.tree.root(checkpoint.size) != Some(checkpoint.root) {
        out.error(&anyhow!("the log is not what was published in `{name}`"));
        return Ok(Exit::Refuted);
    }
    let size = checkpoint.size;
    ensure!(
        number <= size,
        "record {number} was written after the {size} that `{name}` covers: publish the log again"
    );
    let proof = proof(args, read, &checkpoint, note, number)?;
    let holds = proof.check(hash, &checkpoint);
    holds.context("the proof that was made does not hold: this is a defect to report")?;
    let mut line = match args.record_out {
        Some(_) => line(&args.log, number)?,
        None => Vec::new(),
    };
    let is_it = args.record_out.is_none() || Looked::at(&line).hash == Some(hash);
    ensure!(is_it, "the log was changed while it was read");
    line.push(b'\n');
    write(args, &path, &proof, &line)?;
    let name = args.output.display();
    out.line(
        Tone::Plain,
        format!(
            "wrote {name}: record {number} of {size}, in the log {}",
            checkpoint.origin
        ),
    );
    Ok(Exit::Done)
}

/// Writes the proof and, if it is wanted, the record: both, or none of them.
fn write(args: &Args, checkpoint: &Path, proof: &Proof, record: &[u8]) -> anyhow::Result<()> {
    let inputs = [&*args.log, checkpoint].into_iter();
    let inputs: Vec<&Path> = inputs.chain(args.key_file.as_deref()).collect();
    let begin = |path: &Path| {
        let name = path.display();
        ensure!(!is_key(path), "`{name}` is a secret key, and stays");
        Target::new(path, &inputs).map_err(anyhow::Error::msg)
    };
    let to_proof = begin(&args.output)?;
    let to_record = args.record_out.as_deref().map(begin).transpose()?;
    let is_same = to_record.as_ref().is_some_and(|to| to.is_same(&to_proof));
    ensure!(!is_same, "the proof and the record cannot be one file");
    let text = proof.to_string();
    let all = [(Some(to_proof), text.as_bytes()), (to_record, record)];
    for (to, bytes) in &all {
        if let Some(to) = to {
            let name = to.name();
            let mut file = to.file().with_context(|| format!("cannot write {name}"))?;
            file.write_all(bytes)
                .with_context(|| format!("cannot write {name}"))?;
            to.sync().map_err(anyhow::Error::msg)?;
        }
    }
    let mut targets = all.into_iter().filter_map(|(to, _)| to);
    targets.try_for_each(|to| to.keep().map_err(anyhow::Error::msg))
}

/// Whether a file has a secret key in it, which is worth more than what would take its place.
fn is_key(path: &Path) -> bool {
    let bytes = open::beginning(path, MAX_KEY_FILE_BYTES);
    let text = bytes
        .ok()
        .and_then(|(bytes, _)| String::from_utf8(bytes).ok());
    text.is_some_and(|text| KeyFile::parse(&text).is_ok())
}

fn proof(
    args: &Args,
    read: &Read,
    checkpoint: &Checkpoint,
    note: Note,
    number: u64,
) -> anyhow::Result<Proof> {
    let index = number - 1;
    let hashes = read.tree.inclusion(index, checkpoint.size);
    Ok(Proof {
        extra: opening(args, checkpoint)?,
        index,
        hashes: hashes.context("the record is not in the tree")?,
        note,
    })
}

/// Returns what opens the origin, if that is wanted.
fn opening(args: &Args, checkpoint: &Checkpoint) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(path) = args.key_file.as_deref().filter(|_| args.open_subject) else {
        return Ok(None);
    };
    let name = path.display();
    let held = sealstone::store::tlog::hold_key(path)?;
    let Some(opening) = held.key.opening else {
        bail!("the key `{name}` is bound to no subject");
    };
    let is_its = opening.origin() == checkpoint.origin;
    ensure!(is_its, "the key `{name}` is not that of the log");
    Ok(Some(opening.to_bytes()))
}

/// Returns the bytes of a record, as they stand in the log.
fn line(log: &Path, number: u64) -> anyhow::Result<Vec<u8>> {
    let (mut records, mut found) = (0, None);
    let look = |line: &[u8]| (!json::is_blank(line)).then(|| line.to_vec());
    let take = |line: Option<Vec<u8>>| {
        records += u64::from(line.is_some());
        if records == number && found.is_none() {
            found = line;
        }
    };
    lines::file(log, look, take, |_| {})?;
    found.context("the log was changed while it was read")
}
