//! `CatalogService`: what the shop sells, and its stock and prices as they change.

mod listing;
mod whole;

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use crate::domain::{
    catalog::{Product, Row},
    shop::Shop,
    store::{Refusal, Write, Written},
};
use crate::grpc::{
    Door,
    convert::{self, At, Clock, Violations},
    now,
    status::{item_error, out_of_step},
    write_one,
    write_stream::{self, Flow, Replies, Taken},
};
use whole::Message;

use crate::proto::{
    ChangeStockRequest, ChangeStockResponse, DeleteProductRequest, DeleteProductResponse, GetProductRequest,
    GetProductResponse, ItemError, ListProductsRequest, ListProductsResponse, UpsertProductRequest,
    UpsertProductResponse, UpsertProductsRequest, UpsertProductsResponse, catalog_service_server::CatalogService,
};

/// Serves `CatalogService` over the shop behind the door.
pub struct Catalogue(pub Door);

#[tonic::async_trait]
impl CatalogService for Catalogue {
    async fn upsert_product(
        &self,
        request: Request<UpsertProductRequest>,
    ) -> Result<Response<UpsertProductResponse>, Status> {
        let shop = self.0.shop()?;
        let UpsertProductRequest { product, validate_only } = request.into_inner();
        let mut bad = Violations::default();
        let product = convert::product(product, At::Request.field("product"), now(), &mut bad);
        let product = since_known(shop, bad.accept(product)?);
        let unrecognised_sizes = unrecognised(shop, &product);
        let out = Some(convert::product_out(&product, now()));
        let created = if validate_only {
            row(shop, product.id.as_str(), |_| ()).is_none()
        } else {
            match write_one(shop, Write::Upsert(product)).await? {
                Written::Upserted { created } => created,
                other => return Err(out_of_step(&other)),
            }
        };
        Ok(Response::new(UpsertProductResponse { product: out, created, unrecognised_sizes }))
    }

    type UpsertProductsStream = Replies<UpsertProductsResponse>;

    async fn upsert_products(
        &self,
        request: Request<Streaming<UpsertProductsRequest>>,
    ) -> Result<Response<Self::UpsertProductsStream>, Status> {
        let shop = self.0.shop()?;
        let (flow, messages) = (Upserts(Arc::clone(shop)), whole::messages(Arc::clone(shop), request.into_inner()));
        Ok(Response::new(write_stream::run(flow, &self.0, messages)?))
    }

    type ChangeStockStream = Replies<ChangeStockResponse>;

    async fn change_stock(
        &self,
        request: Request<Streaming<ChangeStockRequest>>,
    ) -> Result<Response<Self::ChangeStockStream>, Status> {
        let flow = StockChanges(Arc::clone(self.0.shop()?));
        Ok(Response::new(write_stream::run(flow, &self.0, request.into_inner())?))
    }

    async fn get_product(&self, request: Request<GetProductRequest>) -> Result<Response<GetProductResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let id = convert::id(request.into_inner().id, At::Request.field("id"), &mut bad);
        let id = bad.accept(id)?;
        let product = row(shop, id.as_str(), |row| convert::product_out(&row.product, now()));
        let product = product.ok_or(Refusal::NoSuchProduct(id))?;
        Ok(Response::new(GetProductResponse { product: Some(product) }))
    }

    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        let shop = self.0.shop()?;
        let page = listing::Page::asked(request.get_ref())?;
        Ok(Response::new(page.of(&shop.catalog.snapshot(), now()).await))
    }

    async fn delete_product(
        &self,
        request: Request<DeleteProductRequest>,
    ) -> Result<Response<DeleteProductResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let product = convert::id(request.into_inner().id, At::Request.field("id"), &mut bad);
        let product = bad.accept(product)?;
        match write_one(shop, Write::Delete { product }).await? {
            Written::Deleted => Ok(Response::new(DeleteProductResponse {})),
            other => Err(out_of_step(&other)),
        }
    }
}

/// A stream of products.
struct Upserts(Arc<Shop>);

/// What the reply to a product needs; of the end of a whole catalogue it is nothing.
#[derive(Default)]
struct Upserted {
    product_id: String,
    unrecognised_sizes: Vec<String>,
}

impl Flow for Upserts {
    type Message = Message;
    type Kept = Upserted;
    type Reply = UpsertProductsResponse;

