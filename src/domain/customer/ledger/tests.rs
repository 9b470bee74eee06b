//! The laws of the ledger: what no order of duplicates, late lines and returns changes.

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::domain::{
    Id,
    customer::{Profile, facts::LastKept},
    event::{LineItem, ReturnReason, Who},
    store::Seq,
};

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

/// "p/M x2 +1" is two of variant M of p, after one equal line.
fn item(text: &str) -> LineItem {
    let mut item = LineItem { product: id("p"), variant: None, quantity: 1, unit_price: None, position: 0 };
    for part in text.split(' ') {
        if let Some(quantity) = part.strip_prefix('x') {
            item.quantity = quantity.parse().unwrap();
        } else if let Some(position) = part.strip_prefix('+') {
            item.position = position.parse().unwrap();
        } else {
            let (product, variant) = part.split_once('/').unwrap_or((part, ""));
            item.product = id(product);
            item.variant = (!variant.is_empty()).then(|| id(variant));
        }
    }
    item
}

/// "3 buy o: p/M x2, q": at 3, of order o. "3 buy: p" names none; "5 back o" is all of it.
fn event(number: usize, text: &str) -> Event {
    let (head, items) = text.split_once(':').unwrap_or((text, ""));
    let mut head = head.split(' ');
    let time = Timestamp(head.next().unwrap().parse().unwrap());
    let verb = head.next().unwrap();
    let order = head.next().map(id);
    let items = items.split(',').map(str::trim).filter(|one| !one.is_empty()).map(item).collect();
    let kind = match verb {
        "buy" => EventKind::Purchased { order, items },
        "small" => EventKind::Returned { order, items, reason: Some(ReturnReason::TooSmall) },
        _ => EventKind::Returned { order, items, reason: None },
    };
    let id = id(&format!("e{number}"));
    Event { id, who: Who::customer(self::id("ada")), time, channel: None, session: None, attribution: None, kind }
}

fn profile<'a>(events: impl IntoIterator<Item = &'a Event>, ids: &Ids) -> Profile {
    Profile::of(Vec::new(), events, Seq(1), ids)
}

/// Every order that they can come in.
fn orders<'a>(events: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    if events.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..events.len() {
        let mut rest = events.to_vec();
        let first = rest.remove(first);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, first);
            order
        }));
    }
    all
}

/// What is kept of each product, whatever came first; "-" where all went back.
fn check(told: &[&str], kept: &str) {
    let events: Vec<Event> = told.iter().enumerate().map(|(number, text)| event(number, text)).collect();
    let ids = Ids::default();
    let at_once = profile(&events, &ids);
    for order in orders(&events.iter().collect::<Vec<_>>()) {
        let mut one_by_one = profile([], &ids);
        for event in &order {
            assert!(one_by_one.fold([*event], &ids), "{told:?}");
        }
        assert_eq!(one_by_one, at_once, "{order:?}");
    }
    let mut owned: Vec<String> = at_once
        .all_owned()
        .map(|(product, owned)| {
            let name = ids.product_id(product).unwrap();
            let kept = if owned.sent_back.is_some() { "-".to_owned() } else { owned.kept.to_string() };
            format!("{name}:{kept}")
        })
        .collect();
    owned.sort();
    assert_eq!(owned.join(" "), kept, "{told:?}");
}

#[test]
fn a_line_of_an_order_counts_once() {
    check(&["1 buy o: p/M", "2 buy o: p/M"], "p:1");
    check(&["1 buy: p/M", "2 buy: p/M"], "p:2");
    check(&["1 buy o: p/M", "1 buy u: p/M"], "p:2");
    check(&["1 buy o: p/M, p/M"], "p:2");
    check(&["1 buy o: p/M, p/M", "2 buy o: p/M", "3 buy o: p/M +1"], "p:2");
    check(&["1 buy o: p/M", "1 buy o: p/L", "4 buy o: q"], "p:2 q:1");
    // The newest telling says how many.
    check(&["1 buy o: p/M x3", "2 buy o: p/M x2"], "p:2");
    check(&["1 buy o: p/M x2", "1 buy o: p/M x3"], "p:3");
}

#[test]
fn a_telling_with_a_variant_says_more() {
    check(&["1 buy o: p", "2 buy o: p/M"], "p:1");
    check(&["1 buy o: p x5", "2 buy o: p/M", "3 buy o: p/L"], "p:2");
    check(&["1 buy o: p, p, p", "2 buy o: p/M"], "p:3");
    check(&["1 buy o: p, p/M"], "p:2");
    check(&["1 buy o: p/M, p", "2 buy o: p, p/M"], "p:2");
}

