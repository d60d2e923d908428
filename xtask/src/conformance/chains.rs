//! Chains of either writer, and all three verifiers.

use std::fs;

use anyhow::ensure;

use super::{Bench, said};
use crate::run::{Run, Tally, has_extension, root};

/// Events that both hooks record, one after the other in one log.
const EVENTS: &[&str] = &[
    r#"{"hook_event_name":"PostToolUse","session_id":"s1","tool_name":"Bash","tool_input":{"command":"ls -la /tmp"},"tool_response":{"stdout":"total 0","exit_code":0}}"#,
    r#"{"session_id":"s1","tool_name":"Bash","tool_input":{"command":"false"},"tool_response":{"exit_code":1}}"#,
    r#"{"session_id":"s1","tool_name":"Read","tool_input":{"file_path":"/etc/hosts"},"tool_response":"127.0.0.1 localhost"}"#,
    r#"{"session_id":"s1","tool_name":"Write","tool_input":{"file_path":"a.txt","content":"password=hunter2hunter2"}}"#,
    r#"{"session_id":"s2","tool_name":"WebFetch","tool_input":{"url":"https://example.com/a?b=c"},"tool_response":{"status":"error"}}"#,
    r#"{"session_id":"s2","tool_name":"mcp__crm__find","tool_input":{"email":"bob@example.com"},"subject":{"id":"acme","name":"Acme"}}"#,
    r#"{"tool_name":"Grep","tool_input":{"pattern":"Übermut 🙂"},"tool_response":["a","b",null]}"#,
    r#"{"turn_id":"t1","model":"gpt-5","tool_name":"apply_patch","tool_input":{"patch":"*** Begin Patch\n*** Update File: a.rs\n"}}"#,
    r#"{"tool_name":"custom","tool_input":{"n":[1,2.5,1e300,12345678901234567890]},"tool_response":{"ok":true}}"#,
    r#"{"tool_name":"Edit","tool_input":{"x":null},"principal":{"human_id":"u1"},"threats":["prompt_injection"],"data":{"region":"eu","ratio":0.25}}"#,
    r#"{"tool_name":"LS","tool_input":null,"verification":{"status":"allowed","verifier":"gate"}}"#,
    r#"{"tool_name":"Glob","tool_input":{"pattern":"**/*.rs"},"authority":{"snapshot_id":"p1","scope":"repo"}}"#,
    r#"{"tool_name":"Glob","tool_input":{"pattern":"*"},"authority":{"snapshot_id":"p1","scope":"repo"}}"#,
];

/// Drafts as their producers may write them.
const DRAFTS: &str = r#"{"action":{"tool":"refund"},"input":{"order":7},"output":{"status":"ok"}}
{"action":{"type":"write","category":"safety","tool":"Überweisung","authorization":{"decision":"human_approved","approver":"ü_dana","scope":"zahlung"}},"input":{"Betrag":"12,50 €","an":"日本語 🙂"}}
{"subject":{"id":"acme","name":"Ácme \u2028 GmbH"},"action":{"tool":"t"},"input":"text","output":[1,2,{"a":null}]}
{"x_note":"kept","x_list":[1,[2,{"deep":null}],true],"action":{"tool":"t"},"custom":{"😀":1,"\uE000":2,"z":{}}}
{"session_id":"s-1","agent":{"id":"a","name":"A","version":"1","model":"m"},"action":{"tool":"t"},"principal":{"human_id":"u","role_scope":"r"}}
{"action":{"type":"network","category":"security","tool":"get"},"input":{"url":"https://example.com/?token=abcdefghijklmnopqrstuvwxyz0123456789"},"outcome":{"status":"error","code":502}}
{"action":{"type":"agent_message","category":"reliability"},"input":{"text":"mail bob@example.com"},"threats":[{"type":"prompt_injection","ref":"T-1"}]}
{"action":{"tool":"t"},"data":{"region":"eu","cross_region":0,"purpose":"support","zdr":true,"ticket":9007199254740991},"verification":{"status":"blocked","verifier":"gate","policy_ref":"p"}}
{"action":{"tool":"t"},"authority":{"snapshot_id":"a1","scope":"repo","refs":[{"kind":"file","id":"x","loaded":true}]}}
{"action":{"tool":"t"},"authority":{"snapshot_id":"a1","scope":"repo","refs":[{"kind":"file","id":"x","loaded":true}]}}
{"ts":"2026-01-01T00:00:00Z","action":{"tool":"t"},"input":{"f":1.5,"big":123456789012345678901234567890,"nan":NaN}}
{"action":{"tool":"t"},"input":{"lone":"\ud800","escaped":"\u0000\u001f\u007f\"\\/"},"parent_id":"not-there"}
"#;

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    samples(bench, tally)?;
    demos(bench, tally)?;
    hooks(bench, tally)?;
    drafts(bench, tally)?;
    command(bench, tally)
}

