//! What `evaluate` measures is what a server serves: the same model, asked by both, gives the same scores.

use std::{collections::HashMap, fmt::Write as _, fs, sync::Arc};

use outfitter::{
    domain::recommend::Model,
    evaluate::{self, Options, Protocol, options::Files, predictions::Predictions},
    proto::{Event, ScoreProductsRequest},
};

use crate::shop::{Shop, event, shoes, viewed, visitor};

const PRODUCTS: usize = 30;
const HEADER: &str = "session_id,pos,item_id\n";

/// Visits that walk through neighbouring products, with a step back now and then.
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

fn model(shop: &Shop, options: &Options) -> Model {
    evaluate::sessions::model(options, Arc::clone(shop.inside().catalog.ids())).unwrap()
}

#[tokio::test]
async fn a_server_scores_as_evaluate_does() {
    let (shop, mut options) = visited().await;
    options.predictions = true;
    let report = evaluate::run(Protocol::Sessions, &options, &mut |_| {}).unwrap();
    let Some(Predictions::Lists(lists)) = report.findings.predictions else { panic!("lists of products") };

    // She looks at them before the model serves, so that it has not learned of it.
    // The last question of a visit comes after all that she looked at.
    let mut newest = HashMap::new();
    for (visit, items) in visits(1_000, 8) {
        for item in &items {
            shop.happened([event(visitor(&format!("v{visit}")), viewed(item))]).await;
        }
        newest.insert(format!("s{visit:04}"), items.len());
    }
    shop.inside().serve(model(&shop, &options));

    let mut compared = 0;
    for answer in lists.answers.iter().filter(|answer| answer.key[1] == newest[&answer.key[0]].to_string()) {
        // Behind those that the sources bring stands what is popular, without a score of the model's own.
        let best = &answer.list[..5];
        let listed: Vec<String> = best.iter().map(|(item, _)| lists.names[*item as usize].to_string()).collect();
        let request = ScoreProductsRequest {
            who: Some(visitor(&format!("v{}", &answer.key[0][1..]))),
            product_ids: listed.clone(),
            ..ScoreProductsRequest::default()
        };
        let scored = shop.recommendations().score_products(request).await.unwrap().into_inner();
        let served: HashMap<&str, f64> =
            scored.products.iter().map(|product| (product.product_id.as_str(), product.score)).collect();
        for (id, (_, score)) in listed.iter().zip(best) {
            assert_eq!(served[id.as_str()].to_bits(), f64::from(*score).to_bits(), "{:?} {id}", answer.key);
            compared += 1;
        }
    }
    assert_eq!(compared, 8 * 5);
}

#[tokio::test]
async fn what_visitors_turn_to_counts_before_the_next_training() {
    let (shop, options) = visited().await;
    shop.inside().serve(model(&shop, &options));
    shop.happened([event(visitor("asks"), viewed("p00"))]).await;
    let score = async || {
        let request = ScoreProductsRequest {
            who: Some(visitor("asks")),
            product_ids: vec!["p15".into()],
            ..ScoreProductsRequest::default()
        };
        shop.recommendations().score_products(request).await.unwrap().into_inner().products[0].score
    };
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
