//! What customers buy, and how that changes: the buyers of each product in several windows up to the newest, its first and
//! its last sale.
//!
//! Buyers are counted, not units, and in logarithms: somebody who buys a thousand is one who liked it. Windows are parts of the
//! log's own unit of time, so that they fit quick shops and slow ones.

use std::sync::Arc;

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError},
};
use crate::models::{
    data::{
        item_index::{Item, ItemIndex},
        neighbours::keep_best,
        user_items::UserItems,
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

/// Buyers in each window as a share of the busiest product's, in logarithms; buyers who had it never before; the
/// chance that somebody who lacks it buys it within a unit, as a logarithm; how much more is bought now than before; and how long ago, in units of the log's time, it was first and last bought.
const SIGNALS: [&str; 11] =
    ["lately", "now", "month", "season", "ever", "newly", "chance", "rising", "coming", "first_sale", "last_sale"];
/// In units, by the first five signals.
const WINDOWS: [f64; 5] = [0.35, 0.1, 0.75, 2.0, f64::INFINITY];
/// Buyers added to both sides of a ratio, so that one sale is no trend.
const STEADY: f32 = 3.0;

/// The figures of each product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trends {
    /// Row-major, by item.
    rows: Vec<f32>,
}

impl Trends {
    /// Counts what was bought up to the moment of the holdings.
    pub fn count(holdings: &UserItems, items: usize) -> Self {
        let mut buyers = vec![[0.0_f32; WINDOWS.len()]; items];
        let mut newly = vec![0.0_f32; items];
        // Of those who buy in the last unit: who had it before, and who got it then.
        let mut before = vec![(0.0_f32, 0.0_f32); items];
        let mut active = 0.0_f32;
        for own in holdings.customers() {
            let recent = |time| holdings.now.days_since(time) <= holdings.unit_days;
            if own.iter().any(|held| recent(held.last)) {
                active += 1.0;
                for held in own {
                    let counts = &mut before[held.item as usize];
                    *(if recent(held.first) { &mut counts.1 } else { &mut counts.0 }) += 1.0;
                }
            }
        }
        let mut span: Vec<Option<(Timestamp, Timestamp)>> = vec![None; items];
        for held in holdings.customers().flatten() {
            let at = held.item as usize;
            let age = |time| holdings.now.days_since(time) / holdings.unit_days;
            for (count, window) in buyers[at].iter_mut().zip(WINDOWS) {
                *count += f32::from(u8::from(age(held.last) <= window));
            }
            newly[at] += f32::from(u8::from(age(held.first) <= WINDOWS[0]));
            let (first, last) = span[at].get_or_insert((held.first, held.last));
            *first = held.first.min(*first);
            *last = held.last.max(*last);
        }
        let mut most = [1.0_f32; WINDOWS.len()];
        for counts in &buyers {
            for (most, count) in most.iter_mut().zip(counts) {
                *most = most.max(*count);
            }
        }
        let most_newly = newly.iter().copied().fold(1.0, f32::max);
        let mut rows = Vec::with_capacity(items * SIGNALS.len());
        for item in 0..items {
            let counts = &buyers[item];
            rows.extend(counts.iter().zip(most).map(|(count, most)| count.ln_1p() / most.ln_1p()));
            rows.push(newly[item].ln_1p() / most_newly.ln_1p());
            let (had, got) = before[item];
            rows.push(((got + 1.0) / (active - had + STEADY)).ln());
            rows.push(ratio(counts[1], counts[2]));
            rows.push(ratio(counts[2], counts[4]));
            let (first, last) = span[item].unwrap_or((holdings.now, holdings.now));
            rows.extend([first, last].map(|time| units(holdings, time)));
        }
        Self { rows }
    }

    /// As a row of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.f32("trends", &self.rows);
    }

    /// What was written, over so many items.
    ///
    /// # Errors
    /// Where it is not a row for each.
    pub fn read(tensors: &Tensors<'_>, items: usize) -> Result<Self, Damaged> {
        let rows = tensors.f32("trends")?;
        let whole = rows.len() == items * SIGNALS.len();
        whole.then_some(Self { rows }).ok_or_else(|| damaged("trends is not a row for each product"))
    }

    fn row(&self, item: Item) -> &[f32] {
        let at = item as usize * SIGNALS.len();
        self.rows.get(at..at + SIGNALS.len()).unwrap_or(&[])
    }
}

