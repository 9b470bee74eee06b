//! The shop's state: durable in an embedded database, hot in memory. Start at [`open`].
//!
//! What a write goes through: the queue of the one writer -> one transaction with all that waits -> the observers, in the
//! order of the log (the catalogue, the hot profiles) -> the acknowledgement. So an answer that starts after the
//! acknowledgement obeys the write. Nothing here knows the wire format or decides what a profile means.

#[cfg(test)]
mod contract;
mod embedded;
mod feeds;
mod hot;

use std::{io, path::Path, path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::domain::{
    catalog::Ids,
    rules::{ErasureRules, IDENTITY_LINKS},
    store::{Observer, Store},
};
pub use embedded::{Embedded, verify};
pub use feeds::HotFeeds;
pub use hot::{HotProfiles, HotStats};

/// What of the store a shop can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many bytes of memory hot profiles may take.
    pub profile_bytes: u64,
    /// How many readers may be at the database at once.
    pub readers: usize,
    /// What comes after an erasure.
    pub erasure: ErasureRules,
    /// How many people an identifier may link.
    pub identity_links: usize,
}

impl Default for Options {
    /// Room for about 100,000 profiles of 2.5 kB, and a reader for each of four threads.
    fn default() -> Self {
        let (erasure, identity_links) = (ErasureRules::default(), IDENTITY_LINKS);
        Self { profile_bytes: 256 << 20, readers: 4, erasure, identity_links }
    }
}

/// Why a data folder can't be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Two writers would tell their own observers only.
    #[error("the data folder {} is in use by another server", .0.display())]
    InUse(PathBuf),
    /// Nobody wrote there yet, or it is another folder that was meant.
    #[error("there is no data in {}: {}", .0.display(), if .0.is_dir() { "nothing was imported or served there yet" } else { "there is no such folder" })]
    NoData(PathBuf),
    /// This server would not know what it drops.
    #[error("the data folder was written by a newer version: its schema is {found}, this server knows up to {known}")]
    Newer {
        /// In the folder.
        found: u32,
        /// The newest of this server.
        known: u32,
    },
    /// Served, this would be an empty shop.
    #[error(
        "{what} in the data folder {}: put the folder back from a backup, or remove it to begin with an empty shop",
        folder.display()
    )]
    Damaged {
        /// Where.
        folder: PathBuf,
        /// What was found.
        what: &'static str,
    },
    /// Of the file system.
    #[error("the data folder can't be used: {0}")]
    Io(io::Error),
    /// Of the database.
    #[error("the database can't be opened: {0}")]
    Database(rusqlite::Error),
}

// Not as sources: who prints errors with theirs would say it once more, and `SQLite` has one more that says the same.
impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// What was found in a data folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Of the tables.
    pub version: u32,
    /// How many there are.
    pub events: u64,
    /// How many there are.
    pub products: u64,
    /// How many there are, those taken back among them.
    pub links: u64,
    /// How many things are wrong.
    pub problems: u64,
    /// The first of them, each a sentence that names rows by number and nobody.
    pub told: Vec<String>,
}

/// The state of one shop, open.
pub struct Opened {
    /// What is durable. [`Embedded::close`] before the end of the process.
    pub store: Arc<Embedded>,
    /// Profiles as the hot path reads them.
    pub profiles: Arc<HotProfiles>,
}

/// Opens a data folder, made where there is none. `observers` are told of every commit, in this order, before the hot
/// profiles are; what was written before they can read from the store that is returned.
///
/// # Errors
/// Where another server has the folder, a newer version wrote it, or the disk does not give it.
pub fn open(
    folder: &Path,
    options: Options,
    ids: Arc<Ids>,
    mut observers: Vec<Arc<dyn Observer>>,
) -> Result<Opened, OpenError> {
    let cache = Arc::new(hot::HotCache::new(ids, options.profile_bytes));
    observers.push(Arc::clone(&cache) as Arc<dyn Observer>);
    let store = Arc::new(Embedded::open_with(folder, options, observers)?);
    let durable: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
    let profiles = Arc::new(HotProfiles::new(cache, durable, options.readers));
    Ok(Opened { store, profiles })
}
