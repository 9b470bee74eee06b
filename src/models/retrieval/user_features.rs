//! What her profile says of a product: tastes for what it is, and her dealings with it. It brings nothing, it only tells.
//!
//! Bounded numbers by name; the weights are learned, none stands here.

mod signals;

use crate::domain::{
    catalog::{ProductIx, Row},
    recommend::{Evidence, Rationale, RequestContext, Source, SourceError},
};
use crate::models::retrieval::affinity::favourite;

use self::signals::{Signals, faded};

/// Names of the signals, in the order of [`row`].
const NAMES: [&str; 23] = [
    // Shares of her facts that point at what the product is.
    "brand_seen",
    "brand_bought",
    "brand_returned",
    "category_seen",
    "category_bought",
    "category_in_channel",
    "parent_category_seen",
    "parent_category_bought",
    "color_seen",
    "color_bought",
    "audience",
    "price_near",
    // Her dealings with the product itself.
    "seen",
    "seen_lately",
    "carted",
    "bought",
    "sent_back",
    "rated",
    // The product alone.
    "newness",
    "breadth",
    // Of all products alike: where recency and frequency decide which source to believe.
    "cold",
    "active",
    "fresh",
];

/// Those of [`NAMES`] that are a liking of the brand, and of the category.
const BRAND: [usize; 2] = [0, 1];
const CATEGORY: [usize; 5] = [3, 4, 5, 6, 7];

/// Days after which a product is half as new.
const NEW_HALF_LIFE: f64 = 30.0;

/// The profile as a source of facts.
#[derive(Debug, Default)]
pub struct ProfileFacts;

impl Source for ProfileFacts {
    fn name(&self) -> &'static str {
        "profile"
    }

    fn signals(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let signals = &*evidence.get_or_make(|| Signals::of(context));
        for (product, out) in products.iter().zip(rows.chunks_exact_mut(NAMES.len())) {
            if let Some(of) = context.catalog.get(*product) {
                out.copy_from_slice(&row(context, signals, of));
            }
        }
        Ok(())
    }

    /// Her brand or her category. That she looked at the very product is no reason to tell her.
    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        parts: &[f32],
        _evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let sum = |places: &[usize]| places.iter().filter_map(|at| parts.get(*at)).sum();
        favourite(context.catalog.get(product)?, sum(&CATEGORY), sum(&BRAND))
    }
}

/// One number for each of [`NAMES`], in -1..=1, none of them NaN.
fn row(context: &RequestContext<'_>, signals: &Signals, of: &Row) -> [f32; NAMES.len()] {
    let brand = signals.brand(of.brand);
    let category = signals.category(of.category);
    let parent = signals.parent(of.parent);
    let color = signals.color(of);
    let audience = signals.audience(of.audience);
    let touch = signals.product(of.ix);
    [
        brand.seen,
        brand.bought,
        brand.returned,
        category.seen,
        category.bought,
        category.in_channel,
        parent.seen,
        parent.bought,
        color.seen,
        color.bought,
        f32::midpoint(audience.seen, audience.bought),
        signals.price_near(of),
        squashed(touch.seen),
        touch.lately,
        squashed(touch.carted),
        squashed(touch.bought),
        squashed(touch.returned),
        touch.rated,
        faded(context.now, of.product.available_since, NEW_HALF_LIFE),
        breadth(of),
        signals.cold,
        signals.active,
        signals.fresh,
    ]
}

/// The share of its variants that can be sold.
fn breadth(row: &Row) -> f32 {
    let count = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let sellable = row.variants.iter().filter(|variant| variant.sellable).count();
    count(sellable) / count(row.variants.len()).max(1.0)
}

