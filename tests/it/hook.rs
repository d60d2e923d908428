//! `sealstone hook`

use std::{collections::HashMap, fs};

use sealstone::json::{Object, Value};

use crate::harness::{Run, Sandbox, at, object, skip, text};

/// Runs the hook with variables set.
fn hook(sandbox: &Sandbox, event: &str, variables: &[(&str, &str)]) -> Run {
    let mut command = sandbox.command(["hook"]);
    command.envs(variables.iter().copied());
    Run::of(command, event.as_bytes())
}

const EVENT: &str = r#"{"session_id":"s1","hook_event_name":"PostToolUse","tool_name":"Bash",
    "tool_input":{"command":"ls"},"tool_response":{"stdout":"a"},"cwd":"/src","tool_use_id":"toolu_1"}"#;

#[test]
fn an_event_is_appended_to_the_default_log() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let run = hook(&sandbox, EVENT, &[]).status(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    }
    let records = sandbox.records(".halo/audit.jsonl");
    assert_eq!(records.len(), 2);
    assert_eq!(text(&records[1], "/sealstone/call_id"), Some("toolu_1"));
}

#[test]
fn our_variables_count_before_the_references() {
    let sandbox = Sandbox::new();
    let _ = hook(&sandbox, EVENT, &[("HALO_LOG", "halo.jsonl")]).status(0);
    let both = [("HALO_LOG", "halo.jsonl"), ("SEALSTONE_LOG", "own.jsonl")];
    let _ = hook(&sandbox, EVENT, &both).status(0);
    assert_eq!(sandbox.records("halo.jsonl").len(), 1);
    assert_eq!(sandbox.records("own.jsonl").len(), 1);
}

#[test]
fn a_tilde_is_the_home_folder() {
    let sandbox = Sandbox::new();
    let _ = hook(&sandbox, EVENT, &[("SEALSTONE_LOG", "~/logs/deep/a.jsonl")]).status(0);
    assert_eq!(sandbox.records("logs/deep/a.jsonl").len(), 1);
    assert!(!sandbox.path("~").exists());
    let _ = hook(
        &sandbox,
        EVENT,
        &[("HALO_DIR", "~/tenants"), ("HALO_SUBJECT", "acme")],
    )
    .status(0);
    assert_eq!(sandbox.records("tenants/acme.jsonl").len(), 1);
}

#[test]
fn the_environment_describes_the_agent() {
    let sandbox = Sandbox::new();
    let snapshot = r#"{"snapshot_id":"a1","scope":"repo"}"#;
    sandbox.write("authority.json", snapshot);
    let variables = [
        ("SEALSTONE_LOG", "a.jsonl"),
        ("SEALSTONE_SUBJECT", "acme"),
        ("SEALSTONE_HOOK_AGENT", " CODEX "),
        ("SEALSTONE_AGENT_VERSION", "1.2"),
        ("SEALSTONE_AGENT_MODEL", "m1"),
        ("SEALSTONE_HASH_ONLY", "TRUE"),
        ("SEALSTONE_AUTHORITY_FILE", "authority.json"),
    ];
    let _ = hook(&sandbox, EVENT, &variables).status(0);
    let record = &sandbox.records("a.jsonl")[0];
    for (pointer, value) in [
        ("/subject/id", "acme"),
        ("/agent/id", "codex"),
        ("/agent/version", "1.2"),
        ("/agent/model", "m1"),
        ("/source/adapter", "codex_hook"),
        ("/authority/scope", "repo"),
    ] {
        assert_eq!(text(record, pointer), Some(value), "{pointer}");
    }
    assert!(at(record, "/action/input/summary").is_none());
    assert!(at(record, "/outcome/summary").is_none());
}

