//! `outfitter import --server`: into a server that is up comes what would come into its folder while it is down.

use std::{fs, net::SocketAddr, path::Path, process::Output, time::Duration};

use outfitter::{
    config::{Given, load},
    domain::{
        catalog::Product,
        customer::Identifier,
        event::Event,
        store::{Seq, Store as _},
    },
    server::{self, Running},
    store::Embedded,
};
use tempfile::TempDir;

use super::{call, outfitter};

const FEED: &str = r#"<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<item><g:id>b-41</g:id><g:item_group_id>boots</g:item_group_id><g:title>Boots</g:title><g:price>129 PLN</g:price><g:size>41</g:size></item>
<item><g:id>b-42</g:id><g:item_group_id>boots</g:item_group_id><g:title>Boots</g:title><g:price>129 PLN</g:price><g:size>42</g:size></item>
<item><g:id>mug</g:id><g:title>Mug</g:title><g:price>20 PLN</g:price></item>
<item><g:id>lamp</g:id><g:title></g:title><g:price>20 PLN</g:price></item>
</channel></rss>"#;

/// The next day: one size has no price, and the mug is gone.
const NEXT_DAY: &str = r#"<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<item><g:id>b-41</g:id><g:item_group_id>boots</g:item_group_id><g:title>Boots</g:title><g:price>129 PLN</g:price><g:size>41</g:size></item>
<item><g:id>b-42</g:id><g:item_group_id>boots</g:item_group_id><g:title>Boots</g:title><g:size>42</g:size></item>
</channel></rss>"#;

/// A visitor who becomes a customer, a purchase, traits, an alias after and before an event that names both, a bad line.
const CALLS: &str = r#"{"type":"track","event":"Product Viewed","messageId":"m1","anonymousId":"v1","timestamp":"2023-01-01T00:00:00Z","properties":{"product_id":"boots"}}
{"type":"track","event":"Order Completed","messageId":"m2","userId":"ada","anonymousId":"v1","timestamp":"2023-01-02T00:00:00Z","properties":{"order_id":"o1","currency":"PLN","products":[{"product_id":"boots","variant":"b-41","price":129,"quantity":1},{"product_id":"mug","price":20,"quantity":2}]}}
{"type":"alias","messageId":"m3","userId":"ada","previousId":"v1","timestamp":"2023-01-03T00:00:00Z"}
{"type":"alias","messageId":"m4","userId":"bea","previousId":"v2","timestamp":"2023-01-03T00:00:00Z"}
{"type":"track","event":"Product Added","messageId":"m5","userId":"bea","anonymousId":"v2","timestamp":"2023-01-04T00:00:00Z","properties":{"product_id":"mug","price":20,"currency":"PLN"}}
{"type":"identify","messageId":"m6","userId":"bea","timestamp":"2023-01-05T00:00:00Z","traits":{"email":"bea@example.com","locale":"pl","tier":"gold"}}
{"type":"track","event":"Product Viewed","messageId":"m1","anonymousId":"v9","timestamp":"2023-01-01T00:00:00Z","properties":{"product_id":"mug"}}
rubbish
"#;

/// Somebody who was forgotten and came again; the request stands behind what came after it. And a name of two things.
const FORGOTTEN: &str = r#"{"type":"track","event":"Product Viewed","messageId":"n1","userId":"dan","anonymousId":"v3","timestamp":"2023-03-01T00:00:00Z","properties":{"product_id":"mug"}}
{"type":"track","event":"Product Viewed","messageId":"n2","userId":"dan","anonymousId":"v3","timestamp":"2023-03-03T00:00:00Z","properties":{"product_id":"boots"}}
{"type":"track","event":"Product Viewed","messageId":"n3","anonymousId":"v3","timestamp":"2023-03-04T00:00:00Z","properties":{"product_id":"mug"}}
{"type":"delete","messageId":"n4","userId":"dan","timestamp":"2023-03-02T00:00:00Z"}
{"type":"track","event":"Product Viewed","messageId":"n5","userId":"eve","timestamp":"2023-03-04T00:00:00Z","properties":{"product_id":"mug"}}
"#;

