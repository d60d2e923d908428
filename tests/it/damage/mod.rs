//! What is said of damaged logs: `sealstone::damage` against a generator of damage, `verify --explain`.

mod deeds;

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use sealstone::{
    damage::{self, Base, Damage, Explanation, Kind},
    digest::Digest,
    json::Value,
    verify::{Code, Seal, Survey, Verdict, Verifier},
};

use self::deeds::{Found, LOCAL_DEEDS, Log, altered, deeds};
use crate::harness::{Sandbox, at, object, text};

fn verdict(log: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.log(log);
    verifier.finish()
}

/// Explains a log, and checks what must hold of every explanation.
fn explained(log: &[u8]) -> Explanation {
    let survey = Survey::of(log);
    let explanation = damage::explain(&survey);
    let verdict = verdict(log);
    let is_unreadable = |code: Code| {
        matches!(
            code,
            Code::TornLine | Code::NotJson | Code::NotUtf8 | Code::TooDeep | Code::IntegerTooLong
        )
    };
    let breaks = verdict
        .findings
        .iter()
        .any(|finding| finding.code.breaks_chain() || is_unreadable(finding.code));
    assert_eq!(breaks, !explanation.is_intact(), "{verdict:#?}");
    if !breaks {
        let runs = usize::from(verdict.records > 0);
        assert_eq!(explanation.runs.len(), runs);
        assert_eq!(
            explanation.provable().map(|run| run.records),
            Some(verdict.records).filter(|n| *n > 0)
        );
    }
    check_runs(&survey, &explanation);
    check_damages(&survey, &explanation);
    if let Some(run) = explanation.provable() {
        let end = usize::try_from(run.bytes.end).unwrap();
        let provable = self::verdict(&log[..end]);
        assert_eq!(provable.first_break, None);
        assert_eq!(
            (provable.records, provable.holds_to),
            (run.last_record, run.last_record)
        );
        assert!(run.last_record <= verdict.holds_to);
    }
    explanation
}

/// Runs do not overlap, and each holds by itself; every record that holds is in one, or is a copy.
fn check_runs(survey: &Survey, explanation: &Explanation) {
    let mut copies = BTreeSet::new();
    for damage in explanation
        .damages
        .iter()
        .filter(|damage| damage.kind == Kind::Duplicated)
    {
        copies.extend(damage.first_record..=damage.last_record);
    }
    let mut runs = explanation.runs.iter().peekable();
    let mut before = None;
    for (number, entry) in (1..).zip(&survey.entries) {
        let run = runs.peek().filter(|run| run.first_record <= number);
        let Seal::Holds { prev_hash, hash } = &entry.seal else {
            assert!(run.is_none(), "record {number}");
            continue;
        };
        assert_eq!(run.is_none(), copies.contains(&number), "record {number}");
        let Some(run) = run else { continue };
        if number == run.first_record {
            let genesis = *prev_hash == Digest::GENESIS;
            assert_eq!(
                genesis,
                matches!(run.base, Base::Beginning | Base::OtherBeginning)
            );
            assert_eq!(run.base == Base::Beginning, genesis && number == 1);
            assert_eq!(
                (run.first_line, run.bytes.start),
                (entry.line, entry.bytes.start)
            );
        } else {
            assert_eq!(Some(prev_hash), before);
        }
        before = Some(hash);
        if number == run.last_record {
            assert_eq!(run.head, *hash);
            assert_eq!(
                (run.last_line, run.bytes.end),
                (entry.line, entry.bytes.end)
            );
            assert_eq!(run.records, run.last_record - run.first_record + 1);
            runs.next();
        }
    }
    assert_eq!(runs.next(), None);
}

