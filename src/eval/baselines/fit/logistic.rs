//! Multinomial logistic regression with an L2 penalty on one-hot columns and standardised numbers (as scikit-learn's, whose `C`
//! is the strength here). The strengths are those with which the published figures come out.
//!
//! Weights of three classes with a normal prior of variance C each are a location, half the difference of large and small, of
//! variance C/2, and a spread, their mean less that of "fits", of variance 3C/2, so that the latent solver fits it exactly.

use serde_json::json;

use crate::eval::baselines::fit::Answer;
use crate::{
    eval::cost::Meter,
    models::size_fit::{
        latent::{self, Term, chances},
        rows::Levels,
        stack::Task,
        terms::Scaled,
    },
};

const SWEEPS: usize = 12;

/// Body, kind, and every size as it is written.
pub fn on_body(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let mut terms = numbers(task, false);
    terms.push(one_hot("label", &task.rows.label));
    terms.extend(words(task));
    answer(task, terms, 0.02, meter)
}

/// The thing alone.
pub fn with_items(task: &Task<'_>, meter: &mut Meter) -> Answer {
    answer(task, vec![number("one", vec![1.0; task.rows.len()]), one_hot("item", &task.rows.item)], 0.1, meter)
}

/// The thing, the customer, body, kind, and the size as a number.
pub fn with_items_and_customers(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let mut terms = numbers(task, true);
    terms.extend(words(task));
    terms.push(one_hot("item", &task.rows.item));
    terms.push(one_hot("customer", &task.rows.customer));
    answer(task, terms, 0.4, meter)
}

fn one_hot(name: &'static str, levels: &Levels) -> Term {
    Term { name, level: levels.of.clone(), value: None, levels: levels.count, variance: None }
}

fn number(name: &'static str, values: Vec<f32>) -> Term {
    Term { name, level: vec![0; values.len()], value: Some(values), levels: 1, variance: None }
}

fn numbers(task: &Task<'_>, with_size: bool) -> Vec<Term> {
    let scaled = Scaled::of(task.rows, task.train);
    let mut terms = vec![number("one", vec![1.0; task.rows.len()])];
    if with_size {
        terms.push(number("size", scaled.size));
    }
    for (raw, measure) in task.rows.measures.iter().zip(scaled.measures) {
        terms.push(number("measure", measure));
        terms.push(number("missing", raw.iter().map(|value| f32::from(value.is_nan())).collect()));
    }
    terms
}

fn words(task: &Task<'_>) -> Vec<Term> {
    let shapes = task.rows.shapes.iter().map(|shape| one_hot("shape", shape));
    shapes.chain(task.rows.kinds.iter().map(|kind| one_hot("kind", kind))).collect()
}

fn answer(task: &Task<'_>, mut terms: Vec<Term>, strength: f32, meter: &mut Meter) -> Answer {
    for term in &mut terms {
        term.variance = Some([strength / 2.0, strength * 1.5]);
    }
    let effects = latent::learn(&terms, task.felt, task.train, SWEEPS);
    meter.trained();
    let chances = task.asked.iter().map(|row| chances(latent::place(&terms, &effects, *row as usize))).collect();
    Answer { chances, parameters: json!({ "C": strength }) }
}
