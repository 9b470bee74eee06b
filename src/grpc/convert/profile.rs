//! What is said of a customer, and what is held about her.

use std::{collections::BTreeSet, sync::Arc};

use crate::domain::{
    Id, Timestamp,
    catalog::{Catalog, ProductIx, Snapshot},
    customer::{Identifier, IdentifierKind, Link, LinkCause, Placeholders, Profile},
    event::{EventKind, Who},
    limits::{MAX_SAID, MAX_SIZE_CHARS, MAX_VALUE_CHARS, TRAIT_SIGNS},
    recommend::due_at,
    shop::Shop,
    sizing::Wardrobe,
    store::ErasureReceipt,
};
use crate::grpc::convert::{
    At, Choice as _, Clock, Violations,
    choices::{number, optional, required},
    scalar::{self, count, id, label, text},
    who::{alias_of, identifier, identifier_out},
};
use crate::proto;

/// Something said of a customer, and when.
pub type Said = (EventKind, Timestamp);

/// Traits, each an event to come.
pub fn traits(traits: Vec<proto::Trait>, clock: Clock, bad: &mut Violations) -> Vec<Said> {
    let request = At::Request;
    count(traits.len(), 1, MAX_SAID, request.field("traits"), bad);
    let mut said = Vec::with_capacity(traits.len());
    for (i, proto::Trait { name, value, source, time_ms }) in traits.into_iter().enumerate() {
        let at = request.item("traits", i);
        let kind = trait_set(proto::TraitSet { name, value, source }, at, bad);
        let time = clock.optional(time_ms, at.field("time_ms"), bad);
        said.extend(kind.map(|kind| (kind, time)));
    }
    said
}

/// A trait as the caller states it; `None` where a field of it is at fault.
pub fn trait_set(said: proto::TraitSet, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let name = scalar::name(&said.name, TRAIT_SIGNS, at.field("name"), bad);
    let source = source(said.source, at, bad);
    let value = text(said.value, MAX_VALUE_CHARS, at.field("value"), bad);
    Some(EventKind::TraitSet { name: name?, value, source })
}

/// Declared sizes, each an event to come.
pub fn declared_sizes(sizes: Vec<proto::DeclaredSize>, clock: Clock, bad: &mut Violations) -> Vec<Said> {
    let request = At::Request;
    count(sizes.len(), 1, MAX_SAID, request.field("sizes"), bad);
    let mut said = Vec::with_capacity(sizes.len());
    for (i, declared) in sizes.into_iter().enumerate() {
        let at = request.item("sizes", i);
        let proto::DeclaredSize { garment, audience, size, size_system, time_ms } = declared;
        let kind = size_declared(proto::SizeDeclared { garment, audience, size, size_system }, at, bad);
        let time = clock.optional(time_ms, at.field("time_ms"), bad);
        said.extend(kind.map(|kind| (kind, time)));
    }
    said
}

/// A size as the caller declares it; `None` where a field of it is at fault.
pub fn size_declared(said: proto::SizeDeclared, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let size = text(said.size, MAX_SIZE_CHARS, at.field("size"), bad);
    let garment = required(said.garment, at.field("garment"), bad);
    let audience = optional(said.audience, at.field("audience"), bad);
    let system = optional(said.size_system, at.field("size_system"), bad);
    Some(EventKind::SizeDeclared { garment: garment?, audience, size, system })
}

/// A word on a purpose, and when.
#[derive(Debug)]
pub struct ConsentSaid {
    /// What is stated of the customer.
    pub kind: EventKind,
    /// When, where the caller says it; else now.
    pub time: Timestamp,
    /// Whether the caller says it.
    pub is_dated: bool,
}

/// Consents, each an event to come.
pub fn consents(consents: Vec<proto::Consent>, clock: Clock, bad: &mut Violations) -> Vec<ConsentSaid> {
    let request = At::Request;
    count(consents.len(), 1, MAX_SAID, request.field("consents"), bad);
    let mut said = Vec::with_capacity(consents.len());
    for (i, proto::Consent { purpose, granted, source, time_ms }) in consents.into_iter().enumerate() {
        let at = request.item("consents", i);
        let kind = consent_set(proto::ConsentSet { purpose, granted, source }, at, bad);
        let time = clock.optional(time_ms, at.field("time_ms"), bad);
        said.extend(kind.map(|kind| ConsentSaid { kind, time, is_dated: time_ms != 0 }));
    }
    said
}

