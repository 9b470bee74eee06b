//! Rules: what was in a session with an item (association), what came after it (sequential). Counts of pairs, added up over the
//! visit, where older items count less (Ludewig and Jannach 2018).

use crate::models::data::{cooccurrence::Pairs, item_index::Item};

/// Places between two items of a sequential rule at most.
const WINDOW: usize = 60;
/// Distinct items of one session that make association rules, the first.
const LONGEST: usize = 200;

/// Rules between pairs.
#[derive(Debug)]
pub struct Rules {
    pairs: Pairs<1>,
    /// Steps back in the visit after which an item counts `1 / e`.
    fade: f32,
}

impl Rules {
    /// What was in one session, however far apart, counted once a session.
    pub fn association(sessions: &[&[Item]], items: usize, fade: f32) -> Self {
        let sets: Vec<Vec<Item>> = sessions
            .iter()
            .map(|session| {
                let mut set = session.to_vec();
                set.sort_unstable();
                set.dedup();
                set.truncate(LONGEST);
                set
            })
            .collect();
        let pairs = Pairs::count(sets.iter().map(Vec::as_slice), items, LONGEST, |_| [1.0]);
        Self { pairs, fade }
    }

    /// What came after, the less the more places between.
    pub fn sequential(sessions: &[&[Item]], items: usize, fade: f32) -> Self {
        let worth = |gap: isize| [if gap > 0 { faded(gap.unsigned_abs() - 1, fade) } else { 0.0 }];
        Self { pairs: Pairs::count(sessions.iter().copied(), items, WINDOW, worth), fade }
    }

    /// All items that a rule leads to, with their scores.
    pub fn score(&self, visit: &[Item], room: &mut Vec<f32>) -> Vec<(Item, f32)> {
        room.resize(self.pairs.len(), 0.0);
        let mut met: Vec<Item> = Vec::new();
        let mut found = Vec::new();
        for (back, item) in visit.iter().rev().enumerate() {
            if met.contains(item) {
                continue;
            }
            met.push(*item);
            let weight = faded(back, self.fade).max(f32::MIN_POSITIVE);
            for (other, [count]) in self.pairs.of(*item).filter(|(_, [count])| *count > 0.0) {
                let sum = &mut room[other as usize];
                if *sum == 0.0 {
                    found.push(other);
                }
                *sum += weight * count;
            }
        }
        let taken = found.into_iter().map(|item| (item, std::mem::take(&mut room[item as usize])));
        taken.filter(|(_, score)| *score > 0.0).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few steps")]
fn faded(steps: usize, fade: f32) -> f32 {
    (-(steps as f32) / fade).exp()
}
