//! Recommendation: load, candidates, eligibility, rank, vary, explain.

pub mod candidates;
mod eligibility;
mod evidence;
pub mod feed;
mod filter;
#[cfg(test)]
pub(crate) mod fixture;
pub mod happened;
mod layout;
mod model;
mod pipeline;
mod query;
pub mod rank;
mod reason;
mod scene;
mod single;
pub mod spread;
#[cfg(test)]
mod tests;
mod token;
mod trail;
pub mod vary;
pub mod versions;

pub use eligibility::{Eligibility, Fitting, due_at};
pub use evidence::Evidence;
pub use feed::{Feed, Feeds};
pub use filter::{CompiledFilter, FIELDS};
pub use happened::{MetLines, NewInteraction};
pub use layout::Layout;
pub use model::{
    ByPopularity, Fit, Found, IdOrder, Model, Rationale, RequestContext, Runs, Scorer, Source, SourceError, Weight,
    WrongWidth, features, width,
};
pub use pipeline::pause;
pub(super) use pipeline::{attribution, recommend};
pub use query::{
    Answer, Asked, Context, Contribution, Explanation, Fallback, Filter, Ineligibility, Offer, Placement, Query,
    Reason, ReasonCode, Recommended, RuleVerdict, Scored, Scores, SizeNote, SourceReport,
};
pub(super) use scene::Scene;
pub(super) use single::{explain, score};
pub use spread::Spread;
pub use token::{AnswerId, Attribution, Seal};
pub use trail::{Bought, InteractionKind, UserHistory};
