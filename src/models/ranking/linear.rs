//! A linear score, and how one is fitted to whole questions: the listwise softmax by Newton's method.
//!
//! Unlike a logistic regression of single rows it needs no intercept, and a question of a thousand candidates counts no more
//! than one of ten.

use crate::models::ranking::{TrainingSet, gbdt::loss::Questions};

/// A weight a feature; a constant would order nothing, so there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear(Vec<f32>);

/// Steps at most; it ends sooner where the loss no longer falls.
const STEPS: usize = 25;
/// A step that lowers the loss by a smaller share is the last.
const ENOUGH: f64 = 1e-6;
/// A feature that varies less says nothing, and what is learned of it is noise made large.
const LEAST_DEVIATION: f64 = 1e-6;
/// A row counts in the second derivative from this share of its fair chance: the others cost time and change nothing.
const LEAST_CHANCE: f64 = 0.05;

impl Linear {
    /// None where a weight is not finite.
    pub fn new(weights: Vec<f32>) -> Option<Self> {
        weights.iter().all(|weight| weight.is_finite()).then_some(Self(weights))
    }

    /// That knows nothing.
    pub fn zero(width: usize) -> Self {
        Self(vec![0.0; width])
    }

    /// That looks at some features only, at all of them alike; at none where none has such a name.
    pub fn of(names: &[String], features: &[&str], weight: f32) -> Self {
        Self(names.iter().map(|name| if features.contains(&name.as_str()) { weight } else { 0.0 }).collect())
    }

    /// The sum of both.
    pub fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a + b).collect())
    }

    /// The weights of these features.
    pub fn narrowed(&self, features: &[usize]) -> Self {
        Self(features.iter().map(|feature| self.0[*feature]).collect())
    }

    /// The same over wider rows, in which its features stand at these places.
    pub fn widened(&self, places: &[u32], width: usize) -> Self {
        let mut weights = vec![0.0; width];
        for (place, weight) in places.iter().zip(&self.0) {
            weights[*place as usize] = *weight;
        }
        Self(weights)
    }

    /// By feature.
    pub fn weights(&self) -> &[f32] {
        &self.0
    }

    /// Adds the score of each row.
    pub fn add(&self, rows: &[f32], scores: &mut [f32]) {
        if self.0.iter().all(|weight| *weight == 0.0) {
            return;
        }
        for (row, score) in rows.chunks_exact(self.0.len().max(1)).zip(scores) {
            *score += self.0.iter().zip(row).map(|(weight, value)| weight * value).sum::<f32>();
        }
    }

    /// The part of each feature in each row.
    pub fn parts(&self, rows: &[f32]) -> Vec<f32> {
        self.0.iter().cycle().zip(rows).map(|(weight, value)| weight * value).collect()
    }

    /// The weights that make what was wanted most likely, less `penalty` a question times half their squares (of features at
    /// deviation one). None where the lessons teach nothing.
    pub fn listwise(set: &TrainingSet, penalty: f64) -> Option<Self> {
        let scales = scales(set);
        let mut fit = Fit { set, scales: &scales, penalty, weights: vec![0.0; set.width()] };
        let mut now = fit.sums(&fit.weights, true);
        if now.questions == 0.0 {
            return None;
        }
        for _ in 0..STEPS {
            let step = solved(&mut now.curvature.clone(), &now.gradient)?;
            let next = (0..12).map(|halvings| f64::exp2(-f64::from(halvings))).find_map(|share| {
                let weights: Vec<f64> =
                    fit.weights.iter().zip(&step).map(|(weight, step)| weight - share * step).collect();
                (fit.sums(&weights, false).loss < now.loss).then_some(weights)
            });
            let Some(next) = next else { break };
            let former = now.loss;
            now = fit.sums(&next, true);
            fit.weights = next;
            if former - now.loss < ENOUGH * former {
                break;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
        let weights = fit.weights.iter().zip(&scales).map(|(weight, scale)| (weight * scale) as f32);
        Self::new(weights.collect())
    }
}

/// What a feature is multiplied with to vary by one; zero where it says nothing.
fn scales(set: &TrainingSet) -> Vec<f64> {
    let scale = |deviation: f64| if deviation > LEAST_DEVIATION { 1.0 / deviation } else { 0.0 };
    set.deviations().into_iter().map(scale).collect()
}

struct Fit<'a> {
    set: &'a TrainingSet,
    scales: &'a [f64],
    penalty: f64,
    weights: Vec<f64>,
}

/// Of all questions.
struct Sums {
    questions: f64,
    loss: f64,
    gradient: Vec<f64>,
    /// Symmetric, row-major; the lower half counts.
    curvature: Vec<f64>,
}

