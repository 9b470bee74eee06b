//! Products, variants and changes of stock.

use std::collections::BTreeSet;

use crate::domain::{
    Locale, Money, Timestamp,
    catalog::{Attribute, Product, Sale, StockChange, Text, Variant},
    limits::{
        ATTRIBUTE_SIGNS, MAX_ATTRIBUTES, MAX_LABEL_CHARS, MAX_SIZE_CHARS, MAX_TEXTS, MAX_TITLE_CHARS, MAX_URI_CHARS,
        MAX_VALUE_CHARS, MAX_VARIANTS,
    },
};
use crate::grpc::convert::{
    At, Choice as _, Clock, Told, Violations,
    choices::{number, optional},
    scalar::{self, category_path, count, id, optional_price, optional_time, price, price_out, text, unsigned},
};
use crate::proto;

/// A product as the shop describes it at this moment.
pub fn product(product: Option<proto::Product>, at: At<'_>, now: Timestamp, bad: &mut Violations) -> Option<Product> {
    let Some(product) = product else {
        bad.add(at, "must be set");
        return None;
    };
    let id = id(product.id, at.field("id"), bad);
    let brand = text(product.brand, MAX_LABEL_CHARS, at.field("brand"), bad);
    let image_uri = text(product.image_uri, MAX_URI_CHARS, at.field("image_uri"), bad);
    let category_path = category_path(product.category_path, at, "category_path", bad);
    let replenish = unsigned(product.replenish_days.into(), at.field("replenish_days"), bad);
    let since = optional_time(product.available_since_ms, at.field("available_since_ms"), bad);
    let texts = texts(product.texts, at, bad);
    let garment = optional(product.garment, at.field("garment"), bad);
    let audience = optional(product.audience, at.field("audience"), bad);
    let attributes = attributes(product.attributes, at, bad);
    let variants = variants(product.variants, at, now, bad);
    Some(Product {
        id: id?,
        texts,
        brand,
        category_path,
        garment,
        audience,
        variants,
        image_uri,
        replenish_days: replenish.filter(|days| *days > 0),
        // The handler knows since when it is there.
        available_since: since.unwrap_or_default(),
        attributes,
    })
}

fn texts(texts: Vec<proto::ProductText>, at: At<'_>, bad: &mut Violations) -> Vec<Text> {
    count(texts.len(), 1, MAX_TEXTS, at.field("texts"), bad);
    let mut seen = BTreeSet::<Locale>::new();
    let mut taken = Vec::with_capacity(texts.len());
    for (i, proto::ProductText { locale, title, description }) in texts.into_iter().enumerate() {
        let at = at.item("texts", i);
        bad.check(!title.trim().is_empty(), at.field("title"), format_args!("must not be empty: {}", Told(&title)));
        let title = text(title, MAX_TITLE_CHARS, at.field("title"), bad);
        let Some(locale) = scalar::locale(&locale, at.field("locale"), bad) else { continue };
        bad.check(seen.insert(locale.clone()), at.field("locale"), format_args!("stands here twice: {locale}"));
        taken.push(Text { locale, title, description: description.into() });
    }
    taken
}

fn variants(variants: Vec<proto::Variant>, at: At<'_>, now: Timestamp, bad: &mut Violations) -> Vec<Variant> {
    count(variants.len(), 1, MAX_VARIANTS, at.field("variants"), bad);
    let mut seen = BTreeSet::new();
    let mut taken = Vec::with_capacity(variants.len());
    for (i, one) in variants.into_iter().enumerate() {
        let at = at.item("variants", i);
        let Some(variant) = variant(one, at, now, bad) else { continue };
        if !seen.insert(variant.id.clone()) {
            bad.add(at.field("id"), format_args!("stands here twice: {:?}", variant.id));
        }
        taken.push(variant);
    }
    taken
}

fn variant(variant: proto::Variant, at: At<'_>, now: Timestamp, bad: &mut Violations) -> Option<Variant> {
    let id = id(variant.id, at.field("id"), bad);
    let size = text(variant.size, MAX_SIZE_CHARS, at.field("size"), bad);
    let color = text(variant.color, MAX_LABEL_CHARS, at.field("color"), bad);
    let image_uri = text(variant.image_uri, MAX_URI_CHARS, at.field("image_uri"), bad);
    let size_system = optional(variant.size_system, at.field("size_system"), bad);
    let price = price(variant.price, at.field("price"), bad);
    let regular_price = like_price(variant.regular_price, price, at.field("regular_price"), bad);
    let original_price = like_price(variant.original_price, price, at.field("original_price"), bad);
    let sale_price = like_price(variant.sale_price, price, at.field("sale_price"), bad);
    let from = optional_time(variant.sale_from_ms, at.field("sale_from_ms"), bad);
    let until = optional_time(variant.sale_until_ms, at.field("sale_until_ms"), bad);
    if let (Some(Timestamp(from)), Some(Timestamp(until))) = (from, until) {
        let message = format_args!("must be after the sale's beginning, {from}: {until}");
        bad.check(from < until, at.field("sale_until_ms"), message);
    }
    // What an answer gave is taken back: there the price is that of its moment.
    let price = regular_price.or(price);
    let stock = variant.stock.and_then(|stock| units(stock, at.field("stock"), bad));
    let availability = optional(variant.availability, at.field("availability"), bad);
    let attributes = attributes(variant.attributes, at, bad);
    Some(Variant {
        id: id?,
        size,
        size_system,
        color,
        price: price?,
        original_price: original_price.filter(|_| original_price != regular_price),
        sale: sale_price.map(|price| Box::new(Sale { price, from, until })),
        stock,
        availability: availability.unwrap_or_default(),
        image_uri,
        attributes,
        changed: now,
        back_since: None,
    })
}

