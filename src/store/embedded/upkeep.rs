//! What the writer does beside writing: it sees to it that no byte of the erased remains on the disk, and keeps space for
//! erasures on a full one.
//!
//! Deleted rows are overwritten with zeros (`secure_delete`), but copies of them may stand in two more places. The write-ahead
//! log holds them until it is emptied, which has to wait for whoever reads an older state: it is tried for a moment at the
//! erasure and every second after it. And a page that was rearranged while the row was alive may keep a piece of it between
//! its rows, which only writing the database anew reaches: that is done when nobody has written for a while, at the latest
//! after a set time, once for all that were erased until then. A large database waits for the next start.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{
    domain::rules::ErasureRules,
    store::embedded::{reserve::Reserve, writer::now},
};

/// How long emptying the log waits for readers: callers wait as long.
const LOG_WAIT: Duration = Duration::from_millis(5);

/// How long a statement waits for somebody who has the database open by other means.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// How often what is due is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The database is written anew once nobody has written for so long.
const QUIET: Duration = Duration::from_secs(2);

/// How often space for erasures is looked for where there was none.
const REFILL: Duration = Duration::from_mins(1);

/// What is to be done, and when.
#[derive(Debug)]
pub(super) struct Upkeep {
    rules: ErasureRules,
    reserve: Reserve,
    /// How many erasures are not complete, for whoever asks.
    unfinished: Arc<AtomicU64>,
    /// Whether the log may hold erased rows.
    log: bool,
    /// Since when pieces of erased rows may stand between others.
    pieces: Option<Instant>,
    last_write: Instant,
    next_try: Instant,
    next_refill: Instant,
}

impl Upkeep {
    /// Finishes what was left at the last stop, before anybody reads.
    pub(super) fn open(conn: &Connection, folder: &Path, rules: ErasureRules, unfinished: Arc<AtomicU64>) -> Self {
        let (reserve, now) = (Reserve::keep(folder), Instant::now());
        let due = |what| {
            let select = format!("SELECT EXISTS (SELECT 1 FROM erasures WHERE {what})");
            conn.query_row(&select, [], |row| row.get(0)).unwrap_or(true)
        };
        let mut upkeep = Self {
            rules,
            reserve,
            unfinished,
            log: due("logged"),
            pieces: due("NOT swept").then_some(now),
            last_write: now,
            next_try: now,
            next_refill: now + REFILL,
        };
        if upkeep.pieces.is_some() {
            tracing::info!("writing the database anew: customers were erased since that was last done");
            upkeep.rewrite(conn);
        }
        if upkeep.log {
            upkeep.empty_log(conn);
        }
        upkeep
    }

    /// How long the writer may wait for requests before it looks here again; `None`: there is nothing to be done.
    pub(super) fn pause(&self) -> Option<Duration> {
        let next = match (self.log || self.pieces.is_some(), self.reserve.is_kept()) {
            (true, _) => self.next_try,
            (false, false) => self.next_refill,
            (false, true) => return None,
        };
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// To be called after every commit.
    pub(super) fn wrote(&mut self) {
        self.last_write = Instant::now();
    }

    /// Somebody was erased. Says whether the log still holds the rows.
    pub(super) fn erased(&mut self, conn: &Connection) -> bool {
        self.log = true;
        self.pieces.get_or_insert_with(Instant::now);
        self.next_try = Instant::now() + PAUSE;
        self.empty_log(conn);
        self.log
    }

    /// Does what is due by now.
    pub(super) fn tend(&mut self, conn: &Connection) {
        let now = Instant::now();
        if !self.reserve.is_kept() && now >= self.next_refill {
            self.reserve.refill();
            self.next_refill = now + REFILL;
        }
        if now < self.next_try {
            return;
        }
        self.next_try = now + PAUSE;
        if self.is_rewrite_due(conn, now) {
            self.rewrite(conn);
        }
        if self.log {
            self.empty_log(conn);
        }
    }

    /// Gives up all space that is kept, for an erasure that found none: the reserve, and the part of the log that stands in the
    /// database already.
    pub(super) fn make_room(&mut self, conn: &Connection) {
        self.reserve.release();
        self.next_refill = Instant::now() + REFILL;
        if let Err(error) = checkpoint(conn) {
            tracing::warn!(%error, "the write-ahead log could not be carried into the database");
        }
    }

    /// The last try, when nobody here reads any more.
    pub(super) fn finish(&mut self, conn: &Connection) {
        if self.log {
            self.empty_log(conn);
        }
    }

    fn is_rewrite_due(&self, conn: &Connection, now: Instant) -> bool {
        let Some(since) = self.pieces else { return false };
        let is_quiet = now.duration_since(self.last_write) >= QUIET;
        (is_quiet || now.duration_since(since) >= self.rules.rewrite_within)
            && size(conn).is_ok_and(|size| size <= self.rules.rewrite_bytes)
    }

    fn rewrite(&mut self, conn: &Connection) {
        // From here on the log holds all rows anew, and the database those before, until the one is carried into the other.
        let rewritten = conn.execute_batch("VACUUM; UPDATE erasures SET swept = 1, logged = 1 WHERE NOT swept");
        if let Err(error) = rewritten {
            tracing::warn!(%error, "the database could not be written anew after erasures; it is tried again");
            (self.pieces, self.last_write) = (Some(Instant::now()), Instant::now() + self.rules.rewrite_within);
            return;
        }
        self.pieces = None;
        self.log = true;
    }

    /// Moves the write-ahead log into the database and empties it, so that no copy of what was erased remains in it.
    fn empty_log(&mut self, conn: &Connection) {
        match checkpoint(conn) {
            Ok(busy) => self.log = busy,
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied; it is tried again"),
        }
        if let Err(error) = self.note(conn) {
            tracing::warn!(%error, "how far erasures have come could not be noted");
        }
    }

    fn note(&self, conn: &Connection) -> Result<(), rusqlite::Error> {
        if !self.log {
            let done = "UPDATE erasures SET logged = 0, completed = iif(swept, ?, NULL) WHERE logged";
            conn.prepare_cached(done)?.execute([now().0])?;
        }
        let unfinished: i64 =
            conn.query_row("SELECT count(*) FROM erasures WHERE logged OR NOT swept", [], |row| row.get(0))?;
        self.unfinished.store(unfinished.unsigned_abs(), Ordering::Relaxed);
        Ok(())
    }
}

/// Whether somebody reads an older state, so that the log could not be emptied.
fn checkpoint(conn: &Connection) -> Result<bool, rusqlite::Error> {
    conn.busy_timeout(LOG_WAIT)?;
    let busy = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    conn.busy_timeout(BUSY_WAIT)?;
    busy
}

/// Bytes of the database.
fn size(conn: &Connection) -> Result<u64, rusqlite::Error> {
    let pragma = |name| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    Ok(pragma("page_count")?.unsigned_abs() * pragma("page_size")?.unsigned_abs())
}
