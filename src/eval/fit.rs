//! The protocol `fit`: will it be too small, right, or too large?
//!
//! All rows of fit feedback are parted by a hash of their number, three times by three seeds: eight tenths teach, one chooses,
//! one asks. The figure is the mean of the three areas under the curve, one class against the rest, over the seeds; customers
//! are what the bootstrap draws. Inputs are who, what, its size and kind, and the body; never a rating or a text.

mod reading;

use serde_json::{Value, json};

use crate::eval::{
    EvaluateError,
    baselines::fit::{Answer, PEERS},
    cost::{Cost, Meter},
    fingerprint::{Keys, keys_sha256},
    options::Options,
    predictions::{Chances, Predictions},
    report::{BLEND, Figure, Findings, Line, Report},
    split::splitmix64,
};
use crate::models::{
    size_fit::{
        rows::{Felt, Rows},
        stack::{self, Latent, Stack, Task},
        terms::Scaled,
    },
    stats::metrics::Auc,
};
use reading::Feedback;

const SEEDS: [u64; 3] = [0, 1, 2];
/// Of the ten.
const TAUGHT: std::ops::Range<u64> = 0..8;
const VALIDATION: u64 = 8;
const TEST: u64 = 9;
const CLASSES: [Felt; 3] = [Felt::Small, Felt::Fits, Felt::Large];
/// Parts of equal width that chances are sorted into to see how often they come true.
const BINS: usize = 15;

/// Which tenth a row is in.
fn tenth(seed: u64, row: u32) -> u64 {
    splitmix64((seed << 32).wrapping_add(row.into())) % 10
}

/// The rows of one seed.
struct Cut {
    train: Vec<u32>,
    validation: Vec<u32>,
    asked: Vec<u32>,
}

impl Cut {
    fn task<'a>(&'a self, rows: &'a Rows, felt: &'a [Felt]) -> Task<'a> {
        Task { rows, felt, train: &self.train, validation: &self.validation, asked: &self.asked }
    }
}

/// Runs the protocol. `progress` is told what is being worked on.
///
/// # Errors
/// Where a file can't be used, or a side of the split has too little.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    let feedback = reading::read(options)?;
    let cuts = cuts(&feedback, options.is_apart()).map_err(|error| error.noting(&feedback.notes))?;
    let mut run = Run::new(options, &feedback, &cuts);
    if !options.is_apart() {
        for (name, peer) in PEERS {
            run.model(name, progress, peer);
        }
        run.model("latent sizes", progress, latent_sizes);
    }
    let seed = options.seed;
    run.model(BLEND, progress, |task, meter| blend(task, meter, seed));
    Ok(Report::of(run.findings))
}

/// The fingerprint of the test rows of each seed.
///
/// # Errors
/// As [`run`].
pub fn keys(options: &Options) -> Result<Keys, EvaluateError> {
    let feedback = reading::read(options)?;
    let cuts = cuts(&feedback, false).map_err(|error| error.noting(&feedback.notes))?;
    let sha256 = cuts.iter().map(|cut| fingerprint(&feedback, cut)).collect();
    Ok(Keys { sha256, notes: feedback.notes })
}

fn fingerprint(feedback: &Feedback, cut: &Cut) -> String {
    keys_sha256(cut.asked.iter().map(|row| feedback.numbers[*row as usize].to_string()).collect())
}

