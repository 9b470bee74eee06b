//! What sells in the categories and of the brands that she favours.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::catalog::{BrandIx, CategoryIx, ProductIx, Row, Snapshot};
use crate::domain::recommend::{Because, Candidate, Moment, ReasonCode, Source, SourceError};
use crate::models::{popular::Popularity, shelf, tastes::Tastes, vocabulary::Vocabulary};

/// Parts of category and brand in the score.
const CATEGORY: f32 = 0.65;
const BRAND: f32 = 0.35;
/// What a favourite has without having sold at all.
const UNSOLD: f32 = 0.3;

/// Popular products of her categories and brands.
#[derive(Debug)]
pub struct Affinity {
    vocabulary: Arc<Vocabulary>,
    popularity: Vec<f32>,
    categories: FxHashMap<CategoryIx, Vec<ProductIx>>,
    brands: FxHashMap<BrandIx, Vec<ProductIx>>,
}

impl Affinity {
    /// Lays out the products of the catalogue by category and brand, the most popular first.
    #[must_use]
    pub fn new(vocabulary: Arc<Vocabulary>, popularity: &Popularity, catalog: &Snapshot) -> Self {
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

    fn candidate(&self, tastes: &Tastes, row: &Row) -> Candidate {
        let sells = self.vocabulary.item(row.ix).map_or(0.0, |item| self.popularity[item as usize]);
        let (category, brand) = tastes.shares(row);
        let (category, brand) = (CATEGORY * category, BRAND * brand);
        let code = if category >= brand { ReasonCode::FavouriteCategory } else { ReasonCode::FavouriteBrand };
        let score = (category + brand) * (UNSOLD + (1.0 - UNSOLD) * sells);
        Candidate { product: row.ix, score, because: Because { code, product: None, time: None } }
    }
}

impl Source for Affinity {
    fn name(&self) -> &'static str {
        "affinity"
    }

    /// Looks at the `most` best sellers of each favourite; what sells less can't be among the best `most`, save by having
    /// both the category and the brand.
    fn collect(&self, moment: &Moment<'_>, most: usize, found: &mut Vec<Candidate>) -> Result<(), SourceError> {
        let tastes = Tastes::of(moment, &self.vocabulary);
        let categories = tastes.categories.iter().filter_map(|(category, _)| self.categories.get(category));
        let brands = tastes.brands.iter().filter_map(|(brand, _)| self.brands.get(brand));
        let mut seen = FxHashSet::default();
        let mut list = Vec::new();
        for product in categories.chain(brands).flat_map(|products| products.iter().take(most)) {
            if let Some(row) = moment.catalog.get(*product).filter(|_| seen.insert(*product)) {
                list.push(self.candidate(&tastes, row));
            }
        }
        shelf::append_best(list, most, &self.vocabulary, found);
        Ok(())
    }

    fn score(&self, moment: &Moment<'_>, products: &[ProductIx], scores: &mut Vec<f32>) -> Result<(), SourceError> {
        let tastes = Tastes::of(moment, &self.vocabulary);
        let score = |product: &ProductIx| moment.catalog.get(*product).map(|row| self.candidate(&tastes, row).score);
        scores.extend(products.iter().map(|product| score(product).unwrap_or(0.0)));
        Ok(())
    }
}
