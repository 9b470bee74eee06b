//! The calls of Segment's e-commerce spec as JSON Lines: what happened becomes events, who it was becomes traits and links.
//!
//! Source: segment.com/docs/connections/spec/ecommerce/v2 and .../spec/identify. Product ids are `product_id`, else `sku`;
//! where both stand, `sku` is the variant.

mod message;
mod track;

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use rustc_hash::FxHashMap;
use serde_json::Value;

use self::message::Message;
use crate::{
    domain::{
        Currency, Id, Timestamp,
        customer::{Identifier, LinkCause},
        event::{Event, EventKind, LineItem, Who},
        limits::{MAX_VALUE_CHARS, TRAIT_SIGNS},
        store::Write,
    },
    import::{
        bounds,
        input::Input,
        lines::Lines,
        moment::{Clock, TimeFormat},
        person,
        row_id::{self, RowIds},
        unread::{LineError, Parsed, Reason, Unread},
        words,
    },
};

/// What the calls do not say themselves.
#[derive(Debug, Clone, Copy)]
pub struct Calls {
    /// The moment of the import.
    pub clock: Clock,
    /// Of prices that name none. Without it they are refused.
    pub currency: Option<Currency>,
}

/// Reads calls, one after another. Calls that say nothing of use are left out, counted by their names.
pub fn read(input: Input, calls: Calls) -> impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> {
    Segment { lines: Lines::new(input), reader: Reader { calls, ids: RowIds::default(), orders: Orders::default() } }
}

/// What each order of this file held: a full refund names the order alone.
type Orders = FxHashMap<Id, Vec<LineItem>>;

struct Segment {
    lines: Lines,
    reader: Reader,
}

struct Reader {
    calls: Calls,
    ids: RowIds,
    orders: Orders,
}

impl Iterator for Segment {
    type Item = Result<Parsed<Vec<Write>>, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.lines.next_line()?.and_then(|(line, text)| self.reader.call(line, text)))
    }
}

impl Reader {
    fn call(&mut self, line: u64, text: &str) -> Result<Parsed<Vec<Write>>, Unread> {
        let row = self.ids.next([text.as_bytes()].into_iter());
        let row = row.map_err(|error| LineError::new(line, "the line", "", error.into()))?;
        let Ok(value @ Value::Object(_)) = serde_json::from_str(text) else {
            return Err(LineError::new(line, "the line", text, Reason::NotJson).into());
        };
        let message = Message { line, path: "", value: &value };
        let writes = match message.text("type")? {
            Some("track") => {
                // Which event it is comes first: of one that is of no use nothing can be wrong.
                let name = message.needed_text("event")?;
                if !track::KNOWN.contains(&name) {
                    return Err(Unread::LeftOut(format!("event {name:?}").into()));
                }
                self.track(message, name, row)?
            }
            Some("identify") => self.identify(message, row)?,
            Some("alias") => self.alias(message)?,
            Some(other) => return Err(Unread::LeftOut(format!("call {other:?}").into())),
            None => return Err(LineError::new(line, "type", "", Reason::Missing).into()),
        };
        if writes.is_empty() {
            return Err(Unread::LeftOut("identify without traits".into()));
        }
        Ok(Parsed::row(line, writes))
    }

    fn track(&mut self, message: Message<'_>, name: &str, row: Id) -> Result<Vec<Write>, LineError> {
        let id = message.id("messageId")?.unwrap_or(row);
        let (who, time, channel) = (who(message)?, self.time(message)?, message.channel()?);
        let kinds = track::kinds(message, name, self.calls.currency, &mut self.orders)?;
        let mut writes = Vec::with_capacity(kinds.len());
        for (n, kind) in kinds.into_iter().enumerate() {
            let id = if n == 0 { id.clone() } else { part(message, &id, &n.to_string())? };
            let (who, session, attribution) = (who.clone(), None, attribution(message)?);
            writes.push(Write::Event(Event { id, who, time, channel, session, attribution, kind }));
        }
        Ok(writes)
    }

    fn identify(&self, message: Message<'_>, row: Id) -> Result<Vec<Write>, LineError> {
        let (who, time) = (who(message)?, self.time(message)?);
        let id = message.id("messageId")?.unwrap_or(row);
        let mut writes = VecDeque::new();
        let traits = message.at("traits").or_else(|| message.at("context")?.at("traits"));
        let Some(traits) = traits else { return Ok(Vec::new()) };
        for (name, value) in traits.value.as_object().into_iter().flatten() {
            let hashed = match (name.as_str(), value) {
                ("email", Value::String(address)) => Some(person::email(address)),
                ("phone", Value::String(number)) => Some(person::phone(number)),
                _ => None,
            };
            if let Some(hashed) = hashed {
                // The value is personal: the refusal does not show it.
                let alias = hashed.map_err(|reason| LineError::new(message.line, name, "", reason))?;
                if let Some(customer) = &who.customer {
                    writes.push_front(link(alias, customer, time));
                }
                continue;
            }
            let Some(value) = plain(value).filter(|_| !person::is_personal(name)) else { continue };
            let refuse = |reason| LineError::new(message.line, format!("traits.{name}"), "", reason);
            let kind = EventKind::TraitSet {
                name: bounds::name(name, TRAIT_SIGNS).map_err(refuse)?,
                value: bounds::text(&value, MAX_VALUE_CHARS).map_err(refuse)?,
                source: "segment".into(),
            };
            let id = part(message, &id, name)?;
            let (channel, session, attribution) = (message.channel()?, None, None);
            writes.push_back(Write::Event(Event { id, who: who.clone(), time, channel, session, attribution, kind }));
        }
        Ok(writes.into())
    }

    /// Somebody known by one id turned out to be a customer.
    fn alias(&self, message: Message<'_>) -> Result<Vec<Write>, LineError> {
        let customer = message.id("userId")?.ok_or_else(|| message.refuse("userId", Reason::Missing))?;
        let visitor = message.id("previousId")?.ok_or_else(|| message.refuse("previousId", Reason::Missing))?;
        Ok(vec![link(Identifier::visitor(visitor), &customer, self.time(message)?)])
    }

    fn time(&self, message: Message<'_>) -> Result<Timestamp, LineError> {
        let field = if message.text("timestamp")?.is_some() { "timestamp" } else { "originalTimestamp" };
        let text = message.text(field)?.unwrap_or_default();
        self.calls.clock.past(text, TimeFormat::Iso).map_err(|reason| message.refuse(field, reason))
    }
}

/// One call can say several things: each needs an id of its own, the same in every run.
fn part(message: Message<'_>, id: &Id, part: &str) -> Result<Id, LineError> {
    row_id::from_parts("call", &[id.as_str(), part]).map_err(|error| message.refuse("messageId", error.into()))
}

/// Where the storefront echoes the token of the answer that led to the event.
fn attribution(message: Message<'_>) -> Result<Option<Arc<str>>, LineError> {
    let Some(properties) = message.at("properties") else { return Ok(None) };
    properties.read("attribution_token", words::attribution)
}

fn link(alias: Identifier, customer: &Id, time: Timestamp) -> Write {
    Write::Link { alias, customer: customer.clone(), cause: LinkCause::Import, time }
}

fn who(message: Message<'_>) -> Result<Who, LineError> {
    let who = Who { customer: message.id("userId")?, visitor: message.id("anonymousId")?, other: None };
    if who.subject().is_none() {
        return Err(message.refuse("userId", Reason::Nobody));
    }
    Ok(who)
}

/// A trait that is one plain value; lists and objects are not traits.
fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(yes) => Some(if *yes { "true" } else { "false" }.into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
