//! What one line says of itself, without its neighbours.
//!
//! Every check that needs no other record is here, the hash among them: lines can be examined in any order,
//! on any thread. [`super::Verifier`] puts the results in a row.
//!
//! [`super::scan`] confirms the lines that are beyond doubt; this judges all others, and it alone finds fault.

use std::ops::Range;

use super::{
    Line,
    finding::Code,
    scan::{Scanned, Scanner},
};
use crate::{
    canon::Uncanonical,
    chain,
    digest::{CLAIMS, Claims, Digest},
    json::{self, Document, Object, ReadErrorKind, Value},
    record::{
        check::{self, Problem, Rule},
        id::IdKey,
    },
    simd::Marks,
    time::Timestamp,
};

/// A line, examined.
#[derive(Debug)]
pub(super) enum Examined {
    /// Nothing but white space: no record.
    Blank,
    /// Not a record, for the reason given.
    Refused(Fault),
    /// Not a record: it ends inside one.
    Unfinished(Fault),
    /// A record, good or bad.
    Record(Box<Record>),
    /// A record that is beyond doubt, its hash included.
    Sound(Scanned),
}

/// Something wrong with a line, by itself.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) pointer: Option<String>,
    pub(super) message: String,
}

/// What the row needs to know of a record.
#[derive(Debug)]
pub(super) struct Record {
    /// In the order in which the checks run.
    pub(super) faults: Vec<Fault>,
    /// Set when the record cannot take part in the chain at all.
    pub(super) misshapen: bool,
    pub(super) ts: Option<Timestamp>,
    /// `None` for an empty id as for none.
    pub(super) id: Option<IdKey>,
    pub(super) parent: Option<IdKey>,
    pub(super) link: Link,
}

/// How a record declares to be chained.
#[derive(Debug)]
pub(super) struct Link {
    /// What it names as its predecessor, as written.
    pub(super) prev_hash: Option<String>,
    /// The hash it declares, as written.
    pub(super) hash: Option<String>,
    /// The hash it really has over the predecessor it declares.
    pub(super) actual: Result<Digest, Uncanonical>,
}

/// Examines lines, reusing buffers and what it has learned from one to the next.
#[derive(Debug)]
pub(super) struct Examiner {
    scanner: Scanner,
    marks: Marks,
    /// The canonical bytes of the records that wait to be confirmed, with the hashes that they declare.
    claims: Claims,
    waiting: Vec<Waiting>,
}

/// A record that is beyond doubt if its hash is.
#[derive(Debug)]
struct Waiting {
    /// Its place among the lines.
    line: usize,
    /// Its bytes in the text.
    bytes: Range<usize>,
}

impl Examiner {
    pub(super) fn new() -> Self {
        Self {
            scanner: Scanner::new(),
            marks: Marks::default(),
            claims: Claims::default(),
            waiting: Vec::new(),
        }
    }

    /// Examines a line that is not the torn end of its log.
    pub(super) fn line(&mut self, bytes: &[u8]) -> Examined {
        if bytes.contains(&b'\n') {
            return line(bytes);
        }
        let text = [bytes, b"\n"].concat();
        match self.lines(&text, 0).pop() {
            Some(line) => line.examined,
            None => line(bytes),
        }
    }

    /// Examines the lines of a text. Behind its last line feed is the end of the log, if anything. `skipped`
    /// bytes at its beginning belong to the first line and are not looked at.
    pub(super) fn lines(&mut self, text: &[u8], skipped: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        self.marks.find(text);
        let mut start = 0;
        let mut inside = skipped;
        while let Some(end) = self.line_end(text, inside) {
            let examined = match end.clean {
                Some(clean) => self.scan(text, inside..clean, lines.len()),
                None => None,
            };
            lines.push(Line {
                examined: examined.unwrap_or_else(|| line(&text[inside..end.feed])),
                bytes: end.feed - start,
                is_ended: true,
            });
            if self.claims.len() == CLAIMS {
                self.confirm(text, &mut lines);
            }
            start = end.feed + 1;
            inside = start;
        }
        self.confirm(text, &mut lines);
        if inside < text.len() {
            lines.push(Line {
                examined: last_line(&text[inside..]),
                bytes: text.len() - start,
                is_ended: false,
            });
        }
        lines
    }

