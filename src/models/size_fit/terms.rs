//! What the location and the spread of a row are made of: body, size, kind of thing, the thing, and her.
//!
//! The size is read against the one that a body like hers takes (a linear prediction from those who are taught by), and
//! against what she takes otherwise. Both look at what was ordered, never at how it felt, so that they need no folds.

use rustc_hash::FxHashMap;

use super::{
    latent::Term,
    rows::{Levels, Rows},
};

/// The rows' numbers, on scales of deviations.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// Measures of the body; zero where missing.
    pub measures: Vec<Vec<f32>>,
    /// The size; zero where it can't be read.
    pub size: Vec<f32>,
    /// The size less the one that a body like hers takes.
    pub beyond_body: Vec<f32>,
    /// The same less what her other taught rows show of it; zero where there are none.
    pub beyond_hers: Vec<f32>,
    /// How many those are.
    pub others: Vec<u32>,
}

/// Outliers are drawn in: a body of 54 inches and 300 pounds is a slip of the pen.
const FURTHEST: f32 = 4.0;
/// How many rows the prediction from the body counts against what she otherwise takes.
const BODY_COUNTS: f32 = 1.0;

impl Scaled {
    /// Of all rows, with the scales of those taught.
    pub fn of(rows: &Rows, taught: &[u32]) -> Self {
        let measures: Vec<Vec<f32>> = rows.measures.iter().map(|values| standard(values, taught)).collect();
        let size = standard(&rows.size, taught);
        let predicted = predict(rows, &measures, &size, taught);
        let residual: Vec<f32> = (0..rows.len())
            .map(|row| if rows.size[row].is_nan() { f32::NAN } else { size[row] - predicted[row] })
            .collect();
        let beyond_body = standard(&residual, taught);
        let (beyond_hers, others) = beyond_hers(rows, &beyond_body, taught);
        Self { measures, size, beyond_body, beyond_hers, others }
    }
}

/// Mean zero and deviation one over the taught rows; missing is the mean.
fn standard(values: &[f32], taught: &[u32]) -> Vec<f32> {
    let there = || taught.iter().map(|row| f64::from(values[*row as usize])).filter(|value| !value.is_nan());
    let count = there().map(|_| 1.0).sum::<f64>().max(1.0);
    let mean = there().sum::<f64>() / count;
    let deviation = (there().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
    let scale = if deviation > 1e-6 { 1.0 / deviation } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    let scaled = |value: &f32| {
        let scaled = ((f64::from(*value) - mean) * scale) as f32;
        if scaled.is_nan() { 0.0 } else { scaled.clamp(-FURTHEST, FURTHEST) }
    };
    values.iter().map(scaled).collect()
}

/// The size by body: ridge regression on the measures, their squares, and whether they are missing.
fn predict(rows: &Rows, measures: &[Vec<f32>], size: &[f32], taught: &[u32]) -> Vec<f32> {
    let width = 1 + 3 * measures.len();
    let of = |row: usize, x: &mut Vec<f64>| {
        x.clear();
        x.push(1.0);
        for (scaled, raw) in measures.iter().zip(&rows.measures) {
            let value = f64::from(scaled[row]);
            x.extend([value, value * value, f64::from(u8::from(raw[row].is_nan()))]);
        }
    };
    let mut system = vec![0.0_f64; width * (width + 1)];
    let mut x = Vec::with_capacity(width);
    for row in taught.iter().map(|row| *row as usize).filter(|row| !rows.size[*row].is_nan()) {
        of(row, &mut x);
        for (line, left) in system.chunks_exact_mut(width + 1).zip(&x) {
            for (cell, right) in line.iter_mut().zip(&x) {
                *cell += left * right;
            }
            line[width] += left * f64::from(size[row]);
        }
    }
    let weights = solve(&mut system, width);
    let predicted = (0..rows.len()).map(|row| {
        of(row, &mut x);
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        let sum = x.iter().zip(&weights).map(|(x, weight)| x * weight).sum::<f64>() as f32;
        sum
    });
    predicted.collect()
}

/// Solves a positive definite system in place (Gauss and Jordan), made regular by a small ridge.
fn solve(system: &mut [f64], width: usize) -> Vec<f64> {
    const RIDGE: f64 = 10.0;
    let step = width + 1;
    for pivot in 0..width {
        system[pivot * step + pivot] += RIDGE;
    }
    for pivot in 0..width {
        let scale = system[pivot * step + pivot].recip();
        let line: Vec<f64> = system[pivot * step..(pivot + 1) * step].iter().map(|cell| cell * scale).collect();
        for (other, cells) in system.chunks_exact_mut(step).enumerate() {
            if other == pivot {
                cells.copy_from_slice(&line);
                continue;
            }
            let factor = cells[pivot];
            for (cell, with) in cells.iter_mut().zip(&line) {
                *cell -= factor * with;
            }
        }
    }
    system.chunks_exact(step).map(|line| line[width]).collect()
}

fn beyond_hers(rows: &Rows, beyond_body: &[f32], taught: &[u32]) -> (Vec<f32>, Vec<u32>) {
    let mut hers = vec![(0.0_f32, 0_u32); rows.customer.count];
    let mut is_taught = vec![false; rows.len()];
    for row in taught.iter().map(|row| *row as usize).filter(|row| !rows.size[*row].is_nan()) {
        is_taught[row] = true;
        let hers = &mut hers[rows.customer.of[row] as usize];
        *hers = (hers.0 + beyond_body[row], hers.1 + 1);
    }
    let of = |row: usize| {
        let (mut sum, mut count) = hers[rows.customer.of[row] as usize];
        if is_taught[row] {
            (sum, count) = (sum - beyond_body[row], count - 1);
        }
        if count == 0 || rows.size[row].is_nan() {
            return (0.0, count);
        }
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let shown = sum / (count as f32 + BODY_COUNTS);
        ((beyond_body[row] - shown).clamp(-FURTHEST, FURTHEST), count)
    };
    (0..rows.len()).map(of).unzip()
}

/// Whose part a term is: what is told apart when the parts of a row are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Of body, size and kind.
    General,
    /// Of the thing.
    Item,
    /// Of her.
    Customer,
}

