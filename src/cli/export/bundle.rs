//! Everything that a third party needs to check an export, in one ZIP file (FORMAT.md, "Export").
//!
//! The same log gives the same bytes: no time and no order comes from outside.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
};

use askama::Template;
use sealstone::{
    digest::{Digest, Hasher},
    export::{Contents, manifest},
    json::{self, Object},
    report::{Page, Reader, Report},
    witness::Checkpoint,
};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{
    gather::{Gathered, Refusal, Request},
    sink::{Csv, Lines, Sink},
    target::Target,
};
use crate::cli::sanitize::visible;

/// What the records are checked with, as it stands in the repository.
const VERIFIER: &[(&str, &str)] = &[
    (
        "verify/check.py",
        include_str!("../../../conformance/check.py"),
    ),
    (
        "verify/schema.py",
        include_str!("../../../conformance/schema.py"),
    ),
    (
        "verify/strict_json.py",
        include_str!("../../../conformance/strict_json.py"),
    ),
    (
        "verify/verify.py",
        include_str!("../../../conformance/verify.py"),
    ),
];

/// The table and the records at once.
struct Both {
    csv: Csv,
    lines: Lines,
}

impl Sink for Both {
    type Row = String;

    fn row(record: &Object) -> String {
        Csv::row(record)
    }

    fn put(&mut self, number: u64, row: String, line: &[u8]) -> io::Result<()> {
        self.csv.put(number, row, line)?;
        self.lines.put(number, (), line)
    }

    fn finish(self) -> io::Result<Contents> {
        self.lines.finish()?;
        self.csv.finish()
    }
}

/// Writes the bundle.
/// Also returns why it has no page, if it has none.
pub(super) fn write(
    request: &Request,
    target: &Target,
) -> Result<(Gathered, Option<String>), Refusal> {
    let name = target.name();
    let cannot = |error: io::Error| Refusal::unable(format!("cannot write {name}: {error}"));
    let file = || target.unnamed().map_err(cannot);
    let (mut csv, mut lines) = (file()?, file()?);
    let both = || {
        Ok(Both {
            csv: Csv::new(csv.try_clone()?)?,
            lines: Lines::new(lines.try_clone()?),
        })
    };
    let log = request.log_name();
    let reader = Reader {
        log: &log,
        window: request.selection.window,
        expected_subject: request.expected_subject.as_deref(),
        policy: None,
    };
    // A page has all records of its time, whatever their tools.
    let has_all = request.selection.tools.is_none();
    let mut report = has_all.then(|| Report::new(reader));
    let gathered = request.gather(both().map_err(cannot)?, report.as_mut(), &name)?;
    let page = page(report, &gathered);
    let mut pack = || -> io::Result<()> {
        let manifest = json::to_document(&manifest(&request.facts(&gathered, false)?));
        let mut bundle = Bundle::new(target.file()?);
        bundle.text(
            "README.md",
            &readme(request, &gathered, page.as_ref().err())?,
        )?;
        bundle.file("records.jsonl", &mut lines)?;
        bundle.file("evidence.csv", &mut csv)?;
        bundle.text("manifest.json", &manifest)?;
        if let Some(witnessed) = &gathered.witnessed {
            bundle.text("checkpoints.jsonl", &lines_of(&witnessed.own))?;
        }
        if let Ok(page) = &page {
            bundle.parts("report.html", page)?;
        }
        for (name, text) in VERIFIER {
            bundle.text(name, text)?;
        }
        bundle.finish()
    };
    pack().map_err(cannot)?;
    Ok((gathered, page.err()))
}

/// Returns the page on the records of the bundle, or why a page cannot have them all, and them alone.
fn page(report: Option<Report<'_>>, gathered: &Gathered) -> Result<Page, String> {
    let report = report.ok_or("these are records of some tools, and a page has those of all")?;
    let witnessed = gathered.witnessed.as_ref();
    let witness = witnessed.map(|witnessed| (&witnessed.kept, &witnessed.completeness));
    let page = report.finish(&gathered.verdict, witness);
    let page = page.map_err(|refusal| visible(&refusal.to_string()).into_owned())?;
    if page.records == gathered.census.chosen {
        Ok(page)
    } else {
        let why = "the records of this window are not in the order of their times, so that a page from the first to the \
                   last would have others too";
        Err(why.to_owned())
    }
}

fn lines_of(checkpoints: &[Checkpoint]) -> String {
    checkpoints
        .iter()
        .map(|checkpoint| json::to_line(&checkpoint.to_object()))
        .collect()
}

/// What is in the bundle and how it is checked.
#[derive(Template)]
#[template(path = "bundle.md")]
struct Readme<'a> {
    chosen: u64,
    total: u64,
    head: String,
    /// The name of the log. It is whatever somebody called a file, so it is quoted, and stands where Markdown is none.
    log: String,
    is_witnessed: bool,
    no_page: Option<&'a String>,
}

impl Readme<'_> {
    /// Whether the bundle has every record of the log.
    const fn is_whole(&self) -> bool {
        self.chosen == self.total
    }
}

fn readme(request: &Request, gathered: &Gathered, no_page: Option<&String>) -> io::Result<String> {
    let readme = Readme {
        chosen: gathered.census.chosen,
        total: gathered.records,
        head: gathered.head.to_string(),
        log: format!("{:?}", request.log_name()),
        is_witnessed: gathered.witnessed.is_some(),
        no_page,
    };
    let text = readme.render().map_err(io::Error::other)?;
    Ok(format!("{}\n", text.trim_end()))
}

/// A ZIP file that is being written, and the hashes of what is in it.
struct Bundle {
    zip: ZipWriter<File>,
    sums: String,
}

impl Bundle {
    fn new(file: File) -> Self {
        Self {
            zip: ZipWriter::new(file),
            sums: String::new(),
        }
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.start(name, text.len() as u64)?;
        self.zip.write_all(text.as_bytes())?;
        self.add_sum(name, Digest::of(text.as_bytes()));
        Ok(())
    }

    fn parts(&mut self, name: &str, page: &Page) -> io::Result<()> {
        self.start(name, 0)?;
        let mut hasher = Hasher::default();
        for part in page.parts() {
            hasher.update(part.as_bytes());
            self.zip.write_all(part.as_bytes())?;
        }
        self.add_sum(name, hasher.finish());
        Ok(())
    }

    /// Copies a file from its beginning.
    fn file(&mut self, name: &str, file: &mut File) -> io::Result<()> {
        file.rewind()?;
        self.start(name, file.metadata()?.len())?;
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; 1 << 18];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            self.zip.write_all(&buffer[..read])?;
        }
        self.add_sum(name, hasher.finish());
        Ok(())
    }

    fn start(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .large_file(bytes >= u64::from(u32::MAX) / 2)
            .unix_permissions(0o644);
        Ok(self.zip.start_file(name, options)?)
    }

    fn add_sum(&mut self, name: &str, digest: Digest) {
        let digest = digest.to_string();
        self.sums.extend([&digest, "  ", name, "\n"]);
    }

    /// Writes the hashes of all files, as `sha256sum` reads them, and what a ZIP file ends with.
    fn finish(mut self) -> io::Result<()> {
        let sums = std::mem::take(&mut self.sums);
        self.text("SHA256SUMS", &sums)?;
        self.zip.finish()?;
        Ok(())
    }
}
