//! What is served: the sources of a discovery shelf and a ranking of what they say, learned from the validation.
//!
//! The sources are fitted without the validation, so that its customers can be asked as test will be; at older moments inside
//! train likewise, so that the ranking is learned and judged at moments apart; and on all of train, for serving.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::recommend::{Evidence, Found, Model, Scorer, Source, UserHistory, candidates::Candidates, features};
use crate::evaluate::{
    discovery::{
        data::{Data, Part},
        judge::{Outcome, TOP},
    },
    error::EvaluateError,
    report::BLEND,
    shop::{self, Shop},
    split::splitmix64,
};
use crate::models::{
    data::{interactions::Interaction, item_index::Item, user_items::UserItems},
    ranking::{Learned, Objective, TrainingSet, learn_of_moments},
    retrieval::{
        ease::{self, Penalties, Time},
        text_similarity::Wording,
    },
    stats::{bootstrap::mean, metrics::keep_top},
    training::for_discovery::ForDiscovery,
};

/// Products from which on there is no search for parameters, each try taking long, and fewer moments teach.
const LARGE: usize = 5_000;
const MOMENTS_WHERE_LARGE: usize = 2;
/// What the ranking is anchored at: who has what she has had this, whenever. Of all that is said it changes least with the
/// season.
const ANCHOR: &str = "ease_steady.share";
/// The same where purchases age: what it is ahead by tells whether taste moves on.
const AGEING: &str = "ease.share";
/// An anchor beside the other where taste stands still: factors don't age either.
const ANCHOR_BESIDE: &str = "factors.likely";
/// So many times the aim of the one that stands, the ageing one reaches where taste moves on. (Two shops, two cuts each inside
/// train: 1.006 and 1.010 where the second anchor raised the aim of the blend by .001, 1.084 and 1.086 where it cost .003.)
const MOVES_ON: f64 = 1.03;
/// Of factors, which begin by lot.
const SEED: u64 = 1;

/// What she bought, order by order.
fn trail(shop: &Shop, own: &[Interaction]) -> UserHistory {
    let mut trail = UserHistory::default();
    for order in own.chunk_by(|a, b| a.time == b.time) {
        let mut items: Vec<Item> = order.iter().map(|act| act.item).collect();
        items.sort_unstable();
        items.dedup();
        shop.push_order(&mut trail, &items, order[0].time);
    }
    trail
}

/// Chooses the penalties by what each matrix is worth alone on the validation; in a large catalogue there is one to choose from.
pub fn choose(data: &Data, validation: &Part) -> Penalties {
    if data.names.len() > LARGE {
        return ease::FAIR;
    }
    let Ok(shop) = Shop::numbered(data.names.len()) else { return ease::FAIR };
    let holdings = UserItems::of(&validation.acts, validation.now);
    let best = |time: Time| {
        let worth = |penalty: f32| {
            let weights = Arc::new(ease::fit(&holdings, data.names.len(), time, penalty));
            let source = ease::source(Arc::clone(shop.vocabulary()), weights, time, holdings.unit_days);
            (penalty, alone(&shop, &source, data, validation))
        };
        let found = ease::PENALTIES.map(worth);
        found
            .into_iter()
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map_or(ease::PENALTIES[0], |best| best.0)
    };
    Penalties { ages: best(Time::Ages), stands: best(Time::Stands) }
}

/// The aim of a source that ranks by its first signal.
fn alone(shop: &Shop, source: &dyn Source, data: &Data, part: &Part) -> f64 {
    let trails = trails(shop, part);
    let mut outcome = Outcome::new(data.names.len());
    for asked in &part.asked {
        let mut found = Found::default();
        let moment = shop.moment(part.now, &trails[asked.customer as usize]);
        if source.collect(&moment, 4 * TOP, &mut found, &mut Evidence::default()).is_err() {
            continue;
        }
        let firsts = found.signals.iter().step_by(source.signals().len().max(1));
        let named = found.products.iter().zip(firsts).filter_map(|(product, score)| {
            let item = shop.vocabulary().item(*product)?;
            part.may_offer(asked.customer, item).then_some((item, *score))
        });
        let mut list: Vec<(Item, f32)> = named.collect();
        keep_top(&mut list, TOP);
        outcome.take(&list, asked, part);
    }
    outcome.aim()
}

/// By customer.
fn trails(shop: &Shop, part: &Part) -> Vec<UserHistory> {
    let mut trails = vec![UserHistory::default(); part.histories().len()];
    for own in part.acts.by_owner(part.now) {
        trails[own[0].owner as usize] = trail(shop, own);
    }
    trails
}

fn sources(
    shop: &Shop,
    data: &Data,
    part: &Part,
    wording: Option<&Arc<Wording>>,
    penalties: Penalties,
) -> Vec<Box<dyn Source>> {
    let fitted = ForDiscovery::fit(&UserItems::of(&part.acts, part.now), data.names.len(), penalties, SEED);
    fitted.sources(shop.vocabulary(), wording.cloned())
}

