//! Erasing a customer: her events, her identifiers, their links. What stays is a receipt that says nothing of her.
//!
//! Rows are overwritten with zeros (`secure_delete`). The write-ahead log still holds them until it is truncated, which
//! is the writer's part, and pieces of them may stand between the cells of a page until the next start sweeps them out,
//! which is the schema's.

use rusqlite::{Connection, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, spans_of},
        store::StoreError,
    },
    store::embedded::{links, random_id},
};

/// What was erased.
#[derive(Debug)]
pub(super) struct Erased {
    /// Random.
    pub(super) receipt: Id,
    /// How many were deleted.
    pub(super) events: u64,
    /// How many were deleted.
    pub(super) identifiers: u64,
    /// Identifiers that were hers.
    pub(super) aliases: Vec<Identifier>,
    /// Whose profiles are no longer as they were.
    pub(super) owners: Vec<Identifier>,
}

/// Erases whom the identifier leads to.
pub(super) fn erase(conn: &Connection, who: &Identifier, time: Timestamp) -> Result<Erased, StoreError> {
    let owner = links::owner(conn, who)?;
    let receipt = random_id(conn)?;
    let mut erased =
        Erased { receipt, events: 0, identifiers: 0, aliases: vec![who.clone()], owners: vec![owner.clone()] };
    if let Some(key) = links::find(conn, &owner)? {
        if owner.kind == IdentifierKind::Customer {
            erase_aliases(conn, key, &owner.value, &mut erased)?;
        }
        erased.events += delete(conn, "DELETE FROM events WHERE subject = ?", key)?;
        delete(conn, "DELETE FROM links WHERE customer = ?1 OR alias = ?1", key)?;
        erased.identifiers += delete(conn, "DELETE FROM identifiers WHERE key = ?", key)?;
    }
    let mut insert =
        conn.prepare_cached("INSERT INTO erasures (receipt, time, events, identifiers) VALUES (?, ?, ?, ?)")?;
    let counts = [erased.events, erased.identifiers].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    insert.execute(params![erased.receipt.as_str(), time.0, counts[0], counts[1]])?;
    Ok(erased)
}

/// Deletes what was done under her aliases while they were hers, and those aliases that are nobody else's.
fn erase_aliases(conn: &Connection, customer: i64, id: &Id, erased: &mut Erased) -> Result<(), StoreError> {
    let mut select = conn.prepare_cached("SELECT DISTINCT alias FROM links WHERE customer = ?")?;
    let aliases: Vec<i64> = select.query_map([customer], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for alias in aliases {
        let standing = links::of_alias(conn, alias)?;
        let identifier = links::by_key(conn, alias)?;
        let mut forget = conn.prepare_cached("DELETE FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
        for span in spans_of(&standing, id) {
            erased.events += forget.execute(params![alias, span.start.0, span.end.0])? as u64;
        }
        conn.prepare_cached("DELETE FROM links WHERE alias = ? AND customer = ?")?.execute([alias, customer])?;
        let others = standing.iter().filter(|link| link.customer != *id);
        erased.owners.extend(others.map(|link| Identifier::customer(link.customer.clone())));
        let others_stand = standing.iter().any(|link| link.customer != *id);
        if !others_stand && !has_events(conn, alias)? {
            delete(conn, "DELETE FROM links WHERE alias = ?", alias)?;
            erased.identifiers += delete(conn, "DELETE FROM identifiers WHERE key = ?", alias)?;
        }
        erased.owners.push(identifier.clone());
        erased.aliases.push(identifier);
    }
    Ok(())
}

/// What was done under an alias after its link was taken back is not hers.
fn has_events(conn: &Connection, subject: i64) -> Result<bool, StoreError> {
    let mut select = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE subject = ?)")?;
    Ok(select.query_row([subject], |row| row.get(0))?)
}

fn delete(conn: &Connection, statement: &str, key: i64) -> Result<u64, StoreError> {
    Ok(conn.prepare_cached(statement)?.execute([key])? as u64)
}
