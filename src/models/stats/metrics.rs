//! What a list is worth when the truth is known. Lists are of the full catalogue, larger scores first, ties to the smaller
//! id, NaN last; items are numbers whose order is that of their ids.

use std::cmp::Ordering;

/// The order of scored items: larger score first, then smaller id; NaN sinks below all.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as sorting asks for it")]
pub fn by_score(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
    let key = |score: f32| if score.is_nan() { f32::NEG_INFINITY } else { score };
    let (left, right) = (key(a.1), key(b.1));
    // Zero and minus zero are equal scores.
    right.partial_cmp(&left).unwrap_or(Ordering::Equal).then(a.1.is_nan().cmp(&b.1.is_nan())).then(a.0.cmp(&b.0))
}

/// Leaves the first `most` in order.
pub fn keep_top(scored: &mut Vec<(u32, f32)>, most: usize) {
    if most == 0 {
        scored.clear();
    } else if scored.len() > most {
        scored.select_nth_unstable_by(most - 1, by_score);
        scored.truncate(most);
    }
    scored.sort_unstable_by(by_score);
}

/// The first `most` items of the whole catalogue by `scores` (one an item) that are not left out, with their scores.
pub fn top(scores: &[f32], most: usize, left_out: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let mut scored: Vec<(u32, f32)> = (0..).zip(scores.iter().copied()).filter(|(item, _)| !left_out(*item)).collect();
    keep_top(&mut scored, most);
    scored
}

/// The place of a target, from 1: one more than the items with a larger score, and those with an equal one and a smaller
/// id. None where it is not among the scored.
pub fn rank_of(target: u32, scored: &[(u32, f32)]) -> Option<usize> {
    let own = scored.iter().find(|(item, _)| *item == target)?;
    Some(1 + scored.iter().filter(|other| by_score(other, own) == Ordering::Less).count())
}

/// 1 where a target of this place is among the first `k`.
pub fn hit_at(rank: Option<usize>, k: usize) -> f64 {
    f64::from(u8::from(rank.is_some_and(|rank| rank <= k)))
}

/// One over the place of a target among the first `k`, else 0.
pub fn reciprocal_at(rank: Option<usize>, k: usize) -> f64 {
    rank.filter(|rank| *rank <= k).map_or(0.0, |rank| 1.0 / float(rank))
}

/// The share of the truth that is among the first `k` of a list. `truth` is sorted and not empty.
pub fn recall(list: &[u32], truth: &[u32], k: usize) -> f64 {
    float(hits(list, truth, k)) / float(truth.len())
}

/// Whether any of the truth is among the first `k` of a list. `truth` is sorted.
pub fn hit(list: &[u32], truth: &[u32], k: usize) -> f64 {
    f64::from(u8::from(hits(list, truth, k) > 0))
}

/// Discounted gain of the first `k` by that of the best list: all of the truth, at most `k`, in front. `truth` is sorted.
pub fn ndcg(list: &[u32], truth: &[u32], k: usize) -> f64 {
    let found = list.iter().take(k).enumerate().filter(|(_, item)| truth.binary_search(item).is_ok());
    let gain: f64 = found.map(|(place, _)| discount(place)).sum();
    gain / (0..truth.len().min(k)).map(discount).sum::<f64>()
}

/// What a hit at a place from 0 counts.
pub fn discount(place: usize) -> f64 {
    1.0 / (float(place) + 2.0).log2()
}

fn hits(list: &[u32], truth: &[u32], k: usize) -> usize {
    list.iter().take(k).filter(|item| truth.binary_search(item).is_ok()).count()
}

/// What was shown over all questions: how much of the catalogue, and how much that customers had before.
#[derive(Debug, Clone)]
pub struct Shown {
    met: Vec<bool>,
    places: usize,
    had: usize,
}

impl Shown {
    /// Of a catalogue of so many items.
    pub fn new(items: usize) -> Self {
        Self { met: vec![false; items], places: 0, had: 0 }
    }

    /// Takes in one list; `had` says what she had before.
    pub fn take(&mut self, list: &[u32], had: impl Fn(u32) -> bool) {
        for item in list {
            if let Some(met) = self.met.get_mut(*item as usize) {
                *met = true;
            }
            self.places += 1;
            self.had += usize::from(had(*item));
        }
    }

    /// The share of the catalogue that was shown to anybody.
    pub fn coverage(&self) -> f64 {
        float(self.met.iter().filter(|met| **met).count()) / float(self.met.len().max(1))
    }

    /// The share of what was shown that she had before.
    pub fn repeats(&self) -> f64 {
        float(self.had) / float(self.places.max(1))
    }
}

/// Area under the ROC curve: the chance that a row of the class has a larger score than one that is not, equal scores
/// counted half. Rows are sorted once; any weights can be asked for then.
#[derive(Debug, Clone)]
pub struct Auc {
    /// Row and whether it is of the class, by score.
    order: Vec<(u32, bool)>,
    /// Where each run of equal scores ends.
    ends: Vec<u32>,
}

