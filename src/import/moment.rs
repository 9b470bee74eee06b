//! Times as files write them, and which of them can be true.

use jiff::{civil, tz::TimeZone};
use serde::Deserialize;

use crate::{domain::Timestamp, import::unread::Reason};

/// How a column writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// ISO 8601; without an offset it is UTC.
    #[default]
    Iso,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Seconds since 1970.
    Seconds,
}

/// The moment of the import, and how far ahead of it a source's clock may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The moment of the import.
    pub now: Timestamp,
    /// In milliseconds.
    pub future_skew_ms: i64,
}

impl Clock {
    /// When something happened.
    ///
    /// # Errors
    /// Where it is no time, not after the epoch, or in the future.
    pub fn past(self, text: &str, format: TimeFormat) -> Result<Timestamp, Reason> {
        let time = read(text, format)?;
        if time.0 <= 0 {
            return Err(Reason::BeforeEpoch);
        }
        if time.0 > self.now.0.saturating_add(self.future_skew_ms) {
            return Err(Reason::InFuture);
        }
        Ok(time)
    }
}

/// Any moment, also one to come.
///
/// # Errors
/// Where it is no time.
pub fn read(text: &str, format: TimeFormat) -> Result<Timestamp, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let number = || text.parse::<i64>().map_err(|_| Reason::NotTime);
    match format {
        TimeFormat::Milliseconds => number().map(Timestamp),
        TimeFormat::Seconds => number()?.checked_mul(1000).map(Timestamp).ok_or(Reason::TooLarge),
        TimeFormat::Iso => iso(text).ok_or(Reason::NotTime),
    }
}

fn iso(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(moment.as_millisecond()));
    }
    let local: civil::DateTime = text.parse().ok()?;
    let moment = local.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp(moment.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::{
        TimeFormat::{Iso, Milliseconds, Seconds},
        *,
    };

    #[test]
    fn times_are_read_and_bounded() {
        let clock = Clock { now: Timestamp(1_600_000_000_000), future_skew_ms: 60_000 };
        let check = |text: &str, format, expected: Result<i64, Reason>| {
            assert_eq!(clock.past(text, format).map(|time| time.0), expected, "{text:?}");
        };
        check("1291191960000", Milliseconds, Ok(1_291_191_960_000));
        check("1291191960", Seconds, Ok(1_291_191_960_000));
        check("2010-12-01T08:26:00Z", Iso, Ok(1_291_191_960_000));
        check("2010-12-01T09:26:00.000+01:00", Iso, Ok(1_291_191_960_000));
        check("2010-12-01 08:26:00", Iso, Ok(1_291_191_960_000));
        check("2010-12-01", Iso, Ok(1_291_161_600_000));
        check("1600000060000", Milliseconds, Ok(1_600_000_060_000));
        check("1600000060001", Milliseconds, Err(Reason::InFuture));
        check("2050-01-01T00:00:00Z", Iso, Err(Reason::InFuture));
        check("1969-12-31T23:59:59Z", Iso, Err(Reason::BeforeEpoch));
        check("0", Milliseconds, Err(Reason::BeforeEpoch));
        check("-5", Seconds, Err(Reason::BeforeEpoch));
        check("01/12/2010", Iso, Err(Reason::NotTime));
        check("2010-02-30T00:00:00Z", Iso, Err(Reason::NotTime));
        check("NaN", Milliseconds, Err(Reason::NotTime));
        check("9223372036854775807", Seconds, Err(Reason::TooLarge));
        check("", Iso, Err(Reason::Missing));
    }
}
