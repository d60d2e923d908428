//! The same session as each agent tells it, event by event through the hook: what the log then lists as
//! unresolved is what went wrong in it, and nothing else.

use sealstone::hook::Agent;
use serde_json::{Value, json};

use crate::{
    harness::{Run, Sandbox, answer},
    report::said_by_scripts,
};

/// What happens in the session. A call is named by its number, and its tool is one of [`TOOLS`].
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Start,
    Prompt,
    Before(u8),
    After(u8),
    Failed(u8),
    Interrupted(u8),
    /// The agent asks, and a person or a rule says no.
    Denied(u8),
    /// A person says no; no agent has an event for it but those that tell of every refusal.
    DeniedByHand(u8),
    Batch(&'static [u8]),
    SubagentStart,
    SubagentStop,
    /// Bytes that are no event.
    Garbage,
    TurnEnd,
    End,
}
use Step::{
    After, Batch, Before, Denied, DeniedByHand, End, Failed, Garbage, Interrupted, Prompt, Start,
    SubagentStart, SubagentStop, TurnEnd,
};

const SESSION: &[Step] = &[
    Start,
    Prompt,
    // In parallel: the second is done first.
    Before(1),
    Before(2),
    After(2),
    After(1),
    Batch(&[1, 2]),
    // A sub-agent that makes a call of its own.
    Before(3),
    SubagentStart,
    Before(4),
    After(4),
    SubagentStop,
    After(3),
    Before(5),
    Failed(5),
    Before(6),
    Interrupted(6),
    Before(7),
    Denied(7),
    Before(8),
    DeniedByHand(8),
    // The outcome of 9 is lost, the intent of 10, and both of 11.
    Before(9),
    After(10),
    Batch(&[9, 10, 11]),
    Garbage,
    TurnEnd,
    End,
];

/// The tools and what they are asked, by the call's number. Each differs from all others, so that those of an
/// agent without ids are told apart as well.
const TOOLS: [(&str, &str); 12] = [
    ("", ""),
    ("Bash", "make"),
    ("Read", "Cargo.toml"),
    ("Task", "look around"),
    ("Grep", "needle"),
    ("Bash", "false"),
    ("Bash", "sleep 600"),
    ("Bash", "rm -rf /"),
    ("Write", "/etc/hosts"),
    ("Edit", "a.txt"),
    ("Glob", "*.rs"),
    ("WebFetch", "https://example.com/"),
];

