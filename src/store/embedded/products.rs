//! Products and variants: replaced whole, deleted, changed one variant at a time, read by id and in order.

use std::{borrow::Cow, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Id, Money, Timestamp,
        catalog::{Attribute, Availability, Product, Sale, SizeSystem, StockChange, Variant},
        store::{Refusal, StoreError},
    },
    store::embedded::{read_id, read_word, text, word},
};

/// What of a variant changes when the whole product is replaced; a new price may end the sale too.
#[derive(Serialize, Deserialize)]
struct Still<'a> {
    #[serde(default, skip_serializing_if = "str::is_empty")]
    size: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size_system: Option<SizeSystem>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    color: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original_price: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sale: Option<Box<Sale>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    image_uri: Arc<str>,
    #[serde(default, skip_serializing_if = "<[Attribute]>::is_empty")]
    attributes: Cow<'a, [Attribute]>,
}

impl<'a> Still<'a> {
    fn from_variant(variant: &'a Variant) -> Self {
        Self {
            size: Arc::clone(&variant.size),
            size_system: variant.size_system,
            color: Arc::clone(&variant.color),
            original_price: variant.original_price,
            sale: variant.sale.clone(),
            image_uri: Arc::clone(&variant.image_uri),
            attributes: Cow::Borrowed(&variant.attributes),
        }
    }
}

/// Creates a product or replaces it whole. Returns whether it is new.
///
/// `now` stands for the times that the shop did not say: since when it has the product, and since when a variant is so.
pub(super) fn upsert(conn: &Connection, mut product: Product, now: Timestamp) -> Result<bool, StoreError> {
    let former = by_id(conn, &product.id)?;
    if product.available_since == Timestamp::default() {
        product.available_since = former.as_ref().map_or(now, |former| former.available_since);
    }
    let mut variants = std::mem::take(&mut product.variants);
    for variant in &mut variants {
        if variant.changed == Timestamp::default() {
            variant.changed = now;
        }
        let same = former.iter().flat_map(|former| &former.variants).find(|former| former.id == variant.id);
        if let Some(former) = same {
            variant.follow(former);
        }
    }
    let content = json(&product)?;
    let mut upsert = conn.prepare_cached(
        "INSERT INTO products (id, content) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET content = excluded.content RETURNING key",
    )?;
    let key: i64 = upsert.query_row(params![product.id.as_str(), content], |row| row.get(0))?;
    if former.is_some() {
        delete_variants(conn, key)?;
    }
    for (place, variant) in (0..).zip(&variants) {
        insert_variant(conn, key, place, variant)?;
    }
    Ok(former.is_none())
}

/// Returns whether there was one.
pub(super) fn delete(conn: &Connection, product: &Id) -> Result<bool, StoreError> {
    let Some(key) = key_of(conn, product)? else { return Ok(false) };
    delete_variants(conn, key)?;
    conn.prepare_cached("DELETE FROM products WHERE key = ?")?.execute([key])?;
    Ok(true)
}

/// Changes one variant. Returns whether it was done: an older change than the last is not.
pub(super) fn change(conn: &Connection, change: &StockChange) -> Result<Result<bool, Refusal>, StoreError> {
    let Some(key) = key_of(conn, &change.product)? else {
        return Ok(Err(Refusal::NoSuchProduct(change.product.clone())));
    };
    let Some(mut variant) = variant(conn, key, &change.variant)? else {
        let (product, variant) = (change.product.clone(), change.variant.clone());
        return Ok(Err(Refusal::NoSuchVariant { product, variant }));
    };
    if change.time < variant.changed {
        return Ok(Ok(false));
    }
    let had_sale = variant.sale.is_some();
    variant.apply(change);
    let mut update = conn.prepare_cached(
        "UPDATE variants SET stock = ?, availability = ?, price = ?, currency = ?, changed = ?, back_since = ?
         WHERE product = ? AND id = ?",
    )?;
    update.execute(params![
        variant.stock,
        word(&variant.availability),
        variant.price.minor,
        variant.price.currency.code(),
        variant.changed.0,
        variant.back_since.map(|time| time.0),
        key,
        variant.id.as_str(),
    ])?;
    if had_sale && variant.sale.is_none() {
        let mut update = conn.prepare_cached("UPDATE variants SET content = ? WHERE product = ? AND id = ?")?;
        update.execute(params![json(&Still::from_variant(&variant))?, key, variant.id.as_str()])?;
    }
    Ok(Ok(true))
}

