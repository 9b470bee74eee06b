//! Which products are meant: conditions that must all hold, and filters within a filter, of which one, or none, may hold.

mod compiled;

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

pub use compiled::{CompiledFilter, FIELDS, NUMBERED_FIELDS, Unmatched};

use crate::domain::{Id, Money};

/// Products that pass all that is set.
#[derive(Debug, Clone, PartialEq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Any of these, with all below them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Vec<Arc<str>>>,
    /// Any of these, letter case apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<Arc<str>>,
    /// Of the variant that is offered; both ends inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Money>,
    /// Of the variant that is offered; both ends inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Money>,
    /// All of these: a name with any of its values, letter case apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// All of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<NumberRange>,
    /// Any of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Id>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Id>,
    /// At least one of these passes, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Filter>,
    /// None of these passes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<Filter>,
}

impl Filter {
    /// Whether it sets nothing, so that every product passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An attribute that must be a number between two ends, both inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberRange {
    /// Letter case apart.
    pub name: Arc<str>,
    /// Finite. `None`: no matter how small.
    pub at_least: Option<f64>,
    /// Finite. `None`: no matter how large.
    pub at_most: Option<f64>,
}

impl Hash for NumberRange {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Zero has two signs, which are one number.
        let bits = |end: Option<f64>| end.map(|end| (end + 0.0).to_bits());
        (&self.name, bits(self.at_least), bits(self.at_most)).hash(state);
    }
}
