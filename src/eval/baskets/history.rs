//! Rows of orders, made into each customer's baskets, and cut where a question is to be asked.
//!
//! A basket is a set. Baskets stand in the order of their first time, then of their name; without times by their number.

use crate::domain::{Timestamp, recommend::InteractionKind};
use crate::eval::{
    error::EvaluateError,
    options::Options,
    purchases::{self, CUSTOMER, EVENT, UNITS},
    split::{self, Split},
    table::{Numbered, Table, Wanted},
};
use crate::models::data::{
    baskets::Baskets,
    interactions::{Interaction, Interactions},
    item_index::Item,
};

/// The columns that may say which basket a row is of; the first that is there does.
pub const BASKETS: [&str; 4] = ["basket_seq", "invoice", "basket_id", "order_id"];
/// A customer whose last basket is asked about has at least so many, where no column parts them.
const FEWEST: usize = 3;
/// Where there are no times, every customer's baskets are a day apart, and the one asked for is on this day.
const ASKED_DAY: i64 = 20_000;

/// One basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    /// Of its first row.
    pub time: Timestamp,
    /// Distinct, rising.
    pub items: Vec<Item>,
}

/// One customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// What is learned from, the oldest first.
    pub train: Vec<Basket>,
    /// What is asked for, where she is asked about and it is in sight.
    pub test: Option<Basket>,
    /// Whether she is asked about.
    pub asked: bool,
}

/// All customers of the files.
#[derive(Debug, Clone)]
pub struct History {
    /// In the order of their ids.
    pub customers: Vec<Customer>,
    /// The ids.
    pub names: Vec<Box<str>>,
    /// The ids of the items, numbered by their order.
    pub items: Vec<Box<str>>,
    /// Whether those who are asked about are in a file of their own, and what they bought then is not in sight.
    pub apart: bool,
    /// What is worth knowing of the files.
    pub notes: Vec<String>,
}

/// What a customer is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Her place among the customers.
    pub customer: usize,
    /// When the basket is bought; a guess where it is not in sight.
    pub now: Timestamp,
    /// Distinct, rising; empty where it is not in sight.
    pub truth: Vec<Item>,
}

/// Baskets to learn from, and questions about what came after them.
#[derive(Debug)]
pub struct Cut {
    /// What was bought, by the customers' places.
    pub interactions: Interactions,
    /// By the customers' places.
    pub orders: Baskets,
    /// By the customers' places.
    pub questions: Vec<Question>,
}

impl History {
    /// Reads the files as the options say.
    ///
    /// # Errors
    /// Where a column is missing, or nothing is left to learn from or to ask for.
    pub fn read(options: &Options) -> Result<Self, EvaluateError> {
        let mut wanted = purchases::wanted().to_vec();
        wanted.push(Wanted::text(&options.item_column));
        wanted.extend(BASKETS.map(|name| Wanted::text(name).if_there()));
        wanted.extend([Wanted::whole(split::TIME).if_there(), Wanted::text(split::COLUMN).if_there()]);
        let table = options.read(&wanted, &[EVENT, UNITS, split::COLUMN])?;
        let notes = table.notes().to_vec();
        Self::of_rows(table, options).map_err(|error| error.noting(&notes))
    }

    fn of_rows(mut table: Table, options: &Options) -> Result<Self, EvaluateError> {
        let named = BASKETS.into_iter().find(|name| table.has(name));
        let Some(basket) = named.or_else(|| table.has(split::TIME).then_some(split::TIME)) else {
            let (known, near) = (BASKETS.join(", "), table.nearest(BASKETS[0]));
            return Err(EvaluateError::Options(format!(
                "no column says which basket a row is of; known are {known}, and {} where each is one time{near}",
                split::TIME
            )));
        };
        options.keep_items(&mut table)?;
        let left_out = purchases::keep(&mut table, |units| units > 0.0)?;
        let by_column =
            !options.is_apart() && options.split.map_or(table.has(split::COLUMN), |way| way == Split::Column);
        if options.split.is_some_and(|way| way != Split::Column) {
            let way = "next-basket asks for the last basket of each, or as the column split says; no other --split";
            return Err(EvaluateError::Options(way.to_owned()));
        }
        let future = if by_column { Some(Split::Column.test_rows(&table)?) } else { None };
        let appended = options.is_apart().then(|| table.appended_at());
        let mut history = Self::group(&table, basket, &options.item_column, future.as_deref(), appended)?;
        history.notes.extend(left_out);
        Ok(history)
    }

    fn group(
        table: &Table,
        basket: &str,
        item_column: &str,
        future: Option<&[bool]>,
        appended: Option<usize>,
    ) -> Result<Self, EvaluateError> {
        let customers = table.texts(CUSTOMER)?.numbered();
        let items = table.texts(item_column)?.numbered();
        let timed = table.has(split::TIME);
        let times = if timed { Some(table.wholes(split::TIME)?) } else { None };
        let names = if basket == split::TIME { None } else { Some(in_order(table, basket, timed)?) };
        let mut rows: Vec<Row> = (0..table.len())
            .map(|row| Row {
                customer: customers.of[row],
                basket: names.as_ref().map_or(times.map_or(0, |times| times[row]), |names| i64::from(names.of[row])),
                time: times.map_or(0, |times| times[row]),
                item: items.of[row],
                future: future.is_some_and(|future| future[row]),
            })
            .collect();
        let mut asked = vec![false; customers.len()];
        rows.iter().skip(appended.unwrap_or(rows.len())).for_each(|row| asked[row.customer as usize] = true);
        rows.sort_by_key(|row| (row.customer, row.future, row.basket, row.time));
        let mut all = vec![Customer::default(); customers.len()];
        for own in rows.chunk_by(|a, b| a.customer == b.customer) {
            let customer = own[0].customer as usize;
            all[customer] = Customer::of(own, future.is_some(), appended.is_some());
            all[customer].asked |= asked[customer];
        }
        if !timed {
            all.iter_mut().for_each(Customer::day_by_day);
        }
        let history = Self {
            customers: all,
            names: customers.names,
            items: items.names,
            apart: appended.is_some(),
            notes: table.notes().to_vec(),
        };
        if !history.customers.iter().any(|customer| customer.asked) {
            let message = format!("nobody to ask about: no customer has {FEWEST} baskets, or one apart and one before");
            return Err(EvaluateError::TooLittle(message));
        }
        Ok(history)
    }

