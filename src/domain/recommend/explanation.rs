//! Reasons: what the score of one product rests on, in terms that a person knows.
//!
//! A reason is told only where it is true and pulled the product up: the part of its source in the score is positive, and the
//! source names the facts behind it. The strongest are told, those first that are about this customer. What no person would say ("the price is near yours") is no reason, however much it weighs.

use std::sync::Arc;

use crate::domain::{
    catalog::{ProductIx, Row},
    recommend::{
        Fitting, Model, Placement, Ranking, Rationale, Reason, ReasonCode, RequestContext, Runs,
        candidates::Candidates, width,
    },
};

/// Told of one product at most.
const MOST: usize = 3;
/// What weighs less than this part of the strongest is not told.
const LEAST: f32 = 0.1;

/// At most three, each code once: the strongest, those about the customer before general ones. `parts` are those of the features in the score. The candidates are those of
/// the request: what the sources found for it is what they explain.
pub fn reasons(
    context: &RequestContext<'_>,
    model: &Model,
    product: ProductIx,
    parts: &[f32],
    candidates: &mut Candidates,
) -> Vec<Reason> {
    let ranking = model.ranking(context);
    let layout = ranking.layout();
    let mut voices: Vec<(f32, usize)> = (0..ranking.sources().len())
        .map(|source| (parts.get(layout.features_of(source)).map_or(0.0, |own| own.iter().sum()), source))
        .filter(|(part, _)| *part > 0.0)
        .collect();
    // Stable, so that what weighs the same stands in the order of the sources.
    voices.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut strongest = None;
    let mut kept: Vec<Reason> = Vec::with_capacity(MOST);
    for (part, source) in voices {
        if kept.len() == MOST || strongest.is_some_and(|strongest: f32| part < LEAST * strongest) {
            break;
        }
        let own = own_parts(ranking, source, parts);
        let because = ranking.sources()[source].because(context, product, &own, candidates.evidence(source));
        let Some(because) = because.filter(|because| holds(because, context, model, product)) else { continue };
        strongest.get_or_insert(part);
        if kept.iter().all(|other| other.code != because.code) {
            kept.push(reason(because, context));
        }
    }
    // What is said of this product for this customer comes before what would be said of it to anybody.
    kept.sort_by_key(|reason| is_general(reason.code));
    kept
}

/// Whether a person who reads the reason would find it true: what is called popular is among the bestsellers, and nobody is told
/// of a liking that no event of theirs shows.
fn holds(because: &Rationale, context: &RequestContext<'_>, model: &Model, product: ProductIx) -> bool {
    match because.code {
        ReasonCode::Popular => model.is_bestseller(product),
        ReasonCode::FavouriteBrand | ReasonCode::FavouriteCategory | ReasonCode::PopularInSegment => {
            context.interactions() > 0
        }
        _ => true,
    }
}

const fn is_general(code: ReasonCode) -> bool {
    matches!(code, ReasonCode::Popular | ReasonCode::PopularInSegment | ReasonCode::NewArrival)
}

/// The parts of all features of a source; of those that are not read, zero.
fn own_parts(ranking: &Ranking, source: usize, parts: &[f32]) -> Vec<f32> {
    let layout = ranking.layout();
    let mut own = vec![0.0; width(ranking.sources()[source].as_ref())];
    for (feature, part) in layout.kept(source).iter().zip(&parts[layout.features_of(source)]) {
        own[*feature] = *part;
    }
    own
}

/// Adds that the product runs small or large, and the size to take where that moved her to another of hers. It is told last, in
/// the place of the weakest where there is none left: who orders the wrong size is not helped by a third reason. Alone it is none
/// why the product is shown.
pub fn add_size(reasons: &mut Vec<Reason>, row: &Row, fitting: Fitting) {
    if reasons.is_empty() {
        return;
    }
    let code = match fitting.runs {
        Some(Runs::Small) => ReasonCode::RunsSmall,
        Some(Runs::Large) => ReasonCode::RunsLarge,
        None => return,
    };
    let written = row.variant(fitting.variant).and_then(|variant| row.written(variant));
    let subject = written.filter(|_| fitting.moved).map(|variant| Arc::clone(&variant.size));
    reasons.truncate(MOST - 1);
    reasons.push(Reason { code, product: None, subject, time: None, sentence: None });
}

fn reason(because: Rationale, context: &RequestContext<'_>) -> Reason {
    let Rationale { code, product, subject, time } = because;
    // What is completed after a purchase is the order that was just made.
    let is_order = context.placement == Placement::AfterPurchase && code == ReasonCode::GoesWithCart;
    let code = if is_order { ReasonCode::GoesWithPurchase } else { code };
    let product = product.and_then(|product| context.ids.product_id(product));
    Reason { code, product, subject, time, sentence: None }
}
