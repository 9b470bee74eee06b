//! What else is bought in one order with what lies in the cart, or with the product on the page: EASE (Steck 2019) over orders,
//! twice, all orders alike and old ones less, and pairs of products counted over orders (cosine, confidence, lift).
//!
//! Customers do not matter here: an order says what belongs together, whoever bought it, so that a visitor of whom nothing is
//! known gets the same. Without a cart and a product in view it says nothing.

use std::{mem, sync::Arc};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight},
};
use crate::models::{
    data::{
        baskets::{Baskets, Order},
        item_index::{Item, ItemIndex},
        neighbours::Neighbours,
        recent_facts::lines_of_cart,
        sparse_accumulator::SparseAccumulator,
        user_items::{aged, unit_days},
    },
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::regression::{Sample, Settings, keep_heaviest, regress},
};

/// Of the source.
pub const NAME: &str = "cart_items";

/// By both EASE tables the share of the best sum and the sum itself; of pairs the sums of cosine, confidence and lift, each by line
/// of the cart, and the largest confidence; orders that hold the product, as a logarithm; lines of the cart.
const SIGNALS: [&str; 10] =
    ["ease", "ease_sum", "lately", "lately_sum", "cosine", "confidence", "strongest", "lift", "orders", "lines"];

/// Products of one order that are counted. What is longer is a wholesaler's.
const LONGEST: usize = 300;
/// As [`Settings::penalty`].
const PENALTY: f32 = 0.6;
/// Half-life of orders in the table that ages, in spans of the newest fifth of all lines.
const HALF_LIFE: f64 = 1.0;
/// Weights of EASE kept of each product, and pairs.
const KEEP: usize = 250;
/// Products that a product rests on in a large catalogue.
const NEAREST: usize = 80;
/// Orders added below the line of a cosine and of a confidence, so that a pair seen once is not a certainty.
const SHRINKAGE: f32 = 5.0;
/// Orders that hold both products of a pair so that one is said to go with the other; they are more, too, than chance would make.
const LEAST_TOGETHER: f32 = 3.0;
/// What is less than this share of the best by every table is not said.
const FAINT: f32 = 0.05;

/// The weights that take long to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct CartTables {
    ease: Arc<Neighbours>,
    lately: Arc<Neighbours>,
}

impl CartTables {
    /// Fits them to all orders.
    pub fn fit(orders: &Baskets, items: usize) -> Self {
        let (now, unit) = end_and_unit(orders);
        let fit = |half_life: f64| {
            let samples: Vec<Sample> = orders
                .all()
                .filter(|order| order.items.len() > 1)
                .map(|order| sample(order, aged(now.days_since(order.time), half_life * unit)))
                .collect();
            Arc::new(regress(&samples, items, &Settings { penalty: PENALTY, keep: KEEP, nearest: NEAREST }))
        };
        Self { ease: fit(f64::INFINITY), lately: fit(HALF_LIFE) }
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.neighbours("cart.ease", &self.ease);
        draft.neighbours("cart.lately", &self.lately);
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it points elsewhere.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let table = |name: &str| tensors.neighbours(name, items).map(Arc::new);
        Ok(Self { ease: table("cart.ease")?, lately: table("cart.lately")? })
    }
}

/// The last moment of all orders, and the span in days of the newest fifth of their lines.
fn end_and_unit(orders: &Baskets) -> (Timestamp, f64) {
    let mut times: Vec<Timestamp> =
        orders.all().flat_map(|order| order.items.iter().map(move |_| order.time)).collect();
    let now = times.iter().max().copied().unwrap_or(Timestamp(0));
    (now, unit_days(&mut times, now))
}

fn sample(order: Order<'_>, weight: f32) -> Sample {
    Sample { from: order.items.iter().take(LONGEST).map(|item| (*item, 1.0)).collect(), to: None, weight }
}

/// How many orders hold both of two products, and how many each.
#[derive(Debug)]
struct Pairs {
    /// By product the others with the largest cosine.
    counts: Neighbours,
    support: Vec<f32>,
    orders: f32,
}

