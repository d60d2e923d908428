//! What goes in comes out again, whatever the settings look like.

use proptest::prelude::*;

use super::*;
use crate::hook::Selection;

const GROUPED: &[Agent] = &[Agent::ClaudeCode, Agent::Codex, Agent::Gemini];
const FLAT: &[Agent] = &[Agent::Cursor, Agent::Copilot];

fn wanted(agent: Agent, selection: Selection, log: Option<&str>) -> Vec<Wanted> {
    Wanted::of(agent, selection.events(agent), "sealstone", log)
}

/// Installs everything, then less and with another log, then everything; each twice. Then uninstalls.
#[track_caller]
fn there_and_back(text: &str, agent: Agent) {
    let all = wanted(agent, Selection::All, None);
    let fewer = wanted(agent, Selection::Outcomes, Some("/a \"b\"/c.jsonl"));
    let installed = install(Some(text), agent, &all, None).unwrap();
    let found = entries(&installed, agent, None).unwrap();
    assert_eq!(found.len(), all.len(), "{text}\n{installed}");
    let mut next = installed.clone();
    for wanted in [&all, &fewer, &fewer, &all] {
        let before = next.clone();
        next = install(Some(&next), agent, wanted, None).unwrap();
        let found = entries(&next, agent, None).unwrap();
        assert_eq!(found.len(), wanted.len(), "{next}");
        for wanted in wanted {
            let is_it = |found: &&Entry| found.event == wanted.event.name;
            let line = found.iter().find(is_it).map(|found| &*found.line);
            assert_eq!(line, Some(&*wanted.command), "{next}");
        }
        let again = install(Some(&next), agent, wanted, None).unwrap();
        assert_eq!(next, again, "installed twice, from {before}");
        let back = uninstall(&next, agent, None).unwrap();
        assert_eq!(back.as_deref(), Some(text), "{}: {next}", agent.as_str());
    }
}

const ODD: &[&str] = &[
    "",
    "\n",
    "\r\n  \r\n",
    "\u{FEFF}",
    "\u{FEFF}{}",
    "// nothing yet",
    "// nothing yet\n",
    "/* nothing */",
    "{}",
    "{}\n",
    "{ }\n",
    "{\n}\n",
    "{\r\n}\r\n",
    "{ /* hooks go here */ }",
    "{\n  // hooks go here\n}\n",
    "{\"model\":\"opus\"}",
    "{\"model\":\"opus\",}",
    "{\"model\": \"opus\"} // end",
    "{\"model\":\"opus\" /* why */}",
    "{\"model\":\"opus\" // why\n}",
    "{\"model\":\"opus\", // why\n}",
    "{\n  \"model\": \"opus\"\n}",
    "{\n\t\"model\": \"opus\",\n\t\"a\": {\n\t\t\"b\": []\n\t}\n}\n",
    "{\n    \"a\": {\"b\": 1}, // first\n    \"c\": [1,\n 2] /* last */ // of all\n    // behind\n}\n",
    "{\r\n  \"a\": 1,\r\n  \"c\": 2,\r\n}\r\n",
    "{\n  \"hooks\": {}\n}\n",
    "{\"hooks\":{}}",
    "{\"hooks\": { }, \"version\": 1}",
    "{\"version\":1}",
    "{\"version\": 1, \"hooks\": {}}",
    "{\"hooks\":{\"PreToolUse\":[],\"preToolUse\":[ ],\"BeforeTool\":[\n]}}",
    "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"x\"}]}]}}",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"Bash\",\n        \"hooks\": [\n          { \"type\": \"command\", \"command\": \"sealstone hooks\" },\n        ],\n      }, // the guard\n    ],\n    \"Stop\": [\n      /* none */\n    ],\n    \"stop\": [{\"command\": \"./audit.sh\"}]\n  },\n  \"z\": null\n}\n",
    "{\"hooks\":{\"disabled\":[\"x\"],\"enabled\":true}}",
    "{\"a\":1,\r\"b\":2}",
    "{\"ü\u{2028}\": \"\\ud83d\\ude42 \u{1F642}\"}",
];

#[test]
fn odd_settings_come_back_byte_for_byte() {
    for text in ODD {
        for agent in GROUPED.iter().chain(FLAT) {
            there_and_back(text, *agent);
        }
    }
}

#[test]
fn what_install_made_is_gone_afterwards() {
    for agent in GROUPED.iter().chain(FLAT) {
        let all = wanted(*agent, Selection::All, None);
        let text = install(None, *agent, &all, None).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(install(Some(&text), *agent, &all, None).unwrap(), text);
        assert_eq!(uninstall(&text, *agent, None).unwrap(), None, "{text}");
        // Somebody else's addition stays, and nothing of ours.
        let more = text.replacen('{', "{\n  \"theirs\": 1,", 1);
        let left = uninstall(&more, *agent, None).unwrap().unwrap();
        assert_eq!(left, "{\n  \"theirs\": 1\n}\n", "{text}");
    }
}

