//! Files become products, events and customers. Parsers are pure: lines in, domain values with their line numbers out, and
//! what was refused, field by field. Only `load` writes, and only through the domain's `Store`.
//!
//! Nothing of a database or a transport here, and no clock: the moment of the import comes in.

pub mod amount;
mod bounds;
mod consent;
pub mod context;
pub mod customers;
mod enums;
pub mod events;
mod json_records;
mod lines;
pub mod load;
pub mod mapping;
mod pii_hash;
mod plain_text;
pub mod products;
mod row_error;
mod row_id;
pub mod segment;
pub mod table;
pub mod timestamps;
#[cfg(test)]
mod trial;

pub use row_error::{Break, LineError, Parsed, Reason, SetupError, Unread};