/// One size of the boots is called as the mug is.
const TWOFOLD: &str = r#"<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<item><g:id>mug</g:id><g:item_group_id>boots</g:item_group_id><g:title>Boots</g:title><g:price>129 PLN</g:price><g:size>43</g:size></item>
<item><g:id>mug-1</g:id><g:item_group_id>mug</g:item_group_id><g:title>Mug</g:title><g:price>20 PLN</g:price></item>
</channel></rss>"#;

const CUSTOMERS: &str = r#"{"customer":"ada","updated":"2023-02-01T00:00:00Z","email":"ada@example.com","phone":"+48600100200","loyalty_card":"77","traits":{"tier":"silver"},"consents":{"marketing":false,"personalization":true},"sizes":[{"garment":"shoes","audience":"women","size":"41","system":"eu"}]}
{"customer":"bea","updated":"2023-02-01T00:00:00Z","device":"d1","consents":{"analytics":true}}
{"customer":"bea","updated":"2023-02-01T00:00:00Z","device":"d1","consents":{"analytics":true}}
{"customer":"cyd","updated":"2023-02-01T00:00:00Z","device":"d1","traits":{"tier":""}}
"#;

const FILES: [(&str, &str, &str); 3] =
    [("products", "feed.xml", FEED), ("events", "calls.jsonl", CALLS), ("customers", "customers.jsonl", CUSTOMERS)];

async fn serve(data: &Path, listen: &str) -> Running {
    let data = data.display().to_string();
    let flags = [("listen", listen), ("data", &data), ("models", "none"), ("limits.drain_ms", "1000")];
    let flags = flags.map(|(key, value)| ("test".to_owned(), key.to_owned(), value.to_owned()));
    server::start(load(&Given { flags: flags.into(), ..Given::default() }).unwrap().settings).await.unwrap()
}

