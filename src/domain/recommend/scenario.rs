//! Which ranking answers a request, and what is known of the customer who asks.

use serde::{Deserialize, Serialize};

use crate::domain::recommend::{Placement, RequestContext};

/// Placements that ask the same kind of question share one ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// What a customer is shown for her own sake: home page, feed, e-mail.
    Personal,
    /// What stands beside a product in view: others like it, and what goes with it.
    ProductPage,
    /// What completes a cart, or the order that was just made of it.
    Cart,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Personal, Self::ProductPage, Self::Cart];

    /// As cards and logs name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::ProductPage => "product_page",
            Self::Cart => "cart",
        }
    }
}

impl RequestContext<'_> {
    /// The kind of question that this is. A product page without its product, or a cart without a line, asks for the customer's
    /// own sake; so does a chat, unless it is held beside a product.
    pub fn scenario(&self) -> Scenario {
        match self.placement {
            Placement::ProductPage | Placement::Chat if self.in_view.is_some() => Scenario::ProductPage,
            Placement::Cart | Placement::AfterPurchase if !self.cart.is_empty() => Scenario::Cart,
            _ => Scenario::Personal,
        }
    }
}

/// How much is known of a customer: looks, cart changes and purchases, by product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryBand {
    /// None.
    Nothing,
    /// 1 or 2.
    Hardly,
    /// 3 to 10.
    Little,
    /// 11 to 100.
    Much,
    /// More than 100.
    Most,
}

impl HistoryBand {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Hardly, Self::Little, Self::Much, Self::Most];

    /// Of so many interactions.
    pub const fn of(interactions: usize) -> Self {
        match interactions {
            0 => Self::Nothing,
            1..=2 => Self::Hardly,
            3..=10 => Self::Little,
            11..=100 => Self::Much,
            _ => Self::Most,
        }
    }

    /// As cards name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no interaction",
            Self::Hardly => "1 or 2 interactions",
            Self::Little => "3 to 10 interactions",
            Self::Much => "11 to 100 interactions",
            Self::Most => "more than 100 interactions",
        }
    }
}

impl RequestContext<'_> {
    /// How many interactions are known of the customer, apart from the product in view.
    pub fn interactions(&self) -> usize {
        let viewed = self.history.visit.len().saturating_sub(usize::from(self.in_view.is_some()));
        self.history.bought.len() + self.history.looks.len() + viewed
    }
}
