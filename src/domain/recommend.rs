//! Recommendation: load, candidates, eligibility, rank, vary, explain.

mod model;
mod query;

pub use model::{Because, Candidate, Model, Moment, Scorer, Source, SourceError};
pub use query::{
    Answer, Asked, Context, Contribution, Explanation, Fallback, Filter, Ineligibility, Offer, Placement, Query,
    Reason, ReasonCode, Recommended, RuleVerdict, Scored, Scores, SizeNote, SourceReport,
};
