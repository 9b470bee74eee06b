//! Questions about products for a customer, and the answers.

use std::sync::Arc;

use crate::domain::{
    Id, Timestamp,
    customer::Placeholders,
    recommend::{
        Answer, Asked, Context, Contribution, Explanation, Ineligibility, Query, Reason, Recommended, RuleVerdict,
        Scored, Scores, SourceReport,
    },
};
use crate::grpc::convert::{
    At, Choice as _, Violations,
    choices::{number, numbers, optional},
    filter::filter,
    merchandising::{steered_out, steering},
    scalar::{count, id, optional_id, optional_locale, page_size},
    who::who,
};
use crate::proto;

/// Products of a page where the request doesn't say.
const DEFAULT_PAGE: usize = 20;

/// The most products of a page.
const MAX_PAGE: usize = 100;

/// The most products of a list to be scored.
const MAX_SCORED: usize = 1_000;

/// The most lines of a cart.
const MAX_CART: usize = 1_000;

/// A page of products is asked for.
pub fn query(
    request: proto::RecommendRequest,
    now: Timestamp,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<Query> {
    let asked = asked(request.who, request.placement, request.context, now, nobody, bad);
    let filter = filter(request.filter.unwrap_or_default(), At::Request.field("filter"), bad);
    let steering = steering(request.boosts, request.bury, bad);
    let page_size = page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE, bad);
    let page_token = Some(request.page_token).filter(|token| !token.is_empty()).map(Arc::from);
    Some(Query { asked: asked?, filter, steering, page_size: page_size?, page_token, explain: request.explain })
}

