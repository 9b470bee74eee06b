//! Calls of Segment's specs as JSON: what happened becomes events, who it was becomes traits, links and consents.
//!
//! Sources: segment.com/docs/connections/spec/ecommerce/v2, .../spec/identify, .../privacy/consent-management, and GA4's events
//! of e-commerce (developers.google.com/analytics/devguides/collection/ga4/ecommerce); Klaviyo's are spelled as these. Names of
//! fields are known in any spelling: `product_id`, `productId`, `ProductID`. Product ids are `product_id` or
//! `item_id`, else `sku`; where both stand, `sku` is the variant.
//!
//! Who, what kind of call, when, and which product is essential; what is not understood of the rest is told and left out. What
//! refuses consent goes in whatever else the call holds.

mod calls;
mod consent;
mod klaviyo;
mod message;
mod names;
mod track;

use std::borrow::Cow;

use serde_json::Value;

use self::{
    calls::{Call, Calls},
    consent::Consents,
    message::Message,
    names::Name,
};
use crate::{
    domain::{
        Currency, Id, Timestamp,
        customer::{Identifier, LinkCause, Place},
        event::{Event, EventKind, Who},
        limits::{MAX_VALUE_CHARS, TRAIT_SIGNS},
        store::Write,
    },
    import::{
        bounds,
        context::Context,
        enums, json_records, pii_hash,
        row_error::{LineError, Parsed, Reason, Unread, Warnings},
        row_id,
        timestamps::TimeFormat,
    },
    tabular::input::Input,
};

/// Fields that say when, in the order in which they are believed: by the clock of what was done, then of what sent it.
const TIMES: [&str; 14] = [
    "timestamp",
    "original_timestamp",
    "event_timestamp",
    "timestamp_micros",
    "event_time",
    "datetime",
    "time",
    "occurred_at",
    "created_at",
    "ts",
    "sent_at",
    "received_at",
    "loaded_at",
    "event_date",
];
const CUSTOMERS: [&str; 1] = ["userId"];
const VISITORS: [&str; 4] = ["anonymousId", "user_pseudo_id", "client_id", "app_instance_id"];
const MESSAGE_IDS: [&str; 1] = ["messageId"];

/// Reads calls, one after another. Calls that say nothing of use are left out, counted by their names. `currency` is that of
/// prices that name none; without it these are left out.
pub fn read(
    input: Input,
    context: Context,
    currency: Option<Currency>,
) -> impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> {
    let mut calls = Calls::new(input);
    let mut reader = Reader { context, currency, consents: Consents::default() };
    std::iter::from_fn(move || Some(calls.next_call()?.and_then(|call| reader.call(&call))))
}

struct Reader {
    context: Context,
    currency: Option<Currency>,
    consents: Consents,
}

impl Reader {
    fn call(&mut self, call: &Call) -> Result<Parsed<Vec<Write>>, Unread> {
        let message = Message { line: call.line, path: "", value: &call.value };
        let mut warnings = Warnings::default();
        let mut said = self.consents(message, &call.row, &mut warnings)?;
        match self.rest(message, &call.row, &mut warnings) {
            Ok(rest) => said.extend(rest),
            Err(Unread::Refused(error)) if !said.is_empty() => warnings.add(error),
            Err(Unread::LeftOut(_)) if !said.is_empty() => {}
            Err(unread) => return Err(unread),
        }
        warnings.finish(call.line, said, "identify without traits")
    }

    /// What the call says beside consents.
    fn rest(&self, message: Message<'_>, row: &Id, warnings: &mut Warnings) -> Result<Vec<Write>, Unread> {
        Ok(match kind_of(message)?.as_str() {
            "track" => {
                // Which event it is comes first: of one that is of no use nothing can be wrong.
                let name = message.needed_text("event")?;
                let left_out = || Unread::LeftOut(format!("event {name:?}").into());
                self.track(message, Name::of_event(name).ok_or_else(left_out)?, row, warnings)?
            }
            "identify" => self.identify(message, row, warnings)?,
            "alias" => self.alias(message, warnings)?,
            "delete" => self.erase(message, warnings)?,
            other => return Err(Unread::LeftOut(format!("call {other:?}").into())),
        })
    }

