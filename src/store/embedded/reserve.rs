//! Space that is kept for the day when the disk is full: deleting needs room in the write-ahead log, and an erasure must go in
//! all the same.
//!
//! A file of zeros that nobody reads. A file system that compresses keeps no space for it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The name of the file within the data folder.
pub(super) const FILE: &str = "reserve";

/// Room for two thousand pages of the log: the deletion of some hundreds of events that stand far apart.
const BYTES: usize = 8 << 20;

const CHUNK: usize = 1 << 14;

/// The space, kept or given up.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    kept: bool,
}

impl Reserve {
    /// Keeps the space in a folder, where there is so much.
    pub(super) fn keep(folder: &Path) -> Self {
        let mut reserve = Self { path: folder.join(FILE), kept: false };
        reserve.kept = fs::metadata(&reserve.path).is_ok_and(|file| file.len() == BYTES as u64);
        if !reserve.refill() {
            tracing::warn!("there is no space to keep for erasures on a full disk; it is tried again");
        }
        reserve
    }

    /// Whether the space is kept.
    pub(super) const fn is_kept(&self) -> bool {
        self.kept
    }

    /// Gives the space to whoever writes next.
    pub(super) fn release(&mut self) {
        self.kept = false;
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the space that is kept for erasures could not be given up");
        }
    }

    /// Takes the space again. False where there is not so much.
    pub(super) fn refill(&mut self) -> bool {
        if !self.kept {
            self.kept = fill(&self.path).is_ok();
            if !self.kept {
                self.release();
            }
        }
        self.kept
    }
}

fn fill(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    for _ in 0..BYTES / CHUNK {
        file.write_all(&[0; CHUNK])?;
    }
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_kept_given_up_and_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let on_disk = || fs::metadata(folder.path().join(FILE)).map(|file| file.len()).unwrap_or_default();
        let mut reserve = Reserve::keep(folder.path());
        assert_eq!((reserve.is_kept(), on_disk()), (true, BYTES as u64));
        reserve.release();
        assert_eq!((reserve.is_kept(), on_disk()), (false, 0));
        assert!(reserve.refill());
        // What an interrupted start left half is made whole.
        File::create(folder.path().join(FILE)).unwrap();
        assert!(Reserve::keep(folder.path()).is_kept());
        assert_eq!(on_disk(), BYTES as u64);
        let nowhere = Reserve::keep(&folder.path().join("absent"));
        assert!(!nowhere.is_kept());
    }
}
