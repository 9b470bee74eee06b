//! Variants whose rows were refused: they are not sold, and stay for the history of who bought them.

use rustc_hash::FxHashMap;

use super::{Target, TargetError};
use crate::domain::{
    Id,
    catalog::{Availability, Product},
    store::Write,
};

/// The writes with what they withhold put right, their lines, and how many variants that stand are withheld.
///
/// A product is replaced whole, so a variant that is withheld joins the product that replaces its former one. What was never
/// there needs no withholding.
pub(super) async fn keep(
    target: &dyn Target,
    writes: Vec<Write>,
    lines: Vec<u64>,
) -> Result<(Vec<Write>, Vec<u64>, u64), TargetError> {
    let named = |write: &Write| match write {
        Write::Stock(change) => Some(change.product.clone()),
        _ => None,
    };
    let mut ids: Vec<Id> = writes.iter().filter_map(named).collect();
    ids.dedup();
    if ids.is_empty() {
        return Ok((writes, lines, 0));
    }
    let former = target.products(ids).await?.into_iter().map(|product| (product.id.clone(), product));
    let former: FxHashMap<Id, Product> = former.collect();
    let mut kept = (Vec::with_capacity(writes.len()), Vec::with_capacity(lines.len()), 0);
    for (write, line) in writes.into_iter().zip(lines) {
        if let Write::Stock(change) = &write {
            let variants = former.get(&change.product).map(|product| &product.variants);
            let Some(known) = variants.and_then(|all| all.iter().find(|variant| variant.id == change.variant)) else {
                continue;
            };
            kept.2 += 1;
            // It stands behind its product.
            let above = kept.0.iter_mut().rev().find(|write| !matches!(write, Write::Stock(_)));
            if let Some(Write::Upsert(product)) = above
                && product.id == change.product
            {
                let mut variant = known.clone();
                (variant.availability, variant.changed) = (Availability::OutOfStock, change.time);
                product.variants.push(variant);
                continue;
            }
        }
        kept.0.push(write);
        kept.1.push(line);
    }
    Ok(kept)
}
