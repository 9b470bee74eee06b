//! Where an import's writes go: a store, or something that stands before one.

use std::sync::Arc;

use async_trait::async_trait;
use rustc_hash::FxHashMap;
use thiserror::Error;
use tokio::{sync::OnceCell, task};

use crate::domain::{
    Id,
    catalog::{Availability, Ids, Product, Variant},
    store::{Refusal, Store, StoreError, Write, Written},
};

/// What came of one write, as far as a tally counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An event; one that was there before is a duplicate.
    Event {
        /// It was there before.
        duplicate: bool,
        /// What is not sure of the ids that it names.
        notes: Vec<String>,
    },
    /// A product was written.
    Product {
        /// There was none of its id.
        created: bool,
    },
    /// An identifier was linked to a customer.
    Link {
        /// It did not stand before.
        created: bool,
    },
    /// A customer and all that was known of her.
    Erased,
    /// Products that are sold no longer.
    Retired {
        /// How many were not written since they were read.
        products: u64,
    },
    /// A variant's stock.
    Changed {
        /// Nothing newer was there before.
        applied: bool,
    },
    /// What has nothing to tell was written.
    Done,
    /// It was not done.
    Declined {
        /// The reason alone, by which such are counted.
        kind: &'static str,
        /// The reason with what it is about.
        told: String,
    },
}

impl From<Result<Written, Refusal>> for Outcome {
    fn from(written: Result<Written, Refusal>) -> Self {
        match written {
            Ok(Written::Event { duplicate }) => Self::Event { duplicate, notes: Vec::new() },
            Ok(Written::Upserted { created }) => Self::Product { created },
            Ok(Written::Linked { created, .. }) => Self::Link { created },
            Ok(Written::Erased { .. }) => Self::Erased,
            Ok(Written::Retired { products }) => Self::Retired { products },
            Ok(_) => Self::Done,
            Err(refusal) => Self::Declined { kind: kind_of(&refusal), told: refusal.to_string() },
        }
    }
}

fn kind_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::EventConflict(_) => "the event was written before with other content",
        Refusal::Erased => "it is from before the erasure of whom it names",
        Refusal::CustomerAsAlias(_) => "a customer id can't be linked to another customer",
        _ => "the store refused it",
    }
}

/// Nothing more can be written. What was acknowledged before stands.
#[derive(Debug, Clone, Error)]
pub enum TargetError {
    /// The store of this machine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server can't be reached any more, or failed.
    #[error("{0}")]
    Server(String),
}

/// The variants of all products as they stand.
pub type Variants = FxHashMap<Id, Vec<Known>>;

/// A variant that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The id that the shop gave the variant.
    pub id: Id,
    /// Whether it can be sold now.
    pub sells: bool,
    /// Whether the shop sells it at all: with more stock it could be sold.
    pub listed: bool,
}

impl From<&Variant> for Known {
    fn from(variant: &Variant) -> Self {
        let listed = variant.availability != Availability::OutOfStock;
        Self { id: variant.id.clone(), sells: variant.sellable(), listed }
    }
}

/// Takes what is read from a file.
#[async_trait]
pub trait Target: Send + Sync {
    /// Writes all, durably, as if one after the other. One answer for each.
    ///
    /// # Errors
    /// Where no answer can be had. Then some may be written: they can be sent again.
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, TargetError>;

    /// The products of these ids that there are, in any order.
    ///
    /// # Errors
    /// Where they can't be read.
    async fn products(&self, ids: Vec<Id>) -> Result<Vec<Product>, TargetError>;

    /// Which variants each product has.
    ///
    /// # Errors
    /// Where they can't be read.
    async fn variants(&self) -> Result<Variants, TargetError>;
}

/// A store of this process.
pub struct Local {
    store: Arc<dyn Store>,
    /// What ids of products mean in its catalogue; read when the first event names one.
    ids: OnceCell<Ids>,
}

impl Local {
    /// Over a store whose products nobody else changes meanwhile.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, ids: OnceCell::new() }
    }

    async fn ids(&self) -> Result<&Ids, TargetError> {
        let read = |store: &dyn Store| {
            let ids = Ids::default();
            store.each_product(&mut |product| ids.list(&product))?;
            Ok(ids)
        };
        self.ids.get_or_try_init(|| self.read(read)).await
    }

    /// What is not sure of the ids that each of the writes names.
    async fn notes(&self, writes: &[Write]) -> Result<Vec<Vec<String>>, TargetError> {
        let mut notes = Vec::with_capacity(writes.len());
        for write in writes {
            let Write::Event(event) = write else {
                notes.push(Vec::new());
                continue;
            };
            let mut of_event: Vec<String> = Vec::new();
            for product in event.kind.products() {
                of_event.extend(self.ids().await?.doubt(product).map(|doubt| doubt.about(product)));
            }
            of_event.sort_unstable();
            of_event.dedup();
            notes.push(of_event);
        }
        Ok(notes)
    }

    /// Reads from the store, which blocks.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TargetError> {
        let store = Arc::clone(&self.store);
        let read = task::spawn_blocking(move || read(&*store)).await;
        let ended = |error| StoreError::Failed(format!("reading the products ended early: {error}"));
        Ok(read.map_err(ended)??)
    }
}

#[async_trait]
impl Target for Local {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, TargetError> {
        let notes = self.notes(&writes).await?;
        let written = self.store.write(writes).await?.into_iter().zip(notes);
        let outcome = |(written, noted)| match Outcome::from(written) {
            Outcome::Event { duplicate, .. } => Outcome::Event { duplicate, notes: noted },
            other => other,
        };
        Ok(written.map(outcome).collect())
    }

    async fn products(&self, ids: Vec<Id>) -> Result<Vec<Product>, TargetError> {
        self.read(move |store| ids.iter().filter_map(|id| store.product(id).transpose()).collect()).await
    }

    async fn variants(&self) -> Result<Variants, TargetError> {
        let read = |store: &dyn Store| {
            let mut known = Variants::default();
            store.each_product(&mut |product| {
                let variants = product.variants.iter().map(Known::from).collect();
                known.insert(product.id, variants);
            })?;
            Ok(known)
        };
        self.read(read).await
    }
}
