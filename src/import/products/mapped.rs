//! Products from delimited text by a mapping: one row a variant, rows of the product itself where the shop has such.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use super::{
    categories::Categories,
    group::{Item, Missed, Repeats},
    offer::{Feed, Field, Offer, SPOILT},
};
use crate::{
    domain::{
        Currency, Locale,
        limits::{ATTRIBUTE_SIGNS, MAX_ATTRIBUTES},
    },
    import::{
        bounds,
        mapping::{CarryDown, Condition, DecimalPoint, FileEncoding, RowFilter, Rows, Source, Test},
        row_error::{Parsed, SetupError, Unread},
        table::{Column, Columns, Delimiter, Row, Table},
        timestamps::TimeFormat,
    },
    tabular::input::Input,
};

/// The fields of a mapping, by their names.
const FIELDS: [(&str, Field); 25] = [
    ("product", Field::Product),
    ("variant", Field::Variant),
    ("title", Field::Title),
    ("description", Field::Description),
    ("brand", Field::Brand),
    ("category", Field::Category),
    ("size", Field::Size),
    ("size_system", Field::SizeSystem),
    ("color", Field::Color),
    ("price", Field::Price),
    ("original_price", Field::OriginalPrice),
    ("sale_price", Field::SalePrice),
    ("sale_from", Field::SaleFrom),
    ("sale_until", Field::SaleUntil),
    ("sale_window", Field::SaleWindow),
    ("currency", Field::Currency),
    ("stock", Field::Stock),
    ("in_stock", Field::InStock),
    ("published", Field::Published),
    ("availability", Field::Availability),
    ("image", Field::Image),
    ("audience", Field::Audience),
    ("garment", Field::Garment),
    ("available_since", Field::AvailableSince),
    ("replenish_days", Field::ReplenishDays),
];

/// The names of the fields that a mapping can say the columns of.
pub fn fields() -> Vec<&'static str> {
    FIELDS.iter().map(|(name, _)| *name).collect()
}

/// How a shop's columns become products.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductMapping {
    /// Of titles and descriptions. Without it that of the import.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// Of every price, where no column says it. Without either, prices are written "19.99 USD".
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Before the decimals of prices.
    #[serde(default)]
    pub decimal_point: DecimalPoint,
    /// How times are written.
    #[serde(default)]
    pub times: TimeFormat,
    /// Between the fields of a row. Without it that of the header line.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// How the file is written, where it is not UTF-8.
    #[serde(default)]
    pub encoding: FileEncoding,
    /// Field -> where it comes from.
    pub columns: BTreeMap<String, Source>,
    /// Attribute -> where it comes from.
    #[serde(default)]
    pub attributes: BTreeMap<String, Source>,
    /// How the category column is written.
    #[serde(default)]
    pub categories: Categories,
    /// Rows that speak of the product as such and are no variant.
    #[serde(default)]
    pub parents: Option<Condition>,
    /// What later rows of a product leave blank.
    #[serde(default)]
    pub carry_down: Option<CarryDown>,
    /// What a variant met twice means.
    #[serde(default)]
    pub repeats: Repeats,
    /// Which rows are read.
    #[serde(default)]
    pub rows: Rows,
}

impl ProductMapping {
    /// Whether it says of which currency prices are.
    pub fn names_currency(&self) -> bool {
        self.currency.is_some() || self.columns.contains_key("currency")
    }
}

/// The rows of a table.
///
/// # Errors
/// Where the mapping and the file's header do not fit together.
pub(super) fn read(
    input: Input,
    mapping: &ProductMapping,
    feed: Feed,
) -> Result<impl Iterator<Item = Result<Parsed<Item>, Missed>> + use<>, SetupError> {
    let mut table = Table::new(input, mapping.delimiter)?;
    let layout = Layout::new(&mut table, mapping, feed)?;
    Ok(std::iter::from_fn(move || {
        Some(match table.next_row()? {
            Ok(row) => layout.item(&row),
            Err(unread) => Err(unread.into()),
        })
    }))
}

/// The mapping with every column found.
struct Layout {
    feed: Feed,
    fields: Vec<(Field, Column)>,
    attributes: Vec<(String, Column)>,
    parents: Option<Test>,
    rows: RowFilter,
}

impl Layout {
    fn new(table: &mut Table, mapping: &ProductMapping, feed: Feed) -> Result<Self, SetupError> {
        if let Some(carried) = &mapping.carry_down {
            carried.apply(table)?;
        }
        let columns = Columns::resolve(table, &mapping.columns, &FIELDS.map(|(name, _)| name))?;
        if columns.get("product").is_none() {
            columns.required("variant")?;
        }
        columns.required("title")?;
        columns.required("price")?;
        let fields = FIELDS.iter().filter_map(|(name, field)| Some((*field, columns.get(name)?))).collect();
        let mut attributes = Vec::with_capacity(mapping.attributes.len());
        for (name, source) in &mapping.attributes {
            bounds::name(name, ATTRIBUTE_SIGNS)
                .map_err(|reason| SetupError::Mapping(format!("the attribute {name:?} {reason}")))?;
            attributes.extend(table.resolve(source)?.map(|column| (name.clone(), column)));
        }
        bounds::count(attributes.len(), MAX_ATTRIBUTES)
            .map_err(|reason| SetupError::Mapping(format!("the table of attributes {reason}")))?;
        let parents = mapping.parents.as_ref().map(|parents| Test::new(parents, table)).transpose()?.flatten();
        Ok(Self { feed, fields, attributes, parents, rows: RowFilter::new(&mapping.rows, table)? })
    }

