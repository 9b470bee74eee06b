//! Ids that name nobody: what a site sends where an id should be and none was at hand. Were they taken for ids, all strangers
//! of a shop would be one person.

use std::sync::Arc;

use crate::domain::{
    Id,
    customer::{
        Identifier,
        contact::{id_of_contact, sha256},
    },
    event::Who,
};

/// What names nobody where nothing else is set.
const USUAL: [&str; 23] = [
    "undefined",
    "null",
    "(null)",
    "nil",
    "none",
    "(none)",
    "nan",
    "[object Object]",
    "0",
    "-1",
    "(not set)",
    "anonymous",
    "unknown",
    "guest",
    "n/a",
    "test",
    "true",
    "false",
    "user",
    "nobody",
    "$user_id",
    "$userid",
    "$customer_id",
];

/// Texts that are no identifiers, letter case and blanks apart, also where one is repeated; and UUIDs and other ids of zeros,
/// signs without a letter, places of templates that nobody filled, and the hashes of such texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    words: Arc<[String]>,
    hashes: Arc<[String]>,
    /// By which letters of ASCII a word begins: nearly all ids are passed by their first letter.
    initials: u128,
}

impl Placeholders {
    /// These texts, in whatever case they are written.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<T> = texts.into_iter().collect();
        // Who hashes what is no address gets the hash of nothing, or of such a word.
        let hashes = texts.iter().map(|text| sha256(text.as_ref())).chain([sha256("")]).collect();
        let words: Arc<[String]> = texts.iter().map(|text| plain(text.as_ref()).collect()).collect();
        let initials = words.iter().filter_map(|word| word.chars().next()).fold(0, |bits, first| bits | bit(first));
        Self { words, hashes, initials }
    }

    /// Whether a text is no identifier.
    pub fn contain(&self, id: &str) -> bool {
        self.is_word(id) || is_empty(id) || (id.len() >= 32 && (is_zero_uuid(id) || self.is_hash(id)))
    }

    fn is_word(&self, id: &str) -> bool {
        let begins_one = plain(id).next().is_some_and(|first| self.initials & bit(first) != 0);
        begins_one && (self.is_one(id) || self.is_repeated(id))
    }

    fn is_one(&self, id: &str) -> bool {
        self.words.iter().any(|word| plain(id).eq(word.chars()))
    }

    /// "undefined undefined": a first and a last name of nobody.
    fn is_repeated(&self, id: &str) -> bool {
        let mut words = id.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | ',' | ':' | '|'));
        let Some(first) = words.next().filter(|first| first.len() < id.len()) else { return false };
        words.all(|word| plain(word).eq(plain(first))) && self.is_one(first)
    }

    fn is_hash(&self, id: &str) -> bool {
        id.len() == 64 && self.hashes.iter().any(|hash| hash.eq_ignore_ascii_case(id))
    }
}

impl Default for Placeholders {
    fn default() -> Self {
        Self::new(USUAL)
    }
}

/// All bits for what is no letter of ASCII.
fn bit(letter: char) -> u128 {
    if letter.is_ascii() { 1 << u32::from(letter) } else { u128::MAX }
}

fn plain(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase)
}

/// Whether a text holds nothing that could tell one from another, by its form.
fn is_empty(id: &str) -> bool {
    let id = id.trim();
    let is_between = |(begin, end): (&str, &str)| id.len() > begin.len() && id.starts_with(begin) && id.ends_with(end);
    match id.chars().next() {
        Some('0') => id.len() > 1 && id.bytes().all(|byte| byte == b'0'),
        Some(sign) if !sign.is_alphanumeric() => {
            !id.contains(char::is_alphanumeric) || TEMPLATES.into_iter().any(is_between)
        }
        _ => false,
    }
}

/// How a place of a template begins and ends.
const TEMPLATES: [(&str, &str); 6] =
    [("{{", "}}"), ("${", "}"), ("%%", "%%"), ("<%", "%>"), ("*|", "|*"), ("[[", "]]")];

/// As RFC 9562 writes the nil UUID, also in braces or without hyphens.
fn is_zero_uuid(id: &str) -> bool {
    let signs = |c: &char| !matches!(c, '-' | '{' | '}') && !c.is_whitespace();
    id.chars().filter(signs).all(|c| c == '0') && id.chars().filter(signs).count() == 32
}

/// One of the places of [`Who`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of `Who`")]
pub enum Place {
    Customer,
    Visitor,
    Other,
}

