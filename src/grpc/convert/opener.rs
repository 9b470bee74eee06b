//! Openers: who is to be greeted, and with what.

use crate::domain::{
    Timestamp,
    customer::Placeholders,
    opener::{Fact, Opener, OpenerQuery},
};
use crate::grpc::convert::{
    At, Choice as _, Violations,
    choices::{number, numbers, optional},
    recommend::recommended_out,
    scalar::{optional_id, optional_locale},
    who::who,
};
use crate::proto;

/// Who is to be greeted, where and when.
pub fn opener_query(
    request: proto::GetOpenerRequest,
    now: Timestamp,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<OpenerQuery> {
    let at = At::Request;
    let who = who(request.who, at.field("who"), nobody, bad);
    let channel = optional(request.channel, at.field("channel"), bad);
    let locale = optional_locale(&request.locale, at.field("locale"), bad);
    let page = optional(request.page, at.field("page"), bad).unwrap_or_default();
    let product = optional_id(request.product_id, at.field("product_id"), bad);
    let conversation = optional_id(request.conversation_id, at.field("conversation_id"), bad);
    Some(OpenerQuery { who: who?, channel, locale, page, product, conversation, now })
}

/// As the contract writes it.
pub fn opener_out(opener: Opener) -> proto::GetOpenerResponse {
    let replies = opener.quick_replies.into_iter();
    proto::GetOpenerResponse {
        text: opener.text,
        situation: opener.situation.number(),
        facts: opener.facts.into_iter().map(fact_out).collect(),
        quick_replies: replies
            .map(|reply| proto::QuickReply { code: reply.code.to_owned(), text: reply.text.to_string() })
            .collect(),
        products: opener.products.into_iter().map(recommended_out).collect(),
        locale: opener.locale.to_string(),
        attribution_token: opener.attribution_token,
        fallback: number(opener.fallbacks.first().copied()),
        fallbacks: numbers(&opener.fallbacks),
    }
}

fn fact_out(fact: Fact) -> proto::Fact {
    let text = |id: Option<crate::domain::Id>| id.map(|id| id.to_string()).unwrap_or_default();
    proto::Fact {
        kind: fact.kind.to_owned(),
        event_id: text(fact.event),
        product_id: text(fact.product),
        variant_id: text(fact.variant),
        order_id: text(fact.order),
        time_ms: fact.time.0,
    }
}
