//! `sealstone export`

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use sealstone::{
    digest::Digest,
    json::{Object, Value},
    sample,
};

use crate::harness::{Run, Sandbox, at, object, skip, text};

/// Drafts that become records with what a table has to be careful with.
const DRAFTS: &str = concat!(
    r#"{"session_id":"s","agent":{"id":"=1+1","name":""},"action":{"type":"read","category":"privacy","tool":"Read","input":{"summary":"{'path': 'a, b', 'n': [1, None]}"}},"data":{"cross_region":0,"pii_types":["b","a"]},"subject":{"id":"acme"}}"#,
    "\n",
    r#"{"session_id":"s","agent":{"name":"say \"hi\"\r\nthere"},"action":{"type":"write","category":"safety","tool":"Write"},"principal":{"role_scope":"r","human_id":"h"},"source":{"capture":"captured","adapter":"x"},"subject":{"id":"acme"}}"#,
    "\n",
);

/// A sandbox with the short example.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("log.jsonl", sample::example());
    sandbox
}

fn export(sandbox: &Sandbox, more: &[&str]) -> Run {
    sandbox.run([&["export", "log.jsonl"], more].concat())
}

/// Returns the names of all files.
fn files(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path("")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn sha256(sandbox: &Sandbox, name: &str) -> String {
    Digest::of(&fs::read(sandbox.path(name)).unwrap()).to_string()
}

fn number(object: &Object, pointer: &str) -> Option<i64> {
    at(object, pointer).and_then(Value::as_integer)
}

#[test]
fn a_table_and_its_manifest_are_of_the_log() {
    let sandbox = sandbox();
    let run = export(&sandbox, &[]).status(0);
    let verdict = sandbox.verdict("log.jsonl");
    let head = verdict.str("head").unwrap();
    let expected = format!(
        "exported 2 of 2 records -> evidence.csv (manifest: evidence.csv.manifest.json; chain head {}...)",
        &head[..16]
    );
    assert_eq!(run.stdout.lines().next(), Some(&expected[..]));
    assert!(run.stdout.contains("completeness NOT CHECKED"));
    let table = sandbox.read("evidence.csv");
    assert_eq!(table.matches("\r\n").count(), 3);
    assert!(table.starts_with("ts,action_type,category,tool,action_summary,"));
    let manifest = object(sandbox.read("evidence.csv.manifest.json"));
    for (pointer, expected) in [
        ("/source_log", "log.jsonl".to_owned()),
        ("/source_log_sha256", sha256(&sandbox, "log.jsonl")),
        ("/csv_sha256", sha256(&sandbox, "evidence.csv")),
        ("/chain/head_hash", head.to_owned()),
        ("/completeness/status", "NOT_CHECKED".to_owned()),
    ] {
        assert_eq!(text(&manifest, pointer), Some(&expected[..]), "{pointer}");
    }
    assert_eq!(number(&manifest, "/window_records"), Some(2));
    for file in ["evidence.csv", "evidence.csv.manifest.json"] {
        let mode = fs::metadata(sandbox.path(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(
        files(&sandbox),
        ["evidence.csv", "evidence.csv.manifest.json", "log.jsonl"]
    );
}

#[test]
fn cells_are_made_as_the_reference_makes_them() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run_with(["record", "-o", "log.jsonl"], DRAFTS)
        .status(0);
    let _ = export(&sandbox, &[]).status(0);
    let table = sandbox.read("evidence.csv");
    let rows: Vec<&str> = table.split("\r\n").collect();
    assert!(
        rows[1].contains(",read,privacy,Read,\"path=a, b; n=1; \","),
        "{table}"
    );
    assert!(rows[1].contains(",acme,,,'=1+1,"), "{table}");
    assert!(rows[1].contains(",b; a,,false,,"), "{table}");
    let quoted = format!("{}\r\n{}", rows[2], rows[3]);
    let expected = ",acme,,human_id=h; role_scope=r,\"say \"\"hi\"\"\r\nthere\",";
    assert!(quoted.contains(expected), "{quoted}");
    assert!(quoted.contains(",captured:x,s,"), "{quoted}");
}

#[test]
fn what_is_refused_leaves_nothing_behind_and_what_was_there_as_it_was() {
    let sandbox = sandbox();
    sandbox.write("evidence.csv", "kept");
    sandbox.write("empty.jsonl", "\n");
    sandbox.write(
        "altered.jsonl",
        sample::example().replace("report.md", "salary.md"),
    );
    sandbox.write(
        "cut.jsonl",
        &sample::example()[..sample::example().len() - 9],
    );
    let before = files(&sandbox);
    for (args, status, says) in [
        (
            &["altered.jsonl"][..],
            1,
            "altered.jsonl fails verification (record 2: ",
        ),
        (&["cut.jsonl"], 1, "cut.jsonl fails verification"),
        (
            &["altered.jsonl", "--bundle", "a.zip"],
            1,
            "fails verification",
        ),
        (&["empty.jsonl"], 3, "empty.jsonl holds 0 records"),
        (&["empty.jsonl", "--format", "jsonl"], 3, "holds 0 records"),
        (&["none.jsonl"], 2, "none.jsonl"),
        (&["."], 2, "is a directory"),
        (
            &["log.jsonl", "--expect-subject", "globex"],
            1,
            "log.jsonl carries subject id(s) [null], and only \"globex\" is expected",
        ),
        (
            &["log.jsonl", "-o", "none/x.csv"],
            2,
            "cannot write none/x.csv: directory none does not exist",
        ),
        (
            &["log.jsonl", "-o", "."],
            2,
            "cannot write .: there is something that is no file",
        ),
        (
            &["log.jsonl", "-o", "/dev/null"],
            2,
            "cannot write /dev/null",
        ),
        (
            &["log.jsonl", "-o", "log.jsonl"],
            2,
            "cannot write log.jsonl: it is log.jsonl, which is read for it",
        ),
        (
            &["log.jsonl", "--manifest", "log.jsonl"],
            2,
            "which is read for it",
        ),
        (
            &["log.jsonl", "--manifest", "./evidence.csv"],
            2,
            "it is to be the manifest as well",
        ),
        (
            &["log.jsonl", "--bundle", "log.jsonl"],
            2,
            "which is read for it",
        ),
    ] {
        let run = sandbox.run([&["export"], args].concat()).status(status);
        assert!(run.stdout.starts_with("REFUSED: "), "{run:?}");
        assert!(run.stdout.contains(says), "{says}: {run:?}");
        assert!(run.stdout.ends_with("; no export written\n"), "{run:?}");
        let quiet = sandbox
            .run([&["export", "-q"], args].concat())
            .status(status);
        assert!(
            quiet.stdout.is_empty() && quiet.stderr.contains(says),
            "{quiet:?}"
        );
        assert_eq!(files(&sandbox), before, "{args:?}");
    }
    let run = export(&sandbox, &["--from", "someday"]).status(2);
    assert!(run.stderr.contains("someday"), "{run:?}");
    assert_eq!(sandbox.read("evidence.csv"), "kept");
    assert_eq!(sandbox.read("log.jsonl"), sample::example());
    let _ = export(&sandbox, &[]).status(0);
    assert_ne!(sandbox.read("evidence.csv"), "kept");
}

#[test]
fn a_disk_that_is_full_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", "3000", "log.jsonl"])
        .status(0);
    let formats = [
        "csv",
        "jsonl",
        #[cfg(feature = "parquet")]
        "parquet",
    ];
    for format in formats {
        let mut command = Command::new("sh");
        let limited = "ulimit -f 64; exec \"$0\" export log.jsonl --format \"$1\"";
        command
            .args(["-c", limited, crate::harness::SEALSTONE, format])
            .current_dir(sandbox.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let run = Run::of(command, b"").status(2);
        assert!(
            run.stdout.contains("REFUSED: cannot write evidence."),
            "{run:?}"
        );
        assert_eq!(files(&sandbox), ["log.jsonl"]);
    }
}

#[test]
fn a_window_and_tools_are_a_selection_that_the_manifest_tells() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", "500", "log.jsonl"])
        .status(0);
    let records = sandbox.records("log.jsonl");
    let ts = |at: usize| records[at].str("ts").unwrap().to_owned();
    let span = [&*format!("--from={}", ts(99)), &format!("--to={}", ts(198))];
    let _ = export(&sandbox, &[&span[..], &["--tool", "bash, GREP"]].concat()).status(0);
    let expected = records[99..199]
        .iter()
        .filter(|record| matches!(text(record, "/action/tool"), Some("Bash" | "Grep")));
    let expected: Vec<&str> = expected
        .map(|record| record.str("record_id").unwrap())
        .collect();
    let manifest = object(sandbox.read("evidence.csv.manifest.json"));
    assert!(expected.len() > 10, "{}", expected.len());
    assert_eq!(
        number(&manifest, "/window_records"),
        i64::try_from(expected.len()).ok()
    );
    assert_eq!(number(&manifest, "/chain/total_records"), Some(500));
    assert_eq!(
        text(&manifest, "/window/first_record_id"),
        expected.first().copied()
    );
    assert_eq!(
        text(&manifest, "/window/last_record_id"),
        expected.last().copied()
    );
    assert_eq!(text(&manifest, "/tool_filter/0"), Some("GREP"));
    let _ = export(
        &sandbox,
        &["--format", "jsonl", span[0], span[1], "--tool", "bash,grep"],
    )
    .status(0);
    let lines = sandbox.read("evidence.jsonl");
    let log = sandbox.read("log.jsonl");
    assert!(lines.lines().all(|line| log.lines().any(|of| of == line)));
    let ids = lines
        .lines()
        .map(|line| object(line).str("record_id").unwrap().to_owned());
    assert!(ids.eq(expected));
    let manifest = object(sandbox.read("evidence.jsonl.manifest.json"));
    assert_eq!(
        text(&manifest, "/jsonl_sha256"),
        Some(&sha256(&sandbox, "evidence.jsonl")[..])
    );

    let run = export(&sandbox, &["--from", "2999-01-01"]).status(0);
    assert!(run.stdout.starts_with("NOTE: 0 of 500 records"), "{run:?}");
    assert_eq!(sandbox.read("evidence.csv").lines().count(), 1);
}

#[test]
fn the_rows_are_of_the_bytes_that_were_read() {
    let sandbox = Sandbox::new();
    let log = format!(
        "\u{FEFF} \r\n{}\n",
        sample::example().trim_end().replace('\n', "\r\n\n")
    );
    sandbox.write("log.jsonl", &log);
    let _ = export(&sandbox, &[]).status(0);
    let of_file = object(sandbox.read("evidence.csv.manifest.json"));
    let expected = sha256(&sandbox, "log.jsonl");
    assert_eq!(text(&of_file, "/source_log_sha256"), Some(&expected[..]));
    let table = sandbox.read("evidence.csv");
    let _ = sandbox.run_with(["export", "-"], &log).status(0);
    let of_stream = object(sandbox.read("evidence.csv.manifest.json"));
    assert_eq!(text(&of_stream, "/source_log_sha256"), Some(&expected[..]));
    assert_eq!(text(&of_stream, "/source_log"), Some("-"));
    assert_eq!(sandbox.read("evidence.csv"), table);
}

#[test]
fn a_link_is_followed_and_a_folder_that_is_only_read_stays_so() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("out")).unwrap();
    std::os::unix::fs::symlink("out/real.csv", sandbox.path("link.csv")).unwrap();
    sandbox.write("out/real.csv", "old");
    let _ = export(&sandbox, &["-o", "link.csv"]).status(0);
    assert!(
        fs::symlink_metadata(sandbox.path("link.csv"))
            .unwrap()
            .is_symlink()
    );
    assert!(sandbox.read("out/real.csv").starts_with("ts,"));
    if rustix::process::geteuid().is_root() {
        return skip(
            "an export of a log in a folder that is only read",
            "run by root",
        );
    }
    fs::create_dir(sandbox.path("logs")).unwrap();
    fs::rename(sandbox.path("log.jsonl"), sandbox.path("logs/log.jsonl")).unwrap();
    fs::set_permissions(sandbox.path("logs"), fs::Permissions::from_mode(0o500)).unwrap();
    let _ = sandbox.run(["export", "logs/log.jsonl"]).status(0);
}

