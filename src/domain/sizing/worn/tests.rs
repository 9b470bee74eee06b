//! Categories and titles of real shops, and what they are taken for.

use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;

use super::*;
use crate::domain::{recommend::fixture, sizing::Sizes};
use Audience::{Children, Men, Unisex, Women};

fn product(category: &str, language: &str, title: &str) -> Product {
    let mut product = fixture::product("p", "", category, 100);
    product.texts[0].title = title.into();
    product.texts[0].locale = language.parse().unwrap();
    product
}

#[test]
fn categories_and_titles_say_what_is_worn() {
    let check = |category: &str, language: &str, title: &str, garment, audience| {
        let worn = worn_as(&product(category, language, title));
        assert_eq!(worn, Worn { garment, audience }, "{category:?}, {title:?}");
    };
    let (w, m, c) = (Some(Women), Some(Men), Some(Children));
    check("Default Category/Men/Tops/Hoodies & Sweatshirts", "en", "Chaz", Garment::Top, m);
    check("Default Category/Women/Tops/Bras & Tanks", "en", "Nora", Garment::Top, w);
    check("Women/Shoes/Chelsea boots", "en", "Anna", Garment::Shoes, w);
    check("Women/Bras", "en", "Anna", Garment::Bra, w);
    check("Women/Trousers & jeans", "en", "Anna", Garment::Bottom, w);
    check("Women/Jackets & jumpers", "en", "Warm wool jumper", Garment::Top, w);
    check("Women/Jackets & jumpers", "en", "Anna", Garment::None, w);
    check("Kids/Dresses", "en", "Anna", Garment::Dress, c);
    check("Men & Women/Sneakers", "en", "Run 3", Garment::Shoes, None);
    check("Men & Women/Sneakers", "en", "Run 3 women's", Garment::Shoes, w);
    check("Unisex/T-shirts", "en", "Tee", Garment::Top, Some(Unisex));
    check("Clothing", "en", "Shirt dress with belt", Garment::Dress, None);
    check("Clothing", "en", "Women's leather boots with a belt", Garment::Shoes, w);
    check("Shoes/Shoe care", "en", "Wax", Garment::None, None);
    check("Gear/Fitness Equipment", "en", "Yoga mat", Garment::None, None);
    check("Gear/Bags", "en", "Boot bag", Garment::None, None);
    check("Home/Lamps", "en", "Table top lamp", Garment::None, None);
    check("Gear/Watches", "en", "Sports watch for men", Garment::None, None);
    check("Obuwie/Buty damskie", "pl", "Anna", Garment::Shoes, w);
    check("Ona/Sukienki", "pl", "Sukienka koszulowa", Garment::Dress, None);
    check("Odzież męska/Kurtki", "pl", "Kurtka", Garment::Outerwear, m);
    check("Dzieci/Spodnie", "pl", "Spodnie", Garment::Bottom, c);
    check("", "pl", "Biustonosz miękki", Garment::Bra, w);
    check("LAMPY SUFITOWE", "pl", "Lampa Top", Garment::None, None);
    check("Torebki", "pl", "Torebka damska", Garment::None, w);
    check("Обувь", "ru", "Ботинки мужские", Garment::Shoes, m);
    check("Женщинам/Платья", "ru", "Платье-рубашка", Garment::Dress, w);
    check("Детям/Куртки", "ru", "Куртка для девочек", Garment::Outerwear, c);
    check("", "ru", "Джинсы женские", Garment::Bottom, w);
    check("Сумки", "ru", "Сумка", Garment::None, None);
    check("", "en", "", Garment::None, None);
}

#[test]
fn what_is_stated_is_believed() {
    let mut stated = product("Women/Shoes", "en", "Boots");
    stated.garment = Some(Garment::Socks);
    assert_eq!(worn_as(&stated), Worn { garment: Garment::Socks, audience: Some(Women) });
    stated.audience = Some(Men);
    assert_eq!(worn_as(&stated), Worn { garment: Garment::Socks, audience: Some(Men) });
}

#[test]
fn a_word_has_one_sense() {
    let mut seen: BTreeMap<&str, Sense> = BTreeMap::new();
    for (sense, words) in WORDS {
        for word in words.split_whitespace() {
            if let Some(before) = seen.insert(word, *sense) {
                panic!("{word} is {before:?} and {sense:?}");
            }
        }
    }
}

#[test]
fn a_word_without_end_is_read_at_once() {
    let began = Instant::now();
    for (head, expected) in [("koszulk", Some(Sense::Is(Garment::Top))), ("żzzz", None)] {
        let word = head.to_owned() + &"ż".repeat(1 << 20);
        assert_eq!(sense_of(&word), expected);
        let mut long = product(&word, "pl", &word);
        long.brand = word.as_str().into();
        assert_eq!(worn_as(&long).garment, if expected.is_some() { Garment::Top } else { Garment::None });
    }
    // Every prefix hashed took minutes.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// Every size of a real shop's catalogue is read, and every product that comes in sizes is something that is worn.
#[test]
fn a_real_catalogue_is_read_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/catalog_magento.csv.gz");
    let Ok(file) = File::open(&path) else {
        println!("skipped: ../shared/data/catalog_magento.csv.gz is not there");
        return;
    };
    let sizes = Sizes::default();
    let mut count = 0;
    for row in csv::Reader::from_reader(GzDecoder::new(file)).into_deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let (size, category) = (&row["size"], row["category"].split(',').next().unwrap());
        if size.is_empty() {
            continue;
        }
        let worn = worn_as(&product(category, "en", &row["name"]));
        assert_ne!(worn.garment, Garment::None, "{category}");
        assert!(worn.audience.is_some(), "{category}");
        let code = sizes.code(size, None, worn.garment, worn.audience);
        assert!(sizes.is_recognised(code), "{size} on {worn:?}");
        count += 1;
    }
    assert_eq!(count, 1_847);
}
