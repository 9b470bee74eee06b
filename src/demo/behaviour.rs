//! What people do in a year: they come for a kind of thing, look around, take what they like in their size, add what goes
//! with it, send back what does not fit, and buy again what runs out.

use rand::{
    Rng,
    distributions::{Distribution, WeightedIndex},
    seq::SliceRandom,
};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{
    goods::{Good, KINDS, Kind, Sizes, TASTES, id},
    people::Person,
};
use crate::domain::{
    Id, Timestamp,
    event::{Channel, Event, EventKind, LineItem, ReturnReason, Who},
};

const MINUTE: i64 = 60_000;

/// Goods of each kind, by their place.
struct Shelves<'a> {
    goods: &'a [Good],
    by_kind: Vec<Vec<usize>>,
}

/// Lives through the days before `now`.
pub fn live(people: &[Person], goods: &[Good], days: u32, now: Timestamp, rng: &mut Xoshiro256PlusPlus) -> Vec<Event> {
    let mut by_kind = vec![Vec::new(); KINDS.len()];
    for (place, good) in goods.iter().enumerate() {
        by_kind[good.kind].push(place);
    }
    let shelves = Shelves { goods, by_kind };
    let mut diary = Diary { events: Vec::new(), now };
    for person in people {
        year(person, &shelves, days, &mut diary, rng);
    }
    diary.events
}

/// Takes down what happens, unless it is still to come.
struct Diary {
    events: Vec<Event>,
    now: Timestamp,
}

impl Diary {
    fn note(&mut self, visit: &Visit, kind: EventKind) {
        self.note_at(visit, visit.time, kind);
    }

    fn note_at(&mut self, visit: &Visit, time: Timestamp, kind: EventKind) {
        if time >= self.now {
            return;
        }
        let id = id(format!("e{:07}", self.events.len()));
        let (who, session) = (visit.who.clone(), Some(visit.session.clone()));
        self.events.push(Event { id, who, time, channel: Some(visit.channel), session, attribution: None, kind });
    }
}

/// One visit, and the moment it has come to.
struct Visit {
    who: Who,
    session: Id,
    channel: Channel,
    time: Timestamp,
}

fn year(person: &Person, shelves: &Shelves<'_>, days: u32, diary: &mut Diary, rng: &mut Xoshiro256PlusPlus) {
    let Ok(interests) = WeightedIndex::new(&person.interests) else { return };
    let customer = id(person.name.clone());
    let device = id(format!("v-{}", person.name));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "some dozens"
    )]
    let visits = (person.visits * days as f32 / 365.0 * rng.gen_range(0.6..1.4)).round() as usize;
    let mut owned = vec![false; shelves.goods.len()];
    for number in 0..visits {
        let time = Timestamp(diary.now.0 - rng.gen_range(0..i64::from(days) * 24 * 60) * MINUTE);
        let channel = *[person.channel, person.channel, Channel::Web, Channel::App, Channel::Email]
            .choose(rng)
            .unwrap_or(&Channel::Web);
        // Some visits end before she logs in; what was looked at then is joined at the next log-in.
        let anonymous = channel != Channel::Store && rng.gen_bool(0.3);
        let who = if anonymous {
            Who::visitor(device.clone())
        } else if channel == Channel::Store {
            Who::customer(customer.clone())
        } else {
            Who { customer: Some(customer.clone()), visitor: Some(device.clone()), other: None }
        };
        let session = id(format!("s-{}-{number}", person.name));
        let mut visit = Visit { who, session, channel, time };
        if number == 0 {
            let name =
                EventKind::TraitSet { name: "locale".into(), value: person.locale.into(), source: "account".into() };
            let account = Visit { who: Who::customer(customer.clone()), session: visit.session.clone(), channel, time };
            diary.note(&account, name);
        }
        come(person, &mut visit, interests.sample(rng), shelves, &mut owned, anonymous, diary, rng);
    }
}

