//! The recorder is killed at random points, two hundred times.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::Stdio,
    thread,
};

use crate::harness::{Sandbox, object};

const KILLS: usize = 200;

/// Numbers that look random and are the same every time.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn every_acknowledged_record_survives_and_the_chain_verifies() {
    let sandbox = Sandbox::new();
    let mut random = Sequence(42);
    let mut acknowledged = BTreeSet::new();
    for kill in 0..KILLS {
        // Two recorders at a time: the second one is the load, and what a crash must not harm.
        let mut other = sandbox
            .command(["record", "-o", "a.jsonl", "--ack", "--sync", "never"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut child = sandbox
            .command(["record", "-o", "a.jsonl", "--ack", "--sync", "always"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let feeders: Vec<_> = [&mut other, &mut child]
            .map(|child| {
                let mut stdin = child.stdin.take().unwrap();
                thread::spawn(move || {
                    for number in 0..2000 {
                        let draft = format!(
                            "{{\"kill\":{kill},\"number\":{number},\"input\":{{\"n\":{number}}}}}\n"
                        );
                        if stdin.write_all(draft.as_bytes()).is_err() {
                            break;
                        }
                    }
                })
            })
            .into();
        let enough = random.below(25);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..enough {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                break;
            }
            acknowledged.insert(object(line.trim_end()).str("record_id").unwrap().to_owned());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What was acknowledged before the kill arrived counts as well; the last line may be cut off.
        for line in stdout
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.ends_with('}'))
        {
            acknowledged.insert(object(line).str("record_id").unwrap().to_owned());
        }
        other.kill().unwrap();
        other.wait().unwrap();
        for feeder in feeders {
            feeder.join().unwrap();
        }
    }
    // The next writer repairs what the last crash may have left.
    let _ = sandbox
        .run_with(["record", "-o", "a.jsonl"], "{}")
        .status(0);
    let kept: BTreeSet<String> = sandbox
        .records("a.jsonl")
        .iter()
        .map(|record| record.str("record_id").unwrap().to_owned())
        .collect();
    assert!(
        acknowledged.len() > KILLS,
        "too few to say anything: {}",
        acknowledged.len()
    );
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(
        lost.is_empty(),
        "{} of {} lost",
        lost.len(),
        acknowledged.len()
    );
}
