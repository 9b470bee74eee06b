//! What a run found: each model's figures with their intervals, the blend against the best single model, what each costs.
//!
//! A protocol hands over values by question ([`Findings`]); here they become means, intervals and paired differences, all
//! models under the same draws, and from there text for people and JSON for machines.

mod json;
mod text;

use std::{io, path::Path};

use serde_json::Value;

use crate::eval::{cost::Cost, error::EvaluateError, predictions::Predictions, whole_file};
use crate::models::stats::bootstrap::{DRAWS, Interval, Resampling, mean};

/// What the served blend is called among the models.
pub const BLEND: &str = "blend";

/// One figure of one model.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// The mean of one value a question; NaN where the question has nothing to say on it.
    Mean(Vec<f64>),
    /// Something that is no mean: the figure itself, and itself in each draw of [`Findings::resampling`].
    Drawn {
        /// Over all questions.
        value: f64,
        /// One a draw.
        draws: Vec<f64>,
    },
}

/// One model, measured.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name; [`BLEND`] is what is served.
    pub model: String,
    /// By the names of the protocol: `hr@20`, `mrr@20`, `recall@10`, `recall@20`, `ndcg@10`, `hr@10`, `auc`. The same for
    /// every model; none where the truth is not in sight.
    pub figures: Vec<(&'static str, Figure)>,
    /// To train and to ask.
    pub cost: Cost,
    /// As chosen on validation: a JSON object.
    pub parameters: Value,
    /// The share of the catalogue among what it showed; None where it shows nothing.
    pub coverage: Option<f64>,
    /// The share of what it showed that the customer had before.
    pub repeats: Option<f64>,
}

/// Questions that are looked at apart: those of customers with little history, say.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Which they are.
    pub name: String,
    /// Of each question whether it is one of them.
    pub of: Vec<bool>,
}

/// What a protocol hands over.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Its name.
    pub protocol: &'static str,
    /// The files.
    pub data: Vec<String>,
    /// Of the split; empty where the truth is not in sight.
    pub keys_sha256: String,
    /// What was asked, in words: "19,867 targets in 4,735 sessions".
    pub asked: String,
    /// Whose each question is, by any numbers: what the bootstrap draws.
    pub groups: Vec<u32>,
    /// Every model on the same questions in the same order.
    pub lines: Vec<Line>,
    /// Questions to look at apart.
    pub slices: Vec<Slice>,
    /// The model that the blend must never fall below in a slice.
    pub baseline: Option<String>,
    /// What is worth knowing of the files and of the run.
    pub notes: Vec<String>,
    /// The blend's answers, where they are to be kept.
    pub predictions: Option<Predictions>,
    /// Of the draws.
    pub seed: u64,
}

impl Findings {
    /// The draws that every figure is judged by: for those that are no means.
    pub fn resampling(&self) -> Resampling {
        Resampling::new(&self.groups, DRAWS, self.seed)
    }
}

/// A difference to another model on the same questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// Of which figure.
    pub metric: &'static str,
    /// The other model.
    pub against: String,
    /// The blend less the other.
    pub gain: Interval,
}

/// A model with what became of its figures.
#[derive(Debug, Clone)]
pub struct Judged {
    /// As it was handed over, without the values by question.
    pub line: Line,
    /// With intervals.
    pub figures: Vec<(&'static str, Interval)>,
    /// By how much the blend is above it. Empty for the blend itself.
    pub blend_gains: Vec<Paired>,
}

/// One figure over the questions of a slice.
#[derive(Debug, Clone)]
pub struct SliceGain {
    /// Which questions.
    pub slice: String,
    /// How many.
    pub questions: usize,
    /// Of the blend.
    pub blend: f64,
    /// Of the other model.
    pub other: f64,
    /// The difference.
    pub gain: Paired,
}

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was handed over; its lines are in `models`.
    pub findings: Findings,
    /// Every model.
    pub models: Vec<Judged>,
    /// For each figure, the blend against the best single model.
    pub best: Vec<Paired>,
    /// The blend against the baseline where little is known.
    pub slices: Vec<SliceGain>,
}

impl Report {
    /// Judges what a protocol handed over.
    pub fn of(mut findings: Findings) -> Self {
        let lines = std::mem::take(&mut findings.lines);
        let resampling = findings.resampling();
        let (drawn, groups) = (draw(&resampling, &lines), resampling.groups());
        let blend = lines.iter().position(|line| line.model == BLEND);
        let slices = blend.map_or_else(Vec::new, |blend| slices(&findings, &lines, blend));
        let judge = |(n, line): (usize, &Line)| {
            let figures = line.figures.iter().zip(&drawn[n]);
            let figures =
                figures.map(|((metric, figure), draws)| (*metric, Interval::of(figure.value(), draws, groups)));
            let against = blend.filter(|blend| *blend != n);
            let gains = against.map_or_else(Vec::new, |blend| gains((&lines, &drawn), blend, n, groups));
            let bare = Line { figures: Vec::new(), ..line.clone() };
            Judged { line: bare, figures: figures.collect(), blend_gains: gains }
        };
        let models: Vec<Judged> = lines.iter().enumerate().map(judge).collect();
        let best = best(&models);
        Self { findings, models, best, slices }
    }

