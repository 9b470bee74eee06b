//! Saved models from outside: listed, put into service, rolled back, refused, swapped under load; and what counts before the
//! next training.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use outfitter::{
    demo::{self, DemoShop, Scale},
    domain::{
        Timestamp,
        catalog::{Catalog, Ids},
        recommend::{Scenario, Scorer},
        rules::Rules,
        sizing::Sizes,
        store::Write,
    },
    models::{self, Budget, Run, Trained},
    proto::{
        ActivateModelRequest, Event, ExplainProductRequest, ListModelsRequest, ListModelsResponse, RecommendRequest,
        RecommendResponse, RollBackModelRequest,
    },
};
use tonic::{Code, Status};

use crate::shop::{Shop, customer, event, now_ms, purchased, shoes, viewed, visitor};

/// A made-up shop and two models of it that order differently.
struct Made {
    shop: DemoShop,
    models: [Trained; 2],
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let shop = demo::shop(7, Scale { products: 200, customers: 250, days: 120 }, Timestamp(now_ms()));
    let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &Rules::default());
    catalog.load(shop.products.clone());
    let models = [(shop.events.len() / 2, 1), (shop.events.len(), 2)].map(|(to, seed)| {
        let run = Run { seed, budget: Budget { learn_from: 60, judge_by: 60 }, ..Run::default() };
        let (snapshot, rules) = (catalog.snapshot(), Rules::default());
        models::train(&shop.events[..to], &snapshot, catalog.ids(), &rules, run, &mut |_| {}).unwrap()
    });
    Made { shop, models }
});

impl Made {
    fn versions(&self) -> [String; 2] {
        self.models.each_ref().map(|model| model.card.version.to_string())
    }
}

/// Its products are in the catalogue, both models are saved, the first of them was put into service.
async fn made_shop() -> (Shop, [String; 2]) {
    let made = tokio::task::spawn_blocking(|| &*MADE).await.unwrap();
    let shop = Shop::new().await;
    let products = made.shop.products.iter().cloned().map(Write::Upsert).collect();
    for written in shop.inside().store.write(products).await.unwrap() {
        written.unwrap();
    }
    let (models, versions) = (shop.folder().join("models"), made.versions());
    // Pointed at before it is there: whenever the server looks, it finds nothing else to serve.
    fs::create_dir_all(models.join("shop")).unwrap();
    fs::write(models.join("shop/active"), format!("{}\n", versions[0])).unwrap();
    for model in &made.models {
        model.save(&models, "shop").unwrap();
    }
    activate(&shop, &versions[0], false).await.unwrap();
    (shop, versions)
}

async fn activate(shop: &Shop, version: &str, force: bool) -> Result<outfitter::proto::Model, Status> {
    let request = ActivateModelRequest { version: version.into(), force };
    Ok(shop.models().activate_model(request).await?.into_inner().model.unwrap())
}

async fn roll_back(shop: &Shop) -> Result<outfitter::proto::Model, Status> {
    Ok(shop.models().roll_back_model(RollBackModelRequest {}).await?.into_inner().model.unwrap())
}

async fn list(shop: &Shop, page_size: i32, page_token: &str) -> ListModelsResponse {
    let request = ListModelsRequest { page_size, page_token: page_token.into() };
    shop.models().list_models(request).await.unwrap().into_inner()
}

async fn recommend(shop: &Shop, page_size: i32) -> RecommendResponse {
    let request = RecommendRequest { who: Some(visitor("stranger")), page_size, ..RecommendRequest::default() };
    shop.recommendations().recommend(request).await.unwrap().into_inner()
}

/// The version without what was counted since.
fn version(answer: &RecommendResponse) -> &str {
    answer.model_version.split('+').next().unwrap()
}

