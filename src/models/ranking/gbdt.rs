//! Gradient boosting on histograms, our own: regression trees added one by one along the gradient of a loss (Friedman 2001;
//! second order, as in `XGBoost`, Chen and Guestrin 2016), for ranking (`models::ranking`) and for fit.
//!
//! ```text
//! rows -> Cuts -> Binned --+
//!                          +-> boost(.., &loss, held, &settings) -> Boosted { forest, rounds, figures } -> Forest
//! Softmax | Logistic | .. -+
//! ```
//!
//! - Symmetric trees score a block of rows very quickly; depth-wise ones fit tables of single rows more closely.
//! - The same rows, settings and seed give the same forest on any number of threads.
//! - A missing number (NaN) is below every other one. There are no categories and no monotone constraints.
//!
//! What this does not know: questions, metrics and what a feature means (`models::ranking`).

pub mod bins;
pub mod forest;
mod grow;
pub mod loss;
pub(crate) mod sample;

use bins::Binned;
use forest::Forest;
use loss::{Held, Loss, Slope};
use sample::mixed;

/// A table, row-major.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Rows times width.
    pub values: &'a [f32],
    /// Features, at least one.
    pub width: usize,
}

impl<'a> Rows<'a> {
    /// Rows.
    pub fn len(self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Without rows.
    pub fn is_empty(self) -> bool {
        self.values.is_empty()
    }

    /// One of them.
    pub fn row(self, row: usize) -> &'a [f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

/// How a tree may branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One split for all nodes of a level.
    Symmetric,
    /// A split of its own for each node.
    DepthWise,
}

/// Levels of a tree at most: its leaves are counted in a byte.
pub const DEEPEST: usize = 8;

/// How a forest is grown.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Trees an output, at most.
    pub rounds: usize,
    /// Levels, 1 to [`DEEPEST`].
    pub depth: usize,
    /// Of all trees.
    pub shape: Shape,
    /// What each step is multiplied with.
    pub shrinkage: f32,
    /// Added to the second derivatives of a leaf (L2).
    pub penalty: f32,
    /// Second derivatives that each side of a split must have.
    pub least: f32,
    /// Share of the rows that a tree is grown from; leaves are fitted to all of them.
    pub rows: f32,
    /// Share of the features that a tree may use.
    pub columns: f32,
    /// Rounds without a better figure of the held rows, after which it ends.
    pub patience: usize,
    /// Rounds between two looks at the held rows.
    pub every: usize,
    /// Of all that is drawn by chance.
    pub seed: u64,
    /// Changes nothing but the time.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rounds: 100,
            depth: 6,
            shape: Shape::Symmetric,
            shrinkage: 0.1,
            penalty: 1.0,
            least: 1.0,
            rows: 1.0,
            columns: 1.0,
            patience: 30,
            every: 5,
            seed: 0,
            threads: 2,
        }
    }
}

/// A forest, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// As long as it was best on the held rows.
    pub forest: Forest,
    /// Of these rounds.
    pub rounds: usize,
    /// Rounds and the figure of the held rows after them.
    pub figures: Vec<(usize, f64)>,
}

impl Boosted {
    /// The figure of the held rows around the rounds that were kept.
    pub fn figure(&self) -> Option<f64> {
        let at = self.figures.iter().position(|(rounds, _)| *rounds == self.rounds)?;
        Some(around(&self.figures, at))
    }
}