#[test]
fn ids_that_hide_something_are_told() {
    let sandbox = Sandbox::new();
    let draft = "{\"session_id\":\"s\",\"agent\":{\"name\":\"a\u{200B}b\"},\"action\":{\"type\":\"read\",\"category\":\"privacy\"}}\n";
    let _ = sandbox
        .run_with(["record", "-o", "log.jsonl"], draft)
        .status(0);
    let run = export(&sandbox, &[]).status(0);
    assert!(run.stderr.contains("agent.name = a⟨U+200B⟩b"), "{run:?}");
    let manifest = object(sandbox.read("evidence.csv.manifest.json"));
    assert_eq!(number(&manifest, "/invisible_identifiers/count"), Some(1));
    assert_eq!(
        text(&manifest, "/invisible_identifiers/fields/0/shown"),
        Some("a⟨U+200B⟩b")
    );
}

fn python(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new("python3");
    command
        .args(args)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Run::of(command, b"")
}

/// Makes a bundle, unpacks it with Python's own module and returns where it is.
fn unpacked(sandbox: &Sandbox, name: &str, more: &[&str]) -> std::path::PathBuf {
    let zip = format!("{name}.zip");
    let _ = export(sandbox, &[&["--bundle", &zip], more].concat()).status(0);
    let _ = python(&sandbox.path(""), &["-m", "zipfile", "-e", &zip, name]).status(0);
    sandbox.path(name)
}

