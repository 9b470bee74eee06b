//! What sells in the categories and of the brands that she favours.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::catalog::{BrandIx, CategoryIx, ProductIx, Row, Snapshot};
use crate::domain::recommend::{Evidence, Found, Rationale, ReasonCode, RequestContext, Source, SourceError};
use crate::models::{
    data::item_index::ItemIndex,
    retrieval::{popularity::Popularity, tastes::Tastes},
};

/// Parts of category and brand in the score.
const CATEGORY: f32 = 0.65;
const BRAND: f32 = 0.35;
/// What a favourite has without having sold at all.
const UNSOLD: f32 = 0.3;

/// Popular products of her categories and brands.
#[derive(Debug)]
pub struct Affinity {
    vocabulary: Arc<ItemIndex>,
    popularity: Vec<f32>,
    categories: FxHashMap<CategoryIx, Vec<ProductIx>>,
    brands: FxHashMap<BrandIx, Vec<ProductIx>>,
}

impl Affinity {
    /// Lays out the products of the catalogue by category and brand, the most popular first.
    pub fn new(vocabulary: Arc<ItemIndex>, popularity: &Popularity, catalog: &Snapshot) -> Self {
        let (mut categories, mut brands) = (FxHashMap::default(), FxHashMap::default());
        for (item, _) in popularity.order() {
            let product = vocabulary.product(item);
            let Some(row) = catalog.get(product) else { continue };
            categories.entry(row.category).or_insert_with(Vec::new).push(product);
            if row.brand != BrandIx::default() {
                brands.entry(row.brand).or_insert_with(Vec::new).push(product);
            }
        }
        Self { vocabulary, popularity: popularity.general.clone(), categories, brands }
    }

    fn score(&self, tastes: &Tastes, row: &Row) -> f32 {
        let sells = self.vocabulary.item(row.ix).map_or(0.0, |item| self.popularity[item as usize]);
        let (category, brand) = tastes.shares(row);
        (CATEGORY * category + BRAND * brand) * (UNSOLD + (1.0 - UNSOLD) * sells)
    }
}

impl Source for Affinity {
    fn name(&self) -> &'static str {
        "affinity"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    /// Looks at the best sellers of each favourite; what sells less can't be among the best, save by having both the category
    /// and the brand.
    fn collect(
        &self,
        context: &RequestContext<'_>,
        most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let tastes = &*evidence.get_or_make(|| Tastes::of(context, &self.vocabulary));
        let categories = tastes.categories.iter().filter_map(|(category, _)| self.categories.get(category));
        let brands = tastes.brands.iter().filter_map(|(brand, _)| self.brands.get(brand));
        let mut seen = FxHashSet::default();
        for product in categories.chain(brands).flat_map(|products| products.iter().take(2 * most)) {
            if let Some(row) = context.catalog.get(*product).filter(|_| seen.insert(*product)) {
                found.push(*product, &[self.score(tastes, row)]);
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let tastes = &*evidence.get_or_make(|| Tastes::of(context, &self.vocabulary));
        for (product, row) in products.iter().zip(rows) {
            *row = context.catalog.get(*product).map_or(0.0, |product| self.score(tastes, product));
        }
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let row = context.catalog.get(product)?;
        let tastes = evidence.get_or_make(|| Tastes::of(context, &self.vocabulary));
        let (category, brand) = tastes.shares(row);
        favourite(row, CATEGORY * category, BRAND * brand)
    }
}

/// Her brand or her category, whichever says more of the product.
pub fn favourite(row: &Row, category: f32, brand: f32) -> Option<Rationale> {
    let (code, subject) = if category >= brand {
        (ReasonCode::FavouriteCategory, row.product.category_path.last().cloned())
    } else {
        (ReasonCode::FavouriteBrand, (!row.product.brand.is_empty()).then(|| Arc::clone(&row.product.brand)))
    };
    (category.max(brand) > 0.0 && subject.is_some()).then_some(Rationale { code, product: None, subject, time: None })
}
