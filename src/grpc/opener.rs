//! `OpenerService`: the first line of a conversation.

use tonic::{Request, Response, Status};

use crate::grpc::{
    Door,
    convert::{self, Violations},
    now,
};
use crate::proto::{GetOpenerRequest, GetOpenerResponse, opener_service_server::OpenerService};

/// Serves `OpenerService` over the shop behind the door.
pub struct Openers(pub Door);

#[tonic::async_trait]
impl OpenerService for Openers {
    async fn get_opener(&self, request: Request<GetOpenerRequest>) -> Result<Response<GetOpenerResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let query = convert::opener_query(request.into_inner(), now(), &shop.rules.placeholder_ids, &mut bad);
        let query = bad.accept(query)?;
        Ok(Response::new(convert::opener_out(shop.open(&query).await?)))
    }
}
