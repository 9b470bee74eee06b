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

pub use self::mapping::{EventMapping, Kind, Meaning, Nobody, recognise};
use crate::{
    domain::{
        Id, Money, Timestamp,
        customer::{Identifier, Place, Purpose},
        event::{Event, EventKind, LineItem, Who},
    },
    import::{
        amount,
        context::Context,
        enums,
        mapping::RowFilter,
        pii_hash,
        row_error::{LineError, Parsed, Reason, SetupError, Unread, Warnings, nearest},
        row_id::RowIds,
        table::{Column, Columns, Row, Table},
    },
    tabular::input::Input,
};

/// The fields that a mapping can say the columns of, in the order of `Field`.
pub const FIELDS: [&str; 20] = [
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

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Event,
    Time,
    Customer,
    Visitor,
    Email,
    Phone,
    Session,
    Channel,
    Product,
    Variant,
    Quantity,
    Price,
    Currency,
    Order,
    Reason,
    Query,
    Stars,
    Text,
    Attribution,
}

impl Field {
    /// As mappings name it.
    const fn name(self) -> &'static str {
        FIELDS[self as usize]
    }
}

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
    fn position(&mut self, came_back: bool, order: &Id, item: &LineItem) -> u32 {
        let mut hasher = FxHasher::default();
        (came_back, order, &item.product, &item.variant).hash(&mut hasher);
        let before = self.0.entry(hasher.finish()).or_insert(0);
        *before += 1;
        *before - 1
    }
}

