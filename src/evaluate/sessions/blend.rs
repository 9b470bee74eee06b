//! The served model on sessions: the sources and the ranking of a server, asked through the domain's own code.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx, Snapshot},
    customer::Profile,
    recommend::{
        ByPopularity, IdOrder, Model, Moment, Placement, Source, Trail, candidates::Candidates, features, rank,
    },
};
use crate::evaluate::{
    error::EvaluateError,
    report::BLEND,
    sessions::{TOP, asked::Asked, data::Data},
};
use crate::models::{
    blend::{Aim, Learned, Lessons, learn},
    for_sessions::ForSessions,
    nearest_sessions::Settings,
    visits::Visits,
    vocabulary::{Item, Vocabulary},
};

/// Held questions that the ranking is learned from at most.
const TAUGHT: usize = 20_000;

/// A shop that has nothing but ids for its products.
pub struct Shop {
    catalog: Snapshot,
    ids: Arc<Ids>,
    profile: Profile,
    vocabulary: Arc<Vocabulary>,
}

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
    let failed = |reason: &dyn ToString| EvaluateError::model(BLEND, reason.to_string());
    let (older, newer) = data.parts();
    let sources = |visits: Visits| {
        let learned = ForSessions::learn(visits, shop.vocabulary.len(), seed);
        learned.sources(&shop.vocabulary, settings, 0)
    };
    let lessons = shop.lessons(&sources(older.into_iter().collect()), &Asked::held(&newer, TAUGHT));
    let learned = learn(&lessons, Aim::Sessions, seed).map_err(|error| failed(&error))?;
    drop(lessons);
    let parameters = parameters(settings, &learned);
    let all = sources(data.train.clone());
    let popular = shop.popular(data);
    let by_id = shop.by_id();
    let version: Arc<str> = Arc::from(BLEND);
    let model = Model::new(version, true, all, Box::new(learned.ranking), popular, by_id);
    Ok(Served { model: model.map_err(|error| failed(&error))?, shop, parameters })
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
        let trail = self.shop.trail(visit);
        let moment = self.shop.moment(&trail);
        let mut desk = rank::desk();
        desk.candidates.collect(&moment, &self.model, |_| true);
        let products = desk.candidates.products().to_vec();
        desk.score(&moment, &self.model, &products);
        let order = desk.by_score(&self.model, &products);
        let scored = order.iter().map(|place| (products[*place as usize], desk.score_of(*place as usize)));
        let item = |(product, score): (ProductIx, f32)| Some((self.shop.vocabulary.item(product)?, score));
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
            let Some(item) = self.shop.vocabulary.item(*product) else { continue };
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

impl Shop {
    /// Products numbered as the items are, for ids of files may be of any form and length.
    ///
    /// # Errors
    /// Where numbers make no ids, which does not happen.
    pub fn numbered(items: usize) -> Result<Self, EvaluateError> {
        // Of one length, so that the order of ids is that of numbers.
        Self::named((0..items).map(|item| format!("{item:010}")), Arc::default())
    }

    /// Products that bear these ids, in the order of their items.
    ///
    /// # Errors
    /// Where one is no id, or they are not in order.
    pub fn named(names: impl Iterator<Item = String>, ids: Arc<Ids>) -> Result<Self, EvaluateError> {
        let failed = |reason: &dyn ToString| EvaluateError::model(BLEND, reason.to_string());
        let names = names.map(Id::new).collect::<Result<Vec<Id>, _>>().map_err(|error| failed(&error))?;
        if !names.is_sorted_by(|a, b| a < b) {
            return Err(failed(&"the ids of the items are not in order"));
        }
        let vocabulary = Arc::new(Vocabulary::new(names, &ids));
        Ok(Self { catalog: Snapshot::default(), ids, profile: Profile::default(), vocabulary })
    }

    fn by_id(&self) -> IdOrder {
        IdOrder::new(self.vocabulary.products().iter().copied())
    }

    fn popular(&self, data: &Data) -> Arc<ByPopularity> {
        let mut order: Vec<(u32, Item)> = data.support().into_iter().zip(0..).collect();
        order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        Arc::new(ByPopularity::new(order.into_iter().map(|(_, item)| self.vocabulary.product(item))))
    }

    fn trail(&self, visit: &[Item]) -> Trail {
        let visit = visit.iter().map(|item| self.vocabulary.product(*item)).collect();
        Trail { visit, ..Trail::default() }
    }

    fn moment<'a>(&'a self, trail: &'a Trail) -> Moment<'a> {
        Moment {
            now: Timestamp(0),
            catalog: &self.catalog,
            ids: &self.ids,
            profile: &self.profile,
            trail,
            placement: Placement::ProductPage,
            channel: None,
            in_view: trail.visit.last().copied(),
            cart: &[],
        }
    }

    /// What the sources say of each question, and what was wanted.
    fn lessons(&self, sources: &[Box<dyn Source>], asked: &Asked<'_>) -> Lessons {
        let names = features(sources).iter().map(ToString::to_string).collect();
        let mut lessons = Lessons { names, ..Lessons::default() };
        let by_id = self.by_id();
        let mut candidates = Candidates::default();
        for question in &asked.questions {
            let Some(target) = question.target else { continue };
            let target = self.vocabulary.product(target);
            let trail = self.trail(question.visit);
            let moment = self.moment(&trail);
            candidates.collect_from(&moment, sources, &by_id, |_| true);
            let mut products = candidates.products().to_vec();
            // Products were numbered in the order of ids.
            products.sort_unstable();
            if products.is_empty() {
                continue;
            }
            candidates.rows(&moment, sources, &products, &mut lessons.rows);
            lessons.wanted.extend(products.iter().map(|product| f32::from(u8::from(*product == target))));
            lessons.ends.push(u32::try_from(lessons.wanted.len()).unwrap_or(u32::MAX));
            lessons.missed.push(u32::from(!products.contains(&target)));
        }
        lessons
    }
}
