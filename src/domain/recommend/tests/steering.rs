//! What the shop steers: the order, the places of pins, what is accounted for, and that feeds stay whole.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    merchandising::{Action, MerchandisingRule},
    recommend::{
        SteeredBy, Weighting,
        fixture::{bought, product},
    },
};

fn of_brand(brand: &str) -> Filter {
    Filter { brands: vec![brand.into()], ..Filter::default() }
}

fn by(filter: Filter, factor: f64) -> Vec<Weighting> {
    vec![Weighting { filter, factor }]
}

fn rule(name: &str, action: Action) -> MerchandisingRule {
    let (placements, segments) = (Vec::new(), Vec::new());
    MerchandisingRule { id: id(name), action, placements, segments, from: None, until: None }
}

fn pin(name: &str, product: &str, position: u32) -> MerchandisingRule {
    rule(name, Action::Pin { product: id(product), position })
}

/// Six products of which a source brings four, one a little better than the next, and all are known by popularity.
fn shop() -> Small {
    let names = ["a", "b", "c", "d", "e", "f"];
    let brands = ["Acme", "Brio", "Acme", "Brio", "Crux", "Crux"];
    let small = Small::of(names.iter().zip(brands).map(|(name, brand)| product(name, brand, name, 1_000)));
    let scores = [0.4, 0.3, 0.2, 0.1];
    let brought = |(name, score): (&&str, f32)| (small.ix(name), score, Rationale::of(ReasonCode::Popular));
    let brought = names.iter().zip(scores).map(brought).collect();
    small.serve([("popular", brought)], &names);
    small
}