/// Who asks, where and when.
pub fn asked(
    who: Option<proto::Who>,
    placement: i32,
    context: Option<proto::Context>,
    now: Timestamp,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<Asked> {
    let at = At::Request;
    let who = self::who(who, at.field("who"), nobody, bad);
    let placement = optional(placement, at.field("placement"), bad).unwrap_or_default();
    let context = self::context(context.unwrap_or_default(), at.field("context"), bad);
    Some(Asked { who: who?, placement, context, now })
}

fn context(context: proto::Context, at: At<'_>, bad: &mut Violations) -> Context {
    count(context.cart.len(), 0, MAX_CART, at.field("cart"), bad);
    let mut cart = Vec::with_capacity(context.cart.len().min(MAX_CART));
    for (i, line) in context.cart.into_iter().enumerate() {
        let at = at.item("cart", i);
        let variant = optional_id(line.variant_id, at.field("variant_id"), bad);
        cart.extend(id(line.product_id, at.field("product_id"), bad).map(|product| (product, variant)));
    }
    Context {
        product: optional_id(context.product_id, at.field("product_id"), bad),
        cart,
        locale: optional_locale(&context.locale, at.field("locale"), bad),
        channel: optional(context.channel, at.field("channel"), bad),
        session: optional_id(context.session_id, at.field("session_id"), bad),
    }
}

/// The caller's own list.
pub fn product_ids(ids: Vec<String>, bad: &mut Violations) -> Vec<Id> {
    let request = At::Request;
    count(ids.len(), 1, MAX_SCORED, request.field("product_ids"), bad);
    let mut taken = Vec::with_capacity(ids.len().min(MAX_SCORED));
    for (i, product) in ids.into_iter().enumerate() {
        taken.extend(id(product, request.item("product_ids", i), bad));
    }
    taken
}

/// As the contract writes it.
pub fn answer_out(answer: Answer) -> proto::RecommendResponse {
    let removed = Ineligibility::ALL.into_iter().zip(answer.removed).filter(|(_, count)| *count > 0);
    proto::RecommendResponse {
        products: answer.products.into_iter().map(recommended_out).collect(),
        removed: removed
            .map(|(reason, count)| proto::RemovedCount { reason: reason.number(), count: count.into() })
            .collect(),
        sources: answer.sources.into_iter().map(source_out).collect(),
        fallback: number(answer.fallbacks.first().copied()),
        fallbacks: numbers(&answer.fallbacks),
        model_version: answer.model_version.to_string(),
        attribution_token: answer.attribution_token,
        next_page_token: answer.next_page_token.unwrap_or_default(),
    }
}

/// As the contract writes it.
pub fn recommended_out(one: Recommended) -> proto::RecommendedProduct {
    proto::RecommendedProduct {
        product_id: one.product.to_string(),
        variant_id: one.variant.to_string(),
        score: one.score.into(),
        reasons: one.reasons.into_iter().map(reason_out).collect(),
        size_note: one.size_note.number(),
        steered_by: one.steered_by.into_iter().map(steered_out).collect(),
    }
}

fn source_out(report: SourceReport) -> proto::SourceReport {
    proto::SourceReport {
        source: report.source.to_owned(),
        candidates: i32::try_from(report.candidates).unwrap_or(i32::MAX),
        failed: report.failed,
    }
}

fn reason_out(reason: Reason) -> proto::Reason {
    proto::Reason {
        code: reason.code.number(),
        product_id: reason.product.map(|id| id.to_string()).unwrap_or_default(),
        subject: reason.subject.map(|subject| subject.to_string()).unwrap_or_default(),
        time_ms: reason.time.unwrap_or_default().0,
        sentence: reason.sentence.unwrap_or_default(),
    }
}

/// As the contract writes it.
pub fn scores_out(scores: Scores) -> proto::ScoreProductsResponse {
    proto::ScoreProductsResponse {
        products: scores.products.into_iter().map(scored_out).collect(),
        model_version: scores.model_version.to_string(),
        attribution_token: scores.attribution_token,
        fallback: number(scores.fallbacks.first().copied()),
        fallbacks: numbers(&scores.fallbacks),
    }
}

fn scored_out(scored: Scored) -> proto::ScoredProduct {
    let product_id = scored.product.to_string();
    match scored.verdict {
        Ok(offer) => proto::ScoredProduct {
            product_id,
            ineligible: 0,
            score: offer.score.into(),
            variant_id: offer.variant.to_string(),
            size_note: offer.size_note.number(),
        },
        Err(reason) => {
            proto::ScoredProduct { product_id, ineligible: reason.number(), ..proto::ScoredProduct::default() }
        }
    }
}

/// As the contract writes it.
pub fn explanation_out(explanation: Explanation) -> proto::ExplainProductResponse {
    let (ineligible, offer) = match explanation.verdict {
        Ok(offer) => (0, Some(offer)),
        Err(reason) => (reason.number(), None),
    };
    proto::ExplainProductResponse {
        ineligible,
        variant_id: offer.as_ref().map(|offer| offer.variant.to_string()).unwrap_or_default(),
        rules: explanation.rules.into_iter().map(rule_out).collect(),
        score: offer.map(|offer| offer.score.into()).unwrap_or_default(),
        features: explanation.contributions.iter().map(contribution_out).collect(),
        reasons: explanation.reasons.into_iter().map(reason_out).collect(),
        model_version: explanation.model_version.to_string(),
        fallback: number(explanation.fallbacks.first().copied()),
        fallbacks: numbers(&explanation.fallbacks),
        steered_by: explanation.steered_by.into_iter().map(steered_out).collect(),
    }
}

fn rule_out(verdict: RuleVerdict) -> proto::RuleVerdict {
    let facts = verdict.facts.into_iter();
    proto::RuleVerdict {
        rule: verdict.rule.number(),
        forbids: verdict.forbids,
        facts: facts.map(|(name, value)| proto::Attribute { name: name.to_owned(), value }).collect(),
    }
}

fn contribution_out(part: &Contribution) -> proto::FeatureContribution {
    let (value, contribution) = (f64::from(part.value), f64::from(part.part));
    proto::FeatureContribution { feature: part.feature.to_string(), value, contribution }
}
