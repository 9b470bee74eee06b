//! The live catalogue: an observer of the store that makes rows of products and publishes snapshots in one step.
//!
//! A reader sees all of a batch or none of it, and once `committed` has returned, the next snapshot has it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::domain::{
    catalog::{
        CategoryIx, Ids, Product, ProductIx, Row, Snapshot, Variant, VariantRow, category_rules::CategoryRules,
        postings::Postings,
    },
    recommend::CompiledFilter,
    rules::Rules,
    size::{self, Sizes},
    store::{Change, Observer},
};

/// The live catalogue of one shop: an observer of the store, and the place that snapshots are taken from.
#[derive(Debug)]
pub struct Catalog {
    ids: Arc<Ids>,
    sizes: Arc<Sizes>,
    current: ArcSwap<Snapshot>,
    postings: Postings,
    next: Mutex<Next>,
}

/// What only the writer sees.
#[derive(Debug)]
struct Next {
    snapshot: Snapshot,
    rules: CategoryRules,
}

impl Catalog {
    /// An empty catalogue under the shop's rules.
    #[must_use]
    pub fn new(ids: Arc<Ids>, sizes: Arc<Sizes>, rules: &Rules) -> Self {
        let next = Mutex::new(Next { snapshot: Snapshot::default(), rules: CategoryRules::new(rules, &ids) });
        Self { ids, sizes, current: ArcSwap::default(), postings: Postings::default(), next }
    }

    /// The numbers of this shop.
    #[must_use]
    pub const fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    /// The sizes of this shop.
    #[must_use]
    pub const fn sizes(&self) -> &Arc<Sizes> {
        &self.sizes
    }

    /// The catalogue as it is now. Costs a counter, not a lock.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// All products that a filter on categories or brands can leave, in the order of numbers. `None` where they are more than
    /// `most`, or where it names neither. Some of them may have changed since: ask the filter again.
    #[must_use]
    pub fn listed(&self, filter: &CompiledFilter, most: usize) -> Option<Vec<ProductIx>> {
        let of_brands = filter.brands().and_then(|brands| self.postings.of_brands(brands, most));
        of_brands.or_else(|| self.postings.of_categories(filter.categories()?.iter(), most))
    }

    /// Takes in many products at once and publishes them in one step: for start-up.
    pub fn load(&self, products: impl IntoIterator<Item = Product>) {
        let mut next = self.next.lock();
        for product in products {
            self.take(&mut next, Arc::new(product));
        }
        self.publish(&next);
    }

    /// Sizes of the product that no system knows, each once, read as the catalogue would read them.
    #[must_use]
    pub fn unrecognised_sizes(&self, product: &Product) -> Vec<Arc<str>> {
        let category = self.ids.category(&product.category_path);
        let ruled = self.next.lock().rules.of(category, &self.ids);
        let worn = size::worn_as(product);
        let run = size::system_of_run(product.variants.iter().map(|variant| &*variant.size), worn);
        let mut found: Vec<Arc<str>> = Vec::new();
        for Variant { size, size_system, .. } in &product.variants {
            let system = size_system.or(ruled.size_system).or(run);
            if !self.sizes.recognises(size, system, worn.garment, worn.audience) && !found.contains(size) {
                found.push(Arc::clone(size));
            }
        }
        found
    }

    fn take(&self, next: &mut Next, product: Arc<Product>) {
        let ix = self.ids.product(&product.id);
        let row = match next.snapshot.get(ix) {
            Some(former) if is_same_but_for_stock(&former.product, &product) => restocked(former, product),
            _ => self.row(product, &mut next.rules),
        };
        self.postings.add(next.snapshot.get(ix), &row);
        next.snapshot.set(Arc::new(row));
    }

    fn publish(&self, next: &Next) {
        self.current.store(Arc::new(next.snapshot.clone()));
    }

    fn row(&self, product: Arc<Product>, rules: &mut CategoryRules) -> Row {
        let ix = self.ids.product(&product.id);
        let category = self.ids.category(&product.category_path);
        let above = self.ids.category_of(category).map_or(category, |node| node.parent);
        let ruled = rules.of(category, &self.ids);
        let worn = size::worn_as(&product);
        let run = size::system_of_run(product.variants.iter().map(|variant| &*variant.size), worn);
        let code = |variant: &Variant| {
            let system = variant.size_system.or(ruled.size_system).or(run);
            self.sizes.code(&variant.size, system, worn.garment, worn.audience)
        };
        let variants: Vec<VariantRow> = (0..)
            .zip(&product.variants)
            .map(|(place, variant)| VariantRow {
                ix: self.ids.variant(ix, &variant.id),
                size: code(variant),
                color: self.ids.color(&variant.color),
                place,
                by_id: 0,
                price: variant.price,
                sellable: variant.sellable(),
                back_since: variant.back_since,
            })
            .collect();
        Row {
            ix,
            category,
            parent: if above == CategoryIx(0) { category } else { above },
            brand: self.ids.brand(&product.brand),
            garment: worn.garment,
            audience: worn.audience,
            replenish_days: product.replenish_days.or(ruled.replenish_days),
            sellable: variants.iter().any(|variant| variant.sellable),
            variants: ordered_by_id(variants, &product.variants),
            product,
        }
    }
}

impl Observer for Catalog {
    fn committed(&self, changes: &[Change]) {
        let mut next = self.next.lock();
        let mut changed = false;
        for change in changes {
            match change {
                Change::Product(product) => {
                    self.take(&mut next, Arc::clone(product));
                    changed = true;
                }
                Change::ProductDeleted(id) => {
                    if let Some(ix) = self.ids.find_product(id.as_str()) {
                        next.snapshot.remove(ix);
                        changed = true;
                    }
                }
                Change::Event { .. } | Change::Identity { .. } => {}
            }
        }
        if changed {
            self.publish(&next);
        }
    }
}

/// Whether all that a row derives from the two is the same, stock and prices apart.
fn is_same_but_for_stock(former: &Product, product: &Product) -> bool {
    let same = |a: &Variant, b: &Variant| {
        a.id == b.id && a.size == b.size && a.size_system == b.size_system && a.color == b.color
    };
    former.category_path == product.category_path
        && former.brand == product.brand
        && former.garment == product.garment
        && former.audience == product.audience
        && former.replenish_days == product.replenish_days
        && former.texts == product.texts
        && former.attributes == product.attributes
        && former.variants.len() == product.variants.len()
        && former.variants.iter().zip(&product.variants).all(|(a, b)| same(a, b))
}

/// A row after a mere change of stock or price: asks no name for its number.
fn restocked(former: &Row, product: Arc<Product>) -> Row {
    let variants: Vec<VariantRow> = former
        .variants
        .iter()
        .zip(&product.variants)
        .map(|(row, variant)| VariantRow {
            price: variant.price,
            sellable: variant.sellable(),
            back_since: variant.back_since,
            ..row.clone()
        })
        .collect();
    Row {
        ix: former.ix,
        category: former.category,
        parent: former.parent,
        brand: former.brand,
        garment: former.garment,
        audience: former.audience,
        replenish_days: former.replenish_days,
        sellable: variants.iter().any(|variant| variant.sellable),
        variants,
        product,
    }
}

fn ordered_by_id(mut rows: Vec<VariantRow>, variants: &[Variant]) -> Vec<VariantRow> {
    let mut places: Vec<u32> = rows.iter().map(|row| row.place).collect();
    places.sort_unstable_by(|a, b| variants[*a as usize].id.cmp(&variants[*b as usize].id));
    for (by_id, place) in (0..).zip(places) {
        rows[place as usize].by_id = by_id;
    }
    rows
}
