//! What follows from a purchase: it is used up, or something goes with it.

use std::{cmp::Reverse, sync::Arc};

use super::{Finding, Setting, Words, now_of, offer, order, variant_id};
use crate::domain::{
    catalog::{ProductIx, Row},
    customer::{Owned, Side},
    recommend::{Evidence, Found, Reason, ReasonCode, candidates::key, due_at},
};

/// Whoever has not bought it again for so long after it was due gets it elsewhere, or needs it no more.
const OVERDUE_DAYS: i64 = 45;
/// Of what the source brings, so many are looked at for one that may be offered.
const MOST_MATCHES: usize = 50;
/// The source that knows what goes with what.
const GOES_WITH: &str = "goes_with";

/// Used up by now, as far as its period tells. What was due first comes first. Before the day it may not be offered.
pub fn consumable_due(setting: &Setting<'_>) -> Vec<Finding> {
    let kept = setting.context.profile.owned_lately().filter(|(_, owned)| owned.kept > 0);
    let mut found: Vec<_> = kept
        .filter_map(|(product, owned)| {
            let row = setting.row(product)?;
            let due = due_at(setting.context.profile, row)?;
            let is_due = due <= setting.context.now && setting.recent(due, OVERDUE_DAYS);
            is_due.then(|| due_finding(setting, row, owned)).flatten().map(|finding| (due, finding))
        })
        .collect();
    // The owned come in no order of their own.
    found.sort_by(|(a, x), (b, y)| (a, &x.subject).cmp(&(b, &y.subject)));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn due_finding(setting: &Setting<'_>, row: &Row, owned: &Owned) -> Option<Finding> {
    let now = setting.context.now;
    let fitting = setting.eligibility.verdict(row.ix).ok().filter(|_| !setting.in_cart(row.ix))?;
    let variant = row.variant(fitting.variant)?;
    let trade = order::last_bought(setting, row.ix, Some(owned.last_purchase))?;
    let reason = Reason {
        code: ReasonCode::DueAgain,
        product: Some(row.product.id.clone()),
        subject: None,
        time: Some(trade.stamp.time),
        sentence: None,
    };
    let price = now_of("price_now", &row.product, variant_id(row, variant), now);
    Some(Finding {
        facts: vec![order::purchase(setting, trade), price],
        words: Words::ConsumableDue {
            product: Arc::clone(&row.product),
            days: setting.days_ago(trade.stamp.time),
            time: trade.stamp.time,
            price: variant.price_at(now),
        },
        subject: Some(row.product.id.clone()),
        since: trade.stamp.time,
        products: offer(row, fitting, 0.0, Some(reason)).into_iter().collect(),
    })
}

/// What goes with the newest purchase that she keeps something of: the best of its matches that may be offered.
pub fn goes_with_purchase(setting: &Setting<'_>) -> Vec<Finding> {
    let profile = setting.context.profile;
    let kept = profile.trades().iter().filter(|trade| {
        trade.side == Side::Bought
            && setting.recent(trade.stamp.time, setting.rules.recent_days)
            && trade.kept_quantity > 0
    });
    let Some(last) = kept.map(|trade| &trade.stamp).max() else { return Vec::new() };
    let Some(source) = setting.model.sources().iter().find(|source| source.name() == GOES_WITH) else {
        return Vec::new();
    };
    let (mut found, mut evidence) = (Found::default(), Evidence::default());
    // A source that fails takes one line from the opener, which has others.
    if source.collect(&setting.context, MOST_MATCHES, &mut found, &mut evidence).is_err() {
        return Vec::new();
    }
    let scores = found.signals.iter().step_by(source.signals().len().max(1));
    let by_id = setting.model.by_id();
    let mut matches: Vec<(u64, ProductIx, f32)> =
        found.products.iter().zip(scores).map(|(one, score)| (key(*score, by_id.place(*one)), *one, *score)).collect();
    matches.sort_unstable_by_key(|(key, _, _)| Reverse(*key));
    let mut bought_then = |product: ProductIx| {
        let because = source.because(&setting.context, product, &[], &mut evidence)?;
        let with = because.product.filter(|_| because.code == ReasonCode::GoesWithPurchase)?;
        profile.trades_of(with).iter().any(|trade| trade.stamp == *last).then_some(with)
    };
    let finding =
        |(_, product, score): &(u64, ProductIx, f32)| match_finding(setting, *product, *score, bought_then(*product)?);
    matches.iter().take(MOST_MATCHES).find_map(finding).into_iter().collect()
}

fn match_finding(setting: &Setting<'_>, product: ProductIx, score: f32, with: ProductIx) -> Option<Finding> {
    let bought = setting.row(with)?;
    let row = setting.row(product).filter(|row| !setting.in_cart(row.ix))?;
    let fitting = setting.eligibility.verdict(row.ix).ok()?;
    let variant = row.variant(fitting.variant)?;
    let trade = order::last_bought(setting, bought.ix, None)?;
    let reason = Reason {
        code: ReasonCode::GoesWithPurchase,
        product: Some(bought.product.id.clone()),
        subject: None,
        time: Some(trade.stamp.time),
        sentence: None,
    };
    let price = now_of("price_now", &row.product, variant_id(row, variant), setting.context.now);
    Some(Finding {
        facts: vec![order::purchase(setting, trade), price],
        words: Words::GoesWithPurchase {
            product: Arc::clone(&row.product),
            bought: Arc::clone(&bought.product),
            price: variant.price_at(setting.context.now),
        },
        subject: Some(bought.product.id.clone()),
        since: trade.stamp.time,
        products: offer(row, fitting, score, Some(reason)).into_iter().collect(),
    })
}
