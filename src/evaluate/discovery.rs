//! The protocol `discovery`: what she will buy that she has not bought before. Recall@20, NDCG@10 and HR@10 over all products of
//! train but her own.
//!
//! ```text
//! rows -> Data -> the part of test, the part of the validation inside train (the same cut by time)
//!         peers: parameters by the validation, then all of train --------------------------------+
//!         blend: sources without the validation, lessons of it; the same at older moments;        +-> Report
//!                a ranking of all, the sources anew from all of train ----------------------------+
//! ```
//!
//! Test is asked once, at the end.

mod blend;
mod data;
mod judge;
mod rivals;

use std::sync::Arc;

use crate::domain::{catalog::Ids, recommend::Model};
use crate::evaluate::{
    cost::Meter,
    error::EvaluateError,
    keys::{Keys, keys_sha256},
    options::Options,
    predictions::{Answer, Lists, Predictions},
    report::{BLEND, Findings, Line, Report, Slice},
    shop::Shop,
};

use self::{
    data::{Asked, Data, Part},
    judge::Outcome,
};

/// Customers with so few products or fewer are looked at apart.
const FEW: usize = 5;

/// The fingerprint of what is asked for.
///
/// # Errors
/// Where the files can't be read as purchases.
pub fn keys(options: &Options) -> Result<Keys, EvaluateError> {
    let data = Data::read(options)?;
    Ok(Keys { sha256: vec![fingerprint(&data, &data.test())], notes: data.notes })
}

/// Runs the protocol. `progress` is told what is being done.
///
/// # Errors
/// Where the files can't be read as purchases, or there is too little to learn from.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading");
    let data = Data::read(options)?;
    let (test, validation) = (data.test(), data.validation());
    let mut lines = Vec::new();
    if !options.is_apart() {
        lines = rivals::measure(&data, &validation, &test, options.seed, progress);
    }
    progress("blend: choosing parameters");
    let penalties = blend::choose(&data, &validation);
    progress("blend: learning");
    let mut meter = Meter::start();
    let served = blend::train(Shop::numbered(data.names.len())?, &data, &test, penalties, options.seed)
        .map_err(|error| error.noting(&data.notes))?;
    meter.trained();
    progress("blend: asking");
    let mut answers = Vec::new();
    let mut outcome = Outcome::new(data.names.len());
    let mut asking = served.asking();
    for asked in &test.asked {
        let list = asking.ask(asked.customer);
        outcome.take(&list, asked, &test);
        if options.predictions {
            answers.push(Answer { key: vec![data.customers[asked.customer as usize].to_string()], list });
        }
    }
    let cost = meter.asked(test.asked.len());
    lines.push(outcome.line(BLEND, cost, served.parameters()));
    Ok(Report::of(findings(options, data, &test, lines, answers)))
}

/// The blend as a server holds it, over products that bear the ids of the file's items.
///
/// # Errors
/// Where the files can't be read as purchases, an item's id is none of a product, or there is too little to learn from.
pub fn model(options: &Options, ids: Arc<Ids>) -> Result<Model, EvaluateError> {
    let data = Data::read(options)?;
    let (test, penalties) = (data.test(), blend::choose(&data, &data.validation()));
    let shop = Shop::named(data.names.iter().map(ToString::to_string), ids)?;
    blend::train(shop, &data, &test, penalties, options.seed)?.into_model()
}

/// Of what is asked for.
fn fingerprint(data: &Data, test: &Part) -> String {
    let of_one = |asked: &Asked| -> Vec<String> {
        let customer = &data.customers[asked.customer as usize];
        asked.truth.iter().map(|item| format!("{customer}\t{}", data.names[*item as usize])).collect()
    };
    keys_sha256(test.asked.iter().flat_map(of_one).collect())
}

fn findings(options: &Options, data: Data, test: &Part, mut lines: Vec<Line>, answers: Vec<Answer>) -> Findings {
    let truth = !options.is_apart();
    if !truth {
        for line in &mut lines {
            line.figures.clear();
        }
    }
    let of = |name: &str, from: usize, to: usize| Slice {
        name: name.to_owned(),
        of: test.asked.iter().map(|asked| (from..=to).contains(&test.own(asked.customer).len())).collect(),
    };
    let slices = vec![of("customers with one product", 1, 1), of("customers with two to five", 2, FEW)];
    Findings {
        protocol: "discovery",
        data: options.paths(),
        keys_sha256: if truth { fingerprint(&data, test) } else { String::new() },
        asked: format!("{} customers, {} products", test.asked.len(), test.products()),
        groups: if truth { test.asked.iter().map(|asked| asked.customer).collect() } else { Vec::new() },
        lines,
        slices: if truth { slices } else { Vec::new() },
        baseline: truth.then(|| rivals::POPULARITY.to_owned()),
        predictions: options
            .predictions
            .then(|| Predictions::Lists(Lists { key: &["customer_id"], answers, names: data.names.clone() })),
        notes: data.notes,
        seed: options.seed,
    }
}

#[cfg(test)]
mod tests;
