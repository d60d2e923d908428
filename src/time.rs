//! Timestamps of records. Reading a clock is the caller's matter.

use std::fmt;

use jiff::{ToSpan, civil};

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i128 = 86_400;
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// An instant, in nanoseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i128);

impl Timestamp {
    /// Returns the instant `nanos` nanoseconds after 1970, or `None` outside the years 1 to 9999.
    pub fn from_unix_nanos(nanos: i128) -> Option<Self> {
        let first = unix_nanos(civil::date(1, 1, 1).at(0, 0, 0, 0));
        let last = unix_nanos(civil::date(9999, 12, 31).at(23, 59, 59, 999_999_999));
        (first..=last).contains(&nanos).then_some(Self(nanos))
    }

    /// Reads `yyyy-mm-ddThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm)`, `t` and `z` included.
    ///
    /// This is the grammar by which the reference orders records: a real calendar date, no leap second, one
    /// to nine digits of fraction, any two digits in the parts of an offset, and one line feed at the end
    /// tolerated. Anything else is no timestamp: such a record is not ordered.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.strip_suffix('\n').unwrap_or(text).as_bytes();
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
            nanos = number(&fraction[..digits])? * 10_i32.pow(9 - u32::try_from(digits).ok()?);
            rest = &fraction[digits..];
        }
        let two = |at: usize| number(&bytes[at..at + 2]).and_then(|n| i8::try_from(n).ok());
        let date =
            civil::Date::new(i16::try_from(number(&bytes[..4])?).ok()?, two(5)?, two(8)?).ok()?;
        let time = civil::Time::new(two(11)?, two(14)?, two(17)?, nanos).ok()?;
        let local = unix_nanos(date.to_datetime(time));
        Self::from_unix_nanos(local - offset_seconds(rest)? * NANOS_PER_SECOND)
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_nanos(self) -> i128 {
        self.0
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
            seconds.div_euclid(SECONDS_PER_DAY),
            seconds.rem_euclid(SECONDS_PER_DAY),
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

/// `jiff::Timestamp` ends a day before the year 9999 does, so instants are counted from civil dates.
fn unix_nanos(utc: civil::DateTime) -> i128 {
    let days = (utc.date() - EPOCH).get_days();
    let time = utc.time() - civil::Time::midnight();
    let seconds = i128::from(days) * SECONDS_PER_DAY
        + i128::from(time.get_hours()) * 3600
        + i128::from(time.get_minutes()) * 60
        + i128::from(time.get_seconds());
    seconds * NANOS_PER_SECOND + i128::from(utc.subsec_nanosecond())
}

fn number(digits: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(digits).ok()?;
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn offset_seconds(text: &[u8]) -> Option<i128> {
    match text {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', m1, m2] if hours.len() == 2 => {
            let seconds = i128::from(number(hours)?) * 3600 + i128::from(number(&[*m1, *m2])?) * 60;
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
