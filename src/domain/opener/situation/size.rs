//! The size that she wanted and could not have, or that did not fit.

use std::{cmp::Ordering, sync::Arc};

use rustc_hash::FxHashSet;

use super::{Fact, Finding, Setting, Words, now_of, offer, size_text, told, variant_id};
use crate::domain::{
    catalog::{Row, VariantRow},
    customer::{Look, Side, Trade},
    event::ReturnReason,
    recommend::SizeNote,
    sizing::larger,
};

/// What was looked at longer ago is not spoken of: few remember it.
const LOOK_DAYS: i64 = 60;

/// Looked at, then back in her size or in the one that she chose. What came back last comes first.
pub fn back_in_size(setting: &Setting<'_>) -> Vec<Finding> {
    let mut seen = FxHashSet::default();
    let newest = setting.context.profile.looks().iter().rev().filter(|look| seen.insert(look.product));
    let mut found: Vec<Finding> = newest.filter_map(|look| back_since_look(setting, look)).collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.since));
    found
}

fn back_since_look(setting: &Setting<'_>, look: &Look) -> Option<Finding> {
    let now = setting.context.now;
    let row = setting.row(look.product).filter(|_| setting.recent(look.stamp.time, LOOK_DAYS))?;
    let is_news = |variant: &VariantRow| {
        variant.back_since.is_some_and(|back| back > look.stamp.time && setting.recent(back, setting.rules.recent_days))
    };
    if setting.in_cart(row.ix) || !row.variants.iter().any(is_news) {
        return None;
    }
    let fitting = setting.eligibility.verdict(row.ix).ok()?;
    let variant = row.variant(fitting.variant).filter(|variant| is_news(variant))?;
    // "In her size" is said only where it is known to be hers, or where she had chosen it.
    if fitting.size_note == SizeNote::Unknown && look.variant != Some(variant.ix) {
        return None;
    }
    // A size that could be had all the time in another colour did not come back.
    let size = size_text(row, variant);
    let same = |other: &&VariantRow| other.sellable && (size.is_none() || other.size == variant.size);
    if !row.variants.iter().filter(same).all(is_news) {
        return None;
    }
    let back = variant.back_since?;
    let id = variant_id(row, variant);
    let about = |fact: Fact| Fact { product: Some(row.product.id.clone()), variant: id.clone(), ..fact };
    Some(Finding {
        facts: vec![
            about(told("product_viewed", &look.stamp)),
            now_of("back_in_stock", &row.product, id.clone(), back),
            now_of("price_now", &row.product, id.clone(), now),
        ],
        words: Words::BackInSize { product: Arc::clone(&row.product), size, price: variant.price_at(now) },
        subject: Some(row.product.id.clone()),
        since: back,
        products: offer(row, fitting, 0.0, None).into_iter().collect(),
    })
}

/// Sent back as too small or too large, while the next size that way can be had. The newest return first.
pub fn returned_for_size(setting: &Setting<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        setting.context.profile.trades().iter().filter_map(|trade| next_size(setting, trade)).collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.since));
    found
}

fn next_size(setting: &Setting<'_>, trade: &Trade) -> Option<Finding> {
    let (reason, wanted) = match trade.side {
        Side::Returned(Some(reason @ ReturnReason::TooSmall)) => (reason, Ordering::Greater),
        Side::Returned(Some(reason @ ReturnReason::TooLarge)) => (reason, Ordering::Less),
        _ => return None,
    };
    let row = setting.row(trade.product).filter(|_| setting.recent(trade.stamp.time, setting.rules.recent_days))?;
    // Whatever she did with this product since says more than the return.
    let newest = setting.context.profile.trades_of(trade.product).last()?;
    if newest.stamp != trade.stamp || newest.line != trade.line || setting.in_cart(row.ix) {
        return None;
    }
    let was = row.variant(trade.variant?)?;
    let (variant, fitting) = nearest(setting, row, was, wanted)?;
    let returned = Fact {
        product: Some(row.product.id.clone()),
        variant: variant_id(row, was),
        order: trade.order.clone(),
        ..told("returned", &trade.stamp)
    };
    Some(Finding {
        facts: vec![returned, now_of("in_stock_now", &row.product, variant_id(row, variant), setting.context.now)],
        words: Words::ReturnedForSize {
            product: Arc::clone(&row.product),
            size: size_text(row, variant)?,
            was: size_text(row, was)?,
            too_small: reason == ReturnReason::TooSmall,
        },
        subject: Some(row.product.id.clone()),
        since: trade.stamp.time,
        products: offer(row, fitting, 0.0, None).into_iter().collect(),
    })
}

/// The eligible variant whose size comes next that way; of several the one in the colour that she had, then the first by id.
fn nearest<'a>(
    setting: &Setting<'_>,
    row: &'a Row,
    was: &VariantRow,
    wanted: Ordering,
) -> Option<(&'a VariantRow, crate::domain::recommend::Fitting)> {
    let mut best: Option<(&VariantRow, _)> = None;
    for variant in &row.variants {
        if larger(row, variant, was) != Some(wanted) {
            continue;
        }
        let Ok(fitting) = setting.eligibility.verdict_on(row.ix, variant.ix) else { continue };
        let nearer = best.as_ref().is_none_or(|(kept, _)| match larger(row, variant, kept) {
            Some(Ordering::Equal) | None => {
                (variant.color != was.color, variant.by_id) < (kept.color != was.color, kept.by_id)
            }
            Some(way) => way != wanted,
        });
        if nearer {
            best = Some((variant, fitting));
        }
    }
    best
}
