//! What is wrong with a request: every field at fault, with its path and its value, as `google.rpc.BadRequest`.
//!
//! A conversion goes on after the first fault, so that a caller learns of all of them at once. What a fault costs is
//! bounded: details travel in a header, and common clients refuse more than 8 KiB of headers.

use std::fmt::{self, Display, Write as _};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::proto;

/// How many faults are described. Those beyond are counted.
const MOST_DESCRIBED: usize = 16;

/// How many characters of a description are told.
const MOST_CHARS: usize = 160;

/// How many characters of a long value are told: they fit into a description beside what is wrong with it.
const MOST_TOLD: usize = 40;

/// Where in a request a field stands. Costs nothing until it is written out.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// The request itself.
    Request,
    /// A field of a message.
    Field(&'a At<'a>, &'static str),
    /// One of a repeated field.
    Item(&'a At<'a>, &'static str, usize),
}

impl<'a> At<'a> {
    /// A field of this message.
    pub const fn field(&'a self, name: &'static str) -> At<'a> {
        Self::Field(self, name)
    }

    /// One of a repeated field of this message.
    pub const fn item(&'a self, name: &'static str, index: usize) -> At<'a> {
        Self::Item(self, name, index)
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Field(parent, name) | Self::Item(parent, name, _)) = *self else { return Ok(()) };
        parent.fmt(f)?;
        if !matches!(parent, Self::Request) {
            f.write_char('.')?;
        }
        f.write_str(name)?;
        match self {
            Self::Item(_, _, index) => write!(f, "[{index}]"),
            _ => Ok(()),
        }
    }
}

/// A value as a description names it: in quotes, and of a long one the beginning.
pub struct Told<'a>(pub &'a str);

impl Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MOST_TOLD) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Violations {
    described: Vec<FieldViolation>,
    count: usize,
}

impl Violations {
    /// One more. The description names the value.
    pub fn add(&mut self, at: At<'_>, description: impl Display) {
        self.count += 1;
        if self.described.len() < MOST_DESCRIBED {
            self.described.push(FieldViolation::new(at.to_string(), clip(&description.to_string())));
        }
    }

    /// Adds where it does not hold.
    pub fn check(&mut self, holds: bool, at: At<'_>, description: impl Display) {
        if !holds {
            self.add(at, description);
        }
    }

    /// The value, if nothing is wrong with the request it was read from.
    ///
    /// # Errors
    /// With all that was found.
    pub fn accept<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.count == 0 => Ok(value),
            _ => Err(self),
        }
    }

    /// For a request that is refused whole.
    pub fn into_status(self) -> Status {
        let message = self.message();
        Status::with_error_details(Code::InvalidArgument, message, ErrorDetails::with_bad_request(self.described))
    }

    /// For one item of many.
    pub fn into_item_error(self) -> proto::ItemError {
        let message = self.message();
        let field = self.described.into_iter().next().map(|first| first.field).unwrap_or_default();
        proto::ItemError { code: Code::InvalidArgument.into(), message, field }
    }

    fn message(&self) -> String {
        let Some(first) = self.described.first() else { return "the request breaks a rule".into() };
        let mut message = format!("{}: {}", first.field, first.description);
        if self.count > 1 {
            let _ = write!(message, " (and {} more)", self.count - 1);
        }
        message
    }
}

impl From<Violations> for Status {
    fn from(violations: Violations) -> Self {
        violations.into_status()
    }
}

/// One fault, as a status.
pub fn one(field: &'static str, description: impl Display) -> Status {
    let mut bad = Violations::default();
    bad.add(At::Request.field(field), description);
    bad.into_status()
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_the_contract() {
        let request = At::Request;
        let product = request.item("products", 3);
        let variant = product.item("variants", 0);
        let price = variant.field("price");
        assert_eq!(price.field("currency").to_string(), "products[3].variants[0].price.currency");
        assert_eq!(request.field("id").to_string(), "id");
    }

    #[test]
    fn a_thousand_faults_fit_into_a_header() {
        let mut bad = Violations::default();
        for i in 0..1_000 {
            bad.add(At::Request.item("product_ids", i), format!("{:?}", "ż".repeat(4_000)));
        }
        let status = bad.accept(Some(())).unwrap_err().into_status();
        assert!(status.message().ends_with("(and 999 more)"), "{}", status.message());
        assert_eq!(status.get_details_bad_request().unwrap().field_violations.len(), MOST_DESCRIBED);
        // A third more in base 64.
        assert!(status.details().len() * 4 / 3 < 8_000, "{}", status.details().len());
    }

    #[test]
    fn a_value_with_a_fault_elsewhere_is_not_accepted() {
        let mut bad = Violations::default();
        bad.check(true, At::Request, "holds");
        bad.check(false, At::Request.field("page_size"), "must not be negative: -1");
        let status: Status = bad.accept(Some(1)).unwrap_err().into();
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "page_size: must not be negative: -1"));
    }
}
