//! One row of a product feed in words of our own, whatever the format, and how it is read.
//!
//! An id and a price are essential: without them the row is refused, and where the id can be read its variant is not sold until
//! it is told well. Everything else is a detail: what is not understood of it is left out and told, and where it is whether the
//! variant can be sold, it is not.

use std::{array, borrow::Cow, sync::Arc};

use super::{
    availability::{self, Stock},
    group::{About, Item, Missed},
    recognise::Format,
    sale,
};
use crate::{
    domain::{
        Currency, Id, Locale, Money, TimeZone, Timestamp,
        catalog::{Attribute, Audience, Availability, Sale, SizeSystem, Variant},
        limits::{
            ATTRIBUTE_SIGNS, MAX_ATTRIBUTES, MAX_LABEL_CHARS, MAX_NAME_CHARS, MAX_SIZE_CHARS, MAX_TITLE_CHARS,
            MAX_URI_CHARS, MAX_VALUE_CHARS,
        },
    },
    import::{
        amount, bounds, enums,
        mapping::DecimalPoint,
        plain_text::{address, plain},
        row_error::{LineError, Parsed, Reason},
        timestamps::{self, TimeFormat},
    },
};

/// What a feed does not say itself.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Of titles and descriptions.
    pub locale: Locale,
    /// Of prices that name none.
    pub currency: Option<Currency>,
    /// What stands before the decimals of prices.
    pub decimal_point: DecimalPoint,
    /// How times are written.
    pub times: TimeFormat,
    /// The time zone that dates without one are in.
    pub zone: TimeZone,
    /// The moment of the import.
    pub now: Timestamp,
}

impl Feed {
    /// Of a file in this format. A format of one country has its language and its currency, where nothing else is given.
    pub fn new(
        format: &Format,
        locale: Option<Locale>,
        currency: Option<Currency>,
        zone: TimeZone,
        now: Timestamp,
    ) -> Self {
        let (language, of_format) = match format {
            Format::Ceneo => ("pl", Some("PLN")),
            Format::Yml => ("ru", Some("RUB")),
            _ => ("en", None),
        };
        let locale = locale.or_else(|| language.parse().ok()).unwrap_or(Locale::ENGLISH);
        let currency = currency.or_else(|| of_format?.parse().ok());
        Self { locale, currency, decimal_point: DecimalPoint::default(), times: TimeFormat::default(), zone, now }
    }
}

/// The currency that most shops with this language of texts have. `None` where nobody can say.
pub fn usual_currency(locale: &str) -> Option<Currency> {
    let code = match locale {
        "en-GB" => "GBP",
        "de-CH" | "fr-CH" | "it-CH" => "CHF",
        "pt-BR" => "BRL",
        "ru-KZ" => "KZT",
        locale => match locale.split('-').next()? {
            "en" => "USD",
            "pl" => "PLN",
            "ru" => "RUB",
            "uk" => "UAH",
            "cs" => "CZK",
            "hu" => "HUF",
            "sv" => "SEK",
            "da" => "DKK",
            "nb" | "no" => "NOK",
            "ro" => "RON",
            "tr" => "TRY",
            "ja" => "JPY",
            "de" | "fr" | "es" | "it" | "nl" | "pt" | "fi" | "el" | "sk" | "sl" | "et" | "lv" | "lt" | "hr" => "EUR",
            _ => return None,
        },
    };
    code.parse().ok()
}

/// What a row can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The product's id; without one the row's own id is it.
    Product,
    Variant,
    Title,
    Description,
    Brand,
    Category,
    Size,
    SizeSystem,
    Color,
    Price,
    OriginalPrice,
    SalePrice,
    SaleFrom,
    SaleUntil,
    /// Both in one: "from/until".
    SaleWindow,
    Currency,
    Stock,
    /// Yes or no.
    InStock,
    /// Yes or no: whether the shop shows it at all.
    Published,
    Availability,
    /// The day or the moment after which the shop shows it no more.
    ListedUntil,
    Image,
    Audience,
    AgeGroup,
    Garment,
    AvailableSince,
    ReplenishDays,
}

