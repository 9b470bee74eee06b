//! The store beside a bare loop over the same database: durable events a second, hot profiles, a scan of the log.

#![expect(clippy::unwrap_used, reason = "a bench has nobody to tell")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use divan::{Bencher, black_box, counter::ItemsCount};
use outfitter::{
    domain::{
        Id, Timestamp,
        catalog::Ids,
        customer::Identifier,
        event::{Channel, Event, EventKind, Who},
        store::{Profiles, Seq, Store, Write},
    },
    store::{self, Opened, Options},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const CUSTOMERS: u64 = 5_000;
const SCANNED: u64 = 100_000;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A look at one of 2,000 products by one of the customers. Ids are spread as random ones are.
fn event(number: u64) -> Event {
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Event {
        id: Id::new(format!("{spread:016x}-{number:012}")).unwrap(),
        who: Who::customer(Id::new(format!("customer-{}", spread % CUSTOMERS)).unwrap()),
        time: Timestamp(1_700_000_000_000 + i64::try_from(number).unwrap()),
        channel: Some(Channel::Web),
        session: Some(Id::new(format!("session-{}", number / 10)).unwrap()),
        attribution: None,
        kind: EventKind::ProductViewed {
            product: Id::new(format!("product-{}", spread % 2_000)).unwrap(),
            variant: Some(Id::new(format!("variant-{}", spread % 10_000)).unwrap()),
        },
    }
}

fn events(count: u64) -> Vec<Event> {
    let from = NEXT.fetch_add(count, Ordering::Relaxed);
    (from..from + count).map(event).collect()
}

fn open(folder: &Path, profile_bytes: u64) -> Opened {
    let options = Options { profile_bytes, ..Options::default() };
    store::open(folder, options, Arc::new(Ids::default()), Vec::new()).unwrap()
}

fn fill(runtime: &Runtime, opened: &Opened, count: u64) {
    for _ in 0..count / 1_000 {
        let writes = events(1_000).into_iter().map(Write::Event).collect();
        runtime.block_on(opened.store.write(writes)).unwrap();
    }
}

/// What the same rows in the same indexes cost without anything around them.
#[divan::bench(args = [1, 128, 1_024])]
fn write_bare_loop(bencher: Bencher<'_, '_>, batch: u64) {
    let folder = TempDir::new().unwrap();
    let mut conn = rusqlite::Connection::open(folder.path().join("bare.sqlite3")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;
         CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, subject INTEGER NOT NULL,
                              time INTEGER NOT NULL, content TEXT NOT NULL) STRICT;
         CREATE INDEX events_by_subject ON events (subject, time);",
    )
    .unwrap();
    bencher.counter(ItemsCount::new(batch)).with_inputs(|| events(batch)).bench_local_values(|events| {
        let tx = conn.transaction().unwrap();
        for event in &events {
            let mut insert =
                tx.prepare_cached("INSERT INTO events (id, subject, time, content) VALUES (?, ?, ?, ?)").unwrap();
            let content = serde_json::to_string(event).unwrap();
            insert.execute((event.id.as_str(), event.time.0 % 5_000, event.time.0, content)).unwrap();
        }
        tx.commit().unwrap();
    });
}

/// From the queue to the acknowledgement, with duplicates looked for, identifiers interned and profiles kept hot.
#[divan::bench(args = [1, 128, 1_024])]
fn write_acknowledged(bencher: Bencher<'_, '_>, batch: u64) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let opened = open(folder.path(), 256 << 20);
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| events(batch).into_iter().map(Write::Event).collect())
        .bench_local_values(|writes| runtime.block_on(opened.store.write(writes)).unwrap());
}

/// A thousand events of a thousand callers at once: what group commit makes of batches of one.
#[divan::bench]
fn write_a_thousand_callers(bencher: Bencher<'_, '_>) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let opened = open(folder.path(), 256 << 20);
    bencher.counter(ItemsCount::new(1_000_u64)).with_inputs(|| events(1_000)).bench_local_values(|events| {
        runtime.block_on(async {
            let mut callers = tokio::task::JoinSet::new();
            for event in events {
                let store = Arc::clone(&opened.store);
                callers.spawn(async move { store.write(vec![Write::Event(event)]).await.unwrap() });
            }
            callers.join_all().await
        })
    });
}

#[divan::bench]
fn profile_hit(bencher: Bencher<'_, '_>) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let opened = open(folder.path(), 256 << 20);
    fill(&runtime, &opened, 10_000);
    let who = Identifier::customer(Id::new("customer-7").unwrap());
    bencher.bench_local(|| runtime.block_on(opened.profiles.of(black_box(&who))).unwrap());
}

/// Twenty events, read and folded, with no room to keep the profile.
#[divan::bench]
fn profile_load(bencher: Bencher<'_, '_>) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let opened = open(folder.path(), 0);
    fill(&runtime, &opened, 20 * CUSTOMERS);
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % CUSTOMERS;
        let who = Identifier::customer(Id::new(format!("customer-{next}")).unwrap());
        runtime.block_on(opened.profiles.of(&who)).unwrap()
    });
}

/// What a start of the server reads, at a tenth of a million.
#[divan::bench(sample_count = 10)]
fn scan_the_log(bencher: Bencher<'_, '_>) {
    let (runtime, folder) = (Runtime::new().unwrap(), TempDir::new().unwrap());
    let opened = open(folder.path(), 0);
    fill(&runtime, &opened, SCANNED);
    bencher.counter(ItemsCount::new(SCANNED)).bench_local(|| {
        let mut seen = 0_u64;
        opened.store.each_event(Seq(0), &mut |_, event, _| seen += event.time.0.unsigned_abs() & 1).unwrap();
        seen
    });
}
