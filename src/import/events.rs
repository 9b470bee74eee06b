//! Events from CSV by a mapping: one row, one event.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use crate::{
    domain::{
        Currency, Id, Money,
        event::{Channel, Event, EventKind, LineItem, Who},
    },
    import::{
        amount,
        input::Input,
        mapping::{DecimalPoint, RowFilter, Rows},
        moment::{Clock, TimeFormat},
        row_id::RowIds,
        table::{Column, Columns, Dialect, Row, Table},
        unread::{LineError, Parsed, Reason, SetupError, Unread, nearest},
        words,
    },
};

const FIELDS: [&str; 18] = [
    "id",
    "event",
    "time",
    "customer",
    "visitor",
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

/// How a shop's columns become events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventMapping {
    /// Of every price, where no column says it. Without either, prices are written "19.99 USD".
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
    /// Field -> column.
    pub columns: BTreeMap<String, String>,
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

/// Reads events, one after another.
///
/// # Errors
/// Where the mapping and the file's header do not fit together.
pub fn read(
    input: Input,
    mapping: EventMapping,
    clock: Clock,
) -> Result<impl Iterator<Item = Result<Parsed<Event>, Unread>> + use<>, SetupError> {
    let table = Table::new(input, Dialect::CSV)?;
    let layout = Layout::new(&table, mapping, clock)?;
    Ok(Events { table, layout, ids: RowIds::default() })
}

struct Events {
    table: Table,
    layout: Layout,
    ids: RowIds,
}

impl Iterator for Events {
    type Item = Result<Parsed<Event>, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.table.next_row()?.and_then(|row| self.layout.event(&row, &mut self.ids)))
    }
}

/// The mapping with every column found.
struct Layout {
    mapping: EventMapping,
    clock: Clock,
    columns: Columns,
    time: Column,
    event: Option<Column>,
    every_row: Option<Meaning>,
    nobody: Option<(Column, String)>,
    rows: RowFilter,
}

