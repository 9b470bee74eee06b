//! What sells: popularity that decays over a week and over two months, for all and for whom the products are made.
//!
//! The segment is the audience that a customer shops for, the one split that every clothes shop has and that needs no
//! traits of hers. Where it has too little data, or she shops for nobody in particular, it is what all buy.
//!
//! What happens after the counting counts at once: for all, and in the segment that the product is made for, since whom an
//! act of a customer belongs to is only known from all of hers. The next counting makes that exact.

mod board;

use std::sync::Arc;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::domain::{
    Timestamp,
    catalog::{Audience, ProductIx, Snapshot},
    customer::Profile,
    recommend::{
        Evidence, Found, InteractionKind, NewInteraction, Rationale, ReasonCode, RequestContext, Source, SourceError,
    },
};
use crate::models::{
    data::{
        interactions::{Interaction, Interactions},
        item_index::{Item, ItemIndex},
        neighbours::keep_best,
    },
    registry::tensors::{Damaged, Draft, Tensors},
    retrieval::popularity::board::Board,
};

/// Of the source.
pub const NAME: &str = "popular";

/// Days after which an act counts half: what is in fashion now, and what sells steadily.
const HALF_LIVES: [f64; 2] = [7.0, 60.0];
/// Segments, in the order in which they are stored.
pub const SEGMENTS: [Audience; 3] = [Audience::Women, Audience::Men, Audience::Children];
const SEGMENT_NAMES: [&str; SEGMENTS.len()] = ["popularity.women", "popularity.men", "popularity.children"];
/// The newest weeks, by which what sells now is told.
const SOLD_DAYS: f64 = 28.0;
/// Customers that a segment needs for figures of its own.
const SEGMENT_CUSTOMERS: usize = 50;
/// Share of what she does that must be for one audience, and how much of it there must be.
const SEGMENT_SHARE: f32 = 0.6;
const SEGMENT_LEAST: f32 = 3.0;

/// How popular each product is, 0 to 1, for all and by segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Popularity {
    /// By item.
    pub general: Vec<f32>,
    /// By segment and item; empty where a segment has too little data.
    pub segments: [Vec<f32>; SEGMENTS.len()],
    /// By item: orders that it was in, in the newest weeks.
    pub sold: Vec<f32>,
    /// `None` where it was read from a file.
    pub counted: Option<Counted>,
}

/// What acts that come later are measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// Up to when was counted.
    pub before: Timestamp,
    /// What was done with the most popular product, in purchases that did not fade.
    pub most: f32,
}

/// The same, where it is not known: files tell shares alone. It only serves until the log is counted anew.
const MOST: f32 = 100.0;

impl Popularity {
    /// Counts what was done before a moment.
    pub fn count(interactions: &Interactions, vocabulary: &ItemIndex, catalog: &Snapshot, before: Timestamp) -> Self {
        let audiences = audiences(vocabulary, catalog);
        let mut all = Counter::new(vocabulary.len());
        let mut segments = SEGMENTS.map(|_| Counter::new(vocabulary.len()));
        let mut sold = vec![0.0; vocabulary.len()];
        for own in interactions.by_owner(before) {
            all.add(own, before);
            let lately = own.iter().filter(|one| one.kind == InteractionKind::Bought);
            for line in lately.filter(|one| before.days_since(one.time) <= SOLD_DAYS) {
                sold[line.item as usize] += 1.0;
            }
            let parts = own.iter().map(|interaction| (audiences[interaction.item as usize], worth(interaction.kind)));
            if let Some(segment) = segment_of(parts) {
                segments[segment].add(own, before);
            }
        }
        let own_figures = |counter: Counter| {
            if counter.customers >= SEGMENT_CUSTOMERS { counter.popularity() } else { Vec::new() }
        };
        let counted = Some(Counted { before, most: all.most() });
        Self { general: all.popularity(), segments: segments.map(own_figures), sold, counted }
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.f32("popularity", &self.general);
        draft.f32("popularity.sold", &self.sold);
        for (name, segment) in SEGMENT_NAMES.into_iter().zip(&self.segments) {
            draft.f32(name, segment);
        }
    }

    /// What was written, of so many items.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let mut segments = SEGMENTS.map(|_| Vec::new());
        for (name, segment) in SEGMENT_NAMES.into_iter().zip(&mut segments) {
            *segment = tensors.of_items(name, items, true)?;
        }
        let [general, sold] =
            [tensors.of_items("popularity", items, false)?, tensors.of_items("popularity.sold", items, false)?];
        Ok(Self { general, segments, sold, counted: None })
    }

    /// What may be called popular: the first twentieth by orders of the newest weeks, but twenty of them and at most half of all.
    /// What sold as often as the first one outside is outside.
    pub fn bestsellers(&self) -> Vec<Item> {
        let items = self.sold.len();
        let most = (items / 20).max(20).min(items / 2);
        let mut sold: Vec<f32> = self.sold.clone();
        sold.sort_unstable_by(|a, b| b.total_cmp(a));
        let least = sold.get(most).copied().unwrap_or(0.0);
        (0..).zip(&self.sold).filter(|(_, sold)| **sold > least).map(|(item, _)| item).collect()
    }

    /// Every item with its popularity for all, the most popular first; those without any come last, in the order of ids.
    pub fn order(&self) -> Vec<(Item, f32)> {
        let mut order: Vec<(Item, f32)> = (0..).zip(self.general.iter().copied()).collect();
        let most = order.len();
        keep_best(&mut order, most);
        order
    }
}

