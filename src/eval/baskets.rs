//! `next-basket`: what is in a customer's next basket, repeats allowed. Recall and NDCG of the first ten, also of what she had
//! bought before (repeat) and had not (explore) apart.
//!
//! The question is asked at the moment of the basket, where the file has times: a shop knows what day it is. What was bought
//! at other customers' later moments is told to no source that counts by time.

mod grid_search;
pub mod history;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::{catalog::Ids, recommend::UserHistory};
use crate::eval::{
    baselines::{
        tifu_knn::TifuKnn,
        top::{GlobalTop, add_personal},
        up_cf::UpCf,
    },
    baskets::history::{Cut, History, Question},
    cost::{Cost, Meter},
    error::EvaluateError,
    file_shop::{self, Described, FileShop, parameters},
    fingerprint::{Keys, keys_sha256},
    options::Options,
    predictions::{self, Answer, Lists, Predictions},
    report::{BLEND, Figure, Findings, Line, Report, Slice},
    split::splitmix64,
};
use crate::models::{
    SourceSet, Trained, after,
    data::baskets::Order,
    ranking::Objective,
    stats::metrics::{self, Shown},
    training::{
        past_queries::{Episode, Known, Offered, PastQuery},
        train::Task,
    },
};

/// Items with scores, the best first.
type Ranked = Vec<(u32, f32)>;

/// How far down is looked.
const TOP: usize = 10;
/// The peer that the blend must not fall below where little is known of a customer.
const BASELINE: &str = "global top";
/// Baskets before the one of test that the ranking learns from, of each customer.
const FOLDS: usize = 2;
/// Queries of each fold at most: bounds time and memory.
const TAUGHT: usize = 5_700;

/// Runs the protocol. `progress` is told what is being done.
///
/// # Errors
/// Where the files can't be used, or have too few baskets to ask for.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading baskets");
    let history = History::read(options)?;
    let mut notes = history.notes.clone();
    let cut = history.cut(0);
    let mut lines = Vec::new();
    if !history.apart {
        lines = peers(&history, &cut, options.seed, progress);
    }
    let (line, answers) = blend(&history, &cut, options, &mut notes, progress)?;
    lines.push(line);
    let groups = cut.questions.iter().map(|question| u32::try_from(question.customer).unwrap_or(u32::MAX)).collect();
    Ok(Report::of(Findings {
        protocol: "next-basket",
        data: options.paths(),
        keys_sha256: if history.apart { String::new() } else { keys_sha256(history.keys()) },
        asked: format!("{} customers", cut.questions.len()),
        groups,
        lines,
        slices: if history.apart { Vec::new() } else { slices(&cut) },
        baseline: Some(BASELINE.to_owned()),
        notes,
        predictions: options.predictions.then(|| predictions(&history, &cut, answers)),
        seed: options.seed,
    }))
}

/// The trained blend over products that bear the ids of the file's items, and their shop.
///
/// # Errors
/// Where the files can't be used, or an item's id is none of a product.
pub fn trained(options: &Options, ids: Arc<Ids>) -> Result<(FileShop, Trained), EvaluateError> {
    let history = History::read(options)?;
    let shop = FileShop::named(history.items.iter().map(ToString::to_string), ids, &Described::default())?;
    let trained = train(&shop, &history, &history.cut(0), options, &mut Vec::new())?;
    Ok((shop, trained))
}

/// The ranking learns from earlier baskets, over sources that do not know them.
fn train(
    shop: &FileShop,
    history: &History,
    cut: &Cut,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<Trained, EvaluateError> {
    let folds: Vec<Cut> = (1..=FOLDS).rev().map(|back| history.cut(back)).collect();
    let all = vec![true; history.items.len()];
    let episode = |cut| Episode {
        known: known(cut),
        queries: drawn(cut, options.seed).into_iter().map(|question| query(shop, cut, question)).collect(),
        offered: Offered::Marked(&all),
    };
    let (sources, without) = shop.sources(&SourceSet::of_orders(), options)?;
    let task = Task {
        sources,
        without,
        objective: Objective::Baskets,
        shop: shop.view(),
        episodes: folds.iter().map(episode).collect(),
        known: known(cut),
        judging: None,
        seed: options.seed,
    };
    file_shop::learn(&task, notes)
}

/// What comes after a customer's basket is in no cut, so that all of one is known.
fn known(cut: &Cut) -> Known<'_> {
    Known { interactions: &cut.interactions, before: after(&cut.interactions) }
}

