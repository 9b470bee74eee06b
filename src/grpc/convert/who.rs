//! Whom a request means.

use crate::domain::{
    Id,
    customer::{Identifier, IdentifierKind, Place, Placeholders, identify},
    event::Who,
};
use crate::grpc::convert::{At, Told, Violations, choices::required, id, scalar::optional_id};
use crate::proto;

/// Whom, with everything that stands beside her id. What names nobody is passed over where something else is given.
pub fn who(who: Option<proto::Who>, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> Option<Who> {
    let proto::Who { customer_id, visitor_id, other } = who.unwrap_or_default();
    if customer_id.is_empty() && visitor_id.is_empty() && other.is_none() {
        bad.add(at, "needs a customer_id, a visitor_id or another identifier");
        return None;
    }
    let customer = optional_id(customer_id, at.field("customer_id"), bad);
    let visitor = optional_id(visitor_id, at.field("visitor_id"), bad);
    let other = other.and_then(|other| identifier(other, at.field("other"), bad));
    let who = match other {
        // A customer's id in the other field is a customer's id.
        Some(Identifier { kind: IdentifierKind::Customer, value }) => {
            if customer.as_ref().is_some_and(|customer| *customer != value) {
                bad.add(at.field("other"), format_args!("two customer ids are never joined: {value:?}"));
            }
            Who { customer: customer.or(Some(value)), visitor, other: None }
        }
        other => Who { customer, visitor, other },
    };
    named(who, at, nobody, bad)
}

/// Whom the ids mean, as it may be kept.
fn named(who: Who, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> Option<Who> {
    let named = identify(who, nobody);
    if named.who.subject().is_none() && !named.placeholders.is_empty() {
        for (place, id) in &named.placeholders {
            let field = match place {
                Place::Customer => at.field("customer_id"),
                Place::Visitor => at.field("visitor_id"),
                Place::Other => at.field("other"),
            };
            names_nobody(id, field, bad);
        }
        return None;
    }
    Some(named.who)
}

fn names_nobody(id: &Id, at: At<'_>, bad: &mut Violations) {
    bad.add(at, format_args!("names nobody, as rules.placeholder_ids says: {}", Told(id.as_str())));
}

/// Whom, alone: for calls that say something of her and link nothing.
pub fn subject(who: Option<proto::Who>, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> Option<Who> {
    let Who { customer, visitor, other } = self::who(who, at, nobody, bad)?;
    Some(match (customer, visitor) {
        (Some(customer), _) => Who::customer(customer),
        (None, Some(visitor)) => Who::visitor(visitor),
        (None, None) => Who { other, ..Who::default() },
    })
}

/// What another system knows her by. The value is not told back: it may be what should have been hashed.
pub fn identifier(identifier: proto::Identifier, at: At<'_>, bad: &mut Violations) -> Option<Identifier> {
    let proto::Identifier { kind, value } = identifier;
    let kind: Option<IdentifierKind> = required(kind, at.field("kind"), bad);
    if kind == Some(IdentifierKind::EmailHash) && value.contains('@') {
        bad.add(at.field("value"), "looks like a mail address: send its hash");
        return None;
    }
    let value = id(value, at.field("value"), bad);
    Some(Identifier { kind: kind?, value: value? })
}

/// An identifier and whose it is, both as they may be kept.
pub fn alias_of(
    alias: Identifier,
    customer: Id,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<(Identifier, Id)> {
    let at = At::Request;
    let alias = identify(Who { other: Some(alias), ..Who::default() }, nobody);
    let customer = identify(Who::customer(customer), nobody);
    for (_, id) in &alias.placeholders {
        names_nobody(id, at.field("identifier").field("value"), bad);
    }
    for (_, id) in &customer.placeholders {
        names_nobody(id, at.field("customer_id"), bad);
    }
    Some((alias.who.other?, customer.who.customer?))
}

/// As the contract writes it.
pub fn identifier_out(identifier: &Identifier) -> proto::Identifier {
    use crate::grpc::convert::Choice as _;
    proto::Identifier { kind: identifier.kind.number(), value: identifier.value.as_str().to_owned() }
}
