//! Lengths of time as they are typed and shown.

const UNITS: &[(char, u64)] = &[('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// Reads a length of time: a whole number with a unit, as 30s, 5m, 2h or 1d. Returns seconds, at least one.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let read = || {
        let unit = text.chars().last()?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let number = text.strip_suffix(unit)?;
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = number.parse().ok().filter(|_| is_plain)?;
        number.checked_mul(*seconds).filter(|seconds| *seconds > 0)
    };
    read().ok_or_else(|| "a length of time is a number and a unit, as 30s, 5m, 2h or 1d".to_owned())
}

/// Returns a length of time in its two largest units.
pub(super) fn text(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (name, size) in UNITS {
        if rest >= *size {
            parts.push(format!("{}{name}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_a_number_and_a_unit() {
        for (typed, seconds) in [
            ("1s", 1),
            ("30s", 30),
            ("5m", 300),
            ("2h", 7200),
            ("1d", 86_400),
        ] {
            assert_eq!(parse(typed), Ok(seconds), "{typed}");
        }
        for bad in [
            "",
            "5",
            "s",
            "0s",
            "-1s",
            "+5m",
            "1.5h",
            "5 m",
            "5M",
            "99999999999999999999s",
            "999999999999999999d",
            "5é",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_units_are_shown() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (300, "5m"),
            (4021, "1h 7m"),
            (3601, "1h"),
            (90_061, "1d 1h"),
        ] {
            assert_eq!(text(seconds), shown);
        }
    }
}
