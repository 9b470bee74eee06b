//! Dense numbers for names: what the hot path counts and compares with instead of strings.
//!
//! A number is given at the first meeting, in an event as well as in a product, and stays for the life of the process. So
//! an event of a product that is not in the catalogue yet counts for it the moment it comes. Nothing here is stored.

use std::{hash::Hash, sync::Arc};

use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::collections::HashMap;

use crate::domain::{
    Id,
    catalog::{
        Product,
        aliases::{Aliases, Doubt, Index},
    },
};

macro_rules! dense {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

dense!(
    /// A product.
    ProductIx
);
dense!(
    /// A variant of one product.
    VariantIx
);
dense!(
    /// A brand, letter case apart. Zero is none.
    BrandIx
);
dense!(
    /// A colour, letter case apart. Zero is none.
    ColorIx
);
dense!(
    /// A category: one step of a path together with all above it. Zero is the root.
    CategoryIx
);

/// All the numbers of one shop.
#[derive(Debug)]
pub struct Ids {
    products: Names<Id>,
    variants: Names<(ProductIx, Id)>,
    brands: Names<Arc<str>>,
    colors: Names<Arc<str>>,
    categories: RwLock<Categories>,
    aliases: Aliases,
}

impl Default for Ids {
    fn default() -> Self {
        let ids = Self {
            products: Names::default(),
            variants: Names::default(),
            brands: Names::default(),
            colors: Names::default(),
            categories: RwLock::new(Categories {
                children: FxHashMap::default(),
                nodes: vec![Category { parent: CategoryIx(0), step: "".into(), depth: 0 }],
            }),
            aliases: Aliases::default(),
        };
        ids.brand("");
        ids.color("");
        ids
    }
}

#[derive(Debug)]
struct Categories {
    children: FxHashMap<(CategoryIx, Arc<str>), CategoryIx>,
    nodes: Vec<Category>,
}

/// One category.
#[derive(Debug, Clone)]
pub struct Category {
    /// The one above; the root is its own.
    pub parent: CategoryIx,
    /// Its name as first met.
    pub step: Arc<str>,
    /// Steps below the root.
    pub depth: u32,
}

/// Some categories, to be asked without a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategorySet {
    words: Vec<u64>,
}

impl CategorySet {
    /// Each of them, in the order of numbers.
    pub fn iter(&self) -> impl Iterator<Item = CategoryIx> {
        (0..self.words.len() * 64).map(|number| CategoryIx(dense_len(number))).filter(|one| self.contains(*one))
    }

    /// Whether the category is among them.
    pub fn contains(&self, category: CategoryIx) -> bool {
        self.words.get(category.index() / 64).is_some_and(|word| word >> (category.index() % 64) & 1 == 1)
    }
}

impl Ids {
    /// The product's number, given now where it has none.
    pub fn product(&self, id: &Id) -> ProductIx {
        ProductIx(self.products.number(id))
    }

    /// The product's number, where it has one.
    pub fn find_product(&self, id: &str) -> Option<ProductIx> {
        self.products.known.read().numbers.get(id).copied().map(ProductIx)
    }

    /// The product's id.
    pub fn product_id(&self, product: ProductIx) -> Option<Id> {
        self.products.name(product.0)
    }

    /// The variant's number, given now where it has none.
    pub fn variant(&self, product: ProductIx, id: &Id) -> VariantIx {
        VariantIx(self.variants.number(&(product, id.clone())))
    }

    /// The variant's number, where it has one.
    pub fn find_variant(&self, product: ProductIx, id: &Id) -> Option<VariantIx> {
        self.variants.known.read().numbers.get(&(product, id.clone())).copied().map(VariantIx)
    }

    /// The variant's id.
    pub fn variant_id(&self, variant: VariantIx) -> Option<Id> {
        self.variants.name(variant.0).map(|(_, id)| id)
    }

    /// The product, and where it is known the variant, that an event means: a product of the catalogue, else the one product
    /// that has a variant of this id, else the same in another letter case, else a product that is yet to come. Numbers are
    /// given where there are none.
    pub fn resolve(&self, product: &Id, variant: Option<&Id>) -> (ProductIx, Option<VariantIx>) {
        // Held until numbers are given, so that a change of the catalogue finds every id that was asked for before it.
        let index = self.aliases.read();
        let named = self.find_product(product.as_str());
        if let Some(listed) = named.filter(|named| index.is_listed(*named)) {
            return (listed, variant.map(|id| self.variant_of(listed, id, &index)));
        }
        if let Some(holder) = index.holder(product)
            && let Some(own) = self.find_variant(holder, product)
        {
            index.follow(product);
            return (holder, variant.and_then(|id| self.find_variant(holder, id)).or(Some(own)));
        }
        if let Some(alike) = index.in_other_case(product) {
            let named = variant.map(|id| self.variant_of(alike.product, id, &index));
            return (alike.product, if alike.variant.is_some() { alike.variant } else { named });
        }
        let product = named.unwrap_or_else(|| self.product(product));
        (product, variant.map(|id| self.variant_of(product, id, &index)))
    }

