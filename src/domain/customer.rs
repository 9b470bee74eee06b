//! The customer: her identifiers, her profile, her sizes.

mod facts;
mod identity;
mod profile;

pub use facts::{
    CartChange, CartLine, Complaint, DeclaredSize, Delivery, Look, Owned, Purpose, Rating, SaidOpener, Search, Side,
    Stamp, Stamped, Trade,
};
pub use identity::{Identifier, IdentifierKind, Link, LinkCause, owner_at, owner_now, spans_of};
pub use profile::Profile;
