//! How the process starts and ends: what it says when it can't start, what signals do to it.

use std::{net::TcpListener, time::Duration};

use outfitter::proto::*;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::{
    process::{Process, Rough, answers, connect, lookup, refusal, spawn},
    shop::{customer, event, viewed},
};

#[tokio::test]
async fn one_that_can_t_start_says_why_once_and_prints_nothing() {
    let server = Process::start(&[]).await;
    let folder = server.folder().path().join("data");
    let (line, error) = refusal(spawn(server.folder(), "127.0.0.1:0", &[]));
    assert_eq!(line, "");
    assert_eq!(error, format!("outfitter: the data folder {} is in use by another server\n", folder.display()));

    let other = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (line, error) = refusal(spawn(&other, &address, &[]));
    assert_eq!(line, "");
    assert!(error.starts_with(&format!("outfitter: can't listen on {address}: ")), "{error}");
    assert_eq!(error.matches("os error").count(), 1, "{error}");

    let (line, error) = refusal(spawn(&other, "no-such-host.invalid:7411", &[]));
    assert_eq!(line, "");
    assert!(error.starts_with("outfitter: can't listen on no-such-host.invalid:7411: "), "{error}");
    let (_, error) = refusal(spawn(&other, "localhost", &[]));
    assert_eq!(
        error,
        "outfitter: listen = \"localhost\" (flag --listen): expected a host and a port, as 127.0.0.1:7411 or localhost:7411\n"
    );

    std::fs::create_dir_all(other.path().join("data")).unwrap();
    std::fs::write(other.path().join("data/outfitter.sqlite3"), "a text, no database ".repeat(50)).unwrap();
    let (line, error) = refusal(spawn(&other, "127.0.0.1:0", &[]));
    assert_eq!(line, "");
    assert!(error.contains("file is not a database") && error.matches("not a database").count() == 1, "{error}");
}

#[tokio::test]
async fn a_name_can_be_listened_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, line) = spawn(&folder, "localhost:0", &[]);
    let addr = line.trim().strip_prefix("listening on ").unwrap().parse().unwrap();
    drop(connect(addr).await);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_drains_what_is_under_way_and_refuses_what_is_new() {
    let mut server = Process::start(&["limits.drain_ms=3000"]).await;
    server.signal("HUP");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(answers(&server.channel).await, "SIGHUP ends nothing");

    // A stream that never rests, callers who never stop, half calls, and somebody who never reads.
    let mut client = event_service_client::EventServiceClient::new(server.channel.clone());
    let (send, receive) = mpsc::channel(64);
    let mut replies = client.stream_events(ReceiverStream::new(receive)).await.unwrap().into_inner();
    let sending = tokio::spawn(async move {
        let mut sent = 0_usize;
        while send.send(StreamEventsRequest { event: Some(event(customer("c"), viewed("p"))) }).await.is_ok() {
            sent += 1;
        }
        sent
    });
    let acknowledging = tokio::spawn(async move {
        let mut acknowledged = 0;
        loop {
            match replies.message().await {
                Ok(Some(_)) => acknowledged += 1,
                Ok(None) => return (acknowledged, Code::Ok),
                Err(status) => return (acknowledged, status.code()),
            }
        }
    });
    let mut callers = Vec::new();
    for _ in 0..20 {
        let channel = connect(server.addr).await;
        callers.push(tokio::spawn(async move {
            let mut refused = 0;
            loop {
                match lookup(&channel).await {
                    Ok(()) | Err(Code::NotFound) => {}
                    Err(code) => {
                        assert!(matches!(code, Code::Unavailable | Code::Unknown | Code::Cancelled), "{code:?}");
                        refused += 1;
                        if refused > 3 {
                            return;
                        }
                    }
                }
            }
        }));
    }
    let mut rough = Rough::connect(server.addr, 0).await;
    let mut half = Vec::new();
    for _ in 0..50 {
        half.push(rough.head("CatalogService/GetProduct").await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.signal("TERM");
    let ended = server.ends_within(Duration::from_secs(6)).await.expect("it ends within the time that is set");
    assert!(ended.success(), "{ended:?}");
    for caller in callers {
        caller.await.unwrap();
    }
    let (acknowledged, code) = acknowledging.await.unwrap();
    assert!(acknowledged > 0 && code == Code::Unavailable, "{acknowledged}, {code:?}");
    assert!(sending.await.unwrap() >= acknowledged);
    assert!(tokio::net::TcpStream::connect(server.addr).await.is_err(), "nobody is accepted any more");
}

#[tokio::test]
async fn a_stop_right_after_the_start_is_obeyed() {
    let mut server = Process::start(&[]).await;
    server.signal("TERM");
    let ended = server.ends_within(Duration::from_secs(3)).await.expect("it ends at once");
    assert!(ended.success(), "{ended:?}");
}
