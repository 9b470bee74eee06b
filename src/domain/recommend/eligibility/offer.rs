//! Which variant of a product is offered.

use crate::domain::{
    catalog::{Garment, Row, VariantIx, VariantRow},
    recommend::{CompiledSteering, SizeNote},
    sizing::{Evidence, Fit, Suits, Wardrobe},
};
use {
    super::{Eligibility, Fitting},
    crate::domain::recommend::eligibility::size_bias,
};

/// How the variants of one product suit her.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sizing<'a> {
    /// Not a thing with sizes: every variant passes.
    Sizeless,
    /// As her sizes say.
    Worn(Fit<'a>),
}

impl<'a> Sizing<'a> {
    pub(super) fn of(row: &Row, wardrobe: &'a Wardrobe) -> Self {
        if row.garment == Garment::None { Self::Sizeless } else { Self::Worn(wardrobe.fit(row.worn())) }
    }

    fn suits(self, variant: &VariantRow) -> Suits {
        match self {
            Self::Sizeless => Suits::OneSize,
            Self::Worn(fit) => fit.suits(variant.size),
        }
    }

    /// Whether the variant is not in a wrong size.
    pub(super) fn admits(self, variant: &VariantRow) -> bool {
        self.suits(variant) != Suits::Wrong
    }

    /// Whether the variant fits but for its length or width.
    fn is_cut_otherwise(self, variant: &VariantRow) -> bool {
        match self {
            Self::Sizeless => false,
            Self::Worn(fit) => fit.is_cut_otherwise(variant.size),
        }
    }

    /// Of a variant that is admitted.
    pub(super) fn note(self, variant: &VariantRow) -> SizeNote {
        match self.suits(variant) {
            Suits::OneSize => SizeNote::OneSize,
            Suits::Fits(Evidence::Declared) => SizeNote::Declared,
            Suits::Fits(Evidence::Kept) => SizeNote::Kept,
            Suits::Unknown | Suits::Wrong => SizeNote::Unknown,
        }
    }
}

impl Eligibility<'_> {
    /// Of the variants that can be sold, fit and pass the filter: one that surely fits before one of which nobody can say, then
    /// the one that she last looked at or put into the cart, else of sizes of which nobody can say the best guess, else one in
    /// her length and width, else the size that the product's own way asks for, else one in the colour she liked, else the cheapest, else the first by id.
    /// Before all of it, none that her own return speaks against.
    pub(super) fn offer(&self, row: &Row, sizing: Sizing<'_>) -> Option<Fitting> {
        let passes = |variant: &&VariantRow| self.passes(row, sizing, variant);
        let liked = self.liked(row);
        let color = liked.and_then(|liked| row.variant(liked)).map(|variant| variant.color);
        let turning = self.turning_out(row);
        let runs = turning.as_ref().and_then(|turning| turning.runs);
        let (mut sure, mut moved) = (Vec::new(), false);
        if runs.is_some() {
            sure.extend(row.variants.iter().filter(passes).filter(|one| matches!(sizing.suits(one), Suits::Fits(_))));
        }
        let rank = |variant: &&VariantRow| {
            let unsure = sizing.suits(variant) == Suits::Unknown;
            let is_liked = liked == Some(variant.ix);
            let speaks_against = turning.as_ref().is_some_and(|turning| turning.speaks_against(row, variant));
            let guess = unsure.then(|| self.guess(variant));
            let asked_less = !unsure && runs.is_some_and(|runs| size_bias::is_asked_less(row, runs, variant, &sure));
            let colored = color != Some(variant.color);
            (
                speaks_against,
                unsure,
                !is_liked,
                guess,
                sizing.is_cut_otherwise(variant),
                asked_less,
                colored,
                variant.price_at(self.context.now).minor,
                variant.by_id,
            )
        };
        let best = row.variants.iter().filter(passes).min_by_key(rank)?;
        if let Some(runs) = runs.filter(|_| liked != Some(best.ix)) {
            moved = sure.iter().any(|one| size_bias::is_asked_less(row, runs, one, &sure))
                && !size_bias::is_asked_less(row, runs, best, &sure);
        }
        let runs = runs.filter(|_| sizing.suits(best) != Suits::OneSize);
        Some(Fitting { variant: best.ix, size_note: sizing.note(best), runs, moved })
    }

    /// Whether the variant can be sold, is in no wrong size, is as the filter wants it and not hidden.
    pub(super) fn passes(&self, row: &Row, sizing: Sizing<'_>, variant: &VariantRow) -> bool {
        self.is_wanted(row, sizing, variant) && self.is_visible(row, variant)
    }

    /// The same, whether it is hidden or not.
    pub(super) fn is_wanted(&self, row: &Row, sizing: Sizing<'_>, variant: &VariantRow) -> bool {
        let is_wanted = || !self.filter.narrows_variants() || self.filter.matches_variant(row, variant);
        variant.sellable && sizing.admits(variant) && is_wanted()
    }

    /// Whether no rule hides this variant of a product that is not hidden as such.
    pub(super) fn is_visible(&self, row: &Row, variant: &VariantRow) -> bool {
        let Some(CompiledSteering { visible, .. }) = self.steering else { return true };
        !visible.narrows_variants() || visible.matches_variant(row, variant)
    }

    /// How good a guess a size is of which nobody can say; the least is the best. What speaks for a size too weakly to hide
    /// the others is still better than nothing: the size nearest to it. Else the one nearest to the middle of the product's
    /// sizes, which suits the most people, while the first by id or price is mostly the smallest.
    fn guess(&self, variant: &VariantRow) -> ((u32, u32), u32) {
        (self.wardrobe.apart(variant.size).unwrap_or((u32::MAX, u32::MAX)), variant.from_middle)
    }

    /// The variant of the product that she last looked at or put into the cart.
    fn liked(&self, row: &Row) -> Option<VariantIx> {
        self.liked.get(&row.ix).copied()
    }
}
