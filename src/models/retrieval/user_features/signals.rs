//! What a customer's facts say of brands, categories, colours, prices and products at one moment, gathered once a request.
//!
//! Sums of facts that fade with time, nothing more: what they are worth is learned by the model. Kinds of facts are kept
//! apart for that reason. Not here: the features that are read from these sums (`features`).

use rustc_hash::FxHashMap;

use crate::domain::{
    Currency, Timestamp,
    catalog::{Audience, BrandIx, CategoryIx, ColorIx, ProductIx, Row, VariantIx},
    customer::Side,
    event::Channel,
    recommend::RequestContext,
};

/// Days after which a look or a cart change counts half.
pub const SEEN_HALF_LIFE: f64 = 14.0;
/// Days after which a purchase, a return or a rating counts half.
pub const BOUGHT_HALF_LIFE: f64 = 180.0;
/// Days after which what is going on just now counts half.
pub const LATELY_HALF_LIFE: f64 = 1.0;
/// Facts of an average customer that a share is held against, so that one look is no passion.
const PRIOR: f32 = 2.0;
/// So many faded facts make a customer half known.
const HALF_KNOWN: f32 = 5.0;
/// The narrowest price band, as a standard deviation of the logarithm: a fifth up or down is the same band.
const LEAST_SPREAD: f32 = 0.2;

/// One kind of thing: how much of each kind of fact points at it. Shares, in -1..=1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Taste {
    /// Of looks and of what was put into the cart.
    pub seen: f32,
    /// Of units bought. What came back counts here too: it was wanted.
    pub bought: f32,
    /// Of units sent back.
    pub returned: f32,
    /// Of what was seen or bought in the channel of the request.
    pub in_channel: f32,
}

/// Her dealings with one product.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Touch {
    /// Looks, faded.
    pub seen: f32,
    /// The last look: 1 now, fading with `LATELY_HALF_LIFE`.
    pub lately: f32,
    /// Times put into the cart less times taken out, faded, at least zero.
    pub carted: f32,
    /// Units bought, faded.
    pub bought: f32,
    /// Units sent back, faded.
    pub returned: f32,
    /// Her last rating: -1 for one star, 1 for five, faded.
    pub rated: f32,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Signals {
    brands: FxHashMap<BrandIx, Taste>,
    /// Narrowest categories, and the ones above them under [`Self::parents`].
    categories: FxHashMap<CategoryIx, Taste>,
    parents: FxHashMap<CategoryIx, Taste>,
    colors: FxHashMap<ColorIx, Taste>,
    audiences: FxHashMap<Audience, Taste>,
    products: FxHashMap<ProductIx, Touch>,
    prices: FxHashMap<CategoryIx, Vec<(Currency, Band)>>,
    total: Taste,
    /// The moment that prices are of.
    now: Timestamp,
    /// How little is known of her: 1 nothing, near 0 a lot.
    pub cold: f32,
    /// Whether she looks around just now: 1 now, fading with `LATELY_HALF_LIFE`.
    pub active: f32,
    /// How lately she bought: 1 now, fading with `SEEN_HALF_LIFE`.
    pub fresh: f32,
}

/// Prices she looked at and paid in one category: weighted logarithms.
#[derive(Debug, Clone, Copy, Default)]
struct Band {
    weight: f32,
    sum: f32,
    squares: f32,
}

/// A kind of fact.
#[derive(Clone, Copy)]
enum Kind {
    Seen,
    Bought,
    Returned,
}

impl Signals {
    /// Reads the profile once. Facts of the future count as of now: clocks differ a little.
    pub fn of(context: &RequestContext<'_>) -> Self {
        let mut signals = Self { now: context.now, ..Self::default() };
        signals.take_looks(context);
        signals.take_cart(context);
        signals.take_trades(context);
        signals.take_ratings(context);
        signals.cold = HALF_KNOWN / (HALF_KNOWN + signals.total.seen + signals.total.bought);
        signals
    }

    /// How much of her points at the brand.
    pub fn brand(&self, brand: BrandIx) -> Taste {
        self.share(self.brands.get(&brand))
    }