/// Whom ids mean, as it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Without what names nobody; mail addresses and phone numbers as their hashes.
    pub who: Who,
    /// What named nobody.
    pub placeholders: Vec<(Place, Id)>,
}

/// Whom a caller or a file means by these ids.
///
/// Placeholders are taken out. A mail address or a phone number in an id's place becomes an id out of its hash; a customer is
/// then known by the hash itself too, where nothing else stands there, so that what other systems say of it meets her.
pub fn identify(who: Who, nobody: &Placeholders) -> Identified {
    let mut placeholders = Vec::new();
    let mut named = |place, id: Id| {
        if nobody.contain(id.as_str()) {
            placeholders.push((place, id));
            return None;
        }
        Some(id)
    };
    let customer = who.customer.and_then(|id| named(Place::Customer, id));
    let visitor = who.visitor.and_then(|id| named(Place::Visitor, id));
    let other = who.other.and_then(|other| {
        let value = named(Place::Other, other.value)?;
        Some(Identifier { kind: other.kind, value: without_contact(value).0 })
    });
    let (customer, contact) = customer.map_or((None, None), |id| {
        let (id, contact) = without_contact(id);
        (Some(id), contact)
    });
    let visitor = visitor.map(|id| without_contact(id).0);
    Identified { who: Who { customer, visitor, other: other.or(contact) }, placeholders }
}

fn without_contact(id: Id) -> (Id, Option<Identifier>) {
    id_of_contact(id.as_str()).unwrap_or((id, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customer::{IdentifierKind, contact::email_hash};

    #[test]
    fn what_names_nobody_is_known_in_every_spelling() {
        let usual = Placeholders::default();
        for id in [
            "undefined",
            "Undefined",
            " NULL ",
            "None",
            "NaN",
            "[object Object]",
            "[OBJECT OBJECT]",
            "0",
            "-1",
            "(not set)",
            "(Not  Set)",
            "anonymous",
            "TEST",
            "00000000-0000-0000-0000-000000000000",
            "{00000000-0000-0000-0000-000000000000}",
            "00000000000000000000000000000000",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "false",
            "True",
            "user",
            "nobody",
            "--",
            "---",
            "\u{2014}",
            "{}",
            "[]",
            "00",
            "0000000000",
            "{{user_id}}",
            "{{ customer.id }}",
            "${userId}",
            "%%id%%",
            "$user_id",
            "undefined undefined",
            "null null",
            "undefined_undefined",
        ] {
            assert!(usual.contain(id), "{id:?}");
        }
        for id in [
            "1",
            "-2",
            "001",
            "10",
            "nullable",
            "test1",
            "anna",
            "user-0",
            "user1",
            "null anna",
            "{6f9619ff}",
            "%id",
            "test-user",
            "00000000-0000-0000-0000-000000000001",
        ] {
            assert!(!usual.contain(id), "{id:?}");
        }
        let own = Placeholders::new(["Kasa Fiskalna"]);
        assert!(own.contain("kasafiskalna") && !own.contain("undefined"));
        assert!(own.contain("00000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn the_other_identifier_stays() {
        let id = |text: &str| Id::new(text).unwrap();
        let who = Who { customer: Some(id("undefined")), visitor: Some(id("v")), other: None };
        let seen = identify(who, &Placeholders::default());
        assert_eq!(seen.who, Who::visitor(id("v")));
        assert_eq!(seen.placeholders, [(Place::Customer, id("undefined"))]);
        let seen = identify(Who::visitor(id("0")), &Placeholders::default());
        assert_eq!(seen.who, Who::default());
    }

    #[test]
    fn a_mail_address_as_an_id_is_its_hash_and_known_by_it() {
        let id = |text: &str| Id::new(text).unwrap();
        let hash = email_hash("a@b.example").unwrap();
        let kept = id(&format!("email-{}", hash.value));
        let identify = |who| identify(who, &Placeholders::default()).who;
        let seen = identify(Who { visitor: Some(id("v")), ..Who::customer(id("A@b.example")) });
        assert_eq!(seen, Who { customer: Some(kept.clone()), visitor: Some(id("v")), other: Some(hash) });
        assert_eq!(identify(Who::visitor(id("a@b.example"))), Who::visitor(kept.clone()));
        let card = Identifier { kind: IdentifierKind::LoyaltyCard, value: id("a@b.example") };
        let seen = identify(Who { other: Some(card), ..Who::customer(id("c")) });
        assert_eq!(seen.other, Some(Identifier { kind: IdentifierKind::LoyaltyCard, value: kept }));
    }
}
