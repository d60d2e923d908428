//! Each kind of damage by hand: what is said of which records.

use super::*;
use crate::{
    chain,
    json::{self, Object, Value},
    sample,
    verify::Verifier,
};

/// A chain of `count` lines, without line feeds.
fn lines(count: u64, seed: u64) -> Vec<String> {
    sample::chain(count, seed)
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn explained(lines: &[String]) -> Explanation {
    let log: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    let survey = Survey::of(log.as_bytes());
    let explanation = explain(&survey);
    let mut verifier = Verifier::new();
    verifier.log(log.as_bytes());
    let breaks = verifier.finish().first_break.is_some();
    assert!(!breaks || !explanation.is_intact(), "{log}");
    explanation
}

/// The kinds of damage and the records they concern.
fn found(explanation: &Explanation) -> Vec<(Kind, u64, u64)> {
    let of = |damage: &Damage| (damage.kind, damage.first_record, damage.last_record);
    explanation.damages.iter().map(of).collect()
}

/// The runs, and what they hang on.
fn runs(explanation: &Explanation) -> Vec<(u64, u64, Base)> {
    let of = |run: &Run| (run.first_record, run.last_record, run.base);
    explanation.runs.iter().map(of).collect()
}

fn record(line: &str) -> Object {
    match json::read(line.as_bytes()).unwrap().value {
        Value::Object(record) => record,
        other => panic!("{other:?}"),
    }
}

fn hash(line: &str) -> Digest {
    let record = record(line);
    let hash = record.object("integrity").unwrap().str("hash").unwrap();
    hash.parse().unwrap()
}

/// A record that fits behind `line`.
fn sealed_behind(line: &str, id: &str) -> String {
    let mut record = record(line);
    record.insert("record_id", id);
    let sealed = chain::seal(record, hash(line)).unwrap();
    sealed.line.trim_end().to_owned()
}

fn altered(line: &str) -> String {
    line.replacen("\"ts\":\"2", "\"ts\":\"1", 1)
}

const BEGINNING: Base = Base::Beginning;

#[test]
fn an_intact_log_is_one_run_and_an_empty_one_is_none() {
    let explanation = explained(&lines(5, 1));
    assert_eq!(found(&explanation), []);
    assert_eq!(runs(&explanation), [(1, 5, BEGINNING)]);
    assert_eq!(explanation.runs[0].head, hash(&lines(5, 1)[4]));
    assert_eq!(explained(&[]), Explanation::default());
}

#[test]
fn an_altered_record_keeps_the_hash_that_its_successor_names() {
    let mut log = lines(6, 1);
    let sealed = hash(&log[2]);
    log[2] = altered(&log[2]);
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Altered, 3, 3)]);
    let damage = &explanation.damages[0];
    assert_eq!(damage.sealed_hash, Some(sealed));
    assert!(
        damage.certain.contains("and record 4 names that"),
        "{damage:?}"
    );
    // It may be as it was sealed, and made to declare the hash of one that is gone.
    let likely = damage.likely.as_deref().unwrap();
    assert!(likely.starts_with("its content was changed"), "{likely}");
    assert!(likely.contains("a record that was removed"), "{likely}");
    assert_eq!(
        runs(&explanation),
        [(1, 2, BEGINNING), (4, 6, Base::Unknown)]
    );
}

#[test]
fn where_only_the_hash_was_changed_the_content_is_proven() {
    let mut log = lines(6, 1);
    let sealed = hash(&log[2]).to_string();
    log[2] = log[2].replace(&sealed, &Digest::of(b"x").to_string());
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Altered, 3, 3)]);
    let damage = &explanation.damages[0];
    assert_eq!(damage.sealed_hash.unwrap().to_string(), sealed);
    assert!(
        damage
            .certain
            .ends_with("only the hash that it declares was changed"),
        "{damage:?}"
    );
}

/// A line that declares the hash of another.
fn declaring(line: &str, other: &str) -> String {
    line.replace(&hash(line).to_string(), &hash(other).to_string())
}

