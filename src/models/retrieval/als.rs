//! A few numbers for each product, such that those of a customer foretell what she buys: implicit ALS (Hu, Koren and Volinsky,
//! "Collaborative filtering for implicit feedback datasets", 2008), its systems solved by some steps of conjugate gradients
//! (Takács et al. 2011).
//!
//! What it finds overlaps little with what closed-form models of pairs find, which is its use beside them. It brings no candidates,
//! since that would take a product of all factors with all products; for the candidates of others it is quick. Her own
//! numbers are made of her history when she asks, so that customers who came after the training have some, too.

#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]

use std::{mem, sync::Arc};

use pulp::{Arch, Simd, WithSimd};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, RequestContext, Source, SourceError, Weight},
};
use crate::models::{
    data::item_index::{Item, ItemIndex},
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Numbers for each customer and each product.
    pub factors: usize,
    /// Of the ridge, as a share of what chance alone would reach ([`chance`]), so that it suits a shop of any size.
    pub penalty: f32,
    /// How much more a purchase counts than none.
    pub confidence: f32,
    /// Rounds over customers and products.
    pub rounds: usize,
}

/// What is served.
pub const SERVED: Settings = Settings { factors: 32, penalty: 1.4, confidence: 10.0, rounds: 10 };

/// Steps in each round, and for somebody who asks.
const STEPS: usize = 3;
const STEPS_ASKED: usize = 6;
/// Products of hers that count, the newest: bounds the time of a question.
const LONGEST: usize = 300;
/// Numbers that are multiplied side by side.
const LANES: usize = 16;

/// What is solved for one row: numbers that foretell what is bought, held small.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ridge {
    penalty: f32,
    confidence: f32,
}

/// Factors of customers and products, row-major.
#[derive(Debug, Clone)]
pub struct Als {
    ridge: Ridge,
    factors: usize,
    customers: Vec<f32>,
    items: Vec<f32>,
    /// Of the products.
    gram: Vec<f32>,
}

impl Als {
    /// Bytes that it takes.
    pub fn weight(&self) -> usize {
        (self.customers.len() + self.items.len() + self.gram.len()) * mem::size_of::<f32>()
    }

    /// Fits the factors.
    pub fn fit(histories: &[Vec<Item>], items: usize, settings: Settings, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut start =
            |rows: usize| -> Vec<f32> { (0..rows * settings.factors).map(|_| rng.gen_range(-0.01..0.01)).collect() };
        let (mut own, mut other) = (start(histories.len()), start(items));
        let mut holders: Vec<Vec<Item>> = vec![Vec::new(); items];
        for (number, history) in (0_u32..).zip(histories) {
            for item in history {
                holders[*item as usize].push(number);
            }
        }
        let penalty = settings.penalty * chance(histories, &holders);
        let ridge = Ridge { penalty, confidence: settings.confidence };
        for _ in 0..settings.rounds {
            let factors = settings.factors;
            Arch::new().dispatch(Half { rows: histories, fixed: &other, solved: &mut own, factors, ridge });
            Arch::new().dispatch(Half { rows: &holders, fixed: &own, solved: &mut other, factors, ridge });
        }
        let gram = gram(&other, settings.factors);
        Self { ridge, factors: settings.factors, customers: own, items: other, gram }
    }

    /// The factors of the products, and how they are asked, as rows of a file. Those of customers are not kept.
    pub fn write(&self, draft: &mut Draft) {
        draft.f32("factors", &self.items);
        draft.f32("factors_ridge", &[self.ridge.penalty, self.ridge.confidence]);
    }

    /// What was written, of so many factors over so many items.
    ///
    /// # Errors
    /// Where it is not a row for each.
    pub fn read(tensors: &Tensors<'_>, items: usize, factors: usize) -> Result<Self, Damaged> {
        let rows = tensors.f32("factors")?;
        if rows.len() != items * factors {
            return Err(damaged("factors is not a row for each product"));
        }
        let [penalty, confidence] = tensors.f32("factors_ridge")?[..] else {
            return Err(damaged("factors_ridge is not a penalty and a confidence"));
        };
        let gram = gram(&rows, factors);
        Ok(Self { ridge: Ridge { penalty, confidence }, factors, customers: Vec::new(), items: rows, gram })
    }

