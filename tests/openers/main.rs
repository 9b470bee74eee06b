//! Openers of a whole shop over the embedded store: what is said, what it rests on, and that nothing is said twice.

#![expect(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod shop;

use std::{collections::BTreeSet, sync::Arc};

use outfitter::domain::{
    Timestamp,
    customer::Purpose,
    event::{EventKind, ReturnReason, Who},
    opener::{Opener, OpenerQuery, Situation},
    recommend::{Fallback, Placement},
};
use shop::{Fixture, HOUR, NOW, id, item, query};

async fn said(events: Vec<(i64, EventKind)>, page: Placement) -> Opener {
    let fixture = Fixture::new();
    fixture.tell("c", events).await;
    let mut query = query("c", None);
    query.page = page;
    fixture.shop.open(&query).await.unwrap()
}

async fn check(events: Vec<(i64, EventKind)>, situation: Situation, text: &str, facts: &[&str], offered: &[&str]) {
    let opener = said(events, Placement::Home).await;
    assert_eq!(opener.text.replace('\u{a0}', " "), text);
    assert_eq!(opener.situation, situation);
    assert_eq!(opener.facts.iter().map(|fact| fact.kind).collect::<Vec<_>>(), facts);
    assert!(opener.facts.iter().all(|fact| fact.time <= NOW));
    assert_eq!(opener.products.iter().map(|product| product.variant.as_str()).collect::<Vec<_>>(), offered);
}

fn cart(product: &str, variant: &str) -> EventKind {
    EventKind::CartAdded { item: item(product, variant) }
}

fn bought(product: &str, variant: &str) -> EventKind {
    EventKind::Purchased { order: Some(id("o1")), items: vec![item(product, variant)] }
}

fn looked(product: &str, variant: &str) -> EventKind {
    EventKind::ProductViewed { product: id(product), variant: Some(id(variant)) }
}

fn complained() -> EventKind {
    EventKind::Complained { complaint: id("k1"), order: None, text: "the sole came off".into() }
}

#[tokio::test]
async fn each_situation_is_found_with_its_facts() {
    let two_sizes = || vec![(HOUR, cart("boots", "b41")), (HOUR / 2, cart("boots", "b42"))];
    check(
        two_sizes(),
        Situation::CartSeveralSizes,
        "W koszyku masz jeden model w dwóch rozmiarach, 41 i 42: Sztyblety Trip. Pomóc Ci dobrać rozmiar?",
        &["cart_added", "cart_added"],
        &["b42"],
    )
    .await;
    let mut both = two_sizes();
    both.push((30 * 24 * HOUR, complained()));
    check(
        both,
        Situation::ComplaintOpen,
        "Przepraszamy za kłopot. Twoje zgłoszenie z 10 października wciąż jest otwarte. Połączyć Cię z konsultantem?",
        &["complained"],
        &[],
    )
    .await;
    check(
        vec![(5 * HOUR, cart("mug", "m"))],
        Situation::CartForgotten,
        "W koszyku nadal czeka: Kubek Lumen. Dokończyć zamówienie?",
        &["cart_added", "price_now"],
        &["m"],
    )
    .await;
    // Size 43 came back two days ago.
    check(
        vec![(72 * HOUR, looked("boots", "b43"))],
        Situation::BackInSize,
        "Znów w sprzedaży w rozmiarze 43: Sztyblety Trip, 1 299,00 zł. Dodać do koszyka?",
        &["product_viewed", "back_in_stock", "price_now"],
        &["b43"],
    )
    .await;
    let delivered = EventKind::OrderDelivered { order: id("o1") };
    check(
        vec![(72 * HOUR, bought("mug", "m")), (HOUR, delivered)],
        Situation::OrderArrived,
        "Zamówienie już dotarło: Kubek Lumen. Wszystko w porządku?",
        &["order_delivered", "purchased"],
        &[],
    )
    .await;
    let items = vec![item("boots", "b41")];
    let returned = EventKind::Returned { order: Some(id("o1")), items, reason: Some(ReturnReason::TooSmall) };
    check(
        vec![(200 * HOUR, bought("boots", "b41")), (HOUR, returned)],
        Situation::ReturnedForSize,
        "Rozmiar 41 okazał się za mały? Mamy większy, 42: Sztyblety Trip. Dodać do koszyka?",
        &["returned", "in_stock_now"],
        &["b42"],
    )
    .await;
    check(
        vec![(31 * 24 * HOUR, bought("coffee", "k"))],
        Situation::ConsumableDue,
        "Kończy się zapas? Kawa Lumen – ostatni zakup był 9 października. Zamówić ponownie?",
        &["purchased", "price_now"],
        &["k"],
    )
    .await;
}

