//! Who computes when. Calls compute in turns, from one pause to the next (the domain pauses at the latest every 500 us).
//!
//! Most calls take less than half a millisecond, and go on as they come. A call that takes longer is *costly*, known by what
//! it has computed or by the least that its kind ever took. Of a connection a few costly calls are under way at once, and of
//! all of them as many compute as there are processors: the cheapest first, and of calls that cost about the same the one
//! that came first. When a costly call pauses, whatever else is ready goes first. So an ordinary call waits for a turn of a
//! costly one at most, as long as those leave it a place among the calls that are worked on (`limits.in_flight`). Whoever waits for something else than a processor keeps no place.
//!
//! A call whose deadline can't be met is refused before any work is done for it: when it comes in, by what is before it, and
//! again when its first turn has come.

mod places;

use std::{
    future::poll_fn,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU32, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    task::{Context, Poll, Wake, Waker},
    thread::available_parallelism,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::Response,
    middleware::Next,
};
use parking_lot::Mutex;
use tonic::Status;

use super::{deadline::Deadline, message};
use crate::domain::recommend::pause;
use crate::server::transport::Connection;
use places::Places;

/// What a call may take before it is costly.
const LIGHT: Duration = Duration::from_micros(500);

/// How often an ordinary answer goes through the queue of the runtime until it is on its way: the stages of a ranking, the
/// task of the connection, and once more for what the caller's own clock has seen before ours began.
const PASSES: u32 = 5;

/// Kinds of calls that are told apart. Two that fall together are taken for the cheaper one.
const KINDS: usize = 1 << 10;

/// The places, and what is known of the cost of calls.
#[derive(Debug)]
pub struct Turns {
    places: Places,
    processors: u32,
    costs: Box<[Costs]>,
    /// What the costly calls that are under way take in all, in microseconds.
    ahead: AtomicU64,
}

/// What a call of one kind takes, in microseconds; zero where nothing is known.
#[derive(Debug, Default)]
struct Costs {
    least: AtomicU32,
    mean: AtomicU32,
}

impl Costs {
    fn least(&self) -> Duration {
        Duration::from_micros(self.least.load(Relaxed).into())
    }

    fn mean(&self) -> Duration {
        Duration::from_micros(self.mean.load(Relaxed).into())
    }

    /// The least falls at once and rises slowly: whoever asks for much is not to make a kind costly for those who ask for
    /// little.
    fn learn(&self, spent: Duration) {
        let spent = u32::try_from(spent.as_micros()).unwrap_or(u32::MAX).max(1);
        let least = self.least.load(Relaxed);
        self.least.store(if least == 0 { spent } else { spent.min(least.saturating_add(least / 50 + 1)) }, Relaxed);
        let mean = self.mean.load(Relaxed);
        self.mean.store(if mean == 0 { spent } else { mean - mean / 8 + spent / 8 }, Relaxed);
    }
}

impl Turns {
    /// For the processors of this machine.
    pub fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            places: Places::new(processors),
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            costs: (0..KINDS).map(|_| Costs::default()).collect(),
            ahead: AtomicU64::new(0),
        }
    }

    /// Of the method, and of how large its message is: twice as large is another kind.
    fn costs(&self, request: &Request) -> &Costs {
        let size = request.body().size_hint().lower();
        let mut hasher = DefaultHasher::new();
        (request.uri().path(), size.checked_ilog2()).hash(&mut hasher);
        &self.costs[usize::try_from(hasher.finish() % KINDS as u64).unwrap_or_default()]
    }

    /// Whether a call of this kind would be done in time.
    async fn can_meet(&self, deadline: Deadline, costs: &Costs) -> bool {
        let least = costs.least();
        if least > LIGHT {
            let ahead = Duration::from_micros(self.ahead.load(Relaxed)) / self.processors;
            // Where nothing is before it, it is tried: what others of its kind took is no reason, and else nothing would be learned.
            return ahead.is_zero() || ahead + costs.mean() <= deadline.left();
        }
        queue().await * PASSES + least <= deadline.left()
    }
}

