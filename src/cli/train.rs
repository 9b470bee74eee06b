//! `outfitter train`: from the data folder to a saved model, with its figures.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, bail};
use clap::{Args, builder::PossibleValuesParser};

use super::stdout::{note, print};
use crate::config::Settings;
use crate::domain::catalog::{Catalog, Ids};
use crate::domain::sizing::Sizes;
use crate::domain::store::Store as _;
use crate::models::{Registry, Run, SOURCES, SourceSet, StoredLog, train};
use crate::server;
use crate::store::Embedded;

/// How to train.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Decides every choice by lot: the same log and seed give the same model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leaves a source of candidates out, to see what it is worth; may be given again.
    #[arg(long, value_name = "SOURCE", value_parser = PossibleValuesParser::new(SOURCES))]
    without: Vec<String>,
    /// Puts the model into service though it is worse than the one that is.
    #[arg(long)]
    activate_anyway: bool,
}

/// Trains on the log in the data folder, beside the server that may be running on it; saves, prints the card and puts the
/// model into service, which the server takes up within seconds. What is worse than the model in service is saved only.
pub fn run(args: &TrainArgs, settings: &Settings) -> anyhow::Result<()> {
    let began = Instant::now();
    let ids = Arc::new(Ids::default());
    let catalog = Arc::new(Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &settings.rules));
    let store = Embedded::open_to_read(&settings.data)?.with_identity_links(settings.rules.identity_links);
    server::read_catalog(&store, &catalog, store.counts()?.products)?;
    let (log, snapshot) = (StoredLog::new(&store), catalog.snapshot());
    let registry = Registry::new(&settings.models);
    let incumbent = registry.active(server::MODEL, &snapshot, &ids).context("reading the folder of models")?.model;
    let mut progress = |step: &str| note(format_args!("{:>8.1?}  {step}", began.elapsed()));
    let sources = SourceSet::all().without(&args.without)?;
    let run = Run { seed: args.seed, incumbent: incumbent.as_ref(), sources, ..Run::default() };
    let trained = train(&log, &snapshot, &ids, &settings.rules, run, &mut progress)
        .context("no model was made; what is served stays")?;
    let in_service = incumbent.as_ref().map(|incumbent| &*incumbent.card.version);
    let (place, activated) =
        registry.adopt(server::MODEL, &trained, in_service, args.activate_anyway).context("saving the model")?;
    print(&(trained.card_text() + "\n"))?;
    note(format_args!("{:>8.1?}  saved in {}", began.elapsed(), place.display()));
    if let Some(against) = &trained.card.against {
        note(format_args!("{:>8.1?}  {}", began.elapsed(), against.words()));
    }
    if !activated {
        bail!(
            "the model {} is worse than {}, which stays in service; --activate-anyway puts it in service all the same",
            trained.card.version,
            in_service.unwrap_or_default()
        );
    }
    note(format_args!("{:>8.1?}  {} is in service", began.elapsed(), trained.card.version));
    Ok(())
}
