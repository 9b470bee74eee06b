//! Each product on its nearest: small regressions of their own, for catalogues whose square would not fit.

use crate::models::{
    data::{item_index::Item, neighbours::Neighbours},
    retrieval::regression::{Sample, Settings, keep_heaviest, ridge},
};

/// Products of one sample that are paired with others, the heaviest: bounds the time of counting.
const LONGEST: usize = 500;
/// What a regression's penalty is raised by where its pruned Gram matrix is not positive definite, and how often.
const RAISE: f64 = 4.0;
const RAISES: usize = 6;

/// As `regression::regress`, of the products that are to be foretold.
pub fn regress(samples: &[Sample], items: usize, settings: &Settings, foretells: impl Fn(Item) -> bool) -> Neighbours {
    let samples: Vec<Sample> = samples.iter().map(shortened).collect();
    let mut diagonal = vec![0.0_f32; items];
    for sample in &samples {
        for (item, value) in &sample.from {
            diagonal[*item as usize] += sample.weight * value * value;
        }
    }
    let penalty = f64::from(ridge(&diagonal, settings));
    let gram = pairs(&samples, &diagonal, settings.nearest, |sample| &sample.from);
    let same = samples.iter().all(|sample| sample.to.is_none());
    let cross = (!same)
        .then(|| pairs(&samples, &diagonal, settings.nearest, |sample| sample.to.as_deref().unwrap_or(&sample.from)));
    let mut lists: Vec<Vec<(Item, f32)>> = vec![Vec::new(); items];
    let mut small = Small::default();
    let mut wanted: Vec<(Item, f32)> = Vec::new();
    for to in (0..).take(items).filter(|to| foretells(*to)) {
        wanted.clear();
        wanted.extend(cross.as_ref().unwrap_or(&gram).of(to));
        small.set(&wanted, &gram, &diagonal);
        for ((from, _), weight) in wanted.iter().zip(small.solve(penalty)) {
            lists[*from as usize].push((to, *weight));
        }
    }
    Neighbours::from_lists(lists.into_iter().map(|mut list| {
        keep_heaviest(&mut list, settings.keep);
        list
    }))
}

fn shortened(sample: &Sample) -> Sample {
    let short = |side: &[(Item, f32)]| {
        let mut side = side.to_vec();
        keep_heaviest(&mut side, LONGEST);
        side.sort_unstable_by_key(|(item, _)| *item);
        side
    };
    Sample { from: short(&sample.from), to: sample.to.as_deref().map(short), weight: sample.weight }
}

/// For each product of the other side, the products that it is found with most, by item, and how much. In one flat piece: lists of
/// their own would each keep the memory of all products that were met.
fn pairs<'a>(
    samples: &'a [Sample],
    diagonal: &[f32],
    nearest: usize,
    other: impl Fn(&'a Sample) -> &'a [(Item, f32)],
) -> Neighbours {
    let mut holders: Vec<Vec<(u32, f32)>> = vec![Vec::new(); diagonal.len()];
    for (number, sample) in (0..).zip(samples) {
        for (item, value) in other(sample) {
            holders[*item as usize].push((number, sample.weight * value));
        }
    }
    let mut sums = vec![0.0_f32; diagonal.len()];
    let mut touched: Vec<Item> = Vec::new();
    let list = |(to, holders): (Item, &Vec<(u32, f32)>)| {
        for (number, value) in holders {
            for (from, held) in samples[*number as usize].from.iter().filter(|(from, _)| *from != to) {
                let sum = &mut sums[*from as usize];
                if *sum == 0.0 {
                    touched.push(*from);
                }
                // The floor keeps a touched sum apart from an untouched one.
                *sum += (value * held).max(f32::MIN_POSITIVE);
            }
        }
        let mut close: Vec<(Item, f32)> = touched
            .iter()
            .map(|from| (*from, sums[*from as usize] / diagonal[*from as usize].sqrt().max(f32::MIN_POSITIVE)))
            .collect();
        keep_heaviest(&mut close, nearest);
        let mut list: Vec<(Item, f32)> = close.into_iter().map(|(from, _)| (from, sums[from as usize])).collect();
        list.sort_unstable_by_key(|(from, _)| *from);
        for from in touched.drain(..) {
            sums[from as usize] = 0.0;
        }
        list
    };
    Neighbours::from_lists((0..).zip(&holders).map(list))
}

/// One regression, in memory that is used again.
#[derive(Debug, Default)]
struct Small {
    size: usize,
    gram: Vec<f64>,
    wanted: Vec<f64>,
    factor: Vec<f64>,
    weights: Vec<f32>,
}

impl Small {
    /// Takes the rows of the Gram matrix that the product is to be foretold from. Pairs that were not kept count as none.
    fn set(&mut self, wanted: &[(Item, f32)], gram: &Neighbours, diagonal: &[f32]) {
        self.size = wanted.len();
        self.wanted.clear();
        self.wanted.extend(wanted.iter().map(|(_, value)| f64::from(*value)));
        self.gram.clear();
        self.gram.resize(self.size * self.size, 0.0);
        for (a, (item, _)) in wanted.iter().enumerate() {
            self.gram[a * self.size + a] = f64::from(diagonal[*item as usize]);
            let mut kept = gram.of(*item).peekable();
            for (b, (other, _)) in wanted.iter().enumerate() {
                while kept.next_if(|(item, _)| item < other).is_some() {}
                if let Some((_, value)) = kept.next_if(|(item, _)| item == other) {
                    // A pair may be kept on one side only; it is the same on both.
                    self.gram[a * self.size + b] = f64::from(value);
                    self.gram[b * self.size + a] = f64::from(value);
                }
            }
        }
    }

    /// The weights, one for each of the wanted. All zero where no penalty helps.
    fn solve(&mut self, penalty: f64) -> &[f32] {
        self.weights.clear();
        let mut raised = penalty;
        for _ in 0..RAISES {
            if self.factorise(raised) {
                self.substitute();
                return &self.weights;
            }
            raised *= RAISE;
        }
        self.weights.resize(self.size, 0.0);
        &self.weights
    }

    /// Cholesky; false where it is not positive definite.
    fn factorise(&mut self, penalty: f64) -> bool {
        let n = self.size;
        self.factor.clone_from(&self.gram);
        for i in 0..n {
            self.factor[i * n + i] += penalty;
        }
        for i in 0..n {
            let (above, rest) = self.factor.split_at_mut(i * n);
            for j in 0..i {
                let row = &above[j * n..=j * n + j];
                let sum: f64 = rest[..j].iter().zip(row).map(|(a, b)| a * b).sum();
                rest[j] = (rest[j] - sum) / row[j];
            }
            let sum: f64 = rest[..i].iter().map(|a| a * a).sum();
            let left = rest[i] - sum;
            if left <= 1e-9 * penalty {
                return false;
            }
            rest[i] = left.sqrt();
        }
        true
    }

    #[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
    fn substitute(&mut self) {
        let n = self.size;
        let mut solved = std::mem::take(&mut self.wanted);
        for i in 0..n {
            let sum: f64 = self.factor[i * n..i * n + i].iter().zip(&solved).map(|(a, b)| a * b).sum();
            solved[i] = (solved[i] - sum) / self.factor[i * n + i];
        }
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|k| self.factor[k * n + i] * solved[k]).sum();
            solved[i] = (solved[i] - sum) / self.factor[i * n + i];
        }
        self.weights.extend(solved.iter().map(|weight| *weight as f32));
        self.wanted = solved;
    }
}
