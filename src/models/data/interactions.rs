//! The event log as the models read it: who did what with which product when, in a few bytes an act.
//!
//! Whole events are not kept: whoever needs those of some customers reads the log again.

use rustc_hash::FxHashMap;

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx, Snapshot, VariantIx},
    customer::Identifier,
    event::{Event, EventKind, ReturnReason},
    recommend::{InteractionKind, MetLines, new_interaction},
    store::{Seq, Store, StoreError},
};
use crate::models::{
    data::item_index::{Item, ItemIndex},
    size_fit::rows::Felt,
};

/// Somewhere that events can be read from, more than once and each time in the same order.
pub trait EventLog {
    /// Visits every event with the owner of its profile.
    ///
    /// # Errors
    /// Where the store failed.
    fn each(&self, visit: &mut dyn FnMut(Event, Identifier)) -> Result<(), StoreError>;
}

/// The log of a store, up to where it stood at the first reading.
pub struct StoredLog<'a> {
    store: &'a dyn Store,
    end: std::cell::Cell<Option<Seq>>,
}

impl<'a> StoredLog<'a> {
    /// Reads from this store.
    pub const fn new(store: &'a dyn Store) -> Self {
        Self { store, end: std::cell::Cell::new(None) }
    }

    /// The last position that readings show; `None` before the first.
    pub fn end(&self) -> Option<Seq> {
        self.end.get()
    }
}

impl EventLog for StoredLog<'_> {
    fn each(&self, visit: &mut dyn FnMut(Event, Identifier)) -> Result<(), StoreError> {
        let end = self.end.get();
        let last = self.store.each_event(Seq(0), &mut |seq, event, owner| {
            if end.is_none_or(|end| seq <= end) {
                visit(event, owner);
            }
        })?;
        if end.is_none() {
            self.end.set(Some(last));
        }
        Ok(())
    }
}

/// Events in memory, each belonging to the subject that it names.
impl EventLog for [Event] {
    fn each(&self, visit: &mut dyn FnMut(Event, Identifier)) -> Result<(), StoreError> {
        for event in self {
            if let Some(owner) = event.who.subject() {
                visit(event.clone(), owner);
            }
        }
        Ok(())
    }
}

/// One thing done with one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interaction {
    /// When.
    pub time: Timestamp,
    /// By whom, as a number of the log.
    pub owner: u32,
    /// With what.
    pub item: Item,
    /// What.
    pub kind: InteractionKind,
    /// Units; of a look, one.
    pub quantity: u32,
    /// The visit, or the order that was bought or sent back, as a number of the log; zero where the event names none.
    pub group: u32,
}

impl Interaction {
    /// Units that the customer has more by it, below zero where they went back; `None` where it is about no goods. The one
    /// place that says what is kept: bought less sent back, where a return takes from its order alone (see `Interactions::read`).
    pub fn units(&self) -> Option<i64> {
        match self.kind {
            InteractionKind::Bought => Some(i64::from(self.quantity)),
            InteractionKind::SentBack => Some(-i64::from(self.quantity)),
            InteractionKind::Looked | InteractionKind::PutInCart => None,
        }
    }
}

/// A thing in one of its sizes, bought or sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When.
    pub time: Timestamp,
    /// By whom, as a number of the log.
    pub owner: u32,
    /// What.
    pub item: Item,
    /// Which variant; none where the event names none.
    pub variant: Option<VariantIx>,
    /// Which of the two.
    pub turn: Turn,
}

/// What became of a thing in one of its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// She has it.
    Bought,
    /// It went back, and how it had felt where it was for that.
    SentBack(Option<Felt>),
}

/// All acts of a log.
#[derive(Debug, Default)]
pub struct Interactions {
    /// By owner, then by time, then as in the log.
    all: Vec<Interaction>,
    /// By owner, then by time, then as in the log.
    tried: Vec<Tried>,
    /// By the number of the owner.
    owners: Vec<Identifier>,
    /// How many events were read, those without a product among them.
    pub events: u64,
    /// The earliest and the latest of those that speak of a product.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl Interactions {
    /// Reads the log. The vocabulary is of all products in it and in the catalogue.
    ///
    /// # Errors
    /// Where the store failed.
    pub fn read(
        log: &(impl EventLog + ?Sized),
        catalog: &Snapshot,
        ids: &Ids,
    ) -> Result<(Self, ItemIndex), StoreError> {
        let mut reader = Reader::new(ids);
        let mut interactions = Self::default();
        log.each(&mut |event, owner| {
            interactions.events += 1;
            reader.take((Seq(interactions.events), &event), owner, &mut interactions);
        })?;
        reader.settle_returns(&mut interactions.all);
        let products = catalog
            .iter()
            .map(|row| row.ix)
            .chain(interactions.all.iter().map(|interaction| ProductIx(interaction.item)));
        let mut distinct: Vec<ProductIx> = products.collect();
        distinct.sort_unstable();
        distinct.dedup();
        let vocabulary = ItemIndex::new(distinct.into_iter().filter_map(|ix| ids.product_id(ix)).collect(), ids);
        // While reading, acts held the numbers of the shop.
        interactions.all.retain_mut(|interaction| {
            vocabulary.item(ProductIx(interaction.item)).is_some_and(|item| {
                interaction.item = item;
                true
            })
        });
        interactions.tried.retain_mut(|tried| {
            vocabulary.item(ProductIx(tried.item)).is_some_and(|item| {
                tried.item = item;
                true
            })
        });
        interactions.sort();
        interactions.tried.sort_by_key(|tried| (tried.owner, tried.time));
        interactions.owners = reader.met;
        Ok((interactions, vocabulary))
    }