#[tokio::test]
async fn what_goes_with_the_last_purchase_is_offered_where_it_may_be() {
    let fixture = Fixture::new();
    for other in 0..20 {
        let items = vec![item("boots", "b41"), item("mug", "m"), item("lamp", "l")];
        let order = EventKind::Purchased { order: None, items };
        fixture.tell_at(&format!("other{other}"), NOW.plus_days(-60), order).await;
    }
    fixture.learn();
    fixture.tell("c", vec![(HOUR, bought("boots", "b41"))]).await;
    let opener = fixture.shop.open(&query("c", None)).await.unwrap();
    assert_eq!(opener.situation, Situation::GoesWithPurchase);
    assert_eq!(opener.text, "Do Twojego zakupu „Sztyblety Trip” pasuje: Kubek Lumen. Pokazać?");
    assert_eq!(opener.facts.iter().map(|fact| fact.kind).collect::<Vec<_>>(), ["purchased", "price_now"]);
    let reason = &opener.products[0].reasons[0];
    assert_eq!(opener.products[0].product.as_str(), "mug", "the lamp is sold out");
    assert_eq!(reason.sentence.as_deref(), Some("Pasuje do Twojego zakupu: Sztyblety Trip"));

    fixture.tell("d", vec![(HOUR, bought("boots", "b41")), (HOUR / 2, bought("mug", "m"))]).await;
    let opener = fixture.shop.open(&query("d", None)).await.unwrap();
    assert_eq!(opener.situation, Situation::Greeting, "she has all that goes with it: {}", opener.text);
}

#[tokio::test]
async fn what_is_not_true_is_not_said() {
    let check = async |events, why: &str| {
        let opener = said(events, Placement::Home).await;
        assert_eq!(opener.situation, Situation::Greeting, "{why}: {}", opener.text);
    };
    check(vec![(HOUR, cart("mug", "m"))], "a cart of an hour is not forgotten").await;
    check(vec![(24 * HOUR, looked("boots", "b43"))], "it was back already when she looked").await;
    check(vec![(72 * HOUR, looked("boots", "b41"))], "it was never gone").await;
    check(vec![(5 * HOUR, cart("lamp", "l"))], "what waits in the cart is sold out").await;
    check(vec![(20 * 24 * HOUR, bought("coffee", "k"))], "it is not due").await;
    check(vec![(240 * HOUR, EventKind::OrderDelivered { order: id("o1") })], "it did not arrive just now").await;
    let resolved = EventKind::ComplaintResolved { complaint: id("k1") };
    check(vec![(9 * HOUR, complained()), (HOUR, resolved)], "it was resolved").await;
    let items = vec![item("boots", "b42")];
    let returned = EventKind::Returned { order: None, items, reason: Some(ReturnReason::TooLarge) };
    let bought = bought("boots", "b42");
    let again = cart("boots", "b41");
    check(vec![(99 * HOUR, bought), (HOUR, returned), (HOUR / 2, again)], "she chose the next size herself").await;
}

