//! What a model costs: seconds to train, microseconds a question, megabytes at the peak.

use std::{fs, time::Instant};

/// What one model cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// From the rows to the model, without the search for its parameters.
    pub train_seconds: f64,
    /// A question with all that it takes, on one thread, in the mean.
    pub query_us: f64,
    /// The largest that the process was in memory while the model was trained and asked, the data of the protocol with it.
    /// None where the system does not tell.
    pub peak_mb: Option<f64>,
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
    fn memory_shows_at_the_peak() {
        let mut meter = Meter::start();
        let block = vec![1_u8; 64 << 20];
        meter.trained();
        let cost = meter.asked(block.iter().map(|byte| usize::from(*byte)).sum());
        assert!(cost.train_seconds > 0.0 && cost.query_us >= 0.0);
        assert!(cost.peak_mb.is_none_or(|peak| peak > 60.0), "{cost:?}");
    }
}