    /// How much of her points at the narrowest category.
    pub fn category(&self, category: CategoryIx) -> Taste {
        self.share(self.categories.get(&category))
    }

    /// How much of her points at the category above, with all its other children.
    pub fn parent(&self, category: CategoryIx) -> Taste {
        self.share(self.parents.get(&category))
    }

    /// How much of her points at any of the colours that the product can be had in: that of the best.
    pub fn color(&self, row: &Row) -> Taste {
        let mut best = Taste::default();
        if self.colors.is_empty() {
            return best;
        }
        let mut last = ColorIx::default();
        for variant in row.variants.iter().filter(|variant| variant.sellable) {
            if variant.color != last {
                last = variant.color;
                let taste = self.share(self.colors.get(&last));
                best.seen = best.seen.max(taste.seen);
                best.bought = best.bought.max(taste.bought);
            }
        }
        best
    }

    /// How much of her points at whom the product is made for.
    pub fn audience(&self, audience: Option<Audience>) -> Taste {
        self.share(audience.and_then(|audience| self.audiences.get(&audience)))
    }

    /// Her dealings with the product.
    pub fn product(&self, product: ProductIx) -> Touch {
        self.products.get(&product).copied().unwrap_or_default()
    }

    /// How near the price is to what she looks at and pays in its category: 1 the same, 0 far away or not known.
    pub fn price_near(&self, row: &Row) -> f32 {
        // Most products are of categories that she does not know: those need not be priced.
        let Some(bands) = self.prices.get(&row.parent) else { return 0.0 };
        let Some(price) = row.price_at(self.now) else { return 0.0 };
        let Some((_, band)) = bands.iter().find(|(currency, _)| *currency == price.currency) else { return 0.0 };
        let mean = band.sum / band.weight;
        let variance = (band.squares / band.weight - mean * mean).max(0.0);
        let distance = (log_price(price.minor) - mean).abs() / (variance.sqrt() + LEAST_SPREAD);
        (-distance).exp() * band.weight / (1.0 + band.weight)
    }

    fn share(&self, taste: Option<&Taste>) -> Taste {
        let Some(taste) = taste else { return Taste::default() };
        Taste {
            seen: taste.seen / (PRIOR + self.total.seen),
            bought: taste.bought / (PRIOR + self.total.bought),
            returned: taste.returned / (PRIOR + self.total.bought.max(self.total.returned)),
            in_channel: taste.in_channel / (PRIOR + self.total.in_channel),
        }
    }

    fn take_looks(&mut self, context: &RequestContext<'_>) {
        for look in context.profile.looks() {
            let weight = faded(context.now, look.stamp.time, SEEN_HALF_LIFE);
            let lately = faded(context.now, look.stamp.time, LATELY_HALF_LIFE);
            let touch = self.products.entry(look.product).or_default();
            touch.seen += weight;
            touch.lately = touch.lately.max(lately);
            self.active = self.active.max(lately);
            self.point(context, look.product, look.variant, look.channel, Kind::Seen, weight);
        }
    }

    fn take_cart(&mut self, context: &RequestContext<'_>) {
        for change in context.profile.cart_changes() {
            let sign = if change.quantity > 0 { 1.0 } else { -1.0 };
            let weight = faded(context.now, change.stamp.time, SEEN_HALF_LIFE);
            let touch = self.products.entry(change.product).or_default();
            touch.carted = (touch.carted + sign * weight).max(0.0);
            if sign > 0.0 {
                self.active = self.active.max(faded(context.now, change.stamp.time, LATELY_HALF_LIFE));
                self.point(context, change.product, change.variant, None, Kind::Seen, weight);
            }
        }
    }

