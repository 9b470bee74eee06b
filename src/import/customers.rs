//! Customers from CSV by a mapping, or as JSON Lines: identifiers, traits, declared sizes and consents.
//!
//! Mail addresses and phone numbers are hashed before anything else sees them (`person`), and are never shown in a refusal.
//! Whom a row is about is essential; all the rest are details, of which those that are not understood are told and left out.
//! A refusal of consent goes in whatever else the row holds, and what is said of consent in no known word is a refusal.

mod json;

use std::{collections::BTreeMap, mem, sync::Arc};

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
        bounds, consent,
        context::Context,
        mapping::{FileEncoding, RowFilter, Rows, Source},
        pii_hash,
        row_error::{LineError, Parsed, Reason, SetupError, Unread, Warnings},
        row_id,
        table::{Column, Columns, Delimiter, Row, Table},
        timestamps::TimeFormat,
    },
    tabular::input::Input,
};

/// The fields that a mapping can say the columns of.
pub const FIELDS: [&str; 7] = ["customer", "email", "phone", "visitor", "device", "loyalty_card", "updated"];

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
    pub columns: BTreeMap<String, Source>,
    /// Between the fields of a row. Without it that of the header line.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// How the file is written, where it is not UTF-8.
    #[serde(default)]
    pub encoding: FileEncoding,
    /// Trait -> column.
    #[serde(default)]
    pub traits: BTreeMap<String, String>,
    /// Purpose -> column that says whether she consents.
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
    /// The name of the column that holds the size.
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
    context: Context,
) -> Result<impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + use<>, SetupError> {
    let mut table = Table::new(input, mapping.delimiter)?;
    let layout = Layout::new(&mut table, mapping, context)?;
    Ok(std::iter::from_fn(move || Some(table.next_row()?.and_then(|row| layout.customer(&row)))))
}

/// The mapping with every column found.
struct Layout {
    customer: Option<Column>,
    columns: Columns,
    traits: Vec<(Arc<str>, Column)>,
    consents: Vec<(Purpose, Column)>,
    sizes: Vec<(SizeColumn, Column)>,
    rows: RowFilter,
    source: Arc<str>,
    times: TimeFormat,
    context: Context,
}

impl Layout {
    fn new(table: &mut Table, mapping: CustomerMapping, context: Context) -> Result<Self, SetupError> {
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS)?;
        if let Some(name) = mapping.traits.keys().find(|name| pii_hash::is_personal(name)) {
            let text = format!("the trait {name:?} is personal and is not stored: map mail and phone under columns");
            return Err(SetupError::Mapping(text));
        }
        if let Some((name, reason)) =
            mapping.traits.keys().find_map(|name| Some((name, bounds::name(name, TRAIT_SIGNS).err()?)))
        {
            return Err(SetupError::Mapping(format!("the trait {name:?} {reason}")));
        }
        if IDENTIFIERS.iter().all(|(field, _)| columns.get(field).is_none()) {
            columns.required("customer")?;
        }
        let source = bounds::label(&mapping.source);
        let source = source.map_err(|reason| SetupError::Mapping(format!("the source {reason}")))?;
        let traits = mapping.traits.iter().map(|(name, column)| Ok((name.as_str().into(), table.column(column)?)));
        let consents = mapping.consents.iter().map(|(purpose, column)| Ok((*purpose, table.column(column)?)));
        let sizes = mapping.sizes.into_iter().map(|size| table.column(&size.column).map(|column| (size, column)));
        Ok(Self {
            customer: columns.get("customer"),
            traits: traits.collect::<Result<_, SetupError>>()?,
            consents: consents.collect::<Result<_, SetupError>>()?,
            sizes: sizes.collect::<Result<_, SetupError>>()?,
            rows: RowFilter::new(&mapping.rows, table)?,
            source,
            times: mapping.times,
            columns,
            context,
        })
    }

    fn customer(&self, row: &Row<'_>) -> Result<Parsed<Vec<Write>>, Unread> {
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()));
        }
        let mut warnings = Warnings::default();
        let named = Named {
            customer: warnings.detail(self.customer.map_or(Ok(None), |column| customer_id(row, column))),
            aliases: self.identifiers(row, &mut warnings),
        };
        let time = warnings.detail(self.time(row)).unwrap_or(self.context.file_time);
        let mut said = Said::new(row.line, named, time, Arc::clone(&self.source), &self.context, warnings)?;
        for (purpose, column) in &self.consents {
            said.allows_in_words(*purpose, row.name(*column), row.text(*column));
        }
        for (name, column) in &self.traits {
            said.holds(name, row.text(*column));
        }
        for (size, column) in &self.sizes {
            said.wears((size.garment, size.audience), row.text(*column), size.system);
        }
        said.warnings.extend(row.misfit());
        said.finish()
    }

    fn identifiers(&self, row: &Row<'_>, warnings: &mut Warnings) -> Vec<Identifier> {
        let read = |(field, kind)| {
            let Some(column) = self.columns.get(field) else { return Ok(None) };
            // The value is personal: the refusal does not show it.
            let refuse = |reason| LineError::new(row.line, row.name(column), "", reason);
            match row.text(column).map_err(|_| refuse(Reason::NotUtf8))? {
                "" => Ok(None),
                text => identifier(kind, text).map(Some).map_err(refuse),
            }
        };
        IDENTIFIERS.into_iter().filter_map(|known| warnings.detail(read(known))).collect()
    }

    /// `None` where the row does not say it.
    fn time(&self, row: &Row<'_>) -> Result<Option<Timestamp>, LineError> {
        let Some(column) = self.columns.get("updated") else { return Ok(None) };
        match row.text(column)? {
            "" => Ok(None),
            text => {
                let time = self.context.clock.past(text, &self.times);
                time.map(Some).map_err(|reason| row.refuse(column, reason))
            }
        }
    }
}