/// Sums of one segment.
pub struct Counter {
    customers: usize,
    sums: [Vec<f32>; HALF_LIVES.len()],
}

impl Counter {
    /// Nothing counted.
    pub fn new(items: usize) -> Self {
        Self { customers: 0, sums: HALF_LIVES.map(|_| vec![0.0; items]) }
    }

    /// Counts what one customer did.
    #[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
    pub fn add(&mut self, own: &[Interaction], before: Timestamp) {
        self.customers += 1;
        for interaction in own {
            let age = before.days_since(interaction.time);
            for (sums, half_life) in self.sums.iter_mut().zip(HALF_LIVES) {
                sums[interaction.item as usize] += worth(interaction.kind) * (-age / half_life).exp2() as f32;
            }
        }
    }

    /// The largest sum, by the mean over the half-lives of its logarithm.
    #[expect(clippy::cast_precision_loss, reason = "two")]
    fn most(&self) -> f32 {
        let largest = |sums: &Vec<f32>| sums.iter().copied().fold(0.0, f32::max).ln_1p();
        (self.sums.iter().map(largest).sum::<f32>() / HALF_LIVES.len() as f32).exp_m1()
    }

    /// The mean over the half-lives of the logarithm of each sum, as a share of the largest.
    #[expect(clippy::cast_precision_loss, reason = "two")]
    pub fn popularity(self) -> Vec<f32> {
        let mut mean = vec![0.0_f32; self.sums[0].len()];
        for sums in &self.sums {
            let logs = || sums.iter().map(|sum| sum.max(0.0).ln_1p());
            let largest = logs().fold(f32::MIN_POSITIVE, f32::max);
            for (mean, log) in mean.iter_mut().zip(logs()) {
                *mean += log / largest / HALF_LIVES.len() as f32;
            }
        }
        mean
    }
}

fn audiences(vocabulary: &ItemIndex, catalog: &Snapshot) -> Vec<Option<Audience>> {
    vocabulary.products().iter().map(|product| catalog.get(*product)?.audience).collect()
}

/// Sent back, a purchase counts as if it had not been.
const fn worth(kind: InteractionKind) -> f32 {
    match kind {
        InteractionKind::Looked => 0.1,
        InteractionKind::PutInCart => 0.4,
        InteractionKind::Bought => 1.0,
        InteractionKind::SentBack => -1.0,
    }
}

/// The segment that the larger part of what she does is for.
fn segment_of(parts: impl Iterator<Item = (Option<Audience>, f32)>) -> Option<usize> {
    let (mut sums, mut total) = ([0.0_f32; SEGMENTS.len()], 0.0_f32);
    for (audience, weight) in parts.filter(|(audience, _)| audience.is_some()) {
        total += weight.abs();
        if let Some(segment) = SEGMENTS.iter().position(|one| Some(*one) == audience) {
            sums[segment] += weight.abs();
        }
    }
    if total < SEGMENT_LEAST {
        return None;
    }
    sums.iter().position(|sum| *sum >= SEGMENT_SHARE * total)
}

/// The segment of a customer by her profile.
fn segment(profile: &Profile, catalog: &Snapshot) -> Option<usize> {
    let audience = |product| catalog.get(product).and_then(|row| row.audience);
    let trades = profile.trades().iter().map(|trade| (audience(trade.product), worth(InteractionKind::Bought)));
    let looks = profile.looks().iter().map(|look| (audience(look.product), worth(InteractionKind::Looked)));
    segment_of(trades.chain(looks))
}

/// What sells in her segment, else what sells.
#[derive(Debug)]
pub struct Popular {
    vocabulary: Arc<ItemIndex>,
    /// By item.
    audiences: Vec<Option<Audience>>,
    boards: RwLock<Boards>,
}

/// Products are known by their slots: those of the model by their items, then those that came later, in order of arrival.
#[derive(Debug)]
struct Boards {
    general: Board,
    segments: [Option<Board>; SEGMENTS.len()],
    newcomers: Vec<ProductIx>,
    slots: FxHashMap<ProductIx, u32>,
    /// The newest act that was counted or told of.
    newest: Option<Timestamp>,
}

/// Items with their scores, and in the order of them.
#[derive(Debug)]
pub struct Ranked {
    scores: Vec<f32>,
    order: Vec<Item>,
}

