//! When the goods came: a shop's first import brings all of them on one day, and none of them is new in the shop for that.

use std::collections::BTreeMap;

use crate::domain::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// How many products came on each day. Those without a date have been there always.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    days: BTreeMap<i64, usize>,
    products: usize,
    has_changed: bool,
}

impl Arrivals {
    /// A product comes, changes its date, or goes.
    pub(super) fn replace(&mut self, former: Option<Timestamp>, now: Option<Timestamp>) {
        if former == now {
            return;
        }
        self.has_changed = true;
        if let Some(day) = former.map(day) {
            self.products -= 1;
            let left = self.days.get(&day).map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                self.days.remove(&day)
            } else {
                self.days.insert(day, left)
            };
        }
        if let Some(day) = now.map(day) {
            self.products += 1;
            *self.days.entry(day).or_insert(0) += 1;
        }
    }

    /// As [`Arrivals::bulk_until`], where anything changed since this was asked.
    pub(super) fn news(&mut self) -> Option<Timestamp> {
        std::mem::take(&mut self.has_changed).then(|| self.bulk_until())
    }

    /// The end of the day after the one by which half of the goods were there: an import may go on past midnight. What came
    /// later is newer than the bulk.
    fn bulk_until(&self) -> Timestamp {
        let mut there = 0;
        let half = self.days.iter().find(|(_, count)| {
            there += **count;
            there * 2 >= self.products
        });
        half.map_or(Timestamp(0), |(day, _)| Timestamp((day + 2) * DAY_MS))
    }
}

const fn day(time: Timestamp) -> i64 {
    time.0.div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bulk_is_what_came_first_and_what_came_with_it() {
        let check = |days: &[(i64, usize)], last_of_bulk: i64| {
            let mut arrivals = Arrivals::default();
            for (day, count) in days {
                (0..*count).for_each(|n| {
                    let hour = i64::try_from(n % 24).unwrap() * 3_600_000;
                    arrivals.replace(None, Some(Timestamp(day * DAY_MS + hour)));
                });
            }
            assert_eq!(arrivals.bulk_until(), Timestamp((last_of_bulk + 1) * DAY_MS), "{days:?}");
            arrivals
        };
        check(&[(100, 1_000)], 101);
        check(&[(100, 990), (101, 10)], 101);
        check(&[(100, 1_000), (130, 50)], 101);
        // Goods that come evenly: the later half.
        check(&[(10, 5), (20, 5), (30, 5), (40, 5)], 21);
        // Half without a date, or one old one and one new one.
        check(&[(0, 1), (500, 1)], 1);
        let mut moved = check(&[(100, 3), (200, 2)], 101);
        moved.replace(Some(Timestamp(100 * DAY_MS)), Some(Timestamp(200 * DAY_MS)));
        assert_eq!(moved.bulk_until(), Timestamp(202 * DAY_MS));
        moved.replace(Some(Timestamp(200 * DAY_MS)), None);
        assert_eq!(moved.bulk_until(), Timestamp(102 * DAY_MS));
        assert_eq!(Arrivals::default().bulk_until(), Timestamp(0));
    }
}
