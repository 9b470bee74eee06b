//! A few numbers for each product, such that those of a customer foretell what she buys: implicit ALS (Hu, Koren and Volinsky,
//! "Collaborative filtering for implicit feedback datasets", 2008), its systems solved by some steps of conjugate gradients
//! (Takács et al. 2011).
//!
//! What it finds overlaps little with what closed-form models of pairs find, which is its use beside them. It brings no candidates,
//! since that would take a product of all factors with all products; for the candidates of others it is quick. Her own
//! numbers are made of her history when she asks, so that customers who came after the training have some, too.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Moment, Source, SourceError},
};
use crate::models::{
    tensors::{Damaged, Draft, Tensors, damaged},
    vocabulary::{Item, Vocabulary},
};

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Numbers for each customer and each product.
    pub factors: usize,
    /// Of the ridge.
    pub penalty: f32,
    /// How much more a purchase counts than none.
    pub confidence: f32,
    /// Rounds over customers and products.
    pub rounds: usize,
}

/// What is served.
pub const SERVED: Settings = Settings { factors: 32, penalty: 10.0, confidence: 10.0, rounds: 10 };

/// Steps in each round, and for somebody who asks.
const STEPS: usize = 3;
const STEPS_ASKED: usize = 6;
/// Products of hers that count, the newest: bounds the time of a question.
const LONGEST: usize = 300;
/// Numbers that are multiplied side by side.
const LANES: usize = 8;

/// Factors of customers and products, row-major.
#[derive(Debug, Clone)]
pub struct Als {
    settings: Settings,
    factors: usize,
    customers: Vec<f32>,
    items: Vec<f32>,
    /// Of the products.
    gram: Vec<f32>,
}

impl Als {
    /// Fits the factors.
    #[must_use]
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
        for _ in 0..settings.rounds {
            half(histories, &other, &mut own, settings);
            half(&holders, &own, &mut other, settings);
        }
        let gram = gram(&other, settings.factors);
        Self { settings, factors: settings.factors, customers: own, items: other, gram }
    }

    /// The factors of the products, as a row of a file. Those of customers are not kept.
    pub fn write(&self, draft: &mut Draft) {
        draft.f32("factors", &self.items);
    }

    /// What was written with these settings, over so many items.
    ///
    /// # Errors
    /// Where it is not a row for each.
    pub fn read(tensors: &Tensors<'_>, items: usize, settings: Settings) -> Result<Self, Damaged> {
        let factors = settings.factors;
        let rows = tensors.f32("factors")?;
        if rows.len() != items * factors {
            return Err(damaged("factors is not a row for each product"));
        }
        let gram = gram(&rows, factors);
        Ok(Self { settings, factors, customers: Vec::new(), items: rows, gram })
    }

    /// The factors of somebody with these products.
    #[must_use]
    pub fn fold(&self, own: &[Item]) -> Vec<f32> {
        let mut x = vec![0.0; self.factors];
        solve(&mut x, own, &self.items, &self.gram, self.settings, STEPS_ASKED);
        x
    }

    /// How likely a product is for whoever has these factors: about 0 to 1.
    #[must_use]
    pub fn score(&self, own: &[f32], item: Item) -> f32 {
        self.items.get(item as usize * self.factors..).map_or(0.0, |row| dot(own, row))
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

/// Solves one side with the other fixed.
fn half(rows: &[Vec<u32>], fixed: &[f32], solved: &mut [f32], settings: Settings) {
    let gram = gram(fixed, settings.factors);
    for (own, x) in rows.iter().zip(solved.chunks_exact_mut(settings.factors)) {
        solve(x, own, fixed, &gram, settings, STEPS);
    }
}

/// Moves one row towards its solution.
fn solve(x: &mut [f32], own: &[u32], fixed: &[f32], gram: &[f32], settings: Settings, steps: usize) {
    let width = settings.factors;
    if own.is_empty() {
        x.fill(0.0);
        return;
    }
    let of = |item: &u32| &fixed[*item as usize * width..][..width];
    // (Gram + (c - 1) sum y y' + penalty) applied to a vector.
    let apply = |vector: &[f32]| -> Vec<f32> {
        let lines = gram.chunks_exact(width).zip(vector);
        let mut result: Vec<f32> = lines.map(|(line, value)| dot(line, vector) + settings.penalty * value).collect();
        for item in own {
            let scale = (settings.confidence - 1.0) * dot(of(item), vector);
            result.iter_mut().zip(of(item)).for_each(|(cell, value)| *cell += scale * value);
        }
        result
    };
    let mut residual: Vec<f32> = apply(x).into_iter().map(|value| -value).collect();
    for item in own {
        residual.iter_mut().zip(of(item)).for_each(|(cell, value)| *cell += settings.confidence * value);
    }
    descend(x, residual, steps, apply);
}

/// Conjugate gradients.
fn descend(x: &mut [f32], mut residual: Vec<f32>, steps: usize, apply: impl Fn(&[f32]) -> Vec<f32>) {
    let mut direction = residual.clone();
    let mut squared = dot(&residual, &residual);
    for _ in 0..steps {
        if squared < 1e-20 {
            return;
        }
        let applied = apply(&direction);
        let step = squared / dot(&direction, &applied);
        x.iter_mut().zip(&direction).for_each(|(cell, along)| *cell += step * along);
        residual.iter_mut().zip(&applied).for_each(|(cell, along)| *cell -= step * along);
        let next = dot(&residual, &residual);
        direction.iter_mut().zip(&residual).for_each(|(along, left)| *along = left + next / squared * *along);
        squared = next;
    }
}

/// Factors, ready to be asked.
#[derive(Debug)]
pub struct Factors {
    vocabulary: Arc<Vocabulary>,
    als: Arc<Als>,
}

impl Factors {
    /// Serves these.
    #[must_use]
    pub const fn new(vocabulary: Arc<Vocabulary>, als: Arc<Als>) -> Self {
        Self { vocabulary, als }
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

    fn fill(&self, moment: &Moment<'_>, products: &[ProductIx], rows: &mut [f32]) -> Result<(), SourceError> {
        let lines = moment.trail.bought.iter().rev().take(LONGEST);
        let mut own: Vec<Item> = lines.filter_map(|line| self.vocabulary.item(line.product)).collect();
        own.sort_unstable();
        own.dedup();
        let own = self.als.fold(&own);
        for (product, row) in products.iter().zip(rows) {
            *row = self.vocabulary.item(*product).map_or(0.0, |item| self.als.score(&own, item));
        }
        Ok(())
    }
}
