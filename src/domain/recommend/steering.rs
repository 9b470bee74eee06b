//! What the shop steers in one answer: boosts and buries of the request, and the rules of `merchandising` that apply to it.
//!
//! A boost multiplies the odds that a product is put before another, a bury divides them: scores are logarithms of odds, so
//! either is a shift, whatever model ranks. Nothing here makes a product eligible: what is pinned or boosted and may not be
//! offered is left out like any other.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Timestamp,
    catalog::{Catalog, Ids, ProductIx, Row, Snapshot},
    merchandising::{Action, MerchandisingRule},
    recommend::{ByPopularity, CompiledFilter, Filter},
};

/// What a boost names by its ids, categories or brands joins the candidates where it names no more products than these.
const FEW: usize = 1_024;

/// So many of them, the most popular ones.
const JOINING: usize = 50;

/// What a request asks for beside its filter.
#[derive(Debug, Clone, PartialEq, Default, Hash)]
pub struct Steering {
    /// What is shown before others that are as good.
    pub boosts: Vec<Weighting>,
    /// What is shown behind others that are as good.
    pub bury: Vec<Weighting>,
}

/// Products, and by how much they are moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighting {
    /// Which products.
    pub filter: Filter,
    /// What the odds are multiplied with, or divided by: above one, finite.
    pub factor: f64,
}

impl Hash for Weighting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.filter, self.factor.to_bits()).hash(state);
    }
}

/// How a product was steered.
#[derive(Debug, Clone, PartialEq)]
pub struct Steered {
    /// In which way.
    pub by: SteeredBy,
    /// The rule. `None`: the request.
    pub rule: Option<Id>,
}

/// The ways to steer a product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SteeredBy {
    /// By a factor.
    Boost(f64),
    /// By a factor.
    Bury(f64),
    /// To a place, counted from one.
    Pin(u32),
}

/// What applies to one request, ready to be asked of products.
#[derive(Debug, Default)]
pub struct CompiledSteering {
    weights: Vec<Weight>,
    pins: Vec<Pin>,
    /// Passes what no rule hides.
    pub visible: CompiledFilter,
    /// What each hiding rule hides.
    hiding: Vec<(CompiledFilter, Id)>,
}

#[derive(Debug)]
struct Weight {
    filter: CompiledFilter,
    factor: f64,
    /// Of scores: above zero for a boost, below for a bury.
    shift: f32,
    rule: Option<Id>,
}

/// A product that a rule puts at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// `None`: one that nobody has ever heard of.
    pub product: Option<ProductIx>,
    /// Counted from one.
    pub position: u32,
    /// Which rule.
    pub rule: Id,
}

