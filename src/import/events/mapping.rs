//! How a shop's columns become events.

use std::{collections::BTreeMap, io::Cursor};

use serde::Deserialize;

use crate::{
    domain::{Currency, event::Channel},
    import::{
        mapping::{CarryDown, DecimalPoint, FileEncoding, READY, Rows, Source, parse},
        row_error::SetupError,
        table::{Delimiter, Table},
        timestamps::TimeFormat,
    },
    tabular::input::Input,
};

/// How a shop's columns become events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventMapping {
    /// Of every price, where no column says it. Without either, prices say it themselves: "19.99 USD".
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Before the decimals of prices.
    #[serde(default)]
    pub decimal_point: DecimalPoint,
    /// How times are written.
    #[serde(default)]
    pub times: TimeFormat,
    /// Where all of it happened, where no column says it.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Between the fields of a row. Without it that of the header line.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// How the file is written, where it is not UTF-8.
    #[serde(default)]
    pub encoding: FileEncoding,
    /// Field -> where it comes from.
    pub columns: BTreeMap<String, Source>,
    /// What the words of the event column mean. Words that are not here are counted and left out.
    pub events: BTreeMap<String, Meaning>,
    /// What every row is, where there is no event column: one of the words of `events`.
    #[serde(default)]
    pub every_row: Option<String>,
    /// Whom rows belong to that name nobody. Without it they are refused.
    #[serde(default)]
    pub nobody: Option<Nobody>,
    /// Which rows are read.
    #[serde(default)]
    pub rows: Rows,
    /// What later rows of an order leave blank.
    #[serde(default)]
    pub carry_down: Option<CarryDown>,
}

impl EventMapping {
    /// The columns that it needs and the table lacks.
    fn missing(&self, table: &Table) -> Vec<String> {
        let conditions = self.rows.only.iter().chain(&self.rows.leave_out).map(|one| &one.column);
        let carried = self.carry_down.iter().map(|carried| &carried.within);
        let sources = self.columns.values().chain(conditions).chain(carried);
        let mut missing: Vec<String> = sources.filter_map(|source| source.missing(table)).collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

/// The mapping of those built in that fits a file's header line.
///
/// # Errors
/// Where none does: those that are known, and what the nearest lacks.
pub fn recognise(input: &mut Input) -> Result<EventMapping, SetupError> {
    let head = Input::from_bytes(Cursor::new(input.head().to_vec()));
    let table = Table::new(head, Delimiter::default())?;
    let mut nearest: Option<(&str, Vec<String>)> = None;
    let mut names = Vec::new();
    for (name, text) in READY {
        // Those of products are none of events.
        let Ok(mapping) = parse::<EventMapping>(text) else { continue };
        let missing = mapping.missing(&table);
        if missing.is_empty() {
            return Ok(mapping);
        }
        names.push(name);
        if nearest.as_ref().is_none_or(|(_, least)| missing.len() < least.len()) {
            nearest = Some((name, missing));
        }
    }
    let near = nearest.map_or_else(String::new, |(name, missing)| {
        format!("; the nearest is {name}, which also needs {}", missing.join(", "))
    });
    let (all, names) = (table.header().join(", "), names.join(", "));
    Err(SetupError::Mapping(format!(
        "its columns ({all}) are those of no export that is known ({names}){near}. Give --mapping: a TOML file that says what \
         the columns mean"
    )))
}

/// What one word of the event column means.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// The kind of event.
    pub kind: Kind,
    /// Whether the file writes its quantities below zero.
    #[serde(default)]
    pub negative_quantity: bool,
    /// Whether the order column is not the order it belongs to, but a number of its own, such as a credit note's.
    #[serde(default)]
    pub without_order: bool,
}

/// Kinds of event that a row can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of `EventKind`")]
pub enum Kind {
    ProductViewed,
    CartAdded,
    CartRemoved,
    Purchased,
    Returned,
    OrderDelivered,
    Searched,
    Rated,
    Commented,
    Clicked,
    /// She takes no more marketing: a refusal of consent.
    Unsubscribed,
}

/// An anonymous visitor for rows that name nobody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nobody {
    /// The column that holds such rows together, such as the invoice's number.
    pub visitor_from: String,
    /// Keeps these visitors apart from others.
    pub prefix: String,
}