    fn take(&self, message: Message) -> Taken<Upserted, UpsertProductsResponse> {
        let product = match message {
            Message::Product(product) => product,
            Message::Begun => return Taken::AnsweredQuery(UpsertProductsResponse::default()),
            Message::Refused(error) => {
                return Taken::AnsweredQuery(UpsertProductsResponse { error: Some(error), ..Default::default() });
            }
            Message::Ended(products) => {
                return Taken::Write(Write::Retire { products, time: now() }, Upserted::default());
            }
        };
        let product_id = product.as_ref().map(|product| product.id.clone()).unwrap_or_default();
        let mut bad = Violations::default();
        let product = convert::product(product, At::Request.field("product"), now(), &mut bad);
        match bad.accept(product) {
            Ok(product) => {
                let product = since_known(&self.0, product);
                let unrecognised_sizes = unrecognised(&self.0, &product);
                Taken::Write(Write::Upsert(product), Upserted { product_id, unrecognised_sizes })
            }
            Err(bad) => {
                let error = Some(bad.into_item_error());
                Taken::AnsweredQuery(UpsertProductsResponse { product_id, error, ..UpsertProductsResponse::default() })
            }
        }
    }

    fn reply(&self, kept: Upserted, written: Result<Written, Refusal>) -> Result<UpsertProductsResponse, Status> {
        let (created, retired, error) = match written {
            Ok(Written::Upserted { created }) => (created, 0, None),
            Ok(Written::Retired { products }) => (false, products, None),
            Ok(other) => return Err(out_of_step(&other)),
            Err(refusal) => (false, 0, Some(item_error(&refusal))),
        };
        let retired = i64::try_from(retired).unwrap_or(i64::MAX);
        let Upserted { product_id, unrecognised_sizes } = kept;
        Ok(UpsertProductsResponse { product_id, created, unrecognised_sizes, error, retired })
    }
}

/// A stream of changes.
struct StockChanges(Arc<Shop>);

impl Flow for StockChanges {
    type Message = ChangeStockRequest;
    type Kept = ChangeStockResponse;
    type Reply = ChangeStockResponse;

    fn take(
        &self,
        ChangeStockRequest { change }: ChangeStockRequest,
    ) -> Taken<ChangeStockResponse, ChangeStockResponse> {
        let (product_id, variant_id) =
            change.as_ref().map(|change| (change.product_id.clone(), change.variant_id.clone())).unwrap_or_default();
        let mut reply = ChangeStockResponse { product_id, variant_id, applied: false, error: None };
        let clock = Clock { now: now(), skew_ms: self.0.rules.future_skew_ms };
        let mut bad = Violations::default();
        let change = convert::stock_change(change, At::Request.field("change"), clock, &mut bad);
        match bad.accept(change) {
            Ok(change) => Taken::Write(Write::Stock(change), reply),
            Err(bad) => {
                reply.error = Some(bad.into_item_error());
                Taken::AnsweredQuery(reply)
            }
        }
    }

    fn reply(
        &self,
        kept: ChangeStockResponse,
        written: Result<Written, Refusal>,
    ) -> Result<ChangeStockResponse, Status> {
        match written {
            Ok(Written::Stock { applied }) => Ok(ChangeStockResponse { applied, ..kept }),
            Ok(other) => Err(out_of_step(&other)),
            Err(refusal) => Ok(ChangeStockResponse { error: Some(under_change(item_error(&refusal))), ..kept }),
        }
    }
}

fn under_change(error: ItemError) -> ItemError {
    ItemError { field: format!("change.{}", error.field), ..error }
}

fn row<T>(shop: &Shop, product: &str, read: impl FnOnce(&Row) -> T) -> Option<T> {
    let ix = shop.catalog.ids().find_product(product)?;
    shop.catalog.snapshot().get(ix).map(read)
}

/// A product that doesn't say since when it is there keeps what is known, or is there since now.
fn since_known(shop: &Shop, mut product: Product) -> Product {
    if product.available_since.0 == 0 {
        let known = row(shop, product.id.as_str(), |row| row.product.available_since);
        product.available_since = known.unwrap_or_else(now);
    }
    product
}

/// Sizes that no system knows.
fn unrecognised(shop: &Shop, product: &Product) -> Vec<String> {
    shop.catalog.unrecognised_sizes(product).iter().map(ToString::to_string).collect()
}