#[test]
fn a_hash_written_into_a_proven_record_accuses_nobody() {
    // Record 8 is removed, and its hash put into record 5: whoever was sealed behind record 8 is no rival of
    // whoever was sealed behind record 5.
    let mut log = lines(14, 1);
    log[4] = declaring(&log[4], &log[7]);
    let removed = log.remove(7);
    let explanation = explained(&log);
    assert_eq!(
        found(&explanation),
        [(Kind::Altered, 5, 5), (Kind::Removed, 8, 8)]
    );
    assert_eq!(explanation.damages[1].sealed_hash, Some(hash(&removed)));

    // Two records that declare each other's hash are each proven by what was sealed behind it.
    let mut log = lines(9, 1);
    (log[3], log[6]) = (declaring(&log[3], &log[6]), declaring(&log[6], &log[3]));
    let explanation = explained(&log);
    assert_eq!(
        found(&explanation),
        [(Kind::Altered, 4, 4), (Kind::Altered, 7, 7)]
    );
    for damage in &explanation.damages {
        let proven = "since then only the hash that it declares was changed";
        assert!(damage.certain.ends_with(proven), "{damage:?}");
    }
}

#[test]
fn what_a_damaged_record_says_of_another_is_not_certain() {
    let mut log = lines(6, 1);
    let sealed = hash(&log[2]).to_string();
    log[2] = altered(&log[2]);
    // The link of the next record is made to fit the altered content.
    let actual = chain::record_hash(&record(&log[2])).unwrap();
    log[3] = log[3].replace(&sealed, &actual.to_string());
    let explanation = explained(&log);
    assert_eq!(
        found(&explanation),
        [(Kind::Altered, 3, 3), (Kind::Altered, 4, 4)]
    );
    let damage = &explanation.damages[0];
    assert!(!damage.certain.contains("only"), "{damage:?}");
    assert!(
        damage.likely.as_ref().unwrap().contains("made to fit"),
        "{damage:?}"
    );
    assert_eq!(damage.sealed_hash, None);
}

#[test]
fn what_stands_where_a_moved_record_was_is_not_said_to_be_between_two_that_link() {
    let mut log = lines(9, 1);
    let moved = log.remove(3);
    log.push(moved);
    log.insert(3, "#".to_owned());
    let explanation = explained(&log);
    assert_eq!(
        found(&explanation),
        [(Kind::Inserted, 4, 4), (Kind::Reordered, 10, 10)]
    );
    let certain = &explanation.damages[0].certain;
    assert!(
        certain.starts_with("in the chain of record 3 and record 5 only"),
        "{certain}"
    );
}

#[test]
fn a_changed_link_is_likely_not_certain() {
    let mut log = lines(6, 1);
    let link = hash(&log[1]).to_string();
    log[2] = log[2].replace(&link, &Digest::of(b"x").to_string());
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Altered, 3, 3)]);
    let likely = explanation.damages[0].likely.as_ref().unwrap();
    assert!(likely.contains("its link was changed"), "{likely}");
}

#[test]
fn unreadable_records_are_told_from_lines_put_in_by_what_follows() {
    let mut log = lines(6, 1);
    let sealed = hash(&log[3]);
    log[2] = "#".to_owned();
    log[3] = "[]".to_owned();
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Altered, 3, 4)]);
    assert_eq!(explanation.damages[0].sealed_hash, Some(sealed));

    let mut log = lines(6, 1);
    log.insert(2, "#".to_owned());
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Inserted, 3, 3)]);
    assert_eq!(explanation.damages[0].behind, Some(2));
    assert_eq!(
        runs(&explanation),
        [(1, 2, BEGINNING), (4, 7, Base::Record(2))]
    );
    let mut log = lines(3, 1);
    log.insert(0, "#".to_owned());
    assert_eq!(found(&explained(&log)), [(Kind::Inserted, 1, 1)]);
    assert_eq!(explained(&log).damages[0].behind, Some(0));
}

