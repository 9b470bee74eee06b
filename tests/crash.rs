//! The real process is killed again and again while a client writes: nothing that was acknowledged is lost, and nothing
//! counts twice when what was not acknowledged is sent again.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use outfitter::proto::{
    ChangeStockRequest, Consent, EraseCustomerRequest, Event, EventStatus, GetErasureReceiptRequest, GetProductRequest,
    GetProfileRequest, Identifier, IdentifierKind, LineItem, LinkCause, LinkIdentifierRequest, Money, Product,
    ProductText, Purchased, Purpose, SetConsentRequest, StockChange, StreamEventsRequest, UpsertProductRequest,
    Variant, Who, WriteEventsRequest, catalog_service_client::CatalogServiceClient, event::Kind,
    event_service_client::EventServiceClient, profile_service_client::ProfileServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

/// How often the process is killed; on a slow machine, on which little is told before it dies, up to so many times as often.
const ROUNDS: u32 = 60;
const PATIENCE: u32 = 4;

/// Customers who are to be erased before it is enough.
const ERASED: usize = 20;

/// How many of her purchases wait for their acknowledgement at most.
const IN_FLIGHT: usize = 64;

/// Customers of whom all is told at the same time.
const AT_ONCE: usize = 6;

/// A process of the server, killed when it is dropped.
struct Server {
    process: Child,
    channel: Channel,
}

impl Server {
    async fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_outfitter"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
        let channel = Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
        let server = Self { process, channel };
        server.until_loaded().await;
        server
    }

    async fn until_loaded(&self) {
        let mut catalog = CatalogServiceClient::new(self.channel.clone());
        for _ in 0..500 {
            match catalog.get_product(GetProductRequest { id: "p".into() }).await {
                Err(status) if status.code() == tonic::Code::Unavailable => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                _ => return,
            }
        }
        panic!("the server did not load its state in time");
    }

    /// SIGKILL: nothing is drained, nothing is flushed.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn buyer() -> Who {
    Who { customer_id: "c".into(), ..Who::default() }
}

/// One unit is bought: what she owns counts how often each event counted.
fn purchase(number: u64) -> Event {
    let item = LineItem { product_id: "p".into(), variant_id: "v".into(), quantity: 1, ..LineItem::default() };
    let kind = Some(Kind::Purchased(Purchased { order_id: String::new(), items: vec![item] }));
    Event { id: format!("e{number}"), who: Some(buyer()), time_ms: now_ms(), kind, ..Event::default() }
}

/// What the client knows: what is to be sent, and what was acknowledged.
#[derive(Default)]
struct Ledger {
    unacknowledged: VecDeque<Event>,
    next: u64,
    acknowledged: u64,
    stock: i64,
    stock_acknowledged: i64,
}

impl Ledger {
    /// Writes until the server is gone: first what was not acknowledged, in the same form, then what is new.
    async fn write(&mut self, channel: Channel) {
        let mut client = EventServiceClient::new(channel);
        let (send, receive) = mpsc::channel(IN_FLIGHT);
        for event in &self.unacknowledged {
            send.try_send(StreamEventsRequest { event: Some(event.clone()) }).unwrap();
        }
        let Ok(replies) = client.stream_events(ReceiverStream::new(receive)).await else { return };
        let mut replies = replies.into_inner();
        loop {
            while self.unacknowledged.len() < IN_FLIGHT {
                let event = purchase(self.next);
                if send.send(StreamEventsRequest { event: Some(event.clone()) }).await.is_err() {
                    return;
                }
                self.next += 1;
                self.unacknowledged.push_back(event);
            }
            let Ok(Some(reply)) = replies.message().await else { return };
            let result = reply.result.unwrap();
            assert_ne!(result.status(), EventStatus::Refused, "{result:?}");
            assert_eq!(self.unacknowledged.pop_front().unwrap().id, result.event_id);
            self.acknowledged += 1;
        }
    }
}

/// A customer of whom everything is told once: an event under two names, a link, a refusal, and of every second an erasure. Each
/// is acknowledged or not, and nothing more is sent of whom something was not.
struct Told {
    number: u64,
    event: Event,
    /// Of the event, the link and the refusal, in this order, how many.
    acknowledged: usize,
    is_erasure_sent: bool,
    receipt: Option<String>,
}

