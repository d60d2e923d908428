//! What checkpoints say of logs that were cut, changed, begun anew or mixed up, and of witness files that were damaged.

use serde_json::{Value as Json, json};

use super::{Chain, Checkpoint, Completeness, Expected, Kept, Looked, of_answer, of_file};
use crate::{
    chain,
    digest::Digest,
    json::{Object, Value},
    time::Timestamp,
    verify::Verifier,
};

/// Seals records that say nothing but whose they are and something that tells the log from others.
fn log(subjects: &[Option<&str>], mark: &str) -> Vec<String> {
    let mut previous = Digest::GENESIS;
    let seal = |subject: Option<&str>| {
        let mut record = Object::new();
        record.insert("mark", mark);
        if let Some(id) = subject {
            let mut subject = Object::new();
            subject.insert("id", id);
            record.insert("subject", subject);
        }
        let sealed = chain::seal(record, previous).unwrap();
        previous = sealed.hash;
        sealed.line
    };
    subjects.iter().copied().map(seal).collect()
}

fn chain_of(lines: &[String]) -> Chain {
    let mut chain = Chain::default();
    for line in lines {
        chain.take(Looked::at(line.trim_end().as_bytes()));
    }
    chain
}

fn checkpoint(lines: &[String]) -> Checkpoint {
    let at = Timestamp::parse("2026-11-22T18:00:00Z").unwrap();
    chain_of(lines).checkpoint(at).unwrap()
}

fn held(lines: &[String], checkpoints: &[Checkpoint]) -> Json {
    held_of(lines, checkpoints, None)
}

fn held_of(lines: &[String], checkpoints: &[Checkpoint], expected: Option<&str>) -> Json {
    let expected = Expected {
        subject: expected,
        ..Expected::default()
    };
    by(lines, &kept(checkpoints), expected)
}

fn by(lines: &[String], kept: &Kept, expected: Expected<'_>) -> Json {
    let mut verifier = Verifier::new();
    verifier.log(lines.concat().as_bytes());
    let first_break = verifier.finish().first_break;
    let completeness = Completeness::of(&chain_of(lines), first_break, kept, expected);
    serde_json::to_value(completeness).unwrap()
}

fn kept(checkpoints: &[Checkpoint]) -> Kept {
    Kept {
        checkpoints: checkpoints.to_vec(),
        ..Kept::default()
    }
}

fn acme(records: usize, mark: &str) -> Vec<String> {
    log(&vec![Some("acme"); records], mark)
}

#[test]
fn a_log_that_has_every_witnessed_place_is_complete() {
    let lines = acme(5, "a");
    let checkpoints = [checkpoint(&lines[..2]), checkpoint(&lines[..4])];
    let head = checkpoint(&lines).head;
    let expected = json!({"ok": true, "witnessed": 2, "latest_count": 4, "head": head});
    assert_eq!(held(&lines, &checkpoints), expected);
    assert_eq!(held_of(&lines, &checkpoints, Some("acme")), expected);
}

#[test]
fn a_log_that_was_cut_changed_or_broken_is_not() {
    let lines = acme(5, "a");
    let [early, late] = [checkpoint(&lines[..2]), checkpoint(&lines)];
    let cut = held(&lines[..3], &[late.clone(), early]);
    let expected = json!({"ok": false, "why": "chain truncated below witnessed length",
        "have": 3, "witnessed_count": 5, "witnessed": 2});
    assert_eq!(cut, expected);

    let mut other = late.clone();
    other.head = Digest::of(b"x").to_string();
    let expected = json!({"ok": false, "why": "record altered or dropped before witnessed point",
        "at": 5, "witnessed": 1});
    assert_eq!(held(&lines, &[other]), expected);

    let mut broken = lines;
    broken[1] = broken[1].replace("\"a\"", "\"b\"");
    let expected = json!({"ok": false, "why": "chain integrity broken", "at": 2, "witnessed": 1});
    assert_eq!(held(&broken, &[late]), expected);
}