#[test]
fn removed_records_leave_the_hash_of_the_last_of_them() {
    let log = lines(9, 1);
    let explanation = explained(&[&log[..3], &log[5..]].concat());
    assert_eq!(found(&explanation), [(Kind::Removed, 4, 4)]);
    let damage = &explanation.damages[0];
    assert_eq!(damage.sealed_hash, Some(hash(&log[4])));
    assert_eq!((damage.behind, damage.missing_min), (Some(3), Some(1)));
    assert!(damage.likely.as_ref().unwrap().contains("sealed again"));
    assert_eq!(
        runs(&explanation),
        [(1, 3, BEGINNING), (4, 7, Base::Unknown)]
    );
    let explanation = explained(&log[2..]);
    assert_eq!(found(&explanation), [(Kind::Removed, 1, 1)]);
    assert_eq!(explanation.damages[0].behind, Some(0));
    assert_eq!(explanation.provable(), None);
}

#[test]
fn records_removed_at_the_end_are_not_missed() {
    let log = lines(9, 1);
    assert!(explained(&log[..4]).is_intact());
}

#[test]
fn a_record_sealed_to_fit_is_the_shorter_branch() {
    let mut log = lines(6, 1);
    log.insert(2, sealed_behind(&log[1], "x"));
    log.insert(3, sealed_behind(&log[2], "y"));
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Inserted, 3, 4)]);
    let damage = &explanation.damages[0];
    assert_eq!(damage.behind, Some(2));
    assert!(
        damage
            .certain
            .starts_with("record 3 and record 5 both name record 2"),
        "{damage:?}"
    );
    assert_eq!(
        runs(&explanation),
        [
            (1, 2, BEGINNING),
            (3, 4, Base::Record(2)),
            (5, 8, Base::Record(2))
        ]
    );
}

#[test]
fn a_record_that_was_not_sealed_is_inserted_between_two_that_link_across_it() {
    let mut log = lines(6, 1);
    log.insert(2, altered(&sealed_behind(&log[1], "x")));
    assert_eq!(found(&explained(&log)), [(Kind::Inserted, 3, 3)]);
}

#[test]
fn moved_records_name_where_they_belong() {
    let mut log = lines(9, 1);
    let moved: Vec<String> = log.drain(2..4).collect();
    log.splice(6..6, moved);
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Reordered, 7, 8)]);
    assert_eq!(explanation.damages[0].behind, Some(2));
    let mut log = lines(5, 1);
    log.rotate_left(1);
    let explanation = explained(&log);
    assert_eq!(found(&explanation), [(Kind::Reordered, 5, 5)]);
    assert_eq!(explanation.damages[0].behind, Some(0));
    let mut log = lines(5, 1);
    log.reverse();
    let explanation = explained(&log);
    assert_eq!(found(&explanation).len(), 4);
    assert!(
        explanation
            .damages
            .iter()
            .all(|damage| damage.kind == Kind::Reordered)
    );
}

#[test]
fn copies_are_named_with_their_originals() {
    let log = lines(9, 1);
    for at in [0, 1, 7, 9] {
        let mut log = log.clone();
        let copies = log[3..6].to_vec();
        log.splice(at..at, copies);
        let explanation = explained(&log);
        let first = at as u64 + 1;
        assert_eq!(found(&explanation), [(Kind::Duplicated, first, first + 2)]);
        let original = if at < 3 { 7 } else { 4 };
        assert_eq!(explanation.damages[0].copy_of, Some(original), "{at}");
    }
}

