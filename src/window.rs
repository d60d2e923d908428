//! Spans of time: the records that are meant, if not all of a log.
//!
//! Moments are read as generously as the reference reads them (ISO 8601: extended and basic form, week dates, no
//! zone for UTC), and compared in whole microseconds, which is all it keeps.

use std::fmt;

use jiff::civil::{self, ISOWeekDate, Weekday};

use crate::time::Timestamp;

const NANOS_PER_MICRO: i128 = 1000;
const NANOS_PER_SECOND: i128 = 1_000_000_000;
/// The last microsecond of a day, from its first on.
const LAST_MICRO_OF_DAY: i128 = 86_400_000_000 - 1;

/// From when to when, both included; open where there is no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    from: Option<Moment>,
    to: Option<Moment>,
}

/// Microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(i128);

/// A text that is no date and no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date (2026-11-22) and no time (2026-11-22T15:04:05Z)")]
pub struct WindowError(pub String);

impl Window {
    /// Returns the window between two dates or times. A date as an end means all of that day, in UTC.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn new(from: Option<&str>, to: Option<&str>) -> Result<Self, WindowError> {
        let read = |text: &str| instant(text).ok_or_else(|| WindowError(text.to_owned()));
        let end = |text: &str| {
            let Moment(start) = read(text)?;
            let is_day = text.trim().len() == "2026-11-22".len() && text.contains('-');
            Ok(Moment(start + if is_day { LAST_MICRO_OF_DAY } else { 0 }))
        };
        Ok(Self {
            from: from.map(read).transpose()?,
            to: to.map(end).transpose()?,
        })
    }

    /// Whether it leaves any record out.
    pub const fn is_bounded(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Returns its beginning, as results have it.
    pub fn from(&self) -> Option<String> {
        self.from.map(|instant| instant.to_string())
    }

    /// Returns its end, as results have it.
    pub fn to(&self) -> Option<String> {
        self.to.map(|instant| instant.to_string())
    }

    /// Whether a record of this time is in it; none if the time cannot be read.
    pub fn holds(&self, ts: Option<&str>) -> Option<bool> {
        if !self.is_bounded() {
            return Some(true);
        }
        let ts = instant(ts?)?;
        Some(self.from.is_none_or(|from| from <= ts) && self.to.is_none_or(|to| ts <= to))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ts = Timestamp::from_unix_nanos(self.0 * NANOS_PER_MICRO).ok_or(fmt::Error)?;
        let text = ts.to_string();
        f.write_str(&text.replace(".000000", ""))
    }
}

fn instant(text: &str) -> Option<Moment> {
    let text = text.trim();
    // Most records are written so. Records' other offsets may be of any two digits, which these may not.
    let is_utc = text.contains('T') && (text.ends_with('Z') || text.ends_with("+00:00"));
    if let Some(ts) = Timestamp::parse(text).filter(|_| is_utc) {
        return Some(Moment(ts.unix_nanos().div_euclid(NANOS_PER_MICRO)));
    }
    // A zone of its own, or a blank before it, changes nothing.
    let zulu = text.strip_suffix('Z').map(str::trim_end);
    let text = zulu.unwrap_or(text);
    let (date, rest) = date(text)?;
    let mut time = rest.chars();
    let nanos = match time.next() {
        None => 0,
        Some(separator) if separator.is_ascii_digit() || separator == 'Z' => return None,
        Some(_) => time_of_day(time.as_str())?,
    };
    let days = date
        .since((jiff::Unit::Day, civil::date(1970, 1, 1)))
        .ok()?;
    let seconds = i128::from(days.get_days()) * 86_400;
    let nanos = seconds * NANOS_PER_SECOND + nanos;
    Timestamp::from_unix_nanos(nanos)?;
    Some(Moment(nanos.div_euclid(NANOS_PER_MICRO)))
}

/// Reads the date at the beginning of a text and returns what stands behind it.
fn date(text: &str) -> Option<(civil::Date, &str)> {
    let dashed = text.as_bytes().get(4) == Some(&b'-');
    let at = if dashed { 5 } else { 4 };
    let year = i16::try_from(digits(text.get(..4)?)?).ok()?;
    let rest = text.get(at..)?;
    if let Some(rest) = rest.strip_prefix('W') {
        return week(year, rest, dashed);
    }
    let month = i8::try_from(digits(rest.get(..2)?)?).ok()?;
    let rest = rest.get(2..)?;
    let rest = if dashed {
        rest.strip_prefix('-')?
    } else {
        rest
    };
    let day = i8::try_from(digits(rest.get(..2)?)?).ok()?;
    let date = civil::Date::new(year, month, day).ok()?;
    Some((date, rest.get(2..)?))
}

