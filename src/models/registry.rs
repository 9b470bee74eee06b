//! Where saved models are found, and which of them is in service: a folder of names, each with its versions and a pointer.
//!
//! The pointer is the small file `active` beside the versions: the versions that were put into service, the newest last,
//! one a line, each once: going back never leads to what was just gone back from. It is written beside its place and renamed,
//! under a lock that all processes take. Where there is none, the newest version that is whole serves. What can't be served is passed over, aloud.

pub(crate) mod artifact;
pub(crate) mod model_card;
pub(crate) mod tensors;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::domain::catalog::{Ids, Snapshot};
use crate::models::{
    registry::{
        artifact::LoadError,
        model_card::{Against, Card},
    },
    training::train::Trained,
};

const POINTER: &str = "active";
const LOCK: &str = ".lock";
/// The pointer forgets what was in service before so many changes.
const REMEMBERED: usize = 100;

/// A folder of models.
#[derive(Debug, Clone)]
pub struct Registry {
    root: PathBuf,
}

/// What was found under a name.
#[derive(Debug, Default)]
pub struct Found {
    /// The version that is to serve.
    pub model: Option<Trained>,
    /// Versions that should have, but can't, with the reason, in the order in which they were tried.
    pub refused: Vec<(String, LoadError)>,
}

/// Why the version in service stays the one it is.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// There is no folder of it.
    #[error("no saved model has the version {0:?}")]
    Unknown(String),
    /// It is there, and is not fit to serve.
    #[error("the saved model {version} can't be served: {error}")]
    Refused {
        /// Of the model.
        version: String,
        /// Why.
        error: LoadError,
    },
    /// Nothing to roll back to.
    #[error("no other model was in service before")]
    NoneBefore,
    /// Of the folder, or of the pointer.
    #[error("the folder of models: {0}")]
    Io(#[from] io::Error),
}

