//! How a product turns out, for one customer: that it runs small or large for all, and what she sent back of it herself.
//!
//! Asked only of products of which there is something to say: for all others nothing is compared and nothing allocated.

use std::cmp::Ordering;

use super::Eligibility;
use crate::domain::{
    catalog::{Garment, Row, VariantIx, VariantRow},
    customer::Side,
    event::ReturnReason,
    recommend::Runs,
    sizing::{SizeCode, larger},
};

/// What is known of one product.
#[derive(Debug)]
pub(super) struct TurningOut {
    pub(super) runs: Option<Runs>,
    /// Her returns for size: the variant, and the way that she has to go from it.
    sent_back: Vec<(VariantIx, Ordering)>,
}

impl Eligibility<'_> {
    /// None where nothing is known, or nobody knows how products turn out.
    pub(super) fn turning_out(&self, row: &Row) -> Option<TurningOut> {
        let fit = self.fit.filter(|_| row.garment != Garment::None)?;
        let mut sent_back = Vec::new();
        for trade in self.context.profile.trades_of(row.ix) {
            let way = match trade.side {
                Side::Returned(Some(ReturnReason::TooSmall)) => Ordering::Greater,
                Side::Returned(Some(ReturnReason::TooLarge)) => Ordering::Less,
                _ => continue,
            };
            sent_back.extend(trade.variant.map(|variant| (variant, way)));
        }
        let runs = fit.runs(row.ix);
        (runs.is_some() || !sent_back.is_empty()).then_some(TurningOut { runs, sent_back })
    }

    /// Of a variant that somebody else chose.
    pub(super) fn runs(&self, row: &Row, variant: &VariantRow) -> Option<Runs> {
        self.turning_out(row)?.runs.filter(|_| variant.size != SizeCode::ONE_SIZE)
    }
}

impl TurningOut {
    /// Whether she sent this size back, or one that this one is still further from being right than.
    pub(super) fn speaks_against(&self, row: &Row, variant: &VariantRow) -> bool {
        self.sent_back.iter().any(|(returned, way)| {
            let Some(returned) = row.variant(*returned) else { return false };
            // A size that can't be compared is left alone unless it is the very same.
            returned.size == variant.size || larger(row, variant, returned).is_some_and(|order| order != *way)
        })
    }
}

/// Whether another size of hers is the one to take of what runs small or large: the next one that way. Sizes with a third
/// between them are those of two people, and neither is taken for the other.
pub(super) fn is_asked_less(row: &Row, runs: Runs, variant: &VariantRow, hers: &[&VariantRow]) -> bool {
    let way = match runs {
        Runs::Small => Ordering::Greater,
        Runs::Large => Ordering::Less,
    };
    let is_between = |one: &VariantRow, other: &VariantRow| {
        larger(row, one, variant) == Some(way) && larger(row, other, one) == Some(way)
    };
    hers.iter().any(|other| {
        larger(row, other, variant) == Some(way)
            && !row
                .variants
                .iter()
                .any(|one| one.size != variant.size && one.size != other.size && is_between(one, other))
    })
}
