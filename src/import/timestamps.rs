//! Times as files write them, and which of them can be true.

use std::sync::Arc;

use jiff::{
    civil,
    fmt::{rfc2822, strtime::BrokenDownTime},
};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    domain::{TimeZone, Timestamp},
    import::row_error::Reason,
};

/// How a column writes times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TimeFormat {
    /// As exports write them, each recognised by itself: ISO 8601 with or without an offset, RFC 2822, seconds or
    /// milliseconds since 1970, days first where nothing else can be meant.
    #[default]
    Any,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Seconds since 1970.
    Seconds,
    /// By a pattern of strptime, such as "%d/%m/%Y %H:%M".
    Pattern(Arc<str>),
}

impl<'de> Deserialize<'de> for TimeFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "any" | "iso" => Ok(Self::Any),
            "milliseconds" => Ok(Self::Milliseconds),
            "seconds" => Ok(Self::Seconds),
            pattern if pattern.contains('%') => Ok(Self::Pattern(pattern.into())),
            other => Err(D::Error::custom(format!(
                "times are \"any\", \"iso\", \"seconds\", \"milliseconds\" or a pattern such as \"%d/%m/%Y %H:%M\": {other:?}"
            ))),
        }
    }
}

/// The moment of the import, and how the clocks of its sources run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The moment of the import.
    pub now: Timestamp,
    /// How far ahead of it a source's clock may run, in milliseconds.
    pub future_skew_ms: i64,
    /// Of times that are written without an offset.
    pub zone: TimeZone,
}

impl Clock {
    /// When something happened.
    ///
    /// # Errors
    /// Where it is no time, not after the epoch, or in the future.
    pub fn past(&self, text: &str, format: &TimeFormat) -> Result<Timestamp, Reason> {
        let time = read(text, format, &self.zone)?;
        if time.0 <= 0 {
            return Err(Reason::BeforeEpoch);
        }
        if time.0 > self.now.0.saturating_add(self.future_skew_ms) {
            return Err(Reason::InFuture);
        }
        Ok(time)
    }
}

/// Any moment, also one to come. What has no offset is a time of the zone.
///
/// # Errors
/// Where it is no time.
pub fn read(text: &str, format: &TimeFormat, zone: &TimeZone) -> Result<Timestamp, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let number = || text.parse::<i64>().map_err(|_| Reason::NotTime);
    match format {
        TimeFormat::Milliseconds => number().map(Timestamp),
        TimeFormat::Seconds => number()?.checked_mul(1000).map(Timestamp).ok_or(Reason::TooLarge),
        TimeFormat::Pattern(pattern) => by_pattern(text, pattern, zone).ok_or(Reason::NotTime),
        TimeFormat::Any => any(text, zone).ok_or(Reason::NotTime),
    }
}

fn any(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    iso(text, zone)
        .or_else(|| since_epoch(text))
        .or_else(|| rfc2822::parse(text).ok().map(|moment| Timestamp(moment.timestamp().as_millisecond())))
        .or_else(|| iso(&respelled(text)?, zone))
        .or_else(|| in_words(text, zone))
        .or_else(|| in_dotnet(text))
        .or_else(|| in_named_zone(text))
}

fn iso(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(moment.as_millisecond()));
    }
    zone.moment(text.parse::<civil::DateTime>().ok()?)
}

/// A number of seconds, milli-, micro- or nanoseconds since 1970, by its size: each is then a time after March 1973, and a
/// number that is smaller is none of them.
fn since_epoch(text: &str) -> Option<Timestamp> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    // "20261120100000"
    if whole.len() == 14 && (19_700_101_000_000..=21_001_231_235_959).contains(&number) {
        return None;
    }
    let ms = match whole.trim_start_matches('0').len() {
        ..=8 => return None,
        9..=11 => {
            let millis: String = decimals.chars().chain("000".chars()).take(3).collect();
            number * 1_000 + millis.parse::<i64>().ok()?
        }
        12..=14 => number,
        15..=17 => number / 1_000,
        _ => number / 1_000_000,
    };
    Some(Timestamp(ms))
}

