//! The protocol `cart`: one product of an order is hidden, the others lie in the cart, nobody is known. Where does the hidden one
//! stand among all others? HR@10 and MRR@10 over the full catalogue without the cart.
//!
//! ```text
//! rows -> Data (orders by time) -> the part of test, the part of the validation inside train (the same cut by time)
//!         peers: parameters by the validation, then all of train ---------------------+
//!         blend: the task of the one trainer, over the validation and older moments ---+-> Report
//! ```
//!
//! Orders of test are asked about after the last order of train. Test is asked once, at the end.

mod data;
mod grid_search;
mod questions;

use std::{mem, sync::Arc};

use crate::domain::{
    catalog::Ids,
    recommend::{Placement, UserHistory},
};
use crate::eval::{
    cost::Meter,
    error::EvaluateError,
    file_shop::{self, Described, FileShop, parameters},
    fingerprint::{Keys, keys_sha256},
    options::Options,
    predictions::{Answer, Lists, MOST, Predictions},
    report::{BLEND, Findings, Line, Report, Slice},
};
use crate::models::{
    SourceSet, Trained,
    ranking::Objective,
    training::{
        past_queries::{Episode, Known, Offered, PastQuery},
        train::Task,
    },
};

use self::{
    data::{Data, Part},
    questions::{Outcome, Question, TOP, drawn},
};

/// Questions of one moment that the ranking learns from at most, and those of one order: its lines say much the same.
const TAUGHT: usize = 6_000;
const TAUGHT_OF_ONE: usize = 3;

/// Runs the protocol. `progress` is told what is being done.
///
/// # Errors
/// Where the files can't be read as orders, or there is nothing to ask.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading");
    let mut data = Data::read(options)?;
    let mut notes = mem::take(&mut data.notes);
    let test = data.test();
    let asked = test.questions();
    let mut lines = Vec::new();
    if !options.is_apart() {
        lines = grid_search::measure(&data, &test, &asked, options.seed, progress);
    }
    progress("blend: learning");
    let mut meter = Meter::start();
    let shop = FileShop::numbered(data.names.len(), &described(&data))?;
    let trained = train(&shop, &data, &test, options, &mut notes)?;
    let model = shop.model(&trained)?;
    meter.trained();
    progress("blend: asking");
    let most = if options.predictions { MOST } else { TOP };
    let mut outcome = Outcome::new(data.names.len());
    let mut answers = Vec::new();
    for question in &asked {
        let list = shop.ask(&model, &query(&shop, &test, question), Offered::Marked(&test.known), most);
        outcome.take(&list, question);
        if options.predictions {
            answers.push(Answer { key: key(&data, question), list });
        }
    }
    let cost = meter.asked(asked.len());
    progress("blend: timing pages");
    let queries = asked.iter().map(|question| query(&shop, &test, question));
    let cost = cost.with_served(shop.page_times(&model, queries, Offered::Marked(&test.known)));
    lines.push(outcome.line(BLEND, cost, parameters(&trained)));
    Ok(Report::of(findings(options, (&data, notes), &test, &asked, lines, answers)))
}

/// The trained blend over products that bear the ids of the file's items, and their shop.
///
/// # Errors
/// Where the files can't be read as orders, or an item's id is none of a product.
pub fn trained(options: &Options, ids: Arc<Ids>) -> Result<(FileShop, Trained), EvaluateError> {
    let data = Data::read(options)?;
    let shop = FileShop::named(data.names.iter().map(ToString::to_string), ids, &described(&data))?;
    let trained = train(&shop, &data, &data.test(), options, &mut Vec::new())?;
    Ok((shop, trained))
}

fn described(data: &Data) -> Described<'_> {
    Described { texts: &data.texts, prices: &data.prices }
}

/// The ranking learns from the validation and from older moments inside train, so that it is learned and judged at moments
/// apart.
fn train(
    shop: &FileShop,
    data: &Data,
    all: &Part<'_>,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<Trained, EvaluateError> {
    let moments = data.moments();
    let episode = |part| {
        let questions = drawn(Part::questions(part), TAUGHT_OF_ONE, TAUGHT, options.seed);
        let queries = questions.iter().map(|question| query(shop, part, question)).collect();
        Episode { known: known(part), queries, offered: Offered::Marked(&part.known) }
    };
    let (sources, without) = shop.sources(&SourceSet::of_a_cart(), options)?;
    let task = Task {
        sources,
        without,
        objective: Objective::Cart,
        shop: shop.view(),
        episodes: moments.iter().map(episode).collect(),
        known: known(all),
        judging: None,
        seed: options.seed,
    };
    file_shop::learn(&task, notes)
}

const fn known<'a>(part: &'a Part<'_>) -> Known<'a> {
    Known { interactions: &part.interactions, before: part.now }
}

/// Somebody of whom nothing is known but the cart.
fn query(shop: &FileShop, part: &Part<'_>, question: &Question<'_>) -> PastQuery {
    PastQuery {
        placement: Placement::Cart,
        cart: question.cart.iter().map(|item| (shop.product(*item), None)).collect(),
        except: question.cart.clone(),
        wanted: question.hidden.into_iter().collect(),
        ..shop.query(question.group, part.now, UserHistory::default())
    }
}

/// The sha256 of the test keys.
///
/// # Errors
/// Where the files can't be read as orders.
pub fn keys(options: &Options) -> Result<Keys, EvaluateError> {
    let data = Data::read(options)?;
    Ok(Keys { sha256: vec![fingerprint(&data, &data.test().questions())], notes: data.notes })
}

/// Of what is asked for.
fn fingerprint(data: &Data, asked: &[Question<'_>]) -> String {
    keys_sha256(asked.iter().map(|question| key(data, question).join("\t")).collect())
}

/// The order, and what is hidden of it where that is in sight.
fn key(data: &Data, question: &Question<'_>) -> Vec<String> {
    let hidden = question.hidden.map(|item| data.names[item as usize].to_string());
    [question.order.to_owned()].into_iter().chain(hidden).collect()
}

fn findings(
    options: &Options,
    (data, notes): (&Data, Vec<String>),
    test: &Part<'_>,
    asked: &[Question<'_>],
    lines: Vec<Line>,
    answers: Vec<Answer>,
) -> Findings {
    let truth = !options.is_apart();
    let of = |name: &str, from: usize, to: usize| Slice {
        name: name.to_owned(),
        of: asked.iter().map(|question| (from..=to).contains(&question.cart.len())).collect(),
    };
    let slices = vec![of("carts of one product", 1, 1), of("carts of two to five", 2, 5)];
    let columns: &[&str] = if truth { &["order", "hidden"] } else { &["order"] };
    let lists = || Predictions::Lists(Lists { key: columns, answers, names: data.names.clone() });
    Findings {
        protocol: "cart",
        data: options.paths(),
        keys_sha256: if truth { fingerprint(data, asked) } else { String::new() },
        asked: format!("{} questions of {} orders, {} items", asked.len(), test.carts.len(), test.items()),
        groups: if truth { asked.iter().map(|question| question.group).collect() } else { Vec::new() },
        lines,
        slices: if truth { slices } else { Vec::new() },
        baseline: truth.then(|| grid_search::POPULARITY.to_owned()),
        notes,
        predictions: options.predictions.then(lists),
        seed: options.seed,
    }
}

#[cfg(test)]
mod tests;