    /// The factors of somebody with these products.
    #[inline(always)]
    pub fn fold(&self, own: &[Item]) -> Vec<f32> {
        let mut x = vec![0.0; self.factors];
        System { own, fixed: &self.items, gram: &self.gram, ridge: self.ridge }.solve(&mut x, STEPS_ASKED);
        x
    }

    /// How likely a product is for whoever has these factors: about 0 to 1.
    #[inline(always)]
    pub fn score(&self, own: &[f32], item: Item) -> f32 {
        match self.items.get(item as usize * self.factors..) {
            Some(row) => dot(own, row),
            None => 0.0,
        }
    }

    /// Adds the score of every product.
    pub fn add(&self, customer: u32, scores: &mut [f32]) {
        let own = &self.customers[customer as usize * self.factors..][..self.factors];
        for (score, item) in scores.iter_mut().zip(self.items.chunks_exact(self.factors)) {
            *score += dot(own, item);
        }
    }
}

/// In lanes, whose sums do not wait for one another.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = last_a.iter().zip(last_b).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

fn gram(rows: &[f32], width: usize) -> Vec<f32> {
    let mut gram = vec![0.0_f32; width * width];
    for row in rows.chunks_exact(width) {
        for (line, value) in gram.chunks_exact_mut(width).zip(row) {
            line.iter_mut().zip(row).for_each(|(cell, other)| *cell += value * other);
        }
    }
    gram
}

/// The largest singular value that purchases would have if customers bought as many by lot (Marchenko and Pastur 1967). A penalty
/// on both sides takes its own size off each singular value (Srebro et al., "Maximum-margin matrix factorization", 2004), so
/// that one of about this size leaves what is more than chance.
#[expect(clippy::cast_precision_loss, reason = "a scale needs no more digits")]
fn chance(histories: &[Vec<Item>], holders: &[Vec<u32>]) -> f32 {
    let root = |lists: &[Vec<u32>]| (lists.iter().filter(|list| !list.is_empty()).count().max(1) as f32).sqrt();
    let purchases = histories.iter().map(Vec::len).sum::<usize>() as f32;
    let (customers, products) = (root(histories), root(holders));
    purchases.sqrt() / (customers * products) * (customers + products)
}

/// Solves one side with the other fixed.
struct Half<'a> {
    rows: &'a [Vec<u32>],
    fixed: &'a [f32],
    solved: &'a mut [f32],
    factors: usize,
    ridge: Ridge,
}

impl WithSimd for Half<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let gram = &gram(self.fixed, self.factors);
        for (own, x) in self.rows.iter().zip(self.solved.chunks_exact_mut(self.factors)) {
            System { own, fixed: self.fixed, gram, ridge: self.ridge }.solve(x, STEPS);
        }
    }
}

/// What one row has to fulfil.
struct System<'a> {
    own: &'a [u32],
    fixed: &'a [f32],
    gram: &'a [f32],
    ridge: Ridge,
}

impl System<'_> {
    /// Moves a row towards its solution by conjugate gradients.
    #[inline(always)]
    fn solve(&self, x: &mut [f32], steps: usize) {
        if self.own.is_empty() {
            x.fill(0.0);
            return;
        }
        let mut applied = vec![0.0; x.len()];
        self.apply(x, &mut applied);
        let mut residual: Vec<f32> = applied.iter().map(|value| -value).collect();
        for item in self.own {
            add(&mut residual, self.ridge.confidence, self.factors(*item, x.len()));
        }
        let mut direction = residual.clone();
        let mut squared = dot(&residual, &residual);
        for _ in 0..steps {
            if squared < 1e-20 {
                return;
            }
            self.apply(&direction, &mut applied);
            let step = squared / dot(&direction, &applied);
            add(x, step, &direction);
            add(&mut residual, -step, &applied);
            let next = dot(&residual, &residual);
            let turned = next / squared;
            for (along, left) in direction.iter_mut().zip(&residual) {
                *along = left + turned * *along;
            }
            squared = next;
        }
    }

    /// `(Gram + (c - 1) sum y y' + penalty)` applied to a vector.
    #[inline(always)]
    fn apply(&self, vector: &[f32], result: &mut [f32]) {
        for ((cell, line), value) in result.iter_mut().zip(self.gram.chunks_exact(vector.len())).zip(vector) {
            *cell = dot(line, vector) + self.ridge.penalty * value;
        }
        for item in self.own {
            let factors = self.factors(*item, vector.len());
            add(result, (self.ridge.confidence - 1.0) * dot(factors, vector), factors);
        }
    }

    #[inline(always)]
    fn factors(&self, item: u32, width: usize) -> &[f32] {
        &self.fixed[item as usize * width..][..width]
    }
}

