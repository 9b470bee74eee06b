//! The shop that every case starts from, and what can happen in it.

use std::sync::Arc;

use super::super::{Eligibility, Fitting};
use crate::domain::{
    Id, Money, Timestamp,
    catalog::{
        Attribute, Audience, Availability, Catalog, Garment, Ids, Product, ProductIx, SizeSystem, Text, Variant,
    },
    customer::Profile,
    event::{Event, EventKind, LineItem, ReturnReason, Who},
    merchandising::{Action, MerchandisingRule},
    recommend::{
        CompiledFilter, CompiledSteering, Filter, Fit, Ineligibility, Placement, RequestContext, RuleVerdict, Runs,
        SizeNote, Steering, UserHistory,
    },
    rules::{BoughtRule, Rules},
    sizing::{Sizes, Wardrobe},
    store::{Change, Observer, Seq},
};

/// The moment of every case: 2024-06-01.
pub(super) const NOW: Timestamp = Timestamp(1_717_200_000_000);

pub(super) struct World {
    pub(super) catalog: Catalog,
    pub(super) rules: Rules,
    pub(super) filter: Filter,
    rules_of_merchandisers: Vec<MerchandisingRule>,
    pub(super) in_view: Option<&'static str>,
    pub(super) cart: Vec<&'static str>,
    /// What runs small or large; None where nobody knows.
    pub(super) turned: Option<Turned>,
    products: Vec<Product>,
    events: Vec<Event>,
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn path(steps: &str) -> Vec<Arc<str>> {
    steps.split('/').map(Arc::from).collect()
}

pub(super) fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

/// A variant for each "size-colour" or "size", three in stock, 100 zloty.
fn product(name: &str, category: &str, worn: (Option<Garment>, Option<Audience>), variants: &[&str]) -> Product {
    let variant = |text: &&str| {
        let (size, color) = text.split_once('-').unwrap_or((text, ""));
        Variant {
            id: id(text),
            size: if size == "one" { "".into() } else { size.into() },
            size_system: None,
            color: color.into(),
            price: money(10_000, "PLN"),
            original_price: None,
            sale: None,
            stock: Some(3),
            availability: Availability::InStock,
            image_uri: "".into(),
            attributes: Vec::new(),
            changed: Timestamp(0),
            back_since: None,
        }
    };
    Product {
        id: id(name),
        texts: vec![Text { locale: "en".parse().unwrap(), title: name.into(), description: "".into() }],
        brand: "Marlow".into(),
        category_path: path(category),
        garment: worn.0,
        audience: worn.1,
        variants: variants.iter().map(variant).collect(),
        image_uri: "".into(),
        replenish_days: None,
        available_since: NOW.plus_days(-400),
        attributes: Vec::new(),
    }
}

fn stock_of_the_shop() -> Vec<Product> {
    let shoes = (Some(Garment::Shoes), Some(Audience::Women));
    let top = (Some(Garment::Top), Some(Audience::Women));
    let child = (Some(Garment::Top), Some(Audience::Children));
    let coat = (Some(Garment::Outerwear), Some(Audience::Women));
    let none = (Some(Garment::None), None);
    let mut products = vec![
        product("boots", "Women/Shoes/Boots", shoes, &["40-black", "41-black", "41-brown", "42-black"]),
        product("sneakers", "Women/Shoes/Sneakers", shoes, &["40", "41", "42"]),
        product("loafers", "Women/Shoes/Loafers", shoes, &["40", "41", "42"]),
        product("jumper", "Women/Knitwear", top, &["L-red", "M-blue", "M-red", "S-red"]),
        product("blouse", "Women/Blouses", top, &["L", "M", "S"]),
        product("romper", "Children/Tops", child, &["104", "110", "116"]),
        product("cap", "Women/Hats", (Some(Garment::Headwear), Some(Audience::Women)), &["one-green", "one-grey"]),
        product("mug", "Kitchen/Mugs", none, &["300 ml", "500 ml"]),
        product("coffee", "Food/Coffee", none, &["250g"]),
        product("tea", "Food/Tea", none, &["100g", "50g"]),
        product("grinder", "Food/Coffee/Machines", none, &["one"]),
        product("wine", "Food/Wine", none, &["750ml"]),
        product("wrap", "Women/Shoes/Wraps", shoes, &["Model A", "Model B"]),
        product("trench", "Women/Coats/Trenches", coat, &["M petite", "M regular", "M tall"]),
    ];
    for product in &mut products {
        match product.id.as_str() {
            "coffee" => product.replenish_days = Some(30),
            "romper" => product.variants.iter_mut().for_each(|one| one.size_system = Some(SizeSystem::HeightCm)),
            _ => {}
        }
    }
    products
}

/// One product that runs small or large.
#[derive(Debug)]
pub(super) struct Turned(Option<(ProductIx, Runs)>);

impl Fit for Turned {
    fn runs(&self, product: ProductIx) -> Option<Runs> {
        self.0.filter(|(of, _)| *of == product).map(|(_, runs)| runs)
    }
}

impl World {
    pub(super) fn new() -> Self {
        let bought = |category: &str, lasts_days| BoughtRule { category: path(category), lasts_days };
        let rules = Rules {
            bought: vec![
                bought("food", Some(20)),
                bought("Food/COFFEE", Some(10)),
                bought("Food/Coffee/Machines", None),
            ],
            ..Rules::default()
        };
        let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &rules);
        let products = stock_of_the_shop();
        catalog.load(products.clone());
        Self {
            catalog,
            rules,
            filter: Filter::default(),
            rules_of_merchandisers: Vec::new(),
            in_view: None,
            cart: Vec::new(),
            turned: None,
            products,
            events: Vec::new(),
        }
    }

