//! Whatever is wrong with an event or a log, the agent goes on, and the loss is disclosed where it can be.

use std::{fs, io::Write};

use sealstone::{digest::Digest, hook::Agent};

use crate::harness::{Run, Sandbox, answer, at, text};

fn hook(sandbox: &Sandbox, agent: Agent, log: &str, event: &[u8]) -> Run {
    let args = ["hook", "--agent", agent.as_str(), "--log", log];
    sandbox.run_with(args, event).status(0)
}

/// Bytes that are no event that could be recorded, and a part of what is said of them.
fn unusable() -> Vec<(Vec<u8>, &'static str)> {
    let deep = format!(
        "{{\"tool_name\":\"Bash\",\"tool_input\":{}",
        "[".repeat(100_000)
    );
    vec![
        (Vec::new(), "the event is empty"),
        (b" \n".to_vec(), "the event is empty"),
        (b"{".to_vec(), "the event is not JSON"),
        (b"[]".to_vec(), "the event is not an object but array"),
        (b"\0".to_vec(), "the event is not JSON"),
        (b"{\"x\":\"\xFF\"}".to_vec(), "invalid UTF-8"),
        (deep.into_bytes(), "nesting deeper than"),
    ]
}

#[test]
fn an_unusable_event_is_on_record_as_lost_and_the_agent_goes_on() {
    for agent in Agent::ALL.iter().copied() {
        let sandbox = Sandbox::new();
        let events = unusable();
        for (event, reason) in &events {
            let run = hook(&sandbox, agent, "log.jsonl", event);
            assert_eq!(run.stdout, answer(agent, None), "{agent:?}");
            assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
            assert!(run.stderr.contains(reason), "{run:?}");
        }
        let records = sandbox.records("log.jsonl");
        assert_eq!(records.len(), events.len());
        for (record, (event, reason)) in records.iter().zip(&events) {
            assert_eq!(text(record, "/action/tool"), Some("recorder.lost"));
            assert_eq!(text(record, "/agent/id"), Some(agent.as_str()));
            assert!(
                text(record, "/sealstone/lost/reason")
                    .unwrap()
                    .contains(reason)
            );
            let bytes = at(record, "/sealstone/lost/bytes").unwrap().as_integer();
            assert_eq!(bytes, i64::try_from(event.len()).ok());
            let sha256 = Digest::of(event).to_string();
            assert_eq!(
                text(record, "/sealstone/lost/sha256"),
                Some(sha256.as_str())
            );
        }
    }
}

#[test]
fn a_log_that_cannot_be_written_changes_no_answer() {
    let event =
        |name: &str| format!(r#"{{{name}"tool_name":"Bash","tool_input":{{"command":"ls"}}}}"#);
    let before = event(r#""hook_event_name":"preToolUse","#);
    // What has a tool and no name is the tool's answer.
    let after = event("");
    let events = [
        (Some("preToolUse"), before.as_bytes()),
        (Some("postToolUse"), after.as_bytes()),
        (None, b"{"),
    ];
    for agent in Agent::ALL.iter().copied() {
        let sandbox = Sandbox::new();
        sandbox.write("text.jsonl", "not a chain\n");
        sandbox.write("file", "");
        fs::create_dir(sandbox.path("folder.jsonl")).unwrap();
        for log in [
            "text.jsonl",
            "folder.jsonl",
            "file/log.jsonl",
            "/proc/log.jsonl",
        ] {
            for (name, event) in events {
                let run = hook(&sandbox, agent, log, event);
                assert_eq!(run.stdout, answer(agent, name), "{agent:?}: {run:?}");
                assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
                assert!(run.stderr.contains("FAILED to record"), "{run:?}");
            }
        }
    }
}

#[test]
fn an_event_without_a_tool_is_lost_with_what_is_known_of_it() {
    let sandbox = Sandbox::new();
    let event =
        br#"{"hook_event_name":"PreToolUse","session_id":"s1","subject":"acme","tool_input":{}}"#;
    let run = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event);
    assert!(run.stderr.contains("the event names no tool"), "{run:?}");
    let record = &sandbox.records("log.jsonl")[0];
    assert_eq!(record.str("session_id"), Some("s1"));
    assert_eq!(
        text(record, "/sealstone/lost/reason"),
        Some("the event names no tool")
    );
}

#[test]
fn a_secret_in_what_is_lost_is_neither_said_nor_recorded() {
    let sandbox = Sandbox::new();
    let event = br#"{"tool_name":"Bash","tool_input":{"key":"AKIAIOSFODNN7EXAMPLE"}"#;
    let run = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event);
    assert!(!run.stderr.contains("AKIA"), "{run:?}");
    assert!(!sandbox.read("log.jsonl").contains("AKIAI"));
}

