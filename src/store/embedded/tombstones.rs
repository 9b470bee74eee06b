//! What keeps the erased away: a keyed hash of each erased identifier with the span of time that was erased.
//!
//! A log that is replayed tells again of whoever was erased. What is older than the erasure is refused; what is newer begins
//! anew. A hash says nothing to whoever lacks the key, which stands in the same database: a hash that got into a log or an
//! export could not be tried against a list of ids.

use std::{ops::Range, time::Duration};

use rand::{RngCore as _, rngs::OsRng};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    domain::{Id, Timestamp, customer::Identifier, event::Event, store::StoreError},
    store::embedded::word,
};

/// All of time but its last moment, in which nothing happens.
pub(super) const ALWAYS: Range<Timestamp> = Timestamp(i64::MIN)..Timestamp(i64::MAX);

/// When an erasure was asked for, and when it is done: a file may tell of one long ago.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErasureTime {
    pub(super) asked: Timestamp,
    pub(super) now: Timestamp,
}

/// Reads and sets tombstones.
#[derive(Debug)]
pub(super) struct Tombstones {
    key: [u8; 32],
    /// How long each stands; `None`: for ever.
    stand_for: Option<Duration>,
}

impl Tombstones {
    /// Reads the key, or draws it where there is none yet.
    pub(super) fn open(conn: &Connection, stand_for: Option<Duration>) -> Result<Self, rusqlite::Error> {
        let mut key = [0; 32];
        OsRng.fill_bytes(&mut key);
        conn.execute("INSERT OR IGNORE INTO secrets (name, value) VALUES ('tombstones', ?)", [&key[..]])?;
        let key = conn.query_row("SELECT value FROM secrets WHERE name = 'tombstones'", [], |row| row.get(0))?;
        Ok(Self { key, stand_for })
    }

    /// Whether there are any, so that a shop without erasures pays nothing for them.
    pub(super) fn any(conn: &Connection) -> Result<bool, StoreError> {
        let mut select = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM tombstones)")?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    /// Whether what happened under the identifier at that time was erased.
    pub(super) fn forbid(
        &self,
        conn: &Connection,
        who: &Identifier,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.stand(conn, &self.hash(&word(&who.kind), &who.value), time, now)
    }

    /// Whether the event itself was erased, whatever its time.
    pub(super) fn forbid_event(&self, conn: &Connection, event: &Event, now: Timestamp) -> Result<bool, StoreError> {
        self.stand(conn, &self.hash("event", &event.id), event.time, now)
    }

    /// What happened under the identifier within the span, up to the erasure, was erased.
    pub(super) fn set(
        &self,
        conn: &Connection,
        who: &Identifier,
        span: &Range<Timestamp>,
        moment: ErasureTime,
    ) -> Result<(), StoreError> {
        let until = span.end.min(Timestamp(moment.asked.0.saturating_add(1)));
        insert(conn, &self.hash(&word(&who.kind), &who.value), &(span.start..until), moment)
    }

    /// The event was erased though its time is after the erasure: its sender's clock ran ahead.
    pub(super) fn set_event(&self, conn: &Connection, event: &Id, moment: ErasureTime) -> Result<(), StoreError> {
        insert(conn, &self.hash("event", event), &ALWAYS, moment)
    }

    /// Forgets those that no longer stand.
    pub(super) fn clear(&self, conn: &Connection, now: Timestamp) -> Result<(), StoreError> {
        conn.prepare_cached("DELETE FROM tombstones WHERE erased < ?")?.execute([self.oldest(now).0])?;
        Ok(())
    }

    fn oldest(&self, now: Timestamp) -> Timestamp {
        let ms = |stand_for: Duration| i64::try_from(stand_for.as_millis()).unwrap_or(i64::MAX);
        self.stand_for.map_or(Timestamp(i64::MIN), |stand_for| Timestamp(now.0.saturating_sub(ms(stand_for))))
    }

    fn stand(&self, conn: &Connection, hash: &[u8], time: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let mut select = conn.prepare_cached(
            "SELECT 1 FROM tombstones WHERE hash = ?1 AND since <= ?2 AND until > ?2 AND erased >= ?3",
        )?;
        Ok(select.query_row(params![hash, time.0, self.oldest(now).0], |_| Ok(())).optional()?.is_some())
    }

    fn hash(&self, kind: &str, value: &Id) -> [u8; 16] {
        let mut hash = blake3::Hasher::new_keyed(&self.key);
        // No id holds a control character, so the parts can't run into one another.
        hash.update(kind.as_bytes()).update(b"\n").update(value.as_str().as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        short
    }
}

/// It stands from when the erasure is done: one that was asked for long ago would else be forgotten at once.
fn insert(conn: &Connection, hash: &[u8], span: &Range<Timestamp>, moment: ErasureTime) -> Result<(), StoreError> {
    if span.is_empty() {
        return Ok(());
    }
    let mut insert = conn.prepare_cached(
        "INSERT INTO tombstones (hash, since, until, erased) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET until = max(until, excluded.until), erased = max(erased, excluded.erased)",
    )?;
    insert.execute(params![hash, span.start.0, span.end.0, moment.asked.max(moment.now).0])?;
    Ok(())
}
