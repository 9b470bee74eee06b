//! Whom a request means.

use crate::domain::{
    customer::{Identifier, IdentifierKind},
    event::Who,
};
use crate::grpc::convert::{At, Violations, choices::required, id, scalar::optional_id};
use crate::proto;

/// Whom, with everything that stands beside her id.
pub fn who(who: Option<proto::Who>, at: At<'_>, bad: &mut Violations) -> Option<Who> {
    let proto::Who { customer_id, visitor_id, other } = who.unwrap_or_default();
    if customer_id.is_empty() && visitor_id.is_empty() && other.is_none() {
        bad.add(at, "needs a customer_id, a visitor_id or another identifier");
        return None;
    }
    let customer = optional_id(customer_id, at.field("customer_id"), bad);
    let visitor = optional_id(visitor_id, at.field("visitor_id"), bad);
    let other = other.and_then(|other| identifier(other, at.field("other"), bad));
    match other {
        // A customer's id in the other field is a customer's id.
        Some(Identifier { kind: IdentifierKind::Customer, value }) => {
            if customer.as_ref().is_some_and(|customer| *customer != value) {
                bad.add(at.field("other"), format_args!("two customer ids are never joined: {value:?}"));
            }
            Some(Who { customer: customer.or(Some(value)), visitor, other: None })
        }
        other => Some(Who { customer, visitor, other }),
    }
}

/// Whom, alone: for calls that say something of her and link nothing.
pub fn subject(who: Option<proto::Who>, at: At<'_>, bad: &mut Violations) -> Option<Who> {
    let Who { customer, visitor, other } = self::who(who, at, bad)?;
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

/// As the contract writes it.
pub fn identifier_out(identifier: &Identifier) -> proto::Identifier {
    use crate::grpc::convert::Choice as _;
    proto::Identifier { kind: identifier.kind.number(), value: identifier.value.as_str().to_owned() }
}