#[test]
fn an_event_of_64_mib_is_recorded_and_a_longer_one_is_lost_as_a_whole() {
    let sandbox = Sandbox::new();
    let head = r#"{"tool_name":"Write","tool_input":{"file_path":"a","content":""#;
    let tail = r#""}}"#;
    let mib = 1 << 20;
    let content = "All work and no play. ".repeat((64 * mib - 200) / 22);
    let event = format!("{head}{content}{tail}");
    let run = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event.as_bytes());
    assert_eq!(run.stderr, "");
    let longer = format!("{head}{content}{content}{tail}");
    // Whoever stops reading makes the agent's write fail.
    let run = hook(&sandbox, Agent::Cursor, "log.jsonl", longer.as_bytes());
    assert_eq!(run.stdout, answer(Agent::Cursor, None));
    assert!(run.stderr.contains("longer than 64 MiB"), "{run:?}");
    let records = sandbox.records("log.jsonl");
    assert_eq!(text(&records[0], "/action/tool"), Some("Write"));
    let bytes = at(&records[1], "/sealstone/lost/bytes")
        .unwrap()
        .as_integer();
    assert_eq!(bytes, i64::try_from(longer.len()).ok());
    let sha256 = Digest::of(longer.as_bytes()).to_string();
    assert_eq!(
        text(&records[1], "/sealstone/lost/sha256"),
        Some(sha256.as_str())
    );
}

#[test]
fn what_is_met_while_a_loss_is_recorded_is_said_too() {
    let sandbox = Sandbox::new();
    let event = br#"{"tool_name":"Bash"}"#;
    let _ = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event);
    let mut log = sandbox.read("log.jsonl");
    log.push_str("{\"schema_version\":\"0.1\",\"rec");
    sandbox.write("log.jsonl", log);
    let run = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", b"{");
    assert!(
        run.stderr
            .contains("the log ended in a record that was cut off"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("an event was lost, which is on record"),
        "{run:?}"
    );
}

#[test]
fn an_answer_that_nobody_reads_is_no_failure() {
    let sandbox = Sandbox::new();
    let event = br#"{"hook_event_name":"beforeShellExecution","command":"ls"}"#;
    for agent in Agent::ALL.iter().copied() {
        let mut command =
            sandbox.command(["hook", "--agent", agent.as_str(), "--log", "log.jsonl"]);
        command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        let run = Run::of(command, event).status(0);
        assert_eq!(run.stderr, "", "{agent:?}");
    }
}

#[test]
fn an_agent_that_keeps_the_stream_open_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["hook", "--log", "log.jsonl"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(br#"{"tool_name":"Bash"}"#).unwrap();
    assert!(child.wait().unwrap().success());
    drop(stdin);
    let record = &sandbox.records("log.jsonl")[0];
    assert_eq!(text(record, "/action/tool"), Some("Bash"));
}

#[test]
fn links_in_the_place_of_what_is_ours_are_not_followed() {
    let sandbox = Sandbox::new();
    let event = br#"{"tool_name":"Bash"}"#;
    let _ = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event);
    let torn = sandbox.read("log.jsonl") + "; touch x #";
    sandbox.write("log.jsonl", &torn);
    sandbox.write("profile", "mine\n");
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(sandbox.path(to), sandbox.path(at)).unwrap();
    };
    link("profile", "log.jsonl.torn");
    let run = hook(&sandbox, Agent::ClaudeCode, "log.jsonl", event);
    assert!(run.stderr.contains("FAILED to record"), "{run:?}");
    assert_eq!(sandbox.read("profile"), "mine\n");
    assert_eq!(sandbox.read("log.jsonl"), torn);
    link("nothing", "other.jsonl.lock");
    let run = hook(&sandbox, Agent::ClaudeCode, "other.jsonl", event);
    assert!(run.stderr.contains("FAILED to record"), "{run:?}");
    assert!(!sandbox.path("nothing").exists());
    // A log itself may be kept elsewhere.
    link("elsewhere.jsonl", "linked.jsonl");
    let _ = hook(&sandbox, Agent::ClaudeCode, "linked.jsonl", event);
    assert_eq!(sandbox.records("elsewhere.jsonl").len(), 1);
}
