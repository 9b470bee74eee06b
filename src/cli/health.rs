//! `outfitter health`: asks the server at the configured address whether it serves, for containers without a shell.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::config::Settings;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ends well where the server serves.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    let listen = &settings.listen;
    let addresses = listen.resolve().with_context(|| format!("listen = {listen}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut answer = Ok(());
    for addr in addresses {
        answer = runtime.block_on(ask(reachable(addr)));
        if answer.is_ok() {
            break;
        }
    }
    answer
}

async fn ask(addr: SocketAddr) -> anyhow::Result<()> {
    let endpoint = Endpoint::from_shared(format!("http://{addr}"))?.connect_timeout(PATIENCE).timeout(PATIENCE);
    let channel = endpoint.connect().await.with_context(|| format!("nobody answers at {addr}"))?;
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await?.into_inner();
    match answer.status() {
        ServingStatus::Serving => Ok(()),
        other => bail!("{addr} is {}", other.as_str_name()),
    }
}

/// A server on every address of the machine is asked on its own.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}
