//! What files of events and customers do not say themselves, and whom they mean.

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Place, Placeholders, identify},
        event::Who,
    },
    import::{
        row_error::{LineError, Reason, Warnings},
        timestamps::Clock,
    },
};

/// What the shop knows of all its files.
#[derive(Debug, Clone)]
pub struct Context {
    /// The moment of the import, and how times are read.
    pub clock: Clock,
    /// Since when what is said is true where the file does not tell. The same file must give the same moment in every run, or
    /// its second run is news.
    pub file_time: Timestamp,
    /// Texts that are no identifiers.
    pub placeholder_ids: Placeholders,
}

impl Context {
    /// An id that groups things, such as an order's: a placeholder groups what does not belong together. Spreadsheets write
    /// 1001 as "1001.0".
    ///
    /// # Errors
    /// Where it is no id, or a placeholder.
    pub fn id(&self, text: &str) -> Result<Id, Reason> {
        if self.placeholder_ids.contain(text) {
            return Err(Reason::Placeholder);
        }
        let whole = text.trim().strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(Id::new(whole.filter(|whole| !whole.is_empty()).unwrap_or(text))?)
    }

    /// Whom the ids mean, as it may be kept; `None` where they name nobody. What named nobody is told by the names of its
    /// fields.
    pub fn identify(
        &self,
        who: Who,
        line: u64,
        name: impl Fn(Place) -> String,
        warnings: &mut Warnings,
    ) -> Option<Who> {
        let identified = identify(who, &self.placeholder_ids);
        for (place, id) in &identified.placeholders {
            warnings.add(LineError::new(line, name(*place), id.as_str(), Reason::Placeholder));
        }
        identified.who.subject().map(|_| identified.who)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::TimeZone;

    /// A shop in UTC, at a moment.
    pub(crate) fn at(now: i64) -> Context {
        let clock = Clock { now: Timestamp(now), future_skew_ms: 0, zone: TimeZone::UTC };
        Context { clock, file_time: Timestamp(now), placeholder_ids: Placeholders::default() }
    }

    #[test]
    fn a_whole_number_is_one_id_however_it_is_written() {
        let id = |text: &str| at(1).id(text).map(|id| id.to_string());
        for (text, expected) in
            [("1001.0", "1001"), ("1001", "1001"), ("1001.10", "1001.10"), ("v1.0", "v1.0"), (".0", ".0")]
        {
            assert_eq!(id(text).as_deref(), Ok(expected));
        }
    }
}
