//! Embeddings: products as points, near where they are touched near each other, also where they never were together.
//!
//! The truncated eigen-decomposition of the logarithm of how much more often than by chance two products stand near each
//! other (positive pointwise mutual information: Levy and Goldberg, "Neural word embedding as implicit matrix factorization",
//! 2014), by subspace iteration from a random start (Halko, Martinsson and Tropp 2011). What is new since the training has
//! no point and scores zero.

use std::{hint::black_box, sync::Arc};

use pulp::{Arch, Simd, WithSimd};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, RequestContext, Source, SourceError},
};
use crate::models::{
    data::{
        cooccurrence::Pairs,
        item_index::{Item, ItemIndex},
        sessions,
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

mod subspace;

use subspace::{Symmetric, leading};

/// Numbers of a point.
pub const WIDTH: usize = 64;
/// Places between two products that are counted at most, and after how many a pair counts `1 / e`.
const WINDOW: usize = 5;
const FADE: f32 = 2.0;
/// Exponent on how often a product stands near others: below one, rare products gain less.
const SMOOTHING: f32 = 0.75;
/// Exponent on the eigenvalues.
const SPREAD: f64 = 0.5;

/// A direction for each product; zero for those that never stood near another. In bytes, so that a point is one line of the
/// processor's cache: what it loses in angle is less than a hundredth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Embeddings {
    points: Vec<i8>,
}

impl Embeddings {
    /// Learns from sequences of items below `items`. The same sequences and seed give the same points.
    pub fn learn<'a>(sequences: impl IntoIterator<Item = &'a [Item]>, items: usize, seed: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few places")]
        let pairs =
            Pairs::<1>::count(sequences, items, WINDOW, |gap| [(-(gap.unsigned_abs() as f32 - 1.0) / FADE).exp()]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (values, vectors) = leading(&closeness(&pairs), WIDTH, || rng.gen_range(-1.0..1.0));
        #[expect(clippy::cast_possible_truncation, reason = "a point needs no more digits")]
        let scales: Vec<f32> = values.iter().map(|value| value.max(0.0).powf(SPREAD) as f32).collect();
        let mut points = Vec::with_capacity(vectors.len());
        for point in vectors.chunks_exact(WIDTH) {
            let scaled: [f32; WIDTH] = std::array::from_fn(|at| point[at] * scales[at]);
            points.extend(in_bytes(&scaled));
        }
        Self { points }
    }

    /// As a row of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.u8("embeddings", self.points.iter().map(|number| number.cast_unsigned()));
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it is not a point for each.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let points: Vec<i8> = tensors.u8("embeddings")?.iter().map(|byte| byte.cast_signed()).collect();
        let whole = points.len() == items * WIDTH;
        whole.then_some(Self { points }).ok_or_else(|| damaged("embeddings is not a point for each product"))
    }

    /// The point of a product; none where it is not known.
    pub fn of(&self, item: Item) -> Option<&[i8]> {
        self.points.chunks_exact(WIDTH).nth(item as usize)
    }
}

/// How much more often than by chance.
fn closeness(pairs: &Pairs<1>) -> Symmetric {
    let items = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    let smooth = |item| pairs.of(item).map(|(_, [sum])| sum).sum::<f32>().powf(SMOOTHING);
    let sizes: Vec<f32> = (0..items).map(smooth).collect();
    let all: f32 = sizes.iter().sum();
    Symmetric::new((0..items).map(|item| {
        let size = sizes[item as usize];
        let others = pairs.of(item).filter(move |(other, _)| *other != item);
        others.map(|(other, [sum])| (other, (sum * all / (size * sizes[other as usize])).ln_1p())).collect()
    }))
}

/// As large as bytes can be, in the same direction.
#[expect(clippy::cast_possible_truncation, reason = "scaled to the range of a byte")]
fn in_bytes(point: &[f32; WIDTH]) -> [i8; WIDTH] {
    let largest = point.iter().fold(f32::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    point.map(|number| (number / largest * f32::from(i8::MAX)).round() as i8)
}

/// Of length one; zero stays.
fn direction(point: &[i8]) -> [f32; WIDTH] {
    let numbers: [f32; WIDTH] = std::array::from_fn(|at| point.get(at).copied().map_or(0.0, f32::from));
    to_length_one(numbers)
}

fn to_length_one(mut point: [f32; WIDTH]) -> [f32; WIDTH] {
    let length = point.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut point {
            *number /= length;
        }
    }
    point
}

/// The cosines of a point with two directions.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]
#[inline(always)]
fn cosines(directions: [&[f32; WIDTH]; 2], point: &[i8]) -> [f32; 2] {
    let mut numbers = [0.0_f32; WIDTH];
    for (number, byte) in numbers.iter_mut().zip(point) {
        *number = f32::from(*byte);
    }
    let square = dot(&numbers, &numbers);
    let scale = if square > 0.0 { square.sqrt().recip() } else { 0.0 };
    [dot(&numbers, directions[0]) * scale, dot(&numbers, directions[1]) * scale]
}

