//! The one table from what went wrong to what the caller is told: code, text, and for one item of many its field.
//!
//! What the store says of itself goes to the log and never to a caller.

use tonic::{Code, Status};

use crate::domain::{
    recommend::versions::VersionError,
    shop::AskError,
    store::{Refusal, StoreError, Written},
};
use crate::grpc::validation::{self, Told};
use crate::proto;

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Full => Self::resource_exhausted(error.to_string()),
            StoreError::Closed => Self::unavailable(error.to_string()),
            // The store itself says it, once.
            StoreError::Lost => Self::unavailable("the store can't be written: see the server's log"),
            StoreError::Damaged(_) => Self::internal("the store failed: see the server's log"),
            StoreError::Failed(text) => {
                tracing::error!(error = %text, "the store failed");
                Self::internal("the store failed: see the server's log")
            }
        }
    }
}

impl From<AskError> for Status {
    fn from(error: AskError) -> Self {
        match error {
            AskError::ForeignPageToken => validation::one("page_token", error),
            AskError::ExpiredPageToken => Self::failed_precondition(error.to_string()),
            AskError::Store(error) => error.into(),
        }
    }
}

/// Why a feed can't go on. A token that is none of ours is named: it may be another text that was sent in its place.
pub fn feed_error(error: AskError, token: &str) -> Status {
    match error {
        AskError::ForeignPageToken => validation::one("page_token", format_args!("{error}: {}", Told(token))),
        other => other.into(),
    }
}

impl From<VersionError> for Status {
    fn from(error: VersionError) -> Self {
        match &error {
            VersionError::Unknown(_) => Self::not_found(error.to_string()),
            VersionError::Unfit(_) | VersionError::Worse { .. } | VersionError::NoneBefore => {
                Self::failed_precondition(error.to_string())
            }
            VersionError::Failed(text) => {
                tracing::error!(error = %text, "the saved models can't be read or changed");
                Self::internal("the saved models can't be read or changed: see the server's log")
            }
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::new(code(&refusal), refusal.to_string())
    }
}

/// A refusal of one item of many.
pub fn item_error(refusal: &Refusal) -> proto::ItemError {
    let field = match refusal {
        Refusal::EventConflict(_) => "id",
        Refusal::CustomerAsAlias(_) => "who.other",
        Refusal::Nobody(_) | Refusal::Erased => "who",
        Refusal::NoSuchLink(_) => "link_id",
        Refusal::NoSuchProduct(_) => "product_id",
        Refusal::NoSuchVariant { .. } => "variant_id",
        Refusal::NoSuchRule(_) | Refusal::TooManyRules => "rule",
    };
    proto::ItemError { code: code(refusal).into(), message: refusal.to_string(), field: field.into() }
}

fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::EventConflict(_) => Code::AlreadyExists,
        Refusal::Erased => Code::FailedPrecondition,
        Refusal::CustomerAsAlias(_) | Refusal::Nobody(_) => Code::InvalidArgument,
        Refusal::NoSuchLink(_) | Refusal::NoSuchProduct(_) | Refusal::NoSuchVariant { .. } | Refusal::NoSuchRule(_) => {
            Code::NotFound
        }
        Refusal::TooManyRules => Code::ResourceExhausted,
    }
}

/// The store answered something else than was asked of it: a bug of ours.
pub fn out_of_step(written: &Written) -> Status {
    tracing::error!(?written, "the store's answer does not fit what was written");
    Status::internal("the store's answer does not fit what was written")
}
