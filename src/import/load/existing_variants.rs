//! What products that stand would lose to a file that could not be read whole.
//!
//! A product is replaced whole, so a row that is not read takes a variant away. Whether the shop sells it no longer or the
//! file was broken is not known here; that something would be lost is.

use rustc_hash::FxHashSet;

use super::Variants;
use crate::domain::{Id, catalog::Product};

/// How many variants of one product are named.
const NAMED: usize = 5;

/// Ids alone: small beside the catalogue of the file, which is held whole.
#[derive(Debug)]
pub(super) struct Standing(pub(super) Variants);

impl Standing {
    /// The variants that the product has and would not have any more, but for those that are withheld, named; `None` where there are none.
    pub(super) fn lost_to(&self, product: &Product, withheld: &FxHashSet<(Id, Id)>) -> Option<String> {
        let stays = |id: &Id| {
            product.variants.iter().any(|variant| variant.id == *id)
                || withheld.contains(&(product.id.clone(), id.clone()))
        };
        let ids = self.0.get(&product.id)?.iter().map(|known| &known.id);
        let lost: Vec<&Id> = ids.filter(|id| !stays(id)).collect();
        let named: Vec<String> = lost.iter().take(NAMED).map(|id| format!("{:?}", id.as_str())).collect();
        match lost.len() {
            0 => None,
            count if count > NAMED => Some(format!("{} and {} more", named.join(", "), count - NAMED)),
            _ => Some(named.join(", ")),
        }
    }
}
