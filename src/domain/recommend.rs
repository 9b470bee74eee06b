//! Recommendation: load, candidates, eligibility, rank, vary, explain.

mod eligibility;
pub mod features;
mod filter;
#[cfg(test)]
pub(crate) mod fixture;
mod model;
mod query;
mod signals;

pub use eligibility::{Eligibility, Fitting, due_at};
pub use filter::CompiledFilter;
pub use model::{Because, Candidate, Model, Moment, Scorer, Source, SourceError};
pub use query::{
    Answer, Asked, Context, Contribution, Explanation, Fallback, Filter, Ineligibility, Offer, Placement, Query,
    Reason, ReasonCode, Recommended, RuleVerdict, Scored, Scores, SizeNote, SourceReport,
};
pub use signals::Signals;
