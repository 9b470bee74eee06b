//! What every backend must do, as one suite: `suite!(open)` in a test module runs all of it against that backend.
//!
//! Closing is dropping the last handle. What is said of files, locks and full disks is the backend's own to test.

mod erasure;

use std::{path::Path, sync::Arc};

use parking_lot::Mutex;
use tempfile::TempDir;

use crate::domain::{
    Id, Money, Timestamp,
    catalog::{Availability, Product, StockChange, Text, Variant},
    customer::{Identifier, Link, LinkCause},
    event::{Event, EventKind, Who},
    merchandising::{Action, MOST_RULES, MerchandisingRule},
    recommend::Filter,
    rules::IDENTITY_LINKS,
    store::{Change, Counts, Observer, Refusal, Seq, Store, Write, Written},
};

pub(super) use erasure::{
    an_erasure_goes_by_spans_and_by_event, an_erasure_that_is_told_late_spares_what_is_newer, erasing_leaves_nothing,
    erasing_spares_the_others, the_erased_do_not_come_back,
};

/// Opens a folder with observers.
pub(super) type Open = fn(&Path, Vec<Arc<dyn Observer>>) -> Arc<dyn Store>;

/// All of the suite as tests of the module where it stands.
macro_rules! suite {
    ($open:expr) => {
        $crate::store::contract::suite!($open;
            acknowledged_is_durable, an_event_counts_once, refusals_leave_no_trace, an_alias_joins_with_its_past,
            a_shared_device_welds_nobody, undoing_gives_back_what_was, order_of_arrival_does_not_matter,
            links_made_by_hand_stay, a_link_that_is_sent_again_stands_once, an_identifier_of_too_many_leads_nowhere,
            an_erasure_that_is_told_late_spares_what_is_newer, erasing_leaves_nothing, erasing_spares_the_others, the_erased_do_not_come_back,
            an_erasure_goes_by_spans_and_by_event, stock_obeys_its_time,
            a_product_is_replaced_whole, a_product_is_deleted, a_product_is_retired_unless_it_was_written_since,
            products_come_in_order, a_history_knows_its_position,
            rules_are_put_whole_and_deleted, observers_hear_all_in_order);
    };
    ($open:expr; $($case:ident),+) => {
        $(#[tokio::test]
        async fn $case() {
            $crate::store::contract::$case($open).await;
        })+
    };
}
pub(super) use suite;

pub(super) fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

pub(super) fn visitor(text: &str) -> Identifier {
    Identifier::visitor(id(text))
}

pub(super) fn customer(text: &str) -> Identifier {
    Identifier::customer(id(text))
}

/// A look at product "p" by "c" (a customer), "/v" (a visitor) or "c/v" (both).
pub(super) fn look(event: &str, who: &str, time: i64) -> Event {
    let (customer, visitor) = who.split_once('/').unwrap_or((who, ""));
    let part = |text: &str| (!text.is_empty()).then(|| id(text));
    Event {
        id: id(event),
        who: Who { customer: part(customer), visitor: part(visitor), other: None },
        time: Timestamp(time),
        channel: None,
        session: None,
        attribution: None,
        kind: EventKind::ProductViewed { product: id("p"), variant: None },
    }
}

pub(super) fn product(name: &str, variants: &[(&str, Option<u32>)]) -> Product {
    let price = Money { minor: 1_999, currency: "PLN".parse().unwrap() };
    let variant = |(name, stock): &(&str, Option<u32>)| Variant {
        id: id(name),
        size: "M".into(),
        size_system: None,
        color: "red".into(),
        price,
        original_price: None,
        sale: None,
        stock: *stock,
        availability: Availability::InStock,
        image_uri: "".into(),
        attributes: Vec::new(),
        changed: Timestamp(100),
        back_since: None,
    };
    Product {
        id: id(name),
        texts: vec![Text { locale: "en".parse().unwrap(), title: name.into(), description: "Long.".into() }],
        brand: "Acme".into(),
        category_path: vec!["Women".into(), "Tops".into()],
        garment: None,
        audience: None,
        variants: variants.iter().map(variant).collect(),
        image_uri: "".into(),
        replenish_days: None,
        available_since: Timestamp(50),
        attributes: Vec::new(),
    }
}

