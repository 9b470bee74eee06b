//! The tables, how a data folder of an older version is brought up to them, and how a connection is set up.
//!
//! Everything that an operator may want to read is text. No statement that works on the rows stands here.

use std::{
    fs::{self, File},
    path::Path,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::store::{OpenError, embedded::reserve};

/// The name of the database within the data folder.
pub(super) const FILE: &str = "outfitter.sqlite3";

/// Pages of the database that the writer, and each reader, keeps in memory, in KiB.
pub(super) const WRITER_CACHE_KIB: i64 = 65_536;
pub(super) const READER_CACHE_KIB: i64 = 16_384;

/// What leads to each version from the one before. Steps that were released are never changed.
const MIGRATIONS: [(u32, &str); 4] = [(1, FIRST), (2, SECOND), (3, THIRD), (4, FOURTH)];

const FIRST: &str = "
    CREATE TABLE identifiers (
        key INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        UNIQUE (value, kind)
    ) STRICT;
    -- AUTOINCREMENT: a position is never given out again, not even after an erasure.
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        subject INTEGER NOT NULL REFERENCES identifiers (key),
        time INTEGER NOT NULL,
        content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_subject ON events (subject, time);
    CREATE TABLE links (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        alias INTEGER NOT NULL REFERENCES identifiers (key),
        customer INTEGER NOT NULL REFERENCES identifiers (key),
        cause TEXT NOT NULL,
        time INTEGER NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX links_by_alias ON links (alias);
    CREATE INDEX links_by_customer ON links (customer);
    CREATE TABLE products (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        -- All but the variants.
        content TEXT NOT NULL
    ) STRICT;
    CREATE TABLE variants (
        product INTEGER NOT NULL REFERENCES products (key),
        id TEXT NOT NULL,
        place INTEGER NOT NULL,
        -- What changes often has columns of its own; the rest is in the content.
        stock INTEGER,
        availability TEXT NOT NULL,
        price INTEGER NOT NULL,
        currency TEXT NOT NULL,
        changed INTEGER NOT NULL,
        back_since INTEGER,
        content TEXT NOT NULL,
        PRIMARY KEY (product, id)
    ) STRICT, WITHOUT ROWID;
    -- Says that somebody was erased, never who.
    CREATE TABLE erasures (
        receipt TEXT NOT NULL PRIMARY KEY,
        time INTEGER NOT NULL,
        events INTEGER NOT NULL,
        identifiers INTEGER NOT NULL,
        swept INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
";

const SECOND: &str = "
    -- Keeps the erased away: keyed hashes of identifiers, never an identifier. What happened under one from `since` on and
    -- before `until` is refused.
    CREATE TABLE tombstones (
        hash BLOB NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,
        erased INTEGER NOT NULL,
        PRIMARY KEY (hash, since)
    ) STRICT, WITHOUT ROWID;
    -- The key of those hashes.
    CREATE TABLE secrets (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    -- Whether the write-ahead log may still hold the rows, and when nothing of them remained.
    ALTER TABLE erasures ADD COLUMN logged INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE erasures ADD COLUMN completed INTEGER;
    UPDATE erasures SET logged = NOT swept;
    -- Of id, time and content; older rows have none.
    ALTER TABLE events ADD COLUMN checksum INTEGER;
";

const THIRD: &str = "
    -- Of an identifier that links many, the neighbours of one link are found without reading the others.
    CREATE INDEX links_of_alias ON links (alias, time, id);
    DROP INDEX links_by_alias;
";

const FOURTH: &str = "
    -- Rules of the shop's merchandisers.
    CREATE TABLE merchandising_rules (id TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// While a database is made: it gets its name when its tables stand, so that one without tables is never a new one.
const UNFINISHED: &str = "outfitter.sqlite3.new";

/// The one connection that writes, with the newest tables.
pub(super) fn open_writer(folder: &Path) -> Result<Connection, OpenError> {
    if !folder.join(FILE).exists() {
        let log = folder.join(format!("{FILE}-wal"));
        if log.exists() || folder.join(reserve::FILE).exists() {
            return Err(OpenError::Damaged { folder: folder.to_owned(), what: "the database is missing" });
        }
        create(folder)?;
    }
    look_at(folder)?;
    let mut conn = Connection::open(folder.join(FILE))?;
    // FULL: the log is on the disk before a commit returns. Deleted rows are overwritten with zeros.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         -- 64 MB of log before it is carried into the file: a page that many commits touch is carried once.
         PRAGMA wal_autocheckpoint = 16384;",
    )?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    conn.set_prepared_statement_cache_capacity(64);
    keep_plans(&conn)?;
    migrate(&mut conn)?;
    Ok(conn)
}

fn create(folder: &Path) -> Result<(), OpenError> {
    tracing::info!(folder = %folder.display(), "the data folder is new: the shop begins empty");
    let unfinished = folder.join(UNFINISHED);
    for part in ["", "-wal", "-shm", "-journal"] {
        let left = folder.join(format!("{UNFINISHED}{part}"));
        if left.exists() {
            fs::remove_file(left)?;
        }
    }
    let mut conn = Connection::open(&unfinished)?;
    conn.execute_batch("PRAGMA synchronous = FULL")?;
    migrate(&mut conn)?;
    conn.close().map_err(|(_, error)| error)?;
    fs::rename(&unfinished, folder.join(FILE))?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Whether there is a database with tables. What else may be wrong with it shows where it is read.
pub(super) fn look_at(folder: &Path) -> Result<(), OpenError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(OpenError::NoData(folder.to_owned()));
    }
    let damaged = |what| Err(OpenError::Damaged { folder: folder.to_owned(), what });
    if fs::metadata(&path)?.len() == 0 {
        return damaged("the database is empty, of 0 bytes,");
    }
    if version(&open_reader(folder)?)? == 0 {
        return damaged("the database has no tables");
    }
    Ok(())
}

/// A connection that can't write.
pub(super) fn open_reader(folder: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(folder.join(FILE), flags)?;
    // Not mapped into memory: of a file that somebody cuts short a read is then an error, and not the end of the process.
    conn.execute_batch("PRAGMA temp_store = MEMORY")?;
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    keep_plans(&conn)?;
    Ok(conn)
}

/// Statements keep the plan they were prepared with. Else `SQLite` plans those anew whose parameter a better index might suit,
/// at each call, which was more than half of the time of writing an event.
fn keep_plans(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// The version of the tables, where this server knows it.
pub(super) fn version(conn: &Connection) -> Result<u32, OpenError> {
    let found = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.map(|(version, _)| version).into_iter().max().unwrap_or(0);
    if found > known { Err(OpenError::Newer { found, known }) } else { Ok(found) }
}

fn migrate(conn: &mut Connection) -> Result<(), OpenError> {
    let found = version(conn)?;
    let tx = conn.transaction()?;
    for (version, step) in MIGRATIONS.into_iter().filter(|(version, _)| *version > found) {
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", version)?;
    }
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_it_is_asked() {
        let folder = tempfile::TempDir::new().unwrap();
        let writer = open_writer(folder.path()).unwrap();
        for conn in [&writer, &open_reader(folder.path()).unwrap()] {
            // A condition on a column that has two values, which the planner would look at.
            let mut select =
                conn.prepare("SELECT id FROM links WHERE alias = ? AND NOT undone ORDER BY time, id").unwrap();
            for alias in 0..3 {
                assert!(!select.exists([alias]).unwrap());
            }
            assert_eq!(select.get_status(StatementStatus::RePrepare), 0);
        }
    }
}
