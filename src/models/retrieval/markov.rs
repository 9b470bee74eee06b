//! Transitions: what follows a product within a few steps, what stands right after it, and what stood before it.
//!
//! Sequential rules with decay (Ludewig and Jannach, "Evaluation of session-based recommendation algorithms", 2018), counted
//! both ways and shrunk towards nothing where a product was hardly seen. What happens after the training is counted beside
//! and adds at once.

use std::{mem, sync::Arc};

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::domain::recommend::{Evidence, Found, NewInteraction, RequestContext, Source, SourceError, Weight};
use crate::models::data::{
    cooccurrence::Pairs,
    item_index::{Item, ItemIndex},
    ongoing_sessions::Ongoing,
    sessions,
    sparse_accumulator::SparseAccumulator,
};

/// Steps between two products that are counted at most.
const WINDOW: usize = 8;
/// Steps after which a pair counts `1 / e`.
const FADE: f32 = 2.0;
/// Distinct products of a visit, the newest, that are followed.
const FOLLOWED: usize = 5;
/// Steps back in the visit after which a product counts `1 / e`.
const VISIT_FADE: f32 = 1.5;
/// As if each product had been seen before this many unknown ones.
const SHRINKAGE: f32 = 3.0;

/// Kinds of counts of a pair: within the window after, in the next place, within the window before.
const KINDS: usize = 3;

/// The names of the signals.
pub const SIGNALS: [&str; 6] = ["visit", "after", "next", "before", "after_second", "visit_before"];
const WIDTH: usize = SIGNALS.len();

/// What follows what.
#[derive(Debug, Default)]
pub struct Transitions {
    trained: Pairs<KINDS>,
    /// By product, the sums of its row.
    totals: Vec<[f32; KINDS]>,
    fresh: RwLock<FxHashMap<Item, Fresh>>,
}

#[derive(Debug, Default)]
struct Fresh {
    row: Vec<(Item, [f32; KINDS])>,
    total: [f32; KINDS],
}

/// The transitions of a model's products.
#[derive(Debug)]
pub struct Follows {
    vocabulary: Arc<ItemIndex>,
    transitions: Transitions,
    ongoing: Mutex<Ongoing>,
}

impl Follows {
    /// Serves what was counted. Where no session is named, a visit that is going on ends after `idle_ms`.
    pub fn new(vocabulary: Arc<ItemIndex>, transitions: Transitions, idle_ms: i64) -> Self {
        Self { vocabulary, transitions, ongoing: Mutex::new(Ongoing::new(idle_ms)) }
    }
}

impl Source for Follows {
    fn name(&self) -> &'static str {
        "transitions"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let visit = sessions::known(&context.history.visit, &self.vocabulary);
        self.transitions.each(&visit, |item, signals| found.push(self.vocabulary.product(item), signals));
        Ok(())
    }

    fn observe(&self, happened: &NewInteraction<'_>) {
        let Some(item) = self.vocabulary.item(happened.product) else { return };
        let visit = self.ongoing.lock().take(happened, item, || 0);
        if let Some(visit) = visit {
            self.transitions.append(visit.newest(), item);
        }
    }

    fn limit_visits(&self, most: usize) {
        self.ongoing.lock().limit(most);
    }

    fn weight(&self) -> Weight {
        let (counted, fresh) = self.transitions.weights();
        let ongoing = self.ongoing.lock();
        // The visits are those of the nearest sessions once more.
        Weight { counted, observed: fresh + ongoing.weight(), visits: 0 }
    }
}

type Sums = SparseAccumulator<WIDTH>;

