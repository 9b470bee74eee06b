//! The split, the figures and a whole run on rows made up.

use std::{fmt::Write as _, fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::eval::{options::Files, split::Split};

#[test]
fn tenths_are_those_of_the_hash() {
    let rows = |seed| (0..20_000).filter(|row| tenth(seed, *row) == TEST).count();
    assert!((1_850..2_150).contains(&rows(0)) && rows(0) != rows(1));
    assert_eq!(tenth(0, 0), 0xE220_A839_7B1D_CDAF_u64 % 10);
}

/// Sixty customers of known size try thirty things that run small or large by a known step.
fn csv(rows: u32, body: bool) -> String {
    let mut text = format!("customer_id,item_id,size,fit{}\n", if body { ",weight_lbs,body_type" } else { "" });
    for row in 0..rows {
        let lot = |salt: u64, of: u64| splitmix64(u64::from(row) * 7 + salt) % of;
        let (who, what) = (lot(1, 60), lot(2, 30));
        let size = 8 + who % 5 * 2;
        let taken = size + lot(3, 3) * 2;
        // Larger taken than needed, less what it runs small.
        let felt = taken.cast_signed() - size.cast_signed() - 2 + (what % 3).cast_signed() * 2 - 2;
        let felt = if lot(4, 8) == 0 { 0 } else { felt };
        let felt = if felt < -1 {
            "small"
        } else if felt > 1 {
            "large"
        } else {
            "fit"
        };
        let body =
            if body { format!(",{},{}", 90 + size * 3, ["pear", "apple"][(who % 2) as usize]) } else { String::new() };
        // Writing into a string does not fail.
        let _written = writeln!(text, "c{who},i{what},{taken},{felt}{body}");
    }
    text
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_run_finds_what_was_put_in() {
    let folder = TempDir::new().unwrap();
    let data = file(&folder, "data.csv", &csv(500, true));
    let report = run(&Options::new(Files::Whole(vec![data])), &mut |_| {}).unwrap();
    let json = report.json();
    let results = json["results"].as_array().unwrap();
    assert_eq!((results.len(), results[7]["model"].as_str()), (8, Some(BLEND)));
    let auc = |n: usize| results[n]["metrics"]["auc"].as_f64().unwrap();
    // An eighth of the rows is left to chance.
    assert!(auc(7) > 0.75 && auc(6) > 0.75, "{}", report.text());
    assert!(results[7]["interval"]["auc"][0].as_f64() < results[7]["metrics"]["auc"].as_f64());
    assert_eq!(json["keys_sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn rows_to_ask_after_may_stand_in_a_file_of_their_own_and_without_bodies() {
    let folder = TempDir::new().unwrap();
    for (body, queries) in [(true, "c1,i0,12,,pear\nnew,new,9,120,\n"), (false, "c1,i0,12\nnew,new,\n")] {
        let train = file(&folder, "train.csv", &csv(300, body));
        let header =
            if body { "customer_id,item_id,size,weight_lbs,body_type\n" } else { "customer_id,item_id,size\n" };
        let queries = file(&folder, "q.csv", &format!("{header}{queries}"));
        let options = Options { predictions: true, ..Options::new(Files::Apart { train: vec![train], queries }) };
        let report = run(&options, &mut |_| {}).unwrap();
        let Some(Predictions::Chances(rows)) = &report.findings.predictions else { panic!("{report:?}") };
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| (row.of.iter().sum::<f64>() - 1.0).abs() < 1e-4), "{rows:?}");
    }
}

#[test]
fn what_can_not_be_used_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let check = |text: &str, expected: &str| {
        let options = Options::new(Files::Whole(vec![file(&folder, "data.csv", text)]));
        let error = run(&options, &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("customer_id,item_id,siez,fit\na,b,1,fit\n", "did you mean \"siez\"?");
    check("customer_id,item_id,size,fit\na,b,1,fit\n", "none are left for");
    let one_class =
        (0..200).fold("customer_id,item_id,size,fit\n".to_owned(), |text, n| format!("{text}c{n},i,1,fit\n"));
    check(&one_class, "no train row felt Small");
    let mut of_test = 0;
    let test_without_small = (0..120).fold("customer_id,item_id,size,fit\n".to_owned(), |text, row| {
        let felt = match tenth(SEEDS[0], row) {
            TEST => "fit",
            _ => ["small", "fit", "large"][row as usize % 3],
        };
        of_test += u32::from(tenth(SEEDS[0], row) == TEST);
        format!("{text}c{row},i,1,{felt}\n")
    });
    check(&test_without_small, &format!("of {of_test} rows of test 0 felt small, {of_test} fit and 0 large"));
    for split in [Split::Column, Split::Time] {
        let mut options = Options::new(Files::Whole(vec![file(&folder, "data.csv", &csv(100, false))]));
        options.split = Some(split);
        let refused = [run(&options, &mut |_| {}).unwrap_err(), keys(&options).unwrap_err()];
        assert!(refused.iter().all(|error| error.to_string().contains("no other --split")), "{refused:?}");
        options.split = Some(Split::Hash);
        assert_eq!(keys(&options).unwrap().sha256.len(), SEEDS.len());
    }
}

#[test]
fn words_that_say_nothing_of_the_fit_are_told_with_a_line() {
    let folder = TempDir::new().unwrap();
    let read = |text: &str| {
        let path = file(&folder, "data.csv", &format!("customer_id,item_id,size,fit\n{text}"));
        reading::read(&Options::new(Files::Whole(vec![path])))
    };
    let none = read("a,b,1,okay\na,b,1,\n").unwrap_err().to_string();
    assert!(none.starts_with("the column \"fit\" never says") && none.contains("\"okay\" in "), "{none}");
    assert!(none.ends_with("data.csv line 2"), "{none}");
    let some = read("a,b,1,fit\n\na,b,1,okay\na,b,1,hm\n").unwrap();
    let [note] = some.notes.as_slice() else { panic!("{:?}", some.notes) };
    assert!(note.starts_with("2 rows are left out") && note.ends_with("data.csv line 4"), "{note}");
}

#[test]
fn chances_that_come_true_have_no_calibration_error() {
    assert_eq!((bin(0.0), bin(1.0), bin(0.5)), (0, BINS - 1, BINS / 2));
    assert!((rounded(0.123_456_7) - 0.12346).abs() < 1e-12);
}
