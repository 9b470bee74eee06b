//! Names that callers give to things, and the time that things happen at.
//!
//! Ids are strings only at the edges: inside, products and variants are dense numbers that `catalog::intern` gives out.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest id that is taken, in characters.
pub const MAX_ID_CHARS: usize = 128;

/// Why a string is no id.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum InvalidId {
    /// Nothing was given.
    #[error("an id must not be empty")]
    Empty,
    /// More than [`MAX_ID_CHARS`] characters.
    #[error("an id has at most {MAX_ID_CHARS} characters, this one has {0}")]
    TooLong(usize),
    /// Control characters break logs and files.
    #[error("an id must not hold control characters: {0:?}")]
    Control(String),
}

/// An id as a caller wrote it: 1 to 128 characters, none of them a control character, compared byte for byte.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(Arc<str>);

impl Id {
    /// Checks and takes the text.
    ///
    /// # Errors
    /// Where it is empty, too long or holds control characters.
    pub fn new(text: impl AsRef<str> + Into<Arc<str>>) -> Result<Self, InvalidId> {
        let seen = text.as_ref();
        if seen.is_empty() {
            return Err(InvalidId::Empty);
        }
        // Bytes bound characters from above, so the count is only made where it can matter.
        if seen.len() > MAX_ID_CHARS {
            let chars = seen.chars().count();
            if chars > MAX_ID_CHARS {
                return Err(InvalidId::TooLong(chars));
            }
        }
        if seen.chars().any(char::is_control) {
            return Err(InvalidId::Control(seen.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z. Below the edge nobody reads a clock: `now` comes in with the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds in a day.
    pub const DAY: i64 = 86_400_000;

    /// Days from `earlier` to this moment; negative where this one is earlier.
    #[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / Self::DAY as f64
    }

    /// This moment and so many days.
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(Self::DAY)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bounded_in_characters_not_bytes() {
        assert_eq!(Id::new(""), Err(InvalidId::Empty));
        assert!(Id::new("ż".repeat(128)).is_ok());
        assert_eq!(Id::new("ż".repeat(129)), Err(InvalidId::TooLong(129)));
        assert_eq!(Id::new("a\nb"), Err(InvalidId::Control("a\nb".into())));
    }
}
