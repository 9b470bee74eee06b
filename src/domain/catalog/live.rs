//! The live catalogue: an observer of the store that makes rows of products and publishes snapshots in one step.
//!
//! A reader sees all of a batch or none of it, and once `committed` has returned, the next snapshot has it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::domain::{
    catalog::{
        CategoryIx, Facets, Ids, Product, ProductIx, Row, Snapshot, Variant, VariantRow, arrivals::Arrivals,
        category_rules::CategoryRules, postings::Postings,
    },
    recommend::CompiledFilter,
    rules::Rules,
    sizing::{self, Sizes},
    store::{Change, Observer},
};

/// The live catalogue of one shop: an observer of the store, and the place that snapshots are taken from.
#[derive(Debug)]
pub struct Catalog {
    ids: Arc<Ids>,
    sizes: Arc<Sizes>,
    current: ArcSwap<Snapshot>,
    postings: Postings,
    facets: Facets,
    next: Mutex<Next>,
}

/// What only the writer sees.
#[derive(Debug)]
struct Next {
    snapshot: Snapshot,
    rules: CategoryRules,
    arrivals: Arrivals,
}

impl Catalog {
    /// An empty catalogue under the shop's rules.
    pub fn new(ids: Arc<Ids>, sizes: Arc<Sizes>, rules: &Rules) -> Self {
        let next = Mutex::new(Next {
            snapshot: Snapshot::default(),
            rules: CategoryRules::new(rules, &ids),
            arrivals: Arrivals::default(),
        });
        Self { ids, sizes, current: ArcSwap::default(), postings: Postings::default(), facets: Facets::default(), next }
    }

    /// The numbers of this shop.
    pub const fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    /// The sizes of this shop.
    pub const fn sizes(&self) -> &Arc<Sizes> {
        &self.sizes
    }

    /// Which attributes and currencies its products have.
    pub const fn facets(&self) -> &Facets {
        &self.facets
    }

    /// The catalogue as it is now. Costs a counter, not a lock.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// All products that a filter on ids, categories or brands can leave, in the order of numbers. `None` where they are more
    /// than `most`, or where it names none of these. Some of them may have changed since: ask the filter again.
    pub fn listed(&self, filter: &CompiledFilter, most: usize) -> Option<Vec<ProductIx>> {
        if let Some(only) = filter.only() {
            return (only.len() <= most).then(|| only.to_vec());
        }
        let of_brands = filter.brands().and_then(|brands| self.postings.of_brands(brands, most));
        of_brands
            .or_else(|| self.postings.of_categories(filter.categories()?.iter(), most))
            .or_else(|| self.listed_of_any(filter.any_of()?, most))
    }

