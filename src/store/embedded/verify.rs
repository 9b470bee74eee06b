//! Whether a data folder is whole: the database as such, and what its rows say.
//!
//! Found are pages that do not fit together, rows that an index lacks, events that are not as they were written (each has a
//! checksum since version 2 of the tables), and rows that can't be read or lead nowhere. Not found is a change within a product
//! or a link that can still be read, or within an event of before the checksums.

use std::path::Path;

use rusqlite::{Connection, Row};

use crate::{
    domain::{
        Id,
        customer::{Identifier, IdentifierKind},
        store::StoreError,
    },
    store::{
        OpenError, Verified,
        embedded::{events, products, read_id, read_word, rules, schema, text},
    },
};

/// Problems that are told in full; the others are counted.
const TOLD: usize = 20;

/// Adds what it finds to the report.
type Check = fn(&Connection, &mut Verified) -> Result<(), StoreError>;

/// Looks through a folder, beside the server that may have it.
pub(super) fn verify(folder: &Path) -> Result<Verified, OpenError> {
    schema::look_at(folder)?;
    let conn = schema::open_reader(folder)?;
    let version = schema::version(&conn)?;
    // All of one moment.
    conn.execute_batch("BEGIN")?;
    let mut report = Verified { version, ..Verified::default() };
    for check in [pages, references, all_events, all_products, all_links, all_rules] as [Check; 6] {
        if let Err(error) = check(&conn, &mut report) {
            report.add(&error);
        }
    }
    Ok(report)
}

impl Verified {
    fn add(&mut self, problem: &dyn std::fmt::Display) {
        self.problems += 1;
        if self.told.len() < TOLD {
            self.told.push(problem.to_string());
        }
    }
}

fn pages(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    let mut select = conn.prepare("PRAGMA integrity_check(1000)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let line = text(row, 0)?;
        if line != "ok" {
            report.add(&line);
        }
    }
    Ok(())
}

fn references(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    let mut select = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (table, key) = (row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or_default());
        report.add(&format_args!("row {key} of {table} leads to a row that is not there"));
    }
    Ok(())
}

fn all_events(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    let checksum = if report.version < 2 { "NULL" } else { "checksum" };
    let mut select = conn.prepare(&format!(
        "SELECT seq, id, time, content, {checksum}, kind, value
         FROM events LEFT JOIN identifiers ON identifiers.key = subject ORDER BY seq"
    ))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        report.events += 1;
        let seq: i64 = row.get(0)?;
        if let Err(problem) = event(row) {
            report.add(&format_args!("event {seq} {problem}"));
        }
    }
    Ok(())
}

fn event(row: &Row<'_>) -> Result<(), &'static str> {
    const UNREADABLE: &str = "can't be read";
    let (id, time, content) = (row.get::<_, String>(1), row.get::<_, i64>(2), row.get::<_, String>(3));
    let (Ok(id), Ok(time), Ok(content)) = (id, time, content) else { return Err(UNREADABLE) };
    let checksum: Option<u32> = row.get(4).map_err(|_| UNREADABLE)?;
    if checksum.is_some_and(|checksum| checksum != events::checksum(&id, time, &content)) {
        return Err("is not as it was written: its checksum differs");
    }
    let event = events::parse(0, &content).map_err(|_| UNREADABLE)?;
    let subject = Identifier {
        kind: read_word(row, 5).map_err(|_| "leads to nobody")?,
        value: read_id(row, 6).map_err(|_| "leads to nobody")?,
    };
    if event.id.as_str() != id || event.time.0 != time || event.who.subject() != Some(subject) {
        return Err("says something else than the columns beside it");
    }
    Ok(())
}

fn all_products(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    let mut select = conn.prepare("SELECT key, id FROM products ORDER BY key")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        report.products += 1;
        let key: i64 = row.get(0)?;
        let found = read_id(row, 1).map_err(StoreError::from).and_then(|id: Id| products::by_id(conn, &id));
        if !matches!(found, Ok(Some(_))) {
            report.add(&format_args!("product {key} can't be read"));
        }
    }
    Ok(())
}

