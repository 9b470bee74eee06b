//! The costly calls that are under way, and when one more would be done.

use std::{collections::HashMap, time::Duration};

use parking_lot::Mutex;

/// What costly calls that are under way take in all, in microseconds, by connection.
#[derive(Debug, Default)]
pub struct Ahead(Mutex<HashMap<u64, u64>>);

impl Ahead {
    /// One more, until it is dropped.
    pub fn begin(&self, connection: u64, work_us: u64) -> Costly<'_> {
        *self.0.lock().entry(connection).or_default() += work_us;
        Costly { ahead: self, connection, work_us }
    }

    /// When a call would be done that comes now; `None` where nothing is before it. Its connection has one share of the
    /// processors among all that have costly calls under way, and at the latest it is done when all that there is is done.
    pub fn expected(&self, connection: u64, work_us: u64, processors: u32) -> Option<Duration> {
        let ahead = self.0.lock();
        if ahead.is_empty() {
            return None;
        }
        let own = ahead.get(&connection).copied();
        let sharing = ahead.len() + usize::from(own.is_none());
        let shared = (own.unwrap_or_default() + work_us).saturating_mul(sharing as u64);
        let all = ahead.values().sum::<u64>() + work_us;
        Some(Duration::from_micros(shared.min(all)) / processors)
    }
}

/// A costly call under way.
#[derive(Debug)]
pub struct Costly<'a> {
    ahead: &'a Ahead,
    connection: u64,
    work_us: u64,
}

impl Drop for Costly<'_> {
    fn drop(&mut self) {
        let mut ahead = self.ahead.0.lock();
        let Some(left) = ahead.get_mut(&self.connection) else { return };
        *left -= self.work_us;
        if *left == 0 {
            ahead.remove(&self.connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_waits_for_its_share_and_at_most_for_everybody() {
        let ahead = Ahead::default();
        let expected = |connection, work| ahead.expected(connection, work, 2).map(|time| time.as_micros());
        assert_eq!(expected(1, 100), None);
        let many: Vec<Costly<'_>> = (0..10).map(|_| ahead.begin(1, 100)).collect();
        let one = ahead.begin(2, 300);
        // All that there is, and its own beside one other's.
        assert_eq!(expected(1, 100), Some(700));
        assert_eq!(expected(2, 50), Some(350));
        // One of three.
        assert_eq!(expected(3, 100), Some(150));
        drop((many, one));
        assert_eq!(expected(1, 100), None);
    }
}
