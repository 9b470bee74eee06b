//! Gradient boosting of the three classes: on body, size and kind alone, and with what others said of the thing and she of
//! others, counted out of fold.

use std::sync::Arc;

use serde_json::json;

use crate::eval::baselines::fit::Answer;
use crate::eval::cost::Meter;
use crate::models::{
    ranking::gbdt::{
        self, Rows as Matrix, Settings, Shape,
        bins::{BINS, Binned, Cuts},
        loss::{Held, Multinomial},
    },
    size_fit::{
        folds,
        rows::{Felt, Levels},
        stack::Task,
    },
};

const FOLDS: u32 = 5;
/// Rows that the mean of all counts in a share of few rows.
const PRIOR: f32 = 10.0;
/// Levels of a tree.
const DEPTH: usize = 5;

pub fn on_body(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let describe = |rows: &[u32]| {
        let mut values = Vec::new();
        for row in rows {
            add_body(task, *row as usize, &mut values);
        }
        values
    };
    grow(task, &describe(task.train), describe, meter)
}

pub fn with_statistics(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let learn =
        |taught: &[u32]| [&task.rows.item, &task.rows.customer].map(|levels| Statistics::of(task, levels, taught));
    let describe = |statistics: &[Statistics<'_>; 2], rows: &[u32]| {
        let mut values = Vec::new();
        for row in rows {
            let row = *row as usize;
            add_body(task, row, &mut values);
            for one in statistics {
                one.add(task, row, &mut values);
            }
        }
        values
    };
    let (train, statistics) = folds::out_of_fold(task.train, FOLDS, learn, describe);
    grow(task, &train, |rows| describe(&statistics, rows), meter)
}

fn add_body(task: &Task<'_>, row: usize, to: &mut Vec<f32>) {
    to.push(task.rows.size[row]);
    to.extend(task.rows.measures.iter().map(|values| values[row]));
    for levels in task.rows.shapes.iter().chain(&task.rows.kinds) {
        to.extend((0_u32..).take(levels.count).map(|level| f32::from(levels.of[row] == level)));
    }
}

/// Of each level how often it was small and large, and the size it is taken in.
struct Statistics<'a> {
    levels: &'a Levels,
    of: Vec<[f32; 4]>,
    whole: [f32; 2],
}

impl<'a> Statistics<'a> {
    fn of(task: &Task<'_>, levels: &'a Levels, taught: &[u32]) -> Self {
        let mut of = vec![[0.0; 4]; levels.count];
        let mut whole = [1.0, 1.0, 3.0_f32];
        for row in taught.iter().map(|row| *row as usize) {
            let (small, large) = (f32::from(task.felt[row] == Felt::Small), f32::from(task.felt[row] == Felt::Large));
            let size = if task.rows.size[row].is_nan() { 0.0 } else { task.rows.size[row] };
            for (sum, part) in of[levels.of[row] as usize].iter_mut().zip([1.0, small, large, size]) {
                *sum += part;
            }
            whole = [whole[0] + small, whole[1] + large, whole[2] + 1.0];
        }
        Self { levels, of, whole: [whole[0] / whole[2], whole[1] / whole[2]] }
    }

    fn add(&self, task: &Task<'_>, row: usize, to: &mut Vec<f32>) {
        let [count, small, large, size] = self.of[self.levels.of[row] as usize];
        let share = |found: f32, whole: f32| (found + PRIOR * whole) / (count + PRIOR);
        to.extend([count, share(small, self.whole[0]), share(large, self.whole[1])]);
        to.extend([size / count, task.rows.size[row] - size / count]);
    }
}

fn grow(task: &Task<'_>, train: &[f32], describe: impl Fn(&[u32]) -> Vec<f32>, meter: &mut Meter) -> Answer {
    let width = train.len() / task.train.len().max(1);
    let cuts = Arc::new(Cuts::of(Matrix { values: train, width }, BINS, 0));
    let bins = |values: &[f32]| Binned::of(Matrix { values, width }, &cuts, 2);
    let (data, held) = (bins(train), bins(&describe(task.validation)));
    let classes: Vec<u8> = task.train.iter().map(|row| task.felt[*row as usize] as u8).collect();
    let judge = |scores: &[f32]| task.likelihood(&softmax(scores));
    let held = Held { data: &held, start: &[], judge: &judge };
    let settings = Settings {
        rounds: 400,
        depth: DEPTH,
        shape: Shape::DepthWise,
        shrinkage: 0.1,
        penalty: 1.0,
        least: 10.0,
        rows: 0.8,
        columns: 0.5,
        every: 10,
        ..Settings::default()
    };
    let best = gbdt::boost(&data, &[], &Multinomial { classes: &classes, count: 3 }, Some(&held), &settings);
    meter.trained();
    let mut scores = vec![0.0; 3 * task.asked.len()];
    best.forest.add(&describe(task.asked), &mut scores);
    Answer { chances: softmax(&scores), parameters: json!({ "rounds": best.rounds, "depth": DEPTH }) }
}

fn softmax(scores: &[f32]) -> Vec<[f32; 3]> {
    let one = |scores: &[f32]| {
        let largest = scores.iter().copied().fold(f32::MIN, f32::max);
        let odds = [0, 1, 2].map(|class| (scores[class] - largest).exp());
        odds.map(|one| one / odds.iter().sum::<f32>())
    };
    scores.chunks_exact(3).map(one).collect()
}
