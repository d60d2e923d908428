//! Which records are meant, and what is said of all of them together.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    columns::text,
    invisible::{self, Invisible},
    literal,
};
use crate::{
    json::{self, Object, Text, Value},
    window::Window,
};

/// How many bytes of subjects' ids are kept.
const MAX_SUBJECT_BYTES: usize = 4 << 20;

/// How many fields with characters that nobody sees are listed.
const MAX_INVISIBLE: usize = 100;

/// Which records are meant.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// When they were made.
    pub window: Window,
    /// What they are about; none if that does not matter.
    pub tools: Option<Tools>,
}

/// Names of tools, of which a record has one, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// As they were given.
    names: BTreeSet<String>,
    lower: BTreeSet<String>,
}

impl Tools {
    /// Reads names, several of which may stand in one text with commas between; none if there is no name.
    pub fn new<'a>(given: impl IntoIterator<Item = &'a String>) -> Option<Self> {
        let names = given.into_iter().flat_map(|text| text.split(','));
        let names = names.map(|name| name.trim_matches(literal::is_space));
        let names: BTreeSet<String> = names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let lower = names.iter().map(|name| name.to_lowercase()).collect();
        (!names.is_empty()).then_some(Self { names, lower })
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    fn holds(&self, record: &Object) -> bool {
        text(record, &["action", "tool"])
            .is_some_and(|tool| self.lower.contains(&tool.to_lowercase()))
    }
}

/// What a line says, whoever looks at it.
#[derive(Debug)]
pub enum Looked<R> {
    /// Nothing stands in it.
    Blank,
    /// No record, or one that two readers may take differently.
    Unreadable,
    /// A record.
    Record {
        /// Of whom it is.
        subject: Option<String>,
        /// Whether it is not known to be in the window, because its time cannot be read.
        is_undated: bool,
        /// What is taken of it, if it is meant.
        chosen: Option<Box<Chosen<R>>>,
    },
}

/// A record that is meant.
#[derive(Debug)]
pub struct Chosen<R> {
    /// Its time, as it is written.
    pub ts: Option<String>,
    /// Its id.
    pub record_id: Option<String>,
    /// Its fields in which something stands that nobody sees.
    pub invisible: Vec<Invisible>,
    /// What was made of it.
    pub row: R,
}

impl Selection {
    /// Looks at a line by itself, and makes a row of it if it is a record that is meant.
    pub fn look<R>(&self, line: &[u8], row: impl Fn(&Object) -> R) -> Looked<R> {
        match json::read(line) {
            Ok(document) if document.duplicates.is_empty() => match document.value {
                Value::Object(record) => self.record(&record, row),
                _ => Looked::Unreadable,
            },
            Err(_) if json::is_blank(line) => Looked::Blank,
            _ => Looked::Unreadable,
        }
    }

    fn record<R>(&self, record: &Object, row: impl Fn(&Object) -> R) -> Looked<R> {
        let owned = |path: &[&str]| text(record, path).map(str::to_owned);
        let in_window = self.window.holds(record.str("ts"));
        let is_chosen =
            in_window == Some(true) && self.tools.as_ref().is_none_or(|tools| tools.holds(record));
        Looked::Record {
            subject: owned(&["subject", "id"]).filter(|id| !id.is_empty()),
            is_undated: in_window.is_none(),
            chosen: is_chosen.then(|| {
                Box::new(Chosen {
                    ts: owned(&["ts"]),
                    record_id: owned(&["record_id"]),
                    invisible: invisible::find(record),
                    row: row(record),
                })
            }),
        }
    }
}

/// What is said of all records together, and of those that are meant.
#[derive(Debug, Default)]
pub struct Census {
    /// Of whom all records are.
    pub subjects: SubjectIds,
    /// How many are meant.
    pub chosen: u64,
    /// How many are left out of a window because their time cannot be read.
    pub undated: u64,
    /// Time and id of the first that is meant, and of the last.
    pub first: [Option<String>; 2],
    /// The last one's.
    pub last: [Option<String>; 2],
    /// Fields of those that are meant with characters that nobody sees, each with the record's id; not all, if there
    /// are many.
    pub invisible: Vec<(Option<String>, Invisible)>,
    /// How many such fields there are.
    pub invisible_fields: u64,
    /// In how many records they are.
    pub invisible_records: u64,
}

impl Census {
    /// Takes note of the next line and returns the row that was made of it.
    pub fn take<R>(&mut self, looked: Looked<R>) -> Option<R> {
        let Looked::Record {
            subject,
            is_undated,
            chosen,
        } = looked
        else {
            return None;
        };
        self.subjects.add(subject);
        self.undated += u64::from(is_undated);
        let chosen = chosen?;
        self.chosen += 1;
        self.note_invisible(chosen.record_id.as_ref(), chosen.invisible);
        self.last = [chosen.ts, chosen.record_id];
        if self.chosen == 1 {
            self.first = self.last.clone();
        }
        Some(chosen.row)
    }