impl Pairs {
    #[expect(clippy::cast_precision_loss, reason = "orders")]
    fn count(orders: &Baskets, items: usize) -> Self {
        let all: Vec<&[Item]> = orders.all().map(|order| &order.items[..order.items.len().min(LONGEST)]).collect();
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); items];
        for (number, own) in (0..).zip(&all) {
            for item in *own {
                holders[*item as usize].push(number);
            }
        }
        let support: Vec<f32> = holders.iter().map(|holders| holders.len() as f32).collect();
        let mut counts = vec![0.0_f32; items];
        let mut touched: Vec<Item> = Vec::new();
        let list = |(item, holders): (Item, &Vec<u32>)| {
            for other in holders.iter().flat_map(|number| all[*number as usize]).filter(|other| **other != item) {
                let count = &mut counts[*other as usize];
                if *count == 0.0 {
                    touched.push(*other);
                }
                *count += 1.0;
            }
            let own = support[item as usize];
            let near = touched
                .iter()
                .map(|other| (*other, counts[*other as usize] / ((own * support[*other as usize]).sqrt() + SHRINKAGE)));
            let mut near: Vec<(Item, f32)> = near.collect();
            keep_heaviest(&mut near, KEEP);
            let list = near.into_iter().map(|(other, _)| (other, counts[other as usize])).collect();
            touched.drain(..).for_each(|other| counts[other as usize] = 0.0);
            list
        };
        let lists: Vec<Vec<(Item, f32)>> = (0..).zip(&holders).map(list).collect();
        Self { counts: Neighbours::from_lists(lists), support, orders: all.len() as f32 }
    }

    fn support(&self, item: Item) -> f32 {
        self.support.get(item as usize).copied().unwrap_or(0.0)
    }
}

/// What is added up for a product: by both EASE tables, then cosine, confidence, lift, and the largest confidence.
type Sums = [f32; 6];

/// The tables, ready to be asked.
#[derive(Debug)]
pub struct CartItems {
    vocabulary: Arc<ItemIndex>,
    tables: CartTables,
    pairs: Pairs,
}

impl CartItems {
    /// Serves what was fitted, and counts the pairs of the same orders.
    pub fn new(vocabulary: Arc<ItemIndex>, tables: CartTables, orders: &Baskets) -> Self {
        let pairs = Pairs::count(orders, vocabulary.len());
        Self { vocabulary, tables, pairs }
    }

    /// What one line of the cart says, added up.
    fn add(&self, line: Item, sums: &mut SparseAccumulator<6>) {
        for (place, table) in [&self.tables.ease, &self.tables.lately].into_iter().enumerate() {
            for (item, weight) in table.of(line) {
                sums.of(item)[place] += weight;
            }
        }
        let own = self.pairs.support(line);
        for (item, count) in self.pairs.counts.of(line) {
            let theirs = self.pairs.support(item);
            let confidence = count / (own + SHRINKAGE);
            let sums = sums.of(item);
            sums[2] += count / ((own * theirs).sqrt() + SHRINKAGE);
            sums[3] += confidence;
            sums[4] += (1.0 + count * self.pairs.orders / (own * theirs + SHRINKAGE)).ln();
            sums[5] = sums[5].max(confidence);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "lines of a cart")]
    fn signals_of(&self, item: Item, sums: &Sums, best: &Sums, lines: usize) -> [f32; SIGNALS.len()] {
        let lines = lines as f32;
        let share = |place: usize| if best[place] > 0.0 { sums[place] / best[place] } else { 0.0 };
        let [ease, lately, cosine, confidence, lift, strongest] = *sums;
        [
            share(0),
            ease,
            share(1),
            lately,
            cosine / lines,
            confidence / lines,
            strongest,
            lift / lines,
            self.pairs.support(item).ln_1p(),
            lines,
        ]
    }
}

impl Source for CartItems {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let lines = lines_of_cart(context, &self.vocabulary);
        let mut sums = SparseAccumulator::new();
        for line in &lines {
            self.add(*line, &mut sums);
        }
        let mut best = Sums::default();
        for sums in sums.sums() {
            best.iter_mut().zip(sums).for_each(|(best, sum)| *best = best.max(*sum));
        }
        for (item, sums) in sums.iter() {
            if (0..4).any(|place| sums[place] > FAINT * best[place]) {
                found.push(self.vocabulary.product(item), &self.signals_of(item, sums, &best, lines.len()));
            }
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let item = self.vocabulary.item(product)?;
        let together = |line: &Item| {
            let (own, theirs) = (self.pairs.support(*line), self.pairs.support(item));
            let count = self.pairs.counts.weight_of(*line, item);
            let goes_with = count >= LEAST_TOGETHER && count * self.pairs.orders > own * theirs;
            goes_with.then(|| (count / ((own * theirs).sqrt() + SHRINKAGE), *line))
        };
        let lines = lines_of_cart(context, &self.vocabulary);
        let (_, line) = lines.iter().filter_map(together).reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let line = self.vocabulary.product(line);
        let code = if context.in_view == Some(line) { ReasonCode::GoesWithInView } else { ReasonCode::GoesWithCart };
        Some(Rationale { product: Some(line), ..Rationale::of(code) })
    }

