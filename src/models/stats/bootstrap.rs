//! How sure a figure is: the percentile bootstrap over customers or sessions. Figures are shares of 0 to 1, and differences
//! of two shares.
//!
//! What is drawn is a whole group (all questions of a customer), since questions of one group are not independent of each
//! other. All models see the same draws, so that differences are paired. A value that is NaN does not count: the question
//! has nothing to say on that figure.
//!
//! Of few groups the percentiles are too close together: the draws vary about the mean of those few and know nothing of
//! whoever was not met. They are moved apart by as much as Student's interval is wider than the normal one (Hesterberg, "What
//! teachers should know about the bootstrap", The American Statistician, 2015, on narrowness): 1.6 times for five groups,
//! 1.02 for a hundred.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// As many as the protocols ask for.
pub const DRAWS: usize = 1_000;

/// A figure and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The figure itself.
    pub mean: f64,
    /// From here, at least -1.
    pub low: f64,
    /// To here, at most 1.
    pub high: f64,
}

impl Interval {
    /// Of a figure with its draws from so many groups; draws that are NaN (nothing counts in them) are left out. One group
    /// tells nothing of others: its interval is the widest there is.
    pub fn of(mean: f64, draws: &[f64], groups: usize) -> Self {
        let mut sorted: Vec<f64> = draws.iter().copied().filter(|draw| !draw.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        if groups == 1 && !sorted.is_empty() {
            return Self { mean, low: -1.0, high: 1.0 };
        }
        let at = |share: f64| (mean + widening(groups) * (percentile(&sorted, share) - mean)).clamp(-1.0, 1.0);
        Self { mean, low: at(0.025), high: at(0.975) }
    }

    /// To six digits: more than an interval has, and they survive being written and read.
    pub fn rounded(self) -> Self {
        let rounded = |value: f64| (value * 1e6).round() / 1e6;
        Self { mean: rounded(self.mean), low: rounded(self.low), high: rounded(self.high) }
    }

    /// Whether all of it lies on one side of zero.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// How much wider Student's interval of the mean of so many is than the normal one with the variance that draws have: its
/// quantile by the expansion of Cornish and Fisher, which is 3 % below at three groups and nearer beyond.
#[expect(clippy::cast_precision_loss, reason = "a number of customers")]
fn widening(groups: usize) -> f64 {
    let (groups, free) = (groups as f64, groups.saturating_sub(1).max(1) as f64);
    let z: f64 = 1.959_964;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    let student = z + first / free + second / free.powi(2) + third / free.powi(3);
    student / z * (groups / free).sqrt()
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
    pub fn new(groups: &[u32], draws: usize, seed: u64) -> Self {
        let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
        let mut number = |group: &u32| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(*group).or_insert(next)
        };
        let group = groups.iter().map(&mut number).collect();
        Self { group, groups: numbers.len(), draws, seed }
    }

    /// How many groups there are.
    pub const fn groups(&self) -> usize {
        self.groups
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
pub fn interval(values: &[f64], groups: &[u32], draws: usize, seed: u64) -> Interval {
    let resampling = Resampling::new(groups, draws, seed);
    Interval::of(mean(values), &resampling.means(&[values])[0], resampling.groups())
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
    fn few_groups_widen_an_interval_as_student_does() {
        // Student's 97.5 % quantiles from tables.
        for (groups, quantile, within) in
            [(3_u16, 4.303, 0.04), (5, 2.776, 0.004), (19, 2.101, 0.001), (2_000, 1.961, 0.001)]
        {
            let n = f64::from(groups);
            let expected = quantile / 1.96 * (n / (n - 1.0)).sqrt();
            assert!(near(widening(usize::from(groups)) / expected, 1.0, within), "{groups}");
        }
        // So it holds the truth as often as it says: of means of twelve random numbers, five at a time.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut held = 0;
        for seed in 0..400 {
            let throw = |rng: &mut Xoshiro256PlusPlus| (0..12).map(|_| rng.gen_range(0.0..1.0)).sum::<f64>() / 12.0;
            let values: Vec<f64> = (0..5).map(|_| throw(&mut rng)).collect();
            let found = interval(&values, &[1, 2, 3, 4, 5], DRAWS, seed);
            held += u32::from(found.low <= 0.5 && found.high >= 0.5);
        }
        assert!((368..=392).contains(&held), "{held} of 400");
    }

    #[test]
    fn one_customer_tells_nothing_of_others() {
        let found = interval(&[0.25, 0.5], &[4, 4], DRAWS, 1);
        assert_eq!(found, Interval { mean: 0.375, low: -1.0, high: 1.0 });
        assert!(!found.excludes_zero());
    }

    #[test]
    fn differences_are_paired_and_what_does_not_count_is_left_out() {
        let groups: Vec<u32> = (0..100).collect();
        let a: Vec<f64> = groups.iter().map(|n| f64::from(*n) / 100.0).collect();
        let b: Vec<f64> = a.iter().map(|a| a - 0.25).collect();
        let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let found = interval(&differences, &groups, DRAWS, 3);
        assert!(near(found.low, 0.25, 1e-9) && near(found.high, 0.25, 1e-9) && found.excludes_zero());
        let half: Vec<f64> = a.iter().map(|a| if *a < 0.5 { 0.75 } else { f64::NAN }).collect();
        assert_eq!(interval(&half, &groups, DRAWS, 3), Interval { mean: 0.75, low: 0.75, high: 0.75 });
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
