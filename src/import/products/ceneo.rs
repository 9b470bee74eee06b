//! Feeds of Ceneo, the Polish price comparison: `<offers><o id= url= price= avail= stock=>` with names and attributes within.

use super::{
    group::{Item, Missed},
    offer::{Feed, Field, Offer},
    options,
    xml::{Record, Records, Shape},
};
use crate::{import::row_error::Parsed, tabular::input::Input};

const SHAPE: Shape = Shape { records: &["o"], within: &["attrs", "imgs", "images"] };

/// The rows of a feed.
pub(super) fn read(input: Input, feed: Feed) -> impl Iterator<Item = Result<Parsed<Item>, Missed>> {
    Records::new(input, SHAPE).flat_map(move |record| match record {
        Ok(record) => offers(&record).iter().map(|offer| offer.item(&feed)).collect(),
        Err(unread) => vec![Err(unread.into())],
    })
}

fn offers(record: &Record) -> Vec<Offer<'_>> {
    let mut offer = Offer::new(record.line);
    let own = &record.attributes;
    offer.set(Field::Variant, "id", own.get("id"));
    offer.set(Field::Price, "price", own.get("price"));
    offer.set(Field::Stock, "stock", own.get("stock"));
    offer.set(Field::Availability, "avail", availability(own.get("avail"), own.get("stock")));
    offer.add_to_variant("link", own.get("url"));
    let mut sizes: Vec<&str> = Vec::new();
    for field in &record.fields {
        match field.name.as_str() {
            "name" => offer.set(Field::Title, &field.name, &*field.text),
            "cat" => offer.set(Field::Category, &field.name, &*field.text),
            "desc" => offer.set(Field::Description, &field.name, &*field.text),
            // The main picture comes first.
            "main" | "i" | "image" => offer.set(Field::Image, &field.name, field.attributes.get("url")),
            "a" => {
                let name = field.attributes.get("name");
                let text = if field.text.trim().is_empty() { field.attributes.get("value") } else { &field.text };
                if options::field(name) == Some(Field::Size) {
                    sizes.extend(options::sizes(text.trim()));
                }
                options::add(&mut offer, name, text);
            }
            _ => {}
        }
    }
    options::one_a_size(offer, &sizes)
}

/// Days until it is sent, for what the shop has or gets at once; 90 is made to order, 110 not out yet. 99 says that the shop
/// does not say: without a count nobody knows that it can be sold.
fn availability<'a>(days: &'a str, stock: &str) -> &'a str {
    match days {
        "" | "1" | "3" | "7" | "14" => "in stock",
        "90" => "made to order",
        "110" => "preorder",
        "99" if !stock.is_empty() => "in stock",
        "99" => "out of stock",
        other => other,
    }
}
