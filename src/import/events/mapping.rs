//! How a shop's columns become events.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    domain::{Currency, event::Channel},
    import::{
        mapping::{CarryDown, DecimalPoint, FileEncoding, Rows, Source},
        moment::TimeFormat,
        table::Delimiter,
    },
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
    /// Columns that not every file has: without them what is said of them is not said.
    #[serde(default)]
    pub optional_columns: Vec<String>,
}

impl EventMapping {
    /// As it is for a file with these columns.
    #[must_use]
    pub fn for_header(mut self, header: &[String]) -> Self {
        let lacks = |source: &Source| match source {
            Source::Column(name) => self.optional_columns.contains(name) && !header.contains(name),
            _ => false,
        };
        self.columns.retain(|_, source| !lacks(source));
        self.rows.only.retain(|condition| !lacks(&condition.column));
        self.rows.leave_out.retain(|condition| !lacks(&condition.column));
        self
    }
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
