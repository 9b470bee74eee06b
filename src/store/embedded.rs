//! The store that comes with the server: one `SQLite` file in the data folder, one thread that writes, a few readers.
//!
//! Write-ahead log with `synchronous = FULL`: what is acknowledged survives the loss of power. No cache stands here.

mod batch;
mod erase;
mod events;
mod join;
mod links;
mod products;
mod readers;
mod reserve;
mod rules;
mod schema;
mod tombstones;
mod upkeep;
mod verify;
mod watch;
mod writer;

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, Row};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot};

use crate::{
    domain::{
        Id,
        catalog::Product,
        customer::Identifier,
        event::Event,
        merchandising::MerchandisingRule,
        rules::IDENTITY_LINKS,
        store::{Counts, ErasureReceipt, History, Observer, Refusal, Seq, Store, StoreError, Write, Written},
    },
    store::{OpenError, Options, Verified},
};
use readers::Readers;
use tombstones::Tombstones;
use upkeep::Upkeep;
use watch::Watch;
use writer::{Request, Writer};

/// Requests that may wait for the writer. More than that wait in their callers, which is how the writer pushes back.
const QUEUE: usize = 1_024;

/// An `SQLite` file in a data folder.
#[derive(Debug)]
pub struct Embedded {
    queue: Mutex<Option<mpsc::Sender<Request>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Arc<Readers>,
    watch: Arc<Watch>,
    /// Erasures of which bytes may remain.
    unfinished: Arc<AtomicU64>,
    /// Held as long as writes may come; whoever only reads has none.
    lock: Mutex<Option<File>>,
    /// How many people an identifier may link.
    identity_links: usize,
}

impl Embedded {
    /// Opens the data folder, made where there is none, and takes it for this process alone.
    ///
    /// # Errors
    /// Where another server has it, a newer version wrote it, or the disk does not give it.
    pub fn open(folder: &Path, readers: usize, observers: Vec<Arc<dyn Observer>>) -> Result<Self, OpenError> {
        Self::open_with(folder, Options { readers, ..Options::default() }, observers)
    }

    /// The same, with all that can be set.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn open_with(folder: &Path, options: Options, observers: Vec<Arc<dyn Observer>>) -> Result<Self, OpenError> {
        fs::create_dir_all(folder)?;
        let lock = lock(folder)?;
        Self::start(folder, lock, schema::open_writer(folder)?, options, observers)
    }

    fn start(
        folder: &Path,
        lock: File,
        conn: Connection,
        Options { readers, erasure, identity_links, .. }: Options,
        observers: Vec<Arc<dyn Observer>>,
    ) -> Result<Self, OpenError> {
        let tombstones = Tombstones::open(&conn, erasure.refused_for)?;
        let unfinished = Arc::<AtomicU64>::default();
        let upkeep = Upkeep::open(&conn, folder, erasure, Arc::clone(&unfinished));
        let readers = Arc::new(Readers::open(folder, readers)?);
        let watch = Arc::new(Watch::new(folder)?);
        let (queue, requests) = mpsc::channel(QUEUE);
        let writer =
            Writer::new(conn, observers, Arc::clone(&readers), tombstones, upkeep, identity_links, Arc::clone(&watch))?;
        let writer = thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(requests))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            writer: Mutex::new(Some(writer)),
            readers,
            watch,
            unfinished,
            lock: Mutex::new(Some(lock)),
            identity_links,
        })
    }

    /// Opens a data folder to read from, beside the server that may have it: each read sees what was durable when it began.
    /// Writes are refused as closed.
    ///
    /// # Errors
    /// Where there is no state in the folder, or a newer version wrote it.
    pub fn open_to_read(folder: &Path) -> Result<Self, OpenError> {
        schema::look_at(folder)?;
        let readers = Arc::new(Readers::open(folder, 1)?);
        let (queue, writer, lock) = (Mutex::new(None), Mutex::new(None), Mutex::new(None));
        let watch = Arc::new(Watch::of_reader(folder));
        let unfinished = Arc::default();
        Ok(Self { queue, writer, readers, watch, unfinished, lock, identity_links: IDENTITY_LINKS })
    }

    /// Whoever reads is told how many people an identifier may link.
    pub fn with_identity_links(mut self, identity_links: usize) -> Self {
        self.identity_links = identity_links;
        self
    }

    /// Whether the files are still those that were opened and could be read until now; once they are not, for good. Blocks.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn check(&self) -> Result<(), StoreError> {
        self.watch.check()
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.read(read).inspect_err(|error| self.watch.note(error))
    }

    /// Bytes of the database that stand in memory, at most: caches fill up as far as there is something to read.
    pub fn cache_bytes(&self) -> u64 {
        let file = self.watch.database_bytes();
        let cached = |kib: i64| file.min(kib.unsigned_abs() << 10);
        cached(schema::WRITER_CACHE_KIB) + self.readers.used() as u64 * cached(schema::READER_CACHE_KIB)
    }

    /// How many erasures are not complete: bytes of theirs may still stand on the disk.
    pub fn unfinished_erasures(&self) -> u64 {
        self.unfinished.load(Ordering::Relaxed)
    }

    /// Takes no more writes, waits until all that were taken are durable and all who read are done, and closes the file.
    /// Again does nothing.
    pub async fn close(&self) {
        drop(self.queue.lock().take());
        let Some(writer) = self.writer.lock().take() else { return };
        if let Err(error) = tokio::task::spawn_blocking(move || join(writer)).await {
            tracing::error!(%error, "the store's writer could not be waited for");
        }
        // Somebody may still be reading; the next server need not wait for that.
        drop(self.lock.lock().take());
    }
}

