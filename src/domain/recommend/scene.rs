//! Load: all that one question rests on, read once. Who she is, how far she may be read, the shop as it is now.
//!
//! Consent is decided here and nowhere later: what the rest of the pipeline is given holds nothing that it must not use.

use std::{cell::OnceCell, sync::Arc};

use crate::domain::{
    Id, Locale, TimeZone, Timestamp,
    catalog::{Catalog, Ids, ProductIx, Snapshot, VariantIx},
    customer::{Identifier, IdentifierKind, Profile, Purpose},
    recommend::{
        Asked, CompiledFilter, CompiledSteering, Context, Eligibility, Fallback, Filter, Model, Placement,
        RequestContext, Steering, UserHistory, feed::Rest,
    },
    rules::Rules,
    shop::Shop,
    sizing::Wardrobe,
    store::StoreError,
};

/// A filter that leaves this many products or fewer has them put in order at once: sorting so many takes well under a
/// millisecond, and a filter that leaves more finds a page among them soon enough.
const FEW: usize = 8_192;

/// The traits that a customer's time zone is told by: ours, and as Segment's libraries spell it.
const TIME_ZONE_TRAITS: [&str; 2] = ["time_zone", "timezone"];

/// The trait that names segments of the shop's own, parted by commas.
const SEGMENT_TRAIT: &str = "segment";

/// What one question rests on.
#[derive(Debug)]
pub struct Scene {
    /// What ranks.
    pub model: Arc<Model>,
    /// What is sold.
    pub catalog: Arc<Snapshot>,
    /// Whose profile it is: the customer that the identifier is linked to, else itself.
    pub owner: Option<Identifier>,
    /// The customer, as far as she may be read.
    pub profile: Arc<Profile>,
    /// Whose purchases are left out: also where the rest of the history must not be read, unless the shop wants it otherwise.
    purchases: Arc<Profile>,
    /// Her sizes.
    pub wardrobe: Wardrobe,
    /// Which products are meant at all.
    pub filter: CompiledFilter,
    /// What the shop moves and hides.
    pub steering: CompiledSteering,
    /// Why the answer can't rest on her own history and on a trained model; the first says most.
    pub fallbacks: Vec<Fallback>,
    /// Of texts.
    pub locale: Locale,
    /// Of days in texts.
    pub zone: TimeZone,
    ids: Arc<Ids>,
    asked: Asked,
    in_view: Option<ProductIx>,
    history: UserHistory,
    cart: Vec<(ProductIx, Option<VariantIx>)>,
}

impl Scene {
    /// Reads the profile first and the catalogue last, so that nothing acknowledged before the question is missed.
    ///
    /// # Errors
    /// Where the profile had to be loaded and the store failed.
    pub async fn load(shop: &Shop, asked: &Asked, filter: &Filter, steering: &Steering) -> Result<Self, StoreError> {
        let who = asked.who.subject();
        let read = match &who {
            Some(who) => shop.profiles.of(who).await?,
            None => Arc::default(),
        };
        let allowed = read.consent(Purpose::Personalization).unwrap_or(shop.rules.personalize_unless_refused);
        let readable = allowed.then_some(&*read);
        let (locale, zone) = (locale(asked, readable, &shop.rules), zone(readable, &shop.rules));
        let profile = if allowed { Arc::clone(&read) } else { session_alone(&read, asked, &shop.rules) };
        let purchases = if allowed || shop.rules.hide_bought_without_consent { &read } else { &profile };
        let purchases = Arc::clone(purchases);
        let model = shop.model.load_full();
        let catalog = shop.catalog.snapshot();
        let ids = Arc::clone(shop.catalog.ids());
        let in_view = asked.context.product.as_ref().and_then(|id| ids.find(id));
        let session = asked.context.session.as_ref();
        let history = UserHistory::of(&profile, asked.now, session, in_view, shop.rules.session_idle_ms);
        let mut scene = Self {
            owner: read.links.first().map(|link| Identifier::customer(link.customer.clone())).or_else(|| who.clone()),
            fallbacks: fallbacks(&read, who.as_ref(), allowed, model.trained),
            wardrobe: Wardrobe::of(&profile, &catalog, shop.catalog.sizes(), &shop.rules.size, asked.now),
            // After the snapshot: a category that comes in between is in no row of it.
            filter: CompiledFilter::new(filter, &ids, asked.now),
            in_view,
            cart: lines(asked, &profile, &history, &ids),
            history,
            asked: asked.clone(),
            locale,
            zone,
            profile,
            purchases,
            model,
            catalog,
            ids,
            steering: CompiledSteering::default(),
        };
        scene.steering = scene.steered(shop, steering);
        Ok(scene)
    }

    /// What the request and the rules that apply to it steer. The segments are only looked up where a rule asks for them.
    fn steered(&self, shop: &Shop, request: &Steering) -> CompiledSteering {
        let (rules, asked) = (shop.merchandising.rules(), &self.asked);
        let here = rules.iter().filter(|rule| rule.is_in_force(asked.placement, asked.now));
        let segments = OnceCell::new();
        let segments = || segments.get_or_init(|| self.segments());
        let applying = here.filter(|rule| rule.segments.is_empty() || rule.is_for(segments()));
        CompiledSteering::new(request, applying.map(Arc::as_ref), &self.ids, asked.now)
    }

