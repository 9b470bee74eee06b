//! Where everything is wired, and nowhere else: the state is opened, the services are put behind one list of middleware,
//! health says when they may be called, and a stop ends it all in order.
//!
//! [`bind`] takes the address at once and answers that it is not serving; [`Bound::load`] reads the state and opens the
//! door. [`start`] does both.

mod live;
mod middleware;
mod pulse;
mod state;
mod versions;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use thiserror::Error;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{
    service::Routes,
    transport::{self, Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};
use tonic_web::GrpcWebLayer;

use crate::config::Settings;
use crate::domain::recommend::versions::Versions;
use crate::domain::shop::Shop;
use crate::domain::store::{Counts, StoreError};
use crate::domain::text::TextError;
use crate::grpc::{self, Door, Stopping};
use crate::models::CountError;
use crate::proto;
use crate::store::{HotProfiles, OpenError};
use state::State;
pub use state::{MODEL, read_catalog};

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Somebody else has the address, or it is not of this machine.
    #[error("can't listen on {addr}: {source}")]
    Listen {
        /// Which.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Of the data folder.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Of what is in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Of the shop's own texts.
    #[error(transparent)]
    Texts(#[from] TextError),
    /// Of the model.
    #[error(transparent)]
    Model(#[from] CountError),
    /// The descriptors that reflection hands out are compiled in: a bug of ours.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// A bug of ours.
    #[error("loading the state did not come to its end: {0}")]
    Unfinished(#[from] tokio::task::JoinError),
}

/// Listens, and says that it is not serving yet.
pub struct Bound {
    /// Where, with the port that was taken.
    pub addr: SocketAddr,
    settings: Arc<Settings>,
    door: Door,
    stopping: Stopping,
    health: HealthReporter,
    answers: Arc<AtomicU64>,
    shutdown: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), transport::Error>>,
}

/// Serves.
pub struct Running {
    /// Where, with the port that was taken.
    pub addr: SocketAddr,
    /// What answers.
    pub shop: Arc<Shop>,
    /// Which model ranks.
    pub versions: Arc<dyn Versions>,
    /// What there was at the start.
    pub counts: Counts,
    bound: Bound,
    profiles: Arc<HotProfiles>,
    store: Arc<crate::store::Embedded>,
    beside: [JoinHandle<()>; 2],
    began: Instant,
}

/// Listens, loads, serves.
///
/// # Errors
/// Where the address can't be had or the state can't be loaded.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    bind(settings).await?.load().await
}

/// Takes the address.
///
/// # Errors
/// Where it can't be had.
pub async fn bind(settings: Settings) -> Result<Bound, StartError> {
    let listen = |source| StartError::Listen { addr: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let (door, stopping) = Door::shut();
    let (health, health_service) = health_reporter();
    tell_health(&health, ServingStatus::NotServing).await;
    let answers = Arc::<AtomicU64>::default();

    let services = grpc::services(&door, settings.limits.message_bytes);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Health and reflection stand outside of the limits: a full server is not a dead one.
    let routes: Routes = middleware::around(services, &settings.limits, &answers)
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);

    let (shutdown, asked) = oneshot::channel::<()>();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = Server::builder()
        // gRPC-Web comes over HTTP/1.1 as well.
        .accept_http1(true)
        // A browser asks before it calls, and the answer to that is no gRPC.
        .layer(middleware::cors(settings.web_origins.as_deref()))
        // From here on everything is gRPC.
        .layer(GrpcWebLayer::new())
        .add_routes(routes.prepare())
        .serve_with_incoming_shutdown(incoming, async move {
            // A dropped sender is a stop as well.
            let _ = asked.await;
        });
    let serving = tokio::spawn(serving);
    Ok(Bound { addr, settings: Arc::new(settings), door, stopping, health, answers, shutdown, serving })
}

impl Bound {
    /// Reads the state, then lets callers in.
    ///
    /// # Errors
    /// Where the state can't be loaded.
    pub async fn load(self) -> Result<Running, StartError> {
        let settings = Arc::clone(&self.settings);
        let State { shop, store, profiles, counts, serving } =
            tokio::task::spawn_blocking(move || state::load(&settings)).await??;
        let versions = Arc::new(versions::Saved(Arc::clone(&serving))) as Arc<dyn Versions>;
        self.door.open(Arc::clone(&shop), Arc::clone(&versions));
        tell_health(&self.health, ServingStatus::Serving).await;
        let figures = tokio::spawn(pulse::tell(Arc::clone(&profiles), Arc::clone(&self.answers)));
        let beside = [figures, tokio::spawn(pulse::refresh(serving))];
        Ok(Running {
            addr: self.addr,
            shop,
            versions,
            counts,
            bound: self,
            profiles,
            store,
            beside,
            began: Instant::now(),
        })
    }
}

impl Running {
    /// Takes no new calls, lets those under way end for a while, and closes the store. Everything that was acknowledged is
    /// on disk before this returns; so it is after a kill.
    pub async fn stop(self) {
        let Self { bound, profiles, store, beside, began, .. } = self;
        let Bound { settings, stopping, health, answers, shutdown, mut serving, .. } = bound;
        tell_health(&health, ServingStatus::NotServing).await;
        stopping.begin();
        drop(shutdown);
        match tokio::time::timeout(settings.limits.drain, &mut serving).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "the transport failed"),
            Ok(Err(error)) => tracing::error!(%error, "the transport did not come to its end"),
            Err(_) => {
                tracing::warn!(drain = ?settings.limits.drain, "calls still under way are cut off");
                serving.abort();
            }
        }
        for task in beside {
            task.abort();
        }
        store.close().await;
        pulse::log(profiles.stats(), answers.load(Ordering::Relaxed), began.elapsed());
        tracing::info!("stopped");
    }
}

async fn tell_health(health: &HealthReporter, status: ServingStatus) {
    // The empty name is the server as a whole.
    for service in grpc::SERVICES.into_iter().chain([""]) {
        health.set_service_status(service, status).await;
    }
}
