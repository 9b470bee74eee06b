//! What could be said now: each situation is found by one pure function over facts, or it is not there.
//!
//! Nothing here knows a language, nor what was said before: that is `render` and `choose`. A finding carries every fact that
//! its text may claim; prices and stock are those of the catalogue now, the cart is as her events tell it.

mod again;
mod cart;
mod order;
mod size;

use std::sync::Arc;

use crate::domain::{
    Id, Money, TimeZone, Timestamp,
    catalog::{Garment, Product, ProductIx, Row, VariantRow},
    customer::{CartLine, Stamp},
    opener::{Fact, Situation},
    recommend::{Eligibility, Fitting, Model, Placement, Reason, Recommended, RequestContext},
    rules::OpenerRules,
};

/// All that a situation may be found in.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The customer and the shop at one moment.
    pub context: RequestContext<'a>,
    /// What stands in the cart, the oldest first.
    pub cart: &'a [CartLine],
    /// What may be offered. Made without the cart and the page: openers speak of what is in them.
    pub eligibility: &'a Eligibility<'a>,
    /// What goes with what.
    pub model: &'a Model,
    /// When openers speak of what.
    pub rules: &'a OpenerRules,
    /// In which days are counted.
    pub zone: &'a TimeZone,
}

/// Something true that could be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What to say.
    pub words: Words,
    /// The product that it is about, by which it is known again.
    pub subject: Option<Id>,
    /// The newest of the facts that called for it. Said after that, it was said about them.
    pub since: Timestamp,
    /// Every claim of the text.
    pub facts: Vec<Fact>,
    /// What may be offered with it.
    pub products: Vec<Recommended>,
}

impl Finding {
    /// Whether its text names the product.
    pub fn names(&self, product: &Id) -> bool {
        let offered = match &self.words {
            Words::GoesWithPurchase { product, .. } => Some(&product.id),
            _ => None,
        };
        self.subject.as_ref() == Some(product) || offered == Some(product)
    }
}

/// What a text is filled in with, before any language. The fields are the variables of the messages of the like name.
#[derive(Debug, Clone, PartialEq)]
pub enum Words {
    ComplaintOpen {
        time: Timestamp,
    },
    CartSeveralSizes {
        product: Arc<Product>,
        sizes: Vec<Arc<str>>,
    },
    ReturnedForSize {
        product: Arc<Product>,
        size: Arc<str>,
        was: Arc<str>,
        too_small: bool,
    },
    BackInSize {
        product: Arc<Product>,
        size: Option<Arc<str>>,
        price: Money,
    },
    /// `others`: things of the order beside the first.
    OrderArrived {
        product: Option<Arc<Product>>,
        others: u64,
        time: Timestamp,
    },
    /// `things`: units. `total`: where every price is known.
    CartForgotten {
        product: Arc<Product>,
        things: u64,
        total: Option<Money>,
    },
    ConsumableDue {
        product: Arc<Product>,
        days: i64,
        time: Timestamp,
        price: Money,
    },
    GoesWithPurchase {
        product: Arc<Product>,
        bought: Arc<Product>,
        price: Money,
    },
    Greeting {
        page: Page,
    },
    /// When she was greeted already.
    FollowUp,
    /// When everything else was said. The number tells these apart.
    StillHere {
        number: u64,
    },
}

/// What a greeting can speak of.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    Home,
    Product { product: Arc<Product>, sized: bool },
    Cart,
    Search,
    AfterPurchase,
}

impl Words {
    /// What it is about.
    pub const fn situation(&self) -> Situation {
        match self {
            Self::ComplaintOpen { .. } => Situation::ComplaintOpen,
            Self::CartSeveralSizes { .. } => Situation::CartSeveralSizes,
            Self::ReturnedForSize { .. } => Situation::ReturnedForSize,
            Self::BackInSize { .. } => Situation::BackInSize,
            Self::OrderArrived { .. } => Situation::OrderArrived,
            Self::CartForgotten { .. } => Situation::CartForgotten,
            Self::ConsumableDue { .. } => Situation::ConsumableDue,
            Self::GoesWithPurchase { .. } => Situation::GoesWithPurchase,
            Self::Greeting { .. } | Self::FollowUp | Self::StillHere { .. } => Situation::Greeting,
        }
    }
}

