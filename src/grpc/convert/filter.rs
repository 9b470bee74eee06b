//! Filters on products, and those within them.

use std::sync::Arc;

use crate::domain::{
    Id, Money,
    recommend::{Filter, NumberRange},
};
use crate::grpc::convert::{
    At, Violations,
    scalar::{category_path, count, id, label, optional_price},
};
use crate::proto;

/// The most categories, brands, attributes or ranges of a filter, and the most values of one attribute.
const MAX_CHOICES: usize = 100;

/// The most products that a filter leaves out, or names.
const MAX_PRODUCTS: usize = 1_000;

/// How deep filters stand within the outermost.
const MAX_DEPTH: usize = 5;

/// The most filters within the outermost.
const MAX_WITHIN: usize = 100;

/// The most that the filters within the outermost name together: each is asked of every candidate.
const MAX_CONDITIONS: usize = 1_000;

/// What stands within the outermost filter, counted.
#[derive(Default)]
struct Within {
    filters: usize,
    conditions: usize,
}

/// An outermost filter, which may be empty.
pub fn filter(filter: proto::Filter, at: At<'_>, bad: &mut Violations) -> Filter {
    let mut within = Within::default();
    let filter = one(filter, 0, &mut within, at, bad);
    let Within { filters, conditions } = within;
    let most = format_args!("takes at most {MAX_WITHIN} filters within any_of and none_of, got {filters}");
    bad.check(filters <= MAX_WITHIN, at, most);
    let most = format_args!("takes at most {MAX_CONDITIONS} conditions within any_of and none_of, got {conditions}");
    bad.check(conditions <= MAX_CONDITIONS, at, most);
    filter
}

fn one(filter: proto::Filter, depth: usize, within: &mut Within, at: At<'_>, bad: &mut Violations) -> Filter {
    let (at_least, at_most) = price_range(filter.price.unwrap_or_default(), at.field("price"), bad);
    let read = Filter {
        categories: categories(filter.categories, at, bad),
        brands: brands(filter.brands, at, bad),
        at_least,
        at_most,
        attributes: attributes(filter.attributes, at, bad),
        ranges: ranges(filter.ranges, at, bad),
        only: products(filter.product_ids, "product_ids", at, bad),
        exclude: products(filter.exclude_product_ids, "exclude_product_ids", at, bad),
        any_of: filters(filter.any_of, "any_of", depth + 1, within, at, bad),
        none_of: filters(filter.none_of, "none_of", depth + 1, within, at, bad),
    };
    if depth > 0 {
        within.filters += 1;
        within.conditions += conditions(&read);
        bad.check(!read.is_empty(), at, "must set something: it is empty");
    }
    read
}

/// What is asked of a product one by one. Of ids there may be many: they are looked up.
fn conditions(filter: &Filter) -> usize {
    let values: usize = filter.attributes.iter().map(|(_, values)| values.len()).sum();
    let ends = usize::from(filter.at_least.is_some()) + usize::from(filter.at_most.is_some());
    filter.categories.len() + filter.brands.len() + filter.ranges.len() + values + ends
}

fn filters(
    filters: Vec<proto::Filter>,
    field: &'static str,
    depth: usize,
    within: &mut Within,
    at: At<'_>,
    bad: &mut Violations,
) -> Vec<Filter> {
    if depth > MAX_DEPTH && !filters.is_empty() {
        bad.add(
            at.field(field),
            format_args!("filters stand within filters at most {MAX_DEPTH} deep, this is the {depth}th"),
        );
        return Vec::new();
    }
    let each = filters.into_iter().enumerate();
    each.map(|(i, filter)| one(filter, depth, within, at.item(field, i), bad)).collect()
}

fn categories(paths: Vec<proto::CategoryPath>, at: At<'_>, bad: &mut Violations) -> Vec<Vec<Arc<str>>> {
    count(paths.len(), 0, MAX_CHOICES, at.field("categories"), bad);
    let mut taken = Vec::with_capacity(paths.len().min(MAX_CHOICES));
    for (i, proto::CategoryPath { steps }) in paths.into_iter().enumerate() {
        let at = at.item("categories", i);
        bad.check(!steps.is_empty(), at.field("steps"), "needs at least one step");
        taken.push(category_path(steps, at, "steps", bad));
    }
    taken
}

fn brands(brands: Vec<String>, at: At<'_>, bad: &mut Violations) -> Vec<Arc<str>> {
    count(brands.len(), 0, MAX_CHOICES, at.field("brands"), bad);
    brands.into_iter().enumerate().map(|(i, brand)| label(brand, at.item("brands", i), bad)).collect()
}

fn attributes(
    attributes: Vec<proto::AttributeFilter>,
    at: At<'_>,
    bad: &mut Violations,
) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    count(attributes.len(), 0, MAX_CHOICES, at.field("attributes"), bad);
    let mut taken = Vec::with_capacity(attributes.len().min(MAX_CHOICES));
    for (i, proto::AttributeFilter { name, values }) in attributes.into_iter().enumerate() {
        let at = at.item("attributes", i);
        bad.check(!name.is_empty(), at.field("name"), "must not be empty: \"\"");
        count(values.len(), 1, MAX_CHOICES, at.field("values"), bad);
        taken.push((Arc::from(name), values.into_iter().map(Arc::from).collect()));
    }
    taken
}

fn ranges(ranges: Vec<proto::AttributeRange>, at: At<'_>, bad: &mut Violations) -> Vec<NumberRange> {
    count(ranges.len(), 0, MAX_CHOICES, at.field("ranges"), bad);
    let mut taken = Vec::with_capacity(ranges.len().min(MAX_CHOICES));
    for (i, proto::AttributeRange { name, at_least, at_most }) in ranges.into_iter().enumerate() {
        let at = at.item("ranges", i);
        bad.check(!name.is_empty(), at.field("name"), "must not be empty: \"\"");
        bad.check(at_least.is_some() || at_most.is_some(), at, "needs at_least or at_most");
        for (end, field) in [(at_least, "at_least"), (at_most, "at_most")] {
            let end = end.unwrap_or_default();
            bad.check(end.is_finite(), at.field(field), format_args!("must be a finite number: {end}"));
        }
        if let (Some(least), Some(most)) = (at_least, at_most)
            && least > most
        {
            bad.add(at, format_args!("at_least is above at_most: {least} > {most}"));
        }
        taken.push(NumberRange { name: name.into(), at_least, at_most });
    }
    taken
}

fn products(ids: Vec<String>, field: &'static str, at: At<'_>, bad: &mut Violations) -> Vec<Id> {
    count(ids.len(), 0, MAX_PRODUCTS, at.field(field), bad);
    ids.into_iter().enumerate().filter_map(|(i, product)| id(product, at.item(field, i), bad)).collect()
}

fn price_range(range: proto::PriceRange, at: At<'_>, bad: &mut Violations) -> (Option<Money>, Option<Money>) {
    let at_least = optional_price(range.at_least, at.field("at_least"), bad);
    let at_most = optional_price(range.at_most, at.field("at_most"), bad);
    if let (Some(least), Some(most)) = (at_least, at_most) {
        if least.currency != most.currency {
            let (least, most) = (least.currency.code(), most.currency.code());
            let text = format_args!("must be that of at_least, {least}: {most:?}");
            bad.add(at.field("at_most").field("currency"), text);
        } else if least.minor > most.minor {
            bad.add(at, format_args!("at_least is above at_most: {} > {}", least.minor, most.minor));
        }
    }
    (at_least, at_most)
}