    /// Cuts so that the basket asked for is so many before the one of test: 0 is test, 1 its validation.
    pub fn cut(&self, back: usize) -> Cut {
        let (mut interactions, mut questions) = (Vec::new(), Vec::new());
        for (place, customer) in self.customers.iter().enumerate() {
            let train = &customer.train;
            // Apart, there may be few to ask about; all teach then.
            let kept = if !(customer.asked || self.apart && back > 0) {
                train.len()
            } else if train.len() > back {
                let question = |time, truth| Question { customer: place, now: time, truth };
                let asked = if back == 0 { customer.test.as_ref() } else { train.get(train.len() - back) };
                questions.push(match asked {
                    Some(basket) if customer.test.is_some() => question(basket.time, basket.items.clone()),
                    asked => {
                        let truth = asked.map_or_else(Vec::new, |basket| basket.items.clone());
                        question(expected(&train[..train.len() - back]), truth)
                    }
                });
                train.len() - back
            } else {
                train.len().min(1)
            };
            let owner = u32::try_from(place).unwrap_or(u32::MAX);
            for (group, basket) in (1..).zip(&train[..kept]) {
                let interaction = |item: &Item| Interaction {
                    time: basket.time,
                    owner,
                    item: *item,
                    kind: InteractionKind::Bought,
                    quantity: 1,
                    group,
                };
                interactions.extend(basket.items.iter().map(interaction));
            }
        }
        let interactions = Interactions::from_interactions(interactions);
        Cut { orders: Baskets::of_log(&interactions, Timestamp(i64::MAX)), interactions, questions }
    }

    /// One key for each row of the truth.
    pub fn keys(&self) -> Vec<String> {
        let of = |(customer, name): (&Customer, &str)| {
            let items = customer.test.iter().flat_map(|basket| &basket.items);
            items.map(|item| format!("{name}\t{}", self.items[*item as usize])).collect::<Vec<_>>()
        };
        self.customers.iter().zip(self.names.iter().map(AsRef::as_ref)).flat_map(of).collect()
    }
}

#[derive(Clone, Copy)]
struct Row {
    customer: u32,
    basket: i64,
    time: i64,
    item: Item,
    future: bool,
}

impl Customer {
    /// One customer's rows, by basket. Apart, the truth is not in sight and who is asked about is told elsewhere.
    fn of(own: &[Row], parted: bool, apart: bool) -> Self {
        let mut baskets: Vec<(bool, Basket)> = Vec::new();
        for rows in own.chunk_by(|a, b| (a.future, a.basket) == (b.future, b.basket)) {
            let mut items: Vec<Item> = rows.iter().map(|row| row.item).collect();
            items.sort_unstable();
            items.dedup();
            baskets.push((rows[0].future, Basket { time: Timestamp(rows[0].time), items }));
        }
        // Stable: baskets of one time stay in the order of their names.
        baskets.sort_by_key(|(future, basket)| (*future, basket.time));
        let mut customer = Self::default();
        if parted {
            let (future, train): (Vec<_>, Vec<_>) = baskets.into_iter().partition(|(future, _)| *future);
            customer.train = train.into_iter().map(|(_, basket)| basket).collect();
            // Of several it is the next that is asked for.
            customer.test = future.into_iter().map(|(_, basket)| basket).next().filter(|_| !customer.train.is_empty());
        } else {
            customer.train = baskets.into_iter().map(|(_, basket)| basket).collect();
            if !apart && customer.train.len() >= FEWEST {
                customer.test = customer.train.pop();
            }
        }
        customer.asked = customer.test.is_some();
        customer
    }

    /// Sets times where there are none: what is asked for is on one day for all, so that what was bought last is, too.
    fn day_by_day(&mut self) {
        let days = (1..).map(|before| Timestamp((ASKED_DAY - before) * Timestamp::DAY));
        for (basket, time) in self.train.iter_mut().rev().zip(days) {
            basket.time = time;
        }
        if let Some(test) = &mut self.test {
            test.time = Timestamp(ASKED_DAY * Timestamp::DAY);
        }
    }
}

/// When the next basket may be expected: as long after the last one as they were apart in the mean.
fn expected(train: &[Basket]) -> Timestamp {
    let Some((first, last)) = train.first().zip(train.last()) else { return Timestamp(0) };
    let gaps = i64::try_from(train.len() - 1).unwrap_or(i64::MAX).max(1);
    let gap = last.time.0.saturating_sub(first.time.0) / gaps;
    Timestamp(last.time.0.saturating_add(gap.max(Timestamp::DAY)))
}

/// Baskets by their names: as texts where times tell the order, else by value where they are numbers.
fn in_order(table: &Table, basket: &str, timed: bool) -> Result<Numbered, EvaluateError> {
    let texts = table.texts(basket)?;
    Ok(if timed { texts.in_text_order() } else { texts.numbered() })
}
