//! Words that files use for closed sets: availability, yes and no, genders and ages, the domain's own names.

use std::sync::Arc;

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

use crate::{
    domain::{
        catalog::{Audience, Availability},
        customer::Purpose,
        recommend::Attribution,
    },
    import::unread::Reason,
};

/// A value of the domain by its own name, such as `too_small` or `waist_length`.
///
/// # Errors
/// Where no value is called so.
pub fn known<T: DeserializeOwned>(name: &str) -> Result<T, Reason> {
    let name = name.trim().to_lowercase();
    T::deserialize(IntoDeserializer::<Error>::into_deserializer(name.as_str())).map_err(|_| Reason::UnknownValue)
}

/// As Google Merchant Center writes it, with or without underscores. Empty: in stock.
///
/// # Errors
/// Where it is another word.
pub fn availability(text: &str) -> Result<Availability, Reason> {
    match text.trim().to_lowercase().replace(['_', '-'], " ").as_str() {
        "" | "in stock" | "instock" => Ok(Availability::InStock),
        "out of stock" | "outofstock" => Ok(Availability::OutOfStock),
        "preorder" | "pre order" => Ok(Availability::Preorder),
        "backorder" | "back order" => Ok(Availability::Backorder),
        _ => Err(Reason::UnknownValue),
    }
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

/// Whether somebody consents, by any word that a shop would use; `None` where nothing is said.
///
/// # Errors
/// Where it is another word. It is no grant: whoever can't tell takes it as a refusal.
pub fn consent(text: &str) -> Result<Option<bool>, Reason> {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match plain.as_str() {
        "" if text.trim().is_empty() || text.trim() == "-" => Ok(None),
        "null" | "na" => Ok(None),
        word if GRANTED.contains(&word) => Ok(Some(true)),
        word if REFUSED.contains(&word) => Ok(Some(false)),
        _ => Err(Reason::UnclearConsent),
    }
}

/// Whether two names are the same but for letter case and for what stands between their words.
#[must_use]
pub fn are_alike(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other)) && letters(one).next().is_some()
}

/// What consent is given for, by the name of a category as consent tools have it.
///
/// # Errors
/// Where it is none of the purposes here.
pub fn purpose(name: &str) -> Result<Purpose, Reason> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match plain.as_str() {
        "personalization" | "personalisation" | "profiling" | "functional" | "preferences" | "c0003" => {
            Ok(Purpose::Personalization)
        }
        "analytics" | "analytical" | "statistics" | "performance" | "measurement" | "c0002" => Ok(Purpose::Analytics),
        "marketing" | "advertising" | "advertisement" | "ads" | "targeting" | "newsletter" | "email"
        | "emailmarketing" | "sms" | "smsmarketing" | "c0004" => Ok(Purpose::Marketing),
        _ => Err(Reason::UnknownValue),
    }
}

/// Without signs, as the words of [`REFUSED`].
const GRANTED: [&str; 27] = [
    "1",
    "true",
    "yes",
    "y",
    "t",
    "on",
    "ok",
    "granted",
    "grant",
    "given",
    "accepted",
    "accept",
    "agreed",
    "allowed",
    "allow",
    "enabled",
    "optin",
    "optedin",
    "confirmed",
    "confirmedoptin",
    "singleoptin",
    "doubleoptin",
    "subscribed",
    "subscribe",
    "active",
    "tak",
    "ja",
];
const REFUSED: [&str; 37] = [
    "0",
    "false",
    "no",
    "n",
    "f",
    "off",
    "none",
    "never",
    "denied",
    "deny",
    "refused",
    "refuse",
    "rejected",
    "reject",
    "declined",
    "decline",
    "withdrawn",
    "revoked",
    "revoke",
    "disabled",
    "disallowed",
    "notgranted",
    "notgiven",
    "notallowed",
    "noconsent",
    "optout",
    "optedout",
    "unsubscribed",
    "unsubscribe",
    "notsubscribed",
    "suppressed",
    "blocked",
    "cleaned",
    "pending",
    "inactive",
    "nie",
    "nein",
];

/// Whom it is made for, by Google Merchant Center's `gender`. `None` where nothing is said.
///
/// # Errors
/// Where it is another word.
pub fn gender(text: &str) -> Result<Option<Audience>, Reason> {
    match text.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "female" | "women" => Ok(Some(Audience::Women)),
        "male" | "men" => Ok(Some(Audience::Men)),
        "unisex" => Ok(Some(Audience::Unisex)),
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
        "newborn" | "infant" | "toddler" | "kids" => Ok(true),
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
        assert_eq!(availability(" In Stock "), Ok(Availability::InStock));
        assert_eq!(availability("out_of_stock"), Ok(Availability::OutOfStock));
        assert_eq!(availability("perhaps"), Err(Reason::UnknownValue));
        assert_eq!([yes_no(""), yes_no("TRUE"), yes_no("0")], [Ok(None), Ok(Some(true)), Ok(Some(false))]);
        assert_eq!(yes_no("maybe"), Err(Reason::NotYesNo));
        for refusal in ["no", "FALSE", "0", "denied", "Opt-out", "opted out", "unsubscribed", "not_granted", "Nie", "n"]
        {
            assert_eq!(consent(refusal), Ok(Some(false)), "{refusal}");
        }
        for grant in ["yes", "TRUE", "1", "granted", "opt-in", "Opted in", "subscribed", "tak"] {
            assert_eq!(consent(grant), Ok(Some(true)), "{grant}");
        }
        assert_eq!(
            [consent(""), consent(" - "), consent("perhaps")],
            [Ok(None), Ok(None), Err(Reason::UnclearConsent)]
        );
        assert_eq!(
            [purpose("Personalisation"), purpose("C0004")],
            [Ok(Purpose::Personalization), Ok(Purpose::Marketing)]
        );
        assert_eq!(purpose("necessary"), Err(Reason::UnknownValue));
        assert_eq!(consent("?"), Err(Reason::UnclearConsent));
        assert_eq!(gender("female"), Ok(Some(Audience::Women)));
        assert_eq!(for_children("toddler"), Ok(true));
        assert_eq!(for_children("elder"), Err(Reason::UnknownValue));
    }
}
