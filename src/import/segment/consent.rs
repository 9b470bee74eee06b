//! What calls say of consents.
//!
//! Segment's consent tools write `context.consent.categoryPreferences` on every call; shops say it by traits such as
//! `accepts_marketing` and by events such as "Unsubscribed". A refusal is taken wherever it stands; a grant only where its
//! words leave no doubt.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::{message::Message, names::letters, traits};
use crate::{
    domain::customer::{Identifier, Purpose},
    import::{
        consent::{self, consent_of_field},
        unread::{LineError, Warnings},
        words,
    },
};

/// Events by which somebody asks for marketing, by their letters.
const GRANTS: [&str; 6] = [
    "emailsubscribed",
    "newslettersubscribed",
    "subscribedtonewsletter",
    "subscribedtolist",
    "subscribedtoemailmarketing",
    "marketingoptedin",
];

/// All that a call says of consents; of one purpose a refusal counts more than a grant.
pub(super) fn of_call(message: Message<'_>, warnings: &mut Warnings) -> Vec<(Purpose, bool)> {
    let mut said = Vec::new();
    of_preferences(message, &mut said, warnings);
    of_event(message, &mut said);
    of_traits(message, &mut said);
    of_suppression(message, &mut said);
    said.sort_unstable();
    said.dedup_by_key(|(purpose, _)| *purpose);
    said
}

fn of_preferences(message: Message<'_>, said: &mut Vec<(Purpose, bool)>, warnings: &mut Warnings) {
    let consent = message.at("context").and_then(|context| context.at("consent"));
    let Some(preferences) = consent.and_then(|consent| consent.at("categoryPreferences")) else { return };
    for (category, value) in preferences.value.as_object().into_iter().flatten() {
        let Ok(purpose) = consent::purpose(category) else { continue };
        match consent::in_words(&word(value)) {
            Ok(None) => {}
            Ok(Some(granted)) => said.push((purpose, granted)),
            Err(reason) => {
                warnings.add(LineError::new(message.line, format!("categoryPreferences.{category}"), "", reason));
                said.push((purpose, false));
            }
        }
    }
}

/// Whatever a shop calls it: "Unsubscribed", "Email Unsubscribed", "Email Marked as Spam".
fn of_event(message: Message<'_>, said: &mut Vec<(Purpose, bool)>) {
    let Ok(Some(event)) = message.text("event") else { return };
    let event = letters(event);
    let refuses = ["unsubscribe", "markedasspam", "optedout", "optout"].iter().any(|word| event.contains(word));
    if refuses {
        said.push((Purpose::Marketing, false));
    } else if GRANTS.contains(&event.as_str()) {
        said.push((Purpose::Marketing, true));
    }
}

/// Words that are neither yes nor no are a trait like others.
fn of_traits(message: Message<'_>, said: &mut Vec<(Purpose, bool)>) {
    let Some(traits) = traits(message) else { return };
    for (name, value) in traits.value.as_object().into_iter().flatten() {
        said.extend(consent_of_field(name, &word(value)));
    }
}

/// Segment's regulation that keeps what is known of somebody and takes nothing more.
fn of_suppression(message: Message<'_>, said: &mut Vec<(Purpose, bool)>) {
    let Ok(Some(kind)) = message.text("type") else { return };
    if ["suppress", "suppress_only"].iter().any(|word| words::are_alike(word, kind)) {
        said.extend([Purpose::Personalization, Purpose::Analytics, Purpose::Marketing].map(|purpose| (purpose, false)));
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What each person last said in this file: calls repeat it all the time.
#[derive(Default)]
pub(super) struct Consents(FxHashMap<(Identifier, Purpose), bool>);

impl Consents {
    /// What is new of it.
    pub fn news(&mut self, whose: Option<&Identifier>, said: Vec<(Purpose, bool)>) -> Vec<(Purpose, bool)> {
        let Some(whose) = whose else { return said };
        let is_news =
            |(purpose, granted): &(Purpose, bool)| self.0.insert((whose.clone(), *purpose), *granted) != Some(*granted);
        said.into_iter().filter(is_news).collect()
    }
}