const FIELDS: usize = Field::ReplenishDays as usize + 1;

#[derive(Debug, Clone)]
struct Cell<'a> {
    /// As the file calls it.
    name: &'a str,
    text: Cow<'a, str>,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Offer<'a> {
    line: u64,
    cells: [Option<Cell<'a>>; FIELDS],
    /// The category, where the feed keeps a tree of them.
    pub(super) path: Vec<Arc<str>>,
    /// It speaks of the product only and is no variant.
    pub(super) is_parent: bool,
    /// Its row has fewer fields than the header, or more.
    pub(super) misfit: Option<LineError>,
    of_product: Vec<Cell<'a>>,
    of_variant: Vec<Cell<'a>>,
}

impl<'a> Offer<'a> {
    pub(super) fn new(line: u64) -> Self {
        let cells = array::from_fn(|_| None);
        Self {
            line,
            cells,
            path: Vec::new(),
            is_parent: false,
            misfit: None,
            of_product: Vec::new(),
            of_variant: Vec::new(),
        }
    }

    /// Of a field that is given several times the first that is filled counts.
    pub(super) fn set(&mut self, field: Field, name: &'a str, text: impl Into<Cow<'a, str>>) {
        let cell = &mut self.cells[field as usize];
        if cell.as_ref().is_none_or(|cell| cell.text.is_empty()) {
            *cell = Some(Cell::new(name, text.into()));
        }
    }

    /// Whatever stood there before.
    pub(super) fn replace(&mut self, field: Field, name: &'a str, text: impl Into<Cow<'a, str>>) {
        self.cells[field as usize] = Some(Cell::new(name, text.into()));
    }

    /// An attribute of the product that has no field of its own.
    pub(super) fn add_to_product(&mut self, name: &'a str, text: impl Into<Cow<'a, str>>) {
        self.of_product.push(Cell::new(name, text.into()));
    }

    /// An attribute of the variant that has no field of its own.
    pub(super) fn add_to_variant(&mut self, name: &'a str, text: impl Into<Cow<'a, str>>) {
        self.of_variant.push(Cell::new(name, text.into()));
    }

    /// What an attribute of the product says.
    pub(super) fn of_product(&self, name: &str) -> Option<&str> {
        self.of_product.iter().find(|cell| cell.name == name).map(|cell| &*cell.text)
    }

    /// What a field says; empty where it says nothing.
    pub(super) fn text(&self, field: Field) -> &str {
        self.cell(field).map_or("", |cell| &cell.text)
    }

    fn cell(&self, field: Field) -> Option<&Cell<'a>> {
        self.cells[field as usize].as_ref().filter(|cell| !cell.text.is_empty())
    }

    /// What is wrong with a field.
    fn fault(&self, field: Field, otherwise: &str, reason: Reason) -> LineError {
        let name = self.cells[field as usize].as_ref().map_or(otherwise, |cell| cell.name);
        let value = self.text(field);
        let shown = if reason == Reason::NotUtf8 {
            Cow::Owned(value.replace(SPOILT, "\u{fffd}"))
        } else {
            Cow::Borrowed(value)
        };
        LineError::new(self.line, name, &shown, reason)
    }

    /// The row as an item, or why there is none.
    pub(super) fn item(&self, feed: &Feed) -> Result<Parsed<Item>, Missed> {
        let (product, id) = self.ids()?;
        // In a row that is too long nobody knows which field is the price, and which one the stock.
        if let Some(error) = self.misfit.as_ref().filter(|misfit| misfit.reason == Reason::TooManyFields)
            && !self.is_parent
        {
            return Err(Missed::of(product, id, error.clone()));
        }
        let mut details = Details { offer: self, feed, warnings: self.misfit.iter().cloned().collect() };
        let price = if self.is_parent { None } else { Some(self.price(feed)) };
        let price = match price.transpose() {
            Ok(price) => price,
            Err(error) => return Err(Missed::of(product, id, error)),
        };
        let about = details.about();
        let variant = price.map(|price| details.variant(id, price));
        Ok(Parsed { line: self.line, rows: 1, value: Item { product, about, variant }, warnings: details.warnings })
    }

    /// Of the product and of the variant, each that of the other where it has none.
    fn ids(&self) -> Result<(Id, Id), LineError> {
        let read = |field: Field| {
            let Some(cell) = self.cell(field) else { return Ok(None) };
            let id = is_readable(&cell.text).and_then(|()| Id::new(&*cell.text).map_err(Reason::from));
            id.map(Some).map_err(|reason| self.fault(field, "id", reason))
        };
        let (product, variant) = (read(Field::Product)?, read(Field::Variant)?);
        match (product, variant) {
            (Some(product), Some(variant)) => Ok((product, variant)),
            (Some(id), None) | (None, Some(id)) => Ok((id.clone(), id)),
            (None, None) => Err(self.fault(Field::Variant, "id", Reason::Missing)),
        }
    }

    /// What it costs outside of its sale. Shops leave the price of a thing empty where only the one before the reduction
    /// stands.
    fn price(&self, feed: &Feed) -> Result<Money, LineError> {
        let field = if self.cell(Field::Price).is_some() { Field::Price } else { Field::OriginalPrice };
        if self.cell(field).is_none() {
            return Err(self.fault(Field::Price, "price", Reason::Missing));
        }
        self.money(field, feed).map_err(|reason| self.fault(field, "price", reason))
    }

    fn money(&self, field: Field, feed: &Feed) -> Result<Money, Reason> {
        let currency = match self.text(Field::Currency) {
            "" => feed.currency,
            // Feeds of Russia still write the ruble of before 1998.
            "RUR" | "rur" => Some(amount::currency("RUB")?),
            code => Some(amount::currency(code)?),
        };
        // Attributes of XML keep the entities of HTML that XML has not.
        amount::money(&plain(self.text(field)), currency, feed.decimal_point.0)
    }
}