impl Registry {
    /// The folder need not be there yet.
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
            match entry.file_name().into_string() {
                Ok(version) if may_be_version(&version) && entry.file_type()?.is_dir() => versions.push(version),
                _ => {}
            }
        }
        versions.sort_unstable_by(|a, b| b.cmp(a));
        Ok(versions)
    }

    /// The version that should be in service: the pointer's, else the newest. It is not looked into.
    ///
    /// # Errors
    /// Where the folder can't be read or the pointer is damaged.
    pub fn pointed(&self, name: &str) -> io::Result<Option<String>> {
        match self.pointer(name)? {
            Some(mut served) => Ok(served.pop()),
            None => Ok(self.versions(name)?.into_iter().next()),
        }
    }

    /// The version that is to serve: the pointer's; where that can't, those that served before, the newest first; then all
    /// others, the newest first.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub fn active(&self, name: &str, catalog: &Snapshot, ids: &Ids) -> io::Result<Found> {
        let served = self.pointer(name).unwrap_or_else(|error| {
            tracing::warn!(model = name, %error, "the pointer to the model in service can't be read");
            None
        });
        let mut order: Vec<String> = Vec::new();
        for version in served.unwrap_or_default().into_iter().rev().chain(self.versions(name)?) {
            if !order.contains(&version) {
                order.push(version);
            }
        }
        let mut found = Found::default();
        for version in order {
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

    /// One version, looked through.
    ///
    /// # Errors
    /// Where there is no such version, or it can't be served.
    pub fn load(&self, name: &str, version: &str, catalog: &Snapshot, ids: &Ids) -> Result<Trained, RegistryError> {
        let refused = |error| RegistryError::Refused { version: version.to_owned(), error };
        artifact::load(&self.folder(name, version)?, catalog, ids).map_err(refused)
    }

    /// What a version says of itself.
    ///
    /// # Errors
    /// Where there is no such version, or its manifest can't be read.
    pub fn card(&self, name: &str, version: &str) -> Result<Card, RegistryError> {
        let refused = |error| RegistryError::Refused { version: version.to_owned(), error };
        artifact::card(&self.folder(name, version)?).map_err(refused)
    }

    /// Points at a version, which MUST be fit to serve. `in_service` is what served until now, remembered where no pointer
    /// tells of it.
    ///
    /// # Errors
    /// Where there is no such version, or the pointer can't be written; then it is as it was.
    pub fn activate(&self, name: &str, version: &str, in_service: Option<&str>) -> Result<(), RegistryError> {
        self.folder(name, version)?;
        let _lock = self.lock(name)?;
        let mut served = self.served_or(name, in_service);
        served.retain(|other| other != version);
        served.push(version.to_owned());
        Ok(self.point(name, &served)?)
    }

    /// Points at what was in service before `in_service`, looked through: the newest of it that can still be served. What was
    /// gone back from is forgotten.
    ///
    /// # Errors
    /// Where nothing was, or nothing of it can be served any more; then the pointer is as it was.
    pub fn roll_back(
        &self,
        name: &str,
        in_service: Option<&str>,
        catalog: &Snapshot,
        ids: &Ids,
    ) -> Result<Trained, RegistryError> {
        if self.pointer(name)?.is_none() {
            return Err(RegistryError::NoneBefore);
        }
        let _lock = self.lock(name)?;
        let mut served = self.pointer(name)?.unwrap_or_default();
        served.pop();
        // Where the newest can't be served, an older one is in service already.
        if let Some(place) = served.iter().position(|version| in_service == Some(version)) {
            served.truncate(place);
        }
        let mut first_error = None;
        while let Some(former) = served.last() {
            match self.load(name, former, catalog, ids) {
                Ok(model) => {
                    self.point(name, &served)?;
                    return Ok(model);
                }
                Err(error) => {
                    tracing::warn!(model = name, %error, "it can't be gone back to");
                    first_error.get_or_insert(error);
                    served.pop();
                }
            }
        }
        Err(first_error.unwrap_or(RegistryError::NoneBefore))
    }

    /// Saves a model under a name, beside the one in service.
    ///
    /// # Errors
    /// Where something can't be written.
    pub fn save(&self, name: &str, model: &Trained) -> io::Result<PathBuf> {
        model.save(&self.root, name)
    }

    /// Saves a model and puts it into service, unless it is worse than the one that is: then only with `anyway`. Gives its
    /// folder, and whether it is in service.
    ///
    /// # Errors
    /// Where something can't be written.
    pub fn adopt(
        &self,
        name: &str,
        model: &Trained,
        in_service: Option<&str>,
        anyway: bool,
    ) -> Result<(PathBuf, bool), RegistryError> {
        let is_worse = model.card.against.as_ref().is_some_and(Against::is_worse);
        let activated = anyway || !is_worse;
        if !activated && self.root.join(name).is_dir() {
            // Without a pointer the newest would serve, and that is the worse one as soon as it is saved.
            let _lock = self.lock(name)?;
            self.point(name, &self.served_or(name, in_service))?;
        }
        let place = self.save(name, model)?;
        if activated {
            self.activate(name, &model.card.version, in_service)?;
        }
        Ok((place, activated))
    }

    fn folder(&self, name: &str, version: &str) -> Result<PathBuf, RegistryError> {
        let place = self.root.join(name).join(version);
        let is_there = may_be_version(version) && place.is_dir();
        is_there.then_some(place).ok_or_else(|| RegistryError::Unknown(version.to_owned()))
    }

    /// The versions that were in service, the newest last; `None` where nothing points.
    fn pointer(&self, name: &str) -> io::Result<Option<Vec<String>>> {
        let path = self.root.join(name).join(POINTER);
        let damaged =
            |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged: {what}", path.display()));
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        let served: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        if let Some(odd) = served.iter().find(|version| !may_be_version(version)) {
            return Err(damaged(format!("{odd:?} is no version")));
        }
        if served.is_empty() {
            return Err(damaged("it names no version".to_owned()));
        }
        Ok(Some(served))
    }

    /// What was in service, as the pointer tells it or, where it does not, as the caller does.
    fn served_or(&self, name: &str, in_service: Option<&str>) -> Vec<String> {
        let pointer = self.pointer(name).unwrap_or_else(|error| {
            tracing::warn!(model = name, %error, "the pointer to the model in service is written anew");
            None
        });
        pointer.unwrap_or_else(|| in_service.map(str::to_owned).into_iter().collect())
    }

    fn point(&self, name: &str, served: &[String]) -> io::Result<()> {
        if served.is_empty() {
            return Ok(());
        }
        let folder = self.root.join(name);
        let draft = folder.join(".active");
        let newest = &served[served.len().saturating_sub(REMEMBERED)..];
        let mut file = File::create(&draft)?;
        file.write_all((newest.join("\n") + "\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(POINTER))?;
        sync(&folder)
    }

    /// Held while the pointer is read and written: a training and a server may both change it.
    fn lock(&self, name: &str) -> io::Result<File> {
        let path = self.root.join(name).join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(file)
    }
}

/// Makes a rename in the folder outlive a loss of power.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Drafts begin with a dot, and no version leads out of its folder.
fn may_be_version(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\']) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests;