/// Anything into -1..=1, half at one; NaN becomes nothing.
fn squashed(x: f32) -> f32 {
    if x.is_nan() {
        return 0.0;
    }
    let x = x.clamp(-1e6, 1e6);
    x / (1.0 + x.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{Channel, EventKind},
        recommend::fixture::{self, bought, catalog, context, id, item, ix, product, profile, returned, viewed},
    };

    type Fact = (i64, fn() -> EventKind);

    const FACTS: &[Fact] = &[
        (1, || viewed("boots")),
        (2, || viewed("sandals")),
        (3, || EventKind::CartAdded { item: item("sandals") }),
        (60, || bought("boots")),
        (50, || returned("boots")),
        (40, || EventKind::Rated { product: id("boots"), stars: 5 }),
    ];

    /// Features by name of "boots", for a customer with these facts.
    fn of(product_id: &str, facts: impl IntoIterator<Item = (i64, EventKind)>) -> Vec<(&'static str, f32)> {
        let mut boots = product("boots", "Acme", "Shoes/Boots", 30_000);
        boots.variants[0].color = "red".into();
        boots.audience = Some(crate::domain::catalog::Audience::Women);
        let catalog =
            catalog([boots, product("sandals", "Brio", "Shoes/Sandals", 20_000), product("mug", "", "", 1_000)]);
        let mut profile = profile(&catalog, []);
        let mut events = fixture::events(facts);
        for event in &mut events {
            event.channel = Some(Channel::App);
        }
        profile.fold(&events, catalog.ids());
        let snapshot = catalog.snapshot();
        let context = RequestContext { channel: Some(Channel::App), ..context(&snapshot, catalog.ids(), &profile) };
        let mut out = vec![0.0; NAMES.len()];
        ProfileFacts.fill(&context, &[ix(&catalog, product_id)], &mut out, &mut Evidence::default()).unwrap();
        assert!(out.iter().all(|value| (-1.0..=1.0).contains(value)), "{out:?}");
        NAMES.into_iter().zip(out).collect()
    }

    #[test]
    fn likings_are_where_their_names_say() {
        let starting = |prefix: &str| (0..NAMES.len()).filter(|at| NAMES[*at].starts_with(prefix)).collect::<Vec<_>>();
        let returned = NAMES.iter().position(|name| *name == "brand_returned").unwrap();
        assert_eq!(starting("brand").into_iter().filter(|at| *at != returned).collect::<Vec<_>>(), BRAND);
        let category: Vec<usize> = starting("category").into_iter().chain(starting("parent_category")).collect();
        assert_eq!(category, CATEGORY);
    }

    #[test]
    fn every_feature_is_lit_by_some_fact() {
        let dark: Vec<_> = of("boots", FACTS.iter().map(|(days, kind)| (*days, kind())))
            .into_iter()
            .filter(|(name, value)| *value == 0.0 && *name != "carted")
            .collect();
        assert_eq!(dark, []);
        let carted = of("sandals", FACTS.iter().map(|(days, kind)| (*days, kind())));
        assert!(carted.iter().any(|(name, value)| *name == "carted" && *value > 0.0));
    }

    #[test]
    fn without_facts_only_the_product_speaks() {
        let lit: Vec<_> = of("mug", []).into_iter().filter(|(_, value)| *value != 0.0).map(|(name, _)| name).collect();
        assert_eq!(lit, ["newness", "breadth", "cold"]);
    }

    #[test]
    fn what_is_nearer_to_her_has_larger_features() {
        let facts = || FACTS.iter().map(|(days, kind)| (*days, kind()));
        let value = |list: &[(&str, f32)], wanted: &str| list.iter().find(|(name, _)| *name == wanted).unwrap().1;
        let (boots, sandals) = (of("boots", facts()), of("sandals", facts()));
        for feature in ["brand_bought", "category_bought", "color_seen", "audience", "seen_lately", "rated"] {
            assert!(value(&boots, feature) > value(&sandals, feature), "{feature}");
        }
        assert!(value(&sandals, "carted") > value(&boots, "carted"));
        let parent = "parent_category_seen";
        assert!((value(&boots, parent) - value(&sandals, parent)).abs() < f32::EPSILON);
    }

    #[test]
    fn numbers_that_are_none_do_no_harm() {
        assert_eq!(squashed(f32::NAN).to_bits(), 0.0_f32.to_bits());
        assert!(squashed(f32::INFINITY) > 0.99 && squashed(f32::NEG_INFINITY) < -0.99);
    }
}
