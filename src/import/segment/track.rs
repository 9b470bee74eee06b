//! What each event says here.

use std::sync::Arc;

use serde_json::Value;

use super::{message::Message, names::Name};
use crate::{
    domain::{
        Currency, Id, Money,
        event::{EventKind, LineItem},
        limits::MAX_ITEMS,
        recommend::Placement,
    },
    import::{
        amount, bounds,
        context::Context,
        row_error::{LineError, Reason, Warnings},
    },
};

const PRODUCTS: [&str; 3] = ["product_id", "item_id", "sku"];
/// The same for one of a list, whose own `id` can mean nothing else.
const LISTED: [&str; 4] = ["product_id", "item_id", "id", "sku"];
const LISTS: [&str; 3] = ["products", "items", "line_items"];
const ORDERS: [&str; 3] = ["order_id", "transaction_id", "order_number"];
const QUERIES: [&str; 4] = ["query", "search_term", "search_query", "q"];

/// The properties of one event, being read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub properties: Message<'a>,
    pub context: &'a Context,
    /// Of prices that name none.
    pub currency: Option<Currency>,
}

/// Which way goods go: what comes back may be counted below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl<'a> Reading<'a> {
    /// What the event says: several things where a review has stars and words, or where several products were put into a cart
    /// at once.
    pub fn kinds(self, name: Name, warnings: &mut Warnings) -> Result<Vec<EventKind>, LineError> {
        let properties = self.properties;
        let kind = match name {
            Name::Viewed => {
                return self.each_product(warnings, |of, warnings| {
                    let variant = warnings.detail(variant(of));
                    Ok(EventKind::ProductViewed { product: product(of)?, variant })
                });
            }
            Name::Clicked => {
                return self.each_product(warnings, |of, _| Ok(EventKind::Clicked { product: product(of)? }));
            }
            Name::CartAdded => {
                return self.each_product(warnings, |of, warnings| {
                    Ok(EventKind::CartAdded { item: self.item(of, Way::Out, warnings)? })
                });
            }
            Name::CartRemoved => {
                return self.each_product(warnings, |of, warnings| {
                    Ok(EventKind::CartRemoved { item: self.item(of, Way::In, warnings)? })
                });
            }
            Name::Searched => EventKind::Searched { query: self.query()? },
            Name::Reviewed => return self.reviewed(warnings),
            Name::Ordered => self.ordered(warnings)?,
            Name::Returned => self.returned(warnings)?,
            Name::Delivered => {
                let order = self.order(warnings);
                EventKind::OrderDelivered { order: order.ok_or_else(|| properties.refuse(ORDERS[0], Reason::Missing))? }
            }
            Name::CartViewed => EventKind::PageViewed { placement: Some(Placement::Cart), category_path: Vec::new() },
            Name::ListViewed => EventKind::PageViewed { placement: None, category_path: self.category(warnings) },
        };
        Ok(vec![kind])
    }

    /// Of the product that the event names itself, else of each of its list.
    fn each_product(
        self,
        warnings: &mut Warnings,
        mut make: impl FnMut(Message<'a>, &mut Warnings) -> Result<EventKind, LineError>,
    ) -> Result<Vec<EventKind>, LineError> {
        if self.list().is_none() {
            return make(self.properties, warnings).map(|kind| vec![kind]);
        }
        let each = self.each_of_list(warnings, &mut make)?;
        if each.is_empty() { Err(self.properties.refuse(PRODUCTS[0], Reason::Missing)) } else { Ok(each) }
    }

    /// The list of products, where the event does not name one itself. A list of names alone is none.
    fn list(self) -> Option<&'static str> {
        if self.properties.first(&PRODUCTS).is_some() {
            return None;
        }
        let lists_products = |list: &Value| match list {
            Value::Array(list) => list.is_empty() || !list.iter().all(Value::is_string),
            other => other.is_object(),
        };
        LISTS.into_iter().find(|list| self.properties.get(list).is_some_and(lists_products))
    }

    /// Those of the list that can be read; the error of the first where none of them can. Empty where the list is.
    fn each_of_list<T>(
        self,
        warnings: &mut Warnings,
        mut make: impl FnMut(Message<'a>, &mut Warnings) -> Result<T, LineError>,
    ) -> Result<Vec<T>, LineError> {
        let Some(list) = self.list() else { return Ok(Vec::new()) };
        let (mut each, mut first) = (Vec::new(), None);
        for one in self.properties.each(list) {
            if each.len() == MAX_ITEMS {
                warnings.add(self.properties.hide(list, Reason::TooMany(MAX_ITEMS)));
                break;
            }
            match make(one, warnings) {
                Ok(made) => each.push(made),
                Err(error) if first.is_none() => first = Some(error),
                Err(error) => warnings.add(error),
            }
        }
        match first {
            Some(error) if each.is_empty() => Err(error),
            Some(error) => {
                warnings.add(error);
                Ok(each)
            }
            None => Ok(each),
        }
    }

    fn item(self, of: Message<'_>, way: Way, warnings: &mut Warnings) -> Result<LineItem, LineError> {
        let quantity = of.read("quantity", |text| match (way, amount::whole(text)) {
            (Way::In, Ok(count @ ..0)) => u32::try_from(count.unsigned_abs()).map_err(|_| Reason::TooLarge),
            _ => amount::quantity(text),
        });
        Ok(LineItem {
            product: product(of)?,
            variant: warnings.detail(variant(of)),
            quantity: warnings.units(quantity, way == Way::In)?,
            unit_price: self.price(of, warnings),
            // Equal lines of one event are counted by whoever reads it.
            position: 0,
        })
    }

    /// The event says the currency where the product does not. Where it can't be read the price is not known either.
    fn price(self, of: Message<'_>, warnings: &mut Warnings) -> Option<Money> {
        let field = of.first(&["price", "unit_price", "item_price"])?;
        let own = of.read("currency", amount::currency).transpose();
        let said = own.or_else(|| self.properties.read("currency", amount::currency).transpose()).transpose();
        match said {
            Ok(said) => warnings.detail(of.price(field, said.or(self.currency))),
            Err(error) => {
                warnings.add(error);
                None
            }
        }
    }

    fn items(self, way: Way, warnings: &mut Warnings) -> Result<Vec<LineItem>, LineError> {
        if self.properties.first(&PRODUCTS).is_some() {
            return Ok(vec![self.item(self.properties, way, warnings)?]);
        }
        self.each_of_list(warnings, |of, warnings| self.item(of, way, warnings))
    }

    fn order(self, warnings: &mut Warnings) -> Option<Id> {
        let field = self.properties.first(&ORDERS)?;
        warnings.detail(self.properties.read(field, |text| self.context.id(text)))
    }

    fn ordered(self, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        let items = self.items(Way::Out, warnings)?;
        if items.is_empty() {
            return Err(self.properties.hide(LISTS[0], Reason::NoItems));
        }
        Ok(EventKind::Purchased { order: self.order(warnings), items })
    }

    /// Without products all of the order is meant.
    fn returned(self, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        let items = self.items(Way::In, warnings)?;
        let order = self.order(warnings);
        if items.is_empty() && order.is_none() {
            return Err(self.properties.hide(LISTS[0], Reason::NoOrder));
        }
        Ok(EventKind::Returned { order, items, reason: None })
    }

    fn query(self) -> Result<Arc<str>, LineError> {
        let field = self.properties.first(&QUERIES).unwrap_or(QUERIES[0]);
        let query = self.properties.read(field, |text| Ok(Arc::from(text)))?;
        query.ok_or_else(|| self.properties.refuse(field, Reason::Missing))
    }

    fn reviewed(self, warnings: &mut Warnings) -> Result<Vec<EventKind>, LineError> {
        let properties = self.properties;
        let product = product(properties)?;
        let stars = properties.read("rating", |text| match amount::whole(text)? {
            stars @ 1..=5 => u8::try_from(stars).map_err(|_| Reason::NotStars),
            _ => Err(Reason::NotStars),
        });
        let Some(words) = warnings.detail(properties.text("review_body")) else {
            let stars = stars?.ok_or_else(|| properties.refuse("rating", Reason::Missing))?;
            return Ok(vec![EventKind::Rated { product, stars }]);
        };
        let rated = warnings.detail(stars).map(|stars| EventKind::Rated { product: product.clone(), stars });
        let commented = EventKind::Commented { product: Some(product), text: words.into() };
        Ok(rated.into_iter().chain([commented]).collect())
    }

    fn category(self, warnings: &mut Warnings) -> Vec<Arc<str>> {
        let path = self.properties.read("category", |path| bounds::path(path.split(['>', '/'])));
        warnings.detail(path).unwrap_or_default()
    }
}

/// The field that names the product.
fn product_field(of: Message<'_>) -> Option<&'static str> {
    if LISTS.contains(&of.path) { of.first(&LISTED) } else { of.first(&PRODUCTS) }
}

fn product(of: Message<'_>) -> Result<Id, LineError> {
    let field = product_field(of).unwrap_or(PRODUCTS[0]);
    of.id(field)?.ok_or_else(|| of.refuse(field, Reason::Missing))
}

/// A sku is the product where nothing else is.
fn variant(of: Message<'_>) -> Result<Option<Id>, LineError> {
    match of.first(&["variant_id", "sku"]) {
        Some("sku") if product_field(of) == Some("sku") => Ok(None),
        Some(field) => of.id(field),
        None => Ok(None),
    }
}
