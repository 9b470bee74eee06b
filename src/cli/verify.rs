//! `outfitter verify`: whether a data folder is whole.

use std::fmt::Write as _;

use anyhow::bail;

use super::stdout::print;
use crate::config::Settings;
use crate::import::load::grouped;
use crate::store::{self, Verified};

/// Looks through the data folder, beside the server that may have it, and prints what is in it and what is wrong.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    let Verified { version, events, products, links, problems, told } = store::verify(&settings.data)?;
    let mut out = String::new();
    for problem in &told {
        writeln!(out, "{problem}")?;
    }
    let more = problems.saturating_sub(told.len() as u64);
    if more > 0 {
        writeln!(out, "... and {} more", grouped(more))?;
    }
    for (count, what) in [(events, "events"), (products, "products"), (links, "links")] {
        writeln!(out, "{:>12}  {what}", grouped(count))?;
    }
    if problems > 0 {
        print(&out)?;
        bail!(
            "{} is damaged: {} found; put it back from a backup",
            settings.data.display(),
            if problems == 1 { "1 problem".to_owned() } else { format!("{} problems", grouped(problems)) }
        );
    }
    writeln!(out, "{} is whole (tables of version {version})", settings.data.display())?;
    print(&out)?;
    Ok(())
}
