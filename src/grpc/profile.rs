//! `ProfileService`: what is held about a customer, what is said of her, and who she is.

use std::{collections::BTreeMap, sync::Arc};

use rand::{RngCore as _, rngs::OsRng};
use tonic::{Request, Response, Status};

use crate::domain::{
    Id, Timestamp,
    customer::{Profile, Purpose},
    event::{Event, EventKind, Who},
    shop::Shop,
    store::{Write, Written},
};
use crate::grpc::{
    Door,
    convert::{self, At, Choice as _, Clock, ConsentSaid, Violations},
    now,
    status::out_of_step,
};
use crate::proto::{
    DeclareSizesRequest, DeclareSizesResponse, EraseCustomerRequest, EraseCustomerResponse, GetErasureReceiptRequest,
    GetErasureReceiptResponse, GetProfileRequest, GetProfileResponse, LinkIdentifierRequest, LinkIdentifierResponse,
    SetConsentRequest, SetConsentResponse, SetTraitsRequest, SetTraitsResponse, UndoLinkRequest, UndoLinkResponse,
    profile_service_server::ProfileService,
};

/// Serves `ProfileService` over the shop behind the door.
pub struct Customers(pub Door);

#[tonic::async_trait]
impl ProfileService for Customers {
    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<GetProfileResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let who =
            convert::subject(request.into_inner().who, At::Request.field("who"), &shop.rules.placeholder_ids, &mut bad);
        let who = bad.accept(who)?;
        let held = held(shop, &who).await?;
        let profile = Some(convert::profile_out(&held, &who, shop, now()));
        Ok(Response::new(GetProfileResponse { profile, known: !held.is_empty() }))
    }

    async fn set_traits(&self, request: Request<SetTraitsRequest>) -> Result<Response<SetTraitsResponse>, Status> {
        let shop = self.0.shop()?;
        let SetTraitsRequest { who, traits } = request.into_inner();
        let mut bad = Violations::default();
        let who = convert::subject(who, At::Request.field("who"), &shop.rules.placeholder_ids, &mut bad);
        let said = convert::traits(traits, clock(shop), &mut bad);
        let who = bad.accept(who)?;
        let events = say(shop, &who, said).await?;
        let held = held(shop, &who).await?;
        let mut superseded: Vec<String> = Vec::new();
        for (event, kind) in events {
            let EventKind::TraitSet { name, .. } = kind else { continue };
            let stands = held.traits.get(&name).is_some_and(|stamped| stamped.stamp.event == event);
            if !stands && !superseded.iter().any(|seen| **seen == *name) {
                superseded.push(name.to_string());
            }
        }
        Ok(Response::new(SetTraitsResponse { superseded }))
    }

    async fn declare_sizes(
        &self,
        request: Request<DeclareSizesRequest>,
    ) -> Result<Response<DeclareSizesResponse>, Status> {
        let shop = self.0.shop()?;
        let DeclareSizesRequest { who, sizes } = request.into_inner();
        let mut bad = Violations::default();
        let who = convert::subject(who, At::Request.field("who"), &shop.rules.placeholder_ids, &mut bad);
        let said = convert::declared_sizes(sizes, clock(shop), &mut bad);
        let who = bad.accept(who)?;
        let known = shop.catalog.sizes();
        let mut unrecognised_sizes: Vec<String> = Vec::new();
        for (_, kind) in say(shop, &who, said).await? {
            let EventKind::SizeDeclared { garment, audience, size, system } = kind else { continue };
            let taken_back = size.is_empty();
            if !taken_back
                && !known.recognises(&size, system, garment, audience)
                && !unrecognised_sizes.iter().any(|seen| **seen == *size)
            {
                unrecognised_sizes.push(size.to_string());
            }
        }
        Ok(Response::new(DeclareSizesResponse { unrecognised_sizes }))
    }

    async fn link_identifier(
        &self,
        request: Request<LinkIdentifierRequest>,
    ) -> Result<Response<LinkIdentifierResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let link = convert::link_request(request.into_inner(), clock(shop), &shop.rules.placeholder_ids, &mut bad);
        let (alias, customer, cause, time) = bad.accept(link)?;
        match write(shop, Write::Link { alias, customer, cause, time }).await? {
            Written::Linked { link, created } => {
                Ok(Response::new(LinkIdentifierResponse { link: Some(convert::link_out(&link)), created }))
            }
            other => Err(out_of_step(&other)),
        }
    }

    async fn undo_link(&self, request: Request<UndoLinkRequest>) -> Result<Response<UndoLinkResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let link = convert::id(request.into_inner().link_id, At::Request.field("link_id"), &mut bad);
        let link = bad.accept(link)?;
        match write(shop, Write::Undo { link }).await? {
            Written::Undone { link } => Ok(Response::new(UndoLinkResponse { link: Some(convert::link_out(&link)) })),
            other => Err(out_of_step(&other)),
        }
    }

    async fn set_consent(&self, request: Request<SetConsentRequest>) -> Result<Response<SetConsentResponse>, Status> {
        let shop = self.0.shop()?;
        let SetConsentRequest { who, consents } = request.into_inner();
        let mut bad = Violations::default();
        let who = convert::subject(who, At::Request.field("who"), &shop.rules.placeholder_ids, &mut bad);
        let said = convert::consents(consents, clock(shop), &mut bad);
        let who = bad.accept(who)?;
        let said = stamp_consents(said, &*held(shop, &who).await?);
        let events = say(shop, &who, said).await?;
        let held = held(shop, &who).await?;
        let mut superseded: Vec<i32> = Vec::new();
        for (event, kind) in events {
            let EventKind::ConsentSet { purpose, granted, .. } = kind else { continue };
            let stands = held.consents.get(&purpose).is_some_and(|consent| consent.stamp.event == event);
            let is_obeyed = stands || held.consent(purpose) == Some(granted);
            if !is_obeyed && !superseded.contains(&purpose.number()) {
                superseded.push(purpose.number());
            }
        }
        Ok(Response::new(SetConsentResponse { superseded }))
    }

    async fn erase_customer(
        &self,
        request: Request<EraseCustomerRequest>,
    ) -> Result<Response<EraseCustomerResponse>, Status> {
        let shop = self.0.shop()?;
        let EraseCustomerRequest { who, time_ms } = request.into_inner();
        let mut bad = Violations::default();
        let who = convert::subject(who, At::Request.field("who"), &shop.rules.placeholder_ids, &mut bad);
        let time = clock(shop).optional(time_ms, At::Request.field("time_ms"), &mut bad);
        let who = bad.accept(who.and_then(|who| who.subject()))?;
        match write(shop, Write::Erase { who, time, spares_newer: time_ms > 0 }).await? {
            Written::Erased { receipt } => Ok(Response::new(convert::erased_out(&receipt))),
            other => Err(out_of_step(&other)),
        }
    }

    async fn get_erasure_receipt(
        &self,
        request: Request<GetErasureReceiptRequest>,
    ) -> Result<Response<GetErasureReceiptResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let id = convert::id(request.into_inner().receipt_id, At::Request.field("receipt_id"), &mut bad);
        let id = bad.accept(id)?;
        let store = Arc::clone(&shop.store);
        // Reading blocks.
        let read = tokio::task::spawn_blocking(move || store.erasure(&id)).await;
        let receipt = read.map_err(|_| Status::internal("the receipt could not be read"))??;
        let receipt = receipt.ok_or_else(|| Status::not_found("no receipt has this id"))?;
        Ok(Response::new(convert::receipt_out(&receipt)))
    }
}

