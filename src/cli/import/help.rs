//! What the long help of `outfitter import` says of mapping files and of customers as JSON Lines. Names of keys and fields come
//! from what reads them, so that the help can't fall behind.

use std::fmt::Write as _;

use serde::{
    Deserialize,
    de::value::{Error, MapDeserializer, StrDeserializer},
};

use crate::{
    domain::{
        catalog::{Audience, Garment, SizeSystem},
        customer::Purpose,
    },
    import::{
        customers::{self, CustomerMapping},
        events::{self, EventMapping, Kind},
        mapping,
        products::{self, ProductMapping},
    },
};

/// Letters of a line.
const WIDTH: usize = 100;

/// How a mapping says where a field comes from.
const COLUMNS: &str = r#"[columns] says where each field comes from: by a column's name, with ? behind it where not every file
has the column; by a list, of which the first that is filled counts; or by one of
  { value = "PLN" }
  { join = ["street", "number"], with = " " }
  { when = "kind", is = ["size"], column = "value" }"#;

/// A line of customers that has everything.
pub const CUSTOMER: &str = r#"{"customer": "c1", "updated": "2026-01-31T12:00:00Z", "email": "ada@example.com", "phone": "+48600100200", "visitor": "v1", "device": "d1", "loyalty_card": "77", "traits": {"locale": "pl", "tier": "gold"}, "consents": {"marketing": true, "personalization": false}, "sizes": [{"garment": "shoes", "audience": "women", "size": "39", "system": "eu"}]}"#;

/// Of products.
pub fn products() -> String {
    let mut text = mapping_help(&keys_of::<ProductMapping>(), &products::fields());
    let _ = write!(text, "\nBuilt in, and as examples in deploy/mappings:\n{}", list(&ready("events", false)));
    text
}

/// Of events.
pub fn events() -> String {
    let mut text = mapping_help(&keys_of::<EventMapping>(), &events::FIELDS);
    text += "\n[events.WORD] says by its kind what a word of the event column means:\n";
    text += &list(&values_of::<Kind>());
    let _ = write!(text, "\nBuilt in, and as examples in deploy/mappings:\n{}", list(&ready("events", true)));
    text
}

/// Of customers.
pub fn customers() -> String {
    let mut text =
        "JSON Lines have an object a line, of which any field but one identifier can be absent:\n".to_owned();
    text += &wrapped(CUSTOMER.split_inclusive(", ").map(str::trim_end), " ");
    text += "\nMail addresses and phone numbers are hashed before anything is stored; traits that name a person\nare not taken.\n";
    for (what, names) in [
        ("Purposes of consents:", values_of::<Purpose>()),
        ("Garments:", values_of::<Garment>()),
        ("Audiences:", values_of::<Audience>()),
        ("Size systems:", values_of::<SizeSystem>()),
    ] {
        let _ = write!(text, "\n{what}\n{}", list(&names));
    }
    text += "\n";
    text + &mapping_help(&keys_of::<CustomerMapping>(), &customers::FIELDS)
}

fn mapping_help(keys: &[String], fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let (keys, fields) = (list(keys), list(&fields));
    format!("A mapping is a TOML file. Its keys:\n{keys}\n{COLUMNS}\nThe fields:\n{fields}")
}

/// Names of mappings that are built in: those of events, or the others.
fn ready(of: &str, those: bool) -> Vec<String> {
    let names = mapping::READY.iter().map(|(name, _)| (*name).to_owned());
    names
        .filter(|name| ["events", "orders"].iter().any(|end| name.ends_with(end)) == (those && of == "events"))
        .collect()
}

fn list(names: &[String]) -> String {
    wrapped(names.iter().map(String::as_str), ", ")
}

/// Pieces in lines of bounded length, two blanks in.
fn wrapped<'a>(pieces: impl Iterator<Item = &'a str>, between: &str) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for piece in pieces {
        if !line.is_empty() && line.len() + between.len() + piece.len() > WIDTH {
            let _ = writeln!(text, "  {}", (line + between).trim_end());
            line = String::new();
        }
        if !line.is_empty() {
            line += between;
        }
        line += piece;
    }
    text + "  " + &line + "\n"
}

/// The keys that a struct takes.
fn keys_of<'de, T: Deserialize<'de>>() -> Vec<String> {
    let strange = MapDeserializer::<_, Error>::new([("?", "?")].into_iter());
    named(T::deserialize(strange).err())
}

/// The words that an enumeration takes.
fn values_of<'de, T: Deserialize<'de>>() -> Vec<String> {
    named(T::deserialize(StrDeserializer::<Error>::new("?")).err())
}

/// What a refusal says that it expected: "unknown field `?`, expected one of `a`, `b`".
fn named(refusal: Option<Error>) -> Vec<String> {
    let told = refusal.map(|error| error.to_string()).unwrap_or_default();
    let expected = told.split_once("expected").map_or("", |(_, expected)| expected);
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Timestamp, import::context::tests::at, tabular::input::Input};

    #[test]
    fn the_line_of_customers_is_read_whole() {
        let context = at(Timestamp::DAY * 21_000);
        let mut read = customers::read_json(Input::from_bytes(CUSTOMER.as_bytes()), "crm".into(), context);
        let parsed = read.next().unwrap().unwrap();
        assert_eq!(parsed.warnings, []);
        // Five links; the locale, the tier, the size, and two consents.
        assert_eq!(parsed.value.len(), 10);
    }

    #[test]
    fn the_lists_are_those_of_what_reads() {
        let check = |text: &str, names: &[&str]| {
            for name in names {
                assert!(text.contains(name), "{name} is not in\n{text}");
            }
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 4), "{text}");
        };
        check(&products(), &["decimal_point", "attributes", "original_price", "replenish_days", "magento"]);
        check(&events(), &["every_row", "attribution", "cart_added", "unsubscribed", "online-retail-events"]);
        check(&customers(), &["personalization", "outerwear", "women", "waist_length", "loyalty_card", "consents"]);
        assert!(!products().contains("online-retail-events") && !events().contains("magento"));
    }

    #[test]
    fn each_way_to_name_a_column_is_read() {
        let text = r#"
            source = "crm"
            [columns]
            customer = ["id", "kept_id?"]
            email = { when = "kind", is = ["mail"], column = "value" }
            phone = { join = ["area", "number"], with = " " }
            updated = { value = "2026-01-31" }
        "#;
        mapping::parse::<CustomerMapping>(text).unwrap();
    }
}
