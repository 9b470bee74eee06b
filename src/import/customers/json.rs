//! Customers as JSON Lines, in this product's own words: no mapping needed.
//!
//! `{"customer": "c1", "updated": "2026-01-31T12:00:00Z", "email": "..", "phone": "..", "visitor": "..", "device": "..",
//! "loyalty_card": "..", "traits": {"tier": "gold"}, "consents": {"marketing": true},
//! "sizes": [{"garment": "shoes", "audience": "women", "size": "39", "system": "eu"}]}`; all but one identifier can be absent.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value};

use super::{IDENTIFIERS, Named, Said, identifier};
use crate::{
    domain::{Id, Timestamp, customer::Identifier, limits::MAX_SAID, store::Write},
    import::{
        bounds,
        consent::{self, Answer, consent_of_field},
        context::Context,
        enums,
        json_records::{self, Records},
        pii_hash,
        row_error::{LineError, Parsed, Reason, Unread, Warnings},
        timestamps::TimeFormat,
    },
    tabular::input::Input,
};

/// What else a line can hold.
const FIELDS: [&str; 6] = ["customer", "updated", "traits", "consents", "consent", "sizes"];
/// Names of the first of them, in the order in which they are believed.
const CUSTOMERS: [&str; 6] = ["customer", "customer_id", "customerId", "userId", "user_id", "id"];
const SIZE_FIELDS: [&str; 4] = ["garment", "audience", "size", "system"];

/// Reads customers, one after another. `source` is the system that says it.
pub fn read(
    input: Input,
    source: Arc<str>,
    context: Context,
) -> impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + use<> {
    let mut records = Records::new(input);
    std::iter::from_fn(move || {
        Some(records.next_record()?.and_then(|(line, text)| customer(line, &text, &source, &context)))
    })
}

fn customer(line: u64, text: &str, source: &Arc<str>, context: &Context) -> Result<Parsed<Vec<Write>>, Unread> {
    // Values are personal: they are not shown.
    let Some(Value::Object(read)) = json_records::value(text) else {
        return Err(LineError::new(line, "the line", "", Reason::NotJson).into());
    };
    let of = Fields { line, read: &read };
    let mut warnings = Warnings::default();
    let customer = warnings.detail(of.personal(of.customer_field(), |text| Ok(Id::new(text)?)));
    let aliases = IDENTIFIERS.into_iter();
    let aliases =
        aliases.filter_map(|(field, kind)| warnings.detail(of.personal(field, |text| identifier(kind, text))));
    let aliases: Vec<Identifier> = aliases.collect();
    let time = warnings.detail(of.time(context)).unwrap_or(context.file_time);
    let named = Named { customer, aliases };
    let mut said = Said::new(line, named, time, Arc::clone(source), context, warnings)?;
    of.consents(&mut said);
    of.traits(&mut said);
    of.sizes(&mut said);
    of.unknown(&mut said);
    said.finish()
}

/// The fields of one line.
#[derive(Clone, Copy)]
struct Fields<'a> {
    line: u64,
    read: &'a Map<String, Value>,
}

