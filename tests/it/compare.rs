//! Comparing logs: what the library finds.

use std::{collections::HashSet, convert::Infallible};

use proptest::prelude::*;
use sealstone::{
    canon, chain,
    compare::{self, Comparison, Difference, Error, Kind, Relation, SealState, Side},
    digest::Digest,
    json::Value,
    sample,
    verify::Survey,
};

use crate::{
    harness::{object, text},
    properties::{seal_all, values},
};

/// The lines of a chain.
pub(crate) fn lines(records: u64) -> Vec<String> {
    sample::chain(records, 21).collect()
}

/// The records on some lines sealed again, as one chain.
pub(crate) fn seal(lines: &[String]) -> Vec<String> {
    let mut head = Digest::GENESIS;
    let mut sealed = Vec::new();
    for line in lines {
        let record = chain::seal(object(line), head).unwrap();
        head = record.hash;
        sealed.push(record.line);
    }
    sealed
}

/// A line with another text in a field that every record has.
pub(crate) fn altered(line: &str) -> String {
    let altered = line.replacen("\"name\":\"claude-code\"", "\"name\":\"codex\"", 1);
    assert_ne!(altered, line);
    altered
}

fn bytes_of(log: &str, range: std::ops::Range<u64>) -> Vec<u8> {
    let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
    log.as_bytes()[range].to_vec()
}

fn compare(a: &str, b: &str) -> Comparison {
    let surveys = [a, b].map(|log| Survey::of(log.as_bytes()));
    let compared = compare::compare(&surveys[0], &surveys[1], |side, range| {
        Ok::<_, Infallible>(bytes_of(if side == Side::A { a } else { b }, range))
    });
    compared.unwrap()
}

/// What a difference is and where: `altered 3-3 3-3`, `only-a 4-6 -`.
fn brief(difference: &Difference) -> String {
    let place = |place: Option<compare::Place>| match place {
        Some(place) => format!("{}-{}", place.first, place.last),
        None => "-".to_owned(),
    };
    let kind = serde_json::to_value(difference.kind).unwrap();
    format!(
        "{} {} {}",
        kind.as_str().unwrap(),
        place(difference.a),
        place(difference.b)
    )
}

fn briefs(comparison: &Comparison) -> Vec<String> {
    comparison.differences.iter().map(brief).collect()
}

/// The pointers of the fields of the first altered record.
fn pointers(comparison: &Comparison) -> Vec<&str> {
    let mut changes = comparison
        .differences
        .iter()
        .filter_map(|d| d.changes.as_ref());
    let content = &changes.next().unwrap().content;
    content.kept.iter().map(|c| c.pointer.as_str()).collect()
}

#[test]
fn a_log_is_the_same_as_itself() {
    let log = lines(5).concat();
    let comparison = compare(&log, &log);
    assert_eq!(comparison.relation, Relation::Same);
    assert!(comparison.same_bytes);
    assert_eq!((comparison.common, comparison.counts.same), (5, 5));
    assert_eq!(comparison.common_head, comparison.a.head);
    assert_eq!(comparison.differences, []);
}

#[test]
fn a_longer_log_continues_a_shorter_one() {
    let lines = lines(6);
    let (long, short) = (lines.concat(), lines[..4].concat());
    let comparison = compare(&long, &short);
    assert_eq!(comparison.relation, Relation::Continuation(Side::A));
    assert_eq!(briefs(&comparison), ["only-a 5-6 -"]);
    let comparison = compare(&short, &long);
    assert_eq!(comparison.relation, Relation::Continuation(Side::B));
    assert_eq!(briefs(&comparison), ["only-b - 5-6"]);
    assert_eq!(comparison.common, 4);
}

#[test]
fn a_longer_log_that_is_broken_is_no_continuation() {
    let mut lines = lines(6);
    lines[4] = altered(&lines[4]);
    let comparison = compare(&lines.concat(), &lines[..4].concat());
    assert_eq!(comparison.relation, Relation::Longer(Side::A));
    assert_eq!(briefs(&comparison), ["only-a 5-5 -", "only-a 6-6 -"]);
}

