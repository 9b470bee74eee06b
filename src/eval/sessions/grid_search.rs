//! The peers of the protocol: their parameters by validation, then measured on test.
//!
//! The budget: each set of parameters is judged on about 2,000 held questions; one parameter at a time is varied from what the
//! literature found, once over all parameters, and another value is taken only where it is clearly ahead.

use serde_json::{Value, json};

use crate::eval::{
    baselines::{
        nearest::{Nearest, Room, Step, Weigh, rarity},
        rules::Rules,
    },
    cost::Meter,
    report::Line,
    sessions::{data::Data, line, queries::Asked},
};
use crate::models::data::{item_index::Item, session_index::SessionIndex};

/// The simplest of them.
pub const POPULARITY: &str = "popularity";

/// Held questions that a set of parameters is judged on.
const JUDGED_ON: usize = 2_000;
/// How much better (in the mean of HR@20 and MRR@20) another value must be: about what chance makes of so many questions.
const CLEARLY: f64 = 0.003;
/// How rules fade, in steps: what is tried, the first for want of better.
const FADES: [f32; 3] = [2.0, 1.0, 5.0];

/// Chooses and measures all peers.
pub fn measure(data: &Data, asked: &Asked<'_>, progress: &mut dyn FnMut(&str)) -> Vec<Line> {
    let (older, newer) = data.parts();
    let held = Asked::held(&newer, JUDGED_ON);
    let all: Vec<&[Item]> = data.train.iter().collect();
    let mut lines = vec![popularity(data, asked)];
    for (name, make) in [("association rules", Rules::association as Make), ("sequential rules", Rules::sequential)] {
        progress(name);
        lines.push(rules(name, make, &older, &held, &all, data, asked));
    }
    let trial = Trial::new(&older, data.items());
    for (name, first, ways) in family() {
        progress(name);
        let chosen = trial.tune(first, &ways, &held);
        let mut meter = Meter::start();
        let model = Trial::new(&all, data.items());
        meter.trained();
        let mut room = Room::default();
        let outcome = asked.each(data.items(), |question| model.score(&chosen, question.visit, &mut room));
        lines.push(line(name, &outcome, meter.asked(asked.len()), chosen.parameters()));
    }
    lines
}

type Make = fn(&[&[Item]], usize, f32) -> Rules;
type Way = fn(Nearest) -> Nearest;

/// The family with what is tried of each: by parameter, other values.
fn family() -> Vec<(&'static str, Nearest, Vec<Vec<Way>>)> {
    let fewer: Way = |model| Nearest { k: 100, ..model };
    let more: Way = |model| Nearest { k: 1_500, ..model };
    let small: Way = |model| Nearest { sample: 500, ..model };
    let large: Way = |model| Nearest { sample: 5_000, ..model };
    let knn = || vec![vec![fewer, |model| Nearest { k: 500, ..model }, more], vec![small, large]];
    let vmis = || {
        let mut ways = knn();
        ways.push(vec![|model| Nearest { last: 2, ..model }, |model| Nearest { last: 10, ..model }]);
        ways
    };
    let stan = || -> Vec<Vec<Way>> {
        vec![
            vec![|model| Nearest { weigh: Weigh::Fading(0.8), ..model }, |model| Nearest {
                weigh: Weigh::Fading(4.0),
                ..model
            }],
            vec![|model| Nearest { age: None, ..model }, |model| Nearest { age: Some(0.3), ..model }],
            vec![
                |model| Nearest { step: Step::Near(2.5), ..model },
                |model| Nearest { step: Step::Near(1.0), ..model },
                |model| Nearest { step: Step::Near(20.0), ..model },
            ],
            vec![fewer, more],
            vec![small, large],
        ]
    };
    vec![
        ("SKNN", Nearest::SKNN, knn()),
        ("V-SKNN", Nearest::V_SKNN, knn()),
        ("VMIS-kNN", Nearest::VMIS, vmis()),
        ("VMIS-kNN, Serenade's defaults", Nearest::SERENADE, Vec::new()),
        ("STAN", Nearest::STAN, stan()),
        ("STAN with idf", Nearest::STAN_IDF, stan()),
    ]
}

/// Sessions to try the family on.
struct Trial {
    sessions: SessionIndex,
    rarity: Vec<f32>,
}

impl Trial {
    fn new(sessions: &[&[Item]], items: usize) -> Self {
        let sessions = SessionIndex::new(sessions.iter().copied(), items);
        let rarity = rarity(&sessions, items);
        Self { sessions, rarity }
    }

    fn score(&self, model: &Nearest, visit: &[Item], room: &mut Room) -> Vec<(Item, f32)> {
        model.score(&self.sessions, &self.rarity, visit, room)
    }

    /// The best found.
    fn tune(&self, first: Nearest, ways: &[Vec<Way>], held: &Asked<'_>) -> Nearest {
        let mut room = Room::default();
        let mut worth = |model: &Nearest| {
            held.each(self.rarity.len(), |question| self.score(model, question.visit, &mut room)).worth()
        };
        let mut best = (first, if ways.is_empty() { 0.0 } else { worth(&first) });
        for others in ways {
            let former = best;
            for other in others {
                let model = other(former.0);
                let found = worth(&model);
                if found > former.1 + CLEARLY && found > best.1 {
                    best = (model, found);
                }
            }
        }
        best.0
    }
}

fn rules(
    name: &str,
    make: Make,
    older: &[&[Item]],
    held: &Asked<'_>,
    all: &[&[Item]],
    data: &Data,
    asked: &Asked<'_>,
) -> Line {
    let items = data.items();
    let mut sums = Vec::new();
    let mut best = (FADES[0], f64::MIN);
    for fade in FADES {
        let model = make(older, items, fade);
        let worth = held.each(items, |question| model.score(question.visit, &mut sums)).worth();
        if worth > best.1 + if best.1 > f64::MIN { CLEARLY } else { 0.0 } {
            best = (fade, worth);
        }
    }
    let mut meter = Meter::start();
    let model = make(all, items, best.0);
    meter.trained();
    let outcome = asked.each(items, |question| model.score(question.visit, &mut sums));
    line(name, &outcome, meter.asked(asked.len()), json!({"fade": best.0}))
}

fn popularity(data: &Data, asked: &Asked<'_>) -> Line {
    let mut meter = Meter::start();
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let mut scores: Vec<(Item, f32)> = (0..).zip(data.support()).map(|(item, count)| (item, count as f32)).collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores.truncate(100);
    meter.trained();
    let outcome = asked.each(data.items(), |_| scores.clone());
    line(POPULARITY, &outcome, meter.asked(asked.len()), Value::Object(serde_json::Map::default()))
}
