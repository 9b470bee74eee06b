//! From the contract to the domain, with every rule of the contract checked on the way, and back again.
//!
//! What reads takes the value, where it stands and what was found so far, and gives `None` where it is at fault; each
//! goes on to its end, so that all faults are found. What writes can't fail.

mod catalog;
mod choices;
mod event;
mod event_out;
mod filter;
mod known;
mod merchandising;
mod model;
mod opener;
mod profile;
mod recommend;
mod scalar;
mod who;

pub use catalog::{product, product_out, stock_change, stock_change_out};
pub use choices::Choice;
pub use event::{Clock, event};
pub use event_out::event_out;
pub use known::{known, known_steering};
pub use merchandising::{merchandising_rule, rule_out, steering};
pub use model::model_out;
pub use opener::{opener_out, opener_query};
pub use profile::{
    ConsentSaid, consents, declared_sizes, erased_out, link_out, link_request, profile_out, receipt_out, traits,
};
pub use recommend::{answer_out, asked, explanation_out, product_ids, query, scores_out};
pub use scalar::{count, id, page_size};
pub use who::{identifier_out, subject};

pub use crate::grpc::validation::{At, Told, Violations};
