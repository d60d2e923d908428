//! What a keeper does with statements, with what others did to its files, and with what a crash left.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;
use crate::{json::Value, store::witness::append};

fn said(root: &str, count: u64, head: &str) -> Checkpoint {
    Checkpoint {
        chain_root: root.into(),
        subject: "acme".into(),
        count,
        head: head.to_owned(),
        ts: Value::Null,
        tsa: None,
        every: None,
    }
}

fn line(checkpoint: &Checkpoint) -> String {
    json::to_line(&checkpoint.to_object())
}

fn of_acme(keeper: &mut Keeper) -> Found {
    keeper.find(&Query::Subject("acme".to_owned())).unwrap()
}

/// Returns the heads that are found for the subject.
fn heads(keeper: &mut Keeper) -> Vec<String> {
    let mut found = of_acme(keeper);
    let (bytes, mut list) = (found.bytes(), Vec::new());
    loop {
        let piece = found.next(300).unwrap();
        if piece.is_empty() {
            break;
        }
        list.extend(piece);
    }
    assert_eq!(list.len() as u64, bytes);
    let list = String::from_utf8(list).unwrap();
    let list = format!("{{\"checkpoints\":[{list}]}}");
    let kept = witness::of_answer(list.as_bytes()).unwrap();
    kept.checkpoints
        .into_iter()
        .map(|checkpoint| checkpoint.head)
        .collect()
}

#[test]
fn what_is_taken_is_in_the_file_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("a/store");
    let mut keeper = Keeper::open(&folder).unwrap();
    let judged = keeper.commit(vec![
        said("r", 1, "a"),
        said("r", 2, "b"),
        said("s", 1, "c"),
    ]);
    let judged: Vec<Checkpoint> = judged.unwrap().into_iter().map(Result::unwrap).collect();
    assert!(judged[0].ts.as_str().unwrap().ends_with('Z'));
    let text: String = judged.iter().map(line).collect();
    assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), text);
    assert_eq!(heads(&mut keeper), ["a", "b", "c"]);
    drop(keeper);
    let mut again = Keeper::open(&folder).unwrap();
    assert_eq!(heads(&mut again), ["a", "b", "c"]);
    let nobodys = again.find(&Query::Root("r".to_owned())).unwrap();
    assert_eq!(nobodys.count(), 0);
    for file in fs::read_dir(&folder).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_is_refused_is_kept_once_if_it_is_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::open(folder.path()).unwrap();
    let batch = vec![
        said("r", 3, "a"),
        said("r", 5, "b"),
        said("r", 5, "x"),
        said("r", 3, "a"),
        said("r", 5, "x"),
    ];
    let judged = keeper.commit(batch).unwrap();
    let is_kept: Vec<bool> = judged.iter().map(Result::is_ok).collect();
    assert_eq!(is_kept, [true, true, false, false, false]);
    keeper
        .commit(vec![said("r", 4, "y"), said("r", 5, "x")])
        .unwrap();
    let text = fs::read_to_string(folder.path().join(CONFLICTS_FILE)).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.starts_with("{\"conflict\":\"other head\",\"kept\":{"),
        "{text}"
    );
    assert!(
        text.lines()
            .nth(1)
            .unwrap()
            .starts_with("{\"conflict\":\"behind\",\"kept\":{")
    );
    assert_eq!(of_acme(&mut keeper).conflicts.len(), 2);
    assert_eq!(heads(&mut keeper), ["a", "b"]);
    drop(keeper);

    let damaged = format!("{text}{{\"conflict\"");
    fs::write(folder.path().join(CONFLICTS_FILE), damaged).unwrap();
    let mut again = Keeper::open(folder.path()).unwrap();
    assert_eq!(of_acme(&mut again).conflicts.len(), 2);
    let counts = Counts {
        checkpoints: 2,
        conflicts: 2,
        damaged: 1,
    };
    assert_eq!(again.counts(), counts);
    let more: Vec<_> = (0..1200)
        .map(|number| said("r", 4, &number.to_string()))
        .collect();
    again.commit(more).unwrap();
    assert_eq!(again.counts().conflicts, 1000);
    drop(again);
    assert_eq!(
        Keeper::open(folder.path()).unwrap().counts().conflicts,
        1000
    );
}

