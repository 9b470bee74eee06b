//! Erasure: nothing of the customer comes back, no byte remains, and nobody waits for it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use outfitter::proto::{
    event::Kind, event_service_client::EventServiceClient, profile_service_client::ProfileServiceClient, *,
};
use rusqlite::Connection;
use tonic::{Code, transport::Channel};

use crate::shop::{Shop, customer, event, now_ms, purchased, refused, shoes, viewed, visitor};

async fn erase(shop: &Shop, who: Who) -> EraseCustomerResponse {
    shop.profiles().erase_customer(EraseCustomerRequest { who: Some(who), time_ms: 0 }).await.unwrap().into_inner()
}

async fn receipt(shop: &Shop, receipt_id: &str) -> GetErasureReceiptResponse {
    let request = GetErasureReceiptRequest { receipt_id: receipt_id.into() };
    shop.profiles().get_erasure_receipt(request).await.unwrap().into_inner()
}

async fn completed(shop: &Shop, receipt_id: &str) -> GetErasureReceiptResponse {
    for _ in 0..200 {
        let found = receipt(shop, receipt_id).await;
        if found.remains.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the erasure is not complete after 20 s: {:?}", receipt(shop, receipt_id).await);
}

fn comment(text: &str) -> Kind {
    Kind::Commented(Commented { product_id: String::new(), text: text.into() })
}

/// Whether the text stands in any file of the shop's data.
fn stands_on_disk(shop: &Shop, text: &str) -> bool {
    fs::read_dir(shop.folder().join("data")).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_older_than_the_erasure_is_refused_and_what_is_newer_begins_anew() {
    let mut shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q")]).await;
    let both = Who { customer_id: "c".into(), visitor_id: "v".into(), other: None };
    let mut log =
        [event(visitor("v"), viewed("p")), event(both, purchased("p", "p-41")), event(customer("c"), viewed("q"))];
    for (event, before) in log.iter_mut().zip([300_000, 200_000, 100_000]) {
        event.time_ms = now_ms() - before;
    }
    shop.happened(log.clone()).await;
    erase(&shop, customer("c")).await;
    let mut never_sent = event(visitor("v"), viewed("q"));
    never_sent.time_ms = now_ms() - 250_000;
    for _ in 0..2 {
        for result in shop.write(log.iter().cloned().chain([never_sent.clone()])).await {
            let error = result.error.unwrap();
            assert_eq!((error.code, &*error.field), (Code::FailedPrecondition as i32, "who"), "{error:?}");
            assert!(error.message.contains("erasure") && !error.message.contains('"'), "{error:?}");
        }
        assert!(!shop.profile(customer("c")).await.1 && !shop.profile(visitor("v")).await.1);
        let identifier = Some(Identifier { kind: IdentifierKind::Visitor.into(), value: "v".into() });
        let cause = LinkCause::Login.into();
        let time_ms = now_ms() - 150_000;
        let link = LinkIdentifierRequest { customer_id: "c".into(), identifier, cause, time_ms };
        assert_eq!(shop.profiles().link_identifier(link).await.unwrap_err().code(), Code::FailedPrecondition);
        shop.restart().await;
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut again = event(customer("c"), viewed("p"));
    again.time_ms = now_ms();
    shop.happened([again]).await;
    let (profile, known) = shop.profile(customer("c")).await;
    assert_eq!((profile.events, profile.owned.len(), known), (1, 0, true));
}

#[tokio::test]
async fn an_erasure_that_is_told_late_spares_what_came_since() {
    let shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q"), shoes("r")]).await;
    let asked = now_ms() - 200_000;
    let both = Who { customer_id: "c".into(), visitor_id: "v".into(), other: None };
    let mut log = [
        event(both.clone(), purchased("p", "p-41")),
        event(visitor("v"), viewed("q")),
        event(both, purchased("r", "r-41")),
        event(visitor("v"), viewed("r")),
    ];
    for (event, after) in log.iter_mut().zip([-100_000, 0, 1, 100_000]) {
        event.time_ms = asked + after;
    }
    shop.happened(log.clone()).await;
    // Known, and in memory, before it is erased.
    assert_eq!(shop.profile(customer("c")).await.0.owned.len(), 2);
    let late = EraseCustomerRequest { who: Some(customer("c")), time_ms: asked };
    let erased = shop.profiles().erase_customer(late.clone()).await.unwrap().into_inner();
    assert_eq!((erased.events_erased, erased.time_ms), (2, asked));
    let found = completed(&shop, &erased.receipt_id).await;
    assert_eq!((found.time_ms, found.events_erased), (asked, 2));
    for _ in 0..2 {
        for who in [customer("c"), visitor("v")] {
            let (profile, known) = shop.profile(who).await;
            let owned: Vec<&str> = profile.owned.iter().map(|owned| &*owned.product_id).collect();
            assert_eq!((profile.events, owned, known), (2, vec!["r"], true));
        }
        // The log and the request come again.
        let results = shop.write(log.clone()).await;
        let statuses: Vec<EventStatus> = results.iter().map(EventResult::status).collect();
        let (gone, stays) = (EventStatus::Refused, EventStatus::Duplicate);
        assert_eq!(statuses, [gone, gone, stays, stays]);
        let again = shop.profiles().erase_customer(late.clone()).await.unwrap().into_inner();
        assert_eq!(again.events_erased, 0);
    }
    let time_ms = now_ms() + 86_400_000;
    let ahead = EraseCustomerRequest { who: Some(customer("c")), time_ms };
    refused(shop.profiles().erase_customer(ahead).await, "time_ms", &time_ms.to_string());
    assert!(shop.profile(customer("c")).await.1);
}

#[tokio::test]
async fn a_receipt_is_complete_without_a_restart_and_then_no_byte_remains() {
    let shop = Shop::new().await;
    // Rows of others around and between, so that pages are split and joined.
    for round in 0..60 {
        let of_another = |i| event(customer(&format!("other-{round}-{i}")), comment(&"what others say ".repeat(20)));
        let hers = (0..4).map(|i| event(customer("alice-secret"), comment(&format!("so says the secret {round} {i}"))));
        shop.happened((0..6).map(of_another).chain(hers)).await;
    }
    assert!(stands_on_disk(&shop, "alice-secret") && stands_on_disk(&shop, "says the secret"));
    let erased = erase(&shop, customer("alice-secret")).await;
    assert_eq!((erased.events_erased, erased.remains().collect::<Vec<_>>()), (240, vec![ErasureRemains::FreeSpace]));
    let found = receipt(&shop, &erased.receipt_id).await;
    assert_eq!((found.completed_ms, found.events_erased, found.time_ms), (0, 240, erased.time_ms));
    let found = completed(&shop, &erased.receipt_id).await;
    assert!(found.completed_ms >= erased.time_ms);
    assert!(!stands_on_disk(&shop, "alice-secret") && !stands_on_disk(&shop, "says the secret"));
    assert!(stands_on_disk(&shop, "what others say"));
    let unknown = GetErasureReceiptRequest { receipt_id: "unknown".into() };
    assert_eq!(shop.profiles().get_erasure_receipt(unknown).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn nobody_waits_for_an_erasure_while_somebody_reads() {
    let shop = Shop::new().await;
    shop.happened([event(customer("a"), viewed("p")), event(customer("b"), viewed("p"))]).await;
    let reader = Connection::open(shop.folder().join("data/outfitter.sqlite3")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM events", [], |_| Ok(())).unwrap();
    let began = Instant::now();
    let erased = erase(&shop, customer("a")).await;
    assert!(erased.remains().any(|one| one == ErasureRemains::Log), "{erased:?}");
    for _ in 0..20 {
        shop.happened([event(customer("b"), viewed("p"))]).await;
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(receipt(&shop, &erased.receipt_id).await.remains().any(|one| one == ErasureRemains::Log));
    reader.execute_batch("COMMIT").unwrap();
    completed(&shop, &erased.receipt_id).await;
}

/// No file may grow beyond two mebibytes: the disk is as good as full once the log is as long.
#[tokio::test]
async fn an_erasure_goes_in_where_nothing_else_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let limited = "ulimit -f 4096 && trap '' XFSZ && exec \"$0\" \"$@\"";
    let mut process = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_outfitter")])
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--data"])
        .arg(folder.path().join("data"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
    let channel = Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
    let (mut events, mut profiles) =
        (EventServiceClient::new(channel.clone()), ProfileServiceClient::new(channel.clone()));
    let mut write = async |who: &str| {
        let batch = vec![event(customer(who), comment(&"a long text ".repeat(600)))];
        events.write_events(WriteEventsRequest { events: batch, validate_only: false }).await
    };
    while write("alice").await.is_err_and(|status| status.code() == Code::Unavailable) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut written = 0;
    while write("bob").await.is_ok() {
        written += 1;
        assert!(written < 5_000, "the limit does not hold");
    }
    assert!(written > 20, "{written}");
    let erased = profiles.erase_customer(EraseCustomerRequest { who: Some(customer("alice")), time_ms: 0 }).await;
    let known = profiles.get_profile(GetProfileRequest { who: Some(customer("alice")) }).await;
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(erased.unwrap().into_inner().events_erased, 1);
    assert!(!known.unwrap().into_inner().known);
}
