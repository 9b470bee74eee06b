//! Words that files use for closed sets: yes and no, genders and ages, the domain's own names.

use std::sync::Arc;

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

use crate::{
    domain::{catalog::Audience, recommend::Attribution},
    import::row_error::Reason,
};

/// A value of the domain by its own name, such as `too_small` or `waist_length`.
///
/// # Errors
/// Where no value is called so.
pub fn known<T: DeserializeOwned>(name: &str) -> Result<T, Reason> {
    let name = name.trim().to_lowercase();
    T::deserialize(IntoDeserializer::<Error>::into_deserializer(name.as_str())).map_err(|_| Reason::UnknownValue)
}

/// Yes or no; `None` where nothing is said.
///
/// # Errors
/// Where it is another word.
pub fn yes_no(text: &str) -> Result<Option<bool>, Reason> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "1" | "true" | "yes" | "y" | "t" => Ok(Some(true)),
        "0" | "false" | "no" | "n" | "f" => Ok(Some(false)),
        _ => Err(Reason::NotYesNo),
    }
}

/// Whether two names are the same but for letter case and for what stands between their words.
pub fn are_alike(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other)) && letters(one).next().is_some()
}

/// Whether a field is called so but for letter case and what stands between its words: `ProductID` is `product_id`, and
/// `$event_id` is `eventId`. What begins with `_` is a database's own: `_id` is not `id`.
pub fn is_spelling_of(written: &str, name: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        let between = |byte: &u8| matches!(byte, b'_' | b'-' | b' ' | b'$');
        name.bytes().filter(move |byte| !between(byte)).map(|byte| byte.to_ascii_lowercase())
    }
    !written.starts_with('_') && letters(written).eq(letters(name))
}

/// Whom it is made for, in the words of feeds or our own. `None` where nothing is said.
///
/// # Errors
/// Where it is another word.
pub fn audience(text: &str) -> Result<Option<Audience>, Reason> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "female" | "women" | "woman" | "women's" | "womens" | "f" | "kobieta" | "kobiety" | "damskie" | "damska"
        | "damski" | "женский" | "женщина" | "женщины" | "damen" | "frauen" => {
            Ok(Some(Audience::Women))
        }
        "male" | "men" | "man" | "men's" | "mens" | "m" | "mężczyzna" | "mężczyźni" | "męskie" | "męska" | "męski"
        | "мужской" | "мужчина" | "мужчины" | "herren" | "männer" => Ok(Some(Audience::Men)),
        "unisex" | "унисекс" => Ok(Some(Audience::Unisex)),
        "children" | "kids" | "boys" | "girls" | "dziecko" | "dzieci" | "dziecięce" | "детский" | "дети" | "kinder" => {
            Ok(Some(Audience::Children))
        }
        _ => Err(Reason::UnknownValue),
    }
}

/// Whether Google Merchant Center's `age_group` says children.
///
/// # Errors
/// Where it is another word.
pub fn for_children(text: &str) -> Result<bool, Reason> {
    match text.trim().to_lowercase().as_str() {
        "" | "adult" => Ok(false),
        "newborn" | "infant" | "toddler" | "kids" | "teen" => Ok(true),
        _ => Err(Reason::UnknownValue),
    }
}

/// The token of the answer that led to an event, as it was given out.
///
/// # Errors
/// Where it is another text.
pub fn attribution(token: &str) -> Result<Arc<str>, Reason> {
    Attribution::read(token).map(|_| token.into()).ok_or(Reason::ForeignToken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{catalog::SizeSystem, event::ReturnReason};

    #[test]
    fn words_are_known_or_refused() {
        assert_eq!(known("Too_Small"), Ok(ReturnReason::TooSmall));
        assert_eq!(known("waist_length"), Ok(SizeSystem::WaistLength));
        assert_eq!(known::<SizeSystem>("martian"), Err(Reason::UnknownValue));
        assert_eq!([yes_no(""), yes_no("TRUE"), yes_no("0")], [Ok(None), Ok(Some(true)), Ok(Some(false))]);
        assert_eq!(yes_no("maybe"), Err(Reason::NotYesNo));
        assert_eq!(
            ["female", " Męskie", ""].map(|word| audience(word).unwrap()),
            [Some(Audience::Women), Some(Audience::Men), None]
        );
        assert_eq!(audience("x"), Err(Reason::UnknownValue));
        assert_eq!(for_children("toddler"), Ok(true));
        assert_eq!(for_children("elder"), Err(Reason::UnknownValue));
    }
}
