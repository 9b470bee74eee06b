//! From raw values to what the server and the rules are made of, each checked.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use serde::Deserialize;

use super::{
    ConfigError,
    address::Address,
    layers::Layers,
    network::{self, Network},
};
use crate::domain::Timestamp;
use crate::domain::catalog::SizeSystem;
use crate::domain::customer::Placeholders;
use crate::domain::rules::{BoughtRule, ErasureRules, OpenerRules, Rules, SizeRules, SizeSystemRule};

const MINUTE_MS: i64 = 60_000;

/// A hundred years: longer than anything here is meant for, and far from the end of the numbers.
const MOST_DAYS: i64 = 36_500;

/// All that is set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where gRPC is served.
    pub listen: Address,
    /// The folder of the state.
    pub data: PathBuf,
    /// The folder of trained models.
    pub models: PathBuf,
    /// A folder of the shop's own texts.
    pub locales: Option<PathBuf>,
    /// How many bytes of memory hot profiles may take.
    pub profile_bytes: u64,
    /// How many bytes of memory feeds may take between their pages.
    pub feed_bytes: u64,
    /// The longest that an untrained model rests on an old log.
    pub refresh: Duration,
    /// The most events that are learned from one by one before the log is counted anew.
    pub refresh_events: u64,
    /// Visits that go on and are remembered at most.
    pub ongoing_visits: usize,
    /// How many readers may be at the database at once.
    pub readers: usize,
    /// What one caller can ask of the server.
    pub limits: Limits,
    /// What connections may cost.
    pub network: Network,
    /// Whose pages may call; `None`: anybody's.
    pub web_origins: Option<Vec<String>>,
    /// What is logged, and how.
    pub log: Log,
    /// What the shop decides for itself.
    pub rules: Rules,
}

