//! The real server from outside: on a loopback port of its own, with a data folder of its own, spoken to over the wire.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod answers;
mod bad_batches;
mod bad_input;
mod catalogue;
mod consent;
mod customer_life;
mod edge;
mod erasure;
mod evaluated;
mod failing_store;
mod fairness;
mod fast_streams;
mod first_page;
mod folder;
mod hostile;
mod identity;
mod merchandising;
mod models;
mod nobody;
mod orders;
mod paging;
mod process;
mod process_life;
mod shop;
mod sizes;
mod steering;
mod streams;
mod web;
