//! Where saved models are found: a folder of names, each with its versions. What can't be served is passed over, aloud.

use std::{fs, io, path::PathBuf};

use crate::domain::catalog::{Ids, Snapshot};
use crate::models::{
    artifact::{self, LoadError},
    train::Trained,
};

/// A folder of models.
#[derive(Debug, Clone)]
pub struct Registry {
    root: PathBuf,
}

/// What was found under a name.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest version that can be served.
    pub model: Option<Trained>,
    /// Newer versions that can't, with the reason, the newest first.
    pub refused: Vec<(String, LoadError)>,
}

impl Registry {
    /// The folder need not be there yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// All versions of a name, the newest first; none where there is no such name. They are not looked into.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub fn versions(&self, name: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.root.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut versions = Vec::new();
        for entry in entries {
            let entry = entry?;
            // Drafts begin with a dot.
            match entry.file_name().into_string() {
                Ok(version) if !version.starts_with('.') && entry.file_type()?.is_dir() => versions.push(version),
                _ => {}
            }
        }
        versions.sort_unstable_by(|a, b| b.cmp(a));
        Ok(versions)
    }

    /// The newest version of a name that is whole and of this shop.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub fn newest(&self, name: &str, catalog: &Snapshot, ids: &Ids) -> io::Result<Found> {
        let mut found = Found::default();
        for version in self.versions(name)? {
            match artifact::load(&self.root.join(name).join(&version), catalog, ids) {
                Ok(model) => {
                    found.model = Some(model);
                    break;
                }
                Err(error) => {
                    tracing::warn!(model = name, version, %error, "saved model refused");
                    found.refused.push((version, error));
                }
            }
        }
        Ok(found)
    }

    /// Saves a model under a name.
    ///
    /// # Errors
    /// Where something can't be written.
    pub fn save(&self, name: &str, model: &Trained) -> io::Result<PathBuf> {
        model.save(&self.root, name)
    }
}