/// What one caller can ask of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message.
    pub message_bytes: usize,
    /// Calls that are worked on at once.
    pub in_flight: usize,
    /// The longest that a call may take.
    pub deadline: Duration,
    /// The longest that a stop waits.
    pub drain: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// Levels by module.
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBought {
    category: Vec<Arc<str>>,
    lasts_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSizeSystem {
    category: Vec<Arc<str>>,
    system: SizeSystem,
}

/// Checks every value.
pub fn check(layers: &Layers) -> Result<Settings, ConfigError> {
    let locales: PathBuf = layers.get("locales")?;
    let profiles_mib = whole(layers, "memory.profiles_mib", 1, 1 << 20)?;
    Ok(Settings {
        listen: parsed(layers, "listen", "a host and a port, as 127.0.0.1:7411 or localhost:7411")?,
        data: folder(layers, "data")?,
        models: folder(layers, "models")?,
        locales: Some(locales).filter(|path| !path.as_os_str().is_empty()),
        profile_bytes: profiles_mib.unsigned_abs() << 20,
        feed_bytes: whole(layers, "memory.feeds_mib", 1, 1 << 20)?.unsigned_abs() << 20,
        refresh: Duration::from_millis(minutes(layers, "model.refresh_minutes", 1)?.unsigned_abs()),
        ongoing_visits: size(layers, "model.ongoing_visits", 1_000, 1 << 30)?,
        refresh_events: whole(layers, "model.refresh_events", 1_000, i64::MAX)?.unsigned_abs(),
        readers: size(layers, "store.readers", 1, 64)?,
        limits: limits(layers)?,
        network: network::check(layers)?,
        web_origins: web_origins(layers)?,
        log: Log { format: layers.get("log.format")?, filter: layers.get("log.filter")? },
        rules: rules(layers)?,
    })
}

fn limits(layers: &Layers) -> Result<Limits, ConfigError> {
    Ok(Limits {
        message_bytes: size(layers, "limits.message_bytes", 1 << 10, 1 << 30)?,
        in_flight: size(layers, "limits.in_flight", 1, 1 << 20)?,
        deadline: millis(layers, "limits.deadline_ms", 1)?,
        drain: millis(layers, "limits.drain_ms", 0)?,
    })
}

fn erasure(layers: &Layers) -> Result<ErasureRules, ConfigError> {
    let days = whole(layers, "erasure.refused_days", 0, MOST_DAYS)?.unsigned_abs();
    Ok(ErasureRules {
        refused_for: (days > 0).then(|| Duration::from_hours(24 * days)),
        rewrite_within: Duration::from_millis(minutes(layers, "erasure.rewrite_within_minutes", 0)?.unsigned_abs()),
        rewrite_bytes: whole(layers, "erasure.rewrite_mib", 0, 1 << 20)?.unsigned_abs() << 20,
    })
}

fn web_origins(layers: &Layers) -> Result<Option<Vec<String>>, ConfigError> {
    let key = "web.origins";
    let origins: Vec<String> = layers.get(key)?;
    if origins.iter().any(|origin| origin == "*") {
        return Ok(None);
    }
    match origins.iter().find(|origin| !origin.starts_with("http://") && !origin.starts_with("https://")) {
        Some(odd) => Err(layers.wrong(key, format!("an origin begins with https:// or http://: {odd:?}"))),
        None => Ok(Some(origins)),
    }
}

fn rules(layers: &Layers) -> Result<Rules, ConfigError> {
    let bought: Vec<RawBought> = layers.get("rules.bought")?;
    let size_systems: Vec<RawSizeSystem> = layers.get("rules.size_systems")?;
    Ok(Rules {
        default_locale: parsed(layers, "rules.default_locale", "a language tag, as \"pl\" or \"en-GB\"")?,
        time_zone: parsed(layers, "rules.time_zone", "the name of a time zone, as \"Europe/Warsaw\"")?,
        personalize_unless_refused: layers.get("rules.personalize_unless_refused")?,
        hide_bought_without_consent: layers.get("rules.hide_bought_without_consent")?,
        session_idle_ms: minutes(layers, "rules.session_idle_minutes", 1)?,
        future_skew_ms: minutes(layers, "rules.future_skew_minutes", 0)?,
        placeholder_ids: Placeholders::new(layers.get::<Vec<String>>("rules.placeholder_ids")?),
        feed_idle_ms: minutes(layers, "rules.feed_idle_minutes", 1)?,
        identity_links: size(layers, "rules.identity_links", 1, 1 << 20)?,
        bought: bought
            .into_iter()
            .map(|RawBought { category, lasts_days }| BoughtRule { category, lasts_days })
            .collect(),
        size_systems: size_systems
            .into_iter()
            .map(|RawSizeSystem { category, system }| SizeSystemRule { category, system })
            .collect(),
        size: SizeRules {
            least_weight: number(layers, "rules.size.least_weight", 0.0, 1_000.0)?,
            least_agreement: number(layers, "rules.size.least_agreement", 0.5, 1.0)?,
            half_life_days: number(layers, "rules.size.half_life_days", 1.0, 36_500.0)?,
        },
        opener: OpenerRules {
            cart_forgotten_after_ms: minutes(layers, "rules.opener.cart_forgotten_after_minutes", 1)?,
            recent_days: whole(layers, "rules.opener.recent_days", 1, MOST_DAYS)?,
            repeat_after_days: whole(layers, "rules.opener.repeat_after_days", 0, MOST_DAYS)?,
        },
        erasure: erasure(layers)?,
    })
}

fn parsed<T: FromStr>(layers: &Layers, key: &str, what: &str) -> Result<T, ConfigError> {
    let text: String = layers.get(key)?;
    text.parse().map_err(|_| layers.wrong(key, format!("expected {what}")))
}

fn folder(layers: &Layers, key: &str) -> Result<PathBuf, ConfigError> {
    let path: PathBuf = layers.get(key)?;
    if path.as_os_str().is_empty() {
        return Err(layers.wrong(key, "expected a folder"));
    }
    Ok(path)
}

fn whole(layers: &Layers, key: &str, least: i64, most: i64) -> Result<i64, ConfigError> {
    let value: i64 = layers.get(key)?;
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(layers.wrong(key, format!("expected {least} to {most}")))
}

fn number(layers: &Layers, key: &str, least: f64, most: f64) -> Result<f64, ConfigError> {
    let value: f64 = layers.get(key)?;
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(layers.wrong(key, format!("expected {least} to {most}")))
}

pub(super) fn size(layers: &Layers, key: &str, least: i64, most: i64) -> Result<usize, ConfigError> {
    let value = whole(layers, key, least, most)?;
    usize::try_from(value).map_err(|_| layers.wrong(key, format!("expected {least} to {most}")))
}

pub(super) fn millis(layers: &Layers, key: &str, least: i64) -> Result<Duration, ConfigError> {
    let value = whole(layers, key, least, MOST_DAYS * Timestamp::DAY)?;
    Ok(Duration::from_millis(value.unsigned_abs()))
}

fn minutes(layers: &Layers, key: &str, least: i64) -> Result<i64, ConfigError> {
    Ok(whole(layers, key, least, MOST_DAYS * Timestamp::DAY / MINUTE_MS)? * MINUTE_MS)
}
