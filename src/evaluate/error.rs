//! Why nothing could be measured, in words for whoever has the files and the options.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why there is no report. Nothing was written.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A file could not be opened or read from its beginning.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can't be used as it is: no header, no such column, no usable row.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why, with the nearest known name where one was misspelt.
        reason: String,
    },
    /// The options don't fit each other or the data.
    #[error("{0}")]
    Options(String),
    /// There is nothing to learn from or to ask: too few rows, customers or products are left, or none are of test.
    #[error("{0}")]
    TooLittle(String),
    /// A result could not be written.
    #[error("writing {}: {source}", path.display())]
    Unwritten {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A model could not be made.
    #[error("{model}: {reason}")]
    Model {
        /// Which.
        model: String,
        /// Why.
        reason: String,
    },
}

impl EvaluateError {
    /// Of a file.
    pub fn file(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::File { path: path.into(), reason: reason.into() }
    }

    /// Of a model.
    pub fn model(model: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Model { model: model.into(), reason: reason.into() }
    }
}
