//! What connections may cost: how many there are, how long each of their steps may take, how much of them waits.

use std::time::Duration;

use super::settings::{millis, size};
use super::{ConfigError, layers::Layers};

/// What connections may cost. Each bound holds whatever a caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Connections of all callers together.
    pub connections: usize,
    /// Connections that come from one address.
    pub connections_per_peer: usize,
    /// Calls under way at once on one connection. HTTP/2 tells the caller, whose next calls wait on its side.
    pub calls_per_connection: u32,
    /// Streams of writes that are open at once on one connection.
    pub streams_per_connection: usize,
    /// Bytes of messages half received and of answers not yet read, on one connection.
    pub waiting_bytes_per_connection: usize,
    /// The same on all connections together.
    pub waiting_bytes: usize,
    /// From the opening of a connection to its first words, and from there to the end of a request's head.
    pub header: Duration,
    /// From the head of a call to the end of its message, and from the first to the last byte of a message of a stream.
    pub body: Duration,
    /// The longest that an answer waits without being read.
    pub send: Duration,
    /// The longest that a connection without calls is kept.
    pub idle: Duration,
    /// How often a silent caller is asked whether it is still there.
    pub keepalive: Duration,
    /// The longest that it may take to say so.
    pub keepalive_timeout: Duration,
}

/// HTTP/2 lets no window be larger, and the one of a connection must hold what its streams can cost.
const MOST_STREAMS: i64 = 48;

/// Checks every value.
pub fn check(layers: &Layers) -> Result<Network, ConfigError> {
    let calls_per_connection = size(layers, "network.calls_per_connection", 1, 1 << 12)?;
    Ok(Network {
        connections: size(layers, "network.connections", 1, 1 << 20)?,
        connections_per_peer: size(layers, "network.connections_per_peer", 1, 1 << 20)?,
        calls_per_connection: u32::try_from(calls_per_connection).unwrap_or(u32::MAX),
        streams_per_connection: size(layers, "network.streams_per_connection", 1, MOST_STREAMS)?,
        waiting_bytes_per_connection: size(layers, "network.waiting_bytes_per_connection", 1 << 10, 1 << 40)?,
        waiting_bytes: size(layers, "network.waiting_bytes", 1 << 10, 1 << 40)?,
        header: millis(layers, "network.header_ms", 1)?,
        body: millis(layers, "network.body_ms", 1)?,
        send: millis(layers, "network.send_ms", 1)?,
        idle: millis(layers, "network.idle_ms", 1)?,
        keepalive: millis(layers, "network.keepalive_ms", 1)?,
        keepalive_timeout: millis(layers, "network.keepalive_timeout_ms", 1)?,
    })
}