fn week(year: i16, text: &str, dashed: bool) -> Option<(civil::Date, &str)> {
    let week = i8::try_from(digits(text.get(..2)?)?).ok()?;
    let rest = text.get(2..)?;
    let day = if dashed {
        rest.strip_prefix('-')
    } else {
        Some(rest)
    };
    let (weekday, rest) = match day.and_then(|rest| Some((digits(rest.get(..1)?)?, &rest[1..]))) {
        Some((day, rest)) => (i8::try_from(day).ok()?, rest),
        None => (1, rest),
    };
    let weekday = Weekday::from_monday_one_offset(weekday).ok()?;
    let date = ISOWeekDate::new(year, week, weekday).ok()?;
    Some((date.date(), rest))
}

/// Returns nanoseconds since midnight in UTC.
fn time_of_day(text: &str) -> Option<i128> {
    let at = text.find(['+', '-']).unwrap_or(text.len());
    let (time, offset) = text.split_at(at);
    let time = clock(time.trim_end())?;
    let Some(sign) = offset.chars().next() else {
        return Some(time);
    };
    let offset = clock(&offset[1..])?;
    Some(if sign == '-' {
        time + offset
    } else {
        time - offset
    })
}

/// Reads `hh[[:]mm[[:]ss]]`, with a fraction behind it.
fn clock(text: &str) -> Option<i128> {
    let (time, fraction) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = if time.contains(':') {
        time.split(':').collect()
    } else {
        let pairs = (0..time.len()).step_by(2);
        pairs
            .map(|at| time.get(at..at + 2))
            .collect::<Option<_>>()?
    };
    let mut seconds = 0;
    for (part, (limit, weight)) in parts.iter().zip([(24, 3600), (60, 60), (60, 1)]) {
        let number = digits(part).filter(|number| part.len() == 2 && *number < limit)?;
        seconds += number * weight;
    }
    let fraction = fraction.unwrap_or_default();
    if !(1..=3).contains(&parts.len()) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = digits(&format!("{fraction:0<9}")[..9])?;
    Some(i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos))
}

fn digits(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_the_reference_reads_them() {
        let from = |text: &str| Window::new(Some(text), None).map(|window| window.from().unwrap());
        for (text, expected) in [
            ("2026-11-22", "2026-11-22T00:00:00+00:00"),
            ("20261122", "2026-11-22T00:00:00+00:00"),
            (" 2026-11-22\n", "2026-11-22T00:00:00+00:00"),
            ("2026-W47-1", "2026-11-16T00:00:00+00:00"),
            ("2026W471", "2026-11-16T00:00:00+00:00"),
            ("2026-W47", "2026-11-16T00:00:00+00:00"),
            ("2026-11-22T00Z", "2026-11-22T00:00:00+00:00"),
            ("2026-11-22 10:30", "2026-11-22T10:30:00+00:00"),
            ("20261122T103000Z", "2026-11-22T10:30:00+00:00"),
            ("2026-11-22T10:30:00,5Z", "2026-11-22T10:30:00.500000+00:00"),
            (
                "2026-11-22T10:30:00.1234567Z",
                "2026-11-22T10:30:00.123456+00:00",
            ),
            ("2026-11-22T00:00:00+02:00", "2026-11-21T22:00:00+00:00"),
            ("2026-11-22T00:00:00-0230", "2026-11-22T02:30:00+00:00"),
            ("2026-11-22T00:00:00+02:00:30", "2026-11-21T21:59:30+00:00"),
        ] {
            assert_eq!(from(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "2026",
            "2026-11",
            "2026-326",
            "2026-13-01",
            "2026-02-29",
            "0000-01-01",
            "2026-11-22T",
            "2026-11-22T0",
            "2026-11-22T24:00:00Z",
            "2026-11-22T00:00:60Z",
            "2026-11-22T00:00:00+25:00",
            "2026-W54-1",
            "2026-W47-8",
            "2026-11-22t00:00:00z",
            "٢٠٢٦-11-22",
            "2026-11-22T00:00:00.é",
            "2026-11-22T00:00:00Zz",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert!(from(text).is_err(), "{text}");
        }
        let to = |text: &str| Window::new(None, Some(text)).unwrap().to().unwrap();
        assert_eq!(to("2026-11-22"), "2026-11-22T23:59:59.999999+00:00");
        assert_eq!(to("20261122"), "2026-11-22T00:00:00+00:00");
    }

    #[test]
    fn a_window_has_both_its_ends_and_no_record_without_a_time() {
        let window = Window::new(Some("2026-11-22T10:00:00Z"), Some("2026-11-22T11:00:00Z"));
        let window = window.unwrap();
        for (ts, expected) in [
            (Some("2026-11-22T09:59:59.999999Z"), Some(false)),
            (Some("2026-11-22T10:00:00Z"), Some(true)),
            (Some("2026-11-22T13:00:00.0000009+02:00"), Some(true)),
            (Some("2026-11-22T11:00:00.000001Z"), Some(false)),
            (Some("never"), None),
            (None, None),
        ] {
            assert_eq!(window.holds(ts), expected, "{ts:?}");
        }
        assert_eq!(Window::default().holds(None), Some(true));
    }
}
