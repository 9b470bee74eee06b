//! Why nothing could be measured, in words for whoever has the files and the options.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why there is no report. Nothing was written. Each says all in its own words and has no source, which who prints errors
/// with their sources would say once more.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A file could not be opened or read from its beginning.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: io::Error,
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
    #[error("writing {}: {reason}", path.display())]
    Unwritten {
        /// Where to.
        path: PathBuf,
        /// Why.
        reason: io::Error,
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

    /// With what is worth knowing of the files, a line each, where too little of them is left: it may be why.
    pub fn noting(mut self, notes: &[String]) -> Self {
        if let Self::TooLittle(reason) | Self::Model { reason, .. } = &mut self {
            for note in notes {
                reason.extend(["\nnote      ", note]);
            }
        }
        self
    }

    /// Of a model.
    pub fn model(model: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Model { model: model.into(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_said_once_with_all_sources_printed() {
        let absent = || io::Error::new(io::ErrorKind::NotFound, "not there");
        let check = |error: EvaluateError, expected: &str| {
            assert_eq!(format!("{:#}", anyhow::Error::from(error)), expected);
        };
        check(EvaluateError::Unreadable { path: "a.csv".into(), reason: absent() }, "a.csv: not there");
        check(EvaluateError::Unwritten { path: "b".into(), reason: absent() }, "writing b: not there");
    }
}
