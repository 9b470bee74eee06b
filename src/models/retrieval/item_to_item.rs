//! Serves weights of products on products: for each product she bought or put into the cart, a list of what it foretells,
//! added up. Lists may hold weights below zero.
//!
//! Not here: where the weights come from (`ease`, `come_upon`).

#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]

use std::{cell::RefCell, hint::black_box, mem, sync::Arc};

use pulp::{Arch, Simd, WithSimd};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    neighbours::Neighbours,
    user_items::aged,
};

/// Products of hers that are asked about, the newest: bounds the time of a question.
const LONGEST: usize = 400;

/// What part of all that speaks for a product a purchase must be to be named as its reason: where many purchases say a little
/// each, none of them is why.
const SHARE_NAMED: f32 = 1.0 / 3.0;

/// What part of the strongest that a purchase says of any product it must say of this one: what it speaks for far less than for
/// others goes with it by accident.
const STRENGTH_NAMED: f32 = 0.5;

/// What is less than this share of the best is not said: of a large catalogue a long history touches nearly all. (A hundredth
/// instead ranks as well, and takes longer.)
const FAINT: f32 = 0.05;

/// What a product gets: its share of the best sum of this question, and the sum itself.
const SIGNALS: [&str; 2] = ["share", "sum"];

/// Weights, ready to be asked.
#[derive(Debug)]
pub struct FromHistory {
    name: &'static str,
    vocabulary: Arc<ItemIndex>,
    weights: Arc<Neighbours>,
    /// Of her purchases, in days.
    half_life: f64,
    code: ReasonCode,
}

/// A product of hers, how much it counts, and when she bought it.
struct Seed {
    item: Item,
    weight: f32,
    time: Option<Timestamp>,
}

thread_local! {
    static SUMS: RefCell<Sums> = RefCell::default();
    /// By product, whether it is a seed already; false between two questions.
    static SEEDED: RefCell<Vec<bool>> = RefCell::default();
}

/// A sum for each product, zero where none was met.
#[derive(Default)]
struct Sums {
    of: Vec<f32>,
    /// By block of products, whether any of it may have been met.
    met: Vec<bool>,
}

/// Products in a block.
const BLOCK: usize = 64;
/// Blocks up to which all are looked through, which takes a few microseconds at most: noting which were met takes longer.
const FEW: usize = 1_024;
/// Sums that are compared side by side.
const LANES: usize = 16;
/// Of 64 bytes.
const LINKS_OF_A_LINE: usize = 64 / size_of::<(Item, f32)>();

impl Sums {
    /// Makes room for so many products.
    fn reserve(&mut self, products: usize) {
        let blocks = products.div_ceil(BLOCK).max(self.met.len());
        self.met.resize(blocks, false);
        self.of.resize(blocks * BLOCK, 0.0);
    }

    fn add(&mut self, seeds: &[Seed], weights: &Neighbours) {
        bring_near(seeds, weights);
        // Out of the field, so that the compiler knows that it does not move while it adds.
        let sums = self.of.as_mut_slice();
        for Seed { item, weight: worth, .. } in seeds {
            let worth = *worth;
            for (item, weight) in weights.of(*item) {
                sums[item as usize] += worth * weight;
            }
        }
        if self.met.len() <= FEW {
            self.met.fill(true);
            return;
        }
        for (item, _) in seeds.iter().flat_map(|seed| weights.of(seed.item)) {
            self.met[item as usize / BLOCK] = true;
        }
    }

    /// The largest; zero where nothing is spoken for.
    fn best(&self) -> f32 {
        Arch::new().dispatch(Best { sums: self })
    }

    /// Each product whose sum is so far from zero, ascending; all is zero again.
    fn drain(&mut self, least: f32, each: impl FnMut(Item, f32)) {
        Arch::new().dispatch(Drain { sums: self, least, each });
    }
}

struct Best<'a> {
    sums: &'a Sums,
}

