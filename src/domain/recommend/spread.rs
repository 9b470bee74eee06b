//! The order in which a shop is shown of which nothing is known yet: spread over its categories.
//!
//! Any first so many products hold of each category the share that it has of what can be sold, to less than one product:
//! each category's products have windows in which they are due, and of those that are, the one whose window closes first is
//! next (Baruah et al., "Proportionate progress", 1996). Within a category what has a picture goes first, then what costs
//! neither little nor much there, then the first by id. Time and chance have no part in it.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    ptr,
    sync::{Arc, Weak},
};

use arc_swap::ArcSwapOption;
use rustc_hash::FxHashMap;

use crate::domain::{
    Timestamp,
    catalog::{CategoryIx, ProductIx, Row, Snapshot},
    recommend::{ByPopularity, pipeline::pause},
};

/// Products that are looked at before other work of the runtime goes first.
const STEPS: usize = 1_024;

/// An order of the whole shop is made anew at most so often while only stock and prices change.
const KEPT_MS: i64 = 60_000;

/// The order of the whole shop, kept until it has other products.
#[derive(Debug, Default)]
pub struct Spread {
    kept: ArcSwapOption<Kept>,
}

#[derive(Debug)]
struct Kept {
    of: Weak<Snapshot>,
    products: usize,
    made: Timestamp,
    order: Arc<ByPopularity>,
}

impl Spread {
    /// All that can be sold, spread.
    pub async fn of_shop(&self, catalog: &Arc<Snapshot>, now: Timestamp) -> Arc<ByPopularity> {
        if let Some(kept) = self.kept.load_full().filter(|kept| kept.holds(catalog, now)) {
            return Arc::clone(&kept.order);
        }
        let all: Vec<ProductIx> = catalog.iter().map(|row| row.ix).collect();
        let order = Arc::new(ByPopularity::new(spread(catalog, &all, now).await));
        let (of, products) = (Arc::downgrade(catalog), catalog.len());
        self.kept.store(Some(Arc::new(Kept { of, products, made: now, order: Arc::clone(&order) })));
        order
    }
}

impl Kept {
    /// What can no longer be sold is left out when a page is cut, and what came since stands behind.
    fn holds(&self, catalog: &Arc<Snapshot>, now: Timestamp) -> bool {
        let is_same = ptr::eq(self.of.as_ptr(), Arc::as_ptr(catalog));
        let is_fresh = (0..KEPT_MS).contains(&now.0.saturating_sub(self.made.0));
        is_same || (is_fresh && self.products == catalog.len())
    }
}

/// Of the products those that can be sold, in the order to show them in.
pub async fn spread(catalog: &Snapshot, products: &[ProductIx], now: Timestamp) -> Vec<ProductIx> {
    let mut shelves: FxHashMap<CategoryIx, Vec<&Row>> = FxHashMap::default();
    for some in products.chunks(STEPS) {
        for row in some.iter().filter_map(|product| catalog.get(*product)).filter(|row| row.sellable) {
            shelves.entry(row.category).or_default().push(row);
        }
        pause().await;
    }
    let mut ordered: Vec<Vec<&Row>> = Vec::with_capacity(shelves.len());
    for shelf in shelves.into_values() {
        ordered.push(best_first(shelf, now));
        pause().await;
    }
    // The larger first, then by the id of what stands first: numbers of categories follow arrival.
    ordered.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| id_of_first(a).cmp(&id_of_first(b))));
    in_shares(&ordered).await
}

fn id_of_first<'a>(shelf: &[&'a Row]) -> Option<&'a str> {
    shelf.first().map(|row| row.product.id.as_str())
}

/// With a picture before without, the middle of the prices before both ends, then by id.
fn best_first(mut shelf: Vec<&Row>, now: Timestamp) -> Vec<&Row> {
    let price = |row: &Row| row.price_at(now).map(|price| (price.currency, price.minor));
    shelf.sort_by_cached_key(|row| (price(row), row.product.id.clone()));
    // Twice the place, and twice the middle, which may lie between two.
    let middle = shelf.len() - 1;
    let mut placed: Vec<(usize, &Row)> =
        shelf.into_iter().enumerate().map(|(place, row)| ((2 * place).abs_diff(middle), row)).collect();
    placed.sort_by_key(|(far, row)| (!has_picture(row), *far));
    placed.into_iter().map(|(_, row)| row).collect()
}