fn stock(product: &str, variant: &str, stock: u32, time: i64) -> Write {
    let (product, variant) = (id(product), id(variant));
    let time = Timestamp(time);
    Write::Stock(StockChange { product, variant, stock: Some(stock), availability: None, price: None, time })
}

fn link(alias: &str, customer: &str, time: i64) -> Write {
    let (alias, customer) = (visitor(alias), id(customer));
    Write::Link { alias, customer, cause: LinkCause::Login, time: Timestamp(time) }
}

const NEW: Result<Written, Refusal> = Ok(Written::Event { duplicate: false });

fn fresh(open: Open) -> (TempDir, Arc<dyn Store>) {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), Vec::new());
    (folder, store)
}

async fn write(store: &dyn Store, write: Write) -> Result<Written, Refusal> {
    store.write(vec![write]).await.unwrap().remove(0)
}

async fn looks(store: &dyn Store, looks: &[(&str, &str, i64)]) {
    for (event, who, time) in looks {
        assert_eq!(write(store, Write::Event(look(event, who, *time))).await, NEW);
    }
}

async fn join(store: &dyn Store, alias: &str, customer: &str, time: i64) -> Link {
    let Ok(Written::Linked { link, created: true }) = write(store, link(alias, customer, time)).await else {
        panic!("{alias} was not linked to {customer}")
    };
    link
}

/// The ids of all events that are theirs, sorted.
fn events_of(store: &dyn Store, who: &Identifier) -> Vec<String> {
    let mut ids: Vec<_> = store.history(who).unwrap().events.iter().map(|event| event.id.to_string()).collect();
    ids.sort();
    ids
}

/// Each event of the log with the owner of its profile.
fn owners(store: &dyn Store) -> Vec<(String, Identifier)> {
    let mut seen = Vec::new();
    store.each_event(Seq(0), &mut |_, event, owner| seen.push((event.id.to_string(), owner))).unwrap();
    seen
}

fn find(store: &dyn Store, product: &str) -> Option<Product> {
    let mut found = None;
    store.each_product(&mut |one| found = found.take().or((one.id.as_str() == product).then_some(one))).unwrap();
    found
}

