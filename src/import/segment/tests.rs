//! Calls as Segment documents them, and as they should not be.

use super::*;
use crate::{
    domain::recommend::{Attribution, Placement},
    import::input::tests::bytes,
};

const CALLS: Calls = Calls { clock: Clock { now: Timestamp(1_700_000_000_000), future_skew_ms: 0 }, currency: None };

fn run(lines: &str) -> Vec<String> {
    read(bytes(lines), CALLS)
        .flat_map(|parsed| match parsed {
            Ok(parsed) => parsed.value.iter().map(|write| show(parsed.line, write)).collect(),
            Err(Unread::Refused(error)) => vec![error.to_string()],
            Err(Unread::LeftOut(what)) => vec![format!("left out: {what}")],
            Err(Unread::Broken(error)) => vec![error.to_string()],
        })
        .collect()
}

fn show(line: u64, write: &Write) -> String {
    match write {
        Write::Event(event) => {
            let kind = serde_json::to_value(event).unwrap();
            let of = |name: &str| kind.get(name).map(ToString::to_string).unwrap_or_default();
            let parts =
                ["who", "channel", "kind", "product", "variant", "order", "items", "item", "name", "value", "stars"];
            let parts: Vec<String> = parts.iter().map(|part| of(part)).filter(|part| !part.is_empty()).collect();
            format!("{line} {}", parts.join(" ")).replace('"', "")
        }
        Write::Link { alias, customer, .. } => {
            format!("{line} link {:?} {:.8} {customer}", alias.kind, alias.value.as_str())
        }
        other => panic!("{other:?}"),
    }
}

fn track(event: &str, properties: &str) -> String {
    format!(
        "{{\"type\":\"track\",\"event\":\"{event}\",\"messageId\":\"m1\",\"userId\":\"u1\",\
         \"timestamp\":\"2023-01-01T00:00:00Z\",\"properties\":{properties}}}\n"
    )
}

#[test]
fn a_token_that_we_did_not_give_out_is_named() {
    let properties = r#"{"product_id":"p","attribution_token":"rubbish"}"#;
    assert_eq!(
        run(&track("Product Clicked", properties)),
        ["line 1: properties.attribution_token \"rubbish\" is no attribution token of this service"]
    );
    let ours = Attribution { answer: [7; 16], placement: Placement::Home, model_version: "m".into() }.token();
    let properties = format!("{{\"product_id\":\"p\",\"attribution_token\":\"{ours}\"}}");
    let read: Vec<_> = read(bytes(track("Product Clicked", &properties)), CALLS).collect();
    let [Ok(Parsed { value, .. })] = &read[..] else { panic!("{read:?}") };
    let [Write::Event(event)] = &value[..] else { panic!("{value:?}") };
    assert_eq!(event.attribution.as_deref(), Some(&*ours));
}

