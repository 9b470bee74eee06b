//! What a model is told of by: the manifest for machines, the card for people. Both say the same.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::models::{
    stats::bootstrap::Interval,
    training::offline_eval::{Band, ColdStart, Judged},
};

/// The format of the files of a model. A reader refuses any other.
pub const FORMAT: u32 = 4;

/// Data, seed, parameters and figures of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Of the files.
    pub format: u32,
    /// The time of the newest event and the beginning of the hash: versions sort by the data that they saw.
    pub version: Arc<str>,
    /// Of the file of weights.
    pub weights_blake3: String,
    /// Of the product ids of the catalogue that it was trained with.
    pub catalogue_blake3: String,
    /// Of every choice by lot.
    pub seed: u64,
    /// Events in the log.
    pub events: u64,
    /// Looks, cart changes, purchases and returns, by product.
    pub acts: usize,
    /// Customers and visitors who did them.
    pub customers: usize,
    /// Products in the catalogue or in the log.
    pub products: usize,
    /// Of the earliest act.
    pub first: Timestamp,
    /// Of the newest act.
    pub last: Timestamp,
    /// Weights were learned from here to `judged_from`, over sources that knew what was before.
    pub learned_from: Timestamp,
    /// Figures are of here to the end, over sources that knew what was before.
    pub judged_from: Timestamp,
    /// Questions that taught.
    pub learning_questions: usize,
    /// Candidates of those.
    pub learning_rows: usize,
    /// Candidates that were wanted.
    pub learning_wanted: usize,
    /// How the ranking was learned: chosen on the newest of the learning questions.
    pub parameters: BTreeMap<String, String>,
    /// What else was tried, with its figure there.
    #[serde(default)]
    pub tried: Vec<String>,
    /// Learned segments of customers, with their shares.
    pub segments: Vec<(String, f32)>,
    /// Questions that the figures are of.
    pub judging_questions: usize,
    /// Those that serve, in the order of their features.
    pub sources: Vec<String>,
    /// Those that do not, with the reason.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// In the order of the weights.
    pub features: Vec<String>,
    /// The blend first, then each source alone. Empty where nothing was left to judge by.
    pub figures: Vec<Judged>,
    /// The blend beside the bestsellers where little is known. Empty where nothing of the kind was asked.
    #[serde(default)]
    pub cold_start: Vec<ColdStart>,
    /// The blend beside the best of its sources, by placement and by what is known of the customer.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// How it did beside the model that was in service; `None` where there was none, or none of the same features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
}

/// A comparison with the model that was in service when this one was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Of that model.
    pub version: Arc<str>,
    /// NDCG@10 of the new ranking less that of the other, over the same candidates of the same questions, paired.
    pub gains: Interval,
}

impl Against {
    /// Whether the new one is worse beyond noise: all of the interval lies below zero.
    pub fn is_worse(&self) -> bool {
        self.gains.high < 0.0
    }

    /// In one sentence, without a full stop.
    pub fn words(&self) -> String {
        let verdict = match self.gains {
            Interval { high, .. } if high < 0.0 => "worse beyond noise",
            Interval { low, .. } if low > 0.0 => "better beyond noise",
            _ => "not to be told apart",
        };
        format!("against {}: NDCG@10 gains {}, {verdict}", self.version, shown(self.gains))
    }
}

