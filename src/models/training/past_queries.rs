//! Questions as they could have been asked in the past, with what she then did: what ranking is learned from and judged by.
//!
//! A question looks at nothing that came after it: her profile is folded from events before its moment, the sources were
//! counted before its slice of time began, and products that came later are left out. Stock and prices are those of today:
//! the log does not hold former ones.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, ProductIx, Snapshot, VariantIx};
use crate::domain::customer::{Identifier, Profile};
use crate::domain::event::Event;
use crate::domain::recommend::{
    IdOrder, InteractionKind, Placement, RequestContext, Source, UserHistory, candidates::Candidates, due_at,
};
use crate::domain::store::StoreError;
use crate::models::{
    data::{
        interactions::{EventLog, Interaction, Interactions},
        item_index::{Item, ItemIndex},
    },
    ranking::TrainingSet,
};

/// What she does within this time after the question is the answer to it.
const HORIZON_MS: i64 = Timestamp::DAY;

/// Questions of one customer at most, in a slice of time: one who never sleeps (a reseller, a machine) is not the whole shop, and
/// each of her questions takes as long as her history.
const OF_ONE: usize = 30;
/// Of so many questions one is asked again as a stranger's.
const STRANGERS: usize = 3;
/// Moments of hers that are looked at for them.
const TRIED_OF_ONE: usize = 20 * OF_ONE;

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// By the number of the log.
    pub owner: u32,
    /// Just before something was done.
    pub time: Timestamp,
    /// The product on the page, where one was.
    pub in_view: Option<Item>,
    /// What she bought or put into the cart then, sorted.
    pub wanted: Vec<Item>,
}

/// A seeded choice of at most `most` questions from a slice of time, by owner and time.
#[must_use]
pub fn choose(
    acts: &Interactions,
    slice: (Timestamp, Timestamp),
    most: usize,
    seed: u64,
    idle_ms: i64,
) -> Vec<Question> {
    let mut chosen: Vec<(u64, Question)> = Vec::new();
    let mut drawn: Vec<(u64, usize)> = Vec::new();
    for own in acts.by_owner(Timestamp(i64::MAX)) {
        let (from, to) = (own.partition_point(|act| act.time < slice.0), own.partition_point(|act| act.time < slice.1));
        let is_asked = |place: &usize| {
            let is_first = *place == 0 || own[place - 1].time < own[*place].time;
            is_first && own[*place].deed != InteractionKind::SentBack
        };
        drawn.clear();
        drawn.extend((from..to).filter(is_asked).map(|place| (lot(seed, &own[place]), place)));
        drawn.sort_unstable();
        let question = |(lot, place): &(u64, usize)| {
            let act = &own[*place];
            let in_view = in_view(&own[..*place], act, idle_ms).filter(|_| lot & 1 == 0);
            let wanted = wanted(&own[*place..], act.time, in_view);
            (!wanted.is_empty()).then_some((*lot, Question { owner: act.owner, time: act.time, in_view, wanted }))
        };
        chosen.extend(drawn.iter().take(TRIED_OF_ONE).filter_map(question).take(OF_ONE));
    }
    chosen.sort_by_key(|(lot, question)| (*lot, question.owner, question.time));
    chosen.truncate(most);
    let mut questions: Vec<Question> = chosen.into_iter().map(|(_, question)| question).collect();
    questions.sort_by_key(|question| (question.owner, question.time));
    questions
}

/// The same for the same seed, and no order to be seen in it (the finaliser of `SplitMix64`).
fn lot(seed: u64, act: &Interaction) -> u64 {
    let mut z = seed ^ act.time.0.cast_unsigned() ^ (u64::from(act.owner) << 32);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        z = (z ^ (z >> 30)).wrapping_mul(factor);
    }
    z ^ (z >> 31)
}

/// What she looked at last, where that was just before.
fn in_view(before: &[Interaction], act: &Interaction, idle_ms: i64) -> Option<Item> {
    let last = before.last().filter(|last| last.deed == InteractionKind::Looked)?;
    (act.time.0.saturating_sub(last.time.0) <= idle_ms).then_some(last.item)
}

