//! The peers, each with its parameters chosen on the validation from a small grid, then measured on test.

use serde_json::{Value, json};

use crate::eval::{
    baselines::{
        closed_form::Ease,
        head,
        item_knn::{self, Weighting},
        pairwise::{self, Loss, Pairwise},
        popularity::popularity,
        random_walk,
    },
    cost::Meter,
    discovery::{
        data::{Data, Part},
        metrics::{Outcome, TOP},
    },
    report::Line,
};
use crate::models::{
    data::neighbours::Neighbours,
    retrieval::{
        als::{self as als, Als},
        regression::DENSE,
    },
    stats::metrics::top,
};

/// The name of the simplest of them.
pub const POPULARITY: &str = "popularity, all time";

/// Days of a recent window that are tried.
const DAYS: [f64; 6] = [3.0, 7.0, 14.0, 30.0, 60.0, 120.0];
/// Of EASE.
const PENALTIES: [f32; 7] = [50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0];
/// Of EASE beside popularity.
const PENALTIES_BESIDE: [f32; 3] = [200.0, 500.0, 2_000.0];

/// A peer with its parameters.
#[derive(Debug, Clone, Copy)]
enum Peer {
    AllTime,
    Recent { days: f64 },
    ItemKnn { weighting: Weighting, nearest: usize },
    RandomWalk { alpha: f32, beta: f32 },
    Pairs(pairwise::Settings),
    Als(als::Settings),
    Ease { penalty: f32 },
    EaseRecent { penalty: f32, days: f64, joined: Joined },
}

/// How often popularity, as a share of the largest, is added to EASE, and to what.
#[derive(Debug, Clone, Copy)]
enum Joined {
    /// To scores as they are.
    Scores(f32),
    /// To shares of her best score.
    Shares(f32),
}

/// What is tried of it.
const JOINED: [Joined; 5] =
    [Joined::Scores(0.05), Joined::Scores(0.1), Joined::Shares(0.1), Joined::Shares(0.2), Joined::Shares(0.4)];

/// A peer that was fitted.
enum Fitted {
    Same(Vec<f32>),
    Neighbours(Neighbours),
    Pairs(Pairwise),
    Als(Als),
    Ease(Ease),
    EaseRecent(Ease, Vec<f32>, Joined),
}

impl Peer {
    fn fit(self, data: &Data, part: &Part, seed: u64) -> Fitted {
        let (histories, items) = (part.histories(), data.names.len());
        match self {
            Self::AllTime => Fitted::Same(popularity(&part.interactions, items, part.now, None)),
            Self::Recent { days } => Fitted::Same(popularity(&part.interactions, items, part.now, Some(days))),
            Self::ItemKnn { weighting, nearest } => {
                Fitted::Neighbours(item_knn::fit(histories, items, weighting, nearest))
            }
            Self::RandomWalk { alpha, beta } => Fitted::Neighbours(random_walk::fit(histories, items, alpha, beta)),
            Self::Pairs(settings) => Fitted::Pairs(Pairwise::fit(histories, &part.known, settings, seed)),
            Self::Als(settings) => Fitted::Als(Als::fit(histories, items, settings, seed)),
            Self::Ease { penalty } => Fitted::Ease(Ease::fit(histories, items, penalty)),
            Self::EaseRecent { penalty, days, joined } => {
                Fitted::EaseRecent(Ease::fit(histories, items, penalty), recent(part, items, days), joined)
            }
        }
    }