#[test]
fn a_bundle_is_checked_without_any_program_of_ours() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", "60", "log.jsonl"])
        .status(0);
    let head = sandbox.verdict("log.jsonl").str("head").unwrap().to_owned();
    let whole = unpacked(&sandbox, "whole", &[]);
    assert_eq!(
        fs::read(whole.join("records.jsonl")).unwrap(),
        fs::read(sandbox.path("log.jsonl")).unwrap()
    );
    assert!(
        fs::read_to_string(whole.join("README.md"))
            .unwrap()
            .contains(&head)
    );
    let verified = python(&whole, &["verify/verify.py", "records.jsonl"]).status(0);
    let verdict = object(&verified.stdout);
    assert_eq!(
        (verdict.str("verdict"), verdict.str("head")),
        (Some("intact"), Some(&head[..]))
    );
    let checked = python(&whole, &["verify/check.py"]).status(0);
    assert!(checked.stdout.contains(&head), "{checked:?}");
    for sum in fs::read_to_string(whole.join("SHA256SUMS"))
        .unwrap()
        .lines()
    {
        let (digest, name) = sum.split_once("  ").unwrap();
        let bytes = fs::read(whole.join(name)).unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), digest, "{name}");
    }
    let part = unpacked(&sandbox, "part", &["--tool", "Bash"]);
    let checked = python(&part, &["verify/check.py"]).status(0);
    assert!(
        checked.stdout.contains("only that log shows"),
        "{checked:?}"
    );
    assert!(
        fs::read_to_string(part.join("README.md"))
            .unwrap()
            .contains("This is a selection")
    );

    let _ = export(&sandbox, &["--bundle", "again.zip"]).status(0);
    assert_eq!(
        fs::read(sandbox.path("again.zip")).unwrap(),
        fs::read(sandbox.path("whole.zip")).unwrap()
    );
}

