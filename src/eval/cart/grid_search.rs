//! The peers of the protocol, each with its parameters chosen on the validation from a small grid, then measured on test.

use serde_json::{Value, json};

use crate::eval::{
    baselines::{
        closed_form::Ease,
        head,
        order_pairs::{OrderPairs, Worth},
    },
    cart::{
        data::{Data, Part},
        questions::{Outcome, Question, TOP, drawn},
    },
    cost::Meter,
    report::Line,
};
use crate::models::{data::item_index::Item, stats::metrics::keep_top};

/// The simplest of them.
pub const POPULARITY: &str = "popularity";

/// Questions of the validation that a set of parameters is judged on, all of an order as in test.
const JUDGED_ON: usize = 10_000;
/// Of EASE.
const PENALTIES: [f32; 4] = [20.0, 50.0, 150.0, 500.0];
/// Of the cosine, in orders.
const SHRINKAGES: [f32; 4] = [0.0, 5.0, 20.0, 80.0];
/// Of the popularity that rules are divided by.
const POWERS: [f32; 4] = [0.0, 0.25, 0.5, 0.75];

/// A peer with its parameters.
#[derive(Debug, Clone, Copy)]
enum Peer {
    Popularity,
    Pairs(Worth),
    Ease { penalty: f32 },
}

/// A peer that was fitted.
enum Fitted {
    Popularity,
    Pairs(Worth),
    Ease(Ease),
}

/// What is known at a moment, counted once for all peers.
struct Counted<'a> {
    part: &'a Part<'a>,
    pairs: OrderPairs,
    /// Items by popularity, the most popular first, and the place of each: it breaks ties.
    by_place: Vec<Item>,
}

impl<'a> Counted<'a> {
    fn new(part: &'a Part<'a>, items: usize) -> Self {
        let pairs = OrderPairs::count(&part.orders, items);
        let mut by_place: Vec<Item> = (0..).take(items).collect();
        let support = |item: &Item| pairs.support()[*item as usize];
        // Stable: equals stay in the order of ids.
        by_place.sort_by(|a, b| support(b).total_cmp(&support(a)));
        Self { part, pairs, by_place }
    }

    fn fit(&self, peer: Peer) -> Fitted {
        match peer {
            Peer::Popularity => Fitted::Popularity,
            Peer::Pairs(worth) => Fitted::Pairs(worth),
            Peer::Ease { penalty } => Fitted::Ease(Ease::fit(&self.part.orders, self.by_place.len(), penalty)),
        }
    }

    fn ask(&self, fitted: &Fitted, asked: &[Question<'_>]) -> Outcome {
        let items = self.by_place.len();
        let mut outcome = Outcome::new(items);
        let mut scores = vec![0.0; items];
        for question in asked {
            scores.fill(0.0);
            match fitted {
                // Ties alone order it.
                Fitted::Popularity => {}
                Fitted::Pairs(worth) => self.pairs.add(&question.cart, *worth, &mut scores),
                Fitted::Ease(ease) => ease.add(&question.cart, &mut scores),
            }
            outcome.take(&self.top(&scores, question), question);
        }
        outcome
    }

    /// The best that may be recommended; of equal ones the more popular, then the one with the smaller id.
    fn top(&self, scores: &[f32], question: &Question<'_>) -> Vec<(Item, f32)> {
        let may_be_offered = |item: Item| self.part.known[item as usize] && question.cart.binary_search(&item).is_err();
        let by_place = (0..).zip(&self.by_place).filter(|(_, item)| may_be_offered(**item));
        let mut scored: Vec<(u32, f32)> = by_place.map(|(place, item)| (place, scores[*item as usize])).collect();
        keep_top(&mut scored, TOP);
        scored.into_iter().map(|(place, score)| (self.by_place[place as usize], score)).collect()
    }
}

impl Peer {
    fn parameters(self) -> Value {
        match self {
            Self::Popularity => json!({}),
            Self::Pairs(Worth::Cosine { shrinkage }) => json!({ "shrinkage": shrinkage }),
            Self::Pairs(Worth::Rule { power }) => json!({ "popularity_power": power }),
            Self::Ease { penalty } => json!({ "penalty": penalty }),
        }
    }
}

/// Measures all of them.
pub fn measure(
    data: &Data,
    test: &Part<'_>,
    asked: &[Question<'_>],
    seed: u64,
    progress: &mut dyn FnMut(&str),
) -> Vec<Line> {
    let items = data.names.len();
    progress("counting");
    let validation = data.validation();
    let held = drawn(validation.questions(), usize::MAX, JUDGED_ON, seed);
    let (validation, test) = (Counted::new(&validation, items), Counted::new(test, items));
    let mut one = |name: &str, grid: &[Peer]| {
        progress(name);
        let chosen = choose(&validation, &held, grid)?;
        let mut meter = Meter::start();
        let fitted = test.fit(chosen);
        meter.trained();
        let outcome = test.ask(&fitted, asked);
        Some(outcome.line(name, meter.asked(asked.len()), chosen.parameters()))
    };
    let lines = [
        one(POPULARITY, &[Peer::Popularity]),
        one("rules", &POWERS.map(|power| Peer::Pairs(Worth::Rule { power }))),
        one("cosine of orders", &SHRINKAGES.map(|shrinkage| Peer::Pairs(Worth::Cosine { shrinkage }))),
        one(&head::named("EASE over orders", items), &PENALTIES.map(|penalty| Peer::Ease { penalty })),
    ];
    lines.into_iter().flatten().collect()
}

/// The best on the validation; of equal ones the first. With one there is nothing to choose.
fn choose(validation: &Counted<'_>, held: &[Question<'_>], grid: &[Peer]) -> Option<Peer> {
    if let [only] = grid {
        return Some(*only);
    }
    let mut best: Option<(f64, Peer)> = None;
    for peer in grid {
        let found = validation.ask(&validation.fit(*peer), held).worth();
        if best.is_none_or(|(most, _)| found > most) {
            best = Some((found, *peer));
        }
    }
    best.map(|(_, peer)| peer)
}
