//! What shops really send: the good of a line goes in, the rest is told with its line, field and value.

use std::{process::Output, sync::Mutex};

use outfitter::domain::{
    customer::Purpose,
    event::{Event, EventKind},
    store::{Seq, Store as _},
};
use tempfile::TempDir;

use super::{import, store};

/// What came of a file of this name in an empty folder.
struct Imported {
    events: Vec<Event>,
    told: String,
}

fn imported(what: &str, name: &str, content: &str) -> Imported {
    let folder = TempDir::new().unwrap();
    let output = import(&folder, what, name, content.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let seen = Mutex::new(Vec::new());
    store(folder.path()).each_event(Seq::default(), &mut |_, event, _| seen.lock().unwrap().push(event)).unwrap();
    Imported { events: seen.into_inner().unwrap(), told: told(&output) }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

impl Imported {
    /// What was bought: who, the order, each product with its quantity and the minor units of its price.
    fn bought(&self) -> Vec<String> {
        let one = |event: &Event| {
            let EventKind::Purchased { order, items } = &event.kind else { return None };
            let order = order.as_ref().map_or("-", |order| order.as_str());
            let items = items.iter().map(|item| {
                let price = item.unit_price.map_or_else(|| "?".to_owned(), |price| price.minor.to_string());
                format!("{} x{} {price}", item.product, item.quantity)
            });
            Some(format!("{} {order}: {}", event.who.subject().unwrap().value, items.collect::<Vec<_>>().join(", ")))
        };
        self.events.iter().filter_map(one).collect()
    }

    fn refusals(&self) -> Vec<(String, Purpose)> {
        let one = |event: &Event| match event.kind {
            EventKind::ConsentSet { purpose, granted: false, .. } => {
                Some((event.who.subject().unwrap().value.to_string(), purpose))
            }
            _ => None,
        };
        self.events.iter().filter_map(one).collect()
    }

    #[track_caller]
    fn tells(&self, part: &str) {
        assert!(self.told.contains(part), "{part:?} is not in\n{}", self.told);
    }
}

#[test]
fn a_price_never_sinks_what_was_bought() {
    let order = |price: &str| {
        format!(
            "{{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"m\",\"userId\":\"ewa\",\"timestamp\":\"2024-05-01T08:00:00Z\",\
             \"properties\":{{\"order_id\":\"o1\",\"currency\":\"PLN\",\"products\":[{{\"product_id\":\"coat\",\"price\":{price},\"quantity\":2}}]}}}}\n"
        )
    };
    for (price, minor) in [
        ("89.99000000000001", "8999"),
        ("\"89.989999999999994\"", "8999"),
        ("\"89,99 zł\"", "8999"),
        ("\"1 289,99\"", "128999"),
        ("\"PLN 89.99\"", "8999"),
        ("90", "9000"),
    ] {
        let seen = imported("events", "calls.jsonl", &order(price));
        assert_eq!(seen.bought(), [format!("ewa o1: coat x2 {minor}")], "{price}");
        assert!(!seen.told.contains("warnings"), "{}", seen.told);
    }
    for (price, why) in [("-5", "is negative"), ("\"on request\"", "is not a number")] {
        let seen = imported("events", "calls.jsonl", &order(price));
        assert_eq!(seen.bought(), ["ewa o1: coat x2 ?"]);
        let value = price.trim_matches('"');
        seen.tells(&format!("line 1: products.price {value:?} {why} (the rest went in)\n"));
        seen.tells(&format!("           1  warnings\n           1      products.price {why}\n"));
    }
}

#[test]
fn one_bad_line_of_an_order_does_not_take_the_others_with_it() {
    let calls = r#"{"type":"track","event":"Order Completed","messageId":"m","userId":"ewa","timestamp":"2024-05-01T08:00:00Z","properties":{"order_id":"o1","products":[{"product_id":"coat","quantity":"1.0"},{"name":"gift wrap","quantity":1},{"product_id":"cap","quantity":"two"}]}}
"#;
    let seen = imported("events", "calls.jsonl", calls);
    assert_eq!(seen.bought(), ["ewa o1: coat x1 ?, cap x1 ?"]);
    seen.tells("line 1: products.product_id \"\" is missing (the rest went in)");
    seen.tells("line 1: products.quantity \"two\" is not a whole number (the rest went in)");
}

#[test]
fn placeholders_make_nobody_one_person() {
    let call = |n: usize, ids: &str| {
        format!(
            "{{\"type\":\"track\",\"event\":\"Product Added\",\"messageId\":\"m{n}\",{ids},\"timestamp\":\"2024-05-01T08:00:00Z\",\
             \"properties\":{{\"product_id\":\"p{n}\"}}}}\n"
        )
    };
    for placeholder in [
        "\"undefined\"",
        "\"NULL\"",
        "\"[object Object]\"",
        "0",
        "\"( not set )\"",
        "\"00000000-0000-0000-0000-000000000000\"",
    ] {
        let calls: String =
            (1..=2).map(|n| call(n, &format!("\"userId\":{placeholder},\"anonymousId\":\"v{n}\""))).collect();
        let seen = imported("events", "calls.jsonl", &(calls + &call(3, &format!("\"userId\":{placeholder}"))));
        let who: Vec<String> = seen.events.iter().map(|event| event.who.subject().unwrap().value.to_string()).collect();
        assert_eq!(who, ["v1", "v2"], "{placeholder}");
        assert!(seen.events.iter().all(|event| event.who.customer.is_none()));
        seen.tells("is a placeholder and names nobody");
        seen.tells("           1  refused\n");
    }
}

#[test]
fn an_address_as_an_id_is_kept_as_its_hash() {
    let calls = r#"{"type":"track","event":"Product Viewed","messageId":"m1","userId":"Ewa@Shop.example","timestamp":"2024-05-01T08:00:00Z","properties":{"product_id":"coat"}}
{"type":"track","event":"Product Viewed","messageId":"m2","userId":"ewa@shop.example ","timestamp":"2024-05-02T08:00:00Z","properties":{"product_id":"cap"}}
{"type":"track","event":"Product Viewed","messageId":"m3","userId":"+48 600 100 200","timestamp":"2024-05-02T08:00:00Z","properties":{"product_id":"cap"}}
"#;
    let seen = imported("events", "calls.jsonl", calls);
    let ids: Vec<&str> = seen.events.iter().map(|event| event.who.customer.as_ref().unwrap().as_str()).collect();
    assert!(ids[0] == ids[1] && ids[0].starts_with("email-") && ids[2].starts_with("phone-"), "{ids:?}");
    let kept = format!("{:?}", seen.events);
    assert!(!kept.to_lowercase().contains("ewa@") && !kept.contains("600"), "{kept}");
}

#[test]
fn a_refusal_of_consent_goes_in_beside_whatever_is_wrong() {
    let customers = r#"{"customer":"ewa","phone":"600 100 200","email":"ewa at home","updated":"yesterday","traits":{"locale":["pl"]},"consents":{"personalization":false}}
{"customer":"iga","consents":{"marketing":"unsubscribed"},"shoe_size":39}
{"email":"ola@shop.example","consents":{"marketing":"opt-out"}}
{"customer":"jan","consents":{"personalization":"hm"}}
"#;
    let seen = imported("customers", "customers.jsonl", customers);
    let refusals = seen.refusals();
    let (who, purposes): (Vec<&str>, Vec<Purpose>) = refusals.iter().map(|(who, of)| (who.as_str(), *of)).unzip();
    assert_eq!((who[0], who[1], who[3]), ("ewa", "iga", "jan"));
    assert_eq!(who[2].len(), 64);
    assert_eq!(purposes, [Purpose::Personalization, Purpose::Marketing, Purpose::Marketing, Purpose::Personalization]);
    seen.tells("line 1: phone \"\" is no phone number with its country's code (the rest went in)");
    seen.tells("line 1: updated \"yesterday\" is not a time (the rest went in)");
    seen.tells("line 2: shoe_size \"\" is no field that is known here (the rest went in)");
    seen.tells(
        "line 4: consents.personalization \"hm\" is neither yes nor no, and is taken as a refusal (the rest went in)",
    );
    assert!(!seen.told.contains("600") && !seen.told.contains("at home"), "{}", seen.told);
}

#[test]
fn a_refused_identifier_leaves_the_traits_beside_it() {
    let calls = r#"{"type":"identify","messageId":"m","userId":"ewa","timestamp":"2024-05-01T08:00:00Z","traits":{"phone":"600 100 200","locale":"pl","tier":"gold"}}
"#;
    let seen = imported("events", "calls.jsonl", calls);
    let traits: Vec<&EventKind> = seen.events.iter().map(|event| &event.kind).collect();
    assert_eq!(traits.len(), 2, "{traits:?}");
    seen.tells("line 1: traits.phone \"\" is no phone number with its country's code (the rest went in)");
}

#[test]
fn names_and_times_are_read_as_they_are_written() {
    let call = |n: usize, event: &str, time: &str| {
        format!(
            "{{\"type\":\"track\",\"messageId\":\"m{n}\",\"event\":\"{event}\",\"userId\":\"ewa\",{time},\"properties\":{{\"product_id\":\"coat\"}}}}\n"
        )
    };
    let times = [
        "\"timestamp\":\"2024-05-01 10:00:00 +0200\"",
        "\"timestamp\":\"2024-05-01T10:00:00+0200\"",
        "\"timestamp\":1714550400000",
        "\"timestamp\":\"1714550400\"",
        "\"timestamp\":\"Wed, 01 May 2024 08:00:00 GMT\"",
        "\"receivedAt\":\"2024-05-01T08:00:00.000Z\"",
    ];
    let names = ["product viewed", "PRODUCT_VIEWED", "productViewed", "view_item", "Product Viewed", "product-viewed"];
    let calls = times.iter().zip(names).enumerate().map(|(n, (time, name))| call(n, name, time));
    let seen = imported("events", "calls.jsonl", &calls.collect::<String>());
    assert_eq!(seen.events.len(), times.len(), "{}", seen.told);
    for event in &seen.events {
        assert_eq!(event.time.0, 1_714_550_400_000, "{event:?}");
        assert!(matches!(event.kind, EventKind::ProductViewed { .. }), "{event:?}");
    }
}

#[test]
fn one_file_holds_calls_in_batches_lists_and_lines() {
    let call = |n: usize| {
        format!(
            "{{\"type\":\"track\",\"messageId\":\"m{n}\",\"event\":\"Cart Viewed\",\"userId\":\"ewa\",\"timestamp\":\"2024-05-01\"}}"
        )
    };
    let lines = format!("{}\n{{\"batch\":[{},{}]}}\nrubbish\n[{}]\n", call(1), call(2), call(3), call(4));
    let seen = imported("events", "calls.jsonl", &lines);
    assert_eq!(seen.events.len(), 4);
    seen.tells("line 3: the line \"\" is not a JSON object\n");
    seen.tells("           5  rows read\n");
    let list = format!("[\n  {},\n  {}\n]\n", call(1), call(2));
    assert_eq!(imported("events", "calls.json", &list).events.len(), 2);
}

#[test]
fn whoever_asks_to_be_forgotten_is_gone() {
    let calls = r#"{"type":"track","event":"Product Viewed","messageId":"m1","userId":"ewa","timestamp":"2024-05-01T08:00:00Z","properties":{"product_id":"coat"}}
{"type":"track","event":"Product Viewed","messageId":"m2","userId":"iga","timestamp":"2024-05-01T08:00:00Z","properties":{"product_id":"coat"}}
{"type":"delete","userId":"ewa","messageId":"m3"}
"#;
    let seen = imported("events", "calls.jsonl", calls);
    let who: Vec<_> = seen.events.iter().map(|event| event.who.customer.as_ref().unwrap().as_str()).collect();
    assert_eq!(who, ["iga"]);
    seen.tells("           1  customers erased\n");
}

#[test]
fn text_that_is_broken_costs_what_it_stands_in() {
    let folder = TempDir::new().unwrap();
    let lines = b"{\"customer\":\"ewa\",\"traits\":{\"city\":\"\xa3\xf3d\x9f\",\"tier\":\"gold\"},\"consents\":{\"marketing\":false}}\n\
        {\"customer\":\"iga\",\"traits\":{\"age\":NaN},\"consents\":{\"marketing\":false}}\n\
        {\"customer\":17.0,\"traits\":{\"motto\":\"so\tit is \\ud83d\"},\"consents\":{\"marketing\":false}}\n";
    let output = import(&folder, "customers", "customers.jsonl", lines);
    assert!(output.status.success(), "{output:?}");
    let seen = Mutex::new(Vec::new());
    store(folder.path()).each_event(Seq::default(), &mut |_, event, _| seen.lock().unwrap().push(event)).unwrap();
    let seen = Imported { events: seen.into_inner().unwrap(), told: told(&output) };
    let who: Vec<String> = seen.refusals().into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["ewa", "iga", "17"]);
    assert_eq!(seen.events.len(), 4, "{:?}", seen.events);
    seen.tells("line 1: traits.city \"\" is not valid UTF-8 (the rest went in)");
    seen.tells("line 3: traits.motto \"\" is not valid UTF-8 (the rest went in)");
}

const SHOPIFY: &str = "Name,Email,Financial Status,Paid at,Accepts Marketing,Currency,Total,Created at,Lineitem quantity,\
Lineitem name,Lineitem price,Lineitem sku,Cancelled at,Phone\n\
#1001,ola@shop.example,paid,2024-05-01 10:00:02 +0200,no,PLN,99.97,2024-05-01 10:00:00 +0200,1,Coat,89.99,coat-M,,\n\
#1001,,,,,,,,2,Cap,4.99,cap,,\n\
#1001,,,,,,,,2,Cap,4.99,cap,,\n\
#1002,,paid,,,PLN,5,2024-05-02 10:00:00 +0200,1,Cap,4.99,cap,,+48600100200\n\
#1003,iga@shop.example,refunded,,,PLN,5,2024-05-02 10:00:00 +0200,1,Cap,4.99,cap,,\n\
#1004,jan@shop.example,pending,,,PLN,5,2024-05-02 10:00:00 +0200,1,Cap,4.99,cap,2024-05-03 08:00:00 +0200,\n\
#1005,,paid,,,PLN,5,2024-05-02 10:00:00 +0200,1,Gift card,4.99,,,\n";

#[test]
fn orders_of_shopify_need_no_mapping() {
    let seen = imported("events", "orders_export.csv", SHOPIFY);
    let bought = seen.bought();
    let [coat, cap, again, by_phone, till] = &bought[..] else { panic!("{bought:?}\n{}", seen.told) };
    let (ola, line) = coat.split_once(' ').unwrap();
    assert!(ola.len() == 64 && line == "#1001: coat-M x1 8999", "{coat}");
    assert_eq!([cap, again], [&format!("{ola} #1001: cap x2 499"), &format!("{ola} #1001: cap x2 499")]);
    assert!(by_phone.ends_with(" #1002: cap x1 499") && !by_phone.starts_with(ola), "{by_phone}");
    assert_eq!(till, "order-#1005 #1005: Gift card x1 499");
    let positions = seen.events.iter().map(|event| match &event.kind {
        EventKind::Purchased { items, .. } => items[0].position,
        other => panic!("{other:?}"),
    });
    assert_eq!(positions.collect::<Vec<_>>(), [0, 0, 1, 0, 0]);
    assert!(seen.events.iter().take(3).all(|event| event.time.0 == 1_714_550_400_000));
    seen.tells("1      Financial Status = \"refunded\"\n");
    assert!(!format!("{:?}{}", seen.events, seen.told).contains("@shop.example"));
}

#[test]
fn orders_of_woocommerce_need_no_mapping() {
    let orders = "\"Order Number\",\"Order Status\",\"Order Date\",\"Email (Billing)\",\"Phone (Billing)\",\"Item #\",SKU,\"Item Name\",\
        \"Quantity (- Refund)\",\"Item Cost\"\n\
        501,Completed,\"2024-05-01 10:00\",ola@shop.example,600100200,1,coat-M,Coat,1,\"89,99\"\n\
        501,Completed,\"2024-05-01 10:00\",ola@shop.example,600100200,2,cap,Cap,0,\"4,99\"\n\
        502,Cancelled,\"2024-05-02 10:00\",ola@shop.example,,1,cap,Cap,1,\"4,99\"\n\
        503,Processing,\"2024-05-02 10:00\",ola@shop.example,,1,cap,Cap,3,\"4,99\"\n";
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, orders).unwrap();
    let mut command = super::outfitter();
    command.args(["import", "events", "--currency", "PLN", "--set", "rules.time_zone=Europe/Warsaw"]);
    let output = command.arg(&file).arg("--data").arg(folder.path().join("data")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let seen = Mutex::new(Vec::new());
    store(folder.path()).each_event(Seq::default(), &mut |_, event, _| seen.lock().unwrap().push(event)).unwrap();
    let seen = Imported { events: seen.into_inner().unwrap(), told: told(&output) };
    let lines: Vec<String> = seen.bought().iter().map(|line| line[65..].to_owned()).collect();
    assert_eq!(lines, ["501: coat-M x1 8999", "503: cap x3 499"], "{}", seen.told);
    assert_eq!(seen.events[0].time.0, 1_714_550_400_000);
}