#[test]
fn it_never_says_block() {
    let sandbox = Sandbox::new();
    for event in [
        "{\"tool_name\":\"TodoWrite\"}",
        "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\"}",
        "{\"hook_event_name\":\"NewThing\"}",
    ] {
        let run = hook(&sandbox, event, &[("SEALSTONE_LOG", "a.jsonl")]).status(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    }
    // A mistyped flag must not block the agent either.
    let _ = sandbox.run(["hook", "--no-such-flag"]).status(0);
    let cursor = ["hook", "--agent", "cursor", "--no-such-flag"];
    let run = sandbox.run(cursor).status(0);
    assert_eq!(run.stdout, r#"{"continue":true,"permission":"allow"}"#);
}

#[test]
fn a_lost_record_is_one_line_and_strict_recording_makes_it_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", "not a chain\n");
    let run = hook(&sandbox, EVENT, &[("SEALSTONE_LOG", "a.jsonl")]).status(0);
    assert_eq!(
        run.stderr,
        "sealstone: error: FAILED to record: the event is not in the log: cannot append to \
         `a.jsonl`: it holds text that is not a chain\n"
    );
    for name in ["SEALSTONE_STRICT_RECORDING", "HALO_STRICT_RECORDING"] {
        let run = hook(
            &sandbox,
            EVENT,
            &[("SEALSTONE_LOG", "a.jsonl"), (name, "1")],
        )
        .status(1);
        assert_eq!(run.stderr.lines().count(), 1);
    }
}

#[test]
fn a_large_argument_is_hashed_whole_and_shown_in_part() {
    let sandbox = Sandbox::new();
    let content = "All work and no play. ".repeat(50_000);
    let event = format!(
        "{{\"tool_name\":\"Write\",\"tool_input\":{{\"file_path\":\"a.txt\",\"content\":\"{content}\"}}}}"
    );
    let _ = hook(&sandbox, &event, &[("SEALSTONE_LOG", "a.jsonl")]).status(0);
    let record = &sandbox.records("a.jsonl")[0];
    let summary = text(record, "/action/input/summary").unwrap();
    assert!(summary.chars().count() <= 200);
    let input = format!("{{\"content\":\"{content}\",\"file_path\":\"a.txt\"}}");
    let hash = sandbox.run_with(["hash", "-"], input).status(0).stdout;
    assert_eq!(text(record, "/action/input/hash"), Some(hash.trim_end()));
}

/// What a line of a transcript says of a call.
enum Part {
    Call { tool: String, input: Value },
    Result { content: Value, failed: bool },
}

/// The parts in a line of a transcript, each with the id of its call.
type PartsOf = fn(&Object) -> Vec<(String, Part)>;

fn parts_of_transcript(line: &Object) -> Vec<(String, Part)> {
    let content = at(line, "/message/content").and_then(Value::as_array);
    let blocks = content.unwrap_or_default().iter();
    let part = |block: &Object| match block.str("type")? {
        "tool_use" => {
            let tool = block.str("name")?.to_owned();
            let input = block.get("input")?.clone();
            Some((block.str("id")?.to_owned(), Part::Call { tool, input }))
        }
        "tool_result" => {
            let content = block.get("content")?.clone();
            let failed = block.get("is_error") == Some(&Value::Bool(true));
            let id = block.str("tool_use_id")?.to_owned();
            Some((id, Part::Result { content, failed }))
        }
        _ => None,
    };
    blocks
        .filter_map(Value::as_object)
        .filter_map(part)
        .collect()
}

fn parts_of_rollout(line: &Object) -> Vec<(String, Part)> {
    let part = |payload: &Object| {
        let id = payload.str("call_id")?.to_owned();
        if let Some(content) = payload.get("output").cloned() {
            let failed = false;
            return Some((id, Part::Result { content, failed }));
        }
        let tool = payload.str("name")?.to_owned();
        let input = match payload.str("arguments") {
            Some(arguments) => object(arguments).into(),
            None => payload.get("input")?.clone(),
        };
        Some((id, Part::Call { tool, input }))
    };
    line.object("payload").and_then(part).into_iter().collect()
}

/// Returns the event that an agent pipes for a part of a transcript, and the phase and status of its record.
fn event_of(
    agent: &str,
    (tool, id): (&str, &str),
    part: Part,
) -> (String, &'static str, Option<&'static str>) {
    let (name, member, value, phase, status) = match part {
        Part::Call { input, .. } => ("PreToolUse", "tool_input", input, "intent", None),
        Part::Result {
            content,
            failed: true,
        } => (
            "PostToolUseFailure",
            "error",
            content,
            "outcome",
            Some("error"),
        ),
        Part::Result { content, .. } => {
            // An answer that is empty says nothing of how it went.
            let status = (content.as_str() != Some("")).then_some("ok");
            ("PostToolUse", "tool_response", content, "outcome", status)
        }
    };
    let mut event = Object::new();
    event.insert("hook_event_name", name);
    event.insert("session_id", agent);
    event.insert("tool_name", tool);
    event.insert("tool_use_id", id);
    event.insert(member, value);
    let mut text = String::new();
    sealstone::json::write(&event.into(), &mut text);
    (text, phase, status)
}

/// Asserts what a record says of a call: tool, phase, id and status.
#[track_caller]
fn says(record: &Object, tool: &str, phase: &str, id: &str, status: Option<&str>) {
    let said = ["/action/tool", "/sealstone/phase", "/sealstone/call_id"];
    assert_eq!(said.map(|it| text(record, it)), [tool, phase, id].map(Some));
    assert_eq!(text(record, "/outcome/status"), status, "{record:?}");
}

#[test]
fn the_calls_and_results_of_transcripts_become_records_that_say_the_same() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let files: [(&str, &str, PartsOf); 3] = [
        ("claude-code", "message-types", parts_of_transcript),
        ("claude-code", "sample_session", parts_of_transcript),
        ("codex", "rollout", parts_of_rollout),
    ];
    for (agent, name, parts_of) in files {
        let Ok(transcript) = fs::read_to_string(format!("{samples}/{agent}.{name}.jsonl")) else {
            skip(name, "the samples are not here; the fixtures still run");
            continue;
        };
        let sandbox = Sandbox::new();
        let mut tools = HashMap::new();
        let mut expected = Vec::new();
        for (id, part) in transcript
            .lines()
            .map(object)
            .flat_map(|line| parts_of(&line))
        {
            if let Part::Call { tool, .. } = &part {
                tools.insert(id.clone(), tool.clone());
            }
            // Some transcripts begin with the result of a call that is not in them.
            let Some(tool) = tools.get(&id) else { continue };
            let (event, phase, status) = event_of(agent, (tool, &id), part);
            let args = ["hook", "--agent", agent, "--log", "a.jsonl"];
            let run = sandbox.run_with(args, &event).status(0);
            assert_eq!(run.stderr, "", "{event}");
            expected.push((tool.clone(), phase, id, status));
        }
        let records = sandbox.records("a.jsonl");
        assert!(records.len() > 3, "{name}");
        assert_eq!(records.len(), expected.len());
        for (record, (tool, phase, id, status)) in records.iter().zip(&expected) {
            says(record, tool, phase, id, *status);
        }
    }
}