/// The command's own process, so that nothing of this one helps it.
async fn import(what: &str, file: &Path, to: &[&str]) -> Output {
    let mut command = outfitter();
    command.args(["import", what]).arg(file).args(to);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn tally(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.split_inclusive('\n').filter(|line| !line.contains("seconds")).collect()
}

/// What is of the moment of the import is left out.
fn timeless(mut product: Product) -> Product {
    product.available_since = outfitter::domain::Timestamp(0);
    for variant in &mut product.variants {
        variant.changed = product.available_since;
    }
    product
}

/// Events with whose they are, in the order of their ids, and products.
fn state(data: &Path) -> (Vec<(Event, Identifier)>, Vec<Product>) {
    let store = Embedded::open_to_read(data).unwrap();
    let (mut events, mut products) = (Vec::new(), Vec::new());
    store.each_event(Seq::default(), &mut |_, event, owner| events.push((event, owner))).unwrap();
    store.each_product(&mut |product| products.push(timeless(product))).unwrap();
    events.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    (events, products)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_up_takes_what_its_folder_would() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let data = here.display().to_string();
    let running = serve(&there, "127.0.0.1:0").await;
    let address = running.addr.to_string();
    for _ in 0..2 {
        for (what, name, content) in FILES {
            let file = folder.path().join(name);
            fs::write(&file, content).unwrap();
            let local = import(what, &file, &["--data", &data]).await;
            let remote = import(what, &file, &["--server", &address]).await;
            assert!(local.status.success() && remote.status.success(), "{name}: {local:?} {remote:?}");
            assert_eq!(tally(&remote), tally(&local), "{name}");
        }
    }
    running.stop().await;
    let (events, products) = state(&there);
    assert_eq!((events.len(), products.len()), (10, 2));
    assert_eq!((events, products), state(&here));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_spares_what_came_later_and_a_doubt_is_told_once() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let data = here.display().to_string();
    let running = serve(&there, "127.0.0.1:0").await;
    let address = running.addr.to_string();
    let mut told = String::new();
    for (what, name, content) in [("products", "feed.xml", TWOFOLD), ("events", "calls.jsonl", FORGOTTEN)] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let local = import(what, &file, &["--data", &data]).await;
        let remote = import(what, &file, &["--server", &address]).await;
        assert!(local.status.success() && remote.status.success(), "{name}: {local:?} {remote:?}");
        told = tally(&local);
        assert_eq!(tally(&remote), told, "{name}");
    }
    running.stop().await;
    assert_eq!(
        told,
        "\"mug\" is a product and a variant of another: the product is meant (events: 3)\n           5  rows read\n           \
         4  events written\n           1  ids that events name mean more than one thing\n           1  customers erased\n"
    );
    let (events, products) = state(&there);
    let seen = events.iter().map(|(event, owner)| format!("{} {}", event.id, owner.value));
    assert_eq!(seen.collect::<Vec<_>>(), ["n2 dan", "n3 dan", "n5 eve"]);
    assert_eq!((events, products), state(&here));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_up_takes_a_whole_catalogue() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let data = here.display().to_string();
    let running = serve(&there, "127.0.0.1:0").await;
    let address = running.addr.to_string();
    let file = folder.path().join("feed.xml");
    for (content, limit) in [(FEED, "0"), (NEXT_DAY, "30"), (NEXT_DAY, "50")] {
        fs::write(&file, content).unwrap();
        let flags = ["--whole", "--whole-limit", limit];
        let local = import("products", &file, &[&["--data", &data], &flags[..]].concat()).await;
        let remote = import("products", &file, &[&["--server", &address], &flags[..]].concat()).await;
        assert_eq!(local.status.success(), limit != "30", "{local:?}");
        assert_eq!((remote.status, tally(&remote)), (local.status, tally(&local)));
    }
    running.stop().await;
    let (_, products) = state(&there);
    assert_eq!(products, state(&here).1);
    let sold = products.iter().flat_map(|product| &product.variants).map(|one| (one.id.as_str(), one.sellable()));
    assert_eq!(sold.collect::<Vec<_>>(), [("b-41", true), ("b-42", false), ("mug", false)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_outlives_a_restart_of_the_server() {
    const EVENTS: usize = 20_000;
    let folder = TempDir::new().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("calls.jsonl"));
    // Of few people and things: the server counts all that they did before it serves again.
    let calls = (0..EVENTS).map(|number| call(number % 7).replace("\"m", &format!("\"m{number}-")));
    fs::write(&file, calls.collect::<String>()).unwrap();
    let running = serve(&data, "127.0.0.1:0").await;
    let address: SocketAddr = running.addr;
    let importing = tokio::spawn(async move { import("events", &file, &["--server", &address.to_string()]).await });
    while running.shop.store.counts().unwrap().events < 1_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.stop().await;
    assert!(!importing.is_finished(), "the server went down in the middle");
    let running = serve(&data, &address.to_string()).await;
    let output = importing.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(running.shop.store.counts().unwrap().events, EVENTS as u64);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_the_way_and_who_is_not_there_is_told() {
    let folder = TempDir::new().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("calls.jsonl"));
    fs::write(&file, call(1)).unwrap();
    let running = serve(&data, "127.0.0.1:0").await;
    let told = |output: Output| String::from_utf8(output.stderr).unwrap();
    let busy = told(import("events", &file, &["--data", &data.display().to_string()]).await);
    assert!(busy.contains("is in use by another server: give its address by --server"), "{busy}");
    let address = running.addr.to_string();
    running.stop().await;
    let gone = told(import("events", &file, &["--server", &address]).await);
    assert!(gone.contains(&format!("no server answers at {address}")), "{gone}");
    let odd = told(import("events", &file, &["--server", "over there"]).await);
    assert!(odd.contains("--server over there is no address"), "{odd}");
}