    /// Interactions that somebody else has numbered, in any order; of one owner at one time they stay in theirs.
    pub fn from_interactions(all: Vec<Interaction>) -> Self {
        let mut interactions = Self { events: all.len() as u64, all, ..Self::default() };
        interactions.sort();
        interactions
    }

    fn sort(&mut self) {
        self.all.sort_by_key(|interaction| (interaction.owner, interaction.time));
        let times = || self.all.iter().map(|interaction| interaction.time);
        self.span = times().min().zip(times().max());
    }

    /// All, by owner, each owner's in time order.
    pub fn all(&self) -> &[Interaction] {
        &self.all
    }

    /// What was bought and sent back, by owner, each owner's in time order.
    pub fn tried(&self) -> &[Tried] {
        &self.tried
    }

    /// Each owner's acts before a moment, in time order; owners without any are left out.
    pub fn by_owner(&self, before: Timestamp) -> impl Iterator<Item = &[Interaction]> {
        self.all.chunk_by(|a, b| a.owner == b.owner).filter_map(move |own| {
            let to = own.partition_point(|interaction| interaction.time < before);
            (to > 0).then(|| &own[..to])
        })
    }

    /// Who has this number.
    pub fn owner(&self, number: u32) -> Option<&Identifier> {
        self.owners.get(number as usize)
    }

    /// How many have events at all.
    pub const fn owners(&self) -> usize {
        self.owners.len()
    }
}

fn turn(kind: &EventKind) -> Turn {
    let EventKind::Returned { reason, .. } = kind else { return Turn::Bought };
    Turn::SentBack(match reason {
        Some(ReturnReason::TooSmall) => Some(Felt::Small),
        Some(ReturnReason::TooLarge) => Some(Felt::Large),
        _ => None,
    })
}

struct Reader<'a> {
    ids: &'a Ids,
    met: Vec<Identifier>,
    lines: MetLines,
    owners: FxHashMap<Identifier, u32>,
    groups: FxHashMap<(u32, &'static str, Id), u32>,
    /// Orders of which something went back, by group; with when, where it was all of it.
    returned: FxHashMap<u32, Option<Timestamp>>,
}

impl<'a> Reader<'a> {
    fn new(ids: &'a Ids) -> Self {
        Self {
            ids,
            met: Vec::new(),
            lines: MetLines::new(usize::MAX),
            owners: FxHashMap::default(),
            groups: FxHashMap::default(),
            returned: FxHashMap::default(),
        }
    }

    fn take(&mut self, (seq, event): (Seq, &Event), owner: Identifier, interactions: &mut Interactions) {
        let Some(kind) = new_interaction::kind(event) else { return };
        let lines = new_interaction::lines((seq, event), kind, &owner, self.ids, &mut self.lines);
        let owner = self.owner(owner);
        let group = match &event.kind {
            // Lines without an order's id belong together where one event told them.
            EventKind::Purchased { order, .. } => self.group(owner, "order", order.as_ref().unwrap_or(&event.id)),
            EventKind::Returned { order: Some(order), items, .. } => {
                let group = self.group(owner, "order", order);
                let whole = items.is_empty().then_some(event.time);
                let known = self.returned.entry(group).or_insert(whole);
                *known = whole.into_iter().chain(*known).min();
                group
            }
            _ => event.session.as_ref().map_or(0, |session| self.group(owner, "visit", session)),
        };
        if matches!(event.kind, EventKind::Purchased { .. } | EventKind::Returned { .. }) {
            let turn = turn(&event.kind);
            interactions.tried.extend(lines.iter().map(|line| {
                let (item, variant) = (line.product.0, line.variant);
                Tried { time: event.time, owner, item, variant, turn }
            }));
        }
        interactions.all.extend(lines.into_iter().map(|line| {
            let (item, quantity) = (line.product.0, line.quantity);
            Interaction { time: event.time, owner, item, kind, quantity, group }
        }));
    }