/// Eight sums side by side: one would wait for itself.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]
#[inline(always)]
fn dot(a: &[f32; WIDTH], b: &[f32; WIDTH]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

/// Touches of the visit, the newest, that make its point, and steps back after which one counts `1 / e`.
const VISIT: usize = 10;
const VISIT_FADE: f32 = 2.0;
const SIGNALS: [&str; 2] = ["visit", "last"];

/// Rows of products, in a loop that is compiled for the processor at hand.
struct Near<'a> {
    source: &'a Nearness,
    directions: [&'a [f32; WIDTH]; 2],
    products: &'a [ProductIx],
    rows: &'a mut [f32],
}

impl WithSimd for Near<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Nearness { vocabulary, embeddings } = self.source;
        // Looks at each once before: these looks do not wait for one another, as those that multiply do.
        let points = self.products.iter().filter_map(|product| embeddings.of(vocabulary.item(*product)?)?.first());
        black_box(points.fold(0, |all, number| all ^ number));
        for (product, row) in self.products.iter().zip(self.rows.chunks_exact_mut(SIGNALS.len())) {
            if let Some(point) = vocabulary.item(*product).and_then(|item| embeddings.of(item)) {
                row.copy_from_slice(&cosines(self.directions, point));
            }
        }
    }
}

/// How near products are to the visit. Brings none: all that is near enough was mostly together with something, too, and
/// looking at every product costs more than it gives.
#[derive(Debug)]
pub struct Nearness {
    vocabulary: Arc<ItemIndex>,
    embeddings: Arc<Embeddings>,
}

impl Nearness {
    /// Serves what was learned.
    pub const fn new(vocabulary: Arc<ItemIndex>, embeddings: Arc<Embeddings>) -> Self {
        Self { vocabulary, embeddings }
    }
}

impl Source for Nearness {
    fn name(&self) -> &'static str {
        "embeddings"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let visit = sessions::known(&context.history.visit, &self.vocabulary);
        let Some(last) = visit.last().and_then(|item| self.embeddings.of(*item)).map(direction) else { return Ok(()) };
        let mut whole = [0.0_f32; WIDTH];
        #[expect(clippy::cast_precision_loss, reason = "a few steps")]
        for (back, item) in visit.iter().rev().take(VISIT).enumerate() {
            let weight = (-(back as f32) / VISIT_FADE).exp();
            let point = direction(self.embeddings.of(*item).unwrap_or_default());
            whole.iter_mut().zip(point).for_each(|(sum, number)| *sum += weight * number);
        }
        let whole = to_length_one(whole);
        Arch::new().dispatch(Near { source: self, directions: [&whole, &last], products, rows });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id,
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::{UserHistory, fixture},
    };

    /// Two groups of products that are never in one session; 9 is in none.
    fn sessions() -> Vec<Vec<Item>> {
        (0..40)
            .map(|n| (0..4).map(|step| (n * 7 + step * (1 + n / 8)) % 4 + if n % 2 == 0 { 0 } else { 4 }).collect())
            .collect()
    }

    #[test]
    fn what_stands_near_each_other_is_near() {
        let all = sessions();
        let learn = |seed| Embeddings::learn(all.iter().map(Vec::as_slice), 10, seed);
        let embeddings = learn(1);
        let near = |a, b| {
            let a = direction(embeddings.of(a).unwrap());
            cosines([&a, &[0.0; WIDTH]], embeddings.of(b).unwrap())[0]
        };
        assert!(near(0, 1) > 0.5 && near(5, 7) > 0.5, "{} {}", near(0, 1), near(5, 7));
        assert!(near(0, 5).abs() < 0.1 && near(9, 0).abs() < 1e-6 && (near(3, 3) - 1.0).abs() < 1e-5);
        assert!(embeddings.of(9).is_some() && embeddings.of(10).is_none());
        assert_eq!(learn(1), embeddings);
        assert_eq!(Embeddings::learn([], 0, 1), Embeddings::default());
    }

    #[test]
    fn a_visit_is_where_its_newest_products_are() {
        let all = sessions();
        let ids = Ids::default();
        let names = (0..10).map(|item| Id::new(format!("{item}")).unwrap()).collect();
        let vocabulary = Arc::new(ItemIndex::new(names, &ids));
        let product = |item| vocabulary.product(item);
        let nearness =
            Nearness::new(Arc::clone(&vocabulary), Arc::new(Embeddings::learn(all.iter().map(Vec::as_slice), 10, 1)));
        let (catalog, profile) = (Snapshot::default(), Profile::default());
        let rows = |visit: &[Item]| {
            let history =
                UserHistory { visit: visit.iter().map(|item| product(*item)).collect(), ..UserHistory::default() };
            let context = RequestContext { history: &history, ..fixture::context(&catalog, &ids, &profile) };
            let mut rows = vec![0.0; 6];
            nearness
                .fill(&context, &[product(1), product(6), ProductIx(77)], &mut rows, &mut Evidence::default())
                .unwrap();
            rows
        };
        let found = rows(&[4, 4, 0]);
        assert!(found[0] > 0.5 && found[1] > 0.5 && found[3].abs() < 0.1 && found[2] > found[3], "{found:?}");
        assert_eq!((found[4], found[5]), (0.0, 0.0));
        assert_eq!(rows(&[]), [0.0; 6]);
    }
}
