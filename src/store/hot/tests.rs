//! The laws of hot profiles: what the log says, in whatever order it came, never stale under load.

use std::{collections::HashMap, path::Path, sync::atomic::AtomicUsize, time::Duration};

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::{runtime, time::Instant};

use super::*;
use crate::{
    domain::{
        Id, Timestamp,
        catalog::Product,
        customer::{LinkCause, Purpose, noisy_log},
        event::{EventKind, LineItem, ReturnReason, Who},
        merchandising::MerchandisingRule,
        store::{Counts, ErasureReceipt, History, Refusal, Write, Written},
    },
    store::{
        self, Embedded, Opened, Options,
        contract::{customer, id, look, visitor},
    },
};

fn open(folder: &Path, ids: &Arc<Ids>, profile_bytes: u64) -> Opened {
    open_with(folder, ids, Options { profile_bytes, ..Options::default() })
}

fn open_with(folder: &Path, ids: &Arc<Ids>, options: Options) -> Opened {
    store::open(folder, Options { readers: 2, ..options }, Arc::clone(ids), Vec::new()).unwrap()
}

fn everybody() -> [Identifier; 4] {
    [customer("a"), customer("b"), visitor("v"), visitor("w")]
}

/// What happens to a store, in numbers that shrink well.
#[derive(Debug, Clone)]
enum Interaction {
    Event { who: usize, time: i64, kind: usize, product: usize },
    Again(usize),
    Link { alias: usize, customer: usize, time: i64 },
    Undo(usize),
    Erase(usize),
}

/// At even moments, so that those of odd ones stand apart from them.
fn events() -> impl Strategy<Value = Interaction> {
    let parts = (0..8_usize, 0..15_i64, 0..7_usize, 0..3_usize);
    parts.prop_map(|(who, time, kind, product)| Interaction::Event { who, time: 2 * time, kind, product })
}

fn interactions() -> impl Strategy<Value = Interaction> {
    prop_oneof![
        12 => events(),
        1 => (0..20_usize).prop_map(Interaction::Again),
        2 => (0..2_usize, 0..2_usize, 0..30_i64).prop_map(|(alias, customer, time)| Interaction::Link { alias, customer, time }),
        2 => (0..20_usize).prop_map(Interaction::Undo),
        1 => (0..4_usize).prop_map(Interaction::Erase),
    ]
}

fn event(number: usize, who: usize, time: i64, kind: usize, product: usize) -> Event {
    let who = ["a", "b", "/v", "/w", "a/v", "a/w", "b/v", "b/w"][who];
    let product = id(["p", "q", "r"][product]);
    let item =
        LineItem { product: product.clone(), variant: Some(id("x")), quantity: 2, unit_price: None, position: 0 };
    let kind = match kind {
        0 => EventKind::ProductViewed { product, variant: None },
        1 => EventKind::CartAdded { item },
        2 => EventKind::Purchased { order: Some(id("o")), items: vec![item.clone(), LineItem { quantity: 1, ..item }] },
        3 => EventKind::Returned { order: None, items: vec![item], reason: Some(ReturnReason::TooSmall) },
        4 => EventKind::TraitSet { name: "colour".into(), value: product.shared(), source: "crm".into() },
        5 => EventKind::ConsentSet {
            purpose: Purpose::Personalization,
            granted: number.is_multiple_of(2),
            source: "".into(),
        },
        _ => EventKind::Searched { query: product.shared() },
    };
    Event { kind, ..look(&format!("e{number}"), who, time) }
}

fn event_of_nobody() -> Event {
    look("refused", "", 0)
}

/// Turns acts into writes: events are numbered, and links that were made can be taken back.
#[derive(Default)]
struct Past {
    events: Vec<Event>,
    links: Vec<Id>,
}

impl Past {
    fn write(&mut self, interaction: &Interaction) -> Write {
        match interaction {
            Interaction::Event { who, time, kind, product } => {
                self.events.push(event(self.events.len(), *who, *time, *kind, *product));
                Write::Event(self.events[self.events.len() - 1].clone())
            }
            Interaction::Again(nth) => {
                let event = self.events.get(nth % self.events.len().max(1));
                Write::Event(event.cloned().unwrap_or_else(event_of_nobody))
            }
            Interaction::Link { alias, customer, time } => Write::Link {
                alias: everybody()[2 + alias].clone(),
                customer: everybody()[*customer].value.clone(),
                cause: LinkCause::Login,
                time: Timestamp(*time),
            },
            Interaction::Undo(nth) => Write::Undo {
                link: self.links.get(nth % self.links.len().max(1)).cloned().unwrap_or_else(|| id("none")),
            },
            Interaction::Erase(nth) => {
                Write::Erase { who: everybody()[*nth].clone(), time: Timestamp(99), spares_newer: false }
            }
        }
    }

