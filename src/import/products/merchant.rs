//! Product feeds as Google Merchant Center and Meta take them: RSS, Atom, or delimited text with the same names.
//!
//! Source: "Product data specification", support.google.com/merchants/answer/7052112; "Catalog fields",
//! developers.facebook.com/docs/commerce-platform/catalog/fields.

use std::borrow::Cow;

use super::{
    group::{Item, Missed},
    offer::{Feed, Field, Offer, SPOILT},
    xml::{Records, Shape},
};
use crate::import::{
    row_error::{Parsed, SetupError},
    table::{Delimiter, Table},
};
use crate::tabular::input::Input;

/// Items of RSS and entries of Atom.
pub(super) const SHAPE: Shape = Shape { records: &["item", "entry"], within: &[] };

/// What every feed must have.
pub(super) const REQUIRED: [&str; 3] = ["id", "title", "price"];

/// Attributes of the product that are kept by their own names.
const OF_PRODUCT: [&str; 13] = [
    "material",
    "pattern",
    "condition",
    "size_type",
    "google_product_category",
    "fb_product_category",
    "age_group",
    "adult",
    "custom_label_0",
    "custom_label_1",
    "custom_label_2",
    "custom_label_3",
    "custom_label_4",
];
/// Attributes of the variant that are kept by their own names.
const OF_VARIANT: [&str; 3] = ["gtin", "mpn", "link"];

/// The rows of RSS 2.0 or Atom.
pub(super) fn read_xml(input: Input, feed: Feed) -> impl Iterator<Item = Result<Parsed<Item>, Missed>> {
    Records::new(input, SHAPE).map(move |record| {
        let record = record?;
        let mut offer = Offer::new(record.line);
        for field in &record.fields {
            add(&mut offer, &field.name, &*field.text);
        }
        categorise(&mut offer);
        offer.item(&feed)
    })
}

/// The rows of delimited text with a header.
///
/// # Errors
/// Where the header can't be read or lacks what every feed must have.
pub(super) fn read_table(
    input: Input,
    feed: Feed,
) -> Result<impl Iterator<Item = Result<Parsed<Item>, Missed>> + use<>, SetupError> {
    let mut table = Table::new(input, Delimiter::default())?;
    for name in REQUIRED {
        if !table.header().iter().any(|known| field_name(known) == name) {
            table.column(name)?;
        }
    }
    let names: Vec<String> = table.header().iter().map(|name| field_name(name)).collect();
    Ok(std::iter::from_fn(move || {
        let row = match table.next_row()? {
            Ok(row) => row,
            Err(unread) => return Some(Err(unread.into())),
        };
        let mut offer = Offer::new(row.line);
        offer.misfit = row.misfit();
        for (name, value) in names.iter().zip(row.fields()) {
            add(&mut offer, name, readable(value));
        }
        categorise(&mut offer);
        Some(offer.item(&feed))
    }))
}

/// `g:image link` and `Image_Link` are both `image_link`.
pub(super) fn field_name(written: &str) -> String {
    let name = written.trim().to_lowercase();
    name.strip_prefix("g:").unwrap_or(&name).replace(' ', "_")
}

/// What is no UTF-8 spoils its field and no other.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(String::from_utf8_lossy(bytes).replace('\u{fffd}', SPOILT.encode_utf8(&mut [0; 4]))),
    }
}

fn add<'a>(offer: &mut Offer<'a>, name: &'a str, text: impl Into<Cow<'a, str>>) {
    let field = match name {
        "id" => Field::Variant,
        "item_group_id" => Field::Product,
        "title" => Field::Title,
        "description" => Field::Description,
        "brand" => Field::Brand,
        "product_type" => Field::Category,
        "size" => Field::Size,
        "size_system" => Field::SizeSystem,
        "color" | "colour" => Field::Color,
        "price" => Field::Price,
        "sale_price" => Field::SalePrice,
        "sale_price_effective_date" => Field::SaleWindow,
        "quantity" | "inventory" | "quantity_to_sell_on_facebook" | "sell_on_google_quantity" => Field::Stock,
        "availability" => Field::Availability,
        // Meta's way to take a product out of its shops.
        "status" | "visibility" => Field::Published,
        "expiration_date" => Field::ListedUntil,
        "image_link" => Field::Image,
        "gender" => Field::Audience,
        "age_group" => Field::AgeGroup,
        _ => {
            return add_attribute(offer, name, text);
        }
    };
    let text = text.into();
    if field == Field::AgeGroup {
        add_attribute(offer, name, text.clone());
    }
    offer.set(field, name, text);
}

fn add_attribute<'a>(offer: &mut Offer<'a>, name: &'a str, text: impl Into<Cow<'a, str>>) {
    if OF_PRODUCT.contains(&name) {
        offer.add_to_product(name, text);
    } else if OF_VARIANT.contains(&name) {
        offer.add_to_variant(name, text);
    }
}

/// The shop's own path, else Google's or Meta's where it is in words.
fn categorise(offer: &mut Offer<'_>) {
    if !offer.text(Field::Category).is_empty() {
        return;
    }
    for name in ["google_product_category", "fb_product_category"] {
        if let Some(path) = offer.of_product(name).filter(|path| !path.bytes().all(|byte| byte.is_ascii_digit())) {
            let path = path.to_owned();
            offer.replace(Field::Category, name, path);
            return;
        }
    }
}

#[cfg(test)]
mod tests;
