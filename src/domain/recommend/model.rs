//! The seams of ranking: where candidates come from, and what orders them. One immutable value, swapped in one step.
//!
//! What implements them is trained elsewhere; nothing here knows how.

use std::{fmt, sync::Arc};

use thiserror::Error;

use crate::domain::{
    Timestamp,
    catalog::{Ids, ProductIx, Snapshot, VariantIx},
    customer::Profile,
    event::Channel,
    recommend::{Placement, ReasonCode},
};

/// All that a source or a feature may look at: the customer and the shop at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The moment.
    pub now: Timestamp,
    /// What the shop sells.
    pub catalog: &'a Snapshot,
    /// Numbers for names.
    pub ids: &'a Ids,
    /// The customer, as far as she may be read.
    pub profile: &'a Profile,
    /// Where the products are to be shown.
    pub placement: Placement,
    /// Where she meets the shop.
    pub channel: Option<Channel>,
    /// The product on the page.
    pub in_view: Option<ProductIx>,
    /// What the cart holds.
    pub cart: &'a [(ProductIx, Option<VariantIx>)],
}

/// A product that a source brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The product.
    pub product: ProductIx,
    /// Of this source; larger is better, zero is nothing. Never NaN.
    pub score: f32,
    /// What it rests on.
    pub because: Because,
}

/// What a candidate rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Because {
    /// In general.
    pub code: ReasonCode,
    /// The product of hers that contributes most, where one does.
    pub product: Option<ProductIx>,
    /// When she had to do with that one.
    pub time: Option<Timestamp>,
}

/// A source could not answer. The answer is made without it and says so.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Somewhere that candidates come from.
pub trait Source: Send + Sync {
    /// Stable: it stands in answers, metrics and feature names.
    fn name(&self) -> &'static str;

    /// Appends at most `most` candidates, each product once, the best first. Does not look at eligibility, which comes after.
    fn collect(&self, moment: &Moment<'_>, most: usize, found: &mut Vec<Candidate>) -> Result<(), SourceError>;

    /// This source's score of each product of a list: what `collect` would have given it, zero where nothing.
    fn score(&self, moment: &Moment<'_>, products: &[ProductIx], scores: &mut Vec<f32>) -> Result<(), SourceError>;
}

/// Orders candidates by their features.
pub trait Scorer: Send + Sync {
    /// One score for one row of features, in the order of [`crate::domain::recommend::features::NAMES`].
    fn score(&self, features: &[f32]) -> f32;

    /// The weight of each feature in this row's score. Weight times value, summed, is the score.
    fn weights(&self, features: &[f32]) -> Vec<f32>;
}

/// All that ranks, at one version.
pub struct Model {
    /// Stands in every answer.
    pub version: Arc<str>,
    /// Whether the weights were learned; without, answers carry `Fallback::NoModel`.
    pub trained: bool,
    /// In a fixed order, which is the order of their features.
    pub sources: Vec<Box<dyn Source>>,
    /// Over the features.
    pub scorer: Box<dyn Scorer>,
    /// Every product known when the model was made: what a feed goes on with at its end.
    pub popular: Arc<ByPopularity>,
}

/// Products in the order of their popularity, and the place of each.
#[derive(Debug, Default)]
pub struct ByPopularity {
    order: Vec<ProductIx>,
    places: Vec<u32>,
}

impl ByPopularity {
    const NOWHERE: u32 = u32::MAX;

    /// The most popular first; of repeats the first counts.
    #[must_use]
    pub fn new(order: impl IntoIterator<Item = ProductIx>) -> Self {
        let mut popular = Self::default();
        for product in order {
            if popular.places.len() <= product.index() {
                popular.places.resize(product.index() + 1, Self::NOWHERE);
            }
            let place = &mut popular.places[product.index()];
            if *place == Self::NOWHERE {
                *place = u32::try_from(popular.order.len()).unwrap_or(Self::NOWHERE);
                popular.order.push(product);
            }
        }
        popular
    }

    /// The most popular first, each once.
    #[must_use]
    pub fn order(&self) -> &[ProductIx] {
        &self.order
    }

    /// Where the product stands in the order.
    #[must_use]
    pub fn place(&self, product: ProductIx) -> Option<u32> {
        self.places.get(product.index()).copied().filter(|place| *place != Self::NOWHERE)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("version", &self.version).field("trained", &self.trained).finish_non_exhaustive()
    }
}
