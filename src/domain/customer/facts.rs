//! What a profile is made of: single facts, each with the moment and the event that it rests on.
//!
//! How they come together is `profile`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Timestamp,
    catalog::{ProductIx, SizeSystem, VariantIx},
    event::{Channel, ReturnReason},
    opener::Situation,
};

use super::ledger::Deal;

/// When and by which event a fact became known: a total order that does not depend on arrival.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// When it happened.
    pub time: Timestamp,
    /// The event that says so.
    pub event: Id,
}

/// A value of which the newest wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped<T> {
    /// The value.
    pub value: T,
    /// The system that said so; empty where the customer did.
    pub source: Arc<str>,
    /// When.
    pub stamp: Stamp,
}

/// What consent is asked for, apart from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Purpose {
    Personalization,
    Analytics,
    Marketing,
}

/// A size as the customer says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredSize {
    /// As she writes it. Empty: taken back.
    pub size: Arc<str>,
    /// Where she named one.
    pub system: Option<SizeSystem>,
}

/// A line of an order that was bought, or sent back. However often it is told, it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// When, and by which event, it was first told to have happened.
    pub stamp: Stamp,
    /// Which line of that event.
    pub line: u32,
    /// The product.
    pub product: ProductIx,
    /// Where it is known.
    pub variant: Option<VariantIx>,
    /// Which of the equal lines of its order.
    pub(super) position: u32,
    /// At least one, as the newest telling says.
    pub quantity: u32,
    /// Of what was bought: the units that did not come back.
    pub kept_quantity: u32,
    /// Bought, or sent back and why.
    pub side: Side,
    /// The order, or the event where it names none.
    pub(super) deal: Deal,
    /// The order it belongs to.
    pub order: Option<Id>,
    /// The visit it was made in.
    pub session: Option<Id>,
    /// Where.
    pub channel: Option<Channel>,
}

/// Which way the goods went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// To her.
    Bought,
    /// Back to the shop.
    Returned(Option<ReturnReason>),
}

/// A look at a product, or a click on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When, and by which event.
    pub stamp: Stamp,
    /// The product.
    pub product: ProductIx,
    /// Where one was chosen.
    pub variant: Option<VariantIx>,
    /// The visit it was part of.
    pub session: Option<Id>,
    /// Where.
    pub channel: Option<Channel>,
}

/// Something was put into the cart, or taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartChange {
    /// When, and by which event.
    pub stamp: Stamp,
    /// The product.
    pub product: ProductIx,
    /// Where one was chosen.
    pub variant: Option<VariantIx>,
    /// Positive in, negative out.
    pub quantity: i64,
    /// The visit it was part of.
    pub session: Option<Id>,
}

/// What stands in the cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The event that last put it there.
    pub stamp: Stamp,
    /// The product.
    pub product: ProductIx,
    /// Where one was chosen.
    pub variant: Option<VariantIx>,
    /// At least one.
    pub quantity: i64,
}

/// What she wrote into the search field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// When, and by which event.
    pub stamp: Stamp,
    /// As she wrote it.
    pub query: Arc<str>,
    /// The visit it was part of.
    pub session: Option<Id>,
}

/// An order came to her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When, and by which event.
    pub stamp: Stamp,
    /// Which.
    pub order: Id,
}

/// A complaint, or that one was resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// When, and by which event.
    pub stamp: Stamp,
    /// Which.
    pub complaint: Id,
    /// The order it is about.
    pub order: Option<Id>,
    /// Whether this is its end.
    pub resolved: bool,
}

/// What a chatbot was given to say to her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOpener {
    /// When, and by which event.
    pub stamp: Stamp,
    /// In which conversation.
    pub conversation: Option<Id>,
    /// About what.
    pub situation: Situation,
    /// Which wording.
    pub line: Arc<str>,
    /// About which product.
    pub product: Option<ProductIx>,
}

/// Stars that she gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// When, and by which event.
    pub stamp: Stamp,
    /// To what.
    pub product: ProductIx,
    /// 1 to 5.
    pub stars: u8,
}

/// What she has of one product, over all its variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// Units bought and not sent back.
    pub kept: u64,
    /// When she last bought it.
    pub last_purchase: Timestamp,
    /// The newest purchase of which something was kept.
    pub last_kept: Option<LastKept>,
    /// Set where all of it went back, and nothing was bought since.
    pub sent_back: Option<Timestamp>,
}

/// What is left of one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastKept {
    /// When.
    pub time: Timestamp,
    /// At least one.
    pub units: u64,
}
