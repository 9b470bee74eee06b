//! Whether the files are still those that were opened. A folder that was removed or replaced under the server can be written to
//! until the server stops, and then all of that is gone.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{domain::store::StoreError, store::embedded::schema};

/// What was opened, and what is wrong with it since.
#[derive(Debug)]
pub(super) struct Watch {
    folder: PathBuf,
    /// Each with its device and its number on it.
    files: Vec<(PathBuf, u64, u64)>,
    /// The first that was found: nothing heals by itself.
    fault: OnceLock<StoreError>,
}

impl Watch {
    /// The files of a folder as they are now.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let log = format!("{}-wal", schema::FILE);
        let identified = |name: &str| {
            let path = folder.join(name);
            let file = fs::metadata(&path)?;
            Ok((path, file.dev(), file.ino()))
        };
        let files = ["lock", schema::FILE, &log].into_iter().map(identified).collect::<io::Result<_>>()?;
        Ok(Self { folder: folder.to_owned(), files, fault: OnceLock::new() })
    }

    /// Nothing to be watched: whoever only reads loses nothing.
    pub(super) fn of_reader(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), files: Vec::new(), fault: OnceLock::new() }
    }

    /// What is wrong, if anything: looks at the files.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone());
        }
        let same = |(path, device, number): &(PathBuf, u64, u64)| {
            fs::metadata(path).is_ok_and(|file| (file.dev(), file.ino()) == (*device, *number))
        };
        // An empty database was cut short: its first page is written when it is made.
        let is_empty = || fs::metadata(self.folder.join(schema::FILE)).is_ok_and(|file| file.len() == 0);
        if self.files.iter().all(same) && !is_empty() {
            return Ok(());
        }
        self.note(&StoreError::Lost);
        Err(StoreError::Lost)
    }

    /// How large the database is.
    pub(super) fn database_bytes(&self) -> u64 {
        fs::metadata(self.folder.join(schema::FILE)).map_or(0, |file| file.len())
    }

    /// Keeps an error that says that the files can't be relied upon; says it once in the log.
    pub(super) fn note(&self, error: &StoreError) {
        let lasts = matches!(error, StoreError::Lost | StoreError::Damaged(_));
        if lasts && self.fault.set(error.clone()).is_ok() {
            tracing::error!(folder = %self.folder.display(), "{error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::Embedded;

    #[test]
    fn a_folder_that_is_no_longer_the_same_is_noticed_for_good() {
        let check = |harm: fn(&Path)| {
            let folder = tempfile::tempdir().unwrap();
            let data = folder.path().join("data");
            let _store = Embedded::open(&data, 1, Vec::new()).unwrap();
            let watch = Watch::new(&data).unwrap();
            assert!(watch.check().is_ok());
            harm(&data);
            assert!(matches!(watch.check(), Err(StoreError::Lost)));
            let _ = fs::create_dir(&data);
            assert!(matches!(watch.check(), Err(StoreError::Lost)));
        };
        check(|data| fs::remove_dir_all(data).unwrap());
        check(|data| fs::remove_file(data.join("lock")).unwrap());
        check(|data| fs::remove_file(data.join("outfitter.sqlite3-wal")).unwrap());
        check(|data| drop(fs::File::create(data.join("outfitter.sqlite3")).unwrap()));
        check(|data| {
            fs::rename(data, data.with_extension("moved")).unwrap();
            drop(Embedded::open(data, 1, Vec::new()).unwrap());
        });
    }
}
