//! The protocol on small files made up here, and its keys on the real ones.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;
use tempfile::TempDir;

use super::*;
use crate::eval::options::Files;

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn read(text: &str) -> Result<History, EvaluateError> {
    let folder = TempDir::new().unwrap();
    History::read(&Options::new(Files::Whole(vec![file(&folder, "f", text)])))
}

fn items(history: &History, items: &[u32]) -> String {
    items.iter().map(|item| &*history.items[*item as usize]).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_last_of_three_baskets_is_asked_for_and_times_order_them() {
    let rows = "a,9,x,50,1\na,10,y,20,1\na,10,z,30,1\na,11,x,20,1\na,12,q,99,-1\n,9,x,1,1\nb,1,x,1,1\nb,2,y,2,1\n";
    let history = read(&format!("customer_id,invoice,item_id,ts_ms,qty\n{rows}")).unwrap();
    let a = &history.customers[0];
    let baskets: Vec<String> = a.train.iter().map(|basket| items(&history, &basket.items)).collect();
    assert_eq!(baskets, ["y z", "x"], "of one time by their names");
    assert_eq!(a.test.as_ref().map(|basket| (basket.time.0, items(&history, &basket.items))), Some((50, "x".into())));
    assert!(!history.customers[1].asked && history.customers[1].train.len() == 2);
    assert_eq!(history.keys(), ["a\tx"]);
    let told = "2 rows are no purchase and left out: 1 without a customer_id, 0 of the event \"return\", 1 with a qty";
    assert!(history.notes.last().unwrap().starts_with(told), "{:?}", history.notes);
    let cut = history.cut(1);
    assert_eq!(cut.questions.len(), 1);
    assert_eq!(items(&history, &cut.questions[0].truth), "x");
    assert_eq!((cut.orders.of(0).len(), cut.orders.of(1).len()), (1, 2), "who is not asked about stays whole");
}

#[test]
fn a_column_parts_baskets_and_without_times_all_are_asked_on_one_day() {
    let rows = "1,0,5,history\n1,10,7,history\n1,9,6,history\n1,11,7,future\n1,12,8,future\n2,0,5,future\n";
    let history = read(&format!("customer_id,basket_seq,item_id,split\n{rows}")).unwrap();
    let one = &history.customers[0];
    let days: Vec<i64> = one.train.iter().map(|basket| basket.time.0 / 86_400_000).collect();
    assert_eq!(days, [19_997, 19_998, 19_999]);
    assert_eq!(items(&history, &one.train[2].items), "7", "by number, not as text");
    assert_eq!(history.keys(), ["1\t7"], "of two later baskets the next; who has none before is not asked about");
    assert_eq!(history.cut(0).questions[0].now.0, 20_000 * 86_400_000);
}

#[test]
fn what_is_missing_is_named() {
    let error = |text: &str| read(text).unwrap_err().to_string();
    let unsaid = error("customer_id,bag,item_id\n1,1,1\n");
    assert!(unsaid.contains("no column says which basket a row is of"), "{unsaid}");
    assert!(unsaid.ends_with("(there are: customer_id, bag, item_id)"), "{unsaid}");
    for (wanted, written) in [("invoice", "invoise"), ("basket_seq", "basket_sq"), ("qty", "qtty"), ("ts_ms", "ts_m")] {
        let misspelt = error(&format!("customer_id,item_id,{written}\n1,1,1\n"));
        assert!(misspelt.contains(&format!("no column {wanted:?}, did you mean {written:?}?")), "{misspelt}");
    }
    assert!(
        error("customer,invoice,item_id\n1,1,1\n").contains("did you mean"),
        "{}",
        error("customer,invoice,item_id\n1,1,1\n")
    );
    assert!(error("customer_id,invoice,item_id\n1,1,1\n").contains("nobody to ask about"));
    assert!(error("customer_id,invoice,item_id,qty\n1,1,1,-1\n").contains("1 rows are no purchase"));
}

/// Eighty customers who buy one thing every time, another every other time, and one by whim.
fn rows(baskets: u32) -> String {
    let mut text = "customer_id,basket_seq,item_id\n".to_owned();
    for customer in 0..80 {
        for basket in 0..baskets {
            let every = customer % 5;
            let whim = 20 + (customer * 7 + basket * 13) % 17;
            writeln!(text, "{customer},{basket},{every}\n{customer},{basket},{whim}").unwrap();
            if (basket + customer) % 2 == 0 {
                writeln!(text, "{customer},{basket},{}", 10 + every).unwrap();
            }
        }
    }
    text
}

fn mean(report: &Report, model: &str, metric: &str) -> f64 {
    let judged = report.models.iter().find(|judged| judged.line.model == model).unwrap();
    judged.figures.iter().find(|(name, _)| *name == metric).unwrap().1.mean
}

#[test]
fn the_blend_finds_habits_and_a_run_is_the_same_twice() {
    let folder = TempDir::new().unwrap();
    let options = Options::new(Files::Whole(vec![file(&folder, "f", &rows(8))]));
    let report = run(&options, &mut |_| {}).unwrap();
    let names: Vec<&str> = report.models.iter().map(|judged| judged.line.model.as_str()).collect();
    assert_eq!(names.len(), 6);
    let recall = |model: &str| mean(&report, model, "recall@10");
    assert!(recall("blend") > 0.8 && recall("blend") > recall(BASELINE), "{} {}", recall("blend"), recall(BASELINE));
    let again = run(&options, &mut |_| {}).unwrap();
    for model in names {
        assert_eq!(mean(&report, model, "ndcg@10").to_bits(), mean(&again, model, "ndcg@10").to_bits(), "{model}");
    }
}

#[test]
fn where_the_truth_is_not_in_sight_the_blend_answers_all_the_same() {
    let folder = TempDir::new().unwrap();
    let train = file(&folder, "train", &rows(6));
    let queries = file(&folder, "queries", "customer_id,basket_seq,item_id\n3,5,3\nnew,0,1\n");
    let mut options = Options::new(Files::Apart { train: vec![train], queries });
    options.predictions = true;
    let report = run(&options, &mut |_| {}).unwrap();
    let Some(Predictions::Lists(lists)) = &report.findings.predictions else { panic!("no lists") };
    let keys: Vec<&str> = lists.answers.iter().map(|answer| answer.key[0].as_str()).collect();
    assert_eq!(keys, ["3", "new"]);
    let names = |answer: &Answer| answer.list.iter().map(|(item, _)| &*lists.names[*item as usize]).collect::<Vec<_>>();
    // What the customer takes every time, beside a whim that comes round again.
    assert!(names(&lists.answers[0])[..2].contains(&"3"), "{:?}", lists.answers[0]);
    assert!(!names(&lists.answers[1]).is_empty());
}

fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

#[test]
fn the_keys_of_the_real_sets_are_those_given_for_them() {
    let sets = [
        ("ta_feng_baskets.csv.gz", None, 13_858, "c60ad2a273c3b5cf5546409546a413c7d25796f88b6b65e0503070552f1aa101"),
        (
            "online_retail_2010_2011.csv.gz",
            Some("^[0-9]"),
            1_998,
            "97dd0347b7e908adf03ae25c2878bd0d0b29afba18b0b0f4701afa931392b21b",
        ),
    ];
    for (name, pattern, asked, keys) in sets {
        let Some(path) = real(name) else { continue };
        let mut options = Options::new(Files::Whole(vec![path]));
        options.item_pattern = pattern.map(|pattern| Regex::new(pattern).unwrap());
        let history = History::read(&options).unwrap();
        assert_eq!(history.cut(0).questions.len(), asked, "{name}");
        assert_eq!(keys_sha256(history.keys()), keys, "{name}");
    }
}

#[test]
fn who_is_asked_about_may_have_rows_without_a_quantity() {
    let folder = TempDir::new().unwrap();
    let train = file(&folder, "train", "customer_id,invoice,item_id,qty\na,1,x,1\na,2,y,-1\n");
    let queries = file(&folder, "queries", "customer_id,invoice,item_id\nb,3,x\n");
    let history = History::read(&Options::new(Files::Apart { train: vec![train], queries })).unwrap();
    assert_eq!(history.customers.iter().map(|customer| customer.asked).collect::<Vec<_>>(), [false, true]);
    assert_eq!(history.customers.iter().map(|customer| customer.train.len()).collect::<Vec<_>>(), [1, 1]);
}