impl CompiledSteering {
    /// Looks up every name once. Of two rules for one place or one product the first by id comes first. As a filter's, the
    /// snapshot that it is asked about MUST NOT be younger than this call.
    pub fn new<'a>(
        request: &Steering,
        rules: impl Iterator<Item = &'a MerchandisingRule>,
        ids: &Ids,
        now: Timestamp,
    ) -> Self {
        let mut steering = Self::default();
        let mut hidden = Filter::default();
        let boosts = request.boosts.iter().map(|one| (one, 1.0));
        for (weighting, sign) in boosts.chain(request.bury.iter().map(|one| (one, -1.0))) {
            steering.weights.push(Weight::new(weighting, sign, None, ids, now));
        }
        for rule in rules {
            let id = || rule.id.clone();
            match &rule.action {
                Action::Boost(one) => steering.weights.push(Weight::new(one, 1.0, Some(id()), ids, now)),
                Action::Bury(one) => steering.weights.push(Weight::new(one, -1.0, Some(id()), ids, now)),
                Action::Hide(filter) => {
                    steering.hiding.push((CompiledFilter::new(filter, ids, now), id()));
                    hidden.none_of.push(filter.clone());
                }
                Action::Pin { product, position } => {
                    let product = ids.find(product);
                    steering.pins.push(Pin { product, position: *position, rule: id() });
                }
            }
        }
        steering.pins.sort_by(|a, b| (a.position, &a.rule).cmp(&(b.position, &b.rule)));
        steering.visible = CompiledFilter::new(&hidden, ids, now);
        steering
    }

    /// Whether products are moved at all.
    pub const fn moves_nothing(&self) -> bool {
        self.weights.is_empty() && self.pins.is_empty()
    }

    /// By their places.
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// What is added to the score of a product: finite, for factors are.
    pub fn shift(&self, row: &Row) -> f32 {
        self.weights_of(row).map(|weight| weight.shift).sum()
    }

    fn weights_of(&self, row: &Row) -> impl Iterator<Item = &Weight> {
        self.weights.iter().filter(|weight| weight.filter.matches_any_variant(row))
    }

    /// What moved the product, the request first, then the rules in the order of their ids, then its pin.
    pub fn of(&self, row: &Row) -> Vec<Steered> {
        let weight = |weight: &Weight| Steered { by: weight.by(), rule: weight.rule.clone() };
        let pin = self.pins.iter().find(|pin| pin.product == Some(row.ix));
        let pin = pin.map(|pin| Steered { by: SteeredBy::Pin(pin.position), rule: Some(pin.rule.clone()) });
        self.weights_of(row).map(weight).chain(pin).collect()
    }

    /// The rules that hide the product, or a variant of it.
    pub fn hiding(&self, row: &Row) -> impl Iterator<Item = &Id> {
        let hides = |filter: &CompiledFilter| row.variants.iter().any(|variant| filter.matches(row, variant));
        self.hiding.iter().filter(move |(filter, _)| hides(filter)).map(|(_, rule)| rule)
    }

    /// What boosts name and the sources may not bring: of each that names few products the most popular.
    pub fn joining(&self, catalog: &Catalog, popular: &ByPopularity) -> Vec<ProductIx> {
        let mut joining = Vec::new();
        for weight in self.weights.iter().filter(|weight| weight.shift > 0.0) {
            let Some(mut few) = catalog.listed(&weight.filter, FEW) else { continue };
            let key = |product: &ProductIx| (popular.place(*product).unwrap_or(u32::MAX), *product);
            if few.len() > JOINING {
                few.select_nth_unstable_by_key(JOINING, key);
                few.truncate(JOINING);
            }
            few.sort_unstable_by_key(key);
            joining.extend(few);
        }
        joining
    }

    /// Puts what is buried last, and changes nothing else in the order.
    pub fn bury_last(&self, catalog: &Snapshot, products: Vec<ProductIx>) -> Vec<ProductIx> {
        let is_buried = |product: &ProductIx| catalog.get(*product).is_some_and(|row| self.shift(row) < 0.0);
        let (last, mut order): (Vec<ProductIx>, Vec<ProductIx>) = products.into_iter().partition(is_buried);
        order.extend(last);
        order
    }

    /// Whether anything is shown behind others.
    pub fn buries(&self) -> bool {
        self.weights.iter().any(|weight| weight.shift < 0.0)
    }
}

impl Weight {
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm of a finite factor")]
    fn new(weighting: &Weighting, sign: f64, rule: Option<Id>, ids: &Ids, now: Timestamp) -> Self {
        let Weighting { filter, factor } = weighting;
        let shift = (sign * factor.ln()) as f32;
        Self { filter: CompiledFilter::new(filter, ids, now), factor: *factor, shift, rule }
    }

    fn by(&self) -> SteeredBy {
        if self.shift < 0.0 { SteeredBy::Bury(self.factor) } else { SteeredBy::Boost(self.factor) }
    }
}

/// Puts pinned things, by their places counted from one, among the others, of which `before` stand on earlier pages. Where
/// fewer stand there, a pin follows the last.
pub fn insert_pinned<T>(list: &mut Vec<T>, pinned: impl IntoIterator<Item = (u32, T)>, before: usize) {
    for (position, one) in pinned {
        let place = (position as usize).saturating_sub(before + 1);
        list.insert(place.min(list.len()), one);
    }
}

/// Gives each of the pins, which stand by their places, a place of its own: the next free one.
pub fn spread_pins(pins: &mut [(u32, u32)]) {
    let mut free = 1;
    for (position, _) in pins {
        *position = free.max(*position);
        free = *position + 1;
    }
}
