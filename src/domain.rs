//! What the product is about. Imports nothing else of ours, and names no transport, database, cache or training library.

pub mod catalog;
pub mod customer;
pub mod event;
mod id;
pub mod limits;
mod locale;
pub mod merchandising;
mod money;
pub mod opener;
pub mod recommend;
pub mod rules;
pub mod shop;
pub mod sizing;
mod spelling;
pub mod store;
pub mod text;
mod time_zone;

pub use id::{Id, InvalidId, MAX_ID_CHARS, Timestamp};
pub use locale::{InvalidLocale, Locale};
pub use money::{Currency, Money, UnknownCurrency};
pub use spelling::nearest;
pub use time_zone::{InvalidTimeZone, TimeZone};
