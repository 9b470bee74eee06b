//! Whether the catalogue has what a filter names: one on something that no product has would leave nothing, unsaid.

use crate::domain::{
    catalog::{Catalog, Facets},
    nearest,
    recommend::{FIELDS, Filter, NUMBERED_FIELDS, Steering},
};
use crate::grpc::convert::{At, Told, Violations};

/// Attributes and currencies that no product has are refused by name. A feed that has begun goes on whatever was taken out of
/// the catalogue since, so its later pages are not asked.
pub fn known(filter: &Filter, catalog: &Catalog, at: At<'_>, bad: &mut Violations) {
    let facets = catalog.facets();
    for (i, (name, _)) in filter.attributes.iter().enumerate() {
        attribute(name, &FIELDS, facets, at.item("attributes", i).field("name"), bad);
    }
    for (i, range) in filter.ranges.iter().enumerate() {
        attribute(&range.name, &NUMBERED_FIELDS, facets, at.item("ranges", i).field("name"), bad);
    }
    for (filters, field) in [(&filter.any_of, "any_of"), (&filter.none_of, "none_of")] {
        for (i, filter) in filters.iter().enumerate() {
            known(filter, catalog, at.item(field, i), bad);
        }
    }
    let price = at.field("price");
    let ends = [(filter.at_least, "at_least"), (filter.at_most, "at_most")];
    for (money, end) in ends.into_iter().filter_map(|(money, end)| Some((money?, end))) {
        if let Some(known) = facets.unless_currency(money.currency) {
            let known: Vec<&str> = known.iter().take(5).map(|currency| currency.code()).collect();
            let (code, known) = (money.currency.code(), known.join(", "));
            let at = price.field(end);
            bad.add(at.field("currency"), format_args!("no product has a price in {code:?}, they are in {known}"));
        }
    }
}

/// The same of what a request steers.
pub fn known_steering(steering: &Steering, catalog: &Catalog, bad: &mut Violations) {
    for (weightings, field) in [(&steering.boosts, "boosts"), (&steering.bury, "bury")] {
        for (i, one) in weightings.iter().enumerate() {
            known(&one.filter, catalog, At::Request.item(field, i).field("filter"), bad);
        }
    }
}

fn attribute(name: &str, fields: &[&str], facets: &Facets, at: At<'_>, bad: &mut Violations) {
    let is_field = fields.contains(&name.trim().to_lowercase().as_str());
    if let Some(known) = facets.unless_attribute(name).filter(|_| !is_field) {
        let near = nearest(name, known.iter().map(String::as_str).chain(fields.iter().copied()));
        bad.add(at, format_args!("no product has the attribute {}{near}", Told(name)));
    }
}
