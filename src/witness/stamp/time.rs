//! The time that a token names.

use std::fmt;

use crate::time::Timestamp;

/// The time that a token names, in UTC, as exactly as it does. Ordered as time is.
///
/// Its text is `yyyy-mm-ddThh:mm:ss[.fraction]Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// `yyyy-mm-ddThh:mm:ss`.
    seconds: String,
    /// The digits behind the dot, without zeros at the end.
    fraction: String,
}

impl Time {
    /// Reads `yyyymmddhhmmss[.fraction]Z`, the only form that RFC 3161 (section 2.4.2) allows. Zeros at the end of the
    /// fraction, which it forbids, are passed over.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z')?;
        let (digits, fraction) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some((digits, fraction)) => (digits, fraction),
            None => (text, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (digits.len() == 14 && is_digits(digits) && is_digits(fraction)).then_some(())?;
        let at = |from: usize, to: usize| &digits[from..to];
        let [date, time] = [
            [at(0, 4), at(4, 6), at(6, 8)].join("-"),
            [at(8, 10), at(10, 12), at(12, 14)].join(":"),
        ];
        let time = Self {
            seconds: format!("{date}T{time}"),
            fraction: fraction.trim_end_matches('0').to_owned(),
        };
        time.timestamp().map(|_| time)
    }

    /// Returns the whole seconds since 1970; none before.
    pub(super) fn unix_seconds(&self) -> Option<u64> {
        let nanos = self.timestamp()?.unix_nanos();
        (nanos / 1_000_000_000).try_into().ok()
    }

    /// Returns it without its fraction.
    fn timestamp(&self) -> Option<Timestamp> {
        Timestamp::parse(&format!("{}Z", self.seconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.seconds)?;
        if !self.fraction.is_empty() {
            write!(f, ".{}", self.fraction)?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_one_form() {
        for (text, expected) in [
            ("20260102030405Z", Some("2026-01-02T03:04:05Z")),
            ("20260102030405.5Z", Some("2026-01-02T03:04:05.5Z")),
            ("20260102030405.120Z", Some("2026-01-02T03:04:05.12Z")),
            ("20260102030405.0Z", Some("2026-01-02T03:04:05Z")),
            (
                "20260102030405.00000000000001Z",
                Some("2026-01-02T03:04:05.00000000000001Z"),
            ),
            ("20260102030405.Z", None),
            ("20260102030405", None),
            ("202601020304Z", None),
            ("20260102030405+0100", None),
            ("20261302030405Z", None),
            ("20260102030460Z", None),
            ("garbage", None),
        ] {
            let time = Time::parse(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn times_are_ordered_as_time_is() {
        let [early, tenth, half] = ["", ".12", ".5"]
            .map(|fraction| Time::parse(&format!("20260102030405{fraction}Z")).unwrap());
        assert!(early < tenth && tenth < half);
        assert!(half < Time::parse("20260102030406Z").unwrap());
        assert_eq!(half.unix_seconds(), early.unix_seconds());
        assert_eq!(early.unix_seconds(), Some(1_767_323_045));
        assert_eq!(Time::parse("19691231235959Z").unwrap().unix_seconds(), None);
    }
}
