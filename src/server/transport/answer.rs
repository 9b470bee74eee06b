//! The body of an answer, handed out in pieces; what is still to be read of it counts as waiting.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, SizeHint};

use super::{
    connection::{Call, Waiting},
    tasks,
};

/// Bytes that are handed out at once.
const PIECE: usize = 16 << 10;

type Next = Option<Result<Frame<Bytes>, axum::Error>>;

/// An answer on its way.
pub struct Answer {
    /// Dropped as soon as nothing more comes of it, and with it the place that its call had.
    body: Option<Body>,
    /// What of the last frame is still to be handed out.
    rest: Bytes,
    /// What comes behind it, where that is known.
    next: Next,
    waiting: Waiting,
    _call: Call,
}

impl Answer {
    /// Of a call, which ends with it.
    pub fn new(body: Body, call: Call) -> Self {
        let waiting = Waiting::new(call.connection());
        let body = Some(body).filter(|body| !body.is_end_stream());
        Self { body, rest: Bytes::new(), next: None, waiting, _call: call }
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = ready!(Pin::new(&mut *body).poll_frame(cx));
        let more = matches!(&next, Some(Ok(frame)) if frame.is_data()) && !body.is_end_stream();
        if !more {
            self.body = None;
        }
        Poll::Ready(next)
    }

    fn piece(&mut self) -> Frame<Bytes> {
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        tasks::offered();
        Frame::data(piece)
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next> {
        let answer = &mut *self;
        tasks::taken();
        answer.waiting.set(answer.rest.len());
        if !answer.rest.is_empty() {
            return Poll::Ready(Some(Ok(answer.piece())));
        }
        let next = match answer.next.take() {
            Some(next) => Some(next),
            None => ready!(answer.poll_body(cx)),
        };
        let frame = match next {
            Some(Ok(frame)) => frame,
            end => return Poll::Ready(end),
        };
        match frame.into_data() {
            Ok(data) if !data.is_empty() => {
                answer.rest = data;
                answer.waiting.set(answer.rest.len());
                // Most answers are one message and its status: then the call is done before anybody has read it.
                if let Poll::Ready(next) = answer.poll_body(cx) {
                    answer.next = next;
                }
                Poll::Ready(Some(Ok(answer.piece())))
            }
            Ok(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Err(trailers) => Poll::Ready(Some(Ok(trailers))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none() && self.rest.is_empty() && self.next.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) if self.rest.is_empty() && self.next.is_none() => body.size_hint(),
            None if self.is_end_stream() => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