#[expect(clippy::too_many_arguments, reason = "one visit sees all of the shop")]
fn come(
    person: &Person,
    visit: &mut Visit,
    kind: usize,
    shelves: &Shelves<'_>,
    owned: &mut [bool],
    anonymous: bool,
    diary: &mut Diary,
    rng: &mut Xoshiro256PlusPlus,
) {
    if rng.gen_bool(0.2) {
        diary.note(visit, EventKind::Searched { query: KINDS[kind].names[0].to_lowercase().into() });
    }
    let mut bag = Vec::new();
    for _ in 0..rng.gen_range(2..8) {
        let Some(place) = pick(person, kind, shelves, owned, visit.time, rng) else { continue };
        look(visit, &shelves.goods[place], diary, rng);
        if rng.gen_bool(0.22) {
            bag.push(place);
            // What goes with it is looked at next, and often taken too.
            let with = KINDS[kind].goes_with.choose(rng);
            let with = with.and_then(|name| KINDS.iter().position(|kind| kind.names[0] == *name));
            if let Some(with) = with.filter(|_| rng.gen_bool(0.6)) {
                let like = &shelves.goods[place].style;
                if let Some(other) = pick_like(person, with, like, shelves, owned, visit.time, rng) {
                    look(visit, &shelves.goods[other], diary, rng);
                    if rng.gen_bool(0.55) {
                        bag.push(other);
                    }
                }
            }
        }
    }
    bag.sort_unstable();
    bag.dedup();
    let items: Vec<(usize, LineItem)> =
        bag.iter().filter_map(|place| Some((*place, line(person, &shelves.goods[*place], rng)?))).collect();
    for (_, item) in &items {
        visit.time.0 += MINUTE;
        diary.note(visit, EventKind::CartAdded { item: item.clone() });
    }
    if !items.is_empty() && !anonymous && rng.gen_bool(0.75) {
        buy(person, visit, &items, shelves, owned, diary, rng);
    }
}

fn look(visit: &mut Visit, good: &Good, diary: &mut Diary, rng: &mut Xoshiro256PlusPlus) {
    visit.time.0 += rng.gen_range(20..240) * 1_000;
    diary.note(visit, EventKind::ProductViewed { product: good.product.id.clone(), variant: None });
}

fn buy(
    person: &Person,
    visit: &mut Visit,
    items: &[(usize, LineItem)],
    shelves: &Shelves<'_>,
    owned: &mut [bool],
    diary: &mut Diary,
    rng: &mut Xoshiro256PlusPlus,
) {
    visit.time.0 += 3 * MINUTE;
    let order = id(format!("o-{}", visit.session));
    let lines = items.iter().map(|(_, item)| item.clone()).collect();
    diary.note(visit, EventKind::Purchased { order: Some(order.clone()), items: lines });
    let arrives = Timestamp(visit.time.0 + rng.gen_range(1..4) * Timestamp::DAY);
    if visit.channel != Channel::Store {
        diary.note_at(visit, arrives, EventKind::OrderDelivered { order: order.clone() });
    }
    for (place, item) in items {
        let good = &shelves.goods[*place];
        let kind = &KINDS[good.kind];
        owned[*place] = kind.replenish_days.is_none();
        if let Some(reason) = regret(person, good, item, rng) {
            let time = Timestamp(arrives.0 + rng.gen_range(2..12) * Timestamp::DAY);
            let items = vec![item.clone()];
            diary.note_at(visit, time, EventKind::Returned { order: Some(order.clone()), items, reason: Some(reason) });
            owned[*place] = false;
        } else if rng.gen_bool(0.12) {
            let stars = if liking(person, good) > 0.0 { rng.gen_range(4..=5) } else { rng.gen_range(2..=4) };
            let time = Timestamp(arrives.0 + rng.gen_range(3..20) * Timestamp::DAY);
            diary.note_at(visit, time, EventKind::Rated { product: good.product.id.clone(), stars });
        }
        again(visit, item, kind, diary, rng);
    }
}

