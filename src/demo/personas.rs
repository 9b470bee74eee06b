//! A handful of customers whose answers show what the service is for.

use super::goods::{Good, KINDS, currency, id};
use crate::domain::{
    Id, Money, Timestamp,
    catalog::{Availability, StockChange},
    customer::Purpose,
    event::{Channel, Event, EventKind, LineItem, ReturnReason, Who},
    recommend::Placement,
};

const HOUR: i64 = 3_600_000;

/// Somebody to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Whom to ask about.
    pub who: Who,
    /// The language she reads.
    pub locale: &'static str,
    /// Where she is.
    pub placement: Placement,
    /// What to look for in her answers.
    pub story: &'static str,
}

/// Adds their history, and the stock changes that belong to it.
pub fn add(goods: &mut [Good], events: &mut Vec<Event>, now: Timestamp) -> (Vec<Telling>, Vec<StockChange>) {
    let mut scene = Scene { goods, events, now, stock: Vec::new(), made: 0, cast: Vec::new() };
    scene.two_sizes();
    scene.forgotten_cart();
    scene.back_in_size();
    scene.order_arrived();
    scene.returned_for_size();
    scene.coffee_runs_out();
    scene.without_consent();
    scene.cast("newcomer", "en", "nobody knows her: a valid cold start, and the answer says so");
    (scene.cast, scene.stock)
}

struct Scene<'a> {
    goods: &'a mut [Good],
    events: &'a mut Vec<Event>,
    now: Timestamp,
    stock: Vec<StockChange>,
    made: usize,
    cast: Vec<Telling>,
}

impl Scene<'_> {
    fn two_sizes(&mut self) {
        self.cast("anna", "pl", "one model in two sizes in her cart");
        self.keeps("anna", "Women's Chelsea boots", "39", 2);
        let boots = self.nth("Women's Chelsea boots", 4);
        self.stocked(boots);
        for (size, hours) in [("39", 3), ("40", 2)] {
            let item = self.item(boots, size);
            self.event("anna", hours * HOUR, EventKind::CartAdded { item });
        }
    }

    fn forgotten_cart(&mut self) {
        self.cast("james", "en", "a cart left yesterday; keeps men's shoes in 43");
        self.keeps("james", "Men's sneakers", "43", 3);
        let jacket = self.nth("Men's jacket", 2);
        self.stocked(jacket);
        let item = self.item(jacket, "L");
        self.event("james", 26 * HOUR, EventKind::ProductViewed { product: item.product.clone(), variant: None });
        self.event("james", 25 * HOUR, EventKind::CartAdded { item });
    }

    fn back_in_size(&mut self) {
        self.cast("darya", "ru", "a dress she looked at is there again in her size, 38");
        self.keeps("darya", "Dress", "38", 3);
        let dress = self.nth("Dress", 5);
        for variant in &mut self.goods[dress].product.variants {
            variant.stock = Some(if &*variant.size == "38" { 0 } else { 4 });
        }
        let product = self.goods[dress].product.id.clone();
        self.event("darya", 72 * HOUR, EventKind::ProductViewed { product: product.clone(), variant: None });
        let back = self.item(dress, "38");
        if let Some(variant) = back.variant {
            let time = Timestamp(self.now.0 - 5 * HOUR);
            self.stock.push(StockChange { product, variant, stock: Some(3), availability: None, price: None, time });
        }
    }

    fn order_arrived(&mut self) {
        self.cast("marta", "pl", "her order arrived this morning");
        let lamp = self.nth("Lamp", 3);
        let order = id("o-marta-1".to_owned());
        let items = vec![self.item(lamp, "")];
        self.event("marta", 74 * HOUR, EventKind::Purchased { order: Some(order.clone()), items });
        self.event("marta", 4 * HOUR, EventKind::OrderDelivered { order });
    }

    fn returned_for_size(&mut self) {
        self.cast("oleg", "ru", "sent sneakers back as too small");
        self.keeps("oleg", "Men's Chelsea boots", "43", 2);
        let sneakers = self.nth("Men's sneakers", 6);
        self.stocked(sneakers);
        let order = Some(id("o-oleg-1".to_owned()));
        let items = vec![self.item(sneakers, "43")];
        self.event("oleg", 190 * HOUR, EventKind::Purchased { order: order.clone(), items: items.clone() });
        let reason = Some(ReturnReason::TooSmall);
        self.event("oleg", 30 * HOUR, EventKind::Returned { order, items, reason });
    }

    fn coffee_runs_out(&mut self) {
        self.cast("ewa", "pl", "her coffee is about to run out");
        let coffee = self.nth("Coffee", 1);
        self.stocked(coffee);
        for days in [76, 50, 25] {
            let order = Some(id(format!("o-ewa-{days}")));
            let items = vec![self.item(coffee, "")];
            self.event("ewa", days * 24 * HOUR, EventKind::Purchased { order, items });
        }
    }

    fn without_consent(&mut self) {
        self.cast(
            "nina",
            "en",
            "said no to personalization: of her history only what she owns is read, to leave it out",
        );
        self.keeps("nina", "Dress", "40", 3);
        let refused =
            EventKind::ConsentSet { purpose: Purpose::Personalization, granted: false, source: "cookie-banner".into() };
        self.event("nina", 48 * HOUR, refused);
    }

    fn cast(&mut self, name: &str, locale: &'static str, story: &'static str) {
        let who = Who::customer(id(name.to_owned()));
        self.cast.push(Telling { who, locale, placement: Placement::Home, story });
        if name != "newcomer" {
            let set = EventKind::TraitSet { name: "locale".into(), value: locale.into(), source: "account".into() };
            self.event(name, 300 * 24 * HOUR, set);
        }
    }

    /// Some things of a kind that she bought in one size and kept.
    fn keeps(&mut self, name: &str, kind: &str, size: &str, count: usize) {
        for number in 0..count {
            let place = self.nth(kind, 10 + number);
            let order = Some(id(format!("o-{name}-kept-{number}")));
            let items = vec![self.item(place, size)];
            let hours = 24 * (200 - 40 * i64::try_from(number).unwrap_or(0));
            self.event(name, hours * HOUR, EventKind::Purchased { order, items });
        }
    }

    /// The nth product of a kind, counted round.
    fn nth(&self, kind: &str, nth: usize) -> usize {
        let of_kind: Vec<usize> =
            (0..self.goods.len()).filter(|place| KINDS[self.goods[*place].kind].names[0] == kind).collect();
        if of_kind.is_empty() { 0 } else { of_kind[nth % of_kind.len()] }
    }

    /// Puts every variant on the shelf.
    fn stocked(&mut self, place: usize) {
        for variant in &mut self.goods[place].product.variants {
            variant.stock = Some(5);
            variant.availability = Availability::InStock;
        }
    }

    fn item(&self, place: usize, size: &str) -> LineItem {
        let product = &self.goods[place].product;
        let variant = product.variants.iter().find(|variant| &*variant.size == size);
        let price = variant.map_or(Money { minor: 0, currency: currency() }, |variant| variant.price);
        LineItem {
            product: product.id.clone(),
            variant: variant.map(|variant| variant.id.clone()),
            quantity: 1,
            unit_price: Some(price),
            position: 0,
        }
    }

    fn event(&mut self, name: &str, ago_ms: i64, kind: EventKind) {
        self.made += 1;
        let event: Id = id(format!("t-{name}-{}", self.made));
        self.events.push(Event {
            id: event,
            who: Who::customer(id(name.to_owned())),
            time: Timestamp(self.now.0 - ago_ms),
            channel: Some(Channel::Web),
            session: None,
            attribution: None,
            kind,
        });
    }
}