/// Looks through a data folder, beside the server that may have it.
///
/// # Errors
/// Where there is nothing in it that could be looked through.
pub fn verify(folder: &Path) -> Result<Verified, OpenError> {
    verify::verify(folder)
}

/// For whoever could not close in an orderly way. Nobody is writing any more, so the writer ends by itself.
impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.queue.lock().take());
        if let Some(writer) = self.writer.lock().take() {
            join(writer);
        }
    }
}

fn join(writer: JoinHandle<()>) {
    if writer.join().is_err() {
        tracing::error!("the store's writer has panicked");
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let file = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[async_trait]
impl Store for Embedded {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refusal>>, StoreError> {
        let queue = self.queue.lock().clone().ok_or(StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Request { writes, answer }).await.map_err(|_| StoreError::Closed)?;
        drop(queue);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn owner(&self, who: &Identifier) -> Result<Identifier, StoreError> {
        self.read(|conn| links::owner(conn, who, self.identity_links))
    }

    fn history(&self, who: &Identifier) -> Result<History, StoreError> {
        self.read(|conn| events::history(conn, who, self.identity_links))
    }

    fn each_event(&self, after: Seq, visit: &mut dyn FnMut(Seq, Event, Identifier)) -> Result<Seq, StoreError> {
        self.read(|conn| events::each(conn, after, self.identity_links, visit))
    }

    fn each_product(&self, visit: &mut dyn FnMut(Product)) -> Result<(), StoreError> {
        self.read(|conn| products::each(conn, visit))
    }

    fn product(&self, id: &Id) -> Result<Option<Product>, StoreError> {
        self.read(|conn| products::by_id(conn, id))
    }

    fn products_page(&self, after: Option<&Id>, limit: usize) -> Result<Vec<Product>, StoreError> {
        self.read(|conn| products::page(conn, after, limit))
    }

    fn merchandising_rules(&self) -> Result<Vec<MerchandisingRule>, StoreError> {
        self.read(rules::all)
    }

    fn erasure(&self, receipt: &Id) -> Result<Option<ErasureReceipt>, StoreError> {
        self.read(|conn| erase::receipt(conn, receipt))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|conn| {
            let count =
                |table| conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
            Ok(Counts { events: count("events")?.unsigned_abs(), products: count("products")?.unsigned_abs() })
        })
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            // Statements are named in full, values never are.
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// 32 hexadecimal digits that say nothing.
fn random_id(conn: &Connection) -> Result<Id, StoreError> {
    let mut select = conn.prepare_cached("SELECT lower(hex(randomblob(16)))")?;
    Ok(select.query_row([], |row| read_id(row, 0))?)
}

/// The word that stands for a value of a plain enum, in its JSON and in the tables.
fn word(value: &impl Serialize) -> String {
    serde_json::to_string(value).map(|text| text.trim_matches('"').to_owned()).unwrap_or_default()
}

fn read_word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = text(row, column)?;
    serde_json::from_str(&format!("\"{text}\"")).map_err(|error| unreadable(column, error))
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(column)?.as_str()?)
}

fn read_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    Id::new(text(row, column)?).map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{
        domain::{
            Timestamp,
            event::EventKind,
            store::{Change, Remains},
        },
        store::contract::{self, customer, look, visitor},
    };

    fn open(folder: &Path, observers: Vec<Arc<dyn Observer>>) -> Arc<dyn Store> {
        Arc::new(Embedded::open(folder, 2, observers).unwrap())
    }

    contract::suite!(open);

    #[tokio::test]
    async fn a_folder_has_one_server() {
        let folder = TempDir::new().unwrap();
        let first = Embedded::open(folder.path(), 1, Vec::new()).unwrap();
        let error = Embedded::open(folder.path(), 1, Vec::new()).unwrap_err();
        assert!(matches!(error, OpenError::InUse(_)), "{error}");
        first.close().await;
        assert!(Embedded::open(folder.path(), 1, Vec::new()).is_ok());
    }

    #[tokio::test]
    async fn a_reader_stands_beside_the_server() {
        let folder = TempDir::new().unwrap();
        let no_data = |folder: &Path| {
            let error = Embedded::open_to_read(folder).unwrap_err();
            assert!(matches!(error, OpenError::NoData(_)), "{error}");
            error.to_string()
        };
        assert!(no_data(folder.path()).ends_with("nothing was imported or served there yet"));
        let absent = folder.path().join("absent");
        assert_eq!(no_data(&absent), format!("there is no data in {}: there is no such folder", absent.display()));
        let server = Embedded::open(folder.path(), 1, Vec::new()).unwrap();
        let reader = Embedded::open_to_read(folder.path()).unwrap();
        let event = look("e1", "c1", 1);
        server.write(vec![Write::Event(event)]).await.unwrap().remove(0).unwrap();
        assert_eq!(reader.counts().unwrap().events, 1);
        let refused = reader.write(Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    }

    #[test]
    fn a_newer_folder_is_refused() {
        let folder = TempDir::new().unwrap();
        drop(open(folder.path(), Vec::new()));
        let file = folder.path().join(schema::FILE);
        Connection::open(file).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = Embedded::open(folder.path(), 1, Vec::new()).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    }

    #[test]
    fn what_is_no_data_folder_is_said_once() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(schema::FILE), "a text, no database ".repeat(20)).unwrap();
        let said = |opened: Result<Embedded, OpenError>| format!("{:#}", anyhow::Error::from(opened.unwrap_err()));
        for opened in [Embedded::open(folder.path(), 1, Vec::new()), Embedded::open_to_read(folder.path())] {
            assert_eq!(said(opened), "the database can't be opened: file is not a database");
        }
        let file = folder.path().join(schema::FILE);
        let error = said(Embedded::open(&file, 1, Vec::new()));
        assert!(
            error.starts_with("the data folder can't be used: ") && error.matches("os error").count() == 1,
            "{error}"
        );
    }

    #[tokio::test]
    async fn closing_drains_and_leaves_one_file() {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(Embedded::open(folder.path(), 1, Vec::new()).unwrap());
        let waiting: Vec<_> = (0..200)
            .map(|i| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.write(vec![Write::Event(look(&format!("e{i}"), "a", i))]).await })
            })
            .collect();
        tokio::task::yield_now().await;
        store.close().await;
        let mut done = 0;
        for write in waiting {
            match write.await.unwrap() {
                Ok(_) => done += 1,
                Err(error) => assert!(matches!(error, StoreError::Closed), "{error}"),
            }
        }
        assert!(matches!(store.write(Vec::new()).await, Err(StoreError::Closed)));
        assert!(matches!(store.history(&customer("a")), Err(StoreError::Closed)));
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["lock", schema::FILE, reserve::FILE]);
        drop(store);
        let store = open(folder.path(), Vec::new());
        assert_eq!(store.history(&customer("a")).unwrap().events.len(), done);
    }

    struct Count(std::sync::atomic::AtomicUsize);

    impl Observer for Count {
        fn committed(&self, changes: &[Change]) {
            self.0.fetch_add(changes.len(), std::sync::atomic::Ordering::SeqCst);
        }
    }

    /// Whose each event was said to be.
    #[derive(Default)]
    struct Owners(Mutex<Vec<String>>);

    impl Observer for Owners {
        fn committed(&self, changes: &[Change]) {
            let owner = |change: &Change| match change {
                Change::Event { owner, .. } => Some(owner.value.to_string()),
                _ => None,
            };
            self.0.lock().extend(changes.iter().filter_map(owner));
        }
    }

    #[tokio::test]
    async fn within_one_transaction_an_event_is_whose_the_links_before_it_say() {
        let folder = TempDir::new().unwrap();
        let owners = Arc::new(Owners::default());
        let store = open(folder.path(), vec![Arc::clone(&owners) as _]);
        let by_hand = Write::Link {
            alias: visitor("v"),
            customer: customer("b").value,
            cause: crate::domain::customer::LinkCause::Support,
            time: Timestamp(30),
        };
        let events = |names: [&str; 2]| names.map(|name| Write::Event(look(name, "/v", 50)));
        let [first, second] = events(["e1", "e2"]);
        let claim = Write::Event(look("e3", "a/v", 20));
        let [third, fourth] = events(["e4", "e5"]);
        let written = store.write(vec![first, claim, second, by_hand, third]).await.unwrap();
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        let Ok(Written::Linked { link, .. }) = &written[3] else { panic!("{written:?}") };
        let after = Write::Event(look("e6", "/v", 50));
        store.write(vec![fourth, Write::Undo { link: link.id.clone() }, after]).await.unwrap();
        assert_eq!(*owners.0.lock(), ["v", "a", "a", "b", "b", "a"]);
        let erase = Write::Erase { who: customer("a"), time: Timestamp(60), spares_newer: false };
        let [again, anew] = ["e7", "e8"].map(|name| Write::Event(look(name, "/v", 70)));
        store.write(vec![again, erase, anew]).await.unwrap();
        assert_eq!(owners.0.lock()[6..], ["a", "v"]);
        assert_eq!(store.history(&visitor("v")).unwrap().events.len(), 1);
    }

    fn long_comment(event: &str, who: &str) -> Write {
        let mut event = look(event, who, 10);
        event.kind = EventKind::Commented { product: None, text: "so long a text ".repeat(400).into() };
        Write::Event(event)
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_survived() {
        let folder = TempDir::new().unwrap();
        let told = Arc::new(Count(0.into()));
        let conn = schema::open_writer(folder.path()).unwrap();
        conn.query_row("PRAGMA max_page_count = 100", [], |_| Ok(())).unwrap();
        let observers = vec![Arc::clone(&told) as Arc<dyn Observer>];
        let store =
            Embedded::start(folder.path(), lock(folder.path()).unwrap(), conn, Options::default(), observers).unwrap();
        let mut written = 0;
        let error = loop {
            match store
                .write(vec![long_comment(&format!("e{written}"), "a"), long_comment(&format!("f{written}"), "a")])
                .await
            {
                Ok(_) => written += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full), "{error}");
        assert!(written > 5);
        // Both events of a request or none of them, and nobody heard of those that failed.
        let count = || store.history(&customer("a")).unwrap().events.len();
        assert_eq!((count(), told.0.load(std::sync::atomic::Ordering::SeqCst)), (2 * written, 2 * written));
        let again = store.write(vec![long_comment("x", "a"), long_comment("y", "a")]).await;
        assert!(matches!(again, Err(StoreError::Full)));
        // Space is given, and it goes on without being opened anew.
        let erase = Write::Erase { who: customer("a"), time: Timestamp(5), spares_newer: false };
        assert!(store.write(vec![erase]).await.unwrap()[0].is_ok());
        assert!(store.write(vec![long_comment("x", "a"), long_comment("y", "a")]).await.is_ok());
        assert_eq!(count(), 2);
    }

    #[tokio::test]
    async fn no_byte_of_an_erased_customer_outlives_the_next_start() {
        let folder = TempDir::new().unwrap();
        let store = Embedded::open(folder.path(), 2, Vec::new()).unwrap();
        let found = |secret: &str| {
            fs::read_dir(folder.path()).unwrap().any(|file| {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
            })
        };
        for i in 0..300 {
            let of_her = look(&format!("of-her-{i}"), ["alice-secret/visitor-secret", "/visitor-secret"][i % 2], 10);
            let of_another = look(&format!("of-another-{i}"), "bob", 10);
            store.write(vec![Write::Event(of_her), Write::Event(of_another)]).await.unwrap();
        }
        assert!(found("alice-secret") && found("visitor-secret") && found("of-her-7"));
        let erase = Write::Erase { who: visitor("visitor-secret"), time: Timestamp(20), spares_newer: false };
        let answers = store.write(vec![erase]).await.unwrap();
        let Ok(Written::Erased { receipt }) = &answers[0] else { panic!("{answers:?}") };
        assert_eq!((receipt.events, receipt.identifiers), (300, 2));
        assert_eq!(receipt.remains, Remains { in_log: false, between_rows: true });
        drop(store);
        let store = Embedded::open(folder.path(), 2, Vec::new()).unwrap();
        assert!(!found("alice-secret") && !found("visitor-secret") && !found("of-her-"));
        assert!(found("of-another-7"));
        assert_eq!(store.counts().unwrap(), Counts { events: 300, products: 0 });
        let receipt = store.erasure(&receipt.id).unwrap().unwrap();
        assert!(receipt.remains == Remains::default() && receipt.completed.is_some(), "{receipt:?}");
        assert_eq!(store.unfinished_erasures(), 0);
    }
}
