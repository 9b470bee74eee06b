//! Files become products, events and customers. Parsers are pure: lines in, domain values with their line numbers out, and
//! what was refused, field by field. Only `load` writes, and only through the domain's `Store`.
//!
//! Nothing of a database or a transport here, and no clock: the moment of the import comes in.

pub mod amount;
mod bounds;
mod consent;
pub mod context;
pub mod customers;
pub mod events;
pub mod input;
mod json_records;
mod lines;
pub mod load;
pub mod mapping;
pub mod moment;
mod person;
mod plain_text;
pub mod products;
mod row_id;
pub mod segment;
pub mod table;
#[cfg(test)]
mod trial;
mod unread;
mod words;

pub use input::{Input, Position};
pub use unread::{Break, LineError, Parsed, Reason, SetupError, Unread};
