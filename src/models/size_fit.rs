//! How a thing will fit her: too small, right, or too large.
//!
//! ```text
//! Rows -> Scaled -> terms -> latent ----+                    (out of fold: folds)
//!             +-----------> histories --+--> stack -> calibrate -> chances of small, fits, large
//! ```
//!
//! What the shop serves is `running`: latent sizes over its own purchases and returns. Elsewhere here is no shop and no event:
//! rows come from whoever has them.

pub mod calibrate;
pub mod folds;
pub mod histories;
pub mod latent;
pub mod rows;
pub mod size_bias;
pub mod stack;
pub mod terms;