/// Deviations of her own effects. They are chosen on validation: with one or two rows for most, what can be learned of them
/// from the rows themselves comes out far too small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviations {
    /// Of her part in location and spread.
    pub customer: [f32; 2],
    /// Of her own slope of the size.
    pub slope: [f32; 2],
}

impl Default for Deviations {
    fn default() -> Self {
        Self { customer: [0.5, 0.4], slope: [0.3, 0.3] }
    }
}

/// All terms.
pub fn terms(rows: &Rows, scaled: &Scaled, deviations: Deviations) -> Vec<(Part, Term)> {
    let one = Levels { of: vec![0; rows.len()], count: 1 };
    let mut terms = Terms { all: Vec::new(), part: Part::General };
    let squares = |values: &[f32]| values.iter().map(|value| value * value - 1.0).collect::<Vec<f32>>();
    let hers = Levels { of: scaled.others.iter().map(|others| (*others).min(4)).collect(), count: 5 };
    terms.add("one", &one, None);
    terms.add("size", &one, Some(&scaled.beyond_body));
    terms.add("size squared", &one, Some(&squares(&scaled.beyond_body)));
    for measure in &scaled.measures {
        terms.add("measure", &one, Some(measure));
        terms.add("measure squared", &one, Some(&squares(measure)));
    }
    terms.add("missing", &missing(rows), None);
    terms.add("label", &rows.label, None);
    terms.add("others", &hers, None);
    terms.add("others x hers", &hers, Some(&scaled.beyond_hers));
    for shape in &rows.shapes {
        terms.add("shape", shape, None);
        terms.add("shape x size", shape, Some(&scaled.beyond_body));
    }
    for kind in &rows.kinds {
        terms.add("kind", kind, None);
        terms.add("kind x size", kind, Some(&scaled.beyond_body));
        terms.add("kind x hers", kind, Some(&scaled.beyond_hers));
        for measure in &scaled.measures {
            terms.add("kind x measure", kind, Some(measure));
        }
        for shape in &rows.shapes {
            terms.add("kind x shape", &crossed(kind, shape), None);
        }
    }
    terms.part = Part::Item;
    terms.add("item", &rows.item, None);
    terms.add("item x size", &rows.item, Some(&scaled.beyond_body));
    terms.add("item x hers", &rows.item, Some(&scaled.beyond_hers));
    for measure in &scaled.measures {
        terms.add("item x measure", &rows.item, Some(measure));
    }
    for shape in &rows.shapes {
        terms.add("item x shape", &crossed(&rows.item, shape), None);
    }
    terms.add("item x label", &crossed(&rows.item, &rows.label), None);
    terms.part = Part::Customer;
    terms.add_fixed("customer", &rows.customer, None, deviations.customer);
    terms.add_fixed("customer x size", &rows.customer, Some(&scaled.beyond_body), deviations.slope);
    terms.all
}

struct Terms {
    all: Vec<(Part, Term)>,
    part: Part,
}

impl Terms {
    fn add(&mut self, name: &'static str, levels: &Levels, value: Option<&[f32]>) {
        // A number that never moves (a column that is not there) has nothing to say.
        if value.is_none_or(|value| value.iter().any(|value| *value != 0.0)) {
            let (level, value) = (levels.of.clone(), value.map(<[f32]>::to_vec));
            self.all.push((self.part, Term { name, level, value, levels: levels.count, variance: None }));
        }
    }

    fn add_fixed(&mut self, name: &'static str, levels: &Levels, value: Option<&[f32]>, deviation: [f32; 2]) {
        let before = self.all.len();
        self.add(name, levels, value);
        for (_, term) in &mut self.all[before..] {
            term.variance = Some(deviation.map(|deviation| deviation * deviation));
        }
    }
}

/// Which of the measures are missing, as a level.
fn missing(rows: &Rows) -> Levels {
    let mut pattern = Levels { of: vec![0; rows.len()], count: 1 };
    for measure in &rows.measures {
        let missing = Levels { of: measure.iter().map(|value| u32::from(value.is_nan())).collect(), count: 2 };
        pattern = crossed(&pattern, &missing);
    }
    pattern
}

/// A level for each pair of levels that occurs.
pub fn crossed(a: &Levels, b: &Levels) -> Levels {
    let mut numbers: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let number = |(a, b): (&u32, &u32)| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry((*a, *b)).or_insert(next)
    };
    let of = a.of.iter().zip(&b.of).map(number).collect();
    Levels { of, count: numbers.len() }
}
