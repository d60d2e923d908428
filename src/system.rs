//! The clock and the source of randomness, and nothing else of the machine.

use std::{io, time::Instant, time::SystemTime};

use crate::{record::id, time::Timestamp};

/// Returns the time of day.
///
/// # Errors
/// When the clock stands outside of the years 1970 to 9999.
pub fn now() -> io::Result<Timestamp> {
    #[expect(clippy::disallowed_methods, reason = "this is the place for it")]
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_err(io::Error::other)?;
    i128::try_from(since_1970.as_nanos())
        .ok()
        .and_then(Timestamp::from_unix_nanos)
        .ok_or_else(|| io::Error::other("the clock stands past the year 9999"))
}

/// Returns a point from which time that passed can be measured.
pub fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the place for it")]
    Instant::now()
}

/// Returns what no request had before.
///
/// # Errors
/// When the system gives no random bytes.
pub fn nonce() -> io::Result<[u8; 8]> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    Ok(random)
}

/// Returns a new record id.
///
/// # Errors
/// When the system gives no random bytes.
pub fn record_id() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(id::from_random(random))
}