#[test]
fn what_somebody_else_may_have_made_is_emptied_and_stays() {
    for agent in GROUPED {
        let event = Selection::Outcomes.events(*agent).next().unwrap().name;
        for (text, left) in [
            ("{\"hooks\":{\"E\":[{\"hooks\":[H]}]}}\n", "{}\n"),
            ("{\"hooks\":{\"E\":[{\"hooks\":[H]}]}}", "{}"),
            (
                "// mine\n{\"hooks\": {\"E\": [{\"hooks\": [H]}]}}\n",
                "// mine\n{}\n",
            ),
            (
                "{\n  \"hooks\": {\n    \"Other\": [{\"hooks\": [H]}]\n  }\n}\n",
                "{}\n",
            ),
        ] {
            let handler = "{\"type\": \"command\", \"command\": \"sealstone hook\"}";
            let text = text.replace('E', event).replace('H', handler);
            let back = uninstall(&text, *agent, None).unwrap();
            assert_eq!(back.as_deref(), Some(left), "{text}");
        }
    }
    // Whatever was installed one after the other.
    for agent in GROUPED.iter().chain(FLAT) {
        let mut text = None;
        for (selection, log) in [
            (Selection::Outcomes, None),
            (Selection::All, Some("/a b")),
            (Selection::Outcomes, Some("/c")),
            (Selection::All, None),
        ] {
            let wanted = wanted(*agent, selection, log);
            text = Some(install(text.as_deref(), *agent, &wanted, None).unwrap());
            let back = uninstall(text.as_deref().unwrap(), *agent, None).unwrap();
            assert_eq!(back, None, "{text:?}");
        }
    }
}

#[test]
fn the_entries_are_the_agents_own() {
    let line = |agent, event: &str| {
        let all = wanted(agent, Selection::All, None);
        let text = install(None, agent, &all, None).unwrap();
        let line = text.lines().find(|line| line.contains(event)).unwrap();
        line.trim().trim_end_matches(',').to_owned()
    };
    assert_eq!(
        line(Agent::ClaudeCode, "\"PreToolUse\""),
        r#""PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "sealstone hook --agent claude-code", "timeout": 10}]}]"#
    );
    assert_eq!(
        line(Agent::ClaudeCode, "\"Stop\""),
        r#""Stop": [{"hooks": [{"type": "command", "command": "sealstone hook --agent claude-code", "timeout": 10}]}]"#
    );
    assert_eq!(
        line(Agent::Codex, "\"PreToolUse\""),
        r#""PreToolUse": [{"matcher": ".*", "hooks": [{"type": "command", "command": "sealstone hook --agent codex", "timeout": 10}]}]"#
    );
    assert_eq!(
        line(Agent::Gemini, "\"BeforeTool\""),
        r#""BeforeTool": [{"matcher": ".*", "hooks": [{"type": "command", "command": "sealstone hook --agent gemini-cli", "timeout": 10000}]}]"#
    );
    assert_eq!(
        line(Agent::Cursor, "\"preToolUse\""),
        r#""preToolUse": [{"command": "sealstone hook --agent cursor", "timeout": 10}]"#
    );
    assert_eq!(
        line(Agent::Copilot, "\"preToolUse\""),
        r#""preToolUse": [{"type": "command", "bash": "sealstone hook --agent copilot-cli --event preToolUse", "timeoutSec": 10}]"#
    );
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_place() {
    for (text, place) in [
        ("{", "line 1, column 1: unterminated object"),
        ("{\n  \"a\": tru\n}", "line 2, column 8: unexpected word"),
        ("[]", "line 1, column 1: the settings are not an object"),
        (
            "{}{}",
            "line 1, column 3: text cannot contain more than one json value",
        ),
        (
            "{'a': 1}",
            "line 1, column 2: single-quoted strings are not allowed",
        ),
        ("{a: 1}", "line 1, column 2: "),
        ("{\"a\": 1 \"b\": 2}", "line 1, column 8: "),
        (
            "{\"hooks\": []}",
            "line 1, column 11: `hooks` is not an object",
        ),
        (
            "{\"hooks\": {\"Stop\": {}}}",
            "line 1, column 20: `hooks.Stop` is not an array",
        ),
        (
            "{\"hooks\": {},\n \"hooks\": {}}",
            "line 2, column 2: `hooks` stands twice",
        ),
    ] {
        let all = wanted(Agent::ClaudeCode, Selection::All, None);
        let error = install(Some(text), Agent::ClaudeCode, &all, None).unwrap_err();
        assert!(error.to_string().starts_with(place), "{text}: {error}");
        assert!(uninstall(text, Agent::ClaudeCode, None).is_err());
    }
    let deep = "[".repeat(100_000);
    assert!(entries(&deep, Agent::Codex, None).is_err());
}

#[test]
fn only_our_handler_leaves_a_group_that_others_share() {
    let theirs = r#"{"type":"command","command":"./guard.sh"}"#;
    for ours in [
        r#"{"type":"command","command":"sealstone hook"}"#,
        r#"{"type":"command","command":"/opt/sealstone","args":["hook","--agent","claude"]}"#,
    ] {
        let text = format!(
            r#"{{"hooks":{{"PostToolUse":[{{"matcher":"Bash","hooks":[{theirs},{ours}]}}]}}}}"#
        );
        let alone = text.replace(&format!(",{ours}"), "");
        let back = uninstall(&text, Agent::ClaudeCode, None).unwrap();
        assert_eq!(back.as_deref(), Some(&*alone));
        let all = wanted(Agent::ClaudeCode, Selection::Outcomes, None);
        let next = install(Some(&text), Agent::ClaudeCode, &all, None).unwrap();
        assert_eq!(
            entries(&next, Agent::ClaudeCode, None).unwrap().len(),
            all.len()
        );
        let back = uninstall(&next, Agent::ClaudeCode, None).unwrap();
        assert_eq!(back.as_deref(), Some(&*alone));
    }
}

#[test]
fn what_another_program_laid_out_anew_is_still_ours() {
    let all = wanted(Agent::ClaudeCode, Selection::All, None);
    let text = install(Some("{\"model\": \"opus\"}"), Agent::ClaudeCode, &all, None).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let laid_out = serde_json::to_string_pretty(&value).unwrap();
    let next = install(Some(&laid_out), Agent::ClaudeCode, &all, None).unwrap();
    assert_eq!(next, laid_out);
    let back = uninstall(&next, Agent::ClaudeCode, None).unwrap();
    assert_eq!(back.as_deref(), Some("{\n  \"model\": \"opus\"\n}"));
}

/// What may stand between two tokens; a comment up to the end of a line brings its end.
fn gap() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just(String::new()),
        2 => Just(" ".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\n\t".to_owned()),
        1 => Just("\n    ".to_owned()),
        1 => Just("\r\n  ".to_owned()),
        1 => Just("/* c, ] } */".to_owned()),
        1 => Just("/* two\n lines */".to_owned()),
        1 => Just("// c { [ \n".to_owned()),
    ];
    prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn joined(open: char, members: &[(String, String, String)], end: &str, close: char) -> String {
    let mut text = String::from(open);
    for (index, (before, member, behind)) in members.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.extend([before.as_str(), member, behind]);
    }
    if !members.is_empty() && end.len() % 2 == 1 {
        text.push(',');
    }
    text.push_str(end);
    text.push(close);
    text
}