/// In the spelling of ISO 8601 what only differs from it in its signs or in the order of its parts.
fn respelled(text: &str) -> Option<String> {
    let end = text.find(|c: char| c.is_whitespace() || c == 'T').unwrap_or(text.len());
    let (date, clock) = (&text[..end], text[end..].trim_start_matches([' ', 'T', '\t', ',']).trim());
    if clock.is_empty() && text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("{}T{}", &text[..8], &text[8..]));
    }
    let date = ordered(date.trim_end_matches(','))?;
    if clock.is_empty() {
        return Some(date);
    }
    let (clock, offset) = with_offset(clock);
    Some(format!("{date}T{}{offset}", on_24_hours(clock)?))
}

/// The time of the day, and its offset as ISO 8601 writes it.
fn with_offset(clock: &str) -> (&str, String) {
    for utc in ["UTC", "GMT", "Z"] {
        if let Some(rest) = clock.strip_suffix(utc) {
            return (rest.trim_end(), "Z".to_owned());
        }
    }
    match clock.rfind(['+', '-']) {
        Some(at) => {
            let local = clock[..at].trim_end().trim_end_matches("UTC").trim_end_matches("GMT");
            (local.trim_end(), clock[at..].to_owned())
        }
        None => (clock, String::new()),
    }
}

/// "9:05 PM" -> "21:05".
fn on_24_hours(clock: &str) -> Option<String> {
    let lower = clock.to_lowercase().replace('.', "");
    let half = [("am", 0), ("pm", 12)].into_iter().find_map(|(word, hours)| Some((lower.strip_suffix(word)?, hours)));
    let Some((clock, added)) = half else { return Some(two_digits(clock)) };
    let (hour, rest) = clock.trim().split_once(':').unwrap_or((clock.trim(), "00"));
    let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    Some(format!("{:02}:{rest}", hour % 12 + added))
}

/// "9:05" -> "09:05".
fn two_digits(clock: &str) -> String {
    if clock.as_bytes().get(1) == Some(&b':') { format!("0{clock}") } else { clock.to_owned() }
}

