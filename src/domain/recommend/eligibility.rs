//! The three promises, kept at the moment of the answer: nothing bought and kept, nothing sold out, nothing in the wrong size.
//!
//! What depends on the customer alone is put into sets once per request, so that a verdict on a product is a few look-ups: it
//! takes no lock, allocates nothing, and for what is bought or sold out does not even touch the product. The rules are
//! asked in the order of [`Ineligibility::ALL`]; the first that forbids is the one that is named. Size, stock and the
//! filter's demands on variants are asked of one and the same variant, and it is that variant that is offered.
//!
//! How a product turns out (it runs small; she sent a 40 back as too small) decides only between variants that the rules allow.
//!
//! Not here: what size is hers (`sizing::wardrobe`) and how a filter is read (`filter`).

mod bought;
mod explain;
mod offer;
mod size_bias;

#[cfg(test)]
mod golden;

use rustc_hash::{FxHashMap, FxHashSet};

pub use bought::due_at;
use offer::Sizing;

use crate::domain::{
    catalog::{ProductIx, Row, VariantIx},
    customer::Profile,
    recommend::{CompiledFilter, CompiledSteering, Fit, Ineligibility, RequestContext, Runs, SizeNote},
    rules::Rules,
    sizing::Wardrobe,
};

/// What may be offered to one customer at one moment. Made once per request.
#[derive(Debug)]
pub struct Eligibility<'a> {
    context: RequestContext<'a>,
    rules: &'a Rules,
    wardrobe: &'a Wardrobe,
    filter: &'a CompiledFilter,
    /// What rules hide.
    steering: Option<&'a CompiledSteering>,
    /// Whose purchases count.
    buyer: &'a Profile,
    /// On the page or in the cart.
    in_context: FxHashSet<ProductIx>,
    /// The variant that she last looked at or put into the cart.
    liked: FxHashMap<ProductIx, VariantIx>,
    /// How products turn out.
    fit: Option<&'a dyn Fit>,
}

/// The variant to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitting {
    /// Sellable, in her size where that is known, and as the filter wants it.
    pub variant: VariantIx,
    /// Why this one.
    pub size_note: SizeNote,
    /// Whether the product runs small or large.
    pub runs: Option<Runs>,
    /// Whether it was therefore chosen among several sizes that are hers.
    pub moved: bool,
}

impl<'a> Eligibility<'a> {
    /// Gathers what the verdicts rest on. The cart is that of the moment: what the request says it holds, or else her events.
    pub fn new(
        context: &RequestContext<'a>,
        rules: &'a Rules,
        wardrobe: &'a Wardrobe,
        filter: &'a CompiledFilter,
    ) -> Self {
        let carted = context.cart.iter().map(|(product, _)| *product);
        Self {
            context: *context,
            rules,
            wardrobe,
            filter,
            steering: None,
            buyer: context.profile,
            in_context: carted.chain(context.in_view).collect(),
            liked: liked(context.profile),
            fit: None,
        }
    }

    /// With the purchases of a profile that is otherwise not to be read.
    pub fn with_purchases_of(self, buyer: &'a Profile) -> Self {
        Self { buyer, ..self }
    }

    /// With what the shop's merchandisers hide.
    pub fn with_steering(self, steering: &'a CompiledSteering) -> Self {
        Self { steering: Some(steering).filter(|steering| !steering.visible.is_empty()), ..self }
    }

    /// With how products turn out. It decides between variants that the rules allow alike, and hides nothing.
    pub fn with_fit(self, fit: Option<&'a dyn Fit>) -> Self {
        Self { fit, ..self }
    }

    /// The variant of the product to offer, or the first rule that forbids it.
    pub fn verdict(&self, product: ProductIx) -> Result<Fitting, Ineligibility> {
        let (row, sizing) = self.allowed(product)?;
        self.offer(row, sizing).ok_or_else(|| self.left_out_by(row, sizing))
    }

