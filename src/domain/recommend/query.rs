//! The question and the answer. `now` and everything that decides come in with the question.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Locale, Timestamp,
    catalog::{ProductIx, VariantIx},
    event::{Channel, Who},
    recommend::{Filter, Steered, Steering},
};

/// A place that products are shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Placement {
    #[default]
    Home,
    ProductPage,
    Cart,
    AfterPurchase,
    Feed,
    Email,
    Search,
    Chat,
}

impl Placement {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Home,
        Self::ProductPage,
        Self::Cart,
        Self::AfterPurchase,
        Self::Feed,
        Self::Email,
        Self::Search,
        Self::Chat,
    ];
}

/// Who asks, where and when: what every question of this service has in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// About whom.
    pub who: Who,
    /// Where the products are to be shown.
    pub placement: Placement,
    /// What is known of the moment apart from the customer.
    pub context: Context,
    /// The moment.
    pub now: Timestamp,
}

/// What is known of the moment apart from the customer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    /// The product on the page.
    pub product: Option<Id>,
    /// What the cart holds. Empty: as the events tell it.
    pub cart: Vec<(Id, Option<Id>)>,
    /// `None`: the shop's default.
    pub locale: Option<Locale>,
    /// Where she meets the shop.
    pub channel: Option<Channel>,
    /// The visit.
    pub session: Option<Id>,
}

/// One page of products for a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Who asks, where and when.
    pub asked: Asked,
    /// Which products are meant at all.
    pub filter: Filter,
    /// What is shown before others, or behind.
    pub steering: Steering,
    /// 1 to 100.
    pub page_size: usize,
    /// Of a former answer.
    pub page_token: Option<Arc<str>>,
    /// Whether reasons are put into sentences.
    pub explain: bool,
}

/// Why a product may not be offered. The first in this order that forbids it is the one that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ineligibility {
    /// Not in the catalogue.
    UnknownProduct,
    /// Bought and kept, and not due again.
    Bought,
    /// No variant can be sold.
    SoldOut,
    /// None that can be sold is in her size.
    WrongSize,
    /// On the page or in the cart already.
    InContext,
    /// The filter leaves it out.
    Filtered,
    /// A rule of the shop's merchandisers hides it.
    Hidden,
}

impl Ineligibility {
    /// All, in the order in which they decide.
    pub const ALL: [Self; 7] = [
        Self::UnknownProduct,
        Self::Bought,
        Self::SoldOut,
        Self::WrongSize,
        Self::InContext,
        Self::Filtered,
        Self::Hidden,
    ];
}

/// Why this variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeNote {
    /// In the size that she declared.
    Declared,
    /// In the size that she keeps.
    Kept,
    /// Nobody can say: her size is not known well enough, or the written size of the variant is not understood or can't be
    /// compared with hers. Nothing was hidden.
    Unknown,
    /// One size, or not a thing with sizes.
    OneSize,
}

/// Why a product is for her.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ReasonCode {
    GoesWithPurchase,
    GoesWithCart,
    GoesWithInView,
    LikeViewed,
    LikeInView,
    FavouriteBrand,
    FavouriteCategory,
    PopularInSegment,
    Popular,
    NewArrival,
    DueAgain,
    RunsSmall,
    RunsLarge,
}

/// One reason, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which.
    pub code: ReasonCode,
    /// The product behind it.
    pub product: Option<Id>,
    /// The brand, category or segment behind it.
    pub subject: Option<Arc<str>>,
    /// When that happened.
    pub time: Option<Timestamp>,
    /// In her language, where asked for.
    pub sentence: Option<String>,
}

/// What an answer rests on where it could not rest on her own history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// Nothing is known of her.
    UnknownCustomer,
    /// Known, but nothing that says anything.
    NoHistory,
    /// An anonymous session.
    SessionOnly,
    /// She does not consent.
    NoConsent,
    /// Nothing was trained yet.
    NoModel,
}

/// One product of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommended {
    /// The product.
    pub product: Id,
    /// The variant to offer.
    pub variant: Id,
    /// The same, as numbers.
    pub ix: (ProductIx, VariantIx),
    /// Larger is better.
    pub score: f32,
    /// What is about the customer first, then what would be said to anybody.
    pub reasons: Vec<Reason>,
    /// Why this variant.
    pub size_note: SizeNote,
    /// What the shop moved it by.
    pub steered_by: Vec<Steered>,
}

/// What one source brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceReport {
    /// Its name.
    pub source: &'static str,
    /// How many candidates.
    pub candidates: u32,
    /// Whether it failed, and the answer was made without it.
    pub failed: bool,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// In order.
    pub products: Vec<Recommended>,
    /// Of the candidates that were looked at, by [`Ineligibility::ALL`].
    pub removed: [u32; Ineligibility::ALL.len()],
    /// Where candidates came from.
    pub sources: Vec<SourceReport>,
    /// Why it does not rest on her own history, or not on a trained model; the first says most.
    pub fallbacks: Vec<Fallback>,
    /// What ranked it.
    pub model_version: Arc<str>,
    /// To be sent with the events that the answer leads to.
    pub attribution_token: String,
    /// `None` on the last page.
    pub next_page_token: Option<String>,
}

/// One product of the caller's own list.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// As asked.
    pub product: Id,
    /// The offer, or why there is none.
    pub verdict: Result<Offer, Ineligibility>,
}

/// The variant to offer, and how much it is for her.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The variant.
    pub variant: Id,
    /// Larger is better.
    pub score: f32,
    /// Why this variant.
    pub size_note: SizeNote,
}

/// The caller's own list, scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// In the order of the request.
    pub products: Vec<Scored>,
    /// Why it does not rest on her own history, or not on a trained model; the first says most.
    pub fallbacks: Vec<Fallback>,
    /// What ranked it.
    pub model_version: Arc<str>,
    /// To be sent with the events that the answer leads to.
    pub attribution_token: String,
}

/// What one rule says of one product.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    /// Which.
    pub rule: Ineligibility,
    /// Whether it forbids.
    pub forbids: bool,
    /// What it rests on: names with values.
    pub facts: Vec<(&'static str, String)>,
}

/// One feature's part of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Its name.
    pub feature: Arc<str>,
    /// Its value.
    pub value: f32,
    /// Its part of the score.
    pub part: f32,
}

/// Why a product is, or is not, for her.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The offer, or why there is none.
    pub verdict: Result<Offer, Ineligibility>,
    /// Every rule, in the order in which they decide.
    pub rules: Vec<RuleVerdict>,
    /// With a base that is the same for all products they add up to the score.
    pub contributions: Vec<Contribution>,
    /// What is about the customer first, then what would be said to anybody.
    pub reasons: Vec<Reason>,
    /// What the shop moves it by.
    pub steered_by: Vec<Steered>,
    /// Why it does not rest on her own history, or not on a trained model; the first says most.
    pub fallbacks: Vec<Fallback>,
    /// What ranked it.
    pub model_version: Arc<str>,
}
