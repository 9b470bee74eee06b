//! The catalogue laid out for the hot path: an immutable snapshot that readers ask without a lock.
//!
//! A tree of counted pointers, three steps deep. A change copies the path to the row and nothing else: 16 pointers of a leaf, 64
//! of a page, and the spine (a pointer for 1,024 products), so that thousands of changes a second cost little at a million
//! products. Larger leaves would make every copy count up as many rows, which lie anywhere in memory. What is asked most, whether a product is there and can be sold, stands in two sets of bits besides.
//!
//! How a product becomes a row, and how a snapshot is published, is `live`.

use std::{mem, sync::Arc};

use crate::domain::{
    Money, Timestamp,
    catalog::{Audience, BrandIx, CategoryIx, ColorIx, Garment, Product, ProductIx, Sale, Variant, VariantIx},
    sizing::{SizeCode, Worn},
};

/// Products of a leaf: all of them are counted up when one of them changes.
const LEAF: usize = 16;
/// Leaves of a page.
const LEAVES: usize = 64;
/// Products of a page.
const PAGE: usize = LEAF * LEAVES;

/// The catalogue at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pages: Vec<Arc<Page>>,
    /// One bit for each product that is in the catalogue.
    present: Vec<u64>,
    /// One bit for each that has a variant that can be sold.
    sellable: Vec<u64>,
    live: usize,
    bulk_until: Timestamp,
    /// Bytes of its rows, about.
    weight: usize,
}

#[derive(Debug, Clone)]
struct Page {
    leaves: [Option<Arc<Leaf>>; LEAVES],
}

#[derive(Debug, Clone, Default)]
struct Leaf {
    rows: [Option<Arc<Row>>; LEAF],
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
    /// Days until one unit is used up, of the product or by the shop's rule for its category. `None`: never.
    pub replenish_days: Option<u32>,
    /// In the order of the product.
    pub variants: Vec<VariantRow>,
    /// Whether any variant can be sold.
    pub sellable: bool,
}

/// One variant, with what the hot path asks of it.
#[derive(Debug, Clone)]
pub struct VariantRow {
    /// Its own number.
    pub ix: VariantIx,
    /// Its size, comparable within its garment and audience.
    pub size: SizeCode,
    /// Its colour.
    pub color: ColorIx,
    /// Its place in the product's list.
    pub place: u32,
    /// Its place among the product's variants in the order of their ids: what breaks ties, for numbers follow arrival.
    pub by_id: u32,
    /// How far its size is from the middle of the product's sizes.
    pub from_middle: u32,
    /// What it costs outside of its sale.
    pub regular_price: Money,
    /// A lower price for a time.
    pub sale: Option<Box<Sale>>,
    /// Whether it can be sold.
    pub sellable: bool,
    /// When it last came back from not being sellable.
    pub back_since: Option<Timestamp>,
}

/// What the number of a name takes beside the name: its place among all, and the way to it.
const NAME: usize = 96;

impl Row {
    fn weight(&self) -> usize {
        let variants = self.variants.len() * (mem::size_of::<VariantRow>() + NAME);
        mem::size_of::<Self>() + NAME + variants + self.product.weight()
    }

    /// The lowest price at that moment of a variant that can be sold, else of any.
    pub fn price_at(&self, now: Timestamp) -> Option<Money> {
        self.lowest(|variant| variant.price_at(now))
    }

    /// The lowest price outside of sales of a variant that can be sold, else of any: what is counted once for a long time
    /// must not hang on a sale of today.
    pub fn regular_price(&self) -> Option<Money> {
        self.lowest(|variant| variant.regular_price)
    }

    fn lowest(&self, price: impl Fn(&VariantRow) -> Money) -> Option<Money> {
        let among = |sellable: bool| {
            self.variants.iter().filter(|v| v.sellable || !sellable).map(&price).min_by_key(|price| price.minor)
        };
        among(true).or_else(|| among(false))
    }

    /// The variant of this number, where the product still has it.
    pub fn variant(&self, ix: VariantIx) -> Option<&VariantRow> {
        self.variants.iter().find(|variant| variant.ix == ix)
    }

    /// The variant as the shop describes it. `None` only for a variant of another product.
    pub fn written(&self, variant: &VariantRow) -> Option<&Variant> {
        self.product.variants.get(variant.place as usize)
    }