    fn take_trades(&mut self, context: &RequestContext<'_>) {
        for trade in context.profile.trades() {
            // Ten packs of coffee are not ten times the love of one.
            let units = f32::from(u16::try_from(trade.quantity).unwrap_or(u16::MAX));
            let weight =
                faded(context.now, trade.stamp.time, BOUGHT_HALF_LIFE) * units.ln_1p() / std::f32::consts::LN_2;
            let touch = self.products.entry(trade.product).or_default();
            let kind = match trade.side {
                Side::Bought => {
                    touch.bought += weight;
                    self.fresh = self.fresh.max(faded(context.now, trade.stamp.time, SEEN_HALF_LIFE));
                    Kind::Bought
                }
                Side::Returned(_) => {
                    touch.returned += weight;
                    Kind::Returned
                }
            };
            self.point(context, trade.product, trade.variant, trade.channel, kind, weight);
        }
    }

    fn take_ratings(&mut self, context: &RequestContext<'_>) {
        for rating in context.profile.ratings() {
            let weight = faded(context.now, rating.stamp.time, BOUGHT_HALF_LIFE);
            let touch = self.products.entry(rating.product).or_default();
            touch.rated = (f32::from(rating.stars) - 3.0) / 2.0 * weight;
        }
    }

    /// Counts one fact for all that its product is.
    fn point(
        &mut self,
        context: &RequestContext<'_>,
        product: ProductIx,
        variant: Option<VariantIx>,
        channel: Option<Channel>,
        kind: Kind,
        weight: f32,
    ) {
        let Some(row) = context.catalog.get(product) else { return };
        let in_channel = channel.is_some() && channel == context.channel;
        let add = |taste: &mut Taste| {
            match kind {
                Kind::Seen => taste.seen += weight,
                Kind::Bought => taste.bought += weight,
                Kind::Returned => taste.returned += weight,
            }
            if in_channel && !matches!(kind, Kind::Returned) {
                taste.in_channel += weight;
            }
        };
        add(&mut self.total);
        if row.brand != BrandIx::default() {
            add(self.brands.entry(row.brand).or_default());
        }
        if row.category != CategoryIx::default() {
            add(self.categories.entry(row.category).or_default());
            add(self.parents.entry(row.parent).or_default());
        }
        if let Some(audience) = row.audience {
            add(self.audiences.entry(audience).or_default());
        }
        if matches!(kind, Kind::Returned) {
            return;
        }
        if let Some(color) = color_of(row, variant) {
            add(self.colors.entry(color).or_default());
        }
        let chosen = variant.and_then(|ix| row.variant(ix)).map(|variant| variant.price_at(self.now));
        let paid = chosen.or_else(|| row.price_at(self.now));
        if let Some(price) = paid {
            let log = log_price(price.minor);
            let band = band_of(self.prices.entry(row.parent).or_default(), price.currency);
            band.weight += weight;
            band.sum += weight * log;
            band.squares += weight * log * log;
        }
    }
}

fn band_of(bands: &mut Vec<(Currency, Band)>, currency: Currency) -> &mut Band {
    let known = bands.iter().position(|(other, _)| *other == currency);
    let at = known.unwrap_or(bands.len());
    if at == bands.len() {
        bands.push((currency, Band::default()));
    }
    &mut bands[at].1
}

/// The colour that was chosen, or the only one there is.
fn color_of(row: &Row, variant: Option<VariantIx>) -> Option<ColorIx> {
    let chosen = variant.map_or_else(|| row.variants.first(), |ix| row.variant(ix));
    let color = chosen?.color;
    if variant.is_none() && row.variants.iter().any(|other| other.color != color) {
        return None;
    }
    (color != ColorIx::default()).then_some(color)
}

/// What is left of 1 after so long: half after each half-life, never less than the smallest normal number.
#[expect(clippy::cast_possible_truncation, reason = "a weight between zero and one")]
pub fn faded(now: Timestamp, then: Timestamp, half_life_days: f64) -> f32 {
    let days = now.days_since(then).max(0.0);
    ((-days / half_life_days).exp2() as f32).max(f32::MIN_POSITIVE)
}

/// Prices are compared by their ratio. What is free counts as the smallest coin.
#[expect(clippy::cast_precision_loss, reason = "a logarithm has no use for the last digits")]
fn log_price(minor: i64) -> f32 {
    (minor.max(1) as f32).ln()
}
