//! Products that the caller names: a list scored, or one explained. The same features and rules as in a ranking, no variety.

use std::sync::Arc;

use crate::domain::{
    Id,
    catalog::ProductIx,
    recommend::{
        Asked, Contribution, Explanation, Filter, Fitting, Ineligibility, Offer, RequestContext, RuleVerdict, Scored,
        Scores, Steered, SteeredBy, Steering, explanation,
        pipeline::{attribution, pause},
        scene::Scene,
        scoring::{self, Workspace},
    },
    shop::{AskError, Shop},
};

/// Products that are looked at before other work of the runtime goes first.
const STEPS: usize = 256;

/// The caller's own list, scored. Between the stages other work of the runtime goes first.
pub async fn score(shop: &Shop, asked: &Asked, steering: &Steering, products: &[Id]) -> Result<Scores, AskError> {
    let scene = Scene::load(shop, asked, &Filter::default(), steering).await?;
    let context = scene.context();
    let eligibility = scene.eligibility(&context, &shop.rules);
    let ids = shop.catalog.ids();
    let verdict = |id: &Id| {
        let product = ids.find_product(id.as_str()).ok_or(Ineligibility::UnknownProduct)?;
        Ok((product, eligibility.verdict(product)?))
    };
    let mut verdicts: Vec<Result<(ProductIx, Fitting), Ineligibility>> = Vec::with_capacity(products.len());
    for part in products.chunks(STEPS) {
        verdicts.extend(part.iter().map(verdict));
        pause().await;
    }
    // Named twice, a product is scored once.
    let mut offered: Vec<ProductIx> = verdicts.iter().flatten().map(|(product, _)| *product).collect();
    offered.sort_unstable();
    offered.dedup();
    let mut workspace = scoring::workspace();
    workspace.candidates.collect(&context, &scene.model, |product| eligibility.allows(product).is_ok()).await;
    pause().await;
    workspace.score_in_parts(&context, &scene.model, &offered).await;
    workspace.shift(&offered, |product| scene.shift(product));
    pause().await;
    let scored = products.iter().zip(verdicts).map(|(id, verdict)| {
        let verdict = verdict.and_then(|(product, fitting)| {
            let score = offered.binary_search(&product).map_or(f32::MIN, |place| workspace.score_of(place));
            offer(shop, fitting, score).ok_or(Ineligibility::UnknownProduct)
        });
        Scored { product: id.clone(), verdict }
    });
    let products = scored.collect();
    scoring::give_back(workspace);
    Ok(Scores {
        products,
        fallbacks: scene.fallbacks.clone(),
        model_version: Arc::clone(&scene.model.version),
        attribution_token: attribution(&scene, shop.seal.answer_id(), asked.placement),
    })
}

/// Why this product is, or is not, for this customer. Between the stages other work of the runtime goes first.
pub async fn explain(shop: &Shop, asked: &Asked, steering: &Steering, product: &Id) -> Result<Explanation, AskError> {
    let scene = Scene::load(shop, asked, &Filter::default(), steering).await?;
    let context = scene.context();
    let eligibility = scene.eligibility(&context, &shop.rules);
    let Some(ix) = shop.catalog.ids().find_product(product.as_str()) else { return Ok(unheard_of(&scene)) };
    let mut workspace = scoring::workspace();
    workspace.candidates.collect(&context, &scene.model, |product| eligibility.allows(product).is_ok()).await;
    pause().await;
    workspace.score(&context, &scene.model, &[ix]);
    workspace.shift(&[ix], |product| scene.shift(product));
    let steered_by = scene.catalog.get(ix).map(|row| scene.steering.of(row)).unwrap_or_default();
    let mut contributions = contributions(&workspace, &scene, &context);
    let parts: Vec<f32> = contributions.iter().map(|one| one.part).collect();
    let mut reasons = explanation::reasons(&context, &scene.model, ix, &parts, &mut workspace.candidates);
    contributions.extend(steered_by.iter().filter_map(of_steering));
    let score = workspace.score_of(0);
    scoring::give_back(workspace);
    let verdict = eligibility.verdict(ix);
    if let (Ok(fitting), Some(row)) = (&verdict, scene.catalog.get(ix)) {
        explanation::add_size(&mut reasons, row, *fitting);
    }
    let verdict = verdict.and_then(|fitting| offer(shop, fitting, score).ok_or(Ineligibility::UnknownProduct));
    Ok(Explanation {
        verdict,
        rules: eligibility.rules(ix),
        contributions,
        reasons,
        steered_by,
        fallbacks: scene.fallbacks.clone(),
        model_version: Arc::clone(&scene.model.version),
    })
}

fn contributions(workspace: &Workspace, scene: &Scene, context: &RequestContext<'_>) -> Vec<Contribution> {
    let (ranking, features) = (scene.model.ranking(context), workspace.features_of(0));
    let parts = ranking.scorer(context).parts(features);
    let named = ranking.features().iter().zip(features).zip(parts);
    named.map(|((feature, value), part)| Contribution { feature: Arc::clone(feature), value: *value, part }).collect()
}

/// Its part of the score, where it has one.
#[expect(clippy::cast_possible_truncation, reason = "factors are small, and so are their logarithms")]
fn of_steering(steered: &Steered) -> Option<Contribution> {
    let (feature, factor, sign) = match steered.by {
        SteeredBy::Boost(factor) => ("boost", factor, 1.0),
        SteeredBy::Bury(factor) => ("bury", factor, -1.0),
        SteeredBy::Pin(_) => return None,
    };
    Some(Contribution { feature: feature.into(), value: factor as f32, part: (sign * factor.ln()) as f32 })
}

fn offer(shop: &Shop, fitting: Fitting, score: f32) -> Option<Offer> {
    let variant = shop.catalog.ids().variant_id(fitting.variant)?;
    Some(Offer { variant, score, size_note: fitting.size_note })
}

/// Of an id that stands nowhere, not even in an event: nothing can be said, and it is given no number.
fn unheard_of(scene: &Scene) -> Explanation {
    let rule =
        |rule: Ineligibility| RuleVerdict { rule, forbids: rule == Ineligibility::UnknownProduct, facts: Vec::new() };
    Explanation {
        verdict: Err(Ineligibility::UnknownProduct),
        rules: Ineligibility::ALL.into_iter().map(rule).collect(),
        contributions: Vec::new(),
        reasons: Vec::new(),
        steered_by: Vec::new(),
        fallbacks: scene.fallbacks.clone(),
        model_version: Arc::clone(&scene.model.version),
    }
}