/// What is used up is bought again, some times over.
fn again(visit: &Visit, item: &LineItem, kind: &Kind, diary: &mut Diary, rng: &mut Xoshiro256PlusPlus) {
    let Some(days) = kind.replenish_days else { return };
    let mut time = visit.time;
    let mut round = 0;
    while rng.gen_bool(0.6) {
        round += 1;
        time.0 += i64::from(days) * Timestamp::DAY * rng.gen_range(90..130) / 100;
        let order = id(format!("o-{}-{}-{round}", visit.session, item.product));
        diary.note_at(visit, time, EventKind::Purchased { order: Some(order), items: vec![item.clone()] });
    }
}

/// Why it goes back, if it does.
fn regret(person: &Person, good: &Good, item: &LineItem, rng: &mut Xoshiro256PlusPlus) -> Option<ReturnReason> {
    let sizes = KINDS[good.kind].sizes;
    if sizes != Sizes::One {
        let bought = good.product.variants.iter().find(|variant| Some(&variant.id) == item.variant.as_ref())?;
        let place = sizes.run().iter().position(|size| *size == &*bought.size)?;
        let feels = i64::try_from(place).ok()? + i64::from(good.runs);
        let wants = i64::try_from(person.size(sizes)).ok()?;
        if feels < wants && rng.gen_bool(0.7) {
            return Some(ReturnReason::TooSmall);
        }
        if feels > wants && rng.gen_bool(0.6) {
            return Some(ReturnReason::TooLarge);
        }
    }
    rng.gen_bool(0.04).then_some(ReturnReason::ChangedMind)
}

/// Her size, or now and then the one beside it, in a colour that is there.
fn line(person: &Person, good: &Good, rng: &mut Xoshiro256PlusPlus) -> Option<LineItem> {
    let sizes = KINDS[good.kind].sizes;
    let mut place = person.size(sizes);
    if rng.gen_bool(0.12) {
        place = if rng.gen_bool(0.5) { place.saturating_sub(1) } else { (place + 1).min(sizes.run().len() - 1) };
    }
    let wanted = sizes.run()[place];
    let there: Vec<_> = good.product.variants.iter().filter(|variant| &*variant.size == wanted).collect();
    let variant = there.choose(rng)?;
    Some(LineItem {
        product: good.product.id.clone(),
        variant: Some(variant.id.clone()),
        quantity: 1,
        unit_price: Some(variant.price),
        position: 0,
    })
}

fn pick(
    person: &Person,
    kind: usize,
    shelves: &Shelves<'_>,
    owned: &[bool],
    time: Timestamp,
    rng: &mut Xoshiro256PlusPlus,
) -> Option<usize> {
    pick_like(person, kind, &person.taste, shelves, owned, time, rng)
}

/// The best of some of the kind that meet her eye: by her taste, by what it should be like, by price, by fashion.
fn pick_like(
    person: &Person,
    kind: usize,
    like: &[f32; TASTES],
    shelves: &Shelves<'_>,
    owned: &[bool],
    time: Timestamp,
    rng: &mut Xoshiro256PlusPlus,
) -> Option<usize> {
    let shelf = &shelves.by_kind[kind];
    let mut best: Option<(f32, usize)> = None;
    for _ in 0..9 {
        let place = *shelf.choose(rng)?;
        let good = &shelves.goods[place];
        if owned[place] || good.product.available_since > time {
            continue;
        }
        let near: f32 = like.iter().zip(&good.style).map(|(a, b)| a * b).sum();
        // The lower a model's number, the better known it is.
        let fame = if place < shelves.goods.len() / 5 { 0.5 } else { 0.0 };
        let appeal = liking(person, good) + 0.8 * near + fame + rng.gen_range(0.0..1.2);
        if best.is_none_or(|(most, _)| appeal > most) {
            best = Some((appeal, place));
        }
    }
    best.map(|(_, place)| place)
}

/// How much it is to her taste and purse.
#[expect(clippy::cast_precision_loss, reason = "prices in minor units are small")]
fn liking(person: &Person, good: &Good) -> f32 {
    let near: f32 = person.taste.iter().zip(&good.style).map(|(a, b)| a * b).sum();
    let (low, high) = KINDS[good.kind].price;
    let price = good.product.variants.first().map_or(low, |variant| variant.price.minor);
    let dear = (price - low) as f32 / (high - low) as f32;
    1.2 * near - (dear - person.purse).abs()
}
