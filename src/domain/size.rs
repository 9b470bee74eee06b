//! Sizes: what a written size means, which sizes are one, and which of them fits a customer.

use std::sync::Arc;

use crate::domain::{
    Timestamp,
    catalog::{Audience, Garment, Product, SizeSystem, Snapshot},
    customer::Profile,
    rules::SizeRules,
};

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

/// What the product states, else what its category path says.
#[must_use]
pub fn worn_as(product: &Product) -> Worn {
    Worn { garment: product.garment.unwrap_or(Garment::None), audience: product.audience }
}

/// All sizes that this shop has, with their numbers.
#[derive(Debug, Default)]
pub struct Sizes {
    _texts: Arc<()>,
}

impl Sizes {
    /// The number of a written size, given now where it has none.
    pub fn code(
        &self,
        _text: &str,
        _system: Option<SizeSystem>,
        _garment: Garment,
        _audience: Option<Audience>,
    ) -> SizeCode {
        SizeCode::ONE_SIZE
    }

    /// Whether a system knows the size; one that none knows equals only itself.
    #[must_use]
    pub fn is_recognised(&self, _code: SizeCode) -> bool {
        true
    }
}

/// Her sizes at one moment.
#[derive(Debug, Default)]
pub struct Wardrobe;

/// Where a known size is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// She said so.
    Declared,
    /// She keeps it.
    Kept,
}

/// What fits her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit<'a> {
    /// Not known well enough.
    Unknown,
    /// Known.
    Known {
        /// Every code of this shop that fits her, sorted.
        sizes: &'a [SizeCode],
        /// Where it is from.
        evidence: Evidence,
    },
}

impl Wardrobe {
    /// Her sizes.
    #[must_use]
    pub fn of(_: &Profile, _: &Snapshot, _: &Sizes, _: &SizeRules, _: Timestamp) -> Self {
        Self
    }

    /// What fits her of what is worn so.
    #[must_use]
    pub fn fit(&self, _worn: Worn) -> Fit<'_> {
        Fit::Unknown
    }
}
