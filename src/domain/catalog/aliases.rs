//! Ids of variants where events should name products: which of them lead to a product, and whether that has changed.
//!
//! An id leads to the product that has a variant of this id, where no product of the catalogue has it itself and no second
//! one has such a variant. Where nothing has it as it is written, it leads to the one product, or the one variant, that has it
//! in another letter case. Since events may come before their catalogue, it is asked when an event is read, and what was
//! made of events before is out of date once an id that they named leads elsewhere: the generation says so.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{
    Id,
    catalog::{
        Product, ProductIx, VariantIx,
        letter_case::{Alike, LetterCase},
    },
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
    letter_case: LetterCase,
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

impl Doubt {
    /// What an event means that names this id all the same.
    pub fn about(self, id: &Id) -> String {
        match self {
            Self::AlsoVariant => format!("{id:?} is a product and a variant of another: the product is meant"),
            Self::SeveralVariants => format!("{id:?} is a variant of several products: none of them is meant"),
        }
    }
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

    /// A product comes, changes its variants, or goes. `number` finds the product that has an id itself, `variant` the number
    /// of a variant of the product.
    pub(super) fn relist(
        &self,
        product: ProductIx,
        id: &Id,
        former: Option<&Product>,
        now: Option<&Product>,
        number: impl Fn(&Id) -> Option<ProductIx>,
        variant: impl Fn(&Id) -> Option<VariantIx>,
    ) {
        let mut index = self.index.write();
        let variants = |product: Option<&Product>| {
            let variants = product.into_iter().flat_map(|product| &product.variants);
            variants.map(|variant| variant.id.clone()).collect::<Vec<Id>>()
        };
        let (former_variants, now_variants) = (variants(former), variants(now));
        let named = former_variants.iter().chain(&now_variants).chain([id]);
        let before: Vec<(&Id, Option<ProductIx>)> = named.map(|id| (id, index.meaning(id, number(id)))).collect();
        index.set_listed(product, now.is_some());
        for variant in &former_variants {
            index.hold(variant, product, false);
        }
        for variant in &now_variants {
            index.hold(variant, product, true);
        }
        let alike = |variants: &[Id], is_listed: bool| -> Vec<(Id, Alike)> {
            let own = is_listed.then(|| (id.clone(), Alike { product, variant: None }));
            let variants = variants.iter().map(|id| (id.clone(), Alike { product, variant: variant(id) }));
            own.into_iter().chain(variants).collect()
        };
        let (former_alike, now_alike) =
            (alike(&former_variants, former.is_some()), alike(&now_variants, now.is_some()));
        let leads_elsewhere = index.letter_case.replace(&former_alike, &now_alike);
        let is_news = leads_elsewhere
            || before.into_iter().any(|(id, before)| {
                let itself = number(id);
                let was_asked_for = index.is_followed(id) || (before.is_some() && before == itself);
                was_asked_for && before != index.meaning(id, itself)
            });
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

    /// The product that an id means, where it means any: of the catalogue, or the holder, or itself, which is yet to come.
    fn meaning(&self, id: &Id, itself: Option<ProductIx>) -> Option<ProductIx> {
        itself.filter(|itself| self.is_listed(*itself)).or_else(|| self.holder(id)).or(itself)
    }

    /// Whether any variant has this id, as it is written.
    pub(super) fn is_held(&self, variant: &Id) -> bool {
        self.holders.contains_key(&hash(variant))
    }

    /// What has the id in another letter case, where nothing has it as it is written; noted as asked for.
    pub(super) fn in_other_case(&self, id: &Id) -> Option<Alike> {
        self.letter_case.ask(id)
    }

    /// As [`Index::in_other_case`], by whoever keeps nothing of the answer.
    pub(super) fn find_in_other_case(&self, id: &Id) -> Option<Alike> {
        self.letter_case.find(id)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::domain::{
        catalog::{Catalog, Variant},
        recommend::fixture::{catalog, id, product},
        store::{Change, Observer as _},
    };

    fn with_variants(name: &str, variants: &[&str]) -> Product {
        let mut product = product(name, "", "", 100);
        let variant = product.variants.remove(0);
        product.variants = variants.iter().map(|name| Variant { id: id(name), ..variant.clone() }).collect();
        product
    }

    /// What an event means by an id, and the doubt about it.
    fn check(catalog: &Catalog, named: &str, product: &str, variant: Option<&str>, doubt: Option<Doubt>) {
        let ids = catalog.ids();
        let (found, of) = ids.resolve(&id(named), None);
        let of = of.and_then(|of| ids.variant_id(of)).map(|id| id.to_string());
        assert_eq!((ids.product_id(found).unwrap().as_str(), of.as_deref()), (product, variant), "{named}");
        assert_eq!(ids.doubt(&id(named)), doubt, "{named}");
    }

    #[test]
    fn an_id_in_another_letter_case_means_the_only_one_that_has_it() {
        let catalog =
            catalog([with_variants("Hat", &["Hat-M", "hat"]), with_variants("cap", &["cap-s", "CAP-S", "7"])]);
        let change = |product| catalog.committed(&[Change::Product(Arc::new(product))]);
        let generation = || catalog.ids().generation();
        check(&catalog, "HAT-m", "Hat", Some("Hat-M"), None);
        check(&catalog, "hAT", "Hat", None, None);
        check(&catalog, "CAP", "cap", None, None);
        // As it is written it comes first, and where two have the letters neither is meant.
        check(&catalog, "CAP-S", "cap", Some("CAP-S"), None);
        check(&catalog, "Cap-S", "Cap-S", None, None);
        assert_eq!(catalog.ids().find_listed(&id("HAT-M")), catalog.ids().find_product("Hat"));
        assert_eq!(catalog.ids().find_listed(&id("cAp-s")), None);
        let (product, variant) = catalog.ids().resolve(&id("Hat"), Some(&id("hat-m")));
        assert_eq!(variant, catalog.ids().find_variant(product, &id("Hat-M")));
        let (product, variant) = catalog.ids().resolve(&id("CAP"), Some(&id("hat-m")));
        assert_eq!(
            catalog.ids().variant_id(variant.unwrap()),
            Some(id("hat-m")),
            "{product:?} has none of these letters"
        );

        // Nobody asked for these letters, or for others than their own.
        let before = generation();
        change(with_variants("tie", &["tie-M"]));
        check(&catalog, "belt", "belt", None, None);
        change(with_variants("belt", &["belt-M"]));
        assert_eq!(generation(), before);
        // What was asked for comes, becomes doubtful, and is plain again.
        check(&catalog, "SCARF-m", "SCARF-m", None, None);
        change(with_variants("scarf", &["scarf-M"]));
        check(&catalog, "SCARF-m", "scarf", Some("scarf-M"), None);
        assert_eq!(generation(), before + 1);
        change(with_variants("SCARF-M", &["one"]));
        check(&catalog, "SCARF-m", "SCARF-m", None, None);
        assert_eq!(generation(), before + 2);
        catalog.committed(&[Change::ProductDeleted(id("SCARF-M"))]);
        check(&catalog, "SCARF-m", "scarf", Some("scarf-M"), None);
        assert_eq!(generation(), before + 3);
        // The very id that led to another's variant becomes a product's.
        change(with_variants("SCARF-m", &["two"]));
        check(&catalog, "SCARF-m", "SCARF-m", None, None);
        assert!(generation() > before + 3);
    }

    #[test]
    fn an_id_means_a_product_before_the_one_variant_that_has_it() {
        let catalog = catalog([with_variants("p", &["p-S", "M", "p"]), with_variants("q", &["q-S", "M", "p-L"])]);
        let change = |product| catalog.committed(&[Change::Product(Arc::new(product))]);
        let generation = || catalog.ids().generation();
        check(&catalog, "p", "p", None, None);
        check(&catalog, "p-S", "p", Some("p-S"), None);
        check(&catalog, "M", "M", None, Some(Doubt::SeveralVariants));
        check(&catalog, "r-S", "r-S", None, None);
        assert_eq!(catalog.ids().find_listed(&id("q-S")), catalog.ids().find_product("q"));
        assert_eq!((catalog.ids().find_listed(&id("M")), catalog.ids().find_listed(&id("r-S"))), (None, None));
        // Beside the variant that is named, where the product has it.
        let (product, variant) = catalog.ids().resolve(&id("q-S"), Some(&id("p-L")));
        assert_eq!(catalog.ids().find_variant(product, &id("p-L")), variant);

        // Nothing that was asked for means another product now.
        let before = generation();
        change(with_variants("s", &["s-S", "s-M"]));
        change(with_variants("q", &["q-S", "M", "p-L", "q-XL"]));
        assert_eq!(generation(), before);
        // What was taken for a product turns out to be a variant; a variant's id becomes a product's, and goes again.
        change(with_variants("r", &["r-S"]));
        check(&catalog, "r-S", "r", Some("r-S"), None);
        change(with_variants("p-S", &["p-S-1"]));
        check(&catalog, "p-S", "p-S", None, Some(Doubt::AlsoVariant));
        assert_eq!(catalog.ids().doubtful_products(), 1);
        let after = generation();
        assert!(after >= before + 2, "{before} {after}");
        catalog.committed(&[Change::ProductDeleted(id("p-S"))]);
        check(&catalog, "p-S", "p", Some("p-S"), None);
        // Of two that had it one is left.
        change(with_variants("q", &["q-S"]));
        check(&catalog, "M", "p", Some("M"), None);
        assert!(generation() >= after + 2);
    }
}
