//! Which records were witnessed later than was meant.

use serde::Serialize;

use super::{Chain, Checkpoint};
use crate::time::Timestamp;

/// How much later than meant is not late: a tenth of the interval, and this many seconds at least. Reading a log and
/// asking a witness takes time too.
const GRACE_SECONDS: u64 = 5;

/// How many runs of late records are named.
const MAX_NAMED: usize = 100;

const MICROS: u64 = 1_000_000;

/// A run of records that the same checkpoint was the first to cover, and that was late for one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Late {
    /// The first record that was waiting too long.
    pub from: u64,
    /// The last record that waited for the same checkpoint.
    pub to: u64,
    /// How many seconds lay between the oldest of them, as it says, and the checkpoint, as the witness says; or now, if
    /// there is none yet.
    pub seconds: u64,
    /// Whether there is a checkpoint that covers them.
    pub is_witnessed: bool,
}

/// Returns the runs of records that were witnessed late, or are not witnessed and should be: the first of them, and how
/// many there are. `every` is how many seconds may lie between a record and the first checkpoint that covers it.
///
/// A record that names no time is passed over, and so is a checkpoint. Records have the clock of who wrote them, and
/// checkpoints that of the witness.
pub fn late(
    chain: &Chain,
    checkpoints: &[&Checkpoint],
    every: u64,
    now: Timestamp,
) -> (Vec<Late>, u64) {
    let first_seen = first_seen(checkpoints);
    let most = every.saturating_add((every / 10).max(GRACE_SECONDS));
    let (mut named, mut runs, mut last) = (Vec::<Late>::new(), 0, None);
    for (number, at) in chain.times() {
        let cover = first_seen.partition_point(|(count, _)| *count < number);
        let seen = first_seen.get(cover).map(|(_, at)| *at);
        let waited = micros_between(at, seen.unwrap_or(now.unix_micros())) / MICROS;
        let is_late = waited > most;
        if last == Some(cover) {
            if let Some(late) = named.last_mut().filter(|_| runs <= MAX_NAMED as u64) {
                late.to = number;
                late.seconds = late.seconds.max(waited);
            }
        } else if is_late {
            last = Some(cover);
            runs += 1;
            if named.len() < MAX_NAMED {
                named.push(Late {
                    from: number,
                    to: number,
                    seconds: waited,
                    is_witnessed: seen.is_some(),
                });
            }
        }
    }
    (named, runs)
}

/// Returns, in the order of the counts, up to which record checkpoints reach, and when it was first seen that there are
/// as many.
fn first_seen(checkpoints: &[&Checkpoint]) -> Vec<(u64, i64)> {
    let mut seen: Vec<(u64, i64)> = checkpoints
        .iter()
        .filter_map(|one| Some((one.count, Timestamp::parse(one.ts.as_str()?)?.unix_micros())))
        .collect();
    seen.sort_unstable();
    // Who saw more records saw these too.
    let mut earliest = i64::MAX;
    for (_, at) in seen.iter_mut().rev() {
        earliest = earliest.min(*at);
        *at = earliest;
    }
    seen.dedup_by_key(|(count, _)| *count);
    seen
}

fn micros_between(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::witness::Looked;

    const DAY: &str = "2026-11-22T";

    /// A log whose records were written at these times.
    fn chain(times: &[&str]) -> Chain {
        let mut chain = Chain::with_times();
        for time in times {
            let line = format!(r#"{{"ts":"{DAY}{time}Z","integrity":{{"hash":"x"}}}}"#);
            chain.take(Looked::at(line.as_bytes()));
        }
        chain
    }

    fn checkpoint(count: u64, time: &str) -> Checkpoint {
        let line = format!(r#"{{"count":{count},"head":"x","ts":"{DAY}{time}Z"}}"#);
        let kept = crate::witness::of_file(line.as_bytes());
        kept.checkpoints.into_iter().next().unwrap()
    }

    fn runs(chain: &Chain, checkpoints: &[Checkpoint], now: &str) -> Vec<(u64, u64, u64, bool)> {
        let checkpoints: Vec<&Checkpoint> = checkpoints.iter().collect();
        let now = Timestamp::parse(&format!("{DAY}{now}Z")).unwrap();
        let (named, count) = late(chain, &checkpoints, 300, now);
        assert_eq!(named.len() as u64, count);
        let all = named
            .iter()
            .map(|one| (one.from, one.to, one.seconds, one.is_witnessed));
        all.collect()
    }

    #[test]
    fn a_record_that_waited_longer_than_the_interval_is_late() {
        let log = chain(&["12:00:00", "12:04:00", "12:06:00", "12:20:00"]);
        let on_time = [
            checkpoint(2, "12:05:00"),
            checkpoint(3, "12:10:00"),
            checkpoint(4, "12:25:00"),
        ];
        assert_eq!(runs(&log, &on_time, "18:00:00"), []);
        let missed = [checkpoint(2, "12:05:00"), checkpoint(4, "12:25:00")];
        assert_eq!(runs(&log, &missed, "18:00:00"), [(3, 4, 1140, true)]);
        // In any order, and who saw more saw these too.
        let said_again = [
            checkpoint(4, "12:25:00"),
            checkpoint(2, "12:40:00"),
            checkpoint(3, "12:05:00"),
        ];
        assert_eq!(runs(&log, &said_again, "18:00:00"), []);
    }

    #[test]
    fn a_record_that_nobody_witnessed_is_late_once_the_interval_is_over() {
        let log = chain(&["12:00:00", "12:06:00"]);
        let first = [checkpoint(1, "12:01:00")];
        assert_eq!(runs(&log, &first, "12:11:29"), []);
        assert_eq!(runs(&log, &first, "12:12:00"), [(2, 2, 360, false)]);
        assert_eq!(runs(&log, &[], "12:12:00"), [(1, 2, 720, false)]);
    }

    #[test]
    fn what_names_no_time_is_passed_over() {
        let mut log = chain(&["12:00:00"]);
        log.take(Looked::at(br#"{"ts":5,"integrity":{"hash":"x"}}"#));
        let mut timeless = checkpoint(2, "12:01:00");
        timeless.ts = 5.into();
        assert_eq!(runs(&log, &[timeless], "12:01:00"), []);
        let without_times = {
            let mut chain = Chain::default();
            chain.take(Looked::at(
                br#"{"ts":"2020-01-01T00:00:00Z","integrity":{"hash":"x"}}"#,
            ));
            chain
        };
        assert_eq!(runs(&without_times, &[], "12:00:00"), []);
    }

    #[test]
    fn no_more_runs_are_named_than_can_be_read() {
        let times: Vec<String> = (0..150)
            .map(|n| format!("{:02}:{:02}:00", n / 60, n % 60))
            .collect();
        let log = chain(&times.iter().map(String::as_str).collect::<Vec<_>>());
        let checkpoints: Vec<Checkpoint> = (1..=150)
            .map(|count| checkpoint(count, "23:00:00"))
            .collect();
        let late_each: Vec<&Checkpoint> = checkpoints.iter().collect();
        let now = Timestamp::parse("2026-11-22T23:00:00Z").unwrap();
        let (named, count) = late(&log, &late_each, 300, now);
        assert_eq!((named.len(), count), (100, 150));
    }
}
