//! `outfitter config`: what is in force, as a file that could be given back.

use std::io::{self, Write as _};

use crate::config::Config;

/// Prints it.
pub fn run(config: &Config) -> anyhow::Result<()> {
    match io::stdout().write_all(config.in_force().as_bytes()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
