//! Latent sizes: an ordinal logit with random effects, on where she stands and on how much room there is.
//!
//! A row has a location (how large the thing is on her) and a spread (how seldom it fits at all): the odds of "large" against
//! "fits" are exp(spread + location), those of "small" against "fits" exp(spread - location) (adjacent categories, Agresti 2010,
//! ch. 4). Both are sums of terms: an effect of the row's level (her, the product, its category) times a number of the row,
//! each drawn from a normal distribution around zero whose deviation is learned too (empirical Bayes), so that a level with
//! few rows stays near zero. Solved level by level with Newton's method; the levels of one term share no row.

use super::rows::Felt;

/// One term of the sum: a level for every row, and the number that its effect is multiplied with.
#[derive(Debug, Clone)]
pub struct Term {
    /// What it is called.
    pub name: &'static str,
    /// The level of each row; [`Term::NONE`] where the term says nothing.
    pub level: Vec<u32>,
    /// What the effect is multiplied with; one where there is nothing.
    pub value: Option<Vec<f32>>,
    /// How many levels there are.
    pub levels: usize,
    /// The deviation squared of the effects on location and spread, where it is not to be learned.
    pub variance: Option<[f32; 2]>,
}

impl Term {
    /// No level.
    pub const NONE: u32 = u32::MAX;

    fn at(&self, row: usize) -> Option<(usize, f32)> {
        let level = self.level[row];
        let value = self.value.as_ref().map_or(1.0, |value| value[row]);
        (level != Self::NONE && value != 0.0).then_some((level as usize, value))
    }

    /// What the term adds to the location and the spread of a row.
    pub fn part(&self, effects: &Effects, row: usize) -> Place {
        self.at(row).map_or([0.0; 2], |(level, value)| effects.of[level].map(|effect| effect * value))
    }
}

/// What was learned of a term: for each level its part in the location and in the spread.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// Location and spread by level.
    pub of: Vec<[f32; 2]>,
    /// The deviation squared of either.
    pub variance: [f32; 2],
}

/// Where a row stands.
pub type Place = [f32; 2];

/// Too small, fits, too large.
pub fn chances([location, spread]: Place) -> [f32; 3] {
    let (small, large) = ((spread - location).min(30.0).exp(), (spread + location).min(30.0).exp());
    let all = 1.0 + small + large;
    [small / all, 1.0 / all, large / all]
}

/// Of the log likelihood of a row in its location and spread: the first derivatives, and the second ones, negated, in location,
/// in spread and in both.
pub fn derivatives(place: Place, felt: Felt) -> ([f32; 2], [f32; 3]) {
    let [small, _, large] = chances(place);
    let (is_small, is_large) = (f32::from(felt == Felt::Small), f32::from(felt == Felt::Large));
    let (off, lean) = (small + large, large - small);
    let gradient = [is_large - is_small - lean, is_large + is_small - off];
    (gradient, [off - lean * lean, off * (1.0 - off), lean * (1.0 - off)])
}

/// A taught row under way: where it stands, and the derivatives of its loss there.
#[derive(Clone, Copy, Default)]
struct Working {
    place: Place,
    gradient: [f32; 2],
    /// Second derivatives in location and spread, and the mixed one.
    curve: [f32; 3],
}

impl Working {
    fn derive(&mut self, felt: Felt) {
        (self.gradient, self.curve) = derivatives(self.place, felt);
    }

    /// Moves the row; the loss is taken as a parabola until it is derived again.
    fn shift(&mut self, by: [f32; 2]) {
        self.place = [self.place[0] + by[0], self.place[1] + by[1]];
        self.gradient[0] -= self.curve[0] * by[0] + self.curve[2] * by[1];
        self.gradient[1] -= self.curve[2] * by[0] + self.curve[1] * by[1];
    }
}

#[derive(Clone, Copy, Default)]
struct Slope {
    gradient: [f32; 2],
    curve: [f32; 3],
}

impl Slope {
    fn add(&mut self, row: &Working, value: f32) {
        let square = value * value;
        for axis in 0..2 {
            self.gradient[axis] += value * row.gradient[axis];
        }
        for (sum, curve) in self.curve.iter_mut().zip(row.curve) {
            *sum += square * curve;
        }
    }
}

/// The spread before anything is known: most things fit.
pub const START: f32 = -1.7;
/// Sweeps over all terms before the deviations move: their first values are a guess.
const FIRST: usize = 2;
/// The largest step of one effect in one sweep.
const STEP: f32 = 1.0;

