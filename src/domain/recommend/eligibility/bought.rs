//! Bought and kept: what is not offered again, and when it is due.
//!
//! A product counts whatever its colour or size. Where it is used up, it is due again when the units of the last purchase
//! that she kept are: the period times their number, from that purchase on. Earlier purchases prolong nothing, for who buys
//! again before the time has said that it is used up. What she kept is the ledger's to say.

use crate::domain::{
    Timestamp,
    catalog::{ProductIx, Row},
    customer::Profile,
    recommend::RequestContext,
};

/// When what she kept of the product may be offered again. `None`: never, or she keeps none.
pub fn due_at(profile: &Profile, row: &Row) -> Option<Timestamp> {
    let days = row.replenish_days?;
    let last = profile.owned(row.ix)?.last_kept?;
    let period = i64::from(days).saturating_mul(Timestamp::DAY);
    let units = i64::try_from(last.units).unwrap_or(i64::MAX);
    Some(Timestamp(last.time.0.saturating_add(period.saturating_mul(units))))
}

/// Whether the buyer keeps some of it that is not due at the moment.
pub(super) fn forbids(context: &RequestContext<'_>, buyer: &Profile, product: ProductIx) -> bool {
    let is_due = || {
        let row = context.catalog.get(product);
        row.and_then(|row| due_at(buyer, row)).is_some_and(|due| due <= context.now)
    };
    buyer.owned(product).is_some_and(|owned| owned.kept > 0) && !is_due()
}
