//! What customers do, and what is said of them: one log, in which everything that makes a profile stands.
//!
//! Traits, declared sizes, consents and said openers are events too, so that a profile is a fold over one thing. Links
//! between identifiers are not: they say whose events these are (`customer::identity`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Money, Timestamp,
    catalog::{Audience, Garment, SizeSystem},
    customer::{Identifier, Purpose},
    opener::Situation,
    recommend::Placement,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique for ever. Sent twice with the same content, it counts once.
    pub id: Id,
    /// Whom it happened to.
    pub who: Who,
    /// When.
    pub time: Timestamp,
    /// Where she met the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Groups what was done in one visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Id>,
    /// The token of the answer that led to it, as the caller got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Arc<str>>,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Whom a call or an event means. At least one is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Who {
    /// The shop's id of a known customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Id>,
    /// A browser or an app installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Id>,
    /// What another system knows her by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Identifier>,
}

impl Who {
    /// A known customer.
    pub fn customer(id: Id) -> Self {
        Self { customer: Some(id), ..Self::default() }
    }

    /// An anonymous visitor.
    pub fn visitor(id: Id) -> Self {
        Self { visitor: Some(id), ..Self::default() }
    }

    /// The one that is meant: the customer, else the visitor, else the other. `None` where nothing is set.
    pub fn subject(&self) -> Option<Identifier> {
        self.customer
            .clone()
            .map(Identifier::customer)
            .or_else(|| self.visitor.clone().map(Identifier::visitor))
            .or_else(|| self.other.clone())
    }

    /// Those that stand beside the customer's id and are thereby linked to her.
    pub fn aliases(&self) -> impl Iterator<Item = Identifier> {
        let named = self.customer.is_some();
        let visitor = self.visitor.clone().map(Identifier::visitor);
        visitor.into_iter().chain(self.other.clone()).filter(move |_| named)
    }
}

/// Where a customer meets the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Channel {
    Web,
    App,
    Email,
    Store,
    CallCentre,
    Chat,
    Social,
}

/// Some of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// The product.
    pub product: Id,
    /// `None`: the product as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Id>,
    /// At least one.
    pub quantity: u32,
    /// What one unit cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// How many equal lines of the same order (the same product and variant) were told before it in other events of the
    /// same source, as a reader does that makes an event of each row. Equal lines of one event are counted by themselves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub position: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why something came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ReturnReason {
    TooSmall,
    TooLarge,
    Defective,
    NotAsDescribed,
    ChangedMind,
    Other,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of proto/outfitter/v1/event.proto and profile.proto")]
pub enum EventKind {
    ProductViewed {
        product: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variant: Option<Id>,
    },
    CartAdded {
        item: LineItem,
    },
    CartRemoved {
        item: LineItem,
    },
    Purchased {
        order: Option<Id>,
        items: Vec<LineItem>,
    },
    Returned {
        order: Option<Id>,
        items: Vec<LineItem>,
        reason: Option<ReturnReason>,
    },
    OrderDelivered {
        order: Id,
    },
    Searched {
        query: Arc<str>,
    },
    PageViewed {
        placement: Option<Placement>,
        category_path: Vec<Arc<str>>,
    },
    Rated {
        product: Id,
        stars: u8,
    },
    Commented {
        product: Option<Id>,
        text: Arc<str>,
    },
    Complained {
        complaint: Id,
        order: Option<Id>,
        text: Arc<str>,
    },
    ComplaintResolved {
        complaint: Id,
    },
    ChatTurn {
        conversation: Option<Id>,
        from_customer: bool,
        text: Arc<str>,
    },
    Impression {
        products: Vec<Id>,
    },
    Clicked {
        product: Id,
    },
    SurveyAnswered {
        survey: Id,
        question: Id,
        answer: Answer,
    },
    /// `value` empty takes the trait back.
    TraitSet {
        name: Arc<str>,
        value: Arc<str>,
        source: Arc<str>,
    },
    /// `size` empty takes the declaration back. `audience` `None`: for whichever.
    SizeDeclared {
        garment: Garment,
        audience: Option<Audience>,
        size: Arc<str>,
        system: Option<SizeSystem>,
    },
    ConsentSet {
        purpose: Purpose,
        granted: bool,
        source: Arc<str>,
    },
    /// What the chatbot was given to say. `line` tells the wordings of one situation apart.
    OpenerSaid {
        situation: Situation,
        line: Arc<str>,
        conversation: Option<Id>,
        product: Option<Id>,
    },
}

/// An answer to one question of a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// On a scale, or the number of a choice.
    Number(i32),
    /// Open text.
    Text(Arc<str>),
}

impl EventKind {
    /// Every product that the event speaks of, with repeats.
    pub fn products(&self) -> impl Iterator<Item = &Id> {
        let (one, items, shown): (Option<&Id>, &[LineItem], &[Id]) = match self {
            Self::ProductViewed { product, .. } | Self::Rated { product, .. } | Self::Clicked { product } => {
                (Some(product), &[], &[])
            }
            Self::CartAdded { item } | Self::CartRemoved { item } => (None, std::slice::from_ref(item), &[]),
            Self::Purchased { items, .. } | Self::Returned { items, .. } => (None, items, &[]),
            Self::Commented { product, .. } | Self::OpenerSaid { product, .. } => (product.as_ref(), &[], &[]),
            Self::Impression { products } => (None, &[], products),
            Self::OrderDelivered { .. }
            | Self::Searched { .. }
            | Self::PageViewed { .. }
            | Self::Complained { .. }
            | Self::ComplaintResolved { .. }
            | Self::ChatTurn { .. }
            | Self::SurveyAnswered { .. }
            | Self::TraitSet { .. }
            | Self::SizeDeclared { .. }
            | Self::ConsentSet { .. } => (None, &[], &[]),
        };
        one.into_iter().chain(items.iter().map(|item| &item.product)).chain(shown)
    }
}
