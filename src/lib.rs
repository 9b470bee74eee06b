//! Outfitter: personalization and recommendation for online shops, over gRPC. This is the map of the house.
//!
//! ```text
//! main -> cli -> server -> grpc -> domain          what a call goes through
//!                  |                 ^
//!                  +-> store --------+             durable, then hot
//!                  +-> models -------+             what ranks
//!          cli -> import, demo ------+             how data comes in
//!          cli -> eval -> models     +             what the models are worth
//!      import, eval -> tabular                     files of rows
//! ```
//!
//! - A request: `grpc::recommendation` converts it, [`domain::shop::Shop`] is asked, `domain::recommend::pipeline` tells the
//!   story on one screen: load, candidates, eligibility, rank, vary, explain.
//! - An event: `grpc::event` -> [`domain::store::Store::write`] -> one transaction -> the observers (the catalogue, the model
//!   that serves, the hot profiles) -> the acknowledgement. What starts after it obeys it.
//! - A model: the event log -> `models::training` (past queries, sources, a ranking for each scenario) -> `models::registry` -> a swap.
//!
//! The domain imports none of the other rooms and names no transport, cache, database or training library; `tests/house.rs`
//! holds every file to that.

pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod eval;
pub mod grpc;
pub mod import;
pub mod models;
pub mod proto;
pub mod server;
pub mod store;
pub mod tabular;
pub mod telemetry;
