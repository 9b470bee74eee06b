//! Training queries from a shop's event log: which moments are asked about, and what was known of the customer by then.
//!
//! A query looks at nothing that came after it: the profile is folded from events before its moment, and products that came
//! later are left out.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Timestamp;
use crate::domain::catalog::{ProductIx, VariantIx};
use crate::domain::customer::{Identifier, Profile};
use crate::domain::event::Event;
use crate::domain::recommend::{InteractionKind, UserHistory};
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
/// Queries of one customer at most, in a slice of time: one who never sleeps (a reseller, a machine) is not the whole shop, and
/// each of the queries takes as long as the history.
const OF_ONE: usize = 30;
/// Moments of one customer that are looked at for them.
const TRIED_OF_ONE: usize = 20 * OF_ONE;
/// Of so many queries one is asked again as a stranger's.
const STRANGERS: usize = 3;

/// A moment of the log to ask about.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Who asks, by the number of the log.
    owner: u32,
    /// Just before something was done.
    time: Timestamp,
    /// The product on the page, where one was.
    in_view: Option<Item>,
    /// What was bought or put into the cart then, sorted.
    wanted: Vec<Item>,
}

/// A seeded choice of at most `most` moments from a slice of time, by owner and time.
pub fn choose(
    interactions: &Interactions,
    slice: (Timestamp, Timestamp),
    most: usize,
    seed: u64,
    idle_ms: i64,
) -> Vec<Moment> {
    let mut chosen: Vec<(u64, Moment)> = Vec::new();
    let mut drawn: Vec<(u64, usize)> = Vec::new();
    for own in interactions.by_owner(Timestamp(i64::MAX)) {
        let (from, to) = (
            own.partition_point(|interaction| interaction.time < slice.0),
            own.partition_point(|interaction| interaction.time < slice.1),
        );
        let is_asked = |place: &usize| {
            let is_first = *place == 0 || own[place - 1].time < own[*place].time;
            is_first && own[*place].kind != InteractionKind::SentBack
        };
        drawn.clear();
        drawn.extend((from..to).filter(is_asked).map(|place| (lot(seed, &own[place]), place)));
        drawn.sort_unstable();
        let moment = |(lot, place): &(u64, usize)| {
            let interaction = &own[*place];
            let in_view = in_view(&own[..*place], interaction, idle_ms).filter(|_| lot & 1 == 0);
            let wanted = wanted(&own[*place..], interaction.time, in_view);
            (!wanted.is_empty())
                .then_some((*lot, Moment { owner: interaction.owner, time: interaction.time, in_view, wanted }))
        };
        chosen.extend(drawn.iter().take(TRIED_OF_ONE).filter_map(moment).take(OF_ONE));
    }
    chosen.sort_by_key(|(lot, moment)| (*lot, moment.owner, moment.time));
    chosen.truncate(most);
    let mut moments: Vec<Moment> = chosen.into_iter().map(|(_, moment)| moment).collect();
    moments.sort_by_key(|moment| (moment.owner, moment.time));
    moments
}

/// The same for the same seed, and no order to be seen in it (the finaliser of `SplitMix64`).
fn lot(seed: u64, interaction: &Interaction) -> u64 {
    let mut z = seed ^ interaction.time.0.cast_unsigned() ^ (u64::from(interaction.owner) << 32);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        z = (z ^ (z >> 30)).wrapping_mul(factor);
    }
    z ^ (z >> 31)
}

/// What was looked at last, where that was just before.
fn in_view(before: &[Interaction], interaction: &Interaction, idle_ms: i64) -> Option<Item> {
    let last = before.last().filter(|last| last.kind == InteractionKind::Looked)?;
    (interaction.time.0.saturating_sub(last.time.0) <= idle_ms).then_some(last.item)
}

fn wanted(after: &[Interaction], time: Timestamp, in_view: Option<Item>) -> Vec<Item> {
    let end = time.0.saturating_add(HORIZON_MS);
    let is_wanted = |interaction: &&Interaction| {
        matches!(interaction.kind, InteractionKind::Bought | InteractionKind::PutInCart)
            && Some(interaction.item) != in_view
    };
    let mut wanted: Vec<Item> = after
        .iter()
        .take_while(|interaction| interaction.time.0 < end)
        .filter(is_wanted)
        .map(|interaction| interaction.item)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
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
        for of_owner in moments.chunk_by(|a, b| a.owner == b.owner) {
            let events = self.0.get(&of_owner[0].owner).map_or(&[][..], Vec::as_slice);
            let (mut profile, mut folded) = (Profile::default(), 0);
            for moment in of_owner {
                let to = events.partition_point(|event| event.time < moment.time);
                profile.fold(&events[folded..to], shop.ids);
                folded = to;
                queries.extend(query(moment, (Arc::new(profile.clone()), to), shop));
            }
        }
        queries
    }

    /// The same in the order of time, and some of the moments once more as if nothing were known of the customer. A log holds
    /// few first moments, and of what a stranger wants the orders of all others say more: without these, customers without an
    /// event got a list worse than the bestsellers.
    pub fn queries_and_strangers(&self, moments: &[Moment], shop: &ShopView<'_>) -> Vec<PastQuery> {
        let nobody = Arc::new(Profile::default());
        let stranger = |moment: &Moment| Moment { in_view: None, ..moment.clone() };
        let strangers = moments.iter().step_by(STRANGERS).map(stranger);
        let mut queries = self.queries(moments, shop);
        queries.extend(strangers.filter_map(|moment| query(&moment, (Arc::clone(&nobody), 0), shop)));
        queries.sort_by_key(|query| (query.time, query.owner));
        queries
    }
}

/// Of a profile that is folded from so many events.
fn query(moment: &Moment, (profile, events): (Arc<Profile>, usize), shop: &ShopView<'_>) -> Option<PastQuery> {
    let cart: Vec<(ProductIx, Option<VariantIx>)> =
        profile.cart().iter().map(|line| (line.product, line.variant)).collect();
    let in_view = moment.in_view.map(|item| shop.items.product(item));
    let history = UserHistory::of(&profile, moment.time, None, in_view, shop.idle_ms);
    let (owner, time, except) = (moment.owner, moment.time, Vec::new());
    let mut query = PastQuery { owner, time, events, profile, history, in_view, cart, except, wanted: Vec::new() };
    let context = query.context(shop);
    let wanted = moment.wanted.iter().copied().filter(|item| is_eligible(&context, shop.items.product(*item)));
    query.wanted = wanted.collect();
    (!query.wanted.is_empty()).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::IdOrder;
    use crate::domain::recommend::fixture::{self, bought, product, viewed};

    #[test]
    fn one_who_never_sleeps_is_not_the_whole_shop() {
        let interaction = |owner, time, item| Interaction {
            time: Timestamp(time),
            owner,
            item,
            kind: InteractionKind::Bought,
            quantity: 1,
            group: 0,
        };
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
            assert_eq!((one.events, one.time, &one.wanted), (0, last.time, &last.wanted));
        }
    }
}
