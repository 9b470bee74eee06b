//! Training queries from a shop's event log: which moments are asked about in each scenario, and what was known of the customer by
//! then.
//!
//! - Personal: what was bought or put into the cart within a day.
//! - Beside a product that was just looked at: what came next in the visit. Where an order was made without a look before it,
//!   one of its lines stands for the product in view: so baskets teach the page of a shop that logs no looks.
//! - Beside a cart: what was added to it or bought with it. Of an order that was made without a cart, a line is hidden, and the
//!   others are the cart.
//!
//! A query looks at nothing that came after it: the profile is folded from events before its moment, and products that came
//! later are left out.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Timestamp;
use crate::domain::catalog::{ProductIx, VariantIx};
use crate::domain::customer::{Identifier, Profile};
use crate::domain::event::Event;
use crate::domain::recommend::{InteractionKind, Placement, Scenario, UserHistory};
use crate::domain::store::StoreError;
use crate::models::{
    data::{
        interactions::{EventLog, Interaction, Interactions},
        item_index::Item,
    },
    training::past_queries::{PastQuery, ShopView, is_eligible},
};

/// What the customer does within this time after the query is the answer to it.
const HORIZON_MS: i64 = Timestamp::DAY;
/// Looks that count as what came next on a product page.
const NEXT_LOOKS: usize = 3;
/// Queries of one customer at most, in a slice of time: one who never sleeps (a reseller, a machine) is not the whole shop, and
/// each of the queries takes as long as the history.
const OF_ONE: usize = 30;
/// Moments of one customer that are looked at for them.
const TRIED_OF_ONE: usize = 20 * OF_ONE;
/// Queries of one order: its lines in turn.
const OF_ONE_ORDER: u64 = 3;
/// Of so many queries one is asked again as a stranger's.
const STRANGERS: usize = 3;

/// A moment of the log to ask about.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Who asks, by the number of the log.
    owner: u32,
    /// Just before something was done.
    time: Timestamp,
    scenario: Scenario,
    /// The product on the page, where one was.
    in_view: Option<Item>,
    /// The other lines of an order that was made without a cart; empty: the cart as the customer had filled it.
    cart: Vec<Item>,
    /// What the customer turned to then, sorted.
    wanted: Vec<Item>,
}

/// A seeded choice of at most `most` moments of each scenario from a slice of time, by owner and time.
pub fn choose(
    interactions: &Interactions,
    slice: (Timestamp, Timestamp),
    most: usize,
    seed: u64,
    idle_ms: i64,
) -> Vec<Moment> {
    let of = |scenario| choose_of(scenario, interactions, slice, most, seed, idle_ms);
    let mut moments: Vec<Moment> = Scenario::ALL.into_iter().flat_map(of).collect();
    // Stable: what one owner is asked at one moment stays in the order of the scenarios.
    moments.sort_by_key(|moment| (moment.owner, moment.time));
    moments
}

fn choose_of(
    scenario: Scenario,
    interactions: &Interactions,
    slice: (Timestamp, Timestamp),
    most: usize,
    seed: u64,
    idle_ms: i64,
) -> Vec<Moment> {
    let mut chosen: Vec<(u64, Moment)> = Vec::new();
    let mut drawn: Vec<(u64, usize)> = Vec::new();
    for own in interactions.by_owner(Timestamp(i64::MAX)) {
        let place_of = |time: Timestamp| own.partition_point(|interaction| interaction.time < time);
        let is_asked = |place: &usize| {
            let is_first = *place == 0 || own[place - 1].time < own[*place].time;
            is_first && own[*place].kind != InteractionKind::SentBack
        };
        let turns = if scenario == Scenario::Personal { 1 } else { OF_ONE_ORDER };
        let lots = |place: usize| (0..turns).map(move |turn| (lot(seed.wrapping_add(turn), &own[place]), place));
        drawn.clear();
        drawn.extend((place_of(slice.0)..place_of(slice.1)).filter(is_asked).flat_map(lots));
        drawn.sort_unstable();
        let steps = Steps { own, idle_ms };
        let mut asked: Vec<Moment> = Vec::new();
        for (lot, place) in drawn.iter().take(TRIED_OF_ONE) {
            if asked.len() == OF_ONE {
                break;
            }
            // Of an order the same line may be drawn twice.
            if let Some(moment) = steps.moment(scenario, *place, *lot).filter(|moment| !asked.contains(moment)) {
                chosen.push((*lot, moment.clone()));
                asked.push(moment);
            }
        }
    }
    chosen.sort_by_key(|(lot, moment)| (*lot, moment.owner, moment.time));
    chosen.truncate(most);
    chosen.into_iter().map(|(_, moment)| moment).collect()
}