pub(super) async fn acknowledged_is_durable(open: Open) {
    let (folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a", 20)]).await;
    let made = join(&*store, "v", "a", 30).await;
    let p = product("p", &[("x", Some(3)), ("y", None)]);
    assert_eq!(write(&*store, Write::Upsert(p.clone())).await, Ok(Written::Upserted { created: true }));
    drop(store);
    let store = open(folder.path(), Vec::new());
    let history = store.history(&customer("a")).unwrap();
    assert_eq!((history.as_of, history.links), (Seq(2), vec![made]));
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e2"]);
    assert_eq!(find(&*store, "p"), Some(p));
    assert_eq!(store.counts().unwrap(), Counts { events: 2, products: 1 });
    assert_eq!(store.history(&customer("a")).unwrap().events.len(), 2);
    assert!(store.history(&customer("a")).unwrap().events.contains(&look("e2", "a", 20)));
}

pub(super) async fn an_event_counts_once(open: Open) {
    let (folder, store) = fresh(open);
    looks(&*store, &[("e1", "a", 10)]).await;
    let again = Ok(Written::Event { duplicate: true });
    assert_eq!(write(&*store, Write::Event(look("e1", "a", 10))).await, again);
    assert_eq!(write(&*store, Write::Event(look("e1", "a", 11))).await, Err(Refusal::EventConflict(id("e1"))));
    let twice = || Write::Event(look("e2", "a", 12));
    assert_eq!(store.write(vec![twice(), twice()]).await.unwrap(), [NEW, again.clone()]);
    drop(store);
    let store = open(folder.path(), Vec::new());
    assert_eq!(write(&*store, twice()).await, again);
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e2"]);
}

pub(super) async fn refusals_leave_no_trace(open: Open) {
    let (_folder, store) = fresh(open);
    let mut two_customers = look("e2", "a", 10);
    two_customers.who.other = Some(customer("b"));
    let link_customer =
        Write::Link { alias: customer("a"), customer: id("b"), cause: LinkCause::Support, time: Timestamp(5) };
    let answers = store
        .write(vec![
            Write::Event(look("e1", "a/v", 10)),
            Write::Event(two_customers),
            Write::Event(look("e3", "", 10)),
            link_customer,
            Write::Undo { link: id("nothing") },
            Write::Delete { product: id("p") },
            stock("p", "x", 1, 10),
            Write::Upsert(product("p", &[("x", None)])),
            stock("p", "z", 1, 10),
            Write::Event(look("e4", "a", 10)),
        ])
        .await
        .unwrap();
    let no_variant = Refusal::NoSuchVariant { product: id("p"), variant: id("z") };
    assert_eq!(
        answers,
        [
            NEW,
            Err(Refusal::CustomerAsAlias(id("b"))),
            Err(Refusal::Nobody(id("e3"))),
            Err(Refusal::CustomerAsAlias(id("a"))),
            Err(Refusal::NoSuchLink(id("nothing"))),
            Err(Refusal::NoSuchProduct(id("p"))),
            Err(Refusal::NoSuchProduct(id("p"))),
            Ok(Written::Upserted { created: true }),
            Err(no_variant),
            NEW,
        ]
    );
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e4"]);
    assert_eq!(events_of(&*store, &customer("b")), [""; 0]);
}

pub(super) async fn an_alias_joins_with_its_past(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "/v", 20)]).await;
    assert_eq!(store.owner(&visitor("v")).unwrap(), visitor("v"));
    assert_eq!(events_of(&*store, &visitor("v")), ["e1", "e2"]);
    looks(&*store, &[("e3", "a/v", 15), ("e4", "/v", 30)]).await;
    assert_eq!(store.owner(&visitor("v")).unwrap(), customer("a"));
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e2", "e3", "e4"]);
    let by_alias = store.history(&visitor("v")).unwrap();
    assert_eq!((by_alias.owner, by_alias.events.len(), by_alias.links.len()), (customer("a"), 4, 1));
    let links = store.history(&customer("a")).unwrap().links;
    assert_eq!((links[0].cause, links[0].time), (LinkCause::Event, Timestamp(15)));
    let Ok(Written::Linked { link, created: false }) = write(&*store, self::link("v", "a", 40)).await else {
        panic!("she has it already")
    };
    assert_eq!(link, links[0]);
}

pub(super) async fn a_shared_device_welds_nobody(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a/v", 20), ("e3", "/v", 30)]).await;
    looks(&*store, &[("e4", "b/v", 40), ("e5", "/v", 50), ("e6", "/v", 35)]).await;
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e2", "e3", "e6"]);
    assert_eq!(events_of(&*store, &customer("b")), ["e4", "e5"]);
    assert_eq!(store.owner(&visitor("v")).unwrap(), customer("b"));
    let of = |name: &str| owners(&*store).into_iter().filter(|(_, who)| *who == customer(name)).count();
    assert_eq!((of("a"), of("b")), (4, 2));
}

pub(super) async fn undoing_gives_back_what_was(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a", 20)]).await;
    let first = join(&*store, "v", "a", 30).await;
    let second = join(&*store, "v", "b", 40).await;
    looks(&*store, &[("e3", "/v", 50)]).await;
    assert_eq!(events_of(&*store, &customer("b")), ["e3"]);
    assert_eq!(
        write(&*store, Write::Undo { link: second.id.clone() }).await,
        Ok(Written::Undone { link: second.clone() })
    );
    assert_eq!(events_of(&*store, &customer("a")), ["e1", "e2", "e3"]);
    assert!(store.history(&customer("b")).unwrap().links.is_empty());
    let again = write(&*store, Write::Undo { link: second.id.clone() }).await;
    assert_eq!(again, Err(Refusal::NoSuchLink(second.id)));
    assert!(write(&*store, Write::Undo { link: first.id }).await.is_ok());
    assert_eq!(events_of(&*store, &customer("a")), ["e2"]);
    assert_eq!(events_of(&*store, &visitor("v")), ["e1", "e3"]);
    assert_eq!(store.owner(&visitor("v")).unwrap(), visitor("v"));
    assert_eq!(owners(&*store)[0], ("e1".to_owned(), visitor("v")));
}

