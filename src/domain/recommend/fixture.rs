//! A small shop for the tests of this folder.

use std::sync::Arc;

use crate::domain::{
    Id, Money, Timestamp,
    catalog::{Attribute, Availability, Catalog, Ids, Product, ProductIx, Snapshot, Text, Variant},
    customer::Profile,
    event::{Event, EventKind, LineItem, Who},
    recommend::{Placement, RequestContext, UserHistory},
    rules::Rules,
    sizing::Sizes,
    store::Seq,
};

/// The moment of every test: 2024-01-01.
pub const NOW: Timestamp = Timestamp(1_704_067_200_000);

pub fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

/// One variant "id-v", priced, in stock; brand and category path ("A/B") as given.
pub fn product(name: &str, brand: &str, category: &str, price: i64) -> Product {
    Product {
        id: id(name),
        texts: vec![Text { locale: "en".parse().unwrap(), title: name.into(), description: "".into() }],
        brand: brand.into(),
        category_path: category.split('/').filter(|step| !step.is_empty()).map(Arc::from).collect(),
        garment: None,
        audience: None,
        variants: vec![Variant {
            id: id(&format!("{name}-v")),
            size: "".into(),
            size_system: None,
            color: "".into(),
            price: Money { minor: price, currency: "PLN".parse().unwrap() },
            original_price: None,
            sale: None,
            stock: Some(5),
            availability: Availability::InStock,
            image_uri: "".into(),
            attributes: Vec::<Attribute>::new(),
            changed: Timestamp(0),
            back_since: None,
        }],
        image_uri: "".into(),
        replenish_days: None,
        available_since: NOW.plus_days(-400),
        attributes: Vec::new(),
    }
}

pub fn catalog(products: impl IntoIterator<Item = Product>) -> Arc<Catalog> {
    let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &Rules::default());
    catalog.load(products);
    Arc::new(catalog)
}

pub fn ix(catalog: &Catalog, product: &str) -> ProductIx {
    catalog.ids().find_product(product).unwrap()
}

/// Events of one customer, each so many days ago.
pub fn events(kinds: impl IntoIterator<Item = (i64, EventKind)>) -> Vec<Event> {
    (0..)
        .zip(kinds)
        .map(|(n, (days_ago, kind)): (usize, _)| Event {
            id: id(&format!("e{n}")),
            who: Who::customer(id("c")),
            time: NOW.plus_days(-days_ago),
            channel: None,
            session: None,
            attribution: None,
            kind,
        })
        .collect()
}

pub fn profile(catalog: &Catalog, kinds: impl IntoIterator<Item = (i64, EventKind)>) -> Profile {
    Profile::of(Vec::new(), &events(kinds), Seq(1), catalog.ids())
}

pub fn item(product: &str) -> LineItem {
    LineItem { product: id(product), variant: None, quantity: 1, unit_price: None, position: 0 }
}

pub fn viewed(product: &str) -> EventKind {
    EventKind::ProductViewed { product: id(product), variant: None }
}

pub fn bought(product: &str) -> EventKind {
    EventKind::Purchased { order: None, items: vec![item(product)] }
}

pub fn returned(product: &str) -> EventKind {
    EventKind::Returned { order: None, items: vec![item(product)], reason: None }
}

/// The trail is empty: who needs one sets it.
pub fn context<'a>(catalog: &'a Snapshot, ids: &'a Ids, profile: &'a Profile) -> RequestContext<'a> {
    static NOTHING: UserHistory =
        UserHistory { visit: Vec::new(), bought: Vec::new(), ends: Vec::new(), looks: Vec::new() };
    RequestContext {
        now: NOW,
        catalog,
        ids,
        profile,
        history: &NOTHING,
        placement: Placement::Home,
        channel: None,
        in_view: None,
        cart: &[],
    }
}
