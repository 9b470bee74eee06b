//! The blend for the next basket: the sources that the service holds, and the ranking learned from earlier baskets.
//!
//! The sources are counted without the baskets that the ranking learns from, then anew with them.

use std::thread;

use serde_json::{Value, json};

use crate::domain::{
    Timestamp,
    recommend::{Model, Scorer, Source, UserHistory, candidates::Candidates},
};
use crate::evaluate::{
    baskets::history::{Cut, History, Question},
    error::EvaluateError,
    report::BLEND,
    shop::{self, Shop},
    split::splitmix64,
};
use crate::models::{
    data::{baskets::Order, item_index::Item},
    ranking::{Learned, Objective, TrainingSet, learn},
    stats::metrics,
    training::for_baskets,
};

/// Baskets before the one of test that the ranking learns from, of each customer.
const FOLDS: usize = 2;
/// Rows of lessons, at most: bounds time and memory.
const ROWS: usize = 2_500_000;
/// Rows of one question, about: what the number of questions follows from.
const ROWS_EACH: usize = 220;

/// What she did, as the server would tell it.
fn trail(shop: &Shop, own: &[Order<'_>]) -> UserHistory {
    let mut trail = UserHistory::default();
    for order in own {
        shop.push_order(&mut trail, order.items, order.time);
    }
    trail
}

/// Everything that speaks of the next basket, and the ranking of what it says.
pub struct Served {
    shop: Shop,
    sources: Vec<Box<dyn Source>>,
    learned: Learned,
}

/// Learns the ranking from earlier baskets, and makes the sources of all those of the cut.
///
/// # Errors
/// Where there are too few baskets to learn from.
pub fn train(shop: Shop, history: &History, cut: &Cut, seed: u64) -> Result<Served, EvaluateError> {
    let lessons = lessons(&shop, history, 0, seed);
    let learned =
        learn(&lessons, Objective::Baskets, seed).map_err(|error| EvaluateError::model(BLEND, error.to_string()))?;
    let sources = for_baskets::sources(&cut.orders, shop.vocabulary());
    Ok(Served { shop, sources, learned })
}

impl Served {
    /// What was chosen.
    #[must_use]
    pub fn parameters(&self) -> Value {
        let learned = &self.learned;
        let tried: Vec<Value> =
            learned.tried.iter().map(|one| json!({"what": one.what, "figure": one.figure})).collect();
        json!({"chosen": learned.parameters, "questions": learned.questions, "rows": learned.rows, "tried": tried})
    }

    /// As a server holds it.
    ///
    /// # Errors
    /// None that could happen: the ranking is of these sources.
    pub fn into_model(self, cut: &Cut) -> Result<Model, EvaluateError> {
        self.shop.model(self.sources, self.learned.ranking, cut.orders.all().flat_map(|order| order.items))
    }

    /// The best of one question with their scores.
    #[must_use]
    pub fn ask(&self, own: &[Order<'_>], now: Timestamp, most: usize, candidates: &mut Candidates) -> Vec<(Item, f32)> {
        let (mut rows, mut scores) = (Vec::new(), Vec::new());
        let trail = trail(&self.shop, own);
        let moment = self.shop.moment(now, &trail);
        let items = self.shop.ask(&self.sources, &moment, |_| true, candidates, &mut rows);
        self.learned.ranking.score(&rows, &mut scores);
        let mut list: Vec<(Item, f32)> = items.into_iter().zip(scores).collect();
        metrics::keep_top(&mut list, most);
        list
    }
}

/// Training queries of the baskets before the one of test, older ones first; within, by lot, for there is no order in time between
/// customers that would matter.
fn lessons(shop: &Shop, history: &History, back: usize, seed: u64) -> TrainingSet {
    let mut all = TrainingSet::default();
    let most = ROWS / ROWS_EACH / FOLDS;
    for back in (back + 1..=back + FOLDS).rev() {
        let cut = history.cut(back);
        let sources = for_baskets::sources(&cut.orders, shop.vocabulary());
        let mut drawn: Vec<&Question> = cut.questions.iter().collect();
        drawn.sort_by_key(|question| splitmix64(seed ^ ((question.customer as u64) << 20)));
        drawn.truncate(most);
        let (left, right) = drawn.split_at(drawn.len() / 2);
        let half = |part: &[&Question]| taught(shop, &sources, &cut, part);
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| half(right));
            (half(left), second.join().unwrap_or_default())
        });
        for part in [first, second] {
            all.append(part);
        }
    }
    all
}

fn taught(shop: &Shop, sources: &[Box<dyn Source>], cut: &Cut, questions: &[&Question]) -> TrainingSet {
    let mut lessons = shop::lessons(sources);
    let mut candidates = Candidates::default();
    for question in questions {
        let trail = trail(shop, &cut.orders.of(question.customer));
        let moment = shop.moment(question.now, &trail);
        let items = shop.ask(sources, &moment, |_| true, &mut candidates, &mut lessons.rows);
        shop::teach(&mut lessons, &items, &question.truth);
    }
    lessons
}
