//! The calls of a file: one a line, in lists, or many in a batch; GA4's and Klaviyo's spelled as Segment's.

use std::collections::VecDeque;

use serde_json::{Map, Value, map::Entry};

use super::klaviyo;
use crate::{
    domain::Id,
    import::{
        json_records::{self, Records},
        row_error::{LineError, Reason, Unread},
        row_id::RowIds,
    },
    tabular::input::Input,
};

/// Lists of calls within a record, as Segment's batches, GA4's measurement protocol and pages of Klaviyo's API have them.
const BATCHES: [&str; 3] = ["batch", "events", "data"];
/// Fields of a batch that are not those of its calls.
const OWN: [&str; 3] = ["type", "messageId", "message_id"];
/// Properties that exports write as a text of JSON.
const TEXTS: [&str; 8] =
    ["properties", "event_properties", "traits", "context", "products", "items", "ecommerce", "event_params"];

/// One call.
pub(super) struct Call {
    pub line: u64,
    /// Of a call that has no id of its own.
    pub row: Id,
    pub value: Value,
}

pub(super) struct Calls {
    records: Records,
    ids: RowIds,
    /// Of the batch that was read last.
    waiting: VecDeque<Result<Call, Unread>>,
}

impl Calls {
    pub fn new(input: Input) -> Self {
        Self { records: Records::new(input), ids: RowIds::default(), waiting: VecDeque::new() }
    }

    /// The next call, or why there is none. `None` at the end.
    pub fn next_call(&mut self) -> Option<Result<Call, Unread>> {
        loop {
            if let Some(call) = self.waiting.pop_front() {
                return Some(call);
            }
            let (line, text) = match self.records.next_record()? {
                Ok(record) => record,
                Err(unread) => return Some(Err(unread)),
            };
            let mut record = match json_records::value(&text) {
                Some(Value::Object(record)) => record,
                // A list stands in a line of its own.
                Some(Value::Array(calls)) => {
                    self.wait(line, calls, &Map::new());
                    continue;
                }
                _ => return Some(Err(LineError::new(line, "the line", "", Reason::NotJson).into())),
            };
            let Some(Value::Array(mut calls)) = BATCHES.iter().find_map(|list| take_list(&mut record, list)) else {
                let row = self.ids.next([text.as_bytes()].into_iter());
                return Some(
                    row.map(|row| Call { line, row, value: spelled(record) })
                        .map_err(|error| LineError::new(line, "the line", "", error.into()).into()),
                );
            };
            klaviyo::join(&mut record, &mut calls);
            self.wait(line, calls, &record);
        }
    }

    /// What the batch says stands for each of its calls that does not say it itself.
    fn wait(&mut self, line: u64, calls: Vec<Value>, batch: &Map<String, Value>) {
        for call in calls {
            let Value::Object(mut call) = call else {
                self.waiting.push_back(Err(LineError::new(line, "the call", "", Reason::NotJson).into()));
                continue;
            };
            let text = Value::Object(call.clone()).to_string();
            for (field, value) in batch.iter().filter(|(field, _)| !OWN.contains(&field.as_str())) {
                if let Entry::Vacant(vacant) = call.entry(field) {
                    vacant.insert(value.clone());
                }
            }
            let row = self.ids.next([text.as_bytes()].into_iter());
            let call = row.map(|row| Call { line, row, value: spelled(call) });
            self.waiting.push_back(call.map_err(|error| LineError::new(line, "the call", "", error.into()).into()));
        }
    }
}

/// A call of somebody may have "events" that are none of these.
fn take_list(record: &mut Map<String, Value>, list: &str) -> Option<Value> {
    let is_call = record.contains_key("type") && list != "batch";
    let calls = record.get(list)?.as_array()?;
    if is_call || (list == "data" && !calls.first().is_some_and(klaviyo::is_event)) {
        return None;
    }
    record.remove(list)
}

/// As Segment spells it: `event`, and what is said of it in `properties`.
fn spelled(mut call: Map<String, Value>) -> Value {
    parse_texts(&mut call);
    klaviyo::spell(&mut call);
    if !call.contains_key("event") {
        let name = ["event_name", "name"].into_iter().find(|name| call.get(*name).is_some_and(Value::is_string));
        if let Some(name) = name.and_then(|name| call.get(name).cloned())
            && !call.contains_key("type")
        {
            call.insert("event".to_owned(), name);
        }
    }
    if call.contains_key("event") && !call.get("properties").is_some_and(Value::is_object) {
        let properties = parameters(&call);
        call.insert("properties".to_owned(), Value::Object(properties));
    }
    if let Some(Value::Object(properties)) = call.get_mut("properties") {
        parse_texts(properties);
        // GA4's tag puts what was bought one level down.
        if let Some(Value::Object(ecommerce)) = properties.remove("ecommerce") {
            properties.extend(ecommerce);
        }
    }
    Value::Object(call)
}

/// Objects and lists that an export wrote as texts.
fn parse_texts(of: &mut Map<String, Value>) {
    for field in TEXTS {
        let Some(Value::String(text)) = of.get(field) else { continue };
        if text.starts_with(['{', '['])
            && let Ok(value) = serde_json::from_str(text)
        {
            of.insert(field.to_owned(), value);
        }
    }
}

/// What is said of an event that has no `properties`: by GA4's `params`, by the list of its export, or beside its name.
fn parameters(call: &Map<String, Value>) -> Map<String, Value> {
    let mut said = call.clone();
    if let Some(Value::Object(params)) = said.remove("params") {
        said.extend(params);
    }
    match said.remove("event_params") {
        Some(Value::Object(params)) => said.extend(params),
        Some(Value::Array(params)) => said.extend(params.iter().filter_map(parameter)),
        _ => {}
    }
    said
}

/// `{"key": "search_term", "value": {"string_value": "boots"}}`
fn parameter(param: &Value) -> Option<(String, Value)> {
    let name = param.get("key")?.as_str()?.to_owned();
    let value = match param.get("value")? {
        Value::Object(typed) => typed.values().find(|value| !value.is_null())?.clone(),
        plain => plain.clone(),
    };
    Some((name, value))
}
