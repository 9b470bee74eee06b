//! What names a person, as it may be kept: mail addresses and phone numbers only as hashes, names and addresses not at all.

use crate::{
    domain::{
        Id,
        customer::{Identifier, IdentifierKind, email_hash, phone_hash},
    },
    import::row_error::Reason,
};

/// Traits that name a person or say where she lives: nothing here needs them, so they are never stored.
const PERSONAL: [&str; 21] = [
    "address",
    "avatar",
    "birthday",
    "dateofbirth",
    "email",
    "emailaddress",
    "firstname",
    "fullname",
    "lastname",
    "mobile",
    "name",
    "phone",
    "phonenumber",
    "photo",
    "postcode",
    "street",
    "surname",
    "telephone",
    "username",
    "website",
    "zip",
];

/// Whether a trait of this name is personal, whatever its spelling.
pub fn is_personal(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    PERSONAL.contains(&plain.as_str())
}

/// A mail address as its hash, or the hash itself.
///
/// # Errors
/// Where it is neither.
pub fn email(address: &str) -> Result<Identifier, Reason> {
    hash(IdentifierKind::EmailHash, address).or_else(|| email_hash(address)).ok_or(Reason::NotEmail)
}

/// A phone number as its hash, or the hash itself.
///
/// # Errors
/// Where it is neither, or lacks its country's code.
pub fn phone(number: &str) -> Result<Identifier, Reason> {
    hash(IdentifierKind::PhoneHash, number).or_else(|| phone_hash(number)).ok_or(Reason::NotPhone)
}

/// SHA-256 in hex, as others exchange it.
fn hash(kind: IdentifierKind, text: &str) -> Option<Identifier> {
    let text = text.trim().to_ascii_lowercase();
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| Id::new(text).ok().map(|value| Identifier { kind, value })).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_known_in_every_spelling() {
        assert!(["firstName", "last_name", "Full Name", "e-mail"].map(is_personal).iter().all(|personal| *personal));
        assert!(!is_personal("loyalty_tier"));
    }

    #[test]
    fn an_address_and_its_hash_are_the_same() {
        let hash = email("Test@example.com").unwrap();
        assert_eq!(email(&hash.value.as_str().to_uppercase()), Ok(hash));
        assert_eq!(email("nobody at home"), Err(Reason::NotEmail));
        assert_eq!(phone("600 100 200"), Err(Reason::NotPhone));
    }
}