#[test]
fn an_altered_record_is_named_with_its_field_and_whose_seal_fails() {
    let lines = lines(5);
    let mut copy = lines.clone();
    copy[2] = altered(&copy[2]);
    let comparison = compare(&lines.concat(), &copy.concat());
    assert_eq!(comparison.relation, Relation::Different);
    assert_eq!(briefs(&comparison), ["altered 3-3 3-3"]);
    assert_eq!(pointers(&comparison), ["/agent/name"]);
    let difference = &comparison.differences[0];
    assert_eq!(difference.a.unwrap().seal, SealState::Holds);
    assert_eq!(difference.b.unwrap().seal, SealState::Fails);
    assert!(!difference.sealed_anew);
    let changes = difference.changes.as_ref().unwrap();
    assert_eq!(changes.seal.count(), 0);
    assert_eq!(
        changes.content.kept[0].a.as_deref(),
        Some("\"claude-code\"")
    );
    assert_eq!(changes.content.kept[0].b.as_deref(), Some("\"codex\""));
}

#[test]
fn a_log_that_was_sealed_anew_is_told_from_a_fork() {
    let lines = lines(9);
    let mut forged = lines.clone();
    forged[4] = altered(&forged[4]);
    let forged = seal(&forged);
    let comparison = compare(&lines.concat(), &forged.concat());
    assert_eq!(comparison.relation, Relation::ReSealed);
    assert_eq!(comparison.common, 4);
    assert_eq!(
        briefs(&comparison),
        ["altered 5-5 5-5", "re-sealed 6-9 6-9"]
    );
    assert_eq!(pointers(&comparison), ["/agent/name"]);
    assert!(comparison.differences[0].sealed_anew);
    assert_eq!(
        comparison.first_in_content().map(brief).as_deref(),
        Some("altered 5-5 5-5")
    );
    assert_eq!(
        (comparison.counts.altered, comparison.counts.re_sealed),
        (1, 4)
    );
}

#[test]
fn a_record_that_was_removed_before_sealing_anew_is_named() {
    let lines = lines(9);
    let mut forged = lines.clone();
    forged.remove(4);
    let comparison = compare(&lines.concat(), &seal(&forged).concat());
    assert_eq!(comparison.relation, Relation::ReSealed);
    assert_eq!(briefs(&comparison), ["only-a 5-5 -", "re-sealed 6-9 5-8"]);
    assert_eq!(
        comparison.first_in_content().map(brief).as_deref(),
        Some("only-a 5-5 -")
    );
}

#[test]
fn a_record_sealed_anew_under_another_id_is_still_the_one_in_its_place() {
    let lines = lines(6);
    let mut forged = lines.clone();
    let mut record = object(&forged[2]);
    record.insert("record_id", "11111111-2222-4333-8444-555555555555");
    record.insert("session_id", "x");
    forged[2] = chain::seal(record, Digest::GENESIS).unwrap().line;
    let comparison = compare(&lines.concat(), &seal(&forged).concat());
    assert_eq!(
        briefs(&comparison),
        ["altered 3-3 3-3", "re-sealed 4-6 4-6"]
    );
}

#[test]
fn two_ends_that_both_hold_are_a_fork() {
    let mut left = lines(6);
    let mut right = left.clone();
    left.truncate(5);
    let other: Vec<String> = sample::chain(3, 99).collect();
    right.truncate(4);
    right.extend(other);
    let right = seal(&right);
    let comparison = compare(&left.concat(), &right.concat());
    assert_eq!(comparison.relation, Relation::Forked);
    assert_eq!(comparison.common, 4);
    assert_eq!(briefs(&comparison), ["only-a 5-5 -", "only-b - 5-7"]);
}

#[test]
fn chains_with_nothing_in_common_are_unrelated() {
    let other: String = sample::chain(3, 99).collect();
    let comparison = compare(&lines(3).concat(), &other);
    assert_eq!(comparison.relation, Relation::Unrelated);
    assert_eq!(briefs(&comparison), ["only-a 1-3 -", "only-b - 1-3"]);
}

#[test]
fn removed_inserted_and_reordered_records_are_told_apart() {
    let lines = lines(8);
    let log = lines.concat();
    let mut removed = lines.clone();
    removed.drain(2..4);
    let comparison = compare(&log, &removed.concat());
    assert_eq!(comparison.relation, Relation::Different);
    assert_eq!(briefs(&comparison), ["only-a 3-4 -"]);
    assert_eq!((comparison.common, comparison.counts.same), (2, 6));

    let mut inserted = lines.clone();
    inserted.insert(3, sample::chain(1, 5).next().unwrap());
    assert_eq!(briefs(&compare(&log, &inserted.concat())), ["only-b - 4-4"]);

    let mut reordered = lines.clone();
    let record = reordered.remove(1);
    reordered.insert(5, record);
    let comparison = compare(&log, &reordered.concat());
    assert_eq!(briefs(&comparison), ["reordered 2-2 6-6"]);
    assert_eq!((comparison.common, comparison.counts.reordered), (1, 1));

    let mut spliced = lines;
    spliced[3] = sample::chain(4, 77).last().unwrap();
    let comparison = compare(&log, &spliced.concat());
    assert_eq!(briefs(&comparison), ["only-a 4-4 -", "only-b - 4-4"]);
}

