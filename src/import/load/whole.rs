//! A file that is the whole catalogue: what is not in it is sold no longer.
//!
//! Nothing is taken away by a file that was not read whole, nor where it would take away more than a share of what sells: a
//! feed that was cut short at its source looks like a shop that closes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Tally, Variants};
use crate::domain::{Id, Timestamp, store::Write};

/// That the file is the whole catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Whole {
    /// The largest share of what sells that it may take away.
    pub limit_percent: u8,
    /// The moment of the import.
    pub now: Timestamp,
}

/// The catalogue as it stood before the import, and what the file spoke of since.
#[derive(Debug)]
pub(super) struct Catalogue {
    whole: Whole,
    /// Products that could come on sale, and whether they are.
    before: FxHashMap<Id, bool>,
    present: FxHashSet<Id>,
}

impl Catalogue {
    pub(super) fn new(whole: Whole, standing: Variants) -> Self {
        let listed = standing.into_iter().filter(|(_, variants)| variants.iter().any(|known| known.listed));
        let before = listed.map(|(id, variants)| (id, variants.iter().any(|known| known.sells))).collect();
        Self { whole, before, present: FxHashSet::default() }
    }

    pub(super) const fn time(&self) -> Timestamp {
        self.whole.now
    }

    /// Products that the file speaks of, sold or not.
    pub(super) fn see(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Upsert(product) => self.present.insert(product.id.clone()),
                Write::Stock(change) => self.present.insert(change.product.clone()),
                _ => false,
            };
        }
    }

    /// Products that are not in the file, or why none may be taken away.
    pub(super) fn gone(self, tally: &Tally) -> Result<Vec<Id>, String> {
        if tally.broken.is_some() {
            return Err("the file breaks".to_owned());
        }
        if tally.nameless > 0 {
            let rows = tally.nameless;
            return Err(format!("{rows} rows could not be read so far as to say which product they speak of"));
        }
        let Self { whole: Whole { limit_percent, .. }, before, present } = self;
        let selling = before.values().filter(|sells| **sells).count();
        let gone: Vec<(Id, bool)> = before.into_iter().filter(|(id, _)| !present.contains(id)).collect();
        let lost = gone.iter().filter(|(_, sells)| *sells).count();
        if lost * 100 > selling * usize::from(limit_percent) {
            let share = (lost * 100).div_ceil(selling.max(1));
            return Err(format!(
                "{lost} of {selling} products that sell now are not in the file: {share} %, and the limit is {limit_percent} % \
                 (--whole-limit)"
            ));
        }
        let mut gone: Vec<Id> = gone.into_iter().map(|(id, _)| id).collect();
        gone.sort_unstable();
        Ok(gone)
    }
}