impl<'a> Cell<'a> {
    fn new(name: &'a str, text: Cow<'a, str>) -> Self {
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Self { name, text }
    }
}

/// Stands for a byte that is not UTF-8. XML 1.0 has no such character, so it is never meant.
pub(super) const SPOILT: char = '\u{1a}';

fn is_readable(text: &str) -> Result<(), Reason> {
    if text.contains(SPOILT) { Err(Reason::NotUtf8) } else { Ok(()) }
}

/// Reads what may be left out, and gathers what was.
struct Details<'o, 'a> {
    offer: &'o Offer<'a>,
    feed: &'o Feed,
    warnings: Vec<LineError>,
}

impl Details<'_, '_> {
    /// What a field says; `None` where it says nothing, or nothing that is understood.
    fn read<T>(&mut self, field: Field, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let cell = self.offer.cell(field)?;
        let value = is_readable(&cell.text).and_then(|()| read(&cell.text));
        value.inspect_err(|reason| self.warnings.push(self.offer.fault(field, "", *reason))).ok()
    }

    /// A text as customers read it, of so many characters at most.
    fn label(&mut self, field: Field, most: usize) -> Arc<str> {
        self.read(field, |text| bounds::text(&plain(text), most)).unwrap_or_default()
    }

    /// A text that says something even where it is too long: it is cut.
    fn cut_label(&mut self, field: Field, most: usize) -> Arc<str> {
        let Some(text) = self.read(field, |text| Ok(plain(text).into_owned())) else { return Arc::default() };
        self.read(field, |_| bounds::text(&text, most))
            .unwrap_or_else(|| text.chars().take(most).collect::<String>().trim_end().into())
    }

    fn about(&mut self) -> About {
        About {
            locale: self.feed.locale.clone(),
            title: self.cut_label(Field::Title, MAX_TITLE_CHARS),
            description: self.read(Field::Description, |text| Ok(plain(text).into())).unwrap_or_default(),
            brand: self.label(Field::Brand, MAX_LABEL_CHARS),
            category: self.read(Field::Category, |text| Ok(plain(text).into())).unwrap_or_default(),
            category_path: self.offer.path.clone(),
            garment: self.read(Field::Garment, enums::known),
            audience: self.audience(),
            image_uri: self.image(),
            replenish_days: self.read(Field::ReplenishDays, amount::stock),
            available_since: self.available_since(),
            attributes: self.attributes(&self.offer.of_product),
        }
    }

