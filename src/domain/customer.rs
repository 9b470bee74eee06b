//! The customer: her identifiers, her profile, her sizes.

mod contact;
mod facts;
mod identity;
mod ledger;
mod placeholder;
mod profile;

pub use contact::{email_hash, phone_hash, reads_as_contact};
pub use facts::{
    CartChange, CartLine, Complaint, DeclaredSize, Delivery, LastKept, Look, Owned, Purpose, Rating, SaidOpener,
    Search, Side, Stamp, Stamped, Trade,
};
pub use identity::{Identifier, IdentifierKind, Link, LinkCause, owner_at, owner_now, spans_of};
#[cfg(test)]
pub(crate) use ledger::tests::noisy_log;
pub use ledger::{Deal, OrderLine, order_lines};
pub use placeholder::{Identified, Place, Placeholders, identify};
pub use profile::Profile;
