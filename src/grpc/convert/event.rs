//! Events, as callers tell them.

use std::{
    fmt::{self, Display},
    sync::Arc,
};

use crate::domain::{
    Id, Timestamp,
    customer::Placeholders,
    event::{Answer, Event, EventKind, LineItem},
    limits::{MAX_ITEMS, MAX_SHOWN},
    recommend::Attribution,
};
use crate::grpc::convert::{
    At, Told, Violations,
    choices::optional,
    profile::{consent_set, size_declared, trait_set},
    scalar::{category_path, count, id, optional_id, optional_price, unsigned},
    who::who,
};
use crate::proto::{self, event::Kind};

/// The moment of a request, and how far ahead of it a caller's clock may be.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The server's moment: an event without a time has this one.
    pub now: Timestamp,
    /// In milliseconds.
    pub skew_ms: i64,
}

impl Clock {
    /// A time that must be set.
    fn required(self, ms: i64, at: At<'_>, bad: &mut Violations) -> Timestamp {
        bad.check(ms > 0, at, format_args!("must be set, and after 1970: {ms}"));
        self.not_ahead(ms, at, bad)
    }

    /// A time that is now where it was left out.
    pub fn optional(self, ms: i64, at: At<'_>, bad: &mut Violations) -> Timestamp {
        bad.check(ms >= 0, at, format_args!("must not be before 1970: {ms}"));
        if ms == 0 { self.now } else { self.not_ahead(ms, at, bad) }
    }

    fn not_ahead(self, ms: i64, at: At<'_>, bad: &mut Violations) -> Timestamp {
        let (now, skew) = (self.now.0, self.skew_ms);
        let ahead = ms.saturating_sub(now);
        let fault = format_args!("is {} in the future, at most {} are let pass: {ms}", Lasting(ahead), Lasting(skew));
        bad.check(ahead <= skew, at, fault);
        Timestamp(ms)
    }
}

/// Milliseconds for people: in the largest unit that there are two of, rounded up.
struct Lasting(i64);

impl Display for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1_000, "seconds")];
        let (unit, name) = units.into_iter().find(|(unit, _)| self.0 >= 2 * unit).unwrap_or((1, "ms"));
        write!(f, "{} {name}", self.0.saturating_add(unit - 1) / unit)
    }
}