    fn learn(&mut self, answers: Vec<Result<Written, Refusal>>) {
        for answer in answers {
            if let Ok(Written::Linked { link, .. }) = answer {
                self.links.push(link.id);
            }
        }
    }
}

fn rebuilt(opened: &Opened, ids: &Ids, who: &Identifier) -> Profile {
    let history = opened.store.history(who).unwrap();
    Profile::of(history.links, &history.events, history.as_of, ids)
}

/// All that the log says, told apart by owner: what a start of the server reads.
fn from_the_log(opened: &Opened, ids: &Ids) -> HashMap<Identifier, Profile> {
    let mut profiles: HashMap<Identifier, Profile> = HashMap::new();
    let visit = &mut |_, event: Event, owner| {
        profiles.entry(owner).or_default().fold([&event], ids);
    };
    opened.store.each_event(Seq(0), visit).unwrap();
    profiles
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever happens, and however little fits into the memory, a profile is what the log says.
    #[test]
    fn the_hot_profile_is_the_one_of_the_log(
        batches in prop::collection::vec(prop::collection::vec(interactions(), 1..5), 1..14),
        bytes in prop::sample::select(vec![0_u64, 2_500, 1 << 24]),
        identity_links in prop::sample::select(vec![1_usize, 20]),
    ) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let folder = TempDir::new().unwrap();
        let ids = Arc::new(Ids::default());
        let options = Options { profile_bytes: bytes, identity_links, ..Options::default() };
        let opened = open_with(folder.path(), &ids, options);
        let mut past = Past::default();
        for batch in &batches {
            let writes = batch.iter().map(|interaction| past.write(interaction)).collect();
            past.learn(runtime.block_on(opened.store.write(writes)).unwrap());
            for who in everybody() {
                let hot = runtime.block_on(opened.profiles.of(&who)).unwrap();
                prop_assert_eq!(&*hot, &rebuilt(&opened, &ids, &who));
            }
        }
        let log = from_the_log(&opened, &ids);
        for who in everybody() {
            let mut expected = rebuilt(&opened, &ids, &who);
            expected.links.clear();
            let owner = opened.store.owner(&who).unwrap();
            prop_assert_eq!(log.get(&owner).cloned().unwrap_or_default(), expected);
        }
    }

    /// What a network and a shop make of a clean log leads to the profile of the clean log: tellings again, parts, late lines,
    /// batches that failed half way and were sent again, a login somewhere between them.
    #[test]
    fn noise_changes_nothing_that_the_store_says(
        (clean, noisy) in noisy_log(),
        size in 1..6_usize,
        login in 0..9_usize,
    ) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let ids = Arc::new(Ids::default());
        let (alias, ada) = (visitor("v"), id("ada"));
        let join = Write::Link { alias, customer: ada, cause: LinkCause::Login, time: Timestamp(20) };
        // A part of it was done before the login.
        let write = |event: &Event| {
            let mut event = event.clone();
            if event.id.as_str().split('~').next().unwrap().ends_with(['1', '4', '7']) {
                event.who = Who::visitor(id("v"));
            }
            Write::Event(event)
        };
        let mut sent: Vec<Write> = noisy.iter().map(write).collect();
        sent.insert(login.min(sent.len()), join.clone());
        sent.push(join.clone());
        let seen = [vec![join].into_iter().chain(clean.iter().map(write)).collect(), sent].map(|writes: Vec<Write>| {
            let folder = TempDir::new().unwrap();
            let opened = open(folder.path(), &ids, 1 << 24);
            for batch in writes.chunks(size) {
                runtime.block_on(opened.store.write(batch[..batch.len() / 2].to_vec())).unwrap();
                runtime.block_on(opened.profiles.of(&customer("ada"))).unwrap();
                runtime.block_on(opened.store.write(batch.to_vec())).unwrap();
            }
            let mut profile = Profile::clone(&runtime.block_on(opened.profiles.of(&visitor("v"))).unwrap());
            profile.links.iter_mut().for_each(|link| link.id = id("any"));
            profile
        });
        prop_assert_eq!(&seen[0], &seen[1]);
        prop_assert_eq!(seen[0].events() == 0, clean.is_empty());
    }

    /// The same events in the order of their coming and in the reverse make the same profiles.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        links in prop::collection::vec((0..2_usize, 0..2_usize), 0..3),
        interactions in prop::collection::vec(events(), 1..25),
    ) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let ids = Arc::new(Ids::default());
        let mut past = Past::default();
        // At moments of their own: those of one moment stand in the order of their ids, which are random here.
        let links: Vec<_> = (0..)
            .zip(links)
            .map(|(nth, (alias, customer))| past.write(&Interaction::Link { alias, customer, time: 14 * nth + 1 }))
            .collect();
        let mut events: Vec<_> = interactions.iter().map(|interaction| past.write(interaction)).collect();
        let mut seen = Vec::new();
        for _ in 0..2 {
            let folder = TempDir::new().unwrap();
            let opened = open(folder.path(), &ids, 1 << 24);
            runtime.block_on(opened.store.write(links.clone())).unwrap();
            for write in &events {
                runtime.block_on(opened.profiles.of(&everybody()[2])).unwrap();
                runtime.block_on(opened.store.write(vec![write.clone()])).unwrap();
            }
            seen.push(everybody().map(|who| {
                let mut profile = Profile::clone(&runtime.block_on(opened.profiles.of(&who)).unwrap());
                // Those that were asked for have random ids.
                profile.links.iter_mut().for_each(|link| link.id = id("any"));
                profile
            }));
            events.reverse();
        }
        prop_assert_eq!(&seen[0], &seen[1]);
    }
}

