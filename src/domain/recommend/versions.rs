//! The seam to the saved models: which there are, what each says of itself, and which of them is in service.
//!
//! Figures are those that a model was judged by when it was trained. Not here: how a model is made, kept or read.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::Timestamp;
use crate::domain::recommend::Scenario;

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Over all questions.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How one way of ordering did on questions after all that was learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// The kind of question.
    pub scenario: Scenario,
    /// "blend", or a source alone.
    pub model: String,
    /// Of the first ten.
    pub ndcg_at_10: Estimate,
    /// Share of questions with a hit among the first ten.
    pub hr_at_10: Estimate,
    /// NDCG@10 of the blend less that of this one, paired; `None` of the blend itself.
    pub blend_gains: Option<Estimate>,
}

/// How a model did beside the one that was in service, in the scenario in which it did worst.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Of the one in service.
    pub version: Arc<str>,
    /// The kind of question.
    pub scenario: Scenario,
    /// NDCG@10, paired.
    pub gains: Estimate,
}

/// What a saved model says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Of every choice by lot.
    pub seed: u64,
    /// In the log that it was trained on.
    pub events: u64,
    /// Looks, cart changes, purchases and returns, by product.
    pub interactions: u64,
    /// Customers and visitors.
    pub customers: u64,
    /// In the catalogue or in the log.
    pub products: u64,
    /// Of the earliest act and of the newest.
    pub span: (Timestamp, Timestamp),
    /// From when the weights were learned.
    pub learned_from: Timestamp,
    /// From when the figures are.
    pub judged_from: Timestamp,
    /// Questions that taught.
    pub learning_questions: u64,
    /// Questions that the figures are of.
    pub judging_questions: u64,
    /// The blend first. Empty where nothing was left to judge by.
    pub figures: Vec<Figures>,
    /// The version that was in service when it was trained, and by how much this one is better.
    pub against: Option<Comparison>,
}

/// A saved model.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its name.
    pub version: String,
    /// Whether it is in service.
    pub active: bool,
    /// Why it can't be served, where it can't.
    pub refused: Option<String>,
    /// `None` where that can't be read.
    pub about: Option<About>,
}

/// Why the model in service stays.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum VersionError {
    /// Nothing is saved under it.
    #[error("no saved model has the version {0:?}")]
    Unknown(String),
    /// Damaged, of another format, of other features or of another catalogue.
    #[error("{0}")]
    Unfit(String),
    /// By its own card, or by that of the model in service.
    #[error(
        "the model {version} is worse than {than} beyond noise in the scenario {}: NDCG@10 {:.4} ({:.4} to {:.4}) beside it; force it if you must",
        .scenario.name(), .gains.mean, .gains.low, .gains.high
    )]
    Worse {
        /// What was to be activated.
        version: String,
        /// What it was measured against.
        than: String,
        /// Where it did worst.
        scenario: Scenario,
        /// Of the version over the other.
        gains: Estimate,
    },
    /// Nothing to roll back to.
    #[error("no other model was in service before")]
    NoneBefore,
    /// For the operator. The text stays in the log.
    #[error("the saved models can't be changed: {0}")]
    Failed(String),
}

/// The saved models of a shop.
#[async_trait]
pub trait Versions: Send + Sync {
    /// Up to `most` versions older than `after`, the newest first, and whether there are more.
    ///
    /// # Errors
    /// Where they can't be read.
    async fn list(&self, after: Option<&str>, most: usize) -> Result<(Vec<Version>, bool), VersionError>;

    /// Puts a version into service. What is worse than the one in service is refused, unless forced. The next answer that
    /// begins after this returns is the version's.
    ///
    /// # Errors
    /// Where it is unknown, unfit or worse; then all is as it was.
    async fn activate(&self, version: &str, force: bool) -> Result<Version, VersionError>;

    /// Puts the version into service that was before this one.
    ///
    /// # Errors
    /// Where none was, or it is unfit by now; then all is as it was.
    async fn roll_back(&self) -> Result<Version, VersionError>;

    /// What answers carry now as the version of their model: of a saved one, its version, and how many events it has counted
    /// since, where it has.
    fn serving(&self) -> Arc<str>;
}
