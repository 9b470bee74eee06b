//! Every rule's verdict on one product, with the facts that it rests on: for whoever asks "why not this one?".
//!
//! Each rule is asked by itself, also after the first that forbids. So that a sold-out product is not called a wrong size too,
//! size is asked of the variants that can be sold, or of all where none can; the filter likewise of those that fit.

use std::collections::BTreeSet;

use super::{Eligibility, bought, offer::Sizing};
use crate::domain::{
    catalog::{ProductIx, Row, VariantRow},
    recommend::{CompiledFilter, Ineligibility, RuleVerdict, filter::Unmatched},
    sizing::{Evidence, Fit},
};

type Facts = Vec<(&'static str, String)>;

impl Eligibility<'_> {
    /// Every rule, in the order of [`Ineligibility::ALL`]. The first that forbids is what [`Eligibility::verdict`] names. Of a
    /// product that is not in the catalogue only her purchases and the context can be said.
    pub fn rules(&self, product: ProductIx) -> Vec<RuleVerdict> {
        let row = self.context.catalog.get(product);
        let verdict = |rule| {
            let (forbids, facts) = match rule {
                Ineligibility::UnknownProduct => (row.is_none(), Facts::new()),
                Ineligibility::Bought => self.bought_facts(product, row),
                Ineligibility::SoldOut => row.map_or_else(Default::default, stock_facts),
                Ineligibility::WrongSize => row.map_or_else(Default::default, |row| self.size_facts(row)),
                Ineligibility::InContext => self.context_facts(product),
                Ineligibility::Filtered => row.map_or_else(Default::default, |row| self.filter_facts(self.filter, row)),
                Ineligibility::Hidden => row.map_or_else(Default::default, |row| self.hidden_facts(row)),
            };
            RuleVerdict { rule, forbids, facts }
        };
        Ineligibility::ALL.into_iter().map(verdict).collect()
    }

    fn bought_facts(&self, product: ProductIx, row: Option<&Row>) -> (bool, Facts) {
        let profile = self.buyer;
        let Some(owned) = profile.owned(product) else { return (false, vec![("kept_quantity", "0".to_owned())]) };
        let mut facts =
            vec![("kept_quantity", owned.kept.to_string()), ("last_purchase_ms", owned.last_purchase.0.to_string())];
        if let Some(time) = owned.sent_back {
            facts.push(("sent_back_ms", time.0.to_string()));
        }
        if let Some(days) = row.and_then(|row| row.replenish_days) {
            facts.push(("used_up_after_days", days.to_string()));
        }
        if let (Some(due), Some(last)) = (row.and_then(|row| bought::due_at(profile, row)), owned.last_kept) {
            facts.push(("units_of_last_purchase", last.units.to_string()));
            facts.push(("due_ms", due.0.to_string()));
        }
        (bought::forbids(&self.context, self.buyer, product), facts)
    }

    fn size_facts(&self, row: &Row) -> (bool, Facts) {
        let sizing = self.sizing(row);
        let evidence = match sizing {
            Sizing::Sizeless => "not_worn",
            Sizing::Worn(Fit::Unknown) => "not_known_well_enough",
            Sizing::Worn(Fit::Known { evidence: Evidence::Declared, .. }) => "declared",
            Sizing::Worn(Fit::Known { evidence: Evidence::Kept, .. }) => "kept",
        };
        let asked = sellable_or_all(row);
        let mut facts = vec![("evidence", evidence.to_owned())];
        match sizing {
            Sizing::Sizeless => {}
            Sizing::Worn(Fit::Unknown) => {
                facts.push(("least_weight", self.rules.size.least_weight.to_string()));
                facts.push(("least_agreement", self.rules.size.least_agreement.to_string()));
            }
            Sizing::Worn(Fit::Known { .. }) => {
                let fitting = row.variants.iter().filter(|variant| sizing.admits(variant));
                facts.push(("sizes_that_fit", written(row, fitting)));
            }
        }
        facts.push(("sizes_in_stock", written(row, row.variants.iter().filter(|variant| variant.sellable))));
        (!asked.iter().any(|variant| sizing.admits(variant)), facts)
    }

    fn context_facts(&self, product: ProductIx) -> (bool, Facts) {
        let mut facts = Facts::new();
        if self.context.in_view == Some(product) {
            facts.push(("in_view", "true".to_owned()));
        }
        if self.context.cart.iter().any(|(carted, _)| *carted == product) {
            facts.push(("in_cart", "true".to_owned()));
        }
        (self.in_context.contains(&product), facts)
    }

    /// The rules that hide it, or a variant of it.
    fn hidden_facts(&self, row: &Row) -> (bool, Facts) {
        let Some(steering) = self.steering else { return Default::default() };
        let (is_hidden, _) = self.filter_facts(&steering.visible, row);
        // The filter may leave out some of the variants, and the rules the others.
        let forbids = is_hidden || self.verdict(row.ix).err() == Some(Ineligibility::Hidden);
        (forbids, steering.hiding(row).map(|rule| ("rule", rule.to_string())).collect())
    }

    fn filter_facts(&self, filter: &CompiledFilter, row: &Row) -> (bool, Facts) {
        if filter.is_empty() {
            return Default::default();
        }
        let fact = |part: Unmatched| ("unmatched", part.name().to_owned());
        if let Some(part) = filter.product_unmatched(row) {
            return (true, vec![fact(part)]);
        }
        let sizing = self.sizing(row);
        let mut asked = sellable_or_all(row);
        if asked.iter().any(|variant| sizing.admits(variant)) {
            asked.retain(|variant| sizing.admits(variant));
        }
        let unmatched = |variant: &&VariantRow| filter.variant_unmatched(row, variant);
        let parts: Option<Vec<Unmatched>> = asked.iter().map(unmatched).collect();
        parts.map_or((false, Facts::new()), |mut parts| {
            parts.dedup();
            (true, parts.into_iter().map(fact).collect())
        })
    }
}

fn stock_facts(row: &Row) -> (bool, Facts) {
    let sellable = row.variants.iter().filter(|variant| variant.sellable).count();
    let mut facts = vec![("variants", row.variants.len().to_string()), ("variants_that_sell", sellable.to_string())];
    if let Some(back) = row.variants.iter().filter_map(|variant| variant.back_since).max() {
        facts.push(("back_since_ms", back.0.to_string()));
    }
    (sellable == 0, facts)
}

fn sellable_or_all(row: &Row) -> Vec<&VariantRow> {
    let sellable: Vec<&VariantRow> = row.variants.iter().filter(|variant| variant.sellable).collect();
    if sellable.is_empty() { row.variants.iter().collect() } else { sellable }
}

/// Their sizes as the shop writes them, each once.
fn written<'a>(row: &'a Row, variants: impl Iterator<Item = &'a VariantRow>) -> String {
    let sizes: BTreeSet<&str> = variants.filter_map(|variant| row.written(variant)).map(|one| &*one.size).collect();
    sizes.into_iter().collect::<Vec<_>>().join(", ")
}
