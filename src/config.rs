//! What is set, and who set it: defaults that the binary carries, a file, the environment, flags; the later wins.
//!
//! Raw values are gathered with their origin in `layers` and made into [`Settings`] in `settings`, where each is checked.
//! Nothing here reads the process's environment or its arguments: they are handed in.

mod address;
mod layers;
mod network;
mod settings;

use std::{fmt, fs, path::PathBuf};

use thiserror::Error;

pub use address::Address;
use layers::Layers;
pub use network::Network;
pub use settings::{Limits, Log, LogFormat, Settings};

/// The default configuration, as it is shipped.
pub const DEFAULTS: &str = include_str!("../deploy/outfitter.toml");

/// What every name in the environment begins with.
pub const ENV_PREFIX: &str = "OUTFITTER_";

/// Names the configuration file, as the flag does. No key of the configuration itself.
pub const ENV_CONFIG: &str = "OUTFITTER_CONFIG";

/// What a service called "outfitter" gets from Kubernetes without asking.
const KUBERNETES: [&str; 2] = ["OUTFITTER_SERVICE_", "OUTFITTER_PORT"];

/// What was given from outside.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// A file, by flag.
    pub file: Option<PathBuf>,
    /// The environment; names that don't begin with [`ENV_PREFIX`] are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags: the flag as it is written, the key that it sets, the value.
    pub flags: Vec<(String, String, String)>,
}

/// What is in force.
#[derive(Debug)]
pub struct Config {
    /// Checked.
    pub settings: Settings,
    /// What was given and means nothing; each a sentence.
    pub warnings: Vec<String>,
    layers: Layers,
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The shipped defaults.
    Default,
    /// A file.
    File(PathBuf),
    /// A name in the environment.
    Environment(String),
    /// A flag, as it is written.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// What is wrong with the configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is not there, or not to be read.
    #[error("the configuration file {} can't be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file {} is no TOML: {text}", path.display())]
    NotToml {
        /// Which.
        path: PathBuf,
        /// What the parser says.
        text: String,
    },
    /// There is nothing to set by this name.
    #[error("unknown key {key:?} ({origin}){}", nearest.as_ref().map(|near| format!(": did you mean {near:?}?")).unwrap_or_default())]
    UnknownKey {
        /// As it was given.
        key: String,
        /// By whom.
        origin: Origin,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// The value can't be.
    #[error("{key} = {value} ({origin}): {problem}")]
    Wrong {
        /// Of which key.
        key: String,
        /// As it was given.
        value: String,
        /// By whom.
        origin: Origin,
        /// What is expected.
        problem: String,
    },
}

/// Reads and checks all that was given.
///
/// # Errors
/// With the first thing that is wrong.
pub fn load(given: &Given) -> Result<Config, ConfigError> {
    let mut layers = Layers::defaults()?;
    let from_environment = given.environment.iter().find(|(name, _)| name == ENV_CONFIG);
    let file = given.file.clone().or_else(|| from_environment.map(|(_, path)| PathBuf::from(path)));
    if let Some(path) = file {
        let text = fs::read_to_string(&path);
        let text = text.map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        layers.add_file(&text, &path)?;
    }
    let mut warnings = Vec::new();
    for (name, value) in &given.environment {
        let foreign = name == ENV_CONFIG || KUBERNETES.iter().any(|start| name.starts_with(start));
        let Some(key) = name.strip_prefix(ENV_PREFIX).filter(|_| !foreign) else { continue };
        match layers.key_of_env(key) {
            Some(key) => layers.add_text(&key, value, &Origin::Environment(name.clone()))?,
            None => warnings.push(format!("the environment variable {name} sets nothing{}", layers.did_you_mean(key))),
        }
    }
    for (flag, key, value) in &given.flags {
        layers.add_text(key, value, &Origin::Flag(flag.clone()))?;
    }
    let settings = settings::check(&layers)?;
    Ok(Config { settings, warnings, layers })
}

impl Config {
    /// What is in force, as TOML, with the origin of each value.
    pub fn in_force(&self) -> String {
        self.layers.to_toml()
    }

    /// Whether somebody set the key, to whatever value.
    pub fn is_set(&self, key: &str) -> bool {
        self.layers.is_set(key)
    }
}

#[cfg(test)]
mod tests;