/// Damages are in order, every record that does not hold is in one, none is in the provable run.
fn check_damages(survey: &Survey, explanation: &Explanation) {
    let mut covered = BTreeSet::new();
    let mut last = 0;
    for damage in &explanation.damages {
        assert!(damage.first_record >= last.max(1) && damage.last_record >= damage.first_record);
        last = damage.first_record;
        assert!(!damage.certain.is_empty());
        assert_eq!(damage.missing_min.is_some(), damage.kind == Kind::Removed);
        if damage.kind != Kind::Removed {
            for record in damage.first_record..=damage.last_record {
                assert!(covered.insert(record), "{damage:?}");
            }
        }
    }
    for (number, entry) in (1..).zip(&survey.entries) {
        let holds = matches!(entry.seal, Seal::Holds { .. });
        assert!(holds || covered.contains(&number), "record {number}");
    }
    let provable = explanation.provable().map_or(0, |run| run.last_record);
    let first = explanation
        .damages
        .first()
        .map(|damage| damage.first_record);
    assert!(
        first.is_none_or(|first| provable < first),
        "{explanation:#?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_single_deed_is_named_with_its_records(deed in deeds(), n in 8..30_usize, seed in 0..50_u64) {
        let mut log = Log::new(n, seed);
        let expected = deed.act(&mut log);
        let explanation = explained(&log.bytes());
        let is = |damages: &[Found]| {
            damages.len() == explanation.damages.len()
                && damages.iter().zip(&explanation.damages).all(|(found, damage)| found.is(damage))
        };
        let is_either = is(&expected.damages) || expected.or.as_deref().is_some_and(is);
        prop_assert!(is_either, "{:#?}\n{:#?}", expected, explanation);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn of_several_deeds_none_is_taken_for_intact(
        deeds in prop::collection::vec(deeds(), 2..6), n in 8..30_usize, seed in 0..50_u64,
    ) {
        let mut log = Log::new(n, seed);
        for deed in deeds {
            if log.lines.len() < 4 {
                break;
            }
            let _ = deed.act(&mut log);
        }
        let _ = explained(&log.bytes());
    }

    #[test]
    fn of_changed_bytes_none_is_taken_for_intact(
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6), seed in 0..50_u64,
    ) {
        let mut log = Log::new(6, seed).bytes();
        for (at, byte) in changes {
            let at = at.index(log.len());
            log[at] = byte;
        }
        let _ = explained(&log);
    }
}

#[test]
fn two_deeds_apart_are_both_named() {
    for first in LOCAL_DEEDS {
        for second in LOCAL_DEEDS {
            let mut log = Log::new(40, 3);
            // The one further behind first, so that the other finds its place.
            let behind = second(&mut log.lines, 22).damages;
            let length = log.lines.len();
            let before = first(&mut log.lines, 8).damages;
            let shifted = |number: usize| (number + log.lines.len() - length) as u64;
            let of = |found: &Found| (found.kind, found.first as u64, found.last as u64);
            let of_shifted =
                |found: &Found| (found.kind, shifted(found.first), shifted(found.last));
            let expected: Vec<_> = before
                .iter()
                .map(of)
                .chain(behind.iter().map(of_shifted))
                .collect();
            let explanation = explained(&log.bytes());
            let of = |damage: &Damage| (damage.kind, damage.first_record, damage.last_record);
            let found: Vec<_> = explanation.damages.iter().map(of).collect();
            assert_eq!(found, expected, "{explanation:#?}");
        }
    }
}

#[test]
fn every_conformance_vector_is_explained() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/vectors");
    let mut damaged = 0;
    for vector in std::fs::read_dir(vectors).unwrap() {
        let log = std::fs::read(vector.unwrap().path().join("log.jsonl")).unwrap();
        damaged += usize::from(!explained(&log).is_intact());
    }
    assert!(damaged > 40, "{damaged}");
}

#[test]
fn every_kind_is_documented() {
    let format = include_str!("../../../FORMAT.md");
    for kind in Kind::ALL {
        assert!(format.contains(&format!("| `{kind}` |")), "{kind}");
    }
}

