//! What the shop sells: products with their variants, dense numbers for them, snapshots for readers.

mod aliases;
mod arrivals;
mod category_rules;
mod facets;
mod intern;
mod letter_case;
mod live;
mod postings;
mod product;
mod snapshot;
mod whole;

pub use aliases::Doubt;
pub use facets::Facets;
pub use intern::{BrandIx, Category, CategoryIx, CategorySet, ColorIx, Ids, ProductIx, VariantIx};
pub use live::Catalog;
pub use product::{Attribute, Audience, Availability, Garment, Product, Sale, SizeSystem, StockChange, Text, Variant};
pub use snapshot::{Row, Snapshot, VariantRow};
pub use whole::{LIMIT_PERCENT, OnSale, TooMuch, missing_products};