/// Takes every variant out of stock, unless the product was written since it was read. Returns whether it was done.
pub(super) fn retire(conn: &Connection, as_read: &Product, time: Timestamp) -> Result<bool, StoreError> {
    if by_id(conn, &as_read.id)?.as_ref() != Some(as_read) {
        return Ok(false);
    }
    let mut update = conn.prepare_cached(
        "UPDATE variants SET availability = ?, changed = max(changed, ?)
         WHERE product = (SELECT key FROM products WHERE id = ?)",
    )?;
    update.execute(params![word(&Availability::OutOfStock), time.0, as_read.id.as_str()])?;
    Ok(true)
}

/// The product as it is now.
pub(super) fn by_id(conn: &Connection, product: &Id) -> Result<Option<Product>, StoreError> {
    let mut select = conn.prepare_cached("SELECT key, content FROM products WHERE id = ?")?;
    let mut rows = select.query([product.as_str()])?;
    rows.next()?.map(|row| whole(conn, row)).transpose()
}

/// Every product, in the order of ids.
pub(super) fn each(conn: &Connection, visit: &mut dyn FnMut(Product)) -> Result<(), StoreError> {
    let mut select = conn.prepare("SELECT key, content FROM products ORDER BY id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        visit(whole(conn, row)?);
    }
    Ok(())
}

/// Up to `limit` products after an id, in the order of ids.
pub(super) fn page(conn: &Connection, after: Option<&Id>, limit: usize) -> Result<Vec<Product>, StoreError> {
    // No id is empty, so every id comes after the empty text.
    let mut select = conn.prepare_cached("SELECT key, content FROM products WHERE id > ? ORDER BY id LIMIT ?")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query(params![after.map_or("", Id::as_str), limit])?;
    let mut products = Vec::new();
    while let Some(row) = rows.next()? {
        products.push(whole(conn, row)?);
    }
    Ok(products)
}

fn key_of(conn: &Connection, product: &Id) -> Result<Option<i64>, StoreError> {
    let mut select = conn.prepare_cached("SELECT key FROM products WHERE id = ?")?;
    Ok(select.query_row([product.as_str()], |row| row.get(0)).optional()?)
}

fn whole(conn: &Connection, row: &Row<'_>) -> Result<Product, StoreError> {
    let key: i64 = row.get(0)?;
    let mut product: Product = serde_json::from_str(text(row, 1)?)
        .map_err(|_| StoreError::Failed(format!("the product in row {key} can't be read back")))?;
    let mut select = conn.prepare_cached(
        "SELECT id, stock, availability, price, currency, changed, back_since, content FROM variants
         WHERE product = ? ORDER BY place",
    )?;
    product.variants = select.query_map([key], read_variant)?.collect::<Result<_, _>>()?;
    Ok(product)
}

fn variant(conn: &Connection, product: i64, id: &Id) -> Result<Option<Variant>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT id, stock, availability, price, currency, changed, back_since, content FROM variants
         WHERE product = ? AND id = ?",
    )?;
    Ok(select.query_row(params![product, id.as_str()], read_variant).optional()?)
}

fn read_variant(row: &Row<'_>) -> rusqlite::Result<Variant> {
    let broken =
        |e: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(7, rusqlite::types::Type::Text, Box::new(e));
    let still: Still<'_> = serde_json::from_str(text(row, 7)?).map_err(broken)?;
    Ok(Variant {
        id: read_id(row, 0)?,
        size: still.size,
        size_system: still.size_system,
        color: still.color,
        price: Money { minor: row.get(3)?, currency: read_word(row, 4)? },
        original_price: still.original_price,
        sale: still.sale,
        stock: row.get(1)?,
        availability: read_word::<Availability>(row, 2)?,
        image_uri: still.image_uri,
        attributes: still.attributes.into_owned(),
        changed: Timestamp(row.get(5)?),
        back_since: row.get::<_, Option<i64>>(6)?.map(Timestamp),
    })
}

fn insert_variant(conn: &Connection, product: i64, place: i64, variant: &Variant) -> Result<(), StoreError> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO variants (product, id, place, stock, availability, price, currency, changed, back_since, content)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![
        product,
        variant.id.as_str(),
        place,
        variant.stock,
        word(&variant.availability),
        variant.price.minor,
        variant.price.currency.code(),
        variant.changed.0,
        variant.back_since.map(|time| time.0),
        json(&Still::from_variant(variant))?,
    ])?;
    Ok(())
}

fn delete_variants(conn: &Connection, product: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM variants WHERE product = ?")?.execute([product])?;
    Ok(())
}

fn json(content: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(content).map_err(|_| StoreError::Failed("a product has no JSON".into()))
}
