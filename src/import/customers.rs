//! Customers from CSV by a mapping, or as JSON Lines: identifiers, traits, declared sizes and consents.
//!
//! Mail addresses and phone numbers are hashed before anything else sees them (`person`), and are never shown in a refusal.

mod json;

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

pub use json::read as read_json;

use crate::{
    domain::{
        Id, Timestamp,
        catalog::{Audience, Garment, SizeSystem},
        customer::{Identifier, IdentifierKind, LinkCause, Purpose},
        event::{Event, EventKind, Who},
        limits::{MAX_SIZE_CHARS, MAX_VALUE_CHARS, TRAIT_SIGNS},
        store::Write,
    },
    import::{
        bounds,
        input::Input,
        mapping::{RowFilter, Rows},
        moment::{Clock, TimeFormat},
        person, row_id,
        table::{Column, Columns, Dialect, Row, Table},
        unread::{LineError, Parsed, Reason, SetupError, Unread},
        words,
    },
};

const FIELDS: [&str; 7] = ["customer", "email", "phone", "visitor", "device", "loyalty_card", "updated"];

/// How a shop's columns become customers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerMapping {
    /// The system that says it, such as "crm".
    pub source: String,
    /// How `updated` is written.
    #[serde(default)]
    pub times: TimeFormat,
    /// Field -> column.
    pub columns: BTreeMap<String, String>,
    /// Trait -> column.
    #[serde(default)]
    pub traits: BTreeMap<String, String>,
    /// Purpose -> column with yes or no.
    #[serde(default)]
    pub consents: BTreeMap<Purpose, String>,
    /// Columns with her sizes.
    #[serde(default)]
    pub sizes: Vec<SizeColumn>,
    /// Which rows are read.
    #[serde(default)]
    pub rows: Rows,
}

/// A column with her size of one kind of garment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeColumn {
    /// Which column.
    pub column: String,
    /// Of which kind.
    pub garment: Garment,
    /// For whom; absent: for whichever.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// How it is written.
    #[serde(default)]
    pub system: Option<SizeSystem>,
}

/// The moment of the import, and since when what is said is true where the file does not tell. The same file must give the
/// same moment in every run, or its second run is news.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    /// The moment of the import.
    pub clock: Clock,
    /// Where a row has no time of its own.
    pub time: Timestamp,
}

/// The name of the system that says it.
///
/// # Errors
/// Where it is blank or too long.
pub fn source(name: &str) -> Result<Arc<str>, Reason> {
    bounds::label(name)
}

/// Reads customers, one after another.
///
/// # Errors
/// Where the mapping and the file's header do not fit together.
pub fn read(
    input: Input,
    mapping: CustomerMapping,
    as_of: AsOf,
) -> Result<impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + use<>, SetupError> {
    let mut table = Table::new(input, Dialect::CSV)?;
    let layout = Layout::new(&table, mapping, as_of)?;
    Ok(std::iter::from_fn(move || Some(table.next_row()?.and_then(|row| layout.customer(&row)))))
}

/// The mapping with every column found.
struct Layout {
    customer: Column,
    columns: Columns,
    traits: Vec<(Arc<str>, Column)>,
    consents: Vec<(Purpose, Column)>,
    sizes: Vec<(SizeColumn, Column)>,
    rows: RowFilter,
    source: Arc<str>,
    times: TimeFormat,
    as_of: AsOf,
}

impl Layout {
    fn new(table: &Table, mapping: CustomerMapping, as_of: AsOf) -> Result<Self, SetupError> {
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS)?;
        if let Some(name) = mapping.traits.keys().find(|name| person::is_personal(name)) {
            let text = format!("the trait {name:?} is personal and is not stored: map mail and phone under columns");
            return Err(SetupError::Mapping(text));
        }
        if let Some((name, reason)) =
            mapping.traits.keys().find_map(|name| Some((name, bounds::name(name, TRAIT_SIGNS).err()?)))
        {
            return Err(SetupError::Mapping(format!("the trait {name:?} {reason}")));
        }
        let source = bounds::label(&mapping.source);
        let source = source.map_err(|reason| SetupError::Mapping(format!("the source {reason}")))?;
        let traits = mapping.traits.iter().map(|(name, column)| Ok((name.as_str().into(), table.column(column)?)));
        let consents = mapping.consents.iter().map(|(purpose, column)| Ok((*purpose, table.column(column)?)));
        let sizes = mapping.sizes.into_iter().map(|size| table.column(&size.column).map(|column| (size, column)));
        Ok(Self {
            customer: columns.required("customer")?,
            traits: traits.collect::<Result<_, SetupError>>()?,
            consents: consents.collect::<Result<_, SetupError>>()?,
            sizes: sizes.collect::<Result<_, SetupError>>()?,
            rows: RowFilter::new(&mapping.rows, table)?,
            source,
            times: mapping.times,
            columns,
            as_of,
        })
    }

    fn customer(&self, row: &Row<'_>) -> Result<Parsed<Vec<Write>>, Unread> {
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()));
        }
        let id = row.text(self.customer)?;
        let id = Id::new(id).map_err(|error| row.refuse(self.customer, error.into()))?;
        let mut said = Said::new(row.line, id, self.time(row)?, Arc::clone(&self.source));
        self.identifiers(row, &mut said)?;
        for (name, column) in &self.traits {
            said.holds(name, row.text(*column)?)?;
        }
        for (size, column) in &self.sizes {
            said.wears((size.garment, size.audience), row.text(*column)?, size.system)?;
        }
        for (purpose, column) in &self.consents {
            let granted = words::yes_no(row.text(*column)?).map_err(|reason| row.refuse(*column, reason))?;
            if let Some(granted) = granted {
                said.allows(*purpose, granted)?;
            }
        }
        said.finish().ok_or_else(|| Unread::LeftOut("customers of whom nothing is said".into()))
    }

    fn identifiers(&self, row: &Row<'_>, said: &mut Said) -> Result<(), LineError> {
        for (field, kind) in IDENTIFIERS {
            let Some(column) = self.columns.get(field) else { continue };
            let text = row.text(column)?;
            if !text.is_empty() {
                // The value is personal: the refusal does not show it.
                let alias = identifier(kind, text);
                said.is_known_by(alias.map_err(|reason| LineError::new(row.line, row.name(column), "", reason))?);
            }
        }
        Ok(())
    }

    fn time(&self, row: &Row<'_>) -> Result<Timestamp, LineError> {
        let Some(column) = self.columns.get("updated") else { return Ok(self.as_of.time) };
        let text = row.text(column)?;
        if text.is_empty() {
            return Ok(self.as_of.time);
        }
        self.as_of.clock.past(text, self.times).map_err(|reason| row.refuse(column, reason))
    }
}