    fn parameters(self) -> Value {
        match self {
            Self::AllTime => json!({}),
            Self::Recent { days } => json!({ "days": days }),
            Self::ItemKnn { weighting, nearest } => {
                json!({ "weighting": format!("{weighting:?}"), "nearest": nearest })
            }
            Self::RandomWalk { alpha, beta } => json!({ "alpha": alpha, "beta": beta }),
            Self::Pairs(settings) => json!({ "factors": settings.factors, "rate": settings.rate,
                "penalty": settings.penalty, "rounds": settings.rounds }),
            Self::Als(settings) => json!({ "factors": settings.factors, "penalty": settings.penalty,
                "confidence": settings.confidence, "rounds": settings.rounds }),
            Self::Ease { penalty } => json!({ "penalty": penalty }),
            Self::EaseRecent { penalty, days, joined } => {
                let (to, weight) = match joined {
                    Joined::Scores(weight) => ("scores", weight),
                    Joined::Shares(weight) => ("shares", weight),
                };
                json!({ "penalty": penalty, "days": days, "weight": weight, "added_to": to })
            }
        }
    }
}

/// Popularity of a window as a share of the largest.
fn recent(part: &Part, items: usize, days: f64) -> Vec<f32> {
    let mut counts = popularity(&part.interactions, items, part.now, Some(days));
    let most = counts.iter().copied().fold(1.0, f32::max);
    for count in &mut counts {
        *count /= most;
    }
    counts
}

impl Fitted {
    fn scores(&self, part: &Part, customer: u32, scores: &mut [f32]) {
        let own = part.own(customer);
        match self {
            Self::Same(counts) => scores.copy_from_slice(counts),
            Self::Neighbours(neighbours) => item_knn::add(neighbours, own, scores),
            Self::Pairs(pairs) => pairs.add(customer, scores),
            Self::Als(als) => als.add(customer, scores),
            Self::Ease(ease) => ease.add(own, scores),
            Self::EaseRecent(ease, recent, joined) => {
                ease.add(own, scores);
                join(scores, recent, *joined);
            }
        }
    }

    fn ask(&self, data: &Data, part: &Part) -> Outcome {
        let mut outcome = Outcome::new(data.names.len());
        let mut scores = vec![0.0; data.names.len()];
        for asked in &part.asked {
            scores.fill(0.0);
            self.scores(part, asked.customer, &mut scores);
            let list = top(&scores, TOP, |item| !part.may_offer(asked.customer, item));
            outcome.take(&list, asked, part);
        }
        outcome
    }
}

/// Adds the popularity to scores.
fn join(scores: &mut [f32], recent: &[f32], joined: Joined) {
    let (best, weight) = match joined {
        Joined::Scores(weight) => (1.0, weight),
        Joined::Shares(weight) => (scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max), weight),
    };
    scores.iter_mut().zip(recent).for_each(|(score, recent)| *score = *score / best + weight * recent);
}

/// Measures all of them.
pub fn measure(data: &Data, validation: &Part, test: &Part, seed: u64, progress: &mut dyn FnMut(&str)) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut one = |name: &str, grid: &[Peer]| {
        progress(name);
        let Some(chosen) = choose(data, validation, grid, seed) else { return };
        let mut meter = Meter::start();
        let fitted = chosen.fit(data, test, seed);
        meter.trained();
        let outcome = fitted.ask(data, test);
        lines.push(outcome.line(name, meter.asked(test.asked.len()), chosen.parameters()));
    };
    one(POPULARITY, &[Peer::AllTime]);
    one("popularity, recent window", &DAYS.map(|days| Peer::Recent { days }));
    one("item-kNN", &neighbour_grid(data.names.len()));
    let items = data.names.len();
    one(&head::named("RP3beta", items), &walk_grid());
    one("BPR", &pair_grid(Loss::Bpr));
    one("WARP", &pair_grid(Loss::Warp));
    one("ALS", &als_grid());
    one(&head::named("EASE", items), &PENALTIES.map(|penalty| Peer::Ease { penalty }));
    if let Some(peer) = choose_ease_recent(data, validation) {
        one(&head::named("EASE + recent popularity", items), &[peer]);
    }
    lines
}