/// How long the queue of the runtime is now: it is gone through once.
async fn queue() -> Duration {
    let began = Instant::now();
    pause().await;
    began.elapsed()
}

/// A costly call under way.
struct Costly<'a> {
    turns: &'a Turns,
    work: u64,
}

impl<'a> Costly<'a> {
    fn new(turns: &'a Turns, costs: &Costs) -> Self {
        let work = u64::from(costs.mean.load(Relaxed));
        turns.ahead.fetch_add(work, Relaxed);
        Self { turns, work }
    }
}

impl Drop for Costly<'_> {
    fn drop(&mut self) {
        self.turns.ahead.fetch_sub(self.work, Relaxed);
    }
}

/// Lets a call compute in its turns, or refuses it where its answer would come too late.
pub async fn in_turn(State(turns): State<Arc<Turns>>, request: Request, next: Next) -> Response<Body> {
    if message::is_stream(&request) {
        return next.run(request).await;
    }
    let costs = turns.costs(&request);
    let deadline = Deadline::of(&request).filter(|deadline| deadline.is_timed());
    if let Some(deadline) = deadline
        && !turns.can_meet(deadline, costs).await
    {
        return too_late().into_http();
    }
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let mut call = pin!(async {
        let (head, body) = next.run(request).await.into_parts();
        Response::from_parts(head, message::packed(body).await)
    });
    let own = Arc::new(Own::default());
    let waker = Waker::from(Arc::clone(&own));
    let arrival = turns.places.arrival();
    let (mut spent, mut costly, mut share, mut place) = (Duration::ZERO, None, None, None);
    loop {
        let cost = costs.least().max(spent);
        if cost > LIGHT && place.is_none() {
            costly.get_or_insert_with(|| Costly::new(&turns, costs));
            if let (None, Some(connection)) = (&share, &connection) {
                share = connection.share().await;
            }
            let waiting = Instant::now();
            place = Some(turns.places.take(cost, arrival).await);
            // While it waited, its time may have passed, and answers may have come to wait for their reader.
            if waiting.elapsed() > LIGHT && spent.is_zero() && deadline.is_some_and(|deadline| deadline.left() < cost) {
                return too_late().into_http();
            }
            if connection.as_ref().is_some_and(|connection| connection.is_over()) {
                return super::unread().into_http();
            }
        }
        let began = Instant::now();
        let polled = poll_fn(|cx| Poll::Ready(own.poll(call.as_mut(), cx, &waker))).await;
        spent += began.elapsed();
        match polled {
            Poll::Ready(response) => {
                costs.learn(spent);
                return response;
            }
            Poll::Pending if !own.take_woken() => {
                place = None;
                own.woken().await;
            }
            Poll::Pending if place.is_none() => pause().await,
            Poll::Pending => {
                if turns.places.is_wanted_for_less(cost) {
                    place = None;
                }
                tokio::task::yield_now().await;
            }
        }
    }
}

fn too_late() -> Status {
    Status::resource_exhausted("the answer would come after its deadline: the server is busy")
}

/// The waker of a call, which tells a pause from a wait: a call that pauses wakes itself before its turn is over.
#[derive(Debug)]
struct Own {
    woken: AtomicBool,
    polling: AtomicBool,
    task: Mutex<Waker>,
}

impl Default for Own {
    fn default() -> Self {
        let (woken, polling) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { woken, polling, task: Mutex::new(Waker::noop().clone()) }
    }
}

impl Own {
    fn poll<F: Future>(&self, call: Pin<&mut F>, cx: &Context<'_>, waker: &Waker) -> Poll<F::Output> {
        self.task.lock().clone_from(cx.waker());
        self.polling.store(true, SeqCst);
        let polled = call.poll(&mut Context::from_waker(waker));
        self.polling.store(false, SeqCst);
        polled
    }

    fn take_woken(&self) -> bool {
        self.woken.swap(false, SeqCst)
    }

    async fn woken(&self) {
        poll_fn(|cx| {
            self.task.lock().clone_from(cx.waker());
            if self.take_woken() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl Wake for Own {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        if !self.polling.load(SeqCst) {
            self.task.lock().wake_by_ref();
        }
    }
}