/// Grows a forest on top of `start` (row-major scores of a former model; empty for none, then of the loss's base).
///
/// With held rows it ends early and is cut back to its best round. Everything out of range in the settings is brought into it.
pub fn boost(data: &Binned, start: &[f32], loss: &dyn Loss, held: Option<&Held<'_>>, settings: &Settings) -> Boosted {
    let settings = &Settings { depth: settings.depth.clamp(1, DEEPEST), ..settings.clone() };
    let outputs = loss.outputs();
    let base = if start.is_empty() { loss.base() } else { vec![0.0; outputs] };
    let mut scores = begin(data.len(), start, &base);
    let mut watched = held.map(|held| Watched { held, scores: begin(held.data.len(), held.start, &base) });
    let mut slopes = vec![Slope::default(); scores.len()];
    let mut forest = Forest::new(settings.shape, settings.depth, data.width(), base);
    let mut figures: Vec<(usize, f64)> = Vec::new();
    let (mut drawn, mut leaves) = (Vec::new(), Vec::new());
    for round in 0..=settings.rounds {
        if let Some(watched) = &watched
            && (round % settings.every.max(1) == 0 || round == settings.rounds)
        {
            let figure = (watched.held.judge)(&watched.scores);
            figures.push((round, figure));
            if best(&figures).is_some_and(|since| round >= since + settings.patience) {
                break;
            }
        }
        if round == settings.rounds {
            break;
        }
        loss.derive(&scores, &mut slopes);
        let seed = mixed(settings.seed ^ ((round as u64) << 32));
        sample::draw(&slopes, outputs, settings.rows, seed, &mut drawn);
        for output in 0..outputs {
            let columns = columns(data.width(), settings.columns, mixed(seed ^ output as u64));
            let tree = grow::grow(data, settings, &columns, &drawn, |one| slopes[one.row as usize * outputs + output]);
            tree.leaves(data, &mut leaves);
            let fitted = fit(&tree, &leaves, slopes.chunks_exact(outputs).map(|row| row[output]), settings);
            add(&fitted.values, &leaves, &mut scores, outputs, output);
            if let Some(watched) = &mut watched {
                tree.leaves(watched.held.data, &mut leaves);
                add(&fitted.values, &leaves, &mut watched.scores, outputs, output);
            }
            forest.push(&tree, data.cuts(), &fitted);
        }
    }
    let rounds = best(&figures).unwrap_or(settings.rounds);
    forest.keep(rounds);
    Boosted { forest, rounds, figures }
}

/// The mean of a look and its neighbours: the best single look of many is mostly luck.
fn around(figures: &[(usize, f64)], at: usize) -> f64 {
    let near = &figures[at.saturating_sub(1)..figures.len().min(at + 2)];
    let count: f64 = near.iter().map(|_| 1.0).sum();
    near.iter().map(|(_, figure)| figure).sum::<f64>() / count
}

/// The first round of the best looks.
fn best(figures: &[(usize, f64)]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, (rounds, _)) in figures.iter().enumerate() {
        let figure = around(figures, at);
        if best.is_none_or(|(_, former)| figure > former) {
            best = Some((*rounds, figure));
        }
    }
    best.map(|(rounds, _)| rounds)
}

struct Watched<'a> {
    held: &'a Held<'a>,
    scores: Vec<f32>,
}

fn begin(rows: usize, start: &[f32], base: &[f32]) -> Vec<f32> {
    if start.is_empty() { base.repeat(rows) } else { start.to_vec() }
}

/// What the leaves of a tree add to a score, and how many rows each holds.
pub(crate) struct Fitted {
    values: Vec<f32>,
    covers: Vec<f32>,
}

/// One Newton step in each leaf, from all rows.
fn fit(tree: &grow::Tree, leaves: &[u8], slopes: impl Iterator<Item = Slope>, settings: &Settings) -> Fitted {
    let mut sums = [(0.0_f64, 0.0_f64, 0_u32); 1 << DEEPEST];
    for (leaf, slope) in leaves.iter().zip(slopes) {
        let sum = &mut sums[usize::from(*leaf)];
        sum.0 += f64::from(slope.gradient);
        sum.1 += f64::from(slope.hessian);
        sum.2 += 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a step needs no more digits")]
    let step = |leaf: usize| {
        let (gradient, hessian, _) = sums[tree.stands_for(leaf)];
        let below = hessian + f64::from(settings.penalty);
        let step = if below > 0.0 { -gradient / below } else { 0.0 };
        (step * f64::from(settings.shrinkage)) as f32
    };
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    let cover = |leaf: usize| sums[leaf].2 as f32;
    let all = 0..1 << tree.depth;
    Fitted { values: all.clone().map(step).collect(), covers: all.map(cover).collect() }
}

/// Adds a tree to one of the outputs.
fn add(values: &[f32], leaves: &[u8], scores: &mut [f32], outputs: usize, output: usize) {
    for (scores, leaf) in scores.chunks_exact_mut(outputs).zip(leaves) {
        scores[output] += values[usize::from(*leaf)];
    }
}

/// Some of the features, ascending, at least one.
fn columns(width: usize, share: f32, seed: u64) -> Vec<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
    let count = ((width as f32 * share).round() as usize).clamp(1, width.max(1));
    let mut columns: Vec<usize> = (0..width).collect();
    if count < width {
        columns.sort_by_key(|column| mixed(seed ^ ((*column as u64) << 40)));
        columns.truncate(count);
        columns.sort_unstable();
    }
    columns
}

#[cfg(test)]
mod tests;
