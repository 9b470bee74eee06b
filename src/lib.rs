//! Outfitter: personalization and recommendation for online shops, over gRPC.

pub mod config;
pub mod demo;
pub mod domain;
pub mod grpc;
pub mod models;
pub mod proto;
pub mod store;
