//! The blend for the next basket: the sources that the service holds, and the ranking learned from earlier baskets.
//!
//! The sources are counted without the baskets that the ranking learns from, then anew with them.

use std::{sync::Arc, thread};

use crate::domain::{
    Timestamp,
    catalog::{Ids, ProductIx, Snapshot},
    customer::Profile,
    recommend::{Bought, IdOrder, Moment, Placement, Scorer, Source, Trail, candidates::Candidates, features},
};
use crate::evaluate::{
    baskets::history::{Cut, History, Question},
    error::EvaluateError,
    metrics,
    split::splitmix64,
};
use crate::models::{
    blend::{Aim, Learned, Lessons, learn},
    for_baskets,
    orders::{Order, Orders},
    vocabulary::Vocabulary,
};

/// Baskets before the one of test that the ranking learns from, of each customer.
const FOLDS: usize = 2;
/// Rows of lessons, at most: bounds time and memory.
const ROWS: usize = 2_500_000;
/// Rows of one question, about: what the number of questions follows from.
const ROWS_EACH: usize = 220;

/// A shop without a catalogue, whose products are numbered as the items.
pub struct Shop {
    catalog: Snapshot,
    ids: Ids,
    profile: Profile,
    vocabulary: Arc<Vocabulary>,
    by_id: IdOrder,
}

impl Shop {
    /// Of so many products.
    ///
    /// # Errors
    /// Where numbers make no ids, which does not happen.
    pub fn new(products: usize) -> Result<Self, EvaluateError> {
        let ids = Ids::default();
        // Padded, so that the order of ids is that of the numbers.
        let names = (0..products).map(|number| crate::domain::Id::new(format!("{number:010}")));
        let names: Result<Vec<_>, _> = names.collect();
        let names = names.map_err(|error| EvaluateError::model("blend", error.to_string()))?;
        let vocabulary = Arc::new(Vocabulary::new(names, &ids));
        let by_id = IdOrder::new(vocabulary.products().iter().copied());
        Ok(Self { catalog: Snapshot::default(), ids, profile: Profile::default(), vocabulary, by_id })
    }

    /// Everything that speaks of the next basket, in the order of features.
    #[must_use]
    pub fn sources(&self, orders: &Orders) -> Vec<Box<dyn Source>> {
        for_baskets::sources(orders, &self.vocabulary)
    }

    /// What she did, as the server would tell it.
    fn trail(&self, own: &[Order<'_>]) -> Trail {
        let mut trail = Trail::default();
        for order in own {
            trail.push_order(order.items.iter().map(|item| Bought {
                product: self.vocabulary.product(*item),
                time: order.time,
                quantity: 1,
            }));
        }
        trail
    }

    fn moment<'a>(&'a self, trail: &'a Trail, now: Timestamp) -> Moment<'a> {
        Moment {
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

    /// The candidates of one question in the order of ids, and a row of features for each.
    fn candidates(
        &self,
        sources: &[Box<dyn Source>],
        own: &[Order<'_>],
        now: Timestamp,
        asking: &mut Candidates,
        rows: &mut Vec<f32>,
    ) -> Vec<ProductIx> {
        let trail = self.trail(own);
        let moment = self.moment(&trail, now);
        asking.collect_from(&moment, sources, &self.by_id, |_| true);
        let mut products = asking.products().to_vec();
        products.sort_unstable_by_key(|product| self.by_id.place(*product));
        asking.rows(&moment, sources, &products, rows);
        products
    }

    /// The best of one question with their scores.
    #[must_use]
    pub fn answer(
        &self,
        sources: &[Box<dyn Source>],
        scorer: &dyn Scorer,
        own: &[Order<'_>],
        now: Timestamp,
        most: usize,
        asking: &mut Candidates,
    ) -> Vec<(u32, f32)> {
        let (mut rows, mut scores) = (Vec::new(), Vec::new());
        let products = self.candidates(sources, own, now, asking, &mut rows);
        scorer.score(&rows, &mut scores);
        let items = products.iter().filter_map(|product| self.vocabulary.item(*product));
        let mut list: Vec<(u32, f32)> = items.zip(scores).collect();
        metrics::keep_top(&mut list, most);
        list
    }

    /// Lessons of the baskets before the one of test, older ones first; within, by lot, for there is no order in time between
    /// customers that would matter.
    #[must_use]
    pub fn lessons(&self, history: &History, back: usize, seed: u64) -> Lessons {
        let mut all = Lessons::default();
        let most = ROWS / ROWS_EACH / FOLDS;
        for back in (back + 1..=back + FOLDS).rev() {
            let cut = history.cut(back);
            let sources = self.sources(&cut.orders);
            all.names = features(&sources).iter().map(ToString::to_string).collect();
            let mut drawn: Vec<&Question> = cut.questions.iter().collect();
            drawn.sort_by_key(|question| splitmix64(seed ^ ((question.customer as u64) << 20)));
            drawn.truncate(most);
            let (left, right) = drawn.split_at(drawn.len() / 2);
            let half = |part: &[&Question]| self.taught(&sources, &cut, part);
            let (first, second) = thread::scope(|scope| {
                let second = scope.spawn(|| half(right));
                (half(left), second.join().unwrap_or_default())
            });
            for part in [first, second] {
                append(&mut all, part);
            }
        }
        all
    }

    fn taught(&self, sources: &[Box<dyn Source>], cut: &Cut, questions: &[&Question]) -> Lessons {
        let mut lessons = Lessons::default();
        let mut asking = Candidates::default();
        for question in questions {
            let own = cut.orders.of(question.customer);
            let products = self.candidates(sources, &own, question.now, &mut asking, &mut lessons.rows);
            let wanted = |product: &ProductIx| {
                self.vocabulary.item(*product).is_some_and(|item| question.truth.binary_search(&item).is_ok())
            };
            let found = products.iter().filter(|product| wanted(product)).count();
            lessons.wanted.extend(products.iter().map(|product| f32::from(u8::from(wanted(product)))));
            lessons.missed.push(u32::try_from(question.truth.len() - found).unwrap_or(u32::MAX));
            lessons.ends.push(u32::try_from(lessons.wanted.len()).unwrap_or(u32::MAX));
        }
        lessons
    }
}

fn append(all: &mut Lessons, part: Lessons) {
    let before = u32::try_from(all.wanted.len()).unwrap_or(u32::MAX);
    all.rows.extend(part.rows);
    all.wanted.extend(part.wanted);
    all.ends.extend(part.ends.into_iter().map(|end| end.saturating_add(before)));
    all.missed.extend(part.missed);
}

/// Learns the ranking.
///
/// # Errors
/// Where there are too few baskets to learn from.
pub fn ranking(lessons: &Lessons, seed: u64) -> Result<Learned, EvaluateError> {
    learn(lessons, Aim::Baskets, seed).map_err(|error| EvaluateError::model("blend", error.to_string()))
}
