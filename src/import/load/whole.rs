//! A file that is the whole catalogue: what is not in it is sold no longer.
//!
//! Nothing is taken away by a file that was not read whole. How much may be is `domain::catalog`'s.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Tally, Variants};
use crate::domain::{
    Id, Timestamp,
    catalog::{OnSale, missing_products},
    store::Write,
};

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
    before: FxHashMap<Id, OnSale>,
    present: FxHashSet<Id>,
}

impl Catalogue {
    pub(super) fn new(whole: Whole, standing: Variants) -> Self {
        let on_sale = |variants: &[Known]| OnSale {
            sells: variants.iter().any(|known| known.sells),
            listed: variants.iter().any(|known| known.listed),
        };
        let before = standing.into_iter().map(|(id, variants)| (id, on_sale(&variants))).collect();
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
        let gone = missing_products(before, |id| present.contains(id), limit_percent);
        let mut gone = gone.map_err(|error| format!("{error} (--whole-limit)"))?;
        gone.sort_unstable();
        Ok(gone)
    }
}
