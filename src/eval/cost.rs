//! What a model costs: seconds to train, microseconds a question, megabytes at the peak.

use std::{
    fs,
    time::{Duration, Instant},
};

/// What one model cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// From the rows to the model, without the search for its parameters.
    pub train_seconds: f64,
    /// A question with all that it takes, on one thread: of a peer the mean, of the blend the median of answers as they are
    /// served.
    pub query_us: f64,
    /// The time that one served answer in a hundred takes longer than. None of a peer, which is not served.
    pub query_p99_us: Option<f64>,
    /// The largest that the process was in memory while the model was trained and asked, the data of the protocol with it.
    /// None where the system does not tell.
    pub peak_mb: Option<f64>,
}

impl Cost {
    /// With the times of answers as they are served in place of the mean of the questions.
    pub fn with_served(self, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        // The nearest rank.
        let below = |percent: usize| {
            let time = times.get((times.len() * percent).div_ceil(100).saturating_sub(1));
            time.map(|time| time.as_secs_f64() * 1e6)
        };
        Self { query_us: below(50).unwrap_or(self.query_us), query_p99_us: below(99), ..self }
    }
}

/// Watches one model being trained and asked.
#[derive(Debug)]
pub struct Meter {
    since: Instant,
    cost: Cost,
}

impl Meter {
    /// Starts the clock of the training. The peak of memory starts anew where the system allows it (Linux does); else it is
    /// that of the process so far.
    pub fn start() -> Self {
        // Refused where the folder is read-only, as in some containers.
        let _refused = fs::write("/proc/self/clear_refs", "5");
        Self { since: Instant::now(), cost: Cost::default() }
    }

    /// The model stands; what comes from now on is questions.
    pub fn trained(&mut self) {
        self.cost.train_seconds = self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
    }

    /// So many questions were asked since.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 questions")]
    pub fn asked(mut self, questions: usize) -> Cost {
        self.cost.query_us = self.since.elapsed().as_secs_f64() * 1e6 / questions.max(1) as f64;
        self.cost.peak_mb = peak_mb();
        self.cost
    }
}

/// The peak of resident memory since it was last started anew.
fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_served_answers_the_middle_and_the_slowest_show() {
        let cost = Cost { query_us: 7.0, ..Cost::default() };
        let of = |times: std::ops::RangeInclusive<u64>| {
            let cost = cost.with_served(times.rev().map(Duration::from_micros).collect());
            (cost.query_us.round(), cost.query_p99_us.map(f64::round))
        };
        assert_eq!(of(1..=200), (100.0, Some(198.0)));
        assert_eq!(of(5..=5), (5.0, Some(5.0)));
        assert_eq!(cost.with_served(Vec::new()), cost, "nothing was asked");
    }

    #[test]
    fn memory_shows_at_the_peak() {
        let mut meter = Meter::start();
        let block = vec![1_u8; 64 << 20];
        meter.trained();
        let cost = meter.asked(block.iter().map(|byte| usize::from(*byte)).sum());
        assert!(cost.train_seconds > 0.0 && cost.query_us >= 0.0);
        assert!(cost.peak_mb.is_none_or(|peak| peak > 60.0), "{cost:?}");
    }
}