/// The same events in every order make the same links and give everybody the same history.
pub(super) async fn order_of_arrival_does_not_matter(open: Open) {
    let told =
        [("1", "a/v", 10), ("2", "a/v", 20), ("3", "b/v", 15), ("4", "/v", 18), ("5", "a/v", 15), ("6", "b/v", 30)];
    let mut expected = None;
    for turn in 0..720_usize {
        // Every 37th of the 720 orders, decoded from its number.
        let (mut rest, mut left, mut order) = (turn * 37 % 720, told.to_vec(), Vec::new());
        while !left.is_empty() {
            let size = left.len();
            order.push(left.remove(rest % size));
            rest /= size;
        }
        if turn >= 40 {
            break;
        }
        let (_folder, store) = fresh(open);
        let writes = order.iter().map(|(event, who, time)| Write::Event(look(event, who, *time))).collect();
        assert!(store.write(writes).await.unwrap().into_iter().all(|answer| answer == NEW));
        let seen =
            ["a", "b"].map(|name| (store.history(&customer(name)).unwrap().links, events_of(&*store, &customer(name))));
        assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "in the order {order:?}");
    }
}

pub(super) async fn links_made_by_hand_stay(open: Open) {
    let (_folder, store) = fresh(open);
    let by_hand = join(&*store, "v", "a", 20).await;
    looks(&*store, &[("e1", "a/v", 10)]).await;
    let links = store.history(&customer("a")).unwrap().links;
    assert_eq!(links.iter().map(|link| link.time.0).collect::<Vec<_>>(), [10, 20]);
    // What is taken back is not made again by a claim that was there before.
    assert!(write(&*store, Write::Undo { link: by_hand.id }).await.is_ok());
    assert!(write(&*store, Write::Undo { link: links[0].id.clone() }).await.is_ok());
    looks(&*store, &[("e2", "b/v", 5)]).await;
    assert_eq!(store.owner(&visitor("v")).unwrap(), customer("b"));
}

pub(super) async fn a_link_that_is_sent_again_stands_once(open: Open) {
    let (_folder, store) = fresh(open);
    for alias in ["v1", "v2", "v3", "v4", "v5", "v6"] {
        let first = join(&*store, alias, "a", 20).await;
        let again = write(&*store, link(alias, "a", 20)).await;
        assert_eq!(again, Ok(Written::Linked { link: first, created: false }), "whatever the random id of the second");
    }
}

pub(super) async fn an_identifier_of_too_many_leads_nowhere(open: Open) {
    for late in [0, IDENTITY_LINKS] {
        let (_folder, store) = fresh(open);
        let store = &*store;
        looks(store, &[("own", "/v", 55)]).await;
        // Whoever comes last, the first of all or the last.
        let mut people: Vec<usize> = (0..=IDENTITY_LINKS).filter(|person| *person != late).collect();
        people.push(late);
        for (others, person) in people.iter().enumerate() {
            let (event, who) = (format!("e{person}"), format!("c{person}/v"));
            looks(store, &[(&event, &who, 10 * i64::try_from(*person).unwrap())]).await;
            let leads = store.owner(&visitor("v")).unwrap() != visitor("v");
            assert_eq!(leads, others < IDENTITY_LINKS, "after {others} others");
        }
        assert_eq!(events_of(store, &visitor("v")), ["own"]);
        for person in 0..=IDENTITY_LINKS {
            let history = store.history(&customer(&format!("c{person}"))).unwrap();
            assert_eq!((history.links.len(), history.events.len()), (0, 1));
        }
        assert_eq!(owners(store)[0], ("own".to_owned(), visitor("v")));
        // One less, and it links again.
        let link = store.write(vec![link("v", "c3", 31)]).await.unwrap().remove(0);
        let Ok(Written::Linked { link, created: false }) = link else { panic!("{link:?}") };
        write(store, Write::Undo { link: link.id }).await.unwrap();
        assert_eq!(store.owner(&visitor("v")).unwrap(), customer(&format!("c{IDENTITY_LINKS}")));
        assert_eq!(events_of(store, &customer("c5")), ["e5", "own"]);
    }
}

