//! The seam to whatever keeps the shop's state: what is written durably, what is read back, who is told.
//!
//! The data flow of every write: validated -> durable (one transaction for all that waits) -> told to the observers in the
//! order of the log -> acknowledged. So an answer that starts after the acknowledgement obeys it.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::{
    Id, Timestamp,
    catalog::{Product, StockChange},
    customer::{Identifier, Link, LinkCause, Profile},
    event::Event,
    merchandising::{MOST_RULES, MerchandisingRule},
};

/// A position in the event log. Positions only grow; zero is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

/// One thing to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Appends to the log. Where the customer's id stands beside another identifier, the link is made with it.
    Event(Event),
    /// Joins an identifier to a customer.
    Link {
        /// Not of the kind `Customer`.
        alias: Identifier,
        /// Whose it is to be.
        customer: Id,
        /// Why.
        cause: LinkCause,
        /// From when on.
        time: Timestamp,
    },
    /// Takes a link back.
    Undo {
        /// Of the link.
        link: Id,
    },
    /// Deletes all of a customer: the events, the identifiers and their links.
    Erase {
        /// Her, or an alias of hers.
        who: Identifier,
        /// When it was asked for.
        time: Timestamp,
        /// Whether what is stamped later stays: the request is told late, and she came again since. Else that goes too, for then
        /// it comes from a clock that runs ahead.
        spares_newer: bool,
    },
    /// Creates a product or replaces it whole.
    Upsert(Product),
    /// Deletes a product. Events of it stay.
    Delete {
        /// Of the product.
        product: Id,
    },
    /// Changes one variant.
    Stock(StockChange),
    /// Products that the shop sells no longer: they stay, every variant out of stock. All at once, so that whoever reads sees
    /// all of it or nothing.
    Retire {
        /// As they were read. One that was written since is sold on.
        products: Vec<Arc<Product>>,
        /// When it was so.
        time: Timestamp,
    },
    /// Creates a rule or replaces it whole.
    PutRule(Box<MerchandisingRule>),
    /// Deletes a rule.
    DeleteRule {
        /// Of the rule.
        rule: Id,
    },
}

/// What came of a write.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each answers the write of the like name")]
pub enum Written {
    Event {
        /// The same event was there before; nothing was done.
        duplicate: bool,
    },
    Linked {
        link: Link,
        /// False where she had the alias already.
        created: bool,
    },
    Undone {
        link: Link,
    },
    Erased {
        receipt: ErasureReceipt,
    },
    Upserted {
        created: bool,
    },
    Deleted,
    Stock {
        /// False where a newer change was there before.
        applied: bool,
    },
    Retired {
        /// How many were not written since.
        products: u64,
    },
    RulePut {
        /// False where it replaced one.
        created: bool,
    },
    RuleDeleted,
}

/// What was erased and how far that has come. It says nothing of whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureReceipt {
    /// Random.
    pub id: Id,
    /// When it was asked for.
    pub time: Timestamp,
    /// How many events were deleted.
    pub events: u64,
    /// How many identifiers were deleted.
    pub identifiers: u64,
    /// Where bytes of the deleted rows may still stand on the disk.
    pub remains: Remains,
    /// When nothing of them remained; `None` while something may, or where an older version did not note it.
    pub completed: Option<Timestamp>,
}

/// Where bytes of deleted rows may still stand. No answer and no export reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remains {
    /// In the write-ahead log, which can't be emptied while somebody reads an older state.
    pub in_log: bool,
    /// Between the rows of the database, until it is written anew.
    pub between_rows: bool,
}

/// Why one write of many was not done. The others were.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The id was used before for something else.
    #[error("event {0:?} was written before with other content")]
    EventConflict(Id),
    /// Neither a customer nor any other identifier stands in it.
    #[error("event {0:?} names nobody")]
    Nobody(Id),
    /// The event, or the link, is older than the erasure of whom it names.
    #[error("it is from before the erasure of whom it names: what was erased does not come back")]
    Erased,
    /// A customer's own id can't be made another's.
    #[error("a customer id can't be linked to another customer: {0:?}")]
    CustomerAsAlias(Id),
    /// Never made, or taken back already.
    #[error("no link has the id {0:?}")]
    NoSuchLink(Id),
    /// Not in the catalogue.
    #[error("no product has the id {0:?}")]
    NoSuchProduct(Id),
    /// The product has no such variant.
    #[error("product {product:?} has no variant {variant:?}")]
    NoSuchVariant {
        /// The product.
        product: Id,
        /// What was looked for.
        variant: Id,
    },
    /// Never made, or deleted already.
    #[error("no rule has the id {0:?}")]
    NoSuchRule(Id),
    /// Each that applies is asked of every candidate.
    #[error("there are {MOST_RULES} rules already, which is the most: delete some that have ended")]
    TooManyRules,
}

