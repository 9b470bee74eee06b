//! Which products run small or large, from what was kept and what went back for its size: latent sizes over the shop's log.
//!
//! A product's part stands beside those of its brand and its category, so that one that few have tried is judged by its
//! kind, and beside the customer's own, so that one who sends back much says less. Whoever orders takes the size that she
//! believes to be hers: what is learned is how things turn out in that size.

use std::sync::Arc;

use super::{
    latent::{self, START, Term, chances},
    rows::Felt,
};
use crate::domain::{
    Timestamp,
    catalog::{Garment, ProductIx, Row, Snapshot},
    recommend::{Fit, Runs},
};
use crate::models::{
    data::{
        interactions::{Interactions, Tried, Turn},
        item_index::ItemIndex,
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

/// A purchase counts as kept once there was time to send it back.
const KEPT_AFTER_DAYS: i64 = 14;
/// Returns for size that are needed before anything is said.
const NEEDED: usize = 20;
const SWEEPS: usize = 15;
/// Deviation of a customer's own part in location and spread.
const CUSTOMER: [f32; 2] = [0.5, 0.4];
/// A product runs small where one in seven sends it back for that,
const CHANCE: f32 = 0.15;
/// twice as many as for the other reason,
const OF_OTHER: f32 = 2.0;
/// and half again as many as of all things.
const OF_ALL: f32 = 1.5;

/// What each product of the vocabulary does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Running(Vec<Option<Runs>>);

/// One thing tried, and how it felt.
struct Worn<'a> {
    owner: u32,
    item: u32,
    row: &'a Row,
    felt: Felt,
}

impl Running {
    /// Learns from what was tried before a moment.
    pub fn learn(interactions: &Interactions, vocabulary: &ItemIndex, catalog: &Snapshot, before: Timestamp) -> Self {
        let worn = worn(interactions.tried(), vocabulary, catalog, before);
        if worn.iter().filter(|one| one.felt != Felt::Fits).count() < NEEDED {
            return Self(vec![None; vocabulary.len()]);
        }
        let felt: Vec<Felt> = worn.iter().map(|one| one.felt).collect();
        let all: Vec<u32> = (0..).take(worn.len()).collect();
        let terms = terms(&worn, vocabulary.len());
        let effects = latent::learn(&terms, &felt, &all, SWEEPS);
        let share = |of: Felt| mean(felt.iter().map(|felt| f32::from(u8::from(*felt == of))));
        let shares = [share(Felt::Small), share(Felt::Large)];
        let mut running = vec![None; vocabulary.len()];
        for (row, one) in worn.iter().enumerate() {
            let running = &mut running[one.item as usize];
            if running.is_none() {
                // All but the last term, which is the customer's.
                let of_product = terms.iter().zip(&effects).take(terms.len() - 1);
                let place = of_product.fold([0.0, START], |place, (term, effects)| {
                    let part = term.part(effects, row);
                    [place[0] + part[0], place[1] + part[1]]
                });
                *running = judge(chances(place), shares);
            }
        }
        Self(running)
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        let number = |runs: &Option<Runs>| match runs {
            None => 0,
            Some(Runs::Small) => 1,
            Some(Runs::Large) => 2,
        };
        draft.u32("running", self.0.iter().map(number));
    }

    /// What was written, of so many products.
    ///
    /// # Errors
    /// Where it is of others, or no such thing.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let runs = |number: u32| match number {
            0 => Ok(None),
            1 => Ok(Some(Runs::Small)),
            2 => Ok(Some(Runs::Large)),
            other => Err(damaged(format!("running holds {other}"))),
        };
        let read: Vec<Option<Runs>> = tensors.u32("running")?.into_iter().map(runs).collect::<Result<_, _>>()?;
        if read.len() == items { Ok(Self(read)) } else { Err(damaged("running is of other products")) }
    }

    /// What serves.
    pub fn fit(&self, vocabulary: Arc<ItemIndex>) -> Box<dyn Fit> {
        Box::new(Served { running: self.clone(), vocabulary })
    }
}

#[derive(Debug)]
struct Served {
    running: Running,
    vocabulary: Arc<ItemIndex>,
}

impl Fit for Served {
    fn runs(&self, product: ProductIx) -> Option<Runs> {
        let item = self.vocabulary.item(product)?;
        self.running.0.get(item as usize).copied().flatten()
    }
}

fn judge([small, _, large]: [f32; 3], shares: [f32; 2]) -> Option<Runs> {
    let runs = |own: f32, other: f32, share: f32| own >= CHANCE && own >= OF_OTHER * other && own >= OF_ALL * share;
    if runs(small, large, shares[0]) {
        Some(Runs::Small)
    } else if runs(large, small, shares[1]) {
        Some(Runs::Large)
    } else {
        None
    }
}

