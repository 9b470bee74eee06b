//! Identifiers and the links between them: interning, joining, undoing, and whose a history is.
//!
//! What the links mean is `domain::customer`'s; here they are only found, made and taken back.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, Link, LinkCause, owner_now},
        store::StoreError,
    },
    store::embedded::{read_id, read_word, word},
};

/// The key of an identifier, given now where it has none.
pub(super) fn intern(conn: &Connection, who: &Identifier) -> Result<i64, StoreError> {
    if let Some(key) = find(conn, who)? {
        return Ok(key);
    }
    let mut insert = conn.prepare_cached("INSERT INTO identifiers (kind, value) VALUES (?, ?)")?;
    Ok(insert.insert(params![word(&who.kind), who.value.as_str()])?)
}

/// The key of an identifier, where it has one.
pub(super) fn find(conn: &Connection, who: &Identifier) -> Result<Option<i64>, StoreError> {
    let mut select = conn.prepare_cached("SELECT key FROM identifiers WHERE value = ? AND kind = ?")?;
    Ok(select.query_row(params![who.value.as_str(), word(&who.kind)], |row| row.get(0)).optional()?)
}

/// The identifier of a key that stands somewhere.
pub(super) fn by_key(conn: &Connection, key: i64) -> Result<Identifier, StoreError> {
    let mut select = conn.prepare_cached("SELECT kind, value FROM identifiers WHERE key = ?")?;
    let read = |row: &Row<'_>| Ok(Identifier { kind: read_word(row, 0)?, value: read_id(row, 1)? });
    Ok(select.query_row([key], read)?)
}

/// Links that stand for an alias, in the order in which they take effect.
pub(super) fn of_alias(conn: &Connection, alias: i64) -> Result<Vec<Link>, StoreError> {
    select(conn, "WHERE alias = ? AND NOT undone ORDER BY time, id", [alias])
}

/// Those of them that lead anywhere: none where they link more people than one identifier may. Of many it reads no more than
/// show that.
pub(super) fn leading(conn: &Connection, alias: i64, most: usize) -> Result<Vec<Link>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{SELECT} WHERE alias = ? AND NOT undone ORDER BY time, id"))?;
    let mut rows = select.query([alias])?;
    let (mut links, mut people): (Vec<Link>, Vec<Id>) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let link = read(row)?;
        if !people.contains(&link.customer) {
            people.push(link.customer.clone());
        }
        if people.len() > most {
            return Ok(Vec::new());
        }
        links.push(link);
    }
    Ok(links)
}

/// Whether an alias links more than so many people.
pub(super) fn links_too_many(conn: &Connection, alias: i64, most: usize) -> Result<bool, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX - 1);
    let mut select = conn.prepare_cached(
        "SELECT count(*) FROM (SELECT DISTINCT customer FROM links WHERE alias = ? AND NOT undone LIMIT ?)",
    )?;
    let people: i64 = select.query_row([alias, most + 1], |row| row.get(0))?;
    Ok(people > most)
}

/// The link of an alias right before a place in their order. However many there are, it reads one.
pub(super) fn before(conn: &Connection, alias: i64, link: &Link) -> Result<Option<Link>, StoreError> {
    let place = params![alias, link.time.0, link.id.as_str()];
    let which = "WHERE alias = ? AND NOT undone AND (time, id) < (?, ?) ORDER BY time DESC, id DESC LIMIT 1";
    Ok(select(conn, which, place)?.pop())
}

/// The link of an alias right after a place in their order.
pub(super) fn after(conn: &Connection, alias: i64, link: &Link) -> Result<Option<Link>, StoreError> {
    let place = params![alias, link.time.0, link.id.as_str()];
    let which = "WHERE alias = ? AND NOT undone AND (time, id) >= (?, ?) ORDER BY time, id LIMIT 1";
    Ok(select(conn, which, place)?.pop())
}

/// The link that was made by hand of the same alias, to the same customer, from the same moment on.
pub(super) fn same_by_hand(conn: &Connection, alias: i64, link: &Link) -> Result<Option<Link>, StoreError> {
    let place = params![alias, link.time.0, link.customer.as_str(), word(&LinkCause::Event)];
    let mut same = select(
        conn,
        "WHERE alias = ?1 AND NOT undone AND time = ?2 AND cause <> ?4
         AND customer = (SELECT key FROM identifiers WHERE value = ?3 AND kind = 'customer') LIMIT 1",
        place,
    )?;
    Ok(same.pop())
}

/// Links that stand and lead to a customer, in the order in which they take effect.
pub(super) fn of_customer(conn: &Connection, customer: i64) -> Result<Vec<Link>, StoreError> {
    select(conn, "WHERE customer = ? AND NOT undone ORDER BY time, id", [customer])
}

/// Whom an identifier leads to now, where it links no more people than `most`.
pub(super) fn owner(conn: &Connection, who: &Identifier, most: usize) -> Result<Identifier, StoreError> {
    if who.kind == IdentifierKind::Customer {
        return Ok(who.clone());
    }
    let Some(key) = find(conn, who)? else { return Ok(who.clone()) };
    Ok(owner_now(&leading(conn, key, most)?).map_or_else(|| who.clone(), |id| Identifier::customer(id.clone())))
}

/// Stores that an identifier belongs to a customer.
pub(super) fn insert(conn: &Connection, link: &Link) -> Result<(), StoreError> {
    let alias = intern(conn, &link.alias)?;
    let customer = intern(conn, &Identifier::customer(link.customer.clone()))?;
    let mut insert =
        conn.prepare_cached("INSERT INTO links (id, alias, customer, cause, time) VALUES (?, ?, ?, ?, ?)")?;
    insert.execute(params![link.id.as_str(), alias, customer, word(&link.cause), link.time.0])?;
    Ok(())
}

/// A link that stands, by its id.
pub(super) fn by_id(conn: &Connection, id: &Id) -> Result<Option<Link>, StoreError> {
    Ok(select(conn, "WHERE id = ? AND NOT undone", [id.as_str()])?.pop())
}

const SELECT: &str =
    "SELECT id, (SELECT kind FROM identifiers WHERE key = alias), (SELECT value FROM identifiers WHERE key = alias),
            (SELECT value FROM identifiers WHERE key = customer), cause, time
     FROM links";

fn select(conn: &Connection, which: &str, params: impl Params) -> Result<Vec<Link>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{SELECT} {which}"))?;
    let links = select.query_map(params, read)?.collect::<Result<_, _>>()?;
    Ok(links)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: read_id(row, 0)?,
        alias: Identifier { kind: read_word(row, 1)?, value: read_id(row, 2)? },
        customer: read_id(row, 3)?,
        cause: read_word::<LinkCause>(row, 4)?,
        time: Timestamp(row.get(5)?),
    })
}
