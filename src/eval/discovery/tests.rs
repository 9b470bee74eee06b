//! Rows are parted in time, the blend finds a taste and says the same twice, and what can't be asked is an error.

use std::{fmt::Write as _, fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::eval::options::Files;

const DAY: i64 = 86_400_000;

/// Two tastes; everybody buys one product of hers more every ten days, in an order of her own.
fn file(folder: &TempDir) -> PathBuf {
    let mut text = "customer_id,item_id,ts_ms,event,qty,name\n".to_owned();
    for customer in 0..120_i64 {
        for step in 0..8 {
            let item = 10 * (customer % 2) + (step * 3 + customer / 2) % 8;
            let time = (step * 10 + customer % 10) * DAY;
            writeln!(text, "c{customer},{item},{time},purchase,2,taste{} kind{item}", customer % 2).unwrap();
        }
        writeln!(text, "c{customer},99,{},return,-1,gone", 5 * DAY).unwrap();
    }
    text.push_str(",3,7,purchase,1,nobody\n");
    let path = folder.path().join("rows.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn rows_are_parted_in_time_and_only_new_products_are_asked_for() {
    let folder = TempDir::new().unwrap();
    let data = Data::read(&Options::new(Files::Whole(vec![file(&folder)]))).unwrap();
    assert_eq!(data.names.len(), 16, "neither returns nor rows of nobody are purchases");
    assert_eq!(data.names[8].as_ref(), "10", "by value: after 7");
    assert_eq!(data.texts[8], "taste1 kind10");
    let (test, validation) = (data.test(), data.validation());
    assert!(validation.now < test.now && validation.interactions.all().len() < test.interactions.all().len());
    assert!(test.interactions.all().iter().all(|interaction| interaction.time < test.now));
    for part in [&test, &validation] {
        for asked in &part.asked {
            assert!(asked.truth.iter().all(|item| part.may_offer(asked.customer, *item)), "{asked:?}");
        }
    }
}

#[test]
fn the_blend_finds_the_taste_the_same_way_twice() {
    let folder = TempDir::new().unwrap();
    let data = Data::read(&Options::new(Files::Whole(vec![file(&folder)]))).unwrap();
    let options = Options::new(Files::Whole(vec![file(&folder)]));
    let test = data.test();
    let lists = || {
        let mut explained = 0;
        let shop = FileShop::numbered(data.names.len(), &described(&data)).unwrap();
        let model = shop.model(&train(&shop, &data, &test, &options, &mut Vec::new()).unwrap()).unwrap();
        let ask = |query: PastQuery| {
            let list = shop.ask(&model, &query, marked(&test), TOP);
            let page = shop.page(&model, &query, marked(&test));
            let listed = list.iter().map(|(item, _)| shop.product(*item));
            assert!(page.iter().map(|(product, _)| *product).eq(listed.take(page.len())), "it shows what is measured");
            explained += usize::from(page.iter().any(|(_, reasons)| !reasons.is_empty()));
            list
        };
        let lists: Vec<_> = queries(&shop, &test).map(ask).collect();
        assert!(2 * explained > lists.len(), "most pages are explained: {explained} of {}", lists.len());
        assert_eq!(shop.page_times(&model, queries(&shop, &test), marked(&test)).len(), lists.len());
        lists
    };
    let found = lists();
    assert_eq!(found, lists());
    let mut outcome = Outcome::new(data.names.len());
    for (list, asked) in found.iter().zip(&test.asked) {
        assert!(list.iter().all(|(item, _)| test.may_offer(asked.customer, *item)));
        outcome.take(list, asked, &test);
    }
    assert!(outcome.aim() > 0.6, "half of the products are of the other taste: {}", outcome.aim());
}

#[test]
fn too_little_is_said() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("few.csv");
    let run = |text: &str| {
        fs::write(&path, text).unwrap();
        run(&Options::new(Files::Whole(vec![path.clone()])), &mut |_| {}).map(|_| ()).unwrap_err().to_string()
    };
    let error = run("customer_id,item_id,ts_ms\na,1,1\na,2,2\nb,1,3\nb,1,4\nb,1,5\nb,1,6\n");
    assert!(error.contains("nothing can be asked"), "{error}");
    let error = run("customer_id,item,ts_ms\na,1,1\n");
    assert!(error.contains("item_id") && error.contains("item"), "{error}");
    let error = run("customer_id,item_id,ts_ms,event\na,1,1,return\n");
    assert!(error.contains("1 rows are no purchase"), "{error}");
}

#[test]
fn the_keys_are_those_of_the_data_that_is_measured_on() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online_retail_2010_2011.csv.gz");
    if !path.exists() {
        println!("skipped: the folder of real data is not there");
        return;
    }
    let mut options = Options::new(Files::Whole(vec![path]));
    options.item_pattern = regex::Regex::new("^[0-9]").ok();
    let data = Data::read(&options).unwrap();
    let test = data.test();
    assert!(test.now.0 <= 1_320_236_760_000, "all of train is before the cut: {}", test.now.0);
    assert_eq!(test.asked.len(), 1_420);
    assert_eq!(fingerprint(&data, &test), "c4297caccad01532351d5a314f5df107907c891b6aeea67f622b2eabaaad3c6d");
}

