//! What she uses up and is due again.

use std::cmp::Reverse;

use crate::domain::catalog::{ProductIx, Row};
use crate::domain::recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError, due_at};

/// Things that she uses up and that are looked at for one answer: those bought last.
const LOOKED_AT: usize = 500;
/// Days after the day on which it is due, at which the score is a half.
const OVERDUE_DAYS: f64 = 30.0;

/// Her replenishables that are due.
#[derive(Debug, Default)]
pub struct DueAgain;

/// One on the day, then falling: what she has long done without she has found elsewhere. Zero where it is not due.
#[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits")]
fn score(context: &RequestContext<'_>, row: &Row) -> f32 {
    let overdue = due_at(context.profile, row).map_or(-1.0, |due| context.now.days_since(due));
    if overdue < 0.0 { 0.0 } else { (1.0 / (1.0 + overdue / OVERDUE_DAYS)) as f32 }
}

impl Source for DueAgain {
    fn name(&self) -> &'static str {
        "due_again"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let mut owned: Vec<_> =
            context.profile.owned_lately().map(|(product, owned)| (Reverse(owned.last_purchase), product)).collect();
        owned.sort_unstable();
        for (_, product) in owned.iter().take(LOOKED_AT) {
            let score = context.catalog.get(*product).map_or(0.0, |row| score(context, row));
            if score > 0.0 {
                found.push(*product, &[score]);
            }
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let row = context.catalog.get(product)?;
        let time = context.profile.owned(product).map(|owned| owned.last_purchase);
        let because = Rationale { product: Some(product), time, ..Rationale::of(ReasonCode::DueAgain) };
        (score(context, row) > 0.0).then_some(because)
    }
}