#[test]
fn a_return_takes_from_its_order_alone() {
    check(&["1 buy o: p/M", "2 back o: p/M"], "p:-");
    check(&["1 buy o: p/M", "2 back u: p/M"], "p:1");
    check(&["1 buy o: p/M", "2 back u"], "p:1");
    check(&["1 buy: p/M", "2 back u: p/M"], "p:1");
    check(&["1 buy o: p/M x2", "2 buy u: p/M", "3 back o: p/M x9"], "p:1");
    // Told before, or with a clock that is behind.
    check(&["5 buy o: p", "3 back o: p"], "p:-");
    // Told twice.
    check(&["1 buy o: p/M x2", "2 back o: p/M", "3 back o: p/M"], "p:1");
    check(&["1 buy o: p/M, p/M", "2 back o: p/M, p/M", "3 back o: p/M +1"], "p:-");
    check(&["1 buy o: p/M, p/L", "2 back o: p/M", "2 back o: p"], "p:1");
    check(&["1 buy o: p/M, p/L", "2 back o: p/S"], "p:1");
    check(&["2 back o: p/M"], "");
}

#[test]
fn an_order_alone_goes_back_whole() {
    check(&["1 buy o: p/M x3, q", "9 back o"], "p:- q:-");
    check(&["1 buy o: p/M", "2 buy u: p/M", "9 back o", "9 back o"], "p:1");
    check(&["1 buy o: p/M x2, q", "3 back o: q", "9 back o"], "p:- q:-");
    check(&["1 buy: p", "9 back o"], "p:1");
}

#[test]
fn a_return_of_no_order_takes_from_the_newest_before_it() {
    check(&["1 buy o: p/M", "2 back: p/M"], "p:-");
    check(&["1 buy: p/M x2", "2 back: p/M", "3 back: p/M"], "p:-");
    check(&["1 buy: p", "2 back: p x5", "3 buy: p"], "p:1");
    check(&["1 buy: p/M", "2 back: p/L"], "p:-");
    // What is known of an order is taken first.
    check(&["1 buy o: p/M", "5 buy u: p/M", "6 back: p/M", "7 back u: p/M"], "p:-");
}

#[test]
fn what_is_kept_of_the_last_purchase_is_what_returns_left() {
    let check = |told: &[&str], time: i64, units: u64| {
        let events: Vec<Event> = told.iter().enumerate().map(|(number, text)| event(number, text)).collect();
        let ids = Ids::default();
        let profile = profile(&events, &ids);
        let owned = profile.owned(ids.product(&id("p"))).unwrap();
        assert_eq!(owned.last_kept, Some(LastKept { time: Timestamp(time), units }), "{told:?}");
    };
    check(&["1 buy o: p/M", "1 buy o: p/L", "9 buy o: p/L"], 1, 2);
    check(&["1 buy o: p/M", "5 buy u: p/M x4", "6 back: p/M"], 5, 3);
    check(&["1 buy o: p/M", "5 buy u: p/L", "6 back: p/M"], 5, 1);
    check(&["1 buy o: p/M", "5 buy u: p/L", "6 back u"], 1, 1);
}

#[test]
fn an_order_is_one_event_however_it_was_told() {
    let told = ["1 buy o: p/M, q", "2 buy o: p/M", "3 buy o: r", "4 buy: p", "5 back o: p/M", "6 back o", "7 back: p"];
    let events: Vec<Event> = told.iter().enumerate().map(|(number, text)| event(number, text)).collect();
    let profile = profile(&events, &Ids::default());
    assert_eq!((profile.events(), profile.first_and_last()), (4, Some((Timestamp(1), Timestamp(7)))));
    let shown = profile.trades().iter().map(|trade| (trade.stamp.event.as_str(), trade.kept_quantity));
    assert_eq!(shown.collect::<Vec<_>>(), [("e0", 0), ("e3", 0), ("e4", 0), ("e6", 0), ("e0", 0), ("e2", 0)]);
}

/// More lines than history is kept of: all of them still decide what is kept, and what can't be told is said.
#[test]
fn the_oldest_lines_keep_their_promise() {
    let ids = Ids::default();
    let many = NEWEST_TRADES + 500;
    let tell = |number: usize, time: usize| event(number, &format!("{time} buy o{number}: p{}/M", number % 700));
    let events: Vec<Event> = (0..many).map(|number| tell(number, 10 + number)).collect();
    let all = profile(&events, &ids);
    assert_eq!((all.trades().len(), all.events()), (NEWEST_TRADES, many as u64));
    assert_eq!(all.all_owned().map(|(_, owned)| owned.kept).sum::<u64>(), many as u64);
    let again: Vec<Event> =
        (0..many).map(|number| Event { id: id(&format!("again{number}")), ..tell(number, 9_000 + number) }).collect();
    let mut twice = all.clone();
    assert!(twice.fold(&again, &ids) && twice == all);
    assert!(twice.fold([&event(7_000, "9999 back o3")], &ids));
    assert_eq!(twice.owned(ids.product(&id("p3"))).unwrap().kept, 3);
    let earlier = Event { id: id("earlier"), ..tell(many - 1, 3) };
    assert!(!twice.fold([&earlier], &ids), "the line is no longer among the newest");
}

