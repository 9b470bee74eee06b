//! Events from CSV by a mapping: one row, one event.
//!
//! What happened, when, to whom, and of which product how much is essential; what is not understood of the rest is told and
//! left out of the event.

mod mapping;

use std::{
    hash::{Hash as _, Hasher as _},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHasher};

pub use self::mapping::{EventMapping, Kind, Meaning, Nobody};
use crate::{
    domain::{
        Id, Money, Timestamp,
        customer::{Identifier, Place, Purpose},
        event::{Event, EventKind, LineItem, Who},
    },
    import::{
        amount,
        context::Context,
        input::Input,
        mapping::RowFilter,
        person,
        row_id::RowIds,
        table::{Column, Columns, Row, Table},
        unread::{LineError, Parsed, Reason, SetupError, Unread, Warnings, nearest},
        words,
    },
};

const FIELDS: [&str; 20] = [
    "id",
    "event",
    "time",
    "customer",
    "visitor",
    "email",
    "phone",
    "session",
    "channel",
    "product",
    "variant",
    "quantity",
    "price",
    "currency",
    "order",
    "reason",
    "query",
    "stars",
    "text",
    "attribution",
];

/// Reads events, one after another.
///
/// # Errors
/// Where the mapping and the file's header do not fit together.
pub fn read(
    input: Input,
    mapping: EventMapping,
    context: Context,
) -> Result<impl Iterator<Item = Result<Parsed<Event>, Unread>> + use<>, SetupError> {
    let mut table = Table::new(input, mapping.delimiter)?;
    let mapping = mapping.for_header(table.header());
    let layout = Layout::new(&mut table, mapping, context)?;
    if let Some(carried) = &layout.mapping.carry_down {
        carried.apply(&mut table)?;
    }
    Ok(Events { table, layout, ids: RowIds::default(), lines: OrderLines::default() })
}

struct Events {
    table: Table,
    layout: Layout,
    ids: RowIds,
    lines: OrderLines,
}

impl Iterator for Events {
    type Item = Result<Parsed<Event>, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.table.next_row()?;
        Some(row.and_then(|row| self.layout.event(&row, &mut self.ids, &mut self.lines)))
    }
}

/// How many equal lines of each order stood before in the file: a row that stands twice is meant twice.
#[derive(Default)]
struct OrderLines(FxHashMap<u64, u32>);

impl OrderLines {
    /// The position of the next line. That two lines are taken for equal whose hashes are the same does no harm: a position
    /// only keeps lines apart.
    fn position(&mut self, kind: Kind, order: &Id, item: &LineItem) -> u32 {
        let mut hasher = FxHasher::default();
        (kind == Kind::Returned, order, &item.product, &item.variant).hash(&mut hasher);
        let before = self.0.entry(hasher.finish()).or_insert(0);
        *before += 1;
        *before - 1
    }
}

/// The mapping with every column found.
struct Layout {
    mapping: EventMapping,
    context: Context,
    columns: Columns,
    time: Column,
    event: Option<Column>,
    every_row: Option<Meaning>,
    nobody: Option<(Column, String)>,
    rows: RowFilter,
}