    fn weight(&self) -> Weight {
        let tables = self.tables.ease.weight() + self.tables.lately.weight();
        Weight::of_counted(tables + self.pairs.counts.weight() + mem::size_of_val(&self.pairs.support[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id,
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::fixture,
    };

    #[test]
    fn what_was_ordered_together_is_said_of_the_cart_and_of_what_is_in_view() {
        let ids = Ids::default();
        let named = ["a", "b", "c", "d"].map(|id| Id::new(id).unwrap()).to_vec();
        let vocabulary = Arc::new(ItemIndex::new(named, &ids));
        let mut orders = Baskets::default();
        for (day, items) in [(1, &[0, 1][..]), (2, &[0, 1]), (3, &[0, 2]), (4, &[3])] {
            orders.push(Timestamp(day * Timestamp::DAY), items.iter().copied());
            orders.end_customer();
        }
        let tables = CartTables::fit(&orders, 4);
        let source = CartItems::new(Arc::clone(&vocabulary), tables, &orders);
        let (catalog, profile) = (Snapshot::default(), Profile::default());
        let cart = [(vocabulary.product(0), None)];
        let empty = fixture::context(&catalog, &ids, &profile);
        let ask = |context: &RequestContext<'_>| {
            let mut found = Found::default();
            source.collect(context, 10, &mut found, &mut Evidence::default()).unwrap();
            let rows = found.signals.chunks_exact(SIGNALS.len());
            let mut rows: Vec<(Item, Vec<f32>)> = found
                .products
                .iter()
                .zip(rows)
                .map(|(one, row)| (vocabulary.item(*one).unwrap(), row.to_vec()))
                .collect();
            rows.sort_by_key(|(item, _)| *item);
            rows
        };
        let carted = RequestContext { cart: &cart, ..empty };
        let found = ask(&carted);
        assert_eq!(found.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1, 2]);
        let (twice, once) = (&found[0].1, &found[1].1);
        assert!((twice[0] - 1.0).abs() < 1e-6 && twice[1] > once[1], "the best share, and more than once: {found:?}");
        // Of four orders: 0 is in three, 1 in two, both in two.
        let cosine = 2.0 / (6.0_f32.sqrt() + SHRINKAGE);
        let confidence = 2.0 / (3.0 + SHRINKAGE);
        let lift = (1.0 + 2.0 * 4.0 / (6.0 + SHRINKAGE)).ln();
        for (place, expected) in [(4, cosine), (5, confidence), (6, confidence), (7, lift), (8, 3.0_f32.ln()), (9, 1.0)]
        {
            assert!((twice[place] - expected).abs() < 1e-6, "{}: {} {expected}", SIGNALS[place], twice[place]);
        }
        // The last pair is the newest, which counts in the table that ages.
        assert!(once[3] / twice[3] > once[1] / twice[1], "{found:?}");
        let in_view = RequestContext { in_view: Some(vocabulary.product(0)), ..empty };
        assert_eq!((ask(&in_view), ask(&empty)), (found, vec![]));
        let reason = |item| source.because(&carted, vocabulary.product(item), &[], &mut Evidence::default());
        assert_eq!((reason(1), reason(3)), (None, None), "two orders of three are no more than chance makes");
    }

    #[test]
    fn what_goes_with_what_is_said_of_pairs_that_are_no_accident() {
        let ids = Ids::default();
        let named = ["a", "b", "c", "d"].map(|id| Id::new(id).unwrap()).to_vec();
        let vocabulary = Arc::new(ItemIndex::new(named, &ids));
        let mut orders = Baskets::default();
        // 0 and 1 are bought together three times of nine, 0 and 2 once; 3 is in nearly every order.
        for items in [&[0, 1, 3][..], &[0, 1, 3], &[0, 1, 3], &[0, 2], &[3], &[3], &[3], &[3], &[3]] {
            orders.push(Timestamp(Timestamp::DAY), items.iter().copied());
            orders.end_customer();
        }
        let source = CartItems::new(Arc::clone(&vocabulary), CartTables::fit(&orders, 4), &orders);
        let (catalog, profile) = (Snapshot::default(), Profile::default());
        let cart = [(vocabulary.product(0), None)];
        let carted = RequestContext { cart: &cart, ..fixture::context(&catalog, &ids, &profile) };
        let in_view = RequestContext { in_view: Some(vocabulary.product(0)), cart: &[], ..carted };
        let reason = |context: &RequestContext<'_>, item| {
            let because = source.because(context, vocabulary.product(item), &[], &mut Evidence::default())?;
            Some((because.code, because.product == Some(vocabulary.product(0))))
        };
        assert_eq!(reason(&carted, 1), Some((ReasonCode::GoesWithCart, true)));
        assert_eq!(reason(&in_view, 1), Some((ReasonCode::GoesWithInView, true)));
        assert_eq!(reason(&carted, 2), None, "once");
        assert_eq!(reason(&carted, 3), None, "it is in every order, whatever lies beside it");
    }
}
