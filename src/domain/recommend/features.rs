//! What the ranking sees of one product for one customer at one moment: a fixed list of bounded numbers, by name.
//!
//! Training and serving both call [`extract`], so they can't differ. The weights are learned; none stands here.

use crate::domain::{
    catalog::{ProductIx, Row},
    recommend::{Moment, Signals, signals::faded},
};

/// The sources whose scores are features, in the order that a model brings them.
pub const SOURCES: [&str; 6] = ["goes_with", "similar", "affinity", "popular", "new_arrivals", "due_again"];

/// All features, in the order of [`extract`]: the scores of [`SOURCES`], then what the profile and the product say.
pub const NAMES: [&str; 29] = [
    "goes_with",
    "similar",
    "affinity",
    "popular",
    "new_arrivals",
    "due_again",
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
    // Where recency and frequency decide which source to believe.
    "popular_if_cold",
    "similar_if_active",
    "goes_with_if_fresh",
];

const GOES_WITH: usize = 0;
const SIMILAR: usize = 1;
const POPULAR: usize = 3;

/// Days after which a product is half as new.
const NEW_HALF_LIFE: f64 = 30.0;

/// Appends [`NAMES`]`.len()` numbers in -1..=1, none of them NaN. `source_scores` are raw, one for each of [`SOURCES`].
///
/// A product that is not in the catalogue has the features of its sources alone.
pub fn extract(moment: &Moment<'_>, signals: &Signals, product: ProductIx, source_scores: &[f32], out: &mut Vec<f32>) {
    let start = out.len();
    out.extend((0..SOURCES.len()).map(|i| squashed(source_scores.get(i).copied().unwrap_or(0.0))));
    let Some(row) = moment.catalog.get(product) else {
        out.resize(start + NAMES.len(), 0.0);
        return;
    };
    extract_tastes(signals, row, out);
    extract_touch(signals, product, out);
    out.extend([faded(moment.now, row.product.available_since, NEW_HALF_LIFE), breadth(row)]);
    let (goes_with, similar, popular) = (out[start + GOES_WITH], out[start + SIMILAR], out[start + POPULAR]);
    out.extend([popular * signals.cold, similar * signals.active, goes_with * signals.fresh]);
}

fn extract_tastes(signals: &Signals, row: &Row, out: &mut Vec<f32>) {
    let brand = signals.brand(row.brand);
    let category = signals.category(row.category);
    let parent = signals.parent(row.parent);
    let color = signals.color(row);
    let audience = signals.audience(row.audience);
    out.extend([
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
        signals.price_near(row),
    ]);
}

fn extract_touch(signals: &Signals, product: ProductIx, out: &mut Vec<f32>) {
    let touch = signals.product(product);
    out.extend([
        squashed(touch.seen),
        touch.lately,
        squashed(touch.carted),
        squashed(touch.bought),
        squashed(touch.returned),
        touch.rated,
    ]);
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
        recommend::fixture::{self, bought, catalog, id, item, ix, moment, product, profile, returned, viewed},
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
        let moment = Moment { channel: Some(Channel::App), ..moment(&snapshot, catalog.ids(), &profile) };
        let mut out = Vec::new();
        let product = ix(&catalog, product_id);
        extract(&moment, &Signals::of(&moment), product, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut out);
        assert_eq!(out.len(), NAMES.len());
        assert!(out.iter().all(|value| (-1.0..=1.0).contains(value)), "{out:?}");
        NAMES.into_iter().zip(out).collect()
    }

    #[test]
    fn sources_come_first_in_their_order() {
        assert_eq!(NAMES[..SOURCES.len()], SOURCES);
        assert_eq!((SOURCES[GOES_WITH], SOURCES[SIMILAR], SOURCES[POPULAR]), ("goes_with", "similar", "popular"));
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
    fn without_facts_only_sources_and_the_product_speak() {
        let lit: Vec<_> = of("mug", []).into_iter().filter(|(_, value)| *value != 0.0).map(|(name, _)| name).collect();
        let expected: Vec<_> = SOURCES.into_iter().chain(["newness", "breadth", "popular_if_cold"]).collect();
        assert_eq!(lit, expected);
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