#[test]
fn an_event_as_an_agent_pipes_it_becomes_a_record_of_its_call() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/hook");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let sandbox = Sandbox::new();
        let event = fs::read_to_string(&path).unwrap();
        let run = hook(&sandbox, &event, &[("SEALSTONE_LOG", "a.jsonl")]).status(0);
        assert_eq!(run.stderr, "", "{path:?}");
        let event = object(&event);
        let status = if path.ends_with("claude-code-bash-failed.json") {
            "error"
        } else {
            "ok"
        };
        let (tool, id) = (
            event.str("tool_name").unwrap(),
            event.str("tool_use_id").unwrap(),
        );
        let record = &sandbox.records("a.jsonl")[0];
        says(record, tool, "outcome", id, Some(status));
        seen += 1;
    }
    assert!(seen >= 8, "fixtures are missing");
}

#[test]
fn wrong_arguments_are_a_lost_record_and_never_a_block() {
    let sandbox = Sandbox::new();
    for args in [
        vec!["-q", "hook", "--bogus"],
        vec!["--color", "never", "hook", "--sync", "alwys"],
        vec!["--color=bogus", "hook"],
        vec!["hook", "extra"],
    ] {
        let run = sandbox.run(&args).status(0);
        assert_eq!(
            (run.stdout.as_str(), run.stderr.lines().count()),
            ("", 1),
            "{run:?}"
        );
        assert!(run.stderr.contains("FAILED to record"), "{run:?}");
        let mut command = sandbox.command(&args);
        command.env("SEALSTONE_STRICT_RECORDING", "1");
        let _ = Run::of(command, b"").status(1);
    }
}

