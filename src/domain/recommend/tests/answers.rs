//! What one answer holds: order, reasons, what was removed, fallbacks, failures.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::domain::{
    customer::Purpose,
    recommend::fixture::{bought, item, product, viewed},
    shop::AskError,
};

fn shoes() -> Small {
    let small = Small::of([
        product("boots", "Acme", "Shoes/Boots", 30_000),
        product("laces", "Acme", "Shoes/Care", 900),
        product("polish", "Wax", "Shoes/Care", 1_900),
        product("mug", "Clay", "Home/Mugs", 2_500),
        product("sold", "Clay", "Home/Mugs", 2_500),
    ]);
    small.set_stock("sold", 0);
    let boots = Some(small.ix("boots"));
    let behind = || Rationale { product: boots, time: Some(NOW), ..Rationale::of(ReasonCode::GoesWithPurchase) };
    let goes_with = vec![(small.ix("laces"), 3.0, behind()), (small.ix("boots"), 1.0, behind())];
    let popular = small.brings(ReasonCode::Popular, &["mug", "sold", "polish"]);
    small.serve([("goes_with", goes_with), ("popular", popular)], &["mug", "polish", "boots", "laces", "sold"]);
    small
}

fn shown(answer: &Answer) -> String {
    let reason = |reason: &Reason| {
        let about = [reason.product.as_ref().map(Id::shared), reason.subject.clone()];
        let about: Vec<_> = about.into_iter().flatten().collect();
        format!("{:?}({}) {}", reason.code, about.join(","), reason.sentence.as_deref().unwrap_or("-"))
    };
    let mut lines: Vec<String> = Vec::new();
    for one in &answer.products {
        let reasons: Vec<String> = one.reasons.iter().map(reason).collect();
        lines.push(format!(
            "{} {} {:.3} {:?} {}",
            one.product,
            one.variant,
            one.score,
            one.size_note,
            reasons.join("; ")
        ));
    }
    for (reason, count) in Ineligibility::ALL.into_iter().zip(answer.removed).filter(|(_, count)| *count > 0) {
        lines.push(format!("removed {reason:?} {count}"));
    }
    for source in answer.sources.iter().filter(|source| source.candidates > 0 || source.failed) {
        lines.push(format!("source {} {} failed={}", source.source, source.candidates, source.failed));
    }
    lines.push(format!(
        "{:?} model {} more={}",
        answer.fallbacks.first(),
        answer.model_version,
        answer.next_page_token.is_some()
    ));
    lines.join("\n")
}

