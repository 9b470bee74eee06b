//! The command line: what can be asked of the program, and where each command is.
//!
//! Flags become configuration here; what a command does stands in its own file under `cli/`.

mod config;
mod demo;
mod evaluate;
mod health;
mod import;
pub mod progress;
mod serve;
mod stdout;
mod train;
mod verify;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Given, load};

/// Personalization and recommendation for online shops, over gRPC.
#[derive(Debug, Parser)]
#[command(name = "outfitter", version, about, max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a shop up, train on its year, serve it and show what customers get.
    Demo(demo::Demo),
    /// Serve the shop in the data folder.
    Serve,
    /// Learn the ranking from the event log and save it as a model.
    Train(train::TrainArgs),
    /// Measure what the models are worth on CSV files, beside the best that others published.
    Evaluate(evaluate::EvaluateArgs),
    /// Read files of products, events or customers into the data folder.
    Import(import::Import),
    /// Look whether the data folder is whole: pages, indexes, and every event as it was written. A change within a product or
    /// a link that can still be read is not found.
    Verify,
    /// Ask the server at the configured address whether it serves; for containers.
    Health,
    /// Print the configuration that is in force, and where each value comes from.
    Config,
}

/// Flags that set keys of the configuration. Any key can be set by `--set`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub struct SettingsArgs {
    /// A configuration file; deploy/outfitter.toml documents every key. Also: `OUTFITTER_CONFIG`.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The host, by number or name, and the port to serve on; port 0 takes any free one.
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// The folder that holds the state.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<String>,
    /// The folder that holds trained models.
    #[arg(long, global = true, value_name = "FOLDER")]
    models: Option<String>,
    /// What is logged: "info", "warn,outfitter=debug".
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// How it is logged: text or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Sets any key of the configuration. Can be given more than once.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
}

impl SettingsArgs {
    /// With the environment as it is.
    fn given(self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Given {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let named = [
            ("--listen", "listen", self.listen),
            ("--data", "data", self.data),
            ("--models", "models", self.models),
            ("--log", "log.filter", self.log),
            ("--log-format", "log.format", self.log_format),
        ];
        let named = named.into_iter().filter_map(|(flag, key, value)| Some((flag.into(), key.into(), value?)));
        let set = self.set.into_iter().map(|(key, value)| (format!("--set {key}"), key, value));
        Given {
            file: self.config,
            environment: environment.into_iter().filter_map(text).collect(),
            flags: named.chain(set).collect(),
        }
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Does what the arguments of this process ask for.
pub fn run() -> ExitCode {
    let Cli { mut settings, command } = Cli::parse();
    if matches!(command, Command::Evaluate(_)) {
        // There the flag names the files to measure on.
        settings.data = None;
    }
    let done = load(&settings.given(std::env::vars_os())).map_err(anyhow::Error::from);
    match done.and_then(|config| obey(command, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stdout::note(format_args!("outfitter: {}", causes(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong and why, each cause once: many errors name theirs in their own text already.
fn causes(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if told.contains(&text) {
            continue;
        }
        if !told.is_empty() {
            told.push_str(": ");
        }
        told.push_str(&text);
    }
    told
}

fn obey(command: Command, config: Config) -> anyhow::Result<()> {
    for warning in &config.warnings {
        stdout::note(format_args!("outfitter: {warning}"));
    }
    match command {
        Command::Demo(demo) => {
            let folder_asked_for = config.is_set("data");
            demo::run(&demo, config.settings, folder_asked_for)
        }
        Command::Serve => serve::run(config.settings),
        Command::Train(args) => train::run(&args, &config.settings),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Import(what) => import::run(what, &config.settings),
        Command::Verify => verify::run(&config.settings),
        Command::Health => health::run(&config.settings),
        Command::Config => config::run(&config),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn each_cause_is_told_once() {
        let error = anyhow::anyhow!("no such file").context("a.toml can't be read: no such file").context("serve");
        assert_eq!(causes(&error), "serve: a.toml can't be read: no such file");
        assert_eq!(causes(&anyhow::anyhow!("b").context("a")), "a: b");
    }

    #[test]
    fn data_of_an_evaluation_is_files() {
        let line = ["outfitter", "evaluate", "fit", "--data", "a.csv", "b.csv", "--seed", "2"];
        let cli = Cli::try_parse_from(line).unwrap();
        assert!(matches!(cli.command, Command::Evaluate(_)));
        let line = ["outfitter", "--data", "folder", "serve"];
        assert_eq!(Cli::try_parse_from(line).unwrap().settings.data.as_deref(), Some("folder"));
    }

    #[test]
    fn flags_stand_behind_the_command_as_well_as_before_it() {
        let cli = Cli::try_parse_from(["outfitter", "serve", "--listen", "127.0.0.1:0", "--set", "log.filter=off"]);
        let given = cli.unwrap().settings.given([]);
        let keys: Vec<_> =
            given.flags.iter().map(|(flag, key, value)| (flag.as_str(), key.as_str(), value.as_str())).collect();
        assert_eq!(keys, [("--listen", "listen", "127.0.0.1:0"), ("--set log.filter", "log.filter", "off")]);
    }
}
