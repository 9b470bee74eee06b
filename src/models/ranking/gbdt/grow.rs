//! One tree, level by level, from histograms: symmetric (one split for all nodes of a level, as in `CatBoost`) or with a split
//! of its own for each node (as in `XGBoost`'s depth-wise growth).
//!
//! Gradients are summed as whole numbers: gradient and second derivative of a row in one 64-bit word. So the order of the
//! sums, and with it the number of threads, can't change a tree, and the larger of two siblings is the parent less the smaller.

#![expect(clippy::cast_possible_truncation, reason = "bins are below 256; words are taken apart on purpose")]

use crate::models::ranking::gbdt::{Settings, Shape, bins::Binned, loss::Slope, sample::Drawn};

/// Rows above this bin of the feature go right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Which.
    pub feature: u32,
    /// The highest that goes left.
    pub bin: u8,
}

impl Split {
    /// Everything goes left.
    pub const NONE: Self = Self { feature: 0, bin: u8::MAX };

    /// Whether it is one.
    pub fn is_none(self) -> bool {
        self.bin == u8::MAX
    }
}

/// Splits, of each level from the left: one a level where symmetric, else one a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// How they are to be read.
    pub shape: Shape,
    /// Levels.
    pub depth: usize,
    /// The first level first.
    pub splits: Vec<Split>,
}

impl Tree {
    /// The split of a node of a level, both from 0.
    fn split(&self, level: usize, node: usize) -> Split {
        match self.shape {
            Shape::Symmetric => self.splits[level],
            Shape::DepthWise => self.splits[(1 << level) - 1 + node],
        }
    }

    /// The leaf of each row: the turns from the root, the first as the highest bit.
    pub fn leaves(&self, data: &Binned, leaves: &mut Vec<u8>) {
        leaves.clear();
        leaves.resize(data.len(), 0);
        match self.shape {
            Shape::Symmetric => {
                for split in &self.splits {
                    let column = data.column(split.feature as usize);
                    for (leaf, bin) in leaves.iter_mut().zip(column) {
                        *leaf = (*leaf << 1) | u8::from(*bin > split.bin);
                    }
                }
            }
            Shape::DepthWise => {
                for level in 0..self.depth {
                    let first = (1 << level) - 1;
                    let splits: Vec<(&[u8], u8)> = self.splits[first..first + (1 << level)]
                        .iter()
                        .map(|split| (data.column(split.feature as usize), split.bin))
                        .collect();
                    for (row, leaf) in leaves.iter_mut().enumerate() {
                        let (column, bin) = splits[usize::from(*leaf)];
                        *leaf = (*leaf << 1) | u8::from(column[row] > bin);
                    }
                }
            }
        }
    }

    /// The leaf that rows really come to where this one stands behind a split that there is none of.
    pub fn stands_for(&self, leaf: usize) -> usize {
        (0..self.depth).fold(0, |node, level| {
            let turn = (leaf >> (self.depth - 1 - level)) & 1;
            node * 2 + if self.split(level, node).is_none() { 0 } else { turn }
        })
    }
}

/// Sums of one feature in one node, by bin.
type Histogram = [i64; 256];

/// What turns the whole numbers of a histogram back.
#[derive(Debug, Clone, Copy)]
struct Scale {
    gradient: f64,
    hessian: f64,
}

impl Scale {
    /// Sums of absolute values stay within 31 bits, so neither half of a word runs over.
    fn of(drawn: &[Drawn], slopes: impl Fn(&Drawn) -> Slope) -> Self {
        let (mut gradient, mut hessian) = (0.0_f64, 0.0_f64);
        for one in drawn {
            let (slope, weight) = (slopes(one), f64::from(one.weight));
            gradient += weight * f64::from(slope.gradient.abs());
            hessian += weight * f64::from(slope.hessian);
        }
        let scale = |sum: f64| if sum > 0.0 { f64::from(1_u32 << 29) / sum } else { 0.0 };
        Self { gradient: scale(gradient), hessian: scale(hessian) }
    }

    fn word(self, slope: Slope, weight: f32) -> i64 {
        let whole = |value: f32, scale: f64| (f64::from(value) * f64::from(weight) * scale).round() as i64;
        (whole(slope.gradient, self.gradient) << 32) + whole(slope.hessian, self.hessian)
    }

