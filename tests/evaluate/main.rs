//! `outfitter evaluate` from outside: every protocol on small files made up here, in good condition and in bad, and the splits
//! of the published sets.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod bad_input;
mod command;
mod files;
mod good_input;
mod published;

use std::path::PathBuf;

use outfitter::eval::{EvaluateError, Options, Protocol, Report, options::Files, run};

/// The protocols of these names, as far as the program has them.
fn protocols(names: &'static [&'static str]) -> impl Iterator<Item = (&'static str, Protocol)> {
    Protocol::NAMED.iter().copied().filter(|(name, _)| names.contains(name))
}

/// Those whose questions are answered by lists of items.
const OF_LISTS: &[&str] = &["sessions", "next-basket", "discovery", "cart"];

/// A run over one file, quietly.
fn measure(protocol: Protocol, path: PathBuf, set: impl FnOnce(&mut Options)) -> Result<Report, EvaluateError> {
    let mut options = Options::new(Files::Whole(vec![path]));
    set(&mut options);
    run(protocol, &options, &mut |_| {})
}
