//! `outfitter train`: from the data folder to a saved model, with its figures.

use std::{sync::Arc, time::Instant};

use anyhow::Context as _;
use clap::Args;

use crate::config::Settings;
use crate::domain::catalog::{Catalog, Ids};
use crate::domain::size::Sizes;
use crate::domain::store::Store as _;
use crate::models::{Registry, StoredLog, train};
use crate::server;
use crate::store::Embedded;

/// How to train.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Decides every choice by lot: the same log and seed give the same model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Trains on the log in the data folder, beside the server that may be running on it; saves, and prints the card. The server
/// takes the model up within seconds.
pub fn run(args: &TrainArgs, settings: &Settings) -> anyhow::Result<()> {
    let began = Instant::now();
    let ids = Arc::new(Ids::default());
    let catalog = Arc::new(Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &settings.rules));
    let store = Embedded::open_to_read(&settings.data).context("opening the data folder")?;
    server::read_catalog(&store, &catalog, store.counts()?.products)?;
    let log = StoredLog::new(&store);
    let mut progress = |step: &str| eprintln!("{:>8.1?}  {step}", began.elapsed());
    let trained = train(&log, &catalog.snapshot(), &ids, &settings.rules, args.seed, &mut progress)
        .context("no model was made; what is served stays")?;
    let place = Registry::new(&settings.models).save(server::MODEL, &trained).context("saving the model")?;
    println!("{}", trained.card_text());
    eprintln!("{:>8.1?}  saved in {}", began.elapsed(), place.display());
    Ok(())
}
