//! Outfitter: personalization and recommendation for online shops, over gRPC.

pub mod demo;
pub mod domain;
pub mod models;
pub mod proto;
pub mod store;
