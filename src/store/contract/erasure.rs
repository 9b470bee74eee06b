//! Who is erased is gone and stays away; who else is there, and what came since, is spared.

use super::{NEW, Open, customer, events_of, fresh, id, join, link, look, looks, owners, visitor, write};
use crate::domain::{
    Timestamp,
    store::{ErasureReceipt, Refusal, Remains, Seq, Store, Write, Written},
};

pub(in crate::store) async fn erasing_leaves_nothing(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a/v", 20), ("e3", "a", 30), ("e4", "b", 40)]).await;
    let erase = Write::Erase { who: visitor("v"), time: Timestamp(50), spares_newer: false };
    let receipt = erased(&*store, erase.clone()).await;
    assert_eq!((receipt.events, receipt.identifiers), (3, 2));
    for who in [customer("a"), visitor("v")] {
        let history = store.history(&who).unwrap();
        assert_eq!((history.owner, history.events.len(), history.links.len()), (who, 0, 0));
        assert_eq!(history.as_of, Seq(4));
    }
    assert_eq!(owners(&*store), [("e4".to_owned(), customer("b"))]);
    let other = erased(&*store, erase).await;
    assert_eq!((other.events, other.identifiers), (0, 0), "there was nothing left to erase");
    assert_eq!((other.remains, other.completed.is_some()), (Remains::default(), true));
    assert_ne!(receipt.id, other.id);
    assert_eq!(store.erasure(&other.id).unwrap(), Some(other));
    assert_eq!(store.erasure(&receipt.id).unwrap().unwrap().events, 3);
    assert_eq!(store.erasure(&id("none")).unwrap(), None);
    // She is new: positions go on, her ids are free.
    looks(&*store, &[("e1", "/v", 60)]).await;
    assert_eq!(store.history(&visitor("v")).unwrap().as_of, Seq(5));
}