impl Card {
    /// For people, in Markdown.
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Model {}\n\n\
             Ranks the products of a shop for a customer: sources of candidates, one ranking over what they and the profile say.\n\n\
             | | |\n| --- | --- |\n\
             | data | {} to {} |\n\
             | events | {}, of which {} looks, cart changes, purchases and returns by product |\n\
             | customers and visitors | {} |\n\
             | products | {} |\n\
             | weights learned from | {} to {}: {} questions, {} candidates, {} of them wanted |\n\
             | judged from | {} on: {} questions |\n\
             | seed | {} |\n\
             | ranking, chosen on the newest of the learning questions | {} |\n\
             | weights (blake3) | {} |\n\
             | catalogue (blake3 of its ids) | {} |\n\n",
            self.version,
            day(self.first),
            day(self.last),
            self.events,
            self.acts,
            self.customers,
            self.products,
            day(self.learned_from),
            day(self.judged_from),
            self.learning_questions,
            self.learning_rows,
            self.learning_wanted,
            day(self.judged_from),
            self.judging_questions,
            self.seed,
            self.parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; "),
            self.weights_blake3,
            self.catalogue_blake3,
        );
        self.write_figures(&mut text);
        self.write_cold_start(&mut text);
        self.write_bands(&mut text);
        if let Some(against) = &self.against {
            let _infallible = writeln!(
                text,
                "\n## Beside the model in service\n\nIts ranking and this one, over the same candidates of the same questions, \
                 {}.",
                against.words()
            );
        }
        text.push_str("\n## Segments\n\n");
        for (name, share) in &self.segments {
            let _infallible = writeln!(text, "- {name}: {:.0} % of the customers", 100.0 * share);
        }
        let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let (sources, left_out, tried) = (list(&self.sources), list(&self.left_out), list(&self.tried));
        let _infallible = writeln!(
            text,
            "\n## Sources\n\nServing: {sources}.\n\nLeft out: {left_out}.\n\n## Tried on validation\n\n{tried}\n\n\
             ## Features\n\n{}",
            self.features.join(", ")
        );
        text
    }

    /// The table of figures; says so where there are none.
    pub fn write_figures(&self, text: &mut String) {
        text.push_str("## Figures\n\n");
        if self.figures.is_empty() {
            text.push_str("Not measured: no question was left after the weights were learned.\n");
            return;
        }
        text.push_str(
            "Full catalogue, on questions after all that was learned from; 95 % intervals by bootstrap over customers. Wanted\n\
             is what she bought or put into the cart within a day and did not own. The last column is the NDCG@10 of the\n\
             blend less that of the row, paired.\n\n\
             | model | NDCG@10 | HR@10 | blend gains |\n| --- | --- | --- | --- |\n",
        );
        for row in &self.figures {
            let gains = if row.model == "blend" { String::new() } else { shown(row.blend_gains) };
            let (ndcg, hr) = (shown(row.ndcg_at_10), shown(row.hr_at_10));
            let _infallible = writeln!(text, "| {} | {ndcg} | {hr} | {gains} |", row.model);
        }
    }

    fn write_bands(&self, text: &mut String) {
        if self.bands.is_empty() {
            return;
        }
        text.push_str(
            "\n## Beside the best single source\n\n\
             NDCG@10; the source is the best of all on the very questions that it is compared on, which flatters it.\n\n\
             | questions | number | source | blend gains | |\n| --- | --- | --- | --- | --- |\n",
        );
        for band in &self.bands {
            let Band { of, questions, source, gains } = band;
            let ahead = if band.is_source_ahead() { "the source is ahead beyond noise" } else { "" };
            let _infallible = writeln!(text, "| {of} | {questions} | {source} | {} | {ahead} |", shown(*gains));
        }
    }

    fn write_cold_start(&self, text: &mut String) {
        if self.cold_start.is_empty() {
            return;
        }
        text.push_str(
            "\n## Where little is known\n\n\
             NDCG@10 beside the bestsellers; of new products they alone count as wanted.\n\n\
             | questions of | number | blend | bestsellers | gains |\n| --- | --- | --- | --- | --- |\n",
        );
        for row in &self.cold_start {
            let ColdStart { of, questions, blend, popular, gains } = row;
            let _infallible = writeln!(text, "| {of} | {questions} | {blend:.4} | {popular:.4} | {} |", shown(*gains));
        }
    }
}

fn shown(measure: Interval) -> String {
    format!("{:.4} ({:.4} to {:.4})", measure.mean, measure.low, measure.high)
}

/// The day in UTC; the bare number where no calendar has it.
fn day(time: Timestamp) -> String {
    let shown = jiff::Timestamp::from_millisecond(time.0);
    shown.map_or_else(|_| time.0.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// The version of a model whose newest act and hash are these.
pub fn version(last: Timestamp, weights_blake3: &str) -> Arc<str> {
    let time = jiff::Timestamp::from_millisecond(last.0).unwrap_or_default();
    let hash = weights_blake3.get(..12).unwrap_or_default();
    format!("{}-{hash}", time.strftime("%Y%m%dT%H%M%S")).into()
}