    /// For people.
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// For machines.
    pub fn json(&self) -> Value {
        json::json(self)
    }

    /// Writes [`Report::json`] to a file: whole or not at all.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn write_json(&self, path: &Path) -> Result<(), EvaluateError> {
        whole_file::write(path, &mut |to| {
            serde_json::to_writer_pretty(&mut *to, &self.json()).map_err(io::Error::from)?;
            to.write_all(b"\n")
        })
    }

    /// Writes the answers to each question to a file: whole or not at all.
    ///
    /// # Errors
    /// Where the file can't be written, or the answers were not kept.
    pub fn write_predictions(&self, path: &Path) -> Result<(), EvaluateError> {
        let kept = self.findings.predictions.as_ref();
        let kept = kept.ok_or_else(|| EvaluateError::Options("the answers were not kept".to_owned()))?;
        whole_file::write(path, &mut |to| kept.write(to))
    }
}

impl Figure {
    fn value(&self) -> f64 {
        match self {
            Self::Mean(values) => mean(values),
            Self::Drawn { value, .. } => *value,
        }
    }
}

/// By line and figure, the figure in each draw.
fn draw(resampling: &Resampling, lines: &[Line]) -> Vec<Vec<Vec<f64>>> {
    let series = lines.iter().flat_map(|line| &line.figures).filter_map(|(_, figure)| match figure {
        Figure::Mean(values) => Some(values.as_slice()),
        Figure::Drawn { .. } => None,
    });
    let mut means = resampling.means(&series.collect::<Vec<_>>()).into_iter();
    let mut drawn = |figure: &Figure| match figure {
        Figure::Mean(_) => means.next().unwrap_or_default(),
        Figure::Drawn { draws, .. } => draws.clone(),
    };
    lines.iter().map(|line| line.figures.iter().map(|(_, figure)| drawn(figure)).collect()).collect()
}

/// The blend less another model, figure by figure.
fn gains((lines, drawn): (&[Line], &[Vec<Vec<f64>>]), blend: usize, other: usize, groups: usize) -> Vec<Paired> {
    let mut gains = Vec::new();
    for (place, (metric, figure)) in lines[blend].figures.iter().enumerate() {
        let Some(there) = lines[other].figures.iter().position(|(name, _)| name == metric) else { continue };
        let other_figure = &lines[other].figures[there].1;
        let differences: Vec<f64> = drawn[blend][place].iter().zip(&drawn[other][there]).map(|(a, b)| a - b).collect();
        let gain = Interval::of(figure.value() - other_figure.value(), &differences, groups);
        gains.push(Paired { metric, against: lines[other].model.clone(), gain });
    }
    gains
}

/// Of each figure, the gain over the single model that has the largest value.
fn best(models: &[Judged]) -> Vec<Paired> {
    let metrics = models.iter().find(|model| model.line.model == BLEND).map_or(&[][..], |blend| &blend.figures[..]);
    let of_metric = |metric: &&'static str| {
        let value =
            |model: &&Judged| model.figures.iter().find(|(name, _)| name == metric).map(|(_, figure)| figure.mean);
        let singles = models.iter().filter(|model| model.line.model != BLEND);
        let known = singles.filter_map(|model| Some((value(&model).filter(|value| !value.is_nan())?, model)));
        // Of equal ones the first.
        let best = known.reduce(|best, next| if next.0 > best.0 { next } else { best })?.1;
        best.blend_gains.iter().find(|gain| gain.metric == *metric).cloned()
    };
    metrics.iter().map(|(metric, _)| metric).filter_map(of_metric).collect()
}

/// The blend against the baseline over each slice that has a question.
fn slices(findings: &Findings, lines: &[Line], blend: usize) -> Vec<SliceGain> {
    let baseline = findings.baseline.as_ref().and_then(|name| lines.iter().position(|line| line.model == *name));
    let Some(other) = baseline else { return Vec::new() };
    let mut gains = Vec::new();
    for slice in findings.slices.iter().filter(|slice| slice.of.contains(&true)) {
        let only = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&slice.of).filter(|(_, of)| **of).map(|(value, _)| *value).collect()
        };
        let groups: Vec<u32> =
            findings.groups.iter().zip(&slice.of).filter(|(_, of)| **of).map(|(group, _)| *group).collect();
        let resampling = Resampling::new(&groups, DRAWS, findings.seed);
        for (metric, figure) in &lines[blend].figures {
            let there = lines[other].figures.iter().find(|(name, _)| name == metric);
            let (Figure::Mean(ours), Some((_, Figure::Mean(theirs)))) = (figure, there) else { continue };
            let (ours, theirs) = (only(ours), only(theirs));
            let differences: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| a - b).collect();
            let gain = Interval::of(mean(&differences), &resampling.means(&[&differences])[0], resampling.groups());
            gains.push(SliceGain {
                slice: slice.name.clone(),
                questions: groups.len(),
                blend: mean(&ours),
                other: mean(&theirs),
                gain: Paired { metric, against: lines[other].model.clone(), gain },
            });
        }
    }
    gains
}

#[cfg(test)]
mod tests;
