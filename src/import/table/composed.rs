//! Columns that are composed of others, row by row.

use super::{Column, Row};
use crate::import::row_error::LineError;

/// What a composed column holds.
#[derive(Debug)]
pub(super) enum Composed {
    /// The first that is filled.
    First(Vec<Column>),
    /// The same in every row.
    Constant(String),
    /// Those that are filled, with this between them.
    Joined { parts: Vec<Column>, with: String },
    /// What stands beside the first of the names that is one of these words; small letters.
    Named { beside: Vec<(Column, Column)>, is: Vec<String> },
    /// The source, in rows whose other column holds one of these patterns, or none of them; small letters.
    When { source: Column, column: Column, is: Vec<String>, unless: bool },
}

impl Composed {
    /// Whether it does not stand in the row as such.
    pub(super) const fn is_put_together(&self) -> bool {
        matches!(self, Self::Joined { .. })
    }

    /// Puts it together for this row, if it must be. A part that is no UTF-8 is left out: whoever reads it alone is told.
    pub(super) fn put_together(&self, row: &Row<'_>, text: &mut String) {
        let Self::Joined { parts, with } = self else { return };
        text.clear();
        for part in parts.iter().filter_map(|part| row.text(*part).ok()).filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push_str(with);
            }
            text.push_str(part);
        }
    }

    /// What it holds in this row.
    pub(super) fn text<'a>(&'a self, row: &Row<'a>, joined: Option<&'a String>) -> Result<&'a str, LineError> {
        match self {
            Self::First(columns) => {
                for column in columns {
                    let text = row.text(*column)?;
                    if !text.is_empty() {
                        return Ok(text);
                    }
                }
                Ok("")
            }
            Self::Constant(text) => Ok(text),
            Self::Joined { .. } => Ok(joined.map_or("", String::as_str)),
            Self::Named { beside, is } => {
                for (name, value) in beside {
                    let name = row.text(*name)?.to_lowercase();
                    if is.contains(&name) {
                        return row.text(*value);
                    }
                }
                Ok("")
            }
            Self::When { source, column, is, unless } => {
                let seen = row.text(*column)?.to_lowercase();
                let holds = is.iter().any(|pattern| match pattern.strip_suffix('*') {
                    Some(start) => seen.starts_with(start),
                    None => seen == *pattern,
                });
                if holds == *unless { Ok("") } else { row.text(*source) }
            }
        }
    }
}
