//! Which format a file of products is in, by its root element or its header line. A name is only a name.

use std::io::Cursor;

use super::{mapped::ProductMapping, merchant};
use crate::import::{
    mapping,
    row_error::SetupError,
    table::{Delimiter, Table},
};
use crate::tabular::input::Input;

/// How a file of products is written.
#[derive(Debug, Clone)]
pub enum Format {
    /// Google Merchant Center or Meta: RSS 2.0 or Atom.
    MerchantXml,
    /// The same as delimited text.
    MerchantTable,
    /// Ceneo.
    Ceneo,
    /// Yandex Market Language.
    Yml,
    /// Delimited text by a mapping.
    Mapped(Box<ProductMapping>),
}

/// Formats of XML by the names of their root elements.
const ROOTS: [(&str, Format); 6] = [
    ("rss", Format::MerchantXml),
    ("feed", Format::MerchantXml),
    ("RDF", Format::MerchantXml),
    ("channel", Format::MerchantXml),
    ("offers", Format::Ceneo),
    ("yml_catalog", Format::Yml),
];

const KNOWN: &str = "Google Merchant Center or Meta (RSS, Atom, CSV, TSV), Ceneo (XML), Yandex Market (YML), Shopify (CSV), \
                     WooCommerce (CSV)";

/// The format that the first bytes show.
///
/// # Errors
/// Where they show none: what is known and what is nearest stands in the error.
pub fn recognise(input: &mut Input) -> Result<Format, SetupError> {
    let head = input.head();
    if head.is_empty() {
        // Whoever reads it meets the reason.
        return Ok(Format::MerchantTable);
    }
    let text = String::from_utf8_lossy(head);
    if text.trim_start().starts_with('<') {
        return by_root(&text);
    }
    by_header(head)
}

fn by_root(text: &str) -> Result<Format, SetupError> {
    let root = root(text).unwrap_or_default();
    if let Some((_, format)) = ROOTS.iter().find(|(name, _)| *name == root) {
        return Ok(format.clone());
    }
    // Shops that write the feed themselves call the root as they like.
    if text.contains("<item>") || text.contains("<entry>") || text.contains("<item ") {
        return Ok(Format::MerchantXml);
    }
    let roots: Vec<&str> = ROOTS.iter().map(|(name, _)| *name).collect();
    let near = crate::import::row_error::nearest(root, roots.iter().copied());
    Err(SetupError::Mapping(format!(
        "it is XML that begins with <{root}>, which is none of the formats that are known{near} ({KNOWN})"
    )))
}

/// The local name of the first element.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if !rest.starts_with(['?', '!']) {
            break;
        }
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
    let name = &rest[..end];
    Some(name.rsplit_once(':').map_or(name, |(_, local)| local))
}

fn by_header(head: &[u8]) -> Result<Format, SetupError> {
    let table = Table::new(Input::from_bytes(Cursor::new(head.to_vec())), Delimiter::default())?;
    let mut nearest: Option<(usize, String)> = None;
    let mut miss = |name: &str, missing: Vec<String>, needed: usize| {
        let share = missing.len() * 100 / needed.max(1);
        if nearest.as_ref().is_none_or(|(least, _)| share < *least) {
            nearest = Some((share, format!("{name}, which also needs {}", missing.join(", "))));
        }
    };
    let names: Vec<String> = table.header().iter().map(|name| merchant::field_name(name)).collect();
    let missing: Vec<String> = merchant::REQUIRED
        .iter()
        .filter(|name| !names.iter().any(|known| known == *name))
        .map(|name| format!("{name:?}"))
        .collect();
    if missing.is_empty() {
        return Ok(Format::MerchantTable);
    }
    miss("Google Merchant Center's or Meta's", missing, merchant::REQUIRED.len());
    for (name, text) in mapping::READY {
        // Those of events are none of products.
        let Ok(mapping) = mapping::parse::<ProductMapping>(text) else { continue };
        let (missing, needed) = mapping.missing(&table);
        if missing.is_empty() {
            return Ok(Format::Mapped(Box::new(mapping)));
        }
        miss(name, missing, needed);
    }
    let near = nearest.map_or(String::new(), |(_, near)| format!("; the nearest is {near}"));
    let all = table.header().join(", ");
    Err(SetupError::Mapping(format!(
        "its columns ({all}) are those of none of the formats that are known ({KNOWN}){near}. Give --mapping: a TOML file that says what \
         the columns mean"
    )))
}

impl ProductMapping {
    /// The columns that the mapping needs and the table lacks, and how many it needs.
    fn missing(&self, table: &Table) -> (Vec<String>, usize) {
        let sources = self.columns.values().chain(self.attributes.values());
        let conditions = self.parents.iter().chain(&self.rows.only).chain(&self.rows.leave_out);
        let mut missing: Vec<String> = sources.clone().filter_map(|source| source.missing(table)).collect();
        let needed = sources.filter(|source| !source.is_optional()).count();
        missing.extend(conditions.filter_map(|one| one.column.missing(table)));
        missing.sort();
        missing.dedup();
        (missing, needed)
    }
}
