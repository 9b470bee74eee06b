//! What is known of a connection: its calls, what of it waits, whether it is read from. And all of them, counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Network;

/// The preface of HTTP/2 is as long, and no request of HTTP/1.1 is shorter.
const FIRST_WORDS: usize = 24;

/// How long a connection without calls may take to go once it was told to.
const GRACE: Duration = Duration::from_secs(1);

/// All connections of a server.
#[derive(Debug)]
pub struct Connections {
    network: Network,
    open: Mutex<Open>,
    /// Those that have calls.
    busy: AtomicUsize,
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    /// How many there were so far.
    admitted: u64,
    by_peer: HashMap<IpAddr, usize>,
}

impl Connections {
    /// None yet.
    pub fn new(network: Network) -> Self {
        Self { network, open: Mutex::default(), busy: AtomicUsize::new(0), waiting: AtomicUsize::new(0) }
    }

    /// One more, where the limits leave room for it.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<Connection>> {
        let mut open = self.open.lock();
        let of_peer = open.by_peer.get(&peer).copied().unwrap_or_default();
        if open.all >= self.network.connections || of_peer >= self.network.connections_per_peer {
            return None;
        }
        open.by_peer.insert(peer, of_peer + 1);
        open.all += 1;
        open.admitted += 1;
        Some(Arc::new(Connection {
            peer,
            number: open.admitted,
            opened: Instant::now(),
            received: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            stuck_since: AtomicU64::new(NEVER),
            waiting: AtomicUsize::new(0),
            streams: Arc::new(Semaphore::new(self.network.streams_per_connection)),
            all: Arc::clone(self),
        }))
    }

    /// Bytes that wait on all of them: of messages that are half received, and of answers that are not yet read.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    fn forget(&self, peer: IpAddr) {
        let mut open = self.open.lock();
        open.all -= 1;
        if let Some(of_peer) = open.by_peer.get_mut(&peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                open.by_peer.remove(&peer);
            }
        }
    }
}

/// In place of a moment.
const NEVER: u64 = u64::MAX;

/// One connection. Each of its calls finds it among the extensions of its request.
#[derive(Debug)]
pub struct Connection {
    all: Arc<Connections>,
    peer: IpAddr,
    number: u64,
    opened: Instant,
    received: AtomicUsize,
    calls: AtomicUsize,
    /// Milliseconds since the opening, as all moments here: when the last call ended.
    quiet_since: AtomicU64,
    /// Since when the socket takes nothing of what is to be sent.
    stuck_since: AtomicU64,
    waiting: AtomicUsize,
    streams: Arc<Semaphore>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.forget(self.peer);
    }
}

/// What is to become of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Keep,
    /// It is of no use any more.
    End,
    /// It takes what is not its due.
    Cut,
}

impl Connection {
    /// Its number, which no other connection of the server has.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    fn lasts_longer_than(&self, since: u64, limit: Duration) -> bool {
        since != NEVER && Duration::from_millis(self.now().saturating_sub(since)) > limit
    }

    /// What is to become of it. `ending` is whether it was told to go.
    pub fn verdict(&self, ending: bool) -> Verdict {
        let network = &self.all.network;
        let silent = self.received.load(Relaxed) < FIRST_WORDS && self.lasts_longer_than(0, network.header);
        if silent || self.lasts_longer_than(self.stuck_since.load(Relaxed), network.send) {
            return Verdict::Cut;
        }
        let most = if ending { GRACE } else { network.idle };
        let quiet = self.calls.load(Relaxed) == 0 && self.lasts_longer_than(self.quiet_since.load(Relaxed), most);
        if quiet { Verdict::End } else { Verdict::Keep }
    }

    /// How often to ask for the verdict, so that it comes in time.
    pub fn look_every(&self, most: Duration) -> Duration {
        let Network { header, send, idle, .. } = self.all.network;
        (header.min(send).min(idle) / 4).clamp(Duration::from_millis(1), most)
    }

    /// Bytes came in.
    pub fn receives(&self, bytes: usize) {
        self.received.fetch_add(bytes, Relaxed);
    }

    /// Whether the socket took something of what is to be sent.
    pub fn sends(&self, moved: bool) {
        if moved {
            self.stuck_since.store(NEVER, Relaxed);
        } else {
            let _ = self.stuck_since.compare_exchange(NEVER, self.now(), Relaxed, Relaxed);
        }
    }

    /// A call, until it is dropped.
    pub fn begin_call(self: &Arc<Self>) -> Call {
        if self.calls.fetch_add(1, Relaxed) == 0 {
            self.all.busy.fetch_add(1, Relaxed);
        }
        Call(Arc::clone(self))
    }

    /// Whether it has no more than its share of so many calls, where all connections that have calls share them.
    pub fn is_within_share_of(&self, calls: usize) -> bool {
        self.calls.load(Relaxed).saturating_mul(self.all.busy.load(Relaxed)) <= calls
    }

    /// A place for a stream of writes, where there is one.
    pub fn try_stream(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }

    /// How many streams may be open at once.
    pub fn most_streams(&self) -> usize {
        self.all.network.streams_per_connection
    }

    /// Whether more than its share waits here. Where too much waits on all together, whoever has something waiting is over.
    pub fn is_over(&self) -> bool {
        let network = &self.all.network;
        let waiting = self.waiting.load(Relaxed);
        waiting > network.waiting_bytes_per_connection
            || (waiting > 0 && self.all.waiting.load(Relaxed) > network.waiting_bytes)
    }
}

/// A call under way.
#[derive(Debug)]
pub struct Call(Arc<Connection>);

impl Call {
    /// Whose call it is.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.0
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let connection = &self.0;
        connection.quiet_since.store(connection.now(), Relaxed);
        if connection.calls.fetch_sub(1, Relaxed) == 1 {
            connection.all.busy.fetch_sub(1, Relaxed);
        }
    }
}

/// Bytes of a connection that wait: of a message for its rest, of an answer for its reader. Given back when it is dropped.
#[derive(Debug)]
pub struct Waiting {
    connection: Arc<Connection>,
    bytes: usize,
}

impl Waiting {
    /// Nothing yet.
    pub fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection), bytes: 0 }
    }

    /// So many are waiting now.
    pub fn set(&mut self, bytes: usize) {
        let (before, all) = (self.bytes, &self.connection.all.waiting);
        if bytes > before {
            self.connection.waiting.fetch_add(bytes - before, Relaxed);
            all.fetch_add(bytes - before, Relaxed);
        } else {
            self.connection.waiting.fetch_sub(before - bytes, Relaxed);
            all.fetch_sub(before - bytes, Relaxed);
        }
        self.bytes = bytes;
    }

    /// Whether the connection has more waiting than its share.
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.set(0);
    }
}
