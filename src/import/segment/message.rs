//! Fields of a JSON object, read strictly and refused by their paths.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    domain::{Currency, Id, Money, event::Channel},
    import::{
        amount, enums, json_records,
        row_error::{LineError, Reason},
    },
};

/// An object and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub line: u64,
    /// Of the object within the line, such as "properties".
    pub path: &'a str,
    pub value: &'a Value,
}

impl<'a> Message<'a> {
    /// What stands under a name, in this spelling or else in another one: `product_id`, `productId`, `ProductID`.
    pub fn get(self, field: &str) -> Option<&'a Value> {
        self.entry(field).map(|(_, value)| value)
    }

    /// The same, as the file spells it. One that says nothing gives way to another spelling that does.
    fn entry(self, field: &str) -> Option<(&'a str, &'a Value)> {
        let fields = self.value.as_object()?;
        let exact = fields.get_key_value(field).map(|(name, value)| (name.as_str(), value));
        if exact.is_some_and(|(_, value)| says(value)) {
            return exact;
        }
        let mut others = fields.iter().filter(|(name, value)| enums::is_spelling_of(name, field) && says(value));
        others.next().map(|(name, value)| (name.as_str(), value)).or(exact)
    }

    /// An object within this one.
    pub fn at(self, field: &'a str) -> Option<Self> {
        let value = self.get(field).filter(|value| value.is_object())?;
        Some(Self { path: field, value, ..self })
    }

    /// What a list within this one holds; an object in its place is all of it.
    pub fn each(self, field: &'a str) -> impl Iterator<Item = Self> {
        let list = match self.get(field) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            _ => &[],
        };
        list.iter().map(move |value| Self { path: field, value, ..self })
    }

    /// The first of these fields that says something.
    pub fn first(self, fields: &[&'static str]) -> Option<&'static str> {
        fields.iter().find(|field| self.get(field).is_some_and(says)).copied()
    }

    pub fn refuse(self, field: &str, reason: Reason) -> LineError {
        let value = match self.get(field) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        LineError::new(self.line, self.name(field), &value, reason)
    }

    /// As [`Message::refuse`], where the value is personal.
    pub fn hide(self, field: &str, reason: Reason) -> LineError {
        LineError::new(self.line, self.name(field), "", reason)
    }

    fn name(self, field: &str) -> String {
        let field = self.entry(field).map_or(field, |(name, _)| name);
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// `None` where it is not there, null or blank.
    pub fn text(self, field: &str) -> Result<Option<&'a str>, LineError> {
        match self.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.contains(char::REPLACEMENT_CHARACTER) => {
                Err(self.refuse(field, Reason::NotUtf8))
            }
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.refuse(field, Reason::NotText)),
        }
    }

    pub fn needed_text(self, field: &str) -> Result<&'a str, LineError> {
        self.text(field)?.ok_or_else(|| self.refuse(field, Reason::Missing))
    }

    /// Text or a number, as it is written. A number's shortest form is what was written for up to 15 digits, so that 19.99
    /// stays 19.99.
    fn written(self, field: &str) -> Result<Option<Cow<'a, str>>, LineError> {
        match self.get(field) {
            Some(Value::Number(number)) => Ok(Some(json_records::number(number).into())),
            _ => Ok(self.text(field)?.map(Cow::Borrowed)),
        }
    }

    /// What a field says; `None` where it is not there.
    pub fn read<T>(self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, LineError> {
        let written = self.written(field)?;
        written.map(|text| read(&text)).transpose().map_err(|reason| self.refuse(field, reason))
    }

    /// As [`Message::read`]; databases of documents export times as `{"$date": ..}`, and numbers of theirs as
    /// `{"$numberLong": ".."}`.
    pub fn moment<T>(self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, LineError> {
        let within = |value: &'a Value| value.get("$date").or_else(|| value.get("$numberLong"));
        let Some(date) = self.get(field).and_then(within) else { return self.read(field, read) };
        let text = match within(date).unwrap_or(date) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        read(&text).map(Some).map_err(|reason| self.refuse(field, reason))
    }

    pub fn id(self, field: &str) -> Result<Option<Id>, LineError> {
        self.read(field, |text| Id::new(text).map_err(Reason::from))
    }

    /// Whom the first of these fields names that says something. What stands there is not shown.
    pub fn first_id(self, fields: &[&'static str]) -> Result<Option<Id>, LineError> {
        let Some(field) = self.first(fields) else { return Ok(None) };
        self.id(field).map_err(|error| LineError { value: String::new(), ..error })
    }

    /// A price: a number of JSON has a point before its decimals, a text is read as people write it.
    pub fn price(self, field: &str, currency: Option<Currency>) -> Result<Option<Money>, LineError> {
        let point = self.get(field).is_some_and(Value::is_number).then_some('.');
        self.read(field, |text| amount::money(text, currency, point))
    }

    /// Where it happened, by the device, else by what sent the call.
    pub fn channel(self) -> Option<Channel> {
        let word = |of: Self, field: &str| of.text(field).ok().flatten().map(str::to_lowercase);
        let context = self.at("context");
        let device = context.and_then(|context| word(context.at("device")?, "type"));
        let channel = word(self, "channel").or_else(|| word(context?, "channel")).or_else(|| word(self, "platform"));
        match (device.as_deref(), channel.as_deref()) {
            (Some("ios" | "android"), _) | (_, Some("mobile" | "app" | "ios" | "android")) => Some(Channel::App),
            (_, Some("browser" | "web")) => Some(Channel::Web),
            (_, Some("email")) => Some(Channel::Email),
            (_, Some("store" | "pos")) => Some(Channel::Store),
            // A page is only met in a browser.
            _ if context.is_some_and(|context| context.at("page").is_some()) => Some(Channel::Web),
            _ => None,
        }
    }
}

fn says(value: &Value) -> bool {
    !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty())
}
