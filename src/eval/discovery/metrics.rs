//! Figures of one model: what its lists are worth, customer by customer.

use serde_json::Value;

use crate::eval::{
    cost::Cost,
    discovery::data::{Asked, Part},
    report::{Figure, Line},
};
use crate::models::{
    data::item_index::Item,
    stats::metrics::{Shown, hit, ndcg, recall},
};

/// How far down is looked.
pub const TOP: usize = 20;
const NEAR: usize = 10;

/// What a model showed, and what it was worth.
#[derive(Debug)]
pub struct Outcome {
    recall: Vec<f64>,
    ndcg: Vec<f64>,
    hit: Vec<f64>,
    shown: Shown,
}

impl Outcome {
    /// Of a catalogue of so many items.
    pub fn new(items: usize) -> Self {
        Self { recall: Vec::new(), ndcg: Vec::new(), hit: Vec::new(), shown: Shown::new(items) }
    }

    /// Takes in one list, the best first.
    pub fn take(&mut self, list: &[(Item, f32)], asked: &Asked, part: &Part) {
        let items: Vec<Item> = list.iter().map(|(item, _)| *item).collect();
        let own = part.own(asked.customer);
        self.shown.take(&items, |item| own.binary_search(&item).is_ok());
        self.recall.push(recall(&items, &asked.truth, TOP));
        self.ndcg.push(ndcg(&items, &asked.truth, NEAR));
        self.hit.push(hit(&items, &asked.truth, NEAR));
    }

    /// What parameters are chosen by: the mean of recall@20 and NDCG@10.
    pub fn aim(&self) -> f64 {
        let sum: f64 = self.recall.iter().chain(&self.ndcg).sum();
        #[expect(clippy::cast_precision_loss, reason = "customers")]
        let values = (self.recall.len() + self.ndcg.len()).max(1) as f64;
        sum / values
    }

    /// As it stands in a report.
    pub fn line(self, model: &str, cost: Cost, parameters: Value) -> Line {
        let (coverage, repeats) = (self.shown.coverage(), self.shown.repeats());
        Line {
            model: model.to_owned(),
            figures: vec![
                ("recall@20", Figure::Mean(self.recall)),
                ("ndcg@10", Figure::Mean(self.ndcg)),
                ("hr@10", Figure::Mean(self.hit)),
            ],
            cost,
            parameters,
            coverage: Some(coverage),
            repeats: Some(repeats),
        }
    }
}
