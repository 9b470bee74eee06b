//! Products from CSV by a mapping: one row a variant, rows of the product itself where the shop has such.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use crate::{
    domain::{
        Currency, Id, Locale, Money, TimeZone, Timestamp,
        catalog::{Attribute, Availability, Product, Variant},
        limits::{
            ATTRIBUTE_SIGNS, MAX_ATTRIBUTES, MAX_LABEL_CHARS, MAX_SIZE_CHARS, MAX_TITLE_CHARS, MAX_URI_CHARS,
            MAX_VALUE_CHARS,
        },
    },
    import::{
        amount, bounds,
        input::Input,
        item::{self, About, Item, Repeats},
        mapping::{Condition, DecimalPoint, RowFilter, Rows, Test},
        moment::{self, TimeFormat},
        table::{Column, Columns, Dialect, Row, Table},
        unread::{LineError, Parsed, Reason, SetupError, Unread},
        words,
    },
};

const FIELDS: [&str; 20] = [
    "product",
    "variant",
    "title",
    "description",
    "brand",
    "category",
    "size",
    "size_system",
    "color",
    "price",
    "original_price",
    "currency",
    "stock",
    "in_stock",
    "availability",
    "image",
    "audience",
    "garment",
    "available_since",
    "replenish_days",
];

/// How a shop's columns become products.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductMapping {
    /// Of titles and descriptions.
    pub locale: Locale,
    /// Of every price, where no column says it. Without either, prices are written "19.99 USD".
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Before the decimals of prices.
    #[serde(default)]
    pub decimal_point: DecimalPoint,
    /// How `available_since` is written.
    #[serde(default)]
    pub times: TimeFormat,
    /// Field -> column.
    pub columns: BTreeMap<String, String>,
    /// Attribute -> column.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// How the category column is written.
    #[serde(default)]
    pub categories: Categories,
    /// Rows that speak of the product as such and are no variant.
    #[serde(default)]
    pub parents: Option<Condition>,
    /// What a variant met twice means.
    #[serde(default)]
    pub repeats: Repeats,
    /// Which rows are read.
    #[serde(default)]
    pub rows: Rows,
}

/// How a category column is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Categories {
    /// Between the steps of a path.
    pub path_separator: String,
    /// Between several paths, of which the one with most steps is taken, the first among equals.
    pub list_separator: Option<String>,
    /// First steps that say nothing.
    pub without_root: Vec<String>,
}

impl Default for Categories {
    fn default() -> Self {
        Self { path_separator: ">".to_owned(), list_separator: None, without_root: Vec::new() }
    }
}

impl Categories {
    fn path(&self, text: &str) -> Result<Vec<Arc<str>>, Reason> {
        let paths = match &self.list_separator {
            Some(separator) => text.split(separator.as_str()).collect(),
            None => vec![text],
        };
        let mut best: Vec<&str> = Vec::new();
        for path in paths {
            let mut steps: Vec<&str> =
                path.split(self.path_separator.as_str()).map(str::trim).filter(|step| !step.is_empty()).collect();
            if steps.first().is_some_and(|root| self.without_root.iter().any(|without| without == root)) {
                steps.remove(0);
            }
            if steps.len() > best.len() {
                best = steps;
            }
        }
        bounds::path(best)
    }
}

/// Reads products; they come once the file has ended, refusals as they are met.
///
/// # Errors
/// Where the mapping and the file's header do not fit together.
pub fn read(
    input: Input,
    mapping: ProductMapping,
    now: Timestamp,
) -> Result<impl Iterator<Item = Result<Parsed<Product>, Unread>> + use<>, SetupError> {
    let table = Table::new(input, Dialect::CSV)?;
    let layout = Layout::new(&table, mapping, now)?;
    let repeats = layout.mapping.repeats;
    Ok(item::products(Items { table, layout }, repeats))
}

struct Items {
    table: Table,
    layout: Layout,
}

impl Iterator for Items {
    type Item = Result<Parsed<Item>, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.table.next_row()?.and_then(|row| self.layout.item(&row)))
    }
}

/// The mapping with every column found.
struct Layout {
    mapping: ProductMapping,
    now: Timestamp,
    columns: Columns,
    price: Column,
    attributes: Vec<(Arc<str>, Column)>,
    parents: Option<Test>,
    rows: RowFilter,
}

