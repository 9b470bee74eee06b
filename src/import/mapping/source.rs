//! Where a field comes from: a column, the first of several that is filled, a constant, several joined, or the column that
//! another column names.

use std::fmt;

use crate::import::table::Table;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// Where a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A column. A "?" behind its name says that the file may be without it.
    Column(String),
    /// The first that is filled. Columns that the file does not have are passed over, but for the last that is left.
    First(Vec<Source>),
    /// The same for every row.
    Constant(String),
    /// One after the other, those that are filled.
    Join {
        /// What is joined, in this order.
        parts: Vec<Source>,
        /// Between two parts.
        with: String,
    },
    /// What stands in the column beside the first of `names` that holds one of these words, letter case apart: shops that
    /// choose their own options write "Option1 Name" beside "Option1 Value".
    Named {
        /// Columns that name what stands beside them.
        names: Vec<String>,
        /// The columns beside them, in the same order.
        values: Vec<String>,
        /// What the name may be, letter case apart.
        is: Vec<String>,
    },
    /// Only in rows whose other column holds one of these, letter case apart; a `*` at the end stands for whatever follows.
    When {
        /// What the column holds in those rows.
        source: Box<Source>,
        /// The column that decides.
        column: Box<Source>,
        /// What it holds, or with `unless` what it does not.
        is: Vec<String>,
        /// Turns the condition round.
        unless: bool,
    },
}

impl Source {
    /// Whether a file may be without all of it.
    pub fn is_optional(&self) -> bool {
        match self {
            Self::Column(name) => name.ends_with('?'),
            Self::First(sources) => sources.iter().any(Self::is_optional),
            Self::Join { parts, .. } => parts.iter().all(Self::is_optional),
            Self::When { source, column, .. } => source.is_optional() || column.is_optional(),
            Self::Constant(_) | Self::Named { .. } => true,
        }
    }

    /// What the table lacks of it, in words; `None` where it has enough.
    pub fn missing(&self, table: &Table) -> Option<String> {
        match self {
            Self::Column(name) => {
                let is_there = name.ends_with('?') || table.find(name).is_some();
                (!is_there).then(|| format!("{name:?}"))
            }
            Self::First(sources) => {
                let missing: Vec<String> = sources.iter().map_while(|source| source.missing(table)).collect();
                (missing.len() == sources.len()).then(|| missing.join(" or "))
            }
            Self::Join { parts, .. } => parts.iter().find_map(|part| part.missing(table)),
            Self::When { source, column, .. } => source.missing(table).or_else(|| column.missing(table)),
            Self::Constant(_) | Self::Named { .. } => None,
        }
    }
}

/// The long form, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    column: Option<Box<Source>>,
    value: Option<String>,
    join: Option<Vec<Source>>,
    with: Option<String>,
    names: Option<Vec<String>>,
    values: Option<Vec<String>>,
    when: Option<Box<Source>>,
    is: Option<Vec<String>>,
    is_not: Option<Vec<String>>,
}

impl TryFrom<Parts> for Source {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, &'static str> {
        let Parts { column, value, join, with, names, values, when, is, is_not } = parts;
        if with.is_some() && join.is_none() {
            return Err("\"with\" says what stands between the parts of a \"join\"");
        }
        if let (Some(names), Some(values)) = (&names, &values) {
            let alone = column.is_none() && value.is_none() && join.is_none() && when.is_none() && is_not.is_none();
            let Some(is) = is.filter(|_| alone && names.len() == values.len()) else {
                return Err(
                    "\"names\" and \"values\" are columns side by side, as many of the one as of the other, with the words in \"is\"",
                );
            };
            return Ok(Self::Named { names: names.clone(), values: values.clone(), is });
        }
        let source = match (column, value, join, names.or(values)) {
            (Some(column), None, None, None) => *column,
            (None, Some(value), None, None) => Self::Constant(value),
            (None, None, Some(parts), None) => Self::Join { parts, with: with.unwrap_or_default() },
            _ => return Err("a field is one of \"column\", \"value\", \"join\", or \"names\" with \"values\""),
        };
        let (unless, is) = match (is, is_not) {
            (Some(is), None) => (false, Some(is)),
            (None, Some(is)) => (true, Some(is)),
            (None, None) => (false, None),
            (Some(_), Some(_)) => return Err("\"is\" and \"is_not\" can't both decide"),
        };
        match (when, is) {
            (None, None) => Ok(source),
            (Some(column), Some(is)) => Ok(Self::When { source: Box::new(source), column, is, unless }),
            _ => Err("\"when\" names a column, and \"is\" or \"is_not\" what it must hold: give both"),
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = Source;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, a list of them, or a table")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Source, E> {
                Ok(Source::Column(name.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Source, A::Error> {
                let mut sources = Vec::new();
                while let Some(source) = list.next_element()? {
                    sources.push(source);
                }
                if sources.is_empty() {
                    Err(de::Error::custom("the list names no column"))
                } else {
                    Ok(Source::First(sources))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
                let parts = Parts::deserialize(MapAccessDeserializer::new(map))?;
                Source::try_from(parts).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> Result<Source, String> {
        let fields: Result<BTreeMap<String, Source>, _> = toml::from_str(&format!("field = {text}"));
        fields.map(|mut fields| fields.remove("field").unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_is_read() {
        let column = |name: &str| Source::Column(name.to_owned());
        assert_eq!(read("\"a\""), Ok(column("a")));
        assert_eq!(read("[\"a\", \"b\"]"), Ok(Source::First(vec![column("a"), column("b")])));
        assert_eq!(read("{ value = \"x\" }"), Ok(Source::Constant("x".to_owned())));
        let join = Source::Join { parts: vec![column("a"), Source::Constant("x".to_owned())], with: "-".to_owned() };
        assert_eq!(read("{ join = [\"a\", { value = \"x\" }], with = \"-\" }"), Ok(join));
        let words = || vec!["Size".to_owned()];
        let named = Source::Named { names: vec!["n".to_owned()], values: vec!["v".to_owned()], is: words() };
        assert_eq!(read("{ names = [\"n\"], values = [\"v\"], is = [\"Size\"] }"), Ok(named));
        let when =
            |unless| Source::When { source: Box::new(column("v")), column: Box::new(column("n")), is: words(), unless };
        assert_eq!(read("{ column = \"v\", when = \"n\", is = [\"Size\"] }"), Ok(when(false)));
        assert_eq!(read("{ column = \"v\", when = \"n\", is_not = [\"Size\"] }"), Ok(when(true)));
    }

    #[test]
    fn what_says_nothing_is_refused_with_what_would() {
        let check = |text: &str, part: &str| {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        };
        check("3", "the name of a column, a list of them, or a table");
        check("[]", "the list names no column");
        check("{ colum = \"a\" }", "unknown field `colum`");
        check("{ column = \"a\", value = \"b\" }", "a field is one of");
        check("{ column = \"a\", with = \"-\" }", "between the parts");
        check("{ column = \"a\", when = \"b\" }", "give both");
        check("{ column = \"a\", when = \"b\", is = [\"c\"], is_not = [\"d\"] }", "can't both decide");
        check("{ names = [\"a\"], values = [\"b\", \"c\"], is = [\"d\"] }", "side by side");
        check("{ names = [\"a\"], is = [\"d\"] }", "a field is one of");
    }
}
