//! Files that subcommands write: they are whole or not there, and never what was read.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use sealstone::sample;

use crate::harness::Sandbox;

/// Ways to write a file: the arguments before its name.
const WRITERS: &[&[&str]] = &[
    &[
        "report",
        "log.jsonl",
        "-w",
        "witness.jsonl",
        "--policy",
        "policy.json",
        "-o",
    ],
    &["policy", "log.jsonl", "policy.json", "--html"],
    &["export", "log.jsonl", "-w", "witness.jsonl", "-o"],
    &["export", "log.jsonl", "-w", "witness.jsonl", "--manifest"],
    &["export", "log.jsonl", "-w", "witness.jsonl", "--bundle"],
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("log.jsonl", sample::example());
    sandbox.write("witness.jsonl", "");
    sandbox.write(
        "policy.json",
        r#"[{"id":"r","require":{"ts":{"exists":true}}}]"#,
    );
    sandbox
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let sandbox = sandbox();
    symlink("log.jsonl", sandbox.path("link.html")).unwrap();
    fs::hard_link(sandbox.path("policy.json"), sandbox.path("second.json")).unwrap();
    let inputs = ["log.jsonl", "witness.jsonl", "policy.json"];
    let before = inputs.map(|name| sandbox.read(name));
    for writer in WRITERS {
        let mut targets = vec!["log.jsonl", "link.html"];
        targets.extend(
            ["witness.jsonl"]
                .iter()
                .filter(|name| writer.contains(name)),
        );
        targets.extend(
            ["second.json"]
                .iter()
                .filter(|_| writer.contains(&"policy.json")),
        );
        for target in targets {
            let run = sandbox.run([writer, &[target][..]].concat());
            assert!(
                [Some(1), Some(2)].contains(&run.status),
                "{writer:?} {target}: {run:?}"
            );
            let said = run.stdout + &run.stderr;
            assert!(
                said.contains("which is read for it"),
                "{writer:?} {target}: {said}"
            );
            assert_eq!(
                inputs.map(|name| sandbox.read(name)),
                before,
                "{writer:?} {target}"
            );
        }
    }
}

#[test]
fn neither_standard_input_nor_a_link_that_leads_nowhere_is_written_over() {
    let sandbox = sandbox();
    let before = sandbox.read("log.jsonl");
    symlink("nowhere", sandbox.path("dangling")).unwrap();
    for verb in ["report", "export"] {
        let mut command = sandbox.command([verb, "-", "-o", "log.jsonl"]);
        command.stdin(fs::File::open(sandbox.path("log.jsonl")).unwrap());
        let output = command.output().unwrap();
        assert!(
            [Some(1), Some(2)].contains(&output.status.code()),
            "{output:?}"
        );
        assert_eq!(sandbox.read("log.jsonl"), before);
        let run = sandbox.run([verb, "log.jsonl", "-o", "dangling"]);
        assert!([Some(1), Some(2)].contains(&run.status), "{run:?}");
        assert!(sandbox.path("dangling").is_symlink());
    }
}

#[test]
fn a_new_file_is_its_owners_and_an_old_one_keeps_its_mode() {
    let sandbox = sandbox();
    for (number, writer) in WRITERS.iter().enumerate() {
        let name = format!("out-{number}");
        let run = || sandbox.run([writer, &[name.as_str()][..]].concat());
        assert!([Some(0), Some(3)].contains(&run().status));
        assert_eq!(mode(&sandbox.path(&name)), 0o600, "{writer:?}");
        fs::set_permissions(sandbox.path(&name), Permissions::from_mode(0o644)).unwrap();
        assert!([Some(0), Some(3)].contains(&run().status));
        assert_eq!(mode(&sandbox.path(&name)), 0o644, "{writer:?}");
    }
    let left = fs::read_dir(sandbox.path("")).unwrap();
    let hidden = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".sealstone")
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn a_page_can_go_into_a_pipe() {
    let sandbox = sandbox();
    for writer in &WRITERS[..2] {
        let run = sandbox.run([writer, &["/dev/stdout"][..]].concat());
        assert!([Some(0), Some(3)].contains(&run.status));
        assert!(run.stdout.starts_with("<!doctype html>"), "{writer:?}");
    }
}
