//! Models that write down what they are told, over a store that is written to.

use tempfile::TempDir;

use super::*;
use crate::config::{Given, load};
use crate::domain::catalog::ProductIx;
use crate::domain::event::{EventKind, LineItem, Who};
use crate::domain::recommend::{ByPopularity, IdOrder, Ranking, Scorer, Source};
use crate::domain::store::{Store as _, Write};
use crate::domain::{Id, Timestamp};
use crate::server::bootstrap::{self, State};

type Heard = Arc<Mutex<Vec<ProductIx>>>;

struct Ear(Heard);

impl Source for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["heard"]
    }

    fn brings(&self) -> bool {
        false
    }

    fn observe(&self, happened: &NewInteraction<'_>) {
        self.0.lock().push(happened.product);
    }
}

struct Nothing;

impl Scorer for Nothing {
    fn width(&self) -> usize {
        1
    }

    fn score(&self, rows: &[f32], scores: &mut Vec<f32>) {
        scores.extend(rows.iter().map(|_| 0.0));
    }

    fn parts(&self, row: &[f32]) -> Vec<f32> {
        row.to_vec()
    }
}

fn model() -> (Model, Heard) {
    let heard = Heard::default();
    let ranking = Ranking::new(vec![Arc::new(Ear(Arc::clone(&heard)))], Box::new(Nothing), Vec::new()).unwrap();
    let popular = Arc::new(ByPopularity::default());
    let model = Model::new("ear".into(), true, ranking, Vec::new(), popular, IdOrder::default());
    (model, heard)
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

async fn happen(state: &State, event: &str, kind: EventKind) {
    let (who, time) = (Who::customer(id("c")), Timestamp(1_700_000_000_000));
    let event = Event { id: id(event), who, time, channel: None, session: None, attribution: None, kind };
    state.store.write(vec![Write::Event(event)]).await.unwrap().remove(0).unwrap();
}

async fn look(state: &State, product: &str) -> ProductIx {
    let kind = EventKind::ProductViewed { product: id(product), variant: None };
    happen(state, &format!("look-{product}"), kind).await;
    state.shop.catalog.ids().product(&id(product))
}

async fn buy(state: &State, event: &str, order: &str) {
    let item = LineItem { product: id("a"), variant: None, quantity: 1, unit_price: None, position: 0 };
    happen(state, event, EventKind::Purchased { order: Some(id(order)), items: vec![item] }).await;
}

async fn state(folder: &TempDir) -> State {
    let flag = |key: &str, name: &str| ("test".into(), key.to_owned(), folder.path().join(name).display().to_string());
    let given = Given { flags: vec![flag("data", "data"), flag("models", "models")], ..Given::default() };
    let settings = load(&given).unwrap().settings;
    tokio::task::spawn_blocking(move || bootstrap::load(&settings, bootstrap::open(&settings)?)).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_order_is_told_once_to_each_model_whatever_event_says_it() {
    let folder = TempDir::new().unwrap();
    let state = state(&folder).await;
    let (live, shop) = (&state.serving.live, &state.shop);
    let (first, first_heard) = model();
    live.serve(shop, first);
    buy(&state, "e1", "o1").await;
    buy(&state, "e2", "o1").await;
    assert_eq!(first_heard.lock().len(), 1);
    live.counting();
    let end = state.store.each_event(Seq(0), &mut |_, _, _| {}).unwrap();
    buy(&state, "e3", "o2").await;
    let (second, second_heard) = model();
    live.serve_counted(shop, second, end);
    assert_eq!(
        (first_heard.lock().len(), second_heard.lock().len()),
        (2, 1),
        "the second was told what it has not counted"
    );
    buy(&state, "e4", "o2").await;
    buy(&state, "e5", "o1").await;
    assert_eq!(second_heard.lock().len(), 1);
    state.store.close().await;
}

#[tokio::test]
async fn every_model_is_told_of_every_event_once() {
    let folder = TempDir::new().unwrap();
    let state = state(&folder).await;
    let (live, shop) = (&state.serving.live, &state.shop);

    let (first, first_heard) = model();
    live.serve(shop, first);
    let a = look(&state, "a").await;
    assert_eq!(*first_heard.lock(), [a], "told when it is acknowledged");

    live.counting();
    let b = look(&state, "b").await;
    let end = state.store.each_event(Seq(0), &mut |_, _, _| {}).unwrap();
    let c = look(&state, "c").await;
    let (second, second_heard) = model();
    live.serve_counted(shop, second, end);
    assert_eq!(*second_heard.lock(), [c], "a and b were counted, c came while counting");
    let d = look(&state, "d").await;
    assert_eq!((first_heard.lock().as_slice(), second_heard.lock().as_slice()), (&[a, b, c][..], &[c, d][..]));

    // What the writer tells late was counted already.
    let late = Change::Event {
        seq: end,
        event: Arc::new(Event {
            id: id("late"),
            who: Who::customer(id("c")),
            time: Timestamp(1),
            channel: None,
            session: None,
            attribution: None,
            kind: EventKind::ProductViewed { product: id("b"), variant: None },
        }),
        owner: Identifier::customer(id("c")),
    };
    live.committed(&[late]);
    assert_eq!(second_heard.lock().len(), 2);
    state.store.close().await;
}
