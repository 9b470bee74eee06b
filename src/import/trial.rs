//! The parsers on real files: a Magento catalogue and a year of UCI Online Retail. Skipped with a line where they are not there.

use std::path::PathBuf;

use crate::domain::{
    TimeZone, Timestamp,
    catalog::Product,
    event::{Event, EventKind},
};
use {
    super::{Parsed, Unread, context, events, mapping, products},
    crate::import::row_error::{LineError, Reason},
    crate::tabular::input,
};

const NOW: i64 = 1_700_000_000_000;
/// Enough of the year to meet every kind of row, and quick without optimisation.
const ROWS: u64 = 20_000;

fn real(name: &str) -> Option<input::Input> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(input::open(&path, None).unwrap().0)
}

fn ready<M: serde::de::DeserializeOwned>(name: &str) -> M {
    let (_, text) = mapping::READY.iter().find(|(known, _)| *known == name).unwrap();
    mapping::parse(text).unwrap()
}

#[test]
fn the_magento_catalogue_is_147_products_with_1847_variants() {
    let Some(mut input) = real("catalog_magento.csv.gz") else { return };
    let format = products::recognise(&mut input).unwrap();
    let feed = products::Feed::new(&format, None, None, TimeZone::UTC, Timestamp(NOW));
    let listings = products::read(input, format, feed).unwrap();
    let products: Vec<Parsed<Product>> =
        listings.map(|one| one.unwrap().map(|listing| listing.product.unwrap())).collect();
    assert_eq!(products.len(), 147);
    assert_eq!(products.iter().map(|product| product.rows).sum::<u64>(), 1_994);
    assert_eq!(products.iter().map(|product| product.value.variants.len()).sum::<usize>(), 1_847);
    let hoodie = products.iter().find(|product| product.value.id.as_str() == "MH01").unwrap();
    assert_eq!(&*hoodie.value.texts[0].title, "Chaz Kangeroo Hoodie");
    let path: Vec<&str> = hoodie.value.category_path.iter().map(|step| &**step).collect();
    assert_eq!(path, ["Men", "Tops", "Hoodies & Sweatshirts"]);
    let variant = &hoodie.value.variants[0];
    assert_eq!((variant.id.as_str(), variant.price.minor, variant.stock), ("MH01-XS-Black", 5_200, Some(100)));
}

#[test]
fn a_month_of_online_retail_is_read_and_write_offs_are_refused() {
    let Some(input) = real("online_retail_2010_2011.csv.gz") else { return };
    let read = events::read(input, ready("online-retail-events"), context::tests::at(NOW)).unwrap();
    let (mut sold, mut returned, mut anonymous, mut rows) = (0, 0, 0, 0);
    for parsed in read.take(usize::try_from(ROWS).unwrap()) {
        rows += 1;
        match parsed {
            Ok(Parsed { value: Event { who, kind, .. }, .. }) => {
                anonymous += u64::from(who.customer.is_none());
                match kind {
                    EventKind::Purchased { order: Some(_), .. } => sold += 1,
                    EventKind::Returned { order: None, .. } => returned += 1,
                    other => panic!("{other:?}"),
                }
            }
            Err(Unread::LeftOut(what)) => assert!(what.starts_with("item_id = "), "{what}"),
            // Goods that were damaged or lost: entered as sales of less than nothing.
            Err(Unread::Refused(LineError { reason, .. }) | Unread::Nameless(LineError { reason, .. })) => {
                assert_eq!(reason, Reason::BelowOne);
            }
            Err(Unread::Broken(error)) => panic!("{error}"),
        }
    }
    assert_eq!(rows, ROWS);
    assert!(sold > 19_000 && returned > 200 && anonymous > 3_000, "{sold} {returned} {anonymous}");
}
