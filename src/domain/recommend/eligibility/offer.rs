//! Which variant of a product is offered.

use super::{Eligibility, Fitting};
use crate::domain::{
    catalog::{Garment, Row, VariantIx, VariantRow},
    recommend::SizeNote,
    size::{Evidence, Fit, SizeCode, Wardrobe},
};

/// Which variants of a product are in her size.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sizing<'a> {
    /// Not a thing with sizes: every variant passes.
    Sizeless,
    /// Not known well enough: every variant passes, and the answer says so.
    Unknown,
    /// Sorted codes that fit, sorted codes that nothing is known of, and where it is from.
    Known(&'a [SizeCode], &'a [SizeCode], Evidence),
}

impl<'a> Sizing<'a> {
    pub(super) fn of(row: &Row, wardrobe: &'a Wardrobe) -> Self {
        if row.garment == Garment::None {
            return Self::Sizeless;
        }
        match wardrobe.fit(row.worn()) {
            Fit::Unknown => Self::Unknown,
            Fit::Known { sizes, silent, evidence } => Self::Known(sizes, silent, evidence),
        }
    }

    /// Whether the variant is not in a wrong size. One size fits whoever buys it; a size that no system knows only ever equals
    /// itself, so beside a known size it is a wrong one. A size on a scale that hers is not known on is not a wrong one.
    pub(super) fn admits(self, variant: &VariantRow) -> bool {
        match self {
            Self::Sizeless | Self::Unknown => true,
            Self::Known(sizes, ..) => {
                variant.size == SizeCode::ONE_SIZE
                    || sizes.binary_search(&variant.size).is_ok()
                    || self.is_silent_of(variant)
            }
        }
    }

    fn is_silent_of(self, variant: &VariantRow) -> bool {
        matches!(self, Self::Known(_, silent, _) if silent.binary_search(&variant.size).is_ok())
    }

    pub(super) fn note(self, variant: &VariantRow) -> SizeNote {
        match self {
            Self::Sizeless => SizeNote::OneSize,
            _ if variant.size == SizeCode::ONE_SIZE => SizeNote::OneSize,
            Self::Unknown => SizeNote::Unknown,
            Self::Known(..) if self.is_silent_of(variant) => SizeNote::Unknown,
            Self::Known(.., Evidence::Declared) => SizeNote::Declared,
            Self::Known(.., Evidence::Kept) => SizeNote::Kept,
        }
    }
}

impl Eligibility<'_> {
    /// Of the variants that can be sold, fit and pass the filter: one that is known to fit before one that is not, then the one
    /// that she last looked at or put into the cart, else one in its colour, else the cheapest, else the first by id.
    pub(super) fn offer(&self, row: &Row, sizing: Sizing<'_>) -> Option<Fitting> {
        let narrowed = self.filter.narrows_variants();
        let passes = |variant: &&VariantRow| {
            variant.sellable && sizing.admits(variant) && (!narrowed || self.filter.matches_variant(row, variant))
        };
        let liked = self.liked.get(&row.ix).copied();
        let color = liked.and_then(|liked| row.variant(liked)).map(|variant| variant.color);
        let rank = |variant: &&VariantRow| {
            let is_liked = liked == Some(variant.ix);
            (sizing.is_silent_of(variant), !is_liked, color != Some(variant.color), variant.price.minor, variant.by_id)
        };
        let best = row.variants.iter().filter(passes).min_by_key(rank)?;
        Some(Fitting { variant: best.ix, size_note: sizing.note(best) })
    }

    /// The variant of the product that she last looked at or put into the cart.
    #[must_use]
    pub fn liked(&self, row: &Row) -> Option<VariantIx> {
        self.liked.get(&row.ix).copied()
    }
}
