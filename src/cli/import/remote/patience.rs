//! How long an import waits for a server that is away, busy or starting, and what it does not wait for at all.

use std::{error::Error as _, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tonic::{Code, Status};

use crate::import::load::TargetError;

/// The longest that a server may be away: a start on a large shop counts its whole log.
const LONGEST: Duration = Duration::from_mins(2);
/// The first pause; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is left of it.
pub(super) struct Patience {
    address: Arc<str>,
    /// Since the first failure in a row.
    since: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(super) const fn new(address: Arc<str>) -> Self {
        Self { address, since: None, pause: FIRST_PAUSE }
    }

    /// Waits a while where it may help to ask again.
    pub(super) async fn bear(&mut self, status: &Status) -> Result<(), TargetError> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if !may_pass(status) || since.elapsed() + self.pause > LONGEST {
            let (address, code, message) = (&self.address, status.code(), status.message());
            return Err(TargetError::Server(format!("the server at {address} answers {code:?}: {message}")));
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

fn may_pass(status: &Status) -> bool {
    // What has a source was not said by the server: the connection broke.
    let passing = [Code::Unavailable, Code::ResourceExhausted, Code::Cancelled, Code::DeadlineExceeded, Code::Aborted];
    status.source().is_some() || passing.contains(&status.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_waited_for_and_no_longer() {
        let began = Instant::now();
        let mut patience = Patience::new("shop:7411".into());
        let mut failures = 0;
        let error = loop {
            match patience.bear(&Status::unavailable("starting")).await {
                Ok(()) => failures += 1,
                Err(error) => break error,
            }
        };
        assert!((20..40).contains(&failures), "{failures}");
        assert!((110..=120).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
        assert_eq!(error.to_string(), "the server at shop:7411 answers Unavailable: starting");
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_is_told_at_once() {
        let mut patience = Patience::new("shop:7411".into());
        let began = Instant::now();
        assert!(patience.bear(&Status::internal("broken")).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(patience.bear(&Status::from_error(Box::new(source))).await.is_ok());
    }
}
