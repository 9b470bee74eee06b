//! The shop's own texts from a folder, read once at start-up. What is not named "*.ftl" is left alone.

use std::{fs, path::Path};

use crate::domain::{Locale, text::TextError};

/// Every locale file of the folder, in the order of names.
///
/// # Errors
/// Where the folder or a file can't be read as UTF-8, or a file is not named after a locale.
pub fn files_in(folder: &Path) -> Result<Vec<(Locale, String)>, TextError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TextError::Read { path, source }
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let locale = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let locale: Locale = locale.ok_or_else(|| TextError::FileName(path.clone()))?;
        files.push((locale, fs::read_to_string(&path).map_err(failed(&path))?));
    }
    Ok(files)
}
