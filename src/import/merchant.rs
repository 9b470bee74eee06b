//! Product feeds as Google Merchant Center takes them: fields and their meaning. Files as such are `xml` and the TSV part here.
//!
//! Source: "Product data specification", support.google.com/merchants/answer/7052112.

mod xml;

use std::sync::Arc;

use crate::{
    domain::{
        Id, Locale, Money, TimeZone, Timestamp,
        catalog::{Attribute, Audience, Product, SizeSystem, Variant},
        limits::{MAX_LABEL_CHARS, MAX_SIZE_CHARS, MAX_TITLE_CHARS, MAX_URI_CHARS, MAX_VALUE_CHARS},
    },
    import::{
        amount, bounds,
        input::Input,
        item::{self, About, Item, Repeats},
        moment::{self, TimeFormat},
        table::{Dialect, Table},
        unread::{LineError, Parsed, Reason, SetupError, Unread},
        words,
    },
};

/// What a feed does not say itself.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Of titles and descriptions.
    pub locale: Locale,
    /// The moment of the import, for sales that have a beginning and an end.
    pub now: Timestamp,
}

/// Attributes of the product that are kept by their own names.
const OF_PRODUCT: [&str; 12] = [
    "material",
    "pattern",
    "condition",
    "size_type",
    "google_product_category",
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

/// Reads RSS 2.0 or Atom; products come once the file has ended, refusals as they are met.
pub fn read_xml(input: Input, feed: Feed) -> impl Iterator<Item = Result<Parsed<Product>, Unread>> {
    let items = xml::Items::new(input).map(move |fields| fields.and_then(|fields| Ok(item(&fields, &feed)?)));
    item::products(items, Repeats::Refuse)
}

/// Reads tab-separated text with a header.
///
/// # Errors
/// Where the header can't be read or lacks what every feed must have.
pub fn read_tsv(
    input: Input,
    feed: Feed,
) -> Result<impl Iterator<Item = Result<Parsed<Product>, Unread>> + use<>, SetupError> {
    let mut table = Table::new(input, Dialect::TSV)?;
    for name in ["id", "title", "price"] {
        let spelt = |known: &String| field_name(known) == name;
        if !table.header().iter().any(spelt) {
            table.column(name)?;
        }
    }
    let names: Vec<String> = table.header().iter().map(|name| field_name(name)).collect();
    let items = std::iter::from_fn(move || {
        let row = match table.next_row()? {
            Ok(row) => row,
            Err(unread) => return Some(Err(unread)),
        };
        let mut fields = Fields { line: row.line, fields: Vec::with_capacity(names.len()) };
        for (name, value) in names.iter().zip(row.fields()) {
            let Ok(text) = str::from_utf8(value) else {
                let value = String::from_utf8_lossy(value);
                return Some(Err(LineError::new(row.line, name, &value, Reason::NotUtf8).into()));
            };
            fields.add(name, text);
        }
        Some(item(&fields, &feed).map_err(Unread::from))
    });
    Ok(item::products(items, Repeats::Refuse))
}

/// `g:image link` and `Image_Link` are both `image_link`.
fn field_name(written: &str) -> String {
    let name = written.trim().to_lowercase();
    name.strip_prefix("g:").unwrap_or(&name).replace(' ', "_")
}

/// The fields of one item by their names.
#[derive(Debug, Default)]
struct Fields {
    line: u64,
    fields: Vec<(String, String)>,
}

impl Fields {
    /// Of a field that is given several times the first counts.
    fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() && self.get(name).is_empty() {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn read<T>(&self, name: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<T, LineError> {
        let value = self.get(name);
        read(value).map_err(|reason| LineError::new(self.line, name, value, reason))
    }

    /// As [`Fields::read`]; `None` where the field is not there.
    fn given<T>(&self, name: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, LineError> {
        if self.get(name).is_empty() { Ok(None) } else { self.read(name, read).map(Some) }
    }

    /// A text of so many characters at most.
    fn text(&self, name: &str, most: usize) -> Result<Arc<str>, LineError> {
        self.read(name, |text| bounds::text(text, most))
    }

    fn attributes(&self, names: &[&str]) -> Result<Vec<Attribute>, LineError> {
        let given = names.iter().filter(|name| !self.get(name).is_empty());
        given.map(|name| Ok(Attribute { name: (*name).into(), value: self.text(name, MAX_VALUE_CHARS)? })).collect()
    }
}

fn item(fields: &Fields, feed: &Feed) -> Result<Parsed<Item>, LineError> {
    let id = fields.read("id", |text| Id::new(text).map_err(Reason::from))?;
    let product = fields.given("item_group_id", |text| Id::new(text).map_err(Reason::from))?;
    fields.read("title", |text| if text.is_empty() { Err(Reason::Missing) } else { Ok(()) })?;
    let product = product.unwrap_or_else(|| id.clone());
    let variant = variant(id, fields, feed)?;
    let about = About {
        locale: feed.locale.clone(),
        title: fields.text("title", MAX_TITLE_CHARS)?,
        description: fields.get("description").into(),
        brand: fields.text("brand", MAX_LABEL_CHARS)?,
        category_path: category_path(fields)?,
        garment: None,
        audience: audience(fields)?,
        image_uri: fields.text("image_link", MAX_URI_CHARS)?,
        replenish_days: None,
        available_since: Timestamp::default(),
        attributes: fields.attributes(&OF_PRODUCT)?,
    };
    Ok(Parsed::row(fields.line, Item { product, about, variant: Some(variant) }))
}

fn variant(id: Id, fields: &Fields, feed: &Feed) -> Result<Variant, LineError> {
    let full = fields.read("price", |text| if text.is_empty() { Err(Reason::Missing) } else { amount::price(text) })?;
    let sale = sale_price(fields, feed.now)?.filter(|sale| sale.currency == full.currency && sale.minor < full.minor);
    let (size, size_system) = size(fields)?;
    Ok(Variant {
        id,
        size,
        size_system,
        color: fields.text("color", MAX_LABEL_CHARS)?,
        price: sale.unwrap_or(full),
        original_price: sale.map(|_| full),
        sale: None,
        stock: fields.given("quantity", amount::stock)?,
        availability: fields.read("availability", words::availability)?,
        image_uri: fields.text("image_link", MAX_URI_CHARS)?,
        attributes: fields.attributes(&OF_VARIANT)?,
        changed: feed.now,
        back_since: None,
    })
}

/// The reduced price, where there is one and its time, "from/to", is now.
fn sale_price(fields: &Fields, now: Timestamp) -> Result<Option<Money>, LineError> {
    let Some(sale) = fields.given("sale_price", amount::price)? else { return Ok(None) };
    let span = fields.given("sale_price_effective_date", |text| {
        let (from, to) = text.split_once('/').ok_or(Reason::NotTime)?;
        let read = |text| moment::read(text, &TimeFormat::Any, &TimeZone::UTC);
        Ok(read(from)?..=read(to)?)
    })?;
    Ok(span.is_none_or(|span| span.contains(&now)).then_some(sale))
}

/// The shop's own path, else Google's where it is in words.
fn category_path(fields: &Fields) -> Result<Vec<Arc<str>>, LineError> {
    let google = fields.get("google_product_category");
    let field = match fields.get("product_type") {
        "" if google.bytes().all(|byte| byte.is_ascii_digit()) => return Ok(Vec::new()),
        "" => "google_product_category",
        _ => "product_type",
    };
    fields.read(field, |path| bounds::path(path.split('>')))
}

fn audience(fields: &Fields) -> Result<Option<Audience>, LineError> {
    let gender = fields.read("gender", words::gender)?;
    let children = fields.read("age_group", words::for_children)?;
    Ok(if children { Some(Audience::Children) } else { gender })
}

/// A number belongs to the system that is given with it; letters are the same in those that are known. In a system that
/// has no conversion here the size is kept with its name, so that a French 38 is never taken for a German one.
fn size(fields: &Fields) -> Result<(Arc<str>, Option<SizeSystem>), LineError> {
    let size = &*fields.text("size", MAX_SIZE_CHARS)?;
    let number = size.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && !size.bytes().any(|byte| byte.is_ascii_alphabetic());
    Ok(match fields.get("size_system").to_uppercase().as_str() {
        _ if size.is_empty() => ("".into(), None),
        "" => (size.into(), None),
        // Germany numbers clothes and shoes as the EU label does.
        "EU" | "DE" => (size.into(), number.then_some(SizeSystem::Eu)),
        "UK" => (size.into(), number.then_some(SizeSystem::Uk)),
        "US" => (size.into(), number.then_some(SizeSystem::Us)),
        other => {
            let named = bounds::text(&format!("{other} {size}"), MAX_SIZE_CHARS);
            (named.map_err(|reason| LineError::new(fields.line, "size", size, reason))?, None)
        }
    })
}

#[cfg(test)]
mod tests;
