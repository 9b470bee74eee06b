//! Events as the contract writes them, for whoever sends them to a server.

use crate::domain::{
    Id,
    event::{Answer, Event, EventKind, LineItem, Who},
};
use crate::grpc::convert::{
    choices::{Choice as _, number},
    scalar::price_out,
    who::identifier_out,
};
use crate::proto::{self, event::Kind};

/// As the contract writes it. `None`: the contract has no such event, since the service alone writes it.
pub fn event_out(event: &Event) -> Option<proto::Event> {
    Some(proto::Event {
        id: event.id.to_string(),
        who: Some(who_out(&event.who)),
        time_ms: event.time.0,
        channel: number(event.channel),
        attribution_token: event.attribution.as_deref().unwrap_or_default().to_owned(),
        session_id: optional(event.session.as_ref()),
        kind: Some(kind_out(&event.kind)?),
    })
}

fn who_out(who: &Who) -> proto::Who {
    proto::Who {
        customer_id: optional(who.customer.as_ref()),
        visitor_id: optional(who.visitor.as_ref()),
        other: who.other.as_ref().map(identifier_out),
    }
}

fn optional(id: Option<&Id>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

fn kind_out(kind: &EventKind) -> Option<Kind> {
    Some(match kind {
        EventKind::ProductViewed { product, variant } => Kind::ProductViewed(proto::ProductViewed {
            product_id: product.to_string(),
            variant_id: optional(variant.as_ref()),
        }),
        EventKind::CartAdded { item } => Kind::CartAdded(proto::CartAdded { item: Some(item_out(item)) }),
        EventKind::CartRemoved { item } => Kind::CartRemoved(proto::CartRemoved { item: Some(item_out(item)) }),
        EventKind::Purchased { order, items } => Kind::Purchased(proto::Purchased {
            order_id: optional(order.as_ref()),
            items: items.iter().map(item_out).collect(),
        }),
        EventKind::Returned { order, items, reason } => Kind::Returned(proto::Returned {
            order_id: optional(order.as_ref()),
            items: items.iter().map(item_out).collect(),
            reason: number(*reason),
        }),
        EventKind::OrderDelivered { order } => {
            Kind::OrderDelivered(proto::OrderDelivered { order_id: order.to_string() })
        }
        EventKind::Searched { query } => Kind::Searched(proto::Searched { query: query.to_string() }),
        EventKind::PageViewed { placement, category_path } => Kind::PageViewed(proto::PageViewed {
            placement: number(*placement),
            category_path: category_path.iter().map(ToString::to_string).collect(),
        }),
        EventKind::Rated { product, stars } => {
            Kind::Rated(proto::Rated { product_id: product.to_string(), stars: i32::from(*stars) })
        }
        EventKind::Commented { product, text } => {
            Kind::Commented(proto::Commented { product_id: optional(product.as_ref()), text: text.to_string() })
        }
        EventKind::Complained { complaint, order, text } => Kind::Complained(proto::Complained {
            complaint_id: complaint.to_string(),
            order_id: optional(order.as_ref()),
            text: text.to_string(),
        }),
        EventKind::ComplaintResolved { complaint } => {
            Kind::ComplaintResolved(proto::ComplaintResolved { complaint_id: complaint.to_string() })
        }
        EventKind::ChatTurn { conversation, from_customer, text } => Kind::ChatTurn(proto::ChatTurn {
            conversation_id: optional(conversation.as_ref()),
            from_customer: *from_customer,
            text: text.to_string(),
        }),
        EventKind::Impression { products } => {
            Kind::Impression(proto::Impression { product_ids: products.iter().map(ToString::to_string).collect() })
        }
        EventKind::Clicked { product } => Kind::Clicked(proto::Clicked { product_id: product.to_string() }),
        EventKind::SurveyAnswered { survey, question, answer } => Kind::SurveyAnswered(proto::SurveyAnswered {
            survey_id: survey.to_string(),
            question_id: question.to_string(),
            answer: Some(answer_out(answer)),
        }),
        EventKind::TraitSet { name, value, source } => Kind::TraitSet(proto::TraitSet {
            name: name.to_string(),
            value: value.to_string(),
            source: source.to_string(),
        }),
        EventKind::SizeDeclared { garment, audience, size, system } => Kind::SizeDeclared(proto::SizeDeclared {
            garment: garment.number(),
            audience: number(*audience),
            size: size.to_string(),
            size_system: number(*system),
        }),
        EventKind::ConsentSet { purpose, granted, source } => Kind::ConsentSet(proto::ConsentSet {
            purpose: purpose.number(),
            granted: *granted,
            source: source.to_string(),
        }),
        EventKind::OpenerSaid { .. } => return None,
    })
}

fn item_out(item: &LineItem) -> proto::LineItem {
    proto::LineItem {
        product_id: item.product.to_string(),
        variant_id: optional(item.variant.as_ref()),
        quantity: i64::from(item.quantity),
        unit_price: item.unit_price.map(price_out),
        position: item.position,
    }
}

fn answer_out(answer: &Answer) -> proto::survey_answered::Answer {
    match answer {
        Answer::Number(number) => proto::survey_answered::Answer::Number(*number),
        Answer::Text(text) => proto::survey_answered::Answer::Text(text.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            Timestamp,
            catalog::{Audience, Garment, SizeSystem},
            customer::{Identifier, IdentifierKind, Placeholders, Purpose},
            event::{Channel, ReturnReason},
            opener::Situation,
            recommend::Placement,
        },
        grpc::convert::{At, Clock, Violations, event},
    };

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    /// One of each kind that a caller can send.
    fn kinds() -> Vec<EventKind> {
        let item = LineItem {
            product: id("p"),
            variant: Some(id("v")),
            quantity: 3,
            unit_price: Some(crate::domain::Money { minor: 1_999, currency: "PLN".parse().unwrap() }),
            position: 2,
        };
        let bare = LineItem { variant: None, unit_price: None, ..item.clone() };
        vec![
            EventKind::ProductViewed { product: id("p"), variant: None },
            EventKind::CartAdded { item: item.clone() },
            EventKind::CartRemoved { item: bare.clone() },
            EventKind::Purchased { order: Some(id("o")), items: vec![item.clone(), bare.clone()] },
            EventKind::Returned { order: None, items: vec![bare], reason: Some(ReturnReason::TooSmall) },
            EventKind::OrderDelivered { order: id("o") },
            EventKind::Searched { query: "boots".into() },
            EventKind::PageViewed { placement: Some(Placement::Cart), category_path: vec!["Women".into()] },
            EventKind::Rated { product: id("p"), stars: 5 },
            EventKind::Commented { product: None, text: "fine".into() },
            EventKind::Complained { complaint: id("k"), order: Some(id("o")), text: "late".into() },
            EventKind::ComplaintResolved { complaint: id("k") },
            EventKind::ChatTurn { conversation: Some(id("chat")), from_customer: true, text: "hi".into() },
            EventKind::Impression { products: vec![id("p"), id("q")] },
            EventKind::Clicked { product: id("p") },
            EventKind::SurveyAnswered { survey: id("s"), question: id("q"), answer: Answer::Number(9) },
            EventKind::SurveyAnswered { survey: id("s"), question: id("q"), answer: Answer::Text("ten".into()) },
            EventKind::TraitSet { name: "tier".into(), value: "gold".into(), source: "crm".into() },
            EventKind::SizeDeclared {
                garment: Garment::Shoes,
                audience: Some(Audience::Women),
                size: "39".into(),
                system: Some(SizeSystem::Eu),
            },
            EventKind::ConsentSet { purpose: Purpose::Marketing, granted: false, source: "crm".into() },
        ]
    }

    #[test]
    fn an_event_that_is_written_out_is_read_back_as_it_was() {
        let clock = Clock { now: Timestamp(1_700_000_000_000), skew_ms: 0 };
        let other = Identifier { kind: IdentifierKind::Device, value: id("d") };
        let whole = Who { customer: Some(id("c")), visitor: Some(id("w")), other: Some(other) };
        for (who, channel) in [(whole, Some(Channel::App)), (Who::visitor(id("w")), None)] {
            for kind in kinds() {
                let (time, session, attribution) = (Timestamp(1_600_000_000_000), channel.map(|_| id("s")), None);
                let sent = Event { id: id("e"), who: who.clone(), time, channel, session, attribution, kind };
                let mut bad = Violations::default();
                let read = event(event_out(&sent).unwrap(), At::Request, clock, &Placeholders::default(), &mut bad);
                assert_eq!(bad.accept(read).unwrap(), sent);
            }
        }
    }

    #[test]
    fn what_the_service_alone_writes_is_not_sent() {
        let kind = EventKind::OpenerSaid {
            situation: Situation::Greeting,
            line: "greeting-home-1".into(),
            conversation: None,
            product: None,
        };
        let event = Event {
            id: id("e"),
            who: Who::customer(id("c")),
            time: Timestamp(1),
            channel: None,
            session: None,
            attribution: None,
            kind,
        };
        assert_eq!(event_out(&event), None);
    }
}
