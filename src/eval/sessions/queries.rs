//! Questions: every beginning of a session, and what is made of the answers.

use crate::eval::sessions::{TOP, data::Data};
use crate::models::{
    data::item_index::Item,
    stats::metrics::{Shown, by_score, hit_at, keep_top, rank_of, reciprocal_at},
};

/// What comes next?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// The id of the session.
    pub session: &'a str,
    /// The number of the session.
    pub group: u32,
    /// What she touched so far.
    pub visit: &'a [Item],
    /// The place of what is asked for.
    pub pos: u32,
    /// What she touched next, where that is in sight.
    pub target: Option<Item>,
}

/// All questions of a run.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// By session, then by place.
    pub questions: Vec<Question<'a>>,
}

/// What became of one model's answers.
#[derive(Debug)]
pub struct Outcome {
    hits: Vec<f64>,
    reciprocals: Vec<f64>,
    /// What it showed.
    pub shown: Shown,
}

impl<'a> Asked<'a> {
    /// The questions on the test sessions.
    pub fn of(data: &'a Data) -> Self {
        let mut questions = Vec::new();
        for (group, session) in (0..).zip(&data.test) {
            let question = |known: usize, pos: u32, target: Option<Item>| Question {
                session: &session.id,
                group,
                visit: &session.items[..known],
                pos,
                target,
            };
            if data.truth {
                // What train does not have is as if it had not been in the session.
                let next = (1_u32..).zip(session.items.iter().enumerate().skip(1));
                questions.extend(next.map(|(pos, (known, target))| question(known, pos, Some(*target))));
            } else {
                let known = |pos: u32| session.places.partition_point(|place| *place < pos);
                questions.extend((1..=session.length).map(|pos| question(known(pos), pos, None)));
            }
        }
        Self { questions }
    }

    /// The questions on train sessions that are held back: evenly spread over them, about as many as `most`.
    pub fn held(sessions: &[&'a [Item]], most: usize) -> Self {
        let all: usize = sessions.iter().map(|session| session.len().saturating_sub(1)).sum();
        let every = all.div_ceil(most.max(1)).max(1);
        let mut questions = Vec::new();
        for (group, session) in (0_u32..).zip(sessions).skip(every - 1).step_by(every) {
            let next = (1_u32..).zip(session.iter().enumerate().skip(1));
            questions.extend(next.map(|(pos, (known, target))| Question {
                session: "",
                group,
                visit: &session[..known],
                pos,
                target: Some(*target),
            }));
        }
        Self { questions }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.questions.len()
    }

    /// Of how many sessions.
    pub fn sessions(&self) -> usize {
        self.questions.chunk_by(|a, b| a.group == b.group).count()
    }

    /// The keys of the split.
    pub fn keys(&self, data: &Data) -> Vec<String> {
        let key = |question: &Question<'_>| {
            let target = &data.names[question.target? as usize];
            Some(format!("{}\t{}\t{target}", question.session, question.pos))
        };
        self.questions.iter().filter_map(key).collect()
    }

    /// Asks all of them. Items that an answer does not have are worth zero.
    pub fn each(&self, items: usize, mut ask: impl FnMut(&Question<'_>) -> Vec<(Item, f32)>) -> Outcome {
        let mut outcome = Outcome { hits: Vec::new(), reciprocals: Vec::new(), shown: Shown::new(items) };
        for question in &self.questions {
            let mut list = ask(question);
            if let Some(target) = question.target {
                let rank = rank(target, &list);
                outcome.hits.push(hit_at(Some(rank), TOP));
                outcome.reciprocals.push(reciprocal_at(Some(rank), TOP));
            }
            keep_top(&mut list, TOP);
            let list: Vec<Item> = list.into_iter().map(|(item, _)| item).collect();
            outcome.shown.take(&list, |item| question.visit.contains(&item));
        }
        outcome
    }
}

impl Outcome {
    /// Hits and reciprocal ranks by question; None where no target is in sight.
    pub fn figures(&self) -> Option<[Vec<f64>; 2]> {
        (!self.hits.is_empty()).then(|| [self.hits.clone(), self.reciprocals.clone()])
    }

    /// The mean of HR@20 and MRR@20: what parameters are chosen by.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 questions")]
    pub fn worth(&self) -> f64 {
        let sum: f64 = self.hits.iter().chain(&self.reciprocals).sum();
        sum / (2 * self.hits.len().max(1)) as f64
    }
}

/// The place of a target in the whole catalogue, from 1: what is not in the list has the score zero.
fn rank(target: Item, list: &[(Item, f32)]) -> usize {
    rank_of(target, list).unwrap_or_else(|| {
        let own = (target, 0.0);
        let before = list.iter().filter(|other| by_score(other, &own).is_lt()).count();
        let smaller = list.iter().filter(|(item, _)| *item < target).count();
        1 + before + target as usize - smaller
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_one_scored_stands_behind_by_its_id() {
        let list = [(5, 0.5), (1, 0.25), (9, -1.0)];
        let ranks = [5, 1, 0, 2, 7, 9].map(|target| rank(target, &list));
        assert_eq!(ranks, [1, 2, 3, 4, 8, 3], "0, 2, 3, 4, 6 are before 7");
    }
}
