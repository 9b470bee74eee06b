//! The served model on sessions: the sources and the ranking of a server, asked through the domain's own code.

use serde_json::{Value, json};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Model, Placement, RequestContext, Source, UserHistory, candidates::Candidates, rank},
};
use crate::evaluate::{
    error::EvaluateError,
    report::BLEND,
    sessions::{TOP, asked::Asked, data::Data},
    shop::{self, Shop},
};
use crate::models::{
    data::{item_index::Item, sessions::SessionLog},
    ranking::{Learned, Objective, TrainingSet, learn},
    retrieval::session_knn::Settings,
    training::for_sessions::ForSessions,
};

/// Held questions that the ranking is learned from at most.
const TAUGHT: usize = 20_000;

/// The model, and the shop that it is asked in.
pub struct Served {
    shop: Shop,
    model: Model,
    parameters: Value,
}

/// Trains the sources without the held sessions, learns the ranking from those, and trains the sources anew with all.
///
/// # Errors
/// Where too few held questions have their answer among the candidates.
pub fn train(shop: Shop, data: &Data, settings: Settings, seed: u64) -> Result<Served, EvaluateError> {
    let (older, newer) = data.parts();
    let sources = |visits: SessionLog| {
        let learned = ForSessions::learn(visits, shop.vocabulary().len(), seed);
        learned.sources(shop.vocabulary(), settings, 0)
    };
    let lessons = lessons(&shop, &sources(older.into_iter().collect()), &Asked::held(&newer, TAUGHT));
    let learned =
        learn(&lessons, Objective::Sessions, seed).map_err(|error| EvaluateError::model(BLEND, error.to_string()))?;
    drop(lessons);
    let parameters = parameters(settings, &learned);
    let model = shop.model(sources(data.train.clone()), learned.ranking, data.train.iter().flatten())?;
    Ok(Served { shop, model, parameters })
}

fn parameters(settings: Settings, learned: &Learned) -> Value {
    let tried: Vec<Value> = learned.tried.iter().map(|one| json!({"what": one.what, "figure": one.figure})).collect();
    json!({
        "nearest_sessions": {"k": settings.nearest, "sample": settings.sample, "fade": settings.fade,
            "reach": settings.reach, "age": settings.age},
        "ranking": learned.parameters, "questions": learned.questions, "rows": learned.rows, "wanted": learned.wanted,
        "tried": tried,
    })
}

impl Served {
    /// What was chosen.
    pub const fn parameters(&self) -> &Value {
        &self.parameters
    }

    /// As a server holds it.
    pub fn into_model(self) -> Model {
        self.model
    }

    /// Products with their scores; where there are few, the most popular behind them.
    pub fn ask(&self, visit: &[Item]) -> Vec<(Item, f32)> {
        let trail = trail(&self.shop, visit);
        let moment = moment(&self.shop, &trail);
        let mut desk = rank::desk();
        desk.candidates.collect(&moment, &self.model, |_| true);
        let products = desk.candidates.products().to_vec();
        desk.score(&moment, &self.model, &products);
        let order = desk.by_score(&self.model, &products);
        let scored = order.iter().map(|place| (products[*place as usize], desk.score_of(*place as usize)));
        let item = |(product, score): (ProductIx, f32)| Some((self.shop.vocabulary().item(product)?, score));
        let mut list: Vec<(Item, f32)> = scored.filter_map(item).collect();
        rank::give_back(desk);
        if list.len() < TOP {
            self.go_on(&mut list);
        }
        list
    }

    /// As a feed goes on at its end: with what is popular, below all that was scored.
    fn go_on(&self, list: &mut Vec<(Item, f32)>) {
        let mut score = list.last().map_or(0.0, |(_, score)| *score);
        for product in self.model.popular.order() {
            let Some(item) = self.shop.vocabulary().item(*product) else { continue };
            if list.len() == TOP {
                break;
            }
            if !list.iter().any(|(known, _)| *known == item) {
                score -= 1.0;
                list.push((item, score));
            }
        }
    }
}

fn trail(shop: &Shop, visit: &[Item]) -> UserHistory {
    let visit = visit.iter().map(|item| shop.vocabulary().product(*item)).collect();
    UserHistory { visit, ..UserHistory::default() }
}

/// She looks at the last of her visit.
fn moment<'a>(shop: &'a Shop, trail: &'a UserHistory) -> RequestContext<'a> {
    let in_view = trail.visit.last().copied();
    RequestContext { placement: Placement::ProductPage, in_view, ..shop.moment(Timestamp(0), trail) }
}

/// What the sources say of each question, and what was wanted.
fn lessons(shop: &Shop, sources: &[Box<dyn Source>], asked: &Asked<'_>) -> TrainingSet {
    let mut lessons = shop::lessons(sources);
    let mut candidates = Candidates::default();
    for question in &asked.questions {
        let Some(target) = question.target else { continue };
        let trail = trail(shop, question.visit);
        let items = shop.ask(sources, &moment(shop, &trail), |_| true, &mut candidates, &mut lessons.rows);
        if !items.is_empty() {
            shop::teach(&mut lessons, &items, &[target]);
        }
    }
    lessons
}
