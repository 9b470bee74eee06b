//! Sizes: what a written size means, which sizes are one, and which of them fits a customer.
//!
//! A written size is cut into `tokens`, of which the words have a meaning (`lexicon`), and taken apart into what it says: one
//! claim for each system that it names (`claim`), each of one `form`. The claims are read as stretches of the scales that the
//! garment and audience are measured on (`read`, with one file of tables for each kind of garment); length and width are
//! kept apart (`cut`). What was read gets a number in the shop (`sizes`). Two sizes fit each other where they stand on one
//! scale and one stretch lies within the other, so that M fits EU 38 while M and L, or 42 and 42.5, never do; they differ
//! only where both were understood and stand on one scale. What a product is and whom it is made for comes from `worn`. What she
//! wears comes from `wardrobe`. Which variant is offered is not decided here: that is `recommend::eligibility`.

use std::sync::Arc;

use crate::domain::catalog::{Audience, Garment};

mod bra;
mod children;
mod claim;
mod clothes;
mod cut;
mod evidence;
mod form;
mod judge;
mod larger;
mod lexicon;
mod read;
mod run;
mod scale;
mod shoes;
mod sizes;
mod tokens;
mod wardrobe;
mod words;
mod worn;

#[cfg(test)]
mod golden;

pub use larger::larger;
pub use run::system_of_run;
pub use sizes::Sizes;
pub use wardrobe::{Fit, Suits, Wardrobe};
pub use worn::worn_as;

/// A size of one kind of garment for one audience, as a dense number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SizeCode(pub u32);

impl SizeCode {
    /// Fits whoever buys it.
    pub const ONE_SIZE: Self = Self(0);
}

/// What is worn how, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Worn {
    /// The kind of garment.
    pub garment: Garment,
    /// `None`: anyone.
    pub audience: Option<Audience>,
}

/// Where a known size comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// She said so.
    Declared,
    /// She keeps it.
    Kept,
}

/// What is believed of her size in one kind of garment.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSize {
    /// Of what.
    pub worn: Worn,
    /// As this shop writes them. Empty while it is not known well enough: then nothing is hidden.
    pub sizes: Vec<Arc<str>>,
    /// Where it comes from.
    pub evidence: Evidence,
    /// Effective number of kept purchases behind it; zero where she declared it.
    pub weight: f64,
    /// Share of the evidence that agrees, 0 to 1.
    pub agreement: f64,
}
