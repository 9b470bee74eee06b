//! Orders from rows: what stands in each, and how they are parted in time.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use crate::domain::{Timestamp, recommend::InteractionKind};
use crate::eval::{
    baskets::history::BASKETS,
    cart::questions::Question,
    described,
    error::EvaluateError,
    options::Options,
    purchases::{CUSTOMER, EVENT, RETURNED, UNITS},
    split::{COLUMN, Split, TIME, fifth, time_cut},
    table::{Numbered, Table, Wanted},
};
use crate::models::data::{
    interactions::{Interaction, Interactions},
    item_index::Item,
};

/// Of the columns that may say which order a row is of, the one that counts the orders of each customer.
const OF_CUSTOMER: &str = BASKETS[0];
/// Items of an order that can be asked about, without which there is no cart, and above which it is no shopper's.
const SIZES: std::ops::RangeInclusive<usize> = 2..=100;
/// Items of one order that are hidden in turn: the first by id.
const HIDDEN: usize = 10;
/// Moments inside train that teach a ranking at most, the newest the validation.
const MOMENTS: u8 = 3;
/// The day of the last orders, where a file has no times.
const LAST_DAY: i64 = 20_000;

/// The moment at which an order is asked about, counted back: test is 0, the validation 1. What is older is [`TRAIN`].
type Side = u8;
const TEST: Side = 0;
const VALIDATION: Side = 1;
const TRAIN: Side = Side::MAX;

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// As the test keys have it.
    name: Box<str>,
    owner: u32,
    /// Of its first row.
    time: i64,
    /// Distinct, rising.
    items: Vec<Item>,
    side: Side,
}

/// What the protocol works on.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// The ids of all items, bytewise: smaller items have smaller ids.
    pub names: Vec<Box<str>>,
    /// The words of each item; empty where no column says any.
    pub texts: Vec<String>,
    /// The mean price of each item in train; empty where there is none.
    pub prices: Vec<f32>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    orders: Vec<Order>,
    /// Whether what is asked about is in a file of its own, with nothing hidden in sight.
    apart: bool,
}

/// What was known at a moment, and what is asked there.
#[derive(Debug)]
pub struct Part<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The orders before it.
    pub interactions: Interactions,
    /// The items of each of them.
    pub orders: Vec<Vec<Item>>,
    /// Of each item whether it was bought before.
    pub known: Vec<bool>,
    /// Orders that are asked about, with those of their items that were bought before.
    pub carts: Vec<(&'a Order, Vec<Item>)>,
    apart: bool,
}

impl Part<'_> {
    /// How many items can be recommended.
    pub fn items(&self) -> usize {
        self.known.iter().filter(|known| **known).count()
    }

    /// Each of the first items of an order hidden in turn. Where nothing hidden is in sight, one for each order.
    pub fn questions(&self) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        for (group, (order, items)) in (0..).zip(&self.carts) {
            let question = |cart: Vec<Item>, hidden| Question { order: &order.name, group, cart, hidden };
            if self.apart {
                questions.push(question(items.clone(), None));
                continue;
            }
            let without = |hidden: Item| items.iter().copied().filter(|item| *item != hidden).collect();
            questions.extend(items.iter().take(HIDDEN).map(|hidden| question(without(*hidden), Some(*hidden))));
        }
        questions
    }
}

impl Data {
    /// Reads the files of the options.
    ///
    /// # Errors
    /// Where a column is missing, the split can't be made, or there is nothing to ask.
    pub fn read(options: &Options) -> Result<Self, EvaluateError> {
        let mut wanted = vec![
            Wanted::text(&options.item_column),
            Wanted::text(CUSTOMER).if_there(),
            Wanted::real(UNITS).if_there(),
            Wanted::whole(TIME).if_there(),
            Wanted::text(COLUMN).if_there(),
            Wanted::text(EVENT).if_there(),
        ];
        wanted.extend(BASKETS.map(|name| Wanted::text(name).if_there()));
        wanted.extend(described::wanted(&options.item_column));
        let table = options.read(&wanted, &[EVENT, UNITS, COLUMN])?;
        let notes = table.notes().to_vec();
        Self::of_rows(table, options).map_err(|error| error.noting(&notes))
    }