#[tokio::test]
async fn greetings_fit_the_page_and_offer_something() {
    let fixture = Fixture::new();
    let mut asked = query("stranger", None);
    asked.page = Placement::ProductPage;
    asked.product = Some(id("mug"));
    asked.locale = Some("en-GB".parse().unwrap());
    let opener = fixture.shop.open(&asked).await.unwrap();
    assert_eq!(opener.text, "Hello! You are looking at: Kubek Lumen. Shall I tell you more?");
    assert_eq!(
        (opener.locale.to_string().as_str(), opener.fallbacks.first()),
        ("en", Some(&Fallback::UnknownCustomer))
    );
    assert_eq!(opener.facts[0].kind, "product_in_view");
    assert!(!opener.products.is_empty());
    assert!(opener.products.iter().all(|product| !["mug", "lamp"].contains(&product.product.as_str())));
}

#[tokio::test]
async fn without_consent_the_session_alone_is_spoken_of() {
    let fixture = Fixture::new();
    let refused = EventKind::ConsentSet { purpose: Purpose::Personalization, granted: false, source: "web".into() };
    let events = vec![(99 * HOUR, refused), (50 * HOUR, complained()), (5 * HOUR, cart("mug", "m"))];
    fixture.tell("c", events).await;
    let opener = fixture.shop.open(&query("c", Some("one"))).await.unwrap();
    assert_eq!((opener.situation, opener.fallbacks.first()), (Situation::Greeting, Some(&Fallback::NoConsent)));
    fixture.tell("c", vec![(HOUR / 4, cart("boots", "b41")), (HOUR / 5, cart("boots", "b42"))]).await;
    let opener = fixture.shop.open(&query("c", Some("two"))).await.unwrap();
    assert_eq!((opener.situation, opener.fallbacks.first()), (Situation::CartSeveralSizes, Some(&Fallback::NoConsent)));
}

#[tokio::test]
async fn a_situation_rests_until_something_new_happens() {
    let fixture = Fixture::new();
    fixture.tell("c", vec![(HOUR, cart("boots", "b41")), (HOUR / 2, cart("boots", "b42"))]).await;
    let situation = async |conversation, days| {
        let mut asked = query("c", Some(conversation));
        asked.now = NOW.plus_days(days);
        let opener = fixture.shop.open(&asked).await.unwrap();
        (opener.situation, opener.text)
    };
    let (first, text) = situation("one", 0).await;
    assert_eq!(first, Situation::CartSeveralSizes);
    assert_ne!(situation("two", 1).await.0, Situation::CartSeveralSizes, "it rests over conversations");
    let (later, other) = situation("three", 8).await;
    assert_eq!(later, Situation::CartSeveralSizes, "after some days it may be said again");
    assert_ne!(other, text, "in other words");
    fixture.tell_at("c", NOW.plus_days(9), cart("boots", "b43")).await;
    assert_eq!(situation("four", 10).await.0, Situation::CartSeveralSizes, "there is a third size");
}

#[tokio::test]
async fn a_product_that_was_just_named_is_not_named_again() {
    let fixture = Fixture::new();
    // Two sizes of one model, which have waited for long: both situations hold.
    fixture.tell("c", vec![(5 * HOUR, cart("boots", "b41")), (4 * HOUR, cart("boots", "b42"))]).await;
    let text = async |conversation, at: i64| {
        let asked = OpenerQuery { now: Timestamp(NOW.0 + at), ..query("c", conversation) };
        fixture.shop.open(&asked).await.unwrap().text
    };
    let sizes = "W koszyku masz jeden model w dwóch rozmiarach, 41 i 42: Sztyblety Trip. Pomóc Ci dobrać rozmiar?";
    assert_eq!(text(None, 0).await, sizes);
    assert_eq!(text(None, 1).await, "Zajrzymy jeszcze do nowości?");
    assert_eq!(text(Some("next day"), 24 * HOUR).await, "Dzień dobry, miło, że jesteś! Pokazać nowości?");
    // Of something else in the cart she has not heard.
    fixture.tell_at("c", Timestamp(NOW.0 + 24 * HOUR), cart("mug", "m")).await;
    let forgotten = text(Some("evening"), 30 * HOUR).await;
    assert_eq!(forgotten, "W koszyku nadal czeka: Kubek Lumen i jeszcze 2 rzeczy. Dokończyć zamówienie?");
}

