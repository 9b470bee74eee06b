//! `outfitter config`: what is in force, as a file that could be given back.

use super::stdout::print;
use crate::config::Config;

/// Prints it.
pub fn run(config: &Config) -> anyhow::Result<()> {
    Ok(print(&config.in_force())?)
}
