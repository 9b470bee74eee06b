//! A product with its variants, as the shop describes it. What is checked here holds everywhere inside.
//!
//! No dense ids and nothing derived for ranking: that is `snapshot`.

use std::{mem, sync::Arc};

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

impl Product {
    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let texts =
            self.texts.iter().map(|text| mem::size_of::<Text>() + shared(&text.title) + shared(&text.description));
        let variants = self.variants.iter().map(Variant::weight);
        mem::size_of::<Self>()
            + shared(self.id.as_str())
            + texts.chain(variants).sum::<usize>()
            + of_all(&self.attributes)
    }
}

impl Variant {
    fn weight(&self) -> usize {
        let sale = self.sale.as_ref().map_or(0, |_| mem::size_of::<Sale>());
        mem::size_of::<Self>() + shared(self.id.as_str()) + sale + shared(&self.image_uri) + of_all(&self.attributes)
    }
}

/// A text of its own with its two counts. Those that many have alike, such as brands, are shared or short.
const fn shared(text: &str) -> usize {
    if text.is_empty() { 0 } else { text.len() + 2 * mem::size_of::<usize>() }
}

fn of_all(attributes: &[Attribute]) -> usize {
    attributes.iter().map(|one| mem::size_of::<Attribute>() + shared(&one.name) + shared(&one.value)).sum()
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
    /// What it costs outside of its sale. Never negative.
    pub price: Money,
    /// Before a reduction; the same currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_price: Option<Money>,
    /// A lower price for a time. Few variants have one, so it lies apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Box<Sale>>,
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

/// A reduced price for a time, which is looked at whenever an answer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// In the currency of the price that it reduces.
    pub price: Money,
    /// The first moment. `None`: it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first moment after it. `None`: it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Sale {
    /// Whether it holds at that moment.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

impl Variant {
    /// What it costs at that moment.
    pub fn price_at(&self, now: Timestamp) -> Money {
        self.sale_at(now).map_or(self.price, |sale| sale.price)
    }

    /// What it cost before the reduction that holds at that moment.
    pub fn original_price_at(&self, now: Timestamp) -> Option<Money> {
        self.original_price.or_else(|| self.sale_at(now).map(|_| self.price))
    }

    fn sale_at(&self, now: Timestamp) -> Option<&Sale> {
        self.sale.as_deref().filter(|sale| sale.holds_at(now))
    }

    /// Whether it can be sold now: in stock above zero or uncounted; backorder and preorder sell at zero too.
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
            // The last word on what it costs: a sale that holds is over, one that is to come stays.
            self.sale = self.sale.take().filter(|sale| !sale.holds_at(change.time));
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
    /// 3XS to 10XL.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money { minor, currency: "PLN".parse().unwrap() }
    }

    fn on_sale(from: Option<i64>, until: Option<i64>) -> Variant {
        let sale = Sale { price: money(60), from: from.map(Timestamp), until: until.map(Timestamp) };
        Variant {
            id: Id::new("v").unwrap(),
            size: "".into(),
            size_system: None,
            color: "".into(),
            price: money(100),
            original_price: None,
            sale: Some(Box::new(sale)),
            stock: None,
            availability: Availability::InStock,
            image_uri: "".into(),
            attributes: Vec::new(),
            changed: Timestamp(0),
            back_since: None,
        }
    }

    #[test]
    fn a_sale_holds_in_its_time_and_either_end_may_be_open() {
        let check = |from, until, expected: [i64; 4]| {
            let variant = on_sale(from, until);
            let prices = [4, 5, 8, 9].map(|now| variant.price_at(Timestamp(now)).minor);
            assert_eq!(prices, expected, "{from:?} {until:?}");
            let before = [4, 5, 8, 9].map(|now| variant.original_price_at(Timestamp(now)).is_some());
            assert_eq!(before, expected.map(|price| price == 60));
        };
        check(Some(5), Some(9), [100, 60, 60, 100]);
        check(Some(5), None, [100, 60, 60, 60]);
        check(None, Some(9), [60, 60, 60, 100]);
        check(None, None, [60, 60, 60, 60]);
    }

    #[test]
    fn a_new_price_ends_the_sale_that_holds_and_no_other() {
        let check = |price: Option<i64>, time: i64, sale: bool| {
            let mut variant = on_sale(Some(5), Some(9));
            let (product, id) = (Id::new("p").unwrap(), variant.id.clone());
            let price = price.map(money);
            let time = Timestamp(time);
            variant.apply(&StockChange { product, variant: id, stock: Some(1), availability: None, price, time });
            assert_eq!(variant.sale.is_some(), sale, "{price:?} at {time:?}");
        };
        check(Some(55), 6, false);
        check(Some(120), 3, true);
        check(None, 6, true);
    }
}
