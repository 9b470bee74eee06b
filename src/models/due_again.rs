//! What she uses up and is due again.

use std::{cmp::Reverse, sync::Arc};

use crate::domain::catalog::{ProductIx, Row};
use crate::domain::recommend::{Because, Candidate, Moment, ReasonCode, Source, SourceError, due_at};
use crate::models::{shelf, vocabulary::Vocabulary};

/// Things that she uses up and that are looked at for one answer: those bought last.
const LOOKED_AT: usize = 500;
/// Days after the day on which it is due, at which the score is a half.
const OVERDUE_DAYS: f64 = 30.0;

/// Her replenishables that are due.
#[derive(Debug)]
pub struct DueAgain {
    vocabulary: Arc<Vocabulary>,
}

impl DueAgain {
    /// Needs nothing but her purchases and the rules of the catalogue.
    #[must_use]
    pub const fn new(vocabulary: Arc<Vocabulary>) -> Self {
        Self { vocabulary }
    }
}

/// One on the day, then falling: what she has long done without she has found elsewhere.
fn candidate(moment: &Moment<'_>, row: &Row) -> Option<Candidate> {
    let overdue = moment.now.days_since(due_at(moment.profile, row)?);
    if overdue < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits")]
    let score = (1.0 / (1.0 + overdue / OVERDUE_DAYS)) as f32;
    let time = moment.profile.owned(row.ix).map(|owned| owned.last_purchase);
    Some(Candidate {
        product: row.ix,
        score,
        because: Because { code: ReasonCode::DueAgain, product: Some(row.ix), time },
    })
}

impl Source for DueAgain {
    fn name(&self) -> &'static str {
        "due_again"
    }

    fn collect(&self, moment: &Moment<'_>, most: usize, found: &mut Vec<Candidate>) -> Result<(), SourceError> {
        let mut owned: Vec<_> =
            moment.profile.all_owned().map(|(product, owned)| (Reverse(owned.last_purchase), product)).collect();
        owned.sort_unstable();
        let list =
            owned.iter().take(LOOKED_AT).filter_map(|(_, product)| candidate(moment, moment.catalog.get(*product)?));
        shelf::append_best(list.collect(), most, &self.vocabulary, found);
        Ok(())
    }

    fn score(&self, moment: &Moment<'_>, products: &[ProductIx], scores: &mut Vec<f32>) -> Result<(), SourceError> {
        let candidate = |product: &ProductIx| candidate(moment, moment.catalog.get(*product)?);
        scores.extend(products.iter().map(|product| candidate(product).map_or(0.0, |one| one.score)));
        Ok(())
    }
}