/// What somebody does to a file.
type Change = fn(&str) -> String;

#[test]
fn a_bundle_that_was_changed_does_not_check() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run(["sample", "--records", "60", "log.jsonl"])
        .status(0);
    for (name, more) in [("whole", &[][..]), ("part", &["--tool", "Bash"])] {
        let folder = unpacked(&sandbox, name, more);
        let changes: [(&str, Change); 6] = [
            ("records.jsonl", |text| {
                text.replacen("\"INFO\"", "\"HIGH\"", 1)
            }),
            ("records.jsonl", |text| {
                text.split_inclusive('\n').skip(1).collect()
            }),
            ("records.jsonl", |text| {
                text.split_inclusive('\n').rev().collect()
            }),
            ("evidence.csv", |text| text.replacen("claude", "Claude", 1)),
            ("evidence.csv", |text| {
                text.split_inclusive("\r\n").take(3).collect()
            }),
            ("manifest.json", |text| {
                text.replacen("\"window_records\": ", "\"window_records\": 1", 1)
            }),
        ];
        for (file, change) in changes {
            let path = folder.join(file);
            let before = fs::read_to_string(&path).unwrap();
            let after = change(&before);
            assert_ne!(after, before);
            fs::write(&path, after).unwrap();
            let run = python(&folder, &["verify/check.py"]).status(1);
            assert!(!run.stdout.contains("everything agrees"), "{run:?}");
            fs::write(&path, before).unwrap();
        }
        let _ = python(&folder, &["verify/check.py"]).status(0);
    }
    let folder = sandbox.path("whole");
    let records = fs::read_to_string(folder.join("records.jsonl")).unwrap();
    let altered = records.replacen("\"INFO\"", "\"HIGH\"", 1);
    fs::write(folder.join("records.jsonl"), altered).unwrap();
    let run = python(&folder, &["verify/verify.py", "records.jsonl"]).status(1);
    assert!(run.stdout.contains("\"broken\""), "{run:?}");
}

/// Makes the hashes of a bundle those of what is in it now.
fn rehash(folder: &Path) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
    let manifest = read("manifest.json");
    let known = object(manifest.clone())
        .str("csv_sha256")
        .unwrap()
        .to_owned();
    let manifest = manifest.replace(&known, &digest(&read("evidence.csv")));
    fs::write(folder.join("manifest.json"), manifest).unwrap();
    let sums = read("SHA256SUMS");
    let sums = sums.lines().map(|line| {
        let name = line.split_once("  ").unwrap().1;
        format!("{}  {name}\n", digest(&read(name)))
    });
    let sums: String = sums.collect();
    fs::write(folder.join("SHA256SUMS"), sums).unwrap();
}

