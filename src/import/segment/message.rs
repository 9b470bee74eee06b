//! Fields of a JSON object, read strictly and refused by their paths.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    domain::{Id, event::Channel},
    import::unread::{LineError, Reason},
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
    /// An object within this one.
    pub fn at(self, field: &'a str) -> Option<Self> {
        let value = self.value.get(field).filter(|value| value.is_object())?;
        Some(Self { path: field, value, ..self })
    }

    /// The objects of a list within this one.
    pub fn each(self, field: &'a str) -> impl Iterator<Item = Self> {
        let list = self.value.get(field).and_then(Value::as_array);
        list.into_iter().flatten().map(move |value| Self { path: field, value, ..self })
    }

    pub fn refuse(self, field: &str, reason: Reason) -> LineError {
        let value = match self.value.get(field) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let name = if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) };
        LineError::new(self.line, name, &value, reason)
    }

    /// `None` where it is not there, null or blank.
    pub fn text(self, field: &str) -> Result<Option<&'a str>, LineError> {
        match self.value.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.refuse(field, Reason::NotText)),
        }
    }

    pub fn needed_text(self, field: &str) -> Result<&'a str, LineError> {
        self.text(field)?.ok_or_else(|| self.refuse(field, Reason::Missing))
    }

    /// Text or a number, as it is written. A number's shortest form is what was written for up to 15 digits, so that 19.99
    /// stays 19.99.
    pub fn written(self, field: &str) -> Result<Option<Cow<'a, str>>, LineError> {
        match self.value.get(field) {
            Some(Value::Number(number)) => Ok(Some(number.to_string().into())),
            _ => Ok(self.text(field)?.map(Cow::Borrowed)),
        }
    }

    /// What a field says; `None` where it is not there.
    pub fn read<T>(self, field: &str, read: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, LineError> {
        let written = self.written(field)?;
        written.map(|text| read(&text)).transpose().map_err(|reason| self.refuse(field, reason))
    }

    pub fn id(self, field: &str) -> Result<Option<Id>, LineError> {
        self.read(field, |text| Id::new(text).map_err(Reason::from))
    }

    /// Where it happened, by the device, else by what sent the call.
    pub fn channel(self) -> Result<Option<Channel>, LineError> {
        let context = self.at("context");
        let device = context.and_then(|context| context.at("device")).map(|device| device.text("type"));
        let device = device.transpose()?.flatten().map(str::to_lowercase);
        let channel = self.text("channel")?.or(context.map(|of| of.text("channel")).transpose()?.flatten());
        Ok(match (device.as_deref(), channel) {
            (Some("ios" | "android"), _) | (_, Some("mobile" | "app")) => Some(Channel::App),
            (_, Some("browser" | "web")) => Some(Channel::Web),
            (_, Some("email")) => Some(Channel::Email),
            (_, Some("store" | "pos")) => Some(Channel::Store),
            // A page is only met in a browser.
            _ if context.is_some_and(|context| context.at("page").is_some()) => Some(Channel::Web),
            _ => None,
        })
    }
}
