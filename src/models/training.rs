//! From what was done to a model: past queries are asked of the sources, a ranking is learned from the answers and judged.

pub(crate) mod feature_selection;
pub(crate) mod offline_eval;
pub(crate) mod past_queries;
pub(crate) mod shop;
mod shop_queries;
pub(crate) mod source_set;
pub(crate) mod train;
