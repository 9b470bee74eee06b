//! Files in good condition: every protocol gives figures, the same ones however the file is written.

use std::{fs, path::Path};

use outfitter::eval::{Protocol, Report, options::Files, predictions::Predictions, report::BLEND};
use tempfile::TempDir;

use crate::{
    OF_LISTS,
    files::{good, owner},
    measure, protocols,
};

/// Figures without times and memory, which differ from run to run.
fn figures(report: &Report) -> Vec<String> {
    report.models.iter().map(|model| format!("{} {:?}", model.line.model, model.figures)).collect()
}

#[test]
fn every_protocol_measures_the_blend_beside_its_peers() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let path = good(name).write(&folder, "f.csv");
        let report = measure(protocol, path.clone(), |_| {}).unwrap();
        assert_eq!(report.models.iter().filter(|model| model.line.model == BLEND).count(), 1, "{name}");
        assert!(report.models.len() > 3, "{name}");
        assert_eq!(report.findings.keys_sha256.len(), 64);
        let names: Vec<_> = report.models[0].figures.iter().map(|(name, _)| *name).collect();
        for model in &report.models {
            assert_eq!(model.figures.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "{name}");
            for (metric, figure) in &model.figures {
                let in_order = figure.low <= figure.mean && figure.mean <= figure.high;
                assert!(in_order && (0.0..=1.0).contains(&figure.mean), "{name} {metric} {figure:?}");
            }
            assert!(model.line.parameters.is_object(), "{name} {}", model.line.model);
        }
        assert_eq!(report.best.len(), names.len(), "{name}");
        let again = measure(protocol, path, |_| {}).unwrap();
        assert_eq!(figures(&report), figures(&again), "{name}: the same file and seed, the same figures");
    }
}

#[test]
fn ids_may_be_of_any_script() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let named = |_: usize, id: &str| format!("\u{645}\u{646}\u{62a}\u{62c} \"{id}\",\u{1f457}");
        let path = good(name).map("item_id", named).map(owner(name), named).write(&folder, "f.csv");
        let report = measure(protocol, path, |options| options.predictions = true).unwrap();
        match report.findings.predictions.unwrap() {
            Predictions::Lists(lists) => {
                let list = &lists.answers[0].list;
                assert!(lists.names[list[0].0 as usize].starts_with("\u{645}\u{646}"), "{name}");
                assert!(lists.answers[0].key[0].starts_with("\u{645}\u{646}"), "{name}");
            }
            Predictions::Chances(rows) => {
                assert!(rows.iter().all(|row| (row.of.iter().sum::<f64>() - 1.0).abs() < 1e-6));
            }
        }
    }
}

#[test]
fn the_order_of_rows_means_nothing_where_there_are_times() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in protocols(OF_LISTS) {
        let mut sheet = good(name);
        let forward = measure(protocol, sheet.write(&folder, "f.csv"), |_| {}).unwrap();
        sheet.rows.reverse();
        let backward = measure(protocol, sheet.write(&folder, "f.csv"), |_| {}).unwrap();
        assert_eq!(forward.findings.keys_sha256, backward.findings.keys_sha256, "{name}");
        assert_eq!(forward.findings.asked, backward.findings.asked, "{name}");
    }
}

#[test]
fn answers_are_given_where_the_truth_is_not_in_sight() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let mut train = good(name);
        let mut queries = train.clone();
        let cut = train.rows.len() * 4 / 5;
        queries.rows.drain(..cut);
        train.rows.truncate(cut);
        if name == "fit" {
            queries = queries.rename("fit", "unknown");
        }
        let files =
            Files::Apart { train: vec![train.write(&folder, "1.csv")], queries: queries.write(&folder, "2.csv") };
        let report = measure(protocol, folder.path().to_owned(), |options| {
            options.files = files;
            options.predictions = true;
        });
        let report = report.unwrap();
        assert!(report.models.iter().all(|model| model.figures.is_empty()), "{name}");
        let path = folder.path().join("answers.tsv");
        report.write_predictions(&path).unwrap();
        check_answers(name, &path, queries.rows.len());
    }
}

/// A row a question, the key first.
fn check_answers(name: &str, path: &Path, rows: usize) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let (begins, number) = match name {
        "sessions" => ("session_id\tpos\tid_1\tscore_1\t", Some(rows)),
        "cart" => ("order\tid_1\tscore_1\t", None),
        "fit" => ("row\tsmall\tfit\tlarge", Some(rows)),
        _ => ("customer_id\tid_1\tscore_1\t", None),
    };
    assert!(header.starts_with(begins), "{name}: {header}");
    let answers = lines.count();
    assert!(answers > 5 && number.is_none_or(|number| number == answers), "{name}: {answers} of {rows}");
}