/// What is served, over all of train.
pub struct Served<'a> {
    shop: Shop,
    part: &'a Part,
    sources: Vec<Box<dyn Source>>,
    anchors: Vec<&'static str>,
    learned: Learned,
    penalties: Penalties,
}

/// Fits the sources, learns the ranking, fits the sources anew.
///
/// # Errors
/// Where the validation has too few questions to learn from.
pub fn train<'a>(
    shop: Shop,
    data: &Data,
    all: &'a Part,
    penalties: Penalties,
    seed: u64,
) -> Result<Served<'a>, EvaluateError> {
    let says = !data.texts.is_empty() || !data.prices.is_empty();
    let wording = says.then(|| Arc::new(Wording::of(&data.texts, &data.prices)));
    let taught = |part: &Part| lessons(&shop, &sources(&shop, data, part, wording.as_ref(), penalties), part, seed);
    let most = if data.names.len() > LARGE { MOMENTS_WHERE_LARGE } else { usize::MAX };
    let moments: Vec<TrainingSet> = data.moments(most).iter().map(taught).collect();
    let anchors = anchors(&moments);
    let learned = learn_of_moments(&moments, &anchors, Objective::Discovery, seed)
        .map_err(|error| EvaluateError::model(BLEND, error.to_string()))?;
    let sources = sources(&shop, data, all, wording.as_ref(), penalties);
    Ok(Served { shop, part: all, sources, anchors, learned, penalties })
}

/// What foretells alike at all moments.
pub fn anchors(moments: &[TrainingSet]) -> Vec<&'static str> {
    let figures = |feature: &str| -> Vec<f64> {
        let of_moment = |one: &TrainingSet| Objective::Discovery.figures(one, 0..one.questions(), &one.column(feature));
        moments.iter().flat_map(of_moment).collect()
    };
    let moves_on = mean(&figures(AGEING)) > MOVES_ON * mean(&figures(ANCHOR));
    if moves_on { vec![ANCHOR] } else { vec![ANCHOR, ANCHOR_BESIDE] }
}

/// The questions of the validation with their candidates. The order of customers is drawn by lot, since the newest questions
/// are those that the ranking is chosen on, and all are of one moment.
fn lessons(shop: &Shop, sources: &[Box<dyn Source>], part: &Part, seed: u64) -> TrainingSet {
    let mut lessons = shop::lessons(sources);
    let trails = trails(shop, part);
    let mut order: Vec<usize> = (0..part.asked.len()).collect();
    order.sort_by_key(|place| splitmix64(seed ^ splitmix64(*place as u64)));
    let mut candidates = Candidates::default();
    for asked in order.into_iter().map(|place| &part.asked[place]) {
        let moment = shop.moment(part.now, &trails[asked.customer as usize]);
        let offer = |item| part.may_offer(asked.customer, item);
        let items = shop.ask(sources, &moment, offer, &mut candidates, &mut lessons.rows);
        shop::teach(&mut lessons, &items, &asked.truth);
    }
    lessons
}

/// Asks customers, in memory that is used again.
pub struct Asking<'a> {
    served: &'a Served<'a>,
    trails: Vec<UserHistory>,
    candidates: Candidates,
    rows: Vec<f32>,
    scores: Vec<f32>,
}

impl Served<'_> {
    /// Makes ready to ask. A server has her trail in memory, too.
    pub fn asking(&self) -> Asking<'_> {
        Asking {
            served: self,
            trails: trails(&self.shop, self.part),
            candidates: Candidates::default(),
            rows: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// As a server holds it.
    ///
    /// # Errors
    /// None that could happen: the ranking is of these sources.
    pub fn into_model(self) -> Result<Model, EvaluateError> {
        self.shop.model(self.sources, self.learned.ranking, self.part.acts.all().iter().map(|act| &act.item))
    }

    /// As chosen.
    pub fn parameters(&self) -> Value {
        json!({
            "ease": { "penalty": self.penalties.ages },
            "ease_steady": { "penalty": self.penalties.stands },
            "ranking": self.learned.parameters,
            "anchors": self.anchors,
            "features": features(&self.sources).iter().map(ToString::to_string).collect::<Vec<_>>(),
            "lessons": { "questions": self.learned.questions, "rows": self.learned.rows, "wanted": self.learned.wanted },
        })
    }
}

impl Asking<'_> {
    /// The best for her, the best first.
    pub fn ask(&mut self, customer: u32) -> Vec<(Item, f32)> {
        let Served { shop, part, sources, learned, .. } = self.served;
        let moment = shop.moment(part.now, &self.trails[customer as usize]);
        self.rows.clear();
        self.scores.clear();
        let offer = |item| part.may_offer(customer, item);
        let items = shop.ask(sources, &moment, offer, &mut self.candidates, &mut self.rows);
        learned.ranking.score(&self.rows, &mut self.scores);
        let mut list: Vec<(Item, f32)> = items.into_iter().zip(self.scores.iter().copied()).collect();
        keep_top(&mut list, TOP);
        list
    }
}
