//! How good a list is, and how sure that figure is.

pub(crate) mod bootstrap;
pub(crate) mod metrics;