/// A clean log in numbers: orders of lines, and what came back of them.
fn clean() -> impl Strategy<Value = Vec<Event>> {
    // Equal lines of an order have one quantity: of two that have not, a part of the order can't say which it means.
    let line = (0..3_u8, 0..3_u8).prop_map(|(product, variant)| format!("p{product}/v{variant} x{}", 1 + product));
    let lines = prop::collection::vec(line, 1..5);
    prop::collection::vec((0..40_i64, 0..4_u8, 0..9_u8, lines), 0..12).prop_map(|told| {
        let each = told.into_iter().enumerate().map(|(number, (time, order, verb, lines))| match verb {
            0..=4 => event(number, &format!("{time} buy o{}: {}", number / 2, lines.join(", "))),
            5 => event(number, &format!("{time} buy: {}", lines.join(", "))),
            6 => event(number, &format!("{time} small o{order}: {}", lines[0])),
            7 => event(number, &format!("{time} back o{order}")),
            _ => event(number, &format!("{time} back: {}", lines[0])),
        });
        each.collect()
    })
}

/// Tells an event again under another id, later or at the same time: whole, in part, row by row, or without variants.
fn again(event: &Event, number: usize, way: u8, later: i64) -> Vec<Event> {
    let again = |part: usize, change: &dyn Fn(&mut Vec<LineItem>)| {
        let mut again = Event { id: id(&format!("{}~{number}.{part}", event.id)), ..event.clone() };
        again.time = Timestamp(event.time.0 + later);
        let (EventKind::Purchased { items, .. } | EventKind::Returned { items, .. }) = &mut again.kind else {
            unreachable!("of goods")
        };
        change(items);
        again
    };
    let (EventKind::Purchased { order, items } | EventKind::Returned { order, items, .. }) = &event.kind else {
        unreachable!("of goods")
    };
    match way {
        _ if order.is_none() => Vec::new(),
        _ if items.is_empty() => vec![again(0, &|_| {})],
        0 => vec![again(0, &|_| {})],
        1 => vec![again(0, &|items| items.truncate(1 + number % items.len()))],
        2 => (0..items.len())
            .map(|row| {
                let equal = items[..row].iter().filter(|before| **before == items[row]).fold(0, |count, _| count + 1);
                again(row, &|items| *items = vec![LineItem { position: equal, ..items[row].clone() }])
            })
            .collect(),
        _ => vec![again(0, &|items| items.iter_mut().for_each(|item| item.variant = None))],
    }
}

/// What a shop and its network make of a clean log: in any order, with more tellings of the same.
pub(crate) fn noisy_log() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let noise = prop::collection::vec((any::<Index>(), 0..4_u8, 0..9_i64), 0..12);
    (clean(), noise).prop_flat_map(|(clean, noise)| {
        let mut all = clean.clone();
        for (number, (which, way, later)) in noise.into_iter().enumerate() {
            if !clean.is_empty() {
                all.extend(again(which.get(&clean), number, way, later));
            }
        }
        (Just(clean), Just(all).prop_shuffle())
    })
}

proptest! {
    /// No order of duplicates, parts and late lines changes the profile that the clean log gives.
    #[test]
    fn noise_changes_nothing((clean, noisy) in noisy_log(), cut in any::<Index>()) {
        let ids = Ids::default();
        let expected = profile(&clean, &ids);
        prop_assert_eq!(&profile(&noisy, &ids), &expected, "at once");
        let cut = if noisy.is_empty() { 0 } else { cut.index(noisy.len()) };
        let mut in_parts = profile(&noisy[..cut], &ids);
        for event in &noisy[cut..] {
            prop_assert!(in_parts.fold([event], &ids));
        }
        prop_assert_eq!(&in_parts, &expected, "one by one");
        let sold = clean.iter().map(|event| match &event.kind {
            EventKind::Purchased { items, .. } => items.iter().map(|item| u64::from(item.quantity)).sum::<u64>(),
            _ => 0,
        });
        let kept: u64 = expected.all_owned().map(|(_, owned)| owned.kept).sum();
        prop_assert!(kept <= sold.sum());
    }
}
