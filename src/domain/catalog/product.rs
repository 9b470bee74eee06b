//! A product with its variants, as the shop describes it. What is checked here holds everywhere inside.
//!
//! No dense ids and nothing derived for ranking: that is `snapshot`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Id, Locale, Money, Timestamp};

/// What a customer chooses between; the same in all its sizes and colours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The shop's id.
    pub id: Id,
    /// Titles and descriptions; at least one.
    pub texts: Vec<Text>,
    /// Empty where there is none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub brand: Arc<str>,
    /// From the widest to the narrowest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category_path: Vec<Arc<str>>,
    /// What is worn how. `None`: to be derived from the category path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garment: Option<Garment>,
    /// Whom it is made for. `None`: to be derived from the category path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// At least one, ids unique.
    pub variants: Vec<Variant>,
    /// Empty where there is none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub image_uri: Arc<str>,
    /// Days until one unit is used up. `None`: the shop's rule for its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replenish_days: Option<u32>,
    /// When it came to the shop.
    #[serde(default)]
    pub available_since: Timestamp,
    /// What has no field of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// A title and a description in one locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Of both.
    pub locale: Locale,
    /// Never empty.
    pub title: Arc<str>,
    /// May be empty.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Arc<str>,
}

/// What is put into the cart: one size and one colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The shop's id, unique within the product.
    pub id: Id,
    /// As the shop writes it. Empty is one size.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub size: Arc<str>,
    /// `None`: the shop's rule for the category, else recognised from its form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_system: Option<SizeSystem>,
    /// As the shop writes it. May be empty.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub color: Arc<str>,
    /// Never negative.
    pub price: Money,
    /// Before a reduction; the same currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_price: Option<Money>,
    /// `None`: not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// Whether the shop sells it.
    #[serde(default)]
    pub availability: Availability,
    /// Empty where there is none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub image_uri: Arc<str>,
    /// What has no field of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// When stock, availability or price last changed: an older change is ignored.
    #[serde(default)]
    pub changed: Timestamp,
    /// When it last came back from not being sellable. Kept by the store, not given by the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_since: Option<Timestamp>,
}

impl Variant {
    /// Whether it can be sold now: in stock above zero or uncounted; backorder and preorder sell at zero too.
    #[must_use]
    pub fn sellable(&self) -> bool {
        match self.availability {
            Availability::InStock => self.stock != Some(0),
            Availability::Preorder | Availability::Backorder => true,
            Availability::OutOfStock => false,
        }
    }

    /// Takes over what the change says. The caller has seen that it is newer than [`Variant::changed`].
    pub fn apply(&mut self, change: &StockChange) {
        let was_sellable = self.sellable();
        if let Some(stock) = change.stock {
            self.stock = Some(stock);
        }
        if let Some(availability) = change.availability {
            self.availability = availability;
        }
        if let Some(price) = change.price {
            self.price = price;
        }
        self.changed = change.time;
        if !was_sellable && self.sellable() {
            self.back_since = Some(change.time);
        }
    }

    /// Takes over what the shop does not say anew when it replaces the product: since when the variant is back.
    pub fn follow(&mut self, former: &Self) {
        self.back_since = if !former.sellable() && self.sellable() { Some(self.changed) } else { former.back_since };
    }
}

/// Whether the shop sells a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Also where nothing is said.
    #[default]
    InStock,
    /// Not now.
    OutOfStock,
    /// Before it is out.
    Preorder,
    /// Delivered later.
    Backorder,
}

/// A change of one variant. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// The product.
    pub product: Id,
    /// The variant within it.
    pub variant: Id,
    /// Units on hand.
    pub stock: Option<u32>,
    /// Whether the shop sells it.
    pub availability: Option<Availability>,
    /// The new price.
    pub price: Option<Money>,
    /// When it was true.
    pub time: Timestamp,
}

/// One attribute without a field of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Letters, digits, '_' and '-'.
    pub name: Arc<str>,
    /// Anything.
    pub value: Arc<str>,
}

/// Kinds of garment that a size is known for apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Garment {
    Top,
    Bottom,
    Dress,
    Outerwear,
    Shoes,
    Bra,
    Underwear,
    Socks,
    Gloves,
    Headwear,
    Belt,
    Ring,
    /// Not worn: sizes hide nothing.
    None,
}

/// Whom a garment is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Audience {
    Women,
    Men,
    Unisex,
    Children,
}

/// The system a size is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeSystem {
    /// XXS to 6XL.
    Alpha,
    /// European numbers.
    Eu,
    /// British numbers.
    Uk,
    /// American numbers.
    Us,
    /// Waist x length in inches.
    WaistLength,
    /// Band in centimetres and cup.
    BraEu,
    /// Band in inches and British cup.
    BraUk,
    /// Band in inches and American cup.
    BraUs,
    /// Fits whoever buys it.
    OneSize,
    /// Body height in centimetres, for children.
    HeightCm,
    /// Age in years, for children.
    AgeYears,
}