    fn of_rows(mut table: Table, options: &Options) -> Result<Self, EvaluateError> {
        let named = BASKETS.into_iter().find(|name| table.has(name));
        let Some(column) = named.filter(|name| *name != OF_CUSTOMER || table.has(CUSTOMER)) else {
            let near = table.nearest(BASKETS[1]);
            let message = format!(
                "no column {:?}{near} says which order a row is of, nor {}, nor {OF_CUSTOMER} with {CUSTOMER}",
                BASKETS[1],
                BASKETS[2..].join(", ")
            );
            return Err(EvaluateError::Options(message));
        };
        options.keep_items(&mut table)?;
        let left_out = keep(&mut table, column)?;
        let otherwise = if table.has(TIME) { Split::Time } else { Split::Hash };
        let split = Split::choose(options.split, &table, otherwise);
        let apart = options.is_apart();
        let of_test: Vec<bool> = if apart {
            (0..table.len()).map(|row| row >= table.appended_at()).collect()
        } else {
            split.test_rows(&table)?
        };
        let items = table.texts(&options.item_column)?.in_text_order();
        // By time, or by lot, an order is one whole.
        let parted = apart || (split == Split::Column && !table.has(TIME));
        let mut orders = orders(&table, column, &items, (&of_test, parted))?;
        cut_moments(&mut orders, table.has(TIME));
        let mut data = Self {
            texts: described::texts(&table, &items, &options.item_column)?,
            prices: described::prices(&table, &items, |row| !of_test[row])?,
            names: items.names,
            notes: table.notes().iter().cloned().chain(left_out).collect(),
            orders,
            apart,
        };
        data.orders.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
        if data.test().questions().is_empty() {
            let message = "no order of test has two items that train has, so nothing can be asked";
            return Err(EvaluateError::TooLittle(message.to_owned()));
        }
        Ok(data)
    }

    /// All of train, and what is asked of test.
    pub fn test(&self) -> Part<'_> {
        self.part(TEST)
    }

    /// Train without its validation, and what is asked of that.
    pub fn validation(&self) -> Part<'_> {
        self.part(VALIDATION)
    }

    /// As the validation, cut again and again from what is left of train, the oldest first and the validation last.
    pub fn moments(&self) -> Vec<Part<'_>> {
        (VALIDATION..=MOMENTS).rev().map(|side| self.part(side)).filter(|part| !part.carts.is_empty()).collect()
    }

    fn part(&self, asked: Side) -> Part<'_> {
        let before: Vec<&Order> = self.orders.iter().filter(|order| order.side > asked).collect();
        let mut known = vec![false; self.names.len()];
        let mut lines = Vec::new();
        for (group, order) in (1..).zip(&before) {
            for item in &order.items {
                known[*item as usize] = true;
                let (time, kind) = (Timestamp(order.time), InteractionKind::Bought);
                lines.push(Interaction { time, owner: order.owner, item: *item, kind, quantity: 1, group });
            }
        }
        let apart = self.apart && asked == TEST;
        let cart = |order: &Order| order.items.iter().copied().filter(|item| known[*item as usize]).collect();
        let carts = self.orders.iter().filter(|order| order.side == asked).map(|order| (order, cart(order)));
        let can_be_asked = |items: &Vec<Item>| SIZES.contains(&items.len()) || apart;
        let last = before.iter().map(|order| order.time).max().unwrap_or(0);
        Part {
            now: Timestamp(last.saturating_add(1)),
            interactions: Interactions::from_interactions(lines),
            orders: before.iter().map(|order| order.items.clone()).collect(),
            carts: carts.filter(|(_, items)| can_be_asked(items)).collect(),
            known,
            apart,
        }
    }
}

/// Leaves out what was not bought and what is of no order, and tells how many rows that are.
fn keep(table: &mut Table, column: &str) -> Result<Option<String>, EvaluateError> {
    let orders = table.texts(column)?;
    let customers = if column == OF_CUSTOMER { Some(table.texts(CUSTOMER)?) } else { None };
    let events = if table.has(EVENT) { Some(table.texts(EVENT)?) } else { None };
    let units = if table.has(UNITS) { Some(table.reals(UNITS)?) } else { None };
    let is_named = |row: usize| !orders.get(row).is_empty() && customers.is_none_or(|all| !all.get(row).is_empty());
    let is_bought = |row: usize| {
        events.is_none_or(|events| events.get(row) != RETURNED)
            && units.is_none_or(|units| units[row].is_nan() || units[row] > 0.0)
    };
    let kept: Vec<bool> = (0..table.len()).map(|row| is_named(row) && is_bought(row)).collect();
    let rows = kept.iter().filter(|kept| !**kept).count();
    let note = format!("{rows} rows are of no order, sent back or of a {UNITS} of nothing or taken back: left out");
    table.retain(|row| kept[row]);
    if table.is_empty() {
        return Err(EvaluateError::TooLittle(note));
    }
    Ok((rows > 0).then_some(note))
}

