//! The columns that a mapping names, by field.

use std::collections::BTreeMap;

use super::{Column, Composed, Table};
use crate::import::{
    mapping::Source,
    row_error::{SetupError, nearest},
};

/// The columns that a mapping names, by field.
#[derive(Debug, Default)]
pub struct Columns(BTreeMap<String, Column>);

impl Columns {
    /// Finds what `mapping` (field -> source) names.
    ///
    /// # Errors
    /// Where a field is none of `fields`, or a column is not in the file; the nearest name is offered.
    pub fn resolve(table: &mut Table, mapping: &BTreeMap<String, Source>, fields: &[&str]) -> Result<Self, SetupError> {
        let mut found = BTreeMap::new();
        for (field, source) in mapping {
            if !fields.contains(&field.as_str()) {
                let near = nearest(field, fields.iter().copied());
                let all = fields.join(", ");
                let text = format!("the mapping names an unknown field {field:?}{near} (known are: {all})");
                return Err(SetupError::Mapping(text));
            }
            if let Some(column) = table.resolve(source)? {
                found.insert(field.clone(), column);
            }
        }
        Ok(Self(found))
    }

    /// Where a field stands, if the file has it.
    pub fn get(&self, field: &str) -> Option<Column> {
        self.0.get(field).copied()
    }

    /// Where a field stands.
    ///
    /// # Errors
    /// Where the mapping does not say.
    pub fn required(&self, field: &str) -> Result<Column, SetupError> {
        self.get(field)
            .ok_or_else(|| SetupError::Mapping(format!("the mapping does not say which column holds {field:?}")))
    }
}

impl Table {
    /// The column that a source comes to; `None` where the file may be without it, and is.
    ///
    /// # Errors
    /// Where the file lacks a column.
    pub fn resolve(&mut self, source: &Source) -> Result<Option<Column>, SetupError> {
        match source {
            Source::Column(name) => self.named(name),
            Source::First(sources) => self.first(sources),
            Source::Constant(text) => Ok(Some(self.compose(format!("{text:?}"), Composed::Constant(text.clone())))),
            Source::Join { parts, with } => {
                let mut found = Vec::with_capacity(parts.len());
                for part in parts {
                    found.extend(self.resolve(part)?);
                }
                let name = self.names_of(&found, " + ");
                Ok(Some(self.compose(name, Composed::Joined { parts: found, with: with.clone() })))
            }
            Source::Named { names, values, is } => {
                let mut beside = Vec::with_capacity(names.len());
                for (name, value) in names.iter().zip(values) {
                    // Shops have as many options as they need.
                    beside.extend(self.find(name).zip(self.find(value)));
                }
                if beside.is_empty() {
                    return Ok(None);
                }
                let is = is.iter().map(|word| word.to_lowercase()).collect();
                let name = self.names_of(&beside.iter().map(|(_, value)| *value).collect::<Vec<_>>(), " or ");
                Ok(Some(self.compose(name, Composed::Named { beside, is })))
            }
            Source::When { source, column, is, unless } => {
                let (source, column) = (self.resolve(source)?, self.resolve(column)?);
                let Some((source, column)) = source.zip(column) else { return Ok(None) };
                let is = is.iter().map(|word| word.to_lowercase()).collect();
                let name = self.names_of(&[source], "");
                Ok(Some(self.compose(name, Composed::When { source, column, is, unless: *unless })))
            }
        }
    }

    /// The column of this name; one with a "?" behind it may be missing.
    fn named(&self, name: &str) -> Result<Option<Column>, SetupError> {
        if let Some(found) = self.find(name) {
            return Ok(Some(found));
        }
        match name.strip_suffix('?') {
            Some(name) => Ok(self.find(name)),
            None => self.column(name).map(Some),
        }
    }

    fn first(&mut self, sources: &[Source]) -> Result<Option<Column>, SetupError> {
        let mut found = Vec::with_capacity(sources.len());
        let mut missing = None;
        for source in sources {
            match self.resolve(source) {
                Ok(column) => found.extend(column),
                Err(error) => missing = missing.or(Some(error)),
            }
        }
        match (&found[..], missing) {
            ([], Some(error)) => Err(error),
            ([], None) => Ok(None),
            ([one], _) => Ok(Some(*one)),
            _ => {
                let name = self.names_of(&found, " or ");
                Ok(Some(self.compose(name, Composed::First(found))))
            }
        }
    }

