//! `outfitter demo`: a made-up shop, from nothing to answers, in a folder of its own. Then it stays up.

mod walkthrough;

use std::{
    io,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{progress::Progress, serve::say_listening, stdout::print};
use crate::config::{LogFormat, Settings};
use crate::demo::{self, DemoShop, Scale};
use crate::domain::Timestamp;
use crate::domain::shop::Shop;
use crate::domain::store::Write;
use crate::models::{self, Registry, Run, StoredLog};
use crate::server::{self, Running};
use crate::telemetry;

/// Writes that go to the store at once.
const BATCH: usize = 2_048;

/// What the made-up shop is like.
#[derive(Debug, Args)]
pub struct Demo {
    /// The same seed makes the same shop.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Products, each with its sizes and colours.
    #[arg(long, default_value_t = Scale::default().products, value_parser = at_least_one)]
    products: usize,
    /// Customers with an account.
    #[arg(long, default_value_t = Scale::default().customers)]
    customers: usize,
    /// Days of events.
    #[arg(long, default_value_t = Scale::default().days, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// Shows what there is to see and ends, instead of staying up.
    #[arg(long)]
    once: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a number above zero".to_owned())
}

/// Makes the shop, trains, serves, shows. The state goes into the folder that was asked for, which must be empty, or else
/// into a temporary one that is gone at the end.
pub fn run(demo: &Demo, settings: Settings, folder_asked_for: bool) -> anyhow::Result<()> {
    telemetry::start(&settings.log.filter, settings.log.format == LogFormat::Json).context("log.filter")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if folder_asked_for {
        return runtime.block_on(show(demo, settings));
    }
    let folder = tempfile::Builder::new().prefix("outfitter-demo-").tempdir()?;
    let settings = Settings { data: folder.path().join("data"), models: folder.path().join("models"), ..settings };
    runtime.block_on(show(demo, settings))
}

async fn show(demo: &Demo, settings: Settings) -> anyhow::Result<()> {
    let models = Registry::new(&settings.models);
    let running = server::start(settings).await?;
    if running.counts.products + running.counts.events > 0 {
        bail!("the data folder holds a shop already; the demo needs an empty one");
    }
    let scale = Scale { products: demo.products, customers: demo.customers, days: demo.days };
    let began = Instant::now();
    let shop = demo::shop(demo.seed, scale, now()?);
    say(began.elapsed(), &format!("made a shop of {} products and {} events", shop.products.len(), shop.events.len()))?;
    fill(&running.shop, &shop).await?;
    train(&running, demo.seed, &models).await?;
    print("\n")?;
    walkthrough::go(running.addr, &shop).await?;
    if !demo.once {
        print(&(walkthrough::calls(running.addr) + "\n"))?;
        say_listening(running.addr)?;
        print("ctrl-c ends it\n")?;
        tokio::signal::ctrl_c().await?;
    }
    running.stop().await;
    Ok(())
}

/// Writes everything through the store, as calls and imports do.
async fn fill(shop: &Shop, made: &DemoShop) -> anyhow::Result<()> {
    let products = made.products.iter().cloned().map(Write::Upsert);
    let mut writes = products
        .chain(made.stock.iter().cloned().map(Write::Stock))
        .chain(made.events.iter().cloned().map(Write::Event));
    let total = (made.products.len() + made.stock.len() + made.events.len()) as u64;
    let progress = Progress::start("writing", Some(total));
    let mut done = 0;
    loop {
        let batch: Vec<Write> = writes.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        done += batch.len() as u64;
        for written in shop.store.write(batch).await? {
            written.context("the made-up shop is not sound")?;
        }
        progress.set(done);
        progress.count(done, "writes");
    }
    progress.finish();
    say(progress.elapsed(), &format!("wrote them, each batch of {BATCH} durable before the next"))?;
    Ok(())
}

async fn train(running: &Running, seed: u64, models: &Registry) -> anyhow::Result<()> {
    let progress = Progress::start("training", None);
    let shop = &running.shop;
    let (catalog, log) = (shop.catalog.snapshot(), StoredLog::new(&*shop.store));
    let run = Run { seed, ..Run::default() };
    let trained = models::train(&log, &catalog, shop.catalog.ids(), &shop.rules, run, &mut |step| progress.say(step))?;
    progress.finish();
    models.adopt(server::MODEL, &trained, None, false)?;
    running.versions.activate(&trained.card.version, true).await?;
    say(progress.elapsed(), "trained on them and swapped the model in")?;
    let mut figures = String::new();
    trained.card.rankings.iter().for_each(|ranking| ranking.write_figures(&mut figures));
    Ok(print(&format!("\n{figures}\n"))?)
}

fn say(took: Duration, what: &str) -> io::Result<()> {
    print(&format!("{:5.1} s  {what}\n", took.as_secs_f64()))
}

/// A made-up year ends when the demo begins.
fn now() -> anyhow::Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    Ok(Timestamp(i64::try_from(since.as_millis())?))
}