/// The best on the validation; of equal ones the first. With one there is nothing to choose.
fn choose(data: &Data, validation: &Part, grid: &[Peer], seed: u64) -> Option<Peer> {
    if let [only] = grid {
        return Some(*only);
    }
    let mut best: Option<(f64, Peer)> = None;
    for peer in grid {
        let found = peer.fit(data, validation, seed).ask(data, validation).aim();
        if best.is_none_or(|(most, _)| found > most) {
            best = Some((found, *peer));
        }
    }
    best.map(|(_, peer)| peer)
}

fn neighbour_grid(items: usize) -> Vec<Peer> {
    let of = |weighting| [20, 100, 500].map(|nearest| Peer::ItemKnn { weighting, nearest });
    let mut grid: Vec<Peer> = [Weighting::Cosine, Weighting::TfIdf, Weighting::Bm25].into_iter().flat_map(of).collect();
    // Next to all are near: good for BM25 alone, and only where so many lists are small.
    if items <= DENSE {
        grid.push(Peer::ItemKnn { weighting: Weighting::Bm25, nearest: 1_500 });
    }
    grid
}

fn walk_grid() -> Vec<Peer> {
    let of = |alpha| [0.2, 0.4, 0.6].map(|beta| Peer::RandomWalk { alpha, beta });
    [0.6, 0.8, 1.0].into_iter().flat_map(of).collect()
}

fn pair_grid(loss: Loss) -> Vec<Peer> {
    let of = |factors, penalty, rounds| Peer::Pairs(pairwise::Settings { loss, factors, rate: 0.05, penalty, rounds });
    match loss {
        Loss::Bpr => {
            [10, 30].into_iter().flat_map(|rounds| [0.0, 0.01].map(|penalty| of(64, penalty, rounds))).collect()
        }
        // It moves only what is in the wrong order, by up to ten times as much: a few rounds, held back more.
        Loss::Warp => {
            [32, 64].into_iter().flat_map(|factors| [0.0, 0.1, 0.3].map(|penalty| of(factors, penalty, 10))).collect()
        }
    }
}

fn als_grid() -> Vec<Peer> {
    let of = |factors| {
        [(1.0, 2.0), (1.4, 2.0), (2.0, 5.0), (4.0, 20.0)]
            .map(|(penalty, confidence)| Peer::Als(als::Settings { factors, penalty, confidence, rounds: 12 }))
    };
    [32, 64].into_iter().flat_map(of).collect()
}

/// As [`choose`], with one fit for each penalty.
fn choose_ease_recent(data: &Data, validation: &Part) -> Option<Peer> {
    let items = data.names.len();
    let windows = DAYS.map(|days| (days, recent(validation, items, days)));
    let grid: Vec<(f64, &Vec<f32>, Joined)> =
        windows.iter().flat_map(|(days, counts)| JOINED.map(|joined| (*days, counts, joined))).collect();
    let mut best: Option<(f64, Peer)> = None;
    for penalty in &PENALTIES_BESIDE {
        let ease = Ease::fit(validation.histories(), items, *penalty);
        let mut outcomes: Vec<Outcome> = grid.iter().map(|_| Outcome::new(items)).collect();
        for asked in &validation.asked {
            let mut plain = vec![0.0; items];
            ease.add(validation.own(asked.customer), &mut plain);
            for ((_, counts, joined), outcome) in grid.iter().zip(&mut outcomes) {
                let mut scores = plain.clone();
                join(&mut scores, counts, *joined);
                let list = top(&scores, TOP, |item| !validation.may_offer(asked.customer, item));
                outcome.take(&list, asked, validation);
            }
        }
        for ((days, _, joined), outcome) in grid.iter().zip(&outcomes) {
            if best.is_none_or(|(most, _)| outcome.aim() > most) {
                let peer = Peer::EaseRecent { penalty: *penalty, days: *days, joined: *joined };
                best = Some((outcome.aim(), peer));
            }
        }
    }
    best.map(|(_, peer)| peer)
}

#[cfg(test)]
mod tests;
