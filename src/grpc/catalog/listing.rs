//! Pages of the catalogue in the order of ids, and the tokens that lead from one to the next.
//!
//! A token holds the last id of its page, so that a listing goes on where it was whatever came or went meanwhile. Each
//! page looks at all products: 1,000 of a million cost tens of milliseconds, in steps between which other calls go on.

use std::collections::BinaryHeap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tonic::Status;

use crate::domain::{
    Id, Timestamp,
    catalog::{ProductIx, Snapshot},
    recommend::pause,
};
use crate::grpc::{
    convert::{self, Violations},
    validation::{self, Told},
};
use crate::proto::{ListProductsRequest, ListProductsResponse};

/// Products of a page where the request doesn't say.
const DEFAULT_PAGE: usize = 50;

/// The most products of a page.
const MAX_PAGE: usize = 1_000;

/// Products that are looked at, and products that are made ready, before other calls go on.
const LOOKED_AT: usize = 8_192;
const PACKED: usize = 128;

/// Bytes of a token that tell it from a text of somebody else's.
const SEAL: usize = 8;

/// What is asked for.
pub struct Page {
    after: Option<Id>,
    size: usize,
}

impl Page {
    /// Reads how long a page is asked for and behind which product it begins.
    ///
    /// # Errors
    /// Where its size or its token is at fault.
    pub fn asked(request: &ListProductsRequest) -> Result<Self, Status> {
        let mut bad = Violations::default();
        let size = convert::page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE, &mut bad);
        let size = bad.accept(size)?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => {
                let foreign = || validation::one("page_token", format_args!("was not given out here: {}", Told(token)));
                Some(opened(token).ok_or_else(foreign)?)
            }
        };
        Ok(Self { after, size })
    }

    /// This page of the catalogue, with the prices of `now`.
    pub async fn of(&self, snapshot: &Snapshot, now: Timestamp) -> ListProductsResponse {
        // The largest of the smallest is on top: one more than asked for tells whether there is a next page.
        let mut smallest: BinaryHeap<(&Id, ProductIx)> = BinaryHeap::with_capacity(self.size + 2);
        for (number, row) in snapshot.iter().enumerate() {
            if number % LOOKED_AT == LOOKED_AT - 1 {
                pause().await;
            }
            let id = &row.product.id;
            let passed = self.after.as_ref().is_some_and(|after| id <= after);
            if passed || (smallest.len() > self.size && smallest.peek().is_some_and(|(most, _)| id > *most)) {
                continue;
            }
            smallest.push((id, row.ix));
            if smallest.len() > self.size + 1 {
                smallest.pop();
            }
        }
        let mut page = smallest.into_sorted_vec();
        let more = page.len() > self.size;
        page.truncate(self.size);
        let next_page_token = page.last().filter(|_| more).map(|(last, _)| sealed(last)).unwrap_or_default();
        let mut products = Vec::with_capacity(page.len());
        for part in page.chunks(PACKED) {
            pause().await;
            let rows = part.iter().filter_map(|(_, ix)| snapshot.get(*ix));
            products.extend(rows.map(|row| convert::product_out(&row.product, now)));
        }
        ListProductsResponse { products, next_page_token }
    }
}

fn sealed(last: &Id) -> String {
    let mut bytes = seal(last.as_str()).to_vec();
    bytes.extend_from_slice(last.as_str().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn opened(token: &str) -> Option<Id> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (front, id) = bytes.split_at_checked(SEAL)?;
    let id = std::str::from_utf8(id).ok()?;
    if front != seal(id) {
        return None;
    }
    Id::new(id).ok()
}

/// No secret: it keeps accidents out, and a forged token only ever lists the catalogue.
fn seal(id: &str) -> [u8; SEAL] {
    let mut seal = [0; SEAL];
    let mut hasher = blake3::Hasher::new_derive_key("outfitter 2026-11 page of the catalogue");
    hasher.update(id.as_bytes());
    hasher.finalize_xof().fill(&mut seal);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_tokens_open() {
        let id = Id::new("żółty but").unwrap();
        let token = sealed(&id);
        assert_eq!(opened(&token), Some(id));
        for foreign in ["x", "", "AAAA", &token[1..], &format!("{token}A"), "🦊"] {
            assert_eq!(opened(foreign), None, "{foreign}");
        }
    }
}
