//! Chances that come true as often as they say: the scores stretched and shifted, learned where nothing else was learned from.

use super::{
    latent::{Place, derivatives},
    rows::Felt,
};

/// Location and spread, each times a factor and shifted (Platt 1999, on two scores).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Of location and spread.
    pub factor: [f32; 2],
    /// Of location and spread.
    pub shift: [f32; 2],
}

impl Default for Calibration {
    fn default() -> Self {
        Self { factor: [1.0; 2], shift: [0.0; 2] }
    }
}

/// Rows that no change at all counts as: with few rows to learn from little is changed.
const PRIOR: f64 = 50.0;
const STEPS: usize = 20;

impl Calibration {
    /// From scores of rows that were not learned from.
    pub fn learn(places: &[Place], felt: &[Felt]) -> Self {
        let mut found = Self::default();
        for _ in 0..STEPS {
            for axis in 0..2 {
                found.step(axis, places, felt);
            }
        }
        found
    }

    /// One step of Newton's method in the factor and the shift of one axis.
    #[expect(clippy::cast_possible_truncation, reason = "a step of at most one half")]
    fn step(&mut self, axis: usize, places: &[Place], felt: &[Felt]) {
        let mut gradient = [-PRIOR * f64::from(self.factor[axis] - 1.0), -PRIOR * f64::from(self.shift[axis])];
        let mut curve = [PRIOR, PRIOR, 0.0];
        for (place, felt) in places.iter().zip(felt) {
            let (slopes, curves) = derivatives(self.apply(*place), *felt);
            let (at, slope, bend) = (f64::from(place[axis]), f64::from(slopes[axis]), f64::from(curves[axis]));
            gradient = [gradient[0] + slope * at, gradient[1] + slope];
            curve = [curve[0] + bend * at * at, curve[1] + bend, curve[2] + bend * at];
        }
        let determinant = curve[0] * curve[1] - curve[2] * curve[2];
        let step = |a: f64, b: f64| ((a / determinant) - (b / determinant)).clamp(-0.5, 0.5) as f32;
        self.factor[axis] += step(curve[1] * gradient[0], curve[2] * gradient[1]);
        self.shift[axis] += step(curve[0] * gradient[1], curve[2] * gradient[0]);
    }

    /// The score as it should be read.
    pub fn apply(&self, place: Place) -> Place {
        [0, 1].map(|axis| self.factor[axis] * place[axis] + self.shift[axis])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::size_fit::latent::chances;

    #[test]
    fn scores_too_sure_are_drawn_in() {
        // Of rows of one place, as many feel small and large as their chances at half the place say.
        let mut places = Vec::new();
        let mut felt = Vec::new();
        for place in [[-2.0, -1.0], [0.5, -3.0], [2.0, -2.0_f32]] {
            // With nine thousand rows the prior still draws the shift in by a fifth.
            let true_chances = chances([place[0] / 2.0, place[1] + 0.5]);
            for (kind, chance) in [Felt::Small, Felt::Fits, Felt::Large].into_iter().zip(true_chances) {
                let mut left = chance * 3_000.0;
                while left >= 1.0 {
                    places.push(place);
                    felt.push(kind);
                    left -= 1.0;
                }
            }
        }
        let found = Calibration::learn(&places, &felt);
        let near = |a: f32, b: f32| (a - b).abs() < 0.05;
        assert!(near(found.factor[0], 0.5) && near(found.shift[0], 0.0), "{found:?}");
        assert!(near(found.factor[1], 0.95) && near(found.shift[1], 0.4), "{found:?}");
        assert_eq!(Calibration::learn(&[], &[]), Calibration::default());
    }
}