/// Learns the effects from the rows of `taught`. `felt` is by row of the table.
///
/// In a sweep each row's loss is a parabola, and term after term takes its best step on it (Gauss and Seidel); then the
/// parabolas are taken anew.
pub fn learn(terms: &[Term], felt: &[Felt], taught: &[u32], sweeps: usize) -> Vec<Effects> {
    let mut effects: Vec<Effects> = terms
        .iter()
        .map(|term| Effects { of: vec![[0.0; 2]; term.levels], variance: term.variance.unwrap_or([0.1, 0.05]) })
        .collect();
    let mut rows = vec![Working { place: [0.0, START], ..Working::default() }; taught.len()];
    let mut slopes = Vec::new();
    for sweep in 0..sweeps {
        for (row, taught) in rows.iter_mut().zip(taught) {
            row.derive(felt[*taught as usize]);
        }
        for (term, effects) in terms.iter().zip(&mut effects) {
            slopes.clear();
            slopes.resize(term.levels, Slope::default());
            for (row, taught) in rows.iter().zip(taught) {
                if let Some((level, value)) = term.at(*taught as usize) {
                    slopes[level].add(row, value);
                }
            }
            let steps = step(effects, &slopes, sweep >= FIRST && term.variance.is_none());
            for (row, taught) in rows.iter_mut().zip(taught) {
                if let Some((level, value)) = term.at(*taught as usize) {
                    row.shift(steps[level].map(|step| step * value));
                }
            }
        }
    }
    effects
}

/// One step of Newton's method for every level, then the deviations (the fixed point of `MacKay` 1992: what the effects are squared, over
/// how many of them the rows determine).
fn step(effects: &mut Effects, slopes: &[Slope], move_variance: bool) -> Vec<[f32; 2]> {
    let mut steps = vec![[0.0; 2]; slopes.len()];
    let weight = effects.variance.map(f32::recip);
    let mut squares = [0.0_f64; 2];
    let mut determined = [0.0_f64; 2];
    for ((effect, slope), step) in effects.of.iter_mut().zip(slopes).zip(&mut steps) {
        if slope.curve[0] <= 0.0 {
            continue;
        }
        let (a, b, c) = (slope.curve[0] + weight[0], slope.curve[1] + weight[1], slope.curve[2]);
        let determinant = (a * b - c * c).max(1e-12);
        let gradient = [slope.gradient[0] - weight[0] * effect[0], slope.gradient[1] - weight[1] * effect[1]];
        *step = [
            ((b * gradient[0] - c * gradient[1]) / determinant).clamp(-STEP, STEP),
            ((a * gradient[1] - c * gradient[0]) / determinant).clamp(-STEP, STEP),
        ];
        *effect = [effect[0] + step[0], effect[1] + step[1]];
        for (axis, left) in [b / determinant, a / determinant].into_iter().enumerate() {
            squares[axis] += f64::from(effect[axis] * effect[axis]);
            determined[axis] += f64::from(1.0 - weight[axis] * left).max(0.0);
        }
    }
    if move_variance {
        for axis in 0..2 {
            let found = squares[axis] / determined[axis].max(1e-9);
            #[expect(clippy::cast_possible_truncation, reason = "a deviation needs no more digits")]
            let found = (found as f32).clamp(1e-5, 25.0);
            effects.variance[axis] = found;
        }
    }
    steps
}

/// Where a row stands after all terms.
pub fn place(terms: &[Term], effects: &[Effects], row: usize) -> Place {
    terms.iter().zip(effects).fold([0.0, START], |place, (term, effects)| {
        let part = term.part(effects, row);
        [place[0] + part[0], place[1] + part[1]]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(level: Vec<u32>, levels: usize) -> Term {
        Term { name: "t", level, value: None, levels, variance: None }
    }

    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let log = |place: Place, felt: Felt| chances(place)[felt as usize].ln();
        for felt in [Felt::Small, Felt::Fits, Felt::Large] {
            let at = [0.4_f32, -0.8];
            let (slopes, curves) = derivatives(at, felt);
            let step = 0.02;
            for axis in 0..2 {
                let moved = |by: f32| log([0, 1].map(|a| if a == axis { at[a] + by } else { at[a] }), felt);
                let (up, down, here) = (moved(step), moved(-step), log(at, felt));
                assert!((slopes[axis] - (up - down) / (2.0 * step)).abs() < 2e-3, "{felt:?}");
                assert!((curves[axis] + (up - 2.0 * here + down) / (step * step)).abs() < 0.02, "{felt:?}");
            }
        }
    }

    #[test]
    fn levels_with_few_rows_stay_near_zero_and_those_with_many_come_out() {
        // Level 0: forty rows, half small; level 1: forty, half large; level 2: one small; 3 to 6: all fit.
        let (mut level, mut felt) = (Vec::new(), Vec::new());
        for (of, rows, odd) in [(0, 40, Felt::Small), (1, 40, Felt::Large), (2, 1, Felt::Small)] {
            for n in 0..rows {
                level.push(of);
                felt.push(if n % 2 == 0 { odd } else { Felt::Fits });
            }
        }
        for of in 3..7 {
            level.extend([of; 20]);
            felt.extend([Felt::Fits; 20]);
        }
        let taught: Vec<u32> = (0..).take(level.len()).collect();
        let terms = [term(vec![0; level.len()], 1), term(level, 8)];
        let effects = learn(&terms, &felt, &taught, 20);
        let location = |of: usize| effects[1].of[of][0];
        assert!(location(0) < -0.8 && location(1) > 0.8, "{effects:?}");
        assert!(location(2) < 0.0 && location(2) > location(0), "{effects:?}");
        assert!(location(7).abs() < 1e-9, "never met");
        assert_eq!(effects, learn(&terms, &felt, &taught, 20));
        assert!(learn(&terms, &felt, &[], 3)[1].of[0].iter().all(|effect| effect.abs() < 1e-9));
    }
}
