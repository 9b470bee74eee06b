//! A few connections for reading, each lent to one reader at a time. Readers never wait for the writer.

use std::{path::Path, time::Duration};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::{domain::store::StoreError, store::embedded::schema};

/// How long a stop waits for readers: whoever counts the whole log takes longer, and need not be waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Connections that only read, shared by all callers.
#[derive(Debug)]
pub(super) struct Readers {
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Debug)]
struct Pool {
    idle: Vec<Connection>,
    lent: usize,
    /// The most that were lent at once: the others have read nothing yet.
    most_lent: usize,
    closed: bool,
}

impl Readers {
    /// Opens so many, at least one.
    pub(super) fn open(folder: &Path, count: usize) -> Result<Self, rusqlite::Error> {
        let idle = (0..count.max(1)).map(|_| schema::open_reader(folder)).collect::<Result<_, _>>()?;
        Ok(Self { pool: Mutex::new(Pool { idle, lent: 0, most_lent: 0, closed: false }), returned: Condvar::new() })
    }

    /// Reads in one transaction: all that `read` sees is of one moment.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let lent = self.lend()?;
        let transaction = lent.conn()?.unchecked_transaction()?;
        let answer = read(&transaction);
        transaction.finish()?;
        answer
    }

    /// How many have pages in their caches.
    pub(super) fn used(&self) -> usize {
        self.pool.lock().most_lent
    }

    /// Lends no more, waits a while for those that are lent, and closes all. Who reads on longer keeps a connection that
    /// can't write, and closes it.
    pub(super) fn close(&self) {
        let mut pool = self.pool.lock();
        pool.closed = true;
        self.returned.notify_all();
        while pool.lent > 0 && !self.returned.wait_for(&mut pool, PATIENCE).timed_out() {}
        pool.idle.clear();
    }

    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let mut pool = self.pool.lock();
        loop {
            if pool.closed {
                return Err(StoreError::Closed);
            }
            if let Some(conn) = pool.idle.pop() {
                pool.lent += 1;
                pool.most_lent = pool.most_lent.max(pool.lent);
                return Ok(Lent { readers: self, conn: Some(conn) });
            }
            self.returned.wait(&mut pool);
        }
    }
}

/// Comes back by itself, also where a reader panics.
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Lent<'_> {
    fn conn(&self) -> Result<&Connection, StoreError> {
        self.conn.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool.lock();
        pool.idle.extend(self.conn.take());
        pool.lent -= 1;
        self.readers.returned.notify_all();
    }
}
