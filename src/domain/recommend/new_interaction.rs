//! What an event says of products, as models take it in: from the log and live alike.

use std::{
    collections::{VecDeque, hash_map::Entry},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use rustc_hash::FxHashMap;

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx, VariantIx},
    customer::{Deal, Identifier, OrderLine, order_lines},
    event::{Event, EventKind},
    recommend::InteractionKind,
    store::Seq,
};

/// Something that was just done, told to what serves so that it counts before the next training.
#[derive(Debug, Clone, Copy)]
pub struct NewInteraction<'a> {
    /// Who did it.
    pub owner: &'a Identifier,
    /// When.
    pub time: Timestamp,
    /// With what.
    pub product: ProductIx,
    /// What.
    pub kind: InteractionKind,
    /// Units; of a look, one.
    pub quantity: u32,
    /// The visit it was part of.
    pub session: Option<&'a Id>,
}

/// What was done in an event; `None` where it does not speak of a product so that models learn of it.
pub const fn kind(event: &Event) -> Option<InteractionKind> {
    match &event.kind {
        EventKind::ProductViewed { .. } | EventKind::Clicked { .. } => Some(InteractionKind::Looked),
        EventKind::CartAdded { .. } => Some(InteractionKind::PutInCart),
        EventKind::Purchased { .. } => Some(InteractionKind::Bought),
        EventKind::Returned { .. } => Some(InteractionKind::SentBack),
        _ => None,
    }
}

/// The lines of orders that were met, so that an order that is told twice counts once: the last of them, as hashes, each with
/// the position of the event that told it first. That event may be read again, for another model.
#[derive(Debug)]
pub struct MetLines {
    hashes: FxHashMap<u64, Seq>,
    /// The oldest first.
    queue: VecDeque<u64>,
    most: usize,
}

impl MetLines {
    /// Remembers so many, 24 bytes each.
    pub fn new(most: usize) -> Self {
        Self { hashes: FxHashMap::default(), queue: VecDeque::new(), most }
    }

    /// How many are remembered.
    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    /// Whether the line was not met before. Without a variant it is the same as one with a variant at its position.
    fn is_new(&mut self, seq: Seq, owner: &Identifier, order: Deal, kind: InteractionKind, line: &OrderLine) -> bool {
        let hash = |variant: Option<Option<VariantIx>>| {
            let mut hasher = DefaultHasher::new();
            (owner, order, kind == InteractionKind::SentBack, line.product, variant, line.position).hash(&mut hasher);
            hasher.finish()
        };
        let (own, any, none) = (hash(Some(line.variant)), hash(None), hash(Some(None)));
        let double = if line.variant.is_some() { none } else { any };
        let is_double = self.hashes.get(&double).is_some_and(|first| *first != seq);
        if line.variant.is_some() {
            self.meet(any, seq);
        }
        self.meet(own, seq) && !is_double
    }

    fn meet(&mut self, hash: u64, seq: Seq) -> bool {
        match self.hashes.entry(hash) {
            Entry::Occupied(first) => return *first.get() == seq,
            Entry::Vacant(place) => place.insert(seq),
        };
        if self.most < usize::MAX {
            self.queue.push_back(hash);
            if self.queue.len() > self.most
                && let Some(oldest) = self.queue.pop_front()
            {
                self.hashes.remove(&oldest);
            }
        }
        true
    }
}

/// What it was done with, in the order of the event, but for lines of orders that were met before.
pub fn lines(
    (seq, event): (Seq, &Event),
    kind: InteractionKind,
    owner: &Identifier,
    ids: &Ids,
    met: &mut MetLines,
) -> Vec<OrderLine> {
    let (order, items) = match &event.kind {
        EventKind::CartAdded { item } => (None, std::slice::from_ref(item)),
        EventKind::Purchased { order, items } | EventKind::Returned { order, items, .. } => {
            (order.as_ref(), &items[..])
        }
        kind => {
            let line = |(product, variant)| OrderLine { product, variant, quantity: 1, position: 0 };
            return kind.products().map(|product| line(ids.resolve(product, None))).collect();
        }
    };
    let mut lines = order_lines(items, ids);
    if order.is_some() {
        let order = Deal::new(order, &event.id);
        lines.retain(|line| met.is_new(seq, owner, order, kind, line));
    }
    lines
}

impl NewInteraction<'_> {
    /// Visits each thing that was done in an event, but for lines of orders that were met before.
    pub fn each(
        (seq, event): (Seq, &Event),
        owner: &Identifier,
        ids: &Ids,
        met: &mut MetLines,
        mut visit: impl FnMut(&NewInteraction<'_>),
    ) {
        let Some(kind) = kind(event) else { return };
        for OrderLine { product, quantity, .. } in lines((seq, event), kind, owner, ids, met) {
            let session = event.session.as_ref();
            visit(&NewInteraction { owner, time: event.time, product, kind, quantity, session });
        }
    }
}