    fn track(
        &self,
        message: Message<'_>,
        name: Name,
        row: &Id,
        warnings: &mut Warnings,
    ) -> Result<Vec<Write>, LineError> {
        let id = self.message_id(message, row, warnings);
        let who = self.who(message, warnings)?;
        let time = self.time(message, warnings)?;
        let channel = message.channel();
        let properties = message.at("properties").unwrap_or(message);
        let attribution = warnings.detail(properties.read("attribution_token", enums::attribution));
        let kinds =
            track::Reading { properties, context: &self.context, currency: self.currency }.kinds(name, warnings)?;
        let mut writes = Vec::with_capacity(kinds.len());
        for (n, kind) in kinds.into_iter().enumerate() {
            let id = if n == 0 { id.clone() } else { part(message, &id, &n.to_string())? };
            let (who, session, attribution) = (who.clone(), None, attribution.clone());
            writes.push(Write::Event(Event { id, who, time, channel, session, attribution, kind }));
        }
        Ok(writes)
    }

    fn identify(&self, message: Message<'_>, row: &Id, warnings: &mut Warnings) -> Result<Vec<Write>, LineError> {
        let Some(traits) = traits(message) else { return Ok(Vec::new()) };
        let who = self.who(message, warnings)?;
        let time = self.time(message, warnings)?;
        let id = self.message_id(message, row, warnings);
        let (mut links, mut events) = (Vec::new(), Vec::new());
        for (name, value) in traits.value.as_object().into_iter().flatten() {
            // What stands there may be personal: the warning does not show it.
            let refuse = |reason| LineError::new(message.line, format!("traits.{name}"), "", reason);
            let Some(value) = plain(value) else { continue };
            let hashed = match name.as_str() {
                "email" => Some(pii_hash::email(&value)),
                "phone" => Some(pii_hash::phone(&value)),
                _ => None,
            };
            if let Some(hashed) = hashed {
                let customer = who.customer.as_ref().ok_or(Reason::NoCustomer);
                let linked = hashed.and_then(|alias| Ok(link(alias, customer?, time)));
                links.extend(warnings.one(linked.map_err(refuse)));
                continue;
            }
            if pii_hash::is_personal(name) {
                continue;
            }
            let Some(kind) = warnings.one(trait_set(name, &value).map_err(refuse)) else { continue };
            let id = part(message, &id, name)?;
            let (channel, session, attribution) = (message.channel(), None, None);
            events.push(Write::Event(Event { id, who: who.clone(), time, channel, session, attribution, kind }));
        }
        links.extend(events);
        Ok(links)
    }

    /// Somebody known by one id turned out to be a customer.
    fn alias(&self, message: Message<'_>, warnings: &mut Warnings) -> Result<Vec<Write>, LineError> {
        let customer = message.first_id(&CUSTOMERS)?.ok_or_else(|| message.hide("userId", Reason::Missing))?;
        let previous = message.first_id(&["previousId"])?;
        let visitor = previous.ok_or_else(|| message.hide("previousId", Reason::Missing))?;
        let both = Who { customer: Some(customer), visitor: Some(visitor), other: None };
        let name = |place| if place == Place::Customer { "userId" } else { "previousId" }.to_owned();
        let who = self.context.identify(both, message.line, name, warnings);
        let time = self.time(message, warnings)?;
        let Some(Who { customer: Some(customer), visitor: Some(visitor), .. }) = who else { return Ok(Vec::new()) };
        Ok(vec![link(Identifier::visitor(visitor), &customer, time)])
    }

    /// A request to forget somebody: it goes in whenever it was made, and spares what came after it.
    fn erase(&self, message: Message<'_>, warnings: &mut Warnings) -> Result<Vec<Write>, LineError> {
        let who = self.who(message, warnings)?;
        let time = self.time(message, &mut Warnings::default()).unwrap_or_else(|error| {
            if error.reason != Reason::Missing {
                warnings.add(error);
            }
            self.context.file_time
        });
        Ok(who.subject().map(|who| Write::Erase { who, time, spares_newer: true }).into_iter().collect())
    }

    /// What the call says of consents, where that is news.
    fn consents(&mut self, message: Message<'_>, row: &Id, warnings: &mut Warnings) -> Result<Vec<Write>, LineError> {
        let consents = consent::of_call(message, warnings);
        if consents.is_empty() {
            return Ok(Vec::new());
        }
        // What is wrong with these is told with the rest of the call.
        let mut untold = Warnings::default();
        let id = self.message_id(message, row, &mut untold);
        let Ok(who) = self.who(message, &mut untold) else { return Ok(Vec::new()) };
        let time = self.time(message, &mut untold).unwrap_or(self.context.file_time);
        let mut writes = Vec::new();
        for (purpose, granted) in self.consents.news(who.subject().as_ref(), time, consents) {
            let id = part(message, &id, &format!("consent.{purpose:?}"))?;
            let kind = EventKind::ConsentSet { purpose, granted, source: "segment".into() };
            let (channel, session, attribution) = (message.channel(), None, None);
            writes.push(Write::Event(Event { id, who: who.clone(), time, channel, session, attribution, kind }));
        }
        Ok(writes)
    }

