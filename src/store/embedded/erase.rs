//! Erasing a customer: her events, her identifiers, their links. What stays is a receipt that says nothing of her.
//!
//! Rows are overwritten with zeros (`secure_delete`). Where else bytes of them stand, and until when, is `upkeep`'s; that they
//! do not come back is `tombstones`'.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, spans_of},
        store::{ErasureReceipt, Remains, StoreError},
    },
    store::embedded::{
        links, random_id, read_id,
        tombstones::{ALWAYS, RequestContext, Tombstones},
    },
};

/// What was erased.
#[derive(Debug)]
pub(super) struct Erased {
    /// For whoever asked for it.
    pub(super) receipt: ErasureReceipt,
    /// Identifiers that were hers.
    pub(super) aliases: Vec<Identifier>,
    /// Whose profiles are no longer as they were.
    pub(super) owners: Vec<Identifier>,
}

/// Erases whom the identifier leads to.
pub(super) fn erase(
    conn: &Connection,
    tombstones: &Tombstones,
    who: &Identifier,
    moment: RequestContext,
    identity_links: usize,
) -> Result<Erased, StoreError> {
    let (owner, time) = (links::owner(conn, who, identity_links)?, moment.asked);
    let (id, remains) = (random_id(conn)?, Remains::default());
    let receipt = ErasureReceipt { id, time, events: 0, identifiers: 0, remains, completed: None };
    let mut erased = Erased { receipt, aliases: vec![who.clone()], owners: vec![owner.clone()] };
    // The same erasure again, as from a file that is read twice: what has come since began anew.
    if tombstones.forbid(conn, &owner, time, moment.now)? {
        write_receipt(conn, &mut erased.receipt)?;
        return Ok(erased);
    }
    tombstones.set(conn, &owner, &ALWAYS, moment)?;
    if let Some(key) = links::find(conn, &owner)? {
        if owner.kind == IdentifierKind::Customer {
            erase_aliases(conn, tombstones, (key, &owner.value), moment, identity_links, &mut erased)?;
        }
        erased.receipt.events += delete_events(conn, tombstones, key, &ALWAYS, moment)?;
        delete(conn, "DELETE FROM links WHERE customer = ?1 OR alias = ?1", key)?;
        erased.receipt.identifiers += delete(conn, "DELETE FROM identifiers WHERE key = ?", key)?;
    }
    write_receipt(conn, &mut erased.receipt)?;
    Ok(erased)
}

/// Where nothing was deleted nothing remains.
fn write_receipt(conn: &Connection, receipt: &mut ErasureReceipt) -> Result<(), StoreError> {
    let any = receipt.events + receipt.identifiers > 0;
    receipt.remains = Remains { in_log: any, between_rows: any };
    receipt.completed = (!any).then_some(receipt.time);
    let mut insert = conn.prepare_cached(
        "INSERT INTO erasures (receipt, time, events, identifiers, swept, logged, completed) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let counts = [receipt.events, receipt.identifiers].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let completed = receipt.completed.map(|time| time.0);
    insert.execute(params![receipt.id.as_str(), receipt.time.0, counts[0], counts[1], !any, any, completed])?;
    Ok(())
}

/// How far an erasure has come.
pub(super) fn receipt(conn: &Connection, id: &Id) -> Result<Option<ErasureReceipt>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT receipt, time, events, identifiers, logged, NOT swept, completed FROM erasures WHERE receipt = ?",
    )?;
    let read = |row: &Row<'_>| {
        Ok(ErasureReceipt {
            id: read_id(row, 0)?,
            time: Timestamp(row.get(1)?),
            events: row.get::<_, i64>(2)?.unsigned_abs(),
            identifiers: row.get::<_, i64>(3)?.unsigned_abs(),
            remains: Remains { in_log: row.get(4)?, between_rows: row.get(5)? },
            completed: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        })
    };
    Ok(select.query_row([id.as_str()], read).optional()?)
}

/// Deletes what was done under the customer's aliases while they were the customer's, and those aliases that are nobody else's.
fn erase_aliases(
    conn: &Connection,
    tombstones: &Tombstones,
    (customer, id): (i64, &Id),
    moment: RequestContext,
    identity_links: usize,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let mut select = conn.prepare_cached("SELECT DISTINCT alias FROM links WHERE customer = ?")?;
    let aliases: Vec<i64> = select.query_map([customer], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for alias in aliases {
        let standing = links::of_alias(conn, alias)?;
        let identifier = links::by_key(conn, alias)?;
        for span in spans_of(&links::leading(conn, alias, identity_links)?, id) {
            tombstones.set(conn, &identifier, &span, moment)?;
            erased.receipt.events += delete_events(conn, tombstones, alias, &span, moment)?;
        }
        conn.prepare_cached("DELETE FROM links WHERE alias = ? AND customer = ?")?.execute([alias, customer])?;
        let others: Vec<_> = standing.iter().filter(|link| link.customer != *id).collect();
        erased.owners.extend(others.iter().map(|link| Identifier::customer(link.customer.clone())));
        if others.is_empty() && !has_events(conn, alias)? {
            delete(conn, "DELETE FROM links WHERE alias = ?", alias)?;
            erased.receipt.identifiers += delete(conn, "DELETE FROM identifiers WHERE key = ?", alias)?;
        }
        erased.owners.push(identifier.clone());
        erased.aliases.push(identifier);
    }
    Ok(())
}

/// Deletes the events of one subject within a span. Those that are stamped after the erasure could come back by their time, and
/// are kept away one by one.
fn delete_events(
    conn: &Connection,
    tombstones: &Tombstones,
    subject: i64,
    span: &Range<Timestamp>,
    moment: RequestContext,
) -> Result<u64, StoreError> {
    let mut select = conn.prepare_cached("SELECT id FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
    let ahead = span.start.max(Timestamp(moment.asked.0.saturating_add(1)));
    let ahead: Vec<Id> =
        select.query_map(params![subject, ahead.0, span.end.0], |row| read_id(row, 0))?.collect::<Result<_, _>>()?;
    for event in &ahead {
        tombstones.set_event(conn, event, moment)?;
    }
    let mut delete = conn.prepare_cached("DELETE FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
    Ok(delete.execute(params![subject, span.start.0, span.end.0])? as u64)
}

/// What was done under an alias after its link was taken back is not hers.
fn has_events(conn: &Connection, subject: i64) -> Result<bool, StoreError> {
    let mut select = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE subject = ?)")?;
    Ok(select.query_row([subject], |row| row.get(0))?)
}

fn delete(conn: &Connection, statement: &str, key: i64) -> Result<u64, StoreError> {
    Ok(conn.prepare_cached(statement)?.execute([key])? as u64)
}
