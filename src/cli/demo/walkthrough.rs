//! What the demo shows: for each telling customer her opener, her products with reasons, and what was left out. Asked of
//! the running server over gRPC, as any caller would.

use std::{collections::HashMap, fmt::Write as _, net::SocketAddr};

use anyhow::Context as _;
use tonic::transport::Channel;

use super::super::stdout::print;
use crate::demo::{DemoShop, Telling};
use crate::domain::catalog::Product;
use crate::proto::{
    self, Context, GetOpenerRequest, GetOpenerResponse, Ineligibility, RecommendRequest, RecommendResponse,
    RecommendedProduct, SizeNote, opener_service_client::OpenerServiceClient,
    recommendation_service_client::RecommendationServiceClient,
};

/// Products shown for each.
const SHOWN: i32 = 4;

/// Asks for every telling customer and tells what came.
pub async fn go(addr: SocketAddr, shop: &DemoShop) -> anyhow::Result<()> {
    let channel = Channel::from_shared(format!("http://{addr}"))?.connect().await.context("the demo's own server")?;
    let mut recommendations = RecommendationServiceClient::new(channel.clone());
    let mut openers = OpenerServiceClient::new(channel);
    let products: HashMap<&str, &Product> = shop.products.iter().map(|one| (one.id.as_str(), one)).collect();
    for telling in &shop.telling {
        let opener = openers.get_opener(opener_request(telling)).await?.into_inner();
        let answer = recommendations.recommend(recommend_request(telling)).await?.into_inner();
        print(&(told(telling, &opener, &answer, &products) + "\n"))?;
    }
    Ok(())
}

/// The calls to try by hand.
pub fn calls(addr: SocketAddr) -> String {
    let call = |service: &str, method: &str, body: &str| {
        format!("  grpcurl -plaintext -d '{body}' {addr} outfitter.v1.{service}/{method}\n")
    };
    let mut text = String::from("Calls to try (any gRPC client does: the server answers reflection):\n");
    text += &call(
        "RecommendationService",
        "Recommend",
        r#"{"who":{"customer_id":"james"},"context":{"locale":"en"},"explain":true,"page_size":5}"#,
    );
    text +=
        &call("OpenerService", "GetOpener", r#"{"who":{"customer_id":"anna"},"locale":"pl","channel":"CHANNEL_CHAT"}"#);
    text += &call("RecommendationService", "ExplainProduct", r#"{"who":{"customer_id":"darya"},"product_id":"p0000"}"#);
    text += &call("ProfileService", "GetProfile", r#"{"who":{"customer_id":"james"}}"#);
    text
}

fn who(telling: &Telling) -> proto::Who {
    let text = |id: &Option<crate::domain::Id>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    proto::Who { customer_id: text(&telling.who.customer), visitor_id: text(&telling.who.visitor), other: None }
}

fn opener_request(telling: &Telling) -> GetOpenerRequest {
    GetOpenerRequest {
        who: Some(who(telling)),
        channel: proto::Channel::Chat.into(),
        locale: telling.locale.to_owned(),
        ..GetOpenerRequest::default()
    }
}

fn recommend_request(telling: &Telling) -> RecommendRequest {
    RecommendRequest {
        who: Some(who(telling)),
        context: Some(Context { locale: telling.locale.to_owned(), ..Context::default() }),
        page_size: SHOWN,
        explain: true,
        ..RecommendRequest::default()
    }
}

fn told(
    telling: &Telling,
    opener: &GetOpenerResponse,
    answer: &RecommendResponse,
    products: &HashMap<&str, &Product>,
) -> String {
    let mut text = String::new();
    let name = telling.who.subject().map(|who| who.value.to_string()).unwrap_or_default();
    let _ = writeln!(text, "{name} ({}): {}", telling.locale, telling.story);
    let replies: Vec<&str> = opener.quick_replies.iter().map(|reply| reply.text.as_str()).collect();
    let _ = writeln!(text, "  says   {}", opener.text);
    if !replies.is_empty() {
        let _ = writeln!(text, "         [{}]", replies.join("] ["));
    }
    for (number, product) in answer.products.iter().enumerate() {
        let heading = if number == 0 { "shows " } else { "      " };
        let _ = writeln!(text, "  {heading} {}", line(product, telling.locale, products));
    }
    let _ = writeln!(text, "  leaves {}", removed(answer));
    let fallbacks: Vec<String> = answer.fallbacks().map(|one| spoken(one.as_str_name(), "FALLBACK_")).collect();
    if !fallbacks.is_empty() {
        let _ = writeln!(text, "  rests  {}", fallbacks.join(", "));
    }
    text
}

fn line(product: &RecommendedProduct, locale: &str, products: &HashMap<&str, &Product>) -> String {
    let known = products.get(product.product_id.as_str());
    let title = known.map_or(product.product_id.as_str(), |known| title(known, locale));
    let variant = known.and_then(|known| known.variants.iter().find(|one| one.id.as_str() == product.variant_id));
    let variant = variant.map_or_else(String::new, |variant| format!("{} {}", variant.color, variant.size));
    let note = SizeNote::try_from(product.size_note).unwrap_or_default();
    let why = product.reasons.first().map_or_else(String::new, |reason| format!(" - {}", reason.sentence));
    let size = match note {
        SizeNote::Kept | SizeNote::Declared => " (her size)",
        SizeNote::Unknown => " (size not known)",
        SizeNote::OneSize | SizeNote::Unspecified => "",
    };
    format!("{title}, {}{size}{why}", variant.trim())
}

fn title<'a>(product: &'a Product, locale: &str) -> &'a str {
    let text = product.texts.iter().find(|text| text.locale.to_string() == locale).or_else(|| product.texts.first());
    text.map_or("", |text| &text.title)
}

fn removed(answer: &RecommendResponse) -> String {
    let parts: Vec<String> = answer
        .removed
        .iter()
        .filter_map(|one| {
            let reason = Ineligibility::try_from(one.reason).ok()?;
            Some(format!("{} {}", one.count, spoken(reason.as_str_name(), "INELIGIBILITY_")))
        })
        .collect();
    if parts.is_empty() { "nothing out".to_owned() } else { format!("out {}", parts.join(", ")) }
}

/// `FALLBACK_NO_CONSENT` as people write it.
fn spoken(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase().replace('_', " ")
}