    fn note_invisible(&mut self, id: Option<&String>, fields: Vec<Invisible>) {
        self.invisible_records += u64::from(!fields.is_empty());
        self.invisible_fields += fields.len() as u64;
        for field in fields {
            if self.invisible.len() < MAX_INVISIBLE {
                self.invisible.push((id.cloned(), field));
            }
        }
    }
}

/// The different subjects of records, in the order of their JSON texts, as the reference has them.
#[derive(Debug, Default)]
pub struct SubjectIds {
    ids: BTreeMap<String, Option<String>>,
    bytes: usize,
    /// How many records are of a subject that is not kept, because the ids of the others are long.
    pub left_out: u64,
}

impl SubjectIds {
    /// Takes note of whom a record is of.
    pub fn add(&mut self, id: Option<String>) {
        let text = written(id.as_deref());
        if self.ids.contains_key(&text) {
            return;
        }
        if self.bytes + text.len() > MAX_SUBJECT_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += text.len();
        self.ids.insert(text, id);
    }

    /// Whether every record is of this subject, and there is one that is.
    pub fn are_only(&self, id: &str) -> bool {
        let mut ids = self.ids.values();
        let is_it = ids.next().is_some_and(|first| first.as_deref() == Some(id));
        is_it && ids.next().is_none() && self.left_out == 0
    }

    /// Returns the ids; none stands for records of no subject.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.ids.values().map(Option::as_deref)
    }

    /// Returns the ids as JSON texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }
}

fn written(id: Option<&str>) -> String {
    let mut text = String::new();
    let value = id.map_or(Value::Null, |id| Value::String(Text::from(id)));
    json::write(&value, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(given: &[&str]) -> Option<Tools> {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        Tools::new(&given)
    }

    #[test]
    fn tools_are_named_in_any_case_and_whole() {
        let record =
            |tool: &str| Object::from_iter([("action", Object::from_iter([("tool", tool)]))]);
        let given = tools(&["grep, Bash", "", "Σ"]).unwrap();
        assert!(given.names().eq(["Bash", "grep", "Σ"]));
        for (tool, expected) in [
            ("bash", true),
            ("GREP", true),
            ("ba", false),
            (" bash ", false),
            ("σ", true),
        ] {
            assert_eq!(given.holds(&record(tool)), expected, "{tool}");
        }
        assert_eq!(tools(&["", " , "]), None);
    }

    #[test]
    fn what_a_window_does_not_hold_is_counted() {
        let window = Window::new(Some("2026-01-01"), None).unwrap();
        let selection = Selection {
            window,
            tools: None,
        };
        let mut census = Census::default();
        let lines = [
            r#"{"record_id":"a","ts":"2026-01-02T00:00:00Z","subject":{"id":""}}"#,
            r#"{"record_id":"b","ts":"2025-12-31"}"#,
            r#"{"record_id":"c","ts":"someday","subject":{"id":"x"}}"#,
            r#"{"record_id":"d"}"#,
            " ",
            "[]",
            r#"{"record_id":"e","record_id":"f","ts":"2026-01-02"}"#,
            r#"{"record_id":"g","ts":"2026-W02"}"#,
        ];
        let looked = lines.map(|line| selection.look(line.as_bytes(), |_| ()));
        let rows = looked.into_iter().filter_map(|looked| census.take(looked));
        assert_eq!(rows.count(), 2);
        assert_eq!((census.chosen, census.undated), (2, 2));
        let id = |of: &[Option<String>; 2]| of[1].clone().unwrap_or_default();
        assert_eq!(
            (id(&census.first), id(&census.last)),
            ("a".to_owned(), "g".to_owned())
        );
        assert!(census.subjects.iter().eq([Some("x"), None]));
    }

    #[test]
    fn subjects_are_in_the_order_of_their_texts() {
        let mut subjects = SubjectIds::default();
        for id in [Some("b"), None, Some("é"), Some("Z"), Some("b")] {
            subjects.add(id.map(str::to_owned));
        }
        assert!(subjects.iter().eq([Some("Z"), Some("é"), Some("b"), None]));
        assert!(!subjects.are_only("Z"));
        let mut one = SubjectIds::default();
        assert!(!one.are_only("a"));
        one.add(Some("a".to_owned()));
        assert!(one.are_only("a"));
        one.add(Some("x".repeat(MAX_SUBJECT_BYTES)));
        assert_eq!(
            (one.iter().count(), one.left_out, one.are_only("a")),
            (1, 1, false)
        );
    }
}