/// An event as the caller tells it; `None` where a field of it is at fault.
pub fn event(
    event: proto::Event,
    at: At<'_>,
    clock: Clock,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<Event> {
    let id = id(event.id, at.field("id"), bad);
    let who = who(event.who, at.field("who"), nobody, bad);
    let time = clock.required(event.time_ms, at.field("time_ms"), bad);
    let channel = optional(event.channel, at.field("channel"), bad);
    let session = optional_id(event.session_id, at.field("session_id"), bad);
    let attribution = attribution(event.attribution_token, at.field("attribution_token"), bad);
    bad.check(event.kind.is_some(), at.field("kind"), "must be set: what happened");
    let kind = event.kind.and_then(|kind| self::kind(kind, at, nobody, bad));
    Some(Event { id: id?, who: who?, time, channel, session, attribution, kind: kind? })
}

/// As it was received; what is no token of ours would be lost on whoever counts what an answer led to.
fn attribution(token: String, at: At<'_>, bad: &mut Violations) -> Option<Arc<str>> {
    if token.is_empty() {
        return None;
    }
    if Attribution::read(&token).is_none() {
        bad.add(at, format_args!("is no attribution token of this service: {}", Told(&token)));
    }
    Some(token.into())
}

fn kind(kind: Kind, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> Option<EventKind> {
    match kind {
        Kind::ProductViewed(said) => product_viewed(said, at.field("product_viewed"), bad),
        Kind::CartAdded(said) => Some(EventKind::CartAdded { item: one_item(said.item, at.field("cart_added"), bad)? }),
        Kind::CartRemoved(said) => {
            Some(EventKind::CartRemoved { item: one_item(said.item, at.field("cart_removed"), bad)? })
        }
        Kind::Purchased(said) => Some(purchased(said, at.field("purchased"), nobody, bad)),
        Kind::Returned(said) => Some(returned(said, at.field("returned"), nobody, bad)),
        Kind::OrderDelivered(said) => {
            let order = id(said.order_id, at.field("order_delivered").field("order_id"), bad);
            Some(EventKind::OrderDelivered { order: order? })
        }
        Kind::Searched(said) => Some(EventKind::Searched { query: said.query.into() }),
        Kind::PageViewed(said) => Some(page_viewed(said, at.field("page_viewed"), bad)),
        Kind::Rated(said) => rated(said, at.field("rated"), bad),
        Kind::Commented(said) => {
            let product = optional_id(said.product_id, at.field("commented").field("product_id"), bad);
            Some(EventKind::Commented { product, text: said.text.into() })
        }
        Kind::Complained(said) => complained(said, at.field("complained"), bad),
        Kind::ComplaintResolved(said) => {
            let complaint = id(said.complaint_id, at.field("complaint_resolved").field("complaint_id"), bad);
            Some(EventKind::ComplaintResolved { complaint: complaint? })
        }
        Kind::ChatTurn(said) => {
            let conversation = optional_id(said.conversation_id, at.field("chat_turn").field("conversation_id"), bad);
            Some(EventKind::ChatTurn { conversation, from_customer: said.from_customer, text: said.text.into() })
        }
        Kind::Impression(said) => {
            Some(EventKind::Impression { products: shown(said.product_ids, at.field("impression"), bad) })
        }
        Kind::Clicked(said) => {
            let product = id(said.product_id, at.field("clicked").field("product_id"), bad);
            Some(EventKind::Clicked { product: product? })
        }
        Kind::SurveyAnswered(said) => survey_answered(said, at.field("survey_answered"), bad),
        Kind::TraitSet(said) => trait_set(said, at.field("trait_set"), bad),
        Kind::SizeDeclared(said) => size_declared(said, at.field("size_declared"), bad),
        Kind::ConsentSet(said) => consent_set(said, at.field("consent_set"), bad),
    }
}

fn product_viewed(said: proto::ProductViewed, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let product = id(said.product_id, at.field("product_id"), bad);
    let variant = optional_id(said.variant_id, at.field("variant_id"), bad);
    Some(EventKind::ProductViewed { product: product?, variant })
}

/// `None` also where it is a placeholder, which would make one order of many.
fn order(order_id: String, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> Option<Id> {
    optional_id(order_id, at.field("order_id"), bad).filter(|order| !nobody.contain(order.as_str()))
}

fn purchased(said: proto::Purchased, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> EventKind {
    let order = order(said.order_id, at, nobody, bad);
    EventKind::Purchased { order, items: items(said.items, 1, at, bad) }
}

fn returned(said: proto::Returned, at: At<'_>, nobody: &Placeholders, bad: &mut Violations) -> EventKind {
    let order = order(said.order_id, at, nobody, bad);
    let reason = optional(said.reason, at.field("reason"), bad);
    // An order's id alone is all of the order.
    let least = usize::from(order.is_none());
    EventKind::Returned { order, items: items(said.items, least, at, bad), reason }
}

fn page_viewed(said: proto::PageViewed, at: At<'_>, bad: &mut Violations) -> EventKind {
    let placement = optional(said.placement, at.field("placement"), bad);
    let category_path = category_path(said.category_path, at, "category_path", bad);
    EventKind::PageViewed { placement, category_path }
}

fn rated(said: proto::Rated, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let product = id(said.product_id, at.field("product_id"), bad);
    let stars = u8::try_from(said.stars).ok().filter(|stars| (1..=5).contains(stars));
    bad.check(stars.is_some(), at.field("stars"), format_args!("must be 1 to 5: {}", said.stars));
    Some(EventKind::Rated { product: product?, stars: stars? })
}

fn complained(said: proto::Complained, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let complaint = id(said.complaint_id, at.field("complaint_id"), bad);
    let order = optional_id(said.order_id, at.field("order_id"), bad);
    Some(EventKind::Complained { complaint: complaint?, order, text: said.text.into() })
}

fn survey_answered(said: proto::SurveyAnswered, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    use proto::survey_answered::Answer as Given;
    let survey = id(said.survey_id, at.field("survey_id"), bad);
    let question = id(said.question_id, at.field("question_id"), bad);
    bad.check(said.answer.is_some(), at.field("answer"), "must be set: a number or a text");
    let answer = match said.answer? {
        Given::Number(number) => Answer::Number(number),
        Given::Text(text) => Answer::Text(text.into()),
    };
    Some(EventKind::SurveyAnswered { survey: survey?, question: question?, answer })
}

fn one_item(item: Option<proto::LineItem>, at: At<'_>, bad: &mut Violations) -> Option<LineItem> {
    if item.is_none() {
        bad.add(at.field("item"), "must be set");
    }
    line_item(item?, at.field("item"), bad)
}

/// Without those at fault: the event is refused with them.
fn items(items: Vec<proto::LineItem>, least: usize, at: At<'_>, bad: &mut Violations) -> Vec<LineItem> {
    count(items.len(), least, MAX_ITEMS, at.field("items"), bad);
    let mut taken = Vec::with_capacity(items.len().min(MAX_ITEMS));
    for (i, item) in items.into_iter().enumerate() {
        taken.extend(line_item(item, at.item("items", i), bad));
    }
    taken
}

fn line_item(item: proto::LineItem, at: At<'_>, bad: &mut Violations) -> Option<LineItem> {
    let product = id(item.product_id, at.field("product_id"), bad);
    let variant = optional_id(item.variant_id, at.field("variant_id"), bad);
    let quantity = unsigned(item.quantity, at.field("quantity"), bad);
    let unit_price = optional_price(item.unit_price, at.field("unit_price"), bad);
    Some(LineItem { product: product?, variant, quantity: quantity?.max(1), unit_price, position: item.position })
}

fn shown(product_ids: Vec<String>, at: At<'_>, bad: &mut Violations) -> Vec<Id> {
    count(product_ids.len(), 0, MAX_SHOWN, at.field("product_ids"), bad);
    let mut taken = Vec::with_capacity(product_ids.len().min(MAX_SHOWN));
    for (i, product) in product_ids.into_iter().enumerate() {
        taken.extend(id(product, at.item("product_ids", i), bad));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_units_that_people_read() {
        let check = |ms, told: &str| assert_eq!(Lasting(ms).to_string(), told);
        check(0, "0 ms");
        check(1_999, "1999 ms");
        check(90_000, "90 seconds");
        check(300_000, "5 minutes");
        check(300_001, "6 minutes");
        check(3_599_954, "60 minutes");
        check(7_200_000, "2 hours");
        check(i64::MAX, "106751991167 days");
    }
}