/// An agent's events for a step; no event where the agent tells nothing of it.
type Dialect = fn(Step) -> Vec<(Option<&'static str>, Value)>;

fn merged(mut base: Value, more: Value) -> Value {
    let (Value::Object(base_members), Value::Object(more)) = (&mut base, more) else {
        panic!("both are objects");
    };
    base_members.extend(more);
    base
}

fn call(number: u8) -> (&'static str, Value, String) {
    let (tool, what) = TOOLS[usize::from(number)];
    (tool, json!({"what": what}), format!("call_{number}"))
}

/// Claude Code's, and Codex's, whose names are the same.
fn claude_event(name: &str, more: Value) -> (Option<&'static str>, Value) {
    let base = json!({"session_id": "s", "transcript_path": "/t", "cwd": "/shop", "hook_event_name": name});
    (None, merged(base, more))
}

fn claude_call(name: &str, number: u8, more: Value) -> (Option<&'static str>, Value) {
    let (tool, input, id) = call(number);
    let mut event = json!({"tool_name": tool, "tool_input": input, "tool_use_id": id});
    if number == 4 {
        event = merged(event, json!({"agent_id": "sub", "agent_type": "Explore"}));
    }
    claude_event(name, merged(event, more))
}

fn asked(number: u8) -> (Option<&'static str>, Value) {
    let (tool, input, _) = call(number);
    claude_event(
        "PermissionRequest",
        json!({"tool_name": tool, "tool_input": input}),
    )
}

fn claude(step: Step) -> Vec<(Option<&'static str>, Value)> {
    vec![match step {
        Start => claude_event("SessionStart", json!({"source": "startup"})),
        Prompt => claude_event("UserPromptSubmit", json!({"prompt": "Go"})),
        Before(n) => claude_call("PreToolUse", n, json!({})),
        After(n) => claude_call("PostToolUse", n, json!({"tool_response": {"stdout": "x"}})),
        Failed(n) => claude_call("PostToolUseFailure", n, json!({"error": "exit code 1"})),
        Interrupted(n) => {
            let more = json!({"error": "interrupted", "is_interrupt": true});
            claude_call("PostToolUseFailure", n, more)
        }
        Denied(n) => {
            let denied = claude_call("PermissionDenied", n, json!({"reason": "unsafe"}));
            return vec![asked(n), denied];
        }
        DeniedByHand(n) => asked(n),
        Batch(numbers) => {
            let calls: Vec<Value> = numbers
                .iter()
                .map(|number| {
                    let (tool, input, id) = call(*number);
                    json!({"tool_name": tool, "tool_input": input, "tool_use_id": id})
                })
                .collect();
            claude_event("PostToolBatch", json!({"tool_calls": calls}))
        }
        SubagentStart => claude_event(
            "SubagentStart",
            json!({"agent_id": "sub", "agent_type": "Explore"}),
        ),
        SubagentStop => claude_event(
            "SubagentStop",
            json!({"agent_id": "sub", "agent_type": "Explore"}),
        ),
        TurnEnd => claude_event("Stop", json!({"stop_hook_active": false})),
        End => claude_event("SessionEnd", json!({"reason": "other"})),
        Garbage => return Vec::new(),
    }]
}

/// Codex has one event for what succeeded and what failed, and none for a refusal or a batch.
fn codex(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let events = match step {
        Failed(n) => vec![claude_call(
            "PostToolUse",
            n,
            json!({"tool_response": {"exit_code": 1}}),
        )],
        Interrupted(_) => vec![claude_event("Interrupt", json!({"reason": "user"}))],
        Denied(n) | DeniedByHand(n) => vec![asked(n)],
        Batch(_) => Vec::new(),
        step => claude(step),
    };
    let of_codex = |(name, event)| {
        (
            name,
            merged(event, json!({"turn_id": "1", "model": "gpt-5"})),
        )
    };
    events.into_iter().map(of_codex).collect()
}

fn gemini(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let event = |name: &str, more: Value| {
        let base = json!({"session_id": "s", "transcript_path": "/t", "cwd": "/shop",
            "hook_event_name": name, "timestamp": "2026-11-22T10:00:00.000Z"});
        (None, merged(base, more))
    };
    let of_call = |name: &str, number: u8, more: Value| {
        let (tool, input, _) = call(number);
        event(
            name,
            merged(json!({"tool_name": tool, "tool_input": input}), more),
        )
    };
    vec![match step {
        Start => event("SessionStart", json!({"source": "startup"})),
        Prompt => event("BeforeAgent", json!({"prompt": "Go"})),
        Before(n) => of_call("BeforeTool", n, json!({})),
        After(n) => of_call(
            "AfterTool",
            n,
            json!({"tool_response": {"llmContent": "x"}}),
        ),
        Failed(n) => of_call(
            "AfterTool",
            n,
            json!({"tool_response": {"error": {"message": "no"}}}),
        ),
        TurnEnd => event(
            "AfterAgent",
            json!({"prompt": "Go", "prompt_response": "Done"}),
        ),
        End => event("SessionEnd", json!({"reason": "exit"})),
        Interrupted(_) | Denied(_) | DeniedByHand(_) | Batch(_) | SubagentStart | SubagentStop
        | Garbage => return Vec::new(),
    }]
}

/// Cursor tells of a shell command twice; the second time without the call's id.
fn cursor(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let event = |name: &str, more: Value| {
        let base = json!({"conversation_id": "s", "generation_id": "g", "hook_event_name": name,
            "cursor_version": "3.9.16", "workspace_roots": ["/shop"]});
        (None, merged(base, more))
    };
    let of_call = |name: &str, number: u8, more: Value| {
        let (tool, input, id) = call(number);
        let base = json!({"tool_name": tool, "tool_input": input, "tool_use_id": id});
        event(name, merged(base, more))
    };
    let shell = |name: &str, number: u8| {
        let (_, what) = TOOLS[usize::from(number)];
        event(name, json!({"command": what, "output": "x"}))
    };
    let failed = |number: u8, kind: &str| {
        let more = json!({"failure_type": kind, "error_message": "no"});
        of_call("postToolUseFailure", number, more)
    };
    vec![match step {
        Start => event("sessionStart", json!({})),
        Prompt => event("beforeSubmitPrompt", json!({"prompt": "Go"})),
        Before(1) => {
            let before = of_call("preToolUse", 1, json!({}));
            return vec![before, shell("beforeShellExecution", 1)];
        }
        After(1) => {
            let after = of_call(
                "postToolUse",
                1,
                json!({"tool_output": "{\"output\":\"x\"}"}),
            );
            return vec![shell("afterShellExecution", 1), after];
        }
        Before(n) => of_call("preToolUse", n, json!({})),
        After(n) => of_call(
            "postToolUse",
            n,
            json!({"tool_output": "{\"output\":\"x\"}"}),
        ),
        Failed(n) => failed(n, "error"),
        Interrupted(n) => failed(n, "timeout"),
        Denied(n) | DeniedByHand(n) => failed(n, "permission_denied"),
        SubagentStart => {
            let more =
                json!({"subagent_id": "sub", "subagent_type": "explore", "tool_call_id": "call_3"});
            event("subagentStart", more)
        }
        SubagentStop => event(
            "subagentStop",
            json!({"subagent_id": "sub", "status": "completed"}),
        ),
        TurnEnd => event("stop", json!({"status": "completed"})),
        End => event("sessionEnd", json!({"reason": "completed"})),
        Batch(_) | Garbage => return Vec::new(),
    }]
}

/// Copilot's camelCase does not name its event. Of what was refused it says nothing more.
fn copilot(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let event = |name: &'static str, more: Value| {
        let base = json!({"sessionId": "s", "timestamp": 1_795_341_600_123_u64, "cwd": "/shop"});
        (Some(name), merged(base, more))
    };
    let of_call = |name: &'static str, number: u8, more: Value| {
        let (tool, input, _) = call(number);
        event(
            name,
            merged(json!({"toolName": tool, "toolArgs": input}), more),
        )
    };
    let result = |kind: &str| json!({"toolResult": {"resultType": kind, "textResultForLlm": "x"}});
    vec![match step {
        Start => event("sessionStart", json!({"source": "new"})),
        Prompt => event("userPromptSubmitted", json!({"prompt": "Go"})),
        Before(n) => of_call("preToolUse", n, json!({})),
        After(n) => of_call("postToolUse", n, result("success")),
        Failed(n) => of_call("postToolUseFailure", n, json!({"error": "no"})),
        Denied(n) | DeniedByHand(n) => of_call("permissionRequest", n, json!({})),
        SubagentStart => event("subagentStart", json!({"agentName": "explore"})),
        SubagentStop => event("subagentStop", json!({"agentName": "explore"})),
        TurnEnd => event("agentStop", json!({"stopReason": "end_turn"})),
        End => event("sessionEnd", json!({"reason": "complete"})),
        Interrupted(_) | Batch(_) | Garbage => return Vec::new(),
    }]
}

