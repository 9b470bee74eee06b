//! The protocol on sessions made up, where what comes next is known.

use std::{fmt::Write as _, fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::domain::{
    Id, Timestamp,
    catalog::Snapshot,
    event::{Event, Who},
    recommend::fixture,
};
use crate::eval::{options::Files, split::splitmix64};
use crate::models::data::{interactions::Interactions, sessions::SessionLog};

/// Sessions that walk along a ring of items, mostly one on, now and then back to where they came from.
fn walk(number: u64) -> Vec<u64> {
    let lot = |n: u64| splitmix64(number * 100 + n);
    let mut at = lot(0) % 30;
    let mut items = vec![at];
    for step in 1..3 + lot(1) % 4 {
        at = match lot(step + 10) % 10 {
            0 => lot(step + 20) % 30,
            1 | 2 if items.len() > 1 => items[items.len() - 2],
            _ => (at + 1) % 30,
        };
        items.push(at);
    }
    items
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// Rows of sessions; ids with one letter before, so that they are no numbers.
fn rows(sessions: std::ops::Range<u64>, split: impl Fn(u64) -> &'static str) -> String {
    let mut text = "session_id,pos,item_id,split\n".to_owned();
    for number in sessions {
        for (pos, item) in walk(number).iter().enumerate() {
            writeln!(text, "s{number:03},{pos},{item},{}", split(number)).unwrap();
        }
    }
    text
}

fn figure(report: &Report, model: &str, metric: &str) -> f64 {
    let model = report.models.iter().find(|one| one.line.model == model).unwrap();
    model.figures.iter().find(|(name, _)| *name == metric).unwrap().1.mean
}

#[test]
fn the_blend_learns_what_comes_next_and_says_it_the_same_way_twice() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "data.csv", &rows(0..240, |number| if number < 200 { "train" } else { "test" }));
    let mut options = Options::new(Files::Whole(vec![path]));
    options.predictions = true;
    let run = || run(&options, &mut |_| {}).unwrap();
    let report = run();
    assert!(figure(&report, BLEND, "mrr@20") > figure(&report, "popularity", "mrr@20") + 0.2, "{}", report.text());
    assert!(figure(&report, BLEND, "hr@20") > 0.8, "{}", report.text());
    let keys = (200..240).flat_map(|number| {
        let items = walk(number);
        (1..items.len()).map(move |pos| format!("s{number}\t{pos}\t{}", items[pos])).collect::<Vec<_>>()
    });
    assert_eq!(report.findings.keys_sha256, keys_sha256(keys.collect()));
    let again = run();
    for (one, other) in report.models.iter().zip(&again.models) {
        assert_eq!((&one.line.model, &one.figures), (&other.line.model, &other.figures));
    }
    let Some(Predictions::Lists(lists)) = report.findings.predictions else { panic!("no predictions") };
    let Some(Predictions::Lists(other)) = again.findings.predictions else { panic!("no predictions") };
    assert!(lists.answers == other.answers && lists.answers.iter().all(|answer| answer.list.len() == TOP));
}

#[test]
fn queries_in_a_file_of_their_own_are_answered_after_every_row() {
    let folder = TempDir::new().unwrap();
    let train = file(&folder, "train.csv", &rows(0..200, |_| "train"));
    let queries = file(&folder, "queries.csv", "session_id,pos,item_id\ns7,1,nobody\ns7,0,3\ns7,2,4\ns9,0,never\n");
    let mut options = Options::new(Files::Apart { train: vec![train], queries });
    options.predictions = true;
    let report = run(&options, &mut |_| {}).unwrap();
    assert_eq!((report.models.len(), report.models[0].figures.len()), (1, 0));
    let Some(Predictions::Lists(lists)) = report.findings.predictions else { panic!("no predictions") };
    let shown = |n: usize| {
        let list = &lists.answers[n].list;
        (lists.answers[n].key.join(" "), list.iter().map(|(item, _)| &*lists.names[*item as usize]).collect::<Vec<_>>())
    };
    assert_eq!(lists.answers.len(), 4);
    assert_eq!(
        (shown(0).0, shown(1).0, shown(2).0, shown(3).0),
        ("s7 1".into(), "s7 2".into(), "s7 3".into(), "s9 1".into())
    );
    assert_eq!((shown(0).1[0], shown(2).1[0]), ("4", "5"));
    assert_eq!(shown(0).1, shown(1).1, "an item that nobody knows changes nothing");
    assert_eq!(shown(3).1.len(), TOP);
}

#[test]
fn times_order_rows_and_sessions_and_make_the_split() {
    let folder = TempDir::new().unwrap();
    // By end: c (5), b (6), a (7), d (9), e (10). T is the element floor(0.8 * 11) = 8: 9.
    let text =
        "session_id,item_id,ts_ms\nb,2,6\nb,1,3\nc,10,4\nc,9,5\na,2,1\na,9,7\nd,2,8\nd,9,9\nd,3,9\ne,1,10\ne,2,10\n";
    let data = Data::read(&Options::new(Files::Whole(vec![file(&folder, "timed.csv", text)]))).unwrap();
    assert_eq!(data.names.iter().map(|name| &**name).collect::<Vec<_>>(), ["1", "2", "9", "10"]);
    assert_eq!(data.train.iter().collect::<Vec<_>>(), [&[3, 2][..], &[0, 1], &[1, 2]]);
    let test: Vec<(&str, &[u32])> = data.test.iter().map(|session| (&*session.id, &*session.items)).collect();
    assert_eq!(test, [("d", &[1, 2][..]), ("e", &[0, 1])]);
    assert!(data.notes[0].contains("1 rows of test"), "{:?}", data.notes);
    assert_eq!(Asked::of(&data).keys(&data), ["d\t1\t9", "e\t1\t2"]);
}