#[test]
fn each_event_of_the_spec_is_read() {
    let check = |event: &str, properties: &str, expected: &[&str]| {
        assert_eq!(run(&track(event, properties)), expected, "{event}");
    };
    check(
        "Product Viewed",
        r#"{"product_id":"p","sku":"p-M","price":19.99}"#,
        &["1 {customer:u1} product_viewed p p-M"],
    );
    check("Product Viewed", r#"{"product_id":507}"#, &["1 {customer:u1} product_viewed 507"]);
    check("Product Clicked", r#"{"sku":"p"}"#, &["1 {customer:u1} clicked p"]);
    let item = "{product:p,quantity:2,unit_price:{currency:EUR,minor:1999}}";
    let json = r#"{"product_id":"p","price":19.99,"quantity":2,"currency":"EUR"}"#;
    check("Product Added", json, &[&format!("1 {{customer:u1}} cart_added {item}")]);
    check("Product Removed", json, &[&format!("1 {{customer:u1}} cart_removed {item}")]);
    check(
        "Order Completed",
        r#"{"order_id":"o","currency":"EUR","products":[{"product_id":"p","price":"19.99","quantity":2}]}"#,
        &[&format!("1 {{customer:u1}} purchased o [{item}]")],
    );
    check("Products Searched", r#"{"query":"red shoes"}"#, &["1 {customer:u1} searched"]);
    check(
        "Product Reviewed",
        r#"{"product_id":"p","rating":"5","review_body":"good"}"#,
        &["1 {customer:u1} rated p 5", "1 {customer:u1} commented p"],
    );
    check("Cart Viewed", "{}", &["1 {customer:u1} page_viewed"]);
    check("Product List Viewed", r#"{"category":"Men > Tops"}"#, &["1 {customer:u1} page_viewed"]);
    check("Coupon Applied", "{}", &["left out: event \"Coupon Applied\""]);
    check("My Own Event", "{}", &["left out: event \"My Own Event\""]);
}

#[test]
fn a_full_refund_returns_all_of_its_order() {
    let order = track("Order Completed", r#"{"order_id":"o","products":[{"product_id":"a"},{"product_id":"b"}]}"#);
    let refund = track("Order Refunded", r#"{"order_id":"o"}"#);
    let items = "[{product:a,quantity:1},{product:b,quantity:1}]";
    assert_eq!(
        run(&format!("{order}{refund}")),
        [format!("1 {{customer:u1}} purchased o {items}"), format!("2 {{customer:u1}} returned o {items}")]
    );
    let partial = track("Order Refunded", r#"{"order_id":"o","products":[{"product_id":"a"}]}"#);
    assert_eq!(run(&partial), ["1 {customer:u1} returned o [{product:a,quantity:1}]"]);
    assert_eq!(run(&refund), ["line 1: properties.order_id \"o\" names no products, and the file has no such order"]);
}

#[test]
fn who_she_is_becomes_traits_and_links_and_never_a_clear_address() {
    let identify = r#"{"type":"identify","messageId":"m","userId":"u","anonymousId":"v","timestamp":"2023-01-01T00:00:00Z",
        "traits":{"email":"test@example.com","firstName":"Ann","tier":"gold","age":31,"address":{"city":"X"}}}"#;
    let identify = identify.replace('\n', " ");
    assert_eq!(
        run(&identify),
        [
            "1 link EmailHash 973dfe46 u",
            "1 {customer:u,visitor:v} trait_set age 31",
            "1 {customer:u,visitor:v} trait_set tier gold",
        ]
    );
    assert_eq!(
        run(&identify.replace("test@example.com", "Ann Smith")),
        ["line 1: email \"\" is none of the known values"]
    );
    let alias = r#"{"type":"alias","userId":"u","previousId":"v","timestamp":"2023-01-01T00:00:00Z"}"#;
    assert_eq!(run(alias), ["1 link Visitor v u"]);
    assert_eq!(run(r#"{"type":"page","userId":"u"}"#), ["left out: call \"page\""]);
}

#[test]
fn the_channel_comes_from_the_device_or_the_sender() {
    let channel = |context: &str| {
        let line = format!(
            "{{\"type\":\"track\",\"event\":\"Cart Viewed\",\"anonymousId\":\"v\",\"properties\":{{}},\
             \"timestamp\":\"2023-01-01T00:00:00Z\",{context}}}"
        );
        run(&line).remove(0).replace("1 {visitor:v}", "").replace("page_viewed", "").trim().to_owned()
    };
    assert_eq!(channel(r#""context":{"device":{"type":"ios"}}"#), "app");
    assert_eq!(channel(r#""channel":"browser""#), "web");
    assert_eq!(channel(r#""context":{"page":{"path":"/"}}"#), "web");
    assert_eq!(channel(r#""channel":"server""#), "");
}

#[test]
fn what_is_wrong_is_refused_by_field_and_the_rest_goes_in() {
    let good = track("Cart Viewed", "{}");
    let check = |line: &str, message: &str| {
        assert_eq!(run(&format!("{}\r\n\u{20}\n{good}", line.trim_end())), [message, "3 {customer:u1} page_viewed"]);
    };
    let call = |fields: &str| format!("{{\"type\":\"track\",\"event\":\"Cart Viewed\",\"properties\":{{}},{fields}}}");
    check("{\"type\":\"tra", "line 1: the line \"{\\\"type\\\":\\\"tra\" is not a JSON object");
    check("[1]", "line 1: the line \"[1]\" is not a JSON object");
    check("{}", "line 1: type \"\" is missing");
    check(&call(r#""timestamp":"2023-01-01""#), "line 1: userId \"\" names nobody: no customer and no visitor");
    check(&call(r#""userId":"u""#), "line 1: originalTimestamp \"\" is missing");
    check(
        &call(r#""userId":"u","timestamp":"1969-01-01""#),
        "line 1: timestamp \"1969-01-01\" is not after 1970-01-01T00:00:00Z",
    );
    check(&call(r#""userId":"u","timestamp":"2050-01-01""#), "line 1: timestamp \"2050-01-01\" is in the future");
    check(&call(r#""userId":"u","timestamp":5"#), "line 1: timestamp \"5\" is not text");
    let item = |fields: &str| track("Product Added", &format!("{{\"product_id\":\"p\",{fields}}}"));
    check(&item(r#""price":5"#), "line 1: properties.price \"5\" has no currency");
    check(&item(r#""price":5,"currency":"QQQ""#), "line 1: properties.currency \"QQQ\" names no currency of ISO 4217");
    check(&item(r#""price":"NaN","currency":"EUR""#), "line 1: properties.price \"NaN\" is not a number");
    check(&item(r#""quantity":0"#), "line 1: properties.quantity \"0\" is below one");
    check(&track("Product Viewed", "{}"), "line 1: properties.product_id \"\" is missing");
    check(
        &track("Product Reviewed", r#"{"sku":"p","rating":9}"#),
        "line 1: properties.rating \"9\" is not between 1 and 5",
    );
}

#[test]
fn calls_without_an_id_get_the_same_one_in_every_run() {
    let line =
        r#"{"type":"track","event":"Cart Viewed","userId":"u","timestamp":"2023-01-01T00:00:00Z","properties":{}}"#;
    let ids = || {
        let all = read(bytes(format!("{line}\n{line}\n")), CALLS).flat_map(|parsed| parsed.unwrap().value);
        all.map(|write| match write {
            Write::Event(event) => event.id,
            other => panic!("{other:?}"),
        })
        .collect::<Vec<_>>()
    };
    let first = ids();
    assert!(first.len() == 2 && first[0] != first[1]);
    assert_eq!(first, ids());
}

#[test]
fn the_bounds_of_the_contract_hold() {
    let order = |lines: usize| {
        let lines = vec![r#"{"product_id":"p"}"#; lines].join(",");
        run(&track("Order Completed", &format!("{{\"products\":[{lines}]}}"))).remove(0)
    };
    assert!(order(500).starts_with("1 {customer:u1} purchased"));
    assert!(order(501).ends_with("has more than 500 entries"));
    let list = run(&track("Product List Viewed", &format!("{{\"category\":\"{}x\"}}", "x/".repeat(10)))).remove(0);
    assert!(list.ends_with("has more than 10 entries"), "{list}");
    let identify = |name: &str, value: &str| {
        let traits = format!("{{\"{name}\":\"{value}\"}}");
        let call = format!(
            "{{\"type\":\"identify\",\"messageId\":\"m1\",\"userId\":\"u1\",\"timestamp\":\"2023-01-01T00:00:00Z\",\"traits\":{traits}}}\n"
        );
        run(&call).remove(0)
    };
    assert!(identify("tier", &"x".repeat(1_024)).contains("trait_set"));
    assert_eq!(identify("tier", &"x".repeat(1_025)), "line 1: traits.tier \"\" is longer than 1024 characters");
    assert!(identify("my tier", "gold").contains("takes letters, digits"));
}