    /// The variant of a product that an event names: in another letter case where the product has none of this one.
    fn variant_of(&self, product: ProductIx, id: &Id, index: &Index) -> VariantIx {
        if index.is_held(id) {
            return self.variant(product, id);
        }
        let alike = index.in_other_case(id).filter(|alike| alike.product == product);
        alike.and_then(|alike| alike.variant).unwrap_or_else(|| self.variant(product, id))
    }

    /// The product of the catalogue that an event means by an id.
    pub fn find_listed(&self, id: &Id) -> Option<ProductIx> {
        let index = self.aliases.read();
        let named = self.find_product(id.as_str()).filter(|product| index.is_listed(*product));
        let exact = named.or_else(|| index.holder(id));
        exact.or_else(|| index.find_in_other_case(id).map(|alike| alike.product))
    }

    /// The product that a request means by an id: as in events, else one that was heard of.
    pub fn find(&self, id: &Id) -> Option<ProductIx> {
        self.find_listed(id).or_else(|| self.find_product(id.as_str()))
    }

    /// Why it is not sure which product an event means by an id.
    pub fn doubt(&self, id: &Id) -> Option<Doubt> {
        self.aliases.read().doubt(id, self.find_product(id.as_str()))
    }

    /// How many products have the id of another product's variant too.
    pub fn doubtful_products(&self) -> usize {
        let index = self.aliases.read();
        let doubtful = |product: &ProductIx| {
            let id = self.product_id(*product).filter(|_| index.is_listed(*product));
            id.is_some_and(|id| index.doubt(&id, Some(*product)).is_some())
        };
        (0..self.products()).map(ProductIx).filter(doubtful).count()
    }

    /// Counts how often an id that was resolved before has come to mean another product: what was made of events under an
    /// earlier one is out of date.
    pub fn generation(&self) -> u64 {
        self.aliases.generation()
    }

    /// Takes a product of the catalogue in, for whoever asks nothing but what ids mean.
    pub fn list(&self, product: &Product) {
        self.relist(self.product(&product.id), None, Some(product));
    }

    /// Tells that a product comes into the catalogue, changes its variants, or goes.
    pub(super) fn relist(&self, product: ProductIx, former: Option<&Product>, now: Option<&Product>) {
        let Some(id) = former.or(now).map(|one| &one.id) else { return };
        // Whoever finds the holder finds its variant.
        for variant in now.into_iter().flat_map(|now| &now.variants) {
            self.variant(product, &variant.id);
        }
        let number = |id: &Id| self.find_product(id.as_str());
        self.aliases.relist(product, id, former, now, number, |id| self.find_variant(product, id));
    }

    /// The brand's number, given now where it has none.
    pub fn brand(&self, name: &str) -> BrandIx {
        BrandIx(self.brands.number(&name.trim().to_lowercase().into()))
    }

    /// The brand's number, where it has one.
    pub fn find_brand(&self, name: &str) -> Option<BrandIx> {
        self.brands.known.read().numbers.get(name.trim().to_lowercase().as_str()).copied().map(BrandIx)
    }

    /// The colour's number, given now where it has none.
    pub fn color(&self, name: &str) -> ColorIx {
        ColorIx(self.colors.number(&name.trim().to_lowercase().into()))
    }

    /// The colour's number, where it has one.
    pub fn find_color(&self, name: &str) -> Option<ColorIx> {
        self.colors.known.read().numbers.get(name.trim().to_lowercase().as_str()).copied().map(ColorIx)
    }

