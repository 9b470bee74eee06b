//! `outfitter evaluate`: what the models are worth on files of anybody's, beside the best that others published.

use std::{
    io::{IsTerminal as _, stderr},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use regex::Regex;

use crate::cli::{progress::Progress, stdout};
use crate::eval::{
    self, Protocol,
    options::{Files, Options},
    split::Split,
    whole_file,
};
use crate::models::SOURCES;

/// What to measure, and on which files.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct EvaluateArgs {
    /// What is asked: the next item of a session, the next basket, an item that is new to the customer, what else
    /// is in an order, or whether a size fits.
    #[arg(value_name = "PROTOCOL", value_parser = named(Protocol::NAMED))]
    protocol: Protocol,
    /// CSV files with a header, plain or gzip; several are read as one. What they are called means nothing.
    // Shares its id with the flag of all commands that names the state's folder, and stands in its stead here: it takes
    // texts, since that one does.
    #[arg(id = "data", long = "data", value_name = "FILE", num_args = 1.., required_unless_present = "train")]
    files: Vec<String>,
    /// A CSV file with columns of the products.
    #[arg(long, value_name = "FILE")]
    join: Option<PathBuf>,
    /// The column by which it is joined, in both files.
    #[arg(long, value_name = "COLUMN", default_value = "item_id", requires = "join")]
    join_key: String,
    /// The column that says which item a row is of; it may be one of the joined file.
    #[arg(long, value_name = "COLUMN", default_value = "item_id")]
    item_column: String,
    /// Rows whose item does not match this regular expression are left out.
    #[arg(long, value_name = "REGEX")]
    item_pattern: Option<Regex>,
    /// What is test: as the column "split" says, the last fifth in time, or a fifth by a hash of the row's number. Without,
    /// the column where there is one, else as the protocol has it.
    #[arg(long, value_name = "HOW", value_parser = named(Split::NAMED))]
    split: Option<Split>,
    /// Leave a source of candidates out of the blend, to see what it is worth; may be given again.
    #[arg(long, value_name = "SOURCE", value_parser = PossibleValuesParser::new(SOURCES))]
    without: Vec<String>,
    /// Decides every choice by lot: the same files and seed give the same figures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the sha256 of the test keys and end: whether the files are parted as somebody else's were.
    #[arg(long, conflicts_with_all = ["json", "predictions", "train"])]
    keys: bool,
    /// Write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the blend's answer to each question, tab-separated: the key of the question, then 20 ids with their scores; of
    /// `fit`, three probabilities.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Learn from these files, and ask after --queries. Only answers are written: what is true is not in sight.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "queries", requires = "predictions")]
    #[arg(conflicts_with_all = ["data", "split"])]
    train: Vec<PathBuf>,
    /// What came before each question, in the layout of --train.
    #[arg(long, value_name = "FILE", requires = "train")]
    queries: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Columns, by their names in the header:
  sessions     session_id, item_id, and pos or ts_ms
  next-basket  customer_id, item_id, and basket_seq, or ts_ms with invoice or basket_id; qty where sales may be taken back
  discovery    customer_id, item_id, ts_ms
  cart         invoice or basket_id, or customer_id with basket_seq; item_id, and ts_ms where the column split is absent
  fit          customer_id, item_id, size, fit (small, fit, large), and where known category, body_type, weight_lbs,
               height_in, age, bust_band_in, bust_cup
  split        train or history, and test or future, where the file says what is test

Example:
  outfitter evaluate discovery --data shop.csv.gz --item-pattern '^[0-9]' --json figures.json";

/// A value by its name, where the names are a closed list.
fn named<T: Copy + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl clap::builder::TypedValueParser<Value = T> {
    let parser = PossibleValuesParser::new(names.iter().map(|(name, _)| *name));
    parser.try_map(move |given| {
        names.iter().find(|(name, _)| *name == given).map(|(_, value)| *value).ok_or("not one of the known names")
    })
}

impl EvaluateArgs {
    fn options(&self) -> Options {
        let files = match &self.queries {
            Some(queries) => Files::Apart { train: self.train.clone(), queries: queries.clone() },
            None => Files::Whole(self.files.iter().map(PathBuf::from).collect()),
        };
        Options {
            join: self.join.clone(),
            join_key: self.join_key.clone(),
            item_column: self.item_column.clone(),
            item_pattern: self.item_pattern.clone(),
            split: self.split,
            without: self.without.clone(),
            seed: self.seed,
            predictions: self.predictions.is_some(),
            ..Options::new(files)
        }
    }
}

/// Measures, writes the files that are asked for, and prints the figures.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    if args.keys {
        let keys = eval::keys(args.protocol, &args.options())?;
        for note in &keys.notes {
            // Beside what a program may read.
            stdout::note(format_args!("note      {note}"));
        }
        let lines: String = keys.sha256.iter().flat_map(|hash| [hash, "\n"]).collect();
        return Ok(stdout::print(&lines)?);
    }
    if args.json.is_some() && args.json == args.predictions {
        bail!("--json and --predictions name the same file");
    }
    for path in [&args.json, &args.predictions].into_iter().flatten() {
        whole_file::check(path)?;
    }
    let began = Instant::now();
    let watched = stderr().is_terminal();
    let shown = Progress::start("measuring", None);
    let mut progress = |step: &str| {
        if watched {
            shown.say(step.to_owned());
        } else {
            stdout::note(format_args!("{:>8.1?}  {step}", began.elapsed()));
        }
    };
    let report = eval::run(args.protocol, &args.options(), &mut progress);
    shown.finish();
    let report = report?;
    if let Some(path) = &args.predictions {
        report.write_predictions(path)?;
    }
    if let Some(path) = &args.json {
        report.write_json(path)?;
    }
    stdout::print(&report.text()).context("printing the figures")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: EvaluateArgs,
    }

    fn parse(line: &str) -> Result<EvaluateArgs, String> {
        let line = std::iter::once("evaluate").chain(line.split(' '));
        Line::try_parse_from(line).map(|line| line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn options_say_what_a_file_means() {
        let args = parse("fit --data a b --join p --item-column kind --item-pattern ^[0-9] --split hash --seed 5");
        let options = args.unwrap().options();
        assert_eq!(options.files, Files::Whole(vec!["a".into(), "b".into()]));
        assert_eq!((options.join, options.join_key.as_str()), (Some("p".into()), "item_id"));
        assert_eq!((options.item_column.as_str(), options.split, options.seed), ("kind", Some(Split::Hash), 5));
        assert!(options.item_pattern.unwrap().is_match("7x") && !options.predictions);
        let options = parse("fit --train a b --queries q --predictions out").unwrap().options();
        assert_eq!(options.files, Files::Apart { train: vec!["a".into(), "b".into()], queries: "q".into() });
        assert!(options.predictions && options.item_pattern.is_none() && options.split.is_none());
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let check = |line: &str, expected: &str| {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        };
        check("fti --data a", "[possible values: ");
        check("fit", "--data <FILE>");
        check("discovery --data a --without eese", "[possible values: nearest_sessions,");
        check("fit --data a --split random", "possible values: column, time, hash");
        check("fit --data a --item-pattern (", "regex parse error");
        check("fit --data a --queries q", "--train <FILE>");
        check("fit --train a --queries q", "--predictions <FILE>");
        check("fit --train a --predictions p", "--queries <FILE>");
        check("fit --train a --data b --queries q --predictions p", "cannot be used with");
        check("fit --data a --join-key k", "--join <FILE>");
        check("fit --data a --keys --json f", "cannot be used with");
    }
}
