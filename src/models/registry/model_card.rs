//! What a model is told of by: the manifest for machines, the card for people. Both say the same.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::domain::recommend::{HistoryBand, Scenario};
use crate::models::{
    stats::bootstrap::Interval,
    training::offline_eval::{Band, ColdStart, Judged},
};

/// The format of the files of a model. A reader refuses any other.
pub const FORMAT: u32 = 5;

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
    pub interactions: usize,
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
    /// Learned segments of customers, with their shares.
    pub segments: Vec<(String, f32)>,
    /// Sources that serve in no scenario, with the reason.
    pub left_out: Vec<String>,
    /// What serves in each scenario, the personal one first.
    pub rankings: Vec<RankingCard>,
    /// How it did beside the model that was in service; `None` where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
}

/// Parameters and figures of what serves in one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingCard {
    /// The scenario.
    pub scenario: Scenario,
    /// Questions that taught.
    pub learning_questions: usize,
    /// Candidates of those.
    pub learning_rows: usize,
    /// Candidates that were wanted.
    pub learning_wanted: usize,
    /// How the ranking was learned: chosen on the newest of the learning questions.
    pub parameters: BTreeMap<String, String>,
    /// What else was tried, with its figure there.
    pub tried: Vec<String>,
    /// Questions that the figures are of.
    pub judging_questions: usize,
    /// Those that serve, in the order of their features.
    pub sources: Vec<String>,
    /// In the order of the weights.
    pub features: Vec<String>,
    /// The feature that leads where so much is known of the customer: on validation it was ahead of the blend there.
    pub floors: Vec<(HistoryBand, String)>,
    /// The blend first, then each source alone. Empty where nothing was left to judge by.
    pub figures: Vec<Judged>,
    /// The blend beside the bestsellers where little is known. Empty where nothing of the kind was asked.
    pub cold_start: Vec<ColdStart>,
    /// The blend beside the best of its sources, by what is known of the customer.
    pub bands: Vec<Band>,
}

/// A comparison with the model that was in service when this one was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Of that model.
    pub version: Arc<str>,
    /// NDCG@10 of the new rankings less that of the other's on the same questions, paired, by scenario.
    pub gains: Vec<(Scenario, Interval)>,
}

impl Against {
    /// Whether the new one is worse beyond noise in any scenario: all of the interval lies below zero.
    pub fn is_worse(&self) -> bool {
        self.gains.iter().any(|(_, gains)| gains.high < 0.0)
    }

    /// The scenario in which the new one did worst.
    pub fn least(&self) -> Option<(Scenario, Interval)> {
        self.gains.iter().copied().min_by(|a, b| a.1.high.total_cmp(&b.1.high))
    }

    /// The scenario in which the new one did best.
    pub fn most(&self) -> Option<(Scenario, Interval)> {
        self.gains.iter().copied().max_by(|a, b| a.1.low.total_cmp(&b.1.low))
    }

    /// In one sentence, without a full stop.
    pub fn words(&self) -> String {
        let verdict = |gains: &Interval| match gains {
            Interval { high, .. } if *high < 0.0 => "worse beyond noise",
            Interval { low, .. } if *low > 0.0 => "better beyond noise",
            _ => "not to be told apart",
        };
        let one = |(scenario, gains): &(Scenario, Interval)| {
            format!("{} {}, {}", scenario.name(), shown(*gains), verdict(gains))
        };
        let all: Vec<String> = self.gains.iter().map(one).collect();
        format!("against {}: NDCG@10 gains {}", self.version, all.join("; "))
    }
}

impl Card {
    /// For people, in Markdown.
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Model {}\n\n\
             Ranks the products of a shop for a customer: sources of candidates, and for each scenario one ranking over what they\n\
             and the profile say.\n\n\
             | | |\n| --- | --- |\n\
             | data | {} to {} |\n\
             | events | {}, of which {} looks, cart changes, purchases and returns by product |\n\
             | customers and visitors | {} |\n\
             | products | {} |\n\
             | weights learned from | {} to {} |\n\
             | judged from | {} on |\n\
             | seed | {} |\n\
             | weights (blake3) | {} |\n\
             | catalogue (blake3 of its ids) | {} |\n",
            self.version,
            day(self.first),
            day(self.last),
            self.events,
            self.interactions,
            self.customers,
            self.products,
            day(self.learned_from),
            day(self.judged_from),
            day(self.judged_from),
            self.seed,
            self.weights_blake3,
            self.catalogue_blake3,
        );
        for ranking in &self.rankings {
            ranking.write(&mut text);
        }
        if let Some(against) = &self.against {
            let _infallible = writeln!(
                text,
                "\n## Beside the model in service\n\nIts rankings and these, on the same questions, {}.",
                against.words()
            );
        }
        text.push_str("\n## Segments\n\n");
        for (name, share) in &self.segments {
            let _infallible = writeln!(text, "- {name}: {:.0} % of the customers", 100.0 * share);
        }
        let _infallible = writeln!(text, "\n## Left out\n\n{}", list(&self.left_out));
        text
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl RankingCard {
    /// The name of the scenario and the figures; says so where there are none.
    pub fn write_figures(&self, text: &mut String) {
        let _infallible = writeln!(text, "\n## Scenario {}\n", self.scenario.name());
        if self.figures.is_empty() {
            text.push_str("Not measured: no question was left after the weights were learned.\n");
            return;
        }
        let _infallible = writeln!(
            text,
            "Full catalogue, on {} questions after all that was learned from; 95 % intervals by bootstrap over customers. Wanted\n\
             is what the customer turned to then and did not own. The last column is the NDCG@10 of the blend less that of the\n\
             row, paired.\n\n\
             | model | NDCG@10 | HR@10 | blend gains |\n| --- | --- | --- | --- |",
            self.judging_questions
        );
        for row in &self.figures {
            let gains = if row.model == "blend" { String::new() } else { shown(row.blend_gains) };
            let (ndcg, hr) = (shown(row.ndcg_at_10), shown(row.hr_at_10));
            let _infallible = writeln!(text, "| {} | {ndcg} | {hr} | {gains} |", row.model);
        }
    }

    fn write(&self, text: &mut String) {
        self.write_figures(text);
        self.write_cold_start(text);
        self.write_bands(text);
        let parameters: Vec<String> = self.parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let floors: Vec<String> =
            self.floors.iter().map(|(band, feature)| format!("{feature} ({})", band.name())).collect();
        let _infallible = writeln!(
            text,
            "\nSources: {}.\n\nLeading the blend: {}.\n\nLearned from {} questions, {} candidates, {} of them wanted: {}. Tried \
             on validation: {}.\n\nFeatures: {}.",
            list(&self.sources),
            list(&floors),
            self.learning_questions,
            self.learning_rows,
            self.learning_wanted,
            parameters.join("; "),
            list(&self.tried),
            list(&self.features),
        );
    }

    fn write_bands(&self, text: &mut String) {
        if self.bands.is_empty() {
            return;
        }
        text.push_str(
            "\n### Beside the best single source\n\n\
             NDCG@10; the source is the best of all on the very questions that it is compared on, which flatters it.\n\n\
             | of the customer is known | questions | source | blend gains | |\n| --- | --- | --- | --- | --- |\n",
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
            "\n### Where little is known\n\n\
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
