//! A filter put into numbers once per request, so that asking it of a product takes no lock and allocates nothing.
//!
//! Which variant passes is asked apart from which product does: price, size and colour must hold of the very variant that is
//! offered. What nobody has ever heard of (a category, a brand, a colour) matches nothing; an excluded product that nobody
//! has ever heard of excludes nothing. Names are compared letter case apart, ids byte for byte.

use std::sync::Arc;

use crate::domain::{
    Currency, Money, Timestamp,
    catalog::{Attribute, Audience, BrandIx, CategorySet, ColorIx, Ids, ProductIx, Row, VariantRow},
    recommend::Filter,
};

/// What a filter on attributes finds in fields of their own.
pub const FIELDS: [&str; 3] = ["color", "size", "audience"];

/// [`Filter`], ready to be asked. Each `None` or empty part lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct CompiledFilter {
    categories: Option<CategorySet>,
    brands: Option<Vec<BrandIx>>,
    audiences: Option<Vec<Audience>>,
    colors: Option<Vec<ColorIx>>,
    sizes: Option<Vec<String>>,
    attributes: Vec<Wanted>,
    price: Option<PriceRange>,
    /// Sorted.
    exclude: Vec<ProductIx>,
    /// The moment that prices are of.
    now: Timestamp,
}

/// One attribute without a field of its own; all in small letters.
#[derive(Debug, Clone)]
struct Wanted {
    name: String,
    values: Vec<String>,
}

/// Both ends inside.
#[derive(Debug, Clone, Copy)]
struct PriceRange {
    from: i64,
    to: i64,
    /// `None` where the two ends name different currencies: no price lies between them.
    currency: Option<Currency>,
}

/// A part of the filter that a product, or its variant, does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    Excluded,
    Category,
    Brand,
    Audience,
    Price,
    Color,
    Size,
    Attribute,
}

impl Unmatched {
    /// As it stands in an explanation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Audience => "audience",
            Self::Price => "price",
            Self::Color => "color",
            Self::Size => "size",
            Self::Attribute => "attribute",
        }
    }
}

impl CompiledFilter {
    /// Looks up every name once; prices are those of `now`. The snapshot that it is asked about MUST NOT be younger than this call: a category that came
    /// later is not in the set.
    pub fn new(filter: &Filter, ids: &Ids, now: Timestamp) -> Self {
        let mut compiled = Self {
            categories: (!filter.categories.is_empty()).then(|| ids.categories_within(&filter.categories)),
            brands: (!filter.brands.is_empty())
                .then(|| filter.brands.iter().filter_map(|brand| ids.find_brand(brand)).collect()),
            price: PriceRange::new(filter.at_least, filter.at_most),
            exclude: filter.exclude.iter().filter_map(|id| ids.find(id)).collect(),
            now,
            ..Self::default()
        };
        compiled.exclude.sort_unstable();
        for (name, values) in &filter.attributes {
            compiled.take_attribute(&small(name), values, ids);
        }
        compiled
    }

    /// An attribute that is named twice must hold both times.
    fn take_attribute(&mut self, name: &str, values: &[Arc<str>], ids: &Ids) {
        match name {
            "color" => narrow(&mut self.colors, values.iter().filter_map(|value| ids.find_color(value))),
            "size" => narrow(&mut self.sizes, values.iter().map(|value| small(value))),
            "audience" => narrow(&mut self.audiences, values.iter().filter_map(|value| audience(value))),
            _ => self
                .attributes
                .push(Wanted { name: name.to_owned(), values: values.iter().map(|value| small(value)).collect() }),
        }
    }

    /// The categories that it asks for, where it asks for any.
    pub const fn categories(&self) -> Option<&CategorySet> {
        self.categories.as_ref()
    }

    /// The brands that it asks for, where it asks for any.
    pub fn brands(&self) -> Option<&[BrandIx]> {
        self.brands.as_deref()
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.exclude.is_empty()
            && self.categories.is_none()
            && self.brands.is_none()
            && self.audiences.is_none()
            && !self.narrows_variants()
    }

    /// Whether what it says of variants is more than nothing.
    pub fn narrows_variants(&self) -> bool {
        self.price.is_some() || self.colors.is_some() || self.sizes.is_some() || !self.attributes.is_empty()
    }

