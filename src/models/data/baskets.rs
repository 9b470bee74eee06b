//! What each customer bought, order by order: the shape in which the models of repeats and of the next basket read the log.
//!
//! An order is a set: how many units were taken does not matter here. What was sent back is the log's matter.

use rustc_hash::FxHashMap;

use crate::domain::{
    Timestamp,
    recommend::{InteractionKind, UserHistory},
};
use crate::models::{
    data::{
        interactions::{Interaction, Interactions},
        item_index::{Item, ItemIndex},
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged, starts},
};

/// One order: when, and its products in rising order, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'a> {
    /// Of its first line.
    pub time: Timestamp,
    /// Never empty.
    pub items: &'a [Item],
}

/// The orders of all customers, in three flat lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baskets {
    /// Where the orders of each customer start, and one more.
    customers: Vec<u32>,
    times: Vec<Timestamp>,
    /// Where the products of each order start, and one more.
    starts: Vec<u32>,
    items: Vec<Item>,
}

impl Default for Baskets {
    fn default() -> Self {
        Self { customers: vec![0], times: Vec::new(), starts: vec![0], items: Vec::new() }
    }
}

impl Baskets {
    /// The orders of a log before a moment. The customers are numbered as its owners.
    pub fn of_log(interactions: &Interactions, before: Timestamp) -> Self {
        let mut orders = Self::default();
        for own in interactions.by_owner(before) {
            while orders.customers() < own[0].owner as usize {
                orders.end_customer();
            }
            orders.push_customer(own);
        }
        orders
    }

    /// One owner's orders, without what she sent back as often as she bought it. `own` is in the order of time.
    fn push_customer(&mut self, own: &[Interaction]) {
        let mut kept: Vec<(Item, i64)> =
            own.iter().filter_map(|interaction| Some((interaction.item, interaction.units()?))).collect();
        kept.sort_unstable_by_key(|(item, _)| *item);
        kept.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let is_kept = |interaction: &&Interaction| {
            let at = kept.binary_search_by_key(&interaction.item, |(item, _)| *item);
            interaction.kind == InteractionKind::Bought && at.is_ok_and(|at| kept[at].1 > 0)
        };
        // An order is where its first line is; lines that name no order are one where they have one time.
        let mut firsts: FxHashMap<u32, Timestamp> = FxHashMap::default();
        let mut lines: Vec<((Timestamp, u32), Item)> = Vec::new();
        for interaction in own.iter().filter(is_kept) {
            let first = if interaction.group == 0 {
                interaction.time
            } else {
                *firsts.entry(interaction.group).or_insert(interaction.time)
            };
            lines.push(((first, interaction.group), interaction.item));
        }
        lines.sort_by_key(|(order, _)| *order);
        for order in lines.chunk_by(|a, b| a.0 == b.0) {
            self.push(order[0].0.0, order.iter().map(|(_, item)| *item));
        }
        self.end_customer();
    }

    /// As rows of a file, without names.
    pub fn write(&self, draft: &mut Draft) {
        draft.u32("orders.customers", self.customers.iter().copied());
        draft.i64("orders.times", self.times.iter().map(|time| time.0));
        draft.u32("orders.starts", self.starts.iter().copied());
        draft.u32("orders.items", self.items.iter().copied());
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it points elsewhere.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let orders = Self {
            customers: tensors.u32("orders.customers")?,
            times: tensors.i64("orders.times")?.into_iter().map(Timestamp).collect(),
            starts: tensors.u32("orders.starts")?,
            items: tensors.u32("orders.items")?,
        };
        let customers = orders.customers.len().saturating_sub(1);
        let whole = starts(&orders.customers, customers, orders.times.len())
            && starts(&orders.starts, orders.times.len(), orders.items.len())
            && orders.items.iter().all(|item| (*item as usize) < items);
        whole.then_some(orders).ok_or_else(|| damaged("the orders point outside of themselves"))
    }

    /// The orders of one customer who asks.
    pub fn of_trail(history: &UserHistory, vocabulary: &ItemIndex) -> Self {
        let mut orders = Self::default();
        for lines in history.orders() {
            let time = lines.first().map_or(Timestamp(0), |line| line.time);
            orders.push(time, lines.iter().filter_map(|line| vocabulary.item(line.product)));
        }
        orders.end_customer();
        orders
    }