/// Learned from what is in sight, asked for what is not; or three times by the hash.
fn cuts(feedback: &Feedback, apart: bool) -> Result<Vec<Cut>, EvaluateError> {
    let numbers = feedback.numbers.iter().copied();
    let places = |seed: u64, keep: &dyn Fn(u32, u64) -> bool| -> Vec<u32> {
        (0..)
            .zip(numbers.clone())
            .filter(|(place, number)| keep(*place, tenth(seed, *number)))
            .map(|one| one.0)
            .collect()
    };
    let cut = |seed: u64| {
        let known = |place: u32| place < feedback.appended_at;
        if apart {
            Cut {
                train: places(seed, &|place, of| known(place) && of != VALIDATION),
                validation: places(seed, &|place, of| known(place) && of == VALIDATION),
                asked: places(seed, &|place, _| !known(place)),
            }
        } else {
            Cut {
                train: places(seed, &|_, of| TAUGHT.contains(&of)),
                validation: places(seed, &|_, of| of == VALIDATION),
                asked: places(seed, &|_, of| of == TEST),
            }
        }
    };
    let cuts: Vec<Cut> = if apart { vec![cut(0)] } else { SEEDS.into_iter().map(cut).collect() };
    for cut in &cuts {
        for (side, rows) in [("train", &cut.train), ("validation", &cut.validation), ("test", &cut.asked)] {
            if rows.is_empty() {
                let rows = feedback.felt.len();
                return Err(EvaluateError::TooLittle(format!("of {rows} rows none are left for {side}")));
            }
        }
        let met = |class: &Felt| cut.train.iter().any(|row| feedback.felt[*row as usize] == *class);
        if let Some(missing) = CLASSES.iter().find(|class| !met(class)) {
            return Err(EvaluateError::TooLittle(format!(
                "no train row felt {missing:?}: there is nothing to tell apart"
            )));
        }
        let of_test = |class| cut.asked.iter().filter(|row| feedback.felt[**row as usize] == class).count();
        let of_test @ [small, fits, large] = CLASSES.map(of_test);
        if !apart && of_test.contains(&0) {
            return Err(EvaluateError::TooLittle(format!(
                "of {} rows of test {small} felt small, {fits} fit and {large} large: without some of each there is no \
                 area under the curve",
                cut.asked.len()
            )));
        }
    }
    Ok(cuts)
}

/// All models on the same questions.
struct Run<'a> {
    feedback: &'a Feedback,
    cuts: &'a [Cut],
    findings: Findings,
    keep: bool,
    apart: bool,
}

impl<'a> Run<'a> {
    fn new(options: &Options, feedback: &'a Feedback, cuts: &'a [Cut]) -> Self {
        let asked = |cut: &'a Cut| cut.asked.iter().map(|row| *row as usize);
        let keys = |cut: &Cut| fingerprint(feedback, cut);
        let apart = options.is_apart();
        let mut notes = feedback.notes.clone();
        if !apart {
            notes.extend(SEEDS.iter().zip(cuts).map(|(seed, cut)| format!("keys of seed {seed}: {}", keys(cut))));
        }
        let questions: usize = cuts.iter().map(|cut| cut.asked.len()).sum();
        let findings = Findings {
            protocol: "fit",
            data: options.paths(),
            keys_sha256: if apart { String::new() } else { cuts.first().map(keys).unwrap_or_default() },
            asked: format!("{questions} rows in {} draws of the test rows, of {}", cuts.len(), feedback.felt.len()),
            groups: cuts.iter().flat_map(asked).map(|row| feedback.rows.customer.of[row]).collect(),
            notes,
            seed: options.seed,
            ..Findings::default()
        };
        Self { feedback, cuts, findings, keep: options.predictions, apart }
    }

