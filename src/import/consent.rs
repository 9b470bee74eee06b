//! What shops and their tools say of consents, in whatever words.

use crate::{domain::customer::Purpose, import::unread::Reason};

/// Whether somebody consents, by any word that a shop would use; `None` where nothing is said.
///
/// # Errors
/// Where it is another word. It is no grant: whoever can't tell takes it as a refusal.
pub fn in_words(text: &str) -> Result<Option<bool>, Reason> {
    match letters(text).as_str() {
        "" if text.trim().is_empty() || text.trim() == "-" => Ok(None),
        "null" | "na" => Ok(None),
        word if GRANTED.contains(&word) => Ok(Some(true)),
        word if REFUSED.contains(&word) => Ok(Some(false)),
        _ => Err(Reason::UnclearConsent),
    }
}

/// What consent is given for, by the name of a category as consent tools have it.
///
/// # Errors
/// Where it is none of the purposes here.
pub fn purpose(name: &str) -> Result<Purpose, Reason> {
    match letters(name).as_str() {
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

/// Fields that say whether somebody consents, by their letters; false where "yes" is a refusal.
const FIELDS: [(&str, Purpose, bool); 22] = [
    ("acceptsmarketing", Purpose::Marketing, true),
    ("marketingconsent", Purpose::Marketing, true),
    ("marketingoptin", Purpose::Marketing, true),
    ("emailmarketingconsent", Purpose::Marketing, true),
    ("emailoptin", Purpose::Marketing, true),
    ("emailsubscribe", Purpose::Marketing, true),
    ("newsletter", Purpose::Marketing, true),
    ("newsletteroptin", Purpose::Marketing, true),
    ("subscribedtonewsletter", Purpose::Marketing, true),
    ("subscribed", Purpose::Marketing, true),
    ("unsubscribed", Purpose::Marketing, false),
    ("optout", Purpose::Marketing, false),
    ("marketingoptout", Purpose::Marketing, false),
    ("emailoptout", Purpose::Marketing, false),
    ("donotemail", Purpose::Marketing, false),
    ("personalizationconsent", Purpose::Personalization, true),
    ("personalisationconsent", Purpose::Personalization, true),
    ("consentpersonalization", Purpose::Personalization, true),
    ("profilingconsent", Purpose::Personalization, true),
    ("personalizationoptout", Purpose::Personalization, false),
    ("donottrack", Purpose::Analytics, false),
    ("analyticsconsent", Purpose::Analytics, true),
];

/// What a field says of consent by its name and its word, such as `accepts_marketing` and "no"; `None` where it is no such
/// field, or its word is neither yes nor no.
#[must_use]
pub fn consent_of_field(name: &str, word: &str) -> Option<(Purpose, bool)> {
    let letters = letters(name);
    let (_, purpose, is_grant) = FIELDS.iter().find(|(known, ..)| *known == letters)?;
    let yes = in_words(word).ok().flatten()?;
    Some((*purpose, yes == *is_grant))
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consents_are_read_in_any_words_and_never_guessed() {
        for refusal in ["no", "FALSE", "0", "denied", "Opt-out", "opted out", "unsubscribed", "not_granted", "Nie", "n"]
        {
            assert_eq!(in_words(refusal), Ok(Some(false)), "{refusal}");
        }
        for grant in ["yes", "TRUE", "1", "granted", "opt-in", "Opted in", "subscribed", "tak"] {
            assert_eq!(in_words(grant), Ok(Some(true)), "{grant}");
        }
        assert_eq!(
            [in_words(""), in_words(" - "), in_words("perhaps")],
            [Ok(None), Ok(None), Err(Reason::UnclearConsent)]
        );
        assert_eq!(
            [purpose("Personalisation"), purpose("C0004")],
            [Ok(Purpose::Personalization), Ok(Purpose::Marketing)]
        );
        assert_eq!(purpose("necessary"), Err(Reason::UnknownValue));
        assert_eq!(in_words("?"), Err(Reason::UnclearConsent));
        assert_eq!(consent_of_field("acceptsMarketing", "no"), Some((Purpose::Marketing, false)));
        assert_eq!(consent_of_field("unsubscribed", "true"), Some((Purpose::Marketing, false)));
        assert_eq!([consent_of_field("newsletter", "weekly"), consent_of_field("tier", "no")], [None, None]);
    }
}