/// The mapping with every column found.
struct Layout {
    mapping: EventMapping,
    context: Context,
    /// Of each [`Field`].
    columns: [Option<Column>; FIELDS.len()],
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
        let event = if every_row.is_none() { Some(columns.required(Field::Event.name())?) } else { None };
        let nobody = mapping
            .nobody
            .as_ref()
            .map(|nobody| table.column(&nobody.visitor_from).map(|column| (column, nobody.prefix.clone())));
        let nobody = nobody.transpose()?;
        if nobody.is_none()
            && [Field::Visitor, Field::Email, Field::Phone].iter().all(|field| columns.get(field.name()).is_none())
        {
            columns.required(Field::Customer.name())?;
        }
        let rows = RowFilter::new(&mapping.rows, table)?;
        let time = columns.required(Field::Time.name())?;
        let columns = FIELDS.map(|field| columns.get(field));
        Ok(Self { mapping, context, columns, time, event, every_row, nobody, rows })
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
        let goods = match &mut kind {
            EventKind::Purchased { order: Some(order), items } => Some((false, &*order, items)),
            EventKind::Returned { order: Some(order), items, .. } => Some((true, &*order, items)),
            _ => None,
        };
        if let Some((came_back, order, items)) = goods {
            for item in items {
                item.position = lines.position(came_back, order, item);
            }
        }
        let event = Event {
            id: warnings.detail(self.grouping_id(row, Field::Id)).unwrap_or(own),
            who,
            time: self.time(row, &kind, &mut warnings)?,
            channel: warnings.detail(self.value(row, Field::Channel, enums::known)).or(self.mapping.channel),
            session: warnings.detail(self.grouping_id(row, Field::Session)),
            attribution: warnings.detail(self.value(row, Field::Attribution, enums::attribution)),
            kind,
        };
        warnings.extend(row.misfit());
        Ok(Parsed::row(row.line, event).with_warnings(warnings.into_vec()))
    }

    fn meaning(&self, row: &Row<'_>) -> Result<Option<Meaning>, LineError> {
        if self.every_row.is_some() {
            return Ok(self.every_row);
        }
        let (word, events) = (row.optional(self.event)?, &self.mapping.events);
        let in_any_case = || events.iter().find(|(known, _)| enums::are_alike(known, word)).map(|(_, meaning)| meaning);
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
        let customer = warnings.detail(self.personal(row, Field::Customer, |text| Ok(Id::new(text)?)));
        let visitor = warnings.detail(self.personal(row, Field::Visitor, |text| Ok(Id::new(text)?)));
        let email = warnings.detail(self.personal(row, Field::Email, pii_hash::email));
        let other: Option<Identifier> = match email {
            Some(email) => Some(email),
            None => warnings.detail(self.personal(row, Field::Phone, pii_hash::phone)),
        };
        let name =
            |place| self.columns[field_of(place) as usize].map_or("the row", |column| row.name(column)).to_owned();
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
                product: self.needed(row, Field::Product)?,
                variant: warnings.detail(self.id(row, Field::Variant)),
            },
            Kind::CartAdded => EventKind::CartAdded { item: self.item(row, meaning, warnings)? },
            Kind::CartRemoved => EventKind::CartRemoved { item: self.item(row, meaning, warnings)? },
            Kind::Purchased => self.purchased(row, meaning, warnings)?,
            Kind::Returned => self.returned(row, meaning, warnings)?,
            Kind::OrderDelivered => EventKind::OrderDelivered { order: self.needed(row, Field::Order)? },
            Kind::Searched => EventKind::Searched { query: self.words(row, Field::Query)? },
            Kind::Rated => EventKind::Rated { product: self.needed(row, Field::Product)?, stars: self.stars(row)? },
            Kind::Commented => EventKind::Commented {
                product: warnings.detail(self.id(row, Field::Product)),
                text: self.words(row, Field::Text)?,
            },
            Kind::Clicked => EventKind::Clicked { product: self.needed(row, Field::Product)? },
            Kind::Unsubscribed => {
                EventKind::ConsentSet { purpose: Purpose::Marketing, granted: false, source: "import".into() }
            }
        })
    }

    /// Where every row is a purchase, one of fewer units than none is a return of that order: the table has no other word for it.
    fn purchased(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        let units = self.value(row, Field::Quantity, amount::whole).ok().flatten();
        let came_back = self.every_row.is_some() && !meaning.negative_quantity && units.is_some_and(|units| units < 0);
        let order = self.order(row, meaning, warnings);
        if !came_back {
            return Ok(EventKind::Purchased { order, items: vec![self.item(row, meaning, warnings)?] });
        }
        let returned = Meaning { kind: Kind::Returned, negative_quantity: true, ..meaning };
        Ok(EventKind::Returned { order, items: vec![self.item(row, returned, warnings)?], reason: None })
    }

    /// Without a product all of the order came back.
    fn returned(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<EventKind, LineError> {
        let order = self.order(row, meaning, warnings);
        let is_whole = order.is_some() && self.text(row, Field::Product)?.is_none();
        let items = if is_whole { Vec::new() } else { vec![self.item(row, meaning, warnings)?] };
        let reason = warnings.detail(self.value(row, Field::Reason, enums::known));
        Ok(EventKind::Returned { order, items, reason })
    }

    fn order(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Option<Id> {
        if meaning.without_order { None } else { warnings.detail(self.grouping_id(row, Field::Order)) }
    }

    fn item(&self, row: &Row<'_>, meaning: Meaning, warnings: &mut Warnings) -> Result<LineItem, LineError> {
        let quantity = self.value(row, Field::Quantity, |text| {
            if !meaning.negative_quantity {
                return amount::quantity(text);
            }
            match amount::whole(text)? {
                0.. => Err(Reason::NotBelowZero),
                below => u32::try_from(below.unsigned_abs()).map_err(|_| Reason::TooLarge),
            }
        });
        Ok(LineItem {
            product: self.needed(row, Field::Product)?,
            variant: warnings.detail(self.id(row, Field::Variant)),
            quantity: warnings.units(quantity, meaning.kind == Kind::Returned)?,
            unit_price: self.price(row, warnings),
            position: 0,
        })
    }

    /// Where the currency can't be read the price is not known either.
    fn price(&self, row: &Row<'_>, warnings: &mut Warnings) -> Option<Money> {
        let own = match self.value(row, Field::Currency, amount::currency) {
            Ok(own) => own,
            Err(error) => {
                warnings.add(error);
                return None;
            }
        };
        let (currency, point) = (own.or(self.mapping.currency), self.mapping.decimal_point.0);
        warnings.detail(self.value(row, Field::Price, |text| amount::money(text, currency, point)))
    }

    fn stars(&self, row: &Row<'_>) -> Result<u8, LineError> {
        let stars = self.value(row, Field::Stars, |text| match amount::whole(text)? {
            stars @ 1..=5 => u8::try_from(stars).map_err(|_| Reason::NotStars),
            _ => Err(Reason::NotStars),
        })?;
        stars.ok_or_else(|| self.missing(row, Field::Stars))
    }

    fn words(&self, row: &Row<'_>, field: Field) -> Result<Arc<str>, LineError> {
        self.text(row, field)?.ok_or_else(|| self.missing(row, field))
    }

    fn text(&self, row: &Row<'_>, field: Field) -> Result<Option<Arc<str>>, LineError> {
        let text = row.optional(self.columns[field as usize])?;
        Ok(if text.is_empty() { None } else { Some(text.into()) })
    }

    fn needed(&self, row: &Row<'_>, field: Field) -> Result<Id, LineError> {
        self.id(row, field)?.ok_or_else(|| self.missing(row, field))
    }

    fn id(&self, row: &Row<'_>, field: Field) -> Result<Option<Id>, LineError> {
        self.value(row, field, |text| Id::new(text).map_err(Reason::from))
    }

    /// An id under which rows belong together: a placeholder is none.
    fn grouping_id(&self, row: &Row<'_>, field: Field) -> Result<Option<Id>, LineError> {
        self.value(row, field, |text| self.context.id(text))
    }

    /// As [`Layout::value`], of a field whose value is not shown.
    fn personal<T>(
        &self,
        row: &Row<'_>,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, LineError> {
        self.value(row, field, read).map_err(|error| LineError { value: String::new(), ..error })
    }

    fn missing(&self, row: &Row<'_>, field: Field) -> LineError {
        let unmapped = || LineError::new(row.line, field.name(), "", Reason::Missing);
        self.columns[field as usize].map_or_else(unmapped, |column| row.refuse(column, Reason::Missing))
    }

    /// What a field says; `None` where it is empty or not mapped.
    fn value<T>(
        &self,
        row: &Row<'_>,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, LineError> {
        let Some(column) = self.columns[field as usize] else { return Ok(None) };
        let text = row.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        read(text).map(Some).map_err(|reason| row.refuse(column, reason))
    }
}

const fn field_of(place: Place) -> Field {
    match place {
        Place::Customer => Field::Customer,
        Place::Visitor => Field::Visitor,
        Place::Other => Field::Email,
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