pub(in crate::store) async fn erasing_spares_the_others(open: Open) {
    let (_folder, store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a/v", 20), ("e3", "b/v", 30), ("e4", "/v", 40), ("e5", "/w", 5)]).await;
    let undone = join(&*store, "w", "a", 50).await;
    assert!(write(&*store, Write::Undo { link: undone.id }).await.is_ok());
    let receipt = erased(&*store, Write::Erase { who: customer("a"), time: Timestamp(60), spares_newer: false }).await;
    assert_eq!((receipt.events, receipt.identifiers), (2, 1));
    assert_eq!(events_of(&*store, &customer("b")), ["e3", "e4"]);
    assert_eq!(events_of(&*store, &visitor("w")), ["e5"]);
    assert_eq!(store.owner(&visitor("v")).unwrap(), customer("b"));
}

pub(in crate::store) async fn the_erased_do_not_come_back(open: Open) {
    let (folder, mut store) = fresh(open);
    looks(&*store, &[("e1", "/v", 10), ("e2", "a/v", 20)]).await;
    erased(&*store, Write::Erase { who: customer("a"), time: Timestamp(50), spares_newer: false }).await;
    for _ in 0..2 {
        // As they were, or told for the first time, under any of the names; by event and by link.
        for (event, who, time) in
            [("e1", "/v", 10), ("e2", "a/v", 20), ("new", "a", 50), ("new", "/v", 5), ("new", "a/w", 50)]
        {
            let answer = write(&*store, Write::Event(look(event, who, time))).await;
            assert_eq!(answer, Err(Refusal::Erased), "{event} of {who} at {time}");
        }
        for (alias, of, time) in [("v", "a", 50), ("v", "b", 30), ("w", "a", 30)] {
            assert_eq!(write(&*store, link(alias, of, time)).await, Err(Refusal::Erased), "{alias} of {of} at {time}");
        }
        assert!(owners(&*store).is_empty());
        drop(store);
        store = open(folder.path(), Vec::new());
    }
    // Another customer's event is hers still, without the name that was erased.
    let of_another = look("e3", "b/v", 30);
    assert_eq!(write(&*store, Write::Event(of_another.clone())).await, NEW);
    assert_eq!(write(&*store, Write::Event(of_another)).await, Ok(Written::Event { duplicate: true }));
    assert_eq!(store.history(&customer("b")).unwrap().links.len(), 0);
    assert_eq!(store.owner(&visitor("v")).unwrap(), visitor("v"));
    // What is newer begins anew, and stays where the same erasure is told again.
    looks(&*store, &[("e4", "a/v", 51)]).await;
    erased(&*store, Write::Erase { who: customer("a"), time: Timestamp(50), spares_newer: false }).await;
    assert_eq!(events_of(&*store, &visitor("v")), ["e4"]);
}

pub(in crate::store) async fn an_erasure_goes_by_spans_and_by_event(open: Open) {
    let (_folder, store) = fresh(open);
    // A device is first the one's, then the other's; and a clock ran ahead.
    looks(&*store, &[("e1", "a/v", 10), ("e2", "b/v", 30), ("ahead", "a", 99)]).await;
    erased(&*store, Write::Erase { who: customer("a"), time: Timestamp(60), spares_newer: false }).await;
    let answer = async |event: &str, who: &str, time| write(&*store, Write::Event(look(event, who, time))).await;
    assert_eq!(answer("late", "/v", 15).await, Err(Refusal::Erased));
    assert_eq!(answer("late", "/v", 35).await, NEW, "what was done on the device of another is hers");
    assert_eq!(answer("ahead", "a", 99).await, Err(Refusal::Erased));
    assert_eq!(answer("after", "a", 61).await, NEW);
    assert_eq!(events_of(&*store, &customer("b")), ["e2", "late"]);
}

pub(in crate::store) async fn an_erasure_that_is_told_late_spares_what_is_newer(open: Open) {
    let (folder, mut store) = fresh(open);
    // The first device is the customer's all along, the second is passed on, the third comes later; and a claim that is undone.
    looks(
        &*store,
        &[
            ("e1", "a/v", 10),
            ("e2", "/v", 20),
            ("e3", "a/v", 60),
            ("e4", "/v", 70),
            ("e5", "a/w", 15),
            ("e6", "b/w", 65),
        ],
    )
    .await;
    looks(&*store, &[("e7", "/w", 75), ("e8", "a/x", 80), ("e9", "/x", 5), ("e10", "a", 50), ("e11", "a", 51)]).await;
    let late = |who| Write::Erase { who, time: Timestamp(50), spares_newer: true };
    // The device is another's since, and was the customer's when it was asked for.
    let receipt = erased(&*store, late(visitor("w"))).await;
    assert_eq!((receipt.time, receipt.events, receipt.identifiers), (Timestamp(50), 5, 0));
    for _ in 0..2 {
        assert_eq!(events_of(&*store, &customer("a")), ["e11", "e3", "e4", "e8"]);
        assert_eq!(events_of(&*store, &customer("b")), ["e6", "e7"]);
        assert_eq!(store.owner(&visitor("v")).unwrap(), customer("a"), "e3 says so");
        // Told again, also by another name, it takes nothing more; what is older does not come back.
        let again = erased(&*store, late(customer("a"))).await;
        assert_eq!((again.events, again.identifiers), (0, 0));
        for (event, who, time) in [("e2", "/v", 20), ("new", "a", 50), ("new", "/w", 16)] {
            assert_eq!(write(&*store, Write::Event(look(event, who, time))).await, Err(Refusal::Erased), "{event}");
        }
        drop(store);
        store = open(folder.path(), Vec::new());
    }
    // Later all of it goes.
    erased(&*store, Write::Erase { who: customer("a"), time: Timestamp(90), spares_newer: false }).await;
    assert_eq!(owners(&*store), [("e6".to_owned(), customer("b")), ("e7".to_owned(), customer("b"))]);
}

async fn erased(store: &dyn Store, erase: Write) -> ErasureReceipt {
    match write(store, erase).await {
        Ok(Written::Erased { receipt }) => receipt,
        other => panic!("{other:?}"),
    }
}
