//! Customers as shops have them, and as they should not be.

use super::*;
use crate::import::{context, mapping};
use crate::tabular::input::tests::bytes;

fn as_of() -> Context {
    Context { file_time: Timestamp(1_600_000_000_000), ..context::tests::at(1_700_000_000_000) }
}

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
    read(bytes(format!("{HEADER}{rows}")), mapping::parse(MAPPING).unwrap(), as_of()).unwrap().collect()
}

fn show(seen: &[Result<Parsed<Vec<Write>>, Unread>]) -> Vec<String> {
    let one = |parsed: &Result<Parsed<Vec<Write>>, Unread>| match parsed {
        Ok(parsed) => {
            let warnings = parsed.warnings.iter().map(|warning| format!("warning: {warning}"));
            parsed.value.iter().map(write).chain(warnings).collect()
        }
        Err(Unread::Refused(error)) => vec![error.to_string()],
        Err(other) => vec![format!("{other:?}")],
    };
    seen.iter().flat_map(one).collect()
}

fn write(write: &Write) -> String {
    match write {
        Write::Event(event) => {
            let subject = event.who.subject().unwrap();
            format!("{:.12} {} {:?}", subject.value.as_str(), event.time.0, event.kind)
        }
        Write::Link { alias, customer, .. } => format!("{customer} {:?} {:.8}", alias.kind, alias.value.as_str()),
        other => panic!("{other:?}"),
    }
}

const EXPECTED: [&str; 5] = [
    "c1 EmailHash 973dfe46",
    "c1 LoyaltyCard 9-9",
    "c1 1577836800000 ConsentSet { purpose: Marketing, granted: false, source: \"crm\" }",
    "c1 1577836800000 TraitSet { name: \"tier\", value: \"gold\", source: \"crm\" }",
    "c1 1577836800000 SizeDeclared { garment: Shoes, audience: Some(Women), size: \"39\", system: Some(Eu) }",
];

#[test]
fn a_row_and_a_line_say_the_same() {
    let rows = csv("c1,Test@example.com,,9-9,2020-01-01,gold,no,39\n");
    assert_eq!(show(&rows), EXPECTED);
    let line = r#"{"customer":"c1","updated":"2020-01-01","email":"test@example.com","loyalty_card":"9-9",
        "traits":{"tier":"gold","lastName":"Smith"},"consents":{"marketing":false},
        "sizes":[{"garment":"shoes","audience":"women","size":"39","system":"eu"}]}"#;
    let lines: Vec<_> = read_json(bytes(line.replace('\n', " ")), "crm".into(), as_of()).collect();
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

const REFUSED: &str = "c1 1600000000000 ConsentSet { purpose: Marketing, granted: false, source: \"crm\" }";

#[test]
fn what_is_wrong_is_told_without_showing_what_is_personal() {
    let check = |row: &str, expected: &[&str]| assert_eq!(show(&csv(&format!("{row}\n"))), expected, "{row}");
    let gold = "c1 1600000000000 TraitSet { name: \"tier\", value: \"gold\", source: \"crm\" }";
    check("c1,nobody at home,,,,gold,,", &[gold, "warning: line 2: mail \"\" is no mail address"]);
    check("c1,nobody at home,,,,,,", &["line 2: mail \"\" is no mail address"]);
    check("c1,,600100200,,,gold,,", &[gold, "warning: line 2: tel \"\" is no phone number with its country's code"]);
    check(",,,,,gold,,", &["line 2: customer \"\" names nobody: no customer and no visitor"]);
    check("undefined,,,,,gold,,", &["line 2: customer \"undefined\" is a placeholder and names nobody"]);
    check("c1,,,,2050-01-01,gold,,", &[gold, "warning: line 2: changed \"2050-01-01\" is in the future"]);
    let short = "line 2: the row \"6 fields, the header has 8\" is short: the fields that it lacks are taken as blank";
    check("c1,,,,,gold", &[gold, &format!("warning: {short}")]);
    let long = "line 2: the row \"9 fields, the header has 8\" is long: a separator may stand within one of its fields";
    check("c1,,,,,gold,,,x", &[gold, &format!("warning: {long}")]);
    check("c1,,,,,gold,,,,", &[gold]);
    check("c1,,,,,,,", &["LeftOut(\"customers of whom nothing is said\")"]);
    let error = read(bytes(HEADER), mapping::parse(&MAPPING.replace("tier =", "first_name =")).unwrap(), as_of());
    let error = error.err().unwrap().to_string();
    assert!(error.starts_with("the trait \"first_name\" is personal"), "{error}");
}

#[test]
fn a_refusal_of_consent_goes_in_whatever_else_the_row_holds() {
    let check = |row: &str| {
        let seen = show(&csv(&format!("{row}\n")));
        assert_eq!(seen[0], REFUSED, "{row}: {seen:?}");
    };
    for word in ["no", "denied", "opt-out", "Unsubscribed", "0", "FALSE"] {
        check(&format!("c1,,600 100 200,,,,{word},"));
        check(&format!("c1,nobody,,,soon,{},{word},{}", "x".repeat(1_025), "4".repeat(129)));
    }
    assert_eq!(
        show(&csv("c1,,,,,,perhaps,\n")),
        [REFUSED, "warning: line 2: newsletter \"perhaps\" is neither yes nor no, and is taken as a refusal"]
    );
    // Whoever is known by her address alone.
    let [by_mail] = &show(&csv(",test@example.com,,,,,no,\n"))[..] else { panic!() };
    assert_eq!(*by_mail, REFUSED.replace("c1", "973dfe463ec8"));
    let seen = show(&csv("undefined,test@example.com,,,,,no,\n"));
    assert_eq!(seen[0], REFUSED.replace("c1", "973dfe463ec8"));
}

