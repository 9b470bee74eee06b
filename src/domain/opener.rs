//! Openers: the one thing that matters most now, said once, in her language, from facts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Locale, Timestamp,
    event::{Channel, Who},
    recommend::{Fallback, Placement, Recommended},
};

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
    /// Where her history was not read.
    pub fallback: Option<Fallback>,
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