#[test]
fn a_duplicate_names_the_record_it_repeats() {
    let lines = lines(5);
    let mut copy = lines.clone();
    copy.insert(4, lines[1].clone());
    copy.insert(5, lines[2].clone());
    let comparison = compare(&lines.concat(), &copy.concat());
    assert_eq!(briefs(&comparison), ["only-b - 5-6"]);
    assert_eq!(comparison.differences[0].duplicate_of, Some(2));
    // The same line over and over, in both.
    let (many, more) = (lines[0].repeat(7), lines[0].repeat(9));
    assert_eq!(compare(&many, &many).relation, Relation::Same);
    let comparison = compare(&many, &more);
    assert_eq!(comparison.relation, Relation::Longer(Side::B));
    assert_eq!(comparison.differences[0].duplicate_of, Some(1));
}

#[test]
fn an_empty_log_is_continued_by_any() {
    let log = lines(2).concat();
    assert_eq!(compare("", "\n").relation, Relation::Same);
    assert_eq!(compare("", &log).relation, Relation::Continuation(Side::B));
    assert_eq!(compare(&log, "").relation, Relation::Continuation(Side::A));
}

#[test]
fn other_bytes_for_the_same_records_are_no_difference() {
    let lines = lines(400);
    let log = lines.concat();
    let mut spaced = lines.clone();
    spaced[7] = spaced[7].replacen(':', ": ", 1);
    spaced[399] = spaced[399].replacen("claude-code", "claude\\u002dcode", 1);
    let comparison = compare(&log, &spaced.concat());
    assert_eq!(comparison.relation, Relation::Same);
    assert_eq!(
        (comparison.counts.same, comparison.counts.respelled),
        (400, 2)
    );
    assert!(!comparison.same_bytes);
    // A byte order mark and blank lines belong to no record.
    for other in [
        format!("\u{feff}{log}"),
        log.replace('\n', "\n\n"),
        format!("{log} "),
    ] {
        let comparison = compare(&log, &other);
        assert_eq!(comparison.relation, Relation::Same);
        assert_eq!(
            (comparison.counts.respelled, comparison.same_bytes),
            (0, false)
        );
    }
}

#[test]
fn lines_that_are_no_records_are_compared_as_they_are() {
    let lines = lines(4);
    let torn = [&lines[..3].concat(), &lines[3][..100]].concat();
    let comparison = compare(&lines.concat(), &torn);
    assert_eq!(briefs(&comparison), ["altered 4-4 4-4"]);
    assert_eq!(
        comparison.differences[0].b.unwrap().seal.as_str(),
        "torn-line"
    );
    assert_eq!(pointers(&comparison), [""]);
    assert_eq!(compare(&torn, &torn).relation, Relation::Same);
    for odd in ["[]\n", "{\"integrity\":7}\n", "{\"x\":1.5}\n", "nonsense\n"] {
        let log = format!("{}{odd}{}", lines[0], lines[1]);
        assert_eq!(compare(&log, &log).relation, Relation::Same, "{odd}");
        let comparison = compare(&log, &log.replace(odd, "{}\n"));
        assert_eq!(briefs(&comparison), ["altered 2-2 2-2"], "{odd}");
    }
}

#[test]
fn a_seal_that_was_touched_is_reported_apart_from_the_content() {
    let lines = lines(3);
    let mut copy = lines.clone();
    let hash = text(&object(&copy[1]), "/integrity/hash")
        .unwrap()
        .to_owned();
    copy[1] = copy[1].replace(&hash, &"0".repeat(64));
    let comparison = compare(&lines.concat(), &copy.concat());
    assert_eq!(briefs(&comparison), ["altered 2-2 2-2"]);
    let changes = comparison.differences[0].changes.as_ref().unwrap();
    assert_eq!(changes.content.count(), 0);
    assert_eq!(changes.seal.kept[0].pointer, "/integrity/hash");
}