fn samples(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let log = bench.path("reference-sample.jsonl");
    done(&Run::of(&mut bench.reference(&["sample", &log]), b"")?)?;
    bench.intact(tally, "reference's sample", &log)?;
    let log = bench.path("sample.jsonl");
    done(&Run::of(&mut bench.ours(&["sample", &log]), b"")?)?;
    bench.intact(tally, "our sample", &log)?;
    let log = bench.path("sample-2000.jsonl");
    let args = ["sample", &log, "--records", "2000", "--seed", "7"];
    done(&Run::of(&mut bench.ours(&args), b"")?)?;
    bench.intact(tally, "our sample of 2000", &log)
}

fn demos(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    for (who, folder) in [("reference's", "reference-demo"), ("our", "our-demo")] {
        let path = bench.path(folder);
        let mut command = match folder {
            "our-demo" => bench.ours(&["demo", &path]),
            _ => bench.reference(&["demo", &path]),
        };
        done(&Run::of(&mut command, b"")?)?;
        let mut logs: Vec<_> = fs::read_dir(&path)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        logs.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            has_extension(path, "jsonl") && !name.starts_with('.') && !name.contains("tamper")
        });
        logs.sort();
        ensure!(!logs.is_empty(), "the {who} demo wrote no log");
        for log in logs {
            let name = log.file_name().unwrap_or_default().to_string_lossy();
            let what = format!("{who} demo, {name}");
            bench.intact(tally, &what, &log.to_string_lossy())?;
        }
    }
    Ok(())
}

/// The events above, and the shapes that agents send.
fn events() -> anyhow::Result<Vec<String>> {
    let mut events: Vec<String> = EVENTS.iter().map(|event| (*event).to_owned()).collect();
    let mut paths: Vec<_> = fs::read_dir(root().join("testdata/hook"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths.iter().filter(|path| path.is_file()) {
        events.push(fs::read_to_string(path)?);
    }
    ensure!(events.len() > EVENTS.len(), "the fixtures are missing");
    Ok(events)
}

fn hooks(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let events = events()?;
    for (what, name) in [
        ("reference's hook", "reference-hook.jsonl"),
        ("our hook", "our-hook.jsonl"),
        ("both hooks in turn", "both-hooks.jsonl"),
    ] {
        let log = bench.path(name);
        for (index, event) in events.iter().enumerate() {
            let is_ours = match name {
                "our-hook.jsonl" => true,
                "reference-hook.jsonl" => false,
                _ => index % 2 == 0,
            };
            let mut command = if is_ours {
                bench.ours(&["hook"])
            } else {
                bench.reference(&["hook"])
            };
            let run = Run::of(command.env("HALO_LOG", &log), event.as_bytes())?;
            ensure!(
                run.status == Some(0) && !run.stderr.contains("FAILED"),
                "{what}: {event}: {}",
                said(&run)
            );
        }
        bench.intact(tally, what, &log)?;
        let count = super::records(&log)?.len();
        let problem = (count != events.len()).then(|| format!("{count} records"));
        tally.check(format!("{what}: every event has a record"), problem);
    }
    Ok(())
}

fn drafts(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    for (what, name, option) in [
        ("our record", "record.jsonl", "--sync=batch"),
        (
            "our record, hashes only",
            "record-hashes.jsonl",
            "--no-summaries",
        ),
        ("our record, wrapped", "record-wrapped.jsonl", "--wrap"),
    ] {
        let log = bench.path(name);
        let mut command = bench.ours(&["record", "-o", &log, "--tool", "t", option]);
        let run = Run::of(&mut command, DRAFTS.as_bytes())?;
        let problem = (run.status != Some(0)).then(|| said(&run));
        tally.check(format!("{what}: every draft is recorded"), problem);
        bench.intact(tally, what, &log)?;
    }
    let folder = bench.path("record-folder");
    let run = Run::of(
        &mut bench.ours(&["record", "--dir", &folder]),
        DRAFTS.as_bytes(),
    )?;
    done(&run)?;
    for name in ["acme.jsonl", "local.jsonl"] {
        let log = format!("{folder}/{name}");
        bench.intact(tally, &format!("our record by subject, {name}"), &log)?;
    }
    Ok(())
}

fn command(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let log = bench.path("command.jsonl");
    for (script, status) in [
        ("exit 0", Some(0)),
        ("exit 7", Some(7)),
        ("kill -9 $$", None),
    ] {
        let mut command = bench.ours(&["record", "-o", &log, "--", "sh", "-c", script]);
        let run = Run::of(&mut command, b"")?;
        let problem = (run.status != status).then(|| said(&run));
        tally.check(
            format!("record -- sh -c `{script}`: its status is ours"),
            problem,
        );
    }
    bench.intact(tally, "our record of commands", &log)
}

fn done(run: &Run) -> anyhow::Result<()> {
    ensure!(run.status == Some(0), "{}", said(run));
    Ok(())
}