impl Transitions {
    /// Counts sequences of items below `items`.
    pub fn count<'a>(sequences: impl IntoIterator<Item = &'a [Item]>, items: usize) -> Self {
        let trained = Pairs::count(sequences, items, WINDOW, |gap| {
            let faded = fade(gap.unsigned_abs() - 1, FADE);
            if gap > 0 { [faded, f32::from(u8::from(gap == 1)), 0.0] } else { [0.0, 0.0, faded] }
        });
        let total = |item| {
            trained.of(item).fold([0.0; KINDS], |mut total, (_, counts)| {
                add(&mut total, counts);
                total
            })
        };
        let totals = (0..u32::try_from(items).unwrap_or(u32::MAX)).map(total).collect();
        Self { trained, totals, fresh: RwLock::default() }
    }

    /// Bytes of what was counted, and of what came since.
    fn weights(&self) -> (usize, usize) {
        let rows: usize = self.fresh.read().values().map(|fresh| fresh.row.capacity()).sum();
        let counted = self.trained.weight() + mem::size_of_val(&self.totals[..]);
        (counted, rows * mem::size_of::<(Item, [f32; KINDS])>())
    }

    /// Counts one more touch, after those of the same visit, the newest last.
    pub fn append(&self, before: &[Item], item: Item) {
        let mut fresh = self.fresh.write();
        let mut count = |of: Item, other: Item, counts: [f32; KINDS]| {
            let fresh = fresh.entry(of).or_default();
            add(&mut fresh.total, &counts);
            match fresh.row.iter_mut().find(|(known, _)| *known == other) {
                Some((_, sums)) => add(sums, &counts),
                None => fresh.row.push((other, counts)),
            }
        };
        for (gap, earlier) in before.iter().rev().take(WINDOW).enumerate() {
            let faded = fade(gap, FADE);
            count(*earlier, item, [faded, f32::from(u8::from(gap == 0)), 0.0]);
            count(item, *earlier, [0.0, 0.0, faded]);
        }
    }

    /// Hands each product that follows or precedes those of the visit to `see` with its signals: shares of what follows.
    /// `visit` is in the order of touch, the newest last.
    pub fn each(&self, visit: &[Item], mut see: impl FnMut(Item, &[f32])) {
        let (mut followed, mut sums): (Vec<Item>, _) = (Vec::with_capacity(FOLLOWED), Sums::new());
        let fresh = self.fresh.read();
        for (back, item) in visit.iter().rev().enumerate() {
            if followed.len() == FOLLOWED {
                break;
            }
            if followed.contains(item) {
                continue;
            }
            followed.push(*item);
            let since = if fresh.is_empty() { None } else { fresh.get(item) };
            let mut total = self.totals.get(*item as usize).copied().unwrap_or_default();
            if let Some(since) = since {
                add(&mut total, &since.total);
            }
            let scales = total.map(|total| (total + SHRINKAGE).recip());
            let one = Followed { scales, weight: fade(back, VISIT_FADE), number: followed.len() };
            for (other, counts) in self.trained.of(*item) {
                one.add(other, counts, &mut sums);
            }
            for (other, counts) in since.iter().flat_map(|since| &since.row) {
                one.add(*other, counts, &mut sums);
            }
        }
        sums.iter().for_each(|(item, sums)| see(item, sums));
    }
}

/// A product of the visit whose row is added.
#[derive(Debug, Clone, Copy)]
struct Followed {
    scales: [f32; KINDS],
    weight: f32,
    /// One for the newest.
    number: usize,
}

impl Followed {
    fn add(self, other: Item, counts: &[f32; KINDS], sums: &mut Sums) {
        let [after, next, before] = [0, 1, 2].map(|kind| counts[kind] * self.scales[kind]);
        let sums = sums.of(other);
        sums[0] += after * self.weight;
        match self.number {
            1 => {
                sums[1] += after;
                sums[2] += next;
                sums[3] += before;
            }
            2 => sums[4] += after,
            _ => {}
        }
        sums[5] += before * self.weight;
    }
}

fn add(sums: &mut [f32; KINDS], counts: &[f32; KINDS]) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

#[expect(clippy::cast_precision_loss, reason = "a few steps")]
fn fade(steps: usize, half: f32) -> f32 {
    (-(steps as f32) / half).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(transitions: &Transitions, visit: &[Item]) -> Vec<(Item, Vec<f32>)> {
        let mut all = Vec::new();
        transitions.each(visit, |item, signals| all.push((item, signals.to_vec())));
        all.sort_by_key(|(item, _)| *item);
        all
    }

    fn near(found: &[(Item, Vec<f32>)], expected: &[(Item, Vec<f32>)]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((item, signals), (other, wanted)) in found.iter().zip(expected) {
            let close = signals.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(item == other && close, "{item}: {signals:?}, not {wanted:?}");
        }
    }

    #[test]
    fn signals_are_shares_of_what_follows() {
        let e = (-0.5_f32).exp();
        // 0 is followed by 1 (1) and 2 (e); 1 by 2 (1).
        let transitions = Transitions::count([&[0, 1, 2][..]], 3);
        let of_0 = |w: f32| (1.0 / (1.0 + e + 3.0) * w, e / (1.0 + e + 3.0) * w);
        let (one, two) = of_0(1.0);
        near(
            &signals(&transitions, &[0]),
            &[(1, vec![one, one, 0.25, 0.0, 0.0, 0.0]), (2, vec![two, two, 0.0, 0.0, 0.0, 0.0])],
        );
        let (weight, quarter) = ((-1.0_f32 / 1.5).exp(), 0.25);
        near(
            &signals(&transitions, &[0, 1]),
            &[
                (0, vec![0.0, 0.0, 0.0, quarter, 0.0, quarter]),
                (1, vec![one * weight, 0.0, 0.0, 0.0, one, 0.0]),
                (2, vec![quarter + two * weight, quarter, quarter, 0.0, two, 0.0]),
            ],
        );
        near(&signals(&transitions, &[9]), &[]);
    }

    #[test]
    fn what_happens_counts_as_if_it_had_been_trained() {
        let sequences: [&[Item]; 3] = [&[0, 1, 1, 2], &[2, 0, 2, 5], &[1, 0]];
        let whole = Transitions::count(sequences, 6);
        let live = Transitions::count(sequences[..1].iter().copied(), 6);
        for sequence in &sequences[1..] {
            for at in 0..sequence.len() {
                live.append(&sequence[..at], sequence[at]);
            }
        }
        for visit in [&[0][..], &[1, 2], &[2, 0, 1, 5]] {
            near(&signals(&live, visit), &signals(&whole, visit));
        }
    }
}
