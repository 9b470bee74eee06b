//! What is left of one product after its returns.
//!
//! A return takes from the order that it names, whatever the clocks say, and from no other; if that order is not known yet,
//! it waits. A return that names none takes from the newest purchase before it. Of the lines in question those of the same
//! variant come first, then those without one, then the others: a product counts whatever its colour or size. What comes
//! back beyond what was bought is no debt: it counts as nothing.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::lines::{Deal, Line};
use crate::domain::{
    Timestamp,
    catalog::VariantIx,
    customer::facts::{LastKept, Owned},
};

/// What one product comes to.
pub(super) struct Settled {
    /// Of each line in their order: units that are left of what was bought; of a return zero. `None` where the line is
    /// another one's double.
    pub(super) left: Vec<Option<u32>>,
    /// `None` where nothing was bought.
    pub(super) owned: Option<Owned>,
}

/// The units of one line that are still there.
struct Lot<'a> {
    line: &'a Line,
    left: u32,
}

impl Lot<'_> {
    fn take(&mut self, units: &mut u32) {
        let taken = self.left.min(*units);
        self.left -= taken;
        *units -= taken;
    }
}

/// Settles the lines of one product, which stand in the order of what they are known by: first what was bought, by order.
pub(super) fn settle(lines: &[Line], whole: &FxHashMap<Deal, Timestamp>) -> Settled {
    let mut left = vec![None; lines.len()];
    let (mut lots, mut backs, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for place in singles(lines) {
        left[place] = Some(0);
        let line = &lines[place];
        if line.went_back {
            backs.push(line);
        } else {
            lots.push(Lot { line, left: line.units });
            places.push(place);
        }
    }
    let sent_back = take_back(&mut lots, &backs, whole);
    for (place, lot) in places.into_iter().zip(&lots) {
        left[place] = Some(lot.left);
    }
    Settled { left, owned: owned(&lots, sent_back) }
}

/// The places of lines that are nobody's double. Told without a variant, the first lines of an order are those that are
/// told with one.
fn singles(lines: &[Line]) -> Vec<usize> {
    let mut places = Vec::with_capacity(lines.len());
    let mut place = 0;
    for order in lines.chunk_by(|a, b| (a.went_back, a.deal) == (b.went_back, b.deal)) {
        let with_variant = order.iter().filter(|line| line.variant.is_some()).count();
        for line in order {
            if line.variant.is_some() || line.position as usize >= with_variant {
                places.push(place);
            }
            place += 1;
        }
    }
    places
}

/// Takes all returns from the lots. Returns when the last of them that took anything happened.
fn take_back(lots: &mut [Lot<'_>], backs: &[&Line], whole: &FxHashMap<Deal, Timestamp>) -> Option<Timestamp> {
    let mut last = None;
    for lot in lots.iter_mut().filter(|lot| lot.left > 0) {
        if let Some(time) = whole.get(&lot.line.deal) {
            lot.left = 0;
            last = last.max(Some(*time));
        }
    }
    for back in backs.iter().filter(|back| back.deal.is_order()) {
        let from = lots.partition_point(|lot| lot.line.deal < back.deal);
        let to = lots.partition_point(|lot| lot.line.deal <= back.deal);
        if take(&mut lots[from..to], back) {
            last = last.max(Some(back.first));
        }
    }
    last.max(take_unnamed(lots, backs))
}

/// Takes from the lots of one order, the last first.
fn take(lots: &mut [Lot<'_>], back: &Line) -> bool {
    let mut units = back.units;
    for step in 0..=LEAST_LIKE {
        for lot in lots.iter_mut().rev().filter(|lot| likeness(lot.line.variant, back.variant) == step) {
            lot.take(&mut units);
        }
    }
    units < back.units
}

/// Goes through returns without an order in the order of time, beside stacks of what was bought before, one a variant.
fn take_unnamed(lots: &mut [Lot<'_>], backs: &[&Line]) -> Option<Timestamp> {
    let mut unnamed: Vec<&Line> = backs.iter().copied().filter(|back| !back.deal.is_order()).collect();
    if unnamed.is_empty() {
        return None;
    }
    unnamed.sort_by_key(|back| (back.first, back.identity()));
    let mut later: Vec<&mut Lot<'_>> = lots.iter_mut().filter(|lot| lot.left > 0).collect();
    later.sort_by_key(|lot| Reverse((lot.line.first, lot.line.identity())));
    let mut stacks: Vec<(Option<VariantIx>, Vec<&mut Lot<'_>>)> = Vec::new();
    let mut last = None;
    for back in unnamed {
        while let Some(lot) = later.pop_if(|lot| lot.line.first <= back.first) {
            match stacks.iter_mut().find(|(variant, _)| *variant == lot.line.variant) {
                Some((_, stack)) => stack.push(lot),
                None => stacks.push((lot.line.variant, vec![lot])),
            }
        }
        let mut units = back.units;
        while units > 0 {
            let full = stacks.iter_mut().filter_map(|(variant, stack)| {
                let top = stack.last()?;
                let key = (Reverse(likeness(*variant, back.variant)), top.line.first, top.line.identity());
                Some((key, stack))
            });
            let Some((_, stack)) = full.max_by_key(|(key, _)| *key) else { break };
            if let Some(lot) = stack.last_mut() {
                lot.take(&mut units);
            }
            stack.pop_if(|lot| lot.left == 0);
        }
        if units < back.units {
            last = Some(back.first);
        }
    }
    last
}

/// What [`likeness`] comes to at most.
const LEAST_LIKE: u8 = 2;

/// How far what was bought is from what came back.
fn likeness(bought: Option<VariantIx>, back: Option<VariantIx>) -> u8 {
    match (bought, back) {
        (_, None) => 0,
        (Some(bought), Some(back)) if bought == back => 0,
        (None, _) => 1,
        _ => LEAST_LIKE,
    }
}

fn owned(lots: &[Lot<'_>], sent_back: Option<Timestamp>) -> Option<Owned> {
    let last_purchase = lots.iter().map(|lot| lot.line.first).max()?;
    let kept = lots.iter().map(|lot| u64::from(lot.left)).sum();
    // Lots stand by order: one purchase is all that is left of one order, and it was made when its first line was.
    let orders = lots.chunk_by(|a, b| a.line.deal == b.line.deal).filter_map(|order| {
        let time = order.iter().map(|lot| lot.line.first).min()?;
        Some(LastKept { time, units: order.iter().map(|lot| u64::from(lot.left)).sum() })
    });
    let last_kept = orders.filter(|order| order.units > 0).max_by_key(|order| (order.time, order.units));
    Some(Owned { kept, last_purchase, last_kept, sent_back: sent_back.filter(|_| kept == 0) })
}