#[test]
fn cut_lines_are_torn_wherever_they_stand() {
    let log = lines(5, 1);
    let text = log.join("\n");
    let survey = Survey::of(&text.as_bytes()[..text.len() - 9]);
    let explanation = explain(&survey);
    assert_eq!(found(&explanation), [(Kind::Torn, 5, 5)]);
    let mut cut = log.clone();
    cut[2].truncate(40);
    let explanation = explained(&cut);
    assert_eq!(found(&explanation), [(Kind::Torn, 3, 3)]);
    assert_eq!(explanation.damages[0].sealed_hash, Some(hash(&log[2])));
    let mut cut = log.clone();
    cut.insert(2, log[2][..40].to_owned());
    assert_eq!(found(&explained(&cut)), [(Kind::Torn, 3, 3)]);
    cut[2].truncate(1);
    let damage = &explained(&cut).damages[0];
    assert!(damage.certain.ends_with("after 1 byte of it"), "{damage:?}");
}

#[test]
fn records_of_another_chain_are_spliced_where_that_is_certain() {
    let (log, other) = (lines(9, 1), lines(9, 2));
    let explanation = explained(&[&log[..4], &other[3..6], &log[4..]].concat());
    assert_eq!(found(&explanation), [(Kind::Spliced, 5, 7)]);
    assert_eq!(
        runs(&explanation),
        [
            (1, 4, BEGINNING),
            (5, 7, Base::Unknown),
            (8, 12, Base::Record(4))
        ]
    );
    let explanation = explained(&[&log[..], &other[..]].concat());
    assert_eq!(found(&explanation), [(Kind::Spliced, 10, 18)]);
    assert_eq!(
        runs(&explanation),
        [(1, 9, BEGINNING), (10, 18, Base::OtherBeginning)]
    );
    let explanation = explained(&[&other[4..6], &log[..]].concat());
    assert_eq!(found(&explanation), [(Kind::Spliced, 1, 2)]);
    let explanation = explained(&[&log[..4], &other[..3], &log[7..]].concat());
    assert_eq!(
        found(&explanation),
        [(Kind::Spliced, 5, 7), (Kind::Removed, 8, 8)]
    );
    assert_eq!(explanation.damages[1].behind, Some(4));
}

#[test]
fn a_line_before_a_splice_is_no_record_of_the_chain_that_is_put_in() {
    let (log, other) = (lines(9, 1), lines(9, 2));
    let garbage = ["#".to_owned()];
    let explanation = explained(&[&log[..2], &garbage[..], &other[4..6], &log[2..]].concat());
    assert_eq!(
        found(&explanation),
        [(Kind::Inserted, 3, 3), (Kind::Spliced, 4, 5)]
    );
    let likely = explanation.damages[1].likely.as_ref().unwrap();
    assert!(
        likely.contains("moved here from behind removed ones"),
        "{likely}"
    );
}

#[test]
fn an_altered_record_that_was_moved_too_is_said_to_stand_apart() {
    let mut log = lines(9, 1);
    log[6] = altered(&log[6]);
    log.swap(3, 6);
    let explanation = explained(&log);
    assert_eq!(
        found(&explanation),
        [(Kind::Altered, 4, 4), (Kind::Reordered, 7, 7)]
    );
    let likely = explanation.damages[0].likely.as_ref().unwrap();
    assert!(
        likely.contains("record 8 does not stand directly behind it"),
        "{likely}"
    );
}

#[test]
fn a_splice_in_place_of_records_may_be_two_removals() {
    let (log, other) = (lines(9, 1), lines(9, 2));
    let explanation = explained(&[&log[..4], &other[4..6], &log[6..]].concat());
    assert_eq!(
        found(&explanation),
        [(Kind::Removed, 5, 5), (Kind::Removed, 7, 7)]
    );
    let likely = explanation.damages[0].likely.as_ref().unwrap();
    assert!(
        likely.contains("if records 5 to 6 are of another chain, put there in place of others"),
        "{likely}"
    );
}

#[test]
fn what_only_a_copy_shows_has_its_word_here() {
    let survey = Survey::of(lines(5, 1).join("\n").as_bytes());
    let text = "the copy of the head says otherwise";
    let damage = Damage::re_sealed(&survey, 3, text).unwrap();
    assert_eq!(
        (damage.kind, damage.first_record, damage.last_record),
        (Kind::ReSealed, 3, 5)
    );
    assert_eq!(Damage::re_sealed(&survey, 6, text), None);
    assert_eq!(Damage::re_sealed(&survey, 0, text), None);
}

