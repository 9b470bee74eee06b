//! How far long work has come, for whoever watches: counts, rate, and a bar where the end is known. On the standard error, and
//! only where that is a terminal: logs and pipes stay clean.

use std::{
    borrow::Cow,
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::import::load::grouped;

/// One piece of work.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins to show. `total` is in whatever [`Progress::set`] counts; `None` where nobody knows.
    pub fn start(what: &'static str, total: Option<u64>) -> Self {
        let watched = stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = match total {
            Some(_) => "{prefix} [{bar:30}] {percent:>3}%  {elapsed}, {eta} to go  {msg}",
            None => "{prefix} {spinner} {elapsed}  {msg}",
        };
        // The templates are constants; should one be wrong, the plain style shows the same less prettily.
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        if watched {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self(bar)
    }

    /// So much is done.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// So many things were worked through: shown with their rate.
    pub fn count(&self, number: u64, things: &str) {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0.set_message(format!("{} {things}, {}/s", grouped(number), grouped(rate(number, seconds))));
    }

    /// What is being done just now.
    pub fn say(&self, step: impl Into<Cow<'static, str>>) {
        self.0.set_message(step);
    }

    /// The time since it began.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Ends and leaves the screen clean, for the result.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Things a second, rounded down.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for showing: neither negative nor beyond 2^53"
)]
pub fn rate(number: u64, seconds: f64) -> u64 {
    (number as f64 / seconds.max(0.001)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_bounded() {
        assert_eq!([rate(10, 2.0), rate(10, 0.0)], [5, 10_000]);
    }
}
