//! BCP 47 language tags.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unic_langid::{LanguageIdentifier, langid};

/// Not a language tag.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("not a BCP 47 language tag: {0:?}")]
pub struct InvalidLocale(pub String);

/// A language with, where given, its script and region: "pl", "en-GB".
#[expect(clippy::unsafe_derive_deserialize, reason = "the macro's constant is checked when it is compiled")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(LanguageIdentifier);

impl Locale {
    /// "en".
    pub const ENGLISH: Self = Self(langid!("en"));

    /// The tag in its parts.
    pub const fn language_identifier(&self) -> &LanguageIdentifier {
        &self.0
    }

    /// Whether both are of one language, whatever the region.
    pub fn same_language(&self, other: &Self) -> bool {
        self.0.language == other.0.language
    }
}

impl FromStr for Locale {
    type Err = InvalidLocale;

    fn from_str(tag: &str) -> Result<Self, InvalidLocale> {
        if tag.is_empty() {
            return Err(InvalidLocale(String::new()));
        }
        tag.parse().map(Self).map_err(|_| InvalidLocale(tag.to_owned()))
    }
}

impl TryFrom<String> for Locale {
    type Error = InvalidLocale;

    fn try_from(tag: String) -> Result<Self, InvalidLocale> {
        tag.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0.to_string()
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
