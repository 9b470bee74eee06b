//! linfa's logistic regression over the candidates, wanted or not, each on its own. The intercept orders nothing and is
//! dropped.

use linfa::{DatasetBase, traits::Fit};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use crate::models::ranking::{LearnError, Linear, TrainingSet};

/// Steps of the solver; it ends sooner where the gradient is gone.
const STEPS: u64 = 40;
/// The gradient of a row at which it is. The loss is a sum over rows in single precision: below this the solver only searches
/// its own rounding.
const GRADIENT: f32 = 1e-4;
/// A feature that varies less says nothing, and what is learned of it is noise made large.
const LEAST_DEVIATION: f32 = 1e-6;

/// Fits the weights with a penalty per 10,000 rows.
pub fn logistic(lessons: &TrainingSet, penalty: f32) -> Result<Linear, LearnError> {
    let failed = |what: &str| LearnError::Failed(what.to_owned());
    let mut matrix = Array2::from_shape_vec((lessons.wanted.len(), lessons.width()), lessons.rows.clone())
        .map_err(|error| failed(&error.to_string()))?;
    let scales = standardise(&mut matrix);
    let wanted: Vec<bool> = lessons.wanted.iter().map(|gain| *gain > 0.0).collect();
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