impl Fields<'_> {
    fn error(self, field: &str, value: &str, reason: Reason) -> LineError {
        LineError::new(self.line, field, value, reason)
    }

    fn customer_field(self) -> &'static str {
        let says = |field: &&str| self.read.get(*field).is_some_and(|value| !value.is_null() && value != "");
        CUSTOMERS.into_iter().find(says).unwrap_or(CUSTOMERS[0])
    }

    /// A field whose value is not shown; `None` where it is not there.
    fn personal<T>(self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, LineError> {
        let Some(value) = self.read.get(field) else { return Ok(None) };
        let text = plain(value).map_err(|reason| self.error(field, "", reason))?;
        match text.trim() {
            "" => Ok(None),
            text => read(text).map(Some).map_err(|reason| self.error(field, "", reason)),
        }
    }

    fn time(self, context: &Context) -> Result<Option<Timestamp>, LineError> {
        let Some(value) = self.read.get("updated") else { return Ok(None) };
        let text = plain(value).map_err(|reason| self.error("updated", "", reason))?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let time = context.clock.past(&text, &TimeFormat::Any);
        time.map(Some).map_err(|reason| self.error("updated", &text, reason))
    }

    fn consents(self, said: &mut Said) {
        let Some(value) = self.read.get("consents").or_else(|| self.read.get("consent")) else { return };
        self.take(consent::of_categories("consents", value), said);
    }

    fn take(self, answers: impl IntoIterator<Item = Answer>, said: &mut Said) {
        for answer in answers {
            if let Some(reason) = answer.unread {
                said.warnings.add(self.error(&answer.field, &answer.value, reason));
            }
            for (purpose, granted) in answer.consents {
                said.allows(purpose, granted);
            }
        }
    }

    fn traits(self, said: &mut Said) {
        let Some(value) = self.read.get("traits") else { return };
        let Some(traits) = self.object("traits", value, said) else { return };
        if let Err(reason) = bounds::count(traits.len(), MAX_SAID) {
            said.warnings.add(self.error("traits", &traits.len().to_string(), reason));
        }
        for (name, value) in traits.iter().filter(|(name, _)| !pii_hash::is_personal(name)).take(MAX_SAID) {
            if consent::are_categories(name) {
                self.take(consent::of_categories(&format!("traits.{name}"), value), said);
                continue;
            }
            let answer = consent_of_field(name, value);
            let is_consent = answer.is_some();
            self.take(answer, said);
            match plain(value) {
                Ok(text) => said.holds(name, Ok(&text)),
                Err(_) if is_consent => {}
                Err(reason) => said.warnings.add(self.error(&format!("traits.{name}"), "", reason)),
            }
        }
    }

    fn sizes(self, said: &mut Said) {
        let sizes = match self.read.get("sizes") {
            None | Some(Value::Null) => return,
            Some(Value::Array(sizes)) => sizes,
            Some(_) => return said.warnings.add(self.error("sizes", "", Reason::UnknownValue)),
        };
        if let Err(reason) = bounds::count(sizes.len(), MAX_SAID) {
            said.warnings.add(self.error("sizes", &sizes.len().to_string(), reason));
        }
        for size in sizes.iter().take(MAX_SAID) {
            let Some(size) = self.object("sizes", size, said) else { continue };
            if let Err(error) = self.size(size, said) {
                said.warnings.add(error);
            }
        }
    }

    fn size(self, size: &Map<String, Value>, said: &mut Said) -> Result<(), LineError> {
        let text = |field: &str| size.get(field).map_or(Ok("".into()), plain);
        let word = |field: &str| {
            let text = text(field).map_err(|reason| self.error(&format!("sizes.{field}"), "", reason))?;
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        let refuse = |field: &str, value: &str, reason| self.error(&format!("sizes.{field}"), value, reason);
        if let Some(unknown) = size.keys().find(|field| !SIZE_FIELDS.contains(&field.as_str())) {
            said.warnings.add(refuse(unknown, "", Reason::UnknownField));
        }
        let garment = word("garment")?.ok_or_else(|| refuse("garment", "", Reason::Missing))?;
        let garment = enums::known(&garment).map_err(|reason| refuse("garment", &garment, reason))?;
        let audience = word("audience")?;
        let audience = audience.map(|name| enums::known(&name).map_err(|reason| refuse("audience", &name, reason)));
        let system = word("system")?;
        let system = system.map(|name| enums::known(&name).map_err(|reason| refuse("system", &name, reason)));
        let written = word("size")?.ok_or_else(|| refuse("size", "", Reason::Missing))?;
        said.wears((garment, audience.transpose()?), Ok(&written), system.transpose()?);
        Ok(())
    }

    /// A field that is none of these may still say that somebody unsubscribed.
    fn unknown(self, said: &mut Said) {
        let customer = self.customer_field();
        let known = |field: &str| {
            field == customer || FIELDS.contains(&field) || IDENTIFIERS.iter().any(|(name, _)| *name == field)
        };
        for (field, value) in self.read.iter().filter(|(field, _)| !known(field)) {
            match consent_of_field(field, value) {
                Some(answer) => self.take([answer], said),
                None => said.warnings.add(self.error(field, "", Reason::UnknownField)),
            }
        }
    }

    fn object<'v>(self, field: &str, value: &'v Value, said: &mut Said) -> Option<&'v Map<String, Value>> {
        if !value.is_object() && !value.is_null() {
            said.warnings.add(self.error(field, "", Reason::NotJson));
        }
        value.as_object()
    }
}

/// A plain value as text; empty where it is null.
fn plain(value: &Value) -> Result<Cow<'_, str>, Reason> {
    match value {
        Value::Null => Ok("".into()),
        Value::String(text) if text.contains(char::REPLACEMENT_CHARACTER) => Err(Reason::NotUtf8),
        Value::String(text) => Ok(text.as_str().into()),
        Value::Number(number) => Ok(json_records::number(number).into()),
        Value::Bool(_) => Ok(value.to_string().into()),
        Value::Array(_) | Value::Object(_) => Err(Reason::NotText),
    }
}
