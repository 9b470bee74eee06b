//! The time in which a reduced price holds, as feeds write it.

use jiff::civil;

use crate::{
    domain::{TimeZone, Timestamp},
    import::{
        row_error::Reason,
        timestamps::{self, TimeFormat},
    },
};

/// The first moment of a sale and the first after it; either may be open.
pub(super) type Span = (Option<Timestamp>, Option<Timestamp>);

/// "from/until", as Google and Meta write it. Either end may be left out.
///
/// # Errors
/// Where one of them is no time, or the sale would end before it begins.
pub(super) fn window(text: &str, zone: &TimeZone) -> Result<Span, Reason> {
    let (from, until) = text.split_once('/').ok_or(Reason::NotTime)?;
    let span = (beginning(from, zone)?, end(until, zone)?);
    match span {
        (Some(from), Some(until)) if until <= from => Err(Reason::NotTime),
        span => Ok(span),
    }
}

/// The first moment. A date alone is the beginning of its day, and without a zone the clocks are the shop's.
///
/// # Errors
/// Where it is no time.
pub(super) fn beginning(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Reason> {
    match (text.trim(), date(text)) {
        ("", _) => Ok(None),
        (_, Some(date)) => midnight(date, zone).map(Some),
        (text, None) => timestamps::read(text, &TimeFormat::Any, zone).map(Some),
    }
}

/// The first moment after it. Of a date alone all of its day belongs to the sale.
///
/// # Errors
/// Where it is no time.
pub(super) fn end(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Reason> {
    match date(text) {
        Some(date) => midnight(date.tomorrow().map_err(|_| Reason::TooLarge)?, zone).map(Some),
        None => beginning(text, zone),
    }
}

fn date(text: &str) -> Option<civil::Date> {
    let text = text.trim();
    // Longer ones have a time, which the date would swallow.
    if text.len() == "2026-01-31".len() { text.parse().ok() } else { None }
}

fn midnight(date: civil::Date, zone: &TimeZone) -> Result<Timestamp, Reason> {
    zone.moment(date.at(0, 0, 0, 0)).ok_or(Reason::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_end_may_be_open_and_a_date_covers_its_day() {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let time = |text: &str| (!text.is_empty()).then(|| text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let check = |text: &str, from: &str, until: &str| {
            let (seen_from, seen_until) = window(text, &warsaw).unwrap();
            let seen = (seen_from.map(|time| time.0), seen_until.map(|time| time.0));
            assert_eq!(seen, (time(from), time(until)), "{text}");
        };
        check("2026-01-01T00:00:00+01:00/2026-02-01T12:00:00Z", "2025-12-31T23:00:00Z", "2026-02-01T12:00:00Z");
        check("2026-01-01T00:00:00+01:00/", "2025-12-31T23:00:00Z", "");
        check("2026-01-01T00:00+01:00 / ", "2025-12-31T23:00:00Z", "");
        check("/2026-02-01T12:00:00Z", "", "2026-02-01T12:00:00Z");
        check("/", "", "");
        check("2026-01-01/2026-01-31", "2025-12-31T23:00:00Z", "2026-01-31T23:00:00Z");
        check("2026-01-01/2026-01-01", "2025-12-31T23:00:00Z", "2026-01-01T23:00:00Z");
        for text in ["", "2026-01-01", "soon/", "2026-02-01/2026-01-01", "2026-01-01T00:00Z/2026-01-01T00:00Z"] {
            assert_eq!(window(text, &warsaw), Err(Reason::NotTime), "{text}");
        }
    }
}
