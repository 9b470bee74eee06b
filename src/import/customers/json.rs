//! Customers as JSON Lines, in this product's own words: no mapping needed.
//!
//! `{"customer": "c1", "updated": "2026-01-31T12:00:00Z", "email": "..", "phone": "..", "visitor": "..", "device": "..",
//! "loyalty_card": "..", "traits": {"tier": "gold"}, "consents": {"marketing": true},
//! "sizes": [{"garment": "shoes", "audience": "women", "size": "39", "system": "eu"}]}`; all but `customer` can be absent.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::Value;

use super::{AsOf, IDENTIFIERS, Said, identifier};
use crate::{
    domain::{
        Id,
        catalog::{Audience, Garment, SizeSystem},
        customer::Purpose,
        limits::MAX_SAID,
        store::Write,
    },
    import::{
        bounds,
        input::Input,
        lines::Lines,
        moment::TimeFormat,
        person,
        unread::{LineError, Parsed, Reason, Unread},
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    customer: String,
    #[serde(default)]
    updated: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    visitor: Option<String>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    loyalty_card: Option<String>,
    #[serde(default)]
    traits: BTreeMap<Arc<str>, Value>,
    #[serde(default)]
    consents: BTreeMap<Purpose, bool>,
    #[serde(default)]
    sizes: Vec<Worn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Worn {
    garment: Garment,
    #[serde(default)]
    audience: Option<Audience>,
    size: String,
    #[serde(default)]
    system: Option<SizeSystem>,
}

/// Reads customers, one after another. `source` is the system that says it.
pub fn read(
    input: Input,
    source: Arc<str>,
    as_of: AsOf,
) -> impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + use<> {
    let mut lines = Lines::new(input);
    std::iter::from_fn(move || Some(lines.next_line()?.and_then(|(line, text)| customer(line, text, &source, as_of))))
}

fn customer(line: u64, text: &str, source: &Arc<str>, as_of: AsOf) -> Result<Parsed<Vec<Write>>, Unread> {
    // The reader's message names the field and never the values around it, which are personal.
    let read: Line =
        serde_json::from_str(text).map_err(|error| LineError::new(line, error.to_string(), "", Reason::NotJson))?;
    let id = Id::new(read.customer.as_str())
        .map_err(|error| LineError::new(line, "customer", &read.customer, error.into()))?;
    let time = match &read.updated {
        None => as_of.time,
        Some(text) => {
            let time = as_of.clock.past(text, TimeFormat::Iso);
            time.map_err(|reason| LineError::new(line, "updated", text, reason))?
        }
    };
    let mut said = Said::new(line, id, time, Arc::clone(source));
    let identifiers = [&read.email, &read.phone, &read.visitor, &read.device, &read.loyalty_card];
    for ((field, kind), text) in IDENTIFIERS.into_iter().zip(identifiers) {
        if let Some(text) = text {
            said.is_known_by(identifier(kind, text).map_err(|reason| LineError::new(line, field, "", reason))?);
        }
    }
    for (field, said) in [("traits", read.traits.len()), ("sizes", read.sizes.len())] {
        bounds::count(said, MAX_SAID).map_err(|reason| LineError::new(line, field, &said.to_string(), reason))?;
    }
    for (name, value) in &read.traits {
        if person::is_personal(name) {
            continue;
        }
        match value {
            Value::String(text) => said.holds(name, text)?,
            Value::Number(_) | Value::Bool(_) => said.holds(name, &value.to_string())?,
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(LineError::new(line, format!("traits.{name}"), "", Reason::NotText).into());
            }
        }
    }
    for size in &read.sizes {
        said.wears((size.garment, size.audience), &size.size, size.system)?;
    }
    for (purpose, granted) in read.consents {
        said.allows(purpose, granted)?;
    }
    said.finish().ok_or_else(|| Unread::LeftOut("customers of whom nothing is said".into()))
}