#[test]
fn an_explanation_stands_before_the_summary() {
    let sandbox = Sandbox::new();
    let mut log = Log::new(9, 1);
    log.lines.remove(3);
    log.lines[5] = altered(&log.lines[5]);
    sandbox.write("a.jsonl", log.bytes());
    let run = sandbox.run(["verify", "--explain", "a.jsonl"]).status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let begins = |start: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap()
    };
    let places = [
        begins("record 4: link-mismatch"),
        begins("removed: before record 4 (line 4, bytes "),
        begins("  likely: at least one record was removed before record 4"),
        begins("altered: record 6 (line 6, bytes "),
        begins("runs of intact records:"),
        begins("  run 1: records 1 to 3 (lines 1 to 3, bytes 0 to "),
        begins("  run 2: records 4 to 5"),
        begins("  run 3: records 7 to 8"),
        begins("a.jsonl: broken: 1 finding in 8 records"),
    ];
    assert!(places.is_sorted(), "{run:?}");
    assert!(lines[places[5]].contains(": provable from the beginning of the chain, up to head "));
    assert!(lines[places[6]].contains(": intact relative to its own first record, 4, up to head "));

    sandbox.write("b.jsonl", Log::new(4, 1).bytes());
    let both = sandbox
        .run(["verify", "--explain", "a.jsonl", "b.jsonl"])
        .status(1);
    assert_eq!(
        both.stdout
            .lines()
            .filter(|line| line.starts_with("b.jsonl: "))
            .count(),
        1
    );
    assert!(
        both.stdout.contains("\na.jsonl:   run 2: records 4 to 5"),
        "{both:?}"
    );
}

#[test]
fn a_log_that_is_explained_is_judged_as_without() {
    let sandbox = Sandbox::new();
    let mut log = Log::new(9, 1);
    log.lines.swap(3, 4);
    sandbox.write("a.jsonl", log.bytes());
    let run = sandbox
        .run(["verify", "--json", "--explain", "a.jsonl"])
        .status(1);
    let mut explained = object(&run.stdout);
    let logs = explained.get_mut("logs").unwrap();
    let Value::Array(logs) = logs else {
        panic!("{logs:?}")
    };
    let log = logs[0].as_object_mut().unwrap();
    let damage = log.remove("damage").unwrap();
    assert_eq!(*log, sandbox.verdict("a.jsonl"));
    let damage = damage.as_object().unwrap();
    assert_eq!(text(damage, "/damages/0/kind"), Some("reordered"));
    assert_eq!(text(damage, "/runs/0/base"), Some("beginning"));
    assert_eq!(
        at(damage, "/runs/0/last_record").and_then(Value::as_integer),
        Some(3)
    );
    assert_eq!(
        at(damage, "/damages_left_out").and_then(Value::as_integer),
        Some(0)
    );
    let run = sandbox
        .run(["verify", "--json", "--explain", "none.jsonl"])
        .status(1);
    assert!(!run.stdout.contains("\"damage\""), "{run:?}");
}

#[test]
fn what_a_log_says_reaches_no_terminal_as_it_is() {
    let sandbox = Sandbox::new();
    let mut log = Log::new(3, 1).bytes();
    log.extend(b"{\"integrity\":{},\"record_id\":\"\x1b]0;x\x07\",\"\x1b[31m\":1e999}\n\x1b[31m\n");
    sandbox.write("a.jsonl", log);
    let run = sandbox.run(["verify", "--explain", "a.jsonl"]).status(1);
    assert!(run.stdout.contains("altered: record"), "{run:?}");
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
}

#[test]
fn every_format_names_what_was_done() {
    let sandbox = Sandbox::new();
    let mut log = Log::new(9, 1);
    log.lines.remove(3);
    log.lines[5] = altered(&log.lines[5]);
    sandbox.write("a.jsonl", log.bytes());
    let print = |format: &str, more: &[&str]| {
        let args = [&["verify", "--format", format], more, &["a.jsonl"]].concat();
        sandbox.run(args).status(1).stdout
    };
    let explained = print("github", &["--explain"]);
    let commands: Vec<&str> = explained
        .lines()
        .filter(|line| line.starts_with("::error"))
        .collect();
    let begins = |index: usize, start: &str| {
        let place = format!("::error file=a.jsonl,{start}");
        assert!(commands[index].starts_with(&place), "{explained}");
    };
    begins(0, "line=4,title=link-mismatch::record 4 at ");
    begins(
        1,
        "line=4,title=removed::record 4: record 4 was sealed behind ",
    );
    begins(2, "line=6,title=altered::record 6: ");
    assert_eq!(commands.len(), 3);
    assert!(commands[1].contains("; likely: at least one record was removed"));
    let junit = print("junit", &["--explain"]);
    assert!(junit.contains("<failure type=\"link-mismatch\""), "{junit}");
    assert!(junit.contains("\nrecord 6: altered: "), "{junit}");
    let sarif = print("sarif", &["--explain"]);
    for rule in ["removed", "altered"] {
        let id = format!("\"ruleId\":\"{rule}\"");
        assert!(sarif.contains(&id), "{sarif}");
        assert!(!print("sarif", &[]).contains(&id));
    }
}