    /// Whether the product as such passes. Whether it can be offered is for its variants to say.
    pub fn matches_product(&self, row: &Row) -> bool {
        self.product_unmatched(row).is_none()
    }

    /// Whether the variant of this product passes.
    pub fn matches_variant(&self, row: &Row, variant: &VariantRow) -> bool {
        self.variant_unmatched(row, variant).is_none()
    }

    /// The first part that the product as such does not pass.
    pub fn product_unmatched(&self, row: &Row) -> Option<Unmatched> {
        if !self.exclude.is_empty() && self.exclude.binary_search(&row.ix).is_ok() {
            return Some(Unmatched::Excluded);
        }
        if self.categories.as_ref().is_some_and(|set| !set.contains(row.category)) {
            return Some(Unmatched::Category);
        }
        if self.brands.as_ref().is_some_and(|brands| !brands.contains(&row.brand)) {
            return Some(Unmatched::Brand);
        }
        if self.audiences.as_ref().is_some_and(|wanted| row.audience.is_none_or(|one| !wanted.contains(&one))) {
            return Some(Unmatched::Audience);
        }
        None
    }

    /// The first part that the variant does not pass.
    pub fn variant_unmatched(&self, row: &Row, variant: &VariantRow) -> Option<Unmatched> {
        if self.price.is_some_and(|range| !range.holds(variant.price_at(self.now))) {
            return Some(Unmatched::Price);
        }
        if self.colors.as_ref().is_some_and(|colors| !colors.contains(&variant.color)) {
            return Some(Unmatched::Color);
        }
        if self.sizes.is_none() && self.attributes.is_empty() {
            return None;
        }
        let written = row.written(variant);
        let size = written.map_or("", |written| &written.size);
        if self.sizes.as_ref().is_some_and(|sizes| !sizes.iter().any(|one| is_small_of(one, size))) {
            return Some(Unmatched::Size);
        }
        let own = written.map_or(&[][..], |written| &written.attributes);
        let missing = |wanted: &Wanted| !wanted.is_in(own) && !wanted.is_in(&row.product.attributes);
        self.attributes.iter().any(missing).then_some(Unmatched::Attribute)
    }
}

impl Wanted {
    fn is_in(&self, attributes: &[Attribute]) -> bool {
        attributes.iter().any(|attribute| {
            is_small_of(&self.name, &attribute.name)
                && self.values.iter().any(|value| is_small_of(value, &attribute.value))
        })
    }
}

impl PriceRange {
    fn new(at_least: Option<Money>, at_most: Option<Money>) -> Option<Self> {
        let currency = match (at_least, at_most) {
            (None, None) => return None,
            (Some(from), Some(to)) => (from.currency == to.currency).then_some(from.currency),
            (Some(one), None) | (None, Some(one)) => Some(one.currency),
        };
        let minor = |end: Option<Money>, open: i64| end.map_or(open, |money| money.minor);
        Some(Self { from: minor(at_least, i64::MIN), to: minor(at_most, i64::MAX), currency })
    }

    fn holds(self, price: Money) -> bool {
        Some(price.currency) == self.currency && (self.from..=self.to).contains(&price.minor)
    }
}

fn narrow<T: PartialEq>(set: &mut Option<Vec<T>>, values: impl Iterator<Item = T>) {
    let values: Vec<T> = values.collect();
    *set = Some(match set.take() {
        Some(former) => former.into_iter().filter(|one| values.contains(one)).collect(),
        None => values,
    });
}

fn small(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether `small` is what [`small`] makes of the text, without making it. A final capital sigma is the one letter whose
/// small form hangs on its place in the word; only such a text is copied.
fn is_small_of(small_text: &str, text: &str) -> bool {
    if text.contains('Σ') {
        return small_text == small(text);
    }
    text.trim().chars().flat_map(char::to_lowercase).eq(small_text.chars())
}

fn audience(text: &str) -> Option<Audience> {
    match small(text).as_str() {
        "women" => Some(Audience::Women),
        "men" => Some(Audience::Men),
        "unisex" => Some(Audience::Unisex),
        "children" => Some(Audience::Children),
        _ => None,
    }
}
