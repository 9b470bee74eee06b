//! What happens between trainings: every committed event is told to the model that serves, before it is acknowledged.
//!
//! A model that is counted anew has seen the log up to a position. What was committed behind it while it was counted is
//! kept and told to it before it serves, under the lock that telling takes, so that it meets every event once.

use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use crate::domain::catalog::Ids;
use crate::domain::customer::Identifier;
use crate::domain::event::Event;
use crate::domain::recommend::{MetLines, Model, NewInteraction, new_interaction};
use crate::domain::shop::Shop;
use crate::domain::store::{Change, Observer, Seq};

/// Events that are kept while a model is counted. What more comes than that waits for the next counting, which so much
/// growth brings soon.
const KEPT: usize = 200_000;

/// The last lines of orders that are known when one is told again, which mostly is within hours.
const LINES: usize = 100_000;

/// Tells the model that serves.
pub struct Live {
    ids: Arc<Ids>,
    /// Empty until the state is loaded; nothing is written before. Weak, since the shop holds the store that holds this.
    shop: OnceLock<Weak<Shop>>,
    told: Mutex<Told>,
    /// Of visits that go on models remember at most so many.
    visits: usize,
}

struct Told {
    /// The model that serves has counted the log up to here.
    counted: Seq,
    /// While a model is being counted: what is committed meanwhile.
    meanwhile: Option<Vec<Committed>>,
    /// What the model that serves was told of orders.
    met: MetLines,
}

impl Default for Told {
    fn default() -> Self {
        Self { counted: Seq::default(), meanwhile: None, met: MetLines::new(LINES) }
    }
}

struct Committed {
    seq: Seq,
    event: Arc<Event>,
    owner: Identifier,
}

impl Live {
    /// Tells nobody until [`Live::of`].
    pub fn new(ids: Arc<Ids>, visits: usize) -> Self {
        Self { ids, shop: OnceLock::new(), told: Mutex::default(), visits }
    }

    /// From now on tells the models of this shop. The first shop stays.
    pub fn of(&self, shop: &Arc<Shop>) {
        shop.model.load().limit_visits(self.visits);
        let _ = self.shop.set(Arc::downgrade(shop));
    }

    /// Serves a model that knows nothing of what is being written.
    pub fn serve(&self, shop: &Shop, model: Model) {
        let _told = self.told.lock();
        model.limit_visits(self.visits);
        shop.serve(model);
    }

    /// To be called before the log is read for a model.
    pub fn counting(&self) {
        self.told.lock().meanwhile = Some(Vec::new());
    }

    /// No model comes of it.
    pub fn not_counted(&self) {
        self.told.lock().meanwhile = None;
    }

    /// Serves the model that was counted up to a position.
    pub fn serve_counted(&self, shop: &Shop, model: Model, end: Seq) {
        model.limit_visits(self.visits);
        let mut told = self.told.lock();
        let Told { meanwhile, met, .. } = &mut *told;
        for one in meanwhile.take().into_iter().flatten().filter(|one| one.seq > end) {
            self.tell(&model, one.seq, &one.event, &one.owner, met);
        }
        told.counted = end;
        shop.serve(model);
    }

    /// How many events are kept while a model is counted, and how many lines of orders are remembered.
    pub fn counts(&self) -> (usize, usize) {
        let told = self.told.lock();
        (told.meanwhile.as_ref().map_or(0, Vec::len), told.met.count())
    }

    fn tell(&self, model: &Model, seq: Seq, event: &Event, owner: &Identifier, met: &mut MetLines) {
        NewInteraction::each((seq, event), owner, &self.ids, met, |happened| {
            for source in model.sources() {
                source.observe(happened);
            }
        });
    }
}

impl Observer for Live {
    fn committed(&self, changes: &[Change]) {
        let Some(shop) = self.shop.get().and_then(Weak::upgrade) else { return };
        let mut told = self.told.lock();
        let model = shop.model.load();
        let told = &mut *told;
        for change in changes {
            let Change::Event { seq, event, owner } = change else { continue };
            if new_interaction::kind(event).is_none() {
                continue;
            }
            if *seq > told.counted {
                self.tell(&model, *seq, event, owner, &mut told.met);
            }
            if let Some(meanwhile) = told.meanwhile.as_mut().filter(|meanwhile| meanwhile.len() < KEPT) {
                meanwhile.push(Committed { seq: *seq, event: Arc::clone(event), owner: owner.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests;