/// By who acted when.
fn lot(seed: u64, interaction: &Interaction) -> u64 {
    let mut z = seed ^ interaction.time.0.cast_unsigned() ^ (u64::from(interaction.owner) << 32);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        z = (z ^ (z >> 30)).wrapping_mul(factor);
    }
    z ^ (z >> 31)
}

/// What one owner did, in the order of time.
struct Steps<'a> {
    own: &'a [Interaction],
    idle_ms: i64,
}

impl Steps<'_> {
    /// The moment just before a place, as a question of a scenario; `None` where it is none of that kind.
    fn moment(&self, scenario: Scenario, place: usize, lot: u64) -> Option<Moment> {
        let step = &self.own[place];
        let (in_view, cart, mut wanted) = match scenario {
            Scenario::Personal => (None, Vec::new(), self.taken(place)),
            Scenario::ProductPage => {
                let looked_at = self.looked_at(place).map(|item| (item, self.next_in_visit(place)));
                let (item, wanted) = looked_at.or_else(|| hidden(&self.order(place), lot))?;
                (Some(item), Vec::new(), wanted)
            }
            Scenario::Cart if self.has_cart(place) => (None, Vec::new(), self.taken(place)),
            Scenario::Cart => {
                let (line, others) = hidden(&self.order(place), lot)?;
                (None, others, vec![line])
            }
        };
        wanted.retain(|item| Some(*item) != in_view);
        wanted.sort_unstable();
        wanted.dedup();
        let (owner, time) = (step.owner, step.time);
        (!wanted.is_empty()).then_some(Moment { owner, time, scenario, in_view, cart, wanted })
    }

    /// What was bought or put into the cart within the horizon.
    fn taken(&self, place: usize) -> Vec<Item> {
        let end = self.own[place].time.0.saturating_add(HORIZON_MS);
        let within = self.own[place..].iter().take_while(|step| step.time.0 < end);
        within.filter(|step| is_taken(step.kind)).map(|step| step.item).collect()
    }

    /// The product that was looked at last, where that was in the same visit.
    fn looked_at(&self, place: usize) -> Option<Item> {
        let last = self.own[..place].last().filter(|last| last.kind == InteractionKind::Looked)?;
        self.is_near(last, &self.own[place]).then_some(last.item)
    }

    /// What was looked at next in the visit, and all that was taken in it.
    fn next_in_visit(&self, place: usize) -> Vec<Item> {
        let after = &self.own[place..];
        let visit = after.iter().zip(after.get(1..).unwrap_or_default());
        let length = 1 + visit.take_while(|(step, next)| self.is_near(step, next)).count();
        let visit = &after[..length];
        let looks = visit.iter().filter(|step| step.kind == InteractionKind::Looked).take(NEXT_LOOKS);
        looks.chain(visit.iter().filter(|step| is_taken(step.kind))).map(|step| step.item).collect()
    }

    /// The products that were bought in one order at a place, sorted.
    fn order(&self, place: usize) -> Vec<Item> {
        let first = &self.own[place];
        let lines = self.own[place..].iter().take_while(|step| step.time == first.time);
        let mut lines: Vec<Item> =
            lines.filter(|step| step.kind == InteractionKind::Bought).map(|step| step.item).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// Whether the cart was filled in this visit already.
    fn has_cart(&self, place: usize) -> bool {
        let mut later = &self.own[place];
        for step in self.own[..place].iter().rev() {
            if !self.is_near(step, later) {
                return false;
            }
            if step.kind == InteractionKind::PutInCart {
                return true;
            }
            later = step;
        }
        false
    }

    fn is_near(&self, step: &Interaction, next: &Interaction) -> bool {
        next.time.0.saturating_sub(step.time.0) <= self.idle_ms
    }
}

const fn is_taken(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Bought | InteractionKind::PutInCart)
}

/// One of the lines by lot, and the others; `None` of fewer than two.
fn hidden(lines: &[Item], lot: u64) -> Option<(Item, Vec<Item>)> {
    if lines.len() < 2 {
        return None;
    }
    let line = lines[(lot >> 1) as usize % lines.len()];
    Some((line, lines.iter().copied().filter(|other| *other != line).collect()))
}

/// Events of those who are asked about, each one's by time.
pub struct Histories(FxHashMap<u32, Vec<Event>>);

