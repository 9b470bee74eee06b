//! The task of each call, which ends with it, or when nobody reads its answer.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use hyper::rt::Executor;
use parking_lot::Mutex;
use tokio::time::Instant;

tokio::task_local! {
    /// Of the call whose task this is.
    static READER: Arc<Reader>;
}

/// Whoever is to read an answer.
#[derive(Debug, Default)]
struct Reader {
    /// Since when it reads nothing of what there is for it.
    idle_since: Mutex<Option<Instant>>,
}

/// A piece of the answer was handed out, and has to be read before the next one is asked for.
pub fn offered() {
    let _ = READER.try_with(|reader| *reader.idle_since.lock() = Some(Instant::now()));
}

/// All that was handed out is taken.
pub fn taken() {
    let _ = READER.try_with(|reader| *reader.idle_since.lock() = None);
}

/// Spawns the tasks of calls, as hyper asks for it.
#[derive(Debug, Clone)]
pub struct Tasks {
    /// The longest that an answer waits for its reader.
    pub patience: Duration,
}

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, call: F) {
        let reader = Arc::<Reader>::default();
        tokio::spawn(READER.scope(Arc::clone(&reader), while_read(call, reader, self.patience)));
    }
}

/// A call that is dropped is reset towards its caller, and lets go of its answer.
async fn while_read(call: impl Future, reader: Arc<Reader>, patience: Duration) {
    let mut call = pin!(call);
    let mut timer = pin!(tokio::time::sleep(patience));
    poll_fn(|cx| {
        if call.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(since) = *reader.idle_since.lock() else { return Poll::Pending };
        if timer.deadline() != since + patience {
            timer.as_mut().reset(since + patience);
        }
        timer.as_mut().poll(cx)
    })
    .await;
}
