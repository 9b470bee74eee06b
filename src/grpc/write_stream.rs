//! How streams of writes are answered: whatever waits goes into one durable write, and the replies come in order.
//!
//! Back-pressure is that of the transport: while a write is under way, or the caller does not read its replies, nothing
//! more is taken in, and the flow-control window fills up. What was taken in is written even where the caller is gone.

use std::{future::poll_fn, pin::Pin, task::Poll};

use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::Status;

use crate::domain::store::{Refusal, Store, StoreError, Write, Written};
use crate::grpc::Door;

/// The most messages of one stream that go into one write. More would lengthen the wait of other streams' writes.
const MOST: usize = 256;

/// Batches that a stream may still bring once the server is going down: more than what has come in already can hold. A caller
/// that never rests is not waited for.
const LAST: usize = 16;

/// What a stream's replies come out of.
pub type Replies<Reply> = ReceiverStream<Result<Reply, Status>>;

/// What one message comes to.
pub enum Taken<Kept, Reply> {
    /// To be written; `Kept` is what its reply needs.
    Write(Write, Kept),
    /// Answered already: nothing is to be done.
    AnsweredQuery(Reply),
}

/// The two ends of a message's way.
pub trait Flow: Send + Sync + 'static {
    /// A message of the caller's.
    type Message: Send + 'static;
    /// What its reply needs.
    type Kept: Send;
    /// What answers a message.
    type Reply: Send + 'static;

    /// Reads one message.
    fn take(&self, message: Self::Message) -> Taken<Self::Kept, Self::Reply>;

    /// Makes its reply.
    ///
    /// # Errors
    /// Where the store answered something else than was asked.
    fn reply(&self, kept: Self::Kept, written: Result<Written, Refusal>) -> Result<Self::Reply, Status>;
}

/// Writes what has to be, all at once, and answers each in order.
///
/// # Errors
/// Where the store failed; then nothing was done.
pub async fn commit<F: Flow>(flow: &F, store: &dyn Store, messages: Vec<F::Message>) -> Result<Vec<F::Reply>, Status> {
    let mut writes = Vec::with_capacity(messages.len());
    let mut slots = Vec::with_capacity(messages.len());
    for message in messages {
        slots.push(match flow.take(message) {
            Taken::Write(write, kept) => {
                writes.push(write);
                Err(kept)
            }
            Taken::AnsweredQuery(reply) => Ok(reply),
        });
    }
    let mut written = if writes.is_empty() { Vec::new() } else { store.write(writes).await? }.into_iter();
    let mut replies = Vec::with_capacity(slots.len());
    for slot in slots {
        replies.push(match slot {
            Ok(reply) => reply,
            Err(kept) => {
                let written = written.next();
                let written =
                    written.ok_or_else(|| StoreError::Failed("it answered fewer writes than asked".into()))?;
                flow.reply(kept, written)?
            }
        });
    }
    Ok(replies)
}

/// Answers a stream until it ends, breaks, or the server goes down.
///
/// # Errors
/// While the state is being loaded.
pub fn run<F: Flow>(
    flow: F,
    door: &Door,
    requests: impl Stream<Item = Result<F::Message, Status>> + Send + Unpin + 'static,
) -> Result<Replies<F::Reply>, Status> {
    let shop = door.shop()?.clone();
    let stopping = door.stopping();
    let (replies, out) = mpsc::channel(MOST);
    tokio::spawn(async move {
        let end = answer(&flow, &*shop.store, requests, stopping, &replies).await;
        if let Err(status) = end {
            // Nobody is there to be told where the caller is gone.
            let _ = replies.send(Err(status)).await;
        }
    });
    Ok(ReceiverStream::new(out))
}

async fn answer<F: Flow>(
    flow: &F,
    store: &dyn Store,
    mut requests: impl Stream<Item = Result<F::Message, Status>> + Unpin,
    stopping: impl Future<Output = ()>,
    replies: &mpsc::Sender<Result<F::Reply, Status>>,
) -> Result<(), Status> {
    let mut stopping = std::pin::pin!(stopping);
    let (mut stops, mut last) = (false, 0..LAST);
    loop {
        let first = if stops {
            // What has come in already is answered before the server's end is obeyed.
            match last.next() {
                Some(_) => at_hand(&mut requests).await,
                None => Poll::Pending,
            }
        } else {
            tokio::select! {
                biased;
                () = &mut stopping => {
                    stops = true;
                    continue;
                }
                first = requests.next() => Poll::Ready(first),
            }
        };
        let Poll::Ready(first) = first else {
            return Err(Status::unavailable("the server is going down: send again what was not acknowledged"));
        };
        let Some(first) = first else { return Ok(()) };
        let (messages, end) = gather(first?, &mut requests, MOST).await;
        for reply in commit(flow, store, messages).await? {
            if replies.send(Ok(reply)).await.is_err() {
                // The caller reads no more; what was gathered is kept.
                return Ok(());
            }
        }
        match end {
            Some(end) => return end,
            None => tokio::task::yield_now().await,
        }
    }
}

/// What the stream has without waiting for it.
async fn at_hand<T>(requests: &mut (impl Stream<Item = T> + Unpin)) -> Poll<Option<T>> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *requests).poll_next(cx))).await
}

/// The first message and what waits behind it, and how the stream ended, if it did.
async fn gather<T>(
    first: T,
    requests: &mut (impl Stream<Item = Result<T, Status>> + Unpin),
    most: usize,
) -> (Vec<T>, Option<Result<(), Status>>) {
    let mut messages = vec![first];
    while messages.len() < most {
        match at_hand(requests).await {
            Poll::Ready(Some(Ok(message))) => messages.push(message),
            Poll::Ready(Some(Err(status))) => return (messages, Some(Err(status))),
            Poll::Ready(None) => return (messages, Some(Ok(()))),
            Poll::Pending => break,
        }
    }
    (messages, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_goes_together_and_a_broken_stream_keeps_what_came() {
        let mut requests = tokio_stream::iter((0..7).map(Ok::<_, Status>));
        let (messages, end) = gather(requests.next().await.unwrap().unwrap(), &mut requests, 4).await;
        assert_eq!((messages, end.is_none()), (vec![0, 1, 2, 3], true));
        let (messages, end) = gather(requests.next().await.unwrap().unwrap(), &mut requests, 4).await;
        assert_eq!(messages, [4, 5, 6]);
        assert!(end.unwrap().is_ok());

        let mut broken = tokio_stream::iter([Ok(1), Ok(2), Err(Status::cancelled("gone"))]);
        let (messages, end) = gather(broken.next().await.unwrap().unwrap(), &mut broken, 4).await;
        assert_eq!(messages, [1, 2]);
        assert_eq!(end.unwrap().unwrap_err().message(), "gone");
    }
}
