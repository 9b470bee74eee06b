//! What she keeps, sends back and says, and what is believed of her sizes after it.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    catalog::{Catalog, Product, SizeSystem, Variant},
    customer::Profile,
    event::{Event, EventKind, LineItem, ReturnReason, Who},
    recommend::fixture::{self, NOW, id},
    rules::Rules,
    store::Seq,
};

const W: Option<Audience> = Some(Audience::Women);
const M: Option<Audience> = Some(Audience::Men);
const C: Option<Audience> = Some(Audience::Children);
const U: Option<Audience> = Some(Audience::Unisex);

fn garment(name: &str, garment: Garment, audience: Option<Audience>, sizes: &[&str]) -> Product {
    let plain = fixture::product(name, "", "", 100);
    let variant = |size: &&str| {
        let of = if size.is_empty() { "none" } else { size };
        Variant { id: id(&format!("{name} {of}")), size: (*size).into(), ..plain.variants[0].clone() }
    };
    let variants = sizes.iter().map(variant).collect();
    Product { garment: Some(garment), audience, variants, ..plain }
}

/// Two products of each kind, so that one may be kept and the other sent back.
fn shop() -> Arc<Catalog> {
    let letters = ["XS", "S", "M", "L", "XL", "weird"];
    let mut products = Vec::new();
    for n in 0..8 {
        products.push(garment(&format!("top{n}"), Garment::Top, W, &letters));
        products.push(garment(&format!("dress{n}"), Garment::Dress, W, &["36", "38", "40", "42", "44", "10"]));
        products.push(garment(&format!("shirt{n}"), Garment::Top, M, &letters));
        products.push(garment(&format!("heel{n}"), Garment::Shoes, W, &["37", "38", "38.5", "39", "UK 5", "6"]));
        products.push(garment(&format!("boot{n}"), Garment::Shoes, M, &["42", "43", "44"]));
        products.push(garment(&format!("sneaker{n}"), Garment::Shoes, U, &["38", "39", "43", "44"]));
        products.push(garment(&format!("kid{n}"), Garment::Top, C, &["104", "110", "116", "5-6 Y"]));
        products.push(garment(
            &format!("jean{n}"),
            Garment::Bottom,
            M,
            &["32x32", "32x34", "33x34", "34x34", "33", "50"],
        ));
        products.push(garment(&format!("lamp{n}"), Garment::None, None, &["38", "M"]));
        products.push(garment(&format!("scarf{n}"), Garment::Top, W, &["", "one size"]));
    }
    fixture::catalog(products)
}

