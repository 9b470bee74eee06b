//! How she buys: how much, how often, how lately. The same for all candidates of a question, so that it orders nothing alone;
//! trees read by it how far to trust her history and how far what all buy.

use crate::domain::{
    catalog::ProductIx,
    recommend::{Evidence, RequestContext, Source, SourceError},
};

/// Products, orders and the size of the last, as logarithms, and units of time since then.
const SIGNALS: [&str; 4] = ["lines", "orders", "last_size", "since"];

/// Facts of her orders.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// What time is measured in.
    unit_days: f64,
}

impl Habits {
    /// Measures time in so many days.
    pub const fn new(unit_days: f64) -> Self {
        Self { unit_days }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "signals need no more digits")]
    fn of(self, context: &RequestContext<'_>) -> [f32; SIGNALS.len()] {
        let history = context.history;
        let log = |count: usize| (count as f32).ln_1p();
        let last = history.orders().next_back().unwrap_or(&[]);
        let since = last.first().map_or(0.0, |line| context.now.days_since(line.time) / self.unit_days);
        [log(history.bought.len()), log(history.ends.len()), log(last.len()), since as f32]
    }
}

impl Source for Habits {
    fn name(&self) -> &'static str {
        "habits"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        _products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let facts = self.of(context);
        rows.chunks_exact_mut(SIGNALS.len()).for_each(|row| row.copy_from_slice(&facts));
        Ok(())
    }
}
