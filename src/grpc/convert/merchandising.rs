//! Rules of merchandisers, and what a request steers by itself.

use std::sync::Arc;

use crate::domain::{
    Timestamp,
    merchandising::{Action, MerchandisingRule},
    recommend::{Filter, NumberRange, Placement, Steered, SteeredBy, Steering, Weighting},
};
use crate::grpc::convert::{
    At, Choice as _, Violations,
    choices::required,
    filter::filter,
    scalar::{count, id, label, optional_time, price_out},
};
use crate::proto::{self, merchandising_rule::Action as ProtoAction};

/// The most boosts, or buries, of a request.
const MAX_BOOSTS: usize = 20;

/// The largest factor.
const MAX_FACTOR: f64 = 1_000.0;

/// The last place that something can be pinned at.
const MAX_POSITION: u32 = 100;

/// The most segments of a rule.
const MAX_SEGMENTS: usize = 100;

/// What a request steers.
pub fn steering(boosts: Vec<proto::Boost>, bury: Vec<proto::Boost>, bad: &mut Violations) -> Steering {
    let mut weightings = |all: Vec<proto::Boost>, field: &'static str| {
        count(all.len(), 0, MAX_BOOSTS, At::Request.field(field), bad);
        let each = all.into_iter().enumerate();
        each.map(|(i, one)| weighting(one, At::Request.item(field, i), bad)).collect()
    };
    Steering { boosts: weightings(boosts, "boosts"), bury: weightings(bury, "bury") }
}

fn weighting(proto::Boost { filter: products, factor }: proto::Boost, at: At<'_>, bad: &mut Violations) -> Weighting {
    let is_right = factor > 1.0 && factor <= MAX_FACTOR;
    bad.check(is_right, at.field("factor"), format_args!("must be above 1 and at most {MAX_FACTOR}: {factor}"));
    Weighting { filter: some_filter(products, at.field("filter"), bad), factor }
}

/// A filter that must ask for something: of all products nothing can be put before the others.
fn some_filter(products: Option<proto::Filter>, at: At<'_>, bad: &mut Violations) -> Filter {
    let products = filter(products.unwrap_or_default(), at, bad);
    bad.check(!products.is_empty(), at, "must set something: it is empty");
    products
}

/// A rule that is to be kept.
pub fn merchandising_rule(
    rule: Option<proto::MerchandisingRule>,
    at: At<'_>,
    bad: &mut Violations,
) -> Option<MerchandisingRule> {
    let Some(rule) = rule else {
        bad.add(at, "must be set");
        return None;
    };
    let from = optional_time(rule.from_ms, at.field("from_ms"), bad);
    let until = optional_time(rule.until_ms, at.field("until_ms"), bad);
    if let (Some(Timestamp(from)), Some(Timestamp(until))) = (from, until) {
        bad.check(from < until, at.field("until_ms"), format_args!("must be after from_ms, {from}: {until}"));
    }
    count(rule.segments.len(), 0, MAX_SEGMENTS, at.field("segments"), bad);
    let segments = rule.segments.into_iter().enumerate();
    let segments = segments.map(|(i, segment)| label(segment, at.item("segments", i), bad)).collect();
    let placements = placements(&rule.placements, at, bad);
    let action = action(rule.action, at, bad);
    Some(MerchandisingRule {
        id: id(rule.id, at.field("id"), bad)?,
        action: action?,
        placements,
        segments,
        from,
        until,
    })
}