/// Finds all cases of one situation, the one to be said first at the front.
pub type Detect = fn(&Setting<'_>) -> Vec<Finding>;

/// What matters more comes first. The reasons stand beside; a situation that does not hold costs next to nothing.
pub const PRIORITY: [(Situation, Detect); 8] = [
    // Whoever waits for help is not to be sold anything first.
    (Situation::ComplaintOpen, order::complaint_open),
    // She is about to order, and one of the two would come back.
    (Situation::CartSeveralSizes, cart::several_sizes),
    // She wanted it enough to pay for it; the right size ends what went wrong.
    (Situation::ReturnedForSize, size::returned_for_size),
    // She wanted it, could not have it, and it may be gone tomorrow.
    (Situation::BackInSize, size::back_in_size),
    // Listening comes before selling, and a wrong thing can still be exchanged.
    (Situation::OrderArrived, order::arrived),
    // It stays where it is: it can wait for what can't.
    (Situation::CartForgotten, cart::forgotten),
    // She will need it, a day sooner or later.
    (Situation::ConsumableDue, again::consumable_due),
    // The one that she did not ask for.
    (Situation::GoesWithPurchase, again::goes_with_purchase),
];

/// The greeting that fits the page. There always is one.
pub fn greeting(context: &RequestContext<'_>) -> Finding {
    let in_view = context.in_view.and_then(|product| context.catalog.get(product));
    let page = match (context.placement, in_view) {
        (Placement::ProductPage, Some(row)) => {
            Page::Product { product: Arc::clone(&row.product), sized: row.garment != Garment::None }
        }
        (Placement::Cart, _) => Page::Cart,
        (Placement::Search, _) => Page::Search,
        (Placement::AfterPurchase, _) => Page::AfterPurchase,
        _ => Page::Home,
    };
    let facts = match &page {
        Page::Product { product, .. } => vec![now_of("product_in_view", product, None, context.now)],
        _ => Vec::new(),
    };
    plain(Words::Greeting { page }, facts, context.now)
}

/// A finding that rests on nothing of hers.
pub const fn plain(words: Words, facts: Vec<Fact>, now: Timestamp) -> Finding {
    Finding { words, subject: None, since: now, facts, products: Vec::new() }
}

impl Setting<'_> {
    /// Whether it was at most so many days ago.
    fn recent(&self, time: Timestamp, days: i64) -> bool {
        self.days_ago(time) <= days
    }

    fn days_ago(&self, time: Timestamp) -> i64 {
        self.zone.days_between(time, self.context.now)
    }

    fn row(&self, product: ProductIx) -> Option<&Row> {
        self.context.catalog.get(product)
    }

    fn in_cart(&self, product: ProductIx) -> bool {
        self.cart.iter().any(|line| line.product == product)
    }
}

fn offer(row: &Row, fitting: Fitting, score: f32, reason: Option<Reason>) -> Option<Recommended> {
    let variant = row.variant(fitting.variant)?;
    Some(Recommended {
        product: row.product.id.clone(),
        variant: variant_id(row, variant)?,
        ix: (row.ix, variant.ix),
        score,
        reasons: reason.into_iter().collect(),
        size_note: fitting.size_note,
        steered_by: Vec::new(),
    })
}

fn size_text(row: &Row, variant: &VariantRow) -> Option<Arc<str>> {
    let written = row.product.variants.get(variant.place as usize).map(|variant| Arc::clone(&variant.size))?;
    (row.garment != Garment::None && !written.trim().is_empty()).then_some(written)
}

fn variant_id(row: &Row, variant: &VariantRow) -> Option<Id> {
    row.product.variants.get(variant.place as usize).map(|variant| variant.id.clone())
}

/// What an event says.
fn told(kind: &'static str, stamp: &Stamp) -> Fact {
    Fact { kind, event: Some(stamp.event.clone()), product: None, variant: None, order: None, time: stamp.time }
}

/// What the catalogue says at a moment.
fn now_of(kind: &'static str, product: &Product, variant: Option<Id>, time: Timestamp) -> Fact {
    Fact { kind, event: None, product: Some(product.id.clone()), variant, order: None, time }
}
