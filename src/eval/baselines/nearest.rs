//! The family of nearest sessions as published: SKNN and V-SKNN (Ludewig and Jannach 2018), VMIS-kNN (Kersbergen et al. 2022),
//! STAN (Garg et al. 2019). They differ in how the items of the visit weigh, in what makes sessions alike, and in what an item
//! of a near session is worth; each difference is a setting here.

use serde_json::{Value, json};

use crate::models::data::{item_index::Item, session_index::SessionIndex};

/// How an item of the visit weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weigh {
    /// All the same.
    Same,
    /// By its place: the last one, the first next to nothing.
    Linear,
    /// `exp(-steps back / fade)`.
    Fading(f32),
}

/// What an item of a near session is worth, beside the likeness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// All the same.
    Same,
    /// A tenth less for each step back to the newest item that the session shares.
    Linear,
    /// `exp(-places from the last shared item / reach)`.
    Near(f32),
}

/// Where rarity counts: idf, the logarithm of how few sessions hold an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rarity {
    /// Nowhere.
    None,
    /// The item that is scored: one and so many times the idf.
    Scored(f32),
    /// The item that is scored: the idf alone.
    ScoredOnly,
    /// The items of the visit.
    Visit,
}

/// One model of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The items of the visit.
    pub weigh: Weigh,
    /// Whether the likeness is the cosine of sets; else the plain sum of weights.
    pub cosine: bool,
    /// Share of all sessions that are newer, after which a session counts `1 / e`.
    pub age: Option<f32>,
    /// The items of a near session.
    pub step: Step,
    /// Where rarity counts.
    pub rarity: Rarity,
    /// Sessions that vote.
    pub k: usize,
    /// Newest sessions that are looked at.
    pub sample: usize,
    /// Items of the visit that count, the newest.
    pub last: usize,
}

impl Nearest {
    /// Session-based kNN.
    pub const SKNN: Self = Self {
        weigh: Weigh::Same,
        cosine: true,
        age: None,
        step: Step::Same,
        rarity: Rarity::None,
        k: 100,
        sample: 1_000,
        last: 1_000,
    };
    /// Vector multiplication session-based kNN.
    pub const V_SKNN: Self = Self {
        weigh: Weigh::Linear,
        step: Step::Linear,
        rarity: Rarity::Scored(5.0),
        k: 1_500,
        sample: 5_000,
        ..Self::SKNN
    };
    /// Vector multiplication indexed session kNN.
    pub const VMIS: Self = Self {
        weigh: Weigh::Linear,
        cosine: false,
        step: Step::Linear,
        rarity: Rarity::ScoredOnly,
        k: 1_500,
        sample: 1_000,
        last: 5,
        ..Self::SKNN
    };
    /// The same with the defaults of Serenade.
    pub const SERENADE: Self = Self { k: 500, sample: 500, last: 2, ..Self::VMIS };
    /// Sequence and time aware neighbourhood.
    pub const STAN: Self =
        Self { weigh: Weigh::Fading(1.8), age: Some(1.0), step: Step::Near(7.2), k: 500, sample: 2_500, ..Self::SKNN };
    /// The same, where rare items of the visit count more: a hybrid that is not in the papers.
    pub const STAN_IDF: Self = Self { rarity: Rarity::Visit, sample: 5_000, ..Self::STAN };

    /// For the report.
    pub fn parameters(&self) -> Value {
        let weigh = match self.weigh {
            Weigh::Same => json!("same"),
            Weigh::Linear => json!("linear"),
            Weigh::Fading(fade) => json!(fade),
        };
        let step = match self.step {
            Step::Same => json!("same"),
            Step::Linear => json!("linear"),
            Step::Near(reach) => json!(reach),
        };
        let idf = match self.rarity {
            Rarity::None => json!(0),
            Rarity::Scored(weight) => json!(weight),
            Rarity::ScoredOnly => json!("only"),
            Rarity::Visit => json!("visit"),
        };
        json!({"k": self.k, "sample": self.sample, "items": self.last, "weights": weigh, "age": self.age, "steps": step,
            "idf": idf})
    }

    /// All items of the nearest sessions with their scores. `rarity` is by item.
    pub fn score(&self, sessions: &SessionIndex, rarity: &[f32], visit: &[Item], room: &mut Room) -> Vec<(Item, f32)> {
        room.resize(sessions.len(), rarity.len());
        self.compare(sessions, rarity, visit, room);
        self.choose(sessions, room);
        self.vote(sessions, rarity, room)
    }

    fn compare(&self, sessions: &SessionIndex, rarity: &[f32], visit: &[Item], room: &mut Room) {
        let visit = &visit[visit.len().saturating_sub(self.last)..];
        room.compared.clear();
        for (back, item) in visit.iter().rev().enumerate() {
            if room.compared.iter().any(|one| one.item == *item) {
                continue;
            }
            let weight = match self.weigh {
                Weigh::Same => 1.0,
                Weigh::Linear => real(visit.len() - back) / real(visit.len()),
                Weigh::Fading(fade) => (-real(back) / fade).exp(),
            };
            let rare = if self.rarity == Rarity::Visit { rarity[*item as usize] } else { 1.0 };
            room.compared.push(Compared {
                item: *item,
                weight: (weight * rare).max(f32::MIN_POSITIVE),
                steps: back + 1,
            });
        }
        for one in &room.compared {
            for session in sessions.holding(one.item).take(self.sample) {
                let alike = &mut room.alike[session as usize];
                if *alike == 0.0 {
                    room.touched.push(session);
                }
                *alike += one.weight;
            }
        }
    }

