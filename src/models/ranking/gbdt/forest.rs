//! A grown forest: scores, the exact part of each feature in a score, and flat arrays to be kept in a file.
//!
//! The part of a feature is what the expectation of the trees moved by at its splits on the way down (Saabas 2014): exact in
//! that parts and the expectation add up to the score, and quick. It is not Shapley's value: of two features that say the same
//! thing the upper one gets the credit.

#![expect(clippy::cast_possible_truncation, reason = "sums are made in f64 and kept in f32; counts are below 2^32")]
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor at hand")]

use std::collections::BTreeMap;

use pulp::{Arch, Simd, WithSimd, cast};
use thiserror::Error;

use crate::models::ranking::gbdt::{DEEPEST, Fitted, Shape, bins::Cuts, grow::Tree};

/// Rows that a symmetric tree is evaluated on at a time.
const LANES: usize = 32;
/// Numbers that `shape` holds.
const SHAPE: usize = 5;

/// Trees, all of one depth. Trees of several outputs take turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    shape: Shape,
    depth: usize,
    width: usize,
    base: Vec<f32>,
    features: Vec<u32>,
    thresholds: Vec<f32>,
    values: Vec<f32>,
    covers: Vec<f32>,
    /// What the leaves under each node come to in the mean, the root of a tree at 1 of its places, its children at 2 and 3:
    /// not kept in files.
    means: Vec<f64>,
}

/// Named flat arrays, as a file keeps them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrays {
    /// Whole numbers.
    pub whole: BTreeMap<String, Vec<u32>>,
    /// Other numbers.
    pub real: BTreeMap<String, Vec<f32>>,
}

/// Arrays that are no model.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("the array `{array}` {wrong}")]
pub struct Damaged {
    /// Which.
    pub array: String,
    /// How.
    pub wrong: &'static str,
}

impl Arrays {
    /// Takes a whole array out.
    pub fn take_whole(&mut self, name: &str) -> Result<Vec<u32>, Damaged> {
        self.whole.remove(name).ok_or_else(|| damaged(name, "is missing"))
    }

    /// Takes an array out; all of it is finite.
    pub fn take_real(&mut self, name: &str) -> Result<Vec<f32>, Damaged> {
        let array = self.real.remove(name).ok_or_else(|| damaged(name, "is missing"))?;
        if array.iter().all(|value| value.is_finite()) { Ok(array) } else { Err(damaged(name, "is not finite")) }
    }
}

/// An error that names the array.
pub fn damaged(array: &str, wrong: &'static str) -> Damaged {
    Damaged { array: array.to_owned(), wrong }
}

