//! A few places, given to whoever costs least.

use std::{collections::BTreeMap, time::Duration};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Places that are taken and given back.
#[derive(Debug)]
pub struct Places(Mutex<State>);

#[derive(Debug)]
struct State {
    free: usize,
    arrivals: u64,
    /// By rank; of one rank, by who came first.
    waiting: BTreeMap<(u32, u64), oneshot::Sender<()>>,
}

/// What costs up to four times as much is of the same rank: whoever has begun is not put behind those who are alike.
fn rank(cost: Duration) -> u32 {
    cost.as_micros().checked_ilog2().unwrap_or_default() / 2
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place<'a>(&'a Places);

impl Places {
    /// So many, all of them free.
    pub fn new(free: usize) -> Self {
        Self(Mutex::new(State { free, arrivals: 0, waiting: BTreeMap::new() }))
    }

    /// The number of whoever comes now.
    pub fn arrival(&self) -> u64 {
        let mut state = self.0.lock();
        state.arrivals += 1;
        state.arrivals
    }

    /// Waits for a place, behind those who cost less, and those who cost about the same and came before.
    pub async fn take(&self, cost: Duration, arrival: u64) -> Place<'_> {
        let (granted, key) = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Place(self);
            }
            let key = (rank(cost), arrival);
            let (grant, granted) = oneshot::channel();
            state.waiting.insert(key, grant);
            (granted, key)
        };
        let mut waiter = Waiter { places: self, key: Some(key) };
        // The other end is kept until a place is given.
        let _ = granted.await;
        waiter.key = None;
        Place(self)
    }

    /// Whether somebody waits who costs less.
    pub fn is_wanted_for_less(&self, cost: Duration) -> bool {
        self.0.lock().waiting.keys().next().is_some_and(|(least, _)| *least < rank(cost))
    }

    fn give_back(&self) {
        let mut state = self.0.lock();
        while let Some((_, grant)) = state.waiting.pop_first() {
            if grant.send(()).is_ok() {
                return;
            }
        }
        state.free += 1;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// Whoever waits, and may be gone before a place is free.
struct Waiter<'a> {
    places: &'a Places,
    key: Option<(u32, u64)>,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let was_waiting = self.places.0.lock().waiting.remove(&key).is_some();
        if !was_waiting {
            // The place was given and not yet taken.
            self.places.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::Pin, task::Poll};

    use super::*;

    #[tokio::test]
    async fn the_cheapest_comes_first_and_whoever_left_takes_nothing() {
        let places = Places::new(1);
        let ms = Duration::from_millis;
        let first = places.take(ms(90), 0).await;
        let mut dear = Box::pin(places.take(ms(50), 1));
        let mut alike = Box::pin(places.take(ms(1), 3));
        let mut cheap = Box::pin(places.take(ms(1), 2));
        let mut gone = Box::pin(places.take(ms(0), 4));
        for waiting in [&mut dear, &mut alike, &mut cheap, &mut gone] {
            assert!(at_once(waiting).await.is_none());
        }
        assert!(places.is_wanted_for_less(ms(90)) && !places.is_wanted_for_less(ms(0)));
        drop(gone);
        drop(first);
        assert!(at_once(&mut dear).await.is_none());
        assert!(at_once(&mut alike).await.is_none());
        let second = at_once(&mut cheap).await.expect("the cheapest that came first has it");
        drop(second);
        drop(at_once(&mut alike).await.expect("it is the next"));
        // Given, and left before it was taken.
        drop(dear);
        drop(places.take(ms(7), 5).await);
        assert_eq!(places.0.lock().free, 1);
    }

    async fn at_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        poll_fn(|cx| {
            Poll::Ready(match Pin::new(&mut *future).poll(cx) {
                Poll::Ready(output) => Some(output),
                Poll::Pending => None,
            })
        })
        .await
    }
}
