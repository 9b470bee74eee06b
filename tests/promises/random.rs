//! Random shops and customers, small and crowded: few names, so that everything meets everything.

use std::sync::Arc;

use outfitter::domain::{
    Id, Money, Timestamp,
    catalog::{Attribute, Audience, Availability, Garment, Product, SizeSystem, Text, Variant},
    event::{Event, EventKind, LineItem, Who},
    recommend::{Filter, NumberRange},
    rules::{BoughtRule, Rules, SizeRules},
};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The moment of every question.
pub const NOW: Timestamp = Timestamp(1_717_200_000_000);

const PRODUCTS: usize = 6;
const PATHS: [&str; 7] = ["", "Wear", "wear/Shoes", "Wear/shoes/Boots", "Food", "Food/Coffee ", "Home/Shoes"];
const COLORS: [&str; 4] = ["", "Red", "red", "Żółty"];

/// A shop, a customer and what is asked.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its rules. Sizes are never learned here, only declared: learning has tests of its own.
    pub rules: Rules,
    /// At the start.
    pub products: Vec<Product>,
    /// Then.
    pub batches: Vec<Vec<Step>>,
    /// What she did.
    pub events: Vec<Event>,
    /// The product on the page.
    pub in_view: Option<Id>,
    /// In the cart.
    pub cart: Vec<Id>,
    /// What is asked for.
    pub filter: Filter,
    /// What rules of merchandisers hide.
    pub hidden: Vec<Filter>,
}

/// One change of the catalogue.
#[derive(Debug, Clone)]
pub enum Step {
    /// Creates or replaces.
    Upsert(Product),
    /// Deletes, where it is there.
    Delete(Id),
    /// Changes one variant, counted round; of a product that is not there, nothing.
    Stock { product: Id, variant: usize, stock: Option<u32>, availability: Availability, price: Money },
}

impl Case {
    /// How many parts [`Case::without`] can leave out.
    pub fn parts(&self) -> usize {
        self.products.len() + self.batches.len() + self.events.len() + self.rules.bought.len()
    }

    /// The case without one part.
    pub fn without(&self, mut part: usize) -> Self {
        let mut case = self.clone();
        if part < case.products.len() {
            case.products.remove(part);
            return case;
        }
        part -= case.products.len();
        if part < case.batches.len() {
            case.batches.remove(part);
            return case;
        }
        part -= case.batches.len();
        if part < case.events.len() {
            case.events.remove(part);
            return case;
        }
        case.rules.bought.remove(part - case.events.len());
        case
    }
}