impl Auc {
    /// Of one score a row and whether each row is of the class. NaN is the smallest score.
    pub fn new(scores: &[f64], of_class: &[bool]) -> Self {
        let score = |row: u32| {
            let score = scores[row as usize];
            // Adding zero makes minus zero zero.
            if score.is_nan() { f64::NEG_INFINITY } else { score + 0.0 }
        };
        let mut rows: Vec<u32> = (0..).take(scores.len().min(of_class.len())).collect();
        rows.sort_by(|a, b| score(*a).total_cmp(&score(*b)));
        let (mut order, mut ends) = (Vec::with_capacity(rows.len()), Vec::new());
        for equal in rows.chunk_by(|a, b| score(*a).total_cmp(&score(*b)).is_eq()) {
            order.extend(equal.iter().map(|row| (*row, of_class[*row as usize])));
            ends.push(u32::try_from(order.len()).unwrap_or(u32::MAX));
        }
        Self { order, ends }
    }

    /// With each row counted once; NaN where one side is empty.
    pub fn value(&self) -> f64 {
        self.of(|_| 1.0)
    }

    /// With each row counted so many times.
    pub fn weighted(&self, times: &[u32]) -> f64 {
        self.of(|row| f64::from(times[row as usize]))
    }

    fn of(&self, weight: impl Fn(u32) -> f64) -> f64 {
        let (mut below, mut inside, mut won) = (0.0, 0.0, 0.0);
        let mut from = 0;
        for end in &self.ends {
            let (mut of_class, mut others) = (0.0, 0.0);
            for (row, is_of_class) in &self.order[from as usize..*end as usize] {
                let sum = if *is_of_class { &mut of_class } else { &mut others };
                *sum += weight(*row);
            }
            won += of_class * (below + others / 2.0);
            below += others;
            inside += of_class;
            from = *end;
        }
        won / (below * inside)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 of anything")]
const fn float(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_follow_scores_then_ids_and_nan_sinks() {
        let scored = [(5, 1.0), (2, 1.0), (9, f32::NAN), (7, -0.0), (3, 0.0), (1, f32::NEG_INFINITY)];
        let ranks: Vec<_> = [2, 5, 3, 7, 1, 9, 4].iter().map(|item| rank_of(*item, &scored)).collect();
        assert_eq!(ranks, [Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None]);
        let mut kept = scored.to_vec();
        keep_top(&mut kept, 3);
        assert_eq!(kept.iter().map(|one| one.0).collect::<Vec<_>>(), [2, 5, 3]);
        keep_top(&mut kept, 0);
        assert_eq!(kept, []);
        assert_eq!(top(&[0.5, 0.0, 0.5, 1.0], 2, |item| item == 3), [(0, 0.5), (2, 0.5)]);
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let (list, truth) = ([4, 1, 9], [1, 2, 9]);
        near(recall(&list, &truth, 2), 1.0 / 3.0);
        near(recall(&list, &truth, 10), 2.0 / 3.0);
        let log = |n: f64| 1.0 / n.log2();
        near(ndcg(&list, &truth, 10), (log(3.0) + log(4.0)) / (1.0 + log(3.0) + log(4.0)));
        near(ndcg(&[2], &[2], 10), 1.0);
        // Of more truth than places, places count.
        near(ndcg(&(0..10).collect::<Vec<_>>(), &(0..30).collect::<Vec<_>>(), 10), 1.0);
        assert_eq!((hit(&list, &truth, 1), hit(&list, &truth, 2)), (0.0, 1.0));
        for (rank, hits, reciprocal) in
            [(Some(4), 1.0, 0.25), (Some(20), 1.0, 0.05), (Some(21), 0.0, 0.0), (None, 0.0, 0.0)]
        {
            near(hit_at(rank, 20), hits);
            near(reciprocal_at(rank, 20), reciprocal);
        }
    }

    #[test]
    fn shares_are_of_what_was_shown() {
        let mut shown = Shown::new(8);
        shown.take(&[1, 2], |item| item == 2);
        shown.take(&[2, 3], |_| false);
        assert_eq!((shown.coverage(), shown.repeats()), (0.375, 0.25));
        assert_eq!((Shown::new(0).coverage(), Shown::new(0).repeats()), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_won(rows in prop::collection::vec((0_u8..5, any::<bool>(), 0_u32..3), 1..40)) {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let of_class: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let times: Vec<u32> = rows.iter().map(|row| row.2).collect();
            let (mut won, mut pairs) = (0.0, 0.0);
            for (a, class_a, times_a) in &rows {
                for (b, _, times_b) in rows.iter().filter(|other| *class_a && !other.1) {
                    let weight = f64::from(times_a * times_b);
                    pairs += weight;
                    won += weight * match a.cmp(b) { Ordering::Greater => 1.0, Ordering::Equal => 0.5, Ordering::Less => 0.0 };
                }
            }
            let found = Auc::new(&scores, &of_class).weighted(&times);
            prop_assert!((found.is_nan() && pairs == 0.0) || (found - won / pairs).abs() < 1e-9, "{found} {won} {pairs}");
        }
    }
}