#[test]
fn evidence_that_cannot_be_kept_fails_those_alone_whose_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CONFLICTS_FILE);
    let mut keeper = Keeper::open(folder.path()).unwrap();
    keeper
        .commit(vec![said("r", 5, "a"), said("r", 5, "known")])
        .unwrap();
    let known = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let batch = || {
        vec![
            said("r", 5, "x"),
            said("r", 6, "b"),
            said("r", 5, "known"),
            said("r", 5, "a"),
            said("r", 4, "y"),
            said("r", 5, "x"),
        ]
    };
    for _ in 0..2 {
        let judged = keeper.commit(batch()).unwrap();
        let is_unkept = |one: &Result<_, _>| matches!(one, Err(NotTaken::EvidenceNotKept(_)));
        let unkept: Vec<bool> = judged.iter().map(is_unkept).collect();
        assert_eq!(unkept, [true, false, false, false, true, true]);
        assert!(judged[1].is_ok(), "{judged:?}");
        assert_eq!(keeper.counts().conflicts, 1);
        assert_eq!(of_acme(&mut keeper).conflicts.len(), 1);
    }
    assert_eq!(heads(&mut keeper), ["a", "b", "b"]);

    fs::remove_dir(&path).unwrap();
    fs::write(&path, known).unwrap();
    let judged = keeper.commit(batch()).unwrap();
    let is_refused = |one: &&Result<_, _>| matches!(one, Err(NotTaken::Refused(_)));
    assert_eq!(judged.iter().filter(is_refused).count(), 5);
    assert_eq!(of_acme(&mut keeper).conflicts.len(), 3);
    drop(keeper);
    assert_eq!(Keeper::open(folder.path()).unwrap().counts().conflicts, 3);
}

#[test]
fn what_others_add_cut_or_replace_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let mut keeper = Keeper::open(folder.path()).unwrap();
    keeper.commit(vec![said("r", 1, "a")]).unwrap();
    append(&path, &said("r", 4, "d")).unwrap();
    assert!(keeper.commit(vec![said("r", 2, "b")]).unwrap()[0].is_err());
    append(&path, &said("r", 5, "e")).unwrap();
    assert_eq!(heads(&mut keeper), ["a", "d", "e"]);
    assert_eq!(keeper.take_notices(), []);

    fs::write(&path, line(&said("r", 9, "z"))).unwrap();
    assert_eq!(heads(&mut keeper), ["z"]);
    assert_eq!(keeper.take_notices(), [Notice::Anew]);
    fs::remove_file(&path).unwrap();
    assert_eq!(heads(&mut keeper), [""; 0]);
    assert!(keeper.commit(vec![said("r", 1, "a")]).unwrap()[0].is_ok());
    assert_eq!(heads(&mut keeper), ["a"]);
}

#[test]
fn a_line_that_was_cut_off_is_moved_aside_and_one_that_was_not_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let (first, second) = (line(&said("r", 1, "a")), line(&said("r", 2, "b")));
    for end in 1..second.len() - 1 {
        fs::write(&path, format!("\u{FEFF}{first}{}", &second[..end])).unwrap();
        let mut keeper = Keeper::open(folder.path()).unwrap();
        let aside = folder.path().join(format!("torn-{end}.txt"));
        let torn = Notice::Torn {
            path: aside.clone(),
            bytes: end as u64,
        };
        assert_eq!(keeper.take_notices(), [torn]);
        assert_eq!(fs::read_to_string(aside).unwrap(), second[..end]);
        assert_eq!(heads(&mut keeper), ["a"]);
        assert!(of_acme(&mut keeper).damage.is_empty());
    }
    fs::write(&path, format!("{first}{}", second.trim_end())).unwrap();
    let mut keeper = Keeper::open(folder.path()).unwrap();
    assert_eq!(keeper.take_notices(), [Notice::Ended]);
    assert_eq!(heads(&mut keeper), ["a", "b"]);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{first}{second}")
    );
}

#[test]
fn damaged_lines_are_named_and_the_rest_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let sound = line(&said("r", 1, "a"));
    let secret = r#"{"secret":1,"secret":1}"#;
    fs::write(
        &path,
        format!("{sound}\n[]\r\n{secret}\n{}\r\n", sound.trim_end()),
    )
    .unwrap();
    let mut keeper = Keeper::open(folder.path()).unwrap();
    let found = of_acme(&mut keeper);
    let damage: Vec<_> = found
        .damage
        .iter()
        .map(|damaged| (damaged.line, damaged.why))
        .collect();
    let expected = [
        (3, "it is no JSON object"),
        (4, "a key stands twice in one object"),
    ];
    assert_eq!(damage, expected);
    assert_eq!(heads(&mut keeper), ["a", "a"]);
    assert_eq!(keeper.counts().damaged, 2);
    assert!(keeper.commit(vec![said("r", 2, "b")]).unwrap()[0].is_ok());
    assert_eq!(heads(&mut keeper), ["a", "a", "b"]);
}

#[test]
fn a_folder_has_one_keeper() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::open(folder.path()).unwrap();
    let second = Keeper::open(folder.path()).unwrap_err();
    assert!(matches!(second, KeeperError::Taken(_)), "{second}");
    drop(keeper);
    Keeper::open(folder.path()).unwrap();
}
