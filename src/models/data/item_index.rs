//! The products of one model, numbered in the order of their ids.
//!
//! The numbers of [`Ids`] follow the order of first meeting, which differs from process to process. A model counts in its
//! own, so that the same log gives the same bytes and ties break by product id.

use crate::domain::{
    Id,
    catalog::{Ids, ProductIx},
};

/// A product's place among the sorted ids of a model.
pub type Item = u32;

const ABSENT: Item = Item::MAX;

/// The products of one model.
#[derive(Debug, Default)]
pub struct ItemIndex {
    ids: Vec<Id>,
    products: Vec<ProductIx>,
    items: Vec<Item>,
}

impl ItemIndex {
    /// Sorts the ids and drops repeats.
    pub fn new(mut ids: Vec<Id>, known: &Ids) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let products: Vec<ProductIx> = ids.iter().map(|id| known.product(id)).collect();
        let bound = products.iter().map(|product| product.index() + 1).max().unwrap_or(0);
        let mut items = vec![ABSENT; bound];
        for (item, product) in (0..).zip(&products) {
            items[product.index()] = item;
        }
        Self { ids, products, items }
    }

    /// How many products there are.
    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Sorted.
    pub fn ids(&self) -> &[Id] {
        &self.ids
    }

    /// The product's place; `None` where the model does not know it.
    pub fn item(&self, product: ProductIx) -> Option<Item> {
        self.items.get(product.index()).copied().filter(|item| *item != ABSENT)
    }

    /// The product at a place, which MUST be of this vocabulary.
    pub fn product(&self, item: Item) -> ProductIx {
        self.products[item as usize]
    }

    /// Every product, in the order of ids.
    pub fn products(&self) -> &[ProductIx] {
        &self.products
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_ids_and_not_the_order_of_meeting() {
        let known = Ids::default();
        let id = |text: &str| Id::new(text).unwrap();
        for text in ["z", "ż", "a"] {
            known.product(&id(text));
        }
        let vocabulary = ItemIndex::new(vec![id("z"), id("a"), id("z")], &known);
        assert_eq!(vocabulary.ids(), [id("a"), id("z")]);
        assert_eq!(vocabulary.item(ProductIx(2)), Some(0));
        assert_eq!(vocabulary.item(ProductIx(1)), None, "met, but not of this model");
        assert_eq!(vocabulary.item(ProductIx(77)), None, "met later");
        assert_eq!(vocabulary.product(1), ProductIx(0));
    }
}
