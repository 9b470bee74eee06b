//! The catalogue laid out for the hot path: immutable snapshots that readers take without a lock.
//!
//! Rows stand in chunks behind counted pointers. A change copies the chunks that it touches and the spine, and swaps the
//! whole in one step, so a reader sees all of a change or none of it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::domain::{
    Money, Timestamp,
    catalog::{Audience, BrandIx, CategoryIx, ColorIx, Garment, Ids, Product, ProductIx, VariantIx},
    size::{self, SizeCode},
    store::{Change, Observer},
};

/// Products a chunk: copying one costs about as much as copying the spine of a million products.
const CHUNK: usize = 512;

/// The live catalogue of one shop: an observer of the store, and the place that snapshots are taken from.
#[derive(Debug)]
pub struct Catalog {
    ids: Arc<Ids>,
    sizes: Arc<size::Sizes>,
    current: ArcSwap<Snapshot>,
    next: Mutex<Snapshot>,
}

/// The catalogue at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    chunks: Vec<Arc<Chunk>>,
    live: usize,
}

#[derive(Debug, Clone)]
struct Chunk {
    rows: Vec<Option<Arc<Row>>>,
}

/// One product, with what the hot path asks of it.
#[derive(Debug)]
pub struct Row {
    /// As the shop describes it.
    pub product: Arc<Product>,
    /// Its own number.
    pub ix: ProductIx,
    /// The narrowest category.
    pub category: CategoryIx,
    /// The category above that one; where there is none above, the same.
    pub parent: CategoryIx,
    /// The brand.
    pub brand: BrandIx,
    /// Stated, or derived from the category path.
    pub garment: Garment,
    /// Stated, or derived from the category path. `None`: anyone.
    pub audience: Option<Audience>,
    /// In the order of the product.
    pub variants: Vec<VariantRow>,
    /// Whether any variant can be sold.
    pub sellable: bool,
}

/// One variant, with what the hot path asks of it.
#[derive(Debug)]
pub struct VariantRow {
    /// Its own number.
    pub ix: VariantIx,
    /// Its size, comparable within its garment and audience.
    pub size: SizeCode,
    /// Its colour.
    pub color: ColorIx,
    /// What it costs.
    pub price: Money,
    /// Whether it can be sold.
    pub sellable: bool,
    /// When it last came back from not being sellable.
    pub back_since: Option<Timestamp>,
}

impl Row {
    /// The lowest price of a variant that can be sold, else of any.
    #[must_use]
    pub fn price(&self) -> Option<Money> {
        let lowest = |sellable: bool| {
            self.variants.iter().filter(|v| v.sellable || !sellable).map(|v| v.price).min_by_key(|price| price.minor)
        };
        lowest(true).or_else(|| lowest(false))
    }

    /// The variant of this number, where the product still has it.
    #[must_use]
    pub fn variant(&self, ix: VariantIx) -> Option<&VariantRow> {
        self.variants.iter().find(|variant| variant.ix == ix)
    }
}

impl Snapshot {
    /// The product, where it is in the catalogue.
    #[must_use]
    pub fn get(&self, ix: ProductIx) -> Option<&Row> {
        self.chunks.get(ix.index() / CHUNK)?.rows.get(ix.index() % CHUNK)?.as_deref()
    }

    /// All products, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.chunks.iter().flat_map(|chunk| chunk.rows.iter().filter_map(|row| row.as_deref()))
    }

    /// How many products there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Every number in the snapshot is below it.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    fn set(&mut self, ix: ProductIx, row: Option<Arc<Row>>) {
        let (chunk, place) = (ix.index() / CHUNK, ix.index() % CHUNK);
        if chunk >= self.chunks.len() {
            if row.is_none() {
                return;
            }
            self.chunks.resize_with(chunk + 1, || Arc::new(Chunk { rows: vec![None; CHUNK] }));
        }
        let slot = &mut Arc::make_mut(&mut self.chunks[chunk]).rows[place];
        match (slot.is_some(), row.is_some()) {
            (false, true) => self.live += 1,
            (true, false) => self.live -= 1,
            _ => {}
        }
        *slot = row;
    }
}

impl Catalog {
    /// An empty catalogue.
    #[must_use]
    pub fn new(ids: Arc<Ids>, sizes: Arc<size::Sizes>) -> Self {
        Self { ids, sizes, current: ArcSwap::default(), next: Mutex::default() }
    }

    /// The numbers of this shop.
    #[must_use]
    pub const fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    /// The sizes of this shop.
    #[must_use]
    pub const fn sizes(&self) -> &Arc<size::Sizes> {
        &self.sizes
    }

    /// The catalogue as it is now. Costs a counter, not a lock.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Takes in many products at once and publishes them in one step: for start-up.
    pub fn load(&self, products: impl IntoIterator<Item = Product>) {
        let mut next = self.next.lock();
        for product in products {
            let row = self.row(&Arc::new(product));
            next.set(row.ix, Some(Arc::new(row)));
        }
        self.current.store(Arc::new(next.clone()));
    }

    fn row(&self, product: &Arc<Product>) -> Row {
        let ix = self.ids.product(&product.id);
        let worn = size::worn_as(product);
        let variants: Vec<VariantRow> = product
            .variants
            .iter()
            .map(|variant| VariantRow {
                ix: self.ids.variant(ix, &variant.id),
                size: self.sizes.code(&variant.size, variant.size_system, worn.garment, worn.audience),
                color: self.ids.color(&variant.color),
                price: variant.price,
                sellable: variant.sellable(),
                back_since: variant.back_since,
            })
            .collect();
        let category = self.ids.category(&product.category_path);
        let above = self.ids.category_of(category).map_or(category, |node| node.parent);
        Row {
            ix,
            category,
            parent: if above == CategoryIx(0) { category } else { above },
            brand: self.ids.brand(&product.brand),
            garment: worn.garment,
            audience: worn.audience,
            sellable: variants.iter().any(|variant| variant.sellable),
            variants,
            product: Arc::clone(product),
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
                    let row = self.row(product);
                    next.set(row.ix, Some(Arc::new(row)));
                    changed = true;
                }
                Change::ProductDeleted(id) => {
                    if let Some(ix) = self.ids.find_product(id.as_str()) {
                        next.set(ix, None);
                        changed = true;
                    }
                }
                Change::Event { .. } | Change::Identity { .. } => {}
            }
        }
        if changed {
            self.current.store(Arc::new(next.clone()));
        }
    }
}
