//! Rows as shops have them, and as they should not be.

use super::*;
use crate::import::{context::tests::at, mapping};
use crate::tabular::input::tests::bytes;

const NOW: i64 = 1_600_000_000_000;
const MAPPING: &str = r#"
    currency = "GBP"
    times = "milliseconds"
    [columns]
    event = "event"
    time = "ts"
    customer = "who"
    product = "item"
    quantity = "qty"
    price = "price"
    order = "invoice"
    [events.purchase]
    kind = "purchased"
    [events.return]
    kind = "returned"
    negative_quantity = true
    without_order = true
    [nobody]
    visitor_from = "invoice"
    prefix = "invoice-"
    [[rows.leave_out]]
    column = "item"
    is = ["POST", "gift_*"]
"#;
const HEADER: &str = "who,invoice,item,ts,event,qty,price\n";

fn run(rows: &str, mapping: &str) -> Vec<Result<Parsed<Event>, Unread>> {
    read(bytes(format!("{HEADER}{rows}")), mapping::parse(mapping).unwrap(), at(NOW)).unwrap().collect()
}

#[test]
fn rows_become_events() {
    let seen = run(
        "7,i1,85123A,1291191960000,purchase,6,2.55\n\
         ,i2,85123A,1291191960000,purchase,1,2.5\n\
         7,C9,85123A,1291191970000,return,-2,2.55\n\
         7,i1,POST,1291191960000,purchase,1,18\n\
         7,i1,gift_0001,1291191960000,purchase,1,18\n\
         7,i1,X,1291191960000,adjust,1,18\n",
        MAPPING,
    );
    let events: Vec<&Event> = seen[..3].iter().map(|event| &event.as_ref().unwrap().value).collect();
    assert_eq!(events[0].who, Who::customer(Id::new("7").unwrap()));
    let EventKind::Purchased { order: Some(order), items } = &events[0].kind else { panic!("{:?}", events[0]) };
    assert_eq!(order.as_str(), "i1");
    assert_eq!((items[0].quantity, items[0].unit_price.unwrap().minor), (6, 255));
    assert_eq!(events[1].who, Who::visitor(Id::new("invoice-i2").unwrap()));
    let EventKind::Returned { order: None, items, reason: None } = &events[2].kind else { panic!("{:?}", events[2]) };
    assert_eq!(items[0].quantity, 2);
    let left_out: Vec<_> = seen[3..].iter().map(|one| format!("{one:?}")).collect();
    assert_eq!(
        left_out,
        [
            r#"Err(LeftOut("item = \"POST\""))"#,
            r#"Err(LeftOut("item = \"gift_0001\""))"#,
            r#"Err(LeftOut("event \"adjust\""))"#
        ]
    );
}

#[test]
fn what_was_bought_stays_bought_where_its_quantity_cannot_be_read() {
    for (written, why) in [("1.5", "is not a whole number"), ("99999999999", "is too large")] {
        let seen = run(&format!("7,i,A,1,purchase,{written},1\n"), MAPPING);
        let [Ok(Parsed { value, warnings, .. })] = &seen[..] else { panic!("{seen:?}") };
        let EventKind::Purchased { items, .. } = &value.kind else { panic!("{value:?}") };
        assert_eq!(items[0].quantity, 1);
        assert_eq!(warnings[0].to_string(), format!("line 2: qty {written:?} {why}"));
        let seen = run(&format!("7,i,A,1,return,{written},1\n"), MAPPING);
        assert!(matches!(&seen[..], [Err(Unread::Refused(_))]), "{seen:?}");
    }
}

