//! A data folder that is taken away or damaged under the server: it is noticed, and the shop is never silently empty.

use std::{fs, process::Command, time::Duration};

use outfitter::{proto::*, server};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::shop::{Shop, customer, event, purchased, settings, shoes, viewed};

async fn health(shop: &Shop) -> ServingStatus {
    let answer = HealthClient::new(shop.channel.clone()).check(HealthCheckRequest::default()).await;
    answer.unwrap().into_inner().status()
}

async fn until_not_serving(shop: &Shop) {
    for _ in 0..100 {
        if health(shop).await == ServingStatus::NotServing {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody notices");
}

async fn shop_with_a_buyer() -> Shop {
    let shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q")]).await;
    shop.happened([event(customer("c"), purchased("p", "p-41"))]).await;
    assert_eq!(health(&shop).await, ServingStatus::Serving);
    shop
}

#[tokio::test]
async fn a_folder_that_is_removed_is_noticed_and_takes_no_writes() {
    let shop = shop_with_a_buyer().await;
    fs::remove_dir_all(shop.folder().join("data")).unwrap();
    // At once, before health has looked.
    let request = WriteEventsRequest { events: vec![event(customer("c"), viewed("q"))], validate_only: false };
    let refused = shop.events().write_events(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    until_not_serving(&shop).await;
    // What it knew it still says: the shop is not empty.
    assert!(shop.profile(customer("c")).await.1);
    assert_eq!(shop.ineligible(customer("c"), "p").await, i32::from(Ineligibility::Bought));
}

#[tokio::test]
async fn a_database_that_is_cut_short_is_noticed_and_refused_at_the_next_start() {
    let mut shop = shop_with_a_buyer().await;
    let data = shop.folder().join("data");
    drop(fs::File::create(data.join("outfitter.sqlite3")).unwrap());
    until_not_serving(&shop).await;
    shop.stop().await;
    let _ = fs::remove_file(data.join("outfitter.sqlite3-wal"));
    drop(fs::File::create(data.join("outfitter.sqlite3")).unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::rename(&data, folder.path().join("data")).unwrap();
    let told = server::start(settings(&folder, &[])).await.err().unwrap().to_string();
    assert!(told.contains("0 bytes") && told.contains("backup"), "{told}");
    // Nor does a database that is not there any more make a new shop.
    fs::remove_file(folder.path().join("data/outfitter.sqlite3")).unwrap();
    let told = server::start(settings(&folder, &[])).await.err().unwrap().to_string();
    assert!(told.contains("the database is missing"), "{told}");
}

#[tokio::test]
async fn a_damaged_page_is_noticed_when_it_is_read_and_verify_finds_it() {
    let mut shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let many = |from: usize| (from..from + 500).map(|number| event(customer(&format!("c{number}")), viewed("p")));
    shop.happened(many(0)).await;
    shop.happened(many(500)).await;
    shop.stop().await;
    let data = shop.folder().join("data");
    let verify = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outfitter"));
        let done = command.args(["verify", "--data"]).arg(&data).output().unwrap();
        let text = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
        (done.status.code(), text)
    };
    let (code, told) = verify();
    assert!(code == Some(0) && told.contains("1,000  events") && told.contains("is whole"), "{told}");
    let file = data.join("outfitter.sqlite3");
    let mut bytes = fs::read(&file).unwrap();
    // A leaf of the table of events, in which they stand.
    let place = bytes.windows(6).position(|window| window == b"\"c900\"").unwrap();
    let page = place / 4_096;
    bytes[page * 4_096..page * 4_096 + 64].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let (code, told) = verify();
    assert!(code == Some(1) && told.contains("is damaged"), "{told}");

    let running =
        server::start(settings(&tempfile::tempdir().unwrap(), &[("data", &data.display().to_string())])).await;
    // A log as short as this is counted before anybody is let in.
    let told = running.err().unwrap().to_string();
    assert!(told.contains("damaged") && told.contains("outfitter verify"), "{told}");
}

#[tokio::test]
async fn a_long_log_is_counted_beside_the_calls_and_promises_hold_before() {
    let mut shop = Shop::new().await;
    shop.stock(["p", "q", "r"].map(shoes)).await;
    for from in (0..6_000).step_by(1_000) {
        shop.happened((from..from + 1_000).map(|number| event(customer(&format!("c{number}")), viewed("p")))).await;
    }
    shop.happened([event(customer("c1"), purchased("q", "q-41"))]).await;
    shop.restart().await;
    let request = RecommendRequest { who: Some(customer("c1")), ..RecommendRequest::default() };
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    assert_eq!(answer.fallback(), Fallback::NoModel);
    assert!(answer.products.iter().any(|one| one.product_id == "r"), "{answer:?}");
    assert!(answer.products.iter().all(|one| one.product_id != "q"), "{answer:?}");
    let version = async || {
        let request = ListModelsRequest::default();
        shop.models().list_models(request).await.unwrap().into_inner().model_version
    };
    for _ in 0..600 {
        if version().await != "uncounted" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(version().await, "untrained");
}
