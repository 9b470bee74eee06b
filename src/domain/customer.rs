//! The customer: her identifiers, her profile, her sizes.

mod identity;
mod profile;

pub use identity::{Identifier, IdentifierKind, Link, LinkCause, owner_at, owner_now, spans_of};
pub use profile::{
    CartChange, CartLine, Complaint, DeclaredSize, Delivery, Look, Owned, Profile, Purpose, Rating, SaidOpener, Search,
    Side, Stamp, Stamped, Trade,
};