fn wanted(after: &[Interaction], time: Timestamp, in_view: Option<Item>) -> Vec<Item> {
    let end = time.0.saturating_add(HORIZON_MS);
    let soon = after.iter().take_while(|act| act.time.0 < end);
    let mut wanted: Vec<Item> = soon
        .filter(|act| {
            matches!(act.deed, InteractionKind::Bought | InteractionKind::PutInCart) && Some(act.item) != in_view
        })
        .map(|act| act.item)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// A question with what the sources brought.
#[derive(Debug)]
pub struct AnsweredQuery {
    /// By the number of the log.
    pub owner: u32,
    /// When it was asked.
    pub time: Timestamp,
    /// Events of hers before.
    pub events: usize,
    /// Those of the wanted that may be offered to her, brought or not, sorted.
    pub wanted: Vec<Item>,
    /// What may be offered, sorted.
    pub candidates: Vec<Item>,
    /// One row for each candidate.
    pub features: Vec<f32>,
    /// The order of each source alone.
    pub by_source: Vec<Vec<Item>>,
}

/// What teaches: the questions in the order of time, with these names of features.
#[must_use]
pub fn lessons(answered: &[AnsweredQuery], names: &[Arc<str>]) -> TrainingSet {
    let mut in_time: Vec<&AnsweredQuery> = answered.iter().collect();
    in_time.sort_by_key(|one| (one.time, one.owner));
    let mut lessons = TrainingSet { names: names.iter().map(ToString::to_string).collect(), ..TrainingSet::default() };
    for one in in_time {
        lessons.rows.extend_from_slice(&one.features);
        let is_wanted = |item: &Item| if one.wanted.binary_search(item).is_ok() { 1.0 } else { 0.0 };
        lessons.wanted.extend(one.candidates.iter().map(is_wanted));
        lessons.ends.push(u32::try_from(lessons.wanted.len()).unwrap_or(u32::MAX));
        let missed = one.wanted.iter().filter(|item| one.candidates.binary_search(item).is_err()).count();
        lessons.missed.push(u32::try_from(missed).unwrap_or(u32::MAX));
    }
    lessons
}

/// What questions are asked of.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The shop of today.
    pub catalog: &'a Snapshot,
    /// Its numbers.
    pub ids: &'a Ids,
    /// The products of the model.
    pub vocabulary: &'a ItemIndex,
    /// Counted before the first of the questions.
    pub sources: &'a [Box<dyn Source>],
    /// Those products, in the order of their ids.
    pub by_id: &'a IdOrder,
    /// Without a pause as long as this, it is one visit.
    pub idle_ms: i64,
}

/// Events of those who are asked about, each one's by time.
pub struct Histories(FxHashMap<u32, Vec<Event>>);

impl Histories {
    /// Reads the log again for the owners of these questions.
    ///
    /// # Errors
    /// Where the store failed.
    pub fn read<'a>(
        log: &(impl EventLog + ?Sized),
        acts: &Interactions,
        questions: impl Iterator<Item = &'a Question>,
    ) -> Result<Self, StoreError> {
        let numbers: FxHashSet<u32> = questions.map(|question| question.owner).collect();
        let asked: FxHashMap<&Identifier, u32> =
            numbers.into_iter().filter_map(|number| Some((acts.owner(number)?, number))).collect();
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

    /// Asks each question of the sources, with her profile as of its moment. Those without an answer to be had are left out.
    #[must_use]
    pub fn ask(&self, questions: &[Question], asking: &Asking<'_>) -> Vec<AnsweredQuery> {
        let mut answered = Vec::new();
        let mut candidates = Candidates::default();
        for of_owner in questions.chunk_by(|a, b| a.owner == b.owner) {
            let events = self.0.get(&of_owner[0].owner).map_or(&[][..], Vec::as_slice);
            let (mut profile, mut folded) = (Profile::default(), 0);
            for question in of_owner {
                let to = events.partition_point(|event| event.time < question.time);
                profile.fold(&events[folded..to], asking.ids);
                folded = to;
                answered.extend(ask(question, (&profile, to), asking, &mut candidates));
            }
        }
        answered
    }
}

/// Asks some of the questions as if nothing were known of her. A log holds few first moments, and of what a stranger wants the
/// orders of all others say more: without these, customers without an event got a list worse than the bestsellers.
#[must_use]
pub fn ask_as_strangers(questions: &[Question], asking: &Asking<'_>) -> Vec<AnsweredQuery> {
    let (nobody, mut candidates) = (Profile::default(), Candidates::default());
    let stranger = |question: &Question| Question { in_view: None, ..question.clone() };
    let asked = questions.iter().step_by(STRANGERS).map(stranger);
    asked.filter_map(|question| ask(&question, (&nobody, 0), asking, &mut candidates)).collect()
}