#[test]
fn what_changes_while_it_is_compared_is_an_error_with_its_place() {
    let lines = lines(4);
    let mut copy = lines.clone();
    copy[1] = altered(&copy[1]);
    let (a, b) = (lines.concat(), format!("\n{}", copy.concat()));
    let surveys = [&a, &b].map(|log| Survey::of(log.as_bytes()));
    for (side, line) in [(Side::A, 2), (Side::B, 3)] {
        let compared = compare::compare(&surveys[0], &surveys[1], |fetched, range| {
            let mut bytes = bytes_of(if fetched == Side::A { &a } else { &b }, range);
            if fetched == side {
                let last = bytes.len() - 3;
                bytes[last] ^= 1;
            }
            Ok::<_, Infallible>(bytes)
        });
        let record = 2;
        assert_eq!(compared, Err(Error::Changed { side, record, line }));
    }
    let compared = compare::compare(&surveys[0], &surveys[1], |_, _| Ok::<_, Infallible>(vec![]));
    assert!(matches!(compared, Err(Error::Changed { .. })));
    let compared = compare::compare(&surveys[0], &surveys[1], |_, _| Err("gone"));
    assert_eq!(compared, Err(Error::Fetch("gone")));
}

#[test]
fn many_differences_are_counted_and_bounded() {
    let log = |record: fn(u64) -> String| (0..30_000).map(record).collect::<String>();
    let other = log(|n| format!("{{\"x\":-{n},\"y\":0}}\n"));
    let log = log(|n| format!("{{\"x\":{n}}}\n"));
    let comparison = compare(&log, &other);
    assert_eq!(comparison.differences.len(), compare::MAX_DIFFERENCES);
    assert_eq!(comparison.counts.altered, 30_000);
    assert_eq!(comparison.differences_left_out, 20_000);
    let changes = comparison
        .differences
        .iter()
        .filter_map(|d| d.changes.as_ref());
    let kept: usize = changes.map(|changes| changes.content.kept.len()).sum();
    assert!((9_000..=10_000).contains(&kept), "{kept}");
}

#[test]
fn ten_thousand_records_sealed_anew_are_one_run() {
    let lines = lines(10_000);
    let mut forged = lines.clone();
    forged[4] = altered(&forged[4]);
    let comparison = compare(&lines.concat(), &seal(&forged).concat());
    assert_eq!(
        briefs(&comparison),
        ["altered 5-5 5-5", "re-sealed 6-10000 6-10000"]
    );
}

/// What is said of the same logs the other way round.
fn mirrored(mut comparison: Comparison) -> Comparison {
    let other = |side| if side == Side::A { Side::B } else { Side::A };
    comparison.relation = match comparison.relation {
        Relation::Continuation(side) => Relation::Continuation(other(side)),
        Relation::Longer(side) => Relation::Longer(other(side)),
        relation => relation,
    };
    std::mem::swap(&mut comparison.a, &mut comparison.b);
    let counts = &mut comparison.counts;
    std::mem::swap(&mut counts.only_a, &mut counts.only_b);
    for difference in &mut comparison.differences {
        std::mem::swap(&mut difference.a, &mut difference.b);
        difference.kind = match difference.kind {
            Kind::OnlyA => Kind::OnlyB,
            Kind::OnlyB => Kind::OnlyA,
            kind => kind,
        };
        if let Some(changes) = &mut difference.changes {
            for change in changes
                .content
                .kept
                .iter_mut()
                .chain(&mut changes.seal.kept)
            {
                std::mem::swap(&mut change.a, &mut change.b);
            }
        }
    }
    sorted(comparison)
}

/// Differences of one place, and members of two objects, may be told in either order.
fn sorted(mut comparison: Comparison) -> Comparison {
    for difference in &mut comparison.differences {
        if let Some(changes) = &mut difference.changes {
            changes
                .content
                .kept
                .sort_by(|x, y| x.pointer.cmp(&y.pointer));
            changes.seal.kept.sort_by(|x, y| x.pointer.cmp(&y.pointer));
        }
    }
    comparison.differences.sort_by_key(brief);
    comparison
}

/// Lines that may stand in one log or in both: a chain's, some of them altered or sealed anew, and others.
fn pool() -> Vec<String> {
    let lines = lines(5);
    let mut forged = lines.clone();
    forged[1] = altered(&forged[1]);
    let mut pool = lines.clone();
    pool.extend(seal(&forged));
    pool.extend([altered(&lines[2]), lines[3].replacen(':', " :", 1)]);
    pool.extend(
        [
            "[]\n",
            "{\"x\":1.5}\n",
            "{\"record_id\":\"r\"}\n",
            "torn\n",
            "\n",
        ]
        .map(String::from),
    );
    pool
}

