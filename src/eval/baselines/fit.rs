//! What the protocol `fit` is measured against: logistic regressions, latent sizes with two offsets, and gradient boosting, with
//! and without statistics out of fold. What is chosen of their parameters is chosen on validation by the likelihood.

mod boosting;
mod logistic;
mod offsets;

use serde_json::Value;

use crate::{eval::cost::Meter, models::size_fit::stack::Task};

/// Chances of small, fits and large for each row that was asked, and the parameters they were made with.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// By row asked.
    pub chances: Vec<[f32; 3]>,
    /// That it was made with.
    pub parameters: Value,
}

/// A way to learn and to answer. It tells the meter when it has learned.
pub type Peer = fn(&Task<'_>, &mut Meter) -> Answer;

/// Every peer by its name.
pub const PEERS: [(&str, Peer); 6] = [
    ("logistic on body and size", logistic::on_body),
    ("boosting on body and size", boosting::on_body),
    ("logistic with items", logistic::with_items),
    ("logistic with items and customers", logistic::with_items_and_customers),
    ("latent size, offsets", offsets::answer),
    ("boosting with out-of-fold statistics", boosting::with_statistics),
];
