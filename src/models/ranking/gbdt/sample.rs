//! Which rows a tree is grown from: those with large gradients surely, the others by chance and weighted for it (minimal
//! variance sampling, Ibragimov and Gusev 2019). The sums that a split is judged by keep their expectation.
//!
//! Chance is a hash of seed, round and row: no generator is carried along, so threads and the order of work change nothing.

use crate::models::ranking::gbdt::loss::Slope;

/// Rows that the threshold is found on, at most.
const LOOKED_AT: usize = 50_000;
/// Share of the second derivative in what a row is worth: one whose gradient happens to be zero still tells of the step.
const CURVATURE: f32 = 0.1;

/// A row and what it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Which.
    pub row: u32,
    /// One over the chance that it had.
    pub weight: f32,
}

/// Splitmix64's finaliser: numbers that look random from numbers that don't.
pub const fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws about `share` of the rows, of `outputs` slopes each; all of them for a share of one.
pub fn draw(slopes: &[Slope], outputs: usize, share: f32, seed: u64, drawn: &mut Vec<Drawn>) {
    drawn.clear();
    if share >= 1.0 {
        drawn.extend((0..).zip(slopes.chunks_exact(outputs)).map(|(row, _)| Drawn { row, weight: 1.0 }));
        return;
    }
    let worths: Vec<f32> = match outputs {
        1 => slopes.iter().map(|slope| worth(std::slice::from_ref(slope))).collect(),
        _ => slopes.chunks_exact(outputs).map(worth).collect(),
    };
    let threshold = threshold(&worths, share);
    for (row, worth) in (0_u32..).zip(worths) {
        if worth >= threshold {
            drawn.push(Drawn { row, weight: 1.0 });
        } else if unit(mixed(seed ^ (u64::from(row) << 20))) * threshold < worth {
            drawn.push(Drawn { row, weight: threshold / worth });
        }
    }
}

fn worth(slopes: &[Slope]) -> f32 {
    slopes.iter().map(|slope| slope.gradient.abs() + CURVATURE * slope.hessian).sum()
}

/// The worth from which a row is surely taken, so that about `share` of the rows are.
fn threshold(worths: &[f32], share: f32) -> f32 {
    let stride = worths.len().div_ceil(LOOKED_AT).max(1);
    let worths: Vec<f32> = worths.iter().copied().step_by(stride).collect();
    let wanted = f64::from(share) * worths.iter().map(|_| 1.0).sum::<f64>();
    let (mut low, mut high) = (0.0, worths.iter().copied().fold(0.0, f32::max).max(f32::MIN_POSITIVE) / share);
    for _ in 0..24 {
        let middle = f32::midpoint(low, high);
        let taken: f64 = worths.iter().map(|worth| f64::from((worth / middle).min(1.0))).sum();
        if taken > wanted { low = middle } else { high = middle }
    }
    high
}

#[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
fn unit(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1_u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_gradients_are_taken_and_the_rest_keeps_its_sum() {
        let slope = |n: u32| Slope { gradient: if n.is_multiple_of(100) { 1.0 } else { 0.01 }, hessian: 0.0 };
        let slopes: Vec<Slope> = (0..20_000).map(slope).collect();
        let mut drawn = Vec::new();
        draw(&slopes, 1, 0.2, 7, &mut drawn);
        let of = |row: u32| slopes[row as usize].gradient;
        let sure = drawn.iter().filter(|one| of(one.row) > 0.5).count();
        assert_eq!(sure, 200);
        assert!(drawn.iter().filter(|one| of(one.row) > 0.5).all(|one| (one.weight - 1.0).abs() < 1e-6));
        assert!((3_700..4_300).contains(&drawn.len()), "{}", drawn.len());
        let sum: f32 = drawn.iter().map(|one| one.weight * of(one.row)).sum();
        assert!((sum - 398.0).abs() < 8.0, "{sum}");
        let mut again = Vec::new();
        draw(&slopes, 1, 0.2, 7, &mut again);
        assert_eq!(drawn, again);
        draw(&slopes, 1, 0.2, 8, &mut again);
        assert_ne!(drawn, again);
    }

    #[test]
    fn a_share_of_one_takes_all_and_no_gradient_is_no_trouble() {
        let mut drawn = Vec::new();
        draw(&[Slope::default(); 6], 3, 1.0, 0, &mut drawn);
        assert_eq!(drawn, [Drawn { row: 0, weight: 1.0 }, Drawn { row: 1, weight: 1.0 }]);
        draw(&[Slope::default(); 6], 1, 0.5, 0, &mut drawn);
        assert!(drawn.is_empty(), "rows that say nothing");
    }
}