/// Rows by order: each is where its first row in time is, and its name is that of the test keys. Where rows are `parted`, one name
/// may stand for an order of train and another one of test.
fn orders(
    table: &Table,
    column: &str,
    items: &Numbered,
    (of_test, parted): (&[bool], bool),
) -> Result<Vec<Order>, EvaluateError> {
    let names = table.texts(column)?;
    let numbers = names.numbered();
    let customers = if table.has(CUSTOMER) { Some(table.texts(CUSTOMER)?.numbered()) } else { None };
    let customer = |row: usize| customers.as_ref().map(|all| (all.of[row], all.name(all.of[row])));
    let times = if table.has(TIME) { Some(table.wholes(TIME)?) } else { None };
    let mut places: FxHashMap<(u32, Option<u32>, bool), usize> = FxHashMap::default();
    let mut orders: Vec<Order> = Vec::new();
    // Whoever has no name buys but once.
    let mut owners = customers.as_ref().map_or(0, Numbered::len);
    for row in 0..table.len() {
        let of_customer = customer(row).filter(|_| column == OF_CUSTOMER);
        let key = (numbers.of[row], of_customer.map(|(number, _)| number), parted && of_test[row]);
        let time = times.map_or(i64::from(numbers.of[row]), |times| times[row]);
        let side = if of_test[row] { TEST } else { TRAIN };
        let place = *places.entry(key).or_insert(orders.len());
        if place == orders.len() {
            let name = names.get(row);
            let name = of_customer.map_or_else(|| name.into(), |(_, customer)| format!("{customer} {name}").into());
            let owner = customer(row).filter(|(_, name)| !name.is_empty()).map(|(number, _)| number);
            owners += usize::from(owner.is_none());
            let owner = owner.unwrap_or_else(|| u32::try_from(owners - 1).unwrap_or(u32::MAX));
            orders.push(Order { name, owner, time, items: Vec::new(), side });
        }
        let order = &mut orders[place];
        order.items.push(items.of[row]);
        if time < order.time {
            (order.time, order.side) = (time, side);
        }
    }
    for order in &mut orders {
        order.items.sort_unstable();
        order.items.dedup();
    }
    Ok(orders)
}

/// Cuts moments from what is train, as test was cut from all: by time where there are times, else from the end of each customer's
/// orders. Where each has but one, by lot.
fn cut_moments(orders: &mut [Order], timed: bool) {
    if timed {
        (VALIDATION..=MOMENTS).for_each(|side| cut_by_time(orders, side));
        return;
    }
    day_by_day(orders);
    if orders.iter().any(|order| order.side == VALIDATION) {
        return;
    }
    for (place, order) in (0..).zip(orders.iter_mut().filter(|order| order.side == TRAIN)) {
        order.side =
            Side::try_from(fifth(place)).ok().filter(|fifth| (VALIDATION..=MOMENTS).contains(fifth)).unwrap_or(TRAIN);
    }
}

/// The last fifth of what is train; nothing where that would be all of it.
fn cut_by_time(orders: &mut [Order], side: Side) {
    let of_train = || orders.iter().filter(|order| order.side == TRAIN);
    let times = of_train().flat_map(|order| order.items.iter().map(|_| order.time));
    let Some(cut) = time_cut(times).filter(|cut| of_train().any(|order| order.time < *cut)) else { return };
    for order in orders.iter_mut().filter(|order| order.side == TRAIN && order.time >= cut) {
        order.side = side;
    }
}

/// The orders of each customer a day apart, the last ones of all on one day. The last of several is the validation, the one before
/// an older moment, and so on; the first is what all of them are asked after.
fn day_by_day(orders: &mut [Order]) {
    orders.sort_by_key(|order| (order.owner, Reverse((order.time, order.side == TEST))));
    for own in orders.chunk_by_mut(|a, b| a.owner == b.owner) {
        let train = own.iter().filter(|order| order.side == TRAIN).count();
        for (back, order) in (1..).zip(own.iter_mut().filter(|order| order.side == TRAIN)) {
            order.time = (LAST_DAY - i64::try_from(back).unwrap_or(LAST_DAY)) * Timestamp::DAY;
            if back < train && back <= usize::from(MOMENTS) {
                order.side = Side::try_from(back).unwrap_or(TRAIN);
            }
        }
        own.iter_mut().filter(|order| order.side == TEST).for_each(|order| order.time = LAST_DAY * Timestamp::DAY);
    }
}
