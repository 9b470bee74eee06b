//! Sessions: what was touched in one go, as sequences of products, the oldest visit first. Session models train on them.
//!
//! A touch is a look or a put into the cart; what was bought says what goes together, not what she turns to next.

use crate::domain::{Timestamp, catalog::ProductIx, recommend::InteractionKind};
use crate::models::{
    data::{
        interactions::{Interaction, Interactions},
        item_index::{Item, ItemIndex},
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

/// Touches of the visit at hand that models look at: the newest.
const NEWEST: usize = 100;

/// Sequences in one flat piece of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionLog {
    items: Vec<Item>,
    ends: Vec<u32>,
}

impl SessionLog {
    /// The visits of a log before a moment, by the time of their last touch, then by owner. A visit ends with its session id,
    /// else after `idle_ms` without an act.
    pub fn of(interactions: &Interactions, before: Timestamp, idle_ms: i64) -> Self {
        let mut all: Vec<(Timestamp, Vec<Item>)> = Vec::new();
        for own in interactions.by_owner(before) {
            let touches: Vec<Interaction> = own
                .iter()
                .copied()
                .filter(|interaction| matches!(interaction.kind, InteractionKind::Looked | InteractionKind::PutInCart))
                .collect();
            for visit in touches.chunk_by(|a, b| same_visit(a, b, idle_ms)) {
                all.push((visit[visit.len() - 1].time, visit.iter().map(|interaction| interaction.item).collect()));
            }
        }
        all.sort_by_key(|(last, _)| *last);
        all.iter().map(|(_, items)| items.as_slice()).collect()
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.u32("visits.items", self.items.iter().copied());
        draft.u32("visits.ends", self.ends.iter().copied());
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it points elsewhere.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let visits = Self { items: tensors.u32("visits.items")?, ends: tensors.u32("visits.ends")? };
        let meet = visits.ends.last().map_or(0, |end| *end as usize) == visits.items.len();
        let whole = meet && visits.ends.is_sorted() && visits.items.iter().all(|item| (*item as usize) < items);
        whole.then_some(visits).ok_or_else(|| damaged("the visits point outside of themselves"))
    }

    /// The oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[Item]> {
        (0..self.ends.len()).map(|visit| {
            let from = visit.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
            &self.items[from..self.ends[visit] as usize]
        })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }
}

impl<'a> FromIterator<&'a [Item]> for SessionLog {
    fn from_iter<T: IntoIterator<Item = &'a [Item]>>(visits: T) -> Self {
        let mut all = Self::default();
        for visit in visits {
            all.items.extend_from_slice(visit);
            all.ends.push(u32::try_from(all.items.len()).unwrap_or(u32::MAX));
        }
        all
    }
}

fn same_visit(a: &Interaction, b: &Interaction, idle_ms: i64) -> bool {
    match (a.group, b.group) {
        (0, _) | (_, 0) => b.time.0.saturating_sub(a.time.0) <= idle_ms,
        (a, b) => a == b,
    }
}

/// The visit at hand, of products that the model knows, the newest last.
pub fn known(visit: &[ProductIx], vocabulary: &ItemIndex) -> Vec<Item> {
    let newest = &visit[visit.len().saturating_sub(NEWEST)..];
    newest.iter().filter_map(|product| vocabulary.item(*product)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_end_with_their_session_or_a_pause_and_stand_by_their_end() {
        let interaction = |owner, time, item, kind, group| Interaction {
            time: Timestamp(time),
            owner,
            item,
            kind,
            quantity: 1,
            group,
        };
        let interactions = Interactions::from_interactions(vec![
            interaction(0, 0, 5, InteractionKind::Looked, 0),
            interaction(0, 10, 6, InteractionKind::PutInCart, 0),
            interaction(0, 11, 6, InteractionKind::Bought, 9),
            interaction(0, 500, 7, InteractionKind::Looked, 0),
            interaction(1, 1, 1, InteractionKind::Looked, 3),
            interaction(1, 200, 1, InteractionKind::Looked, 3),
            interaction(1, 201, 2, InteractionKind::Looked, 4),
            interaction(1, 900, 3, InteractionKind::Looked, 4),
        ]);
        let visits = SessionLog::of(&interactions, Timestamp(900), 20);
        assert_eq!(visits.iter().collect::<Vec<_>>(), [&[5, 6][..], &[1, 1], &[2], &[7]]);
        assert_eq!((visits.len(), SessionLog::default().iter().len()), (4, 0));
    }
}
