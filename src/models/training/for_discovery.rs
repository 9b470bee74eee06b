//! The sources that find what she does not have yet from what she has: those of the protocol `discovery`, and of the shop's
//! own model.

use std::{panic::resume_unwind, sync::Arc, thread};

use crate::domain::recommend::Source;
use crate::models::{
    data::{
        item_index::{Item, ItemIndex},
        neighbours::Neighbours,
        user_items::UserItems,
    },
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::{
        als::{self, Als, Factors},
        come_upon,
        ease::{self, Time},
        habits::Habits,
        text_similarity::{Worded, Wording},
        trend::{Trend, Trends},
    },
};

/// Half-life of her purchases, in units of the log's time, when their words are compared.
const WORDS: f64 = 2.0;

/// What they are made of.
#[derive(Debug, Clone)]
pub struct ForDiscovery {
    ease: Arc<Neighbours>,
    steady: Arc<Neighbours>,
    come_upon: Arc<Neighbours>,
    trends: Arc<Trends>,
    factors: Arc<Als>,
    unit_days: f64,
}

impl ForDiscovery {
    /// Fits them to what customers hold. Uses two cores.
    #[must_use]
    pub fn fit(holdings: &UserItems, items: usize, penalties: ease::Penalties, seed: u64) -> Self {
        let histories: Vec<Vec<Item>> =
            holdings.customers().map(|own| own.iter().map(|held| held.item).collect()).collect();
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let factors = Als::fit(&histories, items, als::SERVED, seed);
                (come_upon::fit(holdings, items), factors)
            });
            let ease = Arc::new(ease::fit(holdings, items, Time::Ages, penalties.ages));
            let steady = Arc::new(ease::fit(holdings, items, Time::Stands, penalties.stands));
            let trends = Arc::new(Trends::count(holdings, items));
            let (come_upon, factors) = other.join().unwrap_or_else(|panic| resume_unwind(panic));
            let (come_upon, factors) = (Arc::new(come_upon), Arc::new(factors));
            Self { ease, steady, come_upon, trends, factors, unit_days: holdings.unit_days }
        })
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.neighbours("ease", &self.ease);
        draft.neighbours("ease_steady", &self.steady);
        draft.neighbours("come_upon", &self.come_upon);
        self.trends.write(draft);
        self.factors.write(draft);
        #[expect(clippy::cast_possible_truncation, reason = "days need no more digits")]
        draft.f32("unit_days", &[self.unit_days as f32]);
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let list = |name| tensors.neighbours(name, items).map(Arc::new);
        Ok(Self {
            ease: list("ease")?,
            steady: list("ease_steady")?,
            come_upon: list("come_upon")?,
            trends: Arc::new(Trends::read(tensors, items)?),
            factors: Arc::new(Als::read(tensors, items, als::SERVED.factors)?),
            unit_days: f64::from(tensors.one("unit_days", Tensors::f32)?),
        })
    }

    /// In the order of their features; without words where nothing is said of products.
    #[must_use]
    pub fn sources(&self, vocabulary: &Arc<ItemIndex>, wording: Option<Arc<Wording>>) -> Vec<Box<dyn Source>> {
        let known = || Arc::clone(vocabulary);
        let mut sources: Vec<Box<dyn Source>> = vec![
            Box::new(ease::source(known(), Arc::clone(&self.ease), Time::Ages, self.unit_days)),
            Box::new(come_upon::source(known(), Arc::clone(&self.come_upon))),
            Box::new(Trend::new(known(), Arc::clone(&self.trends))),
            Box::new(Factors::new(known(), Arc::clone(&self.factors))),
            Box::new(Habits::new(self.unit_days)),
            Box::new(ease::source(known(), Arc::clone(&self.steady), Time::Stands, self.unit_days)),
        ];
        if let Some(wording) = wording {
            sources.push(Box::new(Worded::new(known(), wording, WORDS * self.unit_days)));
        }
        sources
    }
}