impl Histories {
    /// Reads the log again for the owners of these moments.
    ///
    /// # Errors
    /// Where the store failed.
    pub fn read<'a>(
        log: &(impl EventLog + ?Sized),
        interactions: &Interactions,
        moments: impl Iterator<Item = &'a Moment>,
    ) -> Result<Self, StoreError> {
        let numbers: FxHashSet<u32> = moments.map(|moment| moment.owner).collect();
        let asked: FxHashMap<&Identifier, u32> =
            numbers.into_iter().filter_map(|number| Some((interactions.owner(number)?, number))).collect();
        let mut events: FxHashMap<u32, Vec<Event>> = FxHashMap::default();
        log.each(&mut |event, owner| {
            if let Some(number) = asked.get(&owner) {
                events.entry(*number).or_default().push(event);
            }
        })?;
        for own in events.values_mut() {
            own.sort_by_key(|event| event.time);
        }
        Ok(Self(events))
    }

    /// The queries of these moments, with the profile as of each. Those without an answer to be had are left out.
    pub fn queries(&self, moments: &[Moment], shop: &ShopView<'_>) -> Vec<PastQuery> {
        let mut queries = Vec::new();
        self.each(moments, shop, |moment, profile, cart| queries.extend(ask(moment, profile, cart, shop)));
        queries
    }

    /// The same in the order of time, and some of the moments once more as if nothing were known of the customer, who then may
    /// want what the customer has already. A log holds few first moments, and of what a stranger wants the orders of all others
    /// say more: without these, customers without an event got a list worse than the bestsellers.
    pub fn queries_and_strangers(&self, moments: &[Moment], shop: &ShopView<'_>) -> Vec<PastQuery> {
        let nobody = Arc::new(Profile::default());
        let (mut queries, mut met) = (Vec::new(), [0_usize; Scenario::ALL.len()]);
        self.each(moments, shop, |moment, profile, cart| {
            let of_scenario = &mut met[moment.scenario as usize];
            if (*of_scenario).is_multiple_of(STRANGERS) {
                queries.extend(ask(moment, &nobody, cart.clone(), shop));
            }
            *of_scenario += 1;
            queries.extend(ask(moment, profile, cart, shop));
        });
        queries.sort_by_key(|query| (query.time, query.owner));
        queries
    }

    fn each(&self, moments: &[Moment], shop: &ShopView<'_>, mut then: impl FnMut(&Moment, &Arc<Profile>, Cart)) {
        for of_owner in moments.chunk_by(|a, b| a.owner == b.owner) {
            let events = self.0.get(&of_owner[0].owner).map_or(&[][..], Vec::as_slice);
            let (mut profile, mut folded) = (Profile::default(), 0);
            for moment in of_owner {
                let to = events.partition_point(|event| event.time < moment.time);
                profile.fold(&events[folded..to], shop.ids);
                folded = to;
                let profile = Arc::new(profile.clone());
                then(moment, &profile, cart(moment, &profile, shop));
            }
        }
    }
}

type Cart = Vec<(ProductIx, Option<VariantIx>)>;

fn cart(moment: &Moment, profile: &Profile, shop: &ShopView<'_>) -> Cart {
    if moment.cart.is_empty() {
        return profile.cart().iter().map(|line| (line.product, line.variant)).collect();
    }
    moment.cart.iter().map(|item| (shop.items.product(*item), None)).collect()
}

