//! From the log to a model: past questions are asked of the sources, a ranking is learned from the answers and judged.

pub(crate) mod for_baskets;
pub(crate) mod for_discovery;
pub(crate) mod for_sessions;
pub(crate) mod offline_eval;
pub(crate) mod past_queries;
pub(crate) mod source_set;
pub(crate) mod train;
