//! The log as the models read it: who did what with which product, as baskets, as sessions, as counts of pairs; and the memory
//! that sums are made in.

pub(crate) mod baskets;
pub(crate) mod cooccurrence;
pub(crate) mod interactions;
pub(crate) mod item_index;
pub(crate) mod neighbours;
pub(crate) mod ongoing_sessions;
pub(crate) mod recent_facts;
pub(crate) mod seeds;
pub(crate) mod session_index;
pub(crate) mod sessions;
pub(crate) mod sparse_accumulator;
pub(crate) mod user_items;