impl Layout {
    fn new(table: &mut Table, mapping: EventMapping, context: Context) -> Result<Self, SetupError> {
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS)?;
        let every_row = mapping.every_row.as_ref().map(|word| meaning_of(&mapping, word)).transpose()?;
        let event = if every_row.is_none() { Some(columns.required("event")?) } else { None };
        let nobody = mapping
            .nobody
            .as_ref()
            .map(|nobody| table.column(&nobody.visitor_from).map(|column| (column, nobody.prefix.clone())));
        let nobody = nobody.transpose()?;
        if nobody.is_none() && ["visitor", "email", "phone"].iter().all(|field| columns.get(field).is_none()) {
            columns.required("customer")?;
        }
        let rows = RowFilter::new(&mapping.rows, table)?;
        Ok(Self { time: columns.required("time")?, context, event, every_row, nobody, rows, columns, mapping })
    }

    fn event(&self, row: &Row<'_>, ids: &mut RowIds, lines: &mut OrderLines) -> Result<Parsed<Event>, Unread> {
        // Counted before anything can refuse the row, so that its number does not hang on what else is read.
        let own = ids.next(row.fields()).map_err(|error| LineError::new(row.line, "the row", "", error.into()))?;
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()));
        }
        let Some(meaning) = self.meaning(row)? else {
            let word = row.optional(self.event)?;
            return Err(Unread::LeftOut(format!("event {word:?}").into()));
        };
        let mut warnings = Warnings::default();
        let who = self.who(row, &mut warnings)?;
        let mut kind = self.kind(row, meaning, &mut warnings)?;
        if let EventKind::Purchased { order: Some(order), items }
        | EventKind::Returned { order: Some(order), items, .. } = &mut kind
        {
            for item in items {
                item.position = lines.position(meaning.kind, order, item);
            }
        }
        let event = Event {
            id: warnings.detail(self.grouping_id(row, "id")).unwrap_or(own),
            who,
            time: self.time(row, &kind, &mut warnings)?,
            channel: warnings.detail(self.value(row, "channel", words::known)).or(self.mapping.channel),
            session: warnings.detail(self.grouping_id(row, "session")),
            attribution: warnings.detail(self.value(row, "attribution", words::attribution)),
            kind,
        };
        Ok(Parsed::row(row.line, event).with_warnings(warnings.into_vec()))
    }

    fn meaning(&self, row: &Row<'_>) -> Result<Option<Meaning>, LineError> {
        if self.every_row.is_some() {
            return Ok(self.every_row);
        }
        let (word, events) = (row.optional(self.event)?, &self.mapping.events);
        let in_any_case = || events.iter().find(|(known, _)| words::are_alike(known, word)).map(|(_, meaning)| meaning);
        Ok(events.get(word).or_else(in_any_case).copied())
    }

    /// A refusal of consent goes in whatever its time looks like.
    fn time(&self, row: &Row<'_>, kind: &EventKind, warnings: &mut Warnings) -> Result<Timestamp, LineError> {
        let time = row.text(self.time)?;
        let time = self.context.clock.past(time, &self.mapping.times);
        let time = time.map_err(|reason| row.refuse(self.time, reason));
        if matches!(kind, EventKind::ConsentSet { granted: false, .. }) {
            return Ok(warnings.one(time).unwrap_or(self.context.file_time));
        }
        time
    }

    fn who(&self, row: &Row<'_>, warnings: &mut Warnings) -> Result<Who, LineError> {
        let customer = warnings.detail(self.personal(row, "customer", |text| Ok(Id::new(text)?)));
        let visitor = warnings.detail(self.personal(row, "visitor", |text| Ok(Id::new(text)?)));
        let email = warnings.detail(self.personal(row, "email", person::email));
        let other: Option<Identifier> = match email {
            Some(email) => Some(email),
            None => warnings.detail(self.personal(row, "phone", person::phone)),
        };
        let name = |place| self.columns.get(field_of(place)).map_or("the row", |column| row.name(column)).to_owned();
        if let Some(who) = self.context.identify(Who { customer, visitor, other }, row.line, name, warnings) {
            return Ok(who);
        }
        let Some((column, prefix)) = &self.nobody else {
            let nobody = LineError::new(row.line, "the row", "", Reason::Nobody);
            return Err(std::mem::take(warnings).into_vec().pop().unwrap_or(nobody));
        };
        let text = row.text(*column)?;
        if text.is_empty() {
            return Err(row.refuse(*column, Reason::Nobody));
        }
        Id::new(format!("{prefix}{text}")).map(Who::visitor).map_err(|error| row.refuse(*column, error.into()))
    }

    fn kind(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        Ok(match meaning.kind {
            Kind::ProductViewed => EventKind::ProductViewed {
                product: self.needed(row, "product")?,
                variant: warnings.detail(self.id(row, "variant")),
            },
            Kind::CartAdded => EventKind::CartAdded { item: self.item(row, meaning, warnings)? },
            Kind::CartRemoved => EventKind::CartRemoved { item: self.item(row, meaning, warnings)? },
            Kind::Purchased => {
                let items = vec![self.item(row, meaning, warnings)?];
                EventKind::Purchased { order: self.order(row, meaning, warnings), items }
            }
            Kind::Returned => self.returned(row, meaning, warnings)?,
            Kind::OrderDelivered => EventKind::OrderDelivered { order: self.needed(row, "order")? },
            Kind::Searched => EventKind::Searched { query: self.words(row, "query")? },
            Kind::Rated => EventKind::Rated { product: self.needed(row, "product")?, stars: self.stars(row)? },
            Kind::Commented => EventKind::Commented {
                product: warnings.detail(self.id(row, "product")),
                text: self.words(row, "text")?,
            },
            Kind::Clicked => EventKind::Clicked { product: self.needed(row, "product")? },
            Kind::Unsubscribed => {
                EventKind::ConsentSet { purpose: Purpose::Marketing, granted: false, source: "import".into() }
            }
        })
    }

    /// Without a product all of the order came back.
    fn returned(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        let order = self.order(row, meaning, warnings);
        let is_whole = order.is_some() && self.text(row, "product")?.is_none();
        let items = if is_whole { Vec::new() } else { vec![self.item(row, meaning, warnings)?] };
        let reason = warnings.detail(self.value(row, "reason", words::known));
        Ok(EventKind::Returned { order, items, reason })
    }

    fn order(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Option<Id> {
        if meaning.without_order { None } else { warnings.detail(self.grouping_id(row, "order")) }
    }

    fn item(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<LineItem, LineError> {
        let quantity = self.value(row, "quantity", |text| {
            if !meaning.negative_quantity {
                return amount::quantity(text);
            }
            match amount::whole(text)? {
                0.. => Err(Reason::NotBelowZero),
                below => u32::try_from(below.unsigned_abs()).map_err(|_| Reason::TooLarge),
            }
        })?;
        Ok(LineItem {
            product: self.needed(row, "product")?,
            variant: warnings.detail(self.id(row, "variant")),
            quantity: quantity.unwrap_or(1),
            unit_price: self.price(row, warnings),
            position: 0,
        })
    }

    /// Where the currency can't be read the price is not known either.
    fn price(&self, row: &Row<'_>, warnings: &mut Warnings) -> Option<Money> {
        let own = match self.value(row, "currency", amount::currency) {
            Ok(own) => own,
            Err(error) => {
                warnings.add(error);
                return None;
            }
        };
        let (currency, point) = (own.or(self.mapping.currency), self.mapping.decimal_point.0);
        warnings.detail(self.value(row, "price", |text| amount::money(text, currency, point)))
    }

    fn stars(&self, row: &Row<'_>) -> Result<u8, LineError> {
        let stars = self.value(row, "stars", |text| match amount::whole(text)? {
            stars @ 1..=5 => u8::try_from(stars).map_err(|_| Reason::NotStars),
            _ => Err(Reason::NotStars),
        })?;
        stars.ok_or_else(|| self.missing(row, "stars"))
    }

    fn words(&self, row: &Row<'_>, field: &str) -> Result<Arc<str>, LineError> {
        self.text(row, field)?.ok_or_else(|| self.missing(row, field))
    }

    fn text(&self, row: &Row<'_>, field: &str) -> Result<Option<Arc<str>>, LineError> {
        let text = row.optional(self.columns.get(field))?;
        Ok(if text.is_empty() { None } else { Some(text.into()) })
    }

    fn needed(&self, row: &Row<'_>, field: &str) -> Result<Id, LineError> {
        self.id(row, field)?.ok_or_else(|| self.missing(row, field))
    }

    fn id(&self, row: &Row<'_>, field: &str) -> Result<Option<Id>, LineError> {
        self.value(row, field, |text| Id::new(text).map_err(Reason::from))
    }

    /// An id under which rows belong together: a placeholder is none.
    fn grouping_id(&self, row: &Row<'_>, field: &str) -> Result<Option<Id>, LineError> {
        self.value(row, field, |text| self.context.id(text))
    }

    /// As [`Layout::value`], of a field whose value is not shown.
    fn personal<T>(
        &self,
        row: &Row<'_>,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, LineError> {
        self.value(row, field, read).map_err(|error| LineError { value: String::new(), ..error })
    }

    fn missing(&self, row: &Row<'_>, field: &str) -> LineError {
        let unmapped = || LineError::new(row.line, field, "", Reason::Missing);
        self.columns.get(field).map_or_else(unmapped, |column| row.refuse(column, Reason::Missing))
    }

    /// What a field says; `None` where it is empty or not mapped.
    fn value<T>(
        &self,
        row: &Row<'_>,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, LineError> {
        let Some(column) = self.columns.get(field) else { return Ok(None) };
        let text = row.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        read(text).map(Some).map_err(|reason| row.refuse(column, reason))
    }
}

const fn field_of(place: Place) -> &'static str {
    match place {
        Place::Customer => "customer",
        Place::Visitor => "visitor",
        Place::Other => "email",
    }
}

fn meaning_of(mapping: &EventMapping, word: &str) -> Result<Meaning, SetupError> {
    mapping.events.get(word).copied().ok_or_else(|| {
        let near = nearest(word, mapping.events.keys().map(String::as_str));
        SetupError::Mapping(format!("every_row is {word:?}, which events does not explain{near}"))
    })
}

#[cfg(test)]
mod tests;
