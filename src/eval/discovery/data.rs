//! Purchases from rows: whose they are, of what and when, and how they are parted in time.

use rustc_hash::FxHashSet;

use crate::domain::{Timestamp, recommend::InteractionKind};
use crate::eval::{
    described,
    error::EvaluateError,
    options::{Files, Options},
    purchases::{self, CUSTOMER, EVENT, UNITS},
    split::{COLUMN, Split, TIME},
    table::{Table, Wanted},
};
use crate::models::data::{
    interactions::{Interaction, Interactions},
    item_index::Item,
};

/// The day after the last row of every customer, where a file has no times.
const LAST_DAY: i64 = 20_000;
/// What the protocol works on.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// The ids of all items; smaller items have smaller ids.
    pub names: Vec<Box<str>>,
    /// The ids of all customers.
    pub customers: Vec<Box<str>>,
    /// The words of each item; empty where no column says any.
    pub texts: Vec<String>,
    /// The mean price of each item in train; empty where there is none.
    pub prices: Vec<f32>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    interactions: Vec<Interaction>,
    side: Vec<Side>,
    /// Who is to be asked, by number; none where the truth says it.
    queried: Option<Vec<u32>>,
}

/// Moments inside train that teach a ranking, at most, the newest the validation. Another one costs a fit of all sources, and
/// keeps what a single season has taught from passing for a law.
const MOMENTS: u8 = 3;

/// The moment at which a row is asked for, counted back: test is 0, the validation 1. What is older is [`TRAIN`].
type Side = u8;
const TEST: Side = 0;
const VALIDATION: Side = 1;
const TRAIN: Side = Side::MAX;

/// A customer, and what she bought then that was new to her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// By number.
    pub customer: u32,
    /// Sorted.
    pub truth: Vec<Item>,
}

/// What was known at a moment, and what is asked there.
#[derive(Debug, Default)]
pub struct Part {
    /// The moment.
    pub now: Timestamp,
    /// What was done before it.
    pub interactions: Interactions,
    /// By customer.
    pub asked: Vec<Asked>,
    /// Of each item whether it was bought before.
    pub known: Vec<bool>,
    /// The items of each customer, sorted.
    own: Vec<Vec<Item>>,
}

impl Part {
    /// What she has, sorted.
    pub fn own(&self, customer: u32) -> &[Item] {
        self.own.get(customer as usize).map_or(&[], Vec::as_slice)
    }

    /// The items of every customer.
    pub fn histories(&self) -> &[Vec<Item>] {
        &self.own
    }

    /// How many items can be recommended.
    pub fn products(&self) -> usize {
        self.known.iter().filter(|known| **known).count()
    }

    /// Whether an item may be recommended to her.
    pub fn may_offer(&self, customer: u32, item: Item) -> bool {
        self.known[item as usize] && self.own(customer).binary_search(&item).is_err()
    }
}

impl Data {
    /// Reads the files of the options.
    ///
    /// # Errors
    /// Where a column is missing, the split can't be made, or there is nothing to ask.
    pub fn read(options: &Options) -> Result<Self, EvaluateError> {
        let mut wanted = purchases::wanted().to_vec();
        wanted.extend([
            Wanted::text(&options.item_column),
            Wanted::whole(TIME).if_there(),
            Wanted::text(COLUMN).if_there(),
        ]);
        wanted.extend(described::wanted(&options.item_column));
        let table = options.read(&wanted, &[EVENT, UNITS, COLUMN])?;
        let notes = table.notes().to_vec();
        Self::of_rows(table, options).map_err(|error| error.noting(&notes))
    }

    fn of_rows(mut table: Table, options: &Options) -> Result<Self, EvaluateError> {
        options.keep_items(&mut table)?;
        // Rows of no units count, too, as in the published keys.
        let left_out = purchases::keep(&mut table, |units| units >= 0.0)?;
        let apart = matches!(options.files, Files::Apart { .. });
        let side = sides(&table, options, apart)?;
        let customers = table.texts(CUSTOMER)?.numbered();
        let items = table.texts(&options.item_column)?.numbered();
        let own_order;
        let times = if table.has(TIME) {
            table.wholes(TIME)?
        } else {
            own_order = in_own_order(&customers.of, customers.len());
            &own_order
        };
        let untimed =
            (!table.has(TIME)).then(|| format!("no column {TIME:?}: a row of a customer came after those above it"));
        let interaction = |row: usize| Interaction {
            time: Timestamp(times[row]),
            owner: customers.of[row],
            item: items.of[row],
            kind: InteractionKind::Bought,
            quantity: 1,
            group: 0,
        };
        let mut interactions: Vec<Interaction> = (0..table.len()).map(interaction).collect();
        let queried = apart.then(|| {
            let mut queried: Vec<u32> =
                interactions[table.appended_at()..].iter().map(|interaction| interaction.owner).collect();
            queried.sort_unstable();
            queried.dedup();
            queried
        });
        let texts = described::texts(&table, &items, &options.item_column)?;
        let prices = described::prices(&table, &items, |row| side[row] != TEST)?;
        let mut side = side;
        if apart {
            // A row that stands in both files counts once.
            let mut met = FxHashSet::default();
            let kept: Vec<bool> = interactions
                .iter()
                .map(|interaction| met.insert((interaction.owner, interaction.item, interaction.time)))
                .collect();
            retain(&mut interactions, &kept);
            retain(&mut side, &kept);
        }
        let notes = table.notes().iter().cloned().chain(left_out).chain(untimed).collect();
        let data =
            Self { names: items.names, customers: customers.names, texts, prices, notes, interactions, side, queried };
        if data.test().asked.is_empty() {
            let message =
                "no customer of test has a product in train and a new one that train knows, so nothing can be asked";
            return Err(EvaluateError::TooLittle(message.to_owned()));
        }
        Ok(data)
    }

