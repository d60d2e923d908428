//! Pages as the binary writes them, and what somebody makes of them.

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sealstone::{
    chain,
    digest::Digest,
    json::{self, Object, Value},
};

const BLOCK: &str = "<script type=\"application/octet-stream\" class=\"records\">";
const STATEMENT: &str = "<script type=\"application/json\" id=\"statement\">";

/// A folder with logs and pages.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes the report on a log, whose lines are given. There is nothing wrong with it.
    pub(crate) fn report(&self, lines: &[String], args: &[&str]) -> PathBuf {
        self.report_with(lines, args, 0)
    }

    /// Writes it, and ends with a status.
    pub(crate) fn report_with(&self, lines: &[String], args: &[&str], status: i32) -> PathBuf {
        let log = self.write("log.jsonl", lines.concat());
        let page = self.path("page.html");
        let run = Command::new(env!("CARGO_BIN_EXE_sealstone"))
            .arg("report")
            .arg(log)
            .args(args)
            .arg("-o")
            .arg(&page)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(status), "{said}");
        page
    }
}

/// The text of a page, to be changed.
#[derive(Clone)]
pub(crate) struct PageText(pub(crate) String);

impl PageText {
    pub(crate) fn read(page: &PathBuf) -> Self {
        Self(fs::read_to_string(page).unwrap())
    }

    /// Puts `new` where `old` stands first.
    pub(crate) fn with(&self, old: &str, new: &str) -> Self {
        assert!(self.0.contains(old), "the page has no {old}");
        Self(self.0.replacen(old, new, 1))
    }

    /// Changes what stands between two texts.
    fn between(&self, begin: &str, end: &str, change: impl FnOnce(&str) -> String) -> Self {
        let start = self.0.find(begin).unwrap() + begin.len();
        let length = self.0[start..].find(end).unwrap();
        let inside = change(&self.0[start..start + length]);
        Self(format!(
            "{}{inside}{}",
            &self.0[..start],
            &self.0[start + length..]
        ))
    }

    /// Changes the statement.
    pub(crate) fn with_statement(&self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        self.between(STATEMENT, "</script>", |text| {
            let mut statement = serde_json::from_str(text).unwrap();
            change(&mut statement);
            statement.to_string().replace('<', "\\u003c")
        })
    }

    /// Changes the first block as it stands in the page.
    pub(crate) fn with_block(&self, change: impl FnOnce(&str) -> String) -> Self {
        self.between(BLOCK, "</script>", change)
    }

    /// Changes the lines of the first block, which is packed again.
    pub(crate) fn with_lines(&self, change: impl FnOnce(&mut Vec<String>)) -> Self {
        self.with_block(|block| {
            let deflated = STANDARD.decode(block).unwrap();
            let mut text = String::new();
            let mut decoder = flate2::read::DeflateDecoder::new(&deflated[..]);
            decoder.read_to_string(&mut text).unwrap();
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            change(&mut lines);
            packed(&lines.concat())
        })
    }

    /// Swaps the first two blocks.
    pub(crate) fn with_blocks_swapped(&self) -> Self {
        let mut parts = self.0.split(BLOCK);
        let start = parts.next().unwrap();
        let mut blocks: Vec<&str> = parts.collect();
        assert!(blocks.len() > 2, "there are too few blocks");
        blocks.swap(0, 1);
        Self(format!("{start}{BLOCK}{}", blocks.join(BLOCK)))
    }
}

fn packed(lines: &str) -> String {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(lines.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn object(line: &str) -> Object {
    match json::read(line.trim_end().as_bytes()).unwrap().value {
        Value::Object(object) => object,
        _ => panic!("no record: {line}"),
    }
}

/// Seals records one over the other.
pub(crate) fn sealed(records: impl IntoIterator<Item = Object>) -> Vec<String> {
    let mut head = Digest::GENESIS;
    let seal = |record| {
        let sealed = chain::seal(record, head).unwrap();
        head = sealed.hash;
        sealed.line
    };
    records.into_iter().map(seal).collect()
}

/// Seals a line anew over the hash that it names, as somebody would who changed it.
pub(crate) fn sealed_again(line: &str) -> String {
    let record = object(line);
    let integrity = record.object("integrity").unwrap();
    let previous = integrity.str("prev_hash").unwrap().parse().unwrap();
    chain::seal(record, previous).unwrap().line
}

/// Returns a record that verifies, with `text` wherever the format lets a text be.
pub(crate) fn hostile(number: usize, text: &str) -> Object {
    // Half of a surrogate pair is in no text of Rust's.
    let quoted = serde_json::Value::from(text).to_string();
    let quoted = quoted.replace("HALF", "\\ud83d");
    let key = serde_json::Value::from(format!("x-{text}")).to_string();
    object(&format!(
        r#"{{"schema_version":"0.1","record_id":{id},"session_id":{quoted},"ts":"2026-01-01T00:00:0{second}Z",
            "agent":{{"id":{quoted},"name":{quoted},"version":{quoted},"model":{quoted}}},
            "action":{{"type":"tool_call","category":"security","tool":{quoted},
              "authorization":{{"scope":{quoted},"approver":{quoted}}},
              "input":{{"hash":{quoted},"summary":{quoted}}}}},
            "outcome":{{"status":"ok","summary":{quoted},"hash":{quoted}}},
            "subject":{{"id":{quoted},"name":{quoted}}},"severity":"HIGH",
            "findings":[{{"type":{quoted},"severity":"HIGH","sample":{quoted}}}],
            "threats":[{{"type":{quoted},"ref":{quoted}}}],
            "source":{{"adapter":{quoted},"via":{quoted},"capture":"captured"}},
            "sealstone":{{"phase":"intent","call_id":{quoted},"agent_id":{quoted}}},
            {key}:{{{key}:[{quoted},{{"__proto__":{quoted},"constructor":1}}]}}}}"#,
        id = serde_json::Value::from(format!("{number} {text}")),
        second = number % 10,
    ))
}
