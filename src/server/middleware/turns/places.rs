//! A few places to compute at, and the order in which they are given.
//!
//! A light call goes before a costly one, by a few [`Level`]s that are far apart. Among calls of one level the connection goes
//! first whose calls computed least of late; of connections that computed about the same, the call that came first. So
//! connections get equal shares however many calls each has under way, and calls of one connection are done one after the
//! other, which keeps the slowest of them close to the others. Every fourth place is given as if all calls were of one level,
//! and for a while: costly ones come on too.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// What a connection computed counts half after so long.
const HALF_LIFE: Duration = Duration::from_millis(100);

/// Connections that computed as much within so many microseconds are equal: less would be an interruption a turn.
const STEP_US: u64 = 4_000;

/// Of so many places one is given as if all calls were of one level.
const BLIND_EVERY: u64 = 4;

/// What is computed in it whoever waits: as much as in the places of light calls.
const UNDISTURBED: Duration = Duration::from_millis(1);

const LEVELS: usize = 4;
const HIGHEST: u8 = 3;

/// The places, and whoever waits for one.
#[derive(Debug)]
pub struct Places(Mutex<State>);

#[derive(Debug)]
struct State {
    free: usize,
    arrivals: u64,
    grants: u64,
    /// When what connections computed was halved last.
    halved: Instant,
    /// Those that computed something of late, or have a call that waits.
    connections: HashMap<u64, Connection>,
}

#[derive(Debug, Default)]
struct Connection {
    computed_us: u64,
    /// By level, then by their numbers.
    waiting: [BTreeMap<u64, Waiter>; LEVELS],
}

#[derive(Debug)]
struct Waiter {
    since: Instant,
    grant: oneshot::Sender<Duration>,
}

/// How much a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// What takes less than a millisecond, as an ordinary answer of a shop of ten thousand products.
    pub const LIGHT: Self = Self(0);

    /// Light; then each begins at four times of what the one before it does.
    pub fn from_cost(cost: Duration) -> Self {
        let fours = cost.as_millis().checked_ilog2().map_or(0, |twos| twos / 2 + 1);
        Self(u8::try_from(fours).map_or(HIGHEST, |level| level.min(HIGHEST)))
    }
}

/// What decides when a call has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The number of its connection.
    pub connection: u64,
    /// Its number among all calls.
    pub arrival: u64,
    /// What it costs as far as that is known.
    pub level: Level,
}

/// The smallest goes first: its level, what its connection computed, its number.
type Rank = (Level, u64, u64);

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place<'a> {
    places: &'a Places,
    /// What may be computed in it whoever waits.
    undisturbed: Duration,
}

impl Places {
    /// So many, all of them free.
    pub fn new(free: usize) -> Self {
        let halved = Instant::now();
        Self(Mutex::new(State { free, arrivals: 0, grants: 0, halved, connections: HashMap::new() }))
    }

    /// The claim of a call that comes now.
    pub fn claim(&self, connection: u64, level: Level) -> Claim {
        let mut state = self.0.lock();
        state.arrivals += 1;
        Claim { connection, arrival: state.arrivals, level }
    }

    /// Waits for a place.
    pub async fn take(&self, claim: Claim) -> Place<'_> {
        let mut in_line = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Place { places: self, undisturbed: Duration::ZERO };
            }
            let (grant, granted) = oneshot::channel();
            state.waiting(claim).insert(claim.arrival, Waiter { since: Instant::now(), grant });
            InLine { places: self, claim, granted, waits: true }
        };
        // The other end is kept until a place is given.
        let undisturbed = (&mut in_line.granted).await.unwrap_or_default();
        in_line.waits = false;
        Place { places: self, undisturbed }
    }

    /// How long the first light call of a connection has been waiting for its place.
    pub fn delay(&self, connection: u64) -> Duration {
        let state = self.0.lock();
        let first = state.connections.get(&connection).and_then(|connection| connection.waiting[0].values().next());
        first.map_or(Duration::ZERO, |waiter| waiter.since.elapsed())
    }
}