/// Every purchase with what became of it, as far as that speaks of its size. What went back for another reason says nothing.
fn worn<'a>(tried: &[Tried], vocabulary: &ItemIndex, catalog: &'a Snapshot, before: Timestamp) -> Vec<Worn<'a>> {
    let mut worn = Vec::new();
    let row_of = |item: u32| catalog.get(vocabulary.product(item)).filter(|row| row.garment != Garment::None);
    for own in tried.chunk_by(|a, b| a.owner == b.owner) {
        let mut kept: Vec<&Tried> = Vec::new();
        for one in own.iter().take_while(|one| one.time < before) {
            let felt = match one.turn {
                Turn::Bought => {
                    kept.push(one);
                    continue;
                }
                Turn::SentBack(felt) => felt,
            };
            let same = |other: &&Tried| {
                other.item == one.item
                    && (one.variant.is_none() || other.variant.is_none() || other.variant == one.variant)
            };
            if let Some(place) = kept.iter().rposition(same) {
                kept.remove(place);
            }
            if let (Some(felt), Some(row)) = (felt, row_of(one.item)) {
                worn.push(Worn { owner: one.owner, item: one.item, row, felt });
            }
        }
        let settled = kept.into_iter().filter(|one| one.time.plus_days(KEPT_AFTER_DAYS) <= before);
        worn.extend(settled.filter_map(|one| {
            Some(Worn { owner: one.owner, item: one.item, row: row_of(one.item)?, felt: Felt::Fits })
        }));
    }
    worn
}

fn terms(worn: &[Worn<'_>], items: usize) -> Vec<Term> {
    let term = |name, level: Vec<u32>, variance| {
        let levels = level.iter().map(|level| *level as usize + 1).max().unwrap_or(0);
        Term { name, level, value: None, levels, variance }
    };
    let by = |of: &dyn Fn(&Worn<'_>) -> u32| worn.iter().map(of).collect::<Vec<u32>>();
    vec![
        term("one", vec![0; worn.len()], None),
        term("category", by(&|one| one.row.category.0), None),
        term("brand", by(&|one| one.row.brand.0), None),
        Term { levels: items, ..term("item", by(&|one| one.item), None) },
        term("customer", by(&|one| one.owner), Some(CUSTOMER.map(|deviation| deviation * deviation))),
    ]
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0.0_f32), |(sum, count), value| (sum + value, count + 1.0));
    sum / count.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{Event, EventKind, LineItem, ReturnReason},
        recommend::fixture::{self, NOW, bought, product},
    };

    /// Sixty customers buy both shoes; half send the tight ones back as too small. Twenty buy those of another brand.
    fn log() -> Vec<Event> {
        let mut log = Vec::new();
        for n in 0..60 {
            let mut told = vec![(40, bought("tight")), (40, bought("true")), (40, bought("mug"))];
            if n % 2 == 0 {
                let item = LineItem {
                    product: fixture::id("tight"),
                    variant: None,
                    quantity: 1,
                    unit_price: None,
                    position: 0,
                };
                let reason = Some(ReturnReason::TooSmall);
                told.push((35, EventKind::Returned { order: None, items: vec![item], reason }));
            }
            let mut events = fixture::events(told);
            for event in &mut events {
                event.id = fixture::id(&format!("{n}-{}", event.id));
                event.who.customer = Some(fixture::id(&format!("c{n}")));
            }
            log.extend(events);
        }
        log
    }

    #[test]
    fn what_comes_back_as_too_small_runs_small() {
        let goods = [("tight", "Women/Shoes/Boots"), ("true", "Women/Shoes/Sandals"), ("mug", "Kitchen/Mugs")];
        let catalog = fixture::catalog(goods.map(|(name, category)| product(name, "", category, 100)));
        let (snapshot, ids, log) = (catalog.snapshot(), catalog.ids(), log());
        let learn = |log: &[Event], before| {
            let (interactions, vocabulary) = Interactions::read(log, &snapshot, ids).unwrap();
            (Running::learn(&interactions, &vocabulary, &snapshot, before), Arc::new(vocabulary))
        };
        let (running, vocabulary) = learn(&log, NOW);
        let fit = running.fit(Arc::clone(&vocabulary));
        let runs = ["tight", "true", "mug"].map(|name| fit.runs(fixture::ix(&catalog, name)));
        assert_eq!(runs, [Some(Runs::Small), None, None]);
        let mut draft = Draft::default();
        running.write(&mut draft);
        let bytes = draft.bytes();
        let tensors = Tensors::read(&bytes).unwrap();
        assert_eq!(Running::read(&tensors, vocabulary.len()).unwrap(), running);
        assert!(Running::read(&tensors, vocabulary.len() + 1).is_err());
        // Nothing is said of little, nor of what came later.
        assert_eq!(learn(&log[..20], NOW).0.0, vec![None; vocabulary.len()]);
        assert_eq!(learn(&log, NOW.plus_days(-38)).0.0, vec![None; vocabulary.len()]);
    }
}
