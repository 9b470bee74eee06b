//! `outfitter serve`: the server until it is asked to stop.

use std::{io, net::SocketAddr};

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stdout::print;
use crate::config::{LogFormat, Settings};
use crate::{server, telemetry};

/// Serves until SIGTERM or ctrl-c, then drains.
pub fn run(settings: Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.log.filter, settings.log.format == LogFormat::Json).context("log.filter")?;
    // Sockets are looked at after so many turns of calls, which take up to half a millisecond each.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().event_interval(13).build()?;
    let served = runtime.block_on(serve(settings));
    // What still counts or reads beside the calls has nothing to lose: the process does not wait for it.
    runtime.shutdown_background();
    served
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let loading = async {
        let bound = server::bind(settings).await?;
        say_listening(bound.addr)?;
        anyhow::Ok(bound.load().await?)
    };
    let running = tokio::select! {
        running = loading => running?,
        // Nothing was acknowledged yet: there is nothing to drain.
        () = signals.end() => return Ok(()),
    };
    tracing::info!(addr = %running.addr, events = running.counts.events, products = running.counts.products, "serving");
    signals.end().await;
    tracing::info!("stopping");
    tokio::select! {
        () = running.stop() => {}
        // Whoever asks twice does not want to wait. What was acknowledged is on disk all the same.
        () = signals.end() => tracing::warn!("stopped at once: calls under way are cut off"),
    }
    Ok(())
}

/// What the operating system tells the process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let [terminate, interrupt, hang_up] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt?, hang_up: hang_up? })
    }

    /// Resolves when the process is to end. A terminal that is gone, or a wish to read the configuration anew, is no reason.
    async fn end(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => {
                    tracing::info!("SIGHUP changes nothing: the configuration is read at the start");
                }
            }
        }
    }
}

/// One line of a fixed form, for whoever started the server on port 0.
pub fn say_listening(addr: SocketAddr) -> io::Result<()> {
    print(&format!("listening on {addr}\n"))
}