    fn listed_of_any(&self, filters: &[CompiledFilter], most: usize) -> Option<Vec<ProductIx>> {
        let mut all = Vec::new();
        for filter in filters {
            all.extend(self.listed(filter, most - all.len())?);
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    /// Takes in many products at once and publishes them in one step: for start-up.
    pub fn load(&self, products: impl IntoIterator<Item = Product>) {
        let mut next = self.next.lock();
        for product in products {
            self.take(&mut next, Arc::new(product));
        }
        self.publish(&mut next);
    }

    /// Sizes of the product that no system knows, each once, read as the catalogue would read them.
    pub fn unrecognised_sizes(&self, product: &Product) -> Vec<Arc<str>> {
        let category = self.ids.category(&product.category_path);
        let ruled = self.next.lock().rules.of(category, &self.ids);
        let worn = sizing::worn_as(product);
        let run = sizing::system_of_run(product.variants.iter().map(|variant| &*variant.size), worn);
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
        let former = next.snapshot.get(ix).map(|row| &*row.product);
        if !former.is_some_and(|former| has_same_variants(former, &product)) {
            self.ids.relist(ix, former, Some(&product));
        }
        self.facets.replace(former, Some(&product));
        let since = former.map(|former| former.available_since);
        let now = product.available_since;
        let row = match next.snapshot.get(ix) {
            Some(former) if is_same_but_for_stock(&former.product, &product) => restocked(former, product),
            _ => self.row(product, &mut next.rules),
        };
        self.postings.add(next.snapshot.get(ix), &row);
        next.snapshot.set(Arc::new(row));
        next.arrivals.replace(since, Some(now));
    }

    fn publish(&self, next: &mut Next) {
        if let Some(until) = next.arrivals.news() {
            next.snapshot.set_bulk(until);
        }
        self.current.store(Arc::new(next.snapshot.clone()));
    }

    fn row(&self, product: Arc<Product>, rules: &mut CategoryRules) -> Row {
        let ix = self.ids.product(&product.id);
        let category = self.ids.category(&product.category_path);
        let above = self.ids.category_of(category).map_or(category, |node| node.parent);
        let ruled = rules.of(category, &self.ids);
        let worn = sizing::worn_as(&product);
        let run = sizing::system_of_run(product.variants.iter().map(|variant| &*variant.size), worn);
        let code = |variant: &Variant| {
            let system = variant.size_system.or(ruled.size_system).or(run);
            self.sizes.code(&variant.size, system, worn.garment, worn.audience)
        };
        let sizes: Vec<_> = product.variants.iter().map(code).collect();
        let variants: Vec<VariantRow> = (0..)
            .zip(&product.variants)
            .zip(sizes.iter().zip(self.sizes.from_middle(&sizes)))
            .map(|((place, variant), (size, from_middle))| VariantRow {
                ix: self.ids.variant(ix, &variant.id),
                size: *size,
                color: self.ids.color(&variant.color),
                place,
                by_id: 0,
                from_middle,
                regular_price: variant.price,
                sale: variant.sale.clone(),
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
                        let former = next.snapshot.get(ix).map(|row| &*row.product);
                        self.ids.relist(ix, former, None);
                        self.facets.replace(former, None);
                        let since = former.map(|former| former.available_since);
                        next.snapshot.remove(ix);
                        next.arrivals.replace(since, None);
                        changed = true;
                    }
                }
                Change::Event { .. } | Change::Identity { .. } | Change::Rule(_) | Change::RuleDeleted(_) => {}
            }
        }
        if changed {
            self.publish(&mut next);
        }
    }
}

