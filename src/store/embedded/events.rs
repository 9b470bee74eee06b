//! The event log: appending once, reading one history, reading all.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, Link, owner_at, spans_of},
        event::Event,
        store::{History, Seq, StoreError},
    },
    store::embedded::{links, text},
};

/// The event that was written under an id.
pub(super) fn by_id(conn: &Connection, id: &Id) -> Result<Option<Event>, StoreError> {
    let mut select = conn.prepare_cached("SELECT seq, content FROM events WHERE id = ?")?;
    let found = select.query_row([id.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
    found.map(|(seq, content)| parse(seq, &content)).transpose()
}

/// Appends an event whose id is new.
pub(super) fn insert(conn: &Connection, event: &Event, subject: i64) -> Result<Seq, StoreError> {
    let content = serde_json::to_string(event).map_err(|_| StoreError::Failed("an event has no JSON".into()))?;
    let checksum = checksum(event.id.as_str(), event.time.0, &content);
    let mut insert =
        conn.prepare_cached("INSERT INTO events (id, subject, time, content, checksum) VALUES (?, ?, ?, ?, ?)")?;
    let seq = insert.insert(params![event.id.as_str(), subject, event.time.0, content, checksum])?;
    Ok(Seq(seq.unsigned_abs()))
}

/// CRC-32 of all that a row says: every error burst of up to 32 bits is found, and it costs an import nothing.
pub(super) fn checksum(id: &str, time: i64, content: &str) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    // No id holds a control character, so the parts can't run into one another.
    for part in [id.as_bytes(), b"\n", &time.to_le_bytes(), content.as_bytes()] {
        hash.update(part);
    }
    hash.finalize()
}

/// All of whom an identifier leads to.
pub(super) fn history(conn: &Connection, who: &Identifier, most: usize) -> Result<History, StoreError> {
    let owner = links::owner(conn, who, most)?;
    let mut history = History { as_of: last(conn)?, owner, links: Vec::new(), events: Vec::new() };
    let Some(key) = links::find(conn, &history.owner)? else { return Ok(history) };
    of_subject(conn, key, Timestamp(i64::MIN), Timestamp(i64::MAX), &mut history.events)?;
    if history.owner.kind != IdentifierKind::Customer {
        return Ok(history);
    }
    history.links = links::of_customer(conn, key)?;
    let mut aliases: Vec<Identifier> = history.links.iter().map(|link| link.alias.clone()).collect();
    aliases.sort_unstable();
    aliases.dedup();
    for alias in aliases {
        let Some(key) = links::find(conn, &alias)? else { continue };
        let leading = links::leading(conn, key, most)?;
        if leading.is_empty() {
            history.links.retain(|link| link.alias != alias);
        }
        for span in spans_of(&leading, &history.owner.value) {
            of_subject(conn, key, span.start, span.end, &mut history.events)?;
        }
    }
    Ok(history)
}

/// Events of one subject from a moment up to, not including, another.
pub(super) fn of_subject(
    conn: &Connection,
    subject: i64,
    from: Timestamp,
    to: Timestamp,
    into: &mut Vec<Event>,
) -> Result<(), StoreError> {
    let mut select =
        conn.prepare_cached("SELECT seq, content FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
    let mut rows = select.query(params![subject, from.0, to.0])?;
    while let Some(row) = rows.next()? {
        into.push(parse(row.get(0)?, text(row, 1)?)?);
    }
    Ok(())
}

/// Every event after a position, in the order of the log.
pub(super) fn each(
    conn: &Connection,
    after: Seq,
    most: usize,
    visit: &mut dyn FnMut(Seq, Event, Identifier),
) -> Result<Seq, StoreError> {
    let last = last(conn)?;
    let aliases = links_by_alias(conn, most)?;
    let mut select = conn.prepare("SELECT seq, subject, content FROM events WHERE seq > ? ORDER BY seq")?;
    let mut rows = select.query([i64::try_from(after.0).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let event = parse(seq, text(row, 2)?)?;
        let Some(subject) = event.who.subject() else { continue };
        let links = aliases.get(&row.get::<_, i64>(1)?).map_or(&[][..], Vec::as_slice);
        let owner = owner_at(links, event.time).map_or(subject, |id| Identifier::customer(id.clone()));
        visit(Seq(seq.unsigned_abs()), event, owner);
    }
    Ok(last)
}

/// Links that stand and lead anywhere, by the key of the alias.
fn links_by_alias(conn: &Connection, most: usize) -> Result<HashMap<i64, Vec<Link>>, StoreError> {
    let mut select = conn.prepare("SELECT DISTINCT alias FROM links WHERE NOT undone")?;
    let aliases: Vec<i64> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    aliases.into_iter().map(|alias| Ok((alias, links::leading(conn, alias, most)?))).collect()
}

/// The newest position ever given out.
pub(super) fn last(conn: &Connection) -> Result<Seq, StoreError> {
    let mut select = conn.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?;
    let seq: Option<i64> = select.query_row([], |row| row.get(0)).optional()?;
    Ok(Seq(seq.unwrap_or(0).unsigned_abs()))
}

/// The event as it was written.
pub(super) fn parse(seq: i64, content: &str) -> Result<Event, StoreError> {
    // What serde says could quote the event, and this text goes to a log.
    serde_json::from_str(content).map_err(|_| StoreError::Damaged(format!("event {seq} can't be read back")))
}