/// Lets time pass between reading and answering, where a careless cache would miss what is written meanwhile.
struct Slow(Arc<dyn Store>);

impl Slow {
    fn late<T>(answer: T) -> T {
        std::thread::sleep(Duration::from_micros(300));
        answer
    }
}

#[async_trait]
impl Store for Slow {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refusal>>, StoreError> {
        self.0.write(writes).await
    }

    fn owner(&self, who: &Identifier) -> Result<Identifier, StoreError> {
        Self::late(self.0.owner(who))
    }

    fn history(&self, who: &Identifier) -> Result<History, StoreError> {
        Self::late(self.0.history(who))
    }

    fn each_event(&self, after: Seq, visit: &mut dyn FnMut(Seq, Event, Identifier)) -> Result<Seq, StoreError> {
        self.0.each_event(after, visit)
    }

    fn each_product(&self, visit: &mut dyn FnMut(Product)) -> Result<(), StoreError> {
        self.0.each_product(visit)
    }

    fn product(&self, id: &Id) -> Result<Option<Product>, StoreError> {
        self.0.product(id)
    }

    fn products_page(&self, after: Option<&Id>, limit: usize) -> Result<Vec<Product>, StoreError> {
        self.0.products_page(after, limit)
    }

    fn merchandising_rules(&self) -> Result<Vec<MerchandisingRule>, StoreError> {
        self.0.merchandising_rules()
    }

    fn erasure(&self, receipt: &Id) -> Result<Option<ErasureReceipt>, StoreError> {
        self.0.erasure(receipt)
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.0.counts()
    }
}

const CUSTOMERS: usize = 64;

/// What was acknowledged and what was begun, by customer.
struct Tally {
    acknowledged: Vec<AtomicUsize>,
    begun: Vec<AtomicUsize>,
}

async fn write_events(opened: Arc<Opened>, tally: Arc<Tally>, writer: usize, until: Instant) {
    for turn in 0_usize.. {
        if Instant::now() > until {
            return;
        }
        let who = (turn * 7 + writer * 13) % CUSTOMERS;
        let batch = 1 + turn % 3;
        tally.begun[who].fetch_add(batch, Ordering::SeqCst);
        let write = |part| Write::Event(look(&format!("{writer}-{turn}-{part}"), &format!("c{who}"), 10));
        assert!(opened.store.write((0..batch).map(write).collect()).await.unwrap().iter().all(Result::is_ok));
        tally.acknowledged[who].fetch_add(batch, Ordering::SeqCst);
    }
}

