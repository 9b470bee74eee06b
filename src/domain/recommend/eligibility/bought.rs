//! Bought and kept: what is not offered again, and when it is due.
//!
//! A product counts whatever its colour or size. Where it is used up, it is due again when the units of the last purchase
//! that she kept are: the period times their number, from that purchase on. Earlier purchases prolong nothing, for who buys
//! again before the time has said that it is used up. Units that come back are taken from the order that the return names,
//! else from the newest purchase; what comes back beyond what she has counts as nothing.

use rustc_hash::FxHashSet;

use crate::domain::{
    Id, Timestamp,
    catalog::{ProductIx, Row},
    customer::{Profile, Side, Stamp, Trade},
    recommend::Moment,
};

/// When what she kept of the product may be offered again. `None`: never, or she keeps none.
#[must_use]
pub fn due_at(profile: &Profile, row: &Row) -> Option<Timestamp> {
    let days = row.replenish_days?;
    let last = last_kept(profile.trades_of(row.ix))?;
    let period = i64::from(days).saturating_mul(Timestamp::DAY);
    let units = i64::try_from(last.units).unwrap_or(i64::MAX);
    Some(Timestamp(last.time.0.saturating_add(period.saturating_mul(units))))
}

/// All that she keeps and that is not due at the moment. What is not in the catalogue is left out: another rule forbids it.
pub(super) fn not_due(moment: &Moment<'_>) -> FxHashSet<ProductIx> {
    let kept = moment.profile.all_owned().filter(|(_, owned)| owned.kept > 0);
    kept.map(|(product, _)| product).filter(|product| !is_due(moment, *product)).collect()
}

fn is_due(moment: &Moment<'_>, product: ProductIx) -> bool {
    let row = moment.catalog.get(product);
    row.and_then(|row| due_at(moment.profile, row)).is_some_and(|due| due <= moment.now)
}

/// The newest purchase of which something was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastKept {
    pub(super) time: Timestamp,
    pub(super) units: u64,
}

/// One purchase: all lines of one event.
struct Lot<'a> {
    stamp: &'a Stamp,
    order: Option<&'a Id>,
    units: u64,
}

/// The trades are those of one product, in time order.
pub(super) fn last_kept(trades: &[Trade]) -> Option<LastKept> {
    let mut lots: Vec<Lot<'_>> = Vec::new();
    for trade in trades {
        let units = u64::from(trade.quantity);
        match trade.side {
            Side::Bought => match lots.last_mut() {
                Some(lot) if *lot.stamp == trade.stamp => lot.units += units,
                _ => lots.push(Lot { stamp: &trade.stamp, order: trade.order.as_ref(), units }),
            },
            Side::Returned(_) => give_back(&mut lots, trade.order.as_ref(), units),
        }
    }
    let last = lots.iter().rev().find(|lot| lot.units > 0)?;
    Some(LastKept { time: last.stamp.time, units: last.units })
}

fn give_back(lots: &mut [Lot<'_>], order: Option<&Id>, mut units: u64) {
    let named = |lot: &&mut Lot<'_>| order.is_some() && lot.order == order;
    for lot in lots.iter_mut().rev().filter(named) {
        units -= take(lot, units);
    }
    for lot in lots.iter_mut().rev() {
        units -= take(lot, units);
    }
}

fn take(lot: &mut Lot<'_>, units: u64) -> u64 {
    let taken = lot.units.min(units);
    lot.units -= taken;
    taken
}