    fn message_id(&self, message: Message<'_>, row: &Id, warnings: &mut Warnings) -> Id {
        let given = message.first(&MESSAGE_IDS).map(|field| message.read(field, |text| self.context.id(text)));
        given.and_then(|given| warnings.detail(given)).unwrap_or_else(|| row.clone())
    }

    /// By her ids; where there are none, by her mail address.
    fn who(&self, message: Message<'_>, warnings: &mut Warnings) -> Result<Who, LineError> {
        let mut wrong = Warnings::default();
        let customer = wrong.detail(message.first_id(&CUSTOMERS));
        let visitor = wrong.detail(message.first_id(&VISITORS));
        let name = |place| {
            let fields: &[&str] = if place == Place::Customer { &CUSTOMERS } else { &VISITORS };
            message.first(fields).unwrap_or_default().to_owned()
        };
        let given = Who { customer, visitor, other: None };
        let who = self.context.identify(given, message.line, name, &mut wrong).or_else(|| by_address(message));
        let wrong = wrong.into_vec();
        let Some(who) = who else {
            let nobody = message.hide(CUSTOMERS[0], Reason::Nobody);
            return Err(wrong.into_iter().next().unwrap_or(nobody));
        };
        warnings.extend(wrong);
        Ok(who)
    }

    /// By the first field that can be believed.
    fn time(&self, message: Message<'_>, warnings: &mut Warnings) -> Result<Timestamp, LineError> {
        let mut wrong = Vec::new();
        for field in TIMES {
            match message.moment(field, |text| self.context.clock.past(text, &TimeFormat::Any)) {
                Ok(None) => {}
                Ok(Some(time)) => {
                    warnings.extend(wrong);
                    return Ok(time);
                }
                Err(error) => wrong.push(error),
            }
        }
        Err(wrong.into_iter().next().unwrap_or_else(|| message.refuse(TIMES[0], Reason::Missing)))
    }
}

/// What kind of call it is; one that names an event and no kind is "track".
fn kind_of(message: Message<'_>) -> Result<String, LineError> {
    let Some(kind) = message.text("type")? else {
        let is_track = message.text("event")?.is_some();
        return if is_track { Ok("track".to_owned()) } else { Err(message.refuse("type", Reason::Missing)) };
    };
    let is_erasure = ["delete", "suppress_with_delete", "delete_only"].iter().any(|word| enums::are_alike(word, kind));
    Ok(if is_erasure { "delete".to_owned() } else { kind.to_lowercase() })
}

fn traits(message: Message<'_>) -> Option<Message<'_>> {
    message.at("traits").or_else(|| message.at("context")?.at("traits"))
}

/// Whom the mail address beside a call means.
fn by_address(message: Message<'_>) -> Option<Who> {
    let places = [traits(message), message.at("properties"), Some(message)];
    let address = places.into_iter().flatten().find_map(|place| place.text("email").ok().flatten())?;
    pii_hash::email(address).ok().map(|hash| Who { other: Some(hash), ..Who::default() })
}

fn trait_set(name: &str, value: &str) -> Result<EventKind, Reason> {
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Reason::NotUtf8);
    }
    Ok(EventKind::TraitSet {
        name: bounds::name(name, TRAIT_SIGNS)?,
        value: bounds::text(value, MAX_VALUE_CHARS)?,
        source: "segment".into(),
    })
}

/// One call can say several things: each needs an id of its own, the same in every run.
fn part(message: Message<'_>, id: &Id, part: &str) -> Result<Id, LineError> {
    row_id::from_parts("call", &[id.as_str(), part]).map_err(|error| message.refuse("messageId", error.into()))
}

fn link(alias: Identifier, customer: &Id, time: Timestamp) -> Write {
    Write::Link { alias, customer: customer.clone(), cause: LinkCause::Import, time }
}

/// A trait that is one plain value; lists and objects are not traits.
fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(json_records::number(number).into()),
        Value::Bool(yes) => Some(if *yes { "true" } else { "false" }.into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