    fn audience(&mut self) -> Option<Audience> {
        let children = self.read(Field::AgeGroup, enums::for_children);
        let audience = self.read(Field::Audience, enums::audience);
        if children == Some(true) { Some(Audience::Children) } else { audience.flatten() }
    }

    fn image(&mut self) -> Arc<str> {
        // Exports write all pictures into one field, the main one first.
        let first = |text: &str| {
            let end = [", ", ",http", "|http", ";http", " "].iter().filter_map(|sign| text.find(sign)).min();
            bounds::text(&address(&text[..end.unwrap_or(text.len())]), MAX_URI_CHARS)
        };
        self.read(Field::Image, first).unwrap_or_default()
    }

    fn available_since(&mut self) -> Timestamp {
        let Feed { times, zone, .. } = self.feed;
        self.read(Field::AvailableSince, |text| timestamps::read(text, times, zone)).unwrap_or_default()
    }

    fn variant(&mut self, id: Id, price: Money) -> Variant {
        let (size, size_system) = self.size();
        let (price, original_price, sale) = self.prices(price);
        let (stock, availability) = self.stock();
        Variant {
            id,
            size,
            size_system,
            color: self.label(Field::Color, MAX_LABEL_CHARS),
            price,
            original_price,
            sale,
            stock,
            availability,
            image_uri: self.image(),
            attributes: self.attributes(&self.offer.of_variant),
            changed: self.feed.now,
            back_since: None,
        }
    }

    /// A sale that has no time of its own is simply the price.
    fn prices(&mut self, price: Money) -> (Money, Option<Money>, Option<Box<Sale>>) {
        let (offer, feed) = (self.offer, self.feed);
        let original = self.read(Field::OriginalPrice, |_| offer.money(Field::OriginalPrice, feed));
        let original = original.filter(|original| original.currency == price.currency && original.minor > price.minor);
        let reduced = self.read(Field::SalePrice, |_| match offer.money(Field::SalePrice, feed)? {
            // Exports write it where there is no sale; goods are not given away by mistake.
            Money { minor: 0, .. } => Err(Reason::ZeroSale),
            reduced => Ok(reduced),
        });
        let reduced = reduced.filter(|sale| sale.currency == price.currency && sale.minor < price.minor);
        let Some(reduced) = reduced else { return (price, original, None) };
        match self.sale_span() {
            None => (price, original, None),
            Some((None, None)) => (reduced, original.or(Some(price)), None),
            Some((from, until)) => (price, original, Some(Box::new(Sale { price: reduced, from, until }))),
        }
    }

    /// `None` where it can't be read: nobody is promised a price of which nobody knows when it holds.
    fn sale_span(&mut self) -> Option<sale::Span> {
        let zone = &self.feed.zone;
        if self.offer.cell(Field::SaleWindow).is_some() {
            return self.read(Field::SaleWindow, |text| sale::window(text, zone));
        }
        let mut end = |field: Field, read: fn(&str, &TimeZone) -> Result<Option<Timestamp>, Reason>| {
            if self.offer.cell(field).is_some() { self.read(field, |text| read(text, zone)) } else { Some(None) }
        };
        let (from, until) = (end(Field::SaleFrom, sale::beginning), end(Field::SaleUntil, sale::end));
        Some((from?, until?))
    }

