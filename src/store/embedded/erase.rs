//! Erasing a customer: her events, her identifiers, their links. What stays is a receipt that says nothing of her.
//!
//! Rows are overwritten with zeros (`secure_delete`). Where else bytes of them stand, and until when, is `upkeep`'s; that they
//! do not come back is `tombstones`'.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, owner_at, spans_of},
        store::{ErasureReceipt, Remains, StoreError},
    },
    store::embedded::{
        events, join, links, random_id, read_id,
        tombstones::{ALWAYS, ErasureTime, Tombstones},
    },
};

/// What an erasure took away, for its receipt and for whatever is held in memory.
#[derive(Debug)]
pub(super) struct Erased {
    /// For whoever asked for it.
    pub(super) receipt: ErasureReceipt,
    /// Identifiers that were hers.
    pub(super) aliases: Vec<Identifier>,
    /// Whose profiles are no longer as they were.
    pub(super) owners: Vec<Identifier>,
}

/// Does one erasure.
pub(super) struct Eraser<'a> {
    pub(super) conn: &'a Connection,
    pub(super) tombstones: &'a Tombstones,
    pub(super) moment: ErasureTime,
    /// Whether what is stamped after the erasure was asked for stays.
    pub(super) spares_newer: bool,
    /// How many people an identifier may link.
    pub(super) identity_links: usize,
}

impl Eraser<'_> {
    /// Erases whom the identifier leads to.
    pub(super) fn erase(&self, who: &Identifier) -> Result<Erased, StoreError> {
        let (conn, moment) = (self.conn, self.moment);
        let (owner, time) = (self.owner(who)?, moment.asked);
        let (id, remains) = (random_id(conn)?, Remains::default());
        let receipt = ErasureReceipt { id, time, events: 0, identifiers: 0, remains, completed: None };
        let mut erased = Erased { receipt, aliases: vec![who.clone()], owners: vec![owner.clone()] };
        // The same erasure again, as from a file that is read twice: what has come since began anew.
        if self.tombstones.forbid(conn, &owner, time, moment.now)? {
            write_receipt(conn, &mut erased.receipt, moment.now)?;
            return Ok(erased);
        }
        self.tombstones.set(conn, &owner, &ALWAYS, moment)?;
        if let Some(key) = links::find(conn, &owner)? {
            let mut keys = Vec::new();
            if owner.kind == IdentifierKind::Customer {
                keys = self.erase_aliases((key, &owner.value), &mut erased)?;
            }
            erased.receipt.events += self.delete_events(key, &ALWAYS)?;
            let mut delete =
                conn.prepare_cached("DELETE FROM links WHERE (customer = ?1 OR alias = ?1) AND time < ?2")?;
            delete.execute([key, self.end().0])?;
            if self.spares_newer {
                self.claim_again(key)?;
            }
            for key in keys.into_iter().chain([key]) {
                erased.receipt.identifiers += self.delete_unused(key)?;
            }
        }
        write_receipt(conn, &mut erased.receipt, moment.now)?;
        Ok(erased)
    }

    /// Whom the identifier leads to, or led to when the erasure was asked for: a device may be another's since.
    fn owner(&self, who: &Identifier) -> Result<Identifier, StoreError> {
        if !self.spares_newer || who.kind == IdentifierKind::Customer {
            return links::owner(self.conn, who, self.identity_links);
        }
        let Some(key) = links::find(self.conn, who)? else { return Ok(who.clone()) };
        let leading = links::leading(self.conn, key, self.identity_links)?;
        let owner = owner_at(&leading, self.moment.asked);
        Ok(owner.map_or_else(|| who.clone(), |id| Identifier::customer(id.clone())))
    }

    /// The first moment that is spared.
    fn end(&self) -> Timestamp {
        if self.spares_newer { Timestamp(self.moment.asked.0.saturating_add(1)) } else { ALWAYS.end }
    }

    /// Deletes what was done under the customer's aliases while they were the customer's. Returns the keys of the aliases.
    fn erase_aliases(&self, (customer, id): (i64, &Id), erased: &mut Erased) -> Result<Vec<i64>, StoreError> {
        let conn = self.conn;
        let mut select = conn.prepare_cached("SELECT DISTINCT alias FROM links WHERE customer = ?")?;
        let aliases: Vec<i64> = select.query_map([customer], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for &alias in &aliases {
            let standing = links::of_alias(conn, alias)?;
            let identifier = links::by_key(conn, alias)?;
            for span in spans_of(&links::leading(conn, alias, self.identity_links)?, id) {
                self.tombstones.set(conn, &identifier, &span, self.moment)?;
                erased.receipt.events += self.delete_events(alias, &span)?;
            }
            let others = standing.iter().filter(|link| link.customer != *id);
            erased.owners.extend(others.map(|link| Identifier::customer(link.customer.clone())));
            erased.owners.push(identifier.clone());
            erased.aliases.push(identifier);
        }
        Ok(aliases)
    }

    /// Deletes the events of one subject within a span. Those that are stamped after the erasure could come back by their time, and
    /// are kept away one by one.
    fn delete_events(&self, subject: i64, span: &Range<Timestamp>) -> Result<u64, StoreError> {
        let (conn, end) = (self.conn, span.end.min(self.end()));
        let mut select = conn.prepare_cached("SELECT id FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
        let ahead = span.start.max(Timestamp(self.moment.asked.0.saturating_add(1)));
        let ahead: Vec<Id> =
            select.query_map(params![subject, ahead.0, end.0], |row| read_id(row, 0))?.collect::<Result<_, _>>()?;
        for event in &ahead {
            self.tombstones.set_event(conn, event, self.moment)?;
        }
        let mut delete = conn.prepare_cached("DELETE FROM events WHERE subject = ? AND time >= ? AND time < ?")?;
        Ok(delete.execute(params![subject, span.start.0, end.0])? as u64)
    }

    /// Deletes an identifier under which nothing stands any more.
    fn delete_unused(&self, key: i64) -> Result<u64, StoreError> {
        let is_used = "SELECT EXISTS (SELECT 1 FROM events WHERE subject = ?1)
                       OR EXISTS (SELECT 1 FROM links WHERE (alias = ?1 OR customer = ?1) AND NOT undone)";
        if self.conn.prepare_cached(is_used)?.query_row([key], |row| row.get(0))? {
            return Ok(0);
        }
        self.conn.prepare_cached("DELETE FROM links WHERE alias = ?1 OR customer = ?1")?.execute([key])?;
        Ok(self.conn.prepare_cached("DELETE FROM identifiers WHERE key = ?")?.execute([key])? as u64)
    }

    /// Of a run of claims of an alias only the first is a link, and it may be gone: events that stay make theirs anew.
    fn claim_again(&self, subject: i64) -> Result<(), StoreError> {
        let mut events = Vec::new();
        events::of_subject(self.conn, subject, self.end(), ALWAYS.end, &mut events)?;
        for claim in events.iter().flat_map(join::claims) {
            if !join::is_written(self.conn, &claim.id)? {
                join::join(self.conn, claim, self.identity_links)?;
            }
        }
        Ok(())
    }
}

/// Where nothing was deleted nothing remains.
fn write_receipt(conn: &Connection, receipt: &mut ErasureReceipt, now: Timestamp) -> Result<(), StoreError> {
    let any = receipt.events + receipt.identifiers > 0;
    receipt.remains = Remains { in_log: any, between_rows: any };
    receipt.completed = (!any).then_some(now);
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
