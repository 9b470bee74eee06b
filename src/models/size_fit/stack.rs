//! Everything together: gradient boosting on top of latent sizes, with what others said of a thing and she of others.
//!
//! Latent sizes and histories describe every row out of fold, so that none knows how it felt itself; the forest starts from the
//! place that latent sizes give a row and moves it (stacking, Wolpert 1992, with the first model as the offset of the
//! second). How fast her own part may move is chosen on validation, and so is where the forest ends.

use std::sync::Arc;

use super::{
    calibrate::Calibration,
    folds::out_of_fold,
    histories::Histories,
    latent::{self, Effects, Place, START, Term, chances},
    rows::{Felt, Rows},
    terms::{Deviations, Part, Scaled, terms},
};
use crate::models::ranking::gbdt::{
    Rows as Matrix, Settings, Shape,
    bins::{Binned, Cuts},
    boost,
    forest::Forest,
    loss::{Held, Loss, Slope},
};

/// Sweeps of the latent sizes.
pub const SWEEPS: usize = 10;
const FOLDS: u32 = 5;
/// Bins of a number. Half of all that the booster knows: the table is read twice as fast and no worse.
const BINS: usize = 128;
/// Deviations of her own part that are tried.
const TRIED: [Deviations; 3] = [
    Deviations { customer: [0.25, 0.2], slope: [0.15, 0.15] },
    Deviations { customer: [0.5, 0.4], slope: [0.3, 0.3] },
    Deviations { customer: [0.8, 0.6], slope: [0.4, 0.4] },
];
/// Levels of a word of her body that get a column of their own.
const SHAPES: u32 = 16;

/// Rows to learn from, to choose by, and to answer.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// All rows.
    pub rows: &'a Rows,
    /// How each felt; of those that are asked it is not looked at.
    pub felt: &'a [Felt],
    /// To learn from.
    pub train: &'a [u32],
    /// To choose by.
    pub validation: &'a [u32],
    /// To answer.
    pub asked: &'a [u32],
}

impl Task<'_> {
    /// The mean logarithm of the chance that a validation row was given to feel as it did.
    pub fn likelihood(&self, chances: &[[f32; 3]]) -> f64 {
        let logs =
            chances.iter().zip(self.validation).map(|(of, row)| of[self.felt[*row as usize] as usize].max(1e-7).ln());
        let (sum, count) = logs.fold((0.0, 0.0_f64), |(sum, count), log| (sum + f64::from(log), count + 1.0));
        sum / count.max(1.0)
    }
}

/// Chooses the deviations of her own part: latent sizes alone, by the likelihood of validation.
pub fn choose(task: &Task<'_>) -> Deviations {
    let scaled = Scaled::of(task.rows, task.train);
    let mut best: Option<(f64, Deviations)> = None;
    for tried in TRIED {
        let found = task.likelihood(&Latent::learn(task, &scaled, tried).ask(task.validation));
        if best.is_none_or(|(former, _)| found > former) {
            best = Some((found, tried));
        }
    }
    best.map_or(TRIED[1], |(_, best)| best)
}

/// Latent sizes without the forest.
pub struct Latent {
    terms: Vec<Term>,
    effects: Vec<Effects>,
}

impl Latent {
    /// Learns from the train rows.
    pub fn learn(task: &Task<'_>, scaled: &Scaled, deviations: Deviations) -> Self {
        let terms: Vec<Term> = terms(task.rows, scaled, deviations).into_iter().map(|(_, term)| term).collect();
        let effects = latent::learn(&terms, task.felt, task.train, SWEEPS);
        Self { terms, effects }
    }

    /// Chances of small, fits and large, by row asked.
    pub fn ask(&self, rows: &[u32]) -> Vec<[f32; 3]> {
        rows.iter().map(|row| chances(latent::place(&self.terms, &self.effects, *row as usize))).collect()
    }
}

/// What was learned, ready to be asked.
pub struct Stack<'a> {
    columns: Columns<'a>,
    known: Known<'a>,
    forest: Forest,
    /// Trees of each score.
    pub rounds: usize,
    /// What the forest's scores are stretched by.
    pub calibration: Calibration,
}

impl<'a> Stack<'a> {
    /// Learns from the train rows, and from validation where to end.
    pub fn learn(task: &Task<'a>, scaled: &'a Scaled, deviations: Deviations, seed: u64) -> Self {
        let columns = Columns::of(task.rows, scaled, deviations);
        let learn = |taught: &[u32]| Known::of(&columns, task.felt, taught);
        let (train, known) = out_of_fold(task.train, FOLDS, learn, |known, rows| columns.describe(known, rows));
        let width = train.len() / task.train.len().max(1);
        let validation = columns.describe(&known, task.validation);
        let cuts = Arc::new(Cuts::of(Matrix { values: &train, width }, BINS, seed));
        let bins = |values: &[f32]| Binned::of(Matrix { values, width }, &cuts, 2);
        let (data, held) = (bins(&train), bins(&validation));
        let of_scores =
            |scores: &[f32]| scores.chunks_exact(2).map(|one| chances([one[0], one[1]])).collect::<Vec<_>>();
        let judge = |scores: &[f32]| task.likelihood(&of_scores(scores));
        let start = begin(&validation, width);
        let held = Held { data: &held, start: &start, judge: &judge };
        let felt_by = |rows: &[u32]| rows.iter().map(|row| task.felt[*row as usize]).collect::<Vec<Felt>>();
        let objective = Adjacent { felt: &felt_by(task.train) };
        let grown = boost(&data, &begin(&train, width), &objective, Some(&held), &settings(seed));
        let places = places(&grown.forest, &validation);
        let calibration = Calibration::learn(&places, &felt_by(task.validation));
        Self { columns, known, forest: grown.forest, rounds: grown.rounds, calibration }
    }

