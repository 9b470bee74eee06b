//! Joining an alias to a customer so that the order of arrival does not matter.
//!
//! Every event with a customer's id and an alias claims the alias for her from its moment on. Only the first claim of
//! each run of claims by one customer is kept as a link; the others stay in the log. When a late event breaks a run, the
//! rest of the run gets its link back from the log, and when a late event begins a run earlier, the later link goes. So
//! the links that stand after the same events are the same, whichever came first. Links that were made by hand
//! are never taken away, and claims that were undone are not made again.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, Link, LinkCause},
        event::Event,
        store::StoreError,
    },
    store::embedded::{events, links, text, word},
};

/// What became of a join.
#[derive(Debug)]
pub(super) struct Joined {
    /// The link that makes the alias hers.
    pub(super) link: Link,
    /// False where it stood already.
    pub(super) created: bool,
    /// Whose profiles are no longer as they were.
    pub(super) owners: Vec<Identifier>,
}

/// Makes the link where the alias is not hers at that moment already.
///
/// An alias that links more than `most` people leads nowhere, but its links are written down all the same: which of them
/// stand does not depend on which came first.
pub(super) fn join(conn: &Connection, link: Link, most: usize) -> Result<Joined, StoreError> {
    let alias = links::intern(conn, &link.alias)?;
    // Ids of links that are made by hand are random: of one that is sent again the id says nothing.
    if link.cause != LinkCause::Event
        && let Some(same) = links::same_by_hand(conn, alias, &link)?
    {
        return Ok(Joined { link: same, created: false, owners: Vec::new() });
    }
    let before = links::before(conn, alias, &link)?;
    if let Some(same) = before.as_ref().filter(|before| before.customer == link.customer) {
        return Ok(Joined { link: same.clone(), created: false, owners: Vec::new() });
    }
    let (before, after) = (before.as_ref(), links::after(conn, alias, &link)?);
    let after = after.as_ref();
    let led_nowhere = links::links_too_many(conn, alias, most)?;
    links::insert(conn, &link)?;
    let broken = before.map(|before| next_claim(conn, before, &link, after)).transpose()?.flatten();
    if let Some(rest) = broken {
        links::insert(conn, &rest)?;
    } else if let Some(later) = after
        && later.cause == LinkCause::Event
        && later.customer == link.customer
    {
        conn.prepare_cached("DELETE FROM links WHERE id = ?")?.execute([later.id.as_str()])?;
    }
    if led_nowhere {
        return Ok(Joined { link, created: true, owners: Vec::new() });
    }
    if links::links_too_many(conn, alias, most)? {
        tell(&link.alias, most);
        let owners = owners(&link.alias, links::of_alias(conn, alias)?);
        return Ok(Joined { link, created: true, owners });
    }
    let owners = owners(&link.alias, before.into_iter().chain(after).chain([&link]).cloned());
    Ok(Joined { link, created: true, owners })
}

/// Those whose profiles change with these links of an alias.
fn owners(alias: &Identifier, links: impl IntoIterator<Item = Link>) -> Vec<Identifier> {
    let customers = links.into_iter().map(|link| Identifier::customer(link.customer));
    customers.chain([alias.clone()]).collect()
}

/// For the operator, who can find the identifier by its hash without its being written down.
fn tell(alias: &Identifier, most: usize) {
    let hash = &blake3::hash(alias.value.as_str().as_bytes()).to_hex()[..8];
    let kind = word(&alias.kind);
    tracing::warn!(kind, hash, most, "an identifier links more people than it may: it no longer links anybody");
}

/// The links that an event claims by naming a customer beside other identifiers.
pub(super) fn claims(event: &Event) -> impl Iterator<Item = Link> {
    event.who.customer.iter().flat_map(|customer| {
        event.who.aliases().map(|alias| Link {
            id: claim_id(&event.id, &alias),
            alias,
            customer: customer.clone(),
            cause: LinkCause::Event,
            time: event.time,
        })
    })
}

/// The first claim of the run that `run` began, after `link` and before `end`.
fn next_claim(conn: &Connection, run: &Link, link: &Link, end: Option<&Link>) -> Result<Option<Link>, StoreError> {
    let Some(customer) = links::find(conn, &Identifier::customer(run.customer.clone()))? else { return Ok(None) };
    let mut first: Option<Link> = None;
    let until = end.map_or(i64::MAX, |end| end.time.0);
    let mut select = conn
        .prepare_cached("SELECT seq, content FROM events WHERE subject = ? AND time BETWEEN ? AND ? ORDER BY time")?;
    let mut rows = select.query(params![customer, link.time.0, until])?;
    while let Some(row) = rows.next()? {
        let event = events::parse(row.get(0)?, text(row, 1)?)?;
        if first.as_ref().is_some_and(|first| first.time < event.time) {
            break;
        }
        for claim in claims(&event).filter(|claim| claim.alias == run.alias) {
            let inside = claim.order() > link.order() && end.is_none_or(|end| claim.order() < end.order());
            let earlier = first.as_ref().is_none_or(|first| claim.order() < first.order());
            if inside && earlier && !was_undone(conn, &claim.id)? {
                first = Some(claim);
            }
        }
    }
    Ok(first)
}

fn was_undone(conn: &Connection, link: &Id) -> Result<bool, StoreError> {
    let mut select = conn.prepare_cached("SELECT 1 FROM links WHERE id = ? AND undone")?;
    Ok(select.query_row([link.as_str()], |_| Ok(())).optional()?.is_some())
}

/// Whether a link of this id was ever made, taken back or not.
pub(super) fn is_written(conn: &Connection, link: &Id) -> Result<bool, StoreError> {
    let mut select = conn.prepare_cached("SELECT 1 FROM links WHERE id = ?")?;
    Ok(select.query_row([link.as_str()], |_| Ok(())).optional()?.is_some())
}

/// Made from the event, so that the same claim has the same id whenever its link is made.
fn claim_id(event: &Id, alias: &Identifier) -> Id {
    let mut hash = blake3::Hasher::new();
    for part in [event.as_str(), &word(&alias.kind), alias.value.as_str()] {
        // No id holds a control character, so the parts can't run into one another.
        hash.update(part.as_bytes()).update(b"\n");
    }
    let text: Box<str> = hash.finalize().to_hex()[..32].into();
    Id::new(text).unwrap_or_else(|_| event.clone())
}

/// Takes a link back. `None` where none of this id stands.
pub(super) fn undo(conn: &Connection, id: &Id) -> Result<Option<Joined>, StoreError> {
    let Some(link) = links::by_id(conn, id)? else { return Ok(None) };
    let alias = links::intern(conn, &link.alias)?;
    let standing = links::of_alias(conn, alias)?;
    conn.prepare_cached("UPDATE links SET undone = 1 WHERE id = ?")?.execute([id.as_str()])?;
    let owners = owners(&link.alias, standing);
    Ok(Some(Joined { link, created: false, owners }))
}

/// Of a link that somebody asked for.
pub(super) fn asked(
    conn: &Connection,
    alias: Identifier,
    customer: Id,
    cause: LinkCause,
    time: Timestamp,
    most: usize,
) -> Result<Joined, StoreError> {
    let id = super::random_id(conn)?;
    join(conn, Link { id, alias, customer, cause, time }, most)
}