#[test]
fn one_whole_answer() {
    let small = shoes();
    small.happens(&anna(), [(600, viewed("boots")), (500, bought("boots")), (10, viewed("mug"))]);
    let answer = small.ask(&Query { explain: true, ..query(anna()) }).unwrap();
    insta::assert_snapshot!(shown(&answer), @r"
    laces laces-v 30.000 OneSize GoesWithPurchase(boots) Goes with your purchase: boots
    mug mug-v 25.000 OneSize Popular() Popular right now
    polish polish-v 6.667 OneSize Popular() Popular right now
    removed Bought 1
    removed SoldOut 1
    source goes_with 1 failed=false
    source popular 2 failed=false
    None model m1 more=false
    ");
    let told = Attribution::read(&answer.attribution_token).unwrap();
    assert_eq!((told.placement, &*told.model_version), (Placement::Home, "m1"));
}

#[test]
fn without_asking_there_are_no_sentences() {
    let answer = shoes().ask(&query(anna())).unwrap();
    assert!(answer.products.iter().flat_map(|one| &one.reasons).all(|reason| reason.sentence.is_none()));
}

#[test]
fn the_same_question_has_the_same_answer() {
    let ask = || {
        let small = shoes();
        small.happens(&anna(), [(500, bought("boots")), (10, viewed("mug"))]);
        small.ask(&query(anna())).unwrap()
    };
    assert_eq!(ask(), ask());
}

#[test]
fn the_fallback_says_what_the_answer_rests_on() {
    let visitor = || Who::visitor(id("v"));
    let refuses = || EventKind::ConsentSet { purpose: Purpose::Personalization, granted: false, source: "web".into() };
    let page = || EventKind::PageViewed { placement: None, category_path: Vec::new() };
    let check = |who: Who, events: Vec<(i64, EventKind)>, trained: bool, expected: &[Fallback]| {
        let small = shoes();
        small.shop.serve(model_of(fixed([]), weights(), trained, []));
        small.happens(&who, events);
        assert_eq!(small.ask(&query(who)).unwrap().fallbacks, expected);
    };
    check(anna(), vec![(9, viewed("mug"))], true, &[]);
    check(anna(), vec![(9, viewed("mug"))], false, &[Fallback::NoModel]);
    check(anna(), vec![(9, page())], true, &[Fallback::NoHistory]);
    check(visitor(), vec![(9, viewed("mug"))], true, &[Fallback::SessionOnly]);
    check(anna(), vec![], true, &[Fallback::UnknownCustomer]);
    check(anna(), vec![], false, &[Fallback::UnknownCustomer, Fallback::NoModel]);
    check(visitor(), vec![(9, viewed("mug")), (8, refuses())], false, &[Fallback::NoConsent, Fallback::NoModel]);
}

#[test]
fn without_consent_only_the_session_is_read() {
    let small = shoes();
    let refuses = EventKind::ConsentSet { purpose: Purpose::Personalization, granted: false, source: "web".into() };
    small.happens(&anna(), [(5_000, viewed("mug")), (4_000, refuses), (5, viewed("polish"))]);
    let explained = |product: &str| {
        let explanation = done(small.shop.explain(&query(anna()).asked, &Steering::default(), &id(product))).unwrap();
        explanation.contributions.iter().find(|one| &*one.feature == "looks.seen").unwrap().value
    };
    assert!(explained("polish") > 0.0);
    assert!(explained("mug").abs() < f32::EPSILON);
}

#[test]
fn a_source_that_fails_is_named_and_missed_by_nobody_else() {
    let small = shoes();
    let brought = [("popular", &["polish"]), ("similar", &["mug"])];
    let mut sources = fixed(brought.map(|(name, products)| (name, small.brings(ReasonCode::Popular, products))));
    sources[1].fails = true;
    small.shop.serve(model_of(sources, weights(), true, []));
    let answer = small.ask(&query(anna())).unwrap();
    let failed: Vec<_> = answer.sources.iter().filter(|source| source.failed).map(|source| source.source).collect();
    assert_eq!(failed, ["similar"]);
    assert_eq!(names(&answer)[0], "polish");
}

#[test]
fn a_scorer_for_other_features_is_refused() {
    let refused = Ranking::new(vec![Arc::new(Looks)], Box::new(weights()), Vec::new());
    let said = "the scorer is for 7 features, the sources give 1";
    assert_eq!(refused.map(drop).unwrap_err().to_string(), said);
}

#[test]
fn scores_that_are_no_numbers_sink() {
    struct Odd;
    impl Scorer for Odd {
        fn width(&self) -> usize {
            7
        }
        fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
            scores.extend(rows.chunks_exact(7).map(|row| if row[4] > 1.5 { f32::NAN } else { row[4] }));
        }
        fn parts(&self, row: &[f32]) -> Vec<f32> {
            vec![0.0; row.len()]
        }
    }
    let small = shoes();
    let popular = small.brings(ReasonCode::Popular, &["mug", "polish", "laces"]);
    small.shop.serve(model_of(fixed([("popular", popular)]), Odd, true, []));
    let answer = small.ask(&query(anna())).unwrap();
    assert_eq!(names(&answer), ["polish", "laces", "mug"]);
    assert!(answer.products.iter().all(|one| !one.score.is_nan()));
}

