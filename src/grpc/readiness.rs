//! Who comes in when: nobody before the state is loaded, no new work once the server is going down.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;
use tonic::Status;

use crate::domain::{recommend::versions::Versions, shop::Shop};

/// What every service holds: the shop and its saved models, once they are there.
#[derive(Clone)]
pub struct Door {
    inside: Arc<OnceLock<Inside>>,
    stopping: watch::Receiver<bool>,
}

struct Inside {
    shop: Arc<Shop>,
    versions: Arc<dyn Versions>,
}

/// Tells the services to end what has no end of its own: the streams.
#[derive(Debug)]
pub struct Stopping(watch::Sender<bool>);

impl Stopping {
    /// From now on, streams end as soon as what they have taken in is acknowledged.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl Door {
    /// Shut, until [`Door::open`].
    pub fn shut() -> (Self, Stopping) {
        let (sender, stopping) = watch::channel(false);
        (Self { inside: Arc::default(), stopping }, Stopping(sender))
    }

    /// Lets requests in. The first shop stays: a second call does nothing.
    pub fn open(&self, shop: Arc<Shop>, versions: Arc<dyn Versions>) {
        let _ = self.inside.set(Inside { shop, versions });
    }

    /// The shop that answers, once its state is loaded.
    ///
    /// # Errors
    /// `UNAVAILABLE` while the state is being loaded.
    pub(super) fn shop(&self) -> Result<&Arc<Shop>, Status> {
        Ok(&self.inside()?.shop)
    }

    /// The models that are saved, once the state is loaded.
    ///
    /// # Errors
    /// `UNAVAILABLE` while the state is being loaded.
    pub(super) fn versions(&self) -> Result<&Arc<dyn Versions>, Status> {
        Ok(&self.inside()?.versions)
    }

    fn inside(&self) -> Result<&Inside, Status> {
        self.inside.get().ok_or_else(|| Status::unavailable("the state is being loaded: try again in a moment"))
    }

    /// Whether the server has begun to go down.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Turns true when the server begins to go down.
    pub fn watch_stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }

    /// Resolves when the server begins to go down.
    pub(super) fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.clone();
        async move {
            // An error means that the sender is gone, and with it the server.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }
}