    fn sums(self, word: i64) -> (f64, f64) {
        let part = |whole: i32, scale: f64| if scale > 0.0 { f64::from(whole) / scale } else { 0.0 };
        (part((word >> 32) as i32, self.gradient), part(word as i32, self.hessian))
    }
}

/// How good a split of a feature is.
#[derive(Debug, Clone, Copy)]
struct Best {
    gain: f64,
    bin: u8,
}

/// What all levels of a tree share.
struct Grower<'a> {
    data: &'a Binned,
    settings: &'a Settings,
    columns: &'a [usize],
    scale: Scale,
    /// Drawn rows, those of a node together, in the order of the nodes.
    rows: Vec<u32>,
    words: Vec<i64>,
    /// Where the rows of each node end.
    ends: Vec<usize>,
}

/// Grows a tree for one of the outputs, of some of the features.
pub fn grow(
    data: &Binned,
    settings: &Settings,
    columns: &[usize],
    drawn: &[Drawn],
    slopes: impl Fn(&Drawn) -> Slope,
) -> Tree {
    let scale = Scale::of(drawn, &slopes);
    let mut grower = Grower {
        data,
        settings,
        columns,
        scale,
        rows: drawn.iter().map(|one| one.row).collect(),
        words: drawn.iter().map(|one| scale.word(slopes(one), one.weight)).collect(),
        ends: vec![drawn.len()],
    };
    let mut splits = Vec::new();
    let mut before = Vec::new();
    for level in 0..settings.depth {
        let (histograms, chosen) = grower.level(&before, 1 << level);
        before = histograms;
        let none = chosen.iter().all(|split| split.is_none());
        splits.extend_from_slice(&chosen);
        if none {
            break;
        }
        if level + 1 < settings.depth {
            grower.part(&chosen);
        }
    }
    let count = match settings.shape {
        Shape::Symmetric => settings.depth,
        Shape::DepthWise => (1 << settings.depth) - 1,
    };
    splits.resize(count, Split::NONE);
    Tree { shape: settings.shape, depth: settings.depth, splits }
}

