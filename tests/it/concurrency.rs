//! Many writers on one log.

use std::{collections::BTreeSet, thread};

use crate::harness::{Run, Sandbox, text};

#[test]
fn forty_processes_append_to_one_chain_and_nothing_is_lost() {
    let sandbox = Sandbox::new();
    let children: Vec<_> = (0..40)
        .map(|index| {
            let mut command = sandbox.command(["hook"]);
            command.env("SEALSTONE_LOG", "a.jsonl");
            let event = format!("{{\"tool_name\":\"Bash\",\"session_id\":\"s{index}\"}}");
            thread::spawn(move || Run::of(command, event.as_bytes()))
        })
        .collect();
    for child in children {
        let _ = child.join().unwrap().status(0);
    }
    let sessions: BTreeSet<String> = sandbox
        .records("a.jsonl")
        .iter()
        .map(|record| text(record, "/session_id").unwrap().to_owned())
        .collect();
    assert_eq!(sessions.len(), 40);
    // Times are taken under the lock, so their order is the chain's.
    let _ = sandbox.run(["verify", "--strict", "a.jsonl"]).status(0);
}

#[test]
fn streams_and_single_records_take_turns() {
    let sandbox = Sandbox::new();
    let drafts = "{\"note\":1}\n".repeat(200);
    let mut writers = Vec::new();
    for durability in ["always", "batch", "never"] {
        let command = sandbox.command(["record", "-o", "a.jsonl", "--sync", durability]);
        let drafts = drafts.clone();
        writers.push(thread::spawn(move || Run::of(command, drafts.as_bytes())));
    }
    for _ in 0..20 {
        let mut command = sandbox.command(["hook"]);
        command.env("SEALSTONE_LOG", "a.jsonl");
        writers.push(thread::spawn(move || {
            Run::of(command, b"{\"tool_name\":\"Bash\"}")
        }));
    }
    for writer in writers {
        let _ = writer.join().unwrap().status(0);
    }
    assert_eq!(sandbox.records("a.jsonl").len(), 620);
    let _ = sandbox.run(["verify", "--strict", "a.jsonl"]).status(0);
}