    fn choose(&self, sessions: &SessionIndex, room: &mut Room) {
        if room.touched.len() > self.sample {
            room.touched.sort_unstable_by(|a, b| b.cmp(a));
            for session in room.touched.drain(self.sample..) {
                room.alike[session as usize] = 0.0;
            }
        }
        let norm = room.compared.iter().map(|one| one.weight * one.weight).sum::<f32>().sqrt();
        let all = real(sessions.len());
        room.near.clear();
        for session in room.touched.drain(..) {
            let mut alike = std::mem::take(&mut room.alike[session as usize]);
            if self.cosine {
                alike /= norm * real(sessions.session(session).len()).sqrt();
            }
            if let Some(age) = self.age {
                alike *= (-(all - real(session as usize)) / all / age).exp();
            }
            room.near.push((alike, session));
        }
        room.near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        room.near.truncate(self.k);
    }

    fn vote(&self, sessions: &SessionIndex, rarity: &[f32], room: &mut Room) -> Vec<(Item, f32)> {
        for one in &room.compared {
            room.steps[one.item as usize] = one.steps;
        }
        let Room { near, steps, sums, found, compared, .. } = room;
        for (alike, session) in &*near {
            let touches = sessions.session(*session);
            let shared = || touches.iter().filter(|touch| steps[touch.item as usize] > 0);
            let last = shared().map(|touch| touch.at).max().unwrap_or(0);
            let newest = shared().map(|touch| steps[touch.item as usize]).min().unwrap_or(0);
            for touch in touches {
                let item = touch.item as usize;
                let worth = match self.step {
                    Step::Same => 1.0,
                    Step::Linear => (1.0 - 0.1 * real(newest)).max(0.0),
                    Step::Near(reach) => (-real(touch.at.abs_diff(last) as usize) / reach).exp(),
                };
                let rare = match self.rarity {
                    Rarity::None | Rarity::Visit => 1.0,
                    Rarity::Scored(weight) => 1.0 + weight * rarity[item],
                    Rarity::ScoredOnly => rarity[item],
                };
                if sums[item] == 0.0 {
                    found.push(touch.item);
                }
                sums[item] += alike * worth * rare;
            }
        }
        for one in &*compared {
            steps[one.item as usize] = 0;
        }
        // An item worth nothing may have been noted twice.
        let taken = found.drain(..).map(|item| (item, std::mem::take(&mut sums[item as usize])));
        taken.filter(|(_, score)| *score > 0.0).collect()
    }
}

#[derive(Debug, Clone, Copy)]
struct Compared {
    item: Item,
    weight: f32,
    steps: usize,
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub struct Room {
    compared: Vec<Compared>,
    alike: Vec<f32>,
    touched: Vec<u32>,
    near: Vec<(f32, u32)>,
    steps: Vec<usize>,
    sums: Vec<f32>,
    found: Vec<Item>,
}

impl Room {
    fn resize(&mut self, sessions: usize, items: usize) {
        self.alike.resize(sessions, 0.0);
        self.steps.resize(items, 0);
        self.sums.resize(items, 0.0);
    }
}

/// The logarithm of how few sessions hold each item.
pub fn rarity(sessions: &SessionIndex, items: usize) -> Vec<f32> {
    let of = |item| (real(sessions.len()) / real(sessions.support(item).max(1))).ln();
    (0..u32::try_from(items).unwrap_or(u32::MAX)).map(of).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more digits")]
const fn real(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let sessions = SessionIndex::new([&[0, 1][..], &[1, 2, 3], &[0, 3, 1]], 4);
        let rarity = rarity(&sessions, 4);
        let check = |model: Nearest, expected: &[(Item, f32)]| {
            let mut found = model.score(&sessions, &rarity, &[2, 0], &mut Room::default());
            found.sort_by_key(|(item, _)| *item);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (one, other) in found.iter().zip(expected) {
                assert!(one.0 == other.0 && (one.1 - other.1).abs() < 1e-5, "{found:?}, not {expected:?}");
            }
        };
        let root = |n: f32| n.sqrt().recip();
        let (two, three) = (root(2.0) * root(2.0), root(2.0) * root(3.0));
        check(Nearest::SKNN, &[(0, two + three), (1, two + 2.0 * three), (2, three), (3, 2.0 * three)]);
        check(Nearest { k: 1, ..Nearest::SKNN }, &[(0, two), (1, two)]);
        check(Nearest { sample: 1, ..Nearest::SKNN }, &[(0, three), (1, three), (3, three)]);
        let idf = 3.0_f32.ln();
        let one = Nearest { sample: 1, rarity: Rarity::ScoredOnly, ..Nearest::VMIS };
        check(one, &[(0, 0.9 * (1.5_f32).ln()), (3, 0.9 * (1.5_f32).ln())]);
        // The older item is worth a half by place, and two steps back.
        let two = Nearest { k: 3, ..Nearest::VMIS };
        let half = 1.5_f32.ln();
        check(two, &[(0, 1.8 * half), (2, 0.4 * idf), (3, 0.9 * half + 0.4 * half)]);
    }
}