fn has_picture(row: &Row) -> bool {
    !row.product.image_uri.is_empty() || row.product.variants.iter().any(|variant| !variant.image_uri.is_empty())
}

/// One after another, each shelf in its share.
async fn in_shares(shelves: &[Vec<&Row>]) -> Vec<ProductIx> {
    let all: usize = shelves.iter().map(Vec::len).sum();
    // The place from which on a shelf's next product is due, and the one by which it must be shown.
    let due = |shelf: usize, count: usize| count * all / shelves[shelf].len();
    let deadline = |shelf: usize, count: usize| ((count + 1) * all).div_ceil(shelves[shelf].len());
    let mut coming: BinaryHeap<Reverse<(usize, usize, usize)>> =
        (0..shelves.len()).map(|shelf| Reverse((0, shelf, 0))).collect();
    let mut waiting: BinaryHeap<Reverse<(usize, usize, usize)>> = BinaryHeap::new();
    let mut order = Vec::with_capacity(all);
    while order.len() < all {
        while let Some(Reverse((from, shelf, count))) = coming.peek().copied()
            && (from <= order.len() || waiting.is_empty())
        {
            coming.pop();
            waiting.push(Reverse((deadline(shelf, count), shelf, count)));
        }
        let Some(Reverse((_, shelf, count))) = waiting.pop() else { break };
        order.push(shelves[shelf][count].ix);
        if count + 1 < shelves[shelf].len() {
            coming.push(Reverse((due(shelf, count + 1), shelf, count + 1)));
        }
        if order.len() % STEPS == 0 {
            pause().await;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::recommend::{
        fixture::{self, NOW, product},
        tests::done,
    };

    fn names(products: Vec<crate::domain::catalog::Product>) -> Vec<String> {
        let catalog = fixture::catalog(products);
        let snapshot = catalog.snapshot();
        let all: Vec<ProductIx> = snapshot.iter().map(|row| row.ix).collect();
        let order = done(spread(&snapshot, &all, NOW));
        order.into_iter().map(|ix| snapshot.get(ix).unwrap().product.id.to_string()).collect()
    }

    #[test]
    fn pictures_then_the_middle_of_the_prices_then_the_id() {
        let mut goods: Vec<_> = [("a", 10), ("b", 900), ("c", 50), ("d", 50), ("e", 40)]
            .map(|(name, price)| product(name, "", "X", price))
            .into();
        assert_eq!(names(goods.clone()), ["c", "e", "d", "a", "b"]);
        goods[1].image_uri = "https://shop.example/b.jpg".into();
        assert_eq!(names(goods.clone()), ["b", "c", "e", "d", "a"]);
        goods[2].variants[0].stock = Some(0);
        assert_eq!(names(goods), ["b", "e", "d", "a"], "what is sold out is not there");
        assert!(names(Vec::new()).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Any first so many hold of each category its share, to less than one product, whatever arrived in which order.
        #[test]
        fn every_beginning_holds_the_shares(sizes in prop::collection::vec(1..30_usize, 1..12)) {
            let goods = |turn: usize| {
                let mut all: Vec<_> = (0..sizes.len())
                    .flat_map(|shelf| (0..sizes[shelf]).map(move |n| (shelf, n)))
                    .map(|(shelf, n)| product(&format!("{shelf:02}-{n:02}"), "", &format!("C{shelf}"), 100))
                    .collect();
                all.rotate_left(turn);
                all
            };
            let order = names(goods(0));
            let all: usize = sizes.iter().sum();
            prop_assert_eq!(order.len(), all);
            let mut counts = vec![0_usize; sizes.len()];
            for (shown, name) in order.iter().enumerate() {
                counts[name[..2].parse::<usize>().unwrap()] += 1;
                for (count, size) in counts.iter().zip(&sizes) {
                    let off = (count * all).abs_diff((shown + 1) * size);
                    prop_assert!(off < all, "{count} of {size} after {}", shown + 1);
                }
            }
            prop_assert_eq!(names(goods(all / 2)), order);
        }
    }
}