    /// Appends an order of the customer at hand. One without products is no order.
    pub fn push(&mut self, time: Timestamp, items: impl IntoIterator<Item = Item>) {
        let from = self.items.len();
        self.items.extend(items);
        self.items[from..].sort_unstable();
        let mut kept = from;
        for at in from..self.items.len() {
            if at == from || self.items[at] != self.items[kept - 1] {
                self.items[kept] = self.items[at];
                kept += 1;
            }
        }
        self.items.truncate(kept);
        if kept > from {
            self.times.push(time);
            self.starts.push(place(kept));
        }
    }

    /// Ends the customer at hand, who may have no orders; the next order belongs to the next one.
    pub fn end_customer(&mut self) {
        self.customers.push(place(self.times.len()));
    }

    /// How many customers there are.
    pub const fn customers(&self) -> usize {
        self.customers.len() - 1
    }

    /// All orders of all customers.
    pub fn all(&self) -> impl Iterator<Item = Order<'_>> {
        (0..self.times.len()).map(|order| self.order(order))
    }

    /// The orders of a customer, the oldest first; none where there is no such customer.
    pub fn of(&self, customer: usize) -> Vec<Order<'_>> {
        let bounds = self.customers.get(customer).zip(self.customers.get(customer + 1));
        bounds.map_or_else(Vec::new, |(from, to)| (*from as usize..*to as usize).map(|at| self.order(at)).collect())
    }

    /// The orders of every customer in turn.
    pub fn by_customer(&self) -> impl Iterator<Item = Vec<Order<'_>>> {
        (0..self.customers()).map(|customer| self.of(customer))
    }

    fn order(&self, at: usize) -> Order<'_> {
        let (from, to) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        Order { time: self.times[at], items: &self.items[from..to] }
    }
}

fn place(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interaction(time: i64, owner: u32, item: Item, kind: InteractionKind, group: u32) -> Interaction {
        Interaction { time: Timestamp(time), owner, item, kind, quantity: 1, group }
    }

    fn shown(own: &[Order<'_>]) -> Vec<(i64, Vec<Item>)> {
        own.iter().map(|order| (order.time.0, order.items.to_vec())).collect()
    }

    #[test]
    fn a_log_gives_orders_of_what_was_kept() {
        let interactions = Interactions::from_interactions(vec![
            interaction(5, 2, 7, InteractionKind::Bought, 4),
            interaction(6, 2, 3, InteractionKind::Bought, 4),
            interaction(6, 2, 3, InteractionKind::Bought, 4),
            interaction(1, 2, 9, InteractionKind::Bought, 0),
            interaction(1, 2, 8, InteractionKind::Looked, 0),
            interaction(8, 2, 9, InteractionKind::SentBack, 0),
            interaction(2, 0, 1, InteractionKind::Bought, 0),
            interaction(3, 0, 1, InteractionKind::Bought, 0),
        ]);
        let orders = Baskets::of_log(&interactions, Timestamp(100));
        assert_eq!(orders.customers(), 3, "numbered as the owners are");
        assert_eq!(
            shown(&orders.of(0)),
            [(2, vec![1]), (3, vec![1])],
            "without an order's name, one time is one order"
        );
        assert_eq!(shown(&orders.of(1)), []);
        assert_eq!(shown(&orders.of(2)), [(5, vec![3, 7])], "the ninth was sent back");
        assert_eq!(shown(&Baskets::of_log(&interactions, Timestamp(3)).of(2)), [(1, vec![9])], "not yet sent back");
        assert_eq!(orders.of(77), []);
    }

    #[test]
    fn an_order_is_a_set_and_never_empty() {
        let mut orders = Baskets::default();
        orders.push(Timestamp(1), [5, 2, 5]);
        orders.push(Timestamp(2), []);
        orders.end_customer();
        assert_eq!(shown(&orders.of(0)), [(1, vec![2, 5])]);
        assert_eq!(orders.all().count(), 1);
    }
}
