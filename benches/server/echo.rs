//! A server that gives back one answer a method, whatever is asked: what the network, HTTP/2 and the messages cost.

use std::{fs, path::Path};

use outfitter::proto::{
    ExplainProductRequest, ExplainProductResponse, RecommendRequest, RecommendResponse, ScoreProductsRequest,
    ScoreProductsResponse,
    recommendation_service_server::{RecommendationService, RecommendationServiceServer},
};
use prost::Message;
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

/// Files of the answers.
pub const RECOMMEND: &str = "recommend";
pub const EXPLAIN_PRODUCT: &str = "explain-product";
pub const SCORE_PRODUCTS: &str = "score-products";

struct Echo {
    recommended: RecommendResponse,
    explained: ExplainProductResponse,
    scored: ScoreProductsResponse,
}

#[tonic::async_trait]
impl RecommendationService for Echo {
    async fn recommend(&self, _: Request<RecommendRequest>) -> Result<Response<RecommendResponse>, Status> {
        Ok(Response::new(self.recommended.clone()))
    }

    async fn score_products(
        &self,
        _: Request<ScoreProductsRequest>,
    ) -> Result<Response<ScoreProductsResponse>, Status> {
        Ok(Response::new(self.scored.clone()))
    }

    async fn explain_product(
        &self,
        _: Request<ExplainProductRequest>,
    ) -> Result<Response<ExplainProductResponse>, Status> {
        Ok(Response::new(self.explained.clone()))
    }
}

/// Serves the answers that lie in a folder.
pub async fn serve(folder: &Path) {
    let echo = Echo {
        recommended: answer(folder, RECOMMEND),
        explained: answer(folder, EXPLAIN_PRODUCT),
        scored: answer(folder, SCORE_PRODUCTS),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    super::say(&listener.local_addr().unwrap().to_string());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder().add_service(RecommendationServiceServer::new(echo)).serve_with_incoming(incoming).await.unwrap();
}

fn answer<M: Message + Default>(folder: &Path, file: &str) -> M {
    M::decode(fs::read(folder.join(file)).unwrap().as_slice()).unwrap()
}