impl Fit<'_> {
    /// Loss, and where asked for its derivatives, at some weights.
    fn sums(&self, weights: &[f64], derivatives: bool) -> Sums {
        let width = weights.len();
        let mut sums =
            Sums { questions: 0.0, loss: 0.0, gradient: vec![0.0; width], curvature: vec![0.0; width * width] };
        #[expect(clippy::cast_possible_truncation, reason = "scores need no more digits")]
        let scaled: Vec<f32> = weights.iter().zip(self.scales).map(|(weight, scale)| (weight * scale) as f32).collect();
        let questions = Questions { wanted: &self.set.wanted, ends: &self.set.ends };
        for range in questions.ranges() {
            let rows = &self.set.rows[range.start * width..range.end * width];
            self.question(rows, &self.set.wanted[range], &scaled, derivatives, &mut sums);
        }
        let penalty = self.penalty * sums.questions;
        for (at, weight) in weights.iter().enumerate() {
            sums.loss += penalty / 2.0 * weight * weight;
            sums.gradient[at] += penalty * weight;
            // A feature that says nothing is kept where it is.
            sums.curvature[at * width + at] += penalty + if self.scales[at] == 0.0 { 1.0 } else { 0.0 };
        }
        sums
    }

    fn question(&self, rows: &[f32], wanted: &[f32], weights: &[f32], derivatives: bool, sums: &mut Sums) {
        let width = weights.len();
        let gains: f64 = wanted.iter().map(|gain| f64::from(*gain)).sum();
        if gains <= 0.0 {
            return;
        }
        let score = |row: &[f32]| f64::from(row.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>());
        let scores: Vec<f64> = rows.chunks_exact(width).map(score).collect();
        let largest = scores.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
        sums.questions += 1.0;
        for (score, gain) in scores.iter().zip(wanted).filter(|(_, gain)| **gain > 0.0) {
            sums.loss -= f64::from(*gain) / gains * (score - largest - sum.ln());
        }
        if !derivatives {
            return;
        }
        let chance = |row: usize| (scores[row] - largest).exp() / sum;
        let fair = LEAST_CHANCE / f64::from(u32::try_from(scores.len()).unwrap_or(u32::MAX));
        let mut mean = vec![0.0; width];
        let scaled = |row: &[f32]| row.iter().zip(self.scales).map(|(v, scale)| f64::from(*v) * scale).collect();
        let rows: Vec<Vec<f64>> = rows.chunks_exact(width).map(scaled).collect();
        for (at, row) in rows.iter().enumerate() {
            let off = chance(at) - f64::from(wanted[at]) / gains;
            for ((mean, gradient), value) in mean.iter_mut().zip(&mut sums.gradient).zip(row) {
                *mean += chance(at) * value;
                *gradient += off * value;
            }
        }
        let mut centred = vec![0.0; width];
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| chance(*at) >= fair) {
            for ((centred, value), mean) in centred.iter_mut().zip(row).zip(&mean) {
                *centred = value - mean;
            }
            for (one, value) in centred.iter().enumerate() {
                let value = value * chance(at);
                for (cell, other) in sums.curvature[one * width..].iter_mut().zip(&centred[..=one]) {
                    *cell += value * other;
                }
            }
        }
    }
}

/// Solves a symmetric positive definite system (lower half, row-major) by Cholesky's method. None where it is not definite.
fn solved(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let width = right.len();
    for row in 0..width {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| matrix[row * width + k] * matrix[column * width + k]).sum();
            let rest = matrix[row * width + column] - dot;
            matrix[row * width + column] = if row == column {
                if rest <= 0.0 {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / matrix[column * width + column]
            };
        }
    }
    let mut solution = right.to_vec();
    for row in 0..width {
        let dot: f64 = (0..row).map(|k| matrix[row * width + k] * solution[k]).sum();
        solution[row] = (solution[row] - dot) / matrix[row * width + row];
    }
    for row in (0..width).rev() {
        let dot: f64 = (row + 1..width).map(|k| matrix[k * width + row] * solution[k]).sum();
        solution[row] = (solution[row] - dot) / matrix[row * width + row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::HistoryBand;

    #[test]
    fn a_system_is_solved() {
        // [[4, 2], [2, 3]] x = [8, 7] has x = [1.25, 1.5].
        let found = solved(&mut [4.0, 0.0, 2.0, 3.0], &[8.0, 7.0]).unwrap();
        assert!((found[0] - 1.25).abs() < 1e-12 && (found[1] - 1.5).abs() < 1e-12, "{found:?}");
        assert_eq!(solved(&mut [1.0, 0.0, 2.0, 1.0], &[0.0, 0.0]), None);
    }

    #[test]
    fn of_two_rows_it_is_the_logistic_regression_of_their_difference() {
        // Three times of four the row that is larger by one is wanted: the weight is ln 3, whatever the level.
        let mut set = TrainingSet { names: vec!["x".to_owned()], ..TrainingSet::default() };
        for question in 0..40_u16 {
            let level = f32::from(question % 7);
            set.rows.extend([level, level + 1.0]);
            set.wanted.extend(if question % 4 == 0 { [1.0, 0.0] } else { [0.0, 1.0] });
            set.ends.push(u32::from(question + 1) * 2);
            set.missed.push(0);
            set.bands.push(HistoryBand::Little);
        }
        let found = Linear::listwise(&set, 1e-9).unwrap();
        assert!((found.weights()[0] - 3.0_f32.ln()).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn columns_that_never_change_get_no_weight() {
        let set = TrainingSet {
            names: vec!["same".to_owned(), "x".to_owned()],
            rows: vec![5.0, 0.0, 5.0, 1.0, 5.0, 0.5],
            wanted: vec![0.0, 1.0, 0.0],
            ends: vec![3],
            missed: vec![0],
            bands: vec![HistoryBand::Little],
        };
        let found = Linear::listwise(&set, 0.1).unwrap();
        assert!(found.weights()[0] == 0.0 && found.weights()[1] > 0.0, "{found:?}");
        let nothing = TrainingSet { wanted: vec![0.0; 3], ..set };
        assert_eq!(Linear::listwise(&nothing, 0.1), None);
    }
}