#[test]
fn what_sources_put_far_down_is_not_scored_and_still_comes_in_the_feed() {
    const EACH: usize = 100;
    const LISTS: [&str; 4] = ["a", "b", "c", "d"];
    /// Tells how many it was asked about.
    struct Counted(Arc<AtomicUsize>);
    impl Scorer for Counted {
        fn width(&self) -> usize {
            2 * LISTS.len() + 1
        }
        fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
            let rows = rows.chunks_exact(self.width());
            self.0.fetch_add(rows.len(), Ordering::Relaxed);
            scores.extend(rows.map(|row| row.iter().sum::<f32>()));
        }
        fn parts(&self, row: &[f32]) -> Vec<f32> {
            row.to_vec()
        }
    }
    let name = |list: &str, number: usize| format!("{list}{number:03}");
    let of = |list: &str| (0..EACH).map(|number| name(list, number)).collect::<Vec<_>>();
    let small = Small::of(LISTS.iter().flat_map(|list| of(list)).map(|id| product(&id, "", "A", 1_000)));
    let brings = |list: &str| {
        let names = of(list);
        small.brings(ReasonCode::Popular, &names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let sources = LISTS.map(|name| Fixed { name, brings: brings(name), fails: false }).to_vec();
    let scored = Arc::new(AtomicUsize::new(0));
    small.shop.serve(model_of(sources, Counted(Arc::clone(&scored)), true, []));
    let mut asked = query(anna());
    asked.page_size = 100;
    let mut seen = BTreeSet::new();
    loop {
        let answer = small.ask(&asked).unwrap();
        if seen.is_empty() {
            assert_eq!(scored.load(Ordering::Relaxed), candidates::MOST_TOGETHER);
            assert!(names(&answer).iter().all(|name| name[1..].parse::<usize>().unwrap() < EACH * 3 / 4));
        }
        for name in names(&answer) {
            assert!(seen.insert(name.to_owned()), "{name} comes twice");
        }
        let Some(next) = answer.next_page_token else { break };
        asked.page_token = Some(next.into());
    }
    assert_eq!(seen.len(), EACH * LISTS.len(), "nothing is skipped");
}

#[test]
fn a_filter_and_the_cart_hold_for_the_whole_answer() {
    let small = shoes();
    let mut asked = query(anna());
    asked.filter.categories = vec![vec!["shoes".into()]];
    asked.asked.context.cart = vec![(id("laces"), None), (id("never-heard-of"), None)];
    asked.page_size = 20;
    let answer = small.ask(&asked).unwrap();
    let mut found = names(&answer);
    found.sort_unstable();
    assert_eq!(found, ["boots", "polish"]);
    assert_eq!(answer.next_page_token, None);
    assert_eq!(small.shop.catalog.ids().find_product("never-heard-of"), None);
}

#[test]
fn the_callers_own_list_is_answered_one_by_one() {
    let small = shoes();
    small.happens(&anna(), [(500, bought("boots"))]);
    let list: Vec<Id> = ["mug", "nothing", "boots", "sold", "laces", "mug"].into_iter().map(id).collect();
    let scores = done(small.shop.score(&query(anna()).asked, &Steering::default(), &list)).unwrap();
    let verdicts: Vec<_> = scores.products.iter().map(|one| one.verdict.as_ref().map(|offer| offer.score)).collect();
    assert_eq!(
        verdicts[1..4],
        [Err(&Ineligibility::UnknownProduct), Err(&Ineligibility::Bought), Err(&Ineligibility::SoldOut)]
    );
    assert_eq!(verdicts[0], verdicts[5]);
    assert!(scores.products.iter().map(|one| &one.product).eq(&list));
    let ranked = small.ask(&query(anna())).unwrap();
    let laces = ranked.products.iter().find(|one| one.product.as_str() == "laces").unwrap();
    assert_eq!(verdicts[4], Ok(laces.score));
}

#[test]
fn no_question_keeps_the_runtime_for_more_than_a_stage() {
    let small = shoes();
    let query = query(anna());
    let list = [id("mug"), id("laces")];
    assert!(in_turns(small.shop.recommend(&query)).1 >= 3, "collected, scored, ordered");
    assert!(
        in_turns(small.shop.score(&query.asked, &Steering::default(), &list)).1 >= 4,
        "judged, collected, scored, told"
    );
    assert!(in_turns(small.shop.explain(&query.asked, &Steering::default(), &list[0])).1 >= 2, "collected, scored");
}

#[test]
fn an_explanation_adds_up() {
    let small = shoes();
    small.happens(&anna(), [(500, bought("boots")), (9, EventKind::CartAdded { item: item("mug") })]);
    let asked = query(anna()).asked;
    let laces = done(small.shop.explain(&asked, &Steering::default(), &id("laces"))).unwrap();
    let sum: f32 = laces.contributions.iter().map(|one| one.part).sum();
    assert!((sum - laces.verdict.unwrap().score).abs() < 1e-4);
    assert_eq!(laces.reasons[0].code, ReasonCode::GoesWithPurchase);
    assert_eq!(laces.reasons[0].product, Some(id("boots")));
    assert_eq!(laces.rules.iter().filter(|rule| rule.forbids).count(), 0);
    let mug = done(small.shop.explain(&asked, &Steering::default(), &id("mug"))).unwrap();
    assert_eq!(mug.verdict, Err(Ineligibility::InContext));
    let unknown = done(small.shop.explain(&asked, &Steering::default(), &id("nothing"))).unwrap();
    assert_eq!(unknown.verdict, Err(Ineligibility::UnknownProduct));
    assert!(unknown.rules[0].forbids);
}

#[test]
fn tokens_of_others_are_refused_and_old_ones_have_expired() {
    let small = shoes();
    let first = small.ask(&Query { page_size: 1, ..query(anna()) }).unwrap();
    let token: Option<Arc<str>> = first.next_page_token.map(Into::into);
    let foreign = |query: &Query| matches!(small.ask(query), Err(AskError::ForeignPageToken));
    let expired = |query: &Query| matches!(small.ask(query), Err(AskError::ExpiredPageToken));
    let again = || Query { page_token: token.clone(), ..query(anna()) };
    assert!(foreign(&Query { page_token: token.clone(), ..query(Who::customer(id("eve"))) }));
    assert!(foreign(&Query { page_token: Some("AAAA".into()), ..query(anna()) }));
    let mut other = again();
    other.filter.brands = vec!["Wax".into()];
    assert!(foreign(&other));
    let mut late = again();
    late.asked.now = Timestamp(NOW.0 + small.shop.rules.feed_idle_ms + 1);
    assert!(expired(&late));
    assert!(small.ask(&Query { page_size: 1, ..again() }).is_ok());
    assert!(expired(&late));
    let third = small.ask(&Query { page_size: 1, ..again() }).unwrap().next_page_token.map(Into::into);
    small.feeds.0.lock().clear();
    assert!(expired(&Query { page_token: third, ..query(anna()) }));
}
