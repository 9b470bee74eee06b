//! A file that is there whole or not at all: it is written beside its place and moved there at the end.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::eval::error::EvaluateError;

/// Writes a file. What stood in its place stays there until the new one is whole.
///
/// # Errors
/// Where that is refused, or `fill` fails; nothing is left behind, then.
pub fn write(path: &Path, fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<(), EvaluateError> {
    let beside = beside(path);
    let written = fill_and_move(&beside, path, fill);
    written.map_err(|reason| {
        // It may not be there at all.
        let _absent = fs::remove_file(&beside);
        EvaluateError::Unwritten { path: path.to_owned(), reason }
    })
}

/// Fails where a file could not be written later on: a run takes minutes, and a folder misspelt should show before it.
///
/// # Errors
/// Where no file can be made beside the place.
pub fn check(path: &Path) -> Result<(), EvaluateError> {
    let beside = beside(path);
    let refused = |reason| EvaluateError::Unwritten { path: path.to_owned(), reason };
    if path.is_dir() {
        return Err(refused(io::Error::new(io::ErrorKind::IsADirectory, "there is a folder of this name")));
    }
    File::create(&beside).map_err(refused)?;
    fs::remove_file(&beside).map_err(refused)
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn fill_and_move(beside: &Path, path: &Path, fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(beside)?);
    fill(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(beside, path)
}
