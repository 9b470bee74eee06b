//! A shop that has nothing but ids for its products. In it the protocols ask the sources as a server asks them.

use std::sync::Arc;

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx, Snapshot},
    customer::Profile,
    recommend::{
        Bought, ByPopularity, IdOrder, Model, Placement, RequestContext, Source, UserHistory, candidates::Candidates,
        features,
    },
};
use crate::evaluate::{error::EvaluateError, report::BLEND};
use crate::models::{
    data::item_index::{Item, ItemIndex},
    ranking::{Ranker, TrainingSet},
};

/// Products, numbered as the items of a file.
#[derive(Debug)]
pub struct Shop {
    catalog: Snapshot,
    ids: Arc<Ids>,
    profile: Profile,
    vocabulary: Arc<ItemIndex>,
    by_id: IdOrder,
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
        let vocabulary = Arc::new(ItemIndex::new(names, &ids));
        let by_id = IdOrder::new(vocabulary.products().iter().copied());
        Ok(Self { catalog: Snapshot::default(), ids, profile: Profile::default(), vocabulary, by_id })
    }

    /// What is sold.
    #[must_use]
    pub const fn vocabulary(&self) -> &Arc<ItemIndex> {
        &self.vocabulary
    }

    /// Adds an order to what she bought, as the server would tell it.
    pub fn push_order(&self, trail: &mut UserHistory, items: &[Item], time: Timestamp) {
        let line = |item: &Item| Bought { product: self.vocabulary.product(*item), time, quantity: 1 };
        trail.push_order(items.iter().map(line));
    }

    /// A page without anything in view.
    #[must_use]
    pub fn moment<'a>(&'a self, now: Timestamp, trail: &'a UserHistory) -> RequestContext<'a> {
        RequestContext {
            now,
            catalog: &self.catalog,
            ids: &self.ids,
            profile: &self.profile,
            trail,
            placement: Placement::Home,
            channel: None,
            in_view: None,
            cart: &[],
        }
    }

    /// The blend as a server holds it. `touched` are the items as often as something was done with them.
    ///
    /// # Errors
    /// Where the ranking is of other sources.
    pub fn model<'a>(
        &self,
        sources: Vec<Box<dyn Source>>,
        ranking: Ranker,
        touched: impl IntoIterator<Item = &'a Item>,
    ) -> Result<Model, EvaluateError> {
        let mut order: Vec<(u32, Item)> = (0..).take(self.vocabulary.len()).map(|item| (0, item)).collect();
        touched.into_iter().for_each(|item| order[*item as usize].0 += 1);
        order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let popular = ByPopularity::new(order.into_iter().map(|(_, item)| self.vocabulary.product(item)));
        let by_id = IdOrder::new(self.vocabulary.products().iter().copied());
        Model::new(BLEND.into(), true, sources, Box::new(ranking), Arc::new(popular), by_id)
            .map_err(|error| EvaluateError::model(BLEND, error.to_string()))
    }

    /// The candidates that may be offered, ascending. Appends a row of features for each.
    pub fn ask(
        &self,
        sources: &[Box<dyn Source>],
        moment: &RequestContext<'_>,
        offer: impl Fn(Item) -> bool,
        candidates: &mut Candidates,
        rows: &mut Vec<f32>,
    ) -> Vec<Item> {
        let item = |product: ProductIx| self.vocabulary.item(product);
        candidates.collect_from(moment, sources, &self.by_id, |product| item(product).is_some_and(&offer));
        let mut items: Vec<Item> = candidates.products().iter().filter_map(|product| item(*product)).collect();
        items.sort_unstable();
        let products: Vec<ProductIx> = items.iter().map(|item| self.vocabulary.product(*item)).collect();
        candidates.rows(moment, sources, &products, rows);
        items
    }
}

/// Training queries of what these sources say, without a question yet.
#[must_use]
pub fn lessons(sources: &[Box<dyn Source>]) -> TrainingSet {
    TrainingSet { names: features(sources).iter().map(ToString::to_string).collect(), ..TrainingSet::default() }
}

/// Ends a question whose rows stand in the lessons: of these candidates those of the truth (sorted) were wanted.
pub fn teach(lessons: &mut TrainingSet, candidates: &[Item], truth: &[Item]) {
    let wanted = |item: &Item| truth.binary_search(item).is_ok();
    let found = candidates.iter().filter(|item| wanted(item)).count();
    lessons.wanted.extend(candidates.iter().map(|item| f32::from(u8::from(wanted(item)))));
    lessons.ends.push(u32::try_from(lessons.wanted.len()).unwrap_or(u32::MAX));
    lessons.missed.push(u32::try_from(truth.len() - found).unwrap_or(u32::MAX));
}
