//! The logs, and the witness files that they are held against.

use anyhow::{Context, ensure};
use sealstone::{
    chain::seal,
    digest::Digest,
    json::{self, Object, Value},
    time::Timestamp,
    witness::{Chain, Checkpoint, Looked},
};

/// A log or a witness file.
pub(super) struct File {
    pub(super) name: &'static str,
    /// None if it is missing.
    pub(super) bytes: Option<Vec<u8>>,
    kind: &'static str,
    number: usize,
    /// Whether logs are held against it for somebody in particular as well.
    pub(super) is_for_subjects: bool,
}

impl File {
    pub(super) fn path(&self) -> String {
        format!("{}-{}.jsonl", self.kind, self.number)
    }
}

fn files_of(kind: &'static str, all: Vec<(&'static str, Option<Vec<u8>>)>) -> Vec<File> {
    let file = |(number, (name, bytes))| File {
        name,
        bytes,
        kind,
        number,
        is_for_subjects: matches!(name, "its end" | "nothing" | "the end of one of nobody"),
    };
    all.into_iter().enumerate().map(file).collect()
}

/// Returns records as lines, each with these members behind its id.
fn sealed(members: &[&str], mark: &str) -> anyhow::Result<Vec<String>> {
    let mut previous = Digest::GENESIS;
    let mut lines = Vec::new();
    for (number, members) in (1..).zip(members) {
        let comma = if members.is_empty() { "" } else { "," };
        let text = format!(r#"{{"record_id":"{mark}-{number}"{comma}{members}}}"#);
        let sealed = seal(object(&text)?, previous)?;
        previous = sealed.hash;
        lines.push(sealed.line);
    }
    Ok(lines)
}

fn object(text: &str) -> anyhow::Result<Object> {
    match json::read(text.as_bytes())?.value {
        Value::Object(object) => Ok(object),
        _ => anyhow::bail!("not an object: {text}"),
    }
}

const ACME: &str = r#""subject":{"id":"acme"}"#;
const ZETA: &str = r#""subject":{"id":"zeta"}"#;

fn acme(mark: &str) -> anyhow::Result<Vec<String>> {
    sealed(&[ACME; 6], mark)
}

fn nobody() -> anyhow::Result<Vec<String>> {
    sealed(&[""; 4], "n")
}

pub(super) fn logs() -> anyhow::Result<Vec<File>> {
    let (whole, nobody) = (acme("a")?, nobody()?);
    let with = |number: usize, change: &dyn Fn(&str) -> String| {
        let mut lines = whole.clone();
        lines[number - 1] = change(&lines[number - 1]);
        lines.concat()
    };
    let replaced = |number, from: &str, to: &str| with(number, &|line| line.replace(from, to));
    let resealed = [
        ACME,
        ACME,
        r#""subject":{"id":"acme"},"x":1"#,
        ACME,
        ACME,
        ACME,
    ];
    let dropped = [&whole[..2], &whole[3..]].concat();
    let swapped = [&whole[..2], &whole[3..4], &whole[2..3], &whole[4..]].concat();
    let lasting = whole.last().context("it has records")?;
    let torn = whole.concat() + &lasting[..lasting.len() / 2];
    let texts: Vec<(&str, String)> = vec![
        ("whole", whole.concat()),
        ("longer", sealed(&[ACME; 9], "a")?.concat()),
        ("cut", whole[..4].concat()),
        ("altered", replaced(3, "a-3", "a-x")),
        ("altered at its end", replaced(6, "a-6", "a-x")),
        ("resealed", sealed(&resealed, "a")?.concat()),
        ("its first record gone", whole[1..].concat()),
        ("a record gone", dropped.concat()),
        ("two swapped", swapped.concat()),
        ("begun anew", acme("b")?.concat()),
        ("of nobody", nobody.concat()),
        ("of nobody, cut", nobody[..2].concat()),
        ("of nobody, its first record gone", nobody[1..].concat()),
        ("of another", sealed(&[ZETA; 6], "z")?.concat()),
        ("of both", sealed(&[ACME, ZETA, "", ACME], "a")?.concat()),
        (
            "of one late",
            sealed(&["", r#""subject":{"id":""}"#, ACME], "n")?.concat(),
        ),
        (
            "of a number",
            sealed(&[r#""subject":{"id":5}"#; 2], "5")?.concat(),
        ),
        (
            "of a list",
            sealed(&[r#""subject":["acme"]"#; 2], "l")?.concat(),
        ),
        (
            "of zero",
            sealed(&[r#""subject":{"id":0}"#; 2], "0")?.concat(),
        ),
        ("ids that are numbers", ids_as_numbers(&whole)?),
        ("without a hash", replaced(3, "\"hash\":\"", "\"hesh\":\"")),
        (
            "without an integrity",
            replaced(1, "\"integrity\"", "\"integer\""),
        ),
        ("null for a link", with(2, &unlinked)),
        (
            "a fraction",
            replaced(2, "{\"record_id\"", "{\"x\":1.5,\"record_id\""),
        ),
        (
            "a number past 2^53",
            replaced(2, "{\"record_id\"", "{\"x\":9007199254740992,\"record_id\""),
        ),
        ("nothing", String::new()),
        ("blank lines", "\n  \n\r\n".to_owned()),
        (
            "a mark and carriage returns",
            format!("\u{FEFF}{}", whole.concat().replace('\n', "\r\n")),
        ),
        ("torn", torn),
        ("no JSON", with(3, &|_| "x\n".to_owned())),
        ("no object", with(3, &|_| "[1]\n".to_owned())),
        (
            "a key twice",
            replaced(3, "{\"record_id\"", "{\"x\":1,\"x\":2,\"record_id\""),
        ),
    ];
    let some = texts
        .into_iter()
        .map(|(name, text)| (name, Some(text.into_bytes())));
    let not_utf8 = (
        "not UTF-8",
        Some([whole.concat().as_bytes(), b"\xFF\n"].concat()),
    );
    Ok(files_of(
        "log",
        some.chain([not_utf8, ("missing", None)]).collect(),
    ))
}

/// The same log with numbers for ids, sealed anew.
fn ids_as_numbers(lines: &[String]) -> anyhow::Result<String> {
    let mut previous = Digest::GENESIS;
    let mut text = String::new();
    for (number, line) in (1_i64..).zip(lines) {
        let mut record = object(line)?;
        record.insert("record_id", number);
        let sealed = seal(record, previous)?;
        previous = sealed.hash;
        text.push_str(&sealed.line);
    }
    Ok(text)
}

fn unlinked(line: &str) -> String {
    let (before, rest) = line.split_once("\"prev_hash\":\"").unwrap_or((line, ""));
    let (_, after) = rest.split_once('"').unwrap_or_default();
    format!("{before}\"prev_hash\":null{after}")
}

fn checkpoint(lines: &[String]) -> anyhow::Result<Checkpoint> {
    let mut chain = Chain::default();
    for line in lines {
        chain.take(Looked::at(line.trim_end().as_bytes()));
    }
    let at = Timestamp::parse("2026-11-22T18:00:00Z").context("a time")?;
    chain.checkpoint(at).context("it has no head")
}

fn line(checkpoint: &Checkpoint) -> String {
    json::to_line(&checkpoint.to_object())
}

pub(super) fn files() -> anyhow::Result<Vec<File>> {
    let (whole, anew, nobody) = (acme("a")?, acme("b")?, nobody()?);
    let end = checkpoint(&whole)?;
    let [early, late] = [line(&checkpoint(&whole[..2])?), line(&end)];
    let of = |members: &[(&str, &str)]| {
        let mut text = late.clone();
        for (from, to) in members {
            ensure!(text.contains(from), "{from} is not in {text}");
            text = text.replacen(from, to, 1);
        }
        Ok(text)
    };
    let head = format!("\"head\":\"{}\"", end.head);
    let head_as = |to: String| of(&[(&head, &to)]);
    let root = format!(
        "\"chain_root\":\"{}\"",
        end.chain_root.as_str().context("a root")?
    );
    let root_as = |to: &str| of(&[(&root, &format!("\"chain_root\":{to}"))]);
    let wrong = head_as("\"head\":\"00\"".to_owned())?;
    let rootless = of(&[(&root, "\"chain_root\":null"), ("\"acme\"", "null")])?;
    let number = sealed(&[r#""subject":{"id":5}"#; 2], "5")?;
    let other = line(&checkpoint(&anew)?);
    let mut all: Vec<(&str, String)> = vec![
        ("nothing", String::new()),
        ("its second record", early.clone()),
        ("its end", late.clone()),
        ("two places", format!("{late}{early}")),
        ("a log begun anew", other.clone()),
        ("both logs", format!("{late}{other}")),
        ("both logs, ours wrong", format!("{wrong}{other}")),
        ("the end of one of nobody", line(&checkpoint(&nobody)?)),
        (
            "the subject on one of nobody",
            line(&checkpoint(&nobody)?).replace("null", "\"acme\""),
        ),
        ("a log of a number", line(&checkpoint(&number)?)),
        ("a log of nothing", line(&checkpoint(&[])?)),
        ("no root and no subject", rootless),
        ("no head", head_as("\"hood\":\"\"".to_owned())?),
        ("a number for a head", head_as("\"head\":5".to_owned())?),
        ("another head", wrong),
        (
            "a head in capitals",
            head_as(head.to_uppercase().replace("HEAD", "head"))?,
        ),
        (
            "a head with a line feed",
            head_as(format!("{}\\n\"", head.trim_end_matches('"')))?,
        ),
        ("another root", root_as("\"00ff\"")?),
        ("no root", root_as("null")?),
        (
            "roots that are numbers",
            format!("{}{}", root_as("5")?, line(&checkpoint(&anew)?)),
        ),
        ("a key twice", of(&[("{", "{\"x\":1,\"x\":2,")])?),
        (
            "a key twice inside",
            of(&[("{", "{\"y\":{\"x\":1,\"x\":2},")])?,
        ),
        (
            "more members",
            of(&[("{", "{\"y\":[NaN,1e400,\"\\ud800\"],")])?,
        ),
        (
            "a torn line",
            format!("{late}{}", &early[..early.len() / 2]),
        ),
        ("an unended line", format!("{late}{}", early.trim_end())),
        ("words", format!("{late}hello\n{early}")),
        ("a list", format!("{late}[]\n")),
        (
            "a mark, blank lines and carriage returns",
            format!("\u{FEFF}\r\n{late}  \n\t\n{early}").replace('\n', "\r\n"),
        ),
        ("a mark in the middle", format!("{late}\u{FEFF}{early}")),
        (
            "600 levels",
            format!(
                "{late}{{\"count\":1,\"head\":\"\",\"x\":{}{}}}\n",
                "[".repeat(600),
                "]".repeat(600)
            ),
        ),
    ];
    all.extend(counts(&late));
    all.extend(stamps(&end)?);
    let some = all
        .into_iter()
        .map(|(name, text)| (name, Some(text.into_bytes())));
    let not_utf8 = ("not UTF-8", Some([late.as_bytes(), b"\xFF\n"].concat()));
    Ok(files_of(
        "witness",
        some.chain([not_utf8, ("missing", None)]).collect(),
    ))
}

/// Returns the end of the log with other counts.
fn counts(late: &str) -> Vec<(&'static str, String)> {
    let with = |to: &str| late.replacen("\"count\":6", &format!("\"count\":{to}"), 1);
    vec![
        ("no record", with("0")),
        ("fewer than none", with("-1")),
        ("a fraction of records", with("6.0")),
        ("true", with("true")),
        ("a text for a count", with("\"6\"")),
        ("a count past 2^53", with("9007199254740992")),
        ("a far count", with("9007199254740991")),
    ]
}

/// Returns the end of the log with time stamps that are about it, and with others.
fn stamps(end: &Checkpoint) -> anyhow::Result<Vec<(&'static str, String)>> {
    let late = line(end);
    let [on_time, half] = ["20260102030405Z", "20260102030405.5Z"];
    let with = |tsa: &str| late.replacen("}\n", &format!(",\"tsa\":{tsa}}}\n"), 1);
    let stamped = |token: &str| with(&format!("{{\"token_b64\":\"{token}\"}}"));
    let token = |time: &str| anyhow::Ok(base64(&stamp(end, time)?));
    let bound = stamped(&token(on_time)?);
    let cut_open = format!("*{}", token(on_time)?);
    Ok(vec![
        ("a stamp", bound.clone()),
        (
            "a stamp of another",
            bound.replace("\"count\":6", "\"count\":5"),
        ),
        ("two stamps", format!("{}{bound}", stamped(&token(half)?))),
        ("no base64", stamped("!!!")),
        ("a token that is cut open", stamped(&cut_open)),
        (
            "a stamp and another's",
            format!("{bound}{}", stamped("QUJD")),
        ),
        ("an empty token", stamped("")),
        ("a time without seconds", stamped(&token("202601020304Z")?)),
        ("a time without a zone", stamped(&token("20260102030405")?)),
        ("a time that is none", stamped(&token("20261302030405Z")?)),
        ("tsa as a text", with("\"x\"")),
        ("tsa as a number's token", with("{\"token_b64\":5}")),
    ])
}

/// Returns as much of a time stamp token as anybody looks at.
fn stamp(checkpoint: &Checkpoint, time: &str) -> anyhow::Result<Vec<u8>> {
    const IMPRINT: &[u8] =
        b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let digest = checkpoint.digest()?;
    let length = [u8::try_from(time.len())?];
    let parts = [
        IMPRINT,
        digest.as_bytes(),
        b"\x02\x01\x05\x18",
        &length,
        time.as_bytes(),
    ];
    Ok(parts.concat())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let is_there = digit <= three.len();
            let index = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if is_there { DIGITS[index].into() } else { '=' });
        }
    }
    text
}
