//! One view of a customer: a fold over her events that gives the same profile for every order of arrival.
//!
//! Facts are kept, not sums of floats: what ranking makes of them (affinities, recency) is computed when it is asked for,
//! at the moment of the question. Lists are bounded by keeping the newest, which is the same set whatever came first.
//! Whether an event counts once is the store's to see to; a profile only skips what its log position already covers.

use std::{collections::BTreeMap, mem, sync::Arc};

use super::{
    facts::{
        CartChange, CartLine, Complaint, DeclaredSize, Delivery, Look, Owned, Purpose, Rating, SaidOpener, Search,
        Side, Stamp, Stamped, Trade,
    },
    identity::Link,
    ledger::{Ledger, News},
};
use crate::domain::{
    Id, Timestamp,
    catalog::{Audience, Garment, Ids, ProductIx},
    event::{Event, EventKind},
    store::Seq,
};

/// How many of each kind of passing fact are kept: the newest.
const NEWEST: Newest =
    Newest { looks: 300, cart_changes: 200, searches: 30, deliveries: 30, complaints: 30, openers: 100, ratings: 200 };

struct Newest {
    looks: usize,
    cart_changes: usize,
    searches: usize,
    deliveries: usize,
    complaints: usize,
    openers: usize,
    ratings: usize,
}

/// One view of a customer or of an anonymous visitor.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// The log position that it covers.
    pub as_of: Seq,
    /// The generation of ids under which its products were found: under a later one it is out of date.
    pub generation: u64,
    /// Identifiers that are hers, with the cause.
    pub links: Vec<Link>,
    /// The newest value of each trait.
    pub traits: BTreeMap<Arc<str>, Stamped<Arc<str>>>,
    /// The newest declaration for each garment and audience.
    pub declared_sizes: BTreeMap<(Garment, Option<Audience>), Stamped<DeclaredSize>>,
    /// The newest word for each purpose.
    pub consents: BTreeMap<Purpose, Stamped<bool>>,
    /// What was bought and sent back. Shared until it changes: most events are about something else.
    ledger: Arc<Ledger>,
    looks: Vec<Look>,
    cart_changes: Vec<CartChange>,
    searches: Vec<Search>,
    deliveries: Vec<Delivery>,
    complaints: Vec<Complaint>,
    openers: Vec<SaidOpener>,
    ratings: Vec<Rating>,
    /// Without what was bought and sent back, and without what was said to her.
    other_events: u64,
    /// The earliest and the latest of them.
    other_span: Option<(Timestamp, Timestamp)>,
}

/// Two profiles are one where they say the same, whatever part of the log each has read.
impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.links == other.links
            && self.traits == other.traits
            && self.declared_sizes == other.declared_sizes
            && self.consents == other.consents
            && self.ledger == other.ledger
            && self.looks == other.looks
            && self.cart_changes == other.cart_changes
            && self.searches == other.searches
            && self.deliveries == other.deliveries
            && self.complaints == other.complaints
            && self.openers == other.openers
            && self.ratings == other.ratings
            && self.other_events == other.other_events
            && self.other_span == other.other_span
    }
}