fn json(line: &str) -> Vec<String> {
    show(&read_json(bytes(line), "crm".into(), as_of()).collect::<Vec<_>>())
}

#[test]
fn a_line_is_kept_but_for_what_is_not_understood() {
    let check = |fields: &str, warning: &str| {
        let seen = json(&format!("{{\"customer\":\"c1\",{fields},\"consents\":{{\"marketing\":false}}}}"));
        assert_eq!(seen, [REFUSED, &format!("warning: line 1: {warning}")], "{fields}");
    };
    check(r#""mail":"a@b""#, "mail \"\" is no field that is known here");
    check(r#""phone":"600 100 200""#, "phone \"\" is no phone number with its country's code");
    check(r#""phone":{}"#, "phone \"\" is not text");
    check(r#""updated":"soon""#, "updated \"soon\" is not a time");
    check(r#""traits":{"a":[1]}"#, "traits.a \"\" is not text");
    check(r#""traits":"gold""#, "traits \"\" is not a JSON object");
    check(r#""sizes":[{"garment":"hat-stand","size":"M"}]"#, "sizes.garment \"hat-stand\" is none of the known values");
    check(r#""sizes":[{"garment":"shoes"}]"#, "sizes.size \"\" is missing");
    check(r#""sizes":"39""#, "sizes \"\" is none of the known values");
    for consents in
        [r#"{"marketing":"opt-out"}"#, r#"{"marketing":0}"#, r#"{"newsletter":"no"}"#, r#"{"marketing":[]}"#]
    {
        assert_eq!(json(&format!("{{\"customer\":\"c1\",\"consents\":{consents}}}"))[0], REFUSED, "{consents}");
    }
    for line in [r#"{"customer":"c1","unsubscribed":true}"#, r#"{"customer":"c1","accepts_marketing":"no"}"#] {
        assert_eq!(json(line), [REFUSED], "{line}");
    }
    assert_eq!(json(r#"{"customer":"c1","traits":{"newsletter":false}}"#)[0], REFUSED);
    assert_eq!(json(r#"{"customer":"c1","unsubscribed":true,"consents":{"marketing":true}}"#), [REFUSED]);
    assert_eq!(json(r#"{"customer":"c1","consents":false}"#).len(), 3);
    assert_eq!(json(r#"{"customer":"c1","consents":["marketing"]}"#).len(), 4);
    assert_eq!(
        json(r#"{"customer":"c1","loyalty_card":"null","consents":{"marketing":false}}"#)[1],
        "warning: line 1: loyalty_card \"null\" is a placeholder and names nobody"
    );
    assert_eq!(
        json(r#"{"customer":"c1","consents":true}"#),
        ["line 1: consents \"true\" grants no purpose by its name: what is granted must be named"]
    );
    assert_eq!(json(r#"{"customer":"c1","consents":{"all":false}}"#).len(), 3);
    assert_eq!(
        json(r#"{"customer":"c1","consents":{"necessary":false}}"#),
        ["warning: line 1: consents.necessary \"\" is no purpose of consent that is known here"]
    );
    for field in ["customer_id", "id", "userId"] {
        assert_eq!(
            json(&format!("{{\"{field}\":\"c1\",\"consents\":{{\"marketing\":\"-1\"}}}}"))[0],
            REFUSED,
            "{field}"
        );
    }
    let both = json(r#"[{"customer":"c1","consent":{"marketing":"denied"}},{"customer":7,"traits":{"a":1}}]"#);
    assert!(both[0] == REFUSED && both[1].starts_with("7 16"), "{both:?}");
    let hash = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";
    let seen = json(r#"{"customer":"Test@example.com","phone":"+48600100200","traits":{"a":1}}"#);
    assert_eq!(seen[0], format!("email-{hash} EmailHash 973dfe46"));
    assert!(seen[1].starts_with(&format!("email-{hash} PhoneHash ")), "{seen:?}");
}

#[test]
fn the_bounds_of_the_contract_hold() {
    let long = "ż".repeat(1_025);
    let seen = csv(&format!("c1,,,,,{long},,\nc2,,,,,{},,\n", &long[2..]));
    assert_eq!(show(&seen)[0], "line 2: traits.tier \"\" is longer than 1024 characters");
    assert!(seen[1].as_ref().is_ok_and(|parsed| parsed.warnings.is_empty()));
    let size = "4".repeat(129);
    assert!(show(&csv(&format!("c1,,,,,,,{size}\n")))[0].ends_with("is longer than 128 characters"));
    let said = |count: usize| (0..count).map(|i| format!("\"t{i}\":1")).collect::<Vec<_>>().join(",");
    let traits = |count: usize| json(&format!("{{\"customer\":\"c\",\"traits\":{{{}}}}}", said(count)));
    assert_eq!(traits(100).len(), 100);
    assert_eq!(traits(101).len(), 101);
    assert_eq!(traits(101)[100], "warning: line 1: traits \"101\" has more than 100 entries");
    assert_eq!(
        json(r#"{"customer":"c","traits":{"favourite colour":"red"}}"#)[0],
        "line 1: traits.favourite colour \"\" takes letters, digits, '_' and '-', in names of traits also '.'"
    );
    let blank = read(bytes(HEADER), mapping::parse(&MAPPING.replace("crm", " ")).unwrap(), as_of()).err().unwrap();
    assert_eq!(blank.to_string(), "the source is missing");
}
