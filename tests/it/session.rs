//! What the events of one session know of each other, each being a process of its own.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command, thread};

use sealstone::{
    digest::Digest,
    json::{Object, Value},
};

use crate::harness::{Run, Sandbox, at, text};

const HOOK: [&str; 5] = ["hook", "--agent", "claude-code", "--log", "log.jsonl"];

/// A project in a sandbox, and the events of a session in it.
struct Project(Sandbox);

impl Project {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for folder in ["shop/.claude", ".claude"] {
            fs::create_dir_all(sandbox.path(folder)).unwrap();
        }
        Self(sandbox)
    }

    /// Pipes an event of a session into the hook. `members` is what the event has beside who and where.
    fn event(&self, session: &str, name: &str, members: &str) -> Run {
        let event = self.text(session, name, "shop", members);
        let run = self.0.run_with(HOOK, event).status(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
        run
    }

    fn text(&self, session: &str, name: &str, folder: &str, members: &str) -> String {
        let cwd = self.0.path(folder);
        format!(
            r#"{{"session_id":"{session}","transcript_path":"/t","cwd":"{}","hook_event_name":"{name}"{members}}}"#,
            cwd.display()
        )
    }

    /// Pipes several events of one session into as many hooks at once.
    fn at_once(&self, events: impl IntoIterator<Item = (&'static str, String)>) {
        thread::scope(|scope| {
            for (name, members) in events {
                scope.spawn(move || self.say(name, &members));
            }
        });
    }

    fn say(&self, name: &str, members: &str) {
        drop(self.event("s", name, members));
    }

    fn records(&self) -> Vec<Object> {
        self.0.records("log.jsonl")
    }
}

fn call(tool: &str, id: &str, more: &str) -> String {
    format!(r#","tool_name":"{tool}","tool_input":{{"x":1{more}}},"tool_use_id":"{id}""#)
}

/// The references of a whole snapshot: kind, the path from the sandbox on, and hash.
fn references(project: &Project, record: &Object) -> Vec<(String, String, String)> {
    let root = format!("{}/", project.0.path("").display());
    let refs = at(record, "/authority/refs").and_then(|refs| refs.as_array());
    let text = |object: &Object, key| object.str(key).unwrap_or_default().to_owned();
    refs.unwrap()
        .iter()
        .filter_map(|reference| {
            let reference = reference.as_object()?;
            let uri = text(reference, "uri").replace(root.trim_end_matches("//"), "");
            let uri = uri.trim_start_matches('/').to_owned();
            Some((text(reference, "kind"), uri, text(reference, "hash")))
        })
        .collect()
}

#[test]
fn a_session_carries_what_was_in_force_when_it_began() {
    let project = Project::new();
    project.0.write("shop/CLAUDE.md", "Be kind.\n");
    project.0.write(
        "shop/.mcp.json",
        r#"{"mcpServers":{"crm":{"command":"crm"},"mail":{"command":"mail","env":{"KEY":"s3cr3t-value-of-the-key"}}}}"#,
    );
    let settings = r#"{"model":"opus","hooks":{"PreToolUse":[]}}"#;
    project.0.write(".claude/settings.json", settings);
    project.say("SessionStart", r#","source":"startup","model":"m""#);
    project.say("PreToolUse", &call("Bash", "t1", ""));
    project.say("PostToolUse", &call("Bash", "t1", ""));
    project.0.write("shop/notes.md", "Loaded later.\n");
    let path = project.0.path("shop/notes.md");
    let loaded = format!(
        r#","file_path":"{}","memory_type":"Project""#,
        path.display()
    );
    project.say("InstructionsLoaded", &loaded);
    project.say("PreToolUse", &call("Read", "t2", ""));
    let records = project.records();
    assert_eq!(records.len(), 5);

    let whole = |record: &Object| at(record, "/authority/same_as_previous").is_none();
    assert!(whole(&records[0]) && whole(&records[3]));
    for (n, id) in [(1, 0), (2, 0), (4, 3)] {
        assert_eq!(
            at(&records[n], "/authority")
                .unwrap()
                .as_object()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            text(&records[n], "/authority/snapshot_id"),
            text(&records[id], "/authority/snapshot_id")
        );
    }
    let first = references(&project, &records[0]);
    let kinds: Vec<(&str, &str)> = first
        .iter()
        .map(|(kind, uri, _)| (kind.as_str(), uri.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("instructions", "shop/CLAUDE.md"),
            ("hooks", ".claude/settings.json"),
            ("mcp_server", "shop/.mcp.json"),
            ("mcp_server", "shop/.mcp.json"),
        ]
    );
    assert_eq!(first[0].2, Digest::of(b"Be kind.\n").prefixed());
    assert_eq!(
        first[1].2,
        Digest::of(br#"{"hooks":{"PreToolUse":[]}}"#).prefixed()
    );
    let second = references(&project, &records[3]);
    assert_eq!(second.len(), 5);
    assert_eq!(second[4].2, Digest::of(b"Loaded later.\n").prefixed());
    assert!(!project.0.read("log.jsonl").contains("s3cr3t"));
}

#[test]
fn two_sessions_at_once_have_each_their_own() {
    let project = Project::new();
    for session in ["a", "b"] {
        let file = project.0.write("shop/CLAUDE.md", session);
        assert!(file.exists());
        drop(project.event(session, "SessionStart", r#","source":"startup""#));
    }
    for session in ["a", "b", "b", "a"] {
        drop(project.event(session, "PreToolUse", &call("Bash", "t", "")));
    }
    let records = project.records();
    let ids: Vec<Option<&str>> = records
        .iter()
        .map(|record| text(record, "/authority/snapshot_id"))
        .collect();
    assert_eq!(ids[..2], [ids[2], ids[3]]);
    assert_eq!(ids[3..5], [ids[1], ids[1]]);
    assert_ne!(ids[0], ids[1]);
    let whole = |record: &Object| at(record, "/authority/same_as_previous").is_none();
    let expected = [true, true, true, true, false, true];
    let found: Vec<bool> = records.iter().map(whole).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_sub_agents_records_name_the_call_that_started_it() {
    let project = Project::new();
    let task = |id: &str, kind: &str| call("Task", id, &format!(r#","subagent_type":"{kind}""#));
    project.say("PreToolUse", &task("t1", "Explore"));
    project.say("PreToolUse", &task("t2", "Plan"));
    project.say("PreToolUse", &task("t3", "Explore"));
    let agent = |id: &str, kind: &str| format!(r#","agent_id":"{id}","agent_type":"{kind}""#);
    project.say("SubagentStart", &agent("p", "Plan"));
    project.say("SubagentStart", &agent("e1", "Explore"));
    // That this one has started was never told.
    let read = call("Read", "t4", "");
    project.say("PreToolUse", &format!("{read}{}", agent("e2", "Explore")));
    project.say("PostToolUse", &format!("{read}{}", agent("p", "Plan")));
    // A sub-agent of a sub-agent.
    let nested = task("t5", "Deep");
    project.say("PreToolUse", &format!("{nested}{}", agent("e1", "Explore")));
    project.say("SubagentStart", &agent("d", "Deep"));
    project.say("SubagentStop", &agent("e1", "Explore"));
    // One that failed before a sub-agent was there is none's parent.
    project.say("PreToolUse", &task("t6", "Explore"));
    project.say(
        "PostToolUseFailure",
        &format!(r#"{},"error":"no""#, task("t6", "Explore")),
    );
    project.say("SubagentStart", &agent("x", "Explore"));
    let records = project.records();
    let id = |n: usize| records[n].str("record_id");
    let parents: Vec<Option<&str>> = records
        .iter()
        .map(|record| record.str("parent_id"))
        .collect();
    let expected = [
        None,
        None,
        None,
        id(1),
        id(0),
        id(2),
        id(1),
        id(0),
        id(7),
        id(0),
        None,
        None,
        None,
    ];
    assert_eq!(parents, expected);
}

#[test]
fn a_change_of_the_hooks_is_a_finding() {
    let project = Project::new();
    let settings = |text: &str| project.0.write("shop/.claude/settings.json", text);
    let path = settings(r#"{"hooks":{"PreToolUse":[{"hooks":[]}]}}"#);
    project.say("SessionStart", r#","source":"startup""#);
    // Another member, and another spelling, are no change of the hooks.
    settings(r#"{"model":"x", "hooks": {"PreToolUse": [{"hooks":[]}]}}"#);
    project.say("Stop", "");
    settings(r#"{"hooks":{}}"#);
    let change = format!(
        r#","source":"project_settings","file_path":"{}""#,
        path.display()
    );
    project.say("ConfigChange", &change);
    project.say("Stop", "");
    // The agent does not tell of this one.
    fs::remove_file(&path).unwrap();
    project.say("SessionEnd", r#","reason":"other""#);
    settings(r#"{"hooks":{},"disableAllHooks":true}"#);
    drop(project.event("next", "SessionStart", r#","source":"startup""#));
    let found: Vec<Vec<String>> = project
        .records()
        .iter()
        .map(|record| {
            let findings = record.get("findings").unwrap().as_array().unwrap();
            let kind = |finding: &Value| {
                let finding = finding.as_object().unwrap();
                assert_eq!(finding.str("sample"), path.to_str());
                format!(
                    "{} {}",
                    finding.str("type").unwrap(),
                    finding.str("severity").unwrap()
                )
            };
            findings.iter().map(kind).collect()
        })
        .collect();
    let hooks = "hook_configuration_change HIGH";
    let expected: [&[&str]; 6] = [
        &[],
        &[],
        &["configuration_change MEDIUM", hooks],
        &[],
        &[hooks],
        &[hooks],
    ];
    assert_eq!(found, expected);
}

/// The findings of each record, as type and place.
fn findings(project: &Project) -> Vec<Vec<String>> {
    let of = |record: &Object| {
        let findings = record.get("findings").unwrap().as_array().unwrap();
        let text = |finding: &Value| {
            let finding = finding.as_object().unwrap();
            let sample = Path::new(finding.str("sample").unwrap());
            let name = sample.file_name().unwrap().to_str().unwrap();
            format!("{} {name}", finding.str("type").unwrap())
        };
        findings.iter().map(text).collect()
    };
    project.records().iter().map(of).collect()
}

#[test]
fn a_change_of_the_hooks_is_found_where_the_session_began_and_once_it_is_on_record() {
    let project = Project::new();
    fs::create_dir_all(project.0.path("shop/api")).unwrap();
    let settings = project
        .0
        .write("shop/.claude/settings.json", r#"{"hooks":{}}"#);
    project.say("SessionStart", r#","source":"startup""#);
    fs::write(&settings, r#"{"hooks":{"Stop":[]}}"#).unwrap();
    // The agent works elsewhere now, and the first attempt to record it fails.
    let stop = project.text("s", "Stop", "shop/api", "");
    let log = project.0.path("log.jsonl");
    let kept = project.0.path("kept.jsonl");
    fs::rename(&log, &kept).unwrap();
    fs::create_dir(&log).unwrap();
    let run = project.0.run_with(HOOK, &stop).status(0);
    assert!(run.stderr.contains("FAILED to record"), "{run:?}");
    fs::remove_dir(&log).unwrap();
    fs::rename(&kept, &log).unwrap();
    for _ in 0..2 {
        assert_eq!(project.0.run_with(HOOK, &stop).status(0).stderr, "");
    }
    let found = "hook_configuration_change settings.json";
    let expected: [&[&str]; 3] = [&[], &[found], &[]];
    assert_eq!(findings(&project), expected);
}

#[test]
fn the_hooks_are_watched_wherever_they_are_installed() {
    let moved: [(&str, &str, &[&str]); 6] = [
        (
            "claude-code",
            "CLAUDE_CONFIG_DIR",
            &["--project", "--local"],
        ),
        ("codex", "CODEX_HOME", &["--project"]),
        ("copilot-cli", "HOME", &["--project"]),
        ("cursor", "HOME", &["--project"]),
        ("gemini-cli", "HOME", &["--project"]),
        ("opencode", "XDG_CONFIG_HOME", &["--project"]),
    ];
    for (agent, variable, levels) in moved {
        for level in ["--user"].iter().chain(levels) {
            let sandbox = Sandbox::new();
            fs::create_dir(sandbox.path("moved")).unwrap();
            let run = |args: &[&str], input: &str| {
                let mut command = sandbox.command(args);
                command.env(variable, sandbox.path("moved"));
                Run::of(command, input.as_bytes()).status(0)
            };
            let hook = ["hook", "--agent", agent, "--log", "log.jsonl"];
            let event = |name: &str| {
                let cwd = sandbox.path("");
                format!(
                    r#"{{"session_id":"s","sessionID":"s","sessionId":"s","hook_event_name":"{name}","cwd":"{}"}}"#,
                    cwd.display()
                )
            };
            let (start, end) = match agent {
                "claude-code" | "codex" | "gemini-cli" => ("SessionStart", "SessionEnd"),
                "opencode" => ("session.created", "session.deleted"),
                _ => ("sessionStart", "sessionEnd"),
            };
            let install = ["hook", "install", "--agent", agent, level];
            let _ = run(&install, "");
            let _ = run(&hook, &event(start));
            let _ = run(&[&install[..], &["--log", "elsewhere.jsonl"]].concat(), "");
            let _ = run(&hook, &event(end));
            let records = sandbox.records("log.jsonl");
            let kind = text(&records[1], "/findings/0/type");
            assert_eq!(kind, Some("hook_configuration_change"), "{agent} {level}");
        }
    }
}

#[test]
fn what_comes_at_once_is_not_forgotten() {
    let project = Project::new();
    project.say("SessionStart", r#","source":"startup""#);
    let loads = (0..8).map(|n| {
        let path = project.0.write(&format!("shop/{n}.md"), n.to_string());
        let members = format!(r#","file_path":"{}""#, path.display());
        ("InstructionsLoaded", members)
    });
    project.at_once(loads.collect::<Vec<_>>());
    for n in 0..4 {
        let task = call("Task", &format!("t{n}"), r#","subagent_type":"Explore""#);
        project.say("PreToolUse", &task);
    }
    let starts = (0..4).map(|n| {
        let members = format!(r#","agent_id":"a{n}","agent_type":"Explore""#);
        ("SubagentStart", members)
    });
    project.at_once(starts.collect::<Vec<_>>());
    let records = project.records();
    let mut parents: Vec<&str> = records[13..]
        .iter()
        .map(|record| record.str("parent_id").unwrap())
        .collect();
    parents.sort_unstable();
    parents.dedup();
    assert_eq!(parents.len(), 4);
    // The first of the calls carries all that was loaded.
    let id = text(&records[9], "/authority/snapshot_id");
    let whole = records
        .iter()
        .find(|record| text(record, "/authority/snapshot_id") == id);
    assert_eq!(references(&project, whole.unwrap()).len(), 8);
}

#[test]
fn a_session_that_left_too_much_carries_no_snapshot_rather_than_an_old_one() {
    let project = Project::new();
    project.say("SessionStart", r#","source":"startup""#);
    let folder = project.0.path("log.jsonl.sessions");
    let session = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let mut lines = fs::read_to_string(session.path()).unwrap();
    lines.push_str(&"{\"ended\":\"t\"}\n".repeat(20_000));
    fs::write(session.path(), lines).unwrap();
    project.say("PreToolUse", &call("Bash", "t", ""));
    project.say("SessionStart", r#","source":"resume""#);
    project.say("PreToolUse", &call("Bash", "t", ""));
    let records = project.records();
    assert_eq!(records[1].get("authority"), None);
    let id = |n: usize| text(&records[n], "/authority/snapshot_id");
    assert!(id(2).is_some() && id(2) == id(3) && id(2) != id(0));
}

#[test]
fn nothing_in_a_project_makes_a_session_wait() {
    let project = Project::new();
    for path in [
        "CLAUDE.md",
        ".mcp.json",
        ".git/HEAD",
        ".git/config",
        ".git/packed-refs",
    ] {
        let path = project.0.path("shop").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
    }
    project.say("SessionStart", r#","source":"startup""#);
    fs::remove_dir_all(project.0.path("shop/.git")).unwrap();
    let git = project.0.path("shop/.git");
    assert!(Command::new("mkfifo").arg(git).status().unwrap().success());
    project.say("SessionStart", r#","source":"startup""#);
    let records = project.records();
    let omitted = at(&records[1], "/authority/omissions")
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(omitted.len(), 2);
}

#[test]
fn what_is_remembered_is_its_owners_and_costs_no_record_if_it_is_lost() {
    let project = Project::new();
    project.say("SessionStart", r#","source":"startup""#);
    let folder = project.0.path("log.jsonl.sessions");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600);
        fs::write(&path, "{\"snapshot\":7}\nno entry\n\u{0}{\"call\":").unwrap();
    }
    project.say("PreToolUse", &call("Bash", "t", ""));
    // Where there is no folder, nothing can be remembered.
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    let event = r#"{"session_id":"s","hook_event_name":"SessionStart","source":"startup"}"#;
    let args = ["hook", "--agent", "claude-code", "--log", "log.jsonl"];
    let run = project.0.run_with(args, event).status(0);
    assert!(
        run.stderr
            .contains("warning: the session is not remembered"),
        "{run:?}"
    );
    assert_eq!(project.records().len(), 3);
}

#[test]
fn nothing_that_a_log_would_mask_is_remembered() {
    let project = Project::new();
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let project_with_secret = format!("shop/{secret}/.claude");
    fs::create_dir_all(project.0.path(&project_with_secret)).unwrap();
    project.0.write(
        &format!("{project_with_secret}/settings.json"),
        r#"{"hooks":{}}"#,
    );
    let folder = format!("shop/{secret}");
    let task = call("Task", secret, &format!(r#","subagent_type":"{secret}""#));
    for (name, members) in [
        ("SessionStart", r#","source":"startup""#.to_owned()),
        ("PreToolUse", task),
        (
            "SubagentStart",
            format!(r#","agent_id":"{secret}","agent_type":"{secret}""#),
        ),
        ("Stop", String::new()),
    ] {
        let event = project.text("s", name, &folder, &members);
        assert_eq!(project.0.run_with(HOOK, event).status(0).stderr, "");
    }
    let memory = project.0.path("log.jsonl.sessions");
    let mut files = 0;
    for entry in fs::read_dir(memory).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(secret), "{text}");
        files += 1;
    }
    assert_eq!(files, 2);
    let records = project.records();
    assert_eq!(records[2].str("parent_id"), records[1].str("record_id"));
    assert!(!project.0.read("log.jsonl").contains(secret));
}

#[test]
fn a_link_in_the_place_of_what_is_remembered_is_not_followed() {
    let project = Project::new();
    let documents = project.0.path("documents");
    fs::create_dir(&documents).unwrap();
    for name in ["thesis.tex", "0123456789abcdef0123456789abcdef"] {
        let path = documents.join(name);
        fs::write(&path, "mine").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
    }
    std::os::unix::fs::symlink(&documents, project.0.path("log.jsonl.sessions")).unwrap();
    let event = project.text("s", "SessionStart", "shop", r#","source":"startup""#);
    let run = project.0.run_with(HOOK, event).status(0);
    assert!(run.stderr.contains("not a folder"), "{run:?}");
    assert_eq!(fs::read_dir(&documents).unwrap().count(), 2);
    assert_eq!(project.records().len(), 1);
}
