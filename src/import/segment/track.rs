//! What each event of the e-commerce spec says here.

use std::sync::Arc;

use super::{Orders, message::Message};
use crate::{
    domain::{
        Currency, Id,
        event::{EventKind, LineItem},
        limits::MAX_ITEMS,
        recommend::Placement,
    },
    import::{
        amount, bounds,
        unread::{LineError, Reason},
    },
};

/// The names that are read. Others, such as "Coupon Applied", are counted and left out.
pub(super) const KNOWN: [&str; 12] = [
    "Product Viewed",
    "Product Clicked",
    "Product Added",
    "Product Removed",
    "Product List Viewed",
    "Products Searched",
    "Product Reviewed",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
    "Order Refunded",
    "Order Cancelled",
];

/// What one call says: two things where a review has stars and words.
pub(super) fn kinds(
    message: Message<'_>,
    name: &str,
    currency: Option<Currency>,
    orders: &mut Orders,
) -> Result<Vec<EventKind>, LineError> {
    let properties = message.at("properties").ok_or_else(|| message.refuse("properties", Reason::Missing))?;
    let kind = match name {
        "Product Viewed" => EventKind::ProductViewed { product: product(properties)?, variant: variant(properties)? },
        "Product Clicked" => EventKind::Clicked { product: product(properties)? },
        "Product Added" => EventKind::CartAdded { item: item(properties, properties, currency)? },
        "Product Removed" => EventKind::CartRemoved { item: item(properties, properties, currency)? },
        "Products Searched" => EventKind::Searched { query: properties.needed_text("query")?.into() },
        "Product Reviewed" => return reviewed(properties),
        "Order Completed" => completed(properties, currency, orders)?,
        "Order Refunded" | "Order Cancelled" => returned(properties, currency, orders)?,
        "Cart Viewed" | "Checkout Started" => {
            EventKind::PageViewed { placement: Some(Placement::Cart), category_path: Vec::new() }
        }
        // "Product List Viewed" is what is left of the known.
        _ => EventKind::PageViewed { placement: None, category_path: category(properties)? },
    };
    Ok(vec![kind])
}

fn product(of: Message<'_>) -> Result<Id, LineError> {
    match of.id("product_id")? {
        Some(id) => Ok(id),
        None => of.id("sku")?.ok_or_else(|| of.refuse("product_id", Reason::Missing)),
    }
}

fn variant(of: Message<'_>) -> Result<Option<Id>, LineError> {
    if of.id("product_id")?.is_none() { Ok(None) } else { of.id("sku") }
}

/// `whole` says the currency where the product does not.
fn item(of: Message<'_>, whole: Message<'_>, fallback: Option<Currency>) -> Result<LineItem, LineError> {
    let quantity = of.read("quantity", |text| match amount::whole(text)? {
        count if count < 1 => Err(Reason::BelowOne),
        count => u32::try_from(count).map_err(|_| Reason::TooLarge),
    })?;
    let currency = match of.read("currency", amount::currency)? {
        Some(own) => Some(own),
        None => whole.read("currency", amount::currency)?.or(fallback),
    };
    let unit_price = of.read("price", |text| match currency {
        Some(currency) => amount::amount(text, currency, '.'),
        None => amount::price(text),
    })?;
    Ok(LineItem {
        product: product(of)?,
        variant: variant(of)?,
        quantity: quantity.unwrap_or(1),
        unit_price,
        position: 0,
    })
}

fn items(properties: Message<'_>, currency: Option<Currency>) -> Result<Vec<LineItem>, LineError> {
    let items: Vec<_> =
        properties.each("products").map(|one| item(one, properties, currency)).collect::<Result<_, _>>()?;
    bounds::count(items.len(), MAX_ITEMS).map_err(|reason| properties.refuse("products", reason))?;
    Ok(items)
}

fn completed(properties: Message<'_>, currency: Option<Currency>, orders: &mut Orders) -> Result<EventKind, LineError> {
    let (order, items) = (properties.id("order_id")?, items(properties, currency)?);
    if items.is_empty() {
        return Err(properties.refuse("products", Reason::NoItems));
    }
    if let Some(order) = &order {
        orders.insert(order.clone(), items.clone());
    }
    Ok(EventKind::Purchased { order, items })
}

/// Without products all of the order is meant.
fn returned(properties: Message<'_>, currency: Option<Currency>, orders: &Orders) -> Result<EventKind, LineError> {
    let (order, mut items) = (properties.id("order_id")?, items(properties, currency)?);
    if items.is_empty() {
        let known = order.as_ref().and_then(|order| orders.get(order));
        items.clone_from(known.ok_or_else(|| properties.refuse("order_id", Reason::NoItems))?);
    }
    Ok(EventKind::Returned { order, items, reason: None })
}

fn reviewed(properties: Message<'_>) -> Result<Vec<EventKind>, LineError> {
    let product = product(properties)?;
    let stars = properties.read("rating", |text| match amount::whole(text)? {
        stars @ 1..=5 => u8::try_from(stars).map_err(|_| Reason::NotStars),
        _ => Err(Reason::NotStars),
    })?;
    let words = properties.text("review_body")?;
    let mut kinds = Vec::new();
    if let Some(stars) = stars {
        kinds.push(EventKind::Rated { product: product.clone(), stars });
    }
    if let Some(words) = words {
        kinds.push(EventKind::Commented { product: Some(product), text: words.into() });
    }
    if kinds.is_empty() {
        return Err(properties.refuse("rating", Reason::Missing));
    }
    Ok(kinds)
}

fn category(properties: Message<'_>) -> Result<Vec<Arc<str>>, LineError> {
    Ok(properties.read("category", |path| bounds::path(path.split(['>', '/'])))?.unwrap_or_default())
}
