//! An authority snapshot that stays the same is written once, whoever writes and however far back.

use sealstone::{
    json::{self, Object},
    record::authority,
};

use super::{LOG, event, hook, lock, verifies};
use crate::harness::{Run, Sandbox, at};

/// Runs a hook under a snapshot.
fn hook_under(sandbox: &Sandbox, authority: Option<&str>) {
    let mut command = hook(sandbox, "500");
    if let Some(authority) = authority {
        command.env(
            "SEALSTONE_AUTHORITY_FILE",
            sandbox.write("authority", authority),
        );
    }
    let _ = Run::of(command, event("s").as_bytes()).status(0);
}

fn is_whole(record: &Object) -> Option<bool> {
    at(record, "/authority")?;
    Some(at(record, "/authority/same_as_previous").is_none())
}

#[test]
fn processes_that_follow_each_other_write_a_snapshot_once() {
    let sandbox = Sandbox::new();
    let snapshot = r#"{"snapshot_id":"a \u00e9","scope":"repo"}"#;
    for _ in 0..50 {
        hook_under(&sandbox, Some(snapshot));
    }
    let changed = snapshot.replace("repo", "other");
    for authority in [
        Some(changed.as_str()),
        Some(&changed),
        None,
        Some(&changed),
        Some(&changed),
    ] {
        hook_under(&sandbox, authority);
    }
    let records = sandbox.records(LOG);
    let wholes: Vec<Option<bool>> = records.iter().map(is_whole).collect();
    assert_eq!(
        wholes[..50]
            .iter()
            .filter(|whole| **whole == Some(true))
            .count(),
        1
    );
    let [yes, no] = [Some(true), Some(false)];
    assert_eq!(wholes[0], yes);
    assert_eq!(wholes[50..], [yes, no, None, yes, no]);
    verifies(&sandbox, LOG);
}

#[test]
fn a_snapshot_of_a_record_that_waited_is_compared_where_it_is_sealed() {
    let sandbox = Sandbox::new();
    let snapshot = r#"{"snapshot_id":"a","scope":"repo"}"#;
    hook_under(&sandbox, Some(snapshot));
    hook_under(&sandbox, Some(snapshot));
    let held = lock(&sandbox, LOG);
    for authority in [snapshot, snapshot, r#"{"snapshot_id":"a","scope":"other"}"#] {
        let mut command = hook(&sandbox, "0");
        command.env(
            "SEALSTONE_AUTHORITY_FILE",
            sandbox.write("authority", authority),
        );
        let _ = Run::of(command, event("s").as_bytes()).status(0);
    }
    drop(held);
    hook_under(&sandbox, Some(snapshot));
    let records = sandbox.records(LOG);
    let wholes: Vec<bool> = records.iter().filter_map(is_whole).collect();
    assert_eq!(wholes, [true, false, false, false, true, true]);
}

/// Appends so many records under a snapshot that its body is further back than a process looks, and then one in
/// a process of its own; returns which records hold the body.
fn bodies_behind_many_references(snapshot: &str) -> Vec<usize> {
    let sandbox = Sandbox::new();
    let draft = format!("{{\"authority\":{snapshot}}}\n");
    for drafts in [draft.repeat(1000), draft] {
        let _ = sandbox
            .run_with(["record", "-o", LOG, "--sync", "never"], drafts)
            .status(0);
    }
    assert!(sandbox.read(LOG).len() > 2 * 256 * 1024);
    let records = sandbox.records(LOG);
    let is_body = |record: &Object| is_whole(record) == Some(true);
    (0..records.len())
        .filter(|at| is_body(&records[*at]))
        .collect()
}

#[test]
fn a_body_that_is_far_back_is_written_again_unless_its_id_comes_of_it() {
    let named = authority::snapshot(String::new(), Object::new(), Vec::new(), Vec::new());
    let mut snapshot = String::new();
    json::write(&named.into(), &mut snapshot);
    assert_eq!(bodies_behind_many_references(&snapshot), [0]);
    let other = r#"{"snapshot_id":"a","scope":"repo"}"#;
    assert_eq!(bodies_behind_many_references(other), [0, 1000]);
}