#[test]
fn boosts_and_buries_move_within_the_order() {
    let small = shop();
    let check = |steering: Steering, expected: &[&str]| {
        let answer = small.ask(&Query { steering: steering.clone(), page_size: 6, ..query(anna()) }).unwrap();
        assert_eq!(names(&answer), expected, "{steering:?}");
        assert_eq!(answer.next_page_token, None);
    };
    let nothing = Steering::default;
    check(nothing(), &["a", "b", "c", "d", "e", "f"]);
    check(Steering { boosts: by(of_brand("Brio"), 1_000.0), ..nothing() }, &["b", "d", "a", "c", "e", "f"]);
    check(Steering { bury: by(of_brand("Acme"), 1_000.0), ..nothing() }, &["b", "d", "a", "c", "e", "f"]);
    // A factor near one moves nothing past what is clearly better.
    check(Steering { boosts: by(of_brand("Brio"), 1.000_1), ..nothing() }, &["a", "b", "c", "d", "e", "f"]);
    // What no source brought joins where a boost names it.
    check(Steering { boosts: by(of_brand("Crux"), 1_000.0), ..nothing() }, &["e", "f", "a", "b", "c", "d"]);
    // What is buried and not ranked stands last.
    let e = Filter { only: vec![id("e")], ..Filter::default() };
    check(Steering { bury: by(e, 2.0), ..nothing() }, &["a", "b", "c", "d", "f", "e"]);
    let both = Steering { boosts: by(of_brand("Brio"), 100.0), bury: by(of_brand("Brio"), 100.0) };
    check(both, &["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn a_boost_is_told_and_is_part_of_the_score() {
    let small = shop();
    let steering = Steering { boosts: by(of_brand("Brio"), 8.0), ..Steering::default() };
    small.shop.merchandising.load([rule("less", Action::Bury(Weighting { filter: of_brand("Brio"), factor: 2.0 }))]);
    let asked = query(anna()).asked;
    let plain = done(small.shop.explain(&asked, &Steering::default(), &id("a"))).unwrap();
    assert_eq!(plain.steered_by, []);
    let explained = done(small.shop.explain(&asked, &steering, &id("b"))).unwrap();
    let by: Vec<_> = explained.steered_by.iter().map(|one| (one.by, one.rule.clone())).collect();
    assert_eq!(by, [(SteeredBy::Boost(8.0), None), (SteeredBy::Bury(2.0), Some(id("less")))]);
    let part = |feature: &str| explained.contributions.iter().find(|one| &*one.feature == feature).unwrap().part;
    assert!((part("boost") - 8.0_f32.ln()).abs() < 1e-6 && (part("bury") + 2.0_f32.ln()).abs() < 1e-6);
    let score = |steering: &Steering| {
        let scores = done(small.shop.score(&asked, steering, &[id("b")])).unwrap();
        scores.products[0].verdict.clone().unwrap().score
    };
    let shift = score(&steering) - score(&Steering::default());
    assert!((shift - 8.0_f32.ln()).abs() < 1e-5, "{shift}");
    let answer = small.ask(&Query { steering, page_size: 1, ..query(anna()) }).unwrap();
    assert_eq!(names(&answer), ["b"]);
    assert_eq!(answer.products[0].steered_by, explained.steered_by);
}

#[test]
fn pins_stand_at_their_places_and_what_may_not_be_offered_is_accounted_for() {
    let small = shop();
    let check = |rules: Vec<MerchandisingRule>, expected: &[&str]| {
        small.shop.merchandising.load(rules.clone());
        let answer = small.ask(&Query { page_size: 6, ..query(anna()) }).unwrap();
        assert_eq!(names(&answer), expected, "{rules:?}");
        answer
    };
    check(vec![pin("r", "f", 1)], &["f", "a", "b", "c", "d", "e"]);
    check(vec![pin("r", "f", 3)], &["a", "b", "f", "c", "d", "e"]);
    check(vec![pin("r", "a", 6)], &["b", "c", "d", "e", "f", "a"]);
    check(vec![pin("r", "a", 100)], &["b", "c", "d", "e", "f", "a"]);
    // Of two for one place the first by id, and the next follows.
    check(vec![pin("x", "e", 2), pin("w", "f", 2)], &["a", "f", "e", "b", "c", "d"]);
    // A product is pinned once.
    check(vec![pin("x", "e", 1), pin("w", "e", 3)], &["e", "a", "b", "c", "d", "f"]);
    small.set_stock("e", 0);
    small.happens(&anna(), [(10, bought("f"))]);
    let answer =
        check(vec![pin("x", "e", 1), pin("y", "f", 2), pin("z", "d", 2), pin("v", "?", 1)], &["a", "d", "b", "c"]);
    let removed = |rule| answer.removed[Ineligibility::ALL.iter().position(|one| *one == rule).unwrap()];
    let counts = [Ineligibility::SoldOut, Ineligibility::Bought, Ineligibility::UnknownProduct].map(removed);
    assert_eq!(counts, [1, 1, 1]);
}

#[derive(Debug, Clone)]
struct Drawn {
    boosts: Vec<usize>,
    bury: Vec<usize>,
    pins: Vec<(usize, u32)>,
    sizes: Vec<usize>,
    candidates: Vec<usize>,
    trained: bool,
}

const PRODUCTS: usize = 14;

fn drawn() -> impl Strategy<Value = Drawn> {
    let some = || prop::collection::vec(0..PRODUCTS, 0..5);
    let pins = prop::collection::vec((0..PRODUCTS, 1..9_u32), 0..5);
    let candidates = prop::sample::subsequence((0..PRODUCTS).collect::<Vec<_>>(), 0..PRODUCTS);
    let sizes = prop::collection::vec(1..6_usize, 1..4);
    (some(), some(), pins, sizes, candidates, any::<bool>()).prop_map(
        |(boosts, bury, pins, sizes, candidates, trained)| Drawn { boosts, bury, pins, sizes, candidates, trained },
    )
}

fn name(number: usize) -> String {
    format!("p{number:02}")
}

fn named(numbers: &[usize]) -> Vec<Weighting> {
    numbers
        .iter()
        .map(|number| Weighting { filter: Filter { only: vec![id(&name(*number))], ..Filter::default() }, factor: 9.0 })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// However a feed is steered, it shows all that may be offered, each once, leaves no hole, and says the same twice. Each
    /// pin of the first page stands at its place or at the next one that was free.
    #[test]
    fn a_steered_feed_stays_whole(drawn in drawn()) {
        let small = Small::of((0..PRODUCTS).map(|n| product(&name(n), ["Acme", "Brio"][n % 2], "A/X", 1_000)));
        let all: Vec<String> = (0..PRODUCTS).map(name).collect();
        let brings: Vec<&str> = drawn.candidates.iter().map(|n| all[*n].as_str()).collect();
        let sources = fixed([("popular", small.brings(ReasonCode::Popular, &brings))]);
        let popular: Vec<ProductIx> = all.iter().skip(2).map(|name| small.ix(name)).collect();
        small.shop.serve(model_of(sources, weights(), drawn.trained, popular));
        small.set_stock("p03", 0);
        let rules = drawn.pins.iter().enumerate();
        small.shop.merchandising.load(rules.map(|(n, (product, position))| pin(&format!("r{n}"), &name(*product), *position)));
        let steering = Steering { boosts: named(&drawn.boosts), bury: named(&drawn.bury) };
        let mut sizes = drawn.sizes.iter().copied().cycle();
        let (mut token, mut shown, mut first) = (None, Vec::new(), 0);
        for page in 0..2 * PRODUCTS {
            let page_size = sizes.next().unwrap();
            let query = Query { steering: steering.clone(), page_size, page_token: token, ..query(anna()) };
            let answer = small.ask(&query).unwrap();
            let again = small.ask(&query).unwrap();
            prop_assert_eq!(names(&answer), names(&again), "not the same twice");
            prop_assert!(answer.next_page_token.is_none() || answer.products.len() == page_size, "a hole");
            shown.extend(names(&answer).into_iter().map(str::to_owned));
            if page == 0 {
                first = answer.products.len();
            }
            token = answer.next_page_token.map(Into::into);
            if token.is_none() {
                break;
            }
        }
        prop_assert_eq!(token, None);
        let once: BTreeSet<&String> = shown.iter().collect();
        prop_assert_eq!(once.len(), shown.len(), "something repeats in {:?}", &shown);
        prop_assert_eq!(shown.len(), PRODUCTS - 1, "something is skipped in {:?}", &shown);
        let mut pins: Vec<(u32, usize)> = drawn.pins.iter().map(|(product, position)| (*position, *product)).collect();
        pins.sort_by_key(|(position, _)| *position);
        let (mut free, mut pinned) = (1, BTreeSet::from([3]));
        for (position, product) in pins {
            if pinned.insert(product) {
                let place = free.max(position as usize);
                free = place + 1;
                if place <= first {
                    prop_assert_eq!(&shown[place - 1], &name(product), "at {} of {:?}", place, &shown);
                }
            }
        }
    }
}
