//! From evidence to a known size: whether it weighs enough, whether it agrees, and whether it speaks of two people.

use crate::domain::rules::SizeRules;
use crate::domain::sizing::scale::Reading;

/// A kept purchase of now, in whole parts: sums of whole numbers are the same in every order.
pub(super) const ONE: i64 = 1 << 32;

/// What speaks for one size, on one scale, of one garment and group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighed<'a> {
    pub(super) size: &'a Reading,
    /// In parts of [`ONE`]; below zero where more was sent back for its size than kept.
    pub(super) weight: i64,
}

/// What the evidence comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement<'a> {
    /// Empty where it is not enough.
    pub(super) sizes: Vec<&'a Reading>,
    /// What most speaks for, be it enough or not.
    pub(super) best: &'a Reading,
    /// Effective kept purchases behind the sizes, or behind the best where it is not enough.
    pub(super) weight: f64,
    /// Their share of all.
    pub(super) agreement: f64,
}

/// At most two sizes are known at once: of two people, or of one between two sizes.
const PEOPLE: usize = 2;

/// Judges the evidence of one scale. `None`: nothing speaks for any size.
///
/// A size that spans others that she keeps (M beside 38 and 40) speaks for those, in the proportion that they are kept in.
/// Known are the sizes that each weigh `least_weight`, the heaviest two, if together they are `least_agreement` of all.
pub(super) fn judge<'a>(evidence: &[Weighed<'a>], rules: &SizeRules) -> Option<Judgement<'a>> {
    let sizes = merged(evidence);
    let total: f64 = sizes.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mut narrow = narrowed(&sizes);
    narrow.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let best = narrow.first()?.0;
    let heavy = narrow.iter().filter(|(_, weight)| *weight >= rules.least_weight).count().min(PEOPLE);
    let weight: f64 = narrow.iter().take(heavy.max(1)).map(|(_, weight)| weight).sum();
    let agreement = (weight / total).min(1.0);
    let known = if agreement >= rules.least_agreement { heavy } else { 0 };
    let mut sizes: Vec<&Reading> = narrow.iter().take(known).map(|(size, _)| *size).collect();
    sizes.sort();
    Some(Judgement { sizes, best, weight, agreement })
}

/// One weight for each size that has more for it than against it, in the order of sizes.
fn merged<'a>(evidence: &[Weighed<'a>]) -> Vec<(&'a Reading, f64)> {
    let mut sorted: Vec<&Weighed<'a>> = evidence.iter().collect();
    sorted.sort_by(|a, b| a.size.cmp(b.size));
    sorted
        .chunk_by(|a, b| a.size == b.size)
        .filter_map(|same| {
            let weight: i64 = same.iter().map(|one| one.weight).sum();
            #[expect(clippy::cast_precision_loss, reason = "2^53 parts are two million purchases of today")]
            (weight > 0).then_some((same[0].size, weight as f64 / ONE as f64))
        })
        .collect()
}

/// The sizes that span no other, with what those that span them say for them.
fn narrowed<'a>(sizes: &[(&'a Reading, f64)]) -> Vec<(&'a Reading, f64)> {
    let spans = |wide: &Reading, narrow: &Reading| match (wide, narrow) {
        (Reading::Measured(wide), Reading::Measured(narrow)) => wide != narrow && narrow.is_within(wide),
        _ => false,
    };
    let own: Vec<(&Reading, f64)> =
        sizes.iter().filter(|(wide, _)| !sizes.iter().any(|(narrow, _)| spans(wide, narrow))).copied().collect();
    let mut all = own.clone();
    for (wide, weight) in sizes {
        let inside: f64 = own.iter().filter(|(narrow, _)| spans(wide, narrow)).map(|(_, own)| own).sum();
        for (place, (narrow, own)) in own.iter().enumerate() {
            if spans(wide, narrow) {
                all[place].1 += weight * own / inside;
            }
        }
    }
    all
}
