//! The laws of paging, against a shop whose stock and whose customer's purchases change between the pages.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::recommend::fixture::{bought, product};

const PRODUCTS: usize = 24;

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Turn {
    Sells(usize),
    Restocks(usize),
    Buys(usize),
    Arrives(usize),
    /// An earlier page is asked for again.
    Again(usize),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        (0..PRODUCTS).prop_map(Turn::Sells),
        (0..PRODUCTS).prop_map(Turn::Restocks),
        (0..PRODUCTS).prop_map(Turn::Buys),
        (0..4_usize).prop_map(Turn::Arrives),
        (0..6_usize).prop_map(Turn::Again),
    ]
}

fn name(number: usize) -> String {
    format!("p{number:02}")
}

fn made(number: usize) -> Product {
    let brand = ["", "Acme", "Brio"][number % 3];
    product(&name(number), brand, ["A/X", "A/Y", "B"][number / 3 % 3], 1_000)
}

/// A shop of which the model knows all but the last few by popularity, and some by its sources.
fn shop(candidates: &[usize]) -> Small {
    let small = Small::of((0..PRODUCTS).map(made));
    let names: Vec<String> = (0..PRODUCTS - 4).rev().map(name).collect();
    let popular: Vec<&str> = names.iter().map(String::as_str).collect();
    let brings: Vec<String> = candidates.iter().copied().map(name).collect();
    let brings: Vec<&str> = brings.iter().map(String::as_str).collect();
    small.serve([("popular", small.brings(ReasonCode::Popular, &brings))], &popular);
    small
}

/// Said without the code that is tested: in stock, not bought, of the brand.
fn eligible(small: &Small, bought: &BTreeSet<String>, brand: Option<&str>) -> BTreeSet<String> {
    let snapshot = small.shop.catalog.snapshot();
    let fits = |product: &Product| {
        product.variants.iter().any(|variant| variant.stock != Some(0))
            && !bought.contains(product.id.as_str())
            && brand.is_none_or(|brand| &*product.brand == brand)
    };
    snapshot.iter().filter(|row| fits(&row.product)).map(|row| row.product.id.to_string()).collect()
}

struct Served {
    token: Option<Arc<str>>,
    products: Vec<String>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_feed_repeats_nothing_skips_nothing_and_stands_still(
        candidates in prop::sample::subsequence((0..PRODUCTS).collect::<Vec<_>>(), 0..PRODUCTS),
        brand in prop::option::of(prop::sample::select(vec!["Acme", "Brio", "None"])),
        turns in prop::collection::vec((1..6_usize, prop::collection::vec(turn(), 0..4)), 1..20),
    ) {
        let small = shop(&candidates);
        let mut asked = query(anna());
        asked.filter.brands = brand.into_iter().map(Arc::from).collect();
        let mut has: BTreeSet<String> = BTreeSet::new();
        let mut always = eligible(&small, &has, brand);
        let mut shown: BTreeMap<String, usize> = BTreeMap::new();
        let mut pages: Vec<Served> = Vec::new();
        let mut turns = turns.into_iter().cycle();
        let mut token: Option<Arc<str>> = None;
        // A page holds at least one product or is the last.
        for _ in 0..2 * PRODUCTS {
            let (page_size, changes) = turns.next().unwrap();
            let answer = small.ask(&Query { page_size, page_token: token.clone(), ..asked.clone() }).unwrap();
            let products: Vec<String> = names(&answer).into_iter().map(str::to_owned).collect();
            let now = eligible(&small, &has, brand);
            prop_assert!(products.iter().all(|one| now.contains(one)), "something that may not be offered");
            prop_assert!(products.len() <= page_size);
            prop_assert!(answer.next_page_token.is_none() || products.len() == page_size, "a hole in the page");
            for one in &products {
                *shown.entry(one.clone()).or_default() += 1;
                prop_assert_eq!(shown[one], 1, "{} repeats", one);
            }
            pages.push(Served { token: token.clone(), products });
            token = answer.next_page_token.map(Into::into);
            if token.is_none() {
                break;
            }
            for change in changes {
                match change {
                    Turn::Sells(number) => small.set_stock(&name(number), 0),
                    Turn::Restocks(number) => small.set_stock(&name(number), 5),
                    Turn::Buys(number) => {
                        small.happens(&anna(), [(0, bought(&name(number)))]);
                        has.insert(name(number));
                    }
                    Turn::Arrives(number) => small.put(made(PRODUCTS + number)),
                    Turn::Again(back) => {
                        // The first page has no token: it is a new question each time.
                        let Some(page) = pages.iter().skip(1).rev().nth(back) else { continue };
                        let query = Query { page_token: page.token.clone(), ..asked.clone() };
                        let again = small.ask(&query).unwrap();
                        let now = eligible(&small, &has, brand);
                        let expected: Vec<&String> = page.products.iter().filter(|one| now.contains(*one)).collect();
                        prop_assert_eq!(names(&again), expected);
                    }
                }
                let now = eligible(&small, &has, brand);
                always.retain(|one| now.contains(one));
            }
        }
        prop_assert!(token.is_none(), "the feed comes to an end");
        let missed: Vec<&String> = always.iter().filter(|one| !shown.contains_key(*one)).collect();
        prop_assert!(missed.is_empty(), "skipped: {:?}", missed);
    }
}

