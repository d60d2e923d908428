//! The end of a log: its head, and what a crash may have left behind it.

use std::{fs::File, io, os::unix::fs::FileExt};

use memchr::memmem;

use crate::{
    chain::{Head, HeadError, MAX_LINE_BYTES},
    json::{self, is_blank},
    record::authority::Snapshot,
};

/// How much of the end is read at first. A hook must not read a log of gigabytes to find its last line.
const WINDOW_BYTES: u64 = 256 * 1024;

/// How much of the end is read at most: a line as long as any, and what is behind it. It is read while others wait.
const WINDOW_BYTES_MAX: u64 = 2 * MAX_LINE_BYTES as u64;

/// A byte order mark, tolerated at the beginning of a log.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a log cannot be extended.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The last record is not one that a chain can go on from.
    #[error("its last record cannot be built upon: {0}")]
    Head(#[from] HeadError),
    /// The log could not be read.
    #[error("cannot read its end: {0}")]
    Io(#[from] io::Error),
    /// No record is anywhere near its end.
    #[error("its last {} MiB hold no record", WINDOW_BYTES_MAX >> 20)]
    NoRecord,
    /// There is text in it, but no record: most likely the wrong file was named.
    #[error("it holds text that is not a chain")]
    NotAChain,
}

/// Where a log ends, and how.
#[derive(Debug)]
pub(super) struct Tail {
    /// The last record; `None` if there is none.
    pub(super) head: Option<Head>,
    /// Bytes up to where a cut-off line begins, or the end of the log.
    pub(super) end: u64,
    /// Bytes of the cut-off line.
    pub(super) torn: u64,
    /// Whether the line feed of the last complete line is missing.
    pub(super) open_line: bool,
}

/// Finds the end of a log of `len` bytes.
pub(super) fn find(file: &File, len: u64) -> Result<Tail, TailError> {
    let mut window = WINDOW_BYTES;
    loop {
        let start = len.saturating_sub(window);
        let mut bytes = vec![0; usize::try_from(len - start).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, start)?;
        if let Some(tail) = find_in(&bytes, start)? {
            return Ok(tail);
        }
        if window >= WINDOW_BYTES_MAX {
            return Err(TailError::NoRecord);
        }
        window = window.saturating_mul(4).min(WINDOW_BYTES_MAX);
    }
}

/// Returns the snapshot whose body the last record refers to by `id`, from the record that holds it whole.
///
/// Every record between the two must carry the same snapshot; `None` if one does not. If all in the window refer to
/// it and the whole body stands further back, the snapshot is one of which only the id is known.
pub(super) fn whole_snapshot(file: &File, len: u64, id: &str) -> Option<Snapshot> {
    let start = len.saturating_sub(WINDOW_BYTES);
    let mut bytes = vec![0; usize::try_from(len - start).ok()?];
    file.read_exact_at(&mut bytes, start).ok()?;
    whole_snapshot_in(&bytes, start == 0, id)
}

fn whole_snapshot_in(bytes: &[u8], is_all: bool, id: &str) -> Option<Snapshot> {
    let mut object = json::Object::new();
    object.insert("snapshot_id", id);
    object.insert("same_as_previous", true);
    let mut reference = "\"authority\":".to_owned();
    json::write(&object.into(), &mut reference);
    let reference = memmem::Finder::new(&reference);
    let mut lines = bytes.split(|byte| *byte == b'\n');
    if !is_all {
        // The window begins inside a line.
        lines.next();
    }
    for line in lines.rev().filter(|line| !is_blank(line)) {
        // A reference was written only behind a record with the same snapshot, so one in our own spelling
        // need not be parsed to go on to the record before it: a hook must not parse the whole window. What
        // names a snapshot in other places too is parsed all the same.
        if reference.find(line).is_some()
            && memmem::find_iter(line, b"\"snapshot_id\"").count() == 1
        {
            continue;
        }
        let head = Head::of_line(line).ok()?;
        let snapshot = head.authority.filter(|snapshot| snapshot.id() == id)?;
        if snapshot.is_whole() {
            return Some(snapshot);
        }
    }
    (!is_all).then(|| Snapshot::referred_to(id))
}

/// Finds the end of a log whose bytes from `start` on are given; `None` if it needs more of them.
fn find_in(bytes: &[u8], start: u64) -> Result<Option<Tail>, TailError> {
    let first_line = if start == 0 {
        if bytes.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        }
    } else {
        // The window begins inside a line.
        match bytes.iter().position(|byte| *byte == b'\n') {
            Some(at) => at + 1,
            None => return Ok(None),
        }
    };
    let mut torn_from = bytes.len();
    let mut unreadable = false;
    let mut line_end = bytes.len();
    loop {
        let line_start = bytes[first_line..line_end]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(first_line, |at| first_line + at + 1);
        let line = &bytes[line_start..line_end];
        if !is_blank(line) {
            match Head::of_line(line) {
                Ok(head) => {
                    return Ok(Some(Tail {
                        head: Some(head),
                        end: start + torn_from as u64,
                        torn: (bytes.len() - torn_from) as u64,
                        open_line: line_end == torn_from && line_end == bytes.len(),
                    }));
                }
                // A write that was cut off leaves no line feed. What has one was whole once: it is damage,
                // stays where it is, and verify will name it.
                Err(HeadError::NotJson(_)) if line_end == bytes.len() => torn_from = line_start,
                Err(HeadError::NotJson(_)) => unreadable = true,
                Err(error) => return Err(error.into()),
            }
        }
        if line_start == first_line {
            break;
        }
        line_end = line_start - 1;
    }
    if start > 0 {
        return Ok(None);
    }
    let torn = &bytes[torn_from..];
    // A first write that was cut off, or whose blocks never reached the disk.
    let is_beginning = torn.starts_with(b"{") || torn.iter().all(|byte| *byte == 0);
    if unreadable || !is_beginning {
        return Err(TailError::NotAChain);
    }
    Ok(Some(Tail {
        head: None,
        end: torn_from as u64,
        torn: torn.len() as u64,
        open_line: torn_from > first_line && bytes[torn_from - 1] != b'\n',
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain, digest::Digest, sample};

    fn tail(text: &[u8]) -> Tail {
        find_in(text, 0).unwrap().unwrap()
    }

    #[test]
    fn a_line_that_was_cut_off_is_told_from_one_that_lacks_its_line_feed() {
        let text = sample::example();
        let whole = tail(text.as_bytes());
        assert_eq!((whole.end, whole.torn), (text.len() as u64, 0));
        assert!(whole.head.is_some() && !whole.open_line);

        let open = tail(text.trim_end().as_bytes());
        assert_eq!((open.end, open.torn), (text.len() as u64 - 1, 0));
        assert!(open.open_line);
        assert_eq!(open.head, whole.head);

        let first = text.find('\n').unwrap() + 1;
        for cut in first + 1..text.len() - 2 {
            let torn = tail(&text.as_bytes()[..cut]);
            assert_eq!((torn.end, torn.torn), (first as u64, (cut - first) as u64));
            assert!(!torn.open_line);
        }
    }

    #[test]
    fn a_first_record_that_was_cut_off_is_torn_and_other_text_is_not_a_chain() {
        let torn = tail(b"{\"schema_ver");
        assert_eq!((torn.end, torn.torn), (0, 12));
        assert!(torn.head.is_none());
        for empty in [b"".as_slice(), b"\n \n", b"\xEF\xBB\xBF"] {
            let empty = tail(empty);
            assert!(empty.head.is_none() && empty.torn == 0);
        }
        assert_eq!(tail(&[0; 9]).torn, 9);
        for other in [b"hello".as_slice(), b"hello\n", b"hello\n{\"a", b"\xFF\n"] {
            assert!(matches!(find_in(other, 0), Err(TailError::NotAChain)));
        }
    }

    #[test]
    fn a_head_that_is_not_sound_is_refused() {
        let text = sample::example();
        for (from, to) in [("report.md", "other.md"), ("\"hash\":\"", "\"hash\":\"zz")] {
            let altered = text.replace(from, to);
            assert!(matches!(
                find_in(altered.as_bytes(), 0),
                Err(TailError::Head(_))
            ));
        }
        for other in ["[]\n", "{}\n", "{\"integrity\":{\"hash\":\"zz\"}}\n"] {
            let text = format!("{text}{other}");
            assert!(matches!(
                find_in(text.as_bytes(), 0),
                Err(TailError::Head(_))
            ));
        }
    }

    /// Returns a log of records with these authorities.
    fn under(authorities: &[&str]) -> String {
        let mut previous = Digest::GENESIS;
        let mut text = String::new();
        for authority in authorities {
            let record = json::read(format!("{{{authority}}}").as_bytes()).unwrap();
            let record = record.value.as_object().unwrap().clone();
            let sealed = chain::seal(record, previous).unwrap();
            previous = sealed.hash;
            text.push_str(&sealed.line);
        }
        text
    }

    #[test]
    fn a_body_is_found_behind_references_to_it_and_nothing_else() {
        let whole = r#""authority":{"snapshot_id":"a","scope":"x"}"#;
        let other = r#""authority":{"snapshot_id":"b","scope":"x"}"#;
        let reference = r#""authority":{"snapshot_id":"a","same_as_previous":true}"#;
        let spelled = r#""authority":{"same_as_previous":true,"snapshot_id":"a"}"#;
        let none = r#""note":1"#;
        let body = whole_snapshot_in(under(&[whole]).as_bytes(), true, "a");
        assert!(body.as_ref().is_some_and(Snapshot::is_whole));
        for found in [
            [none, whole, reference, reference],
            [other, whole, spelled, reference],
            [whole, spelled, spelled, spelled],
        ] {
            let text = under(&found);
            assert_eq!(whole_snapshot_in(text.as_bytes(), true, "a"), body);
            // The window begins in the record that holds the body.
            let cut = text.find(whole).unwrap() + 1;
            let window = &text.as_bytes()[cut..];
            let referred_to = Some(Snapshot::referred_to("a"));
            assert_eq!(whole_snapshot_in(window, false, "a"), referred_to);
        }
        let nested = format!("{whole},\"x\":{{{reference}}}");
        for missed in [
            [whole, none, reference, reference],
            [whole, other, reference, reference],
            [reference, reference, reference, reference],
        ] {
            let text = under(&missed);
            assert_eq!(whole_snapshot_in(text.as_bytes(), true, "a"), None);
        }
        // What lies before the window makes up for nothing in it.
        let text = format!("\n{}", under(&[whole, none, reference]));
        assert_eq!(whole_snapshot_in(text.as_bytes(), false, "a"), None);
        let text = under(&[whole, &nested.replace('x', "y"), reference]);
        assert_ne!(whole_snapshot_in(text.as_bytes(), true, "a"), body);
        let altered = under(&[whole, reference]).replace("\"scope\":\"x\"", "\"scope\":\"y\"");
        assert_eq!(whole_snapshot_in(altered.as_bytes(), true, "a"), None);
    }

    #[test]
    fn a_window_without_a_head_asks_for_more() {
        let text = sample::example();
        let at = text.find('\n').unwrap();
        assert!(find_in(&text.as_bytes()[at + 2..], 5).unwrap().is_none());
        let tail = find_in(&text.as_bytes()[at..], at as u64).unwrap().unwrap();
        assert_eq!(tail.end, text.len() as u64);
    }
}
