//! A report for people: plain text in columns.

use std::fmt::Write as _;

use crate::eval::{
    cost::Cost,
    report::{Judged, Paired, Report},
};
use crate::models::stats::bootstrap::Interval;

/// All of it.
pub fn text(report: &Report) -> String {
    let findings = &report.findings;
    let mut text = format!("{}  {}\n", findings.protocol, findings.data.join(" "));
    if !findings.asked.is_empty() {
        let _written = writeln!(text, "asked     {}", findings.asked);
    }
    if !findings.keys_sha256.is_empty() {
        let _written = writeln!(text, "keys      {}", findings.keys_sha256);
    }
    for note in &findings.notes {
        let _written = writeln!(text, "note      {note}");
    }
    text.push('\n');
    columns(&mut text, &models(report));
    if !report.best.is_empty() {
        text.push_str("\nThe blend against the best single model, on the same questions (95 % of 1,000 draws):\n");
        columns(&mut text, &report.best.iter().map(|gain| compared(gain).to_vec()).collect::<Vec<_>>());
    }
    if !report.slices.is_empty() {
        text.push_str("\nWhere little is known:\n");
        let head = ["questions of", "number", "metric", "blend", "against", "its", "difference"].map(str::to_owned);
        let rows = report.slices.iter().map(|one| {
            let Paired { metric, against, gain } = &one.gain;
            let figures = [share(one.blend), against.clone(), share(one.other), gained(gain)];
            let what = [one.slice.clone(), one.questions.to_string(), (*metric).to_owned()];
            what.into_iter().chain(figures).collect()
        });
        columns(&mut text, &std::iter::once(head.to_vec()).chain(rows).collect::<Vec<_>>());
    }
    text.push_str("\nParameters, chosen on the validation part of train:\n");
    let parameters =
        report.models.iter().map(|model| vec![model.line.model.clone(), model.line.parameters.to_string()]);
    columns(&mut text, &parameters.collect::<Vec<_>>());
    text
}

/// A head, and a row a model.
fn models(report: &Report) -> Vec<Vec<String>> {
    let metrics =
        report.models.iter().find(|model| !model.figures.is_empty()).map_or(&[][..], |model| &model.figures[..]);
    let costs = ["coverage", "repeats", "train s", "us/query", "peak MB"];
    let head = ["model"].into_iter().chain(metrics.iter().map(|(metric, _)| *metric)).chain(costs);
    let rows = report.models.iter().map(|model| row(model, metrics));
    std::iter::once(head.map(str::to_owned).collect()).chain(rows).collect()
}

fn row(model: &Judged, metrics: &[(&'static str, Interval)]) -> Vec<String> {
    let line = &model.line;
    let figure = |metric: &str| {
        let own = model.figures.iter().find(|(name, _)| *name == metric).map(|(_, figure)| figure);
        own.map_or_else(String::new, |own| format!("{} [{}, {}]", share(own.mean), share(own.low), share(own.high)))
    };
    let optional = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let costs = [
        optional(line.coverage),
        optional(line.repeats),
        format!("{:.1}", line.cost.train_seconds),
        answer_time(line.cost),
        line.cost.peak_mb.map_or_else(String::new, |peak| format!("{peak:.0}")),
    ];
    std::iter::once(line.model.clone()).chain(metrics.iter().map(|(metric, _)| figure(metric))).chain(costs).collect()
}

/// Of the blend as it is served: `median, p99 slowest in a hundred`.
fn answer_time(cost: Cost) -> String {
    let slowest = cost.query_p99_us.map_or_else(String::new, |slowest| format!(", p99 {slowest:.0}"));
    format!("{:.0}{slowest}", cost.query_us)
}

fn compared(one: &Paired) -> [String; 4] {
    let sure = match one.gain.excludes_zero() {
        true if one.gain.mean > 0.0 => "ahead",
        true => "behind",
        false => "within noise",
    };
    [one.metric.to_owned(), format!("over {}", one.against), gained(&one.gain), sure.to_owned()]
}

fn share(value: f64) -> String {
    format!("{value:.4}")
}

fn gained(gain: &Interval) -> String {
    format!("{:+.4} [{:+.4}, {:+.4}]", gain.mean, gain.low, gain.high)
}

/// Cells in columns, each as wide as its widest cell.
fn columns(text: &mut String, rows: &[Vec<String>]) {
    let wide = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(wide).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _written = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
