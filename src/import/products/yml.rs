//! Yandex Market Language, the feed of Russian shops: `<yml_catalog><shop>` with a tree of categories and then the offers.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    group::{Item, Missed},
    offer::{Feed, Field, Offer},
    options,
    xml::{Record, Records, Shape},
};
use crate::{
    domain::limits::MAX_PATH_STEPS,
    import::{plain_text::plain, row_error::Parsed},
    tabular::input::Input,
};

const SHAPE: Shape = Shape { records: &["category", "offer"], within: &["outlets"] };

/// The rows of a feed.
pub(super) fn read(input: Input, feed: Feed) -> impl Iterator<Item = Result<Parsed<Item>, Missed>> {
    let mut tree = Tree::default();
    Records::new(input, SHAPE).flat_map(move |record| match record {
        Ok(record) if record.name == "category" => {
            tree.add(&record);
            Vec::new()
        }
        Ok(record) => offers(&record, &tree).iter().map(|offer| offer.item(&feed)).collect(),
        Err(unread) => vec![Err(unread.into())],
    })
}

/// The categories by id: the id above, and the name.
#[derive(Default)]
struct Tree(FxHashMap<String, (String, Arc<str>)>);

impl Tree {
    fn add(&mut self, record: &Record) {
        let name = record.fields.iter().find(|field| field.name.is_empty()).map_or("", |field| &field.text);
        let (id, above) = (record.attributes.get("id"), record.attributes.get("parentId"));
        self.0.insert(id.to_owned(), (above.to_owned(), plain(name).into()));
    }

    /// From the widest to the narrowest. A tree that bites its own tail ends somewhere.
    fn path(&self, id: &str) -> Vec<Arc<str>> {
        let mut path = Vec::new();
        let mut next = self.0.get(id);
        while let Some((above, name)) = next.filter(|_| path.len() < MAX_PATH_STEPS) {
            if !name.is_empty() {
                path.push(Arc::clone(name));
            }
            next = self.0.get(above);
        }
        path.reverse();
        path
    }
}

fn offers<'a>(record: &'a Record, tree: &Tree) -> Vec<Offer<'a>> {
    let mut offer = Offer::new(record.line);
    offer.set(Field::Variant, "id", record.attributes.get("id"));
    offer.set(Field::Product, "group_id", record.attributes.get("group_id"));
    offer.set(Field::InStock, "available", record.attributes.get("available"));
    let mut sizes: Vec<&str> = Vec::new();
    for field in &record.fields {
        let (name, text) = (&*field.name, &*field.text);
        let own = match name {
            "price" => Field::Price,
            "oldprice" | "price_old" => Field::OriginalPrice,
            "currencyId" => Field::Currency,
            "name" => Field::Title,
            "description" => Field::Description,
            "vendor" => Field::Brand,
            "picture" => Field::Image,
            "stock_quantity" | "quantity_in_stock" | "count" | "quantity" => Field::Stock,
            "available" => Field::InStock,
            "disabled" => {
                let is_shown = matches!(&*text.trim().to_lowercase(), "" | "false" | "0" | "no" | "нет");
                offer.set(Field::Published, name, if is_shown { "yes" } else { "no" });
                continue;
            }
            "outlet" => {
                offer.set(Field::Stock, "instock", field.attributes.get("instock"));
                continue;
            }
            "categoryId" => {
                if offer.path.is_empty() {
                    offer.path = tree.path(text.trim());
                }
                continue;
            }
            "url" => {
                offer.add_to_variant("link", text);
                continue;
            }
            "param" => {
                let option = field.attributes.get("name");
                if options::field(option) == Some(Field::Size) {
                    offer.set(Field::SizeSystem, "unit", field.attributes.get("unit"));
                    sizes.extend(options::sizes(text.trim()));
                }
                options::add(&mut offer, option, text);
                continue;
            }
            "barcode" | "vendorCode" | "age" | "country_of_origin" => {
                offer.add_to_variant(name, text);
                continue;
            }
            _ => continue,
        };
        offer.set(own, name, text);
    }
    if offer.text(Field::Title).is_empty() {
        offer.set(Field::Title, "model", combined_name(record));
    }
    options::one_a_size(offer, &sizes)
}

/// The name of an offer of the type "vendor.model", which has none of its own.
fn combined_name(record: &Record) -> String {
    let text = |name: &str| record.fields.iter().find(|field| field.name == name).map(|field| field.text.trim());
    let parts = ["typePrefix", "vendor", "model"].into_iter().filter_map(text).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}
