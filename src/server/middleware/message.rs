//! Messages on their way in: that of a call is whole before the call takes a place, those of a stream are followed from their
//! first byte to their last.

use std::{
    collections::HashSet,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{Request, State},
    http::Response,
    middleware::Next,
};
use hyper::body::{Frame, SizeHint};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep},
};
use tonic::Status;

use super::deadline::Deadline;
use crate::config::Settings;
use crate::proto;
use crate::server::transport::{Connection, Waiting};

/// What stands before each message: whether it is packed, and its length.
const HEAD: usize = 5;

/// What is demanded of messages.
#[derive(Debug)]
pub struct Receiving {
    /// Paths of the methods that take a stream.
    streams: HashSet<String>,
    message_bytes: usize,
    patience: Duration,
}

impl Receiving {
    /// As it is set.
    pub fn new(settings: &Settings) -> Self {
        Self {
            streams: methods_with_streams(),
            message_bytes: settings.limits.message_bytes,
            patience: settings.network.body,
        }
    }
}

/// As the contract has them.
fn methods_with_streams() -> HashSet<String> {
    // Compiled in: a set that can't be read would be a bug that every test of a stream meets.
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap_or_default();
    let paths = set.file.iter().flat_map(|file| {
        file.service.iter().flat_map(move |service| {
            let streams = service.method.iter().filter(|method| method.client_streaming());
            streams.map(move |method| format!("/{}.{}/{}", file.package(), service.name(), method.name()))
        })
    });
    paths.collect()
}

/// Among the extensions of a request whose body is a stream.
#[derive(Debug, Clone, Copy)]
struct IsStream;

/// Whether the body is a stream.
pub fn is_stream(request: &Request) -> bool {
    request.extensions().get::<IsStream>().is_some()
}

/// Waits until the message of a call is in. A stream goes on at once, where the connection has room for one more.
pub async fn received(State(receiving): State<Arc<Receiving>>, mut request: Request, next: Next) -> Response<Body> {
    let Some(connection) = request.extensions().get::<Arc<Connection>>().cloned() else {
        return next.run(request).await;
    };
    if receiving.streams.contains(request.uri().path()) {
        let Some(place) = connection.try_stream() else {
            let most = connection.most_streams();
            let told = format!("this connection has {most} streams open: end one, or open another connection");
            return Status::resource_exhausted(told).into_http();
        };
        request.extensions_mut().insert(IsStream);
        let followed = |body| Body::new(Followed::new(body, Waiting::new(&connection), receiving.patience, place));
        return next.run(request.map(followed)).await;
    }
    let mut waiting = Waiting::new(&connection);
    let deadline = Deadline::of(&request);
    let latest = Instant::now() + receiving.patience;
    let until = deadline.map_or(latest, |deadline| deadline.at.min(latest));
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout_at(until, whole(body, receiving.message_bytes, &mut waiting)).await {
        Ok(Ok(bytes)) => Body::from(bytes),
        Ok(Err(status)) => return status.into_http(),
        Err(_) => {
            let late = || Status::deadline_exceeded("the message was not in in time");
            return deadline.filter(|deadline| deadline.at < latest).map_or_else(late, Deadline::exceeded).into_http();
        }
    };
    next.run(Request::from_parts(parts, body)).await
}

/// All of a body that holds one message.
async fn whole(mut body: Body, message_bytes: usize, waiting: &mut Waiting) -> Result<Bytes, Status> {
    // Most messages come in one piece, which is not copied then. Of others nothing is kept but their bytes: a frame of one
    // byte holds on to many.
    let (mut one, mut several) = (Bytes::new(), Vec::new());
    let mut size = 0;
    while !body.is_end_stream() {
        let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await else { break };
        let frame = frame.map_err(|_| Status::cancelled("the message broke off"))?;
        // Whatever is no data is of no use here.
        let Ok(data) = frame.into_data() else { continue };
        size += data.len();
        if size > message_bytes + HEAD {
            return Err(Status::resource_exhausted(format!("the message is larger than {message_bytes} bytes")));
        }
        waiting.set(size);
        if waiting.is_over() {
            return Err(Status::resource_exhausted("too much waits on this connection: try again in a moment"));
        }
        if size == data.len() {
            one = data;
        } else {
            several.extend_from_slice(&std::mem::take(&mut one));
            several.extend_from_slice(&data);
        }
    }
    Ok(if several.is_empty() { one } else { several.into() })
}

/// The body of a stream. A message that has begun must come to its end in time.
struct Followed {
    body: Body,
    /// Bytes of the head of the message that is coming in.
    head: [u8; HEAD],
    head_bytes: usize,
    /// Bytes of it that are still to come.
    left: usize,
    /// Its bytes that are in already.
    waiting: Waiting,
    bytes: usize,
    timer: Option<Pin<Box<Sleep>>>,
    patience: Duration,
    _place: OwnedSemaphorePermit,
}

impl Followed {
    fn new(body: Body, waiting: Waiting, patience: Duration, place: OwnedSemaphorePermit) -> Self {
        let head = [0; HEAD];
        Self { body, head, head_bytes: 0, left: 0, waiting, bytes: 0, timer: None, patience, _place: place }
    }

    /// Goes over what came in. One timer runs from the first byte of a message to its last.
    fn follow(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let step;
            if self.head_bytes < HEAD {
                step = data.len().min(HEAD - self.head_bytes);
                self.head[self.head_bytes..self.head_bytes + step].copy_from_slice(&data[..step]);
                self.head_bytes += step;
                let [_, a, b, c, d] = self.head;
                self.left = u32::from_be_bytes([a, b, c, d]) as usize;
            } else {
                step = data.len().min(self.left);
                self.left -= step;
            }
            self.bytes += step;
            data = &data[step..];
            if self.head_bytes == HEAD && self.left == 0 {
                (self.head_bytes, self.bytes, self.timer) = (0, 0, None);
            }
        }
        self.waiting.set(self.bytes);
        if self.bytes > 0 && self.timer.is_none() {
            self.timer = Some(Box::pin(tokio::time::sleep(self.patience)));
        }
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Status::deadline_exceeded("the rest of a message did not come in time"))
    }
}

impl hyper::body::Body for Followed {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            return self.poll_timer(cx).map(|status| Some(Err(status.into())));
        };
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            self.follow(data);
            if self.waiting.is_over() {
                let over = Status::resource_exhausted("too much waits on this connection: try again in a moment");
                return Poll::Ready(Some(Err(over.into())));
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Packs the answer of a call now, which is otherwise done when the connection asks for it: packing is work of the call.
pub async fn packed(mut body: Body) -> Body {
    let (mut data, mut end) = (Bytes::new(), None);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        match frame.map(Frame::into_data) {
            Ok(Ok(more)) if data.is_empty() => data = more,
            Ok(Ok(more)) => data = [data, more].concat().into(),
            Ok(Err(trailers)) => end = Some(Ok(trailers)),
            Err(error) => {
                end = Some(Err(error));
                break;
            }
        }
    }
    Body::new(Packed { data, end })
}

/// An answer, and its status.
struct Packed {
    data: Bytes,
    end: Option<Result<Frame<Bytes>, axum::Error>>,
}

impl hyper::body::Body for Packed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.data.is_empty() {
            return Poll::Ready(self.end.take());
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.end.is_none()
    }
}
