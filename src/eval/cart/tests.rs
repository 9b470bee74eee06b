//! A small case worked out by hand, and a shop in which the blend finds what belongs together.

use std::{fmt::Write as _, fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::eval::{options::Files, report::Figure, split::splitmix64};
use crate::models::data::item_index::Item;

fn options(folder: &TempDir, text: &str) -> Options {
    let path: PathBuf = folder.path().join("rows.csv");
    fs::write(&path, text).unwrap();
    Options::new(Files::Whole(vec![path]))
}

/// Eleven rows count; the element 8 of their sorted times is 6. The third order begins at 3 and goes on at 4.
const ROWS: &str = "invoice,item_id,ts_ms,qty,event\no1,10,1,1,\no1,9,1,1,\no2,10,2,1,\no2,9,2,1,\no2,8,2,1,\no3,8,3,1,\n\
    o3,9,3,-1,\no3,10,4,1,\no4,7,5,1,\no5,9,6,1,\no5,10,6,2,purchase\no5,new,6,1,\no5,8,6,1,return\n,8,9,1,\n";

#[test]
fn orders_are_parted_and_asked_about_as_worked_out_by_hand() {
    let folder = TempDir::new().unwrap();
    let options = options(&folder, ROWS);
    let data = Data::read(&options).unwrap();
    assert_eq!(data.names.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["10", "7", "8", "9", "new"], "as texts");
    assert_eq!(data.notes, ["3 rows are of no order, sent back or of a qty of nothing or taken back: left out"]);
    let test = data.test();
    assert_eq!((test.items(), test.orders.len(), test.now.0), (4, 4, 6), "what test alone has is not in the catalogue");
    let asked: Vec<_> = test.questions().iter().map(|question| (key(&data, question), question.cart.clone())).collect();
    let keys = [["o5", "10"], ["o5", "9"]].map(|key| key.map(str::to_owned).to_vec());
    assert_eq!(asked, [(keys[0].clone(), vec![3]), (keys[1].clone(), vec![0])]);
    // By `printf 'o5\t10\no5\t9\n' | sha256sum`.
    let sha256 = "14caae85f1423593a1070d8fb50cd0ab32cc86e38bc2064a00da23bb99350cc4";
    assert_eq!(super::keys(&options).unwrap().sha256, [sha256]);
    // Of eight lines before 6 the element 6 is of the third order: it and the fourth, of one product, are the validation.
    let validation = data.validation();
    assert_eq!(
        (validation.orders.len(), validation.carts.len(), validation.carts[0].1.as_slice()),
        (2, 1, &[0, 2][..])
    );
    assert_eq!(data.moments().len(), 2, "another one would leave nothing to learn from");
}

#[test]
fn without_times_the_last_order_of_train_is_the_validation() {
    let folder = TempDir::new().unwrap();
    let mut text = "customer_id,basket_seq,item_id,split\n".to_owned();
    for (basket, split) in [(1, "history"), (2, "history"), (10, "history"), (10, "future")] {
        for item in 0..3 {
            writeln!(text, "c,{basket},{},{split}", item + basket % 3).unwrap();
        }
    }
    let data = Data::read(&options(&folder, &text)).unwrap();
    let (test, validation) = (data.test(), data.validation());
    assert_eq!((test.questions()[0].order, test.orders.len()), ("c 10", 3), "its name stands on both sides");
    assert_eq!((validation.questions()[0].order, validation.orders.len()), ("c 10", 2));
    assert!(validation.now < test.now);
    assert_eq!(data.moments().len(), 2, "the first order is what they are asked after");
}

#[test]
fn of_equal_products_the_more_popular_comes_first_then_the_smaller_id() {
    let folder = TempDir::new().unwrap();
    let data = Data::read(&options(&folder, ROWS)).unwrap();
    let test = data.test();
    let lines = grid_search::measure(&data, &test, &test.questions(), 1, &mut |_| {});
    let names: Vec<&str> = lines.iter().map(|line| line.model.as_str()).collect();
    assert_eq!(names, ["popularity", "rules", "cosine of orders", "EASE over orders"]);
    // Product 10 is in three orders, 8 and 9 in two, and 10 is with either of them twice.
    for line in &lines[..3] {
        let expected = [("hr@10", Figure::Mean(vec![1.0, 1.0])), ("mrr@10", Figure::Mean(vec![1.0, 0.5]))];
        assert_eq!(line.figures, expected, "{}", line.model);
    }
}

/// Ten kinds of four products that are bought together, two or three at a time.
fn kinds() -> String {
    let mut text = "invoice,item_id,ts_ms,qty\n".to_owned();
    for order in 0..500_u64 {
        let kind = splitmix64(order) % 10;
        for part in 0..4 {
            if !splitmix64(order * 7 + part).is_multiple_of(3) {
                writeln!(text, "{order},{},{},1", 100 + kind * 4 + part, order * 1_000).unwrap();
            }
        }
        writeln!(text, "{order},{},{},1", 200 + splitmix64(order + 77) % 40, order * 1_000).unwrap();
    }
    text
}

#[test]
fn the_blend_finds_what_belongs_together_the_same_way_twice() {
    let folder = TempDir::new().unwrap();
    let options = options(&folder, &kinds());
    let data = Data::read(&options).unwrap();
    let test = data.test();
    let asked = test.questions();
    let lists = || {
        let shop = FileShop::numbered(data.names.len(), &described(&data)).unwrap();
        let model = shop.model(&train(&shop, &data, &test, &options, &mut Vec::new()).unwrap()).unwrap();
        let ask = |question| shop.ask(&model, &query(&shop, &test, question), Offered::Marked(&test.known), TOP);
        asked.iter().map(ask).collect::<Vec<_>>()
    };
    let found = lists();
    assert_eq!(found, lists());
    let (mut hits, mut of_kinds) = (0, 0);
    for (list, question) in found.iter().zip(&asked) {
        assert!(list.iter().all(|(item, _)| question.cart.binary_search(item).is_err()));
        let is_of_kind = |item: Item| data.names[item as usize].starts_with('1');
        // What is of no kind goes with nothing; of a kind at most three others are left.
        let hidden = question.hidden.unwrap();
        if is_of_kind(hidden) && question.cart.iter().any(|item| is_of_kind(*item)) {
            of_kinds += 1;
            hits += usize::from(list.iter().take(3).any(|(item, _)| *item == hidden));
        }
    }
    assert!(of_kinds > 100 && hits * 100 > of_kinds * 90, "{hits} of {of_kinds}");
}