impl Told {
    fn new(number: u64) -> Self {
        let item = LineItem { product_id: "p".into(), variant_id: "v".into(), quantity: 1, ..LineItem::default() };
        let kind = Some(Kind::Purchased(Purchased { order_id: String::new(), items: vec![item] }));
        let who = Who { visitor_id: format!("browser-{number}"), ..customer(number) };
        let event = Event { id: format!("m{number}"), who: Some(who), time_ms: now_ms() - 1, kind, ..Event::default() };
        let (receipt, is_erasure_sent) = (None, false);
        Self { number, event, acknowledged: 0, is_erasure_sent, receipt }
    }

    /// Tells all of the customer, as far as the server lives.
    async fn tell(&mut self, channel: &Channel) -> Option<()> {
        let mut profiles = ProfileServiceClient::new(channel.clone());
        let request = WriteEventsRequest { events: vec![self.event.clone()], validate_only: false };
        let written = EventServiceClient::new(channel.clone()).write_events(request).await.ok()?.into_inner();
        assert_eq!(written.results[0].error, None);
        self.acknowledged = 1;
        let identifier =
            Some(Identifier { kind: IdentifierKind::Device.into(), value: format!("phone-{}", self.number) });
        let customer_id = format!("m{}", self.number);
        let cause = LinkCause::Login.into();
        profiles.link_identifier(LinkIdentifierRequest { customer_id, identifier, cause, time_ms: 0 }).await.ok()?;
        self.acknowledged = 2;
        let purpose = Purpose::Personalization.into();
        let consents = vec![Consent { purpose, granted: false, source: "web".into(), time_ms: 0 }];
        profiles.set_consent(SetConsentRequest { who: Some(customer(self.number)), consents }).await.ok()?;
        self.acknowledged = 3;
        if self.number.is_multiple_of(2) {
            self.is_erasure_sent = true;
            let erase = EraseCustomerRequest { who: Some(customer(self.number)), time_ms: 0 };
            self.receipt = Some(profiles.erase_customer(erase).await.ok()?.into_inner().receipt_id);
        }
        Some(())
    }

    /// What was acknowledged holds.
    async fn check(&self, channel: &Channel) {
        let mut profiles = ProfileServiceClient::new(channel.clone());
        let asked = GetProfileRequest { who: Some(customer(self.number)) };
        let answer = profiles.get_profile(asked).await.unwrap().into_inner();
        let profile = answer.profile.unwrap();
        if let Some(receipt_id) = self.receipt.clone() {
            assert!(!answer.known, "the erased customer {} is known", self.number);
            profiles.get_erasure_receipt(GetErasureReceiptRequest { receipt_id }).await.unwrap();
            let request = WriteEventsRequest { events: vec![self.event.clone()], validate_only: false };
            let again = EventServiceClient::new(channel.clone()).write_events(request).await.unwrap().into_inner();
            let code = again.results[0].error.as_ref().map(|error| tonic::Code::from(error.code));
            assert_eq!(code, Some(tonic::Code::FailedPrecondition), "the erased customer {} comes back", self.number);
        } else if !self.is_erasure_sent {
            let (links, refused) = (profile.links.len(), profile.consents.iter().any(|consent| !consent.granted));
            assert!(self.acknowledged < 1 || profile.owned.len() == 1, "{}: {profile:?}", self.number);
            assert!(self.acknowledged < 2 || links == 2, "{}: {profile:?}", self.number);
            assert!(self.acknowledged < 3 || refused, "{}: {profile:?}", self.number);
        }
    }
}

fn customer(number: u64) -> Who {
    Who { customer_id: format!("m{number}"), ..Who::default() }
}

/// Tells of one customer after the other until the server is gone.
async fn tell_customers(channel: Channel, from: u64) -> Vec<Told> {
    let mut all = Vec::new();
    for number in (from..).step_by(AT_ONCE) {
        let mut told = Told::new(number);
        let whole = told.tell(&channel).await;
        all.push(told);
        if whole.is_none() {
            break;
        }
    }
    all
}

async fn change_stock(channel: Channel, from: i64) -> (i64, i64) {
    let mut client = CatalogServiceClient::new(channel);
    let (send, receive) = mpsc::channel(1);
    let (mut sent, mut acknowledged) = (from, 0);
    let Ok(replies) = client.change_stock(ReceiverStream::new(receive)).await else { return (sent, acknowledged) };
    let mut replies = replies.into_inner();
    loop {
        sent += 1;
        let change =
            StockChange { product_id: "p".into(), variant_id: "v".into(), stock: Some(sent), ..StockChange::default() };
        if send.send(ChangeStockRequest { change: Some(change) }).await.is_err() {
            return (sent, acknowledged);
        }
        match replies.message().await {
            Ok(Some(reply)) if reply.error.is_none() => acknowledged = sent,
            Ok(Some(reply)) => panic!("{reply:?}"),
            _ => return (sent, acknowledged),
        }
    }
}