pub(super) async fn stock_obeys_its_time(open: Open) {
    let (_folder, store) = fresh(open);
    assert!(write(&*store, Write::Upsert(product("p", &[("x", Some(3)), ("y", Some(1))]))).await.is_ok());
    let applied = |applied| Ok(Written::Stock { applied });
    assert_eq!(write(&*store, stock("p", "x", 0, 99)).await, applied(false));
    assert_eq!(write(&*store, stock("p", "x", 0, 200)).await, applied(true));
    assert_eq!(write(&*store, stock("p", "x", 5, 150)).await, applied(false));
    let x = |store: &dyn Store| find(store, "p").unwrap().variants[0].clone();
    assert_eq!((x(&*store).stock, x(&*store).back_since), (Some(0), None));
    assert_eq!(write(&*store, stock("p", "x", 5, 300)).await, applied(true));
    assert_eq!((x(&*store).stock, x(&*store).back_since), (Some(5), Some(Timestamp(300))));
    let change = StockChange {
        product: id("p"),
        variant: id("y"),
        stock: None,
        availability: Some(Availability::OutOfStock),
        price: Some(Money { minor: 5, currency: "EUR".parse().unwrap() }),
        time: Timestamp(300),
    };
    assert_eq!(write(&*store, Write::Stock(change.clone())).await, applied(true));
    let mut expected = product("p", &[("x", Some(3)), ("y", Some(1))]).variants.remove(1);
    expected.apply(&change);
    assert_eq!(find(&*store, "p").unwrap().variants[1], expected);
}

pub(super) async fn a_product_is_replaced_whole(open: Open) {
    let (_folder, store) = fresh(open);
    let first = product("p", &[("x", Some(0)), ("y", Some(1)), ("z", None)]);
    assert_eq!(write(&*store, Write::Upsert(first)).await, Ok(Written::Upserted { created: true }));
    let mut second = product("p", &[("w", None), ("x", Some(4)), ("y", Some(2))]);
    second.available_since = Timestamp(0);
    second.variants[1].changed = Timestamp(700);
    assert_eq!(write(&*store, Write::Upsert(second.clone())).await, Ok(Written::Upserted { created: false }));
    second.available_since = Timestamp(50);
    second.variants[1].back_since = Some(Timestamp(700));
    assert_eq!(find(&*store, "p"), Some(second.clone()));
    // Kept as long as it does not go and come back again.
    second.variants[1].back_since = None;
    assert!(write(&*store, Write::Upsert(second)).await.is_ok());
    assert_eq!(find(&*store, "p").unwrap().variants[1].back_since, Some(Timestamp(700)));
    let mut timeless = product("q", &[("x", None)]);
    (timeless.available_since, timeless.variants[0].changed) = (Timestamp(0), Timestamp(0));
    assert!(write(&*store, Write::Upsert(timeless)).await.is_ok());
    let stored = find(&*store, "q").unwrap();
    assert!(stored.available_since > Timestamp(1_700_000_000_000), "{:?}", stored.available_since);
    assert_eq!(stored.variants[0].changed, stored.available_since);
}