/// Every product that may be there, and one that never is.
pub fn product_ids() -> impl Iterator<Item = Id> {
    (0..=PRODUCTS).map(|n| id(&format!("p{n}")))
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn path(text: &str) -> Vec<Arc<str>> {
    text.split('/').filter(|step| !step.is_empty()).map(Arc::from).collect()
}

/// The case of this number.
pub fn case(seed: u64) -> Case {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(seed));
    // With no half-life no purchase weighs anything, not even as a guess.
    let size = SizeRules { least_weight: 1e9, half_life_days: 0.0, ..Rules::default().size };
    let mut rules = Rules { size, ..Rules::default() };
    for _ in 0..dice.below(4) {
        let lasts_days = dice.maybe(70).then(|| dice.of(&[0, 1, 5, 20]));
        rules.bought.push(BoughtRule { category: path(dice.of(&PATHS)), lasts_days });
    }
    let mut products = Vec::new();
    for n in 0..PRODUCTS {
        if dice.maybe(85) {
            products.push(dice.product(n));
        }
    }
    let batches = (0..dice.below(3)).map(|_| (0..=dice.below(4)).map(|_| dice.step()).collect()).collect();
    let count = dice.below(14);
    let mut events: Vec<Event> = (0..count).map(|n| dice.event(n)).collect();
    events.shuffle(&mut dice.0);
    Case {
        rules,
        products,
        batches,
        events,
        in_view: dice.maybe(20).then(|| dice.product_id()),
        cart: (0..dice.below(2)).map(|_| dice.product_id()).collect(),
        filter: if dice.maybe(50) { Filter::default() } else { dice.filter() },
        hidden: (0..dice.below(2)).map(|_| dice.filter()).filter(|filter| !filter.is_empty()).collect(),
    }
}

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0.gen_range(0..=bound)
    }

    fn maybe(&mut self, percent: u32) -> bool {
        self.0.gen_range(0..100) < percent
    }

    fn of<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.0.gen_range(0..choice.len())].clone()
    }

    fn product_id(&mut self) -> Id {
        id(&format!("p{}", self.below(PRODUCTS - 1)))
    }

    fn money(&mut self) -> Money {
        let currency = if self.maybe(90) { "PLN" } else { "EUR" };
        Money { minor: self.of(&[900, 1000, 1001]), currency: currency.parse().unwrap() }
    }

    fn attribute(&mut self) -> Attribute {
        let (name, value) =
            (self.of(&["fabric", "Fabric", "season", "weight"]), self.of(&["wool", "Wool", "linen", "0.75", "2"]));
        Attribute { name: name.into(), value: value.into() }
    }

    fn availability(&mut self) -> Availability {
        use Availability::{Backorder, InStock, OutOfStock, Preorder};
        self.of(&[InStock, InStock, InStock, InStock, InStock, OutOfStock, Preorder, Backorder])
    }

    fn stock(&mut self) -> Option<u32> {
        self.of(&[None, Some(0), Some(0), Some(1), Some(7)])
    }

    fn size(&mut self, garment: Garment) -> (&'static str, Option<SizeSystem>) {
        match garment {
            Garment::Top => {
                self.of(&[("S", Some(SizeSystem::Alpha)), ("M", None), ("m", None), ("blob", None), ("", None)])
            }
            Garment::Shoes => self.of(&[
                ("38", Some(SizeSystem::Eu)),
                ("39", Some(SizeSystem::Eu)),
                ("40", Some(SizeSystem::Eu)),
                ("", None),
            ]),
            _ => self.of(&[("1 kg", None), ("", None)]),
        }
    }

    fn product(&mut self, n: usize) -> Product {
        let garment = self.of(&[Garment::Top, Garment::Top, Garment::Shoes, Garment::Shoes, Garment::None]);
        let variants = (0..self.of(&[0, 1, 1, 2, 3, 4, 4])).map(|n| self.variant(n, garment)).collect();
        Product {
            id: id(&format!("p{n}")),
            texts: vec![Text { locale: "en".parse().unwrap(), title: "Thing".into(), description: "".into() }],
            brand: self.of(&["", "Marlow", "MARLOW", "Quill"]).into(),
            category_path: path(self.of(&PATHS)),
            garment: Some(garment),
            audience: self.of(&[Some(Audience::Women), Some(Audience::Women), Some(Audience::Men), None]),
            variants,
            image_uri: "".into(),
            replenish_days: self.maybe(25).then(|| self.of(&[1, 5, 20])),
            available_since: NOW.plus_days(-100),
            attributes: (0..self.below(1)).map(|_| self.attribute()).collect(),
        }
    }

    fn variant(&mut self, n: usize, garment: Garment) -> Variant {
        let (size, size_system) = self.size(garment);
        Variant {
            // The order of ids is not that of the list.
            id: id(&format!("v{}", (n + 2) % 4)),
            size: size.into(),
            size_system,
            color: self.of(&COLORS).into(),
            price: self.money(),
            original_price: None,
            sale: None,
            stock: self.stock(),
            availability: self.availability(),
            image_uri: "".into(),
            attributes: (0..self.below(1)).map(|_| self.attribute()).collect(),
            changed: Timestamp(0),
            back_since: None,
        }
    }

    fn step(&mut self) -> Step {
        match self.below(9) {
            0 => Step::Delete(self.product_id()),
            1 | 2 => {
                let n = self.below(PRODUCTS - 1);
                Step::Upsert(self.product(n))
            }
            _ => Step::Stock {
                product: self.product_id(),
                variant: self.below(3),
                stock: self.stock(),
                availability: self.availability(),
                price: self.money(),
            },
        }
    }

    fn item(&mut self) -> LineItem {
        let variant = self.maybe(70).then(|| id(self.of(&["v0", "v1", "v2", "v3", "gone"])));
        LineItem {
            product: self.product_id(),
            variant,
            quantity: self.of(&[1, 1, 2, 3]),
            unit_price: None,
            position: 0,
        }
    }

    fn event(&mut self, n: usize) -> Event {
        // Days, not milliseconds: purchases fall due on the very day, and many things happen at one time.
        let mut time = NOW.plus_days(-self.of(&[0, 1, 2, 4, 5, 10, 15, 20, 40, 60]));
        let order = self.maybe(50).then(|| id(self.of(&["o1", "o2"])));
        let kind = match self.below(9) {
            0..=2 => EventKind::Purchased { order, items: (0..=self.below(1)).map(|_| self.item()).collect() },
            3 | 4 => {
                let items = (0..=self.below(1)).map(|_| self.item()).collect();
                EventKind::Returned { order, items, reason: None }
            }
            5 | 6 => {
                let item = self.item();
                EventKind::ProductViewed { product: item.product, variant: item.variant }
            }
            7 => EventKind::CartAdded { item: self.item() },
            _ => self.declaration(),
        };
        // Of two purchases at one time nobody can say from which a return takes.
        if matches!(kind, EventKind::Purchased { .. } | EventKind::Returned { .. }) {
            time.0 -= i64::try_from(n).unwrap();
        }
        let who = Who::customer(id("she"));
        // Ids that do not sort in the order of the list.
        let event_id = id(&format!("e{}", (n * 7) % 16));
        Event { id: event_id, who, time, channel: None, session: None, attribution: None, kind }
    }

    fn declaration(&mut self) -> EventKind {
        let garment = self.of(&[Garment::Top, Garment::Shoes]);
        let (size, system) = self.size(garment);
        let audience = self.of(&[Some(Audience::Women), Some(Audience::Women), Some(Audience::Men), None]);
        EventKind::SizeDeclared { garment, audience, size: size.into(), system }
    }

    fn filter(&mut self) -> Filter {
        self.filter_at(0)
    }

    fn filter_at(&mut self, depth: usize) -> Filter {
        let mut filter = Filter::default();
        match self.below(if depth < 3 { 9 } else { 6 }) {
            5 => filter.only = vec![self.product_id(), self.product_id(), id("nowhere")],
            6 => {
                let name = self.of(&["size", "Weight"]).into();
                let at_least = self.maybe(60).then(|| self.of(&[0.5, 1.0, 38.5]));
                filter.ranges = vec![NumberRange { name, at_least, at_most: self.maybe(60).then_some(39.0) }];
            }
            7 => filter.any_of = (0..=self.below(2)).map(|_| self.filter_at(depth + 1)).collect(),
            8 => filter.none_of = (0..=self.below(1)).map(|_| self.filter_at(depth + 1)).collect(),
            0 => filter.categories = (0..=self.below(1)).map(|_| path(self.of(&PATHS))).collect(),
            1 => filter.brands = vec![self.of(&["marlow", "Quill", "Nobody"]).into()],
            2 => {
                filter.at_least = self.maybe(60).then(|| self.money());
                filter.at_most = self.maybe(60).then(|| self.money());
            }
            3 => filter.exclude = vec![self.product_id(), id("nowhere")],
            _ => {
                let named = [
                    ("color", vec!["RED", "green"]),
                    ("Color", vec!["żółty"]),
                    ("size", vec!["M", "39"]),
                    ("audience", vec!["women"]),
                    ("fabric", vec!["wool"]),
                    ("season", vec!["wool", "LINEN"]),
                ];
                for _ in 0..=self.below(1) {
                    let (name, values) = self.of(&named);
                    filter.attributes.push((name.into(), values.into_iter().map(Arc::from).collect()));
                }
            }
        }
        filter
    }
}