/// The value is personal: the refusal does not show it.
fn customer_id(row: &Row<'_>, column: Column) -> Result<Option<Id>, LineError> {
    let refuse = |reason| LineError::new(row.line, row.name(column), "", reason);
    match row.text(column).map_err(|_| refuse(Reason::NotUtf8))? {
        "" => Ok(None),
        text => Id::new(text).map(Some).map_err(|error| refuse(error.into())),
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
        IdentifierKind::EmailHash => pii_hash::email(text),
        IdentifierKind::PhoneHash => pii_hash::phone(text),
        kind => Ok(Identifier { kind, value: Id::new(text)? }),
    }
}

/// Whom a row names, as it is written.
struct Named {
    customer: Option<Id>,
    aliases: Vec<Identifier>,
}

/// What one row says of one customer, as writes.
struct Said {
    line: u64,
    who: Who,
    time: Timestamp,
    source: Arc<str>,
    links: Vec<Write>,
    /// Of one purpose a refusal counts more than a grant.
    consents: BTreeMap<Purpose, bool>,
    events: Vec<Write>,
    warnings: Warnings,
}

impl Said {
    /// Without a customer's id the row is about the first of her other identifiers.
    fn new(
        line: u64,
        named: Named,
        time: Timestamp,
        source: Arc<str>,
        context: &Context,
        mut warnings: Warnings,
    ) -> Result<Self, LineError> {
        let mut identify = |who: Who| {
            let field = who.subject().map_or(IdentifierKind::Customer, |subject| subject.kind);
            context.identify(who, line, |_| field_of_kind(field).to_owned(), &mut warnings)
        };
        let customer = named.customer.and_then(|id| identify(Who::customer(id)));
        let aliases = named.aliases.into_iter().filter_map(|alias| identify(who_of(alias)));
        let mut aliases: Vec<Who> = aliases.collect();
        let Some(who) = customer.or_else(|| (!aliases.is_empty()).then(|| aliases.remove(0))) else {
            let nobody = LineError::new(line, "customer", "", Reason::Nobody);
            return Err(warnings.into_vec().into_iter().next().unwrap_or(nobody));
        };
        let mut links = Vec::new();
        for alias in who.aliases().chain(aliases.iter().filter_map(Who::subject)) {
            match &who.customer {
                Some(customer) => {
                    let (customer, cause) = (customer.clone(), LinkCause::Import);
                    links.push(Write::Link { alias, customer, cause, time });
                }
                None => warnings.add(LineError::new(line, field_of_kind(alias.kind), "", Reason::NoCustomer)),
            }
        }
        // The hash of her address is linked once, and is no part of what is said of her.
        let who = if who.customer.is_some() { Who { other: None, ..who } } else { who };
        Ok(Self { line, who, time, source, links, consents: BTreeMap::new(), events: Vec::new(), warnings })
    }

