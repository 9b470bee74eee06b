//! One shop: everything that belongs to it hangs here, and every question to it starts here. No globals.

use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;

use crate::domain::{
    Id,
    catalog::Catalog,
    opener::{Opener, OpenerQuery},
    recommend::{Answer, Asked, Explanation, Model, Query, Scores},
    rules::Rules,
    store::{Profiles, Store, StoreError},
    text::Texts,
};

/// One shop.
pub struct Shop {
    /// What it decides for itself.
    pub rules: Rules,
    /// What it sells.
    pub catalog: Arc<Catalog>,
    /// What it knows, durably.
    pub store: Arc<dyn Store>,
    /// Its customers, hot.
    pub profiles: Arc<dyn Profiles>,
    /// What it says, in each of its languages.
    pub texts: Arc<Texts>,
    /// What ranks.
    pub model: ArcSwap<Model>,
}

/// Why a question can't be answered.
#[derive(Debug, Error, Clone)]
pub enum AskError {
    /// Not a token of ours at all, or not for this request.
    #[error("this page token was not given out for this request")]
    ForeignPageToken,
    /// Given out once, but too old, or by a server that has since restarted.
    #[error("this page token has expired: start the feed anew")]
    ExpiredPageToken,
    /// The state could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Shop {
    /// Products for a place on a page.
    pub async fn recommend(&self, _query: &Query) -> Result<Answer, AskError> {
        unimplemented!()
    }

    /// The caller's own list, scored.
    pub async fn score(&self, _asked: &Asked, _products: &[Id]) -> Result<Scores, AskError> {
        unimplemented!()
    }

    /// Why this product is, or is not, for this customer.
    pub async fn explain(&self, _asked: &Asked, _product: &Id) -> Result<Explanation, AskError> {
        unimplemented!()
    }

    /// The first line of a conversation.
    pub async fn open(&self, _query: &OpenerQuery) -> Result<Opener, AskError> {
        unimplemented!()
    }
}