/// Copilot's other dialect: Claude Code's names, and a time.
fn copilot_in_capitals(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let event = |name: &str, more: Value| {
        let base = json!({"session_id": "s", "timestamp": "2026-11-22T10:00:00.123Z",
            "cwd": "/shop", "hook_event_name": name});
        (None, merged(base, more))
    };
    let of_call = |name: &str, number: u8, more: Value| {
        let (tool, input, _) = call(number);
        event(
            name,
            merged(json!({"tool_name": tool, "tool_input": input}), more),
        )
    };
    let result = json!({"tool_result": {"result_type": "success", "text_result_for_llm": "x"}});
    vec![match step {
        Start => event("SessionStart", json!({"source": "new"})),
        Prompt => event("UserPromptSubmit", json!({"prompt": "Go"})),
        Before(n) => of_call("PreToolUse", n, json!({})),
        After(n) => of_call("PostToolUse", n, result),
        Failed(n) => of_call("PostToolUseFailure", n, json!({"error": "no"})),
        Denied(n) | DeniedByHand(n) => of_call("PermissionRequest", n, json!({})),
        SubagentStart => event("SubagentStart", json!({"agent_name": "explore"})),
        SubagentStop => event("SubagentStop", json!({"agent_name": "explore"})),
        TurnEnd => event("Stop", json!({"stop_reason": "end_turn"})),
        End => event("SessionEnd", json!({"reason": "complete"})),
        Interrupted(_) | Batch(_) | Garbage => return Vec::new(),
    }]
}

fn opencode(step: Step) -> Vec<(Option<&'static str>, Value)> {
    let event = |name: &str, more: Value| {
        let base = json!({"hook_event_name": name, "sessionID": "s", "cwd": "/shop"});
        (None, merged(base, more))
    };
    let of_call = |name: &str, number: u8, more: Value| {
        let (tool, input, id) = call(number);
        event(
            name,
            merged(json!({"tool": tool, "callID": id, "args": input}), more),
        )
    };
    vec![match step {
        Start => event("session.created", json!({})),
        Prompt => event("chat.message", json!({"prompt": "Go"})),
        Before(n) => of_call("tool.execute.before", n, json!({})),
        After(n) => of_call(
            "tool.execute.after",
            n,
            json!({"output": "x", "metadata": {"exit": 0}}),
        ),
        Failed(n) => of_call(
            "tool.execute.after",
            n,
            json!({"output": "", "metadata": {"exit": 1}}),
        ),
        Denied(n) | DeniedByHand(n) => {
            let ask = of_call("permission.ask", n, json!({"status": "ask"}));
            return vec![ask, of_call("permission.rejected", n, json!({}))];
        }
        TurnEnd => event("session.idle", json!({})),
        End => event("session.deleted", json!({})),
        Interrupted(_) | Batch(_) | SubagentStart | SubagentStop | Garbage => return Vec::new(),
    }]
}