impl Ranked {
    /// Puts items in order; what scores nothing has no place.
    pub fn new(scores: Vec<f32>) -> Self {
        let mut order: Vec<(Item, f32)> = (0..).zip(scores.iter().copied()).filter(|(_, score)| *score > 0.0).collect();
        let most = order.len();
        keep_best(&mut order, most);
        Self { scores, order: order.into_iter().map(|(item, _)| item).collect() }
    }

    /// Appends the first: some of the very best may be hers already.
    pub fn collect(&self, vocabulary: &ItemIndex, most: usize, found: &mut Found) {
        for item in self.order.iter().take(4 * most) {
            found.push(vocabulary.product(*item), &[self.scores[*item as usize]]);
        }
    }

    /// Sets the score of each product.
    pub fn fill(&self, vocabulary: &ItemIndex, products: &[ProductIx], rows: &mut [f32]) {
        for (product, row) in products.iter().zip(rows) {
            let item = vocabulary.item(*product);
            *row = item.and_then(|item| self.scores.get(item as usize)).copied().unwrap_or(0.0);
        }
    }
}

impl Popular {
    /// Serves what was counted.
    pub fn new(vocabulary: Arc<ItemIndex>, popularity: &Popularity, catalog: &Snapshot) -> Self {
        /// What all buy steadies the figures of a segment.
        const OF_SEGMENT: f32 = 0.7;
        let most = popularity.counted.map_or(MOST, |counted| counted.most);
        let mixed = |segment: &Vec<f32>| {
            let both = segment.iter().zip(&popularity.general);
            let mixed = both.map(|(own, all)| OF_SEGMENT * own + (1.0 - OF_SEGMENT) * all).collect();
            (!segment.is_empty()).then(|| Board::new(mixed, most))
        };
        let boards = Boards {
            general: Board::new(popularity.general.clone(), most),
            segments: popularity.segments.each_ref().map(mixed),
            newcomers: Vec::new(),
            slots: FxHashMap::default(),
            newest: popularity.counted.map(|counted| counted.before),
        };
        Self { audiences: audiences(&vocabulary, catalog), vocabulary, boards: RwLock::new(boards) }
    }

    fn slot(&self, boards: &Boards, product: ProductIx) -> Option<u32> {
        self.vocabulary.item(product).or_else(|| boards.slots.get(&product).copied())
    }
}

impl Boards {
    /// Of a segment, where it has figures of its own.
    fn of(&self, segment: Option<usize>) -> &Board {
        segment.and_then(|segment| self.segments[segment].as_ref()).unwrap_or(&self.general)
    }

    fn newcomer(&mut self, product: ProductIx, known: usize) -> u32 {
        let next = u32::try_from(known + self.newcomers.len()).unwrap_or(u32::MAX);
        self.newcomers.push(product);
        self.slots.insert(product, next);
        next
    }
}

impl Source for Popular {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let segment = *evidence.get_or_make(|| segment(context.profile, context.catalog));
        let boards = self.boards.read();
        let board = boards.of(segment);
        let known = self.vocabulary.len();
        // Some of the first may be hers already.
        for slot in board.order().iter().take(4 * most) {
            let place = *slot as usize;
            let product = if place < known { self.vocabulary.product(*slot) } else { boards.newcomers[place - known] };
            found.push(product, &[board.share(*slot)]);
        }
        Ok(())
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let segment = *evidence.get_or_make(|| segment(context.profile, context.catalog));
        let boards = self.boards.read();
        let board = boards.of(segment);
        for (product, row) in products.iter().zip(rows) {
            *row = self.slot(&boards, *product).map_or(0.0, |slot| board.share(slot));
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        _product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let segment = *evidence.get_or_make(|| segment(context.profile, context.catalog));
        let of_segment = segment.is_some_and(|segment| self.boards.read().segments[segment].is_some());
        Some(Rationale::of(if of_segment { ReasonCode::PopularInSegment } else { ReasonCode::Popular }))
    }

    fn observe(&self, happened: &NewInteraction<'_>) {
        let mut boards = self.boards.write();
        let boards = &mut *boards;
        let known = self.slot(boards, happened.product);
        let slot = known.unwrap_or_else(|| boards.newcomer(happened.product, self.vocabulary.len()));
        let newest = boards.newest.map_or(happened.time, |newest| newest.max(happened.time));
        boards.newest = Some(newest);
        let worth = worth(happened.kind) * kept(newest.days_since(happened.time));
        boards.general.add(slot, worth);
        // What is made for nobody in particular counts in every segment.
        let made_for = self.audiences.get(slot as usize).copied().flatten();
        for (audience, board) in SEGMENTS.iter().zip(&mut boards.segments) {
            if let Some(board) = board.as_mut().filter(|_| made_for.is_none_or(|made_for| made_for == *audience)) {
                board.add(slot, worth);
            }
        }
    }
}

/// How much of an act of such an age counts, over the half-lives.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a weight needs no more digits")]
fn kept(days: f64) -> f32 {
    let sum: f64 = HALF_LIVES.iter().map(|half_life| (-days.max(0.0) / half_life).exp2()).sum();
    (sum / HALF_LIVES.len() as f64) as f32
}

#[cfg(test)]
mod tests;