#[test]
fn checkpoints_of_another_log_of_the_subject_are_named() {
    let (lines, other) = (acme(5, "a"), acme(5, "b"));
    let [own, foreign] = [checkpoint(&lines), checkpoint(&other)];
    let said = held(&lines, std::slice::from_ref(&foreign));
    let why = said["why"].as_str().unwrap();
    let start = "record altered or dropped before witnessed point; the checkpoints are of a log";
    assert!(why.starts_with(start), "{why}");
    let foreign_root = chain_of(&other).root().as_str().unwrap().to_owned();
    assert_eq!(said["chain_roots"], json!([foreign_root]));

    let two = held(&acme(5, "c"), &[own, foreign]);
    let mut roots = [&lines, &other].map(|log| root_of(log));
    roots.sort();
    assert_eq!(two["chain_roots"], json!(roots));
    assert!(two["why"].as_str().unwrap().contains("of 2 logs"));
}

fn root_of(lines: &[String]) -> String {
    chain_of(lines).root().as_str().unwrap().to_owned()
}

#[test]
fn two_logs_of_one_subject_are_told_apart_by_their_first_records() {
    let (lines, other) = (acme(5, "a"), acme(7, "b"));
    let both = [checkpoint(&other), checkpoint(&lines)];
    let said = held(&lines, &both);
    assert_eq!((&said["ok"], &said["witnessed"]), (&json!(true), &json!(1)));
    assert_eq!(said["other_chains"], json!([root_of(&other)]));
    // One that is cut is still cut, and only by its own.
    let cut = held(&lines[..3], &both);
    assert_eq!(
        (&cut["ok"], &cut["witnessed_count"]),
        (&json!(false), &json!(5))
    );
    assert!(cut["chain_roots"].is_null(), "{cut}");
    // Who knows which log it should be is not shown another one.
    let (own, foreign) = (root_of(&lines), root_of(&other));
    let of = |root: &str| {
        let expected = Expected {
            subject: Some("acme"),
            root: Some(root),
            ..Expected::default()
        };
        by(&lines, &kept(&both), expected)
    };
    assert_eq!(of(&own)["ok"], json!(true));
    let said = of(&foreign);
    let why = said["why"].as_str().unwrap();
    assert_eq!(said["ok"], json!(false));
    assert!(why.contains(&own) && why.contains(&foreign), "{why}");
}

#[test]
fn what_names_no_first_record_says_nothing_where_others_do() {
    let lines = acme(5, "a");
    let mut rootless = checkpoint(&lines);
    rootless.chain_root = Value::Null;
    assert_eq!(
        held(&lines, std::slice::from_ref(&rootless))["ok"],
        json!(true)
    );
    rootless.count = 1_000_000;
    assert_eq!(
        held(&lines, std::slice::from_ref(&rootless))["ok"],
        json!(false)
    );
    let said = held(&lines, &[checkpoint(&lines), rootless]);
    assert_eq!((&said["ok"], &said["witnessed"]), (&json!(true), &json!(1)));
}

#[test]
fn a_damaged_witness_never_says_that_a_log_is_complete() {
    let lines = acme(5, "a");
    let of = |file: &str| by(&lines, &of_file(file.as_bytes()), Expected::default());
    let line = |lines: &[String]| crate::json::to_line(&checkpoint(lines).to_object());
    let fits = format!("{}x\n{}[]\n", line(&lines[..2]), line(&lines[..4]));
    let said = of(&fits);
    assert_eq!((&said["ok"], &said["witnessed"]), (&Json::Null, &json!(2)));
    assert_eq!(said["latest_count"], json!(4));
    assert_eq!(
        said["damaged"][1],
        json!({"line": 4, "why": "it is no JSON object"})
    );
    let why = said["why"].as_str().unwrap();
    assert!(
        why.starts_with("the witness is damaged: line 2 is no checkpoint: "),
        "{why}"
    );
    assert!(
        why.ends_with("(and 1 more); what else it has of this chain fits, 4 records at most"),
        "{why}"
    );
    // Of another log only: that is not "unwitnessed" either.
    let said = of("x\n");
    assert_eq!(
        (&said["ok"], &said["latest_count"]),
        (&Json::Null, &Json::Null)
    );
    assert!(
        said["why"]
            .as_str()
            .unwrap()
            .ends_with("is not of this chain")
    );
    // What contradicts the log contradicts it.
    let contradicts = format!("x\n{}", line(&acme(6, "b")));
    let said = of(&contradicts);
    assert_eq!(
        (&said["ok"], &said["damaged"][0]["line"]),
        (&json!(false), &json!(1))
    );
}

