//! A store that can't be written or read: what still answers, and what the log says of it.

use std::{
    io,
    sync::{Arc, Mutex},
};

use outfitter::proto::{event::Kind, *};
use rusqlite::Connection;
use tonic::Code;

use crate::shop::{Shop, customer, event, item, shoes, viewed};

/// What the log says, for a test to read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn an_opener_that_can_t_be_remembered_is_a_plain_greeting() {
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || lines.clone()).finish();
    // The server's tasks run on the thread of the test.
    let _logged = tracing::subscriber::set_default(subscriber);

    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let cart = |size: &str| Kind::CartAdded(CartAdded { item: Some(item("p", &format!("p-{size}"))) });
    shop.happened(["41", "42"].map(|size| event(customer("anna"), cart(size)))).await;
    let open = async |who: &str| {
        let request = GetOpenerRequest { who: Some(customer(who)), ..GetOpenerRequest::default() };
        shop.openers().get_opener(request).await.unwrap().into_inner()
    };
    let plain = async |who: &str| {
        let opener = open(who).await;
        assert_eq!(opener.text, "Hello, good to see you! Shall I show you what’s new?");
        assert_eq!((opener.situation(), opener.products.len()), (Situation::Greeting, 0));
        assert!(!opener.quick_replies.is_empty());
    };
    let database = Connection::open(shop.folder().join("data/outfitter.sqlite3")).unwrap();

    // As on a full disk: it reads, and does not write.
    let full = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'no space'); END";
    database.execute_batch(full).unwrap();
    let request = WriteEventsRequest { events: vec![event(customer("anna"), viewed("p"))], validate_only: false };
    assert_eq!(shop.events().write_events(request).await.unwrap_err().code(), Code::Internal);
    plain("anna").await;
    let told = log.text();
    let warning = told.lines().find(|line| line.contains("WARN") && line.contains("a plain greeting is said"));
    assert!(warning.is_some_and(|line| line.contains("no space")), "{told}");
    assert!(!told.contains("anna"), "{told}");

    // Nor can the profile of somebody who was not there yet be read.
    database.execute_batch("DROP TRIGGER full; ALTER TABLE events RENAME TO gone").unwrap();
    plain("berta").await;

    // Nothing was remembered, so nothing is lost once it is put right.
    database.execute_batch("ALTER TABLE gone RENAME TO events").unwrap();
    assert_eq!(open("anna").await.situation(), Situation::CartSeveralSizes);
}
