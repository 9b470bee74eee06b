//! What the models are worth, on data of anybody's: protocols with a split, questions and figures of their own, in which what
//! the service serves is measured beside the best that others published.
//!
//! A run reads columns ([`table`]) as the options say ([`options`]), parts the rows ([`split`]), asks every model the same
//! questions over the full catalogue, never a sample, and hands values by question to [`report`], which knows how sure they
//! are (`models::stats::bootstrap`). Parameters are chosen on a validation part cut from train; test is looked at once, at the end.
//!
//! Here is no model that is served: those are in `models`, and are asked here through the same sources and the same scorer
//! that a server holds.

mod baselines;
mod baskets;
mod cart;
pub mod cost;
mod described;
mod discovery;
pub mod error;
mod file_shop;
pub mod fingerprint;
mod fit;
pub mod options;
pub mod predictions;
mod purchases;
pub mod report;
mod sessions;
pub mod split;
pub mod table;
pub mod whole_file;

use std::sync::Arc;

use crate::domain::{catalog::Ids, recommend::Model};
use crate::models::Trained;

use self::file_shop::FileShop;

pub use self::{error::EvaluateError, fingerprint::Keys, options::Options, report::Report};

/// What is asked, and how answers are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// What comes next in a session.
    Sessions,
    /// What is in the next basket, repeats allowed.
    NextBasket,
    /// What she buys that is new to her.
    Discovery,
    /// What else is in an order.
    Cart,
    /// Whether a size is too small, fits or is too large.
    Fit,
}

impl Protocol {
    /// Every protocol by its name.
    pub const NAMED: &'static [(&'static str, Self)] = &[
        ("sessions", Self::Sessions),
        ("next-basket", Self::NextBasket),
        ("discovery", Self::Discovery),
        ("cart", Self::Cart),
        ("fit", Self::Fit),
    ];
}

/// Trains and measures every model of a protocol. `progress` is told what begins.
///
/// # Errors
/// Where the files can't be used as the options say, or have too little to learn from or to ask about.
pub fn run(protocol: Protocol, options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    match protocol {
        Protocol::Sessions => sessions::run(options, progress),
        Protocol::NextBasket => baskets::run(options, progress),
        Protocol::Discovery => discovery::run(options, progress),
        Protocol::Cart => cart::run(options, progress),
        Protocol::Fit => fit::run(options, progress),
    }
}

/// The blend of a protocol that ranks, as a server holds it: over products that bear the ids of the files' items.
///
/// # Errors
/// Where the files can't be used as the options say, or an item's id is none of a product.
pub fn model(protocol: Protocol, options: &Options, ids: Arc<Ids>) -> Result<Model, EvaluateError> {
    let (shop, trained) = trained(protocol, options, ids)?;
    shop.model(&trained)
}

fn trained(protocol: Protocol, options: &Options, ids: Arc<Ids>) -> Result<(FileShop, Trained), EvaluateError> {
    match protocol {
        Protocol::Sessions => sessions::trained(options, ids),
        Protocol::NextBasket => baskets::trained(options, ids),
        Protocol::Discovery => discovery::trained(options, ids),
        Protocol::Cart => cart::trained(options, ids),
        Protocol::Fit => Err(EvaluateError::Options("fit ranks no products".to_owned())),
    }
}

/// The sha256 of the test keys, without a model being trained: whether a file is parted as somebody else's was.
///
/// # Errors
/// Where the files can't be used as the options say, or their targets are not in sight.
pub fn keys(protocol: Protocol, options: &Options) -> Result<Keys, EvaluateError> {
    if options.is_apart() {
        return Err(EvaluateError::Options("without targets there are no keys".to_owned()));
    }
    match protocol {
        Protocol::Sessions => sessions::keys(options),
        Protocol::NextBasket => baskets::keys(options),
        Protocol::Discovery => discovery::keys(options),
        Protocol::Cart => cart::keys(options),
        Protocol::Fit => fit::keys(options),
    }
}