#[test]
fn below_a_folder_ten_damages_of_a_log_are_named() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("d")).unwrap();
    sandbox.write("d/a.jsonl", Log::new(4, 1).bytes());
    let mut log = Log::new(40, 1);
    for at in (1..40).step_by(3) {
        log.lines[at] = altered(&log.lines[at]);
    }
    sandbox.write("d/b.jsonl", log.bytes());
    let run = sandbox.run(["verify", "--explain", "d"]).status(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let count = |start: &str| {
        let begin = lines.iter().filter(|line| line.starts_with(start));
        begin.count()
    };
    assert_eq!(count("d/b.jsonl: altered: record "), 10, "{run:?}");
    assert_eq!(count("d/b.jsonl: 3 more damages"), 1, "{run:?}");
    assert_eq!(count("d/b.jsonl:   run "), 10, "{run:?}");
    assert_eq!(count("d/b.jsonl: 4 more runs"), 1, "{run:?}");
    assert_eq!(count("d/a.jsonl"), 0, "{run:?}");
    let table = lines.iter().position(|line| line.starts_with("verdict "));
    assert_eq!(table, Some(lines.len() - 4), "{run:?}");
    let run = sandbox
        .run(["verify", "--format", "sarif", "--explain", "d"])
        .status(1);
    assert_eq!(run.stdout.matches("\"ruleId\":\"altered\"").count(), 13);
}

#[test]
fn what_was_passed_over_cannot_be_explained() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", Log::new(4, 1).bytes());
    let args = ["verify", "--explain", "--state", "x.state", "a.jsonl"];
    let run = sandbox.run(args).status(2);
    assert!(run.stderr.contains("cannot be used with"), "{run:?}");
    assert!(!sandbox.path("x.state").exists());
}

#[test]
fn what_a_copy_shows_to_be_sealed_anew_is_damage() {
    let sandbox = Sandbox::new();
    let log = Log::new(6, 1);
    sandbox.write("copy.jsonl", log.bytes());
    let mut lines = log.lines;
    lines[2] = altered(&lines[2]);
    sandbox.write("a.jsonl", crate::compare::seal(&lines).concat());
    let args = ["verify", "--explain", "--against", "copy.jsonl", "a.jsonl"];
    let run = sandbox.run(args).status(1);
    assert!(
        run.stdout
            .contains("\nre-sealed: records 3 to 6 (lines 3 to 6, bytes "),
        "{run:?}"
    );
    let run = sandbox.run([&args[..], &["--json"]].concat()).status(1);
    let document = object(&run.stdout);
    let kind = text(&document, "/logs/0/damage/damages/0/kind");
    assert_eq!(kind, Some("re-sealed"));
    let findings = at(&document, "/logs/0/findings").unwrap().as_array();
    assert_eq!(findings.map(<[Value]>::len), Some(1));
    let run = sandbox
        .run([&args[..], &["--format", "sarif"]].concat())
        .status(1);
    assert_eq!(run.stdout.matches("\"ruleId\":\"re-sealed\"").count(), 1);
    // A log that goes on from its copy is not damaged.
    let args = [
        "verify",
        "--explain",
        "--against",
        "copy.jsonl",
        "copy.jsonl",
    ];
    assert_eq!(sandbox.run(args).status(0).stdout.lines().count(), 2);
}
