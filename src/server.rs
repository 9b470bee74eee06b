//! Where everything is wired, and nowhere else: the state is opened, the services are put behind one list of middleware,
//! health says when they may be called, and a stop ends it all in order.
//!
//! [`bind`] takes the address and the data folder and answers that it is not serving; [`Bound::load`] reads the state and
//! opens the door. [`start`] does both.

mod bootstrap;
mod memory;
mod metrics;
mod middleware;
mod model_manager;
mod online_updates;
mod transport;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::service::Routes;
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};

use crate::config::{Address, Settings};
use crate::domain::recommend::versions::Versions;
use crate::domain::shop::Shop;
use crate::domain::store::{Counts, StoreError};
use crate::domain::text::TextError;
use crate::grpc::{self, Door, Stopping};
use crate::models::CountError;
use crate::proto;
use crate::store::OpenError;
use bootstrap::{Folder, State};
pub use bootstrap::{MODEL, read_catalog};
use memory::Memory;
use transport::Connections;

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Somebody else has the address, it is not of this machine, or its name is nobody's.
    #[error("can't listen on {address}")]
    Listen {
        /// As it was given.
        address: Address,
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
    folder: Folder,
    connections: Arc<Connections>,
    serving: JoinHandle<()>,
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
    drain: Duration,
    stopping: Stopping,
    health: HealthReporter,
    answers: Arc<AtomicU64>,
    serving: JoinHandle<()>,
    memory: Arc<Memory>,
    store: Arc<crate::store::Embedded>,
    beside: [JoinHandle<()>; 3],
    began: Instant,
}

/// Listens, loads, serves.
///
/// # Errors
/// Where the address can't be had or the state can't be loaded.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    bind(settings).await?.load().await
}

/// Takes the address and the data folder.
///
/// # Errors
/// Where one of them can't be had, or the folder can't be read.
pub async fn bind(settings: Settings) -> Result<Bound, StartError> {
    let settings = Arc::new(settings);
    let (listener, addr) = listen(&settings.listen).await?;
    let opening = Arc::clone(&settings);
    let folder = tokio::task::spawn_blocking(move || bootstrap::open(&opening)).await??;
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
    let routes: Routes = middleware::around(services, &settings, &door, &answers)
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    let service = middleware::web(routes, &settings);
    let connections = Arc::new(Connections::new(settings.network));
    let stop = door.watch_stopping();
    let serving = transport::serve(listener, service, settings.network, Arc::clone(&connections), stop);
    let serving = tokio::spawn(serving);
    Ok(Bound { addr, settings, door, stopping, health, answers, folder, connections, serving })
}

/// The first of the addresses that can be had.
async fn listen(address: &Address) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address: address.clone(), source };
    let name = address.clone();
    let found = tokio::task::spawn_blocking(move || name.resolve()).await?.map_err(failed)?;
    let listener = TcpListener::bind(found.as_slice()).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

impl Bound {
    /// Reads the state, then lets callers in.
    ///
    /// # Errors
    /// Where the state can't be loaded.
    pub async fn load(self) -> Result<Running, StartError> {
        let Self { addr, settings, door, stopping, health, answers, folder, connections, serving } = self;
        let loading = Arc::clone(&settings);
        let State { shop, store, profiles, feeds, counts, serving: models } =
            tokio::task::spawn_blocking(move || bootstrap::load(&loading, folder)).await??;
        let versions = Arc::new(model_manager::Saved(Arc::clone(&models))) as Arc<dyn Versions>;
        door.open(Arc::clone(&shop), Arc::clone(&versions));
        tell_health(&health, ServingStatus::Serving).await;
        let memory = Arc::new(Memory {
            shop: Arc::clone(&shop),
            store: Arc::clone(&store),
            profiles,
            feeds,
            live: Arc::clone(&models.live),
            connections,
        });
        let figures = tokio::spawn(metrics::tell(Arc::clone(&memory), Arc::clone(&answers)));
        let guard = tokio::spawn(metrics::guard(Arc::clone(&store), health.clone()));
        let beside = [figures, guard, tokio::spawn(metrics::refresh(models))];
        let drain = settings.limits.drain;
        let began = Instant::now();
        Ok(Running {
            addr,
            shop,
            versions,
            counts,
            drain,
            stopping,
            health,
            answers,
            serving,
            memory,
            store,
            beside,
            began,
        })
    }
}

impl Running {
    /// Waits until what ranks has counted the log: a large one is counted beside the calls.
    pub async fn counted(&self) {
        while *self.versions.serving() == *crate::models::UNCOUNTED {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes no new calls, lets those under way end for a while, and closes the store. Everything that was acknowledged is
    /// on disk before this returns; so it is after a kill.
    pub async fn stop(self) {
        let Self { drain, stopping, health, answers, mut serving, memory, store, beside, began, .. } = self;
        tell_health(&health, ServingStatus::NotServing).await;
        stopping.begin();
        match tokio::time::timeout(drain, &mut serving).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the transport did not come to its end"),
            Err(_) => {
                tracing::warn!(?drain, "calls still under way are cut off");
                serving.abort();
            }
        }
        for task in beside {
            task.abort();
        }
        store.close().await;
        metrics::log(&memory, answers.load(Ordering::Relaxed), began.elapsed());
        tracing::info!("stopped");
    }
}

async fn tell_health(health: &HealthReporter, status: ServingStatus) {
    // The empty name is the server as a whole.
    for service in grpc::SERVICES.into_iter().chain([""]) {
        health.set_service_status(service, status).await;
    }
}