    /// Finds the end of the line in which `at` is.
    fn line_end(&self, text: &[u8], at: usize) -> Option<LineEnd> {
        let control = self.marks.next_control(at);
        match text.get(control..)? {
            [b'\n', ..] => Some(LineEnd {
                feed: control,
                clean: Some(control),
            }),
            [b'\r', b'\n', ..] => Some(LineEnd {
                feed: control + 1,
                clean: Some(control),
            }),
            rest => Some(LineEnd {
                feed: control + memchr::memchr(b'\n', rest)?,
                clean: None,
            }),
        }
    }

    /// Scans a line of `text`, the `number`th. What it gives waits to be confirmed.
    fn scan(&mut self, text: &[u8], bytes: Range<usize>, number: usize) -> Option<Examined> {
        let canonical = self.claims.message();
        let scanned = self
            .scanner
            .scan(text, bytes.clone(), &self.marks, canonical)?;
        self.claims.push(scanned.hash);
        self.waiting.push(Waiting {
            line: number,
            bytes,
        });
        Some(Examined::Sound(scanned))
    }

    /// Hashes the records that wait. One whose hash is another than it declares is examined the plain way.
    fn confirm(&mut self, text: &[u8], lines: &mut [Line]) {
        self.claims.confirm(|at, is_confirmed| {
            if !is_confirmed {
                let waiting = &self.waiting[at];
                lines[waiting.line].examined = line(&text[waiting.bytes.clone()]);
            }
        });
        self.waiting.clear();
    }
}

/// Where a line ends.
struct LineEnd {
    feed: usize,
    /// Where its content ends, if there is no control character in it.
    clean: Option<usize>,
}

/// Examines a line that is not the torn end of its log, the plain way.
pub(super) fn line(bytes: &[u8]) -> Examined {
    examine(bytes, Code::NotJson)
}

/// Examines what stands behind the last line feed of a log.
pub(super) fn last_line(bytes: &[u8]) -> Examined {
    examine(bytes, Code::TornLine)
}

/// Examines a line; `unfinished` is what it is called if it ends inside a value.
fn examine(bytes: &[u8], unfinished: Code) -> Examined {
    if json::is_blank(bytes) {
        return Examined::Blank;
    }
    let error = match json::read(bytes) {
        Ok(document) => return record(&document),
        Err(error) => error,
    };
    let code = match error.kind {
        ReadErrorKind::NotUtf8 => Code::NotUtf8,
        ReadErrorKind::TooDeep => Code::TooDeep,
        ReadErrorKind::IntegerTooLong => Code::IntegerTooLong,
        ReadErrorKind::End => unfinished,
        ReadErrorKind::Syntax(_) | ReadErrorKind::Trailing => Code::NotJson,
    };
    let message = if code == Code::TornLine {
        let length = bytes.len();
        let s = if length == 1 { "" } else { "s" };
        format!("the log ends inside this record, after {length} byte{s} of it")
    } else {
        format!("not a JSON value: {error}")
    };
    let fault = fault(code, message);
    if error.kind == ReadErrorKind::End {
        Examined::Unfinished(fault)
    } else {
        Examined::Refused(fault)
    }
}

fn record(document: &Document) -> Examined {
    let mut faults = Vec::new();
    if let Some(duplicate) = document.duplicates.first() {
        faults.push(Fault {
            code: Code::DuplicateKey,
            pointer: Some(duplicate.pointer.clone()),
            message: format!(
                "key `{}` twice in one object, so readers may take this record differently",
                check::excerpt(&duplicate.key)
            ),
        });
    }
    let Value::Object(record) = &document.value else {
        let found = document.value.type_name();
        faults.push(fault(
            Code::NotAnObject,
            format!("expected a record, found {found}"),
        ));
        return Examined::Record(Box::new(Record::misshapen(faults)));
    };
    let shape = shape_faults(record);
    if !shape.is_empty() {
        faults.extend(shape);
        return Examined::Record(Box::new(Record::misshapen(faults)));
    }
    faults.extend(check::structure(record).into_iter().map(structural));
    faults.extend(check::numbers(&document.value).into_iter().map(structural));
    let actual = chain::record_hash(record);
    if let Err(reason) = actual {
        faults.push(fault(
            Code::NotHashable,
            format!("cannot be hashed: it holds {reason}"),
        ));
    }
    let id = |key| match record.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(IdKey::of(text)),
        _ => None,
    };
    let integrity = |key| Some(record.object("integrity")?.str(key)?.to_owned());
    Examined::Record(Box::new(Record {
        faults,
        misshapen: false,
        ts: record.str("ts").and_then(Timestamp::parse),
        id: id("record_id"),
        parent: id("parent_id"),
        link: Link {
            prev_hash: integrity("prev_hash"),
            hash: integrity("hash"),
            actual,
        },
    }))
}

