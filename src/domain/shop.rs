//! One shop: everything that belongs to it hangs here, and every question to it starts here. No globals.

use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;

use crate::domain::{
    Id,
    catalog::Catalog,
    merchandising::Merchandising,
    opener::{self, Opener, OpenerQuery},
    recommend::{self, Answer, Asked, Explanation, Feeds, Model, Query, Scores, Seal, Spread, Steering},
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
    /// What its merchandisers have decided.
    pub merchandising: Arc<Merchandising>,
    /// What it knows, durably.
    pub store: Arc<dyn Store>,
    /// Its customers, hot.
    pub profiles: Arc<dyn Profiles>,
    /// What it says, in each of its languages.
    pub texts: Arc<Texts>,
    /// What ranks. [`Shop::serve`] swaps it.
    pub model: ArcSwap<Model>,
    /// Feeds between their pages.
    pub feeds: Arc<dyn Feeds>,
    /// The order to show it in where nothing is known.
    pub spread: Spread,
    /// Makes and reads tokens. Its key is drawn anew at each start.
    pub seal: Seal,
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
    /// Puts a model in the place of the one that ranks. Answers that are being made go on with theirs.
    pub fn serve(&self, model: Model) {
        self.model.store(Arc::new(model));
    }

    /// Products for a place on a page.
    pub async fn recommend(&self, query: &Query) -> Result<Answer, AskError> {
        recommend::recommend(self, query).await
    }

    /// The caller's own list, scored.
    pub async fn score(&self, asked: &Asked, steering: &Steering, products: &[Id]) -> Result<Scores, AskError> {
        recommend::score(self, asked, steering, products).await
    }

    /// Why this product is, or is not, for this customer.
    pub async fn explain(&self, asked: &Asked, steering: &Steering, product: &Id) -> Result<Explanation, AskError> {
        recommend::explain(self, asked, steering, product).await
    }

    /// The first line of a conversation.
    pub async fn open(&self, query: &OpenerQuery) -> Result<Opener, AskError> {
        opener::open(self, query).await
    }
}
