//! Calls as Segment documents them, and as they should not be.

use super::*;
use crate::{
    domain::recommend::{Attribution, Placement},
    import::context::tests::at,
    tabular::input::tests::bytes,
};

const NOW: i64 = 1_700_000_000_000;

pub(super) fn run(lines: &str) -> Vec<String> {
    read(bytes(lines), at(NOW), None)
        .flat_map(|parsed| match parsed {
            Ok(parsed) => {
                let said = parsed.value.iter().map(|write| show(parsed.line, write));
                said.chain(parsed.warnings.iter().map(|warning| format!("warning: {warning}"))).collect()
            }
            Err(Unread::Refused(error) | Unread::Nameless(error)) => vec![error.to_string()],
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
            let parts = [
                "who", "channel", "kind", "product", "variant", "order", "items", "item", "name", "value", "stars",
                "purpose", "granted", "query",
            ];
            let parts: Vec<String> = parts.iter().map(|part| of(part)).filter(|part| !part.is_empty()).collect();
            format!("{line} {}", parts.join(" ")).replace('"', "")
        }
        Write::Link { alias, customer, .. } => {
            format!("{line} link {:?} {:.8} {customer}", alias.kind, alias.value.as_str())
        }
        Write::Erase { who, time, .. } => format!("{line} erase {:?} {} {}", who.kind, who.value, time.0),
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
        [
            "1 {customer:u1} clicked p",
            "warning: line 1: properties.attribution_token \"rubbish\" is no attribution token of this service"
        ]
    );
    let ours = Attribution { answer: [7; 16], placement: Placement::Home, model_version: "m".into() }.token();
    let properties = format!("{{\"product_id\":\"p\",\"attribution_token\":\"{ours}\"}}");
    let read: Vec<_> = read(bytes(track("Product Clicked", &properties)), at(NOW), None).collect();
    let [Ok(Parsed { value, .. })] = &read[..] else { panic!("{read:?}") };
    let [Write::Event(event)] = &value[..] else { panic!("{value:?}") };
    assert_eq!(event.attribution.as_deref(), Some(&*ours));
}

