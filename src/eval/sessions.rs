//! The protocol `sessions`: the next item in a session, after every item of it. HR@20 and MRR@20 over the full catalogue, items
//! of the session among it.
//!
//! ```text
//! rows -> Data (train by age, test by question) -> peers: parameters by validation, then all of train -+
//!                                               -> blend: the task of the one trainer -----------------+-> Report
//! ```
//!
//! The validation are the newest train sessions, as many as there are of test; the ranking learns from them, over sources that
//! know the older ones. Test is asked once, at the end.

mod data;
mod grid_search;
mod queries;

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{
    catalog::Ids,
    recommend::{Placement, UserHistory},
};
use crate::eval::{
    cost::{Cost, Meter},
    error::EvaluateError,
    file_shop::{self, Described, FileShop, parameters},
    fingerprint::{Keys, keys_sha256},
    options::Options,
    predictions::{Answer, Lists, Predictions},
    report::{BLEND, Figure, Findings, Line, Report, Slice},
};
use crate::models::{
    SourceSet, Trained,
    data::item_index::Item,
    ranking::Objective,
    training::{
        past_queries::{Episode, Known, Offered, PastQuery},
        train::Task,
    },
};

use self::{
    data::Data,
    queries::{Asked, Outcome},
};

/// How far down is looked.
const TOP: usize = 20;
/// Train sessions with the last item at most, in the slice of questions where next to nothing is known.
const RARE: usize = 3;
/// Held questions that the ranking is learned from at most.
const TAUGHT: usize = 20_000;

/// Runs the protocol. `progress` is told what is being done.
///
/// # Errors
/// Where the files can't be read as sessions.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading");
    let mut data = Data::read(options)?;
    let mut notes = std::mem::take(&mut data.notes);
    let asked = Asked::of(&data);
    let mut lines = Vec::new();
    if !options.is_apart() {
        lines = grid_search::measure(&data, &asked, progress);
    }
    progress("blend: learning");
    let mut meter = Meter::start();
    let shop = FileShop::numbered(data.items(), &Described::default())?;
    let trained = train(&shop, &data, options, &mut notes)?;
    let model = shop.model(&trained)?;
    meter.trained();
    progress("blend: asking");
    let mut answers = Vec::new();
    let all = vec![true; data.items()];
    let query = |question: &queries::Question<'_>| query(&shop, data.train.len() + question.group as usize, question);
    let outcome = asked.each(data.items(), |question| {
        let mut list = shop.ask(&model, &query(question), Offered::Marked(&all), usize::MAX);
        shop.go_on(&model, &mut list, TOP);
        if options.predictions {
            answers.push(Answer {
                key: vec![question.session.to_owned(), question.pos.to_string()],
                list: list[..list.len().min(TOP)].to_vec(),
            });
        }
        list
    });
    let cost = meter.asked(asked.len());
    progress("blend: timing pages");
    let cost = cost.with_served(shop.page_times(&model, asked.questions.iter().map(query), Offered::Marked(&all)));
    lines.push(line(BLEND, &outcome, cost, parameters(&trained)));
    Ok(Report::of(findings(options, (&data, notes), &asked, lines, answers)))
}

/// The trained blend over products that bear the ids of the file's items, and their shop.
///
/// # Errors
/// Where the files can't be read as sessions, or an item's id is none of a product.
pub fn trained(options: &Options, ids: Arc<Ids>) -> Result<(FileShop, Trained), EvaluateError> {
    let data = Data::read(options)?;
    let shop = FileShop::named(data.names.iter().map(ToString::to_string), ids, &Described::default())?;
    let trained = train(&shop, &data, options, &mut Vec::new())?;
    Ok((shop, trained))
}

fn train(shop: &FileShop, data: &Data, options: &Options, notes: &mut Vec<String>) -> Result<Trained, EvaluateError> {
    let (older, newer) = data.parts();
    let known = |sessions| Known { interactions: &data.interactions, before: Data::beginning(sessions) };
    let held = Asked::held(&newer, TAUGHT);
    let queries = held.questions.iter().map(|question| query(shop, older.len() + question.group as usize, question));
    let all = vec![true; data.items()];
    let episode = Episode { known: known(older.len()), queries: queries.collect(), offered: Offered::Marked(&all) };
    let (sources, without) = shop.sources(&SourceSet::of_a_visit(), options)?;
    let task = Task {
        sources,
        without,
        objective: Objective::Sessions,
        shop: shop.view(),
        episodes: vec![episode],
        known: known(data.train.len()),
        judging: None,
        seed: options.seed,
    };
    file_shop::learn(&task, notes)
}

/// Somebody looks at the last of a visit, in the session of this place.
fn query(shop: &FileShop, place: usize, question: &queries::Question<'_>) -> PastQuery {
    let product = |item: &Item| shop.product(*item);
    let history = UserHistory { visit: question.visit.iter().map(product).collect(), ..UserHistory::default() };
    let in_view = history.visit.last().copied();
    let wanted = question.target.into_iter().collect();
    PastQuery {
        placement: Placement::ProductPage,
        in_view,
        wanted,
        ..shop.query(question.group, Data::beginning(place), history)
    }
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

fn findings(
    options: &Options,
    (data, notes): (&Data, Vec<String>),
    asked: &Asked<'_>,
    lines: Vec<Line>,
    answers: Vec<Answer>,
) -> Findings {
    let truth = !options.is_apart();
    let of = |name: &str, belongs: &dyn Fn(&queries::Question<'_>) -> bool| Slice {
        name: name.to_owned(),
        of: asked.questions.iter().map(belongs).collect(),
    };
    let support = data.support();
    let rare =
        |question: &queries::Question<'_>| question.visit.iter().all(|item| support[*item as usize] as usize <= RARE);
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
        baseline: truth.then(|| grid_search::POPULARITY.to_owned()),
        notes,
        predictions,
        seed: options.seed,
    }
}

#[cfg(test)]
mod tests;
