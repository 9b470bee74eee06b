//! Questions: an order without one of its products, and what is made of the answers.

use serde_json::Value;

use crate::eval::{
    cost::Cost,
    report::{Figure, Line},
    split::splitmix64,
};
use crate::models::{
    data::item_index::Item,
    stats::metrics::{Shown, hit_at, reciprocal_at},
};

/// How far down is looked.
pub const TOP: usize = 10;

/// What else is in this order?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// The name of the order.
    pub order: &'a str,
    /// The number of the order.
    pub group: u32,
    /// Sorted.
    pub cart: Vec<Item>,
    /// What is asked for, where that is in sight.
    pub hidden: Option<Item>,
}

/// At most so many questions of one order and in all, drawn by lot, in an order that is by lot as well: the same for the same
/// seed.
pub fn drawn(questions: Vec<Question<'_>>, of_one: usize, most: usize, seed: u64) -> Vec<Question<'_>> {
    let mut lots: Vec<(u64, Question<'_>)> =
        (0..).zip(questions).map(|(place, one)| (splitmix64(seed ^ splitmix64(place)), one)).collect();
    lots.sort_by_key(|(lot, question)| (question.group, *lot));
    let mut drawn: Vec<(u64, Question<'_>)> = Vec::new();
    for (lot, question) in lots {
        let is_one_of_many = drawn.len() >= of_one && drawn[drawn.len() - of_one].1.group == question.group;
        if !is_one_of_many {
            drawn.push((lot, question));
        }
    }
    drawn.sort_by_key(|(lot, _)| *lot);
    drawn.truncate(most);
    drawn.into_iter().map(|(_, question)| question).collect()
}

/// What became of one model's answers.
#[derive(Debug)]
pub struct Outcome {
    hits: Vec<f64>,
    reciprocals: Vec<f64>,
    shown: Shown,
}

impl Outcome {
    /// Of a catalogue of so many items.
    pub fn new(items: usize) -> Self {
        Self { hits: Vec::new(), reciprocals: Vec::new(), shown: Shown::new(items) }
    }

    /// Takes in one list, the best first.
    pub fn take(&mut self, list: &[(Item, f32)], question: &Question<'_>) {
        let items: Vec<Item> = list.iter().take(TOP).map(|(item, _)| *item).collect();
        self.shown.take(&items, |item| question.cart.binary_search(&item).is_ok());
        if let Some(hidden) = question.hidden {
            let rank = items.iter().position(|item| *item == hidden).map(|place| place + 1);
            self.hits.push(hit_at(rank, TOP));
            self.reciprocals.push(reciprocal_at(rank, TOP));
        }
    }

    /// The mean of HR@10 and MRR@10: what parameters are chosen by.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 questions")]
    pub fn worth(&self) -> f64 {
        let sum: f64 = self.hits.iter().chain(&self.reciprocals).sum();
        sum / (2 * self.hits.len().max(1)) as f64
    }

    /// As it stands in a report; without figures where nothing hidden is in sight.
    pub fn line(self, model: &str, cost: Cost, parameters: Value) -> Line {
        let (coverage, repeats) = (self.shown.coverage(), self.shown.repeats());
        let figures = vec![("hr@10", Figure::Mean(self.hits)), ("mrr@10", Figure::Mean(self.reciprocals))];
        let is_empty = |figure: &Figure| matches!(figure, Figure::Mean(values) if values.is_empty());
        Line {
            model: model.to_owned(),
            figures: figures.into_iter().filter(|(_, figure)| !is_empty(figure)).collect(),
            cost,
            parameters,
            coverage: Some(coverage),
            repeats: Some(repeats),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(group: u32, hidden: Item) -> Question<'static> {
        Question { order: "", group, cart: vec![7, 9], hidden: Some(hidden) }
    }

    #[test]
    fn no_order_is_drawn_from_more_often_than_may_be_and_the_lot_does_not_change() {
        let all: Vec<Question<'_>> = (0..40).map(|n| question(n / 10, n)).collect();
        let some = drawn(all.clone(), 3, 100, 1);
        let of = |group| some.iter().filter(|question| question.group == group).count();
        assert_eq!([0, 1, 2, 3].map(of), [3; 4]);
        assert_eq!((drawn(all.clone(), 3, 100, 1), drawn(all.clone(), 3, 5, 1).len()), (some.clone(), 5));
        assert_ne!(drawn(all, 3, 100, 2), some);
    }

    #[test]
    fn what_is_among_the_first_ten_is_hit_by_its_place() {
        let mut outcome = Outcome::new(20);
        let list: Vec<(Item, f32)> = (10..20).zip([1.0; 10]).chain([(3, 0.5)]).collect();
        for hidden in [11, 3, 19] {
            outcome.take(&list, &question(0, hidden));
        }
        assert_eq!(
            (outcome.hits.as_slice(), outcome.reciprocals.as_slice()),
            (&[1.0, 0.0, 1.0][..], &[0.5, 0.0, 0.1][..])
        );
        assert!((outcome.worth() - 2.6 / 6.0).abs() < 1e-9);
    }
}
