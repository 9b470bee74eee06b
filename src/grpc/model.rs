//! `ModelService`: the saved models, and which of them is in service.

use tonic::{Request, Response, Status};

use crate::grpc::{
    Door,
    convert::{self, At, Violations},
};
use crate::proto::{
    ActivateModelRequest, ActivateModelResponse, ListModelsRequest, ListModelsResponse, RollBackModelRequest,
    RollBackModelResponse, model_service_server::ModelService,
};

/// Models of a page where the request doesn't say, and the most.
const PAGES: (usize, usize) = (20, 100);

/// Serves `ModelService` over the saved models behind the door.
pub struct Models(pub Door);

#[tonic::async_trait]
impl ModelService for Models {
    async fn list_models(&self, request: Request<ListModelsRequest>) -> Result<Response<ListModelsResponse>, Status> {
        let versions = self.0.versions()?;
        let ListModelsRequest { page_size, page_token } = request.into_inner();
        let mut bad = Violations::default();
        let size = convert::page_size(page_size, PAGES.0, PAGES.1, &mut bad);
        let size = bad.accept(size)?;
        let after = Some(page_token.as_str()).filter(|token| !token.is_empty());
        let (listed, more) = versions.list(after, size).await?;
        let next_page_token = listed.last().filter(|_| more).map(|last| last.version.clone()).unwrap_or_default();
        Ok(Response::new(ListModelsResponse {
            models: listed.into_iter().map(convert::model_out).collect(),
            next_page_token,
            model_version: versions.serving().to_string(),
        }))
    }

    async fn activate_model(
        &self,
        request: Request<ActivateModelRequest>,
    ) -> Result<Response<ActivateModelResponse>, Status> {
        let versions = self.0.versions()?;
        let ActivateModelRequest { version, force } = request.into_inner();
        let mut bad = Violations::default();
        let version = convert::id(version, At::Request.field("version"), &mut bad);
        let version = bad.accept(version)?;
        let model = versions.activate(version.as_str(), force).await?;
        Ok(Response::new(ActivateModelResponse { model: Some(convert::model_out(model)) }))
    }

    async fn roll_back_model(
        &self,
        _request: Request<RollBackModelRequest>,
    ) -> Result<Response<RollBackModelResponse>, Status> {
        let model = self.0.versions()?.roll_back().await?;
        Ok(Response::new(RollBackModelResponse { model: Some(convert::model_out(model)) }))
    }
}
