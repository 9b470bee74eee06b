//! How sure a figure is: the percentile bootstrap over customers or sessions.
//!
//! What is drawn is a whole group (all questions of a customer), since questions of one group are not independent of each
//! other. All models see the same draws, so that differences are paired. A value that is NaN does not count: the question
//! has nothing to say on that figure.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rustc_hash::FxHashMap;

/// As many as the protocols ask for.
pub const DRAWS: usize = 1_000;

/// A figure and the middle 95 % of its draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The figure itself.
    pub mean: f64,
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

impl Interval {
    /// Of a figure with its draws; those that are NaN (a draw in which nothing counts) are left out.
    #[must_use]
    pub fn of(mean: f64, draws: &[f64]) -> Self {
        let mut sorted: Vec<f64> = draws.iter().copied().filter(|draw| !draw.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| percentile(&sorted, share);
        Self { mean, low: at(0.025), high: at(0.975) }
    }

    /// Whether all of it lies on one side of zero.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Between the two nearest of sorted values; NaN of none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a list"
)]
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// The mean of the values that are there; NaN of none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    let (sum, count) = values.iter().filter(|value| !value.is_nan()).fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
    sum / count
}

/// The groups of some questions, and the seed of their draws.
#[derive(Debug, Clone)]
pub struct Resampling {
    /// Of each question, densely numbered.
    group: Vec<u32>,
    groups: usize,
    draws: usize,
    seed: u64,
}

impl Resampling {
    /// `groups` says of each question whose it is, by any numbers.
    #[must_use]
    pub fn new(groups: &[u32], draws: usize, seed: u64) -> Self {
        let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
        let mut number = |group: &u32| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(*group).or_insert(next)
        };
        let group = groups.iter().map(&mut number).collect();
        Self { group, groups: numbers.len(), draws, seed }
    }

    /// Shows each draw: how often it has each question. The same seed gives the same draws.
    pub fn each(&self, mut see: impl FnMut(&[u32])) {
        let mut weights = vec![0; self.group.len()];
        self.each_of_groups(|times| {
            for (weight, group) in weights.iter_mut().zip(&self.group) {
                *weight = times[*group as usize];
            }
            see(&weights);
        });
    }

    /// Of each series of values (one value a question) the mean in each draw.
    #[must_use]
    pub fn means(&self, series: &[&[f64]]) -> Vec<Vec<f64>> {
        let sums: Vec<Vec<(f64, f64)>> = series.iter().map(|values| self.sums(values)).collect();
        let mut means: Vec<Vec<f64>> = series.iter().map(|_| Vec::with_capacity(self.draws)).collect();
        self.each_of_groups(|times| {
            for (means, sums) in means.iter_mut().zip(&sums) {
                let (mut sum, mut count) = (0.0, 0.0);
                for (times, (s, n)) in times.iter().zip(sums) {
                    sum += f64::from(*times) * s;
                    count += f64::from(*times) * n;
                }
                means.push(sum / count);
            }
        });
        means
    }

    /// By group: the sum of the values that count, and their number.
    fn sums(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); self.groups];
        for (group, value) in self.group.iter().zip(values).filter(|(_, value)| !value.is_nan()) {
            let sum = &mut sums[*group as usize];
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        sums
    }

    fn each_of_groups(&self, mut see: impl FnMut(&[u32])) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut times = vec![0_u32; self.groups];
        for _ in 0..self.draws {
            times.fill(0);
            for _ in 0..self.groups {
                times[rng.gen_range(0..self.groups)] += 1;
            }
            see(&times);
        }
    }
}

/// The mean of `values`, one a question, with its interval by group.
#[must_use]
pub fn interval(values: &[f64], groups: &[u32], draws: usize, seed: u64) -> Interval {
    let drawn = Resampling::new(groups, draws, seed).means(&[values]);
    Interval::of(mean(values), &drawn[0])
}

/// By how much `a` is above `b` on the same questions, with the interval of that.
#[must_use]
pub fn paired(a: &[f64], b: &[f64], groups: &[u32], draws: usize, seed: u64) -> Interval {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    interval(&differences, groups, draws, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) -> bool {
        (a - b).abs() <= within
    }

    #[test]
    fn an_interval_is_as_wide_as_the_normal_one_where_that_holds() {
        // 400 coins, half heads: the mean's standard error is .025.
        let values: Vec<f64> = (0..400).map(|n| f64::from(n % 2)).collect();
        let groups: Vec<u32> = (0..400).collect();
        let found = interval(&values, &groups, DRAWS, 1);
        assert!(
            near(found.mean, 0.5, 1e-12) && near(found.low, 0.451, 0.006) && near(found.high, 0.549, 0.006),
            "{found:?}"
        );
        assert_eq!(found, interval(&values, &groups, DRAWS, 1));
        // The same coins in 40 customers who throw alike: the error is 3.2 times as large.
        let alike: Vec<u32> = (0..400).map(|n| n % 40 + 7).collect();
        let found = interval(&values, &alike, DRAWS, 1);
        assert!(near(found.high - found.low, 4.0 * 0.079, 0.04), "{found:?}");
    }

    #[test]
    fn differences_are_paired_and_what_does_not_count_is_left_out() {
        let groups: Vec<u32> = (0..100).collect();
        let a: Vec<f64> = groups.iter().map(|n| f64::from(*n)).collect();
        let b: Vec<f64> = a.iter().map(|a| a - 0.25).collect();
        let found = paired(&a, &b, &groups, DRAWS, 3);
        assert!(near(found.low, 0.25, 1e-9) && near(found.high, 0.25, 1e-9) && found.excludes_zero());
        let half: Vec<f64> = a.iter().map(|a| if *a < 50.0 { 2.0 } else { f64::NAN }).collect();
        assert_eq!(interval(&half, &groups, DRAWS, 3), Interval { mean: 2.0, low: 2.0, high: 2.0 });
        let none = interval(&[f64::NAN], &[0], DRAWS, 3);
        assert!(none.mean.is_nan() && none.low.is_nan() && !none.excludes_zero());
        assert!(interval(&[], &[], DRAWS, 3).low.is_nan());
    }

    #[test]
    fn draws_by_question_agree_with_draws_of_means() {
        let (groups, values) = ([5, 5, 9, 1], [1.0, 2.0, 4.0, 8.0]);
        let resampling = Resampling::new(&groups, 20, 4);
        let mut by_weight = Vec::new();
        resampling.each(|weights| {
            let sum: f64 = weights.iter().zip(values).map(|(times, value)| f64::from(*times) * value).sum();
            by_weight.push(sum / f64::from(weights.iter().sum::<u32>()));
        });
        assert_eq!(resampling.means(&[&values])[0], by_weight);
        assert_ne!(Resampling::new(&groups, 20, 5).means(&[&values])[0], by_weight);
    }
}