impl Record {
    fn misshapen(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            misshapen: true,
            ts: None,
            id: None,
            parent: None,
            link: Link {
                prev_hash: None,
                hash: None,
                actual: Ok(Digest::GENESIS),
            },
        }
    }
}

/// Wrong types where the chain itself needs to read.
fn shape_faults(record: &Object) -> Vec<Fault> {
    let wrong = |key: &str, code, expected: &str, right: fn(&Value) -> bool| {
        let value = record.get(key).filter(|value| !right(value))?;
        Some(Fault {
            code,
            pointer: Some(format!("/{key}")),
            message: format!("expected {expected}, found {}", value.type_name()),
        })
    };
    let is_string = |value: &Value| value.as_str().is_some();
    [
        wrong("integrity", Code::IntegrityNotObject, "object", |value| {
            value.as_object().is_some()
        }),
        wrong("record_id", Code::RecordIdNotString, "string", is_string),
        wrong("parent_id", Code::ParentIdNotString, "string", is_string),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn structural(problem: Problem) -> Fault {
    let code = match problem.rule {
        Rule::IntegerTooLarge => Code::IntegerTooLarge,
        Rule::MissingField => Code::MissingField,
        Rule::NotAnInteger => Code::NotAnInteger,
        Rule::UnknownValue { .. } => Code::UnknownValue,
        Rule::WrongType { .. } => Code::WrongType,
        Rule::WrongValue { .. } => Code::WrongValue,
    };
    Fault {
        code,
        pointer: Some(problem.pointer),
        message: problem.rule.to_string(),
    }
}

fn fault(code: Code, message: String) -> Fault {
    Fault {
        code,
        pointer: None,
        message,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        sample,
        verify::{
            Row, Survey, Verifier,
            edit::{self, Node, Script},
            every_field,
        },
    };

    /// Examines the lines of a text one by one, the plain way.
    pub(in crate::verify) fn plain_lines(text: &[u8]) -> Vec<Line> {
        text.split_inclusive(|byte| *byte == b'\n')
            .map(|line| {
                let inside = line.strip_suffix(b"\n");
                Line {
                    examined: match inside {
                        Some(inside) => super::line(inside),
                        None => last_line(line),
                    },
                    bytes: inside.unwrap_or(line).len(),
                    is_ended: inside.is_some(),
                }
            })
            .collect()
    }

    /// Sound lines of many shapes.
    pub(in crate::verify) fn sound_lines() -> Vec<Vec<u8>> {
        let samples = sample::chain(300, 3).map(|line| line.trim_end().to_owned());
        let every_field = every_field::chain().into_iter().map(|(line, _)| line);
        let example = sample::example();
        let example = example.lines().map(str::to_owned);
        let lines = every_field.chain(example).chain(samples);
        lines.map(String::into_bytes).collect()
    }

    fn row(lines: &[Line]) -> (Verifier, Survey) {
        let mut row = (Verifier::new().plain(), Survey::new());
        for line in lines {
            row.place(line, ());
        }
        row
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn edited_logs_are_judged_as_the_plain_way_judges_them(
            scripts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 40),
        ) {
            let lines = sound_lines();
            let bases: Vec<Node> = lines[..24].iter().map(|line| Node::of(line)).collect();
            let mut examiner = Examiner::new();
            examiner.lines(&lines.join(&b'\n'), 0);
            for script in scripts {
                let log = edit::log(&bases, Digest::GENESIS, &mut Script::new(&script));
                let ours = row(&examiner.lines(&log, 0));
                let plain = row(&plain_lines(&log));
                let shown = String::from_utf8_lossy(&log);
                prop_assert_eq!(ours.1, plain.1, "{}", shown);
                prop_assert_eq!(ours.0.finish(), plain.0.finish(), "{}", shown);
            }
        }
    }
}