impl Layout {
    fn new(table: &Table, mapping: EventMapping, clock: Clock) -> Result<Self, SetupError> {
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS)?;
        let every_row = mapping.every_row.as_ref().map(|word| meaning_of(&mapping, word)).transpose()?;
        let event = if every_row.is_none() { Some(columns.required("event")?) } else { None };
        let nobody = mapping
            .nobody
            .as_ref()
            .map(|nobody| table.column(&nobody.visitor_from).map(|column| (column, nobody.prefix.clone())));
        let nobody = nobody.transpose()?;
        if nobody.is_none() && columns.get("visitor").is_none() {
            columns.required("customer")?;
        }
        let rows = RowFilter::new(&mapping.rows, table)?;
        Ok(Self { time: columns.required("time")?, clock, event, every_row, nobody, rows, columns, mapping })
    }

    fn event(&self, row: &Row<'_>, ids: &mut RowIds) -> Result<Parsed<Event>, Unread> {
        // Counted before anything can refuse the row, so that its number does not hang on what else is read.
        let own = ids.next(row.fields()).map_err(|error| LineError::new(row.line, "the row", "", error.into()))?;
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()));
        }
        let Some(meaning) = self.meaning(row)? else {
            let word = row.optional(self.event)?;
            return Err(Unread::LeftOut(format!("event {word:?}").into()));
        };
        let time = row.text(self.time)?;
        let time = self.clock.past(time, self.mapping.times).map_err(|reason| row.refuse(self.time, reason))?;
        let event = Event {
            id: self.id(row, "id")?.unwrap_or(own),
            who: self.who(row)?,
            time,
            channel: self.value(row, "channel", words::known)?.or(self.mapping.channel),
            session: self.id(row, "session")?,
            attribution: self.value(row, "attribution", words::attribution)?,
            kind: self.kind(row, meaning)?,
        };
        Ok(Parsed::row(row.line, event))
    }

    fn meaning(&self, row: &Row<'_>) -> Result<Option<Meaning>, LineError> {
        if self.every_row.is_some() {
            return Ok(self.every_row);
        }
        Ok(self.mapping.events.get(row.optional(self.event)?).copied())
    }

    fn who(&self, row: &Row<'_>) -> Result<Who, LineError> {
        let who = Who { customer: self.id(row, "customer")?, visitor: self.id(row, "visitor")?, other: None };
        if who.subject().is_some() {
            return Ok(who);
        }
        let Some((column, prefix)) = &self.nobody else {
            return Err(LineError::new(row.line, "the row", "", Reason::Nobody));
        };
        let text = row.text(*column)?;
        if text.is_empty() {
            return Err(row.refuse(*column, Reason::Nobody));
        }
        Id::new(format!("{prefix}{text}")).map(Who::visitor).map_err(|error| row.refuse(*column, error.into()))
    }

    fn kind(&self, row: &Row<'_>, meaning: Meaning) -> Result<EventKind, LineError> {
        let order = if meaning.without_order { None } else { self.id(row, "order")? };
        Ok(match meaning.kind {
            Kind::ProductViewed => {
                EventKind::ProductViewed { product: self.needed(row, "product")?, variant: self.id(row, "variant")? }
            }
            Kind::CartAdded => EventKind::CartAdded { item: self.item(row, meaning)? },
            Kind::CartRemoved => EventKind::CartRemoved { item: self.item(row, meaning)? },
            Kind::Purchased => EventKind::Purchased { order, items: vec![self.item(row, meaning)?] },
            Kind::Returned => EventKind::Returned {
                order,
                items: vec![self.item(row, meaning)?],
                reason: self.value(row, "reason", words::known)?,
            },
            Kind::OrderDelivered => EventKind::OrderDelivered { order: self.needed(row, "order")? },
            Kind::Searched => EventKind::Searched { query: self.words(row, "query")? },
            Kind::Rated => EventKind::Rated { product: self.needed(row, "product")?, stars: self.stars(row)? },
            Kind::Commented => {
                EventKind::Commented { product: self.id(row, "product")?, text: self.words(row, "text")? }
            }
            Kind::Clicked => EventKind::Clicked { product: self.needed(row, "product")? },
        })
    }

    fn item(&self, row: &Row<'_>, meaning: Meaning) -> Result<LineItem, LineError> {
        let quantity = self.value(row, "quantity", |text| {
            let written = amount::whole(text)?;
            match meaning.negative_quantity {
                true if written >= 0 => Err(Reason::NotBelowZero),
                false if written < 1 => Err(Reason::BelowOne),
                _ => u32::try_from(written.unsigned_abs()).map_err(|_| Reason::TooLarge),
            }
        })?;
        Ok(LineItem {
            product: self.needed(row, "product")?,
            variant: self.id(row, "variant")?,
            quantity: quantity.unwrap_or(1),
            unit_price: self.price(row)?,
            position: 0,
        })
    }

    fn price(&self, row: &Row<'_>) -> Result<Option<Money>, LineError> {
        let currency = self.value(row, "currency", amount::currency)?.or(self.mapping.currency);
        self.value(row, "price", |text| match currency {
            Some(currency) => amount::amount(text, currency, self.mapping.decimal_point.0),
            None => amount::price(text),
        })
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

fn meaning_of(mapping: &EventMapping, word: &str) -> Result<Meaning, SetupError> {
    mapping.events.get(word).copied().ok_or_else(|| {
        let near = nearest(word, mapping.events.keys().map(String::as_str));
        SetupError::Mapping(format!("every_row is {word:?}, which events does not explain{near}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Timestamp,
        import::{input::tests::bytes, mapping},
    };

    const CLOCK: Clock = Clock { now: Timestamp(1_600_000_000_000), future_skew_ms: 0 };
    const MAPPING: &str = r#"
        currency = "GBP"
        times = "milliseconds"
        [columns]
        event = "event"
        time = "ts"
        customer = "who"
        product = "item"
        quantity = "qty"
        price = "price"
        order = "invoice"
        [events.purchase]
        kind = "purchased"
        [events.return]
        kind = "returned"
        negative_quantity = true
        without_order = true
        [nobody]
        visitor_from = "invoice"
        prefix = "invoice-"
        [[rows.leave_out]]
        column = "item"
        is = ["POST", "gift_*"]
    "#;
    const HEADER: &str = "who,invoice,item,ts,event,qty,price\n";

    fn run(rows: &str, mapping: &str) -> Vec<Result<Parsed<Event>, Unread>> {
        read(bytes(format!("{HEADER}{rows}")), mapping::parse(mapping).unwrap(), CLOCK).unwrap().collect()
    }

    #[test]
    fn rows_become_events() {
        let seen = run(
            "7,i1,85123A,1291191960000,purchase,6,2.55\n\
             ,i2,85123A,1291191960000,purchase,1,2.5\n\
             7,C9,85123A,1291191970000,return,-2,2.55\n\
             7,i1,POST,1291191960000,purchase,1,18\n\
             7,i1,gift_0001,1291191960000,purchase,1,18\n\
             7,i1,X,1291191960000,adjust,1,18\n",
            MAPPING,
        );
        let events: Vec<&Event> = seen[..3].iter().map(|event| &event.as_ref().unwrap().value).collect();
        assert_eq!(events[0].who, Who::customer(Id::new("7").unwrap()));
        let EventKind::Purchased { order: Some(order), items } = &events[0].kind else { panic!("{:?}", events[0]) };
        assert_eq!(order.as_str(), "i1");
        assert_eq!((items[0].quantity, items[0].unit_price.unwrap().minor), (6, 255));
        assert_eq!(events[1].who, Who::visitor(Id::new("invoice-i2").unwrap()));
        let EventKind::Returned { order: None, items, reason: None } = &events[2].kind else {
            panic!("{:?}", events[2])
        };
        assert_eq!(items[0].quantity, 2);
        let left_out: Vec<_> = seen[3..].iter().map(|one| format!("{one:?}")).collect();
        assert_eq!(
            left_out,
            [
                r#"Err(LeftOut("item = \"POST\""))"#,
                r#"Err(LeftOut("item = \"gift_0001\""))"#,
                r#"Err(LeftOut("event \"adjust\""))"#
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_refused_by_field() {
        let check = |row: &str, message: &str| {
            let seen = run(&format!("{row}\n7,i1,A,1291191960000,purchase,1,1\n"), MAPPING);
            let [Err(Unread::Refused(error)), Ok(_)] = &seen[..] else { panic!("{row}: {seen:?}") };
            assert_eq!(error.to_string(), message);
        };
        check("7,i,A,-1,purchase,1,1", "line 2: ts \"-1\" is not after 1970-01-01T00:00:00Z");
        check("7,i,A,1600000000001,purchase,1,1", "line 2: ts \"1600000000001\" is in the future");
        check("7,i,A,soon,purchase,1,1", "line 2: ts \"soon\" is not a time");
        check("7,i,A,1,purchase,-1,1", "line 2: qty \"-1\" is below one");
        for written in ["1", "0"] {
            let message = format!(
                "line 2: qty \"{written}\" is not below zero, as the mapping's negative_quantity says of such events"
            );
            check(&format!("7,i,A,1,return,{written},1"), &message);
        }
        check("7,i,A,1,return,-9223372036854775808,1", "line 2: qty \"-9223372036854775808\" is too large");
        check("7,i,A,1,purchase,1.5,1", "line 2: qty \"1.5\" is not a whole number");
        check("7,i,A,1,purchase,99999999999,1", "line 2: qty \"99999999999\" is too large");
        check("7,i,A,1,purchase,1,NaN", "line 2: price \"NaN\" is not a number");
        check("7,i,A,1,purchase,1,0.001", "line 2: price \"0.001\" has more decimal places than its currency");
        check("7,i,,1,purchase,1,1", "line 2: item \"\" is missing");
        check(",,A,1,purchase,1,1", "line 2: invoice \"\" names nobody: no customer and no visitor");
        check(
            "7,i,A,1,purchase,1",
            "line 2: the row \"6 fields, the header has 7\" does not fit the header: a row with too many or too few \
             fields, or a quote that is never closed",
        );
        let long = "x".repeat(129);
        let shown = "x".repeat(60);
        let message = format!("line 2: who \"{shown}\" is longer than an id may be (128 characters)");
        check(&format!("{long},i,A,1,purchase,1,1"), &message);
    }

    #[test]
    fn rows_that_name_nobody_are_refused_without_a_rule_for_them() {
        let mapping = MAPPING.replace("[nobody]", "").replace("visitor_from = \"invoice\"", "");
        let mapping = mapping.replace("prefix = \"invoice-\"", "");
        let seen = run(",i,A,1,purchase,1,1\n", &mapping);
        let [Err(Unread::Refused(error))] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(error.reason, Reason::Nobody);
    }

    #[test]
    fn other_kinds_read_their_own_columns() {
        let mapping = r#"
            [columns]
            event = "what"
            time = "at"
            visitor = "device"
            product = "item"
            query = "words"
            stars = "stars"
            price = "price"
            [events]
            view = { kind = "product_viewed" }
            search = { kind = "searched" }
            rate = { kind = "rated" }
            cart = { kind = "cart_added" }
        "#;
        let rows = "device,at,what,item,words,stars,price\n\
            d,2020-01-01T00:00:00Z,view,A,,,\n\
            d,2020-01-01T00:00:00Z,search,,red shoes,,\n\
            d,2020-01-01T00:00:00Z,rate,A,,5,\n\
            d,2020-01-01T00:00:00Z,cart,A,,,9.99 EUR\n\
            d,2020-01-01T00:00:00Z,rate,A,,6,\n\
            d,2020-01-01T00:00:00Z,search,,,,\n\
            d,2020-01-01T00:00:00Z,cart,A,,,9.99\n";
        let seen: Vec<String> = read(bytes(rows), mapping::parse(mapping).unwrap(), CLOCK)
            .unwrap()
            .map(|event| match event {
                Ok(event) => serde_json::to_value(&event.value).unwrap()["kind"].to_string(),
                Err(Unread::Refused(error)) => error.to_string(),
                Err(other) => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            seen,
            [
                "\"product_viewed\"",
                "\"searched\"",
                "\"rated\"",
                "\"cart_added\"",
                "line 6: stars \"6\" is not between 1 and 5",
                "line 7: words \"\" is missing",
                "line 8: price \"9.99\" has no currency",
            ]
        );
    }
}