fn placements(numbers: &[i32], at: At<'_>, bad: &mut Violations) -> Vec<Placement> {
    let each = numbers.iter().enumerate();
    let mut all: Vec<Placement> =
        each.filter_map(|(i, number)| required(*number, at.item("placements", i), bad)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn action(action: Option<ProtoAction>, at: At<'_>, bad: &mut Violations) -> Option<Action> {
    match action {
        None => {
            bad.add(at.field("action"), "must be set: pin, hide, boost or bury");
            None
        }
        Some(ProtoAction::Pin(proto::Pin { product_id, position })) => {
            let at = at.field("pin");
            let place = u32::try_from(position).ok().filter(|place| (1..=MAX_POSITION).contains(place));
            let text = format_args!("must be from 1 to {MAX_POSITION}: {position}");
            bad.check(place.is_some(), at.field("position"), text);
            Some(Action::Pin { product: id(product_id, at.field("product_id"), bad)?, position: place? })
        }
        Some(ProtoAction::Hide(products)) => Some(Action::Hide(some_filter(Some(products), at.field("hide"), bad))),
        Some(ProtoAction::Boost(boost)) => Some(Action::Boost(weighting(boost, at.field("boost"), bad))),
        Some(ProtoAction::Bury(bury)) => Some(Action::Bury(weighting(bury, at.field("bury"), bad))),
    }
}

/// As the contract writes it.
pub fn rule_out(rule: &MerchandisingRule) -> proto::MerchandisingRule {
    let action = match &rule.action {
        Action::Pin { product, position } => ProtoAction::Pin(proto::Pin {
            product_id: product.to_string(),
            position: i32::try_from(*position).unwrap_or(i32::MAX),
        }),
        Action::Hide(products) => ProtoAction::Hide(filter_out(products)),
        Action::Boost(one) => ProtoAction::Boost(weighting_out(one)),
        Action::Bury(one) => ProtoAction::Bury(weighting_out(one)),
    };
    proto::MerchandisingRule {
        id: rule.id.to_string(),
        action: Some(action),
        placements: rule.placements.iter().map(|placement| placement.number()).collect(),
        segments: texts(&rule.segments),
        from_ms: rule.from.unwrap_or_default().0,
        until_ms: rule.until.unwrap_or_default().0,
    }
}

fn weighting_out(one: &Weighting) -> proto::Boost {
    proto::Boost { filter: Some(filter_out(&one.filter)), factor: one.factor }
}

fn filter_out(filter: &Filter) -> proto::Filter {
    let path = |steps: &Vec<Arc<str>>| proto::CategoryPath { steps: texts(steps) };
    let range = |range: &NumberRange| proto::AttributeRange {
        name: range.name.to_string(),
        at_least: range.at_least,
        at_most: range.at_most,
    };
    let attribute = |(name, values): &(Arc<str>, Vec<Arc<str>>)| proto::AttributeFilter {
        name: name.to_string(),
        values: texts(values),
    };
    let price = proto::PriceRange { at_least: filter.at_least.map(price_out), at_most: filter.at_most.map(price_out) };
    proto::Filter {
        categories: filter.categories.iter().map(path).collect(),
        brands: texts(&filter.brands),
        price: (price != proto::PriceRange::default()).then_some(price),
        attributes: filter.attributes.iter().map(attribute).collect(),
        ranges: filter.ranges.iter().map(range).collect(),
        product_ids: filter.only.iter().map(ToString::to_string).collect(),
        exclude_product_ids: filter.exclude.iter().map(ToString::to_string).collect(),
        any_of: filter.any_of.iter().map(filter_out).collect(),
        none_of: filter.none_of.iter().map(filter_out).collect(),
    }
}

fn texts(all: &[Arc<str>]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// As the contract writes it.
pub fn steered_out(steered: Steered) -> proto::Steered {
    let (kind, factor, position) = match steered.by {
        SteeredBy::Boost(factor) => (proto::SteeringKind::Boost, factor, 0),
        SteeredBy::Bury(factor) => (proto::SteeringKind::Bury, factor, 0),
        SteeredBy::Pin(position) => (proto::SteeringKind::Pin, 0.0, position),
    };
    proto::Steered {
        kind: kind.into(),
        rule_id: steered.rule.map(|id| id.to_string()).unwrap_or_default(),
        factor,
        position: i32::try_from(position).unwrap_or(i32::MAX),
    }
}