/// A consent or its refusal; `None` where a field of it is at fault.
pub fn consent_set(said: proto::ConsentSet, at: At<'_>, bad: &mut Violations) -> Option<EventKind> {
    let purpose = required(said.purpose, at.field("purpose"), bad);
    let source = source(said.source, at, bad);
    Some(EventKind::ConsentSet { purpose: purpose?, granted: said.granted, source })
}

fn source(source: String, at: At<'_>, bad: &mut Violations) -> Arc<str> {
    label(source, at.field("source"), bad)
}

/// That an identifier is a customer's: the identifier, whose, why, and from when on.
pub fn link_request(
    request: proto::LinkIdentifierRequest,
    clock: Clock,
    nobody: &Placeholders,
    bad: &mut Violations,
) -> Option<(Identifier, Id, LinkCause, Timestamp)> {
    let at = At::Request;
    let customer = id(request.customer_id, at.field("customer_id"), bad);
    if request.identifier.is_none() {
        bad.add(at.field("identifier"), "must be set");
    }
    let alias = request.identifier.and_then(|one| identifier(one, at.field("identifier"), bad));
    if alias.as_ref().is_some_and(|alias| alias.kind == IdentifierKind::Customer) {
        bad.add(at.field("identifier").field("kind"), "two customer ids are never joined: CUSTOMER");
    }
    let cause = required(request.cause, at.field("cause"), bad);
    let time = clock.optional(request.time_ms, at.field("time_ms"), bad);
    let (alias, customer) = alias_of(alias?, customer?, nobody, bad)?;
    Some((alias, customer, cause?, time))
}

/// As the contract writes it.
pub fn link_out(link: &Link) -> proto::Link {
    proto::Link {
        id: link.id.to_string(),
        identifier: Some(identifier_out(&link.alias)),
        customer_id: link.customer.to_string(),
        cause: link.cause.number(),
        time_ms: link.time.0,
    }
}

/// What was erased, as the answer to the erasure.
pub fn erased_out(receipt: &ErasureReceipt) -> proto::EraseCustomerResponse {
    let proto::GetErasureReceiptResponse { receipt_id, time_ms, events_erased, identifiers_erased, remains, .. } =
        receipt_out(receipt);
    proto::EraseCustomerResponse { receipt_id, time_ms, events_erased, identifiers_erased, remains }
}

/// What was erased and how far that has come.
pub fn receipt_out(receipt: &ErasureReceipt) -> proto::GetErasureReceiptResponse {
    let remains = [
        receipt.remains.in_log.then_some(proto::ErasureRemains::Log),
        receipt.remains.between_rows.then_some(proto::ErasureRemains::FreeSpace),
    ];
    proto::GetErasureReceiptResponse {
        receipt_id: receipt.id.to_string(),
        time_ms: receipt.time.0,
        events_erased: i64::try_from(receipt.events).unwrap_or(i64::MAX),
        identifiers_erased: i64::try_from(receipt.identifiers).unwrap_or(i64::MAX),
        remains: remains.into_iter().flatten().map(Into::into).collect(),
        completed_ms: receipt.completed.unwrap_or_default().0,
    }
}

/// What is held, as the contract writes it. `who` is whom the caller asked about.
pub fn profile_out(profile: &Profile, who: &Who, shop: &Shop, now: Timestamp) -> proto::Profile {
    let catalog = &shop.catalog;
    let snapshot = catalog.snapshot();
    let customer = who.customer.as_ref().or_else(|| profile.links.first().map(|link| &link.customer));
    let (first, last) = profile.first_and_last().unwrap_or_default();
    proto::Profile {
        customer_id: customer.map(ToString::to_string).unwrap_or_default(),
        traits: traits_out(profile),
        declared_sizes: declared_sizes_out(profile),
        known_sizes: known_sizes_out(profile, shop, &snapshot, now),
        consents: consents_out(profile),
        links: profile.links.iter().map(link_out).collect(),
        owned: owned_out(profile, catalog, &snapshot),
        cart: cart_out(profile, catalog),
        events: i64::try_from(profile.events()).unwrap_or(i64::MAX),
        first_event_ms: first.0,
        last_event_ms: last.0,
        pending_product_ids: pending(profile, catalog, &snapshot),
    }
}

