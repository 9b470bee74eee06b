//! What stands in the cart: one model in several sizes, or things that wait for long.

use std::sync::Arc;

use super::{Fact, Finding, Setting, Words, now_of, offer, size_text, told, variant_id};
use crate::domain::{
    Money, Timestamp,
    catalog::{Garment, Row},
    customer::CartLine,
};

/// One model in several sizes, the one that was touched last first.
pub fn several_sizes(setting: &Setting<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for line in setting.cart {
        let seen = setting.row(line.product).is_none_or(|row| {
            row.garment == Garment::None
                || found.iter().any(|finding| finding.subject.as_ref() == Some(&row.product.id))
        });
        if !seen {
            found.extend(sizes_of(setting, line));
        }
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.since));
    found
}

fn sizes_of(setting: &Setting<'_>, first: &CartLine) -> Option<Finding> {
    let row = setting.row(first.product)?;
    let lines = setting.cart.iter().filter(|line| line.product == first.product);
    let mut held: Vec<_> = lines.filter_map(|line| Some((row.variant(line.variant?)?, line))).collect();
    // In the order that the shop lists them in, which is that of sizes.
    held.sort_by_key(|(variant, _)| variant.place);
    let mut sizes: Vec<Arc<str>> = Vec::new();
    for (variant, _) in &held {
        // One size in two colours is one size, letter case apart.
        let new = size_text(row, variant).filter(|size| !sizes.iter().any(|s| s.to_lowercase() == size.to_lowercase()));
        sizes.extend(new);
    }
    if sizes.len() < 2 {
        return None;
    }
    let facts = held.iter().map(|(variant, line)| fact(row, line, variant_id(row, variant))).collect();
    let since = held.iter().map(|(_, line)| line.stamp.time).max()?;
    let fitting = setting.eligibility.verdict(row.ix).ok();
    Some(Finding {
        words: Words::CartSeveralSizes { product: Arc::clone(&row.product), sizes },
        subject: Some(row.product.id.clone()),
        since,
        facts,
        products: fitting.and_then(|fitting| offer(row, fitting, 0.0, None)).into_iter().collect(),
    })
}

/// Nothing was put in or taken out for long, and there is something in it that can still be had.
pub fn forgotten(setting: &Setting<'_>) -> Vec<Finding> {
    find_forgotten(setting).into_iter().collect()
}

fn find_forgotten(setting: &Setting<'_>) -> Option<Finding> {
    let context = &setting.context;
    let touched = context.profile.cart_changes().last()?.stamp.time;
    if touched.0.saturating_add(setting.rules.cart_forgotten_after_ms) > context.now.0
        || !setting.recent(touched, setting.rules.recent_days)
    {
        return None;
    }
    let mut offered = Vec::new();
    for line in setting.cart.iter().rev() {
        let Some(row) = setting.row(line.product) else { continue };
        let verdict = match line.variant {
            Some(variant) => setting.eligibility.verdict_on(row.ix, variant),
            None => setting.eligibility.verdict(row.ix),
        };
        offered.extend(verdict.ok().and_then(|fitting| offer(row, fitting, 0.0, None)).map(|offer| (row, offer)));
    }
    let named = offered.first()?.0;
    let known = setting.cart.iter().filter_map(|line| Some((setting.row(line.product)?, line)));
    let known: Vec<(&Row, &CartLine)> = known.collect();
    let mut facts: Vec<Fact> = Vec::new();
    for (row, line) in &known {
        let variant =
            line.variant.and_then(|variant| row.variant(variant)).and_then(|variant| variant_id(row, variant));
        facts.push(fact(row, line, variant));
    }
    let total = total(&known, context.now).filter(|_| known.len() == setting.cart.len());
    if total.is_some() {
        for (row, line) in &known {
            let variant = line.variant.and_then(|variant| row.variant(variant));
            let variant = variant.and_then(|variant| variant_id(row, variant));
            facts.push(now_of("price_now", &row.product, variant, context.now));
        }
    }
    let units = known.iter().map(|(_, line)| line.quantity.unsigned_abs()).fold(0, u64::saturating_add);
    Some(Finding {
        words: Words::CartForgotten { product: Arc::clone(&named.product), things: units, total },
        subject: Some(named.product.id.clone()),
        since: touched,
        facts,
        products: offered.into_iter().map(|(_, offer)| offer).collect(),
    })
}

/// What the cart costs now, where every line of it can be bought now and all in one currency.
fn total(lines: &[(&Row, &CartLine)], now: Timestamp) -> Option<Money> {
    let mut total: Option<Money> = None;
    for (row, line) in lines {
        let variant = row.variant(line.variant?).filter(|variant| variant.sellable)?;
        let price = variant.price_at(now);
        let minor = price.minor.checked_mul(line.quantity)?;
        let before = total.map_or(Some(0), |total| (total.currency == price.currency).then_some(total.minor))?;
        total = Some(Money { minor: before.checked_add(minor)?, ..price });
    }
    total
}

fn fact(row: &Row, line: &CartLine, variant: Option<crate::domain::Id>) -> Fact {
    Fact { product: Some(row.product.id.clone()), variant, ..told("cart_added", &line.stamp) }
}
