//! What a line of an order is known by, so that telling it again adds nothing.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rustc_hash::FxHashMap;

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx, VariantIx},
    customer::facts::{Side, Stamp, Trade},
    event::LineItem,
};

/// The order that a line belongs to or, where it names none, the event that told it: 63 bits of a hash that chosen ids can't
/// easily make collide, and one that tells the two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deal(u64);

impl Deal {
    /// Of the order where there is one, else of the event.
    pub fn new(order: Option<&Id>, event: &Id) -> Self {
        let mut hasher = DefaultHasher::new();
        order.unwrap_or(event).as_str().hash(&mut hasher);
        Self(hasher.finish() << 1 | u64::from(order.is_some()))
    }

    /// Whether it is an order that has an id.
    pub(super) const fn is_order(self) -> bool {
        self.0 & 1 == 1
    }
}

/// One line of an event, with its product found in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLine {
    /// The product.
    pub product: ProductIx,
    /// Where one is named.
    pub variant: Option<VariantIx>,
    /// At least one.
    pub quantity: u32,
    /// Which of the equal lines of its order it is.
    pub position: u32,
}

/// The lines of an event, each with its position. A line without a variant comes after those of the same product that have
/// one: beside them in one event it is a line of its own.
pub fn order_lines(items: &[LineItem], ids: &Ids) -> Vec<OrderLine> {
    let mut lines: Vec<OrderLine> = items
        .iter()
        .map(|item| {
            let (product, variant) = ids.resolve(&item.product, item.variant.as_ref());
            OrderLine { product, variant, quantity: item.quantity, position: item.position }
        })
        .collect();
    if lines.len() < 2 {
        return lines;
    }
    let mut with_variant: FxHashMap<ProductIx, u32> = FxHashMap::default();
    for line in lines.iter().filter(|line| line.variant.is_some()) {
        *with_variant.entry(line.product).or_default() += 1;
    }
    let mut equal: FxHashMap<(ProductIx, Option<VariantIx>), u32> = FxHashMap::default();
    for line in &mut lines {
        let beside = if line.variant.is_none() { with_variant.get(&line.product).copied().unwrap_or(0) } else { 0 };
        let before = equal.entry((line.product, line.variant)).or_insert(beside);
        line.position = line.position.saturating_add(*before);
        *before += 1;
    }
    lines
}

/// What a line of one product is known by: which way it went, order, variant, position. Also the order in which lines stand.
pub(super) type Identity = (bool, Deal, Option<VariantIx>, u32);

/// A line of one product, as far as it decides what was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) variant: Option<VariantIx>,
    pub(super) deal: Deal,
    pub(super) position: u32,
    pub(super) went_back: bool,
    /// Units, as the newest telling says.
    pub(super) units: u32,
    /// When it happened by the first telling.
    pub(super) first: Timestamp,
    /// When it happened by the newest telling.
    last: Timestamp,
    /// Whether another line of its order is the same, told with a variant. Once it is, it stays so.
    pub(super) is_double: bool,
}

impl Line {
    /// Of all tellings of one line, at least one.
    pub(super) fn of(tellings: &[Trade]) -> Self {
        let mut line = Self::from_trade(&tellings[0]);
        for telling in &tellings[1..] {
            line.join(&Self::from_trade(telling));
        }
        line
    }

    fn from_trade(trade: &Trade) -> Self {
        Self {
            variant: trade.variant,
            deal: trade.deal,
            position: trade.position,
            went_back: trade.side != Side::Bought,
            units: trade.quantity,
            first: trade.stamp.time,
            last: trade.stamp.time,
            is_double: false,
        }
    }

    pub(super) const fn identity(&self) -> Identity {
        (self.went_back, self.deal, self.variant, self.position)
    }

    pub(super) const fn newest(&self) -> (Timestamp, u32) {
        (self.last, self.units)
    }

    /// Takes in another telling of the same line.
    pub(super) fn join(&mut self, telling: &Self) {
        self.first = self.first.min(telling.first);
        (self.last, self.units) = self.newest().max(telling.newest());
    }
}

impl Trade {
    pub(super) fn identity(&self) -> (ProductIx, Identity) {
        (self.product, self.line_identity())
    }

    pub(super) fn line_identity(&self) -> Identity {
        (self.side != Side::Bought, self.deal, self.variant, self.position)
    }

    /// When it happened, as this telling says.
    pub(super) const fn telling(&self) -> (&Stamp, u32) {
        (&self.stamp, self.line)
    }

    /// Where it stands among the others.
    pub(super) const fn place(&self) -> (ProductIx, &Stamp, u32) {
        (self.product, &self.stamp, self.line)
    }

    /// The greatest of the tellings of one line is the newest.
    pub(super) const fn newness(&self) -> (Timestamp, u32, Side) {
        (self.stamp.time, self.quantity, self.side)
    }
}
