//! What her purchases and returns say of her sizes, in whole weights. What it comes to is `judge`.

use crate::domain::sizing::{
    SizeCode,
    cut::Cut,
    judge::{ONE, Weighed},
    scale::{Group, Measure, Reading, Scale, Size},
    sizes::Table,
};
use crate::domain::{
    Timestamp,
    catalog::{Garment, Row, Snapshot, VariantIx},
    customer::{Profile, Side, Trade},
    event::ReturnReason,
    rules::SizeRules,
};

/// Children grow about a size in half a year, so what they wore is soon worth little.
const CHILD_HALF_LIFE_DAYS: f64 = 120.0;

/// What a child wore longer ago than this says nothing: about a size and a half.
pub(super) const CHILD_OLDEST_DAYS: f64 = 270.0;

/// A return for size says this part of a kept purchase for the neighbour: it is the direction that is known, not how far.
const NEIGHBOUR: i64 = 2;

/// Something that speaks for, or against, one size.
#[derive(Debug)]
pub(super) struct Fact<'t> {
    pub(super) garment: Garment,
    pub(super) group: Group,
    pub(super) scale: Option<Scale>,
    pub(super) weighed: Weighed<'t>,
    pub(super) cut: Cut,
}

impl Fact<'_> {
    /// What may be judged together: one garment, group and scale; all that nobody can read is one scale.
    pub(super) fn kind(&self) -> (Garment, Group, Option<Scale>) {
        (self.garment, self.group, self.scale)
    }
}

/// All facts of a profile at one moment. What left the catalogue says nothing: its size is not known any more.
pub(super) fn facts<'t>(
    profile: &Profile,
    catalog: &Snapshot,
    table: &'t Table,
    rules: &SizeRules,
    now: Timestamp,
) -> Vec<Fact<'t>> {
    let mut facts = Vec::new();
    for trades in profile.trades().chunk_by(|a, b| a.product == b.product) {
        let Some(row) = trades.first().and_then(|trade| catalog.get(trade.product)) else { continue };
        if row.garment == Garment::None {
            continue;
        }
        let mut of = Product { row, table, rules, now, facts: &mut facts };
        for trade in trades {
            of.take(trade);
        }
    }
    facts
}

/// The trades of one product on their way to facts.
struct Product<'a, 't> {
    row: &'a Row,
    table: &'t Table,
    rules: &'a SizeRules,
    now: Timestamp,
    facts: &'a mut Vec<Fact<'t>>,
}

impl<'t> Product<'_, 't> {
    fn take(&mut self, trade: &Trade) {
        let Some(variant) = trade.variant else { return };
        match trade.side {
            // However many she bought at once, it was one choice of a size.
            Side::Bought if trade.kept_quantity > 0 => {
                let weight = self.weight(trade.stamp.time);
                if let Some(size) = self.size_of(variant) {
                    self.push(size, weight);
                }
            }
            Side::Returned(Some(reason)) => self.sent_back(variant, reason, trade.stamp.time),
            Side::Bought | Side::Returned(None) => {}
        }
    }

    fn sent_back(&mut self, variant: VariantIx, reason: ReturnReason, time: Timestamp) {
        let larger = match reason {
            ReturnReason::TooSmall => true,
            ReturnReason::TooLarge => false,
            _ => return,
        };
        let Some(size) = self.size_of(variant) else { return };
        let weight = self.weight(time);
        self.push(size, -weight);
        if let Some(neighbour) = self.neighbour(size, larger) {
            self.push(neighbour, weight / NEIGHBOUR);
        }
    }

    fn size_of(&self, variant: VariantIx) -> Option<&'t Size> {
        let code = self.row.variant(variant)?.size;
        if code == SizeCode::ONE_SIZE { None } else { self.table.size(code) }
    }

    /// The next size up or down that this very product comes in. Bras have none: band or cup may have been at fault.
    fn neighbour(&self, size: &Size, larger: bool) -> Option<&'t Size> {
        let Reading::Measured(from) = &size.reading else { return None };
        if matches!(from.scale, Scale::Bra | Scale::BraInches) {
            return None;
        }
        let beyond = |to: &Measure| if larger { to.first > from.first } else { to.first < from.first };
        let candidates = self.row.variants.iter().filter_map(|variant| {
            let next = self.table.size(variant.size)?;
            let Reading::Measured(to) = &next.reading else { return None };
            let is_run = to.scale == from.scale && to.second == from.second && next.cut == size.cut;
            (is_run && beyond(to) && !to.fits(from)).then_some((to.first, next))
        });
        let next = if larger {
            candidates.min_by_key(|(first, _)| *first)
        } else {
            candidates.max_by_key(|(first, _)| *first)
        };
        next.map(|(_, next)| next)
    }

    /// Half after each half-life.
    fn weight(&self, time: Timestamp) -> i64 {
        let age = self.now.days_since(time).max(0.0);
        let child = Group::from(self.row.audience) == Group::Children;
        if child && age > CHILD_OLDEST_DAYS {
            return 0;
        }
        let half_life =
            if child { self.rules.half_life_days.min(CHILD_HALF_LIFE_DAYS) } else { self.rules.half_life_days };
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "between 0 and 2^32")]
        let weight = ((-age / half_life).exp2() * ONE as f64) as i64;
        weight
    }

    fn push(&mut self, size: &'t Size, weight: i64) {
        if weight == 0 {
            return;
        }
        let scale = match &size.reading {
            Reading::Measured(measure) => Some(measure.scale),
            _ => None,
        };
        self.facts.push(Fact {
            garment: self.row.garment,
            group: self.row.audience.into(),
            scale,
            weighed: Weighed { size: &size.reading, weight },
            cut: size.cut,
        });
    }
}
