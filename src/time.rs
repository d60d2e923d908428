//! Timestamps of records. Reading a clock is the caller's matter.

use std::fmt;

use jiff::{ToSpan, civil};

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i128);

impl Timestamp {
    /// Returns the instant `nanos` nanoseconds after 1970, or `None` outside the years 1 to 9999.
    pub fn from_unix_nanos(nanos: i128) -> Option<Self> {
        let second = i64::try_from(nanos.div_euclid(NANOS_PER_SECOND)).ok()?;
        (FIRST_SECOND..=LAST_SECOND)
            .contains(&second)
            .then_some(Self(nanos))
    }

    /// Reads `yyyy-mm-ddThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm)`, `t` and `z` included.
    ///
    /// This is the grammar by which the reference orders records: a real calendar date, no leap second, one
    /// to nine digits of fraction, any two digits in the parts of an offset, and one line feed at the end
    /// tolerated. Anything else is no timestamp: such a record is not ordered.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_bytes(text.as_bytes())
    }

    /// The same for bytes that need not be UTF-8.
    pub(crate) fn parse_bytes(text: &[u8]) -> Option<Self> {
        let bytes = text.strip_suffix(b"\n").unwrap_or(text);
        let shape = bytes.len() >= 20
            && bytes[4] == b'-'
            && bytes[7] == b'-'
            && matches!(bytes[10], b'T' | b't')
            && bytes[13] == b':'
            && bytes[16] == b':';
        if !shape {
            return None;
        }
        let mut rest = &bytes[19..];
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            nanos = number(&fraction[..digits])? * 10_i64.pow(9 - u32::try_from(digits).ok()?);
            rest = &fraction[digits..];
        }
        let [year, month, day] = [
            number(&bytes[..4])?,
            number(&bytes[5..7])?,
            number(&bytes[8..10])?,
        ];
        let [hour, minute, second] = [
            number(&bytes[11..13])?,
            number(&bytes[14..16])?,
            number(&bytes[17..19])?,
        ];
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_since_1970(year, month, day)?;
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
        let seconds = seconds - offset_seconds(rest)?;
        (FIRST_SECOND..=LAST_SECOND)
            .contains(&seconds)
            .then(|| Self(i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos)))
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_nanos(self) -> i128 {
        self.0
    }

    /// Returns the whole microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn unix_micros(self) -> i64 {
        let micros = self.0.div_euclid(1000);
        i64::try_from(micros).expect("the years 1 to 9999 are within 2^63 microseconds of 1970")
    }
}

/// The form records carry: UTC with six digits of fraction and a numeric offset, as the reference writes it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (
            self.0.div_euclid(NANOS_PER_SECOND),
            self.0.rem_euclid(NANOS_PER_SECOND),
        );
        let (days, second) = (
            seconds.div_euclid(SECONDS_PER_DAY.into()),
            seconds.rem_euclid(SECONDS_PER_DAY.into()),
        );
        let days = i32::try_from(days).map_err(|_beyond_the_calendar| fmt::Error)?;
        let date = EPOCH
            .checked_add(days.days())
            .map_err(|_beyond_the_calendar| fmt::Error)?;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let micros = nanos / 1000;
        write!(
            f,
            "{date}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00"
        )
    }
}

/// Counts the days of the proleptic Gregorian calendar; `None` if there is no such day. Every record that
/// is verified comes through here, so this is arithmetic rather than a calendar (the tests compare it with
/// one).
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Counted in years that begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let before_year = 365 * year + year / 4 - year / 100 + year / 400;
    let before_month = (153 * month + 2) / 5;
    Some(before_year + before_month + day - 1 - DAYS_BEFORE_1970)
}

/// Reads up to nine digits.
fn number(digits: &[u8]) -> Option<i64> {
    let mut number = 0;
    let mut highest = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        highest = highest.max(digit);
        number = number * 10 + u64::from(digit);
    }
    (highest < 10).then_some(number.cast_signed())
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    match text {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let seconds = number(&[*h1, *h2])? * 3600 + number(&[*m1, *m2])? * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_fractions_and_letter_case_do_not_matter() {
        let noon = Timestamp::parse("2026-01-01T12:00:00Z").unwrap();
        for same in [
            "2026-01-01t12:00:00z",
            "2026-01-01T12:00:00.000000000Z",
            "2026-01-01T14:00:00+02:00",
            "2026-01-01T11:30:00-00:30",
            "2026-01-05T16:39:00+99:99",
            "2026-01-01T12:00:00+00:00\n",
        ] {
            assert_eq!(Timestamp::parse(same), Some(noon), "{same}");
        }
        assert!(Timestamp::parse("2026-01-01T12:00:00.000000001Z").unwrap() > noon);
    }

    #[test]
    fn what_is_not_a_timestamp_is_not_ordered() {
        for bad in [
            "",
            "2026-01-01",
            "2026-01-01 12:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-01-01T12:00:60Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T12:00:00",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00:00.1234567890Z",
            "2026-01-01T12:00:00+0100",
            "2026-01-01T12:00:00+1:00",
            "0000-01-01T12:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "+026-01-01T12:00:00Z",
            "2026-01-01T12:00:00Z ",
            "\u{661}026-01-01T12:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_counts_them() {
        let (mut date, last) = (civil::date(1, 1, 1), civil::date(9999, 12, 31));
        let mut days = FIRST_SECOND / SECONDS_PER_DAY;
        loop {
            let counted =
                days_since_1970(date.year().into(), date.month().into(), date.day().into());
            assert_eq!(counted, Some(days), "{date}");
            if date == last {
                break;
            }
            let after = date.tomorrow().unwrap();
            if after.month() != date.month() {
                let behind = i64::from(date.day()) + 1;
                let none = days_since_1970(date.year().into(), date.month().into(), behind);
                assert_eq!(none, None, "{date}");
            }
            (date, days) = (after, days + 1);
        }
        assert_eq!(days, LAST_SECOND / SECONDS_PER_DAY);
    }

    #[test]
    fn the_stored_form_has_six_digits_and_an_offset() {
        let stamp = Timestamp::parse("2026-11-22T05:40:21.191700999Z").unwrap();
        assert_eq!(stamp.to_string(), "2026-11-22T05:40:21.191700+00:00");
        assert_eq!(
            Timestamp::from_unix_nanos(0).unwrap().to_string(),
            "1970-01-01T00:00:00.000000+00:00"
        );
        for edge in [
            "0001-01-01T00:00:00.000000+00:00",
            "1969-12-31T23:59:59.999999+00:00",
            "9999-12-31T23:59:59.999999+00:00",
        ] {
            assert_eq!(Timestamp::parse(edge).unwrap().to_string(), edge);
        }
    }
}