/// A date of numbers, the year first. Points are written behind the day everywhere; with other signs the day is only known
/// from the month where it is no month, or both are the same.
fn ordered(date: &str) -> Option<String> {
    let sign = date.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = date.split(sign).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2);
    let (year, month, day) = match (first.len(), third.len(), sign) {
        (4, _, '-' | '/' | '.') => (first, number(second)?, number(third)?),
        (_, 4, '.') => (third, number(second)?, number(first)?),
        (_, 4, '-' | '/') => {
            let (first, second) = (number(first)?, number(second)?);
            match (first, second) {
                (13.., ..=12) => (third, second, first),
                (..=12, 13..) => (third, first, second),
                (first, second) if first == second => (third, second, first),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(format!("{year}-{month:02}-{day:02}"))
}

/// With the month as a word, as browsers and spreadsheets write it; commas are left out.
const DATES: [&str; 3] = ["%b %d %Y", "%d %b %Y", "%d-%b-%Y"];
const CLOCKS: [&str; 5] = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"];
const MOMENTS: [&str; 2] = ["%a %b %d %Y %H:%M:%S GMT%z", "%a %b %d %H:%M:%S %Y"];

fn in_words(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    // "Fri Nov 20 2026 10:00:00 GMT+0100 (Central European Standard Time)"
    let text = text.split(" (").next()?.replace(',', " ").replace(" at ", " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let composed = DATES.iter().flat_map(|date| CLOCKS.iter().map(move |clock| format!("{date}{clock}")));
    MOMENTS.iter().map(ToString::to_string).chain(composed).find_map(|pattern| {
        let with_long_month = || by_pattern(&text, &pattern.replace("%b", "%B"), zone);
        by_pattern(&text, &pattern, zone).or_else(with_long_month)
    })
}

/// "/Date(1795168800000+0100)/": what stands behind the milliseconds is only for show.
fn in_dotnet(text: &str) -> Option<Timestamp> {
    let ms = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = ms.find(['+', '-']).unwrap_or(ms.len());
    ms[..end].parse().ok().map(Timestamp)
}

/// A time that is written without an offset and names its zone: "2026-11-20 11:00 Europe/Warsaw", "2026-11-20 11:00 CET".
fn in_named_zone(text: &str) -> Option<Timestamp> {
    let (local, name) = text.rsplit_once(' ')?;
    let is_name = name.len() >= 3 && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '_'));
    let zone: TimeZone = name.parse().ok().filter(|_| is_name)?;
    iso(local.trim(), &zone).or_else(|| iso(&respelled(local.trim())?, &zone)).or_else(|| in_words(local, &zone))
}

fn by_pattern(text: &str, pattern: &str, zone: &TimeZone) -> Option<Timestamp> {
    let parts = BrokenDownTime::parse(pattern, text).ok()?;
    if let Ok(moment) = parts.to_timestamp() {
        return Some(Timestamp(moment.as_millisecond()));
    }
    let local = parts.to_datetime().ok().or_else(|| parts.to_date().ok().map(civil::DateTime::from));
    zone.moment(local?)
}

#[cfg(test)]
mod tests {
    use crate::import::timestamps::{
        TimeFormat::{Any, Milliseconds, Seconds},
        *,
    };

    #[test]
    fn times_are_read_and_bounded() {
        let clock = Clock { now: Timestamp(1_600_000_000_000), future_skew_ms: 60_000, zone: TimeZone::UTC };
        let check = |text: &str, format: TimeFormat, expected: Result<i64, Reason>| {
            assert_eq!(clock.past(text, &format).map(|time| time.0), expected, "{text:?}");
        };
        check("1291191960000", Milliseconds, Ok(1_291_191_960_000));
        check("1291191960", Seconds, Ok(1_291_191_960_000));
        check("2010-12-01T08:26:00Z", Any, Ok(1_291_191_960_000));
        check("2010-12-01T09:26:00.000+01:00", Any, Ok(1_291_191_960_000));
        check("2010-12-01 08:26:00", Any, Ok(1_291_191_960_000));
        check("2010-12-01", Any, Ok(1_291_161_600_000));
        check("1600000060000", Milliseconds, Ok(1_600_000_060_000));
        check("1600000060001", Milliseconds, Err(Reason::InFuture));
        check("2050-01-01T00:00:00Z", Any, Err(Reason::InFuture));
        check("1969-12-31T23:59:59Z", Any, Err(Reason::BeforeEpoch));
        check("0", Milliseconds, Err(Reason::BeforeEpoch));
        check("-5", Seconds, Err(Reason::BeforeEpoch));
        check("01/12/2010", Any, Err(Reason::NotTime));
        check("2010-02-30T00:00:00Z", Any, Err(Reason::NotTime));
        check("NaN", Milliseconds, Err(Reason::NotTime));
        check("9223372036854775807", Seconds, Err(Reason::TooLarge));
        check("", Any, Err(Reason::Missing));
    }

    #[track_caller]
    fn is_ten_utc(text: &str) {
        let seen = read(text, &Any, &TimeZone::UTC).map(|time| time.0);
        assert_eq!(seen, Ok(1_795_168_800_000), "{text:?}");
    }

    #[test]
    fn times_are_read_as_exports_write_them() {
        for text in [
            "2026-11-20T10:00:00Z",
            "2026-11-20 10:00:00 +0000",
            "2026-11-20 11:00:00 +0100",
            "2026-11-20 11:00:00 +01:00",
            "2026-11-20T11:00:00+0100",
            "2026-11-20T11:00:00 +01",
            "2026-11-20 02:00:00 -0800",
            "2026-11-20 10:00:00 UTC",
            "2026-11-20 10:00:00.000000 UTC",
            "2026-11-20 10:00:00Z",
            "2026-11-20 10:00",
            "2026-11-20T10:00",
            "2026/11/20 10:00:00",
            "2026.11.20 10:00",
            "20.11.2026 10:00",
            "20.11.2026, 10:00:00",
            "20.11.2026 10:00:00.000",
            "20/11/2026 10:00",
            "11/20/2026 10:00",
            "11/20/2026 10:00 AM",
            "11/20/2026, 10:00:00 AM",
            "20-11-2026 10:00:00",
            "20-11-2026 10:00:00 GMT",
            "20261120100000",
            "20261120T100000Z",
            "1795168800",
            "1795168800.0",
            "1795168800000",
            "1795168800000000",
            "1795168800000000000",
            "Fri, 20 Nov 2026 10:00:00 GMT",
            "Fri, 20 Nov 2026 11:00:00 +0100",
            "20 Nov 2026 10:00:00 +0000",
            "Fri Nov 20 2026 11:00:00 GMT+0100 (Central European Standard Time)",
            "Fri Nov 20 10:00:00 2026",
            "Nov 20, 2026 10:00 AM",
            "November 20, 2026 10:00 am",
            "Nov 20, 2026, 10:00:00 AM",
            "20 Nov 2026 10:00",
            "20 Nov 2026, 10:00",
            "20 November 2026, 10:00:00",
            "Nov 20, 2026 at 10:00 AM",
            "20-Nov-2026 10:00:00",
            "20-Nov-2026 10:00",
            "/Date(1795168800000)/",
            "/Date(1795168800000+0100)/",
            "2026-11-20 11:00 Europe/Warsaw",
            "20.11.2026 11:00 Europe/Warsaw",
            "2026-11-20 11:00:00 CET",
            "2026-11-20T11:00:00+01:00[Europe/Warsaw]",
        ] {
            is_ten_utc(text);
        }
        let midnight = 1_795_132_800_000;
        for text in ["2026-11-20", "20261120", "20.11.2026", "20/11/2026", "11/20/2026", "Nov 20, 2026", "20 Nov 2026"]
        {
            assert_eq!(read(text, &Any, &TimeZone::UTC), Ok(Timestamp(midnight)), "{text:?}");
        }
        assert_eq!(read("12:30 AM", &Any, &TimeZone::UTC), Err(Reason::NotTime));
        assert_eq!(read("11/20/2026 12:30 AM", &Any, &TimeZone::UTC), Ok(Timestamp(midnight + 30 * 60_000)));
        for bad in [
            "05/11/2026",
            "05-11-2026 10:00",
            "20.13.2026",
            "46346",
            "0",
            "-1",
            "20/11/26",
            "soon",
            "10:00",
            "10:00 CET",
            "/Date()/",
        ] {
            assert_eq!(read(bad, &Any, &TimeZone::UTC), Err(Reason::NotTime), "{bad:?}");
        }
    }

    #[test]
    fn without_an_offset_it_is_a_time_of_the_shop() {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let check = |text: &str, format: &str| {
            let format: TimeFormat = serde_json::from_value(format.into()).unwrap();
            assert_eq!(read(text, &format, &warsaw), Ok(Timestamp(1_795_168_800_000)), "{text:?}");
        };
        check("2026-11-20 11:00:00", "iso");
        check("2026-11-20 10:00:00Z", "any");
        check("20.11.2026 11:00", "any");
        check("Nov 20, 2026 11:00 AM", "any");
        check("20/11/2026 11:00", "%d/%m/%Y %H:%M");
        check("20/11/2026 10:00 +0000", "%d/%m/%Y %H:%M %z");
        check("1795168800", "seconds");
        let days_first: TimeFormat = serde_json::from_value("%d/%m/%Y".into()).unwrap();
        assert_eq!(read("05/11/2026", &days_first, &TimeZone::UTC), Ok(Timestamp(1_793_836_800_000)));
        assert!(serde_json::from_value::<TimeFormat>("days".into()).is_err());
    }
}
