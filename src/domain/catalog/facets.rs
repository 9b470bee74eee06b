//! Which attributes and currencies the products of the catalogue have, counted as products come and go.
//!
//! A filter on what no product has leaves nothing and says nothing: most likely it is misspelt.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::domain::{Currency, Money, catalog::Product};

/// What products have, each with the number of times.
#[derive(Debug, Default)]
pub struct Facets(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// In small letters.
    attributes: FxHashMap<String, usize>,
    currencies: FxHashMap<Currency, usize>,
}

impl Facets {
    /// A product takes the place of another, comes, or goes.
    pub(super) fn replace(&self, former: Option<&Product>, product: Option<&Product>) {
        if let (Some(former), Some(product)) = (former, product)
            && has_same(former, product)
        {
            return;
        }
        let mut counts = self.0.lock();
        for (product, more) in former.map(|former| (former, false)).into_iter().chain(product.map(|new| (new, true))) {
            for name in names(product) {
                count(&mut counts.attributes, name.to_lowercase(), more);
            }
            for money in prices(product) {
                count(&mut counts.currencies, money.currency, more);
            }
        }
    }

    /// The names of all attributes where this one, letter case apart, is none of them. An empty catalogue knows all.
    pub fn unless_attribute(&self, name: &str) -> Option<Vec<String>> {
        let counts = self.0.lock();
        let is_known = counts.currencies.is_empty() || counts.attributes.contains_key(&name.trim().to_lowercase());
        (!is_known).then(|| counts.attributes.keys().cloned().collect())
    }

    /// All currencies where this one is none of them. An empty catalogue knows all.
    pub fn unless_currency(&self, currency: Currency) -> Option<Vec<Currency>> {
        let counts = self.0.lock();
        let is_known = counts.currencies.is_empty() || counts.currencies.contains_key(&currency);
        (!is_known).then(|| {
            let mut known: Vec<Currency> = counts.currencies.keys().copied().collect();
            known.sort_unstable();
            known
        })
    }
}

fn names(product: &Product) -> impl Iterator<Item = &str> {
    let own = product.variants.iter().flat_map(|variant| &variant.attributes);
    product.attributes.iter().chain(own).map(|attribute| &*attribute.name)
}

fn prices(product: &Product) -> impl Iterator<Item = Money> {
    product.variants.iter().map(|variant| variant.price)
}

/// Changes of stock and price come by the thousand and change nothing here.
fn has_same(former: &Product, product: &Product) -> bool {
    prices(former).map(|money| money.currency).eq(prices(product).map(|money| money.currency))
        && names(former).eq(names(product))
}

fn count<K: Eq + std::hash::Hash>(counts: &mut FxHashMap<K, usize>, key: K, more: bool) {
    if more {
        *counts.entry(key).or_insert(0) += 1;
        return;
    }
    if let Some(left) = counts.get_mut(&key) {
        *left -= 1;
        if *left == 0 {
            counts.remove(&key);
        }
    }
}
