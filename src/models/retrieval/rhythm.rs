//! How a customer's products come back: her decayed frequencies (TIFU-KNN's personal vector; Hu et al., SIGIR 2020), how long
//! since the last time, and how that compares with her own and the product's usual interval (as in Bhagat et al., "Buy it
//! again", KDD 2018, and Katz et al., "Learning personal tastes", 2022). Numbers only: what is served of them is `repeats`.

use crate::domain::Timestamp;
use crate::models::data::{
    baskets::{Baskets, Order},
    item_index::Item,
};

/// What is said of each product of hers, in this order.
pub const SIGNALS: [&str; 17] = [
    "habit",
    "lately",
    "share",
    "times",
    "last_order",
    "orders_since",
    "days_since",
    "due",
    "gap",
    "gap_orders",
    "due_orders",
    "season",
    "buyers_again",
    "orders",
    "order_size",
    "repeating",
    "away",
];
/// Of those, the ones at the end that are said of every product alike.
const OF_HER: usize = 4;
/// How much an order counts against the next one: of habit, and of what she does lately.
const DECAYS: [f32; 2] = [0.9, 0.6];
/// Intervals of the product that a customer's own mean is drawn to its typical one by.
const DRAWN: f32 = 2.0;
/// Customers that a product's share of repeated purchases is drawn to the general one by.
const DRAWN_CUSTOMERS: f32 = 10.0;
/// The shortest interval, in days: two orders of one day are one visit.
const SHORTEST: f32 = 0.5;

/// The usual interval of each product and how many buy it again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rhythm {
    /// Logarithm of days between two purchases, by product.
    gaps: Vec<f32>,
    /// Logarithm of orders between two purchases, by product.
    gaps_orders: Vec<f32>,
    /// Share of those who bought it and ordered again that bought it again, by product.
    again: Vec<f32>,
}

/// One product of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repeat {
    /// Which.
    pub item: Item,
    /// As [`SIGNALS`] names them.
    pub signals: [f32; SIGNALS.len()],
}

impl Rhythm {
    /// Counts all orders of a vocabulary of so many products.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn count(orders: &Baskets, products: usize) -> Self {
        let mut sums = vec![(0.0_f32, 0.0_f32, 0.0_f32); products];
        let mut buyers = vec![(0_u32, 0_u32); products];
        for own in orders.by_customer() {
            for met in meetings(&own).chunk_by(|a, b| a.item == b.item) {
                let item = met[0].item as usize;
                for pair in met.windows(2) {
                    let sum = &mut sums[item];
                    sum.0 += days(pair[0].time, pair[1].time).ln();
                    sum.1 += ((pair[1].order - pair[0].order) as f32).ln();
                    sum.2 += 1.0;
                }
                if met[0].order as usize + 1 < own.len() {
                    buyers[item].0 += 1;
                    buyers[item].1 += u32::from(met.len() > 1);
                }
            }
        }
        let general = sums.iter().fold((0.0, 0.0, 1.0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
        let all = buyers.iter().fold((1, 0), |a: (u32, u32), b| (a.0 + b.0, a.1 + b.1));
        let drawn = |sum: f32, total: f32, n: f32| (sum + DRAWN * 5.0 * total / general.2) / (n + DRAWN * 5.0);
        let share = all.1 as f32 / all.0 as f32;
        Self {
            gaps: sums.iter().map(|sum| drawn(sum.0, general.0, sum.2)).collect(),
            gaps_orders: sums.iter().map(|sum| drawn(sum.1, general.1, sum.2)).collect(),
            again: buyers
                .iter()
                .map(|(all, again)| (*again as f32 + DRAWN_CUSTOMERS * share) / (*all as f32 + DRAWN_CUSTOMERS))
                .collect(),
        }
    }

    /// Every product of hers, in the order of ids.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn repeats(&self, own: &[Order<'_>], now: Timestamp) -> Vec<Repeat> {
        let hers = of_her(own, now);
        let all = own.len() as f32;
        let orders = u32::try_from(own.len()).unwrap_or(u32::MAX);
        let wholes = DECAYS.map(|decay| (1.0 - decay.powf(all)) / (1.0 - decay));
        let met = meetings(own);
        let repeat = |met: &[Meeting]| {
            let item = met[0].item;
            let last = met[met.len() - 1];
            let since = orders.saturating_sub(last.order).max(1);
            let weights =
                DECAYS.map(|decay| met.iter().map(|one| decay.powf(all - 1.0 - one.order as f32)).sum::<f32>());
            let n = (met.len() - 1) as f32;
            let between =
                |from: f32, usual: f32| (if n > 0.0 { from.ln() * n } else { 0.0 } + DRAWN * usual) / (n + DRAWN);
            let gap = between(days(met[0].time, last.time) / n.max(1.0), of(&self.gaps, item));
            let gap_orders = between((last.order - met[0].order) as f32 / n.max(1.0), of(&self.gaps_orders, item));
            let waited = days(last.time, now).ln();
            let season: f32 = met.iter().map(|one| near_a_year(days(one.time, now))).sum();
            let mut signals = [
                weights[0] / wholes[0],
                weights[1] / wholes[1],
                met.len() as f32 / all,
                (met.len() as f32).ln_1p(),
                f32::from(u8::from(since == 1)),
                1.0 / since as f32,
                waited,
                waited - gap,
                gap,
                gap_orders,
                (since as f32).ln() - gap_orders,
                season,
                of(&self.again, item),
                0.0,
                0.0,
                0.0,
                0.0,
            ];
            signals[SIGNALS.len() - OF_HER..].copy_from_slice(&hers);
            Repeat { item, signals }
        };
        met.chunk_by(|a, b| a.item == b.item).map(repeat).collect()
    }

