//! Customers as shops have them, and as they should not be.

use super::*;
use crate::import::{input::tests::bytes, mapping};

const AS_OF: AsOf =
    AsOf { clock: Clock { now: Timestamp(1_700_000_000_000), future_skew_ms: 0 }, time: Timestamp(1_600_000_000_000) };
const MAPPING: &str = r#"
    source = "crm"
    [columns]
    customer = "id"
    email = "mail"
    phone = "tel"
    loyalty_card = "card"
    updated = "changed"
    [traits]
    tier = "tier"
    [consents]
    marketing = "newsletter"
    [[sizes]]
    column = "shoe"
    garment = "shoes"
    audience = "women"
    system = "eu"
"#;
const HEADER: &str = "id,mail,tel,card,changed,tier,newsletter,shoe\n";

fn csv(rows: &str) -> Vec<Result<Parsed<Vec<Write>>, Unread>> {
    read(bytes(format!("{HEADER}{rows}")), mapping::parse(MAPPING).unwrap(), AS_OF).unwrap().collect()
}

fn show(seen: &[Result<Parsed<Vec<Write>>, Unread>]) -> Vec<String> {
    let one = |parsed: &Result<Parsed<Vec<Write>>, Unread>| match parsed {
        Ok(parsed) => parsed.value.iter().map(write).collect(),
        Err(Unread::Refused(error)) => vec![error.to_string()],
        Err(other) => vec![format!("{other:?}")],
    };
    seen.iter().flat_map(one).collect()
}

fn write(write: &Write) -> String {
    match write {
        Write::Event(event) => format!("{} {} {:?}", event.who.customer.as_ref().unwrap(), event.time.0, event.kind),
        Write::Link { alias, customer, .. } => format!("{customer} {:?} {:.8}", alias.kind, alias.value.as_str()),
        other => panic!("{other:?}"),
    }
}

const EXPECTED: [&str; 5] = [
    "c1 EmailHash 973dfe46",
    "c1 LoyaltyCard 9-9",
    "c1 1577836800000 TraitSet { name: \"tier\", value: \"gold\", source: \"crm\" }",
    "c1 1577836800000 SizeDeclared { garment: Shoes, audience: Some(Women), size: \"39\", system: Some(Eu) }",
    "c1 1577836800000 ConsentSet { purpose: Marketing, granted: false, source: \"crm\" }",
];

#[test]
fn a_row_and_a_line_say_the_same() {
    let rows = csv("c1,Test@example.com,,9-9,2020-01-01,gold,no,39\n");
    assert_eq!(show(&rows), EXPECTED);
    let line = r#"{"customer":"c1","updated":"2020-01-01","email":"test@example.com","loyalty_card":"9-9",
        "traits":{"tier":"gold","lastName":"Smith"},"consents":{"marketing":false},
        "sizes":[{"garment":"shoes","audience":"women","size":"39","system":"eu"}]}"#;
    let lines: Vec<_> = read_json(bytes(line.replace('\n', " ")), "crm".into(), AS_OF).collect();
    assert_eq!(show(&lines), EXPECTED);
    let ids = |seen: &[Result<Parsed<Vec<Write>>, Unread>]| format!("{:?}", seen[0].as_ref().unwrap().value);
    assert_eq!(ids(&lines), ids(&rows));
}

#[test]
fn without_a_time_of_its_own_a_row_is_as_old_as_the_file() {
    assert_eq!(
        show(&csv("c1,,,,,gold,,\n")),
        ["c1 1600000000000 TraitSet { name: \"tier\", value: \"gold\", source: \"crm\" }"]
    );
}

#[test]
fn what_is_wrong_is_refused_without_showing_what_is_personal() {
    let check = |row: &str, message: &str| assert_eq!(show(&csv(&format!("{row}\n"))), [message]);
    check("c1,nobody at home,,,,,,", "line 2: mail \"\" is none of the known values");
    check("c1,,600100200,,,,,", "line 2: tel \"\" is none of the known values");
    check(",a@b,,,,,,", "line 2: id \"\" is missing");
    check("c1,,,,,,perhaps,", "line 2: newsletter \"perhaps\" is neither yes nor no");
    check("c1,,,,2050-01-01,gold,,", "line 2: changed \"2050-01-01\" is in the future");
    check("c1,,,,,,,", "LeftOut(\"customers of whom nothing is said\")");
    let error = read(bytes(HEADER), mapping::parse(&MAPPING.replace("tier =", "first_name =")).unwrap(), AS_OF);
    let error = error.err().unwrap().to_string();
    assert!(error.starts_with("the trait \"first_name\" is personal"), "{error}");
    let json = |line: &str| show(&read_json(bytes(line), "crm".into(), AS_OF).collect::<Vec<_>>()).remove(0);
    assert!(json(r#"{"customer":"c","mail":"a@b"}"#).contains("unknown field `mail`"));
    assert!(json(r#"{"customer":"c","traits":{"a":[1]}}"#).contains("traits.a \"\" is not text"));
}

#[test]
fn the_bounds_of_the_contract_hold() {
    let long = "ż".repeat(1_025);
    assert_eq!(
        show(&csv(&format!("c1,,,,,{long},,\nc2,,,,,{},,\n", &long[2..])))[0],
        "line 2: traits.tier \"\" is longer than 1024 characters"
    );
    assert_eq!(csv(&format!("c2,,,,,{},,\n", &long[2..])).iter().filter(|one| one.is_ok()).count(), 1);
    let size = "4".repeat(129);
    assert!(show(&csv(&format!("c1,,,,,,,{size}\n")))[0].ends_with("is longer than 128 characters"));
    let json = |fields: &str| {
        let line = format!("{{\"customer\":\"c\",{fields}}}");
        show(&read_json(bytes(line), "crm".into(), AS_OF).collect::<Vec<_>>()).remove(0)
    };
    let said = |count: usize| (0..count).map(|i| format!("\"t{i}\":1")).collect::<Vec<_>>().join(",");
    assert!(json(&format!("\"traits\":{{{}}}", said(100))).starts_with("c 16"));
    assert_eq!(json(&format!("\"traits\":{{{}}}", said(101))), "line 1: traits \"101\" has more than 100 entries");
    assert_eq!(
        json(r#""traits":{"favourite colour":"red"}"#),
        "line 1: traits.favourite colour \"\" takes letters, digits, '_' and '-', in names of traits also '.'"
    );
    let blank = read(bytes(HEADER), mapping::parse(&MAPPING.replace("crm", " ")).unwrap(), AS_OF).err().unwrap();
    assert_eq!(blank.to_string(), "the source is missing");
}
