//! The command line as a whole: statuses, help, and the small subcommands.

use crate::harness::Sandbox;

#[test]
fn without_a_subcommand_the_help_is_printed_and_the_status_is_1() {
    let run = Sandbox::new().run::<&str>([]).status(1);
    assert!(run.stdout.contains("Usage: sealstone"), "{run:?}");
}

#[test]
fn wrong_arguments_give_2_and_help_gives_0() {
    let sandbox = Sandbox::new();
    for wrong in [
        vec!["verify"],
        vec!["verify", "--no-such-flag", "x"],
        vec!["nonsense"],
        vec!["record"],
        vec!["record", "-o", "a", "--dir", "b"],
        vec!["record", "-o", "a", "--type", "look"],
        vec!["record", "-o", "a", "--principal", "who=me"],
        vec!["sample", "--seed", "3"],
        vec!["hash"],
        vec!["log"],
    ] {
        let _ = sandbox.run(wrong).status(2);
    }
    for command in [
        "demo", "diff", "hash", "hook", "log", "record", "recover", "sample", "verify",
    ] {
        let run = sandbox.run([command, "--help"]).status(0);
        assert!(run.stdout.contains("Statuses: 0"), "{command}: {run:?}");
        assert!(run.stdout.contains("Example"), "{command}");
    }
}

#[test]
fn hash_prints_what_records_hold() {
    let sandbox = Sandbox::new();
    let expected = "sha256:3b7b5a17b6341261ae9f7ba2054b1c2aebc1937087a423f16f88bc40ec2ec0c1\n";
    let run = sandbox.run(["hash", "{\"query\": \"x\"}"]).status(0);
    assert_eq!(run.stdout, expected);
    let run = sandbox
        .run_with(["hash", "-"], " {\"query\":\"x\"}\n")
        .status(0);
    assert_eq!(run.stdout, expected);
    // The last of two equal keys counts, as in the reference.
    let run = sandbox
        .run(["hash", "{\"query\":1,\"query\":\"x\"}"])
        .status(0);
    assert_eq!(run.stdout, expected);
    let run = sandbox.run(["hash", "{"]).status(2);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("not valid JSON: unexpected end"),
        "{run:?}"
    );
    let _ = sandbox.run(["hash", "-5"]).status(0);
}

#[test]
fn samples_are_deterministic_and_valid() {
    let sandbox = Sandbox::new();
    let first = sandbox.run(["sample"]).status(0).stdout;
    let _ = sandbox.run(["sample", "a.jsonl"]).status(0);
    let _ = sandbox.run(["sample", "-o", "b.jsonl"]).status(0);
    assert_eq!(sandbox.read("a.jsonl"), first);
    assert_eq!(sandbox.read("b.jsonl"), first);
    assert_eq!(sandbox.records("a.jsonl").len(), 2);
    let _ = sandbox
        .run([
            "sample",
            "--records",
            "1000",
            "--seed",
            "4",
            "-o",
            "c.jsonl",
        ])
        .status(0);
    assert_eq!(sandbox.records("c.jsonl").len(), 1000);
    let again = sandbox
        .run(["sample", "--records", "1000", "--seed", "4"])
        .status(0)
        .stdout;
    assert_eq!(sandbox.read("c.jsonl"), again);
    let _ = sandbox.run(["sample", "no/such/folder/a.jsonl"]).status(2);
}

#[test]
fn the_demo_shows_three_ways_of_tampering_found_and_one_not() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["demo"]).status(0);
    for (log, verdict) in [
        ("halo-demo/acme-corp.jsonl: ", "intact: 4 records"),
        ("halo-demo/initech.jsonl: ", "intact: 2 records"),
        ("halo-demo/tampered/altered.jsonl: ", "broken"),
        ("halo-demo/tampered/removed.jsonl: ", "broken"),
        ("halo-demo/tampered/moved.jsonl: ", "broken"),
        ("halo-demo/tampered/cut.jsonl: ", "intact: 3 records"),
    ] {
        assert!(
            run.stdout.contains(&format!("{log}{verdict}")),
            "{log}: {run:?}"
        );
    }
    let log = sandbox.read("halo-demo/acme-corp.jsonl");
    assert!(
        !log.contains("hunter2") && !log.contains("lee@acme"),
        "{log}"
    );
    // A second run does not touch the first one's folder.
    let _ = sandbox.run(["demo"]).status(0);
    assert_eq!(sandbox.read("halo-demo/acme-corp.jsonl"), log);
    assert_eq!(sandbox.records("halo-demo-2/initech.jsonl").len(), 2);
    // Into a folder that is in use it appends, as the reference does.
    let _ = sandbox.run(["demo", "halo-demo"]).status(0);
    assert_eq!(sandbox.records("halo-demo/initech.jsonl").len(), 4);
}

#[test]
fn it_answers_to_the_name_of_the_reference() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink(crate::harness::SEALSTONE, sandbox.path("halo")).unwrap();
    let halo = |args: &[&str]| {
        let output = std::process::Command::new(sandbox.path("halo"))
            .args(args)
            .current_dir(sandbox.path(""))
            .output();
        crate::harness::Run::from(output.unwrap())
    };
    let _ = halo(&["sample", "--out", "a.jsonl"]).status(0);
    let _ = halo(&["verify", "a.jsonl"]).status(0);
    let _ = halo(&["demo", "d"]).status(0);
    let _ = halo(&["hash", "{}"]).status(0);
    let _ = halo(&["verify", "missing.jsonl"]).status(1);
    let _ = halo(&[]).status(1);
}
