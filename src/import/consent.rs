//! What shops and their tools say of consents, in whatever words.

use serde_json::{Map, Value};

use crate::{
    domain::customer::Purpose,
    import::{json_records, row_error::Reason},
};

/// Whether somebody consents, by any word that a shop would use; `None` where nothing is said.
///
/// # Errors
/// Where it is another word, or a grant with a sign before or behind it. It is no grant: whoever can't tell takes it as a
/// refusal.
pub fn in_words(text: &str) -> Result<Option<bool>, Reason> {
    if matches!(text.trim(), "" | "-") {
        return Ok(None);
    }
    let letters = letters(text);
    match letters.as_str() {
        "null" | "na" => Ok(None),
        word if REFUSED.contains(&word) => Ok(Some(false)),
        word if GRANTED.contains(&word) && is_bare(text) => Ok(Some(true)),
        _ => Err(Reason::UnclearConsent),
    }
}

/// Whether nothing but letters and digits stands at the ends of a text, and between them only what joins words: "-1" and "!yes"
/// may mean anything.
fn is_bare(text: &str) -> bool {
    let text = text.trim();
    let is_joined = text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-'));
    is_joined && text.starts_with(char::is_alphanumeric) && text.ends_with(char::is_alphanumeric)
}

/// The same of a value of JSON; an object says it by such fields as "granted".
///
/// # Errors
/// As [`in_words`], and where an object or a list does not say it.
pub fn in_value(value: &Value) -> Result<Option<bool>, Reason> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(yes) => Ok(Some(*yes)),
        Value::Number(number) => in_words(&json_records::number(number)),
        Value::String(text) => in_words(text),
        Value::Object(fields) => in_fields(fields).map(Some),
        Value::Array(_) => Err(Reason::UnclearConsent),
    }
}

/// A grant only where all that is said of it is one.
fn in_fields(fields: &Map<String, Value>) -> Result<bool, Reason> {
    let mut is_granted = None;
    for (name, value) in fields {
        let letters = letters(name);
        let Some((_, is_grant)) = STATES.iter().find(|(known, _)| *known == letters) else { continue };
        let read = if *is_grant { in_value(value)? } else { opposite(value)? };
        let Some(granted) = read else { continue };
        is_granted = Some(is_granted.unwrap_or(true) && granted);
    }
    is_granted.ok_or(Reason::UnclearConsent)
}

/// Where "yes" is a refusal: a grant only by a plain "no".
fn opposite(value: &Value) -> Result<Option<bool>, Reason> {
    let is_plain_no = match value {
        Value::Bool(yes) => !yes,
        Value::Number(number) => json_records::number(number) == "0",
        Value::String(text) => is_bare(text) && NO.contains(&letters(text).as_str()),
        _ => false,
    };
    match in_value(value)? {
        None => Ok(None),
        Some(true) => Ok(Some(false)),
        Some(false) if is_plain_no => Ok(Some(true)),
        Some(false) => Err(Reason::UnclearConsent),
    }
}

/// What one field says of consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The field, by its path.
    pub field: String,
    /// What stands there; empty where it is an object or a list, which may hold what is personal.
    pub value: String,
    /// Empty where it says nothing.
    pub consents: Vec<(Purpose, bool)>,
    /// What was not understood of it. It may still be taken as a refusal.
    pub unread: Option<Reason>,
}