#[test]
fn without_a_home_the_record_is_lost_and_no_folder_called_tilde_appears() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(["hook"]);
    command.env_remove("HOME");
    let run = Run::of(command, EVENT.as_bytes()).status(0);
    assert!(run.stderr.contains("HOME is not set"), "{run:?}");
    assert!(!sandbox.path("~").exists());
}

#[test]
fn a_log_of_ours_counts_before_a_folder_of_the_references() {
    let sandbox = Sandbox::new();
    let variables = [("HALO_DIR", "logs"), ("SEALSTONE_LOG", "a.jsonl")];
    let _ = hook(&sandbox, EVENT, &variables).status(0);
    assert_eq!(sandbox.records("a.jsonl").len(), 1);
    assert!(!sandbox.path("logs").exists());
}

#[test]
fn nothing_that_could_wait_for_ever_is_opened() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("logs")).unwrap();
    for name in ["pipe", "logs/acme.jsonl", "locked.jsonl.lock"] {
        let made = std::process::Command::new("mkfifo")
            .arg(sandbox.path(name))
            .status();
        assert!(made.unwrap().success());
    }
    let authority = [
        ("SEALSTONE_AUTHORITY_FILE", "pipe"),
        ("SEALSTONE_LOG", "a.jsonl"),
    ];
    let run = hook(&sandbox, EVENT, &authority).status(0);
    assert!(
        run.stderr
            .contains("no authority is recorded: `pipe` is no file"),
        "{run:?}"
    );
    assert_eq!(sandbox.records("a.jsonl").len(), 1);
    for variables in [
        vec![("SEALSTONE_DIR", "logs"), ("SEALSTONE_SUBJECT", "acme")],
        vec![("SEALSTONE_LOG", "pipe")],
        vec![("SEALSTONE_LOG", "locked.jsonl")],
    ] {
        let run = hook(&sandbox, EVENT, &variables).status(0);
        assert!(
            run.stderr.contains("not a regular file"),
            "{variables:?}: {run:?}"
        );
    }
}

#[test]
fn thousands_of_malformed_parts_cost_the_part_and_one_line() {
    let sandbox = Sandbox::new();
    let threats = "{\"x\":1},".repeat(7000) + "{\"type\":\"t\"}";
    let event = format!(
        "{{\"tool_name\":\"Bash\",\"session_id\":\"s1\",\"subject\":\"acme\",\"threats\":[{threats}]}}"
    );
    let run = hook(&sandbox, &event, &[("SEALSTONE_LOG", "a.jsonl")]).status(0);
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.len() < 1000, "{run:?}");
    let record = &sandbox.records("a.jsonl")[0];
    assert_eq!(text(record, "/action/tool"), Some("Bash"));
    assert_eq!(text(record, "/subject/id"), Some("acme"));
    assert_eq!(text(record, "/session_id"), Some("s1"));
}

#[test]
fn an_event_says_what_the_reference_takes_from_it() {
    let sandbox = Sandbox::new();
    let event = r#"{"tool_name":"","tool":"Bash","principal":{"name":"u1"},
        "data":{"cross_region":true,"purpose":"mail bob@example.com"},
        "authority":{"snapshot_id":"a","scope":"event"},"parent_id":"\ud800"}"#;
    sandbox.write("authority.json", r#"{"snapshot_id":"b","scope":"file"}"#);
    let variables = [
        ("SEALSTONE_AUTHORITY_FILE", "authority.json"),
        ("SEALSTONE_LOG", "a.jsonl"),
    ];
    let _ = hook(&sandbox, event, &variables).status(0);
    let record = &sandbox.records("a.jsonl")[0];
    assert_eq!(text(record, "/action/tool"), Some("Bash"));
    assert_eq!(at(record, "/principal"), None);
    assert_eq!(
        at(record, "/data/cross_region").unwrap().as_integer(),
        Some(1)
    );
    assert_eq!(
        text(record, "/data/purpose"),
        Some("mail b****@example.com")
    );
    assert_eq!(text(record, "/findings/0/type"), Some("email"));
    assert_eq!(text(record, "/authority/scope"), Some("event"));
    assert_eq!(record.str("parent_id"), Some("\u{FFFD}"));
}