/// Adds so much of another.
#[inline(always)]
fn add(to: &mut [f32], scale: f32, other: &[f32]) {
    for (cell, value) in to.iter_mut().zip(other) {
        *cell += scale * value;
    }
}

/// Factors, ready to be asked.
#[derive(Debug)]
pub struct Factors {
    vocabulary: Arc<ItemIndex>,
    als: Arc<Als>,
}

impl Factors {
    /// Serves these.
    pub const fn new(vocabulary: Arc<ItemIndex>, als: Arc<Als>) -> Self {
        Self { vocabulary, als }
    }
}

/// Rows of products, in loops that are compiled for the processor at hand.
struct Likely<'a> {
    source: &'a Factors,
    own: &'a [f32],
    products: &'a [ProductIx],
    rows: &'a mut [f32],
}

impl WithSimd for Likely<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Factors { vocabulary, als } = self.source;
        for (product, row) in self.products.iter().zip(self.rows) {
            // A closure would not be compiled so.
            *row = match vocabulary.item(*product) {
                Some(item) => als.score(self.own, item),
                None => 0.0,
            };
        }
    }
}

/// The numbers of a history, likewise.
struct Fold<'a> {
    als: &'a Als,
    own: &'a [Item],
}

impl WithSimd for Fold<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        self.als.fold(self.own)
    }
}

impl Factors {
    /// The numbers of whoever asks.
    fn own(&self, context: &RequestContext<'_>) -> Vec<f32> {
        let lines = context.history.bought.iter().rev().take(LONGEST);
        let mut own: Vec<Item> = lines.filter_map(|line| self.vocabulary.item(line.product)).collect();
        own.sort_unstable();
        own.dedup();
        Arch::new().dispatch(Fold { als: &self.als, own: &own })
    }
}

impl Source for Factors {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["likely"]
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let own = &*evidence.get_or_make(|| self.own(context));
        Arch::new().dispatch(Likely { source: self, own, products, rows });
        Ok(())
    }

    fn weight(&self) -> Weight {
        Weight::of_counted(self.als.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_grows_with_the_root_of_purchases() {
        let of = |histories: &[Vec<Item>], items: usize| {
            let mut holders = vec![Vec::new(); items];
            for (number, item) in (0..).zip(histories).flat_map(|(n, own)| own.iter().map(move |item| (n, *item))) {
                holders[item as usize].push(number);
            }
            chance(histories, &holders)
        };
        // Four purchases among four of each; who buys nothing, and what nobody buys, changes nothing.
        let one_each: Vec<Vec<Item>> = (0..4).map(|item| vec![item]).collect();
        assert!((of(&one_each, 4) - 2.0).abs() < 1e-6);
        assert!((of(&[one_each, vec![Vec::new()]].concat(), 9) - 2.0).abs() < 1e-6);
        let all: Vec<Vec<Item>> = vec![(0..4).collect(); 4];
        assert!((of(&all, 4) - 4.0).abs() < 1e-6);
        assert!(of(&[], 0).abs() < 1e-6);
    }

    #[test]
    fn a_taste_is_found_and_a_file_keeps_it() {
        let histories: Vec<Vec<Item>> =
            (0..60_u32).map(|n| (0..5).filter(|k| *k != n / 2 % 5).map(|k| 5 * (n % 2) + k).collect()).collect();
        let fitted = Als::fit(&histories, 10, SERVED, 1);
        let mut draft = Draft::default();
        fitted.write(&mut draft);
        let bytes = draft.bytes();
        let read = Als::read(&Tensors::read(&bytes).unwrap(), 10, SERVED.factors).unwrap();
        let own = fitted.fold(&[0, 1, 2, 3]);
        assert_eq!(own, read.fold(&[0, 1, 2, 3]));
        assert!(
            read.score(&own, 4) > 3.0 * read.score(&own, 7).abs(),
            "{} {}",
            read.score(&own, 4),
            read.score(&own, 7)
        );
        assert!(Als::read(&Tensors::read(&bytes).unwrap(), 9, SERVED.factors).is_err());
    }
}