    /// As [`Self::verdict`], without the choice of a variant, which is only worth making for what is shown.
    pub fn allows(&self, product: ProductIx) -> Result<(), Ineligibility> {
        let (row, sizing) = self.allowed(product)?;
        // Where the filter asks nothing of variants, one that passes was met on the way.
        let narrows =
            self.filter.narrows_variants() || self.steering.is_some_and(|steering| steering.visible.narrows_variants());
        let has_variant = !narrows || row.variants.iter().any(|one| self.passes(row, sizing, one));
        has_variant.then_some(()).ok_or_else(|| self.left_out_by(row, sizing))
    }

    /// Which rule leaves out a product whose variants each of the filter or of what is hidden leaves out.
    fn left_out_by(&self, row: &Row, sizing: Sizing<'_>) -> Ineligibility {
        let is_wanted = row.variants.iter().any(|one| self.is_wanted(row, sizing, one));
        if is_wanted { Ineligibility::Hidden } else { Ineligibility::Filtered }
    }

    /// The product and its sizes, where no rule forbids it but for what the filter asks of variants.
    fn allowed(&self, product: ProductIx) -> Result<(&'a Row, Sizing<'a>), Ineligibility> {
        if !self.context.catalog.contains(product) {
            return Err(Ineligibility::UnknownProduct);
        }
        if bought::forbids(&self.context, self.buyer, product) {
            return Err(Ineligibility::Bought);
        }
        if !self.context.catalog.is_sellable(product) {
            return Err(Ineligibility::SoldOut);
        }
        let row = self.context.catalog.get(product).ok_or(Ineligibility::UnknownProduct)?;
        let sizing = self.sizing(row);
        if !row.variants.iter().any(|variant| variant.sellable && sizing.admits(variant)) {
            return Err(Ineligibility::WrongSize);
        }
        if self.in_context.contains(&product) {
            return Err(Ineligibility::InContext);
        }
        if !self.filter.matches_product(row) {
            return Err(Ineligibility::Filtered);
        }
        if self.steering.is_some_and(|steering| !steering.visible.matches_product(row)) {
            // The filter goes first, with what it asks of variants too.
            return Err(self.left_out_by(row, sizing));
        }
        Ok((row, sizing))
    }

    /// The same of one given variant, whatever other might suit her better.
    pub fn verdict_on(&self, product: ProductIx, variant: VariantIx) -> Result<Fitting, Ineligibility> {
        self.verdict(product)?;
        let row = self.context.catalog.get(product).ok_or(Ineligibility::UnknownProduct)?;
        let variant = row.variant(variant).filter(|variant| variant.sellable).ok_or(Ineligibility::SoldOut)?;
        let sizing = self.sizing(row);
        if !sizing.admits(variant) {
            return Err(Ineligibility::WrongSize);
        }
        if self.filter.narrows_variants() && !self.filter.matches_variant(row, variant) {
            return Err(Ineligibility::Filtered);
        }
        if !self.is_visible(row, variant) {
            return Err(Ineligibility::Hidden);
        }
        let runs = self.runs(row, variant);
        Ok(Fitting { variant: variant.ix, size_note: sizing.note(variant), runs, moved: false })
    }

    fn sizing(&self, row: &Row) -> Sizing<'a> {
        Sizing::of(row, self.wardrobe)
    }
}

fn liked(profile: &Profile) -> FxHashMap<ProductIx, VariantIx> {
    let looked = profile.looks().iter().filter_map(|look| Some((&look.stamp, look.product, look.variant?)));
    let put = profile.cart_changes().iter().filter(|change| change.quantity > 0);
    let put = put.filter_map(|change| Some((&change.stamp, change.product, change.variant?)));
    let mut newest = FxHashMap::default();
    for (stamp, product, variant) in looked.chain(put) {
        let kept = newest.entry(product).or_insert((stamp, variant));
        if kept.0 <= stamp {
            *kept = (stamp, variant);
        }
    }
    newest.into_iter().map(|(product, (_, variant))| (product, variant)).collect()
}
