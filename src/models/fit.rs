//! How a thing will fit her: too small, right, or too large.
//!
//! ```text
//! Rows -> Scaled -> terms -> latent ----+                    (out of fold: folds)
//!             +-----------> histories --+--> stack -> calibrate -> chances of small, fits, large
//! ```
//!
//! Here is no shop and no event: rows come from whoever has them.

pub mod calibrate;
pub mod folds;
pub mod histories;
pub mod latent;
pub mod rows;
pub mod stack;
pub mod terms;
