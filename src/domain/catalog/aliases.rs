//! Ids of variants where events should name products: which of them lead to a product, and whether that has changed.
//!
//! An id leads to the product that has a variant of this id, where no product of the catalogue has it itself and no second
//! one has such a variant. Since events may come before their catalogue, it is asked when an event is read, and what was
//! made of events before is out of date once an id that they named leads elsewhere: the generation says so.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{
    Id,
    catalog::{Product, ProductIx},
};

/// What leads where.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    index: RwLock<Index>,
    generation: AtomicU64,
}

/// The variants of the catalogue by their ids.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Products of the catalogue, a bit each.
    listed: Vec<u64>,
    /// By a hash of the id, which takes a third of the memory of the id.
    holders: FxHashMap<u64, Holders>,
    /// Ids that led somewhere when they were asked for.
    followed: Mutex<FxHashSet<u64>>,
}

/// The products that have a variant of one id.
#[derive(Debug, Clone, Copy, Default)]
struct Holders {
    count: u32,
    /// Their numbers, combined by exclusive or: of one product its own.
    combined: u32,
}

/// Why it is not sure what an id means where a product is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// A product has it, which is meant, and so has a variant of another product.
    AlsoVariant,
    /// No product has it, but variants of several have.
    SeveralVariants,
}

impl Aliases {
    /// How often something that was asked for has come to mean another product.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// As it is now; it doesn't change while this is held.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read()
    }

    /// A product comes, changes its variants, or goes. `number` finds the product that an id was taken for.
    pub(super) fn relist(
        &self,
        product: ProductIx,
        id: &Id,
        former: Option<&Product>,
        now: Option<&Product>,
        number: impl Fn(&Id) -> Option<ProductIx>,
    ) {
        let mut index = self.index.write();
        let mut is_news = former.is_none() != now.is_none() && index.is_followed(id);
        index.set_listed(product, now.is_some());
        for variant in former.into_iter().flat_map(|former| &former.variants) {
            index.hold(&variant.id, product, false);
            is_news |= index.is_followed(&variant.id);
        }
        for variant in now.into_iter().flat_map(|now| &now.variants) {
            index.hold(&variant.id, product, true);
            let taken_for = number(&variant.id).filter(|other| !index.is_listed(*other));
            is_news |= taken_for.is_some() || index.is_followed(&variant.id);
        }
        if now.is_none() {
            is_news |= index.holder(id).is_some();
        }
        if is_news {
            self.generation.fetch_add(1, Ordering::Release);
        }
    }
}

impl Index {
    /// Whether the product is in the catalogue.
    pub(super) fn is_listed(&self, product: ProductIx) -> bool {
        self.listed.get(product.index() / 64).is_some_and(|word| word >> (product.index() % 64) & 1 == 1)
    }

    /// The one product that has a variant of this id.
    pub(super) fn holder(&self, variant: &Id) -> Option<ProductIx> {
        let holders = self.holders.get(&hash(variant)).filter(|holders| holders.count == 1)?;
        Some(ProductIx(holders.combined))
    }

    /// Notes that the id led to its holder.
    pub(super) fn follow(&self, variant: &Id) {
        self.followed.lock().insert(hash(variant));
    }

    pub(super) fn doubt(&self, id: &Id, product: Option<ProductIx>) -> Option<Doubt> {
        let holders = self.holders.get(&hash(id))?;
        match product.filter(|product| self.is_listed(*product)) {
            Some(product) if holders.count > 1 || holders.combined != product.0 => Some(Doubt::AlsoVariant),
            None if holders.count > 1 => Some(Doubt::SeveralVariants),
            _ => None,
        }
    }

    fn is_followed(&self, id: &Id) -> bool {
        let followed = self.followed.lock();
        !followed.is_empty() && followed.contains(&hash(id))
    }

    fn set_listed(&mut self, product: ProductIx, listed: bool) {
        let (word, bit) = (product.index() / 64, 1 << (product.index() % 64));
        if self.listed.len() <= word {
            self.listed.resize(word + 1, 0);
        }
        if listed {
            self.listed[word] |= bit;
        } else {
            self.listed[word] &= !bit;
        }
    }

    fn hold(&mut self, variant: &Id, product: ProductIx, holds: bool) {
        let key = hash(variant);
        let holders = self.holders.entry(key).or_default();
        holders.combined ^= product.0;
        holders.count = if holds { holders.count.saturating_add(1) } else { holders.count.saturating_sub(1) };
        if holders.count == 0 {
            self.holders.remove(&key);
        }
    }
}

/// Ids come from callers: a hash that chosen ids can't easily make collide.
fn hash(id: &Id) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    hasher.finish()
}