impl Layout {
    fn new(table: &Table, mapping: ProductMapping, now: Timestamp) -> Result<Self, SetupError> {
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS)?;
        if columns.get("product").is_none() {
            columns.required("variant")?;
        }
        columns.required("title")?;
        let attributes = mapping
            .attributes
            .iter()
            .map(|(name, column)| {
                let valid = bounds::name(name, ATTRIBUTE_SIGNS);
                let valid = valid.map_err(|reason| SetupError::Mapping(format!("the attribute {name:?} {reason}")))?;
                Ok((valid, table.column(column)?))
            })
            .collect::<Result<Vec<_>, SetupError>>()?;
        bounds::count(attributes.len(), MAX_ATTRIBUTES)
            .map_err(|reason| SetupError::Mapping(format!("the table of attributes {reason}")))?;
        Ok(Self {
            now,
            price: columns.required("price")?,
            attributes,
            parents: mapping.parents.as_ref().map(|parents| Test::new(parents, table)).transpose()?,
            rows: RowFilter::new(&mapping.rows, table)?,
            columns,
            mapping,
        })
    }

    fn item(&self, row: &Row<'_>) -> Result<Parsed<Item>, Unread> {
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()));
        }
        let is_parent = self.parents.as_ref().map_or(Ok(false), |parents| parents.holds(row))?;
        let product = self.id(row, "product", "variant")?;
        let variant = if is_parent { None } else { Some(self.variant(row)?) };
        Ok(Parsed::row(row.line, Item { product, about: self.about(row)?, variant }))
    }

    /// The first of two fields that says an id.
    fn id(&self, row: &Row<'_>, field: &str, otherwise: &str) -> Result<Id, LineError> {
        let columns = [self.columns.get(field), self.columns.get(otherwise)].into_iter().flatten();
        let mut last = None;
        for column in columns {
            let text = row.text(column)?;
            if !text.is_empty() {
                return Id::new(text).map_err(|error| row.refuse(column, error.into()));
            }
            last = Some(column);
        }
        Err(last.map_or_else(
            || LineError::new(row.line, field, "", Reason::Missing),
            |column| row.refuse(column, Reason::Missing),
        ))
    }

    fn about(&self, row: &Row<'_>) -> Result<About, LineError> {
        Ok(About {
            locale: self.mapping.locale.clone(),
            title: self.text(row, "title", MAX_TITLE_CHARS)?,
            description: row.optional(self.columns.get("description"))?.into(),
            brand: self.text(row, "brand", MAX_LABEL_CHARS)?,
            category_path: self.value(row, "category", |text| self.mapping.categories.path(text))?.unwrap_or_default(),
            garment: self.value(row, "garment", words::known)?,
            audience: self.value(row, "audience", words::known)?,
            image_uri: self.text(row, "image", MAX_URI_CHARS)?,
            replenish_days: self.value(row, "replenish_days", amount::stock)?,
            available_since: self
                .value(row, "available_since", |text| moment::read(text, &self.mapping.times, &TimeZone::UTC))?
                .unwrap_or_default(),
            attributes: self.attributes(row)?,
        })
    }

    fn attributes(&self, row: &Row<'_>) -> Result<Vec<Attribute>, LineError> {
        let mut attributes = Vec::new();
        for (name, column) in &self.attributes {
            let value = row.text(*column)?;
            if !value.is_empty() {
                let value = bounds::text(value, MAX_VALUE_CHARS).map_err(|reason| row.refuse(*column, reason))?;
                attributes.push(Attribute { name: Arc::clone(name), value });
            }
        }
        Ok(attributes)
    }

    fn variant(&self, row: &Row<'_>) -> Result<Variant, LineError> {
        let price = self.money(row, self.price)?;
        let original = self.columns.get("original_price").map(|column| {
            let text = row.text(column)?;
            if text.is_empty() { Ok(None) } else { self.money(row, column).map(Some) }
        });
        let original = original.transpose()?.flatten();
        Ok(Variant {
            id: self.id(row, "variant", "product")?,
            size: self.text(row, "size", MAX_SIZE_CHARS)?,
            size_system: self.value(row, "size_system", words::known)?,
            color: self.text(row, "color", MAX_LABEL_CHARS)?,
            price,
            original_price: original.filter(|original| original.minor > price.minor),
            sale: None,
            stock: self.value(row, "stock", amount::stock)?,
            availability: self.availability(row)?,
            image_uri: "".into(),
            attributes: Vec::new(),
            changed: self.now,
            back_since: None,
        })
    }

    /// What the shop says in words, else by a flag.
    fn availability(&self, row: &Row<'_>) -> Result<Availability, LineError> {
        if let Some(availability) = self.value(row, "availability", words::availability)? {
            return Ok(availability);
        }
        match self.value(row, "in_stock", words::yes_no)?.flatten() {
            Some(false) => Ok(Availability::OutOfStock),
            Some(true) | None => Ok(Availability::InStock),
        }
    }

    fn money(&self, row: &Row<'_>, column: Column) -> Result<Money, LineError> {
        let text = row.text(column)?;
        let currency = match self.columns.get("currency") {
            Some(column) => {
                let code = row.text(column)?;
                Some(amount::currency(code).map_err(|reason| row.refuse(column, reason))?)
            }
            None => self.mapping.currency,
        };
        let money = match currency {
            Some(currency) => amount::amount(text, currency, self.mapping.decimal_point.0),
            None => amount::price(text),
        };
        money.map_err(|reason| row.refuse(column, reason))
    }

    /// A text of so many characters at most; empty where it is not mapped.
    fn text(&self, row: &Row<'_>, field: &str, most: usize) -> Result<Arc<str>, LineError> {
        Ok(self.value(row, field, |text| bounds::text(text, most))?.unwrap_or_else(|| "".into()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{input::tests::bytes, mapping};

    const MAPPING: &str = r#"
        locale = "en"
        currency = "USD"
        [columns]
        product = "parent"
        variant = "sku"
        title = "name"
        category = "paths"
        size = "size"
        price = "price"
        stock = "qty"
        in_stock = "live"
        [attributes]
        material = "fabric"
        [categories]
        path_separator = "/"
        list_separator = ","
        without_root = ["All"]
        [parents]
        column = "type"
        is = ["parent"]
        [[rows.leave_out]]
        column = "type"
        is = ["virtual*"]
    "#;
    const HEADER: &str = "sku,parent,type,name,paths,size,price,qty,live,fabric\n";

    fn run(rows: &str, mapping: &str) -> Vec<Result<Parsed<Product>, Unread>> {
        let mapping = mapping::parse(mapping).unwrap();
        read(bytes(format!("{HEADER}{rows}")), mapping, Timestamp(7)).unwrap().collect()
    }

    #[test]
    fn rows_become_products_with_variants() {
        let products = run(
            "a-S,a,simple,Tee-S,\"All/Men,All/Men/Tops/Tees,All\",S,22.5,4,1,wool\n\
             a-M,a,simple,Tee-M,All/Men,M,22.00,0,0,wool\n\
             a,a,parent,Tee,\"All/Men,All/Men/Tops/Tees,All\",,,,1,wool\n\
             gift,gift,virtual_card,Gift,All,,10,1,1,\n",
            MAPPING,
        );
        assert_eq!(products.len(), 2);
        assert_eq!(products[0], Err(Unread::LeftOut("type = \"virtual_card\"".into())));
        let Ok(Parsed { line: 2, rows: 3, value: tee, .. }) = &products[1] else { panic!("{products:?}") };
        assert_eq!(&*tee.texts[0].title, "Tee");
        let path: Vec<&str> = tee.category_path.iter().map(|step| &**step).collect();
        assert_eq!(path, ["Men", "Tops", "Tees"]);
        assert_eq!(&*tee.attributes[0].value, "wool");
        let variants: Vec<_> =
            tee.variants.iter().map(|v| (v.id.as_str(), &*v.size, v.price.minor, v.stock, v.sellable())).collect();
        assert_eq!(variants, [("a-S", "S", 2250, Some(4), true), ("a-M", "M", 2200, Some(0), false)]);
        assert_eq!(tee.variants[0].changed, Timestamp(7));
    }

    #[test]
    fn what_is_wrong_is_refused_by_field() {
        let check = |row: &str, message: &str| {
            let seen = run(&format!("{row}\n"), MAPPING);
            let Err(Unread::Refused(error)) = &seen[0] else { panic!("{row}: {seen:?}") };
            assert_eq!(error.to_string(), message);
            assert_eq!(seen.len(), 1);
        };
        check("a,a,simple,T,x,,NaN,1,1,", "line 2: price \"NaN\" is not a number");
        check("a,a,simple,T,x,,,1,1,", "line 2: price \"\" is missing");
        check("a,a,simple,T,x,,-5,1,1,", "line 2: price \"-5\" is negative");
        check("a,a,simple,T,x,,5,-1,1,", "line 2: qty \"-1\" is negative");
        check("a,a,simple,T,x,,5,1,maybe,", "line 2: live \"maybe\" is neither yes nor no");
        check(",,simple,T,x,,5,1,1,", "line 2: sku \"\" is missing");
        check("a,a,simple,,x,,5,1,1,", "line 2: the title of product \"a\" is missing");
        check("a,a,parent,T,x,,5,1,1,", "line 2: the product \"a\" has no variants");
    }

    #[test]
    fn the_bounds_of_the_contract_hold_and_the_other_rows_go_in() {
        let check = |row: &str, message: &str| {
            let seen = run(&format!("{row}\nb,b,simple,T,x,,5,1,1,\n"), MAPPING);
            let [Err(Unread::Refused(error)), Ok(product)] = &seen[..] else { panic!("{row}: {seen:?}") };
            assert_eq!((error.line, product.value.id.as_str()), (2, "b"));
            assert!(error.to_string().ends_with(message), "{error}");
        };
        let of = "ż".repeat(1_025);
        let of = |chars: usize| &of[..2 * chars];
        check(&format!("a,a,simple,{},x,,5,1,1,", of(1_001)), "is longer than 1000 characters");
        check(&format!("a,a,simple,T,{},,5,1,1,", of(257)), "is longer than 256 characters");
        check(&format!("a,a,simple,T,{}x,,5,1,1,", "x/".repeat(10)), "has more than 10 entries");
        check(&format!("a,a,simple,T,x,{},5,1,1,", of(129)), "is longer than 128 characters");
        check(&format!("a,a,simple,T,x,,5,1,1,{}", of(1_025)), "is longer than 1024 characters");
        // At the bound all of it is taken.
        let path = format!("{}{}", "x/".repeat(9), of(256));
        let row = format!("a,a,simple,{},{path},{},5,1,1,{}\n", of(1_000), of(128), of(1_024));
        assert!(run(&row, MAPPING)[0].is_ok());
        let named = MAPPING.replace("material =", &format!("{} =", "m".repeat(65)));
        let error = read(bytes(HEADER), mapping::parse(&named).unwrap(), Timestamp(7)).err().unwrap().to_string();
        assert!(error.ends_with("is longer than 64 characters"), "{error}");
    }

    #[test]
    fn of_more_variants_than_a_product_may_have_the_first_are_taken() {
        let rows: Vec<String> = (0..1_002).map(|i| format!("a-{i},a,simple,T,x,{i},5,1,1,\n")).collect();
        let seen = run(&rows.concat(), MAPPING);
        let [Err(Unread::Refused(first)), Err(Unread::Refused(_)), Ok(product)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(first.to_string(), "line 1002: the product \"a\" has as many variants as a product may have (1000)");
        assert_eq!(product.value.variants.len(), 1_000);
    }

    #[test]
    fn prices_carry_their_currency_where_none_is_set() {
        let mapping = MAPPING.replace("currency = \"USD\"", "");
        let check = |price: &str, expected: Result<i64, &str>| {
            let seen = run(&format!("a,a,simple,T,x,,{price},1,1,\n"), &mapping);
            let seen = match &seen[0] {
                Ok(product) => Ok(product.value.variants[0].price.minor),
                Err(Unread::Refused(error)) => Err(error.to_string()),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(seen, expected.map_err(str::to_owned));
        };
        check("5 EUR", Ok(500));
        check("5", Err("line 2: price \"5\" has no currency"));
        check("5 QQQ", Err("line 2: price \"5 QQQ\" names no currency of ISO 4217"));
    }

    #[test]
    fn a_mapping_that_does_not_fit_is_named() {
        let check = |mapping: &str, part: &str| {
            let error = mapping::parse(mapping)
                .and_then(|mapping| read(bytes(HEADER), mapping, Timestamp(0)).map(|_| ()))
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        };
        check(&MAPPING.replace("\"name\"", "\"nme\""), "the file has no column \"nme\", did you mean \"name\"?");
        check(&MAPPING.replace("title =", "tite ="), "unknown field \"tite\", did you mean \"title\"?");
        check(&MAPPING.replace("price = \"price\"", ""), "does not say which column holds \"price\"");
        check(&MAPPING.replace("currency =", "curency ="), "unknown field `curency`");
        check(&MAPPING.replace("\"USD\"", "\"US\""), "no currency has the code \"US\"");
        check(&MAPPING.replace("material", "\"of what\""), "the attribute \"of what\" takes letters, digits");
    }
}