impl WithSimd for Best<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let Sums { of, met } = self.sums;
        let mut lanes = [0.0_f32; LANES];
        let met = of.chunks_exact(BLOCK).zip(met).filter(|(_, met)| **met);
        for sums in met.flat_map(|(sums, _)| sums.as_chunks::<LANES>().0) {
            for (lane, sum) in lanes.iter_mut().zip(sums) {
                // Unlike `max` it asks for no care of what is no number, so that it is one instruction for all lanes.
                *lane = if *sum > *lane { *sum } else { *lane };
            }
        }
        lanes.into_iter().fold(0.0, f32::max)
    }
}

struct Drain<'a, F> {
    sums: &'a mut Sums,
    least: f32,
    each: F,
}

impl<F: FnMut(Item, f32)> WithSimd for Drain<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { sums: Sums { of, met }, least, mut each } = self;
        for ((first, sums), met) in (0..).step_by(BLOCK).zip(of.chunks_exact_mut(BLOCK)).zip(met) {
            if !mem::take(met) {
                continue;
            }
            for (first, sums) in (first..).step_by(LANES).zip(sums.as_chunks::<LANES>().0) {
                // Mostly all lanes are faint, which is one look.
                if sums.iter().fold(false, |any, sum| any | (sum.abs() >= least)) {
                    let strong = (first..).zip(sums).filter(|(_, sum)| sum.abs() >= least);
                    strong.for_each(|(item, sum)| each(item, *sum));
                }
            }
            sums.fill(0.0);
        }
    }
}

/// Looks once into each cache line of the lists. These looks do not wait for one another, as those that add do.
fn bring_near(seeds: &[Seed], weights: &Neighbours) {
    let lines = seeds.iter().flat_map(|seed| weights.of(seed.item).step_by(LINKS_OF_A_LINE));
    black_box(lines.fold(0, |all: Item, (item, _)| all ^ item));
}

impl FromHistory {
    /// Serves these under a name. `half_life` is that of her purchases, in days.
    pub const fn new(
        name: &'static str,
        vocabulary: Arc<ItemIndex>,
        weights: Arc<Neighbours>,
        half_life: f64,
        code: ReasonCode,
    ) -> Self {
        Self { name, vocabulary, weights, half_life, code }
    }

    /// What one product says of another.
    fn weight(&self, of: Item, on: Item) -> f32 {
        self.weights.weight_of(of, on)
    }

    /// Whether a product is among those that another speaks for most. The heaviest stand first in a list, so that this is a look
    /// at its head, and not at hundreds.
    fn is_strong(&self, of: Item, on: Item) -> bool {
        let mut strongest = 0.0;
        for (item, weight) in self.weights.of(of) {
            strongest = f32::max(strongest, weight);
            if weight.abs() < STRENGTH_NAMED * strongest {
                return false;
            }
            if item == on {
                return weight > 0.0;
            }
        }
        false
    }

    /// What lies in the cart counts as bought now.
    fn seeds(&self, context: &RequestContext<'_>) -> Vec<Seed> {
        let cart = context.cart.iter().map(|(product, _)| (*product, None));
        let bought = context.history.bought.iter().rev().map(|line| (line.product, Some(line.time)));
        let known = cart.chain(bought).filter_map(|(product, time)| Some((self.vocabulary.item(product)?, time)));
        SEEDED.with_borrow_mut(|seeded| {
            seeded.resize(self.vocabulary.len().max(seeded.len()), false);
            // The newest comes first.
            let firsts = known.filter(|(item, _)| !mem::replace(&mut seeded[*item as usize], true));
            let weight = |time: Timestamp| aged(context.now.days_since(time), self.half_life);
            let seed = |(item, time): (Item, Option<Timestamp>)| Seed { item, weight: time.map_or(1.0, weight), time };
            let seeds: Vec<Seed> = firsts.take(LONGEST).map(seed).collect();
            for seed in &seeds {
                seeded[seed.item as usize] = false;
            }
            seeds
        })
    }
}

