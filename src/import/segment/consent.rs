//! What calls say of consents.
//!
//! Segment's consent tools write `context.consent.categoryPreferences` on every call; shops say it by traits such as
//! `accepts_marketing` and by events such as "Unsubscribed". A refusal is taken wherever it stands; a grant only where its
//! words leave no doubt.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::{message::Message, names::letters, traits};
use crate::{
    domain::{
        Timestamp,
        customer::{Identifier, Purpose},
    },
    import::{
        consent::{self, Answer, consent_of_field},
        enums,
        row_error::{LineError, Reason, Warnings},
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
    of_traits(message, &mut said, warnings);
    of_suppression(message, &mut said);
    said.sort_unstable();
    said.dedup_by_key(|(purpose, _)| *purpose);
    said
}

/// Objects of categories stand in the context, beside it, or in the properties of the event that changes them.
fn of_preferences(message: Message<'_>, said: &mut Vec<(Purpose, bool)>, warnings: &mut Warnings) {
    for place in [Some(message), message.at("context"), message.at("properties")].into_iter().flatten() {
        for (name, value) in place.value.as_object().into_iter().flatten() {
            if consent::are_categories(name) {
                take(message, consent::of_categories(name, value), said, warnings);
            }
        }
    }
}

/// Categories that are not known here are no business of ours.
fn take(
    message: Message<'_>,
    answers: impl IntoIterator<Item = Answer>,
    said: &mut Vec<(Purpose, bool)>,
    warnings: &mut Warnings,
) {
    for answer in answers {
        if let Some(reason @ Reason::UnclearConsent) = answer.unread {
            warnings.add(LineError::new(message.line, answer.field, &answer.value, reason));
        }
        said.extend(answer.consents);
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

fn of_traits(message: Message<'_>, said: &mut Vec<(Purpose, bool)>, warnings: &mut Warnings) {
    let Some(traits) = traits(message) else { return };
    for (name, value) in traits.value.as_object().into_iter().flatten() {
        if consent::are_categories(name) {
            take(message, consent::of_categories(name, value), said, warnings);
        } else {
            take(message, consent_of_field(name, value), said, warnings);
        }
    }
}

/// Segment's regulation that keeps what is known of somebody and takes nothing more.
fn of_suppression(message: Message<'_>, said: &mut Vec<(Purpose, bool)>) {
    let Ok(Some(kind)) = message.text("type") else { return };
    if ["suppress", "suppress_only"].iter().any(|word| enums::are_alike(word, kind)) {
        said.extend([Purpose::Personalization, Purpose::Analytics, Purpose::Marketing].map(|purpose| (purpose, false)));
    }
}

/// The newest that each person said in this file, and when: calls repeat it all the time.
#[derive(Default)]
pub(super) struct Consents(FxHashMap<(Identifier, Purpose), (Timestamp, bool)>);

impl Consents {
    /// What is new of it. The calls of a file stand in any order: a refusal is news where it is newer than what is known, or
    /// differs from it; a grant only where it is both.
    pub fn news(
        &mut self,
        whose: Option<&Identifier>,
        time: Timestamp,
        said: Vec<(Purpose, bool)>,
    ) -> Vec<(Purpose, bool)> {
        let Some(whose) = whose else { return said };
        said.into_iter().filter(|(purpose, granted)| self.is_news(whose, time, *purpose, *granted)).collect()
    }

    fn is_news(&mut self, whose: &Identifier, time: Timestamp, purpose: Purpose, granted: bool) -> bool {
        let known = match self.0.entry((whose.clone(), purpose)) {
            Entry::Vacant(vacant) => {
                vacant.insert((time, granted));
                return true;
            }
            Entry::Occupied(known) => known.into_mut(),
        };
        let (is_newer, differs) = (time > known.0, granted != known.1);
        // Of the same moment a refusal counts more.
        if is_newer || (time == known.0 && !granted) {
            *known = (time, granted);
        }
        if granted { is_newer && differs } else { is_newer || differs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Id;

    #[test]
    fn a_later_refusal_is_written_and_an_older_grant_is_not() {
        let whose = Identifier::visitor(Id::new("v").unwrap());
        let check = |calls: &[(i64, bool)], expected: &[(i64, bool)]| {
            let mut consents = Consents::default();
            let mut is_news = |time, granted| {
                !consents.news(Some(&whose), Timestamp(time), vec![(Purpose::Marketing, granted)]).is_empty()
            };
            let news: Vec<_> = calls.iter().copied().filter(|(time, granted)| is_news(*time, *granted)).collect();
            assert_eq!(news, expected, "{calls:?}");
        };
        check(&[(1, false), (5, false), (3, true)], &[(1, false), (5, false)]);
        check(&[(1, false), (1, false), (6, true), (6, true), (7, true)], &[(1, false), (6, true)]);
        check(&[(5, true), (3, false), (4, true)], &[(5, true), (3, false)]);
        check(&[(5, true), (5, false), (5, true)], &[(5, true), (5, false)]);
    }
}