/// Older tables than the fourth have none.
fn all_rules(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    if report.version >= 4 { rules::all(conn).map(|_| ()) } else { Ok(()) }
}

fn all_links(conn: &Connection, report: &mut Verified) -> Result<(), StoreError> {
    let mut select = conn.prepare(
        "SELECT links.key, a.kind, c.kind, links.cause FROM links
         LEFT JOIN identifiers a ON a.key = alias LEFT JOIN identifiers c ON c.key = customer ORDER BY links.key",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        report.links += 1;
        let key: i64 = row.get(0)?;
        let alias: Option<IdentifierKind> = read_word(row, 1).ok();
        let customer: Option<IdentifierKind> = read_word(row, 2).ok();
        let cause = read_word::<crate::domain::customer::LinkCause>(row, 3);
        let leads =
            alias.is_some_and(|kind| kind != IdentifierKind::Customer) && customer == Some(IdentifierKind::Customer);
        if !leads || cause.is_err() {
            report.add(&format_args!("link {key} does not lead from an identifier to a customer"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        domain::store::{Store as _, Write},
        store::{
            Embedded,
            contract::{look, product},
        },
    };

    async fn folder_of_a_shop() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), 1, Vec::new()).unwrap();
        let who = |number: i32| if number % 3 == 0 { format!("c{number}/v{number}") } else { format!("c{number}") };
        let looks = (0..2_000).map(|number| Write::Event(look(&format!("e{number}"), &who(number), 10)));
        let products = (0..50).map(|number| Write::Upsert(product(&format!("p{number}"), &[("x", Some(3))])));
        let written = store.write(looks.chain(products).collect()).await.unwrap();
        assert!(written.iter().all(Result::is_ok));
        store.close().await;
        folder
    }

    #[tokio::test]
    async fn a_whole_folder_is_counted() {
        let folder = folder_of_a_shop().await;
        let report = verify(folder.path()).unwrap();
        assert_eq!((report.events, report.products, report.links, report.problems), (2_000, 50, 667, 0));
        assert!(matches!(verify(&folder.path().join("absent")), Err(OpenError::NoData(_))));
    }

    #[tokio::test]
    async fn a_flipped_bit_of_an_event_is_found() {
        let folder = folder_of_a_shop().await;
        let (path, damaged) = (folder.path().join(schema::FILE), folder.path().join("damaged"));
        fs::create_dir(&damaged).unwrap();
        let whole = fs::read(&path).unwrap();
        let content = br#""time":10,"kind""#;
        let places = whole.windows(content.len()).enumerate().filter(|(_, window)| window == content).map(|(at, _)| at);
        // The time stays a number, the kind another name, the page whole.
        for at in places.step_by(97) {
            let mut bytes = whole.clone();
            bytes[at + 8] ^= 1;
            fs::write(damaged.join(schema::FILE), bytes).unwrap();
            let report = verify(&damaged).unwrap();
            assert_eq!(report.problems, 1, "at {at}: {:?}", report.told);
            assert!(report.told[0].contains("checksum"), "{:?}", report.told);
        }
    }

    #[tokio::test]
    async fn a_page_of_other_bytes_is_found() {
        let folder = folder_of_a_shop().await;
        let path = folder.path().join(schema::FILE);
        let whole = fs::read(&path).unwrap();
        for page in 1..whole.len() / 4_096 {
            let mut bytes = whole.clone();
            bytes[page * 4_096..(page + 1) * 4_096].fill(0x55);
            fs::write(&path, bytes).unwrap();
            let found = verify(folder.path());
            assert!(found.as_ref().map_or(true, |report| report.problems > 0), "page {page}: {found:?}");
        }
    }
}
