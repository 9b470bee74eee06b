//! Latent sizes in their plain form: a cumulative ordinal logit (`McCullagh` 1980) on the size, an offset of the customer and an
//! offset of the thing, each with a ridge (after Sembium et al. 2017, who place customers and products on one axis).

use serde_json::json;

use crate::eval::baselines::fit::Answer;
use crate::{
    eval::cost::Meter,
    models::size_fit::{
        rows::{Felt, Levels},
        stack::Task,
        terms::Scaled,
    },
};

/// Ridges of customers and of things that are tried.
const RIDGES: [(f32, f32); 4] = [(1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (4.0, 2.0)];
const SWEEPS: usize = 25;

/// A column of offsets times a number.
struct Block {
    level: Vec<u32>,
    value: Vec<f32>,
    ridge: f32,
    offsets: Vec<f32>,
}

impl Block {
    fn new(levels: &Levels, ridge: f32) -> Self {
        Self { level: levels.of.clone(), value: vec![1.0; levels.of.len()], ridge, offsets: vec![0.0; levels.count] }
    }

    fn at(&self, row: usize) -> f32 {
        self.value[row] * self.offsets[self.level[row] as usize]
    }
}

pub fn answer(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let scaled = Scaled::of(task.rows, task.train);
    let ask = |blocks: &[Block], cuts: [f32; 2], rows: &[u32]| -> Vec<[f32; 3]> {
        rows.iter().map(|row| chances(sum(blocks, *row as usize), cuts)).collect()
    };
    let fit = |(customers, items): (f32, f32)| {
        let mut blocks = vec![Block::new(&task.rows.item, items), Block::new(&task.rows.customer, customers)];
        let numbers = std::iter::once(&scaled.size).chain(&scaled.measures);
        blocks.extend(numbers.map(|values| Block {
            level: vec![0; values.len()],
            value: values.clone(),
            ridge: 1.0,
            offsets: vec![0.0],
        }));
        let cuts = learn(&mut blocks, task);
        let worth = task.likelihood(&ask(&blocks, cuts, task.validation));
        (worth, json!({ "ridge_customers": customers, "ridge_items": items }), blocks, cuts)
    };
    let best = RIDGES.map(fit).into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best });
    let (_, parameters, blocks, cuts) = best.unwrap_or_default();
    meter.trained();
    Answer { chances: ask(&blocks, cuts, task.asked), parameters }
}

fn sum(blocks: &[Block], row: usize) -> f32 {
    blocks.iter().map(|block| block.at(row)).sum()
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Small below the first cut, large above the second.
fn chances(at: f32, [low, high]: [f32; 2]) -> [f32; 3] {
    let (small, large) = (logistic(low - at), logistic(at - high));
    [small, (1.0 - small - large).max(1e-7), large]
}

/// First and second derivative of the log likelihood by the place.
fn slope(at: f32, cuts: [f32; 2], felt: Felt) -> (f32, f32) {
    let (small, large) = (logistic(cuts[0] - at), logistic(at - cuts[1]));
    let (of_small, of_large) = (small * (1.0 - small), large * (1.0 - large));
    match felt {
        Felt::Small => (small - 1.0, of_small),
        Felt::Large => (1.0 - large, of_large),
        // The chance of "fits" is the difference of two logistic curves: its logarithm has the slope small less large.
        Felt::Fits => (small - large, of_small + of_large),
    }
}

fn learn(blocks: &mut [Block], task: &Task<'_>) -> [f32; 2] {
    let mut cuts = [-2.0_f32, 2.0];
    let mut places = vec![0.0_f32; task.train.len()];
    for _ in 0..SWEEPS {
        for block in &mut *blocks {
            let mut slopes = vec![(0.0_f32, 0.0_f32); block.offsets.len()];
            for (place, row) in places.iter().zip(task.train) {
                let row = *row as usize;
                let (first, second) = slope(*place, cuts, task.felt[row]);
                let (sum, value) = (&mut slopes[block.level[row] as usize], block.value[row]);
                *sum = (sum.0 + value * first, sum.1 + value * value * second);
            }
            for (slope, offset) in slopes.iter_mut().zip(&mut block.offsets) {
                let step = ((slope.0 - block.ridge * *offset) / (slope.1 + block.ridge)).clamp(-1.0, 1.0);
                *offset += step;
                slope.0 = step;
            }
            for (place, row) in places.iter_mut().zip(task.train) {
                let row = *row as usize;
                *place += block.value[row] * slopes[block.level[row] as usize].0;
            }
        }
        move_cuts(&mut cuts, &places, task);
    }
    cuts
}

fn move_cuts(cuts: &mut [f32; 2], places: &[f32], task: &Task<'_>) {
    let mut sums = [(0.0_f64, 1e-3_f64); 2];
    for (place, row) in places.iter().zip(task.train) {
        let [small, fits, large] = chances(*place, *cuts);
        let (of_small, of_large) = (small * (1.0 - small), large * (1.0 - large));
        let [low, high] = match task.felt[*row as usize] {
            Felt::Small => [1.0 - small, 0.0],
            Felt::Large => [0.0, large - 1.0],
            Felt::Fits => [-of_small / fits, of_large / fits],
        };
        sums[0] = (sums[0].0 + f64::from(low), sums[0].1 + f64::from(of_small));
        sums[1] = (sums[1].0 + f64::from(high), sums[1].1 + f64::from(of_large));
    }
    for (cut, (first, second)) in cuts.iter_mut().zip(sums) {
        #[expect(clippy::cast_possible_truncation, reason = "a step of at most one half")]
        let step = (first / second).clamp(-0.5, 0.5) as f32;
        *cut += step;
    }
}
