//! What visits turn to: how often each product was touched, in all and lately, and how often it is returned to in one visit.
//!
//! Lately is counted in visits, not in days: a shop in season and one that sleeps are measured alike. Products are brought only
//! where next to nothing is known of those in the visit.

use std::sync::Arc;

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, Found, RequestContext, Source, SourceError},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    sessions::{self, SessionLog},
};

/// Shares of the visits, the newest, that count as lately and as just now.
const LATELY: [f32; 2] = [0.05, 0.01];
/// Touches of the visit's products below which the visited most are brought.
const LITTLE: u32 = 20;
/// How many are brought, then.
const BROUGHT: usize = 50;
/// As if each product had been touched this often without being returned to.
const SHRINKAGE: f32 = 5.0;

const WIDTH: usize = 4;

/// How visits turn to products.
#[derive(Debug)]
pub struct Visited {
    vocabulary: Arc<ItemIndex>,
    /// By item.
    signals: Vec<[f32; WIDTH]>,
    touches: Vec<u32>,
    /// The visited most, the first lately most.
    most: Vec<Item>,
}

impl Visited {
    /// Counts visits.
    pub fn count(visits: &SessionLog, vocabulary: &Arc<ItemIndex>) -> Self {
        let items = vocabulary.len();
        let mut touches = vec![0_u32; items];
        let mut returns = vec![0_u32; items];
        let mut lately = LATELY.map(|_| vec![0_u32; items]);
        let from = LATELY.map(|share| (real(visits.len()) * (1.0 - share)).floor());
        let mut met = vec![0; items];
        for (number, visit) in (1..).zip(visits.iter()) {
            for (at, item) in visit.iter().enumerate() {
                let item = *item as usize;
                touches[item] += 1;
                let known = std::mem::replace(&mut met[item], number) == number;
                // What is touched twice in a row says more of the page than of her.
                let again = known && visit[at - 1] as usize != item;
                returns[item] += u32::from(again);
                for (counts, from) in lately.iter_mut().zip(from) {
                    counts[item] += u32::from(real(number) > from);
                }
            }
        }
        let signals: Vec<[f32; WIDTH]> = (0..items)
            .map(|item| {
                let rate = |lately: &[u32], share: f32| (count(lately[item]) / share).ln_1p();
                [
                    rate(&lately[0], LATELY[0]),
                    rate(&lately[1], LATELY[1]),
                    count(touches[item]).ln_1p(),
                    count(returns[item]) / (count(touches[item]) + SHRINKAGE),
                ]
            })
            .collect();
        let mut most: Vec<Item> = (0..u32::try_from(items).unwrap_or(u32::MAX)).collect();
        let by_rate = |a: &Item, b: &Item| {
            let rates = |item: &Item| signals[*item as usize];
            rates(b)[0].total_cmp(&rates(a)[0]).then(rates(b)[2].total_cmp(&rates(a)[2])).then(a.cmp(b))
        };
        most.sort_by(by_rate);
        most.truncate(BROUGHT);
        Self { vocabulary: Arc::clone(vocabulary), signals, touches, most }
    }
}

impl Source for Visited {
    fn name(&self) -> &'static str {
        "visited"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["lately", "just_now", "ever", "returned_to"]
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let known = sessions::known(&context.history.visit, &self.vocabulary);
        let touches = known.iter().map(|item| self.touches[*item as usize]).fold(0, u32::saturating_add);
        if touches < LITTLE {
            for item in &self.most {
                found.push(self.vocabulary.product(*item), &self.signals[*item as usize]);
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        _context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        for (product, row) in products.iter().zip(rows.chunks_exact_mut(WIDTH)) {
            if let Some(item) = self.vocabulary.item(*product) {
                row.copy_from_slice(&self.signals[item as usize]);
            }
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
const fn real(n: usize) -> f32 {
    n as f32
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
const fn count(n: u32) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id,
        catalog::{Ids, Snapshot},
        customer::Profile,
        recommend::{UserHistory, fixture},
    };

    #[test]
    fn lately_is_the_newest_visits_and_the_most_visited_help_where_little_is_known() {
        let ids = Ids::default();
        let names = (0..5).map(|item| Id::new(format!("{item}")).unwrap()).collect();
        let vocabulary = Arc::new(ItemIndex::new(names, &ids));
        let mut all: Vec<Vec<Item>> = (0..100).map(|_| vec![0, 1, 0, 0]).collect();
        all[98] = vec![3];
        all[99] = vec![2, 2];
        let visited = Visited::count(&all.iter().map(Vec::as_slice).collect(), &vocabulary);
        let ever = 5.0_f32;
        let near = |found: &[f32], wanted: &[f32]| {
            let close = found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-5);
            assert!(close, "{found:?}, not {wanted:?}");
        };
        near(&visited.signals[2], &[(2.0_f32 / 0.05).ln_1p(), (2.0_f32 / 0.01).ln_1p(), 2.0_f32.ln_1p(), 0.0]);
        near(&visited.signals[3][1..2], &[0.0]);
        assert!((visited.signals[0][3] - 98.0 / (294.0 + ever)).abs() < 1e-6, "{:?}", visited.signals[0]);
        let (catalog, profile) = (Snapshot::default(), Profile::default());
        let brought = |visit: &[Item]| {
            let history = UserHistory {
                visit: visit.iter().map(|item| vocabulary.product(*item)).collect(),
                ..UserHistory::default()
            };
            let context = RequestContext { history: &history, ..fixture::context(&catalog, &ids, &profile) };
            let mut found = Found::default();
            visited.collect(&context, 100, &mut found, &mut Evidence::default()).unwrap();
            found.products.iter().map(|product| vocabulary.item(*product).unwrap()).collect::<Vec<_>>()
        };
        assert!(brought(&[0]).is_empty());
        assert_eq!(brought(&[3]), [0, 1, 2, 3, 4]);
        assert_eq!(brought(&[]), [0, 1, 2, 3, 4]);
    }
}
