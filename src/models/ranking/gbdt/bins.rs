//! Features cut into at most 255 bins, so that a split is a place in a histogram: quantiles of a sample, with a bin of its own
//! for every value that is common.
//!
//! A number that is not there (NaN) is below every other one: it stands in the lowest bin, and a cut keeps it apart from the
//! smallest value. There are no categories here: a caller turns them into statistics.

#![expect(clippy::cast_possible_truncation, reason = "a bin is below 255, a sample below 2^32")]

use std::sync::Arc;

use crate::models::ranking::gbdt::{Rows, sample::mixed};

/// Bins of a feature at most: one more number, 255, is a split that nothing is above.
pub const BINS: usize = 255;
/// Rows that the quantiles are read from, at most.
const SAMPLE: usize = 100_000;
/// Rows that are cut at a time: they stay in the nearest cache for all columns.
const BLOCK: usize = 256;

/// Where features are cut: the bin of a value is the number of cuts that it is above.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts(Vec<Vec<f32>>);

impl Cuts {
    /// At most `bins` bins a feature, from a sample of the rows.
    pub fn of(rows: Rows<'_>, bins: usize, seed: u64) -> Self {
        let bins = bins.clamp(2, BINS);
        let picked = picked(rows.len(), seed);
        let column = |feature: usize| picked.iter().map(|row| rows.row(*row)[feature]).collect::<Vec<f32>>();
        Self((0..rows.width).map(|feature| cuts(column(feature), bins)).collect())
    }

    /// Ascending.
    pub fn of_feature(&self, feature: usize) -> &[f32] {
        &self.0[feature]
    }
}

/// Rows as bins, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Binned {
    rows: usize,
    cuts: Arc<Cuts>,
    columns: Vec<Vec<u8>>,
}

impl Binned {
    /// Cuts the rows, on two threads where they are many.
    pub fn of(rows: Rows<'_>, cuts: &Arc<Cuts>, threads: usize) -> Self {
        let mut columns = vec![vec![0_u8; rows.len()]; rows.width];
        let share = rows.width.div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for (part, columns) in columns.chunks_mut(share).enumerate() {
                let mut work = move || cut(rows, cuts, part * share, columns);
                if threads > 1 && (part + 1) * share < rows.width {
                    scope.spawn(work);
                } else {
                    work();
                }
            }
        });
        Self { rows: rows.len(), cuts: Arc::clone(cuts), columns }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Without rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What they were cut with.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// Bins of a feature.
    pub fn bins(&self, feature: usize) -> usize {
        self.cuts.of_feature(feature).len() + 1
    }

    /// Features.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The bin of each row.
    pub fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature]
    }
}

fn cut(rows: Rows<'_>, cuts: &Cuts, first: usize, columns: &mut [Vec<u8>]) {
    for start in (0..rows.len()).step_by(BLOCK) {
        let end = (start + BLOCK).min(rows.len());
        for (feature, column) in (first..).zip(columns.iter_mut()) {
            let cuts = cuts.of_feature(feature);
            for (row, bin) in (start..end).zip(&mut column[start..end]) {
                let value = rows.row(row)[feature];
                *bin = cuts.partition_point(|cut| value > *cut) as u8;
            }
        }
    }
}

/// Rows spread evenly over all, each somewhere in its stretch, so that no period of the data is met.
fn picked(rows: usize, seed: u64) -> Vec<usize> {
    if rows <= SAMPLE {
        return (0..rows).collect();
    }
    let start = |n: usize| n * rows / SAMPLE;
    (0..SAMPLE)
        .map(|n| {
            let stretch = (start(n + 1) - start(n)) as u64;
            start(n) + (mixed(seed ^ n as u64) % stretch) as usize
        })
        .collect()
}

/// Cuts between neighbouring values: a common value gets a bin alone, the others share what is left evenly.
fn cuts(mut values: Vec<f32>, bins: usize) -> Vec<f32> {
    let missing = values.iter().any(|value| value.is_nan());
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f32::total_cmp);
    let mut cuts = Vec::new();
    if missing && values.first().is_some_and(|least| *least > f32::MIN) {
        cuts.push(f32::MIN);
    }
    let most = bins - 1;
    let runs: Vec<&[f32]> = values.chunk_by(|lower, upper| lower >= upper).collect();
    let (mut left, mut filled) = (values.len(), 0);
    for pair in runs.windows(2) {
        let size = pair[0].len();
        filled += size;
        left -= size;
        let free = most.saturating_sub(cuts.len());
        if free == 0 {
            break;
        }
        // The bin is full, or the next value fills one alone.
        let full = (left + filled) / (free + 1);
        if filled >= full.max(1) || pair[1].len() >= full.max(1) {
            cuts.push(between(pair[0][0], pair[1][0]));
            filled = 0;
        }
    }
    cuts
}

/// Halfway, at least the lower and below the upper, finite.
fn between(lower: f32, upper: f32) -> f32 {
    let lower = lower.max(f32::MIN);
    let half = lower / 2.0 + upper.min(f32::MAX) / 2.0;
    if half > lower && half < upper { half } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(values: &[f32], most: usize) -> Vec<u8> {
        let rows = Rows { values, width: 1 };
        Binned::of(rows, &Arc::new(Cuts::of(rows, most, 0)), 1).column(0).to_vec()
    }

    #[test]
    fn few_values_get_a_bin_each_and_a_missing_one_the_lowest() {
        assert_eq!(bins(&[3.0, 1.0, 2.0, 1.0], BINS), [2, 0, 1, 0]);
        assert_eq!(bins(&[f32::NAN, 1.0, 2.0], BINS), [0, 1, 2]);
        assert_eq!(bins(&[f32::NAN, f32::NAN], BINS), [0, 0]);
        assert_eq!(bins(&[f32::NEG_INFINITY, 0.0, f32::INFINITY], BINS), [0, 1, 2]);
        assert_eq!(bins(&[f32::MIN, f32::MAX], BINS), [0, 1]);
        assert_eq!(bins(&[5.0; 4], BINS), [0; 4]);
        assert_eq!(bins(&[0.0, -0.0, 1.0], BINS), [0, 0, 1]);
    }

    #[test]
    fn a_common_value_stands_alone_and_the_others_share_the_rest() {
        let values: Vec<f32> = (0..100_u8).map(|n| if n < 60 { 0.0 } else { f32::from(n) }).collect();
        let bins = bins(&values, 5);
        assert_eq!(bins[..60], [0; 60]);
        let sizes: Vec<usize> = bins[60..].chunk_by(|a, b| a == b).map(<[u8]>::len).collect();
        assert_eq!(sizes.len(), 4, "{sizes:?}");
        assert!(sizes.iter().all(|size| (8..=12).contains(size)), "{sizes:?}");
    }

    #[test]
    fn threads_do_not_change_the_bins() {
        let values: Vec<f32> = (0..3_000_u16).map(|n| f32::from(n * 7 % 1_013)).collect();
        let rows = Rows { values: &values, width: 3 };
        let cuts = Arc::new(Cuts::of(rows, 16, 1));
        assert_eq!(Binned::of(rows, &cuts, 1), Binned::of(rows, &cuts, 2));
        assert_eq!(Binned::of(rows, &cuts, 1), Binned::of(rows, &cuts, 7));
    }
}