impl Profile {
    /// The profile of what the log holds.
    pub fn of<'a>(links: Vec<Link>, events: impl IntoIterator<Item = &'a Event>, as_of: Seq, ids: &Ids) -> Self {
        let mut profile = Self { links, generation: ids.generation(), ..Self::default() };
        profile.fold(events, ids);
        profile.as_of = as_of;
        profile
    }

    /// Takes in events, in any order. Each MUST be new to the profile; the caller moves `as_of`. False where it can't be
    /// done with what is kept: the profile MUST then be read anew.
    pub fn fold<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>, ids: &Ids) -> bool {
        let mut news = News::default();
        for event in events {
            self.take(event, ids, &mut news);
        }
        let exact = news.is_empty() || Arc::make_mut(&mut self.ledger).take(news);
        keep_newest(&mut self.looks, NEWEST.looks, |fact| &fact.stamp);
        keep_newest(&mut self.cart_changes, NEWEST.cart_changes, |fact| &fact.stamp);
        keep_newest(&mut self.searches, NEWEST.searches, |fact| &fact.stamp);
        keep_newest(&mut self.deliveries, NEWEST.deliveries, |fact| &fact.stamp);
        keep_newest(&mut self.complaints, NEWEST.complaints, |fact| &fact.stamp);
        keep_newest(&mut self.openers, NEWEST.openers, |fact| &fact.stamp);
        keep_newest(&mut self.ratings, NEWEST.ratings, |fact| &fact.stamp);
        exact
    }

    fn take(&mut self, event: &Event, ids: &Ids, news: &mut News) {
        if news.gather(event, ids) {
            return;
        }
        // What was said to her says nothing of her: somebody who was only greeted is as unknown as before.
        if !matches!(event.kind, EventKind::OpenerSaid { .. }) {
            self.count(event);
        }
        let stamp = Stamp { time: event.time, event: event.id.clone() };
        let session = event.session.clone();
        match &event.kind {
            EventKind::ProductViewed { product, variant } => {
                let (product, variant) = ids.resolve(product, variant.as_ref());
                self.looks.push(Look { stamp, product, variant, session, channel: event.channel });
            }
            EventKind::Clicked { product } => {
                let (product, variant) = ids.resolve(product, None);
                self.looks.push(Look { stamp, product, variant, session, channel: event.channel });
            }
            EventKind::CartAdded { item } | EventKind::CartRemoved { item } => {
                let (product, variant) = ids.resolve(&item.product, item.variant.as_ref());
                let sign = if matches!(event.kind, EventKind::CartAdded { .. }) { 1 } else { -1 };
                let quantity = sign * i64::from(item.quantity);
                self.cart_changes.push(CartChange { stamp, product, variant, quantity, session });
            }
            EventKind::OrderDelivered { order } => self.deliveries.push(Delivery { stamp, order: order.clone() }),
            EventKind::Searched { query } => self.searches.push(Search { stamp, query: Arc::clone(query), session }),
            EventKind::Rated { product, stars } => {
                self.ratings.push(Rating { stamp, product: ids.resolve(product, None).0, stars: *stars });
            }
            EventKind::Complained { complaint, order, .. } => self.complaints.push(Complaint {
                stamp,
                complaint: complaint.clone(),
                order: order.clone(),
                resolved: false,
            }),
            EventKind::ComplaintResolved { complaint } => {
                self.complaints.push(Complaint { stamp, complaint: complaint.clone(), order: None, resolved: true });
            }
            EventKind::TraitSet { name, value, source } => {
                let value = Stamped { value: Arc::clone(value), source: Arc::clone(source), stamp };
                newest(&mut self.traits, Arc::clone(name), value);
            }
            EventKind::SizeDeclared { garment, audience, size, system } => {
                let size = DeclaredSize { size: Arc::clone(size), system: *system };
                let value = Stamped { value: size, source: "".into(), stamp };
                newest(&mut self.declared_sizes, (*garment, *audience), value);
            }
            EventKind::ConsentSet { purpose, granted, source } => {
                let value = Stamped { value: *granted, source: Arc::clone(source), stamp };
                let stands = |former: &Stamped<bool>| consent_order(&value) < consent_order(former);
                if !self.consents.get(purpose).is_some_and(stands) {
                    self.consents.insert(*purpose, value);
                }
            }
            EventKind::OpenerSaid { situation, line, conversation, product } => self.openers.push(SaidOpener {
                stamp,
                conversation: conversation.clone(),
                situation: *situation,
                line: Arc::clone(line),
                product: product.as_ref().map(|id| ids.resolve(id, None).0),
            }),
            // What was bought and sent back is the ledger's.
            EventKind::Purchased { .. }
            | EventKind::Returned { .. }
            | EventKind::PageViewed { .. }
            | EventKind::Commented { .. }
            | EventKind::ChatTurn { .. }
            | EventKind::Impression { .. }
            | EventKind::SurveyAnswered { .. } => {}
        }
    }

    fn count(&mut self, event: &Event) {
        self.other_events += 1;
        let (first, last) = self.other_span.unwrap_or((event.time, event.time));
        self.other_span = Some((first.min(event.time), last.max(event.time)));
    }

    /// All events ever, those that left no fact among them, but not what was said to her. An order counts as one, and what
    /// came back of it as one more, however they were told.
    pub fn events(&self) -> u64 {
        self.other_events + self.ledger.deals()
    }

    /// When the earliest and the latest of them happened.
    pub fn first_and_last(&self) -> Option<(Timestamp, Timestamp)> {
        let spans = [self.other_span, self.ledger.span()];
        let first = spans.iter().flatten().map(|(first, _)| *first).min();
        first.zip(spans.iter().flatten().map(|(_, last)| *last).max())
    }

    /// The newest purchases and returns, by product, each product's in time order.
    pub fn trades(&self) -> &[Trade] {
        self.ledger.trades()
    }

    /// Those of one product in time order.
    pub fn trades_of(&self, product: ProductIx) -> &[Trade] {
        let trades = self.trades();
        let from = trades.partition_point(|trade| trade.product < product);
        let to = trades.partition_point(|trade| trade.product <= product);
        &trades[from..to]
    }

    /// What she has, or had, of the products of the newest purchases and returns, in the order of numbers.
    pub fn owned_lately(&self) -> impl Iterator<Item = (ProductIx, &Owned)> {
        let of_products = self.trades().chunk_by(|a, b| a.product == b.product);
        of_products.filter_map(|trades| Some((trades[0].product, self.owned(trades[0].product)?)))
    }

    /// What she has, or had, of a product; `None` where she never bought it.
    pub fn owned(&self, product: ProductIx) -> Option<&Owned> {
        self.ledger.owned(product)
    }

    /// Every product that she ever bought, in no order.
    pub fn all_owned(&self) -> impl Iterator<Item = (ProductIx, &Owned)> {
        self.ledger.all_owned()
    }

    /// Looks and clicks, the newest last.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// What was put into the cart and taken out of it, the newest last.
    pub fn cart_changes(&self) -> &[CartChange] {
        &self.cart_changes
    }

    /// Searches, the newest last.
    pub fn searches(&self) -> &[Search] {
        &self.searches
    }

    /// Orders that arrived, the newest last.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// Openers that were said to her, the newest last.
    pub fn openers(&self) -> &[SaidOpener] {
        &self.openers
    }

    /// Stars that she gave, the newest last.
    pub fn ratings(&self) -> &[Rating] {
        &self.ratings
    }

    /// Complaints that nobody has resolved, the newest last.
    pub fn open_complaints(&self) -> impl Iterator<Item = &Complaint> {
        self.complaints.iter().filter(|one| {
            !one.resolved && !self.complaints.iter().any(|other| other.resolved && other.complaint == one.complaint)
        })
    }

    /// What stands in the cart, the oldest first: changes in time order; what is bought after it was put there leaves it.
    pub fn cart(&self) -> Vec<CartLine> {
        let mut cart: Vec<CartLine> = Vec::new();
        for change in &self.cart_changes {
            let same = |line: &CartLine| line.product == change.product && line.variant == change.variant;
            match cart.iter_mut().find(|line| same(line)) {
                Some(line) => {
                    line.quantity += change.quantity;
                    if change.quantity > 0 {
                        line.stamp = change.stamp.clone();
                    }
                }
                None if change.quantity > 0 => cart.push(CartLine {
                    stamp: change.stamp.clone(),
                    product: change.product,
                    variant: change.variant,
                    quantity: change.quantity,
                }),
                None => {}
            }
            cart.retain(|line| line.quantity > 0);
        }
        cart.retain(|line| {
            !self.trades_of(line.product).iter().any(|trade| {
                trade.side == Side::Bought
                    && trade.stamp.time >= line.stamp.time
                    && (trade.variant == line.variant || trade.variant.is_none() || line.variant.is_none())
            })
        });
        cart
    }

    /// Whether she agreed to the purpose; `None` where she never said.
    pub fn consent(&self, purpose: Purpose) -> Option<bool> {
        self.consents.get(&purpose).map(|consent| consent.value)
    }

    /// Whether anything at all is known.
    pub fn is_empty(&self) -> bool {
        self.events() == 0 && self.links.is_empty()
    }

    /// What remains without consent to personalization: what was done in the session alone, and her consents.
    ///
    /// Without a session id it is what was done since `since`. Declared sizes, traits and all history stay out.
    pub fn session_alone(&self, session: Option<&Id>, since: Timestamp) -> Self {
        let inside = |of: Option<&Id>, time: Timestamp| session.map_or(time >= since, |wanted| of == Some(wanted));
        let mut alone =
            Self { as_of: self.as_of, generation: self.generation, consents: self.consents.clone(), ..Self::default() };
        let within = |trade: &&Trade| inside(trade.session.as_ref(), trade.stamp.time);
        alone.ledger = Arc::new(Ledger::of(self.trades().iter().filter(within)));
        let within = |look: &&Look| inside(look.session.as_ref(), look.stamp.time);
        alone.looks = self.looks.iter().filter(within).cloned().collect();
        let within = |change: &&CartChange| inside(change.session.as_ref(), change.stamp.time);
        alone.cart_changes = self.cart_changes.iter().filter(within).cloned().collect();
        let within = |search: &&Search| inside(search.session.as_ref(), search.stamp.time);
        alone.searches = self.searches.iter().filter(within).cloned().collect();
        alone.openers.clone_from(&self.openers);
        alone.other_events = (alone.looks.len() + alone.cart_changes.len() + alone.searches.len()) as u64;
        alone
    }

    /// About how many bytes of memory it takes, for the bound of the cache.
    pub fn weight(&self) -> usize {
        // An id of 36 characters with its counts, shared between the lines of an event.
        const ID: usize = 56;
        mem::size_of::<Self>()
            + mem::size_of::<Ledger>()
            + self.ledger.weight(ID)
            + self.looks.capacity() * (mem::size_of::<Look>() + ID)
            + self.cart_changes.capacity() * (mem::size_of::<CartChange>() + ID)
            + self.searches.capacity() * (mem::size_of::<Search>() + 2 * ID)
            + self.deliveries.capacity() * (mem::size_of::<Delivery>() + 2 * ID)
            + self.complaints.capacity() * (mem::size_of::<Complaint>() + 2 * ID)
            + self.openers.capacity() * (mem::size_of::<SaidOpener>() + 2 * ID)
            + self.ratings.capacity() * (mem::size_of::<Rating>() + ID)
            + self.links.capacity() * (mem::size_of::<Link>() + 2 * ID)
            + (self.traits.len() + self.declared_sizes.len() + self.consents.len()) * 4 * ID
    }
}

/// Of one moment, a refusal wins.
fn consent_order(consent: &Stamped<bool>) -> (Timestamp, bool, &Id) {
    (consent.stamp.time, !consent.value, &consent.stamp.event)
}

fn newest<K: Ord, T>(map: &mut BTreeMap<K, Stamped<T>>, key: K, value: Stamped<T>) {
    match map.entry(key) {
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(value);
        }
        std::collections::btree_map::Entry::Occupied(mut place) => {
            if place.get().stamp < value.stamp {
                place.insert(value);
            }
        }
    }
}

fn keep_newest<T>(facts: &mut Vec<T>, most: usize, stamp: impl Fn(&T) -> &Stamp) {
    if !facts.is_sorted_by(|a, b| stamp(a) <= stamp(b)) {
        facts.sort_by(|a, b| stamp(a).cmp(stamp(b)));
    }
    if facts.len() > most {
        facts.drain(..facts.len() - most);
    }
}