impl Answer {
    /// A grant of several purposes at once names none of them, and is none.
    fn new(field: String, purposes: &[Purpose], value: &Value, read: Result<Option<bool>, Reason>) -> Self {
        let all = |granted| purposes.iter().map(|purpose| (*purpose, granted)).collect();
        let (consents, unread) = match read {
            Ok(None) => (Vec::new(), None),
            Ok(Some(true)) if purposes.len() > 1 => (Vec::new(), Some(Reason::UnnamedPurpose)),
            Ok(Some(granted)) => (all(granted), None),
            Err(reason) => (all(false), Some(reason)),
        };
        Self { field, value: shown(value), consents, unread }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// What an object of categories says of each; a plain value in its place is said of all purposes.
pub fn of_categories(field: &str, value: &Value) -> Vec<Answer> {
    let Some(categories) = value.as_object() else {
        return vec![Answer::new(field.to_owned(), &ALL, value, in_value(value))];
    };
    let of_one = |(name, value): (&String, &Value)| {
        let path = format!("{field}.{name}");
        if are_categories(name) {
            return of_categories(&path, value);
        }
        let Ok(purposes) = purposes(name) else {
            return vec![Answer {
                field: path,
                value: String::new(),
                consents: Vec::new(),
                unread: Some(Reason::UnknownPurpose),
            }];
        };
        vec![Answer::new(path, purposes, value, in_value(value))]
    };
    categories.iter().flat_map(of_one).collect()
}

/// Whether a field holds an answer for each of several categories.
pub fn are_categories(name: &str) -> bool {
    ["consent", "consents", "categorypreferences", "consentpreferences", "privacyinfo"]
        .contains(&letters(name).as_str())
}

const ALL: [Purpose; 3] = [Purpose::Personalization, Purpose::Analytics, Purpose::Marketing];

/// What consent is given for, by the name of a category as consent tools have it.
///
/// # Errors
/// Where it is none of the purposes here.
fn purposes(name: &str) -> Result<&'static [Purpose], Reason> {
    Ok(match letters(name).as_str() {
        "personalization"
        | "personalisation"
        | "personalizationstorage"
        | "profiling"
        | "functional"
        | "preferences"
        | "c0003"
        | "personalizacja"
        | "profilowanie"
        | "персонализация"
        | "personalisierung" => &[Purpose::Personalization],
        "analytics"
        | "analytical"
        | "analyticsstorage"
        | "statistics"
        | "performance"
        | "measurement"
        | "c0002"
        | "analityka"
        | "analityczne"
        | "statystyka"
        | "statystyczne"
        | "аналитика"
        | "статистика" => &[Purpose::Analytics],
        "marketing" | "advertising" | "advertisement" | "ads" | "targeting" | "newsletter" | "email"
        | "emailmarketing" | "sms" | "smsmarketing" | "c0004" | "adstorage" | "adsstorage" | "aduserdata"
        | "marketingowe" | "reklama" | "reklamowe" | "маркетинг" | "реклама" | "рассылка" => {
            &[Purpose::Marketing]
        }
        // Advertising that is fitted to a person.
        "adpersonalization" | "adspersonalization" => &[Purpose::Personalization, Purpose::Marketing],
        "all" | "everything" | "any" | "wszystkie" | "wszystko" | "все" | "всё" => &ALL,
        _ => return Err(Reason::UnknownPurpose),
    })
}

/// Without signs, as the words of [`REFUSED`].
const GRANTED: [&str; 29] = [
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
    "да",
    "zgoda",
];
const REFUSED: [&str; 40] = [
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
    "нет",
    "brak",
    "brakzgody",
];
/// Those that deny whatever was said before them.
const NO: [&str; 8] = ["0", "false", "no", "n", "f", "off", "nie", "нет"];

/// Fields of an object that stands for one consent, by their letters; false where "yes" is a refusal.
const STATES: [(&str, bool); 20] = [
    ("granted", true),
    ("given", true),
    ("consent", true),
    ("consented", true),
    ("hasconsent", true),
    ("value", true),
    ("status", true),
    ("state", true),
    ("marketingstate", true),
    ("allowed", true),
    ("enabled", true),
    ("accepted", true),
    ("active", true),
    ("optin", true),
    ("optedin", true),
    ("optout", false),
    ("optedout", false),
    ("denied", false),
    ("refused", false),
    ("withdrawn", false),
];

/// Fields that say whether somebody consents, by their letters; false where "yes" is a refusal.
const FIELDS: [(&str, Purpose, bool); 44] = [
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
    ("consentpersonalisation", Purpose::Personalization, true),
    ("allowpersonalization", Purpose::Personalization, true),
    ("allowpersonalisation", Purpose::Personalization, true),
    ("personalizationallowed", Purpose::Personalization, true),
    ("personalizationenabled", Purpose::Personalization, true),
    ("personalizationoptin", Purpose::Personalization, true),
    ("acceptspersonalization", Purpose::Personalization, true),
    ("allowprofiling", Purpose::Personalization, true),
    ("zgodanapersonalizacje", Purpose::Personalization, true),
    ("personalisationoptout", Purpose::Personalization, false),
    ("donotpersonalize", Purpose::Personalization, false),
    ("donotpersonalise", Purpose::Personalization, false),
    ("donotprofile", Purpose::Personalization, false),
    ("allowmarketing", Purpose::Marketing, true),
    ("consentmarketing", Purpose::Marketing, true),
    ("smsmarketingconsent", Purpose::Marketing, true),
    ("donotcontact", Purpose::Marketing, false),
    ("donotsell", Purpose::Marketing, false),
    ("consentanalytics", Purpose::Analytics, true),
    ("allowanalytics", Purpose::Analytics, true),
    ("allowtracking", Purpose::Analytics, true),
    ("analyticsoptout", Purpose::Analytics, false),
];

/// What a field says of consent by its name and its value, such as `accepts_marketing` and "no"; `None` where it is no such
/// field, or says nothing.
pub fn consent_of_field(name: &str, value: &Value) -> Option<Answer> {
    let letters = letters(name);
    let (_, purpose, is_grant) = FIELDS.iter().find(|(known, ..)| *known == letters)?;
    let read = if *is_grant { in_value(value) } else { opposite(value) };
    // How often somebody gets it is a trait like others.
    if letters == "newsletter" && value.is_string() && read.is_err() {
        return None;
    }
    Some(Answer::new(name.to_owned(), &[*purpose], value, read)).filter(|answer| !answer.consents.is_empty())
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
        for unclear in
            ["?", "-1", "!yes", "1?", "~1", "- tak", "+1", "yes!", "(yes)", "not yes", "--yes", "¬true", "tak/nie"]
        {
            assert_eq!(in_words(unclear), Err(Reason::UnclearConsent), "{unclear}");
        }
        for refusal in ["-0", "!no", "(denied)"] {
            assert_eq!(in_words(refusal), Ok(Some(false)), "{refusal}");
        }
    }

