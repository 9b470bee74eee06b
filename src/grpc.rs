//! The edge: what the contract in `proto/outfitter/v1` says, spoken over gRPC.
//!
//! Every handler has one shape: convert, call the domain, convert back. One file a service; `convert` goes both ways;
//! `status` is the one table from kinds of error to codes; `violations` gathers what is wrong with a request. Nothing
//! is decided here about products or customers, and nothing here knows how the state is kept.

mod catalog;
mod convert;
mod event;
mod merchandising;
mod model;
mod opener;
mod profile;
mod readiness;
mod recommendation;
mod status;
mod validation;
mod write_stream;

use std::time::{SystemTime, UNIX_EPOCH};

use tonic::{Status, codec::CompressionEncoding, service::Routes};

pub(crate) use convert::{Choice, event_out, identifier_out, product_out, rule_out, stock_change_out};
pub use readiness::{Door, Stopping};

use crate::{
    domain::{
        Timestamp,
        catalog::Product,
        shop::Shop,
        store::{Write, Written},
    },
    proto,
};

/// The seven services behind one door. `message_bytes` bounds one decoded message.
pub fn services(door: &Door, message_bytes: usize) -> Routes {
    macro_rules! service {
        ($server:path, $service:expr) => {{
            use $server as Server;
            // Answers go out plain: most clients say that they take gzip whether the network is slow or not, and packing
            // two kilobytes spends processor time on every call. A caller that packs what it sends is understood.
            Server::new($service).max_decoding_message_size(message_bytes).accept_compressed(CompressionEncoding::Gzip)
        }};
    }
    use proto::{
        catalog_service_server::CatalogServiceServer, event_service_server::EventServiceServer,
        merchandising_service_server::MerchandisingServiceServer, model_service_server::ModelServiceServer,
        opener_service_server::OpenerServiceServer, profile_service_server::ProfileServiceServer,
        recommendation_service_server::RecommendationServiceServer,
    };
    Routes::new(service!(RecommendationServiceServer, recommendation::Recommendations(door.clone())))
        .add_service(service!(OpenerServiceServer, opener::Openers(door.clone())))
        .add_service(service!(CatalogServiceServer, catalog::Catalogue(door.clone())))
        .add_service(service!(EventServiceServer, event::Events(door.clone())))
        .add_service(service!(ProfileServiceServer, profile::Customers(door.clone())))
        .add_service(service!(MerchandisingServiceServer, merchandising::Merchandisers(door.clone())))
        .add_service(service!(ModelServiceServer, model::Models(door.clone())))
}

/// The names that health is answered for.
pub const SERVICES: [&str; 7] = [
    proto::recommendation_service_server::SERVICE_NAME,
    proto::opener_service_server::SERVICE_NAME,
    proto::catalog_service_server::SERVICE_NAME,
    proto::event_service_server::SERVICE_NAME,
    proto::profile_service_server::SERVICE_NAME,
    proto::merchandising_service_server::SERVICE_NAME,
    proto::model_service_server::SERVICE_NAME,
];

/// A product as an answer tells it; `None` where it breaks the contract.
pub(crate) fn product_in(product: proto::Product, now: Timestamp) -> Option<Product> {
    let mut bad = convert::Violations::default();
    let product = convert::product(Some(product), convert::At::Request, now, &mut bad);
    bad.accept(product).ok()
}

/// Writes and waits until it is durable.
async fn write_one(shop: &Shop, write: Write) -> Result<Written, Status> {
    let written = shop.store.write(vec![write]).await?.pop();
    let written = written.ok_or_else(|| Status::internal("the store did not answer"))?;
    Ok(written?)
}

/// The one place in which a request meets the clock. A clock before 1970 counts as 1970.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
