//! Which writes of a batch may be under way at once: what comes of them must be what would come of one after the other.
//!
//! Links and events go by different calls, so links that stand among events are sent before them. That changes nothing unless
//! an event before the link names the same identifier, since an event makes a link of its own where it names a customer too.

use rustc_hash::FxHashSet;

use crate::domain::{customer::Identifier, store::Write};

/// How a write goes to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Links, each by a call, and then events, by a stream.
    People,
    /// By a stream.
    Products,
    /// By a stream.
    Stock,
    /// By a stream of changes of stock.
    Retired,
    /// Each by a call, after the one before it.
    OneByOne,
}

/// Writes that follow each other.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) lane: Lane,
    pub(super) writes: Vec<Write>,
}

/// All writes, in their order.
pub(super) fn waves(writes: Vec<Write>) -> Vec<Wave> {
    let mut waves: Vec<Wave> = Vec::new();
    let mut linked = FxHashSet::<Identifier>::default();
    for write in writes {
        let lane = lane(&write);
        let collides = match &write {
            Write::Link { alias, .. } => linked.contains(alias),
            _ => false,
        };
        if collides || waves.last().is_none_or(|wave| wave.lane != lane) {
            linked.clear();
            waves.push(Wave { lane, writes: Vec::new() });
        }
        match &write {
            Write::Link { alias, .. } => drop(linked.insert(alias.clone())),
            Write::Event(event) => linked.extend(event.who.aliases()),
            _ => {}
        }
        if let Some(wave) = waves.last_mut() {
            wave.writes.push(write);
        }
    }
    waves
}

const fn lane(write: &Write) -> Lane {
    match write {
        Write::Event(_) | Write::Link { .. } => Lane::People,
        Write::Upsert(_) => Lane::Products,
        Write::Stock(_) => Lane::Stock,
        Write::Retire { .. } => Lane::Retired,
        Write::Undo { .. }
        | Write::Erase { .. }
        | Write::Delete { .. }
        | Write::PutRule(_)
        | Write::DeleteRule { .. } => Lane::OneByOne,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id, Timestamp,
        customer::LinkCause,
        event::{Event, EventKind, Who},
    };

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    /// "l:v1" links the visitor, "e:v1" is an event of hers and a customer's, "e:" one of a customer alone, "x" erases.
    fn write(text: &str) -> Write {
        let (kind, visitor) = text.split_once(':').unwrap_or((text, ""));
        let customer = id("c");
        match kind {
            "l" => Write::Link {
                alias: Identifier::visitor(id(visitor)),
                customer,
                cause: LinkCause::Import,
                time: Timestamp(1),
            },
            "e" => Write::Event(Event {
                id: id("e"),
                who: Who { visitor: Id::new(visitor).ok(), ..Who::customer(customer) },
                time: Timestamp(1),
                channel: None,
                session: None,
                attribution: None,
                kind: EventKind::Searched { query: "".into() },
            }),
            _ => Write::Erase { who: Identifier::customer(customer), time: Timestamp(1), spares_newer: false },
        }
    }

    #[test]
    fn writes_go_together_unless_their_order_matters() {
        let check = |writes: &str, expected: &[usize]| {
            let all: Vec<Write> = writes.split_whitespace().map(write).collect();
            let cut = waves(all.clone());
            assert_eq!(cut.iter().map(|wave| wave.writes.len()).collect::<Vec<_>>(), expected, "{writes}");
            assert_eq!(cut.into_iter().flat_map(|wave| wave.writes).collect::<Vec<_>>(), all);
        };
        check("", &[]);
        check("l:a e: l:b e: e:", &[5]);
        check("l:a e:a e:a", &[3]);
        check("e:a l:a e:a", &[1, 2]);
        check("l:a l:a", &[1, 1]);
        check("e:a x x l:a e:a", &[1, 2, 2]);
    }
}