async fn read_profiles(opened: Arc<Opened>, tally: Arc<Tally>, reader: usize, until: Instant) -> usize {
    for turn in 0_usize.. {
        if Instant::now() > until {
            return turn;
        }
        let who = (turn * 5 + reader * 3) % CUSTOMERS;
        let least = tally.acknowledged[who].load(Ordering::SeqCst) as u64;
        let seen = opened.profiles.of(&customer(&format!("c{who}"))).await.unwrap().events();
        let most = tally.begun[who].load(Ordering::SeqCst) as u64;
        assert!((least..=most).contains(&seen), "c{who}: {seen} events seen, {least} acknowledged, {most} begun");
        tokio::task::yield_now().await;
    }
    0
}

/// A visitor logs in and out again and again: each question after an acknowledgement has to see it.
async fn link_and_undo(opened: Arc<Opened>, number: usize, until: Instant) {
    let (alias, name) = (visitor(&format!("v{number}")), format!("linked{number}"));
    let count = async |who: &Identifier| opened.profiles.of(who).await.unwrap().events();
    for turn in 0_u64.. {
        if Instant::now() > until {
            return;
        }
        let event = look(&format!("link-{number}-{turn}"), &format!("/v{number}"), 10);
        assert!(opened.store.write(vec![Write::Event(event)]).await.unwrap()[0].is_ok());
        assert_eq!((count(&alias).await, count(&customer(&name)).await), (turn + 1, 0));
        let (customer_id, cause, time) = (id(&name), LinkCause::Login, Timestamp(20));
        let link = Write::Link { alias: alias.clone(), customer: customer_id, cause, time };
        let answer = opened.store.write(vec![link]).await.unwrap().remove(0);
        assert_eq!((count(&alias).await, count(&customer(&name)).await), (turn + 1, turn + 1));
        let Ok(Written::Linked { link, .. }) = answer else { panic!("{answer:?}") };
        assert!(opened.store.write(vec![Write::Undo { link: link.id }]).await.unwrap()[0].is_ok());
    }
}

/// Asks about the same two all the time, so that loads are under way whenever a link changes, and about strangers, so
/// that the two are thrown out.
async fn ask_meanwhile(opened: Arc<Opened>, number: usize, until: Instant) {
    for turn in 0_usize.. {
        if Instant::now() > until {
            return;
        }
        let stranger = visitor(&format!("stranger{}", turn % 40));
        for who in [visitor(&format!("v{number}")), customer(&format!("linked{number}")), stranger] {
            opened.profiles.of(&who).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
}

/// With room for a few profiles only, so that they are thrown out and loaded again all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_is_stale_under_load() {
    let folder = TempDir::new().unwrap();
    let cache = Arc::new(HotCache::new(Arc::default(), 40_000));
    let store = Arc::new(Embedded::open(folder.path(), 2, vec![Arc::clone(&cache) as Arc<dyn Observer>]).unwrap());
    let profiles = Arc::new(HotProfiles::new(cache, Arc::new(Slow(Arc::clone(&store) as Arc<dyn Store>)), 4));
    let opened = Arc::new(Opened { store, profiles });
    let zeros = || (0..CUSTOMERS).map(|_| AtomicUsize::new(0)).collect();
    let tally = Arc::new(Tally { acknowledged: zeros(), begun: zeros() });
    let until = Instant::now() + Duration::from_secs(2);
    let mut writers = tokio::task::JoinSet::new();
    let mut readers = tokio::task::JoinSet::new();
    for number in 0..4 {
        writers.spawn(write_events(Arc::clone(&opened), Arc::clone(&tally), number, until));
        writers.spawn(link_and_undo(Arc::clone(&opened), number, until));
        writers.spawn(ask_meanwhile(Arc::clone(&opened), number, until));
        readers.spawn(read_profiles(Arc::clone(&opened), Arc::clone(&tally), number, until));
    }
    writers.join_all().await;
    let reads: usize = readers.join_all().await.into_iter().sum();
    let stats = opened.profiles.stats();
    assert!(reads > 100 && stats.hits > 0 && stats.loads > 100 && stats.evictions > 10, "{reads} reads, {stats:?}");
    for who in 0..CUSTOMERS {
        let seen = opened.profiles.of(&customer(&format!("c{who}"))).await.unwrap().events();
        assert_eq!(seen, tally.begun[who].load(Ordering::SeqCst) as u64);
    }
}