    fn holds(&mut self, name: &str, value: Result<&str, LineError>) {
        // What stands there may be personal: the refusal does not show it.
        let refuse = |reason| LineError::new(self.line, format!("traits.{name}"), "", reason);
        let read = value.map_err(|_| refuse(Reason::NotUtf8)).and_then(|value| {
            let name = bounds::name(name, TRAIT_SIGNS).map_err(refuse)?;
            Ok((name, bounds::text(value, MAX_VALUE_CHARS).map_err(refuse)?))
        });
        let Some((name, value)) = self.warnings.one(read).filter(|(_, value)| !value.is_empty()) else { return };
        let kind = EventKind::TraitSet { name: Arc::clone(&name), value: Arc::clone(&value), source: self.source() };
        self.event(kind, &["trait", &name, &value]);
    }

    fn wears(
        &mut self,
        (garment, audience): (Garment, Option<Audience>),
        size: Result<&str, LineError>,
        system: Option<SizeSystem>,
    ) {
        let line = self.line;
        let read = size.and_then(|size| {
            bounds::text(size, MAX_SIZE_CHARS).map_err(|reason| LineError::new(line, "sizes", size, reason))
        });
        let Some(size) = self.warnings.one(read).filter(|size| !size.is_empty()) else { return };
        let of = format!("{garment:?} {audience:?} {system:?}");
        let written = Arc::clone(&size);
        self.event(EventKind::SizeDeclared { garment, audience, size, system }, &["size", &of, &written]);
    }

    /// What is no word that we know is no grant.
    fn allows_in_words(&mut self, purpose: Purpose, field: &str, word: Result<&str, LineError>) {
        let refuse = |reason, word: &str| LineError::new(self.line, field, word, reason);
        let read = word.and_then(|word| consent::in_words(word).map_err(|reason| refuse(reason, word)));
        match read {
            Ok(None) => {}
            Ok(Some(granted)) => self.allows(purpose, granted),
            Err(error) => {
                self.warnings.add(error);
                self.allows(purpose, false);
            }
        }
    }

    fn allows(&mut self, purpose: Purpose, granted: bool) {
        self.consents.entry(purpose).and_modify(|said| *said &= granted).or_insert(granted);
    }

    fn source(&self) -> Arc<str> {
        Arc::clone(&self.source)
    }

    /// The id follows from what is said, by whom, and when: so that saying it again is nothing new.
    fn event(&mut self, kind: EventKind, parts: &[&str]) {
        let time = self.time.0.to_string();
        let subject = self.who.subject().map_or_else(String::new, |subject| match subject.kind {
            IdentifierKind::Customer => subject.value.to_string(),
            kind => format!("{kind:?} {}", subject.value),
        });
        let mut of: Vec<&str> = vec![&subject, &time, &self.source];
        of.extend(parts);
        let id = row_id::from_parts("customer", &of);
        let id = id.map_err(|error| LineError::new(self.line, "customer", "", error.into()));
        let Some(id) = self.warnings.one(id) else { return };
        let (who, time) = (self.who.clone(), self.time);
        self.events.push(Write::Event(Event { id, who, time, channel: None, session: None, attribution: None, kind }));
    }

    fn finish(mut self) -> Result<Parsed<Vec<Write>>, Unread> {
        let rest = mem::take(&mut self.events);
        for (purpose, granted) in mem::take(&mut self.consents) {
            let kind = EventKind::ConsentSet { purpose, granted, source: self.source() };
            self.event(kind, &["consent", &format!("{purpose:?}"), &granted.to_string()]);
        }
        self.events.extend(rest);
        let Self { line, links, events, warnings, .. } = self;
        let said = [links, events].concat();
        if said.is_empty() && warnings.are_all(Reason::UnknownPurpose) {
            // That a purpose is not known here is no fault of the line.
            return Ok(Parsed::row(line, said).with_warnings(warnings.into_vec()));
        }
        warnings.finish(line, said, "customers of whom nothing is said")
    }
}

fn who_of(alias: Identifier) -> Who {
    match alias.kind {
        IdentifierKind::Customer => Who::customer(alias.value),
        IdentifierKind::Visitor => Who::visitor(alias.value),
        _ => Who { other: Some(alias), ..Who::default() },
    }
}

fn field_of_kind(kind: IdentifierKind) -> &'static str {
    IDENTIFIERS.iter().find(|(_, known)| *known == kind).map_or("customer", |(field, _)| field)
}

#[cfg(test)]
mod tests;