/// An empty value was taken back.
fn traits_out(profile: &Profile) -> Vec<proto::Trait> {
    let standing = profile.traits.iter().filter(|(_, stamped)| !stamped.value.is_empty());
    standing
        .map(|(name, stamped)| proto::Trait {
            name: name.to_string(),
            value: stamped.value.to_string(),
            source: stamped.source.to_string(),
            time_ms: stamped.stamp.time.0,
        })
        .collect()
}

/// An empty size was taken back.
fn declared_sizes_out(profile: &Profile) -> Vec<proto::DeclaredSize> {
    let standing = profile.declared_sizes.iter().filter(|(_, stamped)| !stamped.value.size.is_empty());
    standing
        .map(|((garment, audience), stamped)| proto::DeclaredSize {
            garment: garment.number(),
            audience: number(*audience),
            size: stamped.value.size.to_string(),
            size_system: number(stamped.value.system),
            time_ms: stamped.stamp.time.0,
        })
        .collect()
}

fn known_sizes_out(profile: &Profile, shop: &Shop, snapshot: &Snapshot, now: Timestamp) -> Vec<proto::KnownSize> {
    let wardrobe = Wardrobe::of(profile, snapshot, shop.catalog.sizes(), &shop.rules.size, now);
    let known = wardrobe.known();
    known
        .map(|known| proto::KnownSize {
            garment: known.worn.garment.number(),
            audience: number(known.worn.audience),
            sizes: known.sizes.iter().map(ToString::to_string).collect(),
            evidence: known.evidence.number(),
            weight: known.weight,
            agreement: known.agreement,
        })
        .collect()
}

fn consents_out(profile: &Profile) -> Vec<proto::Consent> {
    let said = profile.consents.iter();
    said.map(|(purpose, stamped)| proto::Consent {
        purpose: purpose.number(),
        granted: stamped.value,
        source: stamped.source.to_string(),
        time_ms: stamped.stamp.time.0,
    })
    .collect()
}

/// What the customer bought, in the order of product ids.
fn owned_out(profile: &Profile, catalog: &Catalog, snapshot: &Snapshot) -> Vec<proto::OwnedProduct> {
    let mut all: Vec<proto::OwnedProduct> = profile
        .all_owned()
        .filter_map(|(product, owned)| {
            Some(proto::OwnedProduct {
                product_id: catalog.ids().product_id(product)?.to_string(),
                kept_quantity: i64::try_from(owned.kept).unwrap_or(i64::MAX),
                last_purchase_ms: owned.last_purchase.0,
                due_ms: snapshot.get(product).and_then(|row| due_at(profile, row)).unwrap_or_default().0,
            })
        })
        .collect();
    all.sort_by(|a, b| a.product_id.cmp(&b.product_id));
    all
}

/// What the cart holds, the line first that went in first.
fn cart_out(profile: &Profile, catalog: &Catalog) -> Vec<proto::LineItem> {
    let ids = catalog.ids();
    let lines = profile.cart().into_iter();
    lines
        .filter_map(|line| {
            let variant = line.variant.and_then(|variant| ids.variant_id(variant));
            Some(proto::LineItem {
                product_id: ids.product_id(line.product)?.to_string(),
                variant_id: variant.map(|id| id.to_string()).unwrap_or_default(),
                quantity: line.quantity,
                unit_price: None,
                position: 0,
            })
        })
        .collect()
}

/// What she had to do with and the catalogue doesn't know, by id.
fn pending(profile: &Profile, catalog: &Catalog, snapshot: &Snapshot) -> Vec<String> {
    let trades = profile.trades().iter().map(|trade| trade.product);
    let owned = profile.all_owned().map(|(product, _)| product);
    let looks = profile.looks().iter().map(|look| look.product);
    let ratings = profile.ratings().iter().map(|rating| rating.product);
    let cart = profile.cart().into_iter().map(|line| line.product);
    let met: BTreeSet<ProductIx> = trades.chain(owned).chain(looks).chain(ratings).chain(cart).collect();
    let unknown = met.into_iter().filter(|product| snapshot.get(*product).is_none());
    let mut ids: Vec<String> =
        unknown.filter_map(|product| catalog.ids().product_id(product)).map(|id| id.to_string()).collect();
    ids.sort_unstable();
    ids
}