    /// The segments that the customer is in, in small letters: as a source has told it, and as the model has learned.
    fn segments(&self) -> Vec<String> {
        let stated = self.profile.traits.get(SEGMENT_TRAIT).map(|stated| &*stated.value).unwrap_or_default();
        let learned = self.model.segment(&self.context());
        let all = stated.split(',').map(str::to_owned).chain(learned);
        all.map(|segment| segment.trim().to_lowercase()).collect()
    }

    /// What is added to the score of a product.
    pub fn shift(&self, product: ProductIx) -> f32 {
        self.catalog.get(product).map_or(0.0, |row| self.steering.shift(row))
    }

    /// What sources and rules may look at.
    pub fn context(&self) -> RequestContext<'_> {
        RequestContext {
            now: self.asked.now,
            catalog: &self.catalog,
            ids: &self.ids,
            profile: &self.profile,
            history: &self.history,
            placement: self.asked.placement,
            channel: self.asked.context.channel,
            in_view: self.in_view,
            cart: &self.cart,
        }
    }

    /// What may be offered to her.
    pub fn eligibility<'a>(&'a self, context: &RequestContext<'a>, rules: &'a Rules) -> Eligibility<'a> {
        Eligibility::new(context, rules, &self.wardrobe, &self.filter)
            .with_purchases_of(&self.purchases)
            .with_steering(&self.steering)
            .with_fit(self.model.fit())
    }

    /// All that the filter can leave, where it names categories or brands and they are few.
    pub fn listed(&self, catalog: &Catalog) -> Option<Vec<ProductIx>> {
        catalog.listed(&self.filter, FEW)
    }

    /// What the line of products ends with: all that the filter can leave, the most popular first.
    pub fn rest(&self, catalog: &Catalog) -> Rest {
        match self.listed(catalog) {
            Some(mut few) => {
                few.sort_unstable_by_key(|product| (self.model.popular.place(*product).unwrap_or(u32::MAX), *product));
                Rest::Listed(few.into())
            }
            None => Rest::Everything(Arc::clone(&self.model.popular)),
        }
    }
}

/// What the customer's own history lacks, then what the model lacks.
fn fallbacks(profile: &Profile, who: Option<&Identifier>, allowed: bool, trained: bool) -> Vec<Fallback> {
    let untrained = (!trained).then_some(Fallback::NoModel);
    of_history(profile, who, allowed).into_iter().chain(untrained).collect()
}

/// The first that holds: she refuses; nothing is known; nobody knows who it is; nothing that says anything.
///
/// A visitor who is linked to a customer is the customer.
fn of_history(profile: &Profile, who: Option<&Identifier>, allowed: bool) -> Option<Fallback> {
    if !allowed {
        return Some(Fallback::NoConsent);
    }
    if profile.is_empty() {
        return Some(Fallback::UnknownCustomer);
    }
    if profile.links.is_empty() && who.is_none_or(|who| who.kind != IdentifierKind::Customer) {
        return Some(Fallback::SessionOnly);
    }
    let silent = profile.looks().is_empty()
        && profile.trades().is_empty()
        && profile.cart_changes().is_empty()
        && profile.ratings().is_empty();
    silent.then_some(Fallback::NoHistory)
}

fn session_alone(profile: &Profile, asked: &Asked, rules: &Rules) -> Arc<Profile> {
    let since = Timestamp(asked.now.0.saturating_sub(rules.session_idle_ms));
    Arc::new(profile.session_alone(asked.context.session.as_ref(), since))
}

fn locale(asked: &Asked, profile: Option<&Profile>, rules: &Rules) -> Locale {
    let stated = || profile?.traits.get("locale")?.value.parse().ok();
    asked.context.locale.clone().or_else(stated).unwrap_or_else(|| rules.default_locale.clone())
}

/// The customer's own where a source has told it by a name that there is, else the shop's.
fn zone(profile: Option<&Profile>, rules: &Rules) -> TimeZone {
    let stated = |name: &&str| profile?.traits.get(*name)?.value.parse().ok();
    TIME_ZONE_TRAITS.iter().find_map(stated).unwrap_or_else(|| rules.time_zone.clone())
}

/// What is to be completed: the cart; after a purchase, where the cart is empty, the newest order.
fn lines(asked: &Asked, profile: &Profile, history: &UserHistory, ids: &Ids) -> Vec<(ProductIx, Option<VariantIx>)> {
    let cart = cart(&asked.context, profile, ids);
    if !cart.is_empty() || asked.placement != Placement::AfterPurchase {
        return cart;
    }
    let order = history.orders().next_back().unwrap_or_default();
    order.iter().map(|line| (line.product, None)).collect()
}

/// As the request says, else as her events tell it. Ids that nobody has heard of are left out, and are given no number.
fn cart(context: &Context, profile: &Profile, ids: &Ids) -> Vec<(ProductIx, Option<VariantIx>)> {
    if context.cart.is_empty() {
        return profile.cart().into_iter().map(|line| (line.product, line.variant)).collect();
    }
    let line = |(product, variant): &(Id, Option<Id>)| {
        let product = ids.find(product)?;
        Some((product, variant.as_ref().and_then(|variant| ids.find_variant(product, variant))))
    };
    context.cart.iter().filter_map(line).collect()
}