fn has_same_variants(former: &Product, product: &Product) -> bool {
    former.variants.len() == product.variants.len()
        && former.variants.iter().zip(&product.variants).all(|(a, b)| a.id == b.id)
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
            regular_price: variant.price,
            sale: variant.sale.clone(),
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

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;
    use crate::domain::{
        Id, Money, Timestamp,
        catalog::{Availability, Garment, SizeSystem, Text},
    };

    fn id(n: usize) -> Id {
        Id::new(format!("p{n}")).unwrap()
    }

    /// Two sizes; all that changes in these tests is the price and the stock.
    fn product(n: usize, price: i64, stock: u32) -> Product {
        let variant = |size: &str| Variant {
            id: Id::new(size).unwrap(),
            size: size.into(),
            size_system: Some(SizeSystem::Alpha),
            color: "red".into(),
            price: Money { minor: price, currency: "PLN".parse().unwrap() },
            original_price: None,
            sale: None,
            stock: Some(stock),
            availability: Availability::InStock,
            image_uri: "".into(),
            attributes: Vec::new(),
            changed: Timestamp(price),
            back_since: (stock > 0).then_some(Timestamp(price)),
        };
        Product {
            id: id(n),
            texts: vec![Text { locale: "en".parse().unwrap(), title: "Jumper".into(), description: "".into() }],
            brand: "Marlow".into(),
            category_path: vec!["Women".into(), "Tops".into()],
            garment: Some(Garment::Top),
            audience: None,
            variants: vec![variant("S"), variant("M")],
            image_uri: "".into(),
            replenish_days: None,
            available_since: Timestamp(0),
            attributes: Vec::new(),
        }
    }

    fn catalog(products: impl IntoIterator<Item = Product>) -> Catalog {
        let catalog = Catalog::new(Arc::default(), Arc::default(), &Rules::default());
        catalog.load(products);
        catalog
    }

    fn upsert(product: Product) -> Change {
        Change::Product(Arc::new(product))
    }

    fn state(catalog: &Catalog, n: usize) -> Option<(i64, bool)> {
        let snapshot = catalog.snapshot();
        let ix = catalog.ids().find_product(id(n).as_str())?;
        let row = snapshot.get(ix)?;
        assert!(snapshot.contains(ix) && snapshot.is_sellable(ix) == row.sellable, "the sets say what the rows say");
        Some((row.regular_price()?.minor, row.sellable))
    }

    #[test]
    fn a_change_is_there_once_it_is_committed() {
        let catalog = catalog((0..3000).map(|n| product(n, 100, 1)));
        assert_eq!(catalog.snapshot().len(), 3000);
        let before = catalog.snapshot();
        catalog.committed(&[
            upsert(product(7, 90, 0)),
            Change::ProductDeleted(id(2999)),
            Change::ProductDeleted(id(9999)),
            upsert(product(5000, 80, 2)),
            upsert(product(7, 70, 0)),
        ]);
        assert_eq!(state(&catalog, 7), Some((70, false)), "the last word of a batch holds");
        assert_eq!(state(&catalog, 2999), None);
        assert_eq!(state(&catalog, 5000), Some((80, true)));
        assert_eq!((catalog.snapshot().len(), catalog.snapshot().iter().count()), (3000, 3000));
        catalog.committed(&[Change::ProductDeleted(id(2999))]);
        assert_eq!(catalog.snapshot().len(), 3000, "deleted twice");
        let seven = catalog.ids().find_product("p7").unwrap();
        assert_eq!(before.get(seven).unwrap().regular_price().unwrap().minor, 100, "a snapshot never changes");
        assert!(before.is_sellable(seven) && before.iter().count() == 3000);
    }

    /// The products lie on three pages; each batch gives all of them one price, and sells them at even prices only.
    #[test]
    fn a_reader_sees_all_of_a_batch_or_none() {
        let catalog = catalog((0..2500).map(|n| product(n, 0, 1)));
        let together: Vec<usize> = (0..2500).step_by(313).collect();
        let numbers: Vec<_> = together.iter().map(|n| catalog.ids().product(&id(*n))).collect();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = || {
                let mut last = 0;
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    let snapshot = catalog.snapshot();
                    let prices: Vec<i64> =
                        numbers.iter().map(|ix| snapshot.get(*ix).unwrap().regular_price().unwrap().minor).collect();
                    assert!(prices.iter().all(|price| *price == prices[0]), "part of a batch: {prices:?}");
                    assert!(numbers.iter().all(|ix| snapshot.is_sellable(*ix) == (prices[0] % 2 == 0)));
                    assert!(prices[0] >= last, "went back from {last} to {}", prices[0]);
                    seen += usize::from(prices[0] != last);
                    last = prices[0];
                }
                seen
            };
            let readers = [scope.spawn(reader), scope.spawn(reader)];
            for price in 1..=2000 {
                let batch: Vec<Change> =
                    together.iter().map(|n| upsert(product(*n, price, u32::from(price % 2 == 0)))).collect();
                catalog.committed(&batch);
                assert_eq!(state(&catalog, together[3]), Some((price, price % 2 == 0)), "the very next snapshot");
            }
            done.store(true, Ordering::Relaxed);
            for reader in readers {
                assert!(reader.join().unwrap() > 1, "the reader was there while it changed");
            }
        });
    }

    /// What a mere change of stock carries over is what would be derived anew; any other change is derived anew.
    #[test]
    fn a_row_is_the_same_however_it_came_about() {
        type Change = (&'static str, fn(&mut Product));
        let changes: [Change; 9] = [
            ("stock", |one| one.variants[1].stock = Some(0)),
            ("all stock", |one| one.variants.iter_mut().for_each(|one| one.stock = Some(0))),
            ("price", |one| one.variants[0].price.minor = 5),
            ("brand", |one| one.brand = "Quill".into()),
            ("category", |one| one.category_path = vec!["Men".into()]),
            ("size", |one| one.variants[0].size = "L".into()),
            ("colour", |one| one.variants[0].color = "blue".into()),
            ("garment", |one| one.garment = Some(Garment::None)),
            ("variant", |one| one.variants[0].id = Id::new("Z").unwrap()),
        ];
        for (name, change) in changes {
            let mut after = product(1, 100, 1);
            change(&mut after);
            // Numbers follow arrival: a second catalogue on the first one's numbers starts with the product as it became.
            let changed = catalog([product(1, 100, 1)]);
            changed.committed(&[upsert(after.clone())]);
            let fresh = Catalog::new(Arc::clone(changed.ids()), Arc::clone(changed.sizes()), &Rules::default());
            fresh.load([after]);
            let rows = [changed, fresh].map(|one| format!("{:?}", one.snapshot().iter().collect::<Vec<_>>()));
            assert_eq!(rows[0], rows[1], "{name}");
        }
    }
}