    /// Asks one model of every seed and keeps its line. The mean of the seeds' costs is what it costs.
    fn model(&mut self, name: &str, progress: &mut dyn FnMut(&str), answer: impl Fn(&Task<'_>, &mut Meter) -> Answer) {
        let mut answers = Vec::new();
        let mut costs = Vec::new();
        for (seed, cut) in SEEDS.iter().zip(self.cuts) {
            progress(&format!("{name}, seed {seed}"));
            let mut meter = Meter::start();
            answers.push(answer(&cut.task(&self.feedback.rows, &self.feedback.felt), &mut meter));
            costs.push(meter.asked(cut.asked.len()));
        }
        let chances: Vec<[f32; 3]> = answers.iter().flat_map(|one| one.chances.iter().copied()).collect();
        let mut parameters: Vec<Value> = answers.into_iter().map(|one| one.parameters).collect();
        let figures = if self.apart { Vec::new() } else { vec![("auc", self.auc(&chances))] };
        let mut parameters = json!({ "by_seed": std::mem::take(&mut parameters) });
        if !self.apart {
            parameters["expected_calibration_error"] = json!(rounded(self.calibration_error(&chances)));
        }
        self.findings.lines.push(Line {
            model: name.to_owned(),
            figures,
            cost: mean_cost(&costs),
            parameters,
            coverage: None,
            repeats: None,
        });
        if name == BLEND && self.keep {
            let asked =
                self.cuts.iter().flat_map(|cut| &cut.asked).take(self.cuts.first().map_or(0, |cut| cut.asked.len()));
            let rows = asked
                .zip(&chances)
                .map(|(row, of)| Chances { row: self.feedback.numbers[*row as usize], of: of.map(f64::from) });
            self.findings.predictions = Some(Predictions::Chances(rows.collect()));
        }
    }

    /// How each question of all seeds felt.
    fn truth(&self) -> impl Iterator<Item = Felt> {
        self.cuts.iter().flat_map(|cut| &cut.asked).map(|row| self.feedback.felt[*row as usize])
    }

    /// The mean of the three areas of each seed, and of the seeds.
    fn auc(&self, chances: &[[f32; 3]]) -> Figure {
        let truth: Vec<Felt> = self.truth().collect();
        let mut areas = Vec::new();
        let mut from = 0;
        for cut in self.cuts {
            let range = from..from + cut.asked.len();
            for class in CLASSES {
                let scores: Vec<f64> = chances[range.clone()].iter().map(|of| f64::from(of[class as usize])).collect();
                let of_class: Vec<bool> = truth[range.clone()].iter().map(|felt| *felt == class).collect();
                areas.push((range.clone(), Auc::new(&scores, &of_class)));
            }
            from = range.end;
        }
        let mean = |area: &dyn Fn(&std::ops::Range<usize>, &Auc) -> f64| {
            let (sum, count) =
                areas.iter().fold((0.0, 0.0), |(sum, n), (range, one)| (sum + area(range, one), n + 1.0));
            sum / count
        };
        let mut draws = Vec::new();
        self.findings.resampling().each(|times| draws.push(mean(&|range, one| one.weighted(&times[range.clone()]))));
        Figure::Drawn { value: mean(&|_, one| one.value()), draws }
    }

    /// How far chances are from how often they come true: over bins of equal width and the three classes, by their rows
    /// (expected calibration error, Naeini et al. 2015).
    fn calibration_error(&self, chances: &[[f32; 3]]) -> f64 {
        let mut bins = [[(0.0_f64, 0.0_f64, 0.0_f64); BINS]; 3];
        for (of, felt) in chances.iter().zip(self.truth()) {
            for class in CLASSES {
                let chance = f64::from(of[class as usize]);
                let bin = &mut bins[class as usize][bin(chance)];
                *bin = (bin.0 + 1.0, bin.1 + chance, bin.2 + f64::from(u8::from(felt == class)));
            }
        }
        let (off, rows) = bins
            .iter()
            .flatten()
            .fold((0.0, 0.0), |(off, rows), (count, said, came)| (off + (said - came).abs(), rows + count));
        off / f64::max(rows, 1.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "one of a few"
)]
fn bin(chance: f64) -> usize {
    ((chance * BINS as f64) as usize).min(BINS - 1)
}

fn rounded(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

fn mean_cost(costs: &[Cost]) -> Cost {
    let (sum, count) = costs.iter().fold((Cost::default(), 0.0), |(sum, count), one| {
        let sum = Cost {
            train_seconds: sum.train_seconds + one.train_seconds,
            query_us: sum.query_us + one.query_us,
            query_p99_us: None,
            peak_mb: one.peak_mb.map(|peak| peak.max(sum.peak_mb.unwrap_or(0.0))),
        };
        (sum, count + 1.0)
    });
    let count = f64::max(count, 1.0);
    Cost { train_seconds: sum.train_seconds / count, query_us: sum.query_us / count, ..sum }
}

/// Latent sizes alone.
fn latent_sizes(task: &Task<'_>, meter: &mut Meter) -> Answer {
    let deviations = stack::choose(task);
    let scaled = Scaled::of(task.rows, task.train);
    let latent = Latent::learn(task, &scaled, deviations);
    meter.trained();
    let parameters = json!({ "customer": deviations.customer, "customer_slope": deviations.slope });
    Answer { chances: latent.ask(task.asked), parameters }
}

/// What is served. The search for its parameters is not part of the training.
fn blend(task: &Task<'_>, meter: &mut Meter, seed: u64) -> Answer {
    let deviations = stack::choose(task);
    *meter = Meter::start();
    let scaled = Scaled::of(task.rows, task.train);
    let stack = Stack::learn(task, &scaled, deviations, seed);
    meter.trained();
    let parameters = json!({
        "customer": deviations.customer,
        "customer_slope": deviations.slope,
        "rounds": stack.rounds,
        "calibration": { "factor": stack.calibration.factor, "shift": stack.calibration.shift },
    });
    Answer { chances: stack.ask(task.asked), parameters }
}

#[cfg(test)]
mod tests;