/// `None` where nothing that was wanted could be offered, or the cart of a cart's question is empty.
fn ask(moment: &Moment, profile: &Arc<Profile>, cart: Cart, shop: &ShopView<'_>) -> Option<PastQuery> {
    let in_view = moment.in_view.map(|item| shop.items.product(item));
    let placement = match moment.scenario {
        Scenario::Personal => Placement::Home,
        Scenario::ProductPage => Placement::ProductPage,
        Scenario::Cart => Placement::Cart,
    };
    let mut query = PastQuery {
        owner: moment.owner,
        time: moment.time,
        placement,
        history: UserHistory::of(profile, moment.time, None, in_view, shop.idle_ms),
        profile: Arc::clone(profile),
        in_view,
        cart,
        except: Vec::new(),
        wanted: Vec::new(),
    };
    let context = query.context(shop);
    let wanted = moment.wanted.iter().copied().filter(|item| is_eligible(&context, shop.items.product(*item)));
    let (wanted, scenario) = (wanted.collect::<Vec<Item>>(), context.scenario());
    query.wanted = wanted;
    (!query.wanted.is_empty() && scenario == moment.scenario).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::IdOrder;
    use crate::domain::recommend::fixture::{self, bought, product, viewed};

    #[test]
    fn one_who_never_sleeps_is_not_the_whole_shop() {
        let interaction = |owner, time, item| step(owner, time, item, InteractionKind::Bought);
        // One buys every second for a day, forty buy once.
        let busy = (0..86_400).map(|second| interaction(0, second * 1_000, 7));
        let others = (1..=40).map(|owner| interaction(owner, 5_000, 8));
        let interactions = Interactions::from_interactions(busy.chain(others).collect());
        let all = (Timestamp(0), Timestamp(Timestamp::DAY));
        let moments = choose(&interactions, all, 1_000, 1, 60_000);
        let of_busy = moments.iter().filter(|moment| moment.owner == 0).count();
        assert_eq!((of_busy, moments.len() - of_busy), (OF_ONE, 40));
        assert_eq!(choose(&interactions, all, 1_000, 1, 60_000), moments);
        assert_eq!(choose(&interactions, all, 10, 1, 60_000).len(), 10);
    }

    fn step(owner: u32, time: i64, item: Item, kind: InteractionKind) -> Interaction {
        Interaction { time: Timestamp(time), owner, item, kind, quantity: 1, group: 0 }
    }

    #[test]
    fn each_scenario_asks_for_what_came_then() {
        use InteractionKind::{Bought, Looked, PutInCart};
        // A visit: looks at 1 and 2, puts 3 and then 4 into the cart. Later an order of 5, 6 and 7 without a look or a cart.
        let visit = [(100, 1, Looked), (200, 2, Looked), (300, 3, PutInCart), (400, 4, PutInCart)];
        let order = [(90_000_000, 5, Bought), (90_000_000, 6, Bought), (90_000_000, 7, Bought)];
        let steps = visit.into_iter().chain(order).map(|(time, item, kind)| step(0, time, item, kind));
        let interactions = Interactions::from_interactions(steps.collect());
        let moments = choose(&interactions, (Timestamp(0), Timestamp(i64::MAX)), 100, 1, 60_000);
        let of = |scenario: Scenario, time: i64| -> Vec<(Option<Item>, Vec<Item>, Vec<Item>)> {
            let own = moments.iter().filter(|one| one.scenario == scenario && one.time.0 == time);
            own.map(|one| (one.in_view, one.cart.clone(), one.wanted.clone())).collect()
        };
        assert_eq!(of(Scenario::Personal, 100), [(None, vec![], vec![3, 4])]);
        assert_eq!(of(Scenario::ProductPage, 200), [(Some(1), vec![], vec![2, 3, 4])]);
        assert_eq!(of(Scenario::ProductPage, 300), [(Some(2), vec![], vec![3, 4])]);
        assert_eq!(of(Scenario::ProductPage, 400), [], "what went before was no look");
        assert_eq!(of(Scenario::Cart, 300), [], "nothing is in the cart yet");
        assert_eq!(of(Scenario::Cart, 400), [(None, vec![], vec![4])], "the cart as the profile has it");
        let lines = of(Scenario::Cart, 90_000_000);
        assert!(!lines.is_empty());
        for (_, cart, hidden) in lines {
            let mut all = [cart, hidden].concat();
            all.sort_unstable();
            assert_eq!(all, [5, 6, 7]);
        }
        for (line, cart, others) in of(Scenario::ProductPage, 90_000_000) {
            let mut all = [vec![line.unwrap()], others].concat();
            all.sort_unstable();
            assert_eq!((cart, all), (vec![], vec![5, 6, 7]));
        }
    }

    #[test]
    fn a_stranger_is_asked_for_what_the_customer_has_already() {
        let catalog = fixture::catalog([product("boots", "", "", 100), product("mug", "", "", 100)]);
        let (snapshot, ids) = (catalog.snapshot(), catalog.ids());
        let events = fixture::events([(9, bought("boots")), (2, viewed("mug")), (1, bought("boots"))]);
        let (interactions, items) = Interactions::read(&events[..], &snapshot, ids).unwrap();
        let moments = choose(&interactions, (Timestamp(0), fixture::NOW), 9, 1, 60_000);
        let histories = Histories::read(&events[..], &interactions, moments.iter()).unwrap();
        let by_id = IdOrder::new(items.products().iter().copied());
        let items = Arc::new(items);
        let shop = ShopView { catalog: &snapshot, ids, items: &items, by_id: &by_id, idle_ms: 60_000 };
        // Of these only the first is asked of the customer: the boots are kept.
        assert_eq!(histories.queries(&moments, &shop).len(), 1);
        let last = &moments[moments.len() - 1];
        let again: Vec<Moment> = (0..=STRANGERS).map(|_| last.clone()).collect();
        let strangers = histories.queries_and_strangers(&again, &shop);
        assert_eq!(strangers.len(), 2, "one of so many, and the next");
        for one in &strangers {
            assert_eq!((one.history.bought.len(), one.time, &one.wanted), (0, last.time, &last.wanted));
        }
    }
}