#[test]
fn where_every_row_is_a_purchase_fewer_units_than_none_came_back() {
    let mapping = r#"
        every_row = "line"
        [columns]
        time = "ts"
        customer = "who"
        product = "item"
        quantity = "qty"
        order = "invoice"
        [events.line]
        kind = "purchased"
    "#;
    let check = |rows: &str, expected: &[&str]| {
        let seen = run(rows, mapping).into_iter().map(|one| match one {
            Ok(Parsed { value: Event { kind: EventKind::Purchased { order, items }, .. }, .. }) => {
                format!("bought {} {} x{} #{}", order.unwrap(), items[0].product, items[0].quantity, items[0].position)
            }
            Ok(Parsed { value: Event { kind: EventKind::Returned { order, items, .. }, .. }, .. }) => {
                let order = order.map_or_else(|| "-".to_owned(), |order| order.to_string());
                format!("back {order} {} x{} #{}", items[0].product, items[0].quantity, items[0].position)
            }
            Err(Unread::Refused(error)) => error.to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(seen.collect::<Vec<_>>(), expected, "{rows}");
    };
    check(
        "7,i1,hat,2020-01-01,,2,\n7,i1,hat,2020-01-02,,-1,\n7,i1,hat,2020-01-03,,-1.0,\n",
        &["bought i1 hat x2 #0", "back i1 hat x1 #0", "back i1 hat x1 #1"],
    );
    check("7,,hat,2020-01-02,,-3,\n", &["back - hat x3 #0"]);
    check("7,i1,hat,2020-01-02,,0,\n", &["line 2: qty \"0\" is below one"]);
    // A row that names no product does not send the whole order back.
    check("7,i1,,2020-01-02,,-1,\n", &["line 2: item \"\" is missing"]);
    check("7,i1,hat,2020-01-02,,-99999999999,\n", &["line 2: qty \"-99999999999\" is too large"]);
}

#[test]
fn what_is_wrong_is_refused_by_field() {
    let check = |row: &str, message: &str| {
        let seen = run(&format!("{row}\n7,i1,A,1291191960000,purchase,1,1\n"), MAPPING);
        let [Err(Unread::Refused(error)), Ok(_)] = &seen[..] else { panic!("{row}: {seen:?}") };
        assert_eq!(error.to_string(), message);
    };
    check("7,i,A,-1,purchase,1,1", "line 2: ts \"-1\" is not after 1970-01-01T00:00:00Z");
    check("7,i,A,1600000000001,purchase,1,1", "line 2: ts \"1600000000001\" is in the future");
    check("7,i,A,soon,purchase,1,1", "line 2: ts \"soon\" is not a time");
    check("7,i,A,1,purchase,-1,1", "line 2: qty \"-1\" is below one");
    for written in ["1", "0"] {
        let message = format!(
            "line 2: qty \"{written}\" is not below zero, as the mapping's negative_quantity says of such events"
        );
        check(&format!("7,i,A,1,return,{written},1"), &message);
    }
    check("7,i,A,1,return,-9223372036854775808,1", "line 2: qty \"-9223372036854775808\" is too large");
    check("7,i,,1,purchase,1,1", "line 2: item \"\" is missing");
    check(",,A,1,purchase,1,1", "line 2: invoice \"\" names nobody: no customer and no visitor");
    let long = "x".repeat(129);
    let shown = "x".repeat(60);
    let message = format!("line 2: item \"{shown}\" is longer than an id may be (128 characters)");
    check(&format!("7,i,{long},1,purchase,1,1"), &message);
}

#[test]
fn a_row_that_does_not_fit_the_header_is_read_as_far_as_it_does() {
    let check = |row: &str, expected: &[&str]| {
        let seen = run(&format!("{row}\n"), MAPPING);
        let [Ok(Parsed { warnings, .. })] = &seen[..] else { panic!("{row}: {seen:?}") };
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{row}");
    };
    check(
        "7,i,A,1,purchase,1",
        &["line 2: the row \"6 fields, the header has 7\" is short: the fields that it lacks are taken as blank"],
    );
    check(
        "7,i,A,1,purchase,1,1,and more",
        &["line 2: the row \"8 fields, the header has 7\" is long: a separator may stand within one of its fields"],
    );
    check("7,i,A,1,purchase,1,1,, ", &[]);
}

#[test]
fn rows_that_name_nobody_are_refused_without_a_rule_for_them() {
    let mapping = MAPPING.replace("[nobody]", "").replace("visitor_from = \"invoice\"", "");
    let mapping = mapping.replace("prefix = \"invoice-\"", "");
    let seen = run(",i,A,1,purchase,1,1\n", &mapping);
    let [Err(Unread::Refused(error))] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(error.reason, Reason::Nobody);
}

#[test]
fn other_kinds_read_their_own_columns() {
    let mapping = r#"
        [columns]
        event = "what"
        time = "at"
        visitor = "device"
        product = "item"
        query = "words"
        stars = "stars"
        price = "price"
        [events]
        view = { kind = "product_viewed" }
        search = { kind = "searched" }
        rate = { kind = "rated" }
        cart = { kind = "cart_added" }
    "#;
    let rows = "device,at,what,item,words,stars,price\n\
        d,2020-01-01T00:00:00Z,view,A,,,\n\
        d,2020-01-01T00:00:00Z,search,,red shoes,,\n\
        d,2020-01-01T00:00:00Z,rate,A,,5,\n\
        d,2020-01-01T00:00:00Z,cart,A,,,9.99 EUR\n\
        d,2020-01-01T00:00:00Z,rate,A,,6,\n\
        d,2020-01-01T00:00:00Z,search,,,,\n\
        d,2020-01-01T00:00:00Z,cart,A,,,9.99\n";
    let seen: Vec<String> = read(bytes(rows), mapping::parse(mapping).unwrap(), at(NOW))
        .unwrap()
        .map(|event| match event {
            Ok(event) => {
                let kind = serde_json::to_value(&event.value).unwrap()["kind"].to_string();
                event.warnings.iter().fold(kind, |told, warning| format!("{told} {warning}"))
            }
            Err(Unread::Refused(error)) => error.to_string(),
            Err(other) => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        [
            "\"product_viewed\"",
            "\"searched\"",
            "\"rated\"",
            "\"cart_added\"",
            "line 6: stars \"6\" is not between 1 and 5",
            "line 7: words \"\" is missing",
            "\"cart_added\" line 8: price \"9.99\" has no currency",
        ]
    );
}

/// What a row says, and the warnings beside it.
fn one(row: &str) -> (Event, Vec<String>) {
    let mut seen = run(&format!("{row}\n"), MAPPING);
    let Parsed { value, warnings, .. } = seen.remove(0).unwrap();
    (value, warnings.iter().map(ToString::to_string).collect())
}

#[test]
fn details_are_left_out_and_told() {
    let price = |row: &str| {
        let (event, warnings) = one(row);
        let EventKind::Purchased { items, .. } = event.kind else { panic!("{row}") };
        (items[0].unit_price.map(|money| money.minor), warnings)
    };
    assert_eq!(price("7,i,A,1,purchase,1,59.970000000000006"), (Some(5_997), Vec::new()));
    assert_eq!(price("7,i,A,1,purchase,1.0,0.001"), (Some(0), Vec::new()));
    assert_eq!(price("7,i,A,1,purchase,1,\"12,50\""), (Some(1_250), Vec::new()));
    assert_eq!(price("7,i,A,1,purchase,1,NaN"), (None, vec!["line 2: price \"NaN\" is not a number".to_owned()]));
    assert_eq!(price("7,i,A,1,purchase,1,-3"), (None, vec!["line 2: price \"-3\" is negative".to_owned()]));
    let (event, warnings) = one("7,undefined,A,1,purchase,1,1");
    assert!(matches!(event.kind, EventKind::Purchased { order: None, .. }));
    assert_eq!(warnings, ["line 2: invoice \"undefined\" is a placeholder and names nobody"]);
    // The invoice holds together the rows of somebody unknown.
    let (event, warnings) = one("NULL,i9,A,1,Purchase,1,1");
    assert_eq!(event.who, Who::visitor(Id::new("invoice-i9").unwrap()));
    assert_eq!(warnings, ["line 2: who \"NULL\" is a placeholder and names nobody"]);
}

#[test]
fn equal_rows_of_an_order_are_told_apart_by_their_positions() {
    let rows = "7,i1,A,1,purchase,1,1\n7,i1,A,1,purchase,1,1\n7,i2,A,1,purchase,1,1\n7,i1,B,1,purchase,1,1\n7,i1,A,2,purchase,1,1\n";
    let positions: Vec<u32> = run(rows, MAPPING)
        .into_iter()
        .map(|event| match event.unwrap().value.kind {
            EventKind::Purchased { items, .. } => items[0].position,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(positions, [0, 1, 0, 0, 2]);
}

const ORDERS: &str = r#"
    every_row = "sold"
    [columns]
    time = "Created at"
    customer = "Customer"
    email = "Email"
    phone = "Phone?"
    product = "Sku"
    order = "Name"
    currency = "Currency?"
    price = "Price"
    [events.sold]
    kind = "purchased"
    [carry_down]
    within = "Name"
    columns = ["Email", "Created at", "Currency"]
"#;

#[test]
fn later_rows_of_an_order_mean_what_its_first_row_says() {
    let rows = "Name,Email,Created at,Currency,Sku,Price,Customer\n\
        #1,test@example.com,2020-01-01 10:00:00 +0100,EUR,A,5,\n\
        #1,,,,B,6,\n\
        #2,,2020-01-02,,C,7,\n\
        #3,ola@example.com,2020-01-02,EUR,D,7,Test@example.com\n";
    let seen: Vec<String> = read(bytes(rows), mapping::parse(ORDERS).unwrap(), at(NOW))
        .unwrap()
        .map(|event| match event {
            Ok(event) => {
                let hash = event.value.who.other.map(|hash| format!("{:.8}", hash.value.as_str())).unwrap_or_default();
                let EventKind::Purchased { items, .. } = &event.value.kind else { panic!() };
                let price = items[0].unit_price.map_or_else(String::new, |price| price.minor.to_string());
                format!("{} {hash} {} {price}", event.line, event.value.time.0)
            }
            Err(other) => format!("{other:?}"),
        })
        .collect();
    assert_eq!(seen[0], "2 973dfe46 1577869200000 500");
    assert_eq!(seen[1], "3 973dfe46 1577869200000 600");
    assert!(seen[2].contains("Nobody"), "{}", seen[2]);
    assert!(seen[3].starts_with("5 ") && seen[3].ends_with(" 1577923200000 700"), "{}", seen[3]);
}

#[test]
fn whoever_unsubscribes_refuses_marketing_whenever_it_was() {
    let mapping =
        "[columns]\nevent = \"what\"\ntime = \"at\"\nemail = \"mail\"\n[events.unsubscribe]\nkind = \"unsubscribed\"\n";
    let rows = "mail,at,what\ntest@example.com,soon,Unsubscribe\n";
    let seen: Vec<_> = read(bytes(rows), mapping::parse(mapping).unwrap(), at(NOW)).unwrap().collect();
    let [Ok(parsed)] = &seen[..] else { panic!("{seen:?}") };
    assert!(matches!(parsed.value.kind, EventKind::ConsentSet { purpose: Purpose::Marketing, granted: false, .. }));
    assert_eq!((parsed.value.time.0, parsed.warnings.len()), (NOW, 1));
}

#[test]
fn exports_of_shops_are_known_by_their_header() {
    let known = |header: &str| recognise(&mut bytes(format!("{header}\n"))).map_err(|error| error.to_string());
    assert!(known("Name,Email,Created at,Lineitem quantity,Lineitem price,Lineitem sku").is_ok());
    assert!(known("Name;Email;Created at;Lineitem quantity;Lineitem price;Lineitem sku").is_ok());
    assert!(known("Order Number,Order Status,Order Date,Email (Billing),SKU,Quantity (- Refund),Item Cost").is_ok());
    assert!(
        known("order_id,order_number,date,status,billing_email,item_name,item_sku,item_quantity,item_total").is_ok()
    );
    let error = known("Name,Email,Lineitem quantity,Lineitem sku").unwrap_err();
    assert!(error.contains("the nearest is shopify-orders, which also needs \"Created at\""), "{error}");
    assert!(error.contains("woocommerce-orders") && !error.contains("magento"), "{error}");
}