/// Questions by lot: there is no order in time between customers that would matter.
fn drawn(cut: &Cut, seed: u64) -> Vec<&Question> {
    let mut drawn: Vec<&Question> = cut.questions.iter().collect();
    drawn.sort_by_key(|question| splitmix64(seed ^ ((question.customer as u64) << 20)));
    drawn.truncate(TAUGHT);
    drawn
}

/// What a customer did, as the server would tell it, and what is wanted.
fn query(shop: &FileShop, cut: &Cut, question: &Question) -> PastQuery {
    let mut history = UserHistory::default();
    for order in cut.orders.of(question.customer) {
        shop.push_order(&mut history, order.items, order.time);
    }
    let owner = u32::try_from(question.customer).unwrap_or(u32::MAX);
    PastQuery { wanted: question.truth.clone(), ..shop.query(owner, question.now, history) }
}

/// The sha256 of the test keys.
///
/// # Errors
/// Where the files can't be used.
pub fn keys(options: &Options) -> Result<Keys, EvaluateError> {
    let history = History::read(options)?;
    Ok(Keys { sha256: vec![keys_sha256(history.keys())], notes: history.notes })
}

/// Customers of whom little is known.
fn slices(cut: &Cut) -> Vec<Slice> {
    let known: Vec<usize> = cut.questions.iter().map(|question| cut.orders.of(question.customer).len()).collect();
    [("customers with 1 or 2 orders", 1..=2), ("customers with 3 to 5 orders", 3..=5)]
        .into_iter()
        .map(|(name, range)| Slice { name: name.to_owned(), of: known.iter().map(|n| range.contains(n)).collect() })
        .collect()
}

fn predictions(history: &History, cut: &Cut, answers: Vec<Ranked>) -> Predictions {
    let key = |customer: usize| vec![history.names[customer].to_string()];
    let answers =
        cut.questions.iter().zip(answers).map(|(question, list)| Answer { key: key(question.customer), list });
    Predictions::Lists(Lists { key: &["customer_id"], answers: answers.collect(), names: history.items.clone() })
}

/// What a model's lists are worth, question by question.
struct Judge<'a> {
    cut: &'a Cut,
    recall: Vec<f64>,
    ndcg: Vec<f64>,
    repeat: Vec<f64>,
    explore: Vec<f64>,
    shown: Shown,
}

impl<'a> Judge<'a> {
    fn new(cut: &'a Cut, products: usize) -> Self {
        let (recall, ndcg, repeat, explore) = Default::default();
        Self { cut, recall, ndcg, repeat, explore, shown: Shown::new(products) }
    }