fn array(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let members = prop::collection::vec((gap(), value, gap()), 0..4);
    (members, gap()).prop_map(|(members, end)| joined('[', &members, &end, ']'))
}

fn object(
    keys: &'static [&'static str],
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    let members = prop::collection::vec((gap(), gap(), value, gap()), 0..4);
    (members, gap(), 0..keys.len()).prop_map(move |(members, end, first)| {
        let keys = keys.iter().cycle().skip(first);
        let members: Vec<_> = members
            .into_iter()
            .zip(keys)
            .map(|((before, middle, value, behind), key)| {
                (before, format!("\"{key}\":{middle}{value}"), behind)
            })
            .collect();
        joined('{', &members, &end, '}')
    })
}

fn settings() -> impl Strategy<Value = String> {
    let leaf = || {
        prop_oneof![
            Just("1"),
            Just("null"),
            Just("\"x // y\""),
            Just("[]"),
            Just("{}")
        ]
    };
    let handler = object(
        &["type", "command", "timeout"],
        leaf().prop_map(str::to_owned),
    );
    let group = object(&["matcher", "hooks", "x"], array(handler));
    let names = &["PreToolUse", "Stop", "Other", "preToolUse", "stop"];
    let hooks = object(names, array(group));
    let root = (
        hooks,
        object(&["version", "model", "env"], leaf().prop_map(str::to_owned)),
        0..3_u8,
    );
    let root = root.prop_map(|(hooks, other, how)| {
        let inside = other.trim_start_matches('{');
        match how {
            0 => other,
            1 if inside.contains(':') => format!("{{\"hooks\": {hooks},{inside}"),
            _ => format!("{{\"hooks\":{hooks}}}"),
        }
    });
    (gap(), root, gap()).prop_map(|(before, root, behind)| format!("{before}{root}{behind}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn settings_of_any_layout_come_back_byte_for_byte(
        text in settings(),
        agent in prop::sample::select(vec![Agent::ClaudeCode, Agent::Cursor]),
    ) {
        there_and_back(&text, agent);
    }

    #[test]
    fn nothing_makes_it_panic(text in ".{0,200}") {
        let all = wanted(Agent::ClaudeCode, Selection::All, None);
        drop(install(Some(&text), Agent::ClaudeCode, &all, None));
        drop(uninstall(&text, Agent::ClaudeCode, None));
    }
}