pub(super) async fn a_product_is_deleted(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "a", 10)]).await;
    assert!(write(&*store, Write::Upsert(product("p", &[("x", None)]))).await.is_ok());
    assert_eq!(write(&*store, Write::Delete { product: id("p") }).await, Ok(Written::Deleted));
    assert_eq!(find(&*store, "p"), None);
    let missing = Err(Refusal::NoSuchProduct(id("p")));
    assert_eq!(write(&*store, Write::Delete { product: id("p") }).await, missing);
    assert_eq!(write(&*store, stock("p", "x", 1, 900)).await, missing);
    assert_eq!(events_of(&*store, &customer("a")), ["e1"]);
    let again = write(&*store, Write::Upsert(product("p", &[("y", None)]))).await;
    assert_eq!(again, Ok(Written::Upserted { created: true }));
}

pub(super) async fn a_product_is_retired_unless_it_was_written_since(open: Open) {
    let (folder, store) = fresh(open);
    for name in ["p", "q", "r"] {
        let upsert = Write::Upsert(product(name, &[("x", Some(3)), ("y", None)]));
        assert!(write(&*store, upsert).await.is_ok());
    }
    let read = |name: &str| Arc::new(store.product(&id(name)).unwrap().unwrap());
    let products = vec![read("p"), read("q"), Arc::new(product("never", &[("x", None)]))];
    assert_eq!(store.product(&id("never")).unwrap(), None);
    assert!(write(&*store, stock("q", "x", 4, 150)).await.is_ok());
    let retire = Write::Retire { products, time: Timestamp(200) };
    assert_eq!(write(&*store, retire).await, Ok(Written::Retired { products: 1 }));
    drop(store);
    let store = open(folder.path(), Vec::new());
    let sells = |name: &str| find(&*store, name).unwrap().variants.iter().map(Variant::sellable).collect::<Vec<_>>();
    assert_eq!([sells("p"), sells("q"), sells("r")], [vec![false, false], vec![true, true], vec![true, true]]);
    // Its units are still counted, and what was known before is too late.
    assert_eq!(find(&*store, "p").unwrap().variants[0].stock, Some(3));
    assert_eq!(write(&*store, stock("p", "x", 9, 199)).await, Ok(Written::Stock { applied: false }));
}

pub(super) async fn products_come_in_order(open: Open) {
    let (_folder, store) = fresh(open);
    let names = ["ż", "b", "a10", "Z", "a9", "a"];
    let writes = names.map(|name| Write::Upsert(product(name, &[("x", None)])));
    assert!(store.write(writes.to_vec()).await.unwrap().iter().all(Result::is_ok));
    let mut all = Vec::new();
    store.each_product(&mut |product| all.push(product.id.to_string())).unwrap();
    assert_eq!(all, ["Z", "a", "a10", "a9", "b", "ż"]);
    let page = |after: Option<&str>, limit| {
        let page = store.products_page(after.map(id).as_ref(), limit).unwrap();
        page.into_iter().map(|product| product.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2), ["Z", "a"]);
    assert_eq!(page(Some("a"), 3), ["a10", "a9", "b"]);
    assert_eq!(page(Some("b"), 3), ["ż"]);
    assert_eq!(page(Some("ż"), 3), [""; 0]);
}

pub(super) async fn a_history_knows_its_position(open: Open) {
    let (_folder, store) = fresh(open);
    assert_eq!(store.history(&customer("a")).unwrap().as_of, Seq(0));
    looks(&*store, &[("e1", "a", 10), ("e2", "b", 20), ("e3", "b", 30)]).await;
    let history = store.history(&customer("a")).unwrap();
    assert_eq!((history.as_of, history.events.len()), (Seq(3), 1));
    assert_eq!(store.history(&visitor("nobody")).unwrap().as_of, Seq(3));
    let mut later = Vec::new();
    let last = store.each_event(Seq(1), &mut |seq, event, _| later.push((seq, event.id.to_string()))).unwrap();
    assert_eq!((last, later), (Seq(3), vec![(Seq(2), "e2".to_owned()), (Seq(3), "e3".to_owned())]));
}

fn hides(rule: &str, until: i64) -> MerchandisingRule {
    let filter = Filter { brands: vec!["Fawn".into()], ..Filter::default() };
    let until = Some(Timestamp(until));
    MerchandisingRule {
        id: id(rule),
        action: Action::Hide(filter),
        placements: vec![],
        segments: vec![],
        from: None,
        until,
    }
}

