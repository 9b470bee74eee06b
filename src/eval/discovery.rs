//! The protocol `discovery`: what she will buy that she has not bought before. Recall@20, NDCG@10 and HR@10 over all products of
//! train but her own.
//!
//! ```text
//! rows -> Data -> the part of test, the part of the validation inside train (the same cut by time)
//!         peers: parameters by the validation, then all of train ----------+
//!         blend: the task of the one trainer, over the validation and      +-> Report
//!                older moments of the same kind ---------------------------+
//! ```
//!
//! Whoever is asked about is asked a millisecond after the last that is known, whether what came then is in sight or not. Test
//! is asked once, at the end.

mod data;
mod grid_search;
mod metrics;

use std::{mem, sync::Arc};

use crate::domain::{catalog::Ids, recommend::UserHistory};
use crate::eval::{
    cost::Meter,
    error::EvaluateError,
    file_shop::{self, Described, FileShop, parameters},
    fingerprint::{Keys, keys_sha256},
    options::Options,
    predictions::{Answer, Lists, Predictions},
    report::{BLEND, Findings, Line, Report, Slice},
    split::splitmix64,
};
use crate::models::{
    SourceSet, Trained,
    data::{interactions::Interaction, item_index::Item},
    ranking::Objective,
    training::{
        past_queries::{Episode, Known, Offered, PastQuery},
        train::Task,
    },
};

use self::{
    data::{Asked, Data, Part},
    metrics::{Outcome, TOP},
};

/// Products from which on fewer moments teach: each costs a fit of all sources.
const LARGE: usize = 5_000;
const MOMENTS_WHERE_LARGE: usize = 2;
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
/// Where the files can't be read as purchases, or there is nothing to ask.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, EvaluateError> {
    progress("reading");
    let mut data = Data::read(options)?;
    let test = data.test();
    let mut lines = Vec::new();
    if !options.is_apart() {
        lines = grid_search::measure(&data, &data.validation(), &test, options.seed, progress);
    }
    progress("blend: learning");
    let mut meter = Meter::start();
    let shop = FileShop::numbered(data.names.len(), &described(&data))?;
    let mut notes = mem::take(&mut data.notes);
    let trained = train(&shop, &data, &test, options, &mut notes)?;
    data.notes = notes;
    let model = shop.model(&trained)?;
    meter.trained();
    progress("blend: asking");
    let mut answers = Vec::new();
    let mut outcome = Outcome::new(data.names.len());
    for (asked, query) in test.asked.iter().zip(queries(&shop, &test)) {
        let list = shop.ask(&model, &query, Offered::Marked(&test.known), TOP);
        outcome.take(&list, asked, &test);
        if options.predictions {
            answers.push(Answer { key: vec![data.customers[asked.customer as usize].to_string()], list });
        }
    }
    let cost = meter.asked(test.asked.len());
    progress("blend: timing pages");
    let cost = cost.with_served(shop.page_times(&model, queries(&shop, &test), Offered::Marked(&test.known)));
    lines.push(outcome.line(BLEND, cost, parameters(&trained)));
    Ok(Report::of(findings(options, data, &test, lines, answers)))
}

/// The trained blend over products that bear the ids of the file's items, and their shop.
///
/// # Errors
/// Where the files can't be read as purchases, or an item's id is none of a product.
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
    all: &Part,
    options: &Options,
    notes: &mut Vec<String>,
) -> Result<Trained, EvaluateError> {
    let most = if data.names.len() > LARGE { MOMENTS_WHERE_LARGE } else { usize::MAX };
    let moments = data.moments(most);
    let episode = |part| Episode { known: known(part), queries: by_lot(shop, part, options), offered: marked(part) };
    let (sources, without) = shop.sources(&SourceSet::of_holdings(), options)?;
    let task = Task {
        sources,
        without,
        objective: Objective::Discovery,
        shop: shop.view(),
        episodes: moments.iter().map(episode).collect(),
        known: known(all),
        judging: None,
        seed: options.seed,
    };
    file_shop::learn(&task, notes)
}

const fn known(part: &Part) -> Known<'_> {
    Known { interactions: &part.interactions, before: part.now }
}

fn marked(part: &Part) -> Offered<'_> {
    Offered::Marked(&part.known)
}

/// The order of customers is drawn by lot, since all are of one moment and the newest may be those that judge.
fn by_lot(shop: &FileShop, part: &Part, options: &Options) -> Vec<PastQuery> {
    let mut queries: Vec<(u64, PastQuery)> = (0..)
        .zip(queries(shop, part))
        .map(|(place, query)| (splitmix64(options.seed ^ splitmix64(place)), query))
        .collect();
    queries.sort_by_key(|(lot, _)| *lot);
    queries.into_iter().map(|(_, query)| query).collect()
}

/// Whoever is asked about, in their order.
fn queries<'a>(shop: &'a FileShop, part: &'a Part) -> impl ExactSizeIterator<Item = PastQuery> + 'a {
    let mut histories = vec![UserHistory::default(); part.histories().len()];
    for own in part.interactions.by_owner(part.now) {
        histories[own[0].owner as usize] = history(shop, own);
    }
    part.asked.iter().map(move |asked| PastQuery {
        except: part.own(asked.customer).to_vec(),
        wanted: asked.truth.clone(),
        ..shop.query(asked.customer, part.now, histories[asked.customer as usize].clone())
    })
}

/// What somebody bought, order by order.
fn history(shop: &FileShop, own: &[Interaction]) -> UserHistory {
    let mut history = UserHistory::default();
    for order in own.chunk_by(|a, b| a.time == b.time) {
        let mut items: Vec<Item> = order.iter().map(|interaction| interaction.item).collect();
        items.sort_unstable();
        items.dedup();
        shop.push_order(&mut history, &items, order[0].time);
    }
    history
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
        baseline: truth.then(|| grid_search::POPULARITY.to_owned()),
        predictions: options
            .predictions
            .then(|| Predictions::Lists(Lists { key: &["customer_id"], answers, names: data.names.clone() })),
        notes: data.notes,
        seed: options.seed,
    }
}

#[cfg(test)]
mod tests;
