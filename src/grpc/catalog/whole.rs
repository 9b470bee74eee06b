//! A stream of products that is the whole catalogue: begin, the products, end with their count. What the end does not find is
//! sold no longer.
//!
//! Only an end whose count is right takes anything away, and only what stood at the beginning and was not written since: so a
//! stream that breaks takes nothing, and whatever other callers bring meanwhile stays.

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use tokio::task;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Code, Status};

use crate::domain::{
    catalog::{Availability, LIMIT_PERCENT, OnSale, Product, Row, Snapshot, missing_products},
    shop::Shop,
};
use crate::proto::{self, ItemError, UpsertProductsRequest};

/// One message of the stream.
pub(super) enum Message {
    /// A product to be written.
    Product(Option<proto::Product>),
    /// The beginning of a whole catalogue.
    Begun,
    /// Its end: what is to be taken away.
    Ended(Vec<Arc<Product>>),
    /// A mark that can't be obeyed.
    Refused(ItemError),
}

/// The messages, with each end as what it takes away.
pub(super) fn messages(
    shop: Arc<Shop>,
    requests: impl Stream<Item = Result<UpsertProductsRequest, Status>> + Send + 'static,
) -> impl Stream<Item = Result<Message, Status>> + Send + Unpin + 'static {
    let under_way = Mutex::new(None::<Whole>);
    Box::pin(requests.then(move |request| {
        let step = request.map(|request| step(request, &shop, &mut under_way.lock()));
        async move {
            match step? {
                Step::Message(message) => Ok(message),
                Step::End(whole, count) => {
                    // Looks at every product.
                    let gone = task::spawn_blocking(move || whole.gone(count)).await.map_err(|error| {
                        tracing::error!(%error, "a whole catalogue could not be compared");
                        Status::internal("the catalogue could not be compared: see the server's log")
                    })?;
                    Ok(gone.map_or_else(Message::Refused, Message::Ended))
                }
            }
        }
    }))
}

enum Step {
    Message(Message),
    End(Whole, i64),
}

fn step(request: UpsertProductsRequest, shop: &Shop, under_way: &mut Option<Whole>) -> Step {
    let UpsertProductsRequest { product, begin, end } = request;
    let refused = |code, message: String, field| Step::Message(Message::Refused(item_error(code, message, field)));
    match (product, begin, end) {
        (None, Some(begin), None) => {
            let limit = if begin.limit_percent == 0 { LIMIT_PERCENT.into() } else { begin.limit_percent };
            let Some(limit) = u8::try_from(limit).ok().filter(|limit| *limit <= 100) else {
                let message = format!("is a share of 1 to 100 percent: {limit}");
                return refused(Code::InvalidArgument, message, "begin.limit_percent");
            };
            *under_way =
                Some(Whole { limit, before: shop.catalog.snapshot(), present: FxHashSet::default(), count: 0 });
            Step::Message(Message::Begun)
        }
        (None, None, Some(end)) => match under_way.take() {
            Some(whole) => Step::End(whole, end.count),
            None => refused(Code::FailedPrecondition, "no whole catalogue was begun on this stream".to_owned(), "end"),
        },
        (product, None, None) => {
            if let Some(whole) = under_way {
                whole.count += 1;
                whole.present.extend(product.as_ref().map(|product| product.id.clone()));
            }
            Step::Message(Message::Product(product))
        }
        _ => refused(Code::InvalidArgument, "a message is a product, a begin or an end".to_owned(), ""),
    }
}

/// A whole catalogue under way.
struct Whole {
    limit: u8,
    /// As it stood at the beginning.
    before: Arc<Snapshot>,
    /// Ids that came since, of products that were refused too: the shop speaks of them.
    present: FxHashSet<String>,
    count: i64,
}

impl Whole {
    /// What did not come, or why nothing may be taken away.
    fn gone(&self, count: i64) -> Result<Vec<Arc<Product>>, ItemError> {
        let refused = |message: String, field| Err(item_error(Code::FailedPrecondition, message, field));
        if count != self.count {
            let message =
                format!("{} products came since the beginning, not {count}: nothing was taken away", self.count);
            return refused(message, "end.count");
        }
        let before = self.before.iter().map(|row| (row, on_sale(row)));
        match missing_products(before, |row| self.present.contains(row.product.id.as_str()), self.limit) {
            Ok(gone) => Ok(gone.into_iter().map(|row| Arc::clone(&row.product)).collect()),
            Err(error) => refused(format!("{error}: nothing was taken away"), "begin.limit_percent"),
        }
    }
}

fn on_sale(row: &Row) -> OnSale {
    let listed = row.product.variants.iter().any(|variant| variant.availability != Availability::OutOfStock);
    OnSale { sells: row.sellable, listed }
}

fn item_error(code: Code, message: String, field: &str) -> ItemError {
    ItemError { code: code.into(), message, field: field.to_owned() }
}