#[test]
fn where_the_truth_is_not_in_sight_those_of_the_other_file_are_asked() {
    let folder = TempDir::new().unwrap();
    let queries = folder.path().join("queries.csv");
    let rows =
        format!("customer_id,item_id,ts_ms,event,qty,name\nc3,10,{0},purchase,1,x\nnew,3,{0},purchase,1,x\n", 90 * DAY);
    fs::write(&queries, rows).unwrap();
    let files = Files::Apart { train: vec![file(&folder)], queries };
    let report = run(&Options { predictions: true, ..Options::new(files) }, &mut |_| {}).unwrap();
    let Some(Predictions::Lists(lists)) = &report.findings.predictions else { panic!("no lists") };
    let asked: Vec<&str> = lists.answers.iter().map(|answer| answer.key[0].as_str()).collect();
    assert_eq!(asked, ["c3", "new"]);
    assert!(lists.answers.iter().all(|answer| !answer.list.is_empty()));
    assert!(report.findings.keys_sha256.is_empty() && report.models.iter().all(|model| model.figures.is_empty()));
}

#[test]
fn with_test_in_sight_or_not_it_is_asked_at_the_same_moment() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(file(&folder)).unwrap();
    let header = text.lines().next().unwrap();
    let row = |text: &str| text.split(',').nth(2).and_then(|time| time.parse::<i64>().ok());
    let whole = Data::read(&Options::new(Files::Whole(vec![file(&folder)]))).unwrap();
    let cut = whole.test().now.0;
    let known: Vec<&str> = text.lines().filter(|line| row(line).is_some_and(|time| time < cut)).collect();
    let (train, queries) = (folder.path().join("train.csv"), folder.path().join("queries.csv"));
    fs::write(&train, format!("{header}\n{}\n", known.join("\n"))).unwrap();
    // Late, so that the moments inside train are cut where they were.
    let last = known.iter().rfind(|line| line.starts_with("c0,") && line.contains("purchase")).unwrap();
    fs::write(&queries, format!("{header}\n{last}\n")).unwrap();
    let apart = Data::read(&Options::new(Files::Apart { train: vec![train], queries })).unwrap();
    assert_eq!(apart.test().now, whole.test().now);
    let lists = |data: &Data| {
        let options = Options::new(Files::Whole(Vec::new()));
        let (shop, test) = (FileShop::numbered(data.names.len(), &described(data)).unwrap(), data.test());
        let model = shop.model(&super::train(&shop, data, &test, &options, &mut Vec::new()).unwrap()).unwrap();
        let first = super::queries(&shop, &test).next().unwrap();
        let named = |(item, score): (Item, f32)| (data.names[item as usize].clone(), score);
        shop.ask(&model, &first, marked(&test), TOP).into_iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(lists(&apart), lists(&whole), "the first customer gets the same");
}

#[test]
fn without_times_a_hash_parts_the_rows_and_their_order_tells_what_came_first() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(file(&folder)).unwrap();
    let mut untimed = String::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        writeln!(untimed, "{},{},{},{},{}", fields[0], fields[1], fields[3], fields[4], fields[5]).unwrap();
    }
    let path = folder.path().join("untimed.csv");
    fs::write(&path, untimed).unwrap();
    let report = run(&Options::new(Files::Whole(vec![path])), &mut |_| {}).unwrap();
    assert!(
        report.findings.notes.iter().any(|note| note.starts_with("no column \"ts_ms\"")),
        "{:?}",
        report.findings.notes
    );
    let blend = report.models.iter().find(|model| model.line.model == BLEND).unwrap();
    assert!(
        blend.figures.iter().any(|(name, figure)| *name == "recall@20" && figure.mean > 0.5),
        "{:?}",
        blend.figures
    );
}