#[test]
fn rows_of_no_session_are_left_out_and_told() {
    let folder = TempDir::new().unwrap();
    let read = |text: &str| {
        let path = file(&folder, "f.csv", &format!("session_id,item_id,split\n{text}"));
        Data::read(&Options::new(Files::Whole(vec![path])))
    };
    let data = read("a,1,train\na,2,train\n,3,train\nb,1,train\n,4,test\nc,1,test\nc,2,test\n").unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.names.len()), (2, 1, 2));
    assert!(data.notes[0].starts_with("2 rows without a session_id: left out"), "{:?}", data.notes);
    assert!(data.notes[0].ends_with("f.csv line 4"), "{:?}", data.notes);
    let error = read(",1,train\n,2,test\n").unwrap_err().to_string();
    assert_eq!(error, "no row has a session_id");
}

#[test]
fn sessions_on_both_sides_of_the_column_are_told() {
    let folder = TempDir::new().unwrap();
    let read = |text: &str| {
        let rows = "a,1,train\na,2,train\nb,1,train\nc,1,test\nc,2,test\n";
        let path = file(&folder, "f.csv", &format!("session_id,item_id,split\n{rows}{text}"));
        Data::read(&Options::new(Files::Whole(vec![path]))).unwrap()
    };
    let data = read("d,1,test\ne,2,test\ne,2,train\nd,2,train\n");
    assert_eq!((data.train.len(), data.test.len()), (2, 3));
    let told = "2 sessions have rows of train among those of test and are asked about whole; the first is \"e\" in ";
    assert!(data.notes[0].starts_with(told) && data.notes[0].ends_with("f.csv line 9"), "{:?}", data.notes);
    assert_eq!(read("").notes, [""; 0]);
}

#[test]
fn what_can_not_be_asked_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let check = |name: &str, text: &str, expected: &str| {
        let error = run(&Options::new(Files::Whole(vec![file(&folder, name, text)])), &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check("column", "sesion_id,item_id\na,1\n", "no column \"session_id\", did you mean \"sesion_id\"?");
    check("one", "session_id,item_id,split\na,1,train\nb,1,test\n", "fewer than two sessions");
    let short = "session_id,item_id,split\na,1,train\nb,1,train\nc,1,test\nc,2,test\n";
    check("short", short, "no session of test has two items");
    let single = "session_id,item_id,split\na,1,train\nb,1,train\nc,1,test\nc,1,test\n";
    // Where something can be asked, there are figures: too little to learn from leaves a rule of thumb.
    let report = run(&Options::new(Files::Whole(vec![file(&folder, "single", single)])), &mut |_| {}).unwrap();
    assert!(report.models.len() > 3 && report.models.iter().all(|model| model.figures.len() == 2), "{}", report.text());
    let told = report.findings.notes.iter().any(|note| note.contains("rule of thumb: too little to learn from"));
    assert!(told, "{:?}", report.findings.notes);
}

#[test]
fn a_log_of_events_and_a_file_of_the_same_visits_give_the_same_model_to_the_byte() {
    let folder = TempDir::new().unwrap();
    let mut text = "session_id,pos,item_id,split\n".to_owned();
    for number in 0..240 {
        let split = if number < 200 { "train" } else { "test" };
        for (pos, item) in walk(number).iter().enumerate() {
            writeln!(text, "s{number:03},{pos},p{item:02},{split}").unwrap();
        }
    }
    let options = Options::new(Files::Whole(vec![file(&folder, "data.csv", &text)]));
    let ids = Arc::new(Ids::default());
    let (shop, of_file) = trained(&options, Arc::clone(&ids)).unwrap();

    let id = |text: String| Id::new(text).unwrap();
    let event = |place: usize, pos: usize, item: u64| Event {
        id: id(format!("e{place}-{pos}")),
        who: Who::customer(id(format!("c{place}"))),
        time: Timestamp(Data::beginning(place).0 + i64::try_from(pos).unwrap()),
        channel: None,
        session: Some(id(format!("s{place}"))),
        attribution: None,
        kind: fixture::viewed(&format!("p{item:02}")),
    };
    let visits = (0..200).map(|place| (place, walk(place as u64)));
    let events: Vec<Event> = visits
        .flat_map(|(place, items)| items.into_iter().enumerate().map(move |(pos, item)| event(place, pos, item)))
        .collect();
    let (interactions, items) = Interactions::read(&events[..], &Snapshot::default(), &ids).unwrap();
    let read = Data::read(&options).unwrap();
    assert!(items.ids().iter().map(Id::as_str).eq(read.names.iter().map(AsRef::as_ref)));
    let logged = Data { train: SessionLog::of(&interactions, Timestamp(i64::MAX), 0), interactions, ..read };
    let of_log = train(&shop, &logged, &options, &mut Vec::new()).unwrap();
    assert_eq!(of_log.card.weights_blake3, of_file.card.weights_blake3);
    // Not because it says nothing: without a source it is another.
    let without = Options { without: vec!["transitions".to_owned()], ..options };
    let (_, fewer) = trained(&without, ids).unwrap();
    assert_ne!(fewer.card.weights_blake3, of_file.card.weights_blake3);
    assert!(fewer.card.left_out.contains(&"transitions (on demand)".to_owned()), "{:?}", fewer.card.left_out);
}
