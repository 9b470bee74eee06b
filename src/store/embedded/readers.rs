//! A few connections for reading, each lent to one reader at a time. Readers never wait for the writer.

use std::path::Path;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::{domain::store::StoreError, store::embedded::schema};

/// The connections.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    /// Opens so many, at least one.
    pub(super) fn open(folder: &Path, count: usize) -> Result<Self, rusqlite::Error> {
        let idle = (0..count.max(1)).map(|_| schema::open_reader(folder)).collect::<Result<_, _>>()?;
        Ok(Self { idle: Mutex::new(idle), returned: Condvar::new() })
    }

    /// Reads in one transaction: all that `read` sees is of one moment.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let lent = self.lend();
        let conn = lent.conn.as_ref().ok_or(StoreError::Closed)?;
        let transaction = conn.unchecked_transaction()?;
        let answer = read(&transaction);
        transaction.finish()?;
        answer
    }

    fn lend(&self) -> Lent<'_> {
        let mut idle = self.idle.lock();
        while idle.is_empty() {
            self.returned.wait(&mut idle);
        }
        Lent { readers: self, conn: idle.pop() }
    }
}

/// Comes back by itself, also where a reader panics.
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.readers.idle.lock().extend(self.conn.take());
        self.readers.returned.notify_one();
    }
}
