//! What was said, as an event that stands in the log before the reply is given.
//!
//! Its id is made of whom, the conversation and the line, so that of two calls at one time the store lets only one say it:
//! to the other it answers that the event is there already. No lock is needed, on one server or on many.

use super::{OpenerQuery, choose::Choice};
use crate::domain::{
    Id, InvalidId, TimeZone,
    customer::Identifier,
    event::{Event, EventKind, Who},
};

/// Keeps these ids apart from whatever else is hashed.
const CONTEXT: &str = "outfitter 2026 opener said";

/// The event that says so. `owner` is whose memory it is, so that site and app share one; `zone` says when its days begin.
pub fn event(
    query: &OpenerQuery,
    owner: Option<&Identifier>,
    zone: &TimeZone,
    choice: &Choice,
    token: &str,
) -> Result<Event, InvalidId> {
    Ok(Event {
        id: id(owner, query.conversation.as_ref(), zone.day(query.now), &choice.line)?,
        who: alone(&query.who),
        time: query.now,
        channel: query.channel,
        session: None,
        attribution: Some(token.into()),
        kind: EventKind::OpenerSaid {
            situation: choice.finding.words.situation(),
            line: choice.line.as_str().into(),
            conversation: query.conversation.clone(),
            product: choice.finding.subject.clone(),
        },
    })
}

/// The one who is meant. Naming two identifiers in an event would link them.
fn alone(who: &Who) -> Who {
    match who {
        Who { customer: Some(customer), .. } => Who::customer(customer.clone()),
        Who { visitor: Some(visitor), .. } => Who::visitor(visitor.clone()),
        Who { other, .. } => Who { other: other.clone(), ..Who::default() },
    }
}

fn id(owner: Option<&Identifier>, conversation: Option<&Id>, day: i64, line: &str) -> Result<Id, InvalidId> {
    let day = day.to_string();
    let (kind, conversation) = conversation.map_or(("day", day.as_str()), |id| ("id", id.as_str()));
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    let owner_kind = format!("{:?}", owner.map(|owner| owner.kind));
    let owner = owner.map_or("", |owner| owner.value.as_str());
    for part in [&*owner_kind, owner, kind, conversation, line] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Id::new(format!("opener-{}", &hasher.finalize().to_hex()[..32]))
}