    #[test]
    fn fields_and_categories_refuse_wherever_they_are_not_clear() {
        let seen = |value: &str| {
            let value: Value = serde_json::from_str(value).unwrap();
            let answers = of_categories("consents", &value);
            answers.into_iter().flat_map(|answer| answer.consents).collect::<Vec<_>>()
        };
        let (fitted, counted, sold) = (Purpose::Personalization, Purpose::Analytics, Purpose::Marketing);
        for (value, expected) in [
            (r#"{"Personalisation":true,"C0004":1}"#, vec![(sold, true), (fitted, true)]),
            (r#"{"ad_personalization":"DENIED"}"#, vec![(fitted, false), (sold, false)]),
            (r#"{"ad_personalization":"granted","necessary":false}"#, vec![]),
            (
                r#"{"personalization_storage":"denied","analytics_storage":"granted"}"#,
                vec![(counted, true), (fitted, false)],
            ),
            (r#"{"ad_user_data":"denied"}"#, vec![(sold, false)]),
            (r#"{"category_preferences":{"personalizacja":"nie"}}"#, vec![(fitted, false)]),
            (r#"{"персонализация":false}"#, vec![(fitted, false)]),
            (r#"{"all":false}"#, vec![(fitted, false), (counted, false), (sold, false)]),
            (r#"{"all":true}"#, vec![]),
            ("false", vec![(fitted, false), (counted, false), (sold, false)]),
        ] {
            let mut said = seen(value);
            let mut expected = expected;
            said.sort_unstable();
            expected.sort_unstable();
            assert_eq!(said, expected, "{value}");
        }
    }

    #[test]
    fn a_field_that_means_consent_is_never_guessed() {
        let check = |name: &str, value: &str, expected: Option<(Purpose, bool)>| {
            let value: Value = serde_json::from_str(value).unwrap();
            let answer = consent_of_field(name, &value);
            assert_eq!(answer.map(|answer| answer.consents), expected.map(|one| vec![one]), "{name}: {value}");
        };
        let fitted = |granted| Some((Purpose::Personalization, granted));
        check("acceptsMarketing", r#""no""#, Some((Purpose::Marketing, false)));
        check("unsubscribed", r#""true""#, Some((Purpose::Marketing, false)));
        check("unsubscribed", r#""2026-11-20""#, Some((Purpose::Marketing, false)));
        check("newsletter", r#""weekly""#, None);
        check("tier", r#""no""#, None);
        check("personalization_consent", r#""gibberish""#, fitted(false));
        check("personalization_consent", r#"{"granted":false}"#, fitted(false));
        check("personalization_consent", r#"{"granted":true,"at":"2026-11-20"}"#, fitted(true));
        check("personalization_consent", r#"{"granted":true,"withdrawn":true}"#, fitted(false));
        check("personalization_consent", r#"{"who":"anna"}"#, fitted(false));
        check("personalization_consent", r#"["yes"]"#, fitted(false));
        check("personalization_consent", "null", None);
        check("allow_personalization", "false", fitted(false));
        check("do_not_personalize", "true", fitted(false));
        check("do_not_personalize", "false", fitted(true));
        check("do_not_personalize", r#""-0""#, fitted(false));
        check("do_not_personalize", r#"{"granted":false}"#, fitted(false));
        check("doNotPersonalize", r#""denied""#, fitted(false));
    }
}
