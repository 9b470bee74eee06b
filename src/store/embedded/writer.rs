//! The one thread that writes: everything that waits goes into one transaction, is told to the observers in the order of
//! the log, and is then acknowledged.
//!
//! If a commit fails, nothing of it is told or acknowledged, all its callers are told why, and the thread goes on.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{
    domain::{
        Timestamp,
        store::{Change, Observer, Refusal, StoreError, Write, Written},
    },
    store::embedded::{batch::Batch, readers::Readers},
};

/// One answer for each write.
pub(super) type Answers = Vec<Result<Written, Refusal>>;

/// Writes that are to be done in one transaction.
pub(super) struct Request {
    pub(super) writes: Vec<Write>,
    pub(super) answer: oneshot::Sender<Result<Answers, StoreError>>,
}

/// A transaction takes no more requests once it holds so many writes: it bounds how long the first one waits.
const ENOUGH_WRITES: usize = 4_096;

/// How long an erasure waits for readers of the old state before the log is truncated at a later commit instead.
const TRUNCATE_WAIT: Duration = Duration::from_secs(2);

/// The writing connection and whom it tells.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) observers: Vec<Arc<dyn Observer>>,
    pub(super) readers: Arc<Readers>,
    /// Erased rows may still stand in the write-ahead log.
    pub(super) to_truncate: bool,
}

impl Writer {
    /// Goes on until every sender is gone, then leaves the folder tidy.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let mut count = first.writes.len();
            let mut group = vec![first];
            while count < ENOUGH_WRITES
                && let Ok(next) = requests.try_recv()
            {
                count += next.writes.len();
                group.push(next);
            }
            self.serve(group);
        }
        // The last connection to close tidies the folder up, and a reader can't.
        self.readers.close();
        self.truncate();
        if let Err((_, error)) = self.conn.close() {
            tracing::error!(%error, "the store did not close cleanly; nothing acknowledged is lost");
        }
    }

    fn serve(&mut self, group: Vec<Request>) {
        let (writes, callers): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.writes, one.answer)).unzip();
        let outcome = self.commit(writes);
        if let Err(error) = &outcome {
            tracing::error!(%error, requests = callers.len(), "a commit failed; nothing of it was written");
        }
        // A caller that has gone away needs no answer.
        match outcome {
            Ok(answers) => {
                for (caller, answers) in callers.into_iter().zip(answers) {
                    drop(caller.send(Ok(answers)));
                }
            }
            Err(error) => {
                for caller in callers {
                    drop(caller.send(Err(error.clone())));
                }
            }
        }
    }

    /// Writes all in one transaction and tells the observers.
    pub(super) fn commit(&mut self, group: Vec<Vec<Write>>) -> Result<Vec<Answers>, StoreError> {
        let (answers, changes, erased) = match self.transact(group) {
            Ok(done) => done,
            Err(error) => {
                // Some failures have ended the transaction already.
                if !self.conn.is_autocommit() {
                    self.conn.execute_batch("ROLLBACK")?;
                }
                return Err(error);
            }
        };
        for observer in &self.observers {
            observer.committed(&changes);
        }
        if erased || self.to_truncate {
            self.truncate();
        }
        Ok(answers)
    }

    fn transact(&self, group: Vec<Vec<Write>>) -> Result<(Vec<Answers>, Vec<Change>, bool), StoreError> {
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut batch = Batch::new(&self.conn, now());
        let mut answers = Vec::with_capacity(group.len());
        for writes in group {
            answers.push(writes.into_iter().map(|write| batch.apply(write)).collect::<Result<Answers, _>>()?);
        }
        let (changes, erased) = batch.finish()?;
        self.conn.execute_batch("COMMIT")?;
        Ok((answers, changes, erased))
    }

    /// Moves the write-ahead log into the database and empties it, so that no copy of what was erased remains.
    fn truncate(&mut self) {
        let checkpoint = self
            .conn
            .busy_timeout(TRUNCATE_WAIT)
            .and_then(|()| self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)));
        match checkpoint {
            Ok(busy) => self.to_truncate = busy,
            Err(error) => {
                self.to_truncate = true;
                tracing::warn!(%error, "the write-ahead log could not be emptied; it is tried again at the next commit");
            }
        }
    }
}

/// Stands for times that callers left out; nothing that is compared with other times of theirs comes from it.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