#[tokio::test]
async fn days_are_those_of_the_shop_or_of_the_customer() {
    let check = async |shop: &str, own: Option<(&str, &str)>, expected: &str| {
        let mut fixture = Fixture::new();
        fixture.shop.rules.time_zone = shop.parse().unwrap();
        // The 2nd of October, 23:30 by UTC.
        let bought_at = Timestamp(NOW.plus_days(-38).0 + 11 * HOUR + HOUR / 2);
        fixture.tell_at("c", bought_at, bought("coffee", "k")).await;
        if let Some((name, zone)) = own {
            let set = EventKind::TraitSet { name: name.into(), value: zone.into(), source: "app".into() };
            fixture.tell_at("c", bought_at, set).await;
        }
        let opener = fixture.shop.open(&query("c", None)).await.unwrap();
        let expected = format!("Kończy się zapas? Kawa Lumen – ostatni zakup był {expected}. Zamówić ponownie?");
        assert_eq!(opener.text.replace('\u{a0}', " "), expected);
    };
    check("UTC", None, "2 października").await;
    check("Europe/Warsaw", None, "3 października").await;
    check("Europe/Warsaw", Some(("time_zone", "America/New_York")), "2 października").await;
    check("UTC", Some(("timezone", "Asia/Tokyo")), "3 października").await;
    check("Europe/Warsaw", Some(("time_zone", "the moon")), "3 października").await;
}

#[tokio::test]
async fn the_calls_of_one_day_of_the_shop_are_one_conversation() {
    let mut fixture = Fixture::new();
    fixture.shop.rules.time_zone = "Asia/Tokyo".parse().unwrap();
    let text = async |hours: i64| {
        let asked = OpenerQuery { now: Timestamp(NOW.0 + hours * HOUR), ..query("c", None) };
        fixture.shop.open(&asked).await.unwrap().text
    };
    // Noon of UTC is nine in the evening there.
    let greeting = "Dzień dobry, miło, że jesteś! Pokazać nowości?";
    assert_eq!(text(0).await, greeting);
    assert_eq!(text(2).await, "Zajrzymy jeszcze do nowości?");
    let next_day = text(4).await;
    assert!(next_day.starts_with("Dzień dobry") || next_day.starts_with("Witaj"), "{next_day}");
}

#[tokio::test]
async fn a_conversation_hears_no_line_twice() {
    for conversation in [None, Some("chat")] {
        let fixture = Fixture::new();
        fixture.tell("c", vec![(5 * HOUR, cart("boots", "b41")), (4 * HOUR, cart("boots", "b42"))]).await;
        let mut heard = BTreeSet::new();
        for _ in 0..130 {
            let opener = fixture.shop.open(&query("c", conversation)).await.unwrap();
            assert!(heard.insert(opener.text.clone()), "said twice: {}", opener.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_at_one_time_never_say_the_same() {
    let fixture = Arc::new(Fixture::new());
    fixture.tell("c", vec![(5 * HOUR, cart("boots", "b41")), (4 * HOUR, cart("boots", "b42"))]).await;
    // The visitor is hers: site and app share one memory.
    let who = Who { customer: Some(id("c")), visitor: Some(id("v")), other: None };
    fixture.tell_as(who, NOW, EventKind::Searched { query: "boots".into() }).await;
    let calls: Vec<_> = (0..24)
        .map(|n| {
            let fixture = Arc::clone(&fixture);
            let mut asked = query("c", Some("chat"));
            if n % 2 == 0 {
                asked.who = Who::visitor(id("v"));
            }
            tokio::spawn(async move { fixture.shop.open(&asked).await.unwrap().text })
        })
        .collect();
    let mut heard = BTreeSet::new();
    for call in calls {
        let text = call.await.unwrap();
        assert!(heard.insert(text.clone()), "said twice: {text}");
    }
}