#[test]
fn fields_are_known_in_any_spelling() {
    let check = |properties: &str, expected: &[&str]| {
        assert_eq!(run(&track("Product Viewed", properties)), expected, "{properties}");
    };
    for name in ["product_id", "productId", "ProductID", "PRODUCT-ID", "Product Id"] {
        check(&format!("{{\"{name}\":\"p\"}}"), &["1 {customer:u1} product_viewed p"]);
    }
    // The exact spelling comes first, but for one that says nothing; a database's own id is none.
    check(r#"{"ProductID":"q","product_id":"p"}"#, &["1 {customer:u1} product_viewed p"]);
    check(r#"{"ProductID":"q","product_id":" "}"#, &["1 {customer:u1} product_viewed q"]);
    check(r#"{"products":[{"_id":"5f","SKU":"p"}]}"#, &["1 {customer:u1} product_viewed p"]);
    let long = "x".repeat(129);
    let shown = "x".repeat(60);
    check(
        &format!("{{\"ProductID\":\"{long}\"}}"),
        &[&format!("line 1: properties.ProductID \"{shown}\" is longer than an id may be (128 characters)")],
    );
    let call = r#"{"Type":"track","Event":"Product Viewed","UserID":"u1","Timestamp":"2023-01-01T00:00:00Z","Properties":{"ProductID":"p"}}"#;
    assert_eq!(run(call), ["1 {customer:u1} product_viewed p"]);
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
    check("Products Searched", r#"{"query":"red shoes"}"#, &["1 {customer:u1} searched red shoes"]);
    check(
        "Product Reviewed",
        r#"{"product_id":"p","rating":"5","review_body":"good"}"#,
        &["1 {customer:u1} rated p 5", "1 {customer:u1} commented p"],
    );
    check("Cart Viewed", "{}", &["1 {customer:u1} page_viewed"]);
    check("Product List Viewed", r#"{"category":"Men > Tops"}"#, &["1 {customer:u1} page_viewed"]);
    check("Order Delivered", r#"{"order_id":"o"}"#, &["1 {customer:u1} order_delivered o"]);
    check("Coupon Applied", "{}", &["left out: event \"Coupon Applied\""]);
    check("My Own Event", "{}", &["left out: event \"My Own Event\""]);
}

#[test]
fn a_full_refund_names_its_order_alone() {
    let refund = |properties: &str| run(&track("Order Refunded", properties));
    assert_eq!(refund(r#"{"order_id":"o"}"#), ["1 {customer:u1} returned o []"]);
    assert_eq!(refund(r#"{"order_id":"o","products":[]}"#), ["1 {customer:u1} returned o []"]);
    let item = "[{product:a,quantity:2}]";
    assert_eq!(
        refund(r#"{"order_id":"o","products":[{"product_id":"a","quantity":-2}]}"#),
        [format!("1 {{customer:u1}} returned o {item}")]
    );
    // What came back of it can't be read: that is not all of it.
    assert_eq!(
        refund(r#"{"order_id":"o","products":[{"name":"A"},{"name":"B"}]}"#),
        ["line 1: products.product_id \"\" is missing"]
    );
    assert_eq!(refund("{}"), ["line 1: properties.products \"\" names no products and no order"]);
}

#[test]
fn of_an_order_the_good_lines_go_in_and_the_bad_are_told() {
    let order = |lines: &str| {
        run(&track("Order Completed", &format!("{{\"order_id\":\"o\",\"currency\":\"PLN\",\"products\":[{lines}]}}")))
    };
    assert_eq!(
        order(
            r#"{"product_id":"a","price":59.970000000000006,"quantity":1.0},{"name":"B"},"C",{"product_id":"d","quantity":0}"#
        ),
        [
            "1 {customer:u1} purchased o [{product:a,quantity:1,unit_price:{currency:PLN,minor:5997}}]",
            "warning: line 1: products.product_id \"\" is missing",
            "warning: line 1: products.quantity \"0\" is below one",
            "warning: line 1: products.product_id \"\" is missing",
        ]
    );
    assert_eq!(
        order(r#"{"id":"b","sku":"b-M"}"#),
        ["1 {customer:u1} purchased o [{product:b,quantity:1,variant:b-M}]"]
    );
    let alone = track("Order Completed", r#"{"order_id":"o","products":{"product_id":"b"}}"#);
    assert_eq!(run(&alone), ["1 {customer:u1} purchased o [{product:b,quantity:1}]"]);
    let written = track("Order Completed", r#"{"order_id":"o","products":"[{\"product_id\":\"b\"}]"}"#);
    assert_eq!(run(&written), ["1 {customer:u1} purchased o [{product:b,quantity:1}]"]);
    assert_eq!(order(r#"{"name":"B"}"#), ["line 1: products.product_id \"\" is missing"]);
    assert_eq!(order(""), ["line 1: properties.products \"\" names no products"]);
    for (price, minor) in [("\"12,50\"", 1_250), ("\"12,50 zł\"", 1_250), ("\"PLN 12.50\"", 1_250), ("1e1", 1_000)] {
        let seen = order(&format!("{{\"product_id\":\"a\",\"price\":{price}}}"));
        assert_eq!(
            seen,
            [format!(
                "1 {{customer:u1}} purchased o [{{product:a,quantity:1,unit_price:{{currency:PLN,minor:{minor}}}}}]"
            )]
        );
    }
    for (fields, warning) in [
        (r#""price":-5"#, "products.price \"-5\" is negative"),
        (r#""price":"gratis""#, "products.price \"gratis\" is not a number"),
        (r#""price":{}"#, "products.price \"{}\" is not text"),
        (r#""price":5,"currency":"QQQ""#, "products.currency \"QQQ\" names no currency of ISO 4217"),
        (r#""variant_id":[1]"#, "products.variant_id \"[1]\" is not text"),
    ] {
        let seen = order(&format!("{{\"product_id\":\"a\",{fields}}}"));
        assert_eq!(
            seen,
            ["1 {customer:u1} purchased o [{product:a,quantity:1}]", &format!("warning: line 1: {warning}")]
        );
    }
    let unnamed = track("Order Completed", r#"{"order_id":"undefined","products":[{"product_id":"a"}]}"#);
    assert_eq!(
        run(&unnamed),
        [
            "1 {customer:u1} purchased null [{product:a,quantity:1}]",
            "warning: line 1: properties.order_id \"undefined\" is a placeholder and names nobody"
        ]
    );
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
        run(&identify
            .replace("test@example.com", "Ann Smith")
            .replace("31", "[31]")
            .replace("gold", &"x".repeat(1_025))),
        ["line 1: traits.email \"\" is no mail address"]
    );
    assert_eq!(
        run(&identify.replace("\"email\":\"test@example.com\"", "\"phone\":\"600 100 200\"")),
        [
            "1 {customer:u,visitor:v} trait_set age 31",
            "1 {customer:u,visitor:v} trait_set tier gold",
            "warning: line 1: traits.phone \"\" is no phone number with its country's code",
        ]
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
fn what_is_essential_and_wrong_is_refused_by_field() {
    let good = track("Cart Viewed", "{}");
    let check = |line: &str, message: &str| {
        assert_eq!(run(&format!("{}\r\n\u{20}\n{good}", line.trim_end())), [message, "3 {customer:u1} page_viewed"]);
    };
    let call = |fields: &str| format!("{{\"type\":\"track\",\"event\":\"Cart Viewed\",\"properties\":{{}},{fields}}}");
    check("{\"type\":\"tra", "line 1: the line \"\" is not a JSON object");
    check("[1]", "line 1: the line \"\" is not a JSON object");
    check("{}", "line 1: type \"\" is missing");
    check(&call(r#""timestamp":"2023-01-01""#), "line 1: userId \"\" names nobody: no customer and no visitor");
    check(&call(r#""userId":{},"timestamp":"2023-01-01""#), "line 1: userId \"\" is not text");
    check(&call(r#""userId":"u""#), "line 1: timestamp \"\" is missing");
    check(
        &call(r#""userId":"u","timestamp":"1969-01-01""#),
        "line 1: timestamp \"1969-01-01\" is not after 1970-01-01T00:00:00Z",
    );
    check(&call(r#""userId":"u","timestamp":"2050-01-01""#), "line 1: timestamp \"2050-01-01\" is in the future");
    check(&call(r#""userId":"u","timestamp":5"#), "line 1: timestamp \"5\" is not a time");
    check(
        &track("Product Added", r#"{"product_id":"p","quantity":0}"#),
        "line 1: properties.quantity \"0\" is below one",
    );
    check(&track("Product Viewed", "{}"), "line 1: properties.product_id \"\" is missing");
    check(
        &track("Product Reviewed", r#"{"sku":"p","rating":9}"#),
        "line 1: properties.rating \"9\" is not between 1 and 5",
    );
}

#[test]
fn ids_that_name_nobody_are_passed_over() {
    let call = |ids: &str| {
        format!(
            "{{\"type\":\"track\",\"event\":\"Cart Viewed\",\"properties\":{{}},\"timestamp\":\"2023-01-01\",{ids}}}\n"
        )
    };
    let warning = "warning: line 1: userId \"undefined\" is a placeholder and names nobody";
    assert_eq!(run(&call(r#""userId":"undefined","anonymousId":"v""#)), ["1 {visitor:v} page_viewed", warning]);
    for id in ["\"null\"", "\"[object Object]\"", "0", "-1", "\"00000000-0000-0000-0000-000000000000\""] {
        let seen = run(&call(&format!("\"userId\":{id},\"anonymousId\":\"v\"")));
        assert_eq!(seen[0], "1 {visitor:v} page_viewed", "{id}");
        let seen = run(&call(&format!("\"userId\":{id}")));
        let [refusal] = &seen[..] else { panic!("{seen:?}") };
        assert!(refusal.ends_with("is a placeholder and names nobody"), "{refusal}");
    }
    assert_eq!(run(&call(r#""userId":"u","anonymousId":"null""#))[0], "1 {customer:u} page_viewed");
    assert_eq!(run(&call(r#""userId":{},"anonymousId":"v""#))[0], "1 {visitor:v} page_viewed");
    let [by_mail] = &run(&call(r#""userId":"Test@example.com""#))[..] else { panic!() };
    let hash = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";
    assert_eq!(*by_mail, format!("1 {{customer:email-{hash},other:{{kind:email_hash,value:{hash}}}}} page_viewed"));
    let [by_trait] = &run(&call(r#""context":{"traits":{"email":"test@example.com"}}"#))[..] else { panic!() };
    assert_eq!(*by_trait, format!("1 {{other:{{kind:email_hash,value:{hash}}}}} page_viewed"));
}

#[test]
fn a_refusal_of_consent_goes_in_whatever_else_the_call_holds() {
    let refused = |purpose: &str| format!("1 {{customer:u}} consent_set {purpose} false");
    let check = |fields: &str, expected: &[&str]| {
        let seen = run(&format!("{{\"userId\":\"u\",{fields}}}\n"));
        let consents: Vec<&String> = seen.iter().filter(|line| line.contains("consent_set")).collect();
        let expected: Vec<String> = expected.iter().map(|purpose| refused(purpose)).collect();
        assert_eq!(consents, expected.iter().collect::<Vec<_>>(), "{fields}: {seen:?}");
    };
    let preferences =
        r#""context":{"consent":{"categoryPreferences":{"Advertising":false,"Analytics":"denied","Functional":null}}}"#;
    check(&format!("\"type\":\"track\",\"event\":\"Coupon Applied\",{preferences}"), &["analytics", "marketing"]);
    check(
        &format!("\"type\":\"track\",\"event\":\"Product Viewed\",\"timestamp\":\"soon\",{preferences}"),
        &["analytics", "marketing"],
    );
    check(
        r#""type":"page","context":{"consent":{"categoryPreferences":{"Personalization":"perhaps"}}}"#,
        &["personalization"],
    );
    for event in ["Unsubscribed", "email_unsubscribed", "Email Marked as Spam", "Newsletter Unsubscribed"] {
        check(&format!("\"type\":\"track\",\"event\":\"{event}\",\"timestamp\":\"never\""), &["marketing"]);
    }
    for traits in [
        r#"{"accepts_marketing":false,"phone":"600 100 200"}"#,
        r#"{"acceptsMarketing":"no"}"#,
        r#"{"unsubscribed":true}"#,
        r#"{"newsletter":0}"#,
        r#"{"email_subscribe":"opted out"}"#,
        r#"{"newsletter":true,"unsubscribed":true}"#,
    ] {
        check(&format!("\"type\":\"identify\",\"traits\":{traits}"), &["marketing"]);
    }
    for traits in [
        r#"{"personalization_consent":"gibberish"}"#,
        r#"{"personalization_consent":{"granted":false}}"#,
        r#"{"consents":{"personalization":false}}"#,
        r#"{"allow_personalization":"no"}"#,
        r#"{"do_not_personalize":true}"#,
    ] {
        check(&format!("\"type\":\"identify\",\"traits\":{traits}"), &["personalization"]);
    }
    check(
        r#""type":"page","context":{"consent":{"category_preferences":{"personalization_storage":"denied"}}}"#,
        &["personalization"],
    );
    check(r#""event":"page_view","consent":{"ad_personalization":"denied"}"#, &["personalization", "marketing"]);
    check(
        r#""type":"track","event":"Consent Preference Updated","properties":{"categoryPreferences":{"Analytics":false}}"#,
        &["analytics"],
    );
    check(r#""type":"suppress""#, &["personalization", "analytics", "marketing"]);
    check(r#""type":"identify","traits":{"newsletter":"weekly"}"#, &[]);
    let granted =
        run("{\"type\":\"identify\",\"userId\":\"u\",\"timestamp\":\"2023-01-01\",\"traits\":{\"newsletter\":true}}\n");
    assert_eq!(granted, ["1 {customer:u} consent_set marketing true", "1 {customer:u} trait_set newsletter true"]);
    // What every call repeats is said once.
    let call = format!("{{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"2023-01-01\",{preferences}}}\n");
    assert_eq!(run(&call.repeat(3)).iter().filter(|line| line.contains("consent_set")).count(), 2);
}

#[test]
fn whoever_asks_to_be_forgotten_is() {
    let erased = format!("1 erase Customer u {NOW}");
    assert_eq!(run(r#"{"type":"delete","userId":"u"}"#), std::slice::from_ref(&erased));
    assert_eq!(
        run(r#"{"type":"SUPPRESS_WITH_DELETE","userId":"u","timestamp":"soon"}"#),
        [erased, "warning: line 1: timestamp \"soon\" is not a time".to_owned()]
    );
}

#[test]
fn times_are_read_from_the_first_field_that_tells_one() {
    let time = |fields: &str| {
        let call = format!("{{\"type\":\"track\",\"event\":\"Cart Viewed\",\"userId\":\"u\",{fields}}}\n");
        let read: Vec<_> = read(bytes(call), at(NOW), None).collect();
        let [Ok(parsed)] = &read[..] else { panic!("{fields}: {read:?}") };
        let [Write::Event(event)] = &parsed.value[..] else { panic!() };
        (event.time.0, parsed.warnings.len())
    };
    for fields in [
        r#""timestamp":"2023-01-01 01:00:00 +0100""#,
        r#""timestamp":1672531200000"#,
        r#""timestamp":"1672531200""#,
        r#""originalTimestamp":"2023-01-01""#,
        r#""receivedAt":"2023-01-01T00:00:00.000Z""#,
        r#""sentAt":"2023-01-01T00:00:00.000Z","receivedAt":"2023-01-02""#,
        r#""received_at":"2023-01-01 00:00:00 UTC""#,
        r#""event_timestamp":1672531200000000"#,
    ] {
        assert_eq!(time(fields), (1_672_531_200_000, 0), "{fields}");
    }
    assert_eq!(time(r#""timestamp":"soon","receivedAt":"2023-01-01""#), (1_672_531_200_000, 1));
    assert_eq!(time(r#""timestamp":"2099-01-01","receivedAt":"2023-01-01""#), (1_672_531_200_000, 1));
}

#[test]
fn calls_come_in_batches_and_in_lists() {
    let call = |id: &str| {
        format!(
            "{{\"type\":\"track\",\"event\":\"product_viewed\",\"messageId\":\"m{id}\",\"userId\":\"u\",\"properties\":{{\"product_id\":\"{id}\"}}}}"
        )
    };
    let both = format!("{},{}", call("a"), call("b"));
    let viewed = |line: u64| ["a", "b"].map(|id| format!("{line} {{customer:u}} product_viewed {id}"));
    let batch = format!("{{\"sentAt\":\"2023-01-01\",\"type\":\"batch\",\"batch\":[{both}]}}");
    assert_eq!(run(&batch), viewed(1));
    assert_eq!(run(&format!("{batch}\n{batch}\n")), [viewed(1), viewed(2)].concat());
    let timed = both.replace("\"userId\"", "\"receivedAt\":\"2023-01-01\",\"userId\"");
    assert_eq!(run(&format!("[{timed}]")), viewed(1));
    assert_eq!(run(&format!("{batch}\n[{timed}]\n")), [viewed(1), viewed(2)].concat());
    assert_eq!(
        run(&format!("[\n  {}\n]", timed.replace("},{", "},\n{"))),
        ["2 {customer:u} product_viewed a", "3 {customer:u} product_viewed b"]
    );
    assert_eq!(
        run(r#"{"batch":[5,{"type":"page","userId":"u"}]}"#),
        ["line 1: the call \"\" is not a JSON object", "left out: call \"page\""]
    );
}

#[test]
fn events_of_ga4_are_read() {
    let check = |line: &str, expected: &[&str]| assert_eq!(run(line), expected, "{line}");
    check(
        r#"{"event_name":"purchase","event_timestamp":1672531200000000,"user_id":"u","user_pseudo_id":"1.2","ecommerce":{"transaction_id":"T1"},"items":[{"item_id":"a","price":10.5,"quantity":2,"currency":"EUR"}]}"#,
        &["1 {customer:u,visitor:1.2} purchased T1 [{product:a,quantity:2,unit_price:{currency:EUR,minor:1050}}]"],
    );
    check(
        r#"{"event_name":"view_search_results","event_timestamp":"1672531200000000","user_pseudo_id":"1.2","event_params":[{"key":"search_term","value":{"string_value":"boots","int_value":null}}]}"#,
        &["1 {visitor:1.2} searched boots"],
    );
    check(
        r#"{"client_id":"1.2","timestamp_micros":1672531200000000,"events":[{"name":"add_to_cart","params":{"currency":"EUR","items":[{"item_id":"a","price":1},{"item_id":"b"}]}},{"name":"refund","params":{"transaction_id":"T1"}}]}"#,
        &[
            "1 {visitor:1.2} cart_added {product:a,quantity:1,unit_price:{currency:EUR,minor:100}}",
            "1 {visitor:1.2} cart_added {product:b,quantity:1}",
            "1 {visitor:1.2} returned T1 []",
        ],
    );
    check(
        r#"{"type":"track","event":"view_item","anonymousId":"v","timestamp":"2023-01-01","properties":{"ecommerce":{"items":[{"item_id":"a"}]}}}"#,
        &["1 {visitor:v} product_viewed a"],
    );
    check(
        r#"{"event_name":"select_item","user_pseudo_id":"v","event_timestamp":1672531200000000,"item_id":"a"}"#,
        &["1 {visitor:v} clicked a"],
    );
    check(r#"{"event_name":"session_start","user_pseudo_id":"v"}"#, &["left out: event \"session_start\""]);
}

#[test]
fn calls_without_an_id_get_the_same_one_in_every_run() {
    let line =
        r#"{"type":"track","event":"Cart Viewed","userId":"u","timestamp":"2023-01-01T00:00:00Z","properties":{}}"#;
    let ids = || {
        let all = read(bytes(format!("{line}\n{line}\n")), at(NOW), None).flat_map(|parsed| parsed.unwrap().value);
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
        run(&track("Order Completed", &format!("{{\"products\":[{lines}]}}")))
    };
    assert!(order(500)[0].starts_with("1 {customer:u1} purchased") && order(500).len() == 1);
    assert!(order(501).last().unwrap().ends_with("has more than 500 entries"));
    let list = run(&track("Product List Viewed", &format!("{{\"category\":\"{}x\"}}", "x/".repeat(10))));
    assert!(list[0].contains("page_viewed") && list[1].ends_with("has more than 10 entries"), "{list:?}");
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

#[test]
fn when_it_was_is_read_under_other_names_and_as_databases_write_it() {
    let check = |time: &str| {
        let call = format!("{{\"event\":\"page_view\",\"type\":\"delete\",\"userId\":\"u\",{time}}}");
        assert_eq!(run(&call), ["1 erase Customer u 1600000000000"], "{time}");
    };
    check(r#""time":1600000000"#);
    check(r#""created_at":"2020-09-13T12:26:40Z""#);
    check(r#""eventTime":"/Date(1600000000000)/""#);
    check(r#""timestamp":{"$date":"2020-09-13T12:26:40Z"}"#);
    check(r#""timestamp":{"$date":1600000000000}"#);
    check(r#""timestamp":{"$date":{"$numberLong":"1600000000000"}}"#);
}