/// Fields that hold what she is known by elsewhere.
const IDENTIFIERS: [(&str, IdentifierKind); 5] = [
    ("email", IdentifierKind::EmailHash),
    ("phone", IdentifierKind::PhoneHash),
    ("visitor", IdentifierKind::Visitor),
    ("device", IdentifierKind::Device),
    ("loyalty_card", IdentifierKind::LoyaltyCard),
];

fn identifier(kind: IdentifierKind, text: &str) -> Result<Identifier, Reason> {
    match kind {
        IdentifierKind::EmailHash => person::email(text),
        IdentifierKind::PhoneHash => person::phone(text),
        kind => Ok(Identifier { kind, value: Id::new(text)? }),
    }
}

/// What one row says of one customer, as writes.
struct Said {
    line: u64,
    customer: Id,
    time: Timestamp,
    source: Arc<str>,
    writes: Vec<Write>,
}

impl Said {
    const fn new(line: u64, customer: Id, time: Timestamp, source: Arc<str>) -> Self {
        Self { line, customer, time, source, writes: Vec::new() }
    }

    fn is_known_by(&mut self, alias: Identifier) {
        let (customer, time) = (self.customer.clone(), self.time);
        self.writes.push(Write::Link { alias, customer, cause: LinkCause::Import, time });
    }

    fn holds(&mut self, name: &str, value: &str) -> Result<(), LineError> {
        if value.is_empty() {
            return Ok(());
        }
        // What stands there may be personal: the refusal does not show it.
        let refuse = |reason| LineError::new(self.line, format!("traits.{name}"), "", reason);
        let kind = EventKind::TraitSet {
            name: bounds::name(name, TRAIT_SIGNS).map_err(refuse)?,
            value: bounds::text(value, MAX_VALUE_CHARS).map_err(refuse)?,
            source: Arc::clone(&self.source),
        };
        self.event(kind, &["trait", name, value])
    }

    fn wears(
        &mut self,
        (garment, audience): (Garment, Option<Audience>),
        size: &str,
        system: Option<SizeSystem>,
    ) -> Result<(), LineError> {
        if size.is_empty() {
            return Ok(());
        }
        let of = format!("{garment:?} {audience:?} {system:?}");
        let written = bounds::text(size, MAX_SIZE_CHARS);
        let written = written.map_err(|reason| LineError::new(self.line, "sizes", size, reason))?;
        self.event(EventKind::SizeDeclared { garment, audience, size: written, system }, &["size", &of, size])
    }

    fn allows(&mut self, purpose: Purpose, granted: bool) -> Result<(), LineError> {
        let kind = EventKind::ConsentSet { purpose, granted, source: Arc::clone(&self.source) };
        self.event(kind, &["consent", &format!("{purpose:?}"), &granted.to_string()])
    }

    /// The id follows from what is said, by whom, and when: so that saying it again is nothing new.
    fn event(&mut self, kind: EventKind, parts: &[&str]) -> Result<(), LineError> {
        let time = self.time.0.to_string();
        let mut of: Vec<&str> = vec![self.customer.as_str(), &time, &self.source];
        of.extend(parts);
        let id = row_id::from_parts("customer", &of)
            .map_err(|error| LineError::new(self.line, "customer", self.customer.as_str(), error.into()))?;
        let (who, time) = (Who::customer(self.customer.clone()), self.time);
        self.writes.push(Write::Event(Event { id, who, time, channel: None, session: None, attribution: None, kind }));
        Ok(())
    }

    fn finish(self) -> Option<Parsed<Vec<Write>>> {
        (!self.writes.is_empty()).then(|| Parsed::row(self.line, self.writes))
    }
}

#[cfg(test)]
mod tests;