    /// Sold only where nothing speaks against it: a word, a flag, a count, whether it is shown at all.
    fn stock(&mut self) -> (Option<u32>, Availability) {
        let is_given = |field: Field| self.offer.cell(field).is_some();
        let (worded, counted) = (is_given(Field::Availability), is_given(Field::Stock));
        let mut word_of_row = self.read(Field::Availability, availability::word).flatten();
        let mut is_out = worded && word_of_row.is_none();
        let count = self.read(Field::Stock, availability::stock);
        let stock = match count {
            Some(Stock::Units(units)) => Some(units),
            Some(Stock::Word(word)) => {
                is_out |= word == Availability::OutOfStock;
                word_of_row = word_of_row.or(Some(word));
                None
            }
            None => {
                is_out |= counted;
                None
            }
        };
        for flag in [Field::InStock, Field::Published] {
            match self.read(flag, availability::flag) {
                Some(Availability::InStock) => {}
                Some(Availability::OutOfStock) => is_out = true,
                Some(other) => word_of_row = word_of_row.or(Some(other)),
                None => is_out |= self.offer.cell(flag).is_some(),
            }
        }
        let zone = &self.feed.zone;
        let until = self.read(Field::ListedUntil, |text| sale::end(text, zone)).flatten();
        is_out |= until.is_some_and(|until| until <= self.feed.now);
        (stock, if is_out { Availability::OutOfStock } else { word_of_row.unwrap_or_default() })
    }

    /// A number belongs to the system that is given with it; letters are the same in those that are known. In a system that
    /// has no conversion here the size is kept with its name, so that a French 38 is never taken for a German one.
    fn size(&mut self) -> (Arc<str>, Option<SizeSystem>) {
        let size = self.cut_label(Field::Size, MAX_SIZE_CHARS);
        let is_number =
            size.starts_with(|c: char| c.is_ascii_digit()) && !size.contains(|c: char| c.is_ascii_alphabetic());
        let written = self.offer.text(Field::SizeSystem).to_uppercase();
        let system = match &*written {
            _ if size.is_empty() => return (size, None),
            "" | "INT" | "ALPHA" => return (size, None),
            // Germany numbers clothes and shoes as the EU label does.
            "EU" | "DE" => SizeSystem::Eu,
            "UK" => SizeSystem::Uk,
            "US" => SizeSystem::Us,
            "HEIGHT" | "CM" => SizeSystem::HeightCm,
            "YEARS" => SizeSystem::AgeYears,
            other => {
                if let Ok(system) = enums::known(other) {
                    return (size, Some(system));
                }
                let named: String = format!("{other} {size}").chars().take(MAX_SIZE_CHARS).collect();
                return (named.into(), None);
            }
        };
        (size, is_number.then_some(system))
    }

    /// Names become letters, digits and underlines: "Kod producenta" is `kod_producenta`.
    fn attributes(&mut self, cells: &[Cell<'_>]) -> Vec<Attribute> {
        let mut attributes: Vec<Attribute> = Vec::with_capacity(cells.len().min(MAX_ATTRIBUTES));
        for cell in cells.iter().filter(|cell| !cell.text.is_empty()).take(MAX_ATTRIBUTES) {
            let Some(name) = attribute_name(cell.name) else { continue };
            if attributes.iter().any(|known| *known.name == *name) {
                continue;
            }
            let is_address = cell.text.starts_with("http");
            let text = if is_address { address(&cell.text) } else { plain(&cell.text) };
            let value = is_readable(&cell.text).and_then(|()| bounds::text(&text, MAX_VALUE_CHARS));
            match value {
                Ok(value) => attributes.push(Attribute { name: name.into(), value }),
                Err(reason) => self.warnings.push(LineError::new(self.offer.line, cell.name, &cell.text, reason)),
            }
        }
        attributes
    }
}

fn attribute_name(written: &str) -> Option<Cow<'_, str>> {
    let fits = |c: char| c.is_alphanumeric() || ATTRIBUTE_SIGNS.contains(c);
    if written.chars().all(fits) && written.len() <= MAX_NAME_CHARS {
        return Some(Cow::Borrowed(written)).filter(|name| !name.is_empty());
    }
    let words = written.split(|c: char| !fits(c)).filter(|word| !word.is_empty());
    let name: String = words.collect::<Vec<_>>().join("_").to_lowercase().chars().take(MAX_NAME_CHARS).collect();
    (!name.is_empty()).then_some(Cow::Owned(name))
}
