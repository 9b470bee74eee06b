//! Mapping files: how a shop's own columns are to be read. Here is what all of them have in common.

mod source;

use encoding_rs::Encoding;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

use crate::import::{
    row_error::{LineError, SetupError},
    table::{Column, Row, Table},
};
use crate::tabular::input::encoding;
pub use source::Source;

/// Mappings of exports and of public data sets, by name; they serve as examples too.
pub const READY: [(&str, &str); 7] = [
    ("shopify-products", include_str!("../../deploy/mappings/shopify-products.toml")),
    ("woocommerce-products", include_str!("../../deploy/mappings/woocommerce-products.toml")),
    ("magento", include_str!("../../deploy/mappings/magento.toml")),
    ("online-retail-events", include_str!("../../deploy/mappings/online-retail-events.toml")),
    ("shopify-orders", include_str!("../../deploy/mappings/shopify-orders.toml")),
    ("woocommerce-orders", include_str!("../../deploy/mappings/woocommerce-orders.toml")),
    ("online-retail-products", include_str!("../../deploy/mappings/online-retail-products.toml")),
];

/// Reads a mapping. Unknown keys are refused.
///
/// # Errors
/// Where it is not TOML or says what no mapping of this kind can say.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, SetupError> {
    toml::from_str(text).map_err(|error| SetupError::Mapping(format!("the mapping can't be read: {error}")))
}

/// A column and values of it, for choosing rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Which.
    pub column: Source,
    /// Any of these; a `*` at the end stands for whatever follows.
    pub is: Vec<String>,
}

/// Which rows are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rows {
    /// Every one of these must hold.
    pub only: Vec<Condition>,
    /// None of these may hold.
    pub leave_out: Vec<Condition>,
}

/// A condition with its column found.
#[derive(Debug, Clone)]
pub struct Test {
    column: Column,
    is: Vec<String>,
}

impl Test {
    /// Finds the column; `None` where the file may be without it, and is.
    ///
    /// # Errors
    /// Where the file lacks it.
    pub fn new(condition: &Condition, table: &mut Table) -> Result<Option<Self>, SetupError> {
        let column = table.resolve(&condition.column)?;
        Ok(column.map(|column| Self { column, is: condition.is.clone() }))
    }

    /// Whether it holds for a row.
    ///
    /// # Errors
    /// Where the value is not UTF-8.
    pub fn holds(&self, row: &Row<'_>) -> Result<bool, LineError> {
        let text = row.text(self.column)?;
        Ok(self.is.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == pattern,
        }))
    }
}

/// [`Rows`] with the columns found.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    only: Vec<Test>,
    leave_out: Vec<Test>,
}

impl RowFilter {
    /// Finds the columns.
    ///
    /// # Errors
    /// Where the file lacks one.
    pub fn new(rows: &Rows, table: &mut Table) -> Result<Self, SetupError> {
        let mut find = |conditions: &[Condition]| -> Result<Vec<Test>, SetupError> {
            conditions.iter().filter_map(|one| Test::new(one, table).transpose()).collect()
        };
        Ok(Self { only: find(&rows.only)?, leave_out: find(&rows.leave_out)? })
    }

    /// Why a row is not to be read, for counting; `None` where it is.
    ///
    /// # Errors
    /// Where a value is not UTF-8.
    pub fn leaves_out(&self, row: &Row<'_>) -> Result<Option<String>, LineError> {
        for test in &self.only {
            if !test.holds(row)? {
                return told(row, test).map(Some);
            }
        }
        for test in &self.leave_out {
            if test.holds(row)? {
                return told(row, test).map(Some);
            }
        }
        Ok(None)
    }
}

fn told(row: &Row<'_>, test: &Test) -> Result<String, LineError> {
    Ok(format!("{} = {:?}", row.name(test.column), row.text(test.column)?))
}

/// Columns that stand on the first row of several only: the rows after it mean the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarryDown {
    /// The column that is the same on all rows that belong together, and never blank.
    pub within: Source,
    /// Those that are blank where they repeat what stood above. What the file does not have is passed over.
    pub columns: Vec<String>,
}

impl CarryDown {
    /// From now on the table fills them in.
    ///
    /// # Errors
    /// Where the file lacks the column that holds rows together.
    pub fn apply(&self, table: &mut Table) -> Result<(), SetupError> {
        let Some(within) = table.resolve(&self.within)? else { return Ok(()) };
        let columns = self.columns.iter().filter_map(|name| table.find(name)).collect();
        table.carry_down(within, columns);
        Ok(())
    }
}

/// How a file is written that does not say so itself: "windows-1250". Without it UTF-8.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileEncoding(pub Option<&'static Encoding>);

impl<'de> Deserialize<'de> for FileEncoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        encoding(&name).map(|found| Self(Some(found))).map_err(de::Error::custom)
    }
}

/// What stands before the decimals of prices; without it each price is judged by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DecimalPoint(pub Option<char>);