/// A copy of a saved model under another version, its manifest changed.
fn copy(shop: &Shop, of: &str, version: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let models = shop.folder().join("models/shop");
    let (from, to) = (models.join(of), models.join(version));
    fs::create_dir(&to).unwrap();
    for file in ["weights.safetensors", "card.md"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(from.join("manifest.json")).unwrap().replace(of, version);
    fs::write(to.join("manifest.json"), change(manifest)).unwrap();
    to
}

fn pointer(shop: &Shop) -> String {
    fs::read_to_string(shop.folder().join("models/shop/active")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_are_listed_activated_and_rolled_back() {
    let (mut shop, [old, new]) = made_shop().await;
    let listed = list(&shop, 0, "").await;
    let told: Vec<_> = listed.models.iter().map(|model| (model.version.as_str(), model.active)).collect();
    assert_eq!(told, [(new.as_str(), false), (old.as_str(), true)]);
    assert_eq!((listed.next_page_token.as_str(), listed.model_version.as_str()), ("", old.as_str()));
    let (model, card) = (&listed.models[0], &MADE.models[1].card);
    assert_eq!((model.refused.as_str(), model.products, model.seed), ("", 200, 2));
    assert_eq!(model.events, i64::try_from(MADE.shop.events.len()).unwrap());
    assert_eq!((model.first_event_ms, model.last_event_ms), (card.first.0, card.last.0));
    assert!(model.learned_from_ms < model.judged_from_ms && model.judging_questions > 0 && model.against.is_none());
    let blend = model.figures[0].clone();
    assert_eq!((blend.name.as_str(), blend.blend_gains), ("blend", None));
    let ndcg = blend.ndcg_at_10.unwrap();
    assert!(ndcg.low <= ndcg.mean && ndcg.mean <= ndcg.high && ndcg.high > 0.0, "{ndcg:?}");
    let of_blends: Vec<&str> =
        model.figures.iter().filter(|one| one.blend_gains.is_none()).map(|one| one.scenario.as_str()).collect();
    assert_eq!(of_blends, ["personal", "product_page", "cart"], "one ranking each");
    let first = list(&shop, 1, "").await;
    assert_eq!((first.models[0].version.as_str(), first.next_page_token.is_empty()), (new.as_str(), false));
    let second = list(&shop, 1, &first.next_page_token).await;
    assert_eq!((second.models[0].version.as_str(), second.next_page_token.as_str()), (old.as_str(), ""));

    assert_eq!(roll_back(&shop).await.unwrap_err().code(), Code::FailedPrecondition, "nothing was before");
    assert_eq!(version(&recommend(&shop, 3).await), old);
    let activated = activate(&shop, &new, false).await.unwrap();
    assert_eq!((activated.version.as_str(), activated.active), (new.as_str(), true));
    assert_eq!(version(&recommend(&shop, 3).await), new);
    assert_eq!(roll_back(&shop).await.unwrap().version, old);
    assert_eq!(version(&recommend(&shop, 3).await), old);
    shop.restart().await;
    assert_eq!(version(&recommend(&shop, 3).await), old, "the pointer decides, though the other is newer");

    for (odd, code) in
        [("20200101T000000-000000000000", Code::NotFound), ("..", Code::NotFound), ("", Code::InvalidArgument)]
    {
        assert_eq!(activate(&shop, odd, true).await.unwrap_err().code(), code, "{odd:?}");
    }
    assert_eq!(version(&recommend(&shop, 3).await), old);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_worse_or_unfit_is_refused_with_the_reason_and_nothing_changes() {
    let (shop, [old, new]) = made_shop().await;
    let before = pointer(&shop);
    let worse = format!(
        r#""against": {{"version": "{old}", "gains": [["cart", {{"mean": -0.03, "low": -0.05, "high": -0.01}}]]}},"#
    );
    let better = format!(
        r#""against": {{"version": "{old}", "gains": [["personal", {{"mean": 0.03, "low": 0.01, "high": 0.05}}]]}},"#
    );
    let says = |what: String| move |manifest: String| manifest.replacen('{', &format!("{{ {what}"), 1);
    copy(&shop, &new, "99990101T000000-aaaaaaaaaaaa", says(worse));
    copy(&shop, &new, "99990102T000000-bbbbbbbbbbbb", says(better));
    copy(&shop, &new, "99990103T000000-cccccccccccc", |manifest| manifest.replace("\"format\": ", "\"format\": 99"));
    let cut = copy(&shop, &new, "99990104T000000-dddddddddddd", |manifest| manifest).join("weights.safetensors");
    let weights = fs::read(&cut).unwrap();
    fs::write(&cut, &weights[..weights.len() / 2]).unwrap();
    copy(&shop, &new, "99990105T000000-eeeeeeeeeeee", |manifest| manifest[..manifest.len() / 2].to_owned());

    let refused = async |version: &str, force: bool, reason: &str| {
        let status = activate(&shop, version, force).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        assert!(status.message().contains(reason), "{reason:?} is not in {:?}", status.message());
        assert_eq!(pointer(&shop), before);
        assert_eq!(recommend(&shop, 3).await.model_version, old);
    };
    refused("99990101T000000-aaaaaaaaaaaa", false, "-0.0300 (-0.0500 to -0.0100)").await;
    for force in [false, true] {
        refused("99990103T000000-cccccccccccc", force, "this program reads format").await;
        refused("99990104T000000-dddddddddddd", force, "damaged").await;
        refused("99990105T000000-eeeeeeeeeeee", force, "damaged").await;
    }
    let listed = list(&shop, 0, "").await.models;
    let reasons: Vec<_> = listed.iter().map(|model| model.refused.split(':').next().unwrap()).collect();
    assert_eq!(reasons[..2], ["the model is damaged", "the model is damaged"]);
    assert!(reasons[2].starts_with("the model has format 99"), "{reasons:?}");
    assert_eq!(reasons[3..], ["", "", "", ""]);
    assert_eq!((listed[0].figures.len(), listed[1].figures.is_empty()), (0, false), "what can be read is told");

    // By force, and what is better; then the former is worse by the card of the latter.
    activate(&shop, "99990101T000000-aaaaaaaaaaaa", true).await.unwrap();
    activate(&shop, "99990102T000000-bbbbbbbbbbbb", false).await.unwrap();
    let status = activate(&shop, &old, false).await.unwrap_err();
    assert!(status.message().contains("worse than 99990102T000000-bbbbbbbbbbbb"), "{status:?}");
    assert_eq!(roll_back(&shop).await.unwrap().version, "99990101T000000-aaaaaaaaaaaa");
    assert_eq!(roll_back(&shop).await.unwrap().version, old);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_back_goes_further_back_each_time() {
    let (shop, [first, second]) = made_shop().await;
    let (third, spoilt) = ("99990101T000000-aaaaaaaaaaaa", "99990102T000000-bbbbbbbbbbbb");
    for version in [third, spoilt] {
        copy(&shop, &second, version, |manifest| manifest);
    }
    // There and back again, then on.
    for version in [&second, &first, &second, spoilt, third] {
        activate(&shop, version, true).await.unwrap();
    }
    fs::write(shop.folder().join("models/shop").join(spoilt).join("weights.safetensors"), "").unwrap();
    for expected in [&second, &first] {
        assert_eq!(roll_back(&shop).await.unwrap().version, *expected);
        assert_eq!(version(&recommend(&shop, 3).await), *expected);
    }
    let status = roll_back(&shop).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::FailedPrecondition, "no other model was in service before"));
    activate(&shop, third, true).await.unwrap();
    assert_eq!(roll_back(&shop).await.unwrap().version, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_of_another_catalogue_is_refused() {
    let shop = Shop::new().await;
    let strange: Vec<_> = (0..30).map(|n| shoes(&format!("strange-{n}"))).collect();
    shop.stock(strange).await;
    let made = tokio::task::spawn_blocking(|| &*MADE).await.unwrap();
    made.models[0].save(&shop.folder().join("models"), "shop").unwrap();
    let status = activate(&shop, &made.versions()[0], true).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("another catalogue"), "{status:?}");
    assert!(recommend(&shop, 3).await.model_version.starts_with("untrained"));
    assert!(!shop.folder().join("models/shop/active").exists());
}

/// The scores of all products that an answer gives, by product.
fn scores(answer: &RecommendResponse) -> BTreeMap<&str, f64> {
    answer.products.iter().map(|product| (product.product_id.as_str(), product.score)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_under_load_fails_no_call_and_mixes_no_answer() {
    let (shop, versions) = made_shop().await;
    let mut quiet = BTreeMap::new();
    for version in versions.iter().rev() {
        activate(&shop, version, false).await.unwrap();
        quiet.insert(version.clone(), recommend(&shop, 100).await);
    }
    let both = versions.each_ref().map(|version| scores(&quiet[version]));
    let apart = both[0]
        .iter()
        .filter(|(product, score)| both[1].get(*product).is_none_or(|other| (other - **score).abs() > 1e-3));
    assert!(apart.count() > 50, "the models differ");

    let scorers: BTreeMap<String, &Trained> = versions.iter().cloned().zip(&MADE.models).collect();
    let until = Instant::now() + Duration::from_secs(5);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16 {
        let (mut recommendations, quiet, in_view) =
            (shop.recommendations(), quiet.clone(), quiet[&versions[caller % 2]].products[caller].product_id.clone());
        callers.spawn(async move {
            let (mut seen, mut explained, mut next) = (BTreeMap::<String, usize>::new(), Vec::new(), String::new());
            while Instant::now() < until {
                let who = Some(visitor("stranger"));
                if caller % 4 == 3 {
                    let product_id = in_view.clone();
                    let request = ExplainProductRequest { who, product_id, ..ExplainProductRequest::default() };
                    explained.push(recommendations.explain_product(request).await.unwrap().into_inner());
                    continue;
                }
                // Some turn pages, which may be of another model than the page before.
                let page_token = if caller % 4 == 2 { std::mem::take(&mut next) } else { String::new() };
                let is_first = page_token.is_empty();
                let request = RecommendRequest { who, page_size: 20, page_token, ..RecommendRequest::default() };
                let answer = recommendations.recommend(request).await.unwrap().into_inner();
                let told = &quiet[&answer.model_version];
                *seen.entry(answer.model_version.clone()).or_default() += 1;
                if is_first {
                    let ids = |answer: &RecommendResponse| {
                        answer.products.iter().take(20).map(|product| product.product_id.clone()).collect::<Vec<_>>()
                    };
                    assert_eq!(ids(&answer), ids(told), "{}", answer.model_version);
                }
                let told = scores(told);
                for (product, score) in scores(&answer) {
                    let Some(told) = told.get(product) else { continue };
                    assert!((score - told).abs() < 1e-3, "{product}: {score} and {told} of {}", answer.model_version);
                }
                next = answer.next_page_token;
            }
            (seen, explained)
        });
    }
    let mut swaps = 0;
    while Instant::now() < until {
        activate(&shop, &versions[swaps % 2], false).await.unwrap();
        swaps += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut seen = BTreeMap::<String, usize>::new();
    while let Some(done) = callers.join_next().await {
        let (own, explained) = done.unwrap();
        for (version, answers) in own {
            *seen.entry(version).or_default() += answers;
        }
        // Each explanation is of the very weights that its version names.
        let ids = Arc::new(Ids::default());
        let catalog = Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &Rules::default());
        let models: BTreeMap<&String, _> =
            scorers.iter().map(|(version, trained)| (version, trained.model(&catalog.snapshot()).unwrap())).collect();
        for one in explained {
            let ranking = models[&one.model_version].ranking_of(Scenario::Personal);
            #[expect(clippy::cast_possible_truncation, reason = "they were single before they were sent")]
            let row: Vec<f32> = one.features.iter().map(|feature| feature.value as f32).collect();
            if row.is_empty() {
                continue;
            }
            let is_of = |scorer: &dyn Scorer| {
                let parts = scorer.parts(&row).into_iter().zip(&one.features);
                parts.into_iter().all(|(part, feature)| (f64::from(part) - feature.contribution).abs() < 1e-4)
            };
            assert!(ranking.scorers().any(is_of), "{:?} of {}", one.features, one.model_version);
        }
    }
    assert!(swaps > 4 && seen.len() == 2 && seen.values().all(|answers| *answers > 5), "{swaps} swaps, {seen:?}");
}

/// Waits until it holds, for a while.
async fn soon(mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(30), "it never came to hold");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_training_beside_the_server_points_at_is_taken_up() {
    let (shop, [old, new]) = made_shop().await;
    let registry = models::Registry::new(shop.folder().join("models"));
    registry.activate("shop", &new, None).unwrap();
    soon(async || version(&recommend(&shop, 3).await) == new).await;
    // What can't be served is passed by, and what is in service counts the log under its own version.
    copy(&shop, &old, "99990101T000000-aaaaaaaaaaaa", |_| "{".to_owned());
    registry.activate("shop", "99990101T000000-aaaaaaaaaaaa", None).unwrap();
    let id = MADE.shop.products[0].id.as_str();
    shop.happened([event(customer("c"), viewed(id))]).await;
    soon(async || recommend(&shop, 3).await.model_version == format!("{new}+1")).await;
    assert_eq!(list(&shop, 0, "").await.model_version, format!("{new}+1"));
    // Back from what serves, not from what can't.
    assert_eq!(roll_back(&shop).await.unwrap().version, old);
    soon(async || recommend(&shop, 3).await.model_version == format!("{old}+1")).await;
}

#[tokio::test]
async fn what_is_bought_just_now_counts_before_any_counting() {
    let mut shop = Shop::new().await;
    let ids: Vec<String> = (0..30).map(|n| format!("p{n:02}")).collect();
    shop.stock(ids.iter().map(|id| shoes(id))).await;
    let bought = |times: usize, product: &str| -> Vec<Event> {
        let kind = purchased(product, &format!("{product}-41"));
        (0..times).map(|n| event(customer(&format!("{product}-buyer-{n}")), kind.clone())).collect()
    };
    for (n, id) in ids.iter().enumerate().take(10) {
        shop.happened(bought(10 - n, id)).await;
    }
    let first = async |shop: &Shop| recommend(shop, 1).await.products[0].product_id.clone();
    assert_eq!(first(&shop).await, "p00");
    shop.happened(bought(50, "p25")).await;
    let answer = recommend(&shop, 3).await;
    let shown: Vec<_> = answer.products.iter().map(|product| product.product_id.as_str()).collect();
    assert_eq!(shown, ["p25", "p00", "p01"], "{answer:?}");
    shop.restart().await;
    assert_eq!(first(&shop).await, "p25", "counted anew, it stays");
}

fn train(folder: &Path) -> std::process::Output {
    let program = Command::new(env!("CARGO_BIN_EXE_outfitter"))
        .args(["train", "--data"])
        .arg(folder.join("data"))
        .arg("--models")
        .arg(folder.join("models"))
        .output();
    program.unwrap()
}

#[tokio::test]
async fn training_on_hardly_anything_leaves_nothing_behind() {
    let mut shop = Shop::new().await;
    shop.stock([shoes("boots")]).await;
    for round in 0..2 {
        let done = train(shop.folder());
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains("too little to learn from"), "{said}");
        assert!(!shop.folder().join("models").exists(), "round {round}");
        shop.happened([event(customer("c"), viewed("boots"))]).await;
    }
    shop.stop().await;
}
