//! The published sets are parted as their figures' were: the sha256 of the test keys. Only the columns that say so are read,
//! and nothing is trained. Skipped, with a line, where the sets are not beside the project.

use std::path::{Path, PathBuf};

use outfitter::eval::{Options, keys, options::Files};
use regex::Regex;

use crate::protocols;

/// Where the sets are, as seen from the project.
fn set(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn check(protocol: &'static [&'static str], file: &str, change: impl Fn(&mut Options), expected: &[&str]) {
    let Some(path) = set(file) else { return };
    let mut options = Options::new(Files::Whole(vec![path]));
    change(&mut options);
    for (_, protocol) in protocols(protocol) {
        assert_eq!(keys(protocol, &options).unwrap().sha256, expected, "{file}");
    }
}

fn digits_first(options: &mut Options) {
    options.item_pattern = Some(Regex::new("^[0-9]").unwrap());
}

#[test]
fn retail_rocket() {
    let keys = ["5d2098449f90c4cd10ece3b241748e38b91ad5753388945c061594280ae21ae0"];
    check(&["sessions"], "retailrocket_sequences.csv.gz", |_| {}, &keys);
}

#[test]
fn ta_feng() {
    let keys = ["c60ad2a273c3b5cf5546409546a413c7d25796f88b6b65e0503070552f1aa101"];
    check(&["next-basket"], "ta_feng_baskets.csv.gz", |_| {}, &keys);
    let keys = ["00b5871a8552d317db302b03ec6d6b3f5725f1b2c0e93c8f5d593a27b902c2e9"];
    check(&["cart"], "ta_feng_baskets.csv.gz", |_| {}, &keys);
}

#[test]
fn online_retail() {
    let file = "online_retail_2010_2011.csv.gz";
    let keys = ["97dd0347b7e908adf03ae25c2878bd0d0b29afba18b0b0f4701afa931392b21b"];
    check(&["next-basket"], file, digits_first, &keys);
    let keys = ["c4297caccad01532351d5a314f5df107907c891b6aeea67f622b2eabaaad3c6d"];
    check(&["discovery"], file, digits_first, &keys);
    let keys = ["4c7460f4f49a565e423add269acf150fb3e4e415b3db94d7fbfadf3354c479a0"];
    check(&["cart"], file, digits_first, &keys);
}

#[test]
fn complete_journey() {
    let Some(products) = set("completejourney_products.csv.gz") else { return };
    if cfg!(debug_assertions) {
        println!("skipped: 1.5 million rows take their time without optimisation; run with --release");
        return;
    }
    let by_type = |options: &mut Options| {
        options.join = Some(products.clone());
        "product_type".clone_into(&mut options.item_column);
    };
    let keys = ["47aea81924e1700c11aa0da61d5f580f8cdc991c0c267816614e021e05c3b468"];
    check(&["discovery"], "completejourney_transactions.csv.gz", by_type, &keys);
    let keys = ["131112fc16d1be0f9691948691cf3e08c9668049891aa07449440166532933f2"];
    check(&["cart"], "completejourney_transactions.csv.gz", by_type, &keys);
}

#[test]
fn rent_the_runway() {
    let keys = [
        "a5e43595c534eefb7667071fa87fa9d6af427e6ba459cf02d336461de708ff3f",
        "b3d803ef7b9e7d6bdf5adda1edbbf645970bab0f1a8882ceb4dbc1a27d77458b",
        "35c5980a6d3cdf37047b2aff1b0f165de500a2a07ead672de6314ff3230a3dd8",
    ];
    check(&["fit"], "renttherunway_fit.csv.gz", |_| {}, &keys);
}