    /// All of train, and what is asked of test. Where test is not in sight, all who are to be asked, without a truth.
    pub fn test(&self) -> Part {
        self.part(TEST)
    }

    /// Train without its validation, and what is asked of that.
    pub fn validation(&self) -> Part {
        self.part(VALIDATION)
    }

    /// As the validation, cut again and again from what is left of train: up to so many moments, the oldest first and the
    /// validation last.
    pub fn moments(&self, most: usize) -> Vec<Part> {
        let sides = (VALIDATION..=MOMENTS).take(most).rev();
        sides.map(|side| self.part(side)).filter(|part| !part.asked.is_empty()).collect()
    }

    fn part(&self, asked: Side) -> Part {
        let mut part = Part {
            known: vec![false; self.names.len()],
            own: vec![Vec::new(); self.customers.len()],
            ..Part::default()
        };
        let of = |side: fn(&Side, &Side) -> bool| {
            self.interactions
                .iter()
                .zip(&self.side)
                .filter(move |(_, own)| side(own, &asked))
                .map(|(interaction, _)| *interaction)
        };
        let (before, then): (Vec<Interaction>, Vec<Interaction>) = (of(Side::gt).collect(), of(Side::eq).collect());
        // Also where what came then is in sight: it would tell when the next customer comes.
        let last = before.iter().map(|interaction| interaction.time.0).max().unwrap_or(0);
        part.now = Timestamp(last.saturating_add(1));
        for interaction in &before {
            part.known[interaction.item as usize] = true;
            part.own[interaction.owner as usize].push(interaction.item);
        }
        for own in &mut part.own {
            own.sort_unstable();
            own.dedup();
        }
        let mut truth: Vec<Vec<Item>> = vec![Vec::new(); self.customers.len()];
        for interaction in &then {
            if part.may_offer(interaction.owner, interaction.item) {
                truth[interaction.owner as usize].push(interaction.item);
            }
        }
        if let Some(queried) = self.queried.as_ref().filter(|_| asked == TEST) {
            part.asked = queried.iter().map(|customer| Asked { customer: *customer, truth: Vec::new() }).collect();
        }
        for (customer, mut truth) in (0..).zip(truth) {
            truth.sort_unstable();
            truth.dedup();
            if !truth.is_empty() && !part.own(customer).is_empty() {
                part.asked.push(Asked { customer, truth });
            }
        }
        part.interactions = Interactions::from_interactions(before);
        part
    }
}

fn retain<T>(values: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    values.retain(|_| kept.next().is_some_and(|kept| *kept));
}

/// Times of rows that have none: each a day after the row of the same customer above it, the last of all on one day.
fn in_own_order(customers: &[u32], count: usize) -> Vec<i64> {
    let mut left = vec![0_i64; count];
    let mut times: Vec<i64> = customers
        .iter()
        .rev()
        .map(|customer| {
            let left = &mut left[*customer as usize];
            *left += 1;
            (LAST_DAY - *left) * Timestamp::DAY
        })
        .collect();
    times.reverse();
    times
}

fn sides(table: &Table, options: &Options, apart: bool) -> Result<Vec<Side>, EvaluateError> {
    let otherwise = if table.has(TIME) { Split::Time } else { Split::Hash };
    let split = Split::choose(options.split, table, otherwise);
    let test = if apart { vec![false; table.len()] } else { split.test_rows(table)? };
    let mut sides: Vec<Side> = test.iter().map(|test| if *test { TEST } else { TRAIN }).collect();
    let mut later = test;
    for moment in VALIDATION..=MOMENTS {
        let rows = match split.validation_rows(table, &later) {
            Ok(rows) => rows,
            Err(error) if moment == VALIDATION => return Err(error),
            // Too little is left for another.
            Err(_) => break,
        };
        for ((side, later), is_then) in sides.iter_mut().zip(&mut later).zip(rows) {
            if is_then {
                *side = moment;
                *later = true;
            }
        }
    }
    Ok(sides)
}
