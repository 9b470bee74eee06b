//! Which products a category or a brand has: for filters that leave few of many.
//!
//! A list only grows: a product that has left a category stays on its list, and whoever reads it asks the snapshot again. So
//! a writer adds a number and no reader ever misses one.

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::domain::catalog::{BrandIx, CategoryIx, ProductIx, Row};

/// The lists of one shop.
#[derive(Debug, Default)]
pub(super) struct Postings {
    lists: RwLock<Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    categories: FxHashMap<CategoryIx, Vec<ProductIx>>,
    brands: FxHashMap<BrandIx, Vec<ProductIx>>,
}

impl Postings {
    /// Puts the product on the lists that it was not on as it was before. MUST come before the row is published.
    pub(super) fn add(&self, former: Option<&Row>, row: &Row) {
        let (category, brand) = (former.map(|row| row.category), former.map(|row| row.brand));
        if category == Some(row.category) && brand == Some(row.brand) {
            return;
        }
        let mut lists = self.lists.write();
        if category != Some(row.category) {
            lists.categories.entry(row.category).or_default().push(row.ix);
        }
        if brand != Some(row.brand) {
            lists.brands.entry(row.brand).or_default().push(row.ix);
        }
    }

    /// All products that may be of one of these categories, each once, in the order of numbers. `None`: more than `most`.
    pub(super) fn of_categories(
        &self,
        wanted: impl Iterator<Item = CategoryIx>,
        most: usize,
    ) -> Option<Vec<ProductIx>> {
        let lists = self.lists.read();
        gathered(wanted.filter_map(|category| lists.categories.get(&category)), most)
    }

    /// All products that may be of one of these brands, each once, in the order of numbers. `None`: more than `most`.
    pub(super) fn of_brands(&self, wanted: &[BrandIx], most: usize) -> Option<Vec<ProductIx>> {
        let lists = self.lists.read();
        gathered(wanted.iter().filter_map(|brand| lists.brands.get(brand)), most)
    }
}

fn gathered<'a>(lists: impl Iterator<Item = &'a Vec<ProductIx>>, most: usize) -> Option<Vec<ProductIx>> {
    let mut gathered = Vec::new();
    for list in lists {
        if gathered.len() + list.len() > most {
            return None;
        }
        gathered.extend_from_slice(list);
    }
    gathered.sort_unstable();
    gathered.dedup();
    Some(gathered)
}
