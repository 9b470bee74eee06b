//! What stands in a report of values made up.

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::eval::predictions::{Answer, Lists};

fn line(model: &str, hits: &[f64], auc: f64) -> Line {
    let draws = (0..DRAWS).map(|_| auc).collect();
    Line {
        model: model.to_owned(),
        figures: vec![("hr@20", Figure::Mean(hits.to_vec())), ("auc", Figure::Drawn { value: auc, draws })],
        cost: Cost { train_seconds: 1.25, query_us: 80.4, query_p99_us: None, peak_mb: Some(99.9) },
        parameters: json!({"k": 500}),
        coverage: Some(0.5),
        repeats: None,
    }
}

fn findings() -> Findings {
    Findings {
        protocol: "sessions",
        data: vec!["a.csv".to_owned()],
        keys_sha256: "00".to_owned(),
        asked: "4 targets in 2 sessions".to_owned(),
        groups: vec![3, 3, 9, 9],
        lines: vec![
            line("popular", &[0.0, 0.0, 1.0, f64::NAN], 0.5),
            line("stan", &[0.0, 0.0, 1.0, 1.0], 0.75),
            line("stan again", &[0.0, 0.0, 1.0, 1.0], 0.25),
            line(BLEND, &[1.0, 1.0, 1.0, 1.0], 0.75),
        ],
        slices: vec![
            Slice { name: "nobody".to_owned(), of: vec![false; 4] },
            Slice { name: "first".to_owned(), of: vec![true, false, true, false] },
        ],
        baseline: Some("popular".to_owned()),
        notes: vec!["line 3 is odd".to_owned()],
        predictions: Some(Predictions::Lists(Lists {
            key: &["session_id", "pos"],
            answers: vec![Answer { key: vec!["s\t1".to_owned(), "1".to_owned()], list: vec![(1, 0.5), (0, 0.25)] }],
            names: vec!["a".into(), "\u{17c},\"b".into()],
        })),
        seed: 7,
    }
}

#[test]
fn the_blend_is_compared_with_the_best_of_each_figure() {
    let report = Report::of(findings());
    let json = report.json();
    assert_eq!(json["results"][3]["model"], "blend");
    assert_eq!(json["results"][1]["metrics"], json!({"hr@20": 0.5, "auc": 0.75}));
    // Of two sessions hardly anything is known.
    assert_eq!(json["results"][1]["interval"], json!({"hr@20": [-1.0, 1.0], "auc": [0.75, 0.75]}));
    assert_eq!(json["results"][0]["train_seconds"], 1.25);
    let gain = json!({"against": "stan", "difference": 0.5, "interval": [-1.0, 1.0], "beyond_noise": false});
    assert_eq!(json["blend_gains_over_best"]["hr@20"], gain);
    assert_eq!(json["blend_gains_over_best"]["auc"]["difference"], 0.0);
    assert_eq!(json["results"][3]["blend_gains"], json!({}));
    // Of the first questions of both sessions, popularity has one; nobody is left out.
    let slice = &json["cold_start"][0];
    assert_eq!((&slice["questions"], &slice["blend"], &slice["other"]), (&json!(2), &json!(1.0), &json!(0.5)));
    assert_eq!(json["cold_start"].as_array().map(Vec::len), Some(1), "what is no mean has no slice");
    // The mean leaves out what does not count.
    assert!((report.models[0].figures[0].1.mean - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn people_read_it_in_columns() {
    let text = Report::of(findings()).text();
    for expected in [
        "sessions  a.csv\nasked     4 targets in 2 sessions\nkeys      00\nnote      line 3 is odd\n\nmodel ",
        "\nblend       1.0000 [1.0000, 1.0000]   0.7500 [0.7500, 0.7500]  0.500              1.2      80        100\n",
        "\nhr@20  over stan  +0.5000 [-1.0000, +1.0000]  within noise\n",
        "\nfirst         2       hr@20   1.0000  popular  0.5000  +0.5000 [-1.0000, +1.0000]\n",
        "\nblend       {\"k\":500}\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let report = Report::of(findings());
    let path = folder.path().join("answers.tsv");
    report.write_predictions(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("session_id\tpos\tid_1\tscore_1\tid_2\tscore_2\t"));
    assert!(lines.next().unwrap().starts_with("\"s\t1\"\t1\t\"\u{17c},\"\"b\"\t0.5\ta\t0.25\t\t\t"));
    assert_eq!(lines.next(), None);
    let path = folder.path().join("out.json");
    report.write_json(&path).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap(), report.json());
    let nowhere = folder.path().join("absent").join("out.json");
    assert!(report.write_json(&nowhere).unwrap_err().to_string().starts_with("writing "));
    let failed = whole_file::write(&path, &mut |to| {
        to.write_all(b"half")?;
        Err(io::Error::other("the disk is full"))
    });
    assert!(failed.unwrap_err().to_string().ends_with("out.json: the disk is full"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap(), report.json());
}

#[test]
fn without_truth_there_are_costs_only() {
    let mut findings = findings();
    findings.lines.retain(|line| line.model == BLEND);
    findings.lines[0].figures.clear();
    findings.lines[0].cost.query_p99_us = Some(195.0);
    (findings.groups, findings.slices) = (Vec::new(), Vec::new());
    let report = Report::of(findings);
    assert_eq!(report.json()["results"][0]["metrics"], json!({}));
    assert!(report.best.is_empty() && report.text().contains("train s"));
    assert_eq!(report.json()["results"][0]["query_p99_us"], 195.0);
    assert!(report.text().contains("  80, p99 195  "), "{}", report.text());
}
