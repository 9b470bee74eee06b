//! The protocol `sessions`: the next item in a session, after every item of it. HR@20 and MRR@20 over the full catalogue, items
//! of the session among it.
//!
//! ```text
//! rows -> Data (train by age, test by question) -> peers: parameters by validation, then all of train -+
//!                                               -> blend: sources without the validation, lessons of it, +-> Report
//!                                                  a ranking of those, the sources anew from all of train
//! ```
//!
//! The validation are the newest train sessions, as many as there are of test. Test is asked once, at the end.

mod asked;
mod blend;
mod data;
mod rivals;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{catalog::Ids, recommend::Model};
use crate::evaluate::{
    cost::{Cost, Meter},
    error::EvaluateError,
    keys::{Keys, keys_sha256},
    options::Options,
    predictions::{Answer, Lists, Predictions},
    report::{BLEND, Figure, Findings, Line, Report, Slice},
    shop::Shop,
};

use self::{
    asked::{Asked, Outcome},
    data::Data,
};

/// How far down is looked.
const TOP: usize = 20;
/// Train sessions with the last item at most, in the slice of questions where next to nothing is known.
const RARE: usize = 3;

/// Runs the protocol. `progress` is told what is being done.
///
/// # Errors
/// Where the files can't be read as sessions, or there is too little to learn from.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading");
    let data = Data::read(options)?;
    let asked = Asked::of(&data);
    let mut lines = Vec::new();
    let settings = if options.is_apart() {
        rivals::choose_nearest(&data)
    } else {
        let found = rivals::measure(&data, &asked, progress);
        lines = found.lines;
        found.nearest
    };
    progress("blend: learning");
    let mut meter = Meter::start();
    let served = blend::train(Shop::numbered(data.items())?, &data, settings, options.seed)
        .map_err(|error| error.noting(&data.notes))?;
    meter.trained();
    progress("blend: asking");
    let mut answers = Vec::new();
    let outcome = asked.each(data.items(), |question| {
        let list = served.ask(question.visit);
        if options.predictions {
            answers.push(Answer {
                key: vec![question.session.to_owned(), question.pos.to_string()],
                list: list[..list.len().min(TOP)].to_vec(),
            });
        }
        list
    });
    let cost = meter.asked(asked.len());
    lines.push(line(BLEND, &outcome, cost, served.parameters().clone()));
    Ok(Report::of(findings(options, &data, &asked, lines, answers)))
}

/// The blend as a server holds it, over products that bear the ids of the file's items.
///
/// # Errors
/// Where the files can't be read as sessions, an item's id is none of a product, or there is too little to learn from.
pub fn model(options: &Options, ids: Arc<Ids>) -> Result<Model, EvaluateError> {
    let data = Data::read(options)?;
    let shop = Shop::named(data.names.iter().map(ToString::to_string), ids)?;
    Ok(blend::train(shop, &data, rivals::choose_nearest(&data), options.seed)?.into_model())
}

/// The hash of the test keys.
///
/// # Errors
/// Where the files can't be read as sessions.
pub fn keys(options: &Options) -> Result<Keys, EvaluateError> {
    let data = Data::read(options)?;
    Ok(Keys { sha256: vec![keys_sha256(Asked::of(&data).keys(&data))], notes: data.notes })
}

fn line(model: &str, outcome: &Outcome, cost: Cost, parameters: Value) -> Line {
    let figures = outcome.figures().map(|figures| {
        let [hits, reciprocals] = figures;
        vec![("hr@20", Figure::Mean(hits)), ("mrr@20", Figure::Mean(reciprocals))]
    });
    Line {
        model: model.to_owned(),
        figures: figures.unwrap_or_default(),
        cost,
        parameters,
        coverage: Some(outcome.shown.coverage()),
        repeats: Some(outcome.shown.repeats()),
    }
}

fn findings(options: &Options, data: &Data, asked: &Asked<'_>, lines: Vec<Line>, answers: Vec<Answer>) -> Findings {
    let truth = !options.is_apart();
    let of = |name: &str, belongs: &dyn Fn(&asked::Question<'_>) -> bool| Slice {
        name: name.to_owned(),
        of: asked.questions.iter().map(belongs).collect(),
    };
    let support = data.support();
    let rare =
        |question: &asked::Question<'_>| question.visit.iter().all(|item| support[*item as usize] as usize <= RARE);
    let slices = vec![
        of("the first item of a session", &|question| question.visit.len() == 1),
        of("sessions of rare items only", &rare),
    ];
    let predictions = options
        .predictions
        .then(|| Predictions::Lists(Lists { key: &["session_id", "pos"], answers, names: data.names.clone() }));
    let what = if truth { "targets" } else { "questions" };
    Findings {
        protocol: "sessions",
        data: options.paths(),
        keys_sha256: if truth { keys_sha256(asked.keys(data)) } else { String::new() },
        asked: format!("{} {what} in {} sessions", asked.len(), asked.sessions()),
        groups: if truth { asked.questions.iter().map(|question| question.group).collect() } else { Vec::new() },
        lines,
        slices: if truth { slices } else { Vec::new() },
        baseline: truth.then(|| rivals::POPULARITY.to_owned()),
        notes: data.notes.clone(),
        predictions,
        seed: options.seed,
    }
}

#[cfg(test)]
mod tests;
