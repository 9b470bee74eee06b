//! What is wrong with a file is said in words, whatever it is; nothing panics and nothing is written.

use std::fs;

use outfitter::eval::{EvaluateError, Protocol, options::Files, split::Split};
use tempfile::TempDir;

use crate::{
    OF_LISTS,
    files::{Sheet, good, owner},
    measure, protocols,
};

/// Figures, or an error that tells of too little: either will do where there is little to learn from.
fn survives((name, protocol): (&str, Protocol), sheet: &Sheet, what: &str) {
    let folder = TempDir::new().unwrap();
    match measure(protocol, sheet.write(&folder, "f.csv"), |_| {}) {
        Ok(report) => {
            let figures = report.models.iter().flat_map(|model| &model.figures);
            for (metric, figure) in figures {
                let bounded = figure.mean.is_nan() || (0.0..=1.0).contains(&figure.mean);
                assert!(bounded, "{name} {what}: {metric} {figure:?}");
            }
        }
        Err(EvaluateError::TooLittle(message)) => assert!(message.len() > 20, "{name} {what}: {message}"),
        Err(EvaluateError::Model { model, reason }) => {
            assert!(reason.starts_with("too little"), "{name} {what}: {model}: {reason}");
        }
        Err(error) => panic!("{name} {what}: {error}"),
    }
}

#[test]
fn files_without_rows_are_named() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let check = |text: &str, expected: &str| {
            let path = folder.path().join("f.csv");
            fs::write(&path, text).unwrap();
            let error = measure(protocol, path, |_| {}).unwrap_err().to_string();
            assert!(error.contains("f.csv: ") && error.contains(expected), "{name}: {error}");
        };
        check("", "the file is empty: not even a header");
        check(&good(name).header.join(","), "there is no row below the header");
        let absent = measure(protocol, folder.path().join("absent.csv"), |_| {}).unwrap_err();
        assert!(matches!(absent, EvaluateError::Unreadable { .. }), "{name}: {absent}");
    }
}

#[test]
fn a_misspelt_column_is_named_with_the_nearest() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        for (column, misspelt) in [("item_id", "itme_id"), (owner(name), "x")] {
            let path = good(name).rename(column, misspelt).write(&folder, "f.csv");
            let error = measure(protocol, path, |_| {}).unwrap_err().to_string();
            assert!(error.contains(&format!("no column {column:?}")), "{name}: {error}");
            assert_eq!(error.contains("did you mean \"itme_id\"?"), column == "item_id", "{name}: {error}");
        }
    }
}

#[test]
fn a_split_without_test_rows_is_refused() {
    let folder = TempDir::new().unwrap();
    let check = |(name, protocol), column: &str, text: &str, expected: &str| {
        let path = good(name).map(column, |_, _| text.to_owned()).write(&folder, "f.csv");
        let error = measure(protocol, path, |_| {}).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    };
    protocols(&["sessions"]).for_each(|one| check(one, "split", "train", "leaves no rows for test"));
    for one in protocols(&["discovery"]) {
        check(one, "ts_ms", "5", "leaves no rows for train");
        let unsaid = good(one.0).write(&folder, "f.csv");
        let error = measure(one.1, unsaid, |options| options.split = Some(Split::Column)).unwrap_err();
        assert!(error.to_string().contains("no file has a column \"split\""), "{error}");
    }
}

#[test]
fn too_little_to_learn_from_is_no_panic() {
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let sheet = good(name);
        survives((name, protocol), &sheet.clone().map(owner(name), |_, _| "the only one".to_owned()), "one customer");
        survives((name, protocol), &sheet.clone().map("item_id", |_, _| "the only one".to_owned()), "one product");
        for rows in [1, 6] {
            let mut few = sheet.clone();
            few.rows.truncate(rows);
            survives((name, protocol), &few, &format!("{rows} rows"));
        }
        let mut every_twice = sheet.clone();
        every_twice.rows = every_twice.rows.into_iter().flat_map(|row| [row.clone(), row]).collect();
        survives((name, protocol), &every_twice, "rows twice");
    }
    for one in protocols(&["fit"]) {
        let all_fit = good(one.0).map("fit", |_, _| "fit".to_owned());
        survives(one, &all_fit, "one answer only");
        let no_body = good(one.0).map("weight_lbs", |_, _| String::new()).map("age", |_, _| "900".to_owned());
        survives(one, &no_body, "no body");
    }
}

#[test]
fn numbers_that_are_none_are_told_by_their_line() {
    let folder = TempDir::new().unwrap();
    let odd = |number: usize, field: &str| if number == 3 { "NaN".to_owned() } else { field.to_owned() };
    let check = |(name, protocol), column: &str, note: &str| {
        let path = good(name).map(column, odd).write(&folder, "f.csv");
        let report = measure(protocol, path, |_| {}).unwrap();
        let told = &report.findings.notes;
        assert!(told.iter().any(|told| told.ends_with(note)), "{name}: {told:?}");
    };
    for one in protocols(&["fit"]) {
        check(one, "weight_lbs", "f.csv line 5: weight_lbs \"NaN\" is no finite number; it is taken as missing");
    }
    for one in protocols(OF_LISTS).filter(|(name, _)| *name != "sessions") {
        check(one, "ts_ms", "f.csv line 5: ts_ms \"NaN\" is no whole number; the row is left out");
        let path = good(one.0).map("price", odd).write(&folder, "f.csv");
        assert!(measure(one.1, path, |_| {}).is_ok(), "{}: an odd price is no reason to end", one.0);
    }
}

#[test]
fn what_was_left_out_is_told_where_too_little_is_left() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let path = good(name).write(&folder, "f.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.lines().take(4).collect::<Vec<_>>().join("\n") + "\n\"1,\n").unwrap();
        let error = measure(protocol, path, |_| {}).unwrap_err().to_string();
        let told =
            "f.csv breaks after line 4: the quote that opens in line 5 is never closed; what stood before it went in";
        assert!(error.contains("\nnote      ") && error.ends_with(told), "{name}: {error}");
    }
}

#[test]
fn queries_of_another_layout_are_refused() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let train = good(name).write(&folder, "train.csv");
        let queries = good(name).rename(owner(name), "someone").write(&folder, "queries.csv");
        let error = measure(protocol, train.clone(), |options| {
            options.files = Files::Apart { train: vec![train.clone()], queries };
            options.predictions = true;
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("queries.csv: no column"), "{name}: {error}");
    }
}