impl Place<'_> {
    /// Counts what a call has computed here. Whether it goes on: nobody waits who goes before it.
    pub fn goes_on(&mut self, claim: Claim, computed: Duration) -> bool {
        self.undisturbed = self.undisturbed.saturating_sub(computed);
        let mut state = self.places.0.lock();
        state.count(claim.connection, computed);
        let own = state.rank(claim);
        !self.undisturbed.is_zero() || state.first(false).is_none_or(|(first, _)| own < first)
    }
}

impl State {
    fn waiting(&mut self, claim: Claim) -> &mut BTreeMap<u64, Waiter> {
        let connection = self.connections.entry(claim.connection).or_default();
        &mut connection.waiting[usize::from(claim.level.0)]
    }

    fn count(&mut self, connection: u64, computed: Duration) {
        let halvings = self.halved.elapsed().as_millis() / HALF_LIFE.as_millis();
        if halvings > 0 {
            self.halved = Instant::now();
            self.connections.retain(|_, connection| {
                connection.computed_us >>= halvings.min(63);
                connection.computed_us > 0 || connection.waiting.iter().any(|waiting| !waiting.is_empty())
            });
        }
        let computed = u64::try_from(computed.as_micros()).unwrap_or(u64::MAX);
        let connection = self.connections.entry(connection).or_default();
        connection.computed_us = connection.computed_us.saturating_add(computed);
    }

    fn rank(&self, claim: Claim) -> Rank {
        let computed_us = self.connections.get(&claim.connection).map_or(0, |connection| connection.computed_us);
        (claim.level, computed_us / STEP_US, claim.arrival)
    }

    /// Who goes first of all who wait. `blind` is whether all are taken for light.
    fn first(&self, blind: bool) -> Option<(Rank, Claim)> {
        let waiting = self.connections.iter().flat_map(|(number, connection)| {
            let first = |(level, waiting): (u8, &BTreeMap<u64, Waiter>)| {
                let arrival = *waiting.first_key_value()?.0;
                let rank = (Level(if blind { 0 } else { level }), connection.computed_us / STEP_US, arrival);
                Some((rank, Claim { connection: *number, arrival, level: Level(level) }))
            };
            (0..).zip(&connection.waiting).filter_map(first)
        });
        waiting.min_by_key(|(rank, _)| *rank)
    }

    fn give(&mut self) {
        self.grants += 1;
        let blind = self.grants.is_multiple_of(BLIND_EVERY);
        let undisturbed = if blind { UNDISTURBED } else { Duration::ZERO };
        while let Some((_, claim)) = self.first(blind) {
            let waiter = self.waiting(claim).remove(&claim.arrival);
            if waiter.is_some_and(|waiter| waiter.grant.send(undisturbed).is_ok()) {
                return;
            }
        }
        self.free += 1;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.places.0.lock().give();
    }
}

