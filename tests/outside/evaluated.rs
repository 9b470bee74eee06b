//! What `eval` measures is what a server serves: the same model, asked by both, gives the same products and scores.
//!
//! A file teaches the model. The server is given that model and, as events, the file of those who are asked about. Not
//! compared is `fit`: no call gives its three chances. What a server learns of fit it learns from returns, and says as
//! "runs small" and "runs large" beside a size.

use std::{collections::HashMap, fmt::Write as _, fs, sync::Arc, time::Duration};

use outfitter::{
    domain::recommend::Model,
    eval::{
        self, Options, Protocol,
        options::Files,
        predictions::{Lists, Predictions},
    },
    proto::{
        Event, Product, ProductText, Purchased, RecommendRequest, ScoreProductsRequest, Variant, Who, event::Kind,
    },
};

use crate::shop::{Shop, customer, event, item, now_ms, price, shoes, viewed, visitor};

const PRODUCTS: usize = 30;
const HEADER: &str = "session_id,pos,item_id\n";

/// Sessions that walk through neighbouring products, with a step back now and then.
fn visits(from: usize, number: usize) -> impl Iterator<Item = (usize, Vec<String>)> {
    (from..from + number).map(|visit| {
        let steps = [0, 1, 2 + visit % 3, 1, 4 + visit % 2];
        let length = 2 + visit % 4;
        let items = steps.iter().take(length).map(|step| format!("p{:02}", (visit * 7 + step) % PRODUCTS));
        (visit, items.collect())
    })
}

fn rows(visits: impl Iterator<Item = (usize, Vec<String>)>) -> String {
    let mut text = HEADER.to_owned();
    for (visit, items) in visits {
        for (pos, item) in items.iter().enumerate() {
            writeln!(text, "s{visit:04},{pos},{item}").unwrap();
        }
    }
    text
}

/// A shop, and a file of visits to it.
async fn visited() -> (Shop, Options) {
    let shop = Shop::new().await;
    shop.stock((0..PRODUCTS).map(|number| shoes(&format!("p{number:02}")))).await;
    let (train, queries) = (shop.folder().join("train.csv"), shop.folder().join("queries.csv"));
    fs::write(&train, rows(visits(0, 400))).unwrap();
    fs::write(&queries, rows(visits(1_000, 8))).unwrap();
    (shop, Options::new(Files::Apart { train: vec![train], queries }))
}

fn model(shop: &Shop, protocol: Protocol, options: &Options) -> Model {
    eval::model(protocol, options, Arc::clone(shop.inside().catalog.ids())).unwrap()
}

/// Before each question: the server counts the log of a shop that grows anew within seconds, and puts what it counted in the
/// place of the model.
fn put_in_service(shop: &Shop, model: &Arc<Model>) {
    shop.inside().model.store(Arc::clone(model));
}

/// What `eval` answers.
fn answers(protocol: Protocol, options: &Options) -> Lists {
    let options = Options { predictions: true, ..options.clone() };
    let report = eval::run(protocol, &options, &mut |_| {}).unwrap();
    let Some(Predictions::Lists(lists)) = report.findings.predictions else { panic!("lists of products") };
    lists
}

/// What the server scores these products with for her.
async fn scores(shop: &Shop, who: Who, products: &[String]) -> Vec<f64> {
    let request =
        ScoreProductsRequest { who: Some(who), product_ids: products.to_vec(), ..ScoreProductsRequest::default() };
    let answer = shop.recommendations().score_products(request).await.unwrap().into_inner();
    answer.products.iter().map(|product| product.score).collect()
}

#[tokio::test]
async fn a_server_scores_visits_as_evaluate_does() {
    let (shop, options) = visited().await;
    let lists = answers(Protocol::Sessions, &options);

    // She looks at them before the model serves, so that it has not learned of it.
    // The last question of a visit comes after all that she looked at.
    let mut newest = HashMap::new();
    for (visit, items) in visits(1_000, 8) {
        for item in &items {
            shop.happened([event(visitor(&format!("v{visit}")), viewed(item))]).await;
        }
        newest.insert(format!("s{visit:04}"), items.len());
    }
    let model = Arc::new(model(&shop, Protocol::Sessions, &options));

    let mut compared = 0;
    for answer in lists.answers.iter().filter(|answer| answer.key[1] == newest[&answer.key[0]].to_string()) {
        put_in_service(&shop, &model);
        // Behind those that the sources bring stands what is popular, without a score of the model's own.
        let best = &answer.list[..5];
        let listed: Vec<String> = best.iter().map(|(item, _)| lists.names[*item as usize].to_string()).collect();
        let served = scores(&shop, visitor(&format!("v{}", &answer.key[0][1..])), &listed).await;
        for ((id, (_, score)), served) in listed.iter().zip(best).zip(served) {
            assert_eq!(served.to_bits(), f64::from(*score).to_bits(), "{:?} {id}", answer.key);
            compared += 1;
        }
    }
    assert_eq!(compared, 8 * 5);
}

const WEEK: i64 = 7 * 86_400_000;
/// Part of a score that seconds may change: the server answers a little later than `eval` asks.
const SECONDS: f64 = 1e-4;
/// What training takes about. The questions are of the moment after it, so that the server answers them then and not much later:
/// customers here are so alike that trees split between what they differ by.
const TRAINING_MS: i64 = 20_000;
/// Orders of each customer, about weekly.
const ORDERS: i64 = 6;

