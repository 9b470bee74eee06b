//! What became of an order: it arrived, or something went wrong and nobody has put it right.

use std::sync::Arc;

use super::{Fact, Finding, Setting, Words, told};
use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    customer::{Delivery, Side, Trade},
};

/// "Just arrived" is true for so many days.
const ARRIVED_DAYS: i64 = 5;

/// A complaint that nobody has resolved, the newest first. However old it is: it only becomes worse.
pub fn complaint_open(setting: &Setting<'_>) -> Vec<Finding> {
    let open = setting.context.profile.open_complaints();
    let mut found: Vec<Finding> = open
        .map(|complaint| Finding {
            words: Words::ComplaintOpen { time: complaint.stamp.time },
            subject: None,
            since: complaint.stamp.time,
            facts: vec![Fact { order: complaint.order.clone(), ..told("complained", &complaint.stamp) }],
            products: Vec::new(),
        })
        .collect();
    found.reverse();
    found
}

/// An order that came within the last days, the newest first; one that went back whole is not spoken of.
pub fn arrived(setting: &Setting<'_>) -> Vec<Finding> {
    let days = ARRIVED_DAYS.min(setting.rules.recent_days);
    let recent = setting.context.profile.deliveries().iter().rev();
    recent.filter(|delivery| setting.recent(delivery.stamp.time, days)).filter_map(|d| delivered(setting, d)).collect()
}

fn delivered(setting: &Setting<'_>, delivery: &Delivery) -> Option<Finding> {
    let profile = setting.context.profile;
    let of_order = |trade: &&Trade| trade.order.as_ref() == Some(&delivery.order);
    let bought = profile.trades().iter().filter(of_order).filter(|trade| trade.side == Side::Bought);
    let mut goods: Vec<&Trade> = bought.collect();
    let bought_any = !goods.is_empty();
    goods.retain(|trade| trade.kept_quantity > 0);
    if bought_any && goods.is_empty() {
        return None;
    }
    // In the order that the purchase lists them in; the dearest may be meant, but the first is what she would name too.
    goods.sort_by(|a, b| (&a.stamp, a.line).cmp(&(&b.stamp, b.line)));
    let named = goods.iter().find_map(|trade| setting.row(trade.product));
    let units = goods.iter().map(|trade| u64::from(trade.kept_quantity)).fold(0, u64::saturating_add);
    let mut facts = vec![Fact { order: Some(delivery.order.clone()), ..told("order_delivered", &delivery.stamp) }];
    facts.extend(goods.iter().map(|trade| purchase(setting, trade)));
    Some(Finding {
        words: Words::OrderArrived {
            product: named.map(|row| Arc::clone(&row.product)),
            others: units.saturating_sub(1),
            time: delivery.stamp.time,
        },
        subject: named.map(|row| row.product.id.clone()),
        since: delivery.stamp.time,
        facts,
        products: Vec::new(),
    })
}

/// The fact that something was bought.
pub(super) fn purchase(setting: &Setting<'_>, trade: &Trade) -> Fact {
    let ids = setting.context.ids;
    Fact {
        product: ids.product_id(trade.product),
        variant: trade.variant.and_then(|variant| ids.variant_id(variant)),
        order: trade.order.clone(),
        ..told("purchased", &trade.stamp)
    }
}

/// The newest purchase of the product that counts as kept.
pub(super) fn last_bought<'a>(setting: &Setting<'a>, product: ProductIx, at: Option<Timestamp>) -> Option<&'a Trade> {
    let bought = setting.context.profile.trades_of(product).iter().rev().filter(|trade| trade.side == Side::Bought);
    let mut bought = bought.filter(|trade| at.is_none_or(|at| trade.stamp.time == at));
    bought.next()
}
