//! `outfitter import` as a command: what it says of files that are broken, what is in afterwards, and how it exits.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod feeds;
mod lines;
mod pipes;
mod remote;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output},
};

use flate2::{Compression, write::GzEncoder};
use outfitter::{domain::store::Store as _, store::Embedded};
use tempfile::TempDir;

/// The program, with no settings of whoever runs the test.
fn outfitter() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outfitter"));
    command.env_clear();
    command
}

/// A file of this name is imported into the folder's data.
fn import(folder: &TempDir, what: &str, name: &str, content: &[u8]) -> Output {
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    let data = folder.path().join("data");
    outfitter().args(["import", what]).arg(file).arg("--data").arg(data).output().unwrap()
}

/// That the import failed, and said so of this file in one line on standard error.
#[track_caller]
fn failed(output: &Output, name: &str) -> String {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    let error = told.lines().find(|line| line.starts_with("outfitter: ")).unwrap_or_else(|| panic!("{told}"));
    assert!(error.contains(&format!("/{name}: ")), "{error}");
    error.to_owned()
}

fn store(folder: &Path) -> Embedded {
    Embedded::open_to_read(&folder.join("data")).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn call(number: usize) -> String {
    format!(
        "{{\"type\":\"track\",\"event\":\"Product Viewed\",\"messageId\":\"m{number}\",\"userId\":\"u{number}\",\
         \"timestamp\":\"2023-01-01T00:00:00Z\",\"properties\":{{\"product_id\":\"p{number}\"}}}}\n"
    )
}

#[test]
fn of_a_truncated_gzip_file_what_stands_before_the_break_goes_in() {
    let folder = TempDir::new().unwrap();
    let calls: String = (0..20_000).map(call).collect();
    let packed = gzip(calls.as_bytes());
    let output = import(&folder, "events", "calls.jsonl.gz", &packed[..packed.len() / 2]);
    let error = failed(&output, "calls.jsonl.gz");
    let (_, rest) = error.split_once("the input breaks after line ").unwrap_or_else(|| panic!("{error}"));
    let (line, why) = rest.split_once(": ").unwrap();
    assert!(why.starts_with("the gzip stream is truncated"), "{why}");
    let events = store(folder.path()).counts().unwrap().events;
    assert!(events > 1_000 && line == events.to_string(), "{events} events are in, and the break is after {line}");
    // The whole file finds them there.
    assert!(import(&folder, "events", "calls.jsonl.gz", &packed).status.success());
    assert_eq!(store(folder.path()).counts().unwrap().events, 20_000);

    // Nothing can be had of a file that breaks before its first byte.
    let error = failed(&import(&folder, "events", "short.jsonl.gz", &packed[..8]), "short.jsonl.gz");
    assert!(error.contains("breaks after line 0: the gzip stream is truncated"), "{error}");
    let error = failed(&import(&folder, "products", "short.tsv.gz", &packed[..8]), "short.tsv.gz");
    assert!(error.contains("the header can't be read: the gzip stream is truncated"), "{error}");
    assert_eq!(store(folder.path()).counts().unwrap().events, 20_000);
}

#[test]
fn of_broken_xml_the_products_before_the_break_go_in() {
    let item = |id: &str| format!("<item><g:id>{id}</g:id>\n<g:title>T</g:title>\n<g:price>1 EUR</g:price></item>\n");
    let feed = |end: &str| {
        let items = ["a", "b"].map(item).concat();
        format!("<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel>\n{items}{end}")
    };
    let cases = [
        // The third item begins in line 8.
        ("<item><g:id>c</g:id>\n<g:title>T</g:prcie>", "breaks after line 8", "not well-formed XML"),
        ("<item><g:id>c</g:id>\n<g:title", "breaks after line 8", "not well-formed XML"),
        ("", "breaks after line 7", "the file ends before its elements do"),
    ];
    for (end, place, why) in cases {
        let folder = TempDir::new().unwrap();
        let output = import(&folder, "products", "feed.xml", feed(end).as_bytes());
        let error = failed(&output, "feed.xml");
        assert!(error.contains(place) && error.contains(why), "{end:?}: {error}");
        let mut products = Vec::new();
        store(folder.path()).each_product(&mut |product| products.push(product.id.to_string())).unwrap();
        // More variants of the last product may have followed: it waits for the whole file, and is named.
        assert_eq!(products, ["a"], "{end:?}");
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("the product \"b\" was being read where the file breaks"), "{told}");
    }
}

#[test]
fn a_file_that_can_t_be_taken_at_all_is_named() {
    let folder = TempDir::new().unwrap();
    let check = |what: &str, name: &str, content: &str, why: &str| {
        let error = failed(&import(&folder, what, name, content.as_bytes()), name);
        assert!(error.contains(why), "{error}");
    };
    check("events", "calls.jsonl", "", "the file holds no rows");
    check("events", "calls.jsonl", "rubbish\n", "nothing of the file could be taken");
    check("products", "feed.tsv", "id\ttitle\n", "which also needs \"price\"");
    check("products", "feed", "<x/>", "which is none of the formats that are known");
    check("products", "feed.csv", "code,name\n", "Give --mapping");
    check(
        "events",
        "sales.csv",
        "who,what\n",
        "those of no export that is known (online-retail-events, shopify-orders",
    );
    let absent = outfitter().args(["import", "events", "./absent.jsonl"]).output();
    assert!(failed(&absent.unwrap(), "absent.jsonl").contains("it can't be read"));
}