async fn owned(channel: &Channel) -> u64 {
    let mut client = ProfileServiceClient::new(channel.clone());
    let profile = client.get_profile(GetProfileRequest { who: Some(buyer()) }).await.unwrap().into_inner().profile;
    let owned = profile.unwrap().owned;
    owned.first().map_or(0, |one| u64::try_from(one.kept_quantity).unwrap())
}

async fn stocked(channel: &Channel) -> i64 {
    let mut client = CatalogServiceClient::new(channel.clone());
    let found = client.get_product(GetProductRequest { id: "p".into() }).await.unwrap().into_inner();
    found.product.unwrap().variants[0].stock.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(folder.path()).await;
    CatalogServiceClient::new(first.channel.clone()).upsert_product(product()).await.unwrap();
    first.kill();

    let mut ledger = Ledger::default();
    let mut customers: Vec<Told> = Vec::new();
    let erased = |customers: &[Told]| customers.iter().filter(|told| told.receipt.is_some()).count();
    for round in 0..ROUNDS * PATIENCE {
        if round >= ROUNDS && erased(&customers) > ERASED {
            break;
        }
        let server = Server::start(folder.path()).await;
        let there = owned(&server.channel).await;
        let (least, most) = (ledger.acknowledged, ledger.next);
        assert!((least..=most).contains(&there), "round {round}: {there} of {least} acknowledged, {most} sent");
        let stock = stocked(&server.channel).await;
        let (least, most) = (ledger.stock_acknowledged, ledger.stock);
        assert!((least..=most).contains(&stock), "round {round}: stock {stock}, acknowledged {least}, sent {most}");

        // Of the last round all; of earlier ones at the end.
        for told in customers.iter().rev().take(40) {
            told.check(&server.channel).await;
        }

        let from = ledger.stock;
        let next = customers.iter().map(|told| told.number + 1).max().unwrap_or_default();
        let mixed = (0..AT_ONCE as u64).map(|one| tokio::spawn(tell_customers(server.channel.clone(), next + one)));
        let mixed: Vec<_> = mixed.collect();
        let changes = tokio::spawn(change_stock(server.channel.clone(), from));
        let channel = server.channel.clone();
        let killer = tokio::spawn(async move {
            // From the middle of the first commits to the middle of the hundredth.
            tokio::time::sleep(Duration::from_millis(5 + u64::from(round * 37 % 200))).await;
            server.kill();
        });
        ledger.write(channel).await;
        killer.await.unwrap();
        for one in mixed {
            customers.extend(one.await.unwrap());
        }
        let (sent, acknowledged) = changes.await.unwrap();
        ledger.stock = sent;
        ledger.stock_acknowledged = ledger.stock_acknowledged.max(acknowledged);
    }
    assert!(ledger.acknowledged > u64::from(ROUNDS), "only {} were acknowledged", ledger.acknowledged);

    // What was left open is sent again: now each counts, and each once.
    let server = Server::start(folder.path()).await;
    for told in &customers {
        told.check(&server.channel).await;
    }
    let erased = erased(&customers);
    assert!(erased > ERASED, "only {erased} were erased");
    let messages: Vec<_> =
        ledger.unacknowledged.iter().map(|event| StreamEventsRequest { event: Some(event.clone()) }).collect();
    let mut replies = EventServiceClient::new(server.channel.clone())
        .stream_events(tokio_stream::iter(messages))
        .await
        .unwrap()
        .into_inner();
    while let Some(reply) = replies.message().await.unwrap() {
        assert_ne!(reply.result.unwrap().status(), EventStatus::Refused);
    }
    assert_eq!(owned(&server.channel).await, ledger.next);
}

fn product() -> UpsertProductRequest {
    let price = Some(Money { minor: 1_999, currency: "PLN".into() });
    let texts = vec![ProductText { locale: "en".into(), title: "Coffee".into(), description: String::new() }];
    let variants = vec![Variant { id: "v".into(), price, stock: Some(0), ..Variant::default() }];
    let product = Some(Product { id: "p".into(), texts, variants, ..Product::default() });
    UpsertProductRequest { product, validate_only: false }
}