/// Whoever waits, and may be gone before a place is given.
struct InLine<'a> {
    places: &'a Places,
    claim: Claim,
    /// Open for as long as the waiter may stand in the line, so that a place is given to it or to another, never to both.
    granted: oneshot::Receiver<Duration>,
    waits: bool,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        if !self.waits {
            return;
        }
        let mut state = self.places.0.lock();
        if state.waiting(self.claim).remove(&self.claim.arrival).is_none() {
            // The place was given and not yet taken.
            state.give();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

    use super::*;

    const LIGHT: Duration = Duration::ZERO;
    const COSTLY: Duration = Duration::from_millis(5);

    /// In which order calls have the only place: each is a connection, and what the call costs.
    async fn order(places: &Places, calls: &[(u64, Duration)]) -> Vec<usize> {
        let mut place = Some(places.take(places.claim(0, Level::LIGHT)).await);
        let mut waiting = Vec::new();
        for (connection, cost) in calls {
            let claim = places.claim(*connection, Level::from_cost(*cost));
            waiting.push(Some(Box::pin(places.take(claim))));
            assert!(at_once(waiting.last_mut().unwrap()).await.is_none());
        }
        let mut order = Vec::new();
        while order.len() < calls.len() {
            drop(place.take());
            for (number, call) in waiting.iter_mut().enumerate() {
                if let Some(given) = at_once(call).await {
                    *call = None;
                    order.push(number);
                    assert!(place.replace(given).is_none(), "one place is given once");
                }
            }
        }
        order
    }

    async fn at_once<F: Future + Unpin>(future: &mut Option<F>) -> Option<F::Output> {
        let future = future.as_mut()?;
        poll_fn(|cx| {
            Poll::Ready(match Pin::new(&mut *future).poll(cx) {
                Poll::Ready(output) => Some(output),
                Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn light_calls_go_first_but_for_every_fourth_place() {
        let calls = [(1, COSTLY), (1, COSTLY), (1, LIGHT), (1, LIGHT), (1, LIGHT), (1, LIGHT), (1, LIGHT)];
        assert_eq!(order(&Places::new(1), &calls).await, [2, 3, 4, 0, 5, 6, 1]);
    }

    #[tokio::test]
    async fn the_connection_that_computed_least_goes_first_and_of_equal_ones_the_call_that_came_first() {
        let places = Places::new(1);
        assert_eq!(order(&places, &[(1, LIGHT), (2, LIGHT), (1, LIGHT)]).await, [0, 1, 2]);
        let claim = places.claim(1, Level::LIGHT);
        assert!(places.take(claim).await.goes_on(claim, Duration::from_secs(1)), "nobody waits");
        assert_eq!(order(&places, &[(1, LIGHT), (1, LIGHT), (2, LIGHT), (2, COSTLY)]).await, [2, 0, 3, 1]);
    }

    #[tokio::test]
    async fn whoever_computes_goes_on_until_somebody_waits_who_goes_before() {
        let places = Places::new(1);
        let first = places.claim(1, Level::LIGHT);
        let mut place = places.take(first).await;
        let mut later = Some(Box::pin(places.take(places.claim(1, Level::LIGHT))));
        let mut other = Some(Box::pin(places.take(places.claim(2, Level::LIGHT))));
        assert!(at_once(&mut later).await.is_none() && at_once(&mut other).await.is_none());
        assert!(place.goes_on(first, Duration::from_micros(STEP_US - 1)), "it came first");
        assert!(!place.goes_on(first, Duration::from_secs(1)), "its connection had its share");
        let costly = Claim { level: Level::from_cost(COSTLY), ..first };
        drop(other);
        assert!(place.goes_on(first, LIGHT) && !place.goes_on(costly, LIGHT));
        place.undisturbed = UNDISTURBED;
        assert!(place.goes_on(costly, LIGHT) && !place.goes_on(costly, UNDISTURBED), "for a while");
        drop(place);
        assert!(at_once(&mut later).await.is_some());
    }

    #[tokio::test]
    async fn whoever_left_takes_no_place_with_it() {
        let places = Places::new(1);
        let place = places.take(places.claim(1, Level::LIGHT)).await;
        let mut gone = Some(Box::pin(places.take(places.claim(1, Level::LIGHT))));
        let mut unlucky = Some(Box::pin(places.take(places.claim(1, Level::LIGHT))));
        assert!(at_once(&mut gone).await.is_none() && at_once(&mut unlucky).await.is_none());
        drop(gone);
        drop(place);
        // The place is given to it now, and it never takes it.
        drop(unlucky);
        assert_eq!(places.0.lock().free, 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whoever_comes_and_goes_at_once_leaves_as_many_places_as_there_were() {
        let places = Arc::new(Places::new(2));
        let come_and_go = |connection: u64| {
            let places = Arc::clone(&places);
            async move {
                for turn in 0..2_000_u64 {
                    let take = places.take(places.claim(connection, Level::LIGHT));
                    // Some give up after a poll or two, which is when a place may be on its way to them.
                    if turn % 3 == 0 {
                        let mut take = Some(Box::pin(take));
                        if at_once(&mut take).await.is_none() {
                            tokio::task::yield_now().await;
                        }
                    } else {
                        drop(take.await);
                    }
                }
            }
        };
        let tasks: Vec<_> = (0..8).map(|connection| tokio::spawn(come_and_go(connection))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(places.0.lock().free, 2);
    }

    #[test]
    fn levels_are_four_times_apart() {
        let levels = [0, 999, 1_000, 3_999, 4_000, 15_999, 16_000, 64_000, 9_000_000];
        assert_eq!(levels.map(|us| Level::from_cost(Duration::from_micros(us)).0), [0, 0, 1, 1, 2, 2, 3, 3, 3]);
    }
}