impl Forest {
    /// Without trees.
    pub(super) fn new(shape: Shape, depth: usize, width: usize, base: Vec<f32>) -> Self {
        let (features, thresholds, values, covers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { shape, depth, width, base, features, thresholds, values, covers, means: Vec::new() }
    }

    pub(super) fn push(&mut self, tree: &Tree, cuts: &Cuts, fitted: &Fitted) {
        for split in &tree.splits {
            let cut = cuts.of_feature(split.feature as usize).get(usize::from(split.bin));
            self.features.push(split.feature);
            // Where there is no split both sides hold the same, so that it does not matter what is above.
            self.thresholds.push(cut.copied().unwrap_or(f32::MAX));
        }
        self.values.extend_from_slice(&fitted.values);
        self.covers.extend_from_slice(&fitted.covers);
        self.means.extend(means(&fitted.values, &fitted.covers));
    }

    /// Keeps the trees of the first rounds.
    pub(super) fn keep(&mut self, rounds: usize) {
        let trees = rounds * self.outputs();
        self.features.truncate(trees * self.splits());
        self.thresholds.truncate(trees * self.splits());
        self.values.truncate(trees << self.depth);
        self.covers.truncate(trees << self.depth);
        self.means.truncate(trees << (self.depth + 1));
    }

    /// Splits of a tree.
    fn splits(&self) -> usize {
        splits(self.shape, self.depth)
    }

    /// Whether a tree turns on the feature: one above a place without a split does not.
    pub fn splits_on(&self, feature: usize) -> bool {
        let splits = self.features.iter().zip(&self.thresholds);
        splits.into_iter().any(|(one, threshold)| *one as usize == feature && *threshold < f32::MAX)
    }

    /// The same trees over rows of these features alone, ascending, which hold all that trees turn on.
    pub fn narrowed(&self, features: &[usize]) -> Self {
        // What is above a place without a split is not looked at.
        let place = |feature: &u32| features.binary_search(&(*feature as usize)).unwrap_or(0) as u32;
        Self { width: features.len(), features: self.features.iter().map(place).collect(), ..self.clone() }
    }

    /// Features of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Scores of a row.
    pub fn outputs(&self) -> usize {
        self.base.len()
    }

    /// Of all outputs.
    pub fn trees(&self) -> usize {
        self.values.len() >> self.depth
    }

    /// Adds the scores of rows (row-major, rows times width) to `scores` (row-major, rows times outputs).
    ///
    /// A row's score does not depend on the rows beside it.
    pub fn add(&self, rows: &[f32], scores: &mut [f32]) {
        let outputs = self.outputs();
        for scores in scores.chunks_exact_mut(outputs) {
            for (score, base) in scores.iter_mut().zip(&self.base) {
                *score += base;
            }
        }
        match self.shape {
            Shape::DepthWise => self.add_by_row(rows, scores),
            Shape::Symmetric => match Arch::new() {
                #[cfg(target_arch = "x86_64")]
                Arch::V4(simd) => Simd::vectorize(simd, ByBlocks { forest: self, rows, scores, look_up: simd }),
                arch => arch.dispatch(ByBlocks { forest: self, rows, scores, look_up: InMemory }),
            },
        }
    }

    fn add_by_row(&self, rows: &[f32], scores: &mut [f32]) {
        let outputs = self.outputs();
        for (row, scores) in rows.chunks_exact(self.width).zip(scores.chunks_exact_mut(outputs)) {
            for tree in 0..self.trees() {
                scores[tree % outputs] += self.values[(tree << self.depth) + self.leaf(tree, row, |_, _, _| {})];
            }
        }
    }

    /// The leaf of a row in a tree; tells of each turn: the feature, the level that it leads to, and the node there.
    fn leaf(&self, tree: usize, row: &[f32], mut turned: impl FnMut(usize, usize, usize)) -> usize {
        let first = tree * self.splits();
        let mut node = 0;
        for level in 0..self.depth {
            let split = first
                + match self.shape {
                    Shape::Symmetric => level,
                    Shape::DepthWise => (1 << level) - 1 + node,
                };
            let feature = self.features[split] as usize;
            node = node * 2 + usize::from(row[feature] > self.thresholds[split]);
            turned(feature, level + 1, node);
        }
        node
    }

    /// What a score is made of where nothing is known: the same for all rows.
    pub fn expected(&self, output: usize) -> f32 {
        let trees = (output..self.trees()).step_by(self.outputs());
        let sum: f64 = trees.map(|tree| self.mean(tree, 0, 0)).sum();
        (f64::from(self.base[output]) + sum) as f32
    }

    /// The part of each feature in an output of each row. With [`Forest::expected`] those of a row add up to it.
    pub fn parts(&self, rows: &[f32], output: usize) -> Vec<f32> {
        let mut parts = vec![0.0_f64; rows.len()];
        // Tree by tree, since one is near when the next row goes down it, and all of them together are not.
        for tree in (output..self.trees()).step_by(self.outputs()) {
            for (row, parts) in rows.chunks_exact(self.width).zip(parts.chunks_exact_mut(self.width)) {
                let mut former = self.mean(tree, 0, 0);
                self.leaf(tree, row, |feature, level, node| {
                    let mean = self.mean(tree, level, node);
                    parts[feature] += mean - former;
                    former = mean;
                });
            }
        }
        parts.into_iter().map(|part| part as f32).collect()
    }

    /// How much the splits of each feature move scores: of all outputs the sum over rows of the squared moves.
    pub fn gains(&self) -> Vec<f64> {
        let mut gains = vec![0.0; self.width];
        for tree in 0..self.trees() {
            let leaves = &self.covers[tree << self.depth..(tree + 1) << self.depth];
            for level in 0..self.depth {
                let under = leaves.len() >> (level + 1);
                for (child, rows) in leaves.chunks_exact(under).enumerate() {
                    let split = tree * self.splits()
                        + match self.shape {
                            Shape::Symmetric => level,
                            Shape::DepthWise => (1 << level) - 1 + child / 2,
                        };
                    let moved = self.mean(tree, level + 1, child) - self.mean(tree, level, child / 2);
                    let rows: f64 = rows.iter().map(|rows| f64::from(*rows)).sum();
                    gains[self.features[split] as usize] += rows * moved * moved;
                }
            }
        }
        gains
    }

    /// The same over wider rows, in which its features stand at these places.
    pub fn widened(&self, places: &[u32], width: usize) -> Self {
        let features = self.features.iter().map(|feature| places[*feature as usize]).collect();
        Self { width, features, ..self.clone() }
    }

    /// The mean of the leaves under a node, both from 0.
    fn mean(&self, tree: usize, level: usize, node: usize) -> f64 {
        self.means[(tree << (self.depth + 1)) + (1 << level) + node]
    }

    /// As flat arrays.
    pub fn to_arrays(&self) -> Arrays {
        let symmetric = u32::from(self.shape == Shape::Symmetric);
        let count = |n: usize| n as u32;
        let shape = vec![symmetric, count(self.depth), count(self.width), count(self.outputs()), count(self.trees())];
        let whole = [("shape", shape), ("features", self.features.clone())];
        let real = [
            ("base", self.base.clone()),
            ("thresholds", self.thresholds.clone()),
            ("values", self.values.clone()),
            ("covers", self.covers.clone()),
        ];
        Arrays {
            whole: whole.into_iter().map(|(name, array)| (name.to_owned(), array)).collect(),
            real: real.into_iter().map(|(name, array)| (name.to_owned(), array)).collect(),
        }
    }

    /// From flat arrays, of which every length and every number is checked: what comes out can be scored without a panic.
    pub fn from_arrays(arrays: &mut Arrays) -> Result<Self, Damaged> {
        let shape = arrays.take_whole("shape")?;
        let Ok([symmetric, depth, width, outputs, trees]) = <[u32; SHAPE]>::try_from(shape) else {
            return Err(damaged("shape", "does not have five numbers"));
        };
        if symmetric > 1 || !(1..=DEEPEST as u32).contains(&depth) || width == 0 || outputs == 0 || trees % outputs != 0
        {
            return Err(damaged("shape", "is out of range"));
        }
        let shape = if symmetric == 1 { Shape::Symmetric } else { Shape::DepthWise };
        let [depth, width, outputs, trees] = [depth, width, outputs, trees].map(|n| n as usize);
        let inner = trees.checked_mul(splits(shape, depth));
        let leaves = trees.checked_mul(1 << depth);
        let features = arrays.take_whole("features")?;
        if features.iter().any(|feature| *feature as usize >= width) {
            return Err(damaged("features", "names a feature that there is not"));
        }
        let long = |name: &str, array: usize, wanted: Option<usize>| {
            if Some(array) == wanted { Ok(()) } else { Err(damaged(name, "has another length than the shape says")) }
        };
        long("features", features.len(), inner)?;
        let mut real = |name: &str, wanted: Option<usize>| {
            let array = arrays.take_real(name)?;
            long(name, array.len(), wanted).map(|()| array)
        };
        let base = real("base", Some(outputs))?;
        let thresholds = real("thresholds", inner)?;
        let values = real("values", leaves)?;
        let covers = real("covers", leaves)?;
        if covers.iter().any(|cover| *cover < 0.0) {
            return Err(damaged("covers", "has a number below zero"));
        }
        let trees = values.chunks_exact(1 << depth).zip(covers.chunks_exact(1 << depth));
        let means = trees.flat_map(|(values, covers)| means(values, covers)).collect();
        Ok(Self { shape, depth, width, base, features, thresholds, values, covers, means })
    }
}

/// Rows in blocks through symmetric trees. A type of its own and not a closure, since only what is inlined is compiled for the
/// processor at hand, and a closure of this size is not.
struct ByBlocks<'a, L> {
    forest: &'a Forest,
    rows: &'a [f32],
    scores: &'a mut [f32],
    look_up: L,
}