impl Grower<'_> {
    /// Histograms of a level (by feature, then by node) and its splits.
    fn level(&self, before: &[Histogram], nodes: usize) -> (Vec<Histogram>, Vec<Split>) {
        let mut histograms = vec![[0_i64; 256]; self.columns.len() * nodes];
        let threads = if self.rows.len() * self.columns.len() < 50_000 { 1 } else { self.settings.threads.max(1) };
        let share = self.columns.len().div_ceil(threads).max(1);
        let mut found: Vec<Vec<Best>> = vec![Vec::new(); self.columns.len()];
        std::thread::scope(|scope| {
            let parts = histograms.chunks_mut(share * nodes).zip(found.chunks_mut(share)).enumerate();
            for (part, (histograms, found)) in parts {
                let first = part * share;
                let work = move || {
                    for (n, (histograms, found)) in histograms.chunks_mut(nodes).zip(found).enumerate() {
                        let place = first + n;
                        let parents = before.get(place * (nodes / 2)..(place + 1) * (nodes / 2)).unwrap_or(&[]);
                        self.fill(self.columns[place], parents, histograms);
                        *found = self.find(self.columns[place], histograms);
                    }
                };
                if first + share < self.columns.len() {
                    scope.spawn(work);
                } else {
                    work();
                }
            }
        });
        (histograms, self.choose(&found))
    }

    fn node(&self, node: usize) -> std::ops::Range<usize> {
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        start..self.ends[node]
    }

    /// Counts the rows of the smaller of two siblings; the other is what is left of the parent.
    fn fill(&self, feature: usize, parents: &[Histogram], histograms: &mut [Histogram]) {
        let column = self.data.column(feature);
        let count = |node: usize, histogram: &mut Histogram| {
            let range = self.node(node);
            for (row, word) in self.rows[range.clone()].iter().zip(&self.words[range]) {
                histogram[usize::from(column[*row as usize])] += word;
            }
        };
        if let [whole] = histograms {
            return count(0, whole);
        }
        for (pair, (parent, histograms)) in parents.iter().zip(histograms.chunks_exact_mut(2)).enumerate() {
            let (left, right) = (self.node(2 * pair).len(), self.node(2 * pair + 1).len());
            let (smaller, larger) = if left <= right { (0, 1) } else { (1, 0) };
            if left + right == 0 {
                continue;
            }
            count(2 * pair + smaller, &mut histograms[smaller]);
            let counted = histograms[smaller];
            for ((rest, whole), part) in histograms[larger].iter_mut().zip(parent).zip(&counted) {
                *rest = whole - part;
            }
        }
    }

    /// The best split of the feature: one for the level where symmetric, else one a node.
    fn find(&self, feature: usize, histograms: &[Histogram]) -> Vec<Best> {
        let bins = self.data.bins(feature);
        let mut gains = [0.0_f64; 256];
        let mut found = Vec::new();
        for histogram in histograms {
            self.gains(&histogram[..bins], &mut gains);
            if self.settings.shape == Shape::DepthWise {
                found.push(best(&gains[..bins - 1]));
                gains.fill(0.0);
            }
        }
        if self.settings.shape == Shape::Symmetric {
            found.push(best(&gains[..bins - 1]));
        }
        found
    }

    /// Adds what each split of the node would gain: halves of squared gradients over second derivatives, as in `XGBoost`.
    fn gains(&self, histogram: &[i64], gains: &mut [f64; 256]) {
        let (penalty, least) = (f64::from(self.settings.penalty), f64::from(self.settings.least));
        let total: i64 = histogram.iter().sum();
        if total == 0 {
            return;
        }
        let worth = |(gradient, hessian): (f64, f64)| gradient * gradient / (hessian + penalty);
        let whole = worth(self.scale.sums(total));
        let (mut left, mut gain) = (0_i64, 0.0);
        for (word, sum) in histogram[..histogram.len() - 1].iter().zip(gains.iter_mut()) {
            if *word != 0 {
                left += word;
                let (lower, upper) = (self.scale.sums(left), self.scale.sums(total - left));
                gain = if lower.1 >= least && upper.1 >= least { worth(lower) + worth(upper) - whole } else { 0.0 };
            }
            *sum += gain;
        }
    }

    /// Over all features; the first of equals.
    fn choose(&self, found: &[Vec<Best>]) -> Vec<Split> {
        let nodes = found.first().map_or(0, Vec::len);
        (0..nodes)
            .map(|node| {
                let mut chosen = Split::NONE;
                let mut most = LEAST_GAIN;
                for (feature, found) in self.columns.iter().zip(found) {
                    if found[node].gain > most {
                        most = found[node].gain;
                        chosen = Split { feature: *feature as u32, bin: found[node].bin };
                    }
                }
                chosen
            })
            .collect()
    }

    /// Puts the rows of each node's children together, each side in its former order.
    fn part(&mut self, chosen: &[Split]) {
        let mut ends = Vec::with_capacity(self.ends.len() * 2);
        let mut right: Vec<(u32, i64)> = Vec::new();
        for node in 0..self.ends.len() {
            let range = self.node(node);
            let split = if chosen.len() == 1 { chosen[0] } else { chosen[node] };
            let column = self.data.column(split.feature as usize);
            let mut next = range.start;
            right.clear();
            for at in range.clone() {
                let (row, word) = (self.rows[at], self.words[at]);
                if column[row as usize] > split.bin {
                    right.push((row, word));
                } else {
                    (self.rows[next], self.words[next]) = (row, word);
                    next += 1;
                }
            }
            for (at, (row, word)) in (next..range.end).zip(&right) {
                (self.rows[at], self.words[at]) = (*row, *word);
            }
            ends.extend([next, range.end]);
        }
        self.ends = ends;
    }
}

/// Less is the rounding of the sums.
const LEAST_GAIN: f64 = 1e-6;

/// The first of the best.
fn best(gains: &[f64]) -> Best {
    (0..).zip(gains).fold(Best { gain: 0.0, bin: u8::MAX }, |best, (bin, gain)| {
        if *gain > best.gain { Best { gain: *gain, bin } } else { best }
    })
}