impl Source for FromHistory {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let seeds = &*evidence.get_or_make(|| self.seeds(context));
        SUMS.with_borrow_mut(|sums| {
            sums.reserve(self.vocabulary.len());
            sums.add(seeds, &self.weights);
            let best = sums.best();
            let least = if best > 0.0 { FAINT * best } else { f32::INFINITY };
            sums.drain(least, |item, sum| found.push(self.vocabulary.product(item), &[sum / best, sum]));
        });
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let item = self.vocabulary.item(product)?;
        let part = |seed: &Seed| seed.weight * self.weight(seed.item, item);
        let seeds = evidence.get_or_make(|| self.seeds(context));
        if !seeds.iter().any(|seed| self.is_strong(seed.item, item)) {
            return None;
        }
        let speaking: Vec<_> = seeds.iter().map(|seed| (part(seed), seed)).filter(|(part, _)| *part > 0.0).collect();
        let all: f32 = speaking.iter().map(|(part, _)| part).sum();
        let (part, seed) = speaking.into_iter().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let code = if seed.time.is_some() { self.code } else { ReasonCode::GoesWithCart };
        let product = Some(self.vocabulary.product(seed.item));
        let is_real = part >= SHARE_NAMED * all && self.is_strong(seed.item, item);
        is_real.then_some(Rationale { code, product, subject: None, time: seed.time })
    }

    fn weight(&self) -> Weight {
        Weight::of_counted(self.weights.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id,
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::{Bought, UserHistory, fixture},
    };

    fn vocabulary<const N: usize>(ids: &Ids, names: [&str; N]) -> Arc<ItemIndex> {
        Arc::new(ItemIndex::new(names.map(|id| Id::new(id).unwrap()).to_vec(), ids))
    }

    /// A source over these lists, of purchases that count half after ten days.
    fn source<const N: usize>(vocabulary: &Arc<ItemIndex>, lists: [Vec<(Item, f32)>; N]) -> FromHistory {
        let weights = Arc::new(Neighbours::from_lists(lists));
        FromHistory::new("x", Arc::clone(vocabulary), weights, 10.0, ReasonCode::GoesWithPurchase)
    }

    /// What a moment looks at beside her trail: nothing.
    #[derive(Default)]
    struct Nothing {
        catalog: Snapshot,
        profile: Profile,
    }

    impl Nothing {
        fn context<'a>(&'a self, ids: &'a Ids, day: i64, history: &'a UserHistory) -> RequestContext<'a> {
            let now = Timestamp(day * Timestamp::DAY);
            RequestContext { now, history, ..fixture::context(&self.catalog, ids, &self.profile) }
        }
    }

    #[test]
    fn sums_are_the_same_in_a_large_catalogue_and_leave_nothing() {
        let weights = Neighbours::from_lists([vec![(2, 1.0), (70, -0.4), (3, 0.01)], vec![(2, 0.5)]]);
        let seeds = [(0, 1.0), (1, 2.0)].map(|(item, weight)| Seed { item, weight, time: None });
        for products in [71, FEW * BLOCK + 1] {
            let mut sums = Sums::default();
            sums.reserve(products);
            for _ in 0..2 {
                sums.add(&seeds, &weights);
                let mut found = Vec::new();
                let best = sums.best();
                sums.drain(0.1, |item, sum| found.push((item, sum)));
                assert_eq!((best, found), (2.0, vec![(2, 2.0), (70, -0.4)]), "{products}");
            }
        }
    }

    #[test]
    fn what_is_faint_is_not_said_and_where_nothing_is_spoken_for_neither() {
        let ids = Ids::default();
        let vocabulary = vocabulary(&ids, ["a", "b", "c", "d"]);
        let source = source(&vocabulary, [vec![(1, 1.0), (2, 0.06), (3, -0.04)], vec![(2, -9.0)], vec![], vec![]]);
        let nothing = Nothing::default();
        let found = |item| {
            let mut history = UserHistory::default();
            history.push_order([Bought { product: vocabulary.product(item), time: Timestamp(0), quantity: 1 }]);
            let mut found = Found::default();
            source.collect(&nothing.context(&ids, 0, &history), 10, &mut found, &mut Evidence::default()).unwrap();
            found
        };
        assert_eq!(found(0).products, [vocabulary.product(1), vocabulary.product(2)]);
        assert_eq!(found(1), Found::default());
        assert_eq!(found(0).signals, [1.0, 1.0, 0.06, 0.06], "memory is clean");
    }

    #[test]
    fn a_purchase_is_named_where_it_is_a_real_share_of_what_speaks_for_the_product() {
        let ids = Ids::default();
        let vocabulary = vocabulary(&ids, ["a", "b", "c", "d", "x", "y"]);
        // Four purchases say the same of x; of y one says more than the others, and one speaks against it.
        let lists = [
            vec![(5, 0.4), (4, 0.1)],
            vec![(5, 0.3), (4, 0.1)],
            vec![(5, 0.3), (4, 0.1)],
            vec![(5, -0.9), (4, 0.1)],
            vec![],
            vec![],
        ];
        let source = source(&vocabulary, lists);
        let mut history = UserHistory::default();
        for item in 0..4 {
            history.push_order([Bought { product: vocabulary.product(item), time: Timestamp(0), quantity: 1 }]);
        }
        let nothing = Nothing::default();
        let context = nothing.context(&ids, 0, &history);
        assert_eq!(source.because(&context, vocabulary.product(4), &[], &mut Evidence::default()), None);
        let of_most = source.because(&context, vocabulary.product(5), &[], &mut Evidence::default()).unwrap();
        assert_eq!(of_most.product, Some(vocabulary.product(0)));
    }

    #[test]
    fn lists_add_up_newer_purchases_count_more_and_the_reason_is_the_heaviest() {
        let ids = Ids::default();
        let vocabulary = vocabulary(&ids, ["a", "b", "c", "d"]);
        let lists = [vec![(2, 1.0), (3, 0.2)], vec![(2, 0.6), (3, -0.4)], vec![], vec![]];
        let source = source(&vocabulary, lists);
        let mut history = UserHistory::default();
        let line = |item, day| Bought {
            product: vocabulary.product(item),
            time: Timestamp(day * Timestamp::DAY),
            quantity: 1,
        };
        history.push_order([line(0, 0)]);
        history.push_order([line(1, 10)]);
        let nothing = Nothing::default();
        let cart = [(vocabulary.product(1), None)];
        let context = nothing.context(&ids, 10, &history);
        let mut found = Found::default();
        source.collect(&context, 10, &mut found, &mut Evidence::default()).unwrap();
        let of = |item| {
            let place = found.products.iter().position(|product| *product == vocabulary.product(item)).unwrap();
            [found.signals[2 * place], found.signals[2 * place + 1]]
        };
        // Half of what was bought ten days ago: 0.5 + 0.6, and 0.1 - 0.4.
        assert!((of(2)[1] - 1.1).abs() < 1e-6 && (of(2)[0] - 1.0).abs() < 1e-6);
        assert!((of(3)[1] + 0.3).abs() < 1e-6, "below zero is no candidate");
        let because = |context: &RequestContext<'_>, item| {
            source.because(context, vocabulary.product(item), &[], &mut Evidence::default())
        };
        let of_last = because(&context, 2).unwrap();
        assert_eq!((of_last.product, of_last.code), (Some(vocabulary.product(1)), ReasonCode::GoesWithPurchase));
        assert_eq!(because(&context, 3), None, "what speaks for it goes with another five times as well");
        assert_eq!(because(&context, 0), None);
        let carted = RequestContext { cart: &cart, ..context };
        assert_eq!(because(&carted, 2).unwrap().code, ReasonCode::GoesWithCart, "it counts once, as in the cart");
        let mut again = Found::default();
        source.collect(&carted, 10, &mut again, &mut Evidence::default()).unwrap();
        assert_eq!(again, found, "memory is clean, and bought today counts as the cart does");
    }
}