#[test]
fn what_a_witness_refused_of_this_log_is_counted() {
    let lines = acme(5, "a");
    let mut kept = kept(&[checkpoint(&lines)]);
    let mut contradicts = checkpoint(&lines);
    contradicts.head = Digest::of(b"x").to_string();
    let early = checkpoint(&lines[..3]);
    kept.conflicts = vec![
        early,
        contradicts,
        checkpoint(&acme(5, "b")),
        checkpoint(&log(&[None], "a")),
    ];
    let said = by(&lines, &kept, Expected::default());
    assert_eq!((&said["ok"], &said["conflicts"]), (&json!(true), &json!(1)));
}

#[test]
fn a_log_without_a_subject_is_known_by_its_first_record() {
    let lines = log(&[None; 3], "a");
    let own = checkpoint(&lines);
    assert_eq!(own.subject, Value::Null);
    let complete = held(&lines, std::slice::from_ref(&own));
    assert_eq!(complete["ok"], json!(true));
    assert!(complete["subjectless_caveat"].is_string());
    let begun_anew = held(&log(&[None; 3], "b"), &[own]);
    assert_eq!(begun_anew["ok"], Json::Null);
    assert_eq!(begun_anew["why"], "no witnesses for this chain");
    assert!(begun_anew["subjectless_caveat"].is_string());
}

#[test]
fn a_log_of_somebody_else_is_not_whole_for_whom_it_is_expected_of() {
    let lines = acme(2, "a");
    let own = [checkpoint(&lines)];
    let said = held_of(&lines, &own, Some("zeta"));
    let expected = json!({"ok": false, "witnessed": 0,
        "why": "chain subject id \"acme\" differs from the expected \"zeta\""});
    assert_eq!(said, expected);
    let mixed = log(&[Some("acme"), None], "a");
    let why = held_of(&mixed, &own, Some("acme"))["why"].clone();
    assert!(
        why.as_str()
            .unwrap()
            .ends_with("not every record is of that subject"),
        "{why}"
    );
    let said = held_of(&[], &own, Some("acme"));
    let expected = "chain subject id null differs from the expected \"acme\"";
    assert_eq!(
        (&said["ok"], &said["why"]),
        (&json!(false), &json!(expected))
    );
}

#[test]
fn nothing_is_said_of_a_log_without_records() {
    let lines = acme(2, "a");
    let mut rootless = checkpoint(&lines);
    rootless.chain_root = Value::Null;
    let empty = checkpoint(&[]);
    assert_eq!((empty.count, &*empty.head), (0, &*"0".repeat(64)));
    let said = held(&[], &[rootless, empty]);
    let expected = json!({"ok": null, "why": "no witnesses for this chain", "witnessed": 0});
    assert_eq!(said, expected);
}

#[test]
fn a_checkpoint_of_no_record_of_a_subject_is_out_of_range() {
    let lines = acme(2, "a");
    let mut own = checkpoint(&lines);
    own.count = 0;
    let expected =
        json!({"ok": false, "why": "witnessed count out of range", "at": 0, "witnessed": 1});
    assert_eq!(held(&lines, &[own]), expected);
}

#[test]
fn a_line_that_is_no_record_breaks_the_chain() {
    let mut lines = acme(3, "a");
    let own = [checkpoint(&lines)];
    lines.push("[1]\n".to_owned());
    assert_eq!(chain_of(&lines).unreadable(), Some(4));
    assert_eq!(held(&lines, &own)["at"], json!(4));
    lines.truncate(3);
    lines[1] = lines[1].replace("{\"mark\"", "{\"mark\":1,\"mark\"");
    assert_eq!(held(&lines, &own)["at"], json!(2));
}

