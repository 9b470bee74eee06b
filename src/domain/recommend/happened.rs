//! What an event says of products, as models take it in: from the log and live alike.

use crate::domain::{
    Id, Timestamp,
    catalog::{Ids, ProductIx},
    customer::Identifier,
    event::{Event, EventKind},
    recommend::Deed,
};

/// Something that was just done, told to what serves so that it counts before the next training.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'a> {
    /// Who did it.
    pub owner: &'a Identifier,
    /// When.
    pub time: Timestamp,
    /// With what.
    pub product: ProductIx,
    /// What.
    pub deed: Deed,
    /// Units; of a look, one.
    pub quantity: u32,
    /// The visit it was part of.
    pub session: Option<&'a Id>,
}

/// What was done in an event; `None` where it does not speak of a product so that models learn of it.
#[must_use]
pub const fn deed(event: &Event) -> Option<Deed> {
    match &event.kind {
        EventKind::ProductViewed { .. } | EventKind::Clicked { .. } => Some(Deed::Looked),
        EventKind::CartAdded { .. } => Some(Deed::PutInCart),
        EventKind::Purchased { .. } => Some(Deed::Bought),
        EventKind::Returned { .. } => Some(Deed::SentBack),
        _ => None,
    }
}

/// The products that it was done with, in the order of the event, with how many units of each.
pub fn lines(event: &Event) -> impl Iterator<Item = (&Id, u32)> {
    let (items, others) = match &event.kind {
        EventKind::CartAdded { item } => (std::slice::from_ref(item), None),
        EventKind::Purchased { items, .. } | EventKind::Returned { items, .. } => (&items[..], None),
        kind => (&[][..], Some(kind.products())),
    };
    let items = items.iter().map(|item| (&item.product, item.quantity));
    items.chain(others.into_iter().flatten().map(|product| (product, 1)))
}

impl Happened<'_> {
    /// Visits each thing that was done in an event.
    pub fn each(event: &Event, owner: &Identifier, ids: &Ids, mut visit: impl FnMut(&Happened<'_>)) {
        let Some(deed) = deed(event) else { return };
        for (product, quantity) in lines(event) {
            let (product, session) = (ids.product(product), event.session.as_ref());
            visit(&Happened { owner, time: event.time, product, deed, quantity, session });
        }
    }
}