    /// What is said of products that she never bought.
    pub fn new_to_her(&self, own: &[Order<'_>], now: Timestamp) -> NewToHer<'_> {
        NewToHer { rhythm: self, of_her: of_her(own, now) }
    }
}

/// What is said of products that a customer never bought.
#[derive(Debug, Clone, Copy)]
pub struct NewToHer<'a> {
    rhythm: &'a Rhythm,
    of_her: [f32; OF_HER],
}

impl NewToHer<'_> {
    /// As [`SIGNALS`] names them: what holds of the product with everybody, and of her with every product.
    pub fn signals(&self, item: Item) -> [f32; SIGNALS.len()] {
        let mut signals = [0.0; SIGNALS.len()];
        signals[8] = of(&self.rhythm.gaps, item);
        signals[9] = of(&self.rhythm.gaps_orders, item);
        signals[12] = of(&self.rhythm.again, item);
        signals[SIGNALS.len() - OF_HER..].copy_from_slice(&self.of_her);
        signals
    }
}

/// How many orders she made and how large, how much of them she had bought before, and how long she has been away.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn of_her(own: &[Order<'_>], now: Timestamp) -> [f32; OF_HER] {
    let lines: usize = own.iter().map(|order| order.items.len()).sum();
    let mut met: Vec<Meeting> = meetings(own);
    let firsts = own.first().map_or(0, |order| order.items.len());
    met.dedup_by_key(|one| one.item);
    let new = met.len() - firsts;
    let repeating = ((lines - firsts - new) as f32 + 1.0) / ((lines - firsts) as f32 + 4.0);
    let away = own.last().map_or(0.0, |order| days(order.time, now).ln());
    [(own.len() as f32).ln_1p(), (lines as f32 / own.len().max(1) as f32).ln_1p(), repeating, away]
}

fn of(list: &[f32], item: Item) -> f32 {
    list.get(item as usize).copied().unwrap_or(0.0)
}

#[derive(Debug, Clone, Copy)]
struct Meeting {
    item: Item,
    order: u32,
    time: Timestamp,
}

/// Every product of every order, by product and then by order.
fn meetings(own: &[Order<'_>]) -> Vec<Meeting> {
    let of = |(number, order): (u32, &Order<'_>)| {
        let time = order.time;
        order.items.iter().map(move |item| Meeting { item: *item, order: number, time }).collect::<Vec<_>>()
    };
    let mut all: Vec<Meeting> = (0..).zip(own).flat_map(of).collect();
    all.sort_by_key(|one| (one.item, one.order));
    all
}

#[expect(clippy::cast_possible_truncation, reason = "days need no more digits")]
fn days(from: Timestamp, to: Timestamp) -> f32 {
    (to.days_since(from) as f32).max(SHORTEST)
}

/// One where it was a year ago to the day, a half three weeks beside it.
fn near_a_year(days: f32) -> f32 {
    (-((days - 365.0) / 21.0).powi(2)).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp(day * Timestamp::DAY)
    }

    fn signal(repeat: &Repeat, name: &str) -> f32 {
        repeat.signals[SIGNALS.iter().position(|one| *one == name).unwrap()]
    }

    #[test]
    fn what_is_due_is_told_from_what_was_just_bought() {
        let mut orders = Baskets::default();
        for _ in 0..50 {
            (0..8).for_each(|week| orders.push(day(7 * week), if week % 4 == 0 { vec![0, 1] } else { vec![0] }));
            orders.end_customer();
        }
        let rhythm = Rhythm::count(&orders, 3);
        let own = orders.of(0);
        let repeats = rhythm.repeats(&own, day(56));
        assert_eq!(repeats.iter().map(|one| one.item).collect::<Vec<_>>(), [0, 1]);
        let of = |name: &str| [signal(&repeats[0], name), signal(&repeats[1], name)];
        for (name, wanted) in [("share", [1.0, 0.25]), ("last_order", [1.0, 0.0]), ("orders_since", [1.0, 0.25])] {
            assert!(of(name).iter().zip(wanted).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{name}");
        }
        // Every week, and every fourth: both are due to the day, but for what intervals are drawn to the general one by.
        assert!(of("due").iter().all(|due| due.abs() < 0.2), "{:?}", of("due"));
        assert!((signal(&repeats[1], "gap") - 28.0_f32.ln()).abs() < 0.2);
        let early = rhythm.repeats(&own, day(50));
        assert!(signal(&early[1], "due") < 0.0 && signal(&early[0], "due") < -1.0);
        assert!(signal(&repeats[0], "habit") > signal(&repeats[1], "habit"));
        assert!(repeats.iter().all(|one| one.signals.iter().all(|signal| signal.is_finite())));
    }

    #[test]
    fn little_to_go_by_gives_numbers_all_the_same() {
        let rhythm = Rhythm::count(&Baskets::default(), 1);
        assert!(rhythm.repeats(&[], day(1)).is_empty());
        let new = rhythm.new_to_her(&[], day(1));
        assert!(new.signals(0).iter().chain(&new.signals(9)).all(|signal| signal.is_finite()));
        let mut orders = Baskets::default();
        orders.push(day(3), [0]);
        orders.end_customer();
        // A clock that runs backwards.
        let repeats = Rhythm::count(&orders, 1).repeats(&orders.of(0), day(1));
        assert!(repeats[0].signals.iter().all(|signal| signal.is_finite()));
    }
}
