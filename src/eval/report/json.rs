//! A report for machines.

use serde_json::{Map, Value, json};

use crate::eval::report::{Judged, Paired, Report, SliceGain};
use crate::models::stats::bootstrap::Interval;

/// `protocol`, `data`, `keys_sha256` and `results`, and beside them what the text says, too.
pub fn json(report: &Report) -> Value {
    let findings = &report.findings;
    json!({
        "protocol": findings.protocol,
        "data": findings.data,
        "keys_sha256": findings.keys_sha256,
        "asked": findings.asked,
        "seed": findings.seed,
        "results": report.models.iter().map(model).collect::<Vec<_>>(),
        "blend_gains_over_best": gains(&report.best),
        "cold_start": report.slices.iter().map(slice).collect::<Vec<_>>(),
        "notes": findings.notes,
    })
}

fn model(model: &Judged) -> Value {
    let line = &model.line;
    let by_name = |value: &dyn Fn(&Interval) -> Value| -> Map<String, Value> {
        model.figures.iter().map(|(name, figure)| ((*name).to_owned(), value(figure))).collect()
    };
    json!({
        "model": line.model,
        "metrics": by_name(&|figure| json!(figure.mean)),
        "interval": by_name(&|figure| json!([figure.low, figure.high])),
        "train_seconds": line.cost.train_seconds,
        "query_us": line.cost.query_us,
        "query_p99_us": line.cost.query_p99_us,
        "peak_mb": line.cost.peak_mb,
        "coverage": line.coverage,
        "repeats": line.repeats,
        "parameters": line.parameters,
        "blend_gains": gains(&model.blend_gains),
    })
}

fn gains(gains: &[Paired]) -> Map<String, Value> {
    let gain = |one: &Paired| {
        json!({
            "against": one.against,
            "difference": one.gain.mean,
            "interval": [one.gain.low, one.gain.high],
            "beyond_noise": one.gain.excludes_zero(),
        })
    };
    gains.iter().map(|one| (one.metric.to_owned(), gain(one))).collect()
}

fn slice(slice: &SliceGain) -> Value {
    json!({
        "of": slice.slice,
        "questions": slice.questions,
        "metric": slice.gain.metric,
        "blend": slice.blend,
        "against": slice.gain.against,
        "other": slice.other,
        "difference": slice.gain.gain.mean,
        "interval": [slice.gain.gain.low, slice.gain.gain.high],
    })
}