/// A price that may be left out, in the currency of `price`.
fn like_price(money: Option<proto::Money>, price: Option<Money>, at: At<'_>, bad: &mut Violations) -> Option<Money> {
    let other = optional_price(money, at, bad)?;
    if let Some(price) = price.filter(|price| price.currency != other.currency) {
        let (is, was) = (price.currency.code(), other.currency.code());
        bad.add(at.field("currency"), format_args!("must be that of the price, {is}: {was:?}"));
    }
    Some(other)
}

/// Units on hand. Below zero more was sold than there is: nothing can be sold now.
fn units(stock: i64, at: At<'_>, bad: &mut Violations) -> Option<u32> {
    unsigned(stock.max(0), at, bad)
}

fn attributes(attributes: Vec<proto::Attribute>, at: At<'_>, bad: &mut Violations) -> Vec<Attribute> {
    count(attributes.len(), 0, MAX_ATTRIBUTES, at.field("attributes"), bad);
    let mut taken = Vec::with_capacity(attributes.len());
    for (i, proto::Attribute { name, value }) in attributes.into_iter().enumerate() {
        let at = at.item("attributes", i);
        let Some(name) = scalar::name(&name, ATTRIBUTE_SIGNS, at.field("name"), bad) else { continue };
        taken.push(Attribute { name, value: text(value, MAX_VALUE_CHARS, at.field("value"), bad) });
    }
    taken
}

/// A change of one variant.
pub fn stock_change(
    change: Option<proto::StockChange>,
    at: At<'_>,
    clock: Clock,
    bad: &mut Violations,
) -> Option<StockChange> {
    let change = change.unwrap_or_default();
    let product = id(change.product_id, at.field("product_id"), bad);
    let variant = id(change.variant_id, at.field("variant_id"), bad);
    let changes = change.stock.is_some() || change.availability != 0 || change.price.is_some();
    bad.check(changes, at, "changes nothing: set stock, availability or price");
    let stock = change.stock.and_then(|stock| units(stock, at.field("stock"), bad));
    let availability = optional(change.availability, at.field("availability"), bad);
    let price = optional_price(change.price, at.field("price"), bad);
    let time = clock.optional(change.time_ms, at.field("time_ms"), bad);
    Some(StockChange { product: product?, variant: variant?, stock, availability, price, time })
}

/// As the contract writes it.
pub fn stock_change_out(change: &StockChange) -> proto::StockChange {
    proto::StockChange {
        product_id: change.product.to_string(),
        variant_id: change.variant.to_string(),
        stock: change.stock.map(i64::from),
        availability: number(change.availability),
        price: change.price.map(price_out),
        time_ms: change.time.0,
    }
}

/// As the contract writes it, with the prices of `now`.
pub fn product_out(product: &Product, now: Timestamp) -> proto::Product {
    proto::Product {
        id: product.id.to_string(),
        texts: product
            .texts
            .iter()
            .map(|text| proto::ProductText {
                locale: text.locale.to_string(),
                title: text.title.to_string(),
                description: text.description.to_string(),
            })
            .collect(),
        brand: product.brand.to_string(),
        category_path: product.category_path.iter().map(ToString::to_string).collect(),
        garment: number(product.garment),
        audience: number(product.audience),
        variants: product.variants.iter().map(|variant| variant_out(variant, now)).collect(),
        image_uri: product.image_uri.to_string(),
        replenish_days: product.replenish_days.and_then(|days| i32::try_from(days).ok()).unwrap_or_default(),
        available_since_ms: product.available_since.0,
        attributes: product.attributes.iter().map(attribute_out).collect(),
    }
}

fn variant_out(variant: &Variant, now: Timestamp) -> proto::Variant {
    let sale = variant.sale.as_deref();
    let moment = |time: Option<Timestamp>| time.map_or(0, |time| time.0);
    proto::Variant {
        id: variant.id.to_string(),
        size: variant.size.to_string(),
        size_system: number(variant.size_system),
        color: variant.color.to_string(),
        price: Some(price_out(variant.price_at(now))),
        original_price: variant.original_price_at(now).map(price_out),
        stock: variant.stock.map(i64::from),
        availability: variant.availability.number(),
        image_uri: variant.image_uri.to_string(),
        attributes: variant.attributes.iter().map(attribute_out).collect(),
        sale_price: sale.map(|sale| price_out(sale.price)),
        sale_from_ms: moment(sale.and_then(|sale| sale.from)),
        sale_until_ms: moment(sale.and_then(|sale| sale.until)),
        regular_price: sale.map(|_| price_out(variant.price)),
    }
}

fn attribute_out(Attribute { name, value }: &Attribute) -> proto::Attribute {
    proto::Attribute { name: name.to_string(), value: value.to_string() }
}
