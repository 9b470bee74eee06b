//! `outfitter serve`: the server until it is asked to stop.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{LogFormat, Settings};
use crate::{server, telemetry};

/// Serves until SIGTERM or ctrl-c, then drains.
pub fn run(settings: Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.log.filter, settings.log.format == LogFormat::Json).context("log.filter")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let bound = server::bind(settings).await?;
    say_listening(bound.addr)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let running = tokio::select! {
        running = bound.load() => running?,
        // Nothing was acknowledged yet: there is nothing to drain.
        _ = terminate.recv() => return Ok(()),
        asked = tokio::signal::ctrl_c() => return Ok(asked?),
    };
    tracing::info!(addr = %running.addr, events = running.counts.events, products = running.counts.products, "serving");
    tokio::select! {
        _ = terminate.recv() => {}
        asked = tokio::signal::ctrl_c() => asked?,
    }
    running.stop().await;
    Ok(())
}

/// One line of a fixed form, for whoever started the server on port 0.
pub fn say_listening(addr: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {addr}")?;
    out.flush()
}
