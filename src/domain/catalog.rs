//! What the shop sells: products with their variants, dense numbers for them, snapshots for readers.

mod intern;
mod product;
mod snapshot;

pub use intern::{BrandIx, Category, CategoryIx, ColorIx, Ids, ProductIx, VariantIx};
pub use product::{Attribute, Audience, Availability, Garment, Product, SizeSystem, StockChange, Text, Variant};
pub use snapshot::{Catalog, Row, Snapshot, VariantRow};