/// What lies between two orders of a customer. It is another one for each, and for those who are asked about (from a thousand
/// on) none that anybody was learned of: a tree that splits at a time must not do so within the seconds that the server takes.
const fn gap(customer: i64) -> i64 {
    const MINUTE: i64 = 60_000;
    WEEK + customer % 89 * 10 * MINUTE + if customer < 1_000 { 0 } else { 3 * MINUTE }
}

/// Something that is used up within a day, so that what she has is offered again, or never.
fn thing(id: &str, is_used_up: bool) -> Product {
    Product {
        id: id.into(),
        texts: vec![ProductText { locale: "en".into(), title: id.into(), description: String::new() }],
        variants: vec![Variant { id: id.into(), price: Some(price(900)), stock: Some(5), ..Variant::default() }],
        replenish_days: i32::from(is_used_up),
        ..Product::default()
    }
}

/// An order after each gap up to the last: one thing every time, one of a taste.
fn orders(customer: i64, last: i64) -> impl Iterator<Item = (i64, [String; 2])> {
    (0..ORDERS).map(move |order| {
        let taste = 5 + customer % 2 * 12 + (customer / 2 * 5 + order * 7) % 12;
        (last - (ORDERS - 1 - order) * gap(customer), [customer % 5, taste].map(|item| format!("p{item:02}")))
    })
}

/// That a server which knows by events what the file knows of those who are asked about ranks as `eval` does. It asks at
/// its own moment: the last orders of each customer are so long ago that the question of the file is asked then.
async fn compare(protocol: Protocol, now: i64, last: impl Fn(i64) -> i64, is_used_up: bool) {
    let shop = Shop::new().await;
    shop.stock((0..PRODUCTS).map(|number| thing(&format!("p{number:02}"), is_used_up))).await;
    let rows = |customers: std::ops::Range<i64>| {
        let mut text = "customer_id,invoice,item_id,ts_ms\n".to_owned();
        for customer in customers {
            for (time, items) in orders(customer, last(customer)) {
                for item in items {
                    writeln!(text, "c{customer},c{customer}-{time},{item},{time}").unwrap();
                }
            }
        }
        text
    };
    let (train, queries) = (shop.folder().join("train.csv"), shop.folder().join("queries.csv"));
    fs::write(&train, rows(0..120)).unwrap();
    let asked = 1_000..1_008;
    fs::write(&queries, rows(asked.clone())).unwrap();
    let options = Options::new(Files::Apart { train: vec![train], queries });

    for who in asked.clone() {
        for (time, items) in orders(who, last(who)) {
            let items = items.iter().map(|id| item(id, id)).collect();
            let bought = Kind::Purchased(Purchased { order_id: format!("c{who}-{time}"), items });
            let told = Event { time_ms: time, ..event(customer(&format!("c{who}")), bought) };
            shop.happened([told]).await;
        }
    }
    let model = Arc::new(model(&shop, protocol, &options));

    let lists = answers(protocol, &options);
    assert_eq!(lists.answers.len(), asked.count());
    tokio::time::sleep(Duration::from_millis(u64::try_from(now - now_ms()).unwrap_or_default())).await;
    for answer in &lists.answers {
        put_in_service(&shop, &model);
        let best = &answer.list[..5];
        let listed: Vec<String> = best.iter().map(|(item, _)| lists.names[*item as usize].to_string()).collect();
        let who = customer(&answer.key[0]);
        for ((_, score), served) in best.iter().zip(scores(&shop, who.clone(), &listed).await) {
            let score = f64::from(*score);
            assert!((score - served).abs() < SECONDS * score.abs(), "{:?}: {score}, served {served}", answer.key);
        }
        let request = RecommendRequest { who: Some(who), page_size: 5, ..RecommendRequest::default() };
        let page = shop.recommendations().recommend(request).await.unwrap().into_inner();
        let shown: Vec<&str> = page.products.iter().map(|product| product.product_id.as_str()).collect();
        assert_eq!(shown, listed, "{:?}", answer.key);
    }
}

#[tokio::test]
async fn a_server_ranks_the_next_order_as_evaluate_does() {
    let now = now_ms() + TRAINING_MS;
    compare(Protocol::NextBasket, now, |customer| now - gap(customer), true).await;
}

#[tokio::test]
async fn a_server_ranks_what_is_new_to_her_as_evaluate_does() {
    let now = now_ms() + TRAINING_MS;
    compare(Protocol::Discovery, now, |_| now, false).await;
}

#[tokio::test]
async fn what_visitors_turn_to_counts_before_the_next_training() {
    let (shop, options) = visited().await;
    shop.inside().serve(model(&shop, Protocol::Sessions, &options));
    shop.happened([event(visitor("asks"), viewed("p00"))]).await;
    let score = async || scores(&shop, visitor("asks"), &["p15".to_owned()]).await[0];
    let before = score().await;
    // Nobody went from the one to the other so far.
    for visit in 0..20 {
        for item in ["p00", "p15"] {
            // A file of sessions has no pauses that would part them: the event says which it is of.
            let touch = event(visitor(&format!("new-{visit}")), viewed(item));
            shop.happened([Event { session_id: format!("session-{visit}"), ..touch }]).await;
        }
    }
    let after = score().await;
    assert!(after > before, "{before}, then {after}");
}