/// Asks of a profile that is folded from so many events.
fn ask(
    question: &Question,
    (profile, events): (&Profile, usize),
    asking: &Asking<'_>,
    candidates: &mut Candidates,
) -> Option<AnsweredQuery> {
    let cart: Vec<(ProductIx, Option<VariantIx>)> =
        profile.cart().iter().map(|line| (line.product, line.variant)).collect();
    let in_view = question.in_view.map(|item| asking.vocabulary.product(item));
    let trail = UserHistory::of(profile, question.time, None, in_view, asking.idle_ms);
    let moment = RequestContext {
        now: question.time,
        catalog: asking.catalog,
        ids: asking.ids,
        profile,
        trail: &trail,
        placement: if in_view.is_some() { Placement::ProductPage } else { Placement::Home },
        channel: None,
        in_view,
        cart: &cart,
    };
    let product = |item: &Item| asking.vocabulary.product(*item);
    let wanted: Vec<Item> = question.wanted.iter().copied().filter(|item| may_offer(&moment, product(item))).collect();
    if wanted.is_empty() {
        return None;
    }
    candidates.collect_from(&moment, asking.sources, asking.by_id, |product| may_offer(&moment, product));
    let item = |product: ProductIx| asking.vocabulary.item(product);
    let by_source: Vec<Vec<Item>> =
        (0..asking.sources.len()).map(|source| candidates.best_of(source).filter_map(item).collect()).collect();
    let mut items: Vec<Item> = candidates.products().iter().filter_map(|product| item(*product)).collect();
    items.sort_unstable();
    let products: Vec<ProductIx> = items.iter().map(product).collect();
    let mut features = Vec::new();
    candidates.rows(&moment, asking.sources, &products, &mut features);
    Some(AnsweredQuery {
        owner: question.owner,
        time: question.time,
        events,
        wanted,
        candidates: items,
        features,
        by_source,
    })
}

/// Whether it was in the shop, is not hers already and is not in front of her.
fn may_offer(moment: &RequestContext<'_>, product: ProductIx) -> bool {
    let Some(row) = moment.catalog.get(product) else { return false };
    let kept = moment.profile.owned(product).is_some_and(|owned| owned.kept > 0);
    let due = || due_at(moment.profile, row).is_some_and(|due| due <= moment.now);
    row.product.available_since <= moment.now
        && moment.in_view != Some(product)
        && !moment.cart.iter().any(|(carted, _)| *carted == product)
        && (!kept || due())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recommend::fixture::{self, bought, product, viewed};

    #[test]
    fn one_who_never_sleeps_is_not_the_whole_shop() {
        let act = |owner, time, item| Interaction {
            time: Timestamp(time),
            owner,
            item,
            deed: InteractionKind::Bought,
            quantity: 1,
            group: 0,
        };
        // One buys every second for a day, forty buy once.
        let busy = (0..86_400).map(|second| act(0, second * 1_000, 7));
        let others = (1..=40).map(|owner| act(owner, 5_000, 8));
        let acts = Interactions::from_acts(busy.chain(others).collect());
        let all = (Timestamp(0), Timestamp(Timestamp::DAY));
        let questions = choose(&acts, all, 1_000, 1, 60_000);
        let of_busy = questions.iter().filter(|question| question.owner == 0).count();
        assert_eq!((of_busy, questions.len() - of_busy), (OF_ONE, 40));
        assert_eq!(choose(&acts, all, 1_000, 1, 60_000), questions);
        assert_eq!(choose(&acts, all, 10, 1, 60_000).len(), 10);
    }

    #[test]
    fn a_stranger_is_asked_for_what_she_has_already() {
        let catalog = fixture::catalog([product("boots", "", "", 100), product("mug", "", "", 100)]);
        let (snapshot, ids) = (catalog.snapshot(), catalog.ids());
        let events = fixture::events([(9, bought("boots")), (2, viewed("mug")), (1, bought("boots"))]);
        let (acts, vocabulary) = Interactions::read(&events[..], &snapshot, ids).unwrap();
        let questions = choose(&acts, (Timestamp(0), fixture::NOW), 9, 1, 60_000);
        let histories = Histories::read(&events[..], &acts, questions.iter()).unwrap();
        let by_id = IdOrder::new(vocabulary.products().iter().copied());
        let sources: [Box<dyn Source>; 0] = [];
        let idle_ms = 60_000;
        let asking =
            Asking { catalog: &snapshot, ids, vocabulary: &vocabulary, sources: &sources, by_id: &by_id, idle_ms };
        // Of these only her first is asked of herself: she keeps the boots.
        assert_eq!(histories.ask(&questions, &asking).len(), 1);
        let last = &questions[questions.len() - 1];
        let again: Vec<Question> = (0..=STRANGERS).map(|_| last.clone()).collect();
        let strangers = ask_as_strangers(&again, &asking);
        assert_eq!(strangers.len(), 2, "one of so many, and the next");
        for one in &strangers {
            assert_eq!((one.events, one.time, &one.wanted), (0, last.time, &last.wanted));
        }
    }
}
