//! Many identifiers, one customer: who an event belongs to, by the links that stand at its moment.
//!
//! Events are never rewritten: a link only says whose they are, so undoing it gives back exactly what was before.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::{Id, Timestamp};

/// What somebody is known by in one system.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// Of which kind.
    pub kind: IdentifierKind,
    /// As that system writes it. Mail addresses and phone numbers come hashed only.
    pub value: Id,
}

impl Identifier {
    /// The shop's own id of a known customer.
    pub const fn customer(value: Id) -> Self {
        Self { kind: IdentifierKind::Customer, value }
    }

    /// A browser or an app installation.
    pub const fn visitor(value: Id) -> Self {
        Self { kind: IdentifierKind::Visitor, value }
    }
}

/// Kinds of identifier. Only a customer's own id names a person; the others are linked to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum IdentifierKind {
    Customer,
    Visitor,
    Device,
    EmailHash,
    PhoneHash,
    LoyaltyCard,
}

/// That an identifier is a customer's, from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Given out by the store.
    pub id: Id,
    /// Never of the kind `Customer`.
    pub alias: Identifier,
    /// Whose it is.
    pub customer: Id,
    /// Why it was joined.
    pub cause: LinkCause,
    /// From when on, where the alias was another's before.
    pub time: Timestamp,
}

impl Link {
    /// In which order links take effect. Those of one moment are told apart by their ids, so that every store orders
    /// them alike.
    pub const fn order(&self) -> (Timestamp, &Id) {
        (self.time, &self.id)
    }
}

/// Why an identifier was joined to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkCause {
    /// She logged in.
    Login,
    /// An event carried both.
    Event,
    /// Another system said so.
    Import,
    /// Somebody of the shop did it by hand.
    Support,
}

/// Whose an alias is at a moment. `links` are all that stand for the alias, in any order.
///
/// The first customer gets what was done before she was known; each later one what is done from her own link on. So a
/// shared device gives each her part and welds nobody together.
pub fn owner_at(links: &[Link], time: Timestamp) -> Option<&Id> {
    let latest = links.iter().filter(|link| link.time <= time).max_by(|a, b| a.order().cmp(&b.order()));
    let first = || links.iter().min_by(|a, b| a.order().cmp(&b.order()));
    latest.or_else(first).map(|link| &link.customer)
}

/// Whose an alias is now, and from now on.
pub fn owner_now(links: &[Link]) -> Option<&Id> {
    owner_at(links, Timestamp(i64::MAX))
}

/// The spans of time in which what was done under the alias is the customer's: sorted, disjoint, never empty.
pub fn spans_of(links: &[Link], customer: &Id) -> Vec<Range<Timestamp>> {
    let mut sorted: Vec<&Link> = links.iter().collect();
    sorted.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut spans: Vec<Range<Timestamp>> = Vec::new();
    for (i, link) in sorted.iter().enumerate() {
        if link.customer != *customer {
            continue;
        }
        let from = if i == 0 { Timestamp(i64::MIN) } else { link.time };
        let to = sorted.get(i + 1).map_or(Timestamp(i64::MAX), |next| next.time);
        match spans.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ if from < to => spans.push(from..to),
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(id: &str, customer: &str, time: i64) -> Link {
        Link {
            id: Id::new(id).unwrap(),
            alias: Identifier::visitor(Id::new("v").unwrap()),
            customer: Id::new(customer).unwrap(),
            cause: LinkCause::Login,
            time: Timestamp(time),
        }
    }

    #[test]
    fn a_shared_device_gives_each_her_part() {
        let links = [link("2", "b", 20), link("1", "a", 10), link("3", "a", 30)];
        let owner = |time| owner_at(&links, Timestamp(time)).unwrap().as_str();
        assert_eq!([owner(0), owner(10), owner(19), owner(20), owner(29), owner(30)], ["a", "a", "a", "b", "b", "a"]);
        assert_eq!(owner_now(&links).unwrap().as_str(), "a");
        assert_eq!(owner_at(&[], Timestamp(0)), None);
    }

    proptest! {
        /// Spans say the same as asking moment by moment, for every customer.
        #[test]
        fn spans_agree_with_owners(links in prop::collection::vec((0..6u32, 0..3u32, 0..8i64), 0..6)) {
            let links: Vec<Link> =
                links.into_iter().enumerate().map(|(i, (_, c, t))| link(&i.to_string(), &c.to_string(), t)).collect();
            for customer in ["0", "1", "2"] {
                let customer = Id::new(customer).unwrap();
                let spans = spans_of(&links, &customer);
                for time in (-1..9).map(Timestamp) {
                    let inside = spans.iter().filter(|span| span.contains(&time)).count();
                    prop_assert_eq!(inside, usize::from(owner_at(&links, time) == Some(&customer)));
                }
            }
        }
    }
}