#[test]
fn a_page_that_is_asked_for_again_is_the_same_to_the_last_digit() {
    let small = shop(&[1, 5, 9, 13]);
    small.happens(&anna(), [(500, fixture::viewed("p05"))]);
    let token = small.ask(&query(anna())).unwrap().next_page_token.map(Arc::from);
    let ask = |minutes: i64| {
        let mut query = Query { page_token: token.clone(), ..query(anna()) };
        query.asked.now = Timestamp(NOW.0 + minutes * 60_000);
        Answer { attribution_token: String::new(), ..small.ask(&query).unwrap() }
    };
    assert_eq!(ask(1), ask(9));
}

#[test]
fn calls_at_the_same_time_get_one_page() {
    let small = shop(&[1, 5, 9, 13]);
    let token: Option<Arc<str>> = small.ask(&query(anna())).unwrap().next_page_token.map(Arc::from);
    let ask = || small.ask(&Query { page_token: token.clone(), ..query(anna()) }).unwrap();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| names(answer) == names(&answers[0])));
    assert!(answers.iter().all(|answer| answer.next_page_token == answers[0].next_page_token));
}

/// A shop of so many products, of which the model knows the order and brings none.
fn large(products: usize) -> Small {
    let small = Small::of((0..products).map(made));
    let names: Vec<String> = (0..products).map(name).collect();
    let popular: Vec<&str> = names.iter().map(String::as_str).collect();
    small.serve([], &popular);
    small
}

#[test]
fn the_rest_is_found_however_far_it_lies() {
    let small = large(5_000);
    for number in [7, 2_500, 4_999] {
        let mut dear = made(number);
        dear.variants[0].price.minor = 9_000;
        small.put(dear);
    }
    let mut asked = query(anna());
    asked.filter.at_least = Some(crate::domain::Money { minor: 9_000, currency: "PLN".parse().unwrap() });
    let answer = small.ask(&asked).unwrap();
    assert_eq!(names(&answer), ["p07", "p2500", "p4999"]);
    assert_eq!(answer.next_page_token, None);
    assert_eq!(answer.removed[5], 4_997);
}

#[test]
fn a_narrow_filter_looks_at_its_own_list_alone() {
    let small = large(600);
    // It was of another brand when it was put on the list of that one.
    let mut moved = made(3);
    moved.brand = "Rare".into();
    small.put(moved.clone());
    moved.id = id("p06");
    small.put(moved);
    small.put(made(6));
    let mut asked = query(anna());
    asked.filter.brands = vec!["rare".into()];
    let answer = small.ask(&asked).unwrap();
    assert_eq!(names(&answer), ["p03"]);
    assert_eq!(answer.removed.iter().sum::<u32>(), 1, "the one that has left the brand");
}