    fn item(&self, row: &Row<'_>) -> Result<Parsed<Item>, Missed> {
        if let Some(why) = self.rows.leaves_out(row)? {
            return Err(Unread::LeftOut(why.into()).into());
        }
        let mut offer = Offer::new(row.line);
        offer.misfit = row.misfit();
        offer.is_parent = self.parents.as_ref().map_or(Ok(false), |parents| parents.holds(row))?;
        for (field, column) in &self.fields {
            offer.set(*field, row.name(*column), text(row, *column));
        }
        for (name, column) in &self.attributes {
            offer.add_to_product(name, text(row, *column));
        }
        offer.item(&self.feed)
    }
}

/// What is no UTF-8 spoils its field and no other.
fn text<'a>(row: &Row<'a>, column: Column) -> Cow<'a, str> {
    match row.text(column) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => Cow::Owned(error.value.replace('\u{fffd}', SPOILT.encode_utf8(&mut [0; 4]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{TimeZone, Timestamp, catalog::Product},
        import::{
            mapping,
            products::{self, Format, Listings},
        },
        tabular::input::tests::bytes,
    };

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

    fn open(file: &str, mapping: &str) -> Result<Listings, SetupError> {
        let format = Format::Mapped(Box::new(mapping::parse(mapping)?));
        let feed = Feed::new(&format, None, None, TimeZone::UTC, Timestamp(7));
        products::read(bytes(file), format, feed)
    }

    /// The products, and what was refused; what was left out of them is dropped.
    fn run(rows: &str, mapping: &str) -> Vec<Result<Parsed<Product>, Unread>> {
        let read = open(&format!("{HEADER}{rows}"), mapping).unwrap();
        read.filter(|one| !matches!(one, Ok(Parsed { value, .. }) if value.product.is_none()))
            .map(|one| one.map(|one| one.map(|listing| listing.product.unwrap())))
            .collect()
    }

    fn warnings(row: &str) -> Vec<String> {
        let seen = run(
            &format!(
                "{row}
"
            ),
            MAPPING,
        );
        let [Ok(product)] = &seen[..] else { panic!("{row}: {seen:?}") };
        product.warnings.iter().map(ToString::to_string).collect()
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
            let Err(Unread::Refused(error) | Unread::Nameless(error)) = &seen[0] else { panic!("{row}: {seen:?}") };
            assert_eq!(error.to_string(), message);
            assert_eq!(seen.len(), 1);
        };
        check("a,a,simple,T,x,,NaN,1,1,", "line 2: price \"NaN\" is not a number");
        check("a,a,simple,T,x,,,1,1,", "line 2: price \"\" is missing");
        check("a,a,simple,T,x,,-5,1,1,", "line 2: price \"-5\" is negative");
        check(",,simple,T,x,,5,1,1,", "line 2: sku \"\" is missing");
        check("a,a,simple,,x,,5,1,1,", "line 2: the title of product \"a\" is missing");
        check(
            "a,a,simple,T,x,,5,1,1,wool,y",
            "line 2: the row \"11 fields, the header has 10\" is long: a separator may stand within one of its fields",
        );
        check("a,a,parent,T,x,,5,1,1,", "line 2: the product \"a\" has no variants");
    }

    #[test]
    fn a_detail_that_is_wrong_is_left_out_and_where_it_is_stock_the_variant_is_not_sold() {
        let check = |row: &str, message: &str, sold: bool| {
            assert_eq!(warnings(row), [message]);
            let product = run(&format!("{row}\n"), MAPPING).remove(0).unwrap().value;
            assert_eq!(product.variants[0].sellable(), sold, "{row}");
        };
        let not_sold = |row: &str, message: &str| check(row, message, false);
        not_sold("a,a,simple,T,x,,5,many,1,", "line 2: qty \"many\" is no number of units: the variant is not sold");
        not_sold(
            "a,a,simple,T,x,,5,1,maybe,",
            "line 2: live \"maybe\" is no availability that is known: the variant is not sold",
        );
        check(
            &format!("a,a,simple,T,{}x,,5,1,1,", "x/".repeat(10)),
            &format!("line 2: the category \"{}x\" has more than 10 entries", "x/".repeat(10)),
            true,
        );
        let product = run("a,a,simple,T,x,,5,-1,1,\n", MAPPING).remove(0).unwrap();
        assert_eq!((product.warnings.len(), product.value.variants[0].stock), (0, Some(0)));
    }

    #[test]
    fn the_bounds_of_the_contract_hold_and_the_other_rows_go_in() {
        let of = "ż".repeat(1_025);
        let of = |chars: usize| &of[..2 * chars];
        let check = |row: &str, message: &str| {
            let seen = warnings(row);
            assert!(seen.len() == 1 && seen[0].ends_with(message), "{seen:?}");
        };
        check(&format!("a,a,simple,{},x,,5,1,1,", of(1_001)), "is longer than 1000 characters");
        check(&format!("a,a,simple,T,{},,5,1,1,", of(257)), "is longer than 256 characters");
        check(&format!("a,a,simple,T,x,{},5,1,1,", of(129)), "is longer than 128 characters");
        check(&format!("a,a,simple,T,x,,5,1,1,{}", of(1_025)), "is longer than 1024 characters");
        // At the bound all of it is taken.
        let path = format!("{}{}", "x/".repeat(9), of(256));
        let row = format!("a,a,simple,{},{path},{},5,1,1,{}\n", of(1_000), of(128), of(1_024));
        assert_eq!(warnings(row.trim_end()), [""; 0]);
        let named = MAPPING.replace("material =", &format!("{} =", "m".repeat(65)));
        let error = open(HEADER, &named).err().unwrap().to_string();
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
            let error = open(HEADER, mapping).map(|_| ()).unwrap_err().to_string();
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
