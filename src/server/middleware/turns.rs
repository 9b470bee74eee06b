//! Who computes when. Calls compute in turns, from one pause to the next (the domain pauses at the latest every 500 us), and
//! as many at once as there are processors. So those that are ready wait where there is an order among them ([`places`]),
//! and not in the queue of the runtime, which knows of none.
//!
//! A call that takes a millisecond or more is *costly*, known by what it has computed or by the least that its kind ever
//! took. Between two turns it lets whoever goes before it have its place. Whoever waits for something else than a processor
//! keeps no place.
//!
//! A call whose deadline can't be met is refused before any work is done for it: when it comes in, by what is before it, and
//! again when its first turn has come.

mod ahead;
mod places;

use std::{
    future::poll_fn,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU32,
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
use crate::server::transport::Connection;
use ahead::Ahead;
use places::{Level, Places};

/// A wait that says nothing of how busy the server is.
const SHORT: Duration = Duration::from_millis(1);

/// Kinds of calls that are told apart. Two that fall together are taken for the cheaper one.
const KINDS: usize = 1 << 10;

/// The places, and what is known of the cost of calls.
#[derive(Debug)]
pub struct Turns {
    places: Places,
    ahead: Ahead,
    processors: u32,
    costs: Box<[Costs]>,
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

    fn mean_us(&self) -> u64 {
        self.mean.load(Relaxed).into()
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
            ahead: Ahead::default(),
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            costs: (0..KINDS).map(|_| Costs::default()).collect(),
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
    fn can_meet(&self, deadline: Deadline, connection: u64, costs: &Costs) -> bool {
        let least = costs.least();
        if Level::from_cost(least) > Level::LIGHT {
            // Where nothing is before it, it is tried: what others of its kind took is no reason, and else nothing would be learned.
            let expected = self.ahead.expected(connection, costs.mean_us(), self.processors);
            return expected.is_none_or(|expected| expected <= deadline.left());
        }
        // Twice what the first in line has waited: the line grows while there is more than can be done.
        self.places.delay(connection) * 2 + least <= deadline.left()
    }
}

/// Lets a call compute in its turns, or refuses it where its answer would come too late.
pub async fn in_turn(State(turns): State<Arc<Turns>>, request: Request, next: Next) -> Response<Body> {
    if message::is_stream(&request) {
        return next.run(request).await;
    }
    let costs = turns.costs(&request);
    let deadline = Deadline::of(&request).filter(|deadline| deadline.is_timed());
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let number = connection.as_ref().map_or(0, |connection| connection.number());
    if deadline.is_some_and(|deadline| !turns.can_meet(deadline, number, costs)) {
        return too_late().into_http();
    }
    let mut call = pin!(async {
        let (head, body) = next.run(request).await.into_parts();
        Response::from_parts(head, message::packed(body).await)
    });
    let own = Arc::new(Own::default());
    let waker = Waker::from(Arc::clone(&own));
    let mut claim = turns.places.claim(number, Level::from_cost(costs.least()));
    let (mut spent, mut costly, mut place) = (Duration::ZERO, None, None);
    loop {
        if claim.level > Level::LIGHT && costly.is_none() {
            costly = Some(turns.ahead.begin(number, costs.mean_us()));
        }
        if place.is_none() {
            let came = Instant::now();
            place = Some(turns.places.take(claim).await);
            // While it waited, its time may have passed, and answers may have come to wait for their reader.
            if spent.is_zero() && came.elapsed() > SHORT {
                if deadline.is_some_and(|deadline| deadline.left() < costs.least()) {
                    return too_late().into_http();
                }
                if connection.as_ref().is_some_and(|connection| connection.is_over()) {
                    return super::unread().into_http();
                }
            }
        }
        let began = Instant::now();
        let polled = poll_fn(|cx| Poll::Ready(own.poll(call.as_mut(), cx, &waker))).await;
        let computed = began.elapsed();
        spent += computed;
        claim.level = Level::from_cost(costs.least().max(spent));
        let goes_on = place.as_mut().is_some_and(|place| place.goes_on(claim, computed));
        match polled {
            Poll::Ready(response) => {
                costs.learn(spent);
                return response;
            }
            Poll::Pending if !own.take_woken() => {
                place = None;
                own.woken().await;
            }
            Poll::Pending if goes_on => tokio::task::yield_now().await,
            Poll::Pending => place = None,
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
