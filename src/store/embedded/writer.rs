//! The one thread that writes: everything that waits goes into one transaction, is told to the observers in the order of
//! the log, and is then acknowledged.
//!
//! If a commit fails, nothing of it is told or acknowledged, all its callers are told why, and the thread goes on.

use std::{
    io,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::Connection;
use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    domain::{
        Timestamp,
        store::{Change, Observer, Refusal, StoreError, Write, Written},
    },
    store::embedded::{batch::Batch, readers::Readers, tombstones::Tombstones, upkeep::Upkeep, watch::Watch},
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

/// The writing connection and whom it tells.
pub(super) struct Writer {
    conn: Connection,
    observers: Vec<Arc<dyn Observer>>,
    readers: Arc<Readers>,
    tombstones: Tombstones,
    upkeep: Upkeep,
    /// How many people an identifier may link.
    identity_links: usize,
    watch: Arc<Watch>,
    /// Ends a wait for requests when there is upkeep to do.
    timer: Runtime,
}

impl Writer {
    /// Over an open database.
    pub(super) fn new(
        conn: Connection,
        observers: Vec<Arc<dyn Observer>>,
        readers: Arc<Readers>,
        tombstones: Tombstones,
        upkeep: Upkeep,
        identity_links: usize,
        watch: Arc<Watch>,
    ) -> io::Result<Self> {
        let timer = runtime::Builder::new_current_thread().enable_time().build()?;
        Ok(Self { conn, observers, readers, tombstones, upkeep, identity_links, watch, timer })
    }

    /// Goes on until every sender is gone, then leaves the folder tidy.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = self.next(&mut requests) {
            let mut count = first.writes.len();
            let mut group = vec![first];
            while count < ENOUGH_WRITES
                && let Ok(next) = requests.try_recv()
            {
                count += next.writes.len();
                group.push(next);
            }
            self.serve(group);
            self.upkeep.tend(&self.conn);
        }
        // The last connection to close tidies the folder up, and a reader can't.
        self.readers.close();
        self.upkeep.finish(&self.conn);
        if let Err((_, error)) = self.conn.close() {
            tracing::error!(%error, "the store did not close cleanly; nothing acknowledged is lost");
        }
    }

    /// Does what upkeep is due while nobody wants anything written.
    fn next(&mut self, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        while let Some(pause) = self.upkeep.pause() {
            if let Ok(request) = self.timer.block_on(async { timeout(pause, requests.recv()).await }) {
                return request;
            }
            self.upkeep.tend(&self.conn);
        }
        requests.blocking_recv()
    }

    fn serve(&mut self, group: Vec<Request>) {
        let (writes, callers): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.writes, one.answer)).unzip();
        let erasures: Vec<_> = writes.iter().map(|writes| erases(writes).then(|| writes.clone())).collect();
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
            // Another try can't help.
            Err(error @ (StoreError::Lost | StoreError::Damaged(_))) => {
                for caller in callers {
                    drop(caller.send(Err(error.clone())));
                }
            }
            Err(error) => {
                for (caller, erasure) in callers.into_iter().zip(erasures) {
                    let answers = erasure.map_or_else(|| Err(error.clone()), |erasure| self.commit_at_need(erasure));
                    drop(caller.send(answers));
                }
            }
        }
    }

    /// An erasure that could not be written with others, on a full disk say: alone, with all space that is kept.
    fn commit_at_need(&mut self, erasure: Vec<Write>) -> Result<Answers, StoreError> {
        self.upkeep.make_room(&self.conn);
        let done = self.commit(vec![erasure]);
        if let Err(error) = &done {
            tracing::error!(%error, "a customer could not be erased: make space on the disk and send it again");
        }
        Ok(done?.pop().unwrap_or_default())
    }

    /// Writes all in one transaction and tells the observers.
    pub(super) fn commit(&mut self, group: Vec<Vec<Write>>) -> Result<Vec<Answers>, StoreError> {
        let (mut answers, changes, erased) = match self.transact(group) {
            Ok(done) => done,
            Err(error) => {
                self.watch.note(&error);
                // Some failures have ended the transaction already.
                if !self.conn.is_autocommit() {
                    self.conn.execute_batch("ROLLBACK")?;
                }
                return Err(error);
            }
        };
        // What went into a file that is no longer there is not acknowledged.
        self.watch.check()?;
        for observer in &self.observers {
            observer.committed(&changes);
        }
        self.upkeep.wrote();
        if erased {
            let in_log = self.upkeep.erased(&self.conn);
            say_what_remains(&mut answers, in_log);
        }
        Ok(answers)
    }

    fn transact(&self, group: Vec<Vec<Write>>) -> Result<(Vec<Answers>, Vec<Change>, bool), StoreError> {
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut batch = Batch::new(&self.conn, &self.tombstones, self.identity_links, now())?;
        let mut answers = Vec::with_capacity(group.len());
        for writes in group {
            answers.push(writes.into_iter().map(|write| batch.apply(write)).collect::<Result<Answers, _>>()?);
        }
        let (changes, erased) = batch.finish()?;
        self.conn.execute_batch("COMMIT")?;
        Ok((answers, changes, erased))
    }
}

fn erases(writes: &[Write]) -> bool {
    writes.iter().any(|write| matches!(write, Write::Erase { .. }))
}

fn say_what_remains(answers: &mut [Answers], in_log: bool) {
    for answer in answers.iter_mut().flatten() {
        if let Ok(Written::Erased { receipt }) = answer {
            receipt.remains.in_log &= in_log;
        }
    }
}

/// Stands for times that callers left out, and for when an erasure was complete.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
