//! Connections: accepted, bounded, watched and ended. What is spoken on them is hyper's affair, and each call goes on to the
//! list of middleware. Nothing here knows of gRPC.
//!
//! # Why no stream of small messages ends its connection
//! h2 charges an unread frame for what it costs in memory: 256 bytes, less what it carries. It allows half of the
//! connection's window for that, then ends the connection (`too_many_data_frames`). Only streams of writes leave frames
//! unread for long, when they push back on their sender. So the windows are chosen the other way round from what is usual:
//! that of a stream is small and stops its sender, and that of the connection is so large that twice the most that its
//! streams can cost, of frames of one byte each, fits in.

mod answer;
mod connection;
mod socket;
mod tasks;

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::MissedTickBehavior,
};
use tower::Service as _;

use crate::config::Network;
use answer::Answer;
use connection::Verdict;
pub use connection::{Connection, Connections, Waiting};
use socket::Socket;
use tasks::Tasks;

/// The window of one stream: that of the protocol, which a caller uses before it has read any setting of ours.
const STREAM_WINDOW: u32 = 65_535;

/// What h2 charges at most for a byte of an unread frame, and for a frame.
const CHARGE: u32 = 256;

/// Calls that their caller took back before they were looked at. A burst of a thousand time-outs is honest; without a bound
/// a caller could fill the memory with them.
const RESETS_UNSEEN: usize = 4_096;

/// Frames for calls that are over, of a connection as long as it lives, and calls over its limit.
const RESETS_OF_OURS: usize = 10_000;

/// Bytes of an answer that h2 takes from a call before they can be sent.
const SEND_BUFFER: usize = 64 << 10;

/// Bytes of the head of a request: room for a token of a few kilobytes.
const HEAD: u32 = 16 << 10;

/// How long accepting rests after an error, which is most often the want of file descriptors.
const REST: Duration = Duration::from_millis(50);

/// The longest between two looks at a connection.
const LOOK: Duration = Duration::from_secs(1);

/// Serves until it is told to stop; then it accepts nobody, and returns when all calls have ended. Where it is dropped, the
/// connections that are left are cut.
pub async fn serve(
    listener: TcpListener,
    service: Router,
    network: Network,
    connections: Arc<Connections>,
    mut stopping: watch::Receiver<bool>,
) {
    let builder = Arc::new(builder(&network));
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            // A sender that is gone is a stop as well.
            _ = stopping.wait_for(|stopping| *stopping) => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let Some(connection) = connections.admit(peer.ip()) else {
            tracing::debug!("there are too many connections: one more is closed");
            continue;
        };
        let (builder, service, stopping) = (Arc::clone(&builder), service.clone(), stopping.clone());
        tasks.spawn(attend(stream, connection, builder, service, stopping));
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

fn builder(network: &Network) -> auto::Builder<Tasks> {
    let mut builder = auto::Builder::new(Tasks { patience: network.send });
    builder.http1().timer(TokioTimer::new()).header_read_timeout(network.header).max_buf_size(SEND_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(connection_window(network))
        .max_concurrent_streams(network.calls_per_connection)
        .max_pending_accept_reset_streams(RESETS_UNSEEN)
        .max_local_error_reset_streams(RESETS_OF_OURS)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(HEAD)
        .keep_alive_interval(network.keepalive)
        .keep_alive_timeout(network.keepalive_timeout);
    builder
}

/// Twice of what can be charged: for the windows of all streams of writes, full of frames of one byte, and for the one small
/// frame with which the message of each other call ends. The configuration keeps it below what the protocol allows.
fn connection_window(network: &Network) -> u32 {
    let streams = u32::try_from(network.streams_per_connection).unwrap_or(u32::MAX);
    let charge =
        streams.saturating_mul(STREAM_WINDOW).saturating_add(network.calls_per_connection.saturating_mul(CHARGE));
    charge.saturating_mul(2 * (CHARGE - 1)).min(i32::MAX.unsigned_abs())
}

/// One connection, to its end.
async fn attend(
    stream: TcpStream,
    connection: Arc<Connection>,
    builder: Arc<auto::Builder<Tasks>>,
    service: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&connection)));
    let calls = Arc::clone(&connection);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (call, mut service) = (calls.begin_call(), service.clone());
        request.extensions_mut().insert(Arc::clone(&calls));
        async move {
            // A router is always ready.
            let answer = service.call(request.map(Body::new)).await;
            answer.map(|answer| answer.map(|body| Answer::new(body, call)))
        }
    });
    let mut serving = pin!(builder.serve_connection(io, service));
    let mut looks = tokio::time::interval(connection.look_every(LOOK));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ending = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            _ = stopping.wait_for(|stopping| *stopping), if !ending => {
                ending = true;
                serving.as_mut().graceful_shutdown();
            }
            _ = looks.tick() => match connection.verdict(ending) {
                Verdict::Keep => {}
                Verdict::End if !ending => {
                    ending = true;
                    serving.as_mut().graceful_shutdown();
                }
                Verdict::End | Verdict::Cut => return,
            },
        }
    }
}