    fn product(&self, name: &str) -> ProductIx {
        self.catalog.ids().product(&id(name))
    }

    fn with<T>(&self, ask: impl FnOnce(&Eligibility<'_>) -> T) -> T {
        let snapshot = self.catalog.snapshot();
        let profile = Profile::of(Vec::new(), &self.events, Seq(1), self.catalog.ids());
        let cart: Vec<_> = self.cart.iter().map(|product| (self.product(product), None)).collect();
        let context = RequestContext {
            now: NOW,
            catalog: &snapshot,
            ids: self.catalog.ids(),
            profile: &profile,
            history: &UserHistory::default(),
            placement: Placement::Home,
            channel: None,
            in_view: self.in_view.map(|product| self.product(product)),
            cart: &cart,
        };
        let wardrobe = Wardrobe::of(&profile, &snapshot, self.catalog.sizes(), &self.rules.size, NOW);
        let filter = CompiledFilter::new(&self.filter, context.ids, context.now);
        let fit = self.turned.as_ref().map(|turned| turned as &dyn Fit);
        let hidden = self.rules_of_merchandisers.iter();
        let steering = CompiledSteering::new(&Steering::default(), hidden, context.ids, context.now);
        ask(&Eligibility::new(&context, &self.rules, &wardrobe, &filter).with_fit(fit).with_steering(&steering))
    }

    pub(super) fn hide(&mut self, rule: &str, filter: Filter) {
        self.rules_of_merchandisers.push(MerchandisingRule {
            id: id(rule),
            action: Action::Hide(filter),
            placements: Vec::new(),
            segments: Vec::new(),
            from: None,
            until: None,
        });
    }

    /// The id of the variant that is offered, and why that one; or the rule that decides.
    pub(super) fn ask(&self, product: &str) -> Result<(String, SizeNote), Ineligibility> {
        self.offer(product).map(|(variant, fitting)| (variant, fitting.size_note))
    }

    /// The id of the variant that is offered, and all that is said of it.
    pub(super) fn offer(&self, product: &str) -> Result<(String, Fitting), Ineligibility> {
        let fitting = self.with(|eligibility| eligibility.verdict(self.product(product)))?;
        Ok((self.catalog.ids().variant_id(fitting.variant).unwrap().as_str().to_owned(), fitting))
    }

    pub(super) fn turns_out(&mut self, product: &str, runs: Option<Runs>) {
        self.turned = Some(Turned(runs.map(|runs| (self.product(product), runs))));
    }

    pub(super) fn explain(&self, product: &str) -> Vec<RuleVerdict> {
        self.with(|eligibility| eligibility.rules(self.product(product)))
    }

    // What the shop does.

    pub(super) fn change(&mut self, product: &str, change: impl FnOnce(&mut Product)) {
        let one = self.products.iter_mut().find(|one| one.id.as_str() == product).unwrap();
        change(one);
        self.catalog.committed(&[Change::Product(Arc::new(one.clone()))]);
    }

    pub(super) fn change_variant(&mut self, product: &str, variant: &str, change: impl FnOnce(&mut Variant)) {
        self.change(product, |product| {
            change(product.variants.iter_mut().find(|one| one.id.as_str() == variant).unwrap());
        });
    }

    pub(super) fn stock(&mut self, product: &str, variant: &str, stock: u32) {
        self.change_variant(product, variant, |one| one.stock = Some(stock));
    }

    pub(super) fn availability(&mut self, product: &str, variant: &str, availability: Availability) {
        self.change_variant(product, variant, |one| one.availability = availability);
    }

    pub(super) fn price(&mut self, product: &str, variant: &str, minor: i64) {
        self.change_variant(product, variant, |one| one.price = money(minor, "PLN"));
    }

    pub(super) fn sold_out(&mut self, product: &str) {
        self.change(product, |product| product.variants.iter_mut().for_each(|one| one.stock = Some(0)));
    }

    pub(super) fn delete(&mut self, product: &str) {
        self.catalog.committed(&[Change::ProductDeleted(id(product))]);
    }

    pub(super) fn attribute(&mut self, product: &str, name: &str, value: &str) {
        let attribute = Attribute { name: name.into(), value: value.into() };
        self.change(product, |product| product.attributes.push(attribute));
    }

    // What she does, so many days ago.

    pub(super) fn did(&mut self, days_ago: i64, kind: EventKind) {
        let event = Event {
            id: id(&format!("event {}", self.events.len())),
            who: Who::customer(id("she")),
            time: NOW.plus_days(-days_ago),
            channel: None,
            session: None,
            attribution: None,
            kind,
        };
        self.events.push(event);
    }

    pub(super) fn bought(&mut self, product: &str, variant: &str, quantity: u32, days_ago: i64) {
        self.did(days_ago, EventKind::Purchased { order: None, items: vec![item(product, variant, quantity)] });
    }

    pub(super) fn returned(&mut self, product: &str, variant: &str, quantity: u32, days_ago: i64) {
        let (order, reason) = (None, Some(ReturnReason::ChangedMind));
        self.did(days_ago, EventKind::Returned { order, items: vec![item(product, variant, quantity)], reason });
    }

    /// Bought and sent back within the day.
    pub(super) fn too_small(&mut self, product: &str, variant: &str, days_ago: i64) {
        self.bought(product, variant, 1, days_ago + 1);
        let (order, reason) = (None, Some(ReturnReason::TooSmall));
        self.did(days_ago, EventKind::Returned { order, items: vec![item(product, variant, 1)], reason });
    }

    pub(super) fn ordered(&mut self, order: &str, product: &str, quantity: u32, days_ago: i64) {
        let items = vec![LineItem { product: id(product), variant: None, quantity, unit_price: None, position: 0 }];
        self.did(days_ago, EventKind::Purchased { order: Some(id(order)), items });
    }

    pub(super) fn returned_of(&mut self, order: &str, product: &str, quantity: u32, days_ago: i64) {
        let items = vec![LineItem { product: id(product), variant: None, quantity, unit_price: None, position: 0 }];
        self.did(days_ago, EventKind::Returned { order: Some(id(order)), items, reason: None });
    }

    /// All of an order came back.
    pub(super) fn returned_whole(&mut self, order: &str, days_ago: i64) {
        self.did(days_ago, EventKind::Returned { order: Some(id(order)), items: Vec::new(), reason: None });
    }

    pub(super) fn viewed(&mut self, product: &str, variant: &str, days_ago: i64) {
        self.did(days_ago, EventKind::ProductViewed { product: id(product), variant: Some(id(variant)) });
    }

    pub(super) fn carted(&mut self, product: &str, variant: &str, days_ago: i64) {
        self.did(days_ago, EventKind::CartAdded { item: item(product, variant, 1) });
    }

    pub(super) fn declared(&mut self, garment: Garment, audience: Audience, size: &str, system: Option<SizeSystem>) {
        let (audience, size) = (Some(audience), size.into());
        self.did(1, EventKind::SizeDeclared { garment, audience, size, system });
    }

    pub(super) fn declared_shoes(&mut self, size: &str) {
        self.declared(Garment::Shoes, Audience::Women, size, Some(SizeSystem::Eu));
    }

    pub(super) fn declared_top(&mut self, size: &str) {
        self.declared(Garment::Top, Audience::Women, size, Some(SizeSystem::Alpha));
    }

    /// Two pairs of other shoes, bought lately and kept: enough to know the size by.
    pub(super) fn keeps_shoes(&mut self, size: &str) {
        self.bought("sneakers", size, 1, 20);
        self.bought("loafers", size, 1, 10);
    }
}

fn item(product: &str, variant: &str, quantity: u32) -> LineItem {
    LineItem { product: id(product), variant: Some(id(variant)), quantity, unit_price: None, position: 0 }
}