/// Logs that were made to take long, as surveys: no chain has to be sealed for them.
mod hostile {
    use super::*;
    use crate::verify::{Code, Refused, Seal};

    const COUNT: u64 = 100_000;

    fn digest(n: u64) -> Digest {
        Digest::of(&n.to_be_bytes())
    }

    fn holds(prev: u64, own: u64) -> Seal {
        let prev_hash = if prev == 0 {
            Digest::GENESIS
        } else {
            digest(prev)
        };
        Seal::Holds {
            prev_hash,
            hash: digest(own),
        }
    }

    fn refused() -> Seal {
        Seal::Refused(Box::new(Refused {
            code: Code::NotJson,
            message: String::new(),
            is_unfinished: false,
            prev_hash: None,
            declared: None,
        }))
    }

    fn explained(seal: impl Fn(u64) -> Seal) -> Explanation {
        let entries = (1..=COUNT).map(|n| Entry {
            line: n,
            bytes: n * 10..n * 10 + 9,
            seal: seal(n),
        });
        let explanation = explain(&Survey {
            entries: entries.collect(),
            lines: COUNT,
            bytes: COUNT * 10 + 10,
        });
        let texts = explanation.damages.len() as u64;
        assert!(texts <= MAX_FINDINGS as u64);
        assert!(explanation.damages_left_out == 0 || texts == MAX_FINDINGS as u64);
        explanation
    }

    fn count(explanation: &Explanation) -> u64 {
        explanation.damages.len() as u64 + explanation.damages_left_out
    }

    #[test]
    fn any_log_is_explained_in_time() {
        // All sealed behind the same record, behind none, in reverse, twice each, once and again.
        assert_eq!(count(&explained(|n| holds(1.min(n - 1), n))), COUNT - 2);
        assert_eq!(count(&explained(|n| holds(0, n))), COUNT - 1);
        assert_eq!(
            count(&explained(|n| holds(COUNT - n, COUNT - n + 1))),
            COUNT - 1
        );
        assert_eq!(
            count(&explained(|n| holds((n - 1) / 2, n.div_ceil(2)))),
            COUNT / 2
        );
        assert_eq!(count(&explained(|_| holds(0, 1))), COUNT - 1);
        // Each behind a record that is gone, with a line that is none between them.
        assert_eq!(count(&explained(|n| holds(2 * COUNT + n, n))), COUNT);
        let explanation = explained(|n| {
            if n % 2 == 0 {
                refused()
            } else {
                holds(2 * COUNT + n, n)
            }
        });
        assert_eq!(count(&explanation), COUNT / 2 + 1);
        // Two chains, record by record.
        assert!(count(&explained(|n| holds(n.saturating_sub(2), n))) > 0);
        // Combs: each record goes on, and has a branch.
        assert!(count(&explained(|n| holds(n.saturating_sub(1 + n % 2), n))) > 0);
        let _ = explained(|_| refused());
    }

    #[test]
    fn hashes_that_nobody_has_to_compute_are_explained_in_time() {
        // Damaged records may declare what they like: one hash all of them, or hashes that begin alike.
        let fails = |prev_hash, declared| Seal::Fails {
            prev_hash: Some(prev_hash),
            declared: Some(declared),
            actual: digest(0),
        };
        let alike = |n: u64| {
            let text = format!("{}{n:048x}", "ab".repeat(8));
            text.parse::<Digest>().unwrap()
        };
        let _ = explained(|n| fails(digest(7), digest(if n % 2 == 0 { 7 } else { 8 })));
        let _ = explained(|n| fails(alike(n + 1), alike(n)));
        let _ = explained(|n| fails(alike(n - 1), alike(n)));
        let _ = explained(|n| match n % 2 {
            0 => holds(COUNT + n, n),
            _ => fails(digest(n + 1), digest(COUNT + n + 1)),
        });
    }
}
