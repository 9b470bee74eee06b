//! Outfitter: personalization and recommendation for online shops, over gRPC.

pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod grpc;
pub mod import;
pub mod models;
pub mod proto;
pub mod server;
pub mod store;
pub mod telemetry;