pub(super) async fn rules_are_put_whole_and_deleted(open: Open) {
    let folder = TempDir::new().unwrap();
    let ear = Arc::new(Ear::default());
    let store = open(folder.path(), vec![Arc::clone(&ear) as Arc<dyn Observer>]);
    for (rule, until, created) in [("b", 1, true), ("a", 2, true), ("b", 3, false), ("b", 3, false)] {
        assert_eq!(
            write(&*store, Write::PutRule(Box::new(hides(rule, until)))).await,
            Ok(Written::RulePut { created })
        );
    }
    assert_eq!(write(&*store, Write::DeleteRule { rule: id("c") }).await, Err(Refusal::NoSuchRule(id("c"))));
    drop(store);
    let store = open(folder.path(), vec![Arc::clone(&ear) as Arc<dyn Observer>]);
    assert_eq!(store.merchandising_rules().unwrap(), [hides("a", 2), hides("b", 3)]);
    assert_eq!(write(&*store, Write::DeleteRule { rule: id("a") }).await, Ok(Written::RuleDeleted));
    assert_eq!(store.merchandising_rules().unwrap(), [hides("b", 3)]);
    let heard: Vec<String> = ear.0.lock().iter().map(brief).collect();
    assert_eq!(heard, ["rule b", "rule a", "rule b", "rule b", "deleted rule a"]);
    let many = (0..MOST_RULES).map(|n| Write::PutRule(Box::new(hides(&format!("r{n}"), 1)))).collect();
    let answers = store.write(many).await.unwrap();
    assert_eq!(answers.iter().filter(|one| one.is_ok()).count(), MOST_RULES - 1);
    assert_eq!(answers.last().unwrap(), &Err(Refusal::TooManyRules));
    // One that is there already may still be replaced.
    assert_eq!(write(&*store, Write::PutRule(Box::new(hides("b", 4)))).await, Ok(Written::RulePut { created: false }));
}

#[derive(Default)]
struct Ear(Mutex<Vec<Change>>);

impl Observer for Ear {
    fn committed(&self, changes: &[Change]) {
        self.0.lock().extend_from_slice(changes);
    }
}

pub(super) async fn observers_hear_all_in_order(open: Open) {
    let folder = TempDir::new().unwrap();
    let ear = Arc::new(Ear::default());
    let store = open(folder.path(), vec![Arc::clone(&ear) as Arc<dyn Observer>]);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a/v", 20)]).await;
    assert!(write(&*store, Write::Event(look("e1", "/v", 11))).await.is_err());
    assert!(write(&*store, Write::Upsert(product("p", &[("x", Some(2))]))).await.is_ok());
    assert!(
        store.write(vec![stock("p", "x", 1, 200), stock("p", "x", 0, 300)]).await.unwrap().iter().all(Result::is_ok)
    );
    assert!(write(&*store, Write::Delete { product: id("p") }).await.is_ok());
    let heard: Vec<String> = ear.0.lock().iter().map(brief).collect();
    assert_eq!(
        heard,
        ["1 e1 v", "identity v: a v", "2 e2 a", "product p stock Some(2)", "product p stock Some(0)", "deleted p"]
    );
}

fn brief(change: &Change) -> String {
    let names = |all: &[Identifier]| {
        let mut names: Vec<&str> = all.iter().map(|who| who.value.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(" ")
    };
    match change {
        Change::Event { seq, event, owner } => format!("{} {} {}", seq.0, event.id, owner.value),
        Change::Identity { aliases, owners } => format!("identity {}: {}", names(aliases), names(owners)),
        Change::Product(product) => format!("product {} stock {:?}", product.id, product.variants[0].stock),
        Change::ProductDeleted(product) => format!("deleted {product}"),
        Change::Rule(rule) => format!("rule {}", rule.id),
        Change::RuleDeleted(rule) => format!("deleted rule {rule}"),
    }
}
