//! The peers with parameters that are searched for, on the baskets before the last of some customers drawn by lot.
//!
//! The budget: TIFU-KNN's 6 ways of decaying times 3 numbers of neighbours times 6 shares of her own over 1,000 customers,
//! UP-CF's 4 numbers of recent orders times 12 likenesses over 600.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::eval::{
    baselines::{
        tifu_knn::{Decays, Nearest, TifuKnn},
        up_cf::{Likeness, UpCf},
    },
    baskets::history::{Cut, Question},
    split::splitmix64,
};
use crate::models::stats::metrics;

const TIFU_ON: usize = 1_000;
const UP_CF_ON: usize = 600;
const DECAYS: [(usize, f32, f32); 6] =
    [(7, 0.9, 0.9), (7, 0.9, 0.7), (1, 0.9, 1.0), (3, 0.9, 0.7), (7, 0.8, 0.8), (15, 0.9, 0.9)];
/// Rising.
const NEIGHBOURS: [usize; 3] = [100, 300, 900];
const OWN: [f32; 6] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7];
const RECENT: [usize; 4] = [5, 10, 25, 100];
const ASYMMETRY: [f32; 4] = [0.0, 0.25, 0.5, 0.75];
const LOCALITY: [f32; 3] = [5.0, 10.0, 100.0];

/// Some of the questions by lot, the same for the same seed.
fn some(questions: &[Question], most: usize, seed: u64) -> Vec<&Question> {
    let mut drawn: Vec<&Question> = questions.iter().collect();
    drawn.sort_by_key(|question| splitmix64(seed ^ ((question.customer as u64) << 20)));
    drawn.truncate(most);
    drawn
}

/// The mean of recall and NDCG of the first ten by these scores.
fn figure(mut scored: Vec<(u32, f32)>, truth: &[u32]) -> f64 {
    metrics::keep_top(&mut scored, 10);
    let list: Vec<u32> = scored.into_iter().map(|(item, _)| item).collect();
    f64::midpoint(metrics::recall(&list, truth, 10), metrics::ndcg(&list, truth, 10))
}

/// The best of some ways by their sums; the first of equals.
fn best<T: Copy>(ways: &[T], sums: &[f64]) -> Option<(T, f64)> {
    let mut best: Option<(T, f64)> = None;
    for (way, sum) in ways.iter().zip(sums) {
        if best.is_none_or(|(_, former)| *sum > former) {
            best = Some((*way, *sum));
        }
    }
    best
}

/// TIFU-KNN's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TifuWay {
    /// Of the vectors.
    pub decays: Decays,
    /// Of the neighbours.
    pub nearest: Nearest,
}

impl TifuWay {
    /// For the report.
    pub fn parameters(&self) -> Value {
        json!({
            "groups": self.decays.groups, "within": self.decays.within, "between": self.decays.between,
            "neighbours": self.nearest.neighbours, "own": self.nearest.own,
        })
    }
}

/// Searches on a validation cut.
pub fn tifu(cut: &Cut, products: usize, seed: u64) -> TifuWay {
    let asked = some(&cut.questions, TIFU_ON, seed);
    let taken: Vec<Nearest> =
        NEIGHBOURS.iter().flat_map(|neighbours| OWN.map(|own| Nearest { neighbours: *neighbours, own })).collect();
    let mut found: Option<(TifuWay, f64)> = None;
    for (groups, within, between) in DECAYS {
        let decays = Decays { within, between, groups };
        let model = TifuKnn::train(&cut.orders, products, decays);
        let mut sums = vec![0.0; taken.len()];
        for question in &asked {
            let figures = tifu_figures(&model, cut, question);
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
        if let Some((nearest, sum)) = best(&taken, &sums)
            && found.is_none_or(|(_, former)| sum > former)
        {
            found = Some((TifuWay { decays, nearest }, sum));
        }
    }
    let usual = TifuWay {
        decays: Decays { within: 0.9, between: 0.7, groups: 7 },
        nearest: Nearest { neighbours: 300, own: 0.7 },
    };
    found.map_or(usual, |(way, _)| way)
}

/// The figures of one question for all numbers of neighbours and all shares: neighbours are added up once.
#[expect(clippy::cast_precision_loss, reason = "hundreds")]
fn tifu_figures(model: &TifuKnn, cut: &Cut, question: &Question) -> Vec<f64> {
    let own = cut.orders.of(question.customer);
    let nearest = model.nearest(question.customer, &own, NEIGHBOURS[NEIGHBOURS.len() - 1]);
    let hers = model.vector(&own);
    let mut sums: FxHashMap<u32, f32> = hers.iter().map(|(item, _)| (*item, 0.0)).collect();
    let mut figures = Vec::new();
    let mut at = 0;
    for neighbours in NEIGHBOURS {
        let to = neighbours.min(nearest.len());
        for (item, weight) in nearest[at..to].iter().flat_map(|other| model.vector_of(*other)) {
            *sums.entry(*item).or_insert(0.0) += weight;
        }
        at = to;
        for share in OWN {
            let own = |item: u32| hers.binary_search_by_key(&item, |(item, _)| *item).map_or(0.0, |at| hers[at].1);
            let rest = (1.0 - share) / to.max(1) as f32;
            let scored = sums.iter().map(|(item, sum)| (*item, share * own(*item) + rest * sum)).collect();
            figures.push(figure(scored, &question.truth));
        }
    }
    figures
}

/// UP-CF's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpCfWay {
    /// Last orders that count.
    pub recent: usize,
    /// Of customers.
    pub likeness: Likeness,
}

impl UpCfWay {
    /// For the report.
    pub fn parameters(&self) -> Value {
        json!({ "recent": self.recent, "asymmetry": self.likeness.asymmetry, "locality": self.likeness.locality })
    }
}

/// Searches on a validation cut.
pub fn up_cf(cut: &Cut, products: usize, seed: u64) -> UpCfWay {
    let asked = some(&cut.questions, UP_CF_ON, seed);
    let ways: Vec<Likeness> = ASYMMETRY
        .iter()
        .flat_map(|asymmetry| LOCALITY.map(|locality| Likeness { asymmetry: *asymmetry, locality }))
        .collect();
    let mut found: Option<(UpCfWay, f64)> = None;
    for recent in RECENT {
        let model = UpCf::train(&cut.orders, products, recent);
        let mut sums = vec![0.0; ways.len()];
        let mut scores = vec![0.0; products];
        for question in &asked {
            let alike = model.alike(&cut.orders.of(question.customer));
            for (sum, likeness) in sums.iter_mut().zip(&ways) {
                scores.fill(0.0);
                model.add(&alike, *likeness, &mut scores);
                *sum += figure((0..).zip(scores.iter().copied()).collect(), &question.truth);
            }
        }
        if let Some((likeness, sum)) = best(&ways, &sums)
            && found.is_none_or(|(_, former)| sum > former)
        {
            found = Some((UpCfWay { recent, likeness }, sum));
        }
    }
    found.map_or(UpCfWay { recent: 25, likeness: ways[0] }, |(way, _)| way)
}