/// The store itself failed. Nothing of the batch was done, nothing was acknowledged.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Free some space, then send again.
    #[error("the disk is full; nothing was written")]
    Full,
    /// The server is going down: send again elsewhere or later.
    #[error("the store is closed")]
    Closed,
    /// The files are no longer those that were opened: what would be written to them would be lost.
    #[error(
        "the data folder was taken away or replaced: nothing is written any more; stop the server, put the folder back from a \
         backup, and start it"
    )]
    Lost,
    /// For the operator, who has a backup. The text stays in the log.
    #[error("the database is damaged: {0}; run `outfitter verify`, and put the data folder back from a backup")]
    Damaged(String),
    /// For the operator. The text stays in the log.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// All that belongs to one customer, or to one visitor whom nobody knows.
#[derive(Debug, Clone)]
pub struct History {
    /// Whose it is: whom the identifier that was asked for leads to.
    pub owner: Identifier,
    /// The log position that it covers.
    pub as_of: Seq,
    /// Links that stand and lead to her.
    pub links: Vec<Link>,
    /// In no order.
    pub events: Vec<Event>,
}

/// What was committed, in the order of the log.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new event.
    Event {
        /// Where it stands.
        seq: Seq,
        /// What it says.
        event: Arc<Event>,
        /// Whose profile it belongs to, by the links that stand.
        owner: Identifier,
    },
    /// Who an identifier leads to, or what belongs to somebody, is no longer as it was.
    Identity {
        /// Identifiers whose owner may have changed.
        aliases: Vec<Identifier>,
        /// Profiles that must be read anew.
        owners: Vec<Identifier>,
    },
    /// The product as it now is, stock changes taken in.
    Product(Arc<Product>),
    /// No longer in the catalogue.
    ProductDeleted(Id),
    /// The rule as it now is.
    Rule(Arc<MerchandisingRule>),
    /// No longer a rule.
    RuleDeleted(Id),
}

/// Told of every commit, in order, before it is acknowledged. Must be quick: the writer waits.
pub trait Observer: Send + Sync {
    /// What is new.
    fn committed(&self, changes: &[Change]);
}

/// Keeps the state. Reading blocks: callers on the async runtime go through something that keeps it hot.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes all, durably, in order. One answer for each.
    ///
    /// # Errors
    /// Where the store failed; then none was done.
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refusal>>, StoreError>;

    /// Whose profile an identifier leads to now: a customer, or itself.
    ///
    /// # Errors
    /// Where the store failed.
    fn owner(&self, who: &Identifier) -> Result<Identifier, StoreError>;

    /// All of whom an identifier leads to now, as of one moment. Somebody unknown has an empty one.
    ///
    /// # Errors
    /// Where the store failed.
    fn history(&self, who: &Identifier) -> Result<History, StoreError>;

    /// Every event after a position, in the order of the log, with the owner of its profile. Returns the last position.
    ///
    /// # Errors
    /// Where the store failed.
    fn each_event(&self, after: Seq, visit: &mut dyn FnMut(Seq, Event, Identifier)) -> Result<Seq, StoreError>;

    /// Every product, in the order of ids.
    ///
    /// # Errors
    /// Where the store failed.
    fn each_product(&self, visit: &mut dyn FnMut(Product)) -> Result<(), StoreError>;

    /// The product of this id.
    ///
    /// # Errors
    /// Where the store failed.
    fn product(&self, id: &Id) -> Result<Option<Product>, StoreError>;

    /// Up to `limit` products after an id, in the order of ids, bytewise.
    ///
    /// # Errors
    /// Where the store failed.
    fn products_page(&self, after: Option<&Id>, limit: usize) -> Result<Vec<Product>, StoreError>;

    /// Every rule of the merchandisers, in the order of ids.
    ///
    /// # Errors
    /// Where the store failed.
    fn merchandising_rules(&self) -> Result<Vec<MerchandisingRule>, StoreError>;

    /// What became of an erasure; `None` where no receipt has this id.
    ///
    /// # Errors
    /// Where the store failed.
    fn erasure(&self, receipt: &Id) -> Result<Option<ErasureReceipt>, StoreError>;

    /// How many events and products there are, for showing progress.
    ///
    /// # Errors
    /// Where the store failed.
    fn counts(&self) -> Result<Counts, StoreError>;
}

/// Sizes of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub events: u64,
    pub products: u64,
}

/// Profiles as the hot path reads them.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// The profile that an identifier leads to. Somebody unknown has an empty one.
    ///
    /// # Errors
    /// Where it had to be loaded and the store failed.
    async fn of(&self, who: &Identifier) -> Result<Arc<Profile>, StoreError>;
}
