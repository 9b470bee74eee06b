//! What identifies a person, as it may be kept: mail addresses and phone numbers only as hashes, names and addresses not at all.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        Id,
        customer::{Identifier, IdentifierKind},
    },
    import::unread::Reason,
};

/// Traits that name a person or say where she lives: nothing here needs them, so they are never stored.
const PERSONAL: [&str; 16] = [
    "address",
    "avatar",
    "birthday",
    "email",
    "firstname",
    "fullname",
    "lastname",
    "name",
    "phone",
    "photo",
    "postcode",
    "street",
    "surname",
    "username",
    "website",
    "zip",
];

/// Whether a trait of this name is personal, whatever its spelling.
#[must_use]
pub fn is_personal(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    PERSONAL.contains(&plain.as_str())
}

/// A mail address as SHA-256 in lower-case hex of the trimmed lower-case address: the form in which advertising platforms and
/// mail tools exchange them, so that hashes from elsewhere meet it.
///
/// # Errors
/// Where it is no address.
pub fn email(address: &str) -> Result<Identifier, Reason> {
    let address = address.trim().to_lowercase();
    match address.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !address.contains(char::is_whitespace) => {
            hashed(IdentifierKind::EmailHash, &address)
        }
        _ => Err(Reason::UnknownValue),
    }
}

/// A phone number likewise, as its digits behind a "+". Without the country's code it is refused: it would be another's.
///
/// # Errors
/// Where it does not begin with "+" or "00", or has fewer than seven digits.
pub fn phone(number: &str) -> Result<Identifier, Reason> {
    let number = number.trim();
    let international = number.strip_prefix('+').or_else(|| number.strip_prefix("00")).ok_or(Reason::UnknownValue)?;
    let digits: String = international.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 7 || international.contains(char::is_alphabetic) {
        return Err(Reason::UnknownValue);
    }
    hashed(IdentifierKind::PhoneHash, &format!("+{digits}"))
}

fn hashed(kind: IdentifierKind, text: &str) -> Result<Identifier, Reason> {
    let mut value = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string can't fail.
        let _ = write!(value, "{byte:02x}");
    }
    Ok(Identifier { kind, value: Id::new(value)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_hashed_as_everybody_does() {
        // printf %s test@example.com | sha256sum
        let expected = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";
        assert_eq!(email(" Test@Example.COM ").unwrap().value.as_str(), expected);
        assert_eq!(phone("+48 600-100-200"), phone("0048600100200"));
        for bad in ["", "nobody", "a@", "@b", "a b@c"] {
            assert_eq!(email(bad), Err(Reason::UnknownValue), "{bad:?}");
        }
        for bad in ["", "600100200", "+12", "+call me now 1234567"] {
            assert_eq!(phone(bad), Err(Reason::UnknownValue), "{bad:?}");
        }
    }

    #[test]
    fn names_and_addresses_are_known_in_every_spelling() {
        assert!(["firstName", "last_name", "Full Name", "e-mail"].map(is_personal).iter().all(|personal| *personal));
        assert!(!is_personal("loyalty_tier"));
    }
}