    /// A return that names an order takes from it and from no other, and an order's id alone is all of the order, wherever
    /// in the log its lines stand.
    fn settle_returns(&self, interactions: &mut Vec<Interaction>) {
        if self.returned.is_empty() {
            return;
        }
        let mut left: FxHashMap<(u32, Item), u32> = FxHashMap::default();
        for interaction in interactions.iter().filter(|interaction| {
            interaction.kind == InteractionKind::Bought && self.returned.contains_key(&interaction.group)
        }) {
            *left.entry((interaction.group, interaction.item)).or_default() += interaction.quantity;
        }
        interactions.retain_mut(|interaction| {
            if interaction.kind != InteractionKind::SentBack || !self.returned.contains_key(&interaction.group) {
                return true;
            }
            let Some(left) = left.get_mut(&(interaction.group, interaction.item)) else { return false };
            interaction.quantity = interaction.quantity.min(*left);
            *left -= interaction.quantity;
            interaction.quantity > 0
        });
        let mut whole = Vec::new();
        for interaction in interactions.iter().filter(|interaction| interaction.kind == InteractionKind::Bought) {
            let Some(Some(time)) = self.returned.get(&interaction.group) else { continue };
            let quantity = left.remove(&(interaction.group, interaction.item)).unwrap_or(0);
            if quantity > 0 {
                whole.push(Interaction { time: *time, kind: InteractionKind::SentBack, quantity, ..*interaction });
            }
        }
        interactions.extend(whole);
    }

    fn group(&mut self, owner: u32, kind: &'static str, id: &Id) -> u32 {
        let next = u32::try_from(self.groups.len() + 1).unwrap_or(u32::MAX);
        *self.groups.entry((owner, kind, id.clone())).or_insert(next)
    }

    fn owner(&mut self, owner: Identifier) -> u32 {
        if let Some(number) = self.owners.get(&owner) {
            return *number;
        }
        let number = u32::try_from(self.met.len()).unwrap_or(u32::MAX);
        self.met.push(owner.clone());
        self.owners.insert(owner, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::LineItem,
        recommend::fixture::{catalog, events, id, item, product},
    };

    fn purchased(order: &str, items: &[&LineItem]) -> EventKind {
        EventKind::Purchased {
            order: (!order.is_empty()).then(|| id(order)),
            items: items.iter().copied().cloned().collect(),
        }
    }

    fn returned(order: &str, items: &[&LineItem]) -> EventKind {
        EventKind::Returned {
            order: (!order.is_empty()).then(|| id(order)),
            items: items.iter().copied().cloned().collect(),
            reason: None,
        }
    }

    /// What is bought and sent back in all, as "a:+2" and "a:-1", in the order of time.
    fn check(did: &[(i64, EventKind)], expected: &str) {
        let catalog = catalog(["a", "b"].map(|name| product(name, "", "", 100)));
        let list = events(did.iter().cloned());
        let (interactions, vocabulary) = Interactions::read(&list[..], &catalog.snapshot(), catalog.ids()).unwrap();
        let shown = interactions.all().iter().map(|interaction| {
            let name = vocabulary
                .products()
                .get(interaction.item as usize)
                .and_then(|ix| catalog.ids().product_id(*ix))
                .unwrap();
            let sign = if interaction.kind == InteractionKind::Bought { '+' } else { '-' };
            format!("{name}:{sign}{}", interaction.quantity)
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn an_order_trains_once_and_a_return_takes_from_its_order() {
        let (a, b) = (item("a"), item("b"));
        let two = LineItem { quantity: 2, ..a.clone() };
        check(&[(9, purchased("o", &[&a])), (8, purchased("o", &[&a, &b]))], "a:+1 b:+1");
        check(&[(9, purchased("", &[&a])), (8, purchased("", &[&a]))], "a:+1 a:+1");
        check(&[(9, purchased("o", &[&a, &a])), (8, purchased("o", &[&a]))], "a:+1 a:+1");
        let told_by_variant = LineItem { variant: Some(id("x")), ..a.clone() };
        check(&[(9, purchased("o", &[&told_by_variant])), (8, purchased("o", &[&a]))], "a:+1");
        // A return of an order that is not there takes nothing; told twice it takes once.
        check(&[(9, purchased("o", &[&a])), (8, returned("u", &[&a]))], "a:+1");
        let back = returned("o", &[&a]);
        check(&[(9, purchased("o", &[&two])), (8, back.clone()), (7, back.clone())], "a:+2 a:-1");
        // An order's id alone is what is left of it, wherever in the log it stands.
        let whole = [(2, returned("o", &[])), (9, purchased("o", &[&two, &b])), (5, back), (1, returned("o", &[]))];
        check(&whole, "a:+2 b:+1 a:-1 a:-1 b:-1");
    }
}
