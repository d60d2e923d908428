//! Every event of every agent becomes the record that `testdata/hook` has for it, and every answer is the one
//! that changes nothing.

use std::{collections::BTreeSet, fs, path::PathBuf};

use sealstone::{
    hook::{Agent, Event, Messages, Says, Setup},
    json::{self, Object, Value},
    record::build::{Prepared, Summaries},
};

use crate::harness::{answer, object};

/// Writes what is expected anew if this is set: for whoever changed it on purpose and looks at the difference.
const BLESS: &str = "SEALSTONE_BLESS";

fn folder(agent: Agent) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata/hook", agent.as_str()]
        .iter()
        .collect()
}

/// The events of an agent: what its command line says of the name, and what it pipes.
fn events(agent: Agent) -> Vec<(Option<String>, Vec<u8>)> {
    let lines = fs::read_to_string(folder(agent).join("events.jsonl")).unwrap();
    let event = |line: &str| {
        let line = object(line);
        let mut payload = String::new();
        json::write(line.get("payload").unwrap(), &mut payload);
        (line.str("event").map(str::to_owned), payload.into_bytes())
    };
    lines.lines().map(event).collect()
}

fn record(event: Event, setup: &Setup) -> Object {
    let (draft, notes) = event.draft(setup).unwrap();
    assert_eq!(notes, [""; 0]);
    Prepared::new(draft, Summaries::Keep).stamp(String::new(), String::new())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is this test's own variable")]
fn every_event_becomes_the_record_that_is_expected() {
    for agent in Agent::ALL.iter().copied() {
        let mut found = String::new();
        for (name, payload) in events(agent) {
            let event = Event::read(&payload, Some(agent), name.as_deref()).unwrap();
            json::write(&record(event, &Setup::default()).into(), &mut found);
            found.push('\n');
        }
        let path = folder(agent).join("records.jsonl");
        if std::env::var_os(BLESS).is_some() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "{agent:?}");
        }
        assert_eq!(found.lines().count(), expected.lines().count());
    }
}

#[test]
fn every_event_that_is_known_has_a_fixture_and_one_that_is_not_is_recorded() {
    for agent in Agent::ALL.iter().copied() {
        let mut missing: BTreeSet<&str> = agent.events().iter().map(|kind| kind.name).collect();
        let mut unknown = 0;
        for (name, payload) in events(agent) {
            let event = Event::read(&payload, Some(agent), name.as_deref()).unwrap();
            missing.remove(event.name());
            unknown += usize::from(event.says().is_none());
        }
        assert_eq!(missing, BTreeSet::new(), "{agent:?}");
        assert_eq!(unknown, 1, "{agent:?}");
    }
}

#[test]
fn the_agent_is_told_by_its_event() {
    for agent in Agent::ALL.iter().copied() {
        for (name, payload) in events(agent) {
            let event = Event::read(&payload, None, name.as_deref()).unwrap();
            let text = String::from_utf8_lossy(&payload);
            assert_eq!(event.agent(), agent, "{text}");
        }
    }
}

#[test]
fn prompts_and_messages_are_hash_and_length_unless_asked_for() {
    let mut messages = 0;
    for agent in Agent::ALL.iter().copied() {
        for (name, payload) in events(agent) {
            let read = || Event::read(&payload, Some(agent), name.as_deref()).unwrap();
            let Some(Says::Message { text, .. }) = read().says() else {
                continue;
            };
            let Some(said) = read().text(text).map(str::to_owned) else {
                continue;
            };
            let shown = |messages| {
                let setup = Setup {
                    messages,
                    ..Setup::default()
                };
                let record = record(read(), &setup);
                let mut line = String::new();
                json::write(&record.clone().into(), &mut line);
                let input = record.object("action").unwrap().object("input").unwrap();
                let extension = record.object("sealstone").unwrap();
                let hash = input.str("hash").unwrap().to_owned();
                (line, hash, extension.get("chars").cloned())
            };
            let (line, hash, chars) = shown(Messages::Hash);
            assert!(!line.contains(&said) && !line.contains("summary"), "{line}");
            let expected = sealstone::input_hash::input_hash(&Value::from(said.as_str()));
            assert_eq!(hash, expected.prefixed());
            let count = i64::try_from(said.chars().count()).unwrap();
            assert_eq!(chars, Some(Value::from(count)));
            let (line, same, _) = shown(Messages::Summary);
            assert!(line.contains("\"summary\""), "{line}");
            assert_eq!(hash, same);
            messages += 1;
        }
    }
    assert!(messages > 20, "{messages}");
}

/// What each agent is answered at each of its events, at one that is unknown and at none (FORMAT.md,
/// "Answers").
#[test]
fn the_answers_change_nothing() {
    for agent in Agent::ALL.iter().copied() {
        for kind in agent.events() {
            let name = Some(kind.name);
            assert_eq!(agent.answer(name), answer(agent, name), "{}", kind.name);
        }
        for unknown in [None, Some("SomethingNew")] {
            assert_eq!(agent.answer(unknown), answer(agent, None));
        }
    }
}