proptest! {
    #[test]
    fn the_other_way_round_the_same_is_said(
        a in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
        b in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let pool = pool();
        let log = |picks: &[prop::sample::Index]| -> String {
            picks.iter().map(|pick| pick.get(&pool).as_str()).collect()
        };
        let (a, b) = (log(&a), log(&b));
        prop_assert_eq!(sorted(compare(&a, &b)), mirrored(compare(&b, &a)));
        let itself = compare(&a, &a);
        prop_assert!(itself.relation == Relation::Same && itself.same_bytes);
    }

    #[test]
    fn fields_differ_where_contents_do(
        x in values(), y in values(), key in any::<String>(), is_nested: bool,
    ) {
        let around = |value: Value| -> Value {
            let member = Value::Object([(key.clone(), value)].into_iter().collect());
            if is_nested { Value::Array(vec![Value::Null, member]) } else { member }
        };
        let (x, y) = (around(x), around(y));
        let is_same = canon::to_vec(&x) == canon::to_vec(&y);
        let comparison = compare(&seal_all(&[x]), &seal_all(&[y]));
        prop_assert_eq!(comparison.relation == Relation::Same, is_same);
        if !is_same {
            prop_assert_eq!(brief(&comparison.differences[0]), "altered 1-1 1-1");
            let changes = comparison.differences[0].changes.as_ref().unwrap();
            prop_assert!(changes.content.count() > 0);
            for change in &changes.content.kept {
                prop_assert!(change.pointer.starts_with("/content/"), "{}", change.pointer);
                prop_assert_ne!(&change.a, &change.b);
            }
        }
    }

    #[test]
    fn every_record_is_accounted_for_once(
        a in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
        b in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let pool = pool();
        let log = |picks: &[prop::sample::Index]| -> String {
            picks.iter().map(|pick| pick.get(&pool).as_str()).collect()
        };
        let comparison = compare(&log(&a), &log(&b));
        let counts = comparison.counts;
        let both = counts.same + counts.altered + counts.reordered + counts.re_sealed;
        prop_assert_eq!(both + counts.only_a, comparison.a.records);
        prop_assert_eq!(both + counts.only_b, comparison.b.records);
        let mut seen = HashSet::new();
        for difference in &comparison.differences {
            for (side, place) in [(0, difference.a), (1, difference.b)] {
                for record in place.into_iter().flat_map(|place| place.first..=place.last) {
                    prop_assert!(seen.insert((side, record)), "{:?}", difference);
                }
            }
        }
    }

    #[test]
    fn any_damage_is_found_at_its_first_record(
        at in 0..7_usize, to in 0..7_usize, kind in 0..7_u8,
    ) {
        let lines = lines(8);
        let mut copy = lines.clone();
        let first = match kind {
            0 => { copy[at] = altered(&copy[at]); at }
            1 => { copy.remove(at); at }
            2 => { copy.insert(at, sample::chain(1, 3).next().unwrap()); at }
            3 => { copy.swap(at, at + 1); at }
            4 => { copy.insert(to, lines[at].clone()); if to > at + 1 || to < at { to } else { at + 1 } }
            5 => { copy[at] = altered(&copy[at]); copy = seal(&copy); at }
            _ => { copy.truncate(at); at }
        };
        let comparison = compare(&lines.concat(), &copy.concat());
        prop_assert_ne!(comparison.relation, Relation::Same);
        prop_assert_eq!(comparison.common, first as u64);
        let named = &comparison.differences[0];
        let places = [named.a, named.b].map(|place| place.map(|place| place.first));
        prop_assert!(places.contains(&Some(first as u64 + 1)), "{}", brief(named));
    }

    #[test]
    fn any_other_byte_is_found(at in any::<prop::sample::Index>(), byte: u8) {
        let log = lines(4).concat();
        let mut copy = log.clone().into_bytes();
        let at = at.index(copy.len());
        prop_assume!(copy[at] != byte);
        copy[at] = byte;
        let survey = [Survey::of(log.as_bytes()), Survey::of(&copy)];
        let comparison = compare::compare(&survey[0], &survey[1], |side, range| {
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            let log = if side == Side::A { log.as_bytes() } else { &copy };
            Ok::<_, Infallible>(log[range].to_vec())
        }).unwrap();
        prop_assert!(!comparison.same_bytes);
        let before = log[..at].matches('\n').count();
        let is_same = comparison.relation == Relation::Same;
        prop_assert!(is_same || comparison.common == before as u64, "{comparison:?}");
    }
}
