//! Mapping files: how a shop's own columns are to be read. Here is what all of them have in common.

use serde::{Deserialize, de::DeserializeOwned};

use crate::import::{
    table::{Column, Row, Table},
    unread::{LineError, SetupError},
};

/// Mappings of public data sets, by name; they serve as examples too.
pub const READY: [(&str, &str); 3] = [
    ("magento", include_str!("../../deploy/mappings/magento.toml")),
    ("online-retail-events", include_str!("../../deploy/mappings/online-retail-events.toml")),
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
    pub column: String,
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
    /// Finds the column.
    ///
    /// # Errors
    /// Where the file has none of this name.
    pub fn new(condition: &Condition, table: &Table) -> Result<Self, SetupError> {
        Ok(Self { column: table.column(&condition.column)?, is: condition.is.clone() })
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
    pub fn new(rows: &Rows, table: &Table) -> Result<Self, SetupError> {
        let find = |conditions: &[Condition]| -> Result<Vec<Test>, SetupError> {
            conditions.iter().map(|one| Test::new(one, table)).collect()
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

/// What stands before the decimals of prices; without it each price is judged by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DecimalPoint(pub Option<char>);
