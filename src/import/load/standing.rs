//! What products that stand would lose to a file that could not be read whole.
//!
//! A product is replaced whole, so a row that is not read takes a variant away. Whether the shop sells it no longer or the
//! file was broken is not known here; that something would be lost is.

use rustc_hash::FxHashMap;

use crate::domain::{
    Id,
    catalog::Product,
    store::{Store, StoreError},
};

/// How many variants of one product are named.
const NAMED: usize = 5;

/// The variants of all products as they stand.
#[derive(Debug, Default)]
pub(super) struct Standing(FxHashMap<Id, Vec<Id>>);

impl Standing {
    /// Ids alone: small beside the catalogue of the file, which is held whole.
    pub(super) fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let mut standing = Self::default();
        store.each_product(&mut |product| {
            let variants = product.variants.into_iter().map(|variant| variant.id);
            standing.0.insert(product.id, variants.collect());
        })?;
        Ok(standing)
    }

    /// The variants that the product has and would not have any more, named; `None` where there are none.
    pub(super) fn lost_to(&self, product: &Product) -> Option<String> {
        let variants = self.0.get(&product.id)?.iter();
        let lost: Vec<&Id> = variants.filter(|id| product.variants.iter().all(|variant| variant.id != **id)).collect();
        let named: Vec<String> = lost.iter().take(NAMED).map(|id| format!("{:?}", id.as_str())).collect();
        match lost.len() {
            0 => None,
            count if count > NAMED => Some(format!("{} and {} more", named.join(", "), count - NAMED)),
            _ => Some(named.join(", ")),
        }
    }
}