/// A refusal, and a grant without a time of its own, is stamped after what stands, whichever clock ran ahead: what is written
/// last is obeyed. A grant of an earlier time does not take back the refusal that came after it.
fn stamp_consents(said: Vec<ConsentSaid>, held: &Profile) -> Vec<(EventKind, Timestamp)> {
    let mut newest: BTreeMap<Purpose, Timestamp> =
        held.consents.iter().map(|(purpose, consent)| (*purpose, consent.stamp.time)).collect();
    let mut events = Vec::with_capacity(said.len());
    for ConsentSaid { kind, mut time, is_dated } in said {
        let EventKind::ConsentSet { purpose, granted, .. } = kind else { continue };
        let before = newest.entry(purpose).or_insert(Timestamp(i64::MIN));
        if !granted || !is_dated {
            time = time.max(Timestamp(before.0.saturating_add(1)));
        }
        *before = time.max(*before);
        events.push((kind, time));
    }
    events
}

fn clock(shop: &Shop) -> Clock {
    Clock { now: now(), skew_ms: shop.rules.future_skew_ms }
}

async fn held(shop: &Shop, who: &Who) -> Result<Arc<Profile>, Status> {
    match who.subject() {
        Some(subject) => Ok(shop.profiles.of(&subject).await?),
        None => Ok(Arc::default()),
    }
}

async fn write(shop: &Shop, write: Write) -> Result<Written, Status> {
    let written = shop.store.write(vec![write]).await?.pop();
    let written = written.ok_or_else(|| Status::internal("the store did not answer"))?;
    Ok(written?)
}

/// Writes what is said of her as events with ids of our own, all at once. Gives back what was written.
async fn say(shop: &Shop, who: &Who, said: Vec<(EventKind, Timestamp)>) -> Result<Vec<(Id, EventKind)>, Status> {
    let mut events = Vec::with_capacity(said.len());
    let mut writes = Vec::with_capacity(said.len());
    for (kind, time) in said {
        let id = new_event_id()?;
        events.push((id.clone(), kind.clone()));
        let event = Event { id, who: who.clone(), time, channel: None, session: None, attribution: None, kind };
        writes.push(Write::Event(event));
    }
    for written in shop.store.write(writes).await? {
        written?;
    }
    Ok(events)
}

/// 128 random bits: never met twice.
fn new_event_id() -> Result<Id, Status> {
    let mut bits = [0; 16];
    OsRng.fill_bytes(&mut bits);
    Id::new(format!("said-{:032x}", u128::from_be_bytes(bits))).map_err(|error| Status::internal(error.to_string()))
}