    /// The number of the last category of the path, given now, with all above it, where it has none.
    pub fn category<S: AsRef<str>>(&self, path: &[S]) -> CategoryIx {
        if let Some(found) = self.find_category(path) {
            return found;
        }
        let mut categories = self.categories.write();
        let mut at = CategoryIx(0);
        for step in path {
            let key = (at, Arc::from(step.as_ref().trim().to_lowercase()));
            at = if let Some(child) = categories.children.get(&key) {
                *child
            } else {
                let child = CategoryIx(dense_len(categories.nodes.len()));
                let depth = categories.nodes[at.index()].depth + 1;
                categories.nodes.push(Category { parent: at, step: step.as_ref().trim().into(), depth });
                categories.children.insert(key, child);
                child
            };
        }
        at
    }

    /// The number of the last category of the path, where it has one.
    pub fn find_category<S: AsRef<str>>(&self, path: &[S]) -> Option<CategoryIx> {
        let categories = self.categories.read();
        path.iter().try_fold(CategoryIx(0), |at, step| {
            categories.children.get(&(at, Arc::from(step.as_ref().trim().to_lowercase()))).copied()
        })
    }

    /// What is known of a category.
    pub fn category_of(&self, category: CategoryIx) -> Option<Category> {
        self.categories.read().nodes.get(category.index()).cloned()
    }

    /// Whether `below` is `above` or lies under it.
    pub fn is_within(&self, below: CategoryIx, above: CategoryIx) -> bool {
        let categories = self.categories.read();
        let depth = |category: CategoryIx| categories.nodes.get(category.index()).map_or(0, |node| node.depth);
        let mut at = below;
        while depth(at) > depth(above) {
            at = categories.nodes[at.index()].parent;
        }
        at == above
    }

    /// All categories that are, or lie under, one of these paths. A path that nobody has ever heard of adds none.
    pub fn categories_within<S: AsRef<str>>(&self, paths: &[Vec<S>]) -> CategorySet {
        let wanted: Vec<CategoryIx> = paths.iter().filter_map(|path| self.find_category(path)).collect();
        let categories = self.categories.read();
        let mut set = CategorySet { words: vec![0; categories.nodes.len().div_ceil(64)] };
        // A category has a greater number than the one above it, so one pass suffices. The root is its own parent.
        for (number, node) in (0..).zip(&categories.nodes) {
            let category = CategoryIx(number);
            if wanted.contains(&category) || set.contains(node.parent) {
                set.words[category.index() / 64] |= 1 << (category.index() % 64);
            }
        }
        set
    }

    /// How many products have a number: every `ProductIx` is below it.
    pub fn products(&self) -> u32 {
        dense_len(self.products.known.read().names.len())
    }
}

/// Names with their numbers.
#[derive(Debug)]
struct Names<K> {
    known: RwLock<Known<K>>,
}

#[derive(Debug)]
struct Known<K> {
    // Names come from callers: the standard hasher withstands chosen collisions.
    numbers: HashMap<K, u32>,
    names: Vec<K>,
}

impl<K> Default for Names<K> {
    fn default() -> Self {
        Self { known: RwLock::new(Known { numbers: HashMap::new(), names: Vec::new() }) }
    }
}

impl<K: Clone + Eq + Hash> Names<K> {
    fn number(&self, name: &K) -> u32 {
        if let Some(number) = self.known.read().numbers.get(name) {
            return *number;
        }
        let mut known = self.known.write();
        if let Some(number) = known.numbers.get(name) {
            return *number;
        }
        let number = dense_len(known.names.len());
        known.names.push(name.clone());
        known.numbers.insert(name.clone(), number);
        number
    }

    fn name(&self, number: u32) -> Option<K> {
        self.known.read().names.get(number as usize).cloned()
    }
}

/// Four thousand million names would take a terabyte of memory before this could saturate.
fn dense_len(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_its_whole_path() {
        let ids = Ids::default();
        let boots = ids.category(&["Women", "Shoes", "Boots"]);
        let men = ids.category(&["Men", "Shoes"]);
        assert_eq!(ids.category(&["women", " shoes", "BOOTS"]), boots);
        assert_eq!(ids.find_category(&["Shoes"]), None);
        let shoes = ids.find_category(&["Women", "Shoes"]).unwrap();
        assert!(ids.is_within(boots, shoes) && ids.is_within(boots, CategoryIx(0)) && ids.is_within(shoes, shoes));
        assert!(!ids.is_within(boots, men) && !ids.is_within(shoes, boots));
        let set = ids.categories_within(&[vec!["WOMEN", "shoes"], vec!["Garden"]]);
        assert!(set.contains(boots) && set.contains(shoes) && !set.contains(men) && !set.contains(CategoryIx(0)));
        assert!(ids.categories_within(&[Vec::<&str>::new()]).contains(men), "the empty path is the root");
    }
}
