//! Values by key, each with who set it. The defaults say which keys there are and of which type each is.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{ConfigError, DEFAULTS, ENV_PREFIX, Origin};

/// How alike a name must be to be suggested, 0 to 1.
const ALIKE: f64 = 0.7;

/// All keys with their values.
#[derive(Debug, Clone)]
pub struct Layers(BTreeMap<String, Set>);

/// A value and who set it.
#[derive(Debug, Clone)]
struct Set {
    value: Value,
    origin: Origin,
}

impl Layers {
    /// What holds where nobody says anything.
    pub fn defaults() -> Result<Self, ConfigError> {
        let mut all = BTreeMap::new();
        for (key, value) in leaves(DEFAULTS).map_err(|text| ConfigError::NotToml { path: "(shipped)".into(), text })? {
            all.insert(key, Set { value, origin: Origin::Default });
        }
        Ok(Self(all))
    }

    /// Takes over what a file says.
    pub fn add_file(&mut self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let origin = Origin::File(path.to_owned());
        let leaves = leaves(text).map_err(|text| ConfigError::NotToml { path: path.to_owned(), text })?;
        leaves.into_iter().try_for_each(|(key, value)| self.set(&key, value, &origin))
    }

    /// Takes over one value that is given as text: what it is to be, the default says.
    pub fn add_text(&mut self, key: &str, text: &str, origin: &Origin) -> Result<(), ConfigError> {
        let known = self.0.get(key).ok_or_else(|| self.unknown(key, origin))?;
        let value = match known.value {
            Value::String(_) => Value::String(text.to_owned()),
            _ => parsed(text).unwrap_or_else(|| Value::String(text.to_owned())),
        };
        self.set(key, value, origin)
    }

    fn set(&mut self, key: &str, value: Value, origin: &Origin) -> Result<(), ConfigError> {
        let Some(known) = self.0.get_mut(key) else { return Err(self.unknown(key, origin)) };
        let value = match (&known.value, value) {
            (Value::Float(_), Value::Integer(whole)) => {
                whole.to_string().parse().map_or(Value::Integer(whole), Value::Float)
            }
            (_, value) => value,
        };
        if !known.value.same_type(&value) {
            let problem = format!("expected {}", expected(&known.value));
            return Err(ConfigError::Wrong {
                key: key.into(),
                value: value.to_string(),
                origin: origin.clone(),
                problem,
            });
        }
        *known = Set { value, origin: origin.clone() };
        Ok(())
    }

    /// The key that a name of the environment, without its prefix, sets.
    pub fn key_of_env(&self, name: &str) -> Option<String> {
        self.0.keys().find(|key| env_name(key) == name).cloned()
    }

    /// Ends a sentence about a name that nobody knows.
    pub fn did_you_mean(&self, name: &str) -> String {
        let near = nearest(name, self.0.keys().map(|key| env_name(key)));
        near.map(|near| format!(": did you mean {ENV_PREFIX}{near}?")).unwrap_or_default()
    }

    fn unknown(&self, key: &str, origin: &Origin) -> ConfigError {
        let nearest = nearest(key, self.0.keys().cloned());
        ConfigError::UnknownKey { key: key.to_owned(), origin: origin.clone(), nearest }
    }

    /// A value in its own type, with what the type's reader says against it.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T, ConfigError> {
        let value = self.0.get(key).map(|set| set.value.clone());
        let value = value.ok_or_else(|| self.unknown(key, &Origin::Default))?;
        value.try_into().map_err(|error: toml::de::Error| self.wrong(key, error.message()))
    }

    /// That the value can't be.
    pub fn wrong(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        let (value, origin) = match self.0.get(key) {
            Some(set) => (set.value.to_string(), set.origin.clone()),
            None => (String::new(), Origin::Default),
        };
        ConfigError::Wrong { key: key.to_owned(), value, origin, problem: problem.into() }
    }

    /// Whether the key has a value that is not the shipped one's.
    pub fn is_set(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|set| set.origin != Origin::Default)
    }

    /// All values by section, each with its origin.
    pub fn to_toml(&self) -> String {
        let mut sections: BTreeMap<&str, Vec<(&str, &Set)>> = BTreeMap::new();
        for (key, set) in &self.0 {
            let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
            sections.entry(section).or_default().push((name, set));
        }
        let mut text = String::new();
        for (section, values) in sections {
            if !section.is_empty() {
                let _ = writeln!(text, "\n[{section}]");
            }
            for (name, Set { value, origin }) in values {
                let _ = writeln!(text, "{name} = {value}  # {origin}");
            }
        }
        text
    }
}

/// Every value that is no table, by its path.
fn leaves(text: &str) -> Result<Vec<(String, Value)>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut found = Vec::new();
    let mut open: Vec<(String, Value)> = table.into_iter().collect();
    while let Some((key, value)) = open.pop() {
        match value {
            Value::Table(inner) => open.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value))),
            value => found.push((key, value)),
        }
    }
    Ok(found)
}

/// Numbers, truth values and lists, as TOML writes them.
fn parsed(text: &str) -> Option<Value> {
    format!("value = {text}").parse::<Table>().ok()?.remove("value")
}

fn env_name(key: &str) -> String {
    key.replace('.', "_").to_uppercase()
}

fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let likeness = |candidate: &str| {
        let whole = strsim::jaro_winkler(name, candidate);
        // A key in the wrong section, or in none.
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        if last(name) == last(candidate) { whole.max(0.99) } else { whole }
    };
    let scored = known.map(|candidate| (likeness(&candidate), candidate)).filter(|(score, _)| *score >= ALIKE);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

fn expected(like: &Value) -> &'static str {
    match like {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Datetime(_) => "a date",
        Value::Table(_) => "a section",
    }
}
