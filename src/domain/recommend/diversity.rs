//! Variety: no ten of a kind side by side. Re-orders, drops nothing, knows nothing of scores but their order.

use crate::domain::catalog::{BrandIx, CategoryIx};

/// Places that are looked at together.
const WINDOW: usize = 6;
/// Most of one narrow category in a window.
const SAME_CATEGORY: usize = 2;
/// Most of one brand in a window.
const SAME_BRAND: usize = 3;
/// How many of those that wait are looked through for something else: variety must not lift what hardly fits her.
const REACH: usize = 64;

/// What makes two products look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kind {
    /// The narrowest category; zero is of no kind.
    pub category: CategoryIx,
    /// The brand; zero is of no kind.
    pub brand: BrandIx,
}

/// The order to show things in, as positions in `kinds`, which stands best first.
///
/// Each place takes the best of the next 64 that leaves at most two of a narrow category and three of a brand in any six
/// neighbours; where none does, simply the best. This is the greedy rule of sliding windows, at a cost of `kinds` x 64.
pub fn varied(kinds: &[Kind]) -> Vec<u32> {
    let mut order: Vec<u32> = Vec::with_capacity(kinds.len());
    let mut waiting: Vec<u32> = Vec::with_capacity(REACH);
    let mut coming = 0_u32..u32::try_from(kinds.len()).unwrap_or(u32::MAX);
    loop {
        while waiting.len() < REACH
            && let Some(next) = coming.next()
        {
            waiting.push(next);
        }
        if waiting.is_empty() {
            return order;
        }
        let window = &order[order.len().saturating_sub(WINDOW - 1)..];
        let fits = |candidate: &u32| !crowds(kinds, window, kinds[*candidate as usize]);
        let place = waiting.iter().position(fits).unwrap_or(0);
        order.push(waiting.remove(place));
    }
}

fn crowds(kinds: &[Kind], window: &[u32], kind: Kind) -> bool {
    let neighbours = || window.iter().map(|other| kinds[*other as usize]);
    let category = neighbours().filter(|other| other.category == kind.category).count();
    let brand = neighbours().filter(|other| other.brand == kind.brand).count();
    (kind.category != CategoryIx::default() && category >= SAME_CATEGORY)
        || (kind.brand != BrandIx::default() && brand >= SAME_BRAND)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(pairs: &[(u32, u32)]) -> Vec<Kind> {
        pairs.iter().map(|(c, b)| Kind { category: CategoryIx(*c), brand: BrandIx(*b) }).collect()
    }

    #[test]
    fn ten_of_a_kind_are_spread() {
        let mut list = vec![(1, 0); 10];
        list.extend((2..22).map(|category| (category, 0)));
        let order = varied(&kinds(&list));
        assert_eq!(order[..8], [0, 1, 10, 11, 12, 13, 2, 3]);
    }

    #[test]
    fn one_kind_alone_keeps_its_order() {
        assert_eq!(varied(&kinds(&[(1, 1); 9])), (0..9).collect::<Vec<_>>());
        assert_eq!(varied(&kinds(&[(0, 0); 9])), (0..9).collect::<Vec<_>>());
        assert_eq!(varied(&[]), [0; 0]);
    }

    proptest! {
        /// Nothing is lost or doubled, and a crowd stands only where nothing else was within reach.
        #[test]
        fn nothing_is_lost(list in prop::collection::vec((0..5u32, 0..4u32), 0..150)) {
            let kinds = kinds(&list);
            let order = varied(&kinds);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &(0..u32::try_from(list.len()).unwrap()).collect::<Vec<_>>());
            for (at, chosen) in order.iter().enumerate() {
                let window = &order[at.saturating_sub(WINDOW - 1)..at];
                if crowds(&kinds, window, kinds[*chosen as usize]) {
                    let mut later = order[at..].to_vec();
                    later.sort_unstable();
                    later.truncate(REACH);
                    prop_assert!(later.iter().all(|other| crowds(&kinds, window, kinds[*other as usize])));
                }
            }
        }
    }
}
