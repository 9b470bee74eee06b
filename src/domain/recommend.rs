//! Recommendation: load, candidates, eligibility, rank, vary, explain.

pub mod candidates;
mod complements;
pub mod diversity;
mod eligibility;
mod evidence;
mod explanation;
pub mod feed;
mod filter;
#[cfg(test)]
pub(crate) mod fixture;
mod layout;
mod model;
mod named_products;
pub mod new_interaction;
mod pipeline;
mod query;
mod ranking;
mod scenario;
mod scene;
pub mod scoring;
pub mod spread;
pub mod steering;
#[cfg(test)]
mod tests;
mod token;
mod user_history;
pub mod versions;
mod whats_new;

pub use eligibility::{Eligibility, Fitting, due_at};
pub use evidence::Evidence;
pub use feed::{Feed, Feeds};
pub use filter::{CompiledFilter, FIELDS, Filter, NUMBERED_FIELDS, NumberRange};
pub use layout::Layout;
pub use model::{
    ByPopularity, Fit, Found, IdOrder, Model, Rationale, RequestContext, Runs, Scorer, Source, SourceError, Weight,
    WrongWidth, features, width,
};
pub(super) use named_products::{explain, score};
pub use new_interaction::{MetLines, NewInteraction};
pub use pipeline::pause;
pub(super) use pipeline::{attribution, recommend};
pub use query::{
    Answer, Asked, Context, Contribution, Explanation, Fallback, Ineligibility, Offer, Placement, Query, Reason,
    ReasonCode, Recommended, RuleVerdict, Scored, Scores, SizeNote, SourceReport,
};
pub use ranking::Ranking;
pub use scenario::{HistoryBand, Scenario};
pub(super) use scene::Scene;
pub use spread::Spread;
pub use steering::{CompiledSteering, Steered, SteeredBy, Steering, Weighting};
pub use token::{AnswerId, Attribution, Seal};
pub use user_history::{Bought, InteractionKind, UserHistory};
