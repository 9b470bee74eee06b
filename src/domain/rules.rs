//! What a shop decides for itself: rules as data, with safe defaults. Checked where the configuration is read.

use std::{sync::Arc, time::Duration};

use crate::domain::{Locale, TimeZone, Timestamp, catalog::SizeSystem, customer::Placeholders};

/// All rules of one shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The locale of texts where nothing better is known.
    pub default_locale: Locale,
    /// Whose days are counted and named where the customer's own zone is not known.
    pub time_zone: TimeZone,
    /// Whether history may be read for personalization where the customer never said.
    pub personalize_unless_refused: bool,
    /// Whether what a customer owns is left out where history must not be read: it is part of the contract of sale.
    pub hide_bought_without_consent: bool,
    /// What was done within this many milliseconds is the session, where no session id is given.
    pub session_idle_ms: i64,
    /// How far ahead of the server's clock an event may be, in milliseconds.
    pub future_skew_ms: i64,
    /// Texts that are no identifiers.
    pub placeholder_ids: Placeholders,
    /// How long a page token is good after its last use, in milliseconds.
    pub feed_idle_ms: i64,
    /// How many people an identifier may link; one of more leads to nobody.
    pub identity_links: usize,
    /// How long "bought" lasts, by category: the most specific that holds decides; without one it is for ever.
    pub bought: Vec<BoughtRule>,
    /// Which system sizes are written in, by category: the most specific that holds decides.
    pub size_systems: Vec<SizeSystemRule>,
    /// When her size is known well enough to hide what is not in it.
    pub size: SizeRules,
    /// Openers.
    pub opener: OpenerRules,
    /// What comes after an erasure.
    pub erasure: ErasureRules,
}

/// What comes after an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureRules {
    /// How long what is older than the erasure is refused when it is sent again; `None`: for ever.
    pub refused_for: Option<Duration>,
    /// The longest that the database waits to be written anew, where writes never pause.
    pub rewrite_within: Duration,
    /// A database of more bytes is written anew only when it is opened.
    pub rewrite_bytes: u64,
}

impl Default for ErasureRules {
    fn default() -> Self {
        Self { refused_for: None, rewrite_within: Duration::from_hours(1), rewrite_bytes: 512 << 20 }
    }
}

/// How long "bought" lasts in a category and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtRule {
    /// From the widest to the narrowest, letter case apart. Empty: every category.
    pub category: Vec<Arc<str>>,
    /// Days after which one unit is due again. `None`: never.
    pub lasts_days: Option<u32>,
}

/// Which system sizes are written in, in a category and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeSystemRule {
    /// From the widest to the narrowest, letter case apart. Empty: every category.
    pub category: Vec<Arc<str>>,
    /// The system.
    pub system: SizeSystem,
}

/// When a learned size is known well enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeRules {
    /// Effective number of kept purchases that is needed at least.
    pub least_weight: f64,
    /// Share of the evidence that must agree, 0.5 to 1.
    pub least_agreement: f64,
    /// Days in which a kept purchase loses half of its weight.
    pub half_life_days: f64,
}

/// When openers speak of what.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenerRules {
    /// A cart is forgotten when nothing happened for so long, in milliseconds.
    pub cart_forgotten_after_ms: i64,
    /// What is older than this is no longer spoken of, in days.
    pub recent_days: i64,
    /// What was spoken of, a product or a situation without one, rests for so many days.
    pub repeat_after_days: i64,
}

/// A family shares a tablet; a shop's kiosk, or a word that stands where an id should, is shared by more.
pub const IDENTITY_LINKS: usize = 20;

impl Default for Rules {
    fn default() -> Self {
        const MINUTE: i64 = 60_000;
        Self {
            default_locale: Locale::ENGLISH,
            time_zone: TimeZone::UTC,
            personalize_unless_refused: true,
            hide_bought_without_consent: true,
            session_idle_ms: 30 * MINUTE,
            future_skew_ms: 5 * MINUTE,
            placeholder_ids: Placeholders::default(),
            feed_idle_ms: 30 * MINUTE,
            identity_links: IDENTITY_LINKS,
            bought: Vec::new(),
            size_systems: Vec::new(),
            size: SizeRules { least_weight: 1.5, least_agreement: 0.7, half_life_days: 540.0 },
            opener: OpenerRules { cart_forgotten_after_ms: Timestamp::DAY / 12, recent_days: 14, repeat_after_days: 7 },
            erasure: ErasureRules::default(),
        }
    }
}