    /// What is worn how, and by whom.
    pub const fn worn(&self) -> Worn {
        Worn { garment: self.garment, audience: self.audience }
    }
}

impl VariantRow {
    /// What it costs at that moment.
    pub fn price_at(&self, now: Timestamp) -> Money {
        let sale = self.sale.as_ref().filter(|sale| sale.holds_at(now));
        sale.map_or(self.regular_price, |sale| sale.price)
    }
}

impl Snapshot {
    /// The product, where it is in the catalogue.
    pub fn get(&self, ix: ProductIx) -> Option<&Row> {
        self.slot(ix).map(Arc::as_ref)
    }

    /// Whether the product is in the catalogue. Follows no pointer.
    pub fn contains(&self, ix: ProductIx) -> bool {
        is_set(&self.present, ix)
    }

    /// Whether the product is in the catalogue with a variant that can be sold. Follows no pointer.
    pub fn is_sellable(&self, ix: ProductIx) -> bool {
        is_set(&self.sellable, ix)
    }

    /// Whether what came at that time is newer than the bulk of the goods.
    pub fn is_newer_than_bulk(&self, since: Timestamp) -> bool {
        since >= self.bulk_until
    }

    pub(super) const fn set_bulk(&mut self, until: Timestamp) {
        self.bulk_until = until;
    }

    /// All products, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        let leaves = self.pages.iter().flat_map(|page| page.leaves.iter().flatten());
        leaves.flat_map(|leaf| leaf.rows.iter().filter_map(Option::as_deref))
    }

    /// How many products there are.
    pub const fn len(&self) -> usize {
        self.live
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// About how many bytes of memory it takes, the names of its products and variants among them.
    pub fn weight(&self) -> usize {
        self.weight + self.pages.len() * (mem::size_of::<Page>() + LEAVES * mem::size_of::<Leaf>())
    }

    /// Every number in the snapshot is below it.
    pub const fn bound(&self) -> usize {
        self.pages.len() * PAGE
    }

    pub(super) fn slot(&self, ix: ProductIx) -> Option<&Arc<Row>> {
        let page = self.pages.get(ix.index() / PAGE)?;
        page.leaves[ix.index() % PAGE / LEAF].as_ref()?.rows[ix.index() % LEAF].as_ref()
    }

    pub(super) fn set(&mut self, row: Arc<Row>) {
        let ix = row.ix;
        if ix.index() >= self.bound() {
            let pages = ix.index() / PAGE + 1;
            self.pages.resize_with(pages, || Arc::new(Page { leaves: [const { None }; LEAVES] }));
            self.present.resize(pages * PAGE / 64, 0);
            self.sellable.resize(pages * PAGE / 64, 0);
        }
        put(&mut self.present, ix, true);
        put(&mut self.sellable, ix, row.sellable);
        let page = Arc::make_mut(&mut self.pages[ix.index() / PAGE]);
        let leaf = page.leaves[ix.index() % PAGE / LEAF].get_or_insert_default();
        self.weight += row.weight();
        let former = Arc::make_mut(leaf).rows[ix.index() % LEAF].replace(row);
        self.weight -= former.as_ref().map_or(0, |former| former.weight());
        self.live += usize::from(former.is_none());
    }

    pub(super) fn remove(&mut self, ix: ProductIx) {
        if !self.contains(ix) {
            return;
        }
        put(&mut self.present, ix, false);
        put(&mut self.sellable, ix, false);
        let page = Arc::make_mut(&mut self.pages[ix.index() / PAGE]);
        if let Some(leaf) = &mut page.leaves[ix.index() % PAGE / LEAF] {
            let former = Arc::make_mut(leaf).rows[ix.index() % LEAF].take();
            self.weight -= former.map_or(0, |former| former.weight());
        }
        self.live -= 1;
    }
}

fn is_set(words: &[u64], ix: ProductIx) -> bool {
    words.get(ix.index() / 64).is_some_and(|word| word >> (ix.index() % 64) & 1 == 1)
}

/// The number is below the bound.
fn put(words: &mut [u64], ix: ProductIx, on: bool) {
    let word = &mut words[ix.index() / 64];
    let bit = 1 << (ix.index() % 64);
    *word = if on { *word | bit } else { *word & !bit };
}
