//! `RecommendationService`: what to show a customer, and why.

use tonic::{Request, Response, Status};

use crate::domain::{recommend::Steering, shop::Shop};
use crate::grpc::{
    Door,
    convert::{self, At, Violations},
    now,
    status::feed_error,
};
use crate::proto::{
    ExplainProductRequest, ExplainProductResponse, RecommendRequest, RecommendResponse, ScoreProductsRequest,
    ScoreProductsResponse, recommendation_service_server::RecommendationService,
};

/// Serves `RecommendationService` over the shop behind the door.
pub struct Recommendations(pub Door);

#[tonic::async_trait]
impl RecommendationService for Recommendations {
    async fn recommend(&self, request: Request<RecommendRequest>) -> Result<Response<RecommendResponse>, Status> {
        let shop = self.0.shop()?;
        let request = request.into_inner();
        let validate_only = request.validate_only;
        let mut bad = Violations::default();
        let query = convert::query(request, now(), &shop.rules.placeholder_ids, &mut bad);
        let query = bad.accept(query)?;
        if query.page_token.is_none() {
            let mut bad = Violations::default();
            convert::known(&query.filter, &shop.catalog, At::Request.field("filter"), &mut bad);
            convert::known_steering(&query.steering, &shop.catalog, &mut bad);
            bad.accept(Some(()))?;
        }
        if validate_only {
            return Ok(Response::new(RecommendResponse::default()));
        }
        let token = query.page_token.as_deref().unwrap_or_default();
        let answer = shop.recommend(&query).await.map_err(|error| feed_error(error, token))?;
        Ok(Response::new(convert::answer_out(answer)))
    }

    async fn score_products(
        &self,
        request: Request<ScoreProductsRequest>,
    ) -> Result<Response<ScoreProductsResponse>, Status> {
        let shop = self.0.shop()?;
        let ScoreProductsRequest { who, placement, context, product_ids, boosts, bury } = request.into_inner();
        let mut bad = Violations::default();
        let asked = convert::asked(who, placement, context, now(), &shop.rules.placeholder_ids, &mut bad);
        let products = convert::product_ids(product_ids, &mut bad);
        let steering = convert::steering(boosts, bury, &mut bad);
        let asked = bad.accept(asked)?;
        check_steering(shop, &steering)?;
        Ok(Response::new(convert::scores_out(shop.score(&asked, &steering, &products).await?)))
    }

    async fn explain_product(
        &self,
        request: Request<ExplainProductRequest>,
    ) -> Result<Response<ExplainProductResponse>, Status> {
        let shop = self.0.shop()?;
        let ExplainProductRequest { who, placement, context, product_id, boosts, bury } = request.into_inner();
        let mut bad = Violations::default();
        let asked = convert::asked(who, placement, context, now(), &shop.rules.placeholder_ids, &mut bad);
        let product = convert::id(product_id, At::Request.field("product_id"), &mut bad);
        let steering = convert::steering(boosts, bury, &mut bad);
        let (asked, product) = bad.accept(asked.zip(product))?;
        check_steering(shop, &steering)?;
        Ok(Response::new(convert::explanation_out(shop.explain(&asked, &steering, &product).await?)))
    }
}

fn check_steering(shop: &Shop, steering: &Steering) -> Result<(), Status> {
    let mut bad = Violations::default();
    convert::known_steering(steering, &shop.catalog, &mut bad);
    Ok(bad.accept(Some(()))?)
}