    /// Takes the answer to the next question.
    fn take(&mut self, list: &[(u32, f32)], own: &[Order<'_>]) {
        let truth = &self.cut.questions[self.recall.len()].truth;
        let list: Vec<u32> = list.iter().take(TOP).map(|(item, _)| *item).collect();
        let had = |item: u32| own.iter().any(|order| order.items.binary_search(&item).is_ok());
        let (again, new): (Vec<u32>, Vec<u32>) = truth.iter().partition(|item| had(**item));
        let share = |truth: &[u32]| if truth.is_empty() { f64::NAN } else { metrics::recall(&list, truth, TOP) };
        self.recall.push(metrics::recall(&list, truth, TOP));
        self.ndcg.push(metrics::ndcg(&list, truth, TOP));
        self.repeat.push(share(&again));
        self.explore.push(share(&new));
        self.shown.take(&list, had);
    }

    fn line(self, model: &str, cost: Cost, parameters: Value) -> Line {
        let figures = [
            ("recall@10", self.recall),
            ("ndcg@10", self.ndcg),
            ("repeat_recall@10", self.repeat),
            ("explore_recall@10", self.explore),
        ];
        Line {
            model: model.to_owned(),
            figures: figures.into_iter().map(|(name, values)| (name, Figure::Mean(values))).collect(),
            cost,
            parameters,
            coverage: Some(self.shown.coverage()),
            repeats: Some(self.shown.repeats()),
        }
    }
}

/// Asks a peer everything. `score` adds scores for a question to zeros, one a product of train.
fn ask(
    history: &History,
    cut: &Cut,
    (model, parameters): (&str, Value),
    mut meter: Meter,
    mut score: impl FnMut(usize, &[Order<'_>], &mut [f32]),
) -> Line {
    let products = history.items.len();
    let mut known = vec![false; products];
    cut.orders.all().flat_map(|order| order.items).for_each(|item| known[*item as usize] = true);
    meter.trained();
    let mut judge = Judge::new(cut, products);
    let mut scores = vec![0.0; products];
    for question in &cut.questions {
        let own = cut.orders.of(question.customer);
        scores.fill(0.0);
        score(question.customer, &own, &mut scores);
        judge.take(&metrics::top(&scores, TOP, |item| !known[item as usize]), &own);
    }
    judge.line(model, meter.asked(cut.questions.len()), parameters)
}

fn peers(history: &History, cut: &Cut, seed: u64, progress: &mut dyn FnMut(&str)) -> Vec<Line> {
    let products = history.items.len();
    let mut lines = Vec::new();
    progress("counting");
    let add = |scores: &mut [f32], more: &[f32]| scores.iter_mut().zip(more).for_each(|(score, more)| *score += more);
    let meter = Meter::start();
    let top = GlobalTop::count(&cut.orders, products);
    lines.push(ask(history, cut, (BASELINE, json!({})), meter, |_, _, scores| add(scores, top.shares())));
    let named = ("personal top", json!({}));
    lines.push(ask(history, cut, named, Meter::start(), |_, own, scores| add_personal(own, scores)));
    let meter = Meter::start();
    let top = GlobalTop::count(&cut.orders, products);
    lines.push(ask(history, cut, ("GP-TopFreq", json!({})), meter, |_, own, scores| {
        add_personal(own, scores);
        add(scores, top.shares());
    }));
    let validation = history.cut(1);
    progress("TIFU-KNN: searching parameters");
    let way = grid_search::tifu(&validation, products, seed);
    progress("TIFU-KNN: asking");
    let meter = Meter::start();
    let model = TifuKnn::train(&cut.orders, products, way.decays);
    lines.push(ask(history, cut, ("TIFU-KNN", way.parameters()), meter, |customer, own, scores| {
        let nearest = model.nearest(customer, own, way.nearest.neighbours);
        model.add(own, &nearest, way.nearest, scores);
    }));
    progress("UP-CF@r: searching parameters");
    let way = grid_search::up_cf(&validation, products, seed);
    progress("UP-CF@r: asking");
    let meter = Meter::start();
    let model = UpCf::train(&cut.orders, products, way.recent);
    lines.push(ask(history, cut, ("UP-CF@r", way.parameters()), meter, |_, own, scores| {
        model.add(&model.alike(own), way.likeness, scores);
    }));
    lines
}

fn blend(
    history: &History,
    cut: &Cut,
    options: &Options,
    notes: &mut Vec<String>,
    progress: &mut dyn FnMut(&str),
) -> Result<(Line, Vec<Ranked>), EvaluateError> {
    progress("blend: learning");
    let mut meter = Meter::start();
    let shop = FileShop::numbered(history.items.len(), &Described::default())?;
    let trained = train(&shop, history, cut, options, notes)?;
    let model = shop.model(&trained)?;
    meter.trained();
    progress("blend: asking");
    let all = vec![true; history.items.len()];
    let mut judge = Judge::new(cut, history.items.len());
    let mut answers = Vec::new();
    let query = |question: &Question| query(&shop, cut, question);
    for question in &cut.questions {
        let list = shop.ask(&model, &query(question), Offered::Marked(&all), predictions::MOST);
        if !history.apart {
            judge.take(&list, &cut.orders.of(question.customer));
        }
        answers.push(list);
    }
    let cost = meter.asked(cut.questions.len());
    progress("blend: timing pages");
    let cost = cost.with_served(shop.page_times(&model, cut.questions.iter().map(query), Offered::Marked(&all)));
    let mut line = judge.line(BLEND, cost, parameters(&trained));
    if history.apart {
        line.figures.clear();
        line.coverage = None;
        line.repeats = None;
    }
    Ok((line, answers))
}

#[cfg(test)]
mod tests;
