//! Mail addresses and phone numbers, which are only kept as their hashes, wherever they come from.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::domain::{
    Id,
    customer::{Identifier, IdentifierKind},
};

/// A phone number has so many digits at least and at most, its country's code among them (ITU-T E.164).
const LEAST_DIGITS: usize = 7;
const MOST_DIGITS: usize = 15;

/// A mail address as SHA-256 in lower-case hex of the trimmed lower-case address: the form in which advertising platforms and
/// mail tools exchange them, so that hashes from elsewhere meet it. `None` where it is no address.
pub fn email_hash(address: &str) -> Option<Identifier> {
    let value = Id::new(sha256(&email(address)?)).ok()?;
    Some(Identifier { kind: IdentifierKind::EmailHash, value })
}

/// A phone number likewise, as its digits behind a "+". `None` without its country's code: it would be another's.
pub fn phone_hash(number: &str) -> Option<Identifier> {
    let number = number.trim();
    let international = number.strip_prefix('+').or_else(|| number.strip_prefix("00"))?;
    if international.contains(char::is_alphabetic) {
        return None;
    }
    let digits: String = international.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < LEAST_DIGITS {
        return None;
    }
    let value = Id::new(sha256(&format!("+{digits}"))).ok()?;
    Some(Identifier { kind: IdentifierKind::PhoneHash, value })
}

/// What an id is kept as that is a mail address or a phone number: always the same id, which does not tell it, and the hash
/// under which other systems know the same person. `None` where the id is neither.
pub fn id_of_contact(id: &str) -> Option<(Id, Option<Identifier>)> {
    // Most ids are neither, and are passed at a glance.
    if !id.bytes().any(|byte| matches!(byte, b'@' | b'%' | b'+' | b' ' | b'(')) && !is_dialled(id) {
        return None;
    }
    let plain = id.trim().replace("%40", "@").replace("%2B", "+");
    let plain = ["mailto:", "tel:"].iter().find_map(|scheme| plain.strip_prefix(scheme)).unwrap_or(&plain);
    if let Some(identifier) = email_hash(plain) {
        return Some((Id::new(format!("email-{}", identifier.value)).ok()?, Some(identifier)));
    }
    if !is_phone(plain) {
        return None;
    }
    match phone_hash(plain) {
        Some(identifier) => Some((Id::new(format!("phone-{}", identifier.value)).ok()?, Some(identifier))),
        // Without its country's code it is nobody else's id, but no phone number that could be met elsewhere.
        None => Some((Id::new(format!("phone-{}", sha256(&digits(plain)))).ok()?, None)),
    }
}

/// Lower-case hex.
pub(super) fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn email(address: &str) -> Option<String> {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.split_once('@')?;
    let is_one = !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace);
    is_one.then_some(address)
}

/// Whether a text is not to be shown: a mail address stands in it, or it is a phone number.
pub fn reads_as_contact(text: &str) -> bool {
    let is_between = |(at, _): (usize, &str)| {
        let ends = [text[..at].chars().next_back(), text[at + 1..].chars().next()];
        ends.iter().all(|c| c.is_some_and(|c| !c.is_whitespace()))
    };
    let text = text.trim();
    if text.match_indices('@').any(is_between) {
        return true;
    }
    let number = text.strip_prefix("tel:").unwrap_or(text);
    is_international(number) || (number.chars().all(is_phone_sign) && is_written_in_groups(number))
}

/// Nine digits or more; one sign among them may be a number's decimals.
fn is_written_in_groups(number: &str) -> bool {
    let groups = number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    (9..=MOST_DIGITS).contains(&digits(number).len()) && groups > 1 && (groups > 2 || !number.contains('.'))
}

/// Written as people write phone numbers: with its country's code, or in groups. Digits alone may be any number.
fn is_phone(text: &str) -> bool {
    let is_grouped = text.starts_with('+') || text.contains([' ', '(']);
    let is_number = text.chars().all(is_phone_sign) && (LEAST_DIGITS..=MOST_DIGITS).contains(&digits(text).len());
    is_number && is_grouped || is_dialled(text)
}

/// Behind "00" as from abroad, or in three groups: "600-100-202".
fn is_dialled(text: &str) -> bool {
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let is_in_groups = |sign| text.split(sign).count() == 3 && text.split(sign).all(is_group);
    (text.starts_with("00") && is_international(text)) || (text.len() == 11 && (is_in_groups('-') || is_in_groups('.')))
}

/// No country's code begins with zero; a number behind "00" is longer than ids that are filled up with zeros.
fn is_international(text: &str) -> bool {
    let (rest, least) = match (text.strip_prefix('+'), text.strip_prefix("00")) {
        (Some(rest), _) => (rest, LEAST_DIGITS),
        (None, Some(rest)) => (rest, 10),
        (None, None) => return false,
    };
    rest.chars().all(is_phone_sign) && !rest.starts_with('0') && (least..=MOST_DIGITS).contains(&digits(rest).len())
}

fn is_phone_sign(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-' | '.' | '/')
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// printf %s test@example.com | sha256sum
    const HASH: &str = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";

    #[test]
    fn addresses_and_numbers_are_hashed_as_everybody_does() {
        assert_eq!(email_hash(" Test@Example.COM ").unwrap().value.as_str(), HASH);
        assert_eq!(phone_hash("+48 600-100-200"), phone_hash("0048600100200"));
        for bad in ["", "nobody", "a@", "@b", "a b@c"] {
            assert_eq!(email_hash(bad), None, "{bad:?}");
        }
        for bad in ["", "600100200", "+12", "+call me now 1234567"] {
            assert_eq!(phone_hash(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_id_that_is_a_contact_is_kept_as_its_hash() {
        let id = |text: &str| id_of_contact(text).map(|(id, _)| id.to_string());
        for text in ["test@example.com", "Test@Example.com", "test%40example.com", "mailto:test@example.com"] {
            assert_eq!(id(text), Some(format!("email-{HASH}")), "{text:?}");
        }
        assert_eq!(id_of_contact("test@example.com").unwrap().1, email_hash("test@example.com"));
        let phone = id("+48600100200").unwrap();
        assert_eq!(phone, format!("phone-{}", phone_hash("+48600100200").unwrap().value));
        for text in ["+48 600 100 200", "+48 (600) 100-200", "tel:+48600100200", "%2B48600100200", "0048600100200"] {
            assert_eq!(id(text), Some(phone.clone()), "{text:?}");
        }
        let (local, linked) = id_of_contact("600 100 200").unwrap();
        assert!(local.as_str().starts_with("phone-") && linked.is_none());
        let (dashed, linked) = id_of_contact("600-100-202").unwrap();
        assert!(linked.is_none() && Some(dashed.to_string()) == id("600 100 202"));
        for text in [
            "600100200",
            "48600100200",
            "00123456",
            "0000000048600",
            "60-100-2020",
            "c-1",
            "ola",
            "order 66",
            "+1",
            "100%",
            "a b",
            "2026-11-20 10:00",
        ] {
            assert_eq!(id(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_reads_as_a_contact_is_known() {
        for text in [
            "anna@example.com",
            "to anna@b, please",
            "+48 600 100 200",
            "0048600100200",
            "600-100-200",
            "tel:+48600100200",
        ] {
            assert!(reads_as_contact(text), "{text:?}");
        }
        for text in [
            "5901234123457",
            "600100200",
            "@",
            "a @ b",
            "2026-11-20 10:00",
            "20.11.2026",
            "1795168800.000",
            "-5",
            "perhaps",
            "",
        ] {
            assert!(!reads_as_contact(text), "{text:?}");
        }
    }
}