/// Drafts whose records have something in every column.
const FULL_DRAFT: &str = concat!(
    r#"{"session_id":"s1","agent":{"id":"i","name":"claude","version":"1.0","model":"mm","model_version":"mv"},"action":{"type":"write","category":"safety","tool":"Bash","input":{"summary":"{'command': 'ls', 'n': [1, None]}"},"authorization":{"decision":"denied","approver":"mallory","scope":"all"}},"outcome":{"status":"error","summary":"no such thing"},"principal":{"human_id":"h1","role_scope":"r1"},"source":{"capture":"captured","adapter":"cli"},"authority":{"snapshot_id":"snap"},"data":{"region":"eu","cross_region":1,"purpose":"tests","pii_types":["email","phone"]},"verification":{"status":"blocked","verifier":"gate","policy_ref":"p1","checked_at":"2026-01-01T00:00:00Z"},"threats":[{"type":"injection"}],"subject":{"id":"acme","name":"Acme"}}"#,
    "\n",
    r#"{"session_id":"s1","agent":{"name":"=1+1"},"action":{"type":"read","category":"privacy","tool":"Read","input":{"summary":"[not a literal]"}},"outcome":{"status":"ok","summary":"{'a': b}"},"subject":{"id":"acme"}}"#,
    "\n",
);

/// What somebody puts in the place of what stands in a table or a manifest.
const FORGED: &[(&str, &str, &str)] = &[
    ("evidence.csv", ",error,", ",ok,"),
    ("evidence.csv", ",denied,", ",allowed,"),
    ("evidence.csv", ",mallory,", ",alice,"),
    ("evidence.csv", ",all,", ",none,"),
    ("evidence.csv", ",write,", ",read,"),
    ("evidence.csv", ",safety,", ",privacy,"),
    ("evidence.csv", ",Bash,", ",Read,"),
    ("evidence.csv", "command=ls", "command=rm"),
    ("evidence.csv", "[not a literal]", "[not a thing]"),
    ("evidence.csv", "{'a': b}", "a=b"),
    ("evidence.csv", "no such thing", "done"),
    ("evidence.csv", ",Acme,", ",Acne,"),
    ("evidence.csv", "human_id=h1", "human_id=h2"),
    ("evidence.csv", "; role_scope=r1", ""),
    ("evidence.csv", ",claude,", ",,"),
    ("evidence.csv", "'=1+1", "=1+1"),
    ("evidence.csv", "'=1+1", "''=1+1"),
    ("evidence.csv", ",mm,mv,", ",mv,mm,"),
    ("evidence.csv", ",snap,", ",snap2,"),
    ("evidence.csv", ",blocked,gate,p1,", ",allowed,gate,p1,"),
    ("evidence.csv", ",injection,", ",,"),
    ("evidence.csv", "email; phone", "email"),
    ("evidence.csv", ",eu,true,tests,", ",eu,false,tests,"),
    ("evidence.csv", ",eu,true,tests,", ",us,true,tests,"),
    ("evidence.csv", ",captured:cli,", ",ingested:cli,"),
    ("evidence.csv", ",s1,", ",s2,"),
    ("evidence.csv", "ts,action_type", "ts,type"),
    ("evidence.csv", "decision,approver", "approver,decision"),
    ("manifest.json", "\"acme\"", "\"globex\""),
    (
        "manifest.json",
        "\"first_record_id\": \"",
        "\"first_record_id\": \"0",
    ),
    (
        "manifest.json",
        "\"last_record_id\": \"",
        "\"last_record_id\": \"0",
    ),
    ("manifest.json", "\"first_ts\": \"", "\"first_ts\": \"1"),
    ("manifest.json", "\"last_ts\": \"", "\"last_ts\": \"1"),
    (
        "manifest.json",
        "\"to\": null",
        "\"to\": \"2020-01-01T00:00:00Z\"",
    ),
    (
        "manifest.json",
        "\"tool_filter\": null",
        "\"tool_filter\": [\"bash\"]",
    ),
    (
        "manifest.json",
        "\"expected\": null",
        "\"expected\": \"globex\"",
    ),
    (
        "manifest.json",
        "\"total_records\": 2",
        "\"total_records\": 3",
    ),
    ("manifest.json", "\"NOT_CHECKED\"", "\"COMPLETE\""),
    ("manifest.json", "\"severity\": {", "\"risk\": {"),
];

