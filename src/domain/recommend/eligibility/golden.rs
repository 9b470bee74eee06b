//! The golden table: one row per case, naming the rule that decides, or the variant that is offered and why that one.
//!
//! The rows are in `cases`; the shop that they all start from, and what can happen in it, is in `world`.

mod cases;
mod world;

use std::collections::BTreeSet;

use world::World;

use crate::domain::{
    event::{EventKind, LineItem, ReturnReason},
    recommend::{Filter, Ineligibility, Runs, SizeNote},
};

/// One row.
struct Case {
    /// What it shows.
    name: &'static str,
    /// The product that is asked about.
    product: &'static str,
    /// What happened before.
    given: fn(&mut World),
    /// The rule that decides, or the variant that is offered.
    expected: Result<(&'static str, SizeNote), Ineligibility>,
}

/// Asks of the case's product, both ways, and demands that they agree.
fn verdict(case: &Case) -> Result<(String, SizeNote), Ineligibility> {
    let mut world = World::new();
    (case.given)(&mut world);
    let verdict = world.ask(case.product);
    let rules = world.explain(case.product);
    assert_eq!(rules.iter().map(|rule| rule.rule).collect::<Vec<_>>(), Ineligibility::ALL, "{}", case.name);
    let first = rules.iter().find(|rule| rule.forbids).map(|rule| rule.rule);
    assert_eq!(first, verdict.as_ref().err().copied(), "the explanation of {:?} differs: {rules:?}", case.name);
    verdict
}

#[test]
fn each_case_is_decided_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let found = verdict(&case);
        let expected = case.expected.map(|(variant, note)| (variant.to_owned(), note));
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_and_every_note_decides_some_case() {
    let cases = cases::all();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    for rule in Ineligibility::ALL {
        assert!(cases.iter().any(|case| case.expected == Err(rule)), "{rule:?} decides nothing");
    }
    for note in [SizeNote::Declared, SizeNote::Kept, SizeNote::Unknown, SizeNote::OneSize] {
        assert!(cases.iter().any(|case| case.expected.is_ok_and(|(_, found)| found == note)), "{note:?} is never said");
    }
}

/// Makes the product break the rule, on top of what was done before.
fn forbid(world: &mut World, rule: Ineligibility) {
    match rule {
        Ineligibility::UnknownProduct => world.delete("boots"),
        Ineligibility::Bought => world.bought("boots", "41-black", 1, 5),
        Ineligibility::SoldOut => world.sold_out("boots"),
        Ineligibility::WrongSize => world.declared_shoes("46"),
        Ineligibility::InContext => world.in_view = Some("boots"),
        Ineligibility::Filtered => world.filter.brands = vec!["Nobody".into()],
        Ineligibility::Hidden => world.hide("brand", Filter { brands: vec!["Marlow".into()], ..Filter::default() }),
    }
}

#[test]
fn of_two_rules_that_forbid_the_earlier_is_named() {
    for (at, first) in Ineligibility::ALL.into_iter().enumerate() {
        for second in Ineligibility::ALL.into_iter().skip(at + 1) {
            let mut world = World::new();
            forbid(&mut world, second);
            forbid(&mut world, first);
            assert_eq!(world.ask("boots").unwrap_err(), first, "beside {second:?}");
        }
    }
}

#[test]
fn the_explanation_gives_the_facts() {
    let mut world = World::new();
    world.bought("coffee", "250g", 2, 40);
    world.in_view = Some("coffee");
    let rules = world.explain("coffee");
    let facts = |rule: Ineligibility| rules.iter().find(|one| one.rule == rule).map(|one| one.facts.clone()).unwrap();
    let fact = |rule, name: &str| {
        facts(rule).into_iter().find(|(found, _)| *found == name).map(|(_, value)| value).unwrap_or_default()
    };
    let bought = world::NOW.plus_days(-40);
    assert_eq!(fact(Ineligibility::Bought, "kept_quantity"), "2");
    assert_eq!(fact(Ineligibility::Bought, "last_purchase_ms"), bought.0.to_string());
    assert_eq!(fact(Ineligibility::Bought, "due_ms"), bought.plus_days(60).0.to_string());
    assert_eq!(fact(Ineligibility::InContext, "in_view"), "true");
    assert_eq!(fact(Ineligibility::SoldOut, "variants_that_sell"), "1");

    let mut world = World::new();
    world.declared_shoes("41");
    world.stock("boots", "41-black", 0);
    let rules = world.explain("boots");
    let size = rules.iter().find(|one| one.rule == Ineligibility::WrongSize).unwrap();
    let expected = [("evidence", "declared"), ("sizes_that_fit", "41"), ("sizes_in_stock", "40, 41, 42")];
    assert_eq!(size.facts, expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn what_runs_small_is_offered_in_the_larger_of_her_sizes_and_never_in_another() {
    let (small, large) = (Some(Runs::Small), Some(Runs::Large));
    let check = |given: fn(&mut World), runs, expected: (&str, Option<Runs>, bool)| {
        let mut world = World::new();
        given(&mut world);
        world.turns_out("boots", runs);
        let (variant, fitting) = world.offer("boots").unwrap();
        assert_eq!((variant.as_str(), fitting.runs, fitting.moved), expected);
    };
    // 40 and 41 are hers.
    let between: fn(&mut World) = |w| w.declared_shoes("40-41");
    check(between, None, ("40-black", None, false));
    check(between, small, ("41-black", small, true));
    check(between, large, ("40-black", large, true));
    // Her one size stays her size, and of two people's sizes neither is taken for the other.
    check(|w| w.declared_shoes("41"), small, ("41-black", small, false));
    // Nothing is known of her: the product alone moves nothing.
    check(|_| {}, small, ("41-black", small, false));
    // What she chose herself stays.
    let looked: fn(&mut World) = |w| {
        w.declared_shoes("40-41");
        w.viewed("boots", "40-black", 1);
    };
    check(looked, small, ("40-black", small, false));
}

#[test]
fn what_she_sent_back_for_its_size_is_not_chosen_again() {
    let sent_back = |variant: &str, reason| {
        let mut world = World::new();
        world.bought("boots", variant, 1, 10);
        let product = crate::domain::Id::new("boots").unwrap();
        let variant = Some(crate::domain::Id::new(variant).unwrap());
        let items = vec![LineItem { product, variant, quantity: 1, unit_price: None, position: 0 }];
        world.did(5, EventKind::Returned { order: None, items, reason: Some(reason) });
        world
    };
    let mut world = sent_back("41-black", ReturnReason::TooSmall);
    world.turns_out("boots", None);
    assert_eq!(world.offer("boots").unwrap().0, "42-black");
    // Only sizes that she would find too small are left: the rules do not forbid them, and the largest is the least wrong.
    world.stock("boots", "42-black", 0);
    assert_eq!(world.offer("boots").unwrap().0, "41-black");
    let mut world = sent_back("41-brown", ReturnReason::TooLarge);
    world.price("boots", "40-black", 90_000);
    world.turns_out("boots", Some(Runs::Small));
    assert_eq!(world.offer("boots").unwrap().0, "40-black", "the return is hers, the rest is everybody's");
}
