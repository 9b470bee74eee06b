//! Openers: the one thing that matters most now, said once, in her language, from facts.
//!
//! Read who she is; find what is true (`situation`); choose what matters most and was not said (`choose`); remember it
//! (`remember`), and only then say it (`render`). Consent is kept by what is read: without it, findings rest on the session.

mod choose;
#[cfg(test)]
mod golden;
mod remember;
mod render;
mod situation;

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Locale, Timestamp,
    event::{Channel, Who},
    recommend::{
        self, Asked, Context, Fallback, Filter, Placement, Query, Recommended, RequestContext, Scene, Steering,
    },
    shop::{AskError, Shop},
    store::{Refusal, StoreError, Write, Written},
};
use choose::{Choice, Memory};
use situation::{Finding, Setting, Words};

/// What an opener is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// A plain greeting that fits the page.
    Greeting,
    /// The cart holds one model in several sizes.
    CartSeveralSizes,
    /// Something stands in the cart for long.
    CartForgotten,
    /// Something she looked at is there again in her size.
    BackInSize,
    /// An order has just arrived.
    OrderArrived,
    /// Something went back for its size.
    ReturnedForSize,
    /// A consumable is about to run out.
    ConsumableDue,
    /// What goes with the last purchase.
    GoesWithPurchase,
    /// A complaint that nobody has answered yet.
    ComplaintOpen,
}

/// Who is to be greeted, where and when.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenerQuery {
    /// Whom.
    pub who: Who,
    /// Where she meets the shop.
    pub channel: Option<Channel>,
    /// `None`: her locale trait, else the shop's default.
    pub locale: Option<Locale>,
    /// The page that the conversation starts on.
    pub page: Placement,
    /// The product on the page.
    pub product: Option<Id>,
    /// `None`: the calls of one day are one conversation.
    pub conversation: Option<Id>,
    /// The moment.
    pub now: Timestamp,
}

/// The first line of a conversation, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Opener {
    /// What to say.
    pub text: String,
    /// What it is about.
    pub situation: Situation,
    /// Every claim of the text.
    pub facts: Vec<Fact>,
    /// What she can answer with one touch.
    pub quick_replies: Vec<QuickReply>,
    /// Eligible, each with the variant to offer.
    pub products: Vec<Recommended>,
    /// That the text is written in.
    pub locale: Locale,
    /// To be sent with the events that it leads to.
    pub attribution_token: String,
    /// Why her history was not read, or says little.
    pub fallbacks: Vec<Fallback>,
}

/// Something that a text claims, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// "`cart_added`", "`order_delivered`", ...
    pub kind: &'static str,
    /// The event that says so, where one does.
    pub event: Option<Id>,
    /// What it is about.
    pub product: Option<Id>,
    /// What it is about.
    pub variant: Option<Id>,
    /// What it is about.
    pub order: Option<Id>,
    /// When it happened.
    pub time: Timestamp,
}

/// An answer that she can give with one touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// Stable, for the caller to act on.
    pub code: &'static str,
    /// In the locale of the text.
    pub text: Arc<str>,
}

/// How many products stand beside a line that brings none of its own.
const BESIDE: usize = 3;

/// Says one line and remembers it. Where the state can't be read or written, a plain greeting is said, which is not remembered:
/// a shop would rather greet somebody twice than not at all.
pub(in crate::domain) async fn open(shop: &Shop, query: &OpenerQuery) -> Result<Opener, AskError> {
    match open_remembered(shop, query).await {
        // A store that is closed has a server that is going down: the next one can do better.
        Err(AskError::Store(error @ (StoreError::Full | StoreError::Failed(_)))) => {
            tracing::warn!(%error, "an opener can't be remembered: a plain greeting is said");
            greet(shop, query).await
        }
        answer => answer,
    }
}

/// What can be said without being remembered: the page alone is spoken of, and nothing is offered.
async fn greet(shop: &Shop, query: &OpenerQuery) -> Result<Opener, AskError> {
    let asked = query.asked();
    let scene = match Scene::load(shop, &asked, &Filter::default(), &Steering::default()).await {
        Ok(scene) => scene,
        // Nothing has to be read of nobody.
        Err(_) => {
            Scene::load(shop, &Asked { who: Who::default(), ..asked }, &Filter::default(), &Steering::default()).await?
        }
    };
    let token = recommend::attribution(&scene, shop.seal.answer_id(), query.page);
    let choice = choose::greet(&scene.context());
    Ok(say(shop, &scene, choice, Vec::new(), token))
}