#[test]
fn a_bundle_whose_hashes_were_made_anew_does_not_check_either() {
    let sandbox = Sandbox::new();
    let _ = sandbox
        .run_with(["record", "-o", "log.jsonl"], FULL_DRAFT)
        .status(0);
    let folder = unpacked(&sandbox, "whole", &[]);
    let run = python(&folder, &["verify/check.py"]).status(0);
    assert!(!run.stdout.contains("not compared"), "{run:?}");
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    rehash(&folder);
    assert_eq!(fs::read_to_string(folder.join("SHA256SUMS")).unwrap(), sums);
    let severity = severity(&folder);
    let forged = [("evidence.csv", &severity[..], ",NONE,")];
    for (file, from, to) in FORGED.iter().copied().chain(forged) {
        let names = [file, "manifest.json", "SHA256SUMS"];
        let before = names.map(|name| fs::read_to_string(folder.join(name)).unwrap());
        let after = before[0].replacen(from, to, 1);
        assert_ne!(after, before[0], "{from}");
        fs::write(folder.join(file), after).unwrap();
        rehash(&folder);
        let run = python(&folder, &["verify/check.py"]).status(1);
        assert!(!run.stdout.contains("everything agrees"), "{from}: {run:?}");
        assert!(!run.stdout.contains("cannot be checked"), "{from}: {run:?}");
        for (name, text) in names.iter().zip(before).rev() {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let _ = python(&folder, &["verify/check.py"]).status(0);
}

/// Returns the cell of a record's severity, with its commas.
fn severity(folder: &Path) -> String {
    let records = fs::read_to_string(folder.join("records.jsonl")).unwrap();
    let record = object(records.lines().next().unwrap());
    format!(",{},", record.str("severity").unwrap())
}

#[test]
fn what_cannot_be_compared_is_named() {
    let sandbox = sandbox();
    let log = sample::example().replace('\n', "\n\n");
    sandbox.write("log.jsonl", log);
    let folder = unpacked(&sandbox, "whole", &[]);
    let run = python(&folder, &["verify/check.py"]).status(0);
    assert!(run.stdout.contains("everything agrees"), "{run:?}");
    assert!(
        run.stdout.contains("not compared: source_log_sha256"),
        "{run:?}"
    );
}

/// Texts as nobody expects them: quotes, ends of lines, formulas, literals, halves of pairs.
const HOSTILE: &[&str] = &[
    "=1+1",
    "\u{A0}=a",
    "\u{85}=a",
    "\t",
    "\r",
    "a\r\nb",
    "\n",
    "\"",
    "a,\"b\"",
    "'",
    "''",
    "",
    " ",
    "\u{7F}",
    "\u{1C}=",
    "\u{2028}-x",
    "\u{0}",
    "\u{FEFF}",
    "🙂\u{202E}",
    "{'a': [1, None, ('b',), 1e400]}",
    "{1: {2, 3}}",
    "[b'x']",
    "[1+2j]",
    "{(1,2): 3}",
    "{'a': '=1'}",
    "['=1']",
    "[-1]",
    "[]",
    "{}",
    "[1,",
    "[true]",
    "['\\q']",
    "['\\ud800']",
    "['\\N{BULLET}']",
    " [1] # ]",
    "{'x': ...}",
    "['a' 'b']",
    "[1.0, 1e16, -0.0]",
    "[0xff, 1_000]",
];

#[test]
fn honest_bundles_of_hostile_texts_check() {
    let sandbox = Sandbox::new();
    let quoted = |text: &str| {
        let mut quoted = String::new();
        sealstone::json::write(&Value::from(text), &mut quoted);
        quoted
    };
    let drafts = HOSTILE.iter().map(|text| {
        let said = quoted(text);
        format!(
            "{{\"session_id\":\"s\",\"agent\":{{\"name\":{said},\"model\":{said}}},\"subject\":{{\"id\":{said},\"name\":{said}}},\"principal\":{{\"human_id\":{said}}},\"action\":{{\"type\":\"read\",\"category\":\"privacy\",\"tool\":{said},\"input\":{{\"summary\":{said}}}}},\"outcome\":{{\"status\":\"ok\",\"summary\":{said}}},\"data\":{{\"pii_types\":[{said},{said}]}}}}\n"
        )
    });
    let drafts: String = drafts.collect();
    let _ = sandbox
        .run_with(["record", "-o", "log.jsonl"], &drafts)
        .status(0);
    let count = sandbox.records("log.jsonl").len();
    assert_eq!(count, HOSTILE.len());
    let some = ["--tool", "=1+1", "--tool", "[]"];
    for (name, more) in [("whole", &[][..]), ("part", &some)] {
        let folder = unpacked(&sandbox, name, more);
        let run = python(&folder, &["verify/check.py"]).status(0);
        assert_eq!(run.stderr, "", "{run:?}");
    }
}

/// Writes a witness file with a checkpoint of the log as it was after so many records.
fn witness(sandbox: &Sandbox, name: &str, records: usize, subject: &str) {
    let log = sandbox.records("log.jsonl");
    let hash = |number: usize| text(&log[number - 1], "/integrity/hash").unwrap();
    let (root, head) = (hash(1), hash(records.min(log.len())));
    let checkpoint = format!(
        r#"{{"chain_root":"{root}","subject":"{subject}","count":{records},"head":"{head}"}}"#
    );
    sandbox.write(name, checkpoint + "\n");
}

#[test]
fn a_witness_is_told_and_goes_with_a_bundle() {
    let sandbox = Sandbox::new();
    let sample = ["sample", "--records", "60", "log.jsonl"];
    let _ = sandbox.run(sample).status(0);
    let log = sandbox.records("log.jsonl");
    let subject = log.iter().find_map(|record| text(record, "/subject/id"));
    let subject = subject.unwrap();
    witness(&sandbox, "witness.jsonl", 60, subject);
    witness(&sandbox, "other.jsonl", 60, "somebody");
    witness(&sandbox, "longer.jsonl", 61, subject);

    let run = export(&sandbox, &["-w", "witness.jsonl"]).status(0);
    assert!(run.stdout.contains("COMPLETE — "), "{run:?}");
    let manifest = object(sandbox.read("evidence.csv.manifest.json"));
    assert_eq!(text(&manifest, "/witness/path"), Some("witness.jsonl"));
    assert_eq!(text(&manifest, "/completeness/status"), Some("COMPLETE"));
    assert_eq!(
        number(&manifest, "/completeness/detail/latest_count"),
        Some(60)
    );

    let run = export(&sandbox, &["-w", "other.jsonl"]).status(3);
    assert!(run.stdout.contains("UNWITNESSED — "), "{run:?}");
    let before = files(&sandbox);
    for more in [&["-o", "never.csv"][..], &["--bundle", "never.zip"]] {
        let run = export(&sandbox, &[&["-w", "longer.jsonl"], more].concat()).status(1);
        assert!(run.stdout.starts_with("REFUSED: INCOMPLETE — "), "{run:?}");
    }
    let run = export(&sandbox, &["-w", "log.jsonl", "-o", "never.csv"]).status(2);
    assert!(
        run.stdout.contains("no line of the witness file"),
        "{run:?}"
    );
    assert_eq!(files(&sandbox), before);

    let torn = format!("{}torn\n", sandbox.read("witness.jsonl"));
    sandbox.write("torn.jsonl", torn);
    let run = export(&sandbox, &["-w", "torn.jsonl"]).status(2);
    assert!(
        run.stdout
            .contains("UNDECIDED — the witness is damaged: line 2"),
        "{run:?}"
    );
    let manifest = object(sandbox.read("evidence.csv.manifest.json"));
    assert_eq!(text(&manifest, "/completeness/status"), Some("UNDECIDED"));
    assert_eq!(
        number(&manifest, "/completeness/detail/damaged/0/line"),
        Some(2)
    );

    let whole = unpacked(&sandbox, "whole", &["-w", "witness.jsonl"]);
    let _ = python(&whole, &["verify/check.py"]).status(0);
    let checkpoints = whole.join("checkpoints.jsonl");
    let kept = fs::read_to_string(&checkpoints).unwrap();
    let head = text(log.last().unwrap(), "/integrity/hash").unwrap();
    fs::write(&checkpoints, kept.replace(head, &"0".repeat(64))).unwrap();
    let run = python(&whole, &["verify/check.py"]).status(1);
    assert!(run.stdout.contains("a witness says"), "{run:?}");
}

#[test]
fn a_bundle_has_the_page_of_what_is_in_it_and_of_nothing_else() {
    let sandbox = Sandbox::new();
    let sample = ["sample", "--records", "60", "log.jsonl"];
    let _ = sandbox.run(sample).status(0);
    let whole = unpacked(&sandbox, "whole", &[]);
    let _ = sandbox
        .run(["report", "log.jsonl", "-o", "page.html"])
        .status(0);
    let page = |folder: &Path| fs::read_to_string(folder.join("report.html"));
    assert_eq!(page(&whole).unwrap(), sandbox.read("page.html"));
    let readme = fs::read_to_string(whole.join("README.md")).unwrap();
    assert!(readme.contains("| `report.html` |"), "{readme}");
    assert!(!readme.contains("MORE"), "{readme}");

    let part = unpacked(&sandbox, "part", &["--from", "2026-01-05T09:01:00Z"]);
    assert!(page(&part).unwrap().contains(r#""window":{"from""#));
    let tool = unpacked(&sandbox, "tool", &["--tool", "Bash"]);
    assert!(page(&tool).is_err());
    let readme = fs::read_to_string(tool.join("README.md")).unwrap();
    assert!(!readme.contains("| `report.html` |"), "{readme}");
    assert!(
        readme.contains("because\n\n    these are records of some tools"),
        "{readme}"
    );
    let run = export(&sandbox, &["--bundle", "b.zip", "--tool", "Bash"]).status(0);
    let note = "NOTE: no page is in it: these are records of some tools";
    assert!(run.stdout.contains(note), "{run:?}");
    let run = export(&sandbox, &["--bundle", "b.zip"]).status(0);
    assert!(!run.stdout.contains("no page"), "{run:?}");
}

#[test]
fn a_readme_says_any_name_as_it_is() {
    for name in [
        "HEAD-TOTAL-LOG-CHOSEN.jsonl",
        "{{ head }}{% if x %}.jsonl",
        "`a`\n# Heading\n```\n<b>\"\u{202E}.jsonl",
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(name, sample::example());
        let _ = sandbox.run(["export", name, "--bundle", "b.zip"]).status(0);
        let _ = python(&sandbox.path(""), &["-m", "zipfile", "-e", "b.zip", "b"]).status(0);
        let readme = fs::read_to_string(sandbox.path("b/README.md")).unwrap();
        let expected = format!("is\n\n    {name:?}\n\n| file |");
        assert!(readme.contains(&expected), "{readme}");
        assert!(
            readme.starts_with("# Evidence\n\n2 of the 2 records"),
            "{readme}"
        );
        assert!(
            !readme.contains("\n# Heading") && !readme.contains('\u{202E}'),
            "{readme}"
        );
        assert_eq!(
            readme.matches("```").count() % 2,
            usize::from(name.contains("```")),
            "{readme}"
        );
        assert_eq!(readme.matches("\n    ").count(), 2, "{readme}");
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    //! Files read by the crate that wrote them; `cargo xtask duckdb` has them read by another program.

    use std::fs::File;

    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::{Field, RowAccessor},
    };

    use super::{Sandbox, export, fs, number, object, sha256, text};
    use crate::harness::Run;

    fn written(sandbox: &Sandbox) -> SerializedFileReader<File> {
        let _: Run = export(sandbox, &["--format", "parquet"]).status(0);
        let file = File::open(sandbox.path("evidence.parquet")).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    #[test]
    fn a_parquet_file_has_the_records_with_their_types() {
        let sandbox = Sandbox::new();
        let _ = sandbox
            .run(["sample", "--records", "70000", "log.jsonl"])
            .status(0);
        let reader = written(&sandbox);
        assert!(reader.num_row_groups() > 1);
        let log = sandbox.read("log.jsonl");
        let mut lines = log.lines();
        for (at, row) in (1..).zip(reader.get_row_iter(None).unwrap()) {
            let (row, line) = (row.unwrap(), lines.next().unwrap());
            let column = |name: &str| {
                row.get_column_iter()
                    .position(|(known, _)| known == name)
                    .unwrap()
            };
            assert_eq!(row.get_string(column("record")).unwrap(), line);
            assert_eq!(row.get_long(column("record_number")).unwrap(), at);
            if at > 300 {
                continue;
            }
            let record = object(line);
            assert_eq!(
                row.get_string(column("ts")).ok().map(String::as_str),
                record.str("ts")
            );
            let field = |name: &str| row.get_column_iter().nth(column(name)).unwrap().1.clone();
            assert!(matches!(field("ts_utc"), Field::TimestampMicros(_)));
            let agent = text(&record, "/agent/name").or(text(&record, "/agent/id"));
            match field("agent") {
                Field::Str(name) => assert_eq!(Some(&name[..]), agent),
                other => assert_eq!((other, agent), (Field::Null, None)),
            }
            let kinds = record
                .get("findings")
                .and_then(|found| found.as_array())
                .unwrap_or_default();
            match field("findings") {
                Field::ListInternal(list) => assert_eq!(list.len(), kinds.len()),
                other => assert!(other == Field::Null && kinds.is_empty(), "{other:?}"),
            }
        }
        assert_eq!(lines.next(), None);
        let manifest = object(sandbox.read("evidence.parquet.manifest.json"));
        let expected = sha256(&sandbox, "evidence.parquet");
        assert_eq!(text(&manifest, "/parquet_sha256"), Some(&expected[..]));
        assert_eq!(number(&manifest, "/window_records"), Some(70_000));
    }

    #[test]
    fn a_selection_of_nothing_is_a_file_without_rows() {
        let sandbox = super::sandbox();
        let _ = export(&sandbox, &["--format", "parquet", "--tool", "none"]).status(0);
        let file = File::open(sandbox.path("evidence.parquet")).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
        assert!(
            fs::metadata(sandbox.path("evidence.parquet"))
                .unwrap()
                .len()
                > 0
        );
    }
}