/// Finds what stands in the leaves that the rows of a block came to.
trait LookUp: Copy {
    fn look_up<const LEAVES: usize>(self, values: &[f32; LEAVES], leaves: [u32; LANES]) -> [f32; LANES];
}

/// As any processor can.
#[derive(Clone, Copy)]
struct InMemory;

impl LookUp for InMemory {
    /// How many leaves there are is known here, so that they are looked up side by side.
    #[inline(always)]
    fn look_up<const LEAVES: usize>(self, values: &[f32; LEAVES], leaves: [u32; LANES]) -> [f32; LANES] {
        leaves.map(|leaf| values[leaf as usize % LEAVES])
    }
}

#[cfg(target_arch = "x86_64")]
impl LookUp for pulp::x86::V4 {
    /// The leaves of a tree of five levels fill two registers, which one instruction picks from; of six, four.
    #[inline(always)]
    fn look_up<const LEAVES: usize>(self, values: &[f32; LEAVES], leaves: [u32; LANES]) -> [f32; LANES] {
        let (halves, []) = values.as_chunks::<32>() else { return InMemory.look_up(values, leaves) };
        let mut found = [0.0; LANES];
        for (found, leaves) in found.as_chunks_mut::<16>().0.iter_mut().zip(leaves.as_chunks::<16>().0) {
            match halves {
                [all] => *found = pick(self, all, *leaves),
                [left, right] => {
                    let is_right = self.avx512f._mm512_test_epi32_mask(cast(*leaves), cast([32_u32; 16]));
                    let (left, right) = (pick(self, left, *leaves), pick(self, right, *leaves));
                    *found = cast(self.avx512f._mm512_mask_blend_ps(is_right, cast(left), cast(right)));
                }
                _ => *found = leaves.map(|leaf| values[leaf as usize % LEAVES]),
            }
        }
        found
    }
}