#[derive(Debug, Clone)]
enum Did {
    Kept(&'static str, &'static str),
    Back(&'static str, &'static str, ReturnReason),
    Said(Garment, Option<Audience>, &'static str),
}
use Did::{Back, Kept, Said};
use ReturnReason::{ChangedMind, TooLarge, TooSmall};

fn events(did: &[(i64, Did)]) -> Vec<Event> {
    let line = |product: &str, size: &str| LineItem {
        product: id(product),
        variant: Some(id(&format!("{product} {size}"))),
        quantity: 1,
        unit_price: None,
        position: 0,
    };
    let mut events = Vec::new();
    for (n, (days_ago, did)) in did.iter().enumerate() {
        let mut tell = |place: usize, kind| {
            events.push(Event {
                id: id(&format!("e{n}-{place}")),
                who: Who::customer(id("c")),
                time: Timestamp(NOW.plus_days(-days_ago).0 + i64::try_from(place).unwrap()),
                channel: None,
                session: None,
                attribution: None,
                kind,
            });
        };
        match did {
            Kept(product, size) => tell(0, EventKind::Purchased { order: None, items: vec![line(product, size)] }),
            Back(product, size, reason) => {
                let items = vec![line(product, size)];
                tell(0, EventKind::Purchased { order: None, items: items.clone() });
                tell(1, EventKind::Returned { order: None, items, reason: Some(*reason) });
            }
            Said(garment, audience, size) => {
                let (garment, audience, size) = (*garment, *audience, (*size).into());
                tell(0, EventKind::SizeDeclared { garment, audience, size, system: None });
            }
        }
    }
    events
}

fn wardrobe_of(catalog: &Catalog, events: &[Event]) -> Wardrobe {
    let profile = Profile::of(Vec::new(), events, Seq(1), catalog.ids());
    Wardrobe::of(&profile, &catalog.snapshot(), catalog.sizes(), &Rules::default().size, NOW)
}

/// How each size suits her: "+" fits, "1" is one size, "?" is not known, "-" is wrong.
fn suits(catalog: &Catalog, wardrobe: &Wardrobe, garment: Garment, audience: Option<Audience>, sizes: &str) -> String {
    let fit = wardrobe.fit(Worn { garment, audience });
    let mark = |size: &str| match fit.suits(catalog.sizes().code(size, None, garment, audience)) {
        Suits::Fits(_) => '+',
        Suits::OneSize => '1',
        Suits::Unknown => '?',
        Suits::Wrong => '-',
    };
    sizes.split(' ').map(mark).collect()
}

#[track_caller]
fn check(did: &[(i64, Did)], garment: Garment, audience: Option<Audience>, sizes: &str, expected: &str) {
    let catalog = shop();
    let wardrobe = wardrobe_of(&catalog, &events(did));
    assert_eq!(suits(&catalog, &wardrobe, garment, audience, sizes), expected, "{sizes} after {did:?}");
}

#[test]
fn what_she_keeps_is_learned_and_nothing_from_too_little() {
    check(&[], Garment::Top, W, "S M L", "???");
    check(&[(1, Kept("top0", "M"))], Garment::Top, W, "S M L", "???");
    let twice = [(1, Kept("top0", "M")), (9, Kept("top1", "M"))];
    check(&twice, Garment::Top, W, "S M L weird uni", "-+-?1");
    check(&twice, Garment::Top, M, "S M L", "???");
    check(&twice, Garment::Dress, W, "36 38", "??");
    check(&twice, Garment::None, None, "38 M", "??");
    // Three half-lives later two kept purchases are a quarter of one.
    check(&[(1621, Kept("top0", "M")), (1621, Kept("top1", "M"))], Garment::Top, W, "S M L", "???");
    check(&[(1, Kept("scarf0", "none")), (1, Kept("scarf1", "none"))], Garment::Top, W, "S M L", "???");
    check(&[(1, Kept("gone", "M")), (1, Kept("top0", "gone"))], Garment::Top, W, "S M L", "???");
}

#[test]
fn what_went_back_is_not_kept_and_only_for_its_size_does_it_speak() {
    let kept = [(9, Kept("top0", "M")), (9, Kept("top1", "M"))];
    let with = |more: &[(i64, Did)]| [&kept[..], more].concat();
    check(&[(9, Back("top0", "M", ChangedMind)), (9, Kept("top1", "M"))], Garment::Top, W, "M", "?");
    check(&with(&[(3, Back("top2", "M", ChangedMind))]), Garment::Top, W, "M L", "+-");
    check(&with(&[(3, Back("top2", "M", TooSmall))]), Garment::Top, W, "M L", "??");
    let moved = [
        (9, Kept("top0", "M")),
        (8, Back("top1", "M", TooSmall)),
        (7, Back("top2", "M", TooSmall)),
        (6, Kept("top3", "L")),
    ];
    check(&moved, Garment::Top, W, "S M L XL", "--+-");
    let moved = [(8, Back("top1", "L", TooLarge)), (7, Back("top2", "L", TooLarge)), (6, Kept("top3", "M"))];
    check(&moved, Garment::Top, W, "S M L", "-+-");
    // The neighbour keeps the length.
    let waist =
        [(8, Back("jean0", "32x34", TooSmall)), (7, Back("jean1", "32x34", TooSmall)), (6, Kept("jean2", "33x34"))];
    check(&waist, Garment::Bottom, M, "32x34 33x34 34x34 33", "-+-+");
}

#[test]
fn two_people_are_two_sizes_and_a_mixture_is_none() {
    let two =
        [(1, Kept("dress0", "38")), (1, Kept("dress1", "38")), (1, Kept("dress2", "44")), (1, Kept("dress3", "44"))];
    check(&two, Garment::Dress, W, "36 38 40 44", "-+-+");
    let mixture = [(1, Kept("dress0", "36")), (1, Kept("dress1", "38")), (1, Kept("dress2", "42"))];
    check(&mixture, Garment::Dress, W, "36 38 42", "???");
    let mostly = [&two[..2], &[(1, Kept("dress4", "38")), (1, Kept("dress5", "40"))]].concat();
    check(&mostly, Garment::Dress, W, "38 40", "+-");
}

#[test]
fn what_she_says_wins_for_whom_she_says_it() {
    let kept = [(1, Kept("top0", "M")), (9, Kept("top1", "M"))];
    let with = |more: &[(i64, Did)]| [&kept[..], more].concat();
    check(&with(&[(300, Said(Garment::Top, W, "L"))]), Garment::Top, W, "M L", "-+");
    check(&with(&[(300, Said(Garment::Top, None, "L"))]), Garment::Top, W, "M L", "-+");
    check(&with(&[(300, Said(Garment::Top, M, "L"))]), Garment::Top, W, "M L", "+-");
    check(&with(&[(300, Said(Garment::Top, W, "L")), (200, Said(Garment::Top, W, ""))]), Garment::Top, W, "M L", "+-");
    check(
        &with(&[(9, Said(Garment::Top, W, "S")), (5, Said(Garment::Top, W, "XL"))]),
        Garment::Top,
        W,
        "S M XL",
        "--+",
    );
    check(&[(9, Said(Garment::Top, W, "gibberish"))], Garment::Top, W, "S M", "??");
    check(&[(9, Said(Garment::Top, W, "weird"))], Garment::Top, W, "weird M", "+?");
    check(&[(9, Said(Garment::Dress, W, "M"))], Garment::Dress, W, "36 38 40 42 10", "-++-?");
    check(&[(9, Said(Garment::Top, C, "110"))], Garment::Top, C, "104 110 5-6Y", "-++");
    check(&[(300, Said(Garment::Top, C, "110"))], Garment::Top, C, "104 110", "??");
}

#[test]
fn shoes_have_one_scale_and_children_grow() {
    let heels = [(1, Kept("heel0", "38")), (9, Kept("heel1", "UK 5"))];
    check(&heels, Garment::Shoes, W, "37 38 38.5 UK~5 6", "-+-+?");
    check(&heels, Garment::Shoes, U, "38 39 43", "+--");
    check(&heels, Garment::Shoes, M, "42 43", "??");
    let household = [&heels[..], &[(1, Kept("boot0", "43")), (1, Kept("boot1", "43"))]].concat();
    check(&household, Garment::Shoes, U, "38 39 43 44", "+-+-");
    check(&household, Garment::Shoes, None, "38 39", "??");
    let child = |days| [(days, Kept("kid0", "110")), (days, Kept("kid1", "110"))];
    check(&child(10), Garment::Top, C, "104 110 5-6Y", "-++");
    check(&child(100), Garment::Top, C, "104 110", "??");
}

#[test]
fn what_is_believed_can_be_shown() {
    let catalog = shop();
    let did = [
        (1, Kept("top0", "M")),
        (1, Kept("top1", "M")),
        (1, Kept("dress0", "38")),
        (1, Said(Garment::Shoes, W, "UK 5")),
    ];
    let wardrobe = wardrobe_of(&catalog, &events(&did));
    let shown: Vec<String> = wardrobe
        .known()
        .map(|known| {
            let KnownSize { worn, sizes, evidence, weight, agreement } = known;
            format!("{:?} {sizes:?} {evidence:?} {weight:.1} {agreement:.1}", worn.garment)
        })
        .collect();
    let expected = [r#"Top ["M"] Kept 2.0 1.0"#, "Dress [] Kept 1.0 1.0", r#"Shoes ["38", "UK 5"] Declared 0.0 1.0"#];
    assert_eq!(shown, expected);
}

const LETTERS: [&str; 5] = ["XS", "S", "M", "L", "XL"];
const TOPS: [&str; 8] = ["top0", "top1", "top2", "top3", "top4", "top5", "top6", "top7"];

fn deeds() -> impl Strategy<Value = Vec<(i64, Did)>> {
    let reason = prop_oneof![Just(TooSmall), Just(TooLarge), Just(ChangedMind)];
    let deed = (0..900_i64, 0..TOPS.len(), 0..LETTERS.len(), proptest::option::weighted(0.3, reason));
    let deed = deed.prop_map(|(days, top, size, back)| {
        let (top, size) = (TOPS[top], LETTERS[size]);
        (days, back.map_or(Kept(top, size), |reason| Back(top, size, reason)))
    });
    proptest::collection::vec(deed, 0..14)
}

fn of_tops(catalog: &Catalog, events: &[Event]) -> String {
    suits(catalog, &wardrobe_of(catalog, events), Garment::Top, W, &LETTERS.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_of_arrival_does_not_matter(did in deeds(), turn in 0..14_usize) {
        let mut events = events(&did);
        let (first, second) = (shop(), shop());
        let expected = of_tops(&first, &events);
        let turn = turn.min(events.len());
        events.rotate_left(turn);
        events.reverse();
        prop_assert_eq!(of_tops(&second, &events), expected);
    }

    #[test]
    fn keeping_more_of_a_size_never_makes_it_less_known(did in deeds(), size in 0..LETTERS.len(), days in 0..900_i64) {
        // What is sent back takes the newest purchase first: the new one must not be it.
        prop_assume!(!did.iter().any(|(_, deed)| matches!(deed, Back("top0", ..))));
        let catalog = shop();
        let before = of_tops(&catalog, &events(&did));
        let more = [&did[..], &[(days, Kept("top0", LETTERS[size]))]].concat();
        let after = of_tops(&catalog, &events(&more));
        if before.as_bytes()[size] == b'+' {
            prop_assert_eq!(after.as_bytes()[size], b'+', "{} then {}", before, after);
        }
    }
}

#[test]
fn what_goes_back_this_very_moment_speaks_as_it_will_tomorrow() {
    let catalog = shop();
    let back = |days| of_tops(&catalog, &events(&[(days, Back("top0", "XS", TooSmall))]));
    assert_eq!(back(0), back(1));
}

#[test]
fn a_system_that_the_shop_states_is_used() {
    let mut product = garment("rule0", Garment::Dress, W, &["10", "12"]);
    for variant in &mut product.variants {
        variant.size_system = Some(SizeSystem::Uk);
    }
    let catalog = fixture::catalog([product]);
    let wardrobe = wardrobe_of(&catalog, &events(&[(1, Said(Garment::Dress, W, "38"))]));
    let fit = wardrobe.fit(Worn { garment: Garment::Dress, audience: W });
    let code = |text| catalog.sizes().code(text, Some(SizeSystem::Uk), Garment::Dress, W);
    assert_eq!(fit.suits(code("10")), Suits::Fits(Evidence::Declared));
    assert_eq!(fit.suits(code("12")), Suits::Wrong);
}
