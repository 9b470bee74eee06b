//! Files of products: which format a file is in, by what it holds, and its rows as products.
//!
//! Each format makes rows of one kind of its own (`offer`), which are read in one place and grouped into products (`group`).

mod availability;
mod categories;
mod ceneo;
mod group;
mod mapped;
mod merchant;
mod offer;
mod options;
mod recognise;
mod sale;
mod titles;
mod xml;
mod yml;

use crate::{
    domain::{
        catalog::{Availability, StockChange},
        store::Write,
    },
    import::row_error::{Parsed, SetupError, Unread},
    tabular::input::Input,
};
use categories::Categories;
use group::{Item, Missed};
pub use group::{Listing, Repeats};
pub use mapped::{ProductMapping, fields};
pub use offer::{Feed, usual_currency};
pub use recognise::{Format, recognise};

/// What a file of products is read into.
pub type Listings = Box<dyn Iterator<Item = Result<Parsed<Listing>, Unread>> + Send>;

/// Reads products; they come once the file has ended, refusals as they are met.
///
/// # Errors
/// Where the file's header can't be read or lacks what the format needs.
pub fn read(input: Input, format: Format, feed: Feed) -> Result<Listings, SetupError> {
    let plain = (Repeats::Refuse, Categories::default());
    Ok(match format {
        Format::MerchantXml => grouped(merchant::read_xml(input, feed), plain),
        Format::MerchantTable => grouped(merchant::read_table(input, feed)?, plain),
        Format::Ceneo => grouped(ceneo::read(input, feed), plain),
        Format::Yml => grouped(yml::read(input, feed), plain),
        Format::Mapped(mapping) => {
            let feed = Feed {
                locale: mapping.locale.clone().unwrap_or(feed.locale),
                currency: mapping.currency.or(feed.currency),
                decimal_point: mapping.decimal_point,
                times: mapping.times.clone(),
                ..feed
            };
            let items = mapped::read(input, &mapping, feed)?;
            grouped(items, (mapping.repeats, mapping.categories))
        }
    })
}

fn grouped<I>(items: I, (repeats, categories): (Repeats, Categories)) -> Listings
where
    I: Iterator<Item = Result<Parsed<Item>, Missed>> + Send + 'static,
{
    Box::new(group::products(items, repeats, categories))
}

impl Listing {
    /// What is to be written: the product, and that variants whose rows were refused are not to be sold.
    pub fn into_writes(self, feed: &Feed) -> Vec<Write> {
        let Self { id, product, withheld } = self;
        let time = feed.now;
        let out_of_stock = |variant| {
            let availability = Some(Availability::OutOfStock);
            Write::Stock(StockChange { product: id.clone(), variant, stock: None, availability, price: None, time })
        };
        product.map(Write::Upsert).into_iter().chain(withheld.into_iter().map(out_of_stock)).collect()
    }
}

#[cfg(test)]
mod tests;
