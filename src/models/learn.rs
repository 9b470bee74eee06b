//! Weights from questions with their answers: linfa's logistic regression over the candidates, wanted or not.
//!
//! Only questions whose wanted products are among the candidates teach an order; of those, every candidate is kept, so
//! nothing is down-sampled and there is no intercept to correct. The intercept orders nothing and is dropped.

use linfa::{DatasetBase, traits::Fit};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use thiserror::Error;

use crate::models::{dataset::Answered, measure, ranking::Linear};

/// Strengths of the penalty that are tried, per 10,000 rows. Kept short: the order hardly changes between them.
const PENALTIES: [f32; 3] = [0.3, 3.0, 30.0];
/// Steps of the solver; it ends sooner where the gradient is gone.
const STEPS: u64 = 40;
/// The gradient of a row at which it is. The loss is a sum over rows in single precision: below this the solver only searches
/// its own rounding.
const GRADIENT: f32 = 1e-4;
/// A feature that varies less, of those in -1..=1, says nothing, and what is learned of it is noise made large.
const LEAST_DEVIATION: f32 = 0.005;
/// Share of the questions, the newest, that the penalty is chosen on.
const VALIDATION: f64 = 0.25;

/// Why no weights could be learned.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum LearnError {
    /// Keep what is served, and train again when there is more history.
    #[error(
        "too little to learn from: {found} questions with a wanted product among the candidates, {needed} are needed"
    )]
    TooLittle {
        /// In the log.
        found: usize,
        /// At least.
        needed: usize,
    },
    /// For whoever maintains the models.
    #[error("the regression failed: {0}")]
    Failed(String),
}

/// Weights, and how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// By feature.
    pub ranking: Linear,
    /// The penalty that did best on validation, per 10,000 rows.
    pub penalty: f32,
    /// Questions that taught.
    pub questions: usize,
    /// Candidates of those.
    pub rows: usize,
    /// Candidates that were wanted.
    pub wanted: usize,
}

/// Questions that are needed at least: below it weights are noise.
pub const NEEDED: usize = 30;

/// Learns the weights; the penalty is chosen by NDCG@10 on the newest quarter, then all is learned from.
///
/// # Errors
/// Where there are too few questions, or the solver fails.
pub fn learn(answered: &[Answered]) -> Result<Learned, LearnError> {
    let mut teaching: Vec<&Answered> = answered.iter().filter(|one| one.rows().any(|(_, _, wanted)| wanted)).collect();
    if teaching.len() < NEEDED {
        return Err(LearnError::TooLittle { found: teaching.len(), needed: NEEDED });
    }
    teaching.sort_by_key(|one| (one.time, one.owner));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
    let cut = (teaching.len() as f64 * (1.0 - VALIDATION)) as usize;
    let (older, newer) = teaching.split_at(cut);
    let validation = |ranking: &Linear| measure::ndcg(newer, ranking);
    let mut best: Option<(f64, f32)> = None;
    for penalty in PENALTIES {
        let found = validation(&fit(older, penalty)?);
        if best.is_none_or(|(former, _)| found > former) {
            best = Some((found, penalty));
        }
    }
    let penalty = best.map_or(PENALTIES[0], |(_, penalty)| penalty);
    let rows = || teaching.iter().flat_map(|one| one.rows());
    Ok(Learned {
        ranking: fit(&teaching, penalty)?,
        penalty,
        questions: teaching.len(),
        rows: rows().count(),
        wanted: rows().filter(|(_, _, wanted)| *wanted).count(),
    })
}

fn fit(answered: &[&Answered], penalty: f32) -> Result<Linear, LearnError> {
    let failed = |what: &str| LearnError::Failed(what.to_owned());
    let width = answered.first().map_or(0, |one| one.width);
    let mut values: Vec<f32> = Vec::new();
    let mut wanted: Vec<bool> = Vec::new();
    for (_, row, is_wanted) in answered.iter().flat_map(|one| one.rows()) {
        values.extend_from_slice(row);
        wanted.push(is_wanted);
    }
    let mut matrix =
        Array2::from_shape_vec((wanted.len(), width), values).map_err(|error| failed(&error.to_string()))?;
    let scales = standardise(&mut matrix);
    #[expect(clippy::cast_precision_loss, reason = "a scale needs no more digits")]
    let rows = wanted.len() as f32;
    let fitted = LogisticRegression::default()
        .alpha(penalty * rows / 10_000.0)
        .gradient_tolerance(GRADIENT * rows)
        .max_iterations(STEPS)
        .fit(&DatasetBase::new(matrix, Array1::from_vec(wanted)))
        .map_err(|error| failed(&error.to_string()))?;
    // linfa calls the larger class positive, whatever it means.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let weights = fitted.params().iter().zip(scales).map(|(weight, scale)| sign * weight * scale).collect();
    Linear::new(weights).ok_or_else(|| failed("a weight is not finite"))
}

/// Gives each column the mean zero and the deviation one. Returns what a weight must be multiplied with to undo the latter.
///
/// A column that never changes says nothing and gets no weight.
fn standardise(matrix: &mut Array2<f32>) -> Vec<f32> {
    let mut scales = Vec::with_capacity(matrix.ncols());
    for mut column in matrix.columns_mut() {
        let mean = column.mean().unwrap_or(0.0);
        let deviation = column.std(0.0);
        let scale = if deviation > LEAST_DEVIATION { 1.0 / deviation } else { 0.0 };
        column.mapv_inplace(|value| (value - mean) * scale);
        scales.push(scale);
    }
    scales
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    const WIDTH: usize = 5;

    /// Three candidates a question; the wanted one has the larger first feature and the smaller second.
    fn question(n: u32) -> Answered {
        let mut features = vec![0.0; 3 * WIDTH];
        for (candidate, row) in (0_u32..).zip(features.chunks_exact_mut(WIDTH)) {
            let noise = f32::from(u8::try_from((n * 7 + candidate * 13) % 10).unwrap()) / 50.0;
            row[0] = noise + if candidate == n % 3 { 0.5 } else { 0.1 };
            row[1] = 1.0 - row[0] + noise;
        }
        Answered {
            owner: n,
            time: Timestamp(i64::from(n)),
            wanted: vec![n % 3],
            candidates: vec![0, 1, 2],
            features,
            width: WIDTH,
            by_source: vec![],
        }
    }

    #[test]
    fn the_wanted_gets_the_larger_score_though_it_is_the_smaller_class() {
        let answered: Vec<Answered> = (0..60).map(question).collect();
        let learned = learn(&answered).unwrap();
        assert_eq!((learned.questions, learned.rows, learned.wanted), (60, 180, 60));
        let weights = learned.ranking.by_feature();
        assert!(weights[0] > 0.0 && weights[1] < 0.0, "{weights:?}");
        assert!(weights[2..].iter().all(|weight| *weight == 0.0), "columns that never change");
        assert!(measure::ndcg(&answered.iter().collect::<Vec<_>>(), &learned.ranking) > 0.99);
    }

    #[test]
    fn too_little_is_an_error_that_says_how_much_is_needed() {
        let answered: Vec<Answered> = (0..5).map(question).collect();
        assert_eq!(learn(&answered), Err(LearnError::TooLittle { found: 5, needed: NEEDED }));
    }
}