/// Of 32 numbers those at the places that the lowest five bits name.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn pick(simd: pulp::x86::V4, values: &[f32; 32], places: [u32; 16]) -> [f32; 16] {
    let [first, second]: [[f32; 16]; 2] = cast(*values);
    cast(simd.avx512f._mm512_permutex2var_ps(cast(first), cast(places), cast(second)))
}

impl<L: LookUp> WithSimd for ByBlocks<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.forest.depth {
            1 => self.add::<1, 2>(),
            2 => self.add::<2, 4>(),
            3 => self.add::<3, 8>(),
            4 => self.add::<4, 16>(),
            5 => self.add::<5, 32>(),
            6 => self.add::<6, 64>(),
            7 => self.add::<7, 128>(),
            _ => self.add::<DEEPEST, { 1 << DEEPEST }>(),
        }
    }
}

impl<L: LookUp> ByBlocks<'_, L> {
    /// All lanes of a block go down a tree together: a level is one comparison each, without a branch.
    #[inline(always)]
    fn add<const DEPTH: usize, const LEAVES: usize>(self) {
        let Forest { width, features, thresholds, values, .. } = self.forest;
        let outputs = self.forest.outputs();
        let splits = features.as_chunks::<DEPTH>().0.iter().zip(thresholds.as_chunks::<DEPTH>().0);
        let trees = splits.zip(values.as_chunks::<LEAVES>().0);
        let mut columns = vec![[0.0_f32; LANES]; *width];
        let mut sums = vec![[0.0_f32; LANES]; outputs];
        let blocks = self.rows.chunks(LANES * width).zip(self.scores.chunks_mut(LANES * outputs));
        for (rows, scores) in blocks {
            for (lane, row) in rows.chunks_exact(*width).enumerate() {
                for (column, value) in columns.iter_mut().zip(row) {
                    column[lane] = *value;
                }
            }
            sums.fill([0.0; LANES]);
            for (output, ((features, thresholds), values)) in (0..outputs).cycle().zip(trees.clone()) {
                let mut leaves = [0_u32; LANES];
                let mut right = LEAVES as u32;
                for (feature, threshold) in features.iter().zip(thresholds) {
                    right /= 2;
                    for (leaf, value) in leaves.iter_mut().zip(&columns[*feature as usize]) {
                        // A sum, since what it is for is one operation for all lanes in trees of any depth, and `|=` is not.
                        *leaf += u32::from(*value > *threshold) * right;
                    }
                }
                let found = self.look_up.look_up(values, leaves);
                sums[output].iter_mut().zip(found).for_each(|(sum, value)| *sum += value);
            }
            for (lane, scores) in scores.chunks_exact_mut(outputs).enumerate() {
                scores.iter_mut().zip(&sums).for_each(|(score, sums)| *score += sums[lane]);
            }
        }
    }
}

/// The mean of the leaves under each node of a tree, by the rows that were in them; plain where there were none.
fn means(values: &[f32], covers: &[f32]) -> Vec<f64> {
    let leaves = values.len();
    let mut means = vec![0.0; 2 * leaves];
    for level in 0..=leaves.ilog2() {
        let under = leaves >> level;
        let nodes = values.chunks_exact(under).zip(covers.chunks_exact(under));
        for (mean, (values, covers)) in means[1 << level..].iter_mut().zip(nodes) {
            let rows: f64 = covers.iter().map(|cover| f64::from(*cover)).sum();
            *mean = if rows > 0.0 {
                values.iter().zip(covers).map(|(value, cover)| f64::from(*value) * f64::from(*cover)).sum::<f64>()
                    / rows
            } else {
                values.iter().map(|value| f64::from(*value)).sum::<f64>() / f64::from(under as u32)
            };
        }
    }
    means
}

fn splits(shape: Shape, depth: usize) -> usize {
    match shape {
        Shape::Symmetric => depth,
        Shape::DepthWise => (1 << depth) - 1,
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn check<const LEAVES: usize>() {
        let Arch::V4(simd) = Arch::new() else { return };
        let values: [f32; LEAVES] = std::array::from_fn(|leaf| f32::from(leaf as u8) - 7.0);
        let leaves: [u32; LANES] = std::array::from_fn(|lane| (lane * 37 % LEAVES) as u32);
        let [picked, read] = [simd.look_up(&values, leaves), InMemory.look_up(&values, leaves)];
        assert_eq!(picked.map(f32::to_bits), read.map(f32::to_bits), "{LEAVES}");
    }

    #[test]
    fn every_processor_finds_the_same_leaves() {
        check::<2>();
        check::<16>();
        check::<32>();
        check::<64>();
        check::<128>();
    }
}
