//! A filter put into numbers once per request, so that asking it of a product takes no lock and allocates nothing.
//!
//! Which variant passes is asked apart from which product does: price, size and colour must hold of the very variant that is
//! offered, within `any_of` and `none_of` too. What nobody has ever heard of (a category, a brand, a colour) matches nothing; an excluded product that nobody
//! has ever heard of excludes nothing. Names are compared letter case apart, ids byte for byte.

use std::sync::Arc;

use crate::domain::{
    Currency, Id, Money, Timestamp,
    catalog::{Attribute, Audience, BrandIx, CategorySet, ColorIx, Ids, ProductIx, Row, VariantRow},
    recommend::filter::{Filter, NumberRange},
};

/// What a filter on attributes finds in fields of their own.
pub const FIELDS: [&str; 3] = ["color", "size", "audience"];

/// What a range finds in a field of its own.
pub const NUMBERED_FIELDS: [&str; 1] = ["size"];

/// [`Filter`], ready to be asked. Each `None` or empty part lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct CompiledFilter {
    categories: Option<CategorySet>,
    brands: Option<Vec<BrandIx>>,
    audiences: Option<Vec<Audience>>,
    colors: Option<Vec<ColorIx>>,
    sizes: Option<Vec<String>>,
    attributes: Vec<Wanted>,
    ranges: Vec<WantedRange>,
    price: Option<PriceRange>,
    /// Sorted.
    only: Option<Vec<ProductIx>>,
    /// Sorted.
    exclude: Vec<ProductIx>,
    any_of: Option<Vec<CompiledFilter>>,
    none_of: Vec<CompiledFilter>,
    /// Whether variants are asked for anything, here or in a filter within.
    narrows_variants: bool,
    /// The moment that prices are of.
    now: Timestamp,
}

/// One attribute without a field of its own; all in small letters.
#[derive(Debug, Clone)]
struct Wanted {
    name: String,
    values: Vec<String>,
}

/// One attribute that must be a number within the ends.
#[derive(Debug, Clone)]
struct WantedRange {
    /// In small letters.
    name: String,
    from: f64,
    to: f64,
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
    Product,
    Category,
    Brand,
    Audience,
    Price,
    Color,
    Size,
    Attribute,
    Range,
    AnyOf,
    NoneOf,
}

impl Unmatched {
    /// As it stands in an explanation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Product => "product",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Audience => "audience",
            Self::Price => "price",
            Self::Color => "color",
            Self::Size => "size",
            Self::Attribute => "attribute",
            Self::Range => "range",
            Self::AnyOf => "any_of",
            Self::NoneOf => "none_of",
        }
    }
}

impl CompiledFilter {
    /// Looks up every name once; prices are those of `now`. The snapshot that it is asked about MUST NOT be younger than this call: a category that came
    /// later is not in the set.
    pub fn new(filter: &Filter, ids: &Ids, now: Timestamp) -> Self {
        let within = |filters: &[Filter]| filters.iter().map(|one| Self::new(one, ids, now)).collect();
        let mut compiled = Self {
            categories: (!filter.categories.is_empty()).then(|| ids.categories_within(&filter.categories)),
            brands: (!filter.brands.is_empty())
                .then(|| filter.brands.iter().filter_map(|brand| ids.find_brand(brand)).collect()),
            price: PriceRange::new(filter.at_least, filter.at_most),
            ranges: filter.ranges.iter().map(WantedRange::new).collect(),
            only: (!filter.only.is_empty()).then(|| numbers(&filter.only, ids)),
            exclude: numbers(&filter.exclude, ids),
            any_of: (!filter.any_of.is_empty()).then(|| within(&filter.any_of)),
            none_of: within(&filter.none_of),
            now,
            ..Self::default()
        };
        for (name, values) in &filter.attributes {
            compiled.take_attribute(&small(name), values, ids);
        }
        compiled.narrows_variants =
            compiled.asks_variants() || compiled.filters_within().any(|one| one.narrows_variants);
        compiled
    }

    /// Whether a variant is asked for anything here, whatever the filters within ask.
    const fn asks_variants(&self) -> bool {
        self.price.is_some()
            || self.colors.is_some()
            || self.sizes.is_some()
            || !self.attributes.is_empty()
            || !self.ranges.is_empty()
    }

