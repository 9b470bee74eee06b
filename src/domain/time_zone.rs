//! The time zones that days are counted in: the shop's, and a customer's own where it is known.

use std::{fmt, str::FromStr};

use jiff::civil;
use thiserror::Error;

use crate::domain::Timestamp;

/// Not a time zone.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("not the name of a time zone, as \"Europe/Warsaw\": {0:?}")]
pub struct InvalidTimeZone(pub String);

/// A zone of the IANA time zone database, which the program carries in itself: containers seldom have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// "UTC".
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The date that the calendars of the zone show.
    pub fn date(&self, time: Timestamp) -> civil::Date {
        self.0.to_datetime(moment(time)).date()
    }

    /// The days that have passed since 1970 by the calendars of the zone.
    pub fn day(&self, time: Timestamp) -> i64 {
        let offset_ms = i64::from(self.0.to_offset(moment(time)).seconds()) * 1_000;
        time.0.saturating_add(offset_ms).div_euclid(Timestamp::DAY)
    }

    /// How many midnights of the zone lie between two moments; negative where `to` is the earlier one.
    pub fn days_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.day(to) - self.day(from)
    }

    /// The moment at which the clocks of the zone show this. Where they skip it the moment after, where they show it twice
    /// the first. `None`: outside of what a calendar has.
    pub fn moment(&self, local: civil::DateTime) -> Option<Timestamp> {
        self.0.to_timestamp(local).ok().map(|moment| Timestamp(moment.as_millisecond()))
    }
}

/// The nearest moment that a calendar has.
fn moment(time: Timestamp) -> jiff::Timestamp {
    let end = if time.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(time.0).unwrap_or(end)
}

impl FromStr for TimeZone {
    type Err = InvalidTimeZone;

    fn from_str(name: &str) -> Result<Self, InvalidTimeZone> {
        jiff::tz::TimeZone::get(name.trim()).map(Self).map_err(|_| InvalidTimeZone(name.to_owned()))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn a_day_is_the_one_of_the_zone() {
        let check = |zone: &str, at: &str, expected: &str| {
            let zone: TimeZone = zone.parse().unwrap();
            let date = zone.date(time(at));
            assert_eq!(date.to_string(), expected, "{zone} {at}");
            assert_eq!(civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(zone.day(time(at)))), date);
        };
        check("UTC", "2026-11-02T23:30:00Z", "2026-11-02");
        check("Europe/Warsaw", "2026-11-02T22:59:59Z", "2026-11-02");
        check("Europe/Warsaw", "2026-11-02T23:00:00Z", "2026-11-03");
        check("Europe/Warsaw", "2026-07-02T22:00:00Z", "2026-07-03");
        check("europe/warsaw", "1969-12-31T23:30:00Z", "1970-01-01");
        check("America/Los_Angeles", "2026-11-02T07:59:00Z", "2026-11-01");
        check("Asia/Kathmandu", "2026-11-02T18:15:00Z", "2026-11-03");
        check("Pacific/Kiritimati", "2026-11-02T10:00:00Z", "2026-11-03");
    }

    #[test]
    fn midnights_are_counted_and_not_hours() {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let check = |from: &str, to: &str, expected: i64| {
            assert_eq!(warsaw.days_between(time(from), time(to)), expected, "{from} {to}");
        };
        check("2026-11-02T22:30:00Z", "2026-11-02T23:30:00Z", 1);
        check("2026-11-02T23:30:00Z", "2026-11-03T22:30:00Z", 0);
        check("2026-11-03T23:30:00Z", "2026-11-02T22:30:00Z", -2);
        // The day on which clocks go back has 25 hours.
        check("2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", 0);
        check("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 1);
    }

    #[test]
    fn local_times_are_moments() {
        let check = |zone: &str, local: &str, expected: &str| {
            let zone: TimeZone = zone.parse().unwrap();
            assert_eq!(zone.moment(local.parse().unwrap()), Some(time(expected)), "{zone} {local}");
        };
        check("Europe/Warsaw", "2026-11-03T00:30:00", "2026-11-02T23:30:00Z");
        check("Europe/Warsaw", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z");
        check("Europe/Warsaw", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z");
    }

    #[test]
    fn what_names_no_zone_is_refused() {
        for name in ["", "Warsaw", "Europe/Warschau", "+02:00", "CET+1"] {
            assert_eq!(name.parse::<TimeZone>(), Err(InvalidTimeZone(name.to_owned())), "{name:?}");
        }
        let zone: TimeZone = "europe/warsaw".parse().unwrap();
        assert_eq!(zone.to_string(), "Europe/Warsaw");
        for end in [i64::MIN, i64::MAX] {
            assert_ne!(zone.day(Timestamp(end)), 0);
            assert_ne!(zone.date(Timestamp(end)).year(), 1970);
        }
    }
}
