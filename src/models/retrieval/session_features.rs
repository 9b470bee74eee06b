//! How a product stood in this visit so far: a third of the next products are ones that she has looked at already.

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, RequestContext, Source, SourceError},
};

/// Touches that are looked at: the newest.
const NEWEST: usize = 100;
const WIDTH: usize = 6;

/// What she touched in this visit, and how long it is.
#[derive(Debug, Default)]
pub struct ThisVisit;

/// Signals that are the same for all products: how much is known of what she is at.
fn of_all(visit: &[ProductIx]) -> [f32; WIDTH] {
    let mut distinct = visit.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    [0.0, 0.0, 0.0, 0.0, real(visit.len()).ln_1p(), real(distinct.len()) / real(visit.len().max(1))]
}

impl Source for ThisVisit {
    fn name(&self) -> &'static str {
        "this_visit"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["recency", "times", "entry", "since", "length", "distinct"]
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let all = &context.history.visit;
        let visit = &all[all.len().saturating_sub(NEWEST)..];
        let of_all = of_all(visit);
        for (at, product) in visit.iter().enumerate().rev() {
            if visit[at + 1..].contains(product) {
                continue;
            }
            let times = visit[..=at].iter().filter(|other| *other == product).count();
            let mut signals = of_all;
            signals[0] = real(visit.len() - at).recip();
            signals[1] = real(times);
            signals[2] = f32::from(u8::from(visit[0] == *product));
            signals[3] = real(visit.len() - at) / real(visit.len());
            found.push(*product, &signals);
        }
        Ok(())
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        _products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let all = &context.history.visit;
        let of_all = of_all(&all[all.len().saturating_sub(NEWEST)..]);
        rows.chunks_exact_mut(WIDTH).for_each(|row| row.copy_from_slice(&of_all));
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
const fn real(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::{UserHistory, fixture},
    };

    #[test]
    fn the_newest_comes_first_and_repeats_count() {
        let (catalog, ids, profile) = (Snapshot::default(), Ids::default(), Profile::default());
        let visit = [4, 2, 4, 7].map(ProductIx).to_vec();
        let history = UserHistory { visit, ..UserHistory::default() };
        let context = RequestContext { history: &history, ..fixture::context(&catalog, &ids, &profile) };
        let mut found = Found::default();
        ThisVisit.collect(&context, 100, &mut found, &mut Evidence::default()).unwrap();
        assert_eq!(found.products, [7, 4, 2].map(ProductIx));
        let (length, distinct) = (5.0_f32.ln(), 0.75);
        assert_eq!(
            found.signals.chunks(WIDTH).collect::<Vec<_>>(),
            [
                [1.0, 1.0, 0.0, 0.25, length, distinct],
                [0.5, 2.0, 1.0, 0.5, length, distinct],
                [1.0 / 3.0, 1.0, 0.0, 0.75, length, distinct]
            ]
        );
        let mut row = vec![0.0; WIDTH];
        ThisVisit.fill(&context, &[ProductIx(9)], &mut row, &mut Evidence::default()).unwrap();
        assert_eq!(row, [0.0, 0.0, 0.0, 0.0, length, distinct]);
        let nothing = UserHistory::default();
        let context = RequestContext { history: &nothing, ..context };
        let mut none = Found::default();
        ThisVisit.collect(&context, 100, &mut none, &mut Evidence::default()).unwrap();
        assert_eq!(none, Found::default());
    }
}