    /// Chances of small, fits and large, by row asked. Calibrated.
    pub fn ask(&self, rows: &[u32]) -> Vec<[f32; 3]> {
        let places = places(&self.forest, &self.columns.describe(&self.known, rows));
        places.into_iter().map(|place| chances(self.calibration.apply(place))).collect()
    }
}

/// The places that rows begin with.
fn begin(values: &[f32], width: usize) -> Vec<f32> {
    values.chunks_exact(width.max(1)).flat_map(|row| [row[0], row[1]]).collect()
}

/// Where the forest moves them.
fn places(forest: &Forest, values: &[f32]) -> Vec<Place> {
    let mut scores = begin(values, forest.width());
    forest.add(values, &mut scores);
    scores.as_chunks().0.to_vec()
}

fn settings(seed: u64) -> Settings {
    Settings {
        rounds: 500,
        depth: 6,
        shape: Shape::Symmetric,
        shrinkage: 0.06,
        penalty: 20.0,
        least: 10.0,
        rows: 0.7,
        columns: 0.5,
        patience: 40,
        every: 10,
        seed,
        threads: 2,
    }
}

/// The loss of the odds of small and large, in location and spread.
#[derive(Debug, Clone, Copy)]
struct Adjacent<'a> {
    felt: &'a [Felt],
}

impl Loss for Adjacent<'_> {
    fn outputs(&self) -> usize {
        2
    }

    fn base(&self) -> Vec<f32> {
        vec![0.0, START]
    }

    fn derive(&self, scores: &[f32], slopes: &mut [Slope]) {
        for ((slopes, scores), felt) in slopes.chunks_exact_mut(2).zip(scores.chunks_exact(2)).zip(self.felt) {
            let (gradient, [location, spread, _]) = latent::derivatives([scores[0], scores[1]], *felt);
            // The booster goes down a loss, the derivatives are those of a likelihood.
            slopes[0] = Slope { gradient: -gradient[0], hessian: location.max(1e-6) };
            slopes[1] = Slope { gradient: -gradient[1], hessian: spread.max(1e-6) };
        }
    }
}

/// What rows are described by.
struct Columns<'a> {
    rows: &'a Rows,
    scaled: &'a Scaled,
    parts: Vec<Part>,
    terms: Vec<Term>,
}

/// What the taught rows tell of others.
struct Known<'a> {
    effects: Vec<Effects>,
    histories: Histories<'a>,
}

impl<'a> Known<'a> {
    fn of(columns: &Columns<'a>, felt: &'a [Felt], taught: &[u32]) -> Self {
        let effects = latent::learn(&columns.terms, felt, taught, SWEEPS);
        Self { effects, histories: Histories::of(columns.rows, columns.scaled, felt, taught) }
    }
}

impl<'a> Columns<'a> {
    fn of(rows: &'a Rows, scaled: &'a Scaled, deviations: Deviations) -> Self {
        let (parts, terms) = terms(rows, scaled, deviations).into_iter().unzip();
        Self { rows, scaled, parts, terms }
    }

    /// The numbers of rows that were not taught. Each begins with its place by latent sizes.
    fn describe(&self, known: &Known<'_>, rows: &[u32]) -> Vec<f32> {
        let mut values = Vec::new();
        for row in rows.iter().map(|row| *row as usize) {
            add_latent(&self.parts, &self.terms, &known.effects, row, &mut values);
            add_own(self.rows, self.scaled, row, &mut values);
            known.histories.add(row, &mut values);
        }
        values
    }
}

/// The place by latent sizes, its chances, and whose part in it is how large.
fn add_latent(parts: &[Part], terms: &[Term], effects: &[Effects], row: usize, to: &mut Vec<f32>) {
    let mut sums = [[0.0_f32; 2]; 3];
    for ((part, term), effects) in parts.iter().zip(terms).zip(effects) {
        let of_term = term.part(effects, row);
        let sum = &mut sums[*part as usize];
        *sum = [sum[0] + of_term[0], sum[1] + of_term[1]];
    }
    let place = [0, 1].map(|axis| sums.iter().map(|sum| sum[axis]).sum::<f32>());
    let place = [place[0], place[1] + START];
    let [small, _, large] = chances(place);
    to.extend([place[0], place[1], small, large]);
    to.extend(sums.iter().flatten());
}

/// What is known of the row itself.
fn add_own(rows: &Rows, scaled: &Scaled, row: usize, to: &mut Vec<f32>) {
    to.extend([rows.size[row], scaled.beyond_body[row], scaled.beyond_hers[row]]);
    to.extend(rows.measures.iter().map(|measure| measure[row]));
    for shape in &rows.shapes {
        to.extend((0..SHAPES).take(shape.count).map(|level| f32::from(shape.of[row] == level)));
    }
}