#[test]
fn every_line_that_is_no_checkpoint_is_named_and_the_others_are_read() {
    let sound = format!(r#"{{"count":1,"head":"{}"}}"#, "0".repeat(64));
    let file = |line: &str| of_file(format!("\u{FEFF}{sound}\r\n\n  \n{line}\n{sound}").as_bytes());
    assert_eq!(file("").checkpoints.len(), 2);
    assert_eq!(of_file(b""), Kept::default());
    for (line, why) in [
        ("[]", "it is no JSON object"),
        (r#"{"head":"x"}"#, "`count`"),
        (r#"{"count":-1,"head":"x"}"#, "`count`"),
        (r#"{"count":1.0,"head":"x"}"#, "`count`"),
        (r#"{"count":true,"head":"x"}"#, "`count`"),
        (r#"{"count":"1","head":"x"}"#, "`count`"),
        (r#"{"count":9007199254740992,"head":"x"}"#, "`count`"),
        (r#"{"count":1}"#, "`head`"),
        (r#"{"count":1,"head":null}"#, "`head`"),
        (
            r#"{"count":1,"count":1,"head":"x"}"#,
            "the key \"count\" stands twice",
        ),
        (r#"{"count":1,"head":"#, "it is no JSON: "),
        ("\u{0}", "it is no JSON: "),
    ] {
        let kept = file(line);
        assert_eq!(
            (kept.checkpoints.len(), kept.damage.len()),
            (2, 1),
            "{line}"
        );
        assert_eq!(kept.damage[0].line, 4, "{line}");
        assert!(
            kept.damage[0].why.starts_with(why),
            "{line}: {:?}",
            kept.damage
        );
    }
    assert_eq!(of_file(b"\xFF\n\n\xFE").damage.len(), 2);
    let sound = file(r#"{"count":0,"head":"anything","more":[1]}"#).checkpoints;
    assert_eq!((sound[1].count, sound[1].head.as_str()), (0, "anything"));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let own = checkpoint(&acme(2, "a"));
    let line = crate::json::to_line(&own.to_object());
    assert_eq!(of_file(line.as_bytes()), kept(std::slice::from_ref(&own)));
    let answer = format!(r#"{{"checkpoints":[{}],"count":1}}"#, line.trim_end());
    assert_eq!(
        of_answer(answer.as_bytes()),
        Ok(kept(std::slice::from_ref(&own)))
    );
    let line = line.trim_end();
    let answer = format!(
        r#"{{"checkpoints":[],"damaged":[{{"line":3,"why":"w"}}],"conflicts":[{{"kept":{line},"said":{line}}}]}}"#
    );
    let said = of_answer(answer.as_bytes()).unwrap();
    assert_eq!(said.damage[0].to_string(), "line 3 is no checkpoint: w");
    assert_eq!(said.conflicts, [own]);
    for bad in [
        r#"{"checkpoints":[],"count":1}"#,
        r#"{"checkpoints":[],"damaged":[{"line":3}]}"#,
        r#"{"checkpoints":[],"damaged":{}}"#,
        r#"{"checkpoints":[],"conflicts":[{"kept":{}}]}"#,
        "",
        "[]",
        "{}",
        r#"{"checkpoints":{}}"#,
        r#"{"checkpoints":[5]}"#,
    ] {
        assert!(of_answer(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(of_answer(br#"{"checkpoints":[],"checkpoints":[]}"#).is_err());
}

#[test]
fn a_hash_with_a_line_feed_behind_it_is_that_hash() {
    let lines = acme(2, "a");
    let own = checkpoint(&lines);
    let line = crate::json::to_line(&own.to_object());
    let fed = line
        .replace("\",\"ts", "\\n\",\"ts")
        .replace("\",\"subject", "\\n\",\"subject");
    assert_ne!(fed, line);
    let checkpoints = of_file(fed.as_bytes()).checkpoints;
    assert_eq!(checkpoints, [own]);
    assert_eq!(held(&lines, &checkpoints)["ok"], json!(true));
}