fn ratio(part: f32, whole: f32) -> f32 {
    ((part + STEADY) / (whole + STEADY)).ln()
}

#[expect(clippy::cast_possible_truncation, reason = "a signal needs no more digits")]
fn units(holdings: &UserItems, time: Timestamp) -> f32 {
    (holdings.now.days_since(time) / holdings.unit_days) as f32
}

/// What sells.
#[derive(Debug)]
pub struct Trend {
    vocabulary: Arc<ItemIndex>,
    trends: Arc<Trends>,
    /// By the first signal.
    order: Vec<Item>,
}

impl Trend {
    /// Serves what was counted.
    pub fn new(vocabulary: Arc<ItemIndex>, trends: Arc<Trends>) -> Self {
        let items = 0..u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
        let scored = items.map(|item| (item, trends.row(item).first().copied().unwrap_or(0.0)));
        let mut order: Vec<(Item, f32)> = scored.filter(|(_, score)| *score > 0.0).collect();
        let most = order.len();
        keep_best(&mut order, most);
        Self { vocabulary, trends, order: order.into_iter().map(|(item, _)| item).collect() }
    }
}

impl Source for Trend {
    fn name(&self) -> &'static str {
        "trend"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        most: usize,
        found: &mut Found,
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        // Those that are hers already may take the places of as many others.
        for item in self.order.iter().take(most + context.history.bought.len()) {
            found.push(self.vocabulary.product(*item), self.trends.row(*item));
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
        for (product, row) in products.iter().zip(rows.chunks_exact_mut(SIGNALS.len())) {
            let known = self.vocabulary.item(*product).map(|item| self.trends.row(item));
            if let Some(known) = known.filter(|known| known.len() == row.len()) {
                row.copy_from_slice(known);
            }
        }
        Ok(())
    }

    fn because(
        &self,
        _context: &RequestContext<'_>,
        _product: ProductIx,
        _parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        Some(Rationale::of(ReasonCode::Popular))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::InteractionKind;
    use crate::models::data::interactions::{Interaction, Interactions};

    fn trends(bought: &[(u32, Item, i64)]) -> Trends {
        let interaction = |(owner, item, day): &(u32, Item, i64)| {
            let time = Timestamp(day * Timestamp::DAY);
            Interaction { time, owner: *owner, item: *item, kind: InteractionKind::Bought, quantity: 5, group: 0 }
        };
        let interactions = Interactions::from_interactions(bought.iter().map(interaction).collect());
        Trends::count(&UserItems::of(&interactions, Timestamp(100 * Timestamp::DAY)), 4)
    }

    #[test]
    fn buyers_count_and_not_units_and_windows_end_now() {
        // The unit is the span of the newest fifth of ten: of the last two, ten days.
        let mut bought: Vec<(u32, Item, i64)> = (0..8).map(|n| (n, 0, i64::from(n))).collect();
        bought.extend([(8, 1, 90), (8, 1, 99)]);
        let found = trends(&bought);
        let signal = |item, name| found.row(item)[SIGNALS.iter().position(|signal| *signal == name).unwrap()];
        assert_eq!((signal(0, "lately"), signal(1, "lately"), signal(2, "lately")), (0.0, 1.0, 0.0));
        assert!(signal(1, "newly").abs() < 1e-6, "she had it before");
        assert!((signal(0, "ever") - 1.0).abs() < 1e-6);
        assert!((signal(1, "ever") - 2.0_f32.ln() / 9.0_f32.ln()).abs() < 1e-6);
        assert!((signal(0, "first_sale") - 10.0).abs() < 1e-4 && (signal(1, "last_sale") - 0.1).abs() < 1e-4);
        assert!(signal(1, "coming") > signal(0, "coming"));
    }

    #[test]
    fn an_empty_log_has_no_trend() {
        let found = trends(&[]);
        assert!(found.row(0).iter().all(|signal| signal.is_finite()), "{:?}", found.row(0));
        assert!(found.row(7).is_empty());
    }
}