/// Says one line and remembers it. Where another call of the conversation was faster to say it, chooses again: each turn of
/// the loop means that another call got its answer.
async fn open_remembered(shop: &Shop, query: &OpenerQuery) -> Result<Opener, AskError> {
    let asked = query.asked();
    let mut taken = BTreeSet::new();
    loop {
        let scene = Scene::load(shop, &asked, &Filter::default(), &Steering::default()).await?;
        let choice = choose_now(shop, query, &scene, &taken);
        let beside = beside(shop, &asked, &choice).await?;
        let token = recommend::attribution(&scene, shop.seal.answer_id(), query.page);
        let event = remember::event(query, scene.owner.as_ref(), &scene.zone, &choice, &token);
        let event = event.map_err(|fault| StoreError::Failed(fault.to_string()))?;
        match shop.store.write(vec![Write::Event(event)]).await?.pop() {
            Some(Ok(Written::Event { duplicate: false })) => return Ok(say(shop, &scene, choice, beside, token)),
            Some(Ok(Written::Event { duplicate: true }) | Err(Refusal::EventConflict(_))) => taken.insert(choice.line),
            other => return Err(StoreError::Failed(format!("an opener was not remembered: {other:?}")).into()),
        };
    }
}

impl OpenerQuery {
    fn asked(&self) -> Asked {
        let context = Context {
            product: self.product.clone(),
            locale: self.locale.clone(),
            channel: self.channel,
            ..Context::default()
        };
        Asked { who: self.who.clone(), placement: self.page, context, now: self.now }
    }
}

fn choose_now(shop: &Shop, query: &OpenerQuery, scene: &Scene, taken: &BTreeSet<String>) -> Choice {
    let context = scene.context();
    // Openers speak of what is in the cart and on the page, so these do not forbid a product here.
    let bare = RequestContext { cart: &[], in_view: None, ..context };
    let cart = context.profile.cart();
    let setting = Setting {
        context,
        cart: &cart,
        eligibility: &scene.eligibility(&bare, &shop.rules),
        model: &scene.model,
        rules: &shop.rules.opener,
        zone: &scene.zone,
    };
    let said = context.profile.openers();
    let memory = Memory::new(said, context.ids, query.conversation.as_ref(), query.now, &scene.zone, taken);
    choose::choose(&setting, &memory)
}

/// What a plain line offers: what the page would recommend. Other lines bring their own, or are no time to offer anything.
async fn beside(shop: &Shop, asked: &Asked, choice: &Choice) -> Result<Vec<Recommended>, AskError> {
    if choice.finding.words.situation() != Situation::Greeting
        || matches!(choice.finding.words, Words::StillHere { .. })
    {
        return Ok(Vec::new());
    }
    let asked = asked.clone();
    let query = Query {
        asked,
        filter: Filter::default(),
        steering: Steering::default(),
        page_size: BESIDE,
        page_token: None,
        explain: true,
    };
    Ok(recommend::recommend(shop, &query).await?.products)
}

fn say(shop: &Shop, scene: &Scene, choice: Choice, beside: Vec<Recommended>, attribution_token: String) -> Opener {
    let book = shop.texts.book(&scene.locale);
    let Finding { words, facts, mut products, .. } = choice.finding;
    for reason in products.iter_mut().flat_map(|product| &mut product.reasons) {
        let behind = reason.product.as_ref().and_then(|id| shop.catalog.ids().find_product(id.as_str()));
        let behind = behind.and_then(|product| scene.catalog.get(product));
        let name = behind.map(|row| shop.texts.title(&row.product, book.locale()));
        reason.sentence = Some(book.reason(reason.code, name, None));
    }
    products.extend(beside);
    Opener {
        text: render::text(&words, &choice.line, &shop.texts, book, &scene.zone),
        situation: words.situation(),
        quick_replies: render::replies(&words, book),
        locale: book.locale().clone(),
        fallbacks: scene.fallbacks.clone(),
        facts,
        products,
        attribution_token,
    }
}