fn replay(agent: Agent, dialect: Dialect) -> Sandbox {
    let sandbox = Sandbox::new();
    let args = ["hook", "--agent", agent.as_str(), "--log", "log.jsonl"];
    for step in SESSION {
        let events = dialect(*step);
        for (name, event) in &events {
            let named = name.map(|name| ["--event", name]);
            let args = args.into_iter().chain(named.into_iter().flatten());
            let run = sandbox.run_with(args, event.to_string()).status(0);
            assert_eq!(run.stderr, "", "{agent:?} {step:?}");
            let expected = answer(agent, Some(event_name(*name, event)));
            assert_eq!(run.stdout, expected, "{agent:?} {step:?}");
        }
        if *step == Garbage {
            let run = sandbox.run_with(args, "{\"tool_name\":").status(0);
            assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        }
    }
    sandbox
}

fn event_name<'a>(named: Option<&'a str>, event: &'a Value) -> &'a str {
    named
        .or_else(|| event["hook_event_name"].as_str())
        .unwrap_or_default()
}

/// What the log lists: the kind, the tool, and the call's id where the agent has one.
fn unresolved(sandbox: &Sandbox) -> Vec<String> {
    let run: Run = sandbox.run(["log", "--unresolved", "--json", "log.jsonl"]);
    let run = run.status(1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let log = &document["logs"][0];
    assert_eq!(log["outcomes_only"], json!([]), "{document}");
    let entries = log["unresolved"].as_array().unwrap();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or("-").to_owned();
    let mut listed: Vec<String> = entries
        .iter()
        .map(|entry| {
            let words = [
                text(entry, "kind"),
                text(entry, "tool"),
                text(entry, "call_id"),
            ];
            words.join(" ")
        })
        .collect();
    listed.sort();
    listed
}

#[test]
fn what_is_unresolved_is_what_went_wrong() {
    let agents: [(Agent, Dialect, &[&str]); 7] = [
        (
            Agent::ClaudeCode,
            claude,
            &[
                "lost-event - -",
                "never-arrived WebFetch call_11",
                "no-intent Glob call_10",
                "no-outcome Edit call_9",
                "no-outcome Write call_8",
            ],
        ),
        (
            Agent::Codex,
            codex,
            &[
                "lost-event - -",
                "no-intent Glob call_10",
                "no-outcome Bash call_6",
                "no-outcome Bash call_7",
                "no-outcome Edit call_9",
                "no-outcome Write call_8",
            ],
        ),
        (
            Agent::Copilot,
            copilot,
            &[
                "lost-event - -",
                "no-intent Glob -",
                "no-outcome Bash -",
                "no-outcome Bash -",
                "no-outcome Edit -",
                "no-outcome Write -",
            ],
        ),
        (
            Agent::Copilot,
            copilot_in_capitals,
            &[
                "lost-event - -",
                "no-intent Glob -",
                "no-outcome Bash -",
                "no-outcome Bash -",
                "no-outcome Edit -",
                "no-outcome Write -",
            ],
        ),
        (
            Agent::Cursor,
            cursor,
            &[
                "lost-event - -",
                "no-intent Glob call_10",
                "no-outcome Edit call_9",
            ],
        ),
        (
            Agent::Gemini,
            gemini,
            &[
                "lost-event - -",
                "no-intent Glob -",
                "no-outcome Bash -",
                "no-outcome Bash -",
                "no-outcome Edit -",
                "no-outcome Write -",
            ],
        ),
        (
            Agent::OpenCode,
            opencode,
            &[
                "lost-event - -",
                "no-intent Glob call_10",
                "no-outcome Bash call_6",
                "no-outcome Edit call_9",
            ],
        ),
    ];
    for (agent, dialect, expected) in agents {
        let sandbox = replay(agent, dialect);
        assert_eq!(unresolved(&sandbox), expected, "{agent:?}");
        let page = ["report", "log.jsonl", "-o", "page.html"];
        let _ = sandbox.run(page).status(0);
        let said = said_by_scripts(&sandbox.path(""));
        let joined = r#""difference":null,"contradiction":null"#;
        assert!(said[0].contains(joined), "{agent:?}: {}", said[0]);
        assert!(!sandbox.records("log.jsonl").is_empty());
    }
}