    fn filters_within(&self) -> impl Iterator<Item = &Self> {
        self.any_of.iter().flatten().chain(&self.none_of)
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

    /// The products that it asks for by their ids, where it asks for any; sorted.
    pub fn only(&self) -> Option<&[ProductIx]> {
        self.only.as_deref()
    }

    /// The filters of which one must pass, where there are any.
    pub fn any_of(&self) -> Option<&[Self]> {
        self.any_of.as_deref()
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.exclude.is_empty()
            && self.only.is_none()
            && self.any_of.is_none()
            && self.none_of.is_empty()
            && self.categories.is_none()
            && self.brands.is_none()
            && self.audiences.is_none()
            && !self.narrows_variants
    }

    /// Whether what it says of variants is more than nothing.
    pub const fn narrows_variants(&self) -> bool {
        self.narrows_variants
    }

    /// Whether the product passes with this very variant.
    pub fn matches(&self, row: &Row, variant: &VariantRow) -> bool {
        self.matches_product(row) && (!self.narrows_variants || self.matches_variant(row, variant))
    }

    /// Whether the product as such passes. Whether it can be offered is for its variants to say.
    pub fn matches_product(&self, row: &Row) -> bool {
        self.product_unmatched(row).is_none()
    }

    /// Whether the variant of this product passes.
    pub fn matches_variant(&self, row: &Row, variant: &VariantRow) -> bool {
        self.variant_unmatched(row, variant).is_none()
    }

    /// Whether the product passes with any variant that can be sold.
    pub fn matches_any_variant(&self, row: &Row) -> bool {
        let passes = |variant: &VariantRow| variant.sellable && self.matches_variant(row, variant);
        self.matches_product(row) && (!self.narrows_variants || row.variants.iter().any(passes))
    }

    /// The first part that the product as such does not pass.
    pub fn product_unmatched(&self, row: &Row) -> Option<Unmatched> {
        if !self.exclude.is_empty() && self.exclude.binary_search(&row.ix).is_ok() {
            return Some(Unmatched::Excluded);
        }
        if self.only.as_ref().is_some_and(|only| only.binary_search(&row.ix).is_err()) {
            return Some(Unmatched::Product);
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
        // A filter within that asks for a variant can't pass where it does not even suit the product.
        if self.any_of.as_ref().is_some_and(|filters| !filters.iter().any(|one| one.matches_product(row))) {
            return Some(Unmatched::AnyOf);
        }
        if self.none_of.iter().any(|one| !one.narrows_variants && one.matches_product(row)) {
            return Some(Unmatched::NoneOf);
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
        self.text_unmatched(row, variant).or_else(|| self.within_unmatched(row, variant))
    }

    fn text_unmatched(&self, row: &Row, variant: &VariantRow) -> Option<Unmatched> {
        if self.sizes.is_none() && self.attributes.is_empty() && self.ranges.is_empty() {
            return None;
        }
        let written = row.written(variant);
        let size = written.map_or("", |written| &written.size);
        if self.sizes.as_ref().is_some_and(|sizes| !sizes.iter().any(|one| is_small_of(one, size))) {
            return Some(Unmatched::Size);
        }
        let own = written.map_or(&[][..], |written| &written.attributes);
        let missing = |wanted: &Wanted| !wanted.is_in(own) && !wanted.is_in(&row.product.attributes);
        if self.attributes.iter().any(missing) {
            return Some(Unmatched::Attribute);
        }
        let outside = |range: &WantedRange| match range.name.as_str() {
            "size" => !range.holds(size),
            _ => !range.is_in(own) && !range.is_in(&row.product.attributes),
        };
        self.ranges.iter().any(outside).then_some(Unmatched::Range)
    }

    fn within_unmatched(&self, row: &Row, variant: &VariantRow) -> Option<Unmatched> {
        if self.any_of.as_ref().is_some_and(|filters| !filters.iter().any(|one| one.matches(row, variant))) {
            return Some(Unmatched::AnyOf);
        }
        self.none_of.iter().any(|one| one.matches(row, variant)).then_some(Unmatched::NoneOf)
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

impl WantedRange {
    fn new(range: &NumberRange) -> Self {
        let (from, to) = (range.at_least.unwrap_or(f64::NEG_INFINITY), range.at_most.unwrap_or(f64::INFINITY));
        Self { name: small(&range.name), from, to }
    }

    fn is_in(&self, attributes: &[Attribute]) -> bool {
        attributes.iter().any(|attribute| is_small_of(&self.name, &attribute.name) && self.holds(&attribute.value))
    }

    fn holds(&self, text: &str) -> bool {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.is_some_and(|number| (self.from..=self.to).contains(&number))
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

/// Sorted; what nobody has heard of has no number.
fn numbers(products: &[Id], ids: &Ids) -> Vec<ProductIx> {
    let mut numbers: Vec<ProductIx> = products.iter().filter_map(|id| ids.find(id)).collect();
    numbers.sort_unstable();
    numbers
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
