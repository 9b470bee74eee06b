//! A seeded clothes-and-home shop with a year behind it: goods, people, and what they did. The same seed and moment give
//! the same shop to the byte.
//!
//! People have tastes, sizes and habits that nobody tells the service: what it recommends has to be found in the events.
//! Nothing here knows of stores, models or the network.

mod behaviour;
mod goods;
mod people;
mod personas;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::domain::{
    Timestamp,
    catalog::{Product, StockChange},
    event::Event,
};

pub use personas::Telling;

/// How large the shop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Products, each with its variants.
    pub products: usize,
    /// Customers with an account.
    pub customers: usize,
    /// Days of events before `now`.
    pub days: u32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { products: 2_000, customers: 5_000, days: 365 }
    }
}

/// All of a made-up shop.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoShop {
    /// What it sells, as of a moment before `stock`.
    pub products: Vec<Product>,
    /// What happened, by time.
    pub events: Vec<Event>,
    /// Stock that changed last, to be applied after the products.
    pub stock: Vec<StockChange>,
    /// Customers worth a look, with what to expect.
    pub telling: Vec<Telling>,
}

/// Makes the shop as it is at `now`.
pub fn shop(seed: u64, scale: Scale, now: Timestamp) -> DemoShop {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut goods = goods::make(scale.products, now, &mut rng);
    let people = people::make(scale.customers, &mut rng);
    let mut events = behaviour::live(&people, &goods, scale.days, now, &mut rng);
    let (telling, stock) = personas::add(&mut goods, &mut events, now);
    events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    DemoShop { products: goods.into_iter().map(|good| good.product).collect(), events, stock, telling }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::event::EventKind;

    const NOW: Timestamp = Timestamp(1_763_800_000_000);
    const SMALL: Scale = Scale { products: 300, customers: 200, days: 120 };

    #[test]
    fn the_same_seed_gives_the_same_shop() {
        assert_eq!(shop(7, SMALL, NOW), shop(7, SMALL, NOW));
        assert_ne!(shop(7, SMALL, NOW).events, shop(8, SMALL, NOW).events);
    }

    #[test]
    fn the_year_holds_what_a_shop_meets() {
        let shop = shop(7, SMALL, NOW);
        assert_eq!(shop.products.len(), SMALL.products);
        let ids: HashSet<_> = shop.events.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), shop.events.len(), "event ids are unique");
        assert!(shop.events.iter().all(|event| event.time <= NOW && event.who.subject().is_some()));
        let products: HashSet<_> = shop.products.iter().map(|product| &product.id).collect();
        assert!(shop.events.iter().flat_map(|event| event.kind.products()).all(|id| products.contains(id)));
        let count = |wanted: fn(&EventKind) -> bool| shop.events.iter().filter(|event| wanted(&event.kind)).count();
        let bought = count(|kind| matches!(kind, EventKind::Purchased { .. }));
        let returned = count(|kind| matches!(kind, EventKind::Returned { .. }));
        let viewed = count(|kind| matches!(kind, EventKind::ProductViewed { .. }));
        let carted = count(|kind| matches!(kind, EventKind::CartAdded { .. }));
        assert!(returned > 0 && bought > 4 * returned && carted > bought && viewed > 2 * carted);
        let channels: HashSet<_> = shop.events.iter().filter_map(|event| event.channel).collect();
        assert!(channels.len() >= 4, "several channels: {channels:?}");
    }
}