    fn names_of(&self, columns: &[Column], between: &str) -> String {
        columns.iter().map(|column| self.names[column.0].as_str()).collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::table::Delimiter;
    use crate::tabular::input::tests::bytes;

    fn sources(text: &str) -> BTreeMap<String, Source> {
        toml::from_str(text).unwrap()
    }

    fn table(text: &str) -> Table {
        Table::new(bytes(text), Delimiter::default()).unwrap()
    }

    /// What the field `f` holds in each row.
    fn values(file: &str, source: &str) -> Vec<String> {
        let mut table = table(file);
        let columns = Columns::resolve(&mut table, &sources(&format!("f = {source}")), &["f"]).unwrap();
        let mut seen = Vec::new();
        while let Some(row) = table.next_row() {
            seen.push(row.unwrap().optional(columns.get("f")).unwrap().to_owned());
        }
        seen
    }

    #[test]
    fn a_field_comes_from_wherever_its_source_says() {
        let file = "a,b,n1,v1,n2,v2\n1, ,Size,M,Color,red\n,2,color,blue,SIZE,\n,,Cut,slim,,\n";
        let check = |source: &str, expected: [&str; 3]| assert_eq!(values(file, source), expected, "{source}");
        check("\"a\"", ["1", "", ""]);
        check("[\"a\", \"b\"]", ["1", "2", ""]);
        check("[\"none\", \"b\"]", ["", "2", ""]);
        check("[\"a\", { value = \"x\" }]", ["1", "x", "x"]);
        check("\"none?\"", ["", "", ""]);
        check("\"A\"", ["1", "", ""]);
        check("{ value = \"x\" }", ["x", "x", "x"]);
        check("{ join = [\"n1\", \"a\", \"b\"], with = \"-\" }", ["Size-1", "color-2", "Cut"]);
        check("[{ join = [\"a\"] }, { join = [{ join = [\"b\", \"b\"] }, \"b\"], with = \"/\" }]", ["1", "22/2", ""]);
        let named = |words: &str| {
            format!("{{ names = [\"n1\", \"n2\", \"n3\"], values = [\"v1\", \"v2\", \"v3\"], is = {words} }}")
        };
        check(&named("[\"Size\"]"), ["M", "", ""]);
        check(&named("[\"Color\", \"Kolor\"]"), ["red", "blue", ""]);
        check("{ column = \"v1\", when = \"n1\", is = [\"Col*\", \"cut\"] }", ["", "blue", "slim"]);
    }

    #[test]
    fn a_blank_cell_says_what_the_row_above_of_the_same_key_did() {
        let mut table = table("key,a,b\nx,1,2\nx,,\nx,3,\ny,,4\ny,,\n");
        let [key, a] = ["key", "a"].map(|name| table.column(name).unwrap());
        table.carry_down(key, vec![a]);
        let mut seen = Vec::new();
        while let Some(row) = table.next_row() {
            let row = row.unwrap();
            seen.push((0..3).map(|i| row.text(Column(i)).unwrap()).collect::<Vec<_>>().join(","));
        }
        assert_eq!(seen, ["x,1,2", "x,1,", "x,3,", "y,,4", "y,,"]);
    }

    #[test]
    fn columns_are_found_or_the_nearest_is_offered() {
        let refusal = |header: &str, mapping: &str| {
            let mut table = Table::new(bytes(header), Delimiter::default())?;
            Columns::resolve(&mut table, &sources(mapping), &["title", "price"]).map(|_| ())
        };
        let check = |header, mapping, message: &str| {
            let error = refusal(header, mapping).unwrap_err();
            assert_eq!(error.to_string(), message);
        };
        assert!(refusal("name,cost\n", "title = \"name\"\nprice = \"cost\"").is_ok());
        let near = "the file has no column \"nmae\", did you mean \"name\"? (it has: name, cost)";
        check("name,cost", "title = \"nmae\"", near);
        check("name,cost", "title = [\"nmae\", \"other\"]", near);
        check("name,cost", "title = { join = [\"cost\", \"nmae\"] }", near);
        check("name,cost", "title = { value = \"x\", when = \"nmae\", is = [\"x\"] }", near);
        check(
            "name,cost",
            "titel = \"name\"",
            "the mapping names an unknown field \"titel\", did you mean \"title\"? (known are: title, price)",
        );
        check("a,a", "", "the header names \"a\" twice");
        check("", "", "the file is empty: not even a header");
    }
}
