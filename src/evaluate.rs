//! What the models are worth, on data of anybody's: protocols with a split, questions and figures of their own, in which what
//! the service serves is measured beside the best that others published.
//!
//! Here is no model that is served: those are in `models`, and are asked here through the same sources and the same scorer
//! that a server holds.

pub mod cost;
pub mod error;
pub mod fit;
pub mod keys;
pub mod metrics;
pub mod options;
pub mod peers;
pub mod predictions;
pub mod report;
pub mod split;
pub mod sure;
pub mod table;
pub mod whole_file;

pub use self::error::EvaluateError;
